// A picture archive that nobody has: the parts of DICOMweb (PS3.18) that the server asks for, over synthetic series. It keeps
// nothing, so that tests may ask it side by side.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { IDENTIFYING, series } from "./dicom";

/** A search for this name breaks off in the middle, as when the archive falls over. */
export const UNPLUGGED = "Unplugged";

type Kept = { name: string; id: string; date: string; study: string; series: string; description: string; slices: number };

const OKONKWO: Kept = {
  name: IDENTIFYING.name,
  id: IDENTIFYING.id,
  date: IDENTIFYING.date,
  study: IDENTIFYING.study,
  series: IDENTIFYING.series,
  description: "Thorax",
  slices: 12,
};

/** The search lists it, and then it is not there. */
export const MOVED: Kept = {
  name: "Lindqvist^Einar",
  id: "MRN-1170036",
  date: "20230105",
  study: "1.2.826.0.1.3680043.10.511.3.11",
  series: "1.2.826.0.1.3680043.10.511.3.12",
  description: "",
  slices: 40,
};

const KEPT = [OKONKWO, MOVED];

/** Starts it on a port of this machine. */
export function archive(port: number): Promise<Server> {
  const server = createServer((request, response) => answer(request, response));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const [, study, one] = /^\/dicom-web\/(?:studies\/([\d.]+)\/)?series(?:\/([\d.]+))?$/.exec(pathname) ?? [];
  if (request.method === "POST" && pathname === "/dicom-web/studies") void store(request, response);
  else if (searchParams.get("PatientName") === `${UNPLUGGED}*`) request.socket.destroy();
  else if (one !== undefined) fetchSeries(study, one, response);
  else if (pathname.endsWith("/series")) search(study, searchParams, response);
  else response.writeHead(404).end();
}

/** QIDO-RS. */
function search(study: string | undefined, asked: URLSearchParams, response: ServerResponse): void {
  const begins = (asked.get("PatientName") ?? "").replace(/\*$/, "").toLowerCase();
  const fits = (kept: Kept) =>
    (study === undefined || kept.study === study) &&
    kept.name.toLowerCase().startsWith(begins) &&
    [kept.id, ""].includes(asked.get("PatientID") ?? "") &&
    [kept.date, ""].includes(asked.get("StudyDate") ?? "");
  const found = KEPT.filter(fits).map((kept) => ({
    "00080020": { vr: "DA", Value: [kept.date] },
    "00080060": { vr: "CS", Value: ["CT"] },
    "0008103E": { vr: "LO", Value: kept.description === "" ? undefined : [kept.description] },
    "00100010": { vr: "PN", Value: [{ Alphabetic: kept.name }] },
    "00100020": { vr: "LO", Value: [kept.id] },
    "0020000D": { vr: "UI", Value: [kept.study] },
    "0020000E": { vr: "UI", Value: [kept.series] },
    "00201209": { vr: "IS", Value: [kept.slices] },
  }));
  if (found.length === 0) response.writeHead(204).end();
  else json(response, found);
}

/** WADO-RS. */
function fetchSeries(study: string, one: string, response: ServerResponse): void {
  const kept = KEPT.find((kept) => kept.study === study && kept.series === one);
  if (kept === undefined || kept === MOVED) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { "Content-Type": 'multipart/related; type="application/dicom"; boundary=between' });
  for (const { buffer } of series(kept.slices)) {
    response.write("--between\r\nContent-Type: application/dicom\r\n\r\n");
    response.write(buffer);
    response.write("\r\n");
  }
  response.end("--between--\r\n");
}

/** STOW-RS: takes everything, and names each file anew. */
async function store(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const files = Buffer.concat(pieces).toString("latin1").split("Content-Type: application/dicom\r\n").length - 1;
  const taken = Array.from({ length: files }, (_, number) => ({ "00081155": { vr: "UI", Value: [`2.25.${number + 1}`] } }));
  json(response, { "00081199": { vr: "SQ", Value: taken } });
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "Content-Type": "application/dicom+json" }).end(JSON.stringify(body));
}
