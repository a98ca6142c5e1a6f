// pxc in Node: a worker thread, and the WebAssembly file beside this one.

import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";

import { Pxc as Client, PxcError } from "./client.js";

const start = (answer, fail) => {
  const worker = new Worker(new URL("./node_worker.js", import.meta.url));
  worker.on("message", answer);
  worker.on("error", (error) => fail(error.message));
  return {
    post: (message, buffers = []) => worker.postMessage(message, buffers),
    end: () => worker.terminate(),
    // A worker without work does not keep the program running.
    hold: (isBusy) => (isBusy ? worker.ref() : worker.unref()),
  };
};

const load = async () => WebAssembly.compile(await readFile(new URL("./pxc_web_bg.wasm", import.meta.url)));

export { PxcError };

export class Pxc extends Client {
  constructor() {
    super(start, load);
  }
}
