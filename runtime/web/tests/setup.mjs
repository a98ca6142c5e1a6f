// What the tests share: the package, the page, the command that they are compared with, and its images.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));
export const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
export const web = join(target, "web");
export const command = join(target, "release/pxc");
const scratch = mkdtempSync(join(tmpdir(), "pxc-web-"));
process.on("exit", () => rmSync(scratch, { recursive: true }));

const fixtures = join(root, "fixtures");
export const golden = join(fixtures, "golden/v1");
export const corrupt = join(fixtures, "corrupt");
export const photo = join(fixtures, "images/photo-rgb.png");

export const read = (...path) => new Uint8Array(readFileSync(join(...path)));

export const named = (folder, extension) =>
  readdirSync(folder).filter((name) => name.endsWith(extension)).sort();

/** The models of the golden files. */
export const models = named(join(fixtures, "models"), ".onnx").map((name) => read(fixtures, "models", name));

/** Runs the command, which must succeed. */
export const pxc = (...words) =>
  execFileSync(command, words, { env: { ...process.env, PXC_MODELS: join(fixtures, "models") }, maxBuffer: 1 << 30 });

let count = 0;
/** The name of a new file. */
export const fresh = (extension) => join(scratch, `${++count}.${extension}`);

/** What the command makes of an image file, without what only it can keep. */
export const compressed = (image, ...words) => {
  const output = fresh("pxc");
  const only = words.includes("--strip=all") ? [] : ["--exact-file=never"];
  pxc("compress", "-q", ...only, ...words, image, "-o", output);
  return read(output);
};

/** Red, green, blue and alpha, as the command decodes them, in 8 bits; in 16, too, if the image has them. */
export const decoded = (file, ...words) => {
  const output = fresh("pam");
  pxc("decompress", "-q", "--format", "pam", ...words, file, "-o", output);
  return samples(read(output));
};

const samples = (pam) => {
  const text = new TextDecoder("latin1").decode(pam.subarray(0, 200));
  const end = text.indexOf("ENDHDR\n") + "ENDHDR\n".length;
  const [width, height, depth, largest] = ["WIDTH", "HEIGHT", "DEPTH", "MAXVAL"].map((field) =>
    Number(text.match(`${field} (\\d+)`)[1]));
  const bytes = largest > 255 ? 2 : 1;
  const sample = (index) => {
    const at = end + index * bytes;
    return bytes === 2 ? pam[at] * 256 + pam[at + 1] : (pam[at] * 255) / largest;
  };
  const opaque = bytes === 2 ? 65535 : 255;
  const rgba = new (bytes === 2 ? Uint16Array : Uint8ClampedArray)(4 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const values = Array.from({ length: depth }, (_, channel) => sample(pixel * depth + channel));
    const alpha = depth % 2 === 0 ? values.pop() : opaque;
    const [red, green = red, blue = red] = values;
    rgba.set([red, green, blue, alpha], 4 * pixel);
  }
  if (bytes === 1) return { width, height, data: rgba };
  return { width, height, data: Uint8ClampedArray.from(rgba, (value) => Math.round(value / 257)), data16: rgba };
};
