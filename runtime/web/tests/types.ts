// Does the package have the types that its programs use?

import { Pxc, PxcError, type DecodedImage, type FileInfo } from "pxc-web";

export const example = async (canvas: ImageData, file: Uint8Array, model: ArrayBuffer): Promise<number> => {
  const pxc = new Pxc();
  const stop = new AbortController();
  const compressed: Uint8Array = await pxc.compress(canvas, {
    effort: "max",
    maxPixels: 1 << 20,
    signal: stop.signal,
    onProgress: ({ done, total }) => done / total,
  });
  const { bytes, dropped } = await pxc.compressFile(file);
  const info: FileInfo = await pxc.info(bytes);
  const region = { x: 0, y: 0, width: 8, height: 8 };
  const part: DecodedImage = await pxc.decompress(bytes, { region });
  const deep: number | undefined = part.data16?.[0];
  const { type } = await pxc.toImageFile(bytes);
  const isJpeg: boolean = type === "image/jpeg";
  const id: string = await pxc.addModel(model);
  // @ts-expect-error: there is no such effort
  await pxc.compress(canvas, { effort: "most" });
  try {
    pxc.close();
  } catch (error) {
    if (error instanceof PxcError && error.kind === "bad data") throw error;
  }
  return compressed.length + dropped.length + info.width + (deep ?? 0) + id.length + Number(isJpeg);
};
