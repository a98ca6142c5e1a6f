"""Files → colours, by readers that share no code with pxc: libpng, libtiff's and libwebp's Python faces, Pillow,
tifffile."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from expectation import Case

Colors = NDArray[np.uint16]
"""Rows × columns × RGBA of 16 bits."""


def colors(name: str, data: bytes) -> Colors | None:
    """The colours of a file by the first reader that takes it; `None` if none does."""
    return next(readings(name, data), None)


def confirms(case: Case) -> bool:
    """Whether a second reader sees in a file what its generator put there."""
    if case.content is None:
        return True
    wanted = [content.rgba() for content in (case.content, *case.alternatives)]
    visible = ~case.content.colorless if case.content.colorless is not None else None
    with _silence():
        for found in readings(case.name, case.data):
            for expected in wanted:
                if expected.shape == found.shape and _agree(expected, found, visible):
                    return True
    return False


@contextmanager
def _silence() -> Iterator[None]:
    """C libraries write their warnings past Python."""
    stderr = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)


def _agree(expected: Colors, found: Colors, visible: NDArray[np.bool_] | None) -> bool:
    if visible is None:
        return bool((expected == found).all())
    return bool((expected[visible] == found[visible]).all() and (expected[..., 3] == found[..., 3]).all())


def readings(name: str, data: bytes) -> Iterator[Colors]:
    """What each reader sees."""
    kind = name.rsplit(".", 1)[-1]
    readers: dict[str, list[Callable[[bytes], Colors]]] = {
        "png": [_libpng, _pillow],
        "tif": [_tifffile, _pillow],
        "tiff": [_tifffile, _pillow],
        "qoi": [_qoi],
        "webp": [_webp, _pillow],
        "pam": [_pam],
        "pgm": [_plain_or_raw_pnm, _pillow],
        "ppm": [_plain_or_raw_pnm, _pillow],
        "pnm": [_plain_or_raw_pnm, _pillow],
        "jpg": [_pillow, _jpeg],
    }
    for reader in readers.get(kind, [_pillow]):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                yield reader(data)
            except Exception:  # readers raise whatever they like
                continue


def _spread(values: NDArray[Any], largest: int) -> Colors:
    """Gray, gray+alpha, RGB or RGBA → RGBA of 16 bits."""
    values = values[..., None] if values.ndim == 2 else values
    scaled = np.rint(values.astype(np.float64) * 65535 / largest).astype(np.uint16)
    channels = scaled.shape[2]
    color = scaled[..., :1].repeat(3, axis=2) if channels < 3 else scaled[..., :3]
    alpha = scaled[..., -1:] if channels in (2, 4) else np.full_like(scaled[..., :1], 65535)
    return np.concatenate([color, alpha], axis=2)


def _full(values: NDArray[Any]) -> Colors:
    if values.dtype == np.bool_:
        return _spread(values, 1)
    return _spread(values, np.iinfo(values.dtype).max)


def _libpng(data: bytes) -> Colors:
    return _full(imagecodecs.png_decode(data))


def _webp(data: bytes) -> Colors:
    return _full(imagecodecs.webp_decode(data))


def _qoi(data: bytes) -> Colors:
    return _full(imagecodecs.qoi_decode(data))


def _jpeg(data: bytes) -> Colors:
    return _full(imagecodecs.jpeg_decode(data))


def _pillow(data: bytes) -> Colors:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        if image.mode.startswith("I;16") or image.mode == "I":
            return _spread(np.asarray(image).astype(np.int64), 65535)
        whole: Image.Image = image.convert("L") if image.mode == "1" else image
        return _full(np.asarray(whole.convert("RGBA")))


def _tifffile(data: bytes) -> Colors:
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages[0]
        assert isinstance(page, tifffile.TiffPage)
        pixels = page.asarray()
        if page.planarconfig == 2 and pixels.ndim == 3:
            pixels = np.moveaxis(pixels, 0, 2)
        if page.photometric == 3:
            assert page.colormap is not None
            table = np.moveaxis(page.colormap, 0, 1)
            return _spread(table[pixels] // 257, 255)
        if pixels.ndim == 3 and pixels.shape[2] > 4:
            raise ValueError("more channels than colours")
        largest = (1 << page.bitspersample) - 1
        if page.photometric == 0:
            pixels = largest - pixels.astype(np.int64)
        return _spread(pixels, largest)


def _pam(data: bytes) -> Colors:
    head, pixels = data.split(b"ENDHDR\n", 1)
    fields = dict(line.split(b" ", 1) for line in head.split(b"\n")[1:] if b" " in line)
    width, height, channels, largest = (int(fields[name]) for name in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL"))
    kind = ">u2" if largest > 255 else "u1"
    values = np.frombuffer(pixels, kind, width * height * channels)
    return _spread(values.reshape(height, width, channels), largest)


def _plain_or_raw_pnm(data: bytes) -> Colors:
    """P2, P3, P5 and P6 without comments; Pillow reads their 16-bit samples as 8-bit ones."""
    kind, width, height, largest = data.split(maxsplit=4)[:4]
    channels = {b"P2": 1, b"P5": 1, b"P3": 3, b"P6": 3}[kind]
    depth = ">u2" if int(largest) > 255 else "u1"
    count = int(width) * int(height) * channels
    if kind in (b"P2", b"P3"):
        values: NDArray[Any] = np.array([int(word) for word in data.split()[4:]])
    else:
        values = np.frombuffer(data[len(data) - count * np.dtype(depth).itemsize :], depth, count)
    return _spread(values.reshape(int(height), int(width), channels), int(largest))
