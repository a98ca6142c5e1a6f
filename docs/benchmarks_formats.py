#!/usr/bin/env python3
"""Compares pxc with oxipng and JPEG XL on folders of PNG images of every kind and prints a Markdown table, one row per
folder.

    python3 docs/benchmarks_formats.py FOLDER... [--pxc target/release/pxc] [--each]

Needs a built pxc, Python's imagecodecs (for libjxl), and oxipng as a command or as the Python module of that name
(package pyoxipng). Counts whole files, metadata included, but JPEG XL's files hold only the pixels. Seconds are the sum
over the images of a folder, one process per image (oxipng's module excepted). `pxc test` decodes every .pxc file. The
script exits with 1 if a .pxc file is larger than its PNG file by more than 32 bytes and what the exact file takes, or
if the .pxc file of a 16-bit image is larger than oxipng's file by more than that takes.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

# Header and checksums, and what the exact file takes by default.
ALLOWANCE = 32 + 256
LIBJXL = pathlib.Path(__file__).with_name("benchmarks.py")


def timed(command):
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True)
    if done.returncode != 0:
        return None, done.stderr.decode(errors="replace").strip()
    return time.perf_counter() - begin, ""


def oxipng(image, target):
    if shutil.which("oxipng"):
        return timed(["oxipng", "-q", "-o", "4", str(image), "--out", str(target)])
    import oxipng as module
    begin = time.perf_counter()
    target.write_bytes(module.optimize_from_memory(image.read_bytes(), level=4))
    return time.perf_counter() - begin, ""


def measure(image, folder, pxc):
    """Bytes and seconds of one image: PNG, oxipng, JPEG XL, pxc."""
    coded = {name: folder / f"coded.{name}" for name in ("png", "jxl", "pxc")}
    runs = [
        oxipng(image, coded["png"]),
        timed([sys.executable, str(LIBJXL), "--libjxl", "9", str(image), str(coded["jxl"])]),
        timed([pxc, "compress", "-q", "-f", str(image), "-o", str(coded["pxc"])]),
        timed([pxc, "test", "-q", str(coded["pxc"])]),
    ]
    if runs[2][0] is None or runs[3][0] is None:
        sys.exit(f"{image}: {runs[2][1]}{runs[3][1]}")
    sizes = [image.stat().st_size]
    sizes += [coded[name].stat().st_size if run[0] is not None else None
              for name, run in zip(("png", "jxl", "pxc"), runs)]
    return sizes, [run[0] or 0 for run in runs]


def bit_depth(image):
    return image.read_bytes()[24]


def row(name, count, sizes, seconds):
    png, packed, jxl, pxc = sizes
    numbers = [f"{png}", f"{packed}", f"{jxl}", f"{pxc}", f"{pxc / packed:.3f}", f"{pxc / jxl:.3f}" if jxl else "–"]
    return "| " + " | ".join([name, str(count)] + numbers + [f"{s:.2f}" for s in seconds]) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--pxc", default="target/release/pxc")
    parser.add_argument("--each", action="store_true", help="also print a row for each image")
    arguments = parser.parse_args()
    print("| folder | images | PNG | oxipng -o4 | JPEG XL -e9 | pxc | pxc : oxipng | pxc : JPEG XL "
          "| oxipng s | JPEG XL s | compress s | decompress s |")
    print("|" + "---|" * 12)
    total, times, count, broken = [0] * 4, [0.0] * 4, 0, []
    with tempfile.TemporaryDirectory() as scratch:
        for folder in arguments.folders:
            images = [path for path in sorted(folder.glob("*.png")) if not path.name.startswith("x")]
            sums, seconds = [0] * 4, [0.0] * 4
            for image in images:
                sizes, elapsed = measure(image, pathlib.Path(scratch), arguments.pxc)
                if arguments.each:
                    print(row(image.name, 1, sizes, elapsed), flush=True)
                if sizes[2] is None:
                    print(f"{image}: JPEG XL refuses it; counted with the size of the PNG file", file=sys.stderr)
                    sizes[2] = sizes[0]
                if sizes[3] > sizes[0] + ALLOWANCE:
                    broken.append(f"{image}: {sizes[3]} bytes, PNG {sizes[0]}")
                if bit_depth(image) == 16 and sizes[3] > sizes[1] + ALLOWANCE:
                    broken.append(f"{image}: {sizes[3]} bytes, oxipng {sizes[1]}")
                sums = [a + b for a, b in zip(sums, sizes)]
                seconds = [a + b for a, b in zip(seconds, elapsed)]
            print(row(folder.name, len(images), sums, seconds), flush=True)
            total = [a + b for a, b in zip(total, sums)]
            times = [a + b for a, b in zip(times, seconds)]
            count += len(images)
    print(row("all", count, total, times))
    if broken:
        sys.exit("\n".join(broken))


if __name__ == "__main__":
    main()
