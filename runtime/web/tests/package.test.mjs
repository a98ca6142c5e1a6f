// The npm package in Node, against the command pxc.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import {
  compressed, corrupt, decoded, fresh, golden, models, named, photo, pxc as run, read, root, web,
} from "./setup.mjs";

const { Pxc, PxcError } = await import(join(web, "package/node.js"));

const pxc = new Pxc();
before(async () => {
  for (const model of models) await pxc.addModel(model);
});
after(() => pxc.close());

const image = (name) => join(root, "fixtures/images", name);
const equal = (found, expected, what) => assert.ok(Buffer.compare(found, expected) === 0, `${what}: other bytes`);

/** Red, green, blue and alpha of noise. */
const noise = (width, height, Kind = Uint8ClampedArray, change = (pixel) => pixel) => {
  const data = new Kind(4 * width * height);
  let state = 1;
  for (let pixel = 0; pixel < width * height; pixel++) {
    const next = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 16;
    const slope = (pixel % width) + 3 * Math.floor(pixel / width);
    data.set(change(Array.from({ length: 4 }, () => (slope + next() % 5) & 255)), 4 * pixel);
  }
  return { width, height, data };
};

test("golden files decode to the pixels of the command", async () => {
  const files = named(golden, ".pxc");
  assert.equal(files.length, 114);
  for (const name of files) {
    const expected = decoded(join(golden, name));
    assert.deepEqual(await pxc.decompress(read(golden, name)), expected, name);
  }
});

test("golden files become their image files", async () => {
  let jpegs = 0;
  for (const name of named(golden, ".pxc")) {
    const file = read(golden, name);
    const { bytes, type } = await pxc.toImageFile(file);
    const { holdsJpeg } = await pxc.info(file);
    assert.equal(type, holdsJpeg ? "image/jpeg" : "image/png", name);
    if (holdsJpeg) {
      jpegs += 1;
      equal(bytes, read(golden, name.replace(/pxc$/, "jpg")), name);
      continue;
    }
    // Two readers of PNG files must find the same image in both files: pixels, format and palette.
    const written = fresh("png");
    writeFileSync(written, bytes);
    const words = ["--strip=all", "--effort=fast"];
    equal(compressed(written, ...words), compressed(join(golden, name.replace(/pxc$/, "png")), ...words), name);
  }
  assert.equal(jpegs, 2);
});

test("files become the files of the command", async () => {
  const cases = [
    ...["photo-rgb.png", "photo-gray.png", "photo-rgba.png", "photo-gray-alpha.png"].map((name) => image(name)),
    ...["format-palette-4", "format-gray-1", "format-rgb-16", "exact-tiff", "general-rgba-color-indices"].map((name) =>
      join(golden, `${name}.png`)),
    join(golden, "exact-bmp.bmp"),
    join(golden, "exact-tiff.tiff"),
    join(golden, "metadata-coded.png"),
  ];
  for (const path of cases) {
    for (const effort of ["fast", "default"]) {
      const { bytes } = await pxc.compressFile(read(path), { effort });
      equal(bytes, compressed(path, "--effort", effort), `${path}, ${effort}`);
    }
  }
  const small = join(golden, "medium-rgb-adaptive.png");
  const { bytes } = await pxc.compressFile(read(small), { effort: "max" });
  equal(bytes, compressed(small, "--effort", "max"), "effort max");
});

test("JPEG files come back", async () => {
  const jpeg = read(golden, "jpeg-progressive.jpg");
  const { bytes } = await pxc.compressFile(jpeg);
  const output = fresh("pxc");
  run("compress", "-q", join(golden, "jpeg-progressive.jpg"), "-o", output);
  equal(bytes, read(output), "the .pxc file");
  equal((await pxc.toImageFile(bytes)).bytes, jpeg, "the JPEG file");
});

test("pixels become the file of the command, and come back", async () => {
  for (const name of ["photo-rgb.png", "photo-rgba.png", "photo-gray.png", "photo-gray-alpha.png"]) {
    const native = compressed(image(name), "--strip=all");
    const pixels = await pxc.decompress(native);
    equal(await pxc.compress(pixels), native, name);
  }
  const colors = {
    gray: ([a]) => [a, a, a, 255],
    "gray+alpha": ([a, b]) => [a, a, a, b],
    rgb: ([a, b, c]) => [a, b, c, 255],
    rgba: (pixel) => pixel,
  };
  for (const [color, change] of Object.entries(colors)) {
    const pixels = noise(37, 21, Uint8ClampedArray, change);
    const file = await pxc.compress(pixels);
    assert.equal((await pxc.info(file)).color, color);
    assert.deepEqual(await pxc.decompress(file), pixels);
  }
});

test("samples of 16 bits come back", async () => {
  const { width, height, data } = noise(40, 30, Uint16Array, (pixel) => pixel.map((sample) => sample * 251));
  const file = await pxc.compress({ width, height, data });
  const back = await pxc.decompress(file);
  assert.deepEqual(back.data16, data);
  assert.equal(back.data[5], Math.round(data[5] / 257));
  assert.equal((await pxc.info(file)).bitDepth, 16);
});

test("a region is a part of the image", async () => {
  const file = compressed(photo);
  const path = fresh("pxc");
  writeFileSync(path, file);
  const region = { x: 17, y: 40, width: 60, height: 33 };
  assert.deepEqual(await pxc.decompress(file, { region }), decoded(path, "--region", "17,40,60,33"));
  const outside = pxc.decompress(file, { region: { ...region, x: 100_000 } });
  await assert.rejects(outside, { name: "PxcError", kind: "argument" });
});

test("damaged files have the messages of the command", async () => {
  const lines = readFileSync(join(corrupt, "expected.txt"), "utf8").trim().split("\n");
  let count = 0;
  for (const line of lines) {
    const [name, ...rest] = line.split(": ");
    const expected = rest.join(": ");
    // Only the command rebuilds such PNG files, and a damaged preview does not concern the image.
    if (name === "RebuildWork.pxc" || name.startsWith("Preview")) continue;
    await assert.rejects(pxc.decompress(read(corrupt, name)), (error) => {
      assert.ok(error instanceof PxcError);
      // The command adds what to do.
      const [found] = error.message.split("; looked in");
      assert.ok(found.length > 10 && expected.startsWith(found), `${line}\n${error.message}`);
      assert.notEqual(error.kind, "internal");
      return true;
    });
    count += 1;
  }
  assert.ok(count >= 15, `${count} files`);
  await assert.rejects(pxc.compressFile(new Uint8Array(9)), { kind: "bad data" });
  await assert.rejects(pxc.compressFile(read(photo), { maxPixels: 100 }), { kind: "limit" });
  await assert.rejects(pxc.compressFile(read(photo), { effort: "most" }), { kind: "argument" });
  await assert.rejects(pxc.compress({ width: 2, height: 2, data: new Uint8Array(15) }), { kind: "argument" });
  await assert.rejects(pxc.compress({ ...noise(2, 2), colorSpace: "display-p3" }), { kind: "argument" });
  await assert.rejects(pxc.info("photo.pxc"), { kind: "argument" });
});

test("progress moves from 0 to all pixels", async () => {
  const seen = [];
  const { bytes } = await pxc.compressFile(read(photo), { onProgress: (progress) => seen.push(progress) });
  const check = (seen) => {
    const { width, height } = info;
    assert.ok(seen.length >= 4, `${seen.length} calls`);
    assert.ok(seen.every(({ done, total }, index) => total === seen.at(-1).total && done >= (seen[index - 1]?.done ?? 0)));
    assert.deepEqual(seen.at(-1), { done: width * height, total: width * height });
  };
  const info = await pxc.info(bytes);
  check(seen.filter(({ total }) => total > 1));
  const again = [];
  await pxc.decompress(bytes, { onProgress: (progress) => again.push(progress) });
  check(again);
});

test("work stops when it is told to, and the next goes on", async () => {
  const file = read(photo);
  const stop = new AbortController();
  const begin = performance.now();
  const working = pxc.compressFile(file, { effort: "max", signal: stop.signal, onProgress: () => stop.abort() });
  const stopped = assert.rejects(working, { name: "AbortError" });
  const waiting = new AbortController();
  const reason = { message: "not needed" };
  const neverBegun = assert.rejects(pxc.compressFile(file, { signal: waiting.signal }), reason);
  const next = pxc.info(read(golden, "rgb-network.pxc"));
  waiting.abort(new Error("not needed"));
  await stopped;
  await neverBegun;
  assert.ok(performance.now() - begin < 5000);
  assert.equal((await next).holdsJpeg, false);
  await assert.rejects(pxc.info(file, { signal: AbortSignal.abort() }), { name: "AbortError" });
  // The new worker knows the models that were added.
  await pxc.decompress(read(golden, "rgb-network.pxc"));
});

test("what waits fails when it is closed", async () => {
  const other = new Pxc();
  const ask = () => assert.rejects(other.info(read(golden, "rgb-network.pxc")), { kind: "cancelled" });
  const pending = [ask(), ask()];
  other.close();
  await Promise.all(pending);
  await assert.rejects(other.info(read(golden, "rgb-network.pxc")), { kind: "argument" });
});
