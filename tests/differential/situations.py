"""Checks what one file alone cannot show, and sums the generated files up by the faults that they were made for.

python tests/differential/situations.py target/release/pxc
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import struct
import sys
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread

import numpy as np
from PIL import Image

from expectation import Case
from formats import all_cases
from formats.png.writer import DEPTHS, RGB, png
from formats.webp_cases import encoded
from judgement import judge
from pictures import EXIF, ICC_GRAY, ICC_RGB, XMP, picture
from png_file import PngFile, chunk_bytes
from program import Program, Run, trace

FAULTS: dict[str, tuple[str, ...]] = {
    "extra samples shift the others": ("tiff/rgbx_tiles.tif", "tiff/rgbx_predictor*.tif"),
    "extra samples are dropped": ("tiff/rgbx*.tif", "tiff/rgb_of_four_channels.tif", "tiff/rgba_and_one.tif", "tiff/rgb_and_two.tif"),
    "FillOrder is ignored": ("tiff/fill*.tif",),
    "sound LZW streams are called damaged": ("tiff/*lzw*.tif", "tiff/predictor_tiles_*.tif", "gif/flat_*.gif", "gif/lzw_*.gif"),
    "the first page is not the picture": ("tiff/camera_raw*.tif", "tiff/pages_thumbnail_first.tif"),
    "resolution is dropped": ("tiff/resolution_*.tif", "bmp/density*.bmp"),
    "runs are not seen by QOI's index": ("qoi/*run*.qoi", "qoi/index*.qoi"),
    "QOI's colour space is dropped": ("qoi/linear*.qoi",),
    "the fourth byte is dropped": ("bmp/rgb32*.bmp", "bmp/fields32_bits_outside.bmp"),
    "comments are dropped": ("gif/comment*.gif", "pnm/comment*"),
    "unknown chunks are dropped": ("webp/junk_*.webp", "webp/private_*.webp", "gif/application*.gif", "png/unknown_*.png"),
    "what is behind the pixels is dropped": ("*/tail_*", "png/idat_surplus*.png", "gif/lzw_surplus*.gif", "tiff/strip_surplus*.tif"),
    "deep masks are cut to 8 bits": ("bmp/fields32_101010.bmp", "bmp/fields32_11_11_10.bmp", "bmp/fields32_9_9_9.bmp", "bmp/fields32_16_8_8.bmp"),
    "half an image is taken for a whole one": ("jpeg/*_end_at_*.jpg", "webp/end_at_*.webp", "webp/pixels_cut*.webp"),
    "TUPLTYPE is ignored": ("pnm/tuple_*.pam",),
    "a transparent index beyond the palette is opaque": ("gif/transparent_*.gif",),
    "checksums are repaired": ("png/crc_*.png",),
    "an illegal tRNS makes a file unreadable": ("png/trns_*.png",),
}  # fmt: skip
"""Kinds of faults, and the files that show them."""

Check = Callable[[Program, Path], str | None]
CHECKS: dict[str, Check] = {}

PHOTO = png(RGB)
LIMIT_THAT_IS_NONE = str(2**64 - 1)
NOBODY = 65534


def check(title: str) -> Callable[[Check], Check]:
    """Puts a function into the table. It gets a folder and returns what is wrong."""

    def add(function: Check) -> Check:
        CHECKS[title] = function
        return function

    return add


def files(folder: Path, **contents: bytes) -> None:
    """Writes files; `_` in a name stands for a dot."""
    for name, data in contents.items():
        (folder / name.replace("_", ".")).write_bytes(data)


def told(run: Run) -> str:
    """A run in words."""
    return f"exit {run.code}: {run.stderr[-300:]}"


@check("a lossy VP8X file is skipped, not the rest of a folder")
def lossy_in_a_folder(program: Program, folder: Path) -> str | None:
    files(folder, a_png=PHOTO, b_webp=encoded(RGB, lossless=False, icc_profile=ICC_RGB), c_png=PHOTO)
    run = program.compress(folder, "-r", ".")
    return None if run.code == 0 and (folder / "a.pxc").exists() and (folder / "c.pxc").exists() else told(run)


@check("formats keep the metadata that they have room for")
def metadata_of_formats(program: Program, folder: Path) -> str | None:
    text = chunk_bytes(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)
    profile = chunk_bytes(b"iCCP", b"ICC\0\0" + zlib.compress(ICC_RGB))
    density = chunk_bytes(b"pHYs", struct.pack(">IIB", 11811, 2835, 1))
    exif = chunk_bytes(b"eXIf", EXIF)
    (folder / "a.png").write_bytes(PHOTO[:33] + profile + density + exif + text + PHOTO[33:])
    program.compress(folder, "a.png")
    runs = {name: program.decompress(folder, "a.pxc", "-o", f"b.{name}") for name in ("tif", "webp", "bmp")}
    noted = {"tif": ["eXIf"], "webp": ["pHYs"], "bmp": ["eXIf", "iTXt"]}
    for name, run in runs.items():
        said = f"b.{name}: note: the format does not keep {', '.join(noted[name])}"
        if run.code != 0 or not run.stderr.endswith(said):
            return f"{name}: {told(run)}"
    with Image.open(folder / "b.tif") as image:
        if image.info.get("dpi") != (300, 72) or image.info.get("icc_profile") != ICC_RGB or image.tag_v2.get(700) != XMP:
            return f"TIFF: {image.info}"
    with Image.open(folder / "b.webp") as image:
        if [image.info.get(key) for key in ("icc_profile", "exif", "xmp")] != [ICC_RGB, EXIF, XMP]:
            return f"WebP: {image.info}"
    bitmap = (folder / "b.bmp").read_bytes()
    with Image.open(folder / "b.bmp") as image:
        found = [round(side) for side in image.info.get("dpi", ())]
        if found != [300, 72] or not bitmap.endswith(ICC_RGB) or (np.asarray(image) != RGB.samples).any():
            return f"BMP: {image.info}"
    return None


@check("text that begins like an image stops nothing")
def text_in_a_folder(program: Program, folder: Path) -> str | None:
    files(
        folder,
        a_png=PHOTO,
        b_txt=b"BMW and others build cars",
        c_txt=b"P1 is a class of vehicles\n",
        d_txt=b"GIF89a is a version of GIF",
        f_txt=b"qoif is the signature of QOI, and this is text",
        g_txt=b"P3 2 1 are numbers, and this is text\n",
        h_txt=b"P7 IS A CLASS, TOO\n",
        i_txt=b"P5#1 is a hash tag\nand this is text\n",
        j_txt=b"RIFF and WEBP are not enough",
        e_png=PHOTO,
    )
    run = program.compress(folder, "-r", ".")
    return None if run.code == 0 and (folder / "a.pxc").exists() and (folder / "e.pxc").exists() else told(run)


@check("an empty file under an image's name is a failure that is named")
def empty_in_a_folder(program: Program, folder: Path) -> str | None:
    files(folder, a_png=PHOTO, empty_png=b"", text_png=b"not an image")
    run = program.compress(folder, "-r", "--keep-going", ".")
    named = "empty.png" in run.stderr and "text.png" in run.stderr
    return None if run.code == 1 and named and (folder / "a.pxc").exists() else told(run)


@check("an unreadable entry stops nothing under --keep-going")
def unreadable_in_a_folder(program: Program, folder: Path) -> str | None:
    files(folder, a_png=PHOTO, b_png=PHOTO, c_png=PHOTO)
    (folder / "b.png").chmod(0)
    folder.chmod(0o777)
    if os.geteuid() == 0:
        program = replace(program, user=NOBODY)
    run = program.compress(folder, "-r", "--keep-going", ".")
    (folder / "b.png").chmod(0o644)
    done = (folder / "a.pxc").exists() and (folder / "c.pxc").exists()
    return None if run.code == 2 and "b.png" in run.stderr and done else told(run)


@check("symbolic links are counted, and named with -v")
def links_in_a_folder(program: Program, folder: Path) -> str | None:
    files(folder, a_png=PHOTO)
    (folder / "link.png").symlink_to("a.png")
    run = program.compress(folder, "-r", "-v", ".")
    return None if run.code == 0 and "link.png" in run.stderr else told(run)


@check("a gray profile is not written into an RGB file, and pxc reports that")
def gray_profile(program: Program, folder: Path) -> str | None:
    profile = (b"iCCP", b"g\0\0" + zlib.compress(ICC_GRAY))
    files(folder, gray_png=png(picture(9, 7, 1, 8), first=(profile,)))
    program.compress(folder, "gray.png")
    run = program.decompress(folder, "gray.pxc", "-o", "gray.webp")
    back = folder / "gray.webp"
    if run.code != 0:
        return told(run)
    if b"ICCP" in back.read_bytes():
        return "the profile is in the file"
    return None if "iccp" in run.stderr.lower() or "profile" in run.stderr.lower() else f"not said: {run.stderr!r}"


@check("--strip safe keeps the orientation")
def strip_safe(program: Program, folder: Path) -> str | None:
    files(folder, photo_png=png(RGB, middle=((b"eXIf", EXIF),)))
    run = program.compress(folder, "--strip", "safe", "photo.png")
    program.decompress(folder, "photo.pxc", "-o", "back.png")
    back = PngFile.parse((folder / "back.png").read_bytes())
    found = back.chunk(b"eXIf") or b""
    orientations = (b"\x12\x01\x03\0\x01\0\0\0\x06\0", b"\x01\x12\0\x03\0\0\0\x01\0\x06")
    return None if any(entry in found for entry in orientations) else f"eXIf is {found!r}; {told(run)}"


@check("a limit in a message is the real one")
def huge_header(program: Program, folder: Path) -> str | None:
    data = next(case.data for case in all_cases() if case.name == "png/header_huge.png")
    files(folder, huge_png=data)
    run = program.compress(folder, "huge.png")
    return told(run) if LIMIT_THAT_IS_NONE in run.stderr or run.code != 2 else None


@check("what is written can be read: 70 MB of XMP")
def large_metadata(program: Program, folder: Path) -> str | None:
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + bytes(range(32, 96)) * (70 * 1024 * 1024 // 64)
    data = png(RGB)
    at = data.index(b"IDAT") - 4
    files(folder, large_png=data[:at] + chunk_bytes(b"iTXt", text) + data[at:])
    run = program.compress(folder, "--rm", "large.png")
    if run.code != 0:
        return None if (folder / "large.png").exists() else told(run)
    back = program.decompress(folder, "large.pxc")
    return None if back.code == 0 else f"compress --rm: exit 0; decompress: {told(back)}"


def survives(folder: Path, name: str, data: bytes, run: Run) -> str | None:
    """The input must be there, and the command must have refused."""
    path = folder / name
    is_there = path.exists() and path.read_bytes() == data
    return None if is_there and run.code == 2 else f"{'kept' if is_there else 'GONE'}; {told(run)}"


@check("an output that is the input: compress -o")
def same_file_compress(program: Program, folder: Path) -> str | None:
    files(folder, s_png=PHOTO)
    return survives(folder, "s.png", PHOTO, program.compress(folder, "s.png", "-o", "s.png", "-f", "--rm"))


@check("an output that is the input: -r --suffix .png")
def same_file_suffix(program: Program, folder: Path) -> str | None:
    (folder / "d").mkdir()
    files(folder / "d", s_png=PHOTO)
    return survives(folder, "d/s.png", PHOTO, program.compress(folder, "-r", "d", "--suffix", ".png", "-f", "--rm"))


@check("an output that is the input: decompress -o")
def same_file_decompress(program: Program, folder: Path) -> str | None:
    files(folder, s_png=PHOTO)
    program.compress(folder, "s.png")
    data = (folder / "s.pxc").read_bytes()
    return survives(folder, "s.pxc", data, program.decompress(folder, "s.pxc", "-o", "s.pxc", "-f", "--rm"))


@check("an output that is the input: through a symbolic link")
def same_file_symlink(program: Program, folder: Path) -> str | None:
    files(folder, s_png=PHOTO)
    (folder / "link.pxc").symlink_to("s.png")
    return survives(folder, "s.png", PHOTO, program.compress(folder, "s.png", "-o", "link.pxc", "-f", "--rm"))


@check("an output that is the input: through a hard link")
def same_file_hard_link(program: Program, folder: Path) -> str | None:
    files(folder, s_png=PHOTO)
    os.link(folder / "s.png", folder / "link.pxc")
    return survives(folder, "s.png", PHOTO, program.compress(folder, "s.png", "-o", "link.pxc", "-f", "--rm"))


def comes_back(program: Program, folder: Path, contents: dict[str, bytes]) -> str | None:
    """The same names with the same bytes come back."""
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    run = program.compress(folder, "--out-dir", "small", *contents)
    if run.code != 0:
        return f"compress: {told(run)}"
    packed = sorted(path.relative_to(folder).as_posix() for path in (folder / "small").iterdir())
    run = program.decompress(folder, "--out-dir", "back", *packed)
    if run.code != 0:
        return f"decompress: {told(run)}"
    back = {path.name: path.read_bytes() for path in (folder / "back").iterdir()}
    if sorted(back) != sorted(contents):
        return f"expected {sorted(contents)}, found {sorted(back)}"
    changed = [name for name in contents if back[name] != contents[name]]
    return f"other bytes: {', '.join(changed)}" if changed else None


DEEP_PNG = png(picture(9, 7, DEPTHS["rgb"][0], 16), 16)
NAMES: dict[str, dict[str, bytes]] = {
    "a PNG file": {"x.png": PHOTO},
    "a PNG called x.webp": {"x.webp": PHOTO},
    "a PNG called x.webp.png": {"x.webp.png": PHOTO},
    "a 16-bit PNG called z.bmp.png": {"z.bmp.png": DEEP_PNG},
    "img.png beside img.png.png": {"img.png": PHOTO, "img.png.png": DEEP_PNG},
    "x.png beside x.PNG": {"x.png": PHOTO, "x.PNG": DEEP_PNG},
    "a PNG called x.pxc.png": {"x.pxc.png": PHOTO},
    "a PNG called x.jpg": {"x.jpg": PHOTO},
    "a PNG without extension": {"picture": PHOTO},
}
"""Files whose names say something else than their bytes."""


@check("mode and time of the input")
def mode_and_time(program: Program, folder: Path) -> str | None:
    files(folder, s_png=PHOTO)
    (folder / "s.png").chmod(0o600)
    os.utime(folder / "s.png", (1_000_000_000, 1_000_000_000))
    program.compress(folder, "s.png")
    program.decompress(folder, "s.pxc", "-o", "back.png")
    found = [
        (oct(status.st_mode & 0o777), int(status.st_mtime))
        for status in ((folder / name).stat() for name in ("s.pxc", "back.png"))
    ]
    return None if found == [("0o600", 1_000_000_000)] * 2 else f"expected 0o600 and 1000000000, found {found}"


@check("two files that would share a name are refused before any work")
def shared_name(program: Program, folder: Path) -> str | None:
    files(folder, x_png=PHOTO)
    (folder / "x").write_bytes(DEEP_PNG)
    run = program.compress(folder, "--rm", "x.png", "x")
    left = sorted(path.name for path in folder.iterdir())
    is_said = run.code == 2 and "x.pxc" in told(run)
    return None if is_said and left == ["x", "x.png"] else f"{left}: {told(run)}"


@check("pixels are not written under a JPEG's name")
def no_jpeg(program: Program, folder: Path) -> str | None:
    files(folder, s_png=PHOTO)
    program.compress(folder, "s.png")
    run = program.decompress(folder, "s.pxc", "-o", "s.jpg")
    return None if run.code == 2 and not (folder / "s.jpg").exists() else told(run)


@check("folders are not made unasked")
def no_folders(program: Program, folder: Path) -> str | None:
    files(folder, s_png=PHOTO)
    run = program.compress(folder, "s.png", "-o", "new/s.pxc")
    return None if run.code == 2 and not (folder / "new").exists() else told(run)


@check("--rm never goes with -o -")
def remove_and_stdout(program: Program, folder: Path) -> str | None:
    files(folder, s_png=PHOTO)
    run = program.compress(folder, "s.png", "-o", "-", "--rm")
    return None if run.code == 2 and (folder / "s.png").exists() else told(run)


@check("/dev/stdout is standard output")
def named_stdout(program: Program, folder: Path) -> str | None:
    files(folder, s_png=PHOTO)
    expected = program.compress(folder, "s.png", "-o", "-")
    for force in ((), ("-f",)):
        run = program.compress(folder, "s.png", "-o", "/dev/stdout", *force)
        if run.code != 0 or not run.stdout or run.stdout != expected.stdout:
            return f"{len(run.stdout)} bytes, expected {len(expected.stdout)}; {told(run)}"
    return None


@check("a pipe gets the whole output")
def named_pipe(program: Program, folder: Path) -> str | None:
    files(folder, s_png=PHOTO)
    os.mkfifo(folder / "pipe")
    read: list[bytes] = []
    reader = Thread(target=lambda: read.append((folder / "pipe").read_bytes()), daemon=True)
    reader.start()
    run = program.compress(folder, "s.png", "-o", "pipe")
    reader.join(10)
    expected = program.compress(folder, "s.png", "-o", "-").stdout
    return None if run.code == 0 and read == [expected] else told(run)


@check("--rm keeps extended attributes, or the input")
def extended_attributes(program: Program, folder: Path) -> str | None:
    files(folder, s_png=PHOTO)
    name, value = "user.xdg.origin.url", b"https://example.com/"
    os.setxattr(folder / "s.png", name, value)
    run = program.compress(folder, "--rm", "s.png")
    kept = folder / ("s.png" if run.code else "s.pxc")
    return None if os.getxattr(kept, name) == value else told(run)


def fault_row(program: Program, folder: Path, cases: list[Case]) -> str | None:
    """The files of a kind that are wrong."""
    wrong = []
    for case in cases:
        traces = trace(program, Path(case.name).name, case.data, case.options, folder / case.name)
        if judge(case, traces)[1]:
            wrong.append(case.name)
    shown = ", ".join(wrong[:6]) + (", …" if len(wrong) > 6 else "")
    return f"{len(wrong)} of {len(cases)} files: {shown}" if wrong else None


def main() -> int:
    """Prints a line for each row; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pxc", type=Path, help="the binary")
    parser.add_argument("--option", metavar="OPTION", action="append", default=[], help="an option for each compress")
    arguments = parser.parse_args()
    everything = list(all_cases())
    rows = dict(CHECKS)
    rows |= {f"comes back: {title}": partial(comes_back, contents=contents) for title, contents in NAMES.items()}
    for title, patterns in FAULTS.items():
        cases = [case for case in everything if any(fnmatch.fnmatch(case.name, pattern) for pattern in patterns)]
        assert cases, title
        rows[title] = partial(fault_row, cases=cases)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="pxc-situations-") as directory:
        root = Path(directory)
        root.chmod(0o755)
        program = Program(arguments.pxc.resolve(), root / "home", tuple(arguments.option))
        for number, (title, function) in enumerate(rows.items()):
            folder = root / str(number)
            folder.mkdir()
            try:
                problem = function(program, folder)
            except (OSError, ValueError) as error:
                problem = f"what should be there is not: {error}"
            failed += problem is not None
            print(
                f"{'FAILED' if problem else 'ok':<7}{title}" + (f": {problem}" if problem else "").replace("\n", " "), flush=True
            )
    print(f"{len(rows) - failed} rows right, {failed} wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
