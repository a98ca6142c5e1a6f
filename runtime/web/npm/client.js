// Requests to a worker, and its answers. One request runs at a time: a worker that is busy hears nothing, so a request
// is stopped by ending its worker, and the next request gets a new one.
//
// In: a function that starts a worker, and one that loads the WebAssembly module. Out: `Pxc`, whose methods `index.d.ts`
// describes.

export class PxcError extends Error {
  constructor(message, kind) {
    super(message);
    this.name = "PxcError";
    this.kind = kind;
  }
}

const stopped = (signal) => signal.reason ?? new DOMException("The work was stopped", "AbortError");

const copied = (bytes) => {
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes.slice(0));
  if (bytes instanceof Uint8Array || bytes instanceof Uint8ClampedArray) return new Uint8Array(bytes);
  throw new PxcError("expected a Uint8Array or an ArrayBuffer", "argument");
};

const checkedPixels = (image) => {
  const { width, height, data, colorSpace = "srgb" } = image;
  if (colorSpace !== "srgb") {
    throw new PxcError(`pixels in ${colorSpace}: expected srgb; convert them, or compress a file`, "argument");
  }
  const kinds = [Uint8ClampedArray, Uint8Array, Uint16Array];
  const Kind = kinds.find((Kind) => data instanceof Kind);
  if (!Kind) throw new PxcError("expected pixels of 8 or 16 bits", "argument");
  return { width, height, data: new Kind(data) };
};

export class Pxc {
  #start;
  #load;
  #module = null;
  #worker = null;
  #models = [];
  #waiting = [];
  #running = null;
  #isClosed = false;

  /** `start(answer, fail)` starts a worker; `load()` promises the compiled module. */
  constructor(start, load) {
    this.#start = start;
    this.#load = load;
  }

  async compress(image, options) {
    return this.#request("compress", [checkedPixels(image)], options);
  }

  async compressFile(file, options) {
    return this.#request("compressFile", [copied(file)], options);
  }

  async decompress(file, options) {
    return this.#request("decompress", [copied(file)], options);
  }

  async toImageFile(file, options) {
    return this.#request("toImageFile", [copied(file)], options);
  }

  async info(file, options) {
    return this.#request("info", [copied(file)], options);
  }

  async addModel(file, options) {
    const model = copied(file);
    const id = await this.#request("addModel", [copied(model)], options);
    this.#models.push(model);
    return id;
  }

  close() {
    this.#isClosed = true;
    this.#end();
    const requests = [this.#running, ...this.#waiting].filter(Boolean);
    this.#running = null;
    this.#waiting = [];
    for (const request of requests) request.reject(new PxcError("it was closed", "cancelled"));
  }

  #request(method, values, { signal, onProgress, ...options } = {}) {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) throw new PxcError("it is closed", "argument");
      if (signal?.aborted) throw stopped(signal);
      const abort = () => this.#abort(request, stopped(signal));
      const settle = (settled) => (value) => {
        signal?.removeEventListener("abort", abort);
        settled(value);
      };
      const request = { method, values, options, onProgress, resolve: settle(resolve), reject: settle(reject) };
      signal?.addEventListener("abort", abort);
      this.#waiting.push(request);
      this.#next();
    });
  }

  #abort(request, reason) {
    if (request === this.#running) {
      this.#running = null;
      this.#end();
    }
    this.#waiting = this.#waiting.filter((waiting) => waiting !== request);
    request.reject(reason);
    this.#next();
  }

  async #next() {
    if (this.#running || this.#waiting.length === 0) return;
    const request = this.#waiting.shift();
    this.#running = request;
    try {
      this.#module ??= this.#load();
      const module = await this.#module;
      if (request !== this.#running) return;
      if (!this.#worker) {
        const worker = this.#start(
          (answer) => worker === this.#worker && this.#answer(answer),
          (message) => worker === this.#worker && this.#fail(message),
        );
        this.#worker = worker;
        worker.post({ module, models: this.#models });
      }
      const { method, values, options } = request;
      const buffers = values.map((value) => (value.data ?? value).buffer);
      this.#worker.hold?.(true);
      this.#worker.post({ method, values, options, isWatched: Boolean(request.onProgress) }, buffers);
    } catch (error) {
      this.#module = null;
      if (request === this.#running) this.#fail(error.message);
    }
  }

  #answer({ progress, error, result }) {
    const request = this.#running;
    if (progress) {
      const [done, total] = progress;
      request.onProgress?.({ done, total });
      return;
    }
    if (error?.kind === "internal") {
      this.#fail(error.message);
      return;
    }
    this.#running = null;
    this.#worker.hold?.(false);
    if (error) request.reject(new PxcError(error.message, error.kind));
    else request.resolve(result);
    this.#next();
  }

  /** After this a worker is of no use. */
  #fail(message) {
    const request = this.#running;
    this.#running = null;
    this.#end();
    request?.reject(new PxcError(message, "internal"));
    this.#next();
  }

  #end() {
    this.#worker?.end();
    this.#worker = null;
  }
}
