// pxc in browsers: a Web Worker, and the WebAssembly file beside this one.

import { Pxc as Client, PxcError } from "./client.js";

const start = (answer, fail) => {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => answer(data);
  worker.onerror = (event) => fail(event.message ?? "the worker did not start");
  return {
    post: (message, buffers = []) => worker.postMessage(message, buffers),
    end: () => worker.terminate(),
  };
};

const load = async () => {
  const response = await fetch(new URL("./pxc_web_bg.wasm", import.meta.url));
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${response.statusText}`);
  return WebAssembly.compile(await response.arrayBuffer());
};

export { PxcError };

export class Pxc extends Client {
  constructor() {
    super(start, load);
  }
}
