"""Fields and pixels → Windows and OS/2 bitmaps."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from expectation import (
    Content,
    Samples,
    lost,
)

RGB, RLE8, RLE4, BITFIELDS, JPEG, PNG, ALPHA_BITFIELDS = range(7)
HEADERS = {"core": 12, "os2_short": 16, "info": 40, "v2": 52, "v3": 56, "os2": 64, "v4": 108, "v5": 124}
SRGB = 0x73524742
EMBEDDED_PROFILE = 0x4D424544
RESERVED = lost("fourth byte of the pixels", r"fourth|alpha|unused|reserved|channel|byte")
PADDING = lost("padding that is not zero", r"padding|unused|row")
GAP = lost("bytes between palette and pixels", r"gap|between|unused|bytes")
TABLE = lost("palette", r"palette|colou?r table")


@dataclass(frozen=True)
class Bitmap:
    """The fields of a file, each with its usual value."""

    width: int
    height: int
    bits: int
    rows: bytes
    header: str = "info"
    compression: int = RGB
    colors: bytes = b""
    """The palette as it is in the file."""
    colors_used: int = 0
    important: int = 0
    masks: tuple[int, ...] = ()
    density: tuple[int, int] = (0, 0)
    gap: bytes = b""
    tail: bytes = b""
    planes: int = 1
    reserved: bytes = bytes(4)
    color_space: int = SRGB
    icc: bytes = b""
    image_size: int | None = None
    file_size: int | None = None

    def bytes(self) -> bytes:
        """The file."""
        size = HEADERS[self.header]
        if self.header == "core":
            info = struct.pack("<IHHHH", size, self.width, self.height, self.planes, self.bits)
        else:
            length = len(self.rows) if self.image_size is None else self.image_size
            info = struct.pack(
                "<IiiHHIIiiII",
                size,
                self.width,
                self.height,
                self.planes,
                self.bits,
                self.compression,
                length,
                *self.density,
                self.colors_used,
                self.important,
            )
            masks = b"".join(struct.pack("<I", mask) for mask in self.masks)
            info += masks if size >= 52 or self.compression in (BITFIELDS, ALPHA_BITFIELDS) else b""
            if size >= 108:
                info = info.ljust(56, b"\0") + struct.pack("<I", self.color_space)
            icc_at = size + len(self.colors) + len(self.gap) + len(self.rows)
            info = (
                info.ljust(108, b"\0") + struct.pack("<IIII", 4, icc_at, len(self.icc), 0)
                if size == 124
                else info.ljust(max(size, len(info)), b"\0")
            )
            info = info[:size] if size == 16 else info
        offset = 14 + len(info) + len(self.colors) + len(self.gap)
        body = info + self.colors + self.gap + self.rows + self.icc + self.tail
        total = 14 + len(body) if self.file_size is None else self.file_size
        return b"BM" + struct.pack("<I", total) + self.reserved + struct.pack("<I", offset) + body


def rows(lines: list[bytes], is_top_down: bool = False, padding: int = 0) -> bytes:
    """Lines, the top one first → the rows of a file, each a multiple of four bytes."""
    order = lines if is_top_down else lines[::-1]
    return b"".join(line + bytes([padding]) * (-len(line) % 4) for line in order)


def packed(content: Content, bits: int, **options: bool | int) -> bytes:
    """Palette indices of 1, 2, 4 or 8 bits."""
    lines = []
    for row in content.samples[..., 0]:
        spread = (row[:, None] >> np.arange(bits)[::-1]) & 1
        lines.append(np.packbits(spread.astype(np.uint8).ravel()).tobytes())
    return rows(lines, **options)  # type: ignore[arg-type]


def words(values: NDArray[np.unsignedinteger], kind: str) -> list[bytes]:
    """Pixels of 16 or 32 bits."""
    return [row.astype(kind).tobytes() for row in values]


def bgr(content: Content, fourth: Samples | None = None) -> list[bytes]:
    """Pixels of 24 bits, or 32 with a fourth channel."""
    channels = [content.samples[..., index] for index in (2, 1, 0)]
    if fourth is not None:
        channels.append(fourth)
    return [row.astype(np.uint8).tobytes() for row in np.stack(channels, axis=2)]


def color_table(content: Content, size: int = 4, reserved: int = 0) -> bytes:
    """The palette, blue first."""
    assert content.palette is not None
    return b"".join(bytes((blue, green, red, reserved)[:size]) for red, green, blue in content.palette)


def bitmap(content: Content, bits: int, data: bytes, **fields: object) -> bytes:
    """A file with the content's size."""
    height, width, _ = content.samples.shape
    return Bitmap(width, height, bits, data, **fields).bytes()  # type: ignore[arg-type]
