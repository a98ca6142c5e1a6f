"""JPEG files. Decoders differ in the last bit, so what counts is that pxc loses nothing silently, and accepts nothing
that is cut or converted."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from expectation import DAMAGED, UNSUPPORTED, Case, Content, damaged, lost, profile, refused, unsupported
from pictures import EXIF, ICC_RGB, picture

LOSSY = ("--allow-lossy-source",)
FILE = lost("the JPEG file", r"JPEG")
RGB, GRAY = picture(50, 35, 3, 8), picture(50, 35, 1, 8)


def encoded(content: Content, mode: str | None = None, **options: Any) -> bytes:
    """A file by libjpeg."""
    file = io.BytesIO()
    pixels = content.samples.astype(np.uint8)
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels, mode)
    image.save(file, "JPEG", **({"quality": 90} | options))
    return file.getvalue()


def decoded(data: bytes) -> Content:
    """The pixels by libjpeg-turbo."""
    with Image.open(io.BytesIO(data)) as image:
        pixels = np.asarray(image).astype(np.uint16)
    return Content(pixels[..., None] if pixels.ndim == 2 else pixels, 255)


def taken(name: str, data: bytes) -> Iterator[Case]:
    """Without the option the file comes back bit for bit or is refused; with it, its pixels may come instead."""
    yield Case(name, data, decoded(data), frozenset({UNSUPPORTED}), (FILE,), tolerance=6)
    yield Case(f"{name}_allowed", data, decoded(data), frozenset(), (FILE,), options=LOSSY, tolerance=6)


def cases() -> Iterator[Case]:
    """All of them."""
    for part in (kinds, segments, broken):
        for case in part():
            yield replace(case, name=f"jpeg/{case.name}.jpg")


def kinds() -> Iterator[Case]:
    """Baseline, progressive, gray, sampling, restarts."""
    yield from taken("baseline", encoded(RGB))
    yield from taken("baseline_444", encoded(RGB, subsampling=0))
    yield from taken("baseline_422", encoded(RGB, subsampling=1))
    yield from taken("progressive", encoded(RGB, progressive=True))
    yield from taken("gray", encoded(GRAY))
    yield from taken("gray_progressive", encoded(GRAY, progressive=True))
    yield from taken("optimized", encoded(RGB, optimize=True))
    yield from taken("restarts", encoded(RGB, restart_marker_blocks=3))
    yield from taken("quality_10", encoded(RGB, quality=10))
    yield from taken("size_1x1", encoded(picture(1, 1, 3, 8)))
    yield from taken("rgb_components", encoded(RGB, keep_rgb=True))
    four = encoded(picture(50, 35, 4, 8), "CMYK")
    cmyk = Case("cmyk", four, None, frozenset({UNSUPPORTED}), exact_suffices=True)
    yield cmyk
    yield replace(cmyk, name="cmyk_allowed", options=LOSSY)


def segments() -> Iterator[Case]:
    """What a file says besides its pixels."""
    icc = replace(profile(ICC_RGB), words=r"icc|profile|JPEG file")
    with_icc = encoded(RGB, icc_profile=ICC_RGB)
    yield Case("icc_allowed", with_icc, decoded(with_icc), frozenset(), (FILE, icc), options=LOSSY, tolerance=6)
    with_exif = encoded(RGB, exif=b"Exif\0\0" + EXIF)
    yield Case("exif_allowed", with_exif, decoded(with_exif), frozenset(), (FILE,), options=LOSSY, tolerance=6)
    with_comment = encoded(RGB, comment=b"a comment")
    yield Case("comment_allowed", with_comment, decoded(with_comment), frozenset(), (FILE,), options=LOSSY, tolerance=6)
    with_dpi = encoded(RGB, dpi=(300, 300))
    yield Case("density_allowed", with_dpi, decoded(with_dpi), frozenset(), (FILE,), options=LOSSY, tolerance=6)
    tail = encoded(RGB) + b"trailing text"
    yield Case("tail_allowed", tail, decoded(tail), frozenset({DAMAGED, UNSUPPORTED}), (FILE,), options=LOSSY, tolerance=6)


def broken() -> Iterator[Case]:
    """Files that no reader may accept, even where lossy ones are allowed."""
    for name, whole in (("baseline", encoded(RGB)), ("progressive", encoded(RGB, progressive=True))):
        for part in (3, 20, len(whole) // 3, len(whole) // 2, len(whole) - 100, len(whole) - 20):
            yield replace(damaged(f"{name}_end_at_{part}", whole[:part]), options=LOSSY)
        yield replace(refused(f"{name}_no_end", whole[:-2]), options=LOSSY, exact_suffices=True)
    whole = encoded(RGB)
    frame = whole.index(b"\xff\xc0")
    twelve = whole[: frame + 4] + b"\x0c" + whole[frame + 5 :]
    yield replace(refused("precision_12", twelve), options=LOSSY)
    arithmetic = whole[: frame + 1] + b"\xc9" + whole[frame + 2 :]
    yield replace(refused("arithmetic", arithmetic), options=LOSSY)
    lossless = whole[: frame + 1] + b"\xc3" + whole[frame + 2 :]
    yield replace(refused("lossless", lossless), options=LOSSY)
    no_tables = whole.replace(b"\xff\xc4", b"\xff\xe7")
    yield replace(refused("no_tables", no_tables), options=LOSSY)
    thirds = whole[: frame + 11] + b"\x31" + whole[frame + 12 :]
    yield replace(unsupported("sampling_3", thirds), options=LOSSY)
    height = b"\xff\xdc\0\4" + whole[frame + 5 : frame + 7]
    defined = whole[: frame + 5] + bytes(2) + whole[frame + 7 : -2] + height + whole[-2:]
    yield replace(unsupported("height_behind", defined), options=LOSSY)
    zero = whole[: frame + 5] + bytes(2) + whole[frame + 7 :]
    yield replace(refused("height_0", zero), options=LOSSY)
