// Files to choose: synthetic slices from the server, and files that are no slices.
import { deflateSync } from "node:zlib";
import type { APIRequestContext } from "@playwright/test";

export type Chosen = { name: string; mimeType: string; buffer: Buffer };

/** A synthetic slice of the server, and the fingerprint of the mask that native code finds in it. */
export async function example(request: APIRequestContext, name: string): Promise<Chosen & { fingerprint: string }> {
  const response = await request.get(`/examples/${name}`);
  if (!response.ok()) throw new Error(`/examples/${name}: ${response.status()}`);
  return {
    name,
    mimeType: "image/png",
    buffer: await response.body(),
    fingerprint: response.headers()["x-mask-fingerprint"],
  };
}

/** A picture, but no CT: a checkerboard. */
export function checkerboard(side = 256): Chosen {
  const grey = (x: number, y: number) => ((x >> 4) + (y >> 4)) % 2 === 0 ? 40 : 220;
  return { name: "checkerboard.png", mimeType: "image/png", buffer: greyPng(side, grey) };
}

/** Not a picture at all, whatever its name says. */
export function text(): Chosen {
  return { name: "letter.png", mimeType: "image/png", buffer: Buffer.from("Dear doctor, please find attached") };
}

/** A picture cut off in the middle. */
export function truncated(whole: Chosen): Chosen {
  return { name: "cut-off.png", mimeType: whole.mimeType, buffer: whole.buffer.subarray(0, whole.buffer.length / 2) };
}

export function empty(): Chosen {
  return { name: "empty.png", mimeType: "image/png", buffer: Buffer.alloc(0) };
}

function greyPng(side: number, grey: (x: number, y: number) => number): Buffer {
  const rows = Buffer.alloc(side * (side + 1));
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) rows[y * (side + 1) + 1 + x] = grey(x, y);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 8; // bits per pixel; colour type 0 is grey
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function crc32(bytes: Buffer): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
