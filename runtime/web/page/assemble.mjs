// Puts the page into one file: node assemble.mjs FOLDER OUTPUT. FOLDER has what wasm-bindgen made for a plain script.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const [folder, output] = process.argv.slice(2);
const read = (name) => readFileSync(new URL(name, import.meta.url), "utf8");

/** A module as a part of another script. */
const part = (source) => source.replace(/^import .*;\n/gm, "").replace(/^export (?=class|function)/gm, "");

/** The page would end at such a tag. */
const embedded = (script) => script.replaceAll("</script", "<\\/script");

const worker = [
  readFileSync(join(folder, "pxc_web.js"), "utf8"),
  part(read("../npm/service.js")),
  "const take = serve(wasm_bindgen, (answer, buffers = []) => postMessage(answer, buffers));",
  "onmessage = ({ data }) => take(data);",
].join("\n");
const module = gzipSync(readFileSync(join(folder, "pxc_web_bg.wasm")), { level: 9 });
const { version } = JSON.parse(read("../npm/package.json"));

const parts = {
  "/* page.css */": read("page.css"),
  "/* page.js */": embedded(part(read("../npm/client.js")) + part(read("page.js"))),
  "<!-- gzip, base64 -->": module.toString("base64"),
  "<!-- worker -->": embedded(worker),
  '<span id="version"></span>': `This is version ${version}.`,
};
let page = read("page.html");
for (const [place, content] of Object.entries(parts)) {
  if (!page.includes(place)) throw new Error(`page.html has no ${place}`);
  page = page.replace(place, () => content);
}
writeFileSync(output, page);
