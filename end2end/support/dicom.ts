// DICOM files of a chest that nobody has: explicit little endian, uncompressed, with every tag that names a person.
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Chosen } from "./slices";

/** What must never leave the device. */
export const IDENTIFYING = {
  name: "Okonkwo^Amaranta",
  id: "MRN-8841276",
  birth: "19511123",
  date: "20240917",
  accession: "ACC-5519083",
  institution: "St. Ambrose Imaging",
  study: "1.2.826.0.1.3680043.10.511.3.77120034",
  series: "1.2.826.0.1.3680043.10.511.3.90017781",
};

const SIDE = 256;
const CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2";
const EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";
const JPEG_2000_LOSSLESS = "1.2.840.10008.1.2.4.90";

/** How a slice's pixels are stored. */
type Stored = { syntax: string; rows: number; columns: number; pixels: Buffer };

type Changes = Partial<typeof IDENTIFYING & { modality: string; imageType: string }>;

/** A series of `count` slices, 2 mm apart, from the neck to the belly: the outer quarters show no lungs. */
export function series(count: number, changes: Changes = {}, side = SIDE): Chosen[] {
  return Array.from({ length: count }, (_, number) => {
    const plain = element(0x7fe0, 0x0010, "OW", pixels(number, count, side));
    return slice(number, { syntax: EXPLICIT_LITTLE_ENDIAN, rows: side, columns: side, pixels: plain }, changes);
  });
}

/** A slice in JPEG 2000, 64 by 48 pixels: a ramp, and no chest. */
export function jpeg2000(): Chosen {
  const fixtures = path.join(__dirname, "../../crates/series/tests/fixtures");
  const codestream = readFileSync(path.join(fixtures, "ramp.j2k"));
  const even = Buffer.concat([codestream, Buffer.alloc(codestream.length % 2)]);
  const item = (number: number, value: Buffer) => {
    const header = Buffer.alloc(8);
    header.writeUInt16LE(0xfffe, 0);
    header.writeUInt16LE(number, 2);
    header.writeUInt32LE(value.length, 4);
    return Buffer.concat([header, value]);
  };
  const none = Buffer.alloc(0);
  const start = element(0x7fe0, 0x0010, "OB", none);
  start.writeUInt32LE(0xffffffff, 8);
  const fragments = Buffer.concat([start, item(0xe000, none), item(0xe000, even), item(0xe0dd, none)]);
  return slice(0, { syntax: JPEG_2000_LOSSLESS, rows: 48, columns: 64, pixels: fragments }, {});
}

function slice(number: number, stored: Stored, changes: Changes): Chosen {
  const told = { ...IDENTIFYING, modality: "CT", imageType: "ORIGINAL\\PRIMARY\\AXIAL", ...changes };
  const instance = `${told.series}.${number + 1}`;
  const meta = Buffer.concat([
    element(0x0002, 0x0001, "OB", Buffer.from([0, 1])),
    text(0x0002, 0x0002, "UI", CT_IMAGE_STORAGE),
    text(0x0002, 0x0003, "UI", instance),
    text(0x0002, 0x0010, "UI", stored.syntax),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  const dataset = Buffer.concat([
    text(0x0008, 0x0008, "CS", told.imageType),
    text(0x0008, 0x0016, "UI", CT_IMAGE_STORAGE),
    text(0x0008, 0x0018, "UI", instance),
    text(0x0008, 0x0020, "DA", told.date),
    text(0x0008, 0x0050, "SH", told.accession),
    text(0x0008, 0x0060, "CS", told.modality),
    text(0x0008, 0x0080, "LO", told.institution),
    text(0x0010, 0x0010, "PN", told.name),
    text(0x0010, 0x0020, "LO", told.id),
    text(0x0010, 0x0030, "DA", told.birth),
    text(0x0018, 0x0050, "DS", "2"),
    text(0x0020, 0x000d, "UI", told.study),
    text(0x0020, 0x000e, "UI", told.series),
    text(0x0020, 0x0013, "IS", `${number + 1}`),
    text(0x0020, 0x0032, "DS", `-160\\-160\\${-2 * number}`),
    text(0x0020, 0x0037, "DS", "1\\0\\0\\0\\1\\0"),
    short(0x0028, 0x0002, 1),
    text(0x0028, 0x0004, "CS", "MONOCHROME2"),
    short(0x0028, 0x0010, stored.rows),
    short(0x0028, 0x0011, stored.columns),
    text(0x0028, 0x0030, "DS", "1.25\\1.25"),
    short(0x0028, 0x0100, 16),
    short(0x0028, 0x0101, 16),
    short(0x0028, 0x0102, 15),
    short(0x0028, 0x0103, 1),
    text(0x0028, 0x1052, "DS", "-1000"),
    text(0x0028, 0x1053, "DS", "1"),
    stored.pixels,
  ]);
  const buffer = Buffer.concat([
    Buffer.alloc(128),
    Buffer.from("DICM"),
    element(0x0002, 0x0000, "UL", length),
    meta,
    dataset,
  ]);
  // Files are named after persons more often than not.
  return { name: `Okonkwo_${String(number).padStart(4, "0")}.dcm`, mimeType: "application/dicom", buffer };
}

/** A body with a spine and, in the inner half of the series, two lungs with vessels; stored as HU + 1000. */
function pixels(number: number, count: number, side: number): Buffer {
  const place = count === 1 ? 0.5 : number / (count - 1);
  const lungs = Math.max(0, 1 - ((place - 0.5) / 0.25) ** 2);
  const buffer = Buffer.alloc(side * side * 2);
  const inside = (x: number, y: number, cx: number, cy: number, rx: number, ry: number) =>
    ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [x, y] = [(column * SIDE) / side, (row * SIDE) / side];
      let hu = -1000;
      if (inside(x, y, 128, 128, 112, 84)) hu = 40;
      const size = Math.sqrt(lungs);
      for (const cx of [78, 178]) {
        if (size > 0.2 && inside(x, y, cx, 124, 36 * size, 58 * size)) {
          hu = -860;
          if ((column * 7 + row * 13) % 97 === 0) hu = -300;
        }
      }
      if (inside(x, y, 128, 186, 14, 14)) hu = 500;
      buffer.writeInt16LE(hu + 1000, (row * side + column) * 2);
    }
  }
  return buffer;
}

function element(group: number, number: number, kind: string, value: Buffer): Buffer {
  const isLong = ["OB", "OW"].includes(kind);
  const header = Buffer.alloc(isLong ? 12 : 8);
  header.writeUInt16LE(group, 0);
  header.writeUInt16LE(number, 2);
  header.write(kind, 4, "latin1");
  if (isLong) header.writeUInt32LE(value.length, 8);
  else header.writeUInt16LE(value.length, 6);
  return Buffer.concat([header, value]);
}

function text(group: number, number: number, kind: string, value: string): Buffer {
  const padding = value.length % 2 === 0 ? "" : kind === "UI" ? "\0" : " ";
  return element(group, number, kind, Buffer.from(value + padding, "latin1"));
}

function short(group: number, number: number, value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return element(group, number, "US", bytes);
}
