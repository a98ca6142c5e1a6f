"""Pixels and chunks → PNG files."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace

from expectation import (
    Case,
    Content,
)
from pictures import picture
from png_file import SIGNATURE, chunk_bytes, encode_rows

Chunk = tuple[bytes, bytes]
COLOR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
DEPTHS = {"gray": (1, (1, 2, 4, 8, 16)), "gray_alpha": (2, (8, 16)), "rgb": (3, (8, 16)), "rgba": (4, (8, 16))}
RGB = picture(9, 7, 3, 8)
GRAY = picture(9, 7, 1, 8)


def header(content: Content, depth: int, interlaced: bool = False) -> bytes:
    """The data of IHDR."""
    height, width, channels = content.samples.shape
    color_type = 3 if content.palette is not None else COLOR_TYPES[channels]
    return struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, interlaced)


def palette_bytes(colors: tuple[tuple[int, int, int], ...]) -> bytes:
    """The data of PLTE."""
    return b"".join(map(bytes, colors))


def png(
    content: Content,
    depth: int = 8,
    *,
    interlaced: bool = False,
    filters: tuple[int, ...] = (0, 1, 2, 3, 4),
    first: tuple[Chunk, ...] = (),
    middle: tuple[Chunk, ...] = (),
    last: tuple[Chunk, ...] = (),
    stream: bytes | None = None,
    split: int = 1 << 30,
) -> bytes:
    """A file. `first` is before PLTE, `middle` between PLTE and IDAT, `last` behind IDAT; `split` is the size of an
    IDAT."""
    if stream is None:
        stream = zlib.compress(encode_rows(content.samples, depth, interlaced, filters), 9)
    parts = [stream[at : at + split] for at in range(0, len(stream), split)]
    chunks: list[Chunk] = [(b"IHDR", header(content, depth, interlaced)), *first]
    if content.palette is not None:
        chunks.append((b"PLTE", palette_bytes(content.palette)))
        if content.alpha:
            chunks.append((b"tRNS", bytes(content.alpha)))
    if content.key is not None:
        chunks.append((b"tRNS", struct.pack(f">{len(content.key)}H", *content.key)))
    chunks += [*middle, *((b"IDAT", part) for part in parts), *last, (b"IEND", b"")]
    return SIGNATURE + b"".join(chunk_bytes(tag, data) for tag, data in chunks)


def strict(cases: Iterator[Case]) -> Iterator[Case]:
    """PNG files come back as PNG of the same kind."""
    return (replace(case, name=f"png/{case.name}.png", is_strict=case.content is not None) for case in cases)


def spoil(data: bytes, tag: bytes, which: int = 1) -> bytes:
    """Changes the checksum of a chunk."""
    at = -1
    for _ in range(which):
        at = data.index(tag, at + 1)
    end = at + 4 + int.from_bytes(data[at - 4 : at], "big")
    return data[:end] + bytes([data[end] ^ 0x55]) + data[end + 1 :]
