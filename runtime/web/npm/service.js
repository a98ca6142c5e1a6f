// The worker's side: requests come in, results, progress and errors go out.

const views = (value) => (value?.buffer ? [value.buffer] : []);

/** What each method does; `pxc` is the module that wasm-bindgen made. */
const methods = {
  compress(pxc, [{ width, height, data }], { effort, maxPixels }, listener) {
    const compress = data instanceof Uint16Array ? pxc.compress_16 : pxc.compress;
    const samples = data instanceof Uint16Array ? data : new Uint8Array(data.buffer);
    return compress(width, height, samples, effort, maxPixels, listener);
  },
  compressFile(pxc, [file], { effort, maxPixels }, listener) {
    const made = pxc.compress_file(file, effort, maxPixels, listener);
    const { dropped } = made;
    const bytes = made.take_bytes();
    made.free();
    return { bytes, dropped };
  },
  decompress(pxc, [file], { region, maxPixels }, listener) {
    const numbers = region && Uint32Array.of(region.x, region.y, region.width, region.height);
    const pixels = pxc.decompress(file, numbers, maxPixels, listener);
    const { width, height } = pixels;
    const data = new Uint8ClampedArray(pixels.take_data().buffer);
    const data16 = pixels.take_deep();
    pixels.free();
    return data16 ? { width, height, data, data16 } : { width, height, data };
  },
  toImageFile(pxc, [file], { maxPixels }, listener) {
    const bytes = pxc.to_image_file(file, maxPixels, listener);
    return { bytes, type: bytes[0] === 0xff ? "image/jpeg" : "image/png" };
  },
  info(pxc, [file]) {
    return JSON.parse(pxc.info(file));
  },
  addModel(pxc, [file]) {
    return pxc.add_model(file);
  },
};

/** Answers messages by `post(answer, buffers)`; returns the function that takes them. */
export function serve(pxc, post) {
  const reply = ({ method, values, options, isWatched }) => {
    const listener = isWatched ? (done, total) => post({ progress: [done, total] }) : undefined;
    try {
      const result = methods[method](pxc, values, options, listener);
      post({ result }, [result, ...Object.values(result)].flatMap(views));
    } catch (error) {
      // What has no kind was not meant to happen: a panic, or too little memory.
      const { kind = "internal", message } = error;
      const said = kind === "internal" ? `pxc stopped, by a defect or for lack of memory: ${message}` : message;
      post({ error: { kind, message: said } });
    }
  };
  return ({ module, models, ...request }) => {
    if (!module) {
      reply(request);
      return;
    }
    pxc.initSync({ module });
    for (const model of models) pxc.add_model(model);
  };
}
