"""Pixels for the generated files: smooth enough to resemble images, each sample different from its neighbours."""

from __future__ import annotations

import struct

import numpy as np

from expectation import Content, Palette, Samples

ICC_RGB, ICC_GRAY = (
    struct.pack(">I4sI4s4s4s", 144, b"pxcT", 0x02400000, b"mntr", space, b"XYZ ")
    + bytes(12)
    + b"acsp"
    + bytes(28)
    + bytes.fromhex("0000f6d6000100000000d32d")
    + bytes(48)
    + struct.pack(">I", 0)
    + bytes(12)
    for space in (b"RGB ", b"GRAY")
)
"""Profiles that say nothing but their colour space."""

EXIF = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
"""Orientation 6."""

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>\xc3\xa9</a></x:xmpmeta>'


def samples(width: int, height: int, channels: int, depth: int, salt: int = 0) -> Samples:
    """A gradient with noise over all values of a depth."""
    y, x, c = np.mgrid[:height, :width, :channels].astype(np.int64)
    noise = ((x * 7919 + y * 104729 + c * 1299709 + salt * 15485863) ** 2 >> 7) % 97 / 97
    slope = (x + 1.7 * y + 2.3 * c + salt) / (width + 1.7 * height + 2.3 * channels + salt)
    values: Samples = np.floor((0.75 * slope + 0.25 * noise) * ((1 << depth) - 1) + 0.5).astype(np.uint16)
    return values


def picture(width: int, height: int, channels: int, depth: int, salt: int = 0) -> Content:
    """An image without palette."""
    return Content(samples(width, height, channels, depth, salt), (1 << depth) - 1)


def palette(count: int, salt: int = 0) -> Palette:
    """Colours, each different."""
    return tuple(((i * 37 + salt) % 256, (i * 91 + 50) % 256, (255 - i) % 256) for i in range(count))


def indexed(width: int, height: int, count: int, salt: int = 0, alpha: tuple[int, ...] = ()) -> Content:
    """An image with a palette, each entry of which occurs if there are enough pixels."""
    y, x = np.mgrid[:height, :width]
    indices = ((y * width + x) * 5 // 3 + salt) % count
    return Content(indices[..., None].astype(np.uint16), count - 1, palette(count, salt), alpha)
