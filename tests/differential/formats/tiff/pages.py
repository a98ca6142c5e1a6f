"""Pixels → the strips or tiles of a TIFF page."""

from __future__ import annotations

import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import imagecodecs
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from expectation import Content, Samples
from formats.tiff.file import LONG, SHORT, Page, Values

NONE, CCITT, GROUP3, GROUP4, LZW, OLD_JPEG, JPEG, DEFLATE = range(1, 9)
PACKBITS, OLD_DEFLATE, LZMA, ZSTD, WEBP, JPEG_XL = 32773, 32946, 34925, 50000, 50001, 50002
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, MASK, CMYK, YCBCR = range(7)
CIELAB, CFA, LINEAR_RAW = 8, 32803, 34892


@dataclass(frozen=True)
class Layout:
    """How the pixels are stored."""

    depth: int
    compression: int = NONE
    predictor: int = 1
    planar: int = 1
    tile: tuple[int, int] | None = None
    """Columns and rows."""
    strip: int | None = None
    """Rows per strip; all by default."""
    fill_order: int = 1
    byte_order: str = "<"
    photometric: int | None = None
    extra: tuple[int, ...] = ()
    tags: tuple[tuple[int, tuple[int, Values]], ...] = ()
    """Further tags, or others instead of the usual ones; a tag without values is left out."""


def packbits(data: bytes) -> bytes:
    """Runs and literals, as TIFF has them."""
    return bytes(imagecodecs.packbits_encode(data))


COMPRESSORS: dict[int, Callable[[bytes], bytes]] = {
    NONE: bytes,
    LZW: lambda data: bytes(imagecodecs.lzw_encode(data)),
    DEFLATE: zlib.compress,
    OLD_DEFLATE: zlib.compress,
    PACKBITS: packbits,
    LZMA: lambda data: lzma.compress(data, lzma.FORMAT_XZ),
    ZSTD: lambda data: bytes(imagecodecs.zstd_encode(data)),
}
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def page(content: Content, layout: Layout) -> Page:
    """A page with the usual tags."""
    height, width, channels = content.samples.shape
    photometric = layout.photometric
    if photometric is None:
        photometric = PALETTE if content.palette is not None else (RGB if channels > 2 else BLACK_IS_ZERO)
    tags: dict[int, tuple[int, Values]] = {
        256: (LONG, (width,)),
        257: (LONG, (height,)),
        258: (SHORT, (layout.depth,) * channels),
        259: (SHORT, (layout.compression,)),
        262: (SHORT, (photometric,)),
        277: (SHORT, (channels,)),
        284: (SHORT, (layout.planar,)),
    }
    if layout.tile:
        tags[322], tags[323] = (LONG, (layout.tile[0],)), (LONG, (layout.tile[1],))
    else:
        tags[278] = (LONG, (layout.strip or height,))
    if layout.predictor != 1:
        tags[317] = (SHORT, (layout.predictor,))
    if layout.fill_order != 1:
        tags[266] = (SHORT, (layout.fill_order,))
    if layout.extra:
        tags[338] = (SHORT, layout.extra)
    if content.palette is not None:
        table = np.zeros((1 << layout.depth, 3), int)
        table[: len(content.palette)] = np.array(content.palette) * 257
        tags[320] = (SHORT, tuple(int(value) for value in table.T.ravel()))
    tags |= dict(layout.tags)
    samples = content.samples
    if photometric == WHITE_IS_ZERO:
        samples = ((1 << layout.depth) - 1 - samples.astype(np.int64)).astype(np.uint16)
    return Page(tags, list(blocks(samples, layout)), layout.tile is not None)


def blocks(samples: Samples, layout: Layout) -> Iterator[bytes]:
    """The strips or tiles, compressed."""
    height, width, channels = samples.shape
    planes = [samples] if layout.planar == 1 else [samples[..., index : index + 1] for index in range(channels)]
    columns, rows = layout.tile or (width, layout.strip or height)
    for plane in planes:
        for top in range(0, height, rows):
            for left in range(0, width, columns):
                part = plane[top : top + rows, left : left + columns]
                if layout.tile:
                    part = np.pad(part, ((0, rows - part.shape[0]), (0, columns - part.shape[1]), (0, 0)), "edge")
                yield compressed(part, layout)


def compressed(part: Samples, layout: Layout) -> bytes:
    """One block."""
    values = part.astype(np.int64)
    if layout.predictor == 2:
        values[:, 1:] -= part[:, :-1]
        values %= 1 << layout.depth
    lines = [line(row.ravel(), layout) for row in values]
    if layout.compression == PACKBITS:
        data = b"".join(packbits(each) for each in lines)
    else:
        data = COMPRESSORS[layout.compression](b"".join(lines))
    return data.translate(REVERSED) if layout.fill_order == 2 else data


def line(values: NDArray[np.int64], layout: Layout) -> bytes:
    """Samples of one row → bytes."""
    if layout.depth in (8, 16, 32, 64):
        return values.astype(f"{layout.byte_order}u{layout.depth // 8}").tobytes()
    bits = (values[:, None] >> np.arange(layout.depth)[::-1]) & 1
    return np.packbits(bits.astype(np.uint8).ravel()).tobytes()


def fax_strip(content: Content, scheme: int) -> bytes:
    """The strip of a bilevel image, compressed by libtiff with CCITT's schemes; 0 is white in it."""
    names = {CCITT: "tiff_ccitt", GROUP3: "group3", GROUP4: "group4"}
    image = Image.fromarray(content.samples[..., 0] == 0)
    file = io.BytesIO()
    image.save(file, "TIFF", compression=names[scheme], tiffinfo={278: content.samples.shape[0]})
    with tifffile.TiffFile(io.BytesIO(file.getvalue())) as back:
        written = back.pages[0].aspage()
        offset, length = written.dataoffsets[0], written.databytecounts[0]
    return file.getvalue()[offset : offset + length]


def fax_page(content: Content, scheme: int, fill_order: int = 1, photometric: int = WHITE_IS_ZERO) -> Page:
    """A page of one strip in one of CCITT's schemes."""
    shown = content if photometric == WHITE_IS_ZERO else replace(content, samples=1 - content.samples)
    plain = page(content, Layout(1, photometric=photometric, fill_order=fill_order, tags=((259, (SHORT, (scheme,))),)))
    strip = fax_strip(shown, scheme)
    plain.blocks = [strip.translate(REVERSED) if fill_order == 2 else strip]
    return plain
