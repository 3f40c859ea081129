// The reading worker: DICOM and NIfTI are read, windowed and masked here. The files are read here too, and leave it in no form
// but pictures.
// A message is [question, files]; its answer is bytes, or null when the worker failed and is of no more use.
// Answers come in the order of the messages.
import start, { ReadingWorker } from "./reading.js";

let last = start({ module_or_path: new URL("reading.wasm", import.meta.url) }).then(() => new ReadingWorker());

addEventListener("message", ({ data: [question, files] }) => {
  last = last.then(async (worker) => {
    for (const { name, file } of files) {
      // A file that was moved or deleted gives no bytes.
      const bytes = await file.arrayBuffer().catch(() => null);
      if (bytes === null) worker.add_unreadable(name);
      else worker.add(name, new Uint8Array(bytes));
    }
    const answer = worker.answer(question);
    postMessage(answer, [answer.buffer]);
    return worker;
  });
  last.catch((error) => {
    console.error(error);
    postMessage(null);
  });
});
