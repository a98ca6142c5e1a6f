#!/usr/bin/env python3
"""Measures pxc, JPEG XL, WebP and oxipng on a folder of 8-bit images (PNG or WebP) and writes docs/benchmarks.md and .svg.

    python3 docs/benchmarks.py FOLDER [--sizes | --sizes-only] [--repeat N] [--out docs/benchmarks.md]

The section *Notes* at the end of the report is written by hand; the script keeps it.

Needs cargo, cjxl, djxl, cwebp, dwebp and oxipng, and only Python's standard library. Each tool runs as a whole process, one image
after another, with its default number of threads. The script compares the pixels of every round trip. oxipng writes PNG, so
"decompressing" its files only copies them.
"""

import argparse
import datetime
import json
import math
import os
import pathlib
import platform
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
PXC = "pxc"
FAST = "pxc, effort fast"
MAX = "pxc, effort max"
OXIPNG = "oxipng, level 4"
PXC_COMPRESS = ["{pxc}", "compress", "-f", "-v", "{image}", "-o", "{coded}"]
PXC_DECOMPRESS = ["{pxc}", "decompress", "-f", "{coded}", "-o", "{decoded}"]
TOOLS = [
    # name, compress, suffix, decompress
    (PXC, PXC_COMPRESS, "pxc", PXC_DECOMPRESS),
    (FAST, PXC_COMPRESS + ["--effort", "fast"], "pxc", PXC_DECOMPRESS),
    (MAX, PXC_COMPRESS + ["--effort", "max"], "pxc", PXC_DECOMPRESS),
    ("JPEG XL, effort 7", ["cjxl", "--quiet", "-d", "0", "-e", "7", "{image}", "{coded}"], "jxl",
     ["djxl", "--quiet", "{coded}", "{decoded}"]),
    ("JPEG XL, effort 9", ["cjxl", "--quiet", "-d", "0", "-e", "9", "{image}", "{coded}"], "jxl",
     ["djxl", "--quiet", "{coded}", "{decoded}"]),
    ("WebP, level 9", ["cwebp", "-quiet", "-lossless", "-exact", "-z", "9", "{image}", "-o", "{coded}"], "webp",
     ["dwebp", "-quiet", "{coded}", "-o", "{decoded}"]),
    (OXIPNG, ["oxipng", "-q", "-o", "4", "--nx", "{image}", "--out", "{coded}"], "png", ["cp", "{coded}", "{decoded}"]),
]
LARGE_SIZES = [(768, 512), (1728, 1152), (3456, 2304), (6000, 4000)]
SLOW = ["JPEG XL, effort 9", "WebP, level 9", OXIPNG]
NOTES = "\n## Notes\n"
PARTS = ["network", "frequencies", "entropy coder", "rest"]
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}


def png_chunks(data):
    at = 8
    while at < len(data):
        length, tag = struct.unpack(">I4s", data[at:at + 8])
        yield tag, data[at + 8:at + 8 + length]
        at += 12 + length


def decode_png(path):
    """Width, height, channels and samples of an 8-bit PNG image that is not interlaced."""
    chunks = list(png_chunks(pathlib.Path(path).read_bytes()))
    width, height, depth, color, _, _, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    if depth != 8 or color not in CHANNELS or interlace:
        raise ValueError(f"{path}: only 8-bit gray, RGB and alpha without interlace")
    channels = CHANNELS[color]
    packed = zlib.decompress(b"".join(body for tag, body in chunks if tag == b"IDAT"))
    return width, height, channels, unfilter(packed, width * channels, height, channels)


def unfilter(packed, stride, height, step):
    rows, above = [], bytearray(stride)
    for y in range(height):
        start = y * (stride + 1)
        row = bytearray(packed[start + 1:start + 1 + stride])
        undo_filter(packed[start], row, above, step)
        rows.append(row)
        above = row
    return b"".join(rows)


def undo_filter(kind, row, above, step):
    if kind == 1:
        for i in range(step, len(row)):
            row[i] = (row[i] + row[i - step]) & 255
    elif kind == 2:
        row[:] = bytes((a + b) & 255 for a, b in zip(row, above))
    elif kind == 3:
        for i in range(len(row)):
            left = row[i - step] if i >= step else 0
            row[i] = (row[i] + (left + above[i]) // 2) & 255
    elif kind == 4:
        for i in range(len(row)):
            a, c = (row[i - step], above[i - step]) if i >= step else (0, 0)
            b = above[i]
            pa, pb, pc = abs(b - c), abs(a - c), abs(a + b - 2 * c)
            row[i] = (row[i] + (a if pa <= pb and pa <= pc else b if pb <= pc else c)) & 255


def write_png(path, width, height, rows):
    """Writes 8-bit RGB rows without a filter."""
    def chunk(tag, body):
        return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 1)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


def watch_memory(pid, peaks):
    """Appends the peak memory of a process in MiB every 10 ms. (ru_maxrss would include this script's own memory.)"""
    while True:
        try:
            with open(f"/proc/{pid}/status") as status:
                peak = [line for line in status if line.startswith("VmHWM")]
        except OSError:
            return
        if not peak:
            return
        peaks.append(int(peak[0].split()[1]) / 1024)
        time.sleep(0.01)


def measure(command):
    """Wall seconds, peak memory in MiB and standard error of a process that must succeed."""
    peaks = [0]
    with tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        watcher = threading.Thread(target=watch_memory, args=(process.pid, peaks))
        watcher.start()
        process.wait()
        seconds = time.perf_counter() - begin
        watcher.join()
        errors.seek(0)
        text = errors.read().decode(errors="replace")
    if process.returncode != 0:
        sys.exit(f"{command}: exit code {process.returncode}\n{text}")
    return seconds, max(peaks), text


def fastest(command, repeat):
    return min(measure(command) for _ in range(repeat))


def split(text):
    """The stages of the time that `pxc -v` prints, in seconds summed over threads."""
    return [float(re.search(rf"{part} ([0-9.]+) s", text).group(1)) for part in PARTS]


def run_tool(tool, image, original, folder, pxc, repeat):
    _, compress, suffix, decompress = tool
    names = {"pxc": pxc, "image": str(image), "coded": str(folder / f"coded.{suffix}"),
             "decoded": str(folder / "decoded.png")}
    encoded = fastest([word.format(**names) for word in compress], repeat)
    decoded = fastest([word.format(**names) for word in decompress], repeat)
    if original is not None and decode_png(names["decoded"]) != original:
        sys.exit(f"{image}: {tool[0]} returned different pixels")
    return {
        "bytes": os.path.getsize(names["coded"]),
        "encode": encoded[0], "decode": decoded[0],
        "encode_memory": encoded[1], "decode_memory": decoded[1],
        "split": split(encoded[2]) if tool[2] == PXC else None,
        "model": model_of(pxc, names["coded"]) if tool[2] == PXC else None,
    }


def model_of(pxc, path):
    info = subprocess.run([pxc, "info", "--json", path], capture_output=True, text=True, check=True)
    return json.loads(info.stdout)["model"]


def mosaic(originals, path, width, height):
    """A mosaic of the images, as one RGB image."""
    images = [(w, h, samples) for w, h, channels, samples in originals if channels == 3]
    rows, index = [], 0
    while len(rows) < height:
        strip = []
        while sum(w for w, _, _ in strip) < width:
            strip.append(images[index % len(images)])
            index += 1
        low = min(h for _, h, _ in strip)
        rows += [b"".join(s[y * w * 3:(y + 1) * w * 3] for w, _, s in strip)[:width * 3] for y in range(low)]
    write_png(path, width, height, rows[:height])


def plot(path, results, samples):
    """Bits per sub-pixel against the seconds of the median image, in both directions, as SVG."""
    total = sum(samples)
    points = []
    for name, runs in results.items():
        if name == OXIPNG:
            continue
        seconds = statistics.median(run["encode"] for run in runs), statistics.median(run["decode"] for run in runs)
        points.append((name, sum(run["bytes"] for run in runs) * 8 / total, *seconds))
    low, high = min(p[1] for p in points) - 0.05, max(p[1] for p in points) + 0.05

    def x(seconds):
        return 70 + 500 * (math.log10(seconds) + 1.5) / 3

    def y(bits):
        return 30 + 300 * (high - bits) / (high - low)
    lines = ['<svg xmlns="http://www.w3.org/2000/svg" width="760" height="390" font-family="sans-serif" font-size="12">',
             '<rect width="760" height="390" fill="white"/>']
    for seconds in [0.1, 0.3, 1, 3, 10, 30]:
        lines += [f'<path d="M{x(seconds):.1f} 30V330" stroke="#ddd"/>',
                  f'<text x="{x(seconds):.1f}" y="348" text-anchor="middle">{seconds} s</text>']
    for tenth in range(math.ceil(low * 10), math.floor(high * 10) + 1):
        lines += [f'<path d="M70 {y(tenth / 10):.1f}H570" stroke="#ddd"/>',
                  f'<text x="62" y="{y(tenth / 10) + 4:.1f}" text-anchor="end">{tenth / 10:.1f}</text>']
    for name, bits, encode, decode in points:
        color, below = ("#c2410c", 17) if name.startswith(PXC) else ("#1d4ed8", 4)
        lines += [f'<path d="M{x(decode):.1f} {y(bits):.1f}H{x(encode):.1f}" stroke="{color}" opacity="0.4"/>',
                  f'<circle cx="{x(encode):.1f}" cy="{y(bits):.1f}" r="5" fill="{color}"/>',
                  f'<circle cx="{x(decode):.1f}" cy="{y(bits):.1f}" r="4" fill="white" stroke="{color}" stroke-width="2"/>',
                  f'<text x="{max(x(encode), x(decode)) + 9:.1f}" y="{y(bits) + below:.1f}">{name}</text>']
    lines += ['<text x="70" y="18">bits per sub-pixel (less is better)</text>',
              '<text x="570" y="370" text-anchor="end">seconds for the median image: filled compress, hollow decompress</text>',
              "</svg>", ""]
    path.write_text("\n".join(lines))


def first_line(command):
    output = subprocess.run(command, capture_output=True, text=True)
    return (output.stdout + output.stderr).strip().splitlines()[0]


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":")[1].strip()
    return platform.processor()


def table(heading, rows):
    lines = ["| " + " | ".join(heading) + " |", "|" + "---|" * len(heading)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def summary_rows(results, samples):
    total = sum(samples)
    rows = []
    for name, runs in results.items():
        def median(key):
            return statistics.median(run[key] for run in runs)

        def speed(key):
            return total / 1e6 / sum(run[key] for run in runs)
        coded = sum(run["bytes"] for run in runs)
        rows.append([
            name, f"{coded * 8 / total:.3f}", f"{coded}",
            f"{median('encode'):.2f}", f"{speed('encode'):.2f}",
            f"{median('decode'):.2f}", f"{speed('decode'):.2f}",
            f"{max(run['encode_memory'] for run in runs):.0f}",
            f"{max(run['decode_memory'] for run in runs):.0f}",
        ])
        if name == OXIPNG:
            rows[-1][5] = rows[-1][6] = rows[-1][8] = "–"
    return rows


def report(arguments, images, samples, results, large):
    commit = first_line(["git", "-C", str(REPOSITORY), "rev-parse", "--short", "HEAD"])
    changed = subprocess.run(["git", "-C", str(REPOSITORY), "status", "--porcelain", "--", "src", "codec", "runtime"],
                             capture_output=True, text=True).stdout
    ours = [run for tool in (PXC, FAST, MAX) for run in results.get(tool, [])]
    models = sorted({run["model"] for run in ours if run["model"]})
    parts = [sum(run["split"][i] for run in results[PXC]) for i in range(len(PARTS))]
    heading = ["", "bits per sub-pixel", "bytes", "compress s", "MB/s", "decompress s", "MB/s", "compress MiB",
               "decompress MiB"]
    lines = [
        "# Benchmarks", "",
        f"Measured by `python3 docs/benchmarks.py FOLDER` on {datetime.date.today()}: {len(images)} images of",
        f"`{arguments.folder.name}/`, {sum(samples)} sub-pixels; commit {commit}{' with changes' if changed else ''}; models",
        f"{', '.join(models)}; {processor()}, {os.cpu_count()} cores.", "",
        "Bits per sub-pixel count every byte of the file. Seconds are wall time of a whole process, the median over the",
        "images. MB/s are sample bytes divided by the sum of those times. MiB is the largest peak of resident memory (Linux).",
        "Each tool uses its default number of threads. Every tool returned every image pixel by pixel. oxipng writes PNG, so",
        "there is nothing to decompress.", "",
        table(heading, summary_rows(results, samples)), "",
        "Where pxc spends its time when it compresses, summed over threads: "
        + ", ".join(f"{name} {part / sum(parts):.0%}" for name, part in zip(PARTS, parts)) + ".", "",
        f"![rate against time]({arguments.out.with_suffix('.svg').name})", "",
    ]
    if large:
        lines += ["## Larger images", "", "pxc on mosaics of the images.", "", large_table(large), ""]
    names = list(results)
    lines += ["## Bytes of each image", "", table(
        ["image"] + names,
        [[image.name] + [str(results[name][i]["bytes"]) for name in names] for i, image in enumerate(images)]), ""]
    lines += ["## Commands", ""]
    for name, compress, _, decompress in (tool for tool in TOOLS if tool[0] in results):
        lines += [f"- {name}: `{' '.join(compress)}`, `{' '.join(decompress)}`".replace("{pxc}", "pxc")
                  .replace("{image}", "IMAGE").replace("{coded}", "CODED").replace("{decoded}", "DECODED")]
    lines += [f"- {first_line(['cjxl', '--version'])}; cwebp {first_line(['cwebp', '-version'])}", ""]
    return "\n".join(lines)


def large_table(large):
    rows = [[f"{w}×{h}", f"{run['bytes']}", f"{run['encode']:.2f}", f"{run['encode'] / w / h * 1e6:.2f}",
             f"{run['decode']:.2f}", f"{run['decode'] / w / h * 1e6:.2f}",
             f"{run['encode_memory']:.0f}", f"{run['decode_memory']:.0f}"] for (w, h), run in large.items()]
    return table(["", "bytes", "compress s", "µs a pixel", "decompress s", "µs a pixel", "compress MiB",
                  "decompress MiB"], rows)


def notes_of(path):
    """The hand-written section at the end of the last report."""
    text = path.read_text() if path.exists() else ""
    _, heading, notes = text.partition(NOTES)
    return heading + notes


def as_png(images, scratch):
    """The images of a folder; WebP images are converted to PNG in `scratch`."""
    for path in images.glob("*.webp"):
        subprocess.run(["dwebp", "-quiet", str(path), "-o", str(scratch / (path.stem + ".png"))], check=True)
    found = sorted([*images.glob("*.png"), *scratch.glob("*.png")], key=lambda path: path.name)
    if not found:
        sys.exit(f"{images}: no PNG or WebP images")
    return found


def build():
    subprocess.run(["cargo", "build", "--release", "-p", "pxc"], cwd=REPOSITORY, check=True)
    target = os.environ.get("CARGO_TARGET_DIR", str(REPOSITORY / "target"))
    return str(pathlib.Path(target) / "release" / "pxc")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="folder of 8-bit PNG or WebP images")
    parser.add_argument("--quick", action="store_true", help="skip the tools that take several seconds per image")
    parser.add_argument("--sizes", action="store_true", help="also measure mosaics of 0.4 to 24 Mpixel")
    parser.add_argument("--sizes-only", action="store_true", help="measure only the mosaics, and print their table")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each process; the fastest counts")
    parser.add_argument("--pxc", help="the command to measure [default: built from this tree]")
    parser.add_argument("--out", type=pathlib.Path, default=REPOSITORY / "docs" / "benchmarks.md")
    arguments = parser.parse_args()
    pxc = arguments.pxc or build()
    tools = [tool for tool in TOOLS if not (arguments.quick and tool[0] in SLOW)]
    results, originals, large = {tool[0]: [] for tool in tools}, [], {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        images = as_png(arguments.folder.resolve(), folder)
        for image in images:
            originals.append(decode_png(image))
            if arguments.sizes_only:
                continue
            for tool in tools:
                results[tool[0]].append(run_tool(tool, image, originals[-1], folder, pxc, arguments.repeat))
            print(image.name, *(f"{name} {runs[-1]['bytes']}" for name, runs in results.items()), sep="  ", flush=True)
        for size in LARGE_SIZES if arguments.sizes or arguments.sizes_only else []:
            mosaic(originals, folder / "large.png", *size)
            large[size] = run_tool(TOOLS[0], folder / "large.png", decode_png(folder / "large.png"), folder, pxc, 1)
    if arguments.sizes_only:
        print(large_table(large))
        return
    samples = [w * h * channels for w, h, channels, _ in originals]
    plot(arguments.out.with_suffix(".svg"), results, samples)
    notes = notes_of(arguments.out)
    arguments.out.write_text(report(arguments, images, samples, results, large) + notes)
    print(f"written: {arguments.out}")


if __name__ == "__main__":
    main()
