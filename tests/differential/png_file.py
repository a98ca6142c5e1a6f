"""PNG: bytes → chunks and samples, chunks and samples → bytes. Nothing but zlib and numpy, so that nothing is
converted."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column, first row, columns apart, rows apart."""

Samples = NDArray[np.uint16]


def chunk_bytes(tag: bytes, data: bytes, flip: int = 0) -> bytes:
    """A chunk; `flip` spoils its checksum."""
    checksum = zlib.crc32(tag + data) ^ flip
    return struct.pack(">I", len(data)) + tag + data + struct.pack(">I", checksum)


def split_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Tag and data of each chunk; raises ValueError unless the file ends with a sound IEND."""
    if not data.startswith(SIGNATURE):
        raise ValueError("no PNG signature")
    at = len(SIGNATURE)
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        tag, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if data[at : at + 12 + length] != chunk_bytes(tag, body):
            raise ValueError(f"byte {at}: chunk {tag!r} is damaged")
        at += 12 + length
        yield tag, body
        if tag == b"IEND":
            break
    else:
        raise ValueError("no IEND")


@dataclass(frozen=True)
class PngFile:
    """A PNG file that pxc wrote."""

    data: bytes
    chunks: tuple[tuple[bytes, bytes], ...]
    color_type: int
    depth: int
    samples: Samples

    @staticmethod
    def parse(data: bytes) -> PngFile:
        """Raises ValueError for a file that is not sound."""
        chunks = tuple(split_chunks(data))
        if not chunks or chunks[0][0] != b"IHDR":
            raise ValueError("no IHDR")
        width, height, depth, color_type, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
        try:
            stream = zlib.decompress(b"".join(body for tag, body in chunks if tag == b"IDAT"))
        except zlib.error as error:
            raise ValueError(f"IDAT: {error}") from error
        samples = decode_rows(stream, width, height, depth, CHANNELS[color_type], bool(interlaced))
        return PngFile(data, chunks, color_type, depth, samples)

    def chunk(self, tag: bytes) -> bytes | None:
        """The first chunk of a kind."""
        return next((body for found, body in self.chunks if found == tag), None)


def passes(width: int, height: int, interlaced: bool) -> Iterator[tuple[slice, slice]]:
    """Rows and columns of each pass that is not empty."""
    for x, y, dx, dy in ADAM7 if interlaced else ((0, 0, 1, 1),):
        if x < width and y < height:
            yield slice(y, height, dy), slice(x, width, dx)


def pack(row: Samples, depth: int) -> bytes:
    """Samples of one row → bytes, the first sample in the highest bits."""
    if depth == 16:
        return row.astype(">u2").tobytes()
    bits = (row[:, None] >> np.arange(depth)[::-1]) & 1
    return np.packbits(bits.astype(np.uint8).ravel()).tobytes()


def unpack(line: bytes, depth: int, count: int) -> Samples:
    """The reverse of `pack`."""
    if depth == 16:
        return np.frombuffer(line, ">u2").astype(np.uint16)[:count]
    bits = np.unpackbits(np.frombuffer(line, np.uint8))[: count * depth].reshape(count, depth)
    values: Samples = (bits.astype(np.uint16) << np.arange(depth)[::-1]).sum(axis=1).astype(np.uint16)
    return values


def predict(kind: int, left: int, above: int, corner: int) -> int:
    """The filters of PNG."""
    if kind == 4:
        estimate = left + above - corner
        return min((left, above, corner), key=lambda value: abs(estimate - value))
    return (0, left, above, (left + above) // 2)[kind]


def filtered(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    """A row with its filter byte."""
    out = bytearray([kind])
    for i, byte in enumerate(line):
        left, corner = (line[i - step], above[i - step]) if i >= step else (0, 0)
        out.append((byte - predict(kind, left, above[i], corner)) % 256)
    return bytes(out)


def unfiltered(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    """The reverse of `filtered`."""
    if kind > 4:
        raise ValueError(f"filter {kind}")
    out = bytearray()
    for i, byte in enumerate(line):
        left, corner = (out[i - step], above[i - step]) if i >= step else (0, 0)
        out.append((byte + predict(kind, left, above[i], corner)) % 256)
    return bytes(out)


def encode_rows(samples: Samples, depth: int, interlaced: bool, filters: tuple[int, ...]) -> bytes:
    """What IDAT compresses; row n has filter n of `filters`, in turn."""
    height, width, channels = samples.shape
    step, out = max(1, depth * channels // 8), b""
    for rows, columns in passes(width, height, interlaced):
        part = samples[rows, columns]
        above = bytes((part.shape[1] * channels * depth + 7) // 8)
        for y, row in enumerate(part):
            line = pack(row.ravel(), depth)
            out += filtered(filters[y % len(filters)], line, above, step)
            above = line
    return out


def decode_rows(stream: bytes, width: int, height: int, depth: int, channels: int, interlaced: bool) -> Samples:
    """The reverse of `encode_rows`."""
    samples = np.zeros((height, width, channels), np.uint16)
    step, at = max(1, depth * channels // 8), 0
    for rows, columns in passes(width, height, interlaced):
        part = samples[rows, columns]
        length = (part.shape[1] * channels * depth + 7) // 8
        above = bytes(length)
        for row in part:
            line = stream[at + 1 : at + 1 + length]
            if len(line) < length:
                raise ValueError("too few rows")
            above = unfiltered(stream[at], line, above, step)
            row[...] = unpack(above, depth, row.size).reshape(row.shape)
            at += 1 + length
    if at != len(stream):
        raise ValueError("too many rows")
    return samples
