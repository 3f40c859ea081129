// Before all specs: the archive that the second server (LUNGSIGHT_PACS_URL) was told of, on the port it was told.
import { archive } from "./pacs";

export default async function setup(): Promise<undefined | (() => Promise<void>)> {
  const port = process.env.LUNGSIGHT_DICOMWEB_PORT;
  if (port === undefined) return undefined;
  const server = await archive(Number(port));
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}
