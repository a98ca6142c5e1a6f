// The page: files come in, cards with pictures, sizes and downloads come out.

import { Pxc } from "../npm/client.js";

/** Columns and rows of an enlarged part, at most. */
const PART = 96;
const SIGNATURE = [0x89, 0x50, 0x58, 0x43, 0x0d, 0x0a, 0x1a, 0x0a];

const find = (selector, within = document) => within.querySelector(selector);

// pxc itself is in this page.

const load = async () => {
  const packed = Uint8Array.from(atob(find("#wasm").textContent), (letter) => letter.charCodeAt(0));
  const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compile(await new Response(plain).arrayBuffer());
};

const script = URL.createObjectURL(new Blob([find("#worker").textContent], { type: "text/javascript" }));

const start = (answer, fail) => {
  const worker = new Worker(script);
  worker.onmessage = ({ data }) => answer(data);
  worker.onerror = (event) => fail(event.message ?? "the worker did not start");
  return {
    post: (message, buffers = []) => worker.postMessage(message, buffers),
    end: () => worker.terminate(),
  };
};

const pxc = new Pxc(start, load);
/** For parts that are enlarged: they do not wait for files. */
const lens = new Pxc(start, load);

// Words and numbers.

const counted = (bytes) => `${bytes.toLocaleString("en")} bytes`;

const short = (bytes) => {
  if (bytes < 1000) return `${bytes} bytes`;
  const [unit, size] = bytes < 1e6 ? ["kB", bytes / 1e3] : ["MB", bytes / 1e6];
  return `${size.toLocaleString("en", { maximumSignificantDigits: 3 })} ${unit}`;
};

const compared = (after, before, as) => {
  const share = Math.abs(1 - after / before).toLocaleString("en", { style: "percent", maximumFractionDigits: 1 });
  return after <= before ? `${share} smaller than ${as}` : `${share} larger than ${as}`;
};

const isPxc = (bytes) => SIGNATURE.every((byte, index) => bytes[index] === byte);

const announce = (text) => {
  find("#news").textContent = text;
};

// A card.

const addCard = (name, next) => {
  const card = find("#card").content.cloneNode(true).firstElementChild;
  find(".name", card).textContent = name;
  find("#results").insertBefore(card, next);
  return card;
};

const showProgress = (card, verb, { done, total }) => {
  const share = done / total;
  find("progress", card).value = share;
  find(".state", card).textContent = `${verb}: ${Math.floor(share * 100)} %`;
};

const fail = (card, message) => {
  find(".work", card).hidden = true;
  const error = find(".error", card);
  error.textContent = message;
  error.hidden = false;
};

const addFacts = (card, facts) => {
  const list = find("dl", card);
  for (const [term, text] of facts) {
    const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
    dt.textContent = term;
    dd.textContent = text;
    list.append(dt, dd);
  }
};

const addDownload = (card, name, blob) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.textContent = `Download ${name}`;
  find(".downloads", card).append(link);
};

/** Enlarges the part around a point of the picture. */
const prepareLook = (card, file, info) => {
  const [button, frame, zoom] = [".look", ".frame", ".zoom"].map((selector) => find(selector, card));
  const [width, height] = [info.width, info.height].map((side) => Math.min(side, PART));
  let middle = { x: info.width / 2, y: info.height / 2 };
  let ongoing = null;

  const look = async () => {
    const within = (middle, size, side) => Math.round(Math.min(Math.max(middle - size / 2, 0), side - size));
    const [x, y] = [within(middle.x, width, info.width), within(middle.y, height, info.height)];
    middle = { x: x + width / 2, y: y + height / 2 };
    const percent = (part, whole) => `${(100 * part) / whole}%`;
    frame.style.left = percent(x, info.width);
    frame.style.top = percent(y, info.height);
    frame.style.width = percent(width, info.width);
    frame.style.height = percent(height, info.height);
    frame.hidden = false;
    zoom.hidden = false;
    const caption = find("figcaption", card);
    caption.textContent = "Decoding …";
    ongoing?.abort();
    ongoing = new AbortController();
    const begin = performance.now();
    try {
      const { data } = await lens.decompress(file, { region: { x, y, width, height }, signal: ongoing.signal });
      const canvas = find("canvas", card);
      [canvas.width, canvas.height] = [width, height];
      canvas.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
      const time = ((performance.now() - begin) / 1000).toFixed(2);
      caption.textContent =
        `${width} × ${height} pixels from column ${x}, row ${y}, decoded on their own in ${time} s`;
    } catch (error) {
      if (error.name !== "AbortError") caption.textContent = error.message;
    }
  };

  button.addEventListener("click", ({ offsetX, offsetY, detail }) => {
    // A click by keyboard has no place.
    if (detail > 0) {
      middle = {
        x: (offsetX / button.clientWidth) * info.width,
        y: (offsetY / button.clientHeight) * info.height,
      };
    }
    look();
  });
  button.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    middle = { x: middle.x + (step[0] * width) / 2, y: middle.y + (step[1] * height) / 2 };
    look();
  });
};

const finish = (card, { file, info, picture, verdict, facts, notice, downloads }) => {
  find(".work", card).hidden = true;
  find(".verdict", card).textContent = verdict;
  addFacts(card, facts);
  const note = find(".notice", card);
  note.textContent = notice ?? "";
  note.hidden = !notice;
  for (const [name, blob] of downloads) addDownload(card, name, blob);
  const image = find("img", card);
  image.alt = `${find(".name", card).textContent}: click to enlarge a part`;
  // Browsers do not show all formats that pxc reads.
  image.onerror = () => {
    find(".picture", card).hidden = true;
  };
  image.src = URL.createObjectURL(picture);
  prepareLook(card, file, info);
  find(".done", card).hidden = false;
  announce(`${find(".name", card).textContent}: ${verdict}`);
};

const COLORS = { rgb: "RGB", rgba: "RGBA" };

const depicted = ({ width, height, color, bitDepth, holdsJpeg }) =>
  `${width} × ${height} pixels, ${holdsJpeg ? "JPEG" : `${COLORS[color] ?? color}, ${bitDepth} bits`}`;

const seconds = (begin) => `${((performance.now() - begin) / 1000).toFixed(2)} s`;

// What happens to a file.

const compress = async (card, name, bytes, options) => {
  const effort = find("#effort").value;
  const begin = performance.now();
  const made = await pxc.compressFile(bytes, { ...options("Compressing"), effort });
  const time = seconds(begin);
  const info = await pxc.info(made.bytes);
  const extension = name.split(".").at(-1).toLowerCase();
  const target = extension === "png" ? name.replace(/\.png$/i, ".pxc") : `${name}.pxc`;
  finish(card, {
    file: made.bytes,
    info,
    picture: new Blob([bytes]),
    verdict: compared(made.bytes.length, bytes.length, extension === name ? "before" : extension.toUpperCase()),
    facts: [
      ["Image", depicted(info)],
      ["Before", counted(bytes.length)],
      ["As .pxc", counted(made.bytes.length)],
      ["Ratio", `${(bytes.length / made.bytes.length).toFixed(2)} : 1`],
      ["Time", time],
    ],
    notice: made.dropped.length > 0 && `Not kept: ${made.dropped.join(", ")}.`,
    downloads: [[target, new Blob([made.bytes])]],
  });
};

const show = async (card, name, bytes, options) => {
  const info = await pxc.info(bytes);
  const begin = performance.now();
  const { bytes: made, type } = await pxc.toImageFile(bytes, options("Decoding"));
  const [extension, as] = type === "image/jpeg" ? ["jpg", "JPEG"] : ["png", "PNG"];
  const stem = name.replace(/\.pxc$/i, "");
  const target = /\.(png|jpe?g)$/i.test(stem) ? stem : `${stem}.${extension}`;
  const picture = new Blob([made], { type });
  finish(card, {
    file: bytes,
    info,
    picture,
    verdict: compared(bytes.length, made.length, as),
    facts: [
      ["Image", depicted(info)],
      ["As .pxc", counted(bytes.length)],
      [`As ${as}`, counted(made.length)],
      ["Ratio", `${(made.length / bytes.length).toFixed(2)} : 1`],
      ["Model", info.modelName ?? info.model ?? "none"],
      ["Time", seconds(begin)],
    ],
    downloads: [[target, picture]],
  });
};

const receive = async (file, next) => {
  const card = addCard(file.name, next);
  const stop = new AbortController();
  find(".state", card).textContent = "Waiting";
  find(".cancel", card).addEventListener("click", () => stop.abort());
  find(".remove", card).addEventListener("click", () => {
    stop.abort();
    card.remove();
  });
  const options = (verb) => ({
    signal: stop.signal,
    onProgress: (progress) => showProgress(card, verb, progress),
  });
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    find(".state", card).textContent = `${short(bytes.length)}, waiting`;
    await (isPxc(bytes) || /\.pxc$/i.test(file.name) ? show : compress)(card, file.name, bytes, options);
  } catch (error) {
    fail(card, error.name === "AbortError" ? "Cancelled." : error.message);
  }
};

// Where files come from.

/** Their cards come in their order, above all others. */
const receiveAll = (files) => {
  const next = find("#results").firstElementChild;
  for (const file of files) receive(file, next);
};

find("#files").addEventListener("change", ({ target }) => {
  receiveAll(target.files);
  target.value = "";
});
addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("is-dragging");
});
addEventListener("dragleave", ({ relatedTarget }) => {
  if (!relatedTarget) document.body.classList.remove("is-dragging");
});
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("is-dragging");
  receiveAll(event.dataTransfer.files);
});
addEventListener("paste", ({ clipboardData }) => receiveAll(clipboardData.files));
