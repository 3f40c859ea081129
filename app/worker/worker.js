// The masking worker: decoding and the six steps run here, so that the page stays answerable.
// A message is [file, threshold, pictureSide]; its answer is bytes, or null when the worker failed and is of no more use.
// Answers come in the order of the messages.
import start, { MaskingWorker } from "./masking.js";

let last = start({ module_or_path: new URL("masking.wasm", import.meta.url) }).then(() => new MaskingWorker());

addEventListener("message", ({ data: [file, threshold, pictureSide] }) => {
  last = last.then((worker) => {
    const answer = worker.answer(file, threshold, pictureSide);
    postMessage(answer, [answer.buffer]);
    return worker;
  });
  last.catch(() => postMessage(null));
});
