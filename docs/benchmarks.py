#!/usr/bin/env python3
"""Measures pxc, JPEG XL, WebP and oxipng on folders of 8-bit images (PNG or WebP) and writes
docs/benchmarks.md and docs/benchmarks.svg.

    python3 docs/benchmarks.py FOLDER... [--sizes | --sizes-only] [--repeat N] [--out docs/benchmarks.md]

The section *Notes* at the end of the report is written by hand; the script keeps it.

Needs cargo, cjxl, djxl, cwebp, dwebp and oxipng, and Python's imagecodecs, which has a newer libjxl than most systems.
Each tool runs as a whole process, one image after another, with its default number of threads; of libjxl in Python only
the call is timed. The script compares the pixels of every round trip. oxipng writes PNG, so "decompressing" its files
only copies them.
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
import textwrap
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
CALL = ["{python}", "{script}", "--libjxl"]
TOOLS = [
    # name, compress, suffix, decompress
    (PXC, PXC_COMPRESS, "pxc", PXC_DECOMPRESS),
    (FAST, PXC_COMPRESS + ["--effort", "fast"], "pxc", PXC_DECOMPRESS),
    (MAX, PXC_COMPRESS + ["--effort", "max"], "pxc", PXC_DECOMPRESS),
    ("libjxl, effort 7", CALL + ["7", "{image}", "{coded}"], "jxl", CALL + ["0", "{coded}", "{decoded}"]),
    ("libjxl, effort 9", CALL + ["9", "{image}", "{coded}"], "jxl", CALL + ["0", "{coded}", "{decoded}"]),
    ("cjxl 0.7, effort 9", ["cjxl", "--quiet", "-d", "0", "-e", "9", "{image}", "{coded}"], "jxl",
     ["djxl", "--quiet", "{coded}", "{decoded}"]),
    ("WebP, level 9", ["cwebp", "-quiet", "-lossless", "-exact", "-z", "9", "{image}", "-o", "{coded}"], "webp",
     ["dwebp", "-quiet", "{coded}", "-o", "{decoded}"]),
    (OXIPNG, ["oxipng", "-q", "-o", "4", "--nx", "{image}", "--out", "{coded}"], "png", ["cp", "{coded}", "{decoded}"]),
]
LARGE_SIZES = [(768, 512), (1728, 1152), (3456, 2304), (6000, 4000)]
SLOW = ["libjxl, effort 9", "cjxl 0.7, effort 9", "WebP, level 9", OXIPNG]
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


def libjxl(effort, source, target):
    """Codes an image with libjxl, or at effort 0 writes its pixels as PNG. Prints the seconds of the call."""
    import imagecodecs
    data = pathlib.Path(source).read_bytes()
    if effort:
        samples = imagecodecs.png_decode(data)
    begin, used = time.perf_counter(), time.process_time()
    if effort:
        result = imagecodecs.jpegxl_encode(samples, effort=effort, lossless=True, numthreads=os.cpu_count())
    else:
        samples = imagecodecs.jpegxl_decode(data, numthreads=os.cpu_count())
    print(f"call: {time.perf_counter() - begin:.4f} s, processor {time.process_time() - used:.4f} s", file=sys.stderr)
    pathlib.Path(target).write_bytes(result if effort else imagecodecs.png_encode(samples, level=1))


def measure(command):
    """Wall seconds, processor seconds, peak memory in MiB and standard error of a process that must succeed."""
    peaks = [0]
    with tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        watcher = threading.Thread(target=watch_memory, args=(process.pid, peaks))
        watcher.start()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - begin
        watcher.join()
        errors.seek(0)
        text = errors.read().decode(errors="replace")
    if process.returncode != 0:
        sys.exit(f"{command}: exit code {process.returncode}\n{text}")
    call = re.search(r"^call: ([0-9.]+) s, processor ([0-9.]+) s$", text, re.MULTILINE)
    if call:
        return float(call.group(1)), float(call.group(2)), 0, text
    return seconds, usage.ru_utime + usage.ru_stime, max(peaks), text


def fastest(command, repeat):
    return min(measure(command) for _ in range(repeat))


def split(text):
    """The stages of the time that `pxc -v` prints, in seconds summed over threads."""
    return [float(re.search(rf"{part} ([0-9.]+) s", text).group(1)) for part in PARTS]


def run_tool(tool, image, original, folder, pxc, repeat):
    _, compress, suffix, decompress = tool
    names = {"pxc": pxc, "python": sys.executable, "script": __file__, "image": str(image),
             "coded": str(folder / f"coded.{suffix}"), "decoded": str(folder / "decoded.png")}
    encoded = fastest([word.format(**names) for word in compress], repeat)
    decoded = fastest([word.format(**names) for word in decompress], repeat)
    if original is not None and decode_png(names["decoded"]) != original:
        sys.exit(f"{image}: {tool[0]} returned different pixels")
    return {
        "bytes": os.path.getsize(names["coded"]),
        "encode": encoded[0], "decode": decoded[0],
        "encode_core": encoded[1], "decode_core": decoded[1],
        "encode_memory": encoded[2], "decode_memory": decoded[2],
        "split": split(encoded[3]) if tool[2] == PXC else None,
        "model": model_of(pxc, names["coded"]) if tool[2] == PXC else None,
    }


def model_of(pxc, path):
    info = subprocess.run([pxc, "info", "--json", path], capture_output=True, text=True, check=True)
    return json.loads(info.stdout)["model_id"]


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
            f"{median('encode'):.2f}", f"{speed('encode_core'):.2f}",
            f"{median('decode'):.2f}", f"{speed('decode_core'):.2f}",
            f"{max(run['encode_memory'] for run in runs):.0f}",
            f"{max(run['decode_memory'] for run in runs):.0f}",
        ])
        if name == OXIPNG:
            rows[-1][5] = rows[-1][6] = rows[-1][8] = "–"
        if rows[-1][7] == "0":
            rows[-1][7] = rows[-1][8] = "–"
    return rows


def report(folders, curve, large):
    """The report on folders (name, images, samples of each image, results), with the curve of the first."""
    commit = first_line(["git", "-C", str(REPOSITORY), "rev-parse", "--short", "HEAD"])
    changed = subprocess.run(["git", "-C", str(REPOSITORY), "status", "--porcelain", "--", "src", "codec", "runtime"],
                             capture_output=True, text=True).stdout
    ours = [run for _, _, _, results in folders for tool in (PXC, FAST, MAX) for run in results.get(tool, [])]
    models = sorted({run["model"] for run in ours if run["model"]})
    lines = [
        "# Benchmarks", "",
        wrapped(f"Measured by `python3 docs/benchmarks.py FOLDER...` on {datetime.date.today()}; commit {commit}"
                f"{' with changes' if changed else ''}; models {', '.join(models)}; {processor()}, "
                f"{os.cpu_count()} cores."), "",
        "Bits per sub-pixel count every byte of the file. Seconds are wall time of a whole process, the median over the",
        "images. MB/s are sample bytes divided by processor time: the speed of one core. MiB is the largest peak of resident",
        "memory (Linux). Each tool uses its default number of threads. Every tool returned every image pixel by pixel. libjxl",
        "runs inside of Python, so that only its call is timed. oxipng writes PNG, so there is nothing to decompress.", "",
    ]
    for name, images, samples, results in folders:
        lines += section(name, images, samples, results)
    lines += [f"![rate against time]({curve})", ""]
    if large:
        lines += ["## Larger images", "", "pxc on mosaics of the images.", "", large_table(large), ""]
    for name, images, _, results in folders:
        lines += [f"## Bytes of each image of `{name}/`", "", bytes_table(images, results), ""]
    return "\n".join(lines + commands())


def wrapped(text, indent=""):
    return textwrap.fill(text, 120, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def section(name, images, samples, results):
    heading = ["", "bits per sub-pixel", "bytes", "compress s", "MB/s", "decompress s", "MB/s", "compress MiB",
               "decompress MiB"]
    parts = [sum(run["split"][i] for run in results[PXC]) for i in range(len(PARTS))]
    return [
        f"## `{name}/`: {len(images)} images, {sum(samples)} sub-pixels", "",
        table(heading, summary_rows(results, samples)), "",
        wrapped("Where pxc spends its time when it compresses, summed over threads: "
                + ", ".join(f"{name} {part / sum(parts):.0%}" for name, part in zip(PARTS, parts)) + "."), "",
    ]


def bytes_table(images, results):
    rows = [[image.name] + [str(runs[i]["bytes"]) for runs in results.values()] for i, image in enumerate(images)]
    return table(["image", *results], rows)


def commands():
    shown = {"pxc": "pxc", "python": "python3", "script": "docs/benchmarks.py", "image": "IMAGE", "coded": "CODED",
             "decoded": "DECODED"}
    lines = ["## Commands", ""]
    for name, compress, _, decompress in TOOLS:
        both = [" ".join(command).format(**shown) for command in (compress, decompress)]
        lines += [wrapped(f"- {name}: `{both[0]}`, `{both[1]}`", indent="  ")]
    import imagecodecs
    return lines + [f"- {imagecodecs.jpegxl_version()}; {first_line(['cjxl', '--version'])}; cwebp "
                    f"{first_line(['cwebp', '-version'])}", ""]


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


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=pathlib.Path, nargs="+", help="folders of 8-bit PNG or WebP images")
    parser.add_argument("--quick", action="store_true", help="skip the tools that take several seconds per image")
    parser.add_argument("--sizes", action="store_true", help="also measure mosaics of 0.4 to 24 Mpixel")
    parser.add_argument("--sizes-only", action="store_true", help="measure only the mosaics, and print their table")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each process; the fastest counts")
    parser.add_argument("--pxc", help="the command to measure [default: built from this tree]")
    parser.add_argument("--out", type=pathlib.Path, default=REPOSITORY / "docs" / "benchmarks.md")
    return parser.parse_args()


def measure_folder(folder, tools, pxc, repeat, scratch):
    """Name, images, samples of each image, and results of a folder."""
    images = as_png(folder.resolve(), scratch)
    samples, results = [], {tool[0]: [] for tool in tools}
    for image in images:
        original = decode_png(image)
        samples.append(len(original[3]))
        for tool in tools:
            results[tool[0]].append(run_tool(tool, image, original, scratch, pxc, repeat))
        print(image.name, *(f"{name} {runs[-1]['bytes']}" for name, runs in results.items()), sep="  ", flush=True)
    return folder.name, images, samples, results


def measure_sizes(folder, pxc, scratch):
    originals, large = [decode_png(image) for image in as_png(folder.resolve(), scratch)], {}
    for size in LARGE_SIZES:
        mosaic(originals, scratch / "large.png", *size)
        large[size] = run_tool(TOOLS[0], scratch / "large.png", decode_png(scratch / "large.png"), scratch, pxc, 1)
    return large


def main():
    if sys.argv[1:2] == ["--libjxl"]:
        libjxl(int(sys.argv[2]), *sys.argv[3:])
        return
    arguments = parse()
    pxc = arguments.pxc or build()
    tools = [tool for tool in TOOLS if not (arguments.quick and tool[0] in SLOW)]
    folders, large = [], {}
    for folder in [] if arguments.sizes_only else arguments.folders:
        with tempfile.TemporaryDirectory() as scratch:
            folders.append(measure_folder(folder, tools, pxc, arguments.repeat, pathlib.Path(scratch)))
    if arguments.sizes or arguments.sizes_only:
        with tempfile.TemporaryDirectory() as scratch:
            large = measure_sizes(arguments.folders[-1], pxc, pathlib.Path(scratch))
    if arguments.sizes_only:
        print(large_table(large))
        return
    _, _, samples, results = folders[0]
    plot(arguments.out.with_suffix(".svg"), results, samples)
    notes = notes_of(arguments.out)
    arguments.out.write_text(report(folders, arguments.out.with_suffix(".svg").name, large) + notes)
    print(f"written: {arguments.out}")


if __name__ == "__main__":
    main()
