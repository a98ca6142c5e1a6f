// Processor time of the npm package in Node and of the command on one thread, with the same file, in turn:
// node runtime/web/tests/bench.mjs IMAGE... Of each image, the 512 × 512 pixels in the middle, or all if it is smaller.

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { command, compressed, decoded, fresh, pxc as run, read, web } from "./setup.mjs";

const ROUNDS = 3;
const SIDE = 512;

const { Pxc } = await import(join(web, "package/node.js"));

/** Seconds of all threads of this process. */
const timed = async (work) => {
  const begin = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1e6;
};

/** Seconds of the command on one thread. */
const timedRun = (...words) => {
  const script = 'TIMEFORMAT="%U %S"; time "$@"';
  const { status, stderr } = spawnSync("bash", ["-c", script, "bash", command, ...words, "-q", "--threads=1"]);
  if (status !== 0) throw new Error(stderr);
  const [user, system] = String(stderr).trim().split(" ").map(Number);
  return user + system;
};

const middle = (times) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)].toFixed(2);

/** The middle of an image, as a PNG file. */
const cut = (image) => {
  const whole = fresh("pxc");
  writeFileSync(whole, compressed(image, "--effort=fast"));
  const { width, height } = decoded(whole);
  const sides = [width, height].map((side) => Math.min(side, SIDE));
  const corner = [(width - sides[0]) >> 1, (height - sides[1]) >> 1];
  const part = fresh("png");
  run("decompress", "-q", whole, "--region", [...corner, ...sides].join(","), "-o", part);
  return [part, sides.join(" × ")];
};

console.log(`${command}: ${String(run("-V")).trim()}; Node ${process.version}; medians of ${ROUNDS}, in seconds of processor time`);
console.log("| image | | native, 1 thread | WebAssembly | ratio |\n|---|---|---|---|---|");
for (const image of process.argv.slice(2)) {
  const [png, size] = cut(image);
  const name = `${basename(image)}, ${size}`;
  for (const effort of ["fast", "default"]) {
    const [file, bytes] = [fresh("pxc"), read(png)];
    writeFileSync(file, compressed(png, "--effort", effort));
    const pxc = new Pxc();
    const first = await timed(() => pxc.decompress(read(file)));
    const compress = { native: [], web: [] };
    const decompress = { native: [], web: [] };
    for (let round = 0; round < ROUNDS; round++) {
      decompress.native.push(timedRun("test", file));
      decompress.web.push(await timed(() => pxc.decompress(read(file))));
      const words = ["--exact-file=never", "--effort", effort, png, "-o", fresh("pxc")];
      compress.native.push(timedRun("compress", ...words));
      compress.web.push(await timed(() => pxc.compressFile(bytes, { effort })));
    }
    for (const [work, { native, web }] of Object.entries({ compress, decompress })) {
      const ratio = (middle(web) / middle(native)).toFixed(1);
      console.log(`| ${name} | ${work}, effort ${effort} | ${middle(native)} | ${middle(web)} | ${ratio} |`);
    }
    console.log(`| ${name} | first decompress, effort ${effort}, with the start | | ${first.toFixed(2)} | |`);
    pxc.close();
  }
}
