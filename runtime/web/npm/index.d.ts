/** What kind of failure an error is. `internal`: a defect of pxc, or too little memory. */
export type ErrorKind =
  | "argument"
  | "bad data"
  | "missing model"
  | "unsupported"
  | "limit"
  | "cancelled"
  | "backend"
  | "io"
  | "internal";

export class PxcError extends Error {
  readonly kind: ErrorKind;
}

/** Red, green, blue and alpha of each pixel, row after row from the top, in sRGB: an `ImageData` is one. */
export interface PixelImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray | Uint8Array | Uint16Array;
  readonly colorSpace?: string;
}

export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and alpha in 8 bits, as `ImageData` takes them. Rounded if the image has 16 bits. */
  readonly data: Uint8ClampedArray;
  /** The same in 16 bits, exactly; only of images with 16 bits. */
  readonly data16?: Uint16Array;
}

/** Columns and rows of an image. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels done, and pixels of the image. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

export interface Options {
  /** Stops the work at once: the promise is rejected with the signal's reason, and the worker is replaced. */
  signal?: AbortSignal;
  /** Called about every 20 milliseconds. */
  onProgress?: (progress: Progress) => void;
  /** Refuses larger images; default 2^28. */
  maxPixels?: number;
}

export interface CompressOptions extends Options {
  /** `fast`: half the time, larger files. `max`: about five times the time, smaller files. */
  effort?: "fast" | "default" | "max";
}

export interface DecompressOptions extends Options {
  /** Decodes only this part, which must be inside the image. */
  region?: Region;
}

export interface FileInfo {
  readonly width: number;
  readonly height: number;
  readonly color: "gray" | "gray+alpha" | "rgb" | "rgba" | "palette";
  readonly bitDepth: number;
  /** The id of the model that the file needs. */
  readonly model: string | null;
  readonly modelName: string | null;
  /** The file holds a JPEG file, which `toImageFile` gives back. */
  readonly holdsJpeg: boolean;
  /** The types of the chunks of metadata, as in PNG files. */
  readonly metadata: string[];
  /** Parts that are decoded on their own. */
  readonly groups: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly fileBytes: number;
}

/**
 * pxc in a worker of its own, which starts with the first request. Requests run one after the other; create several
 * to use several processors. Errors are of the type `PxcError`.
 */
export class Pxc {
  constructor();

  /** Compresses pixels to a `.pxc` file: as gray if all are gray, without alpha if all are opaque. */
  compress(image: PixelImage, options?: CompressOptions): Promise<Uint8Array>;

  /**
   * Compresses a PNG, TIFF, BMP, PNM, QOI or GIF file, or keeps a JPEG file byte for byte. `dropped` names
   * metadata that are not kept.
   */
  compressFile(
    file: Uint8Array | ArrayBuffer,
    options?: CompressOptions,
  ): Promise<{ bytes: Uint8Array; dropped: string[] }>;

  /** Decompresses a `.pxc` file. */
  decompress(file: Uint8Array | ArrayBuffer, options?: DecompressOptions): Promise<DecodedImage>;

  /** Makes a PNG file with the metadata of a `.pxc` file, or gives back the JPEG file that it holds. */
  toImageFile(
    file: Uint8Array | ArrayBuffer,
    options?: Options,
  ): Promise<{ bytes: Uint8Array; type: "image/png" | "image/jpeg" }>;

  /** What the header of a `.pxc` file says. */
  info(file: Uint8Array | ArrayBuffer): Promise<FileInfo>;

  /** Adds a model from the bytes of its ONNX file, for files that need it. Resolves to its id. */
  addModel(file: Uint8Array | ArrayBuffer): Promise<string>;

  /** Ends the worker; what is not done yet fails. */
  close(): void;
}
