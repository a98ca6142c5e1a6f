// The page, from a file, and the npm package, from a server, in Chromium, against the command pxc.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";

import {
  compressed, corrupt, decoded, fresh, golden, models, named, photo, read, root, target, web,
} from "./setup.mjs";

const { chromium } = createRequire(join(target, "web-tools/"))("playwright-core");

const address = pathToFileURL(join(web, "pxc.html")).href;
const screenshots = join(target, "web-screenshots");
mkdirSync(screenshots, { recursive: true });

let browser;
before(async () => {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  // The sandbox refuses root.
  browser = await chromium.launch({ executablePath, args: process.getuid() === 0 ? ["--no-sandbox"] : [] });
});
after(() => browser.close());

/** A new window with the page, in which nothing may go wrong or leave the computer. */
const opened = async (options = {}) => {
  const page = await browser.newPage({ viewport: { width: 1100, height: 900 }, ...options });
  page.on("pageerror", (error) => assert.fail(error));
  page.on("console", (message) => assert.notEqual(message.type(), "error", message.text()));
  page.on("request", (request) => assert.match(request.url(), /^(file|blob|data):/));
  await page.goto(address);
  return page;
};

const give = (page, ...files) => page.setInputFiles("#files", files);
const card = (page, name) => page.locator(".card", { has: page.getByRole("heading", { name, exact: true }) });

const finished = async (page, name) => {
  const found = card(page, name);
  await found.locator(".done, .error").filter({ visible: true }).first().waitFor({ timeout: 120_000 });
  return found;
};

const downloaded = async (page, found) => {
  const [download] = await Promise.all([page.waitForEvent("download"), found.getByRole("link").click()]);
  return { name: download.suggestedFilename(), bytes: read(await download.path()) };
};

const equal = (found, expected, what) => assert.ok(Buffer.compare(found, expected) === 0, `${what}: other bytes`);

/** A photo that takes seconds: twice as wide and high. */
const large = () => {
  const { width, height, data } = decoded(compressedFile(photo));
  const rows = [];
  for (let y = 0; y < 3 * height; y++) {
    for (let x = 0; x < 3 * width; x++) {
      const at = 4 * ((y % height) * width + (x % width));
      rows.push(data[at] ^ (x & 1), data[at + 1], data[at + 2] ^ (y & 1));
    }
  }
  const path = fresh("ppm");
  writeFileSync(path, Buffer.concat([Buffer.from(`P6 ${3 * width} ${3 * height} 255\n`), Buffer.from(rows)]));
  return path;
};

const compressedFile = (image, ...words) => {
  const path = fresh("pxc");
  writeFileSync(path, compressed(image, ...words));
  return path;
};

test("a file that is made in the page is the command's, and comes back", async () => {
  const page = await opened();
  await give(page, photo);
  const made = await finished(page, "photo-rgb.png");
  const { name, bytes } = await downloaded(page, made);
  assert.equal(name, "photo-rgb.pxc");
  equal(bytes, compressed(photo), "the .pxc file");
  const share = (100 * (1 - bytes.length / read(photo).length)).toFixed(1).replace(".0", "");
  assert.equal(await made.locator(".verdict").textContent(), `${share}% smaller than PNG`);
  const facts = await made.locator("dl").innerText();
  for (const size of [bytes.length, read(photo).length]) assert.ok(facts.includes(size.toLocaleString("en")), facts);

  const path = fresh("pxc");
  writeFileSync(path, bytes);
  await give(page, path);
  const back = await finished(page, basename(path));
  const image = await downloaded(page, back);
  assert.equal(image.name, basename(path).replace("pxc", "png"));
  const png = fresh("png");
  writeFileSync(png, image.bytes);
  equal(compressed(png), bytes, "the PNG file, compressed once more");
  // What is shown has the pixels of the file.
  const shown = await back.locator("img").evaluate(async (img) => {
    await img.decode();
    return [img.naturalWidth, img.naturalHeight];
  });
  const { width, height } = decoded(path);
  assert.deepEqual(shown, [width, height]);
  await page.close();
});

test("files can be dropped", async () => {
  const page = await opened();
  const transfer = await page.evaluateHandle((bytes) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(bytes)], "dropped.png"));
    return transfer;
  }, [...read(golden, "rgb-network.png")]);
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
  const { bytes } = await downloaded(page, await finished(page, "dropped.png"));
  equal(bytes, compressed(join(golden, "rgb-network.png")), "the .pxc file");
  await page.close();
});

test("damaged files show their messages", async () => {
  const page = await opened();
  const cut = fresh("pxc");
  const whole = compressed(photo);
  writeFileSync(cut, whole.subarray(0, whole.length - 100));
  await give(page, join(corrupt, "PixelDigest.pxc"), join(corrupt, "HeaderChecksum.pxc"), cut, join(root, "Cargo.toml"));
  const message = async (name) => (await finished(page, name)).getByRole("alert").textContent();
  assert.match(await message("PixelDigest.pxc"), /pixel digest: expected [0-9a-f]+, found [0-9a-f]+/);
  assert.match(await message("HeaderChecksum.pxc"), /byte 0x1b: header checksum: expected 9baeacd7, found 2255773f/);
  assert.match(await message(basename(cut)), /truncated/);
  assert.match(await message("Cargo.toml"), /not an image|format/);
  await page.screenshot({ path: join(screenshots, "errors.png") });
  await page.close();
});

test("progress moves, and work can be cancelled", async () => {
  const page = await opened();
  const image = large();
  const name = basename(image);
  await page.evaluate(() => {
    window.values = [];
    setInterval(() => {
      const bar = document.querySelector(".card progress");
      if (bar) window.values.push(bar.value);
    }, 20);
  });
  await give(page, image, photo);
  const bar = card(page, name).locator("progress");
  await bar.evaluate((bar) => new Promise((resolve) => {
    const timer = setInterval(() => bar.value > 0.2 && resolve(clearInterval(timer)), 10);
  }));
  await page.screenshot({ path: join(screenshots, "working.png") });
  await card(page, name).getByRole("button", { name: "Cancel" }).click();
  assert.equal(await (await finished(page, name)).getByRole("alert").textContent(), "Cancelled.");
  // The next file is compressed by another worker.
  const next = await finished(page, "photo-rgb.png");
  equal((await downloaded(page, next)).bytes, compressed(photo), "the .pxc file");
  const values = new Set(await page.evaluate(() => window.values));
  assert.ok(values.size > 5, `${values.size} values of progress`);
  await page.close();
});

test("a part of the image is enlarged", async () => {
  const page = await opened();
  const path = compressedFile(photo);
  await give(page, path);
  const found = await finished(page, basename(path));
  const look = found.locator(".look");
  await look.focus();
  await page.keyboard.press("Enter");
  const caption = found.locator("figcaption");
  const pixels = async (x, y) => {
    const text = `96 × 96 pixels from column ${x}, row ${y}`;
    await found.locator("figcaption", { hasText: text }).waitFor({ timeout: 30_000 });
    const data = await found.locator("canvas").evaluate((canvas) =>
      [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]);
    assert.deepEqual(Uint8ClampedArray.from(data), decoded(path, "--region", `${x},${y},96,96`).data);
  };
  const { width, height } = decoded(path);
  const [x, y] = [width, height].map((side) => Math.round((side - 96) / 2));
  await pixels(x, y);
  await page.keyboard.press("ArrowLeft");
  await pixels(x - 48, y);
  await look.locator("img").click({ position: { x: 1, y: 1 } });
  await pixels(0, 0);
  assert.match(await caption.textContent(), /decoded on their own in \d/);
  await page.close();
});

test("the page looks right", async () => {
  for (const [name, options] of [
    ["light", {}],
    ["dark-narrow", { colorScheme: "dark", viewport: { width: 420, height: 900 } }],
  ]) {
    const page = await opened(options);
    await page.screenshot({ path: join(screenshots, `${name}-empty.png`) });
    await give(page, photo, compressedFile(join(root, "fixtures/images/photo-rgba.png")), join(golden, "jpeg-baseline.jpg"));
    await finished(page, "photo-rgb.png");
    await finished(page, "jpeg-baseline.jpg");
    const found = await finished(page, "photo-rgb.png");
    await found.locator(".look").click();
    await found.locator("figcaption", { hasText: "decoded" }).waitFor();
    await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
    const isWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.ok(!isWide, "wider than the window");
    await page.close();
  }
});

test("in a browser the package decodes the golden files, and makes the command's", async (context) => {
  const types = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };
  const server = createServer(({ url }, response) => {
    const name = basename(url);
    response.setHeader("Content-Type", types[extname(name)] ?? "application/octet-stream");
    response.end(name === "empty.html" ? '<!doctype html><link rel="icon" href="data:,">' : read(web, "package", name));
  });
  context.after(() => server.close());
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/empty.html`);
  await page.evaluate(async (models) => {
    const { Pxc } = await import("/browser.js");
    window.pxc = new Pxc();
    for (const model of models) await window.pxc.addModel(Uint8Array.from(atob(model), (c) => c.charCodeAt(0)));
  }, models.map((model) => Buffer.from(model).toString("base64")));
  for (const name of named(golden, ".pxc")) {
    const found = await page.evaluate(async (file) => {
      const { width, height, data, data16 } = await window.pxc.decompress(Uint8Array.from(file));
      return { width, height, data: [...data], data16: data16 && [...data16] };
    }, [...read(golden, name)]);
    const { width, height, data, data16 } = decoded(join(golden, name));
    assert.deepEqual([found.width, found.height], [width, height], name);
    equal(Uint8Array.from(found.data), new Uint8Array(data.buffer), name);
    assert.deepEqual(found.data16 && Uint16Array.from(found.data16), data16, name);
  }
  // Pixels of a canvas.
  const made = await page.evaluate(async () => {
    const context = Object.assign(document.createElement("canvas"), { width: 90, height: 70 }).getContext("2d");
    const gradient = context.createLinearGradient(0, 0, 90, 70);
    gradient.addColorStop(0, "#123456");
    gradient.addColorStop(1, "#fedcba");
    context.fillStyle = gradient;
    context.fillRect(0, 0, 90, 70);
    const pixels = context.getImageData(0, 0, 90, 70);
    return { file: [...(await window.pxc.compress(pixels))], data: [...pixels.data] };
  });
  const rgb = made.data.filter((_, index) => index % 4 < 3);
  const image = fresh("ppm");
  writeFileSync(image, Buffer.concat([Buffer.from("P6 90 70 255\n"), Buffer.from(rgb)]));
  equal(Uint8Array.from(made.file), compressed(image), "the .pxc file of a canvas");
  await page.close();
});
