"""Lossless image compression with a neural network.

>>> import numpy, pxc
>>> pixels = numpy.zeros((4, 6, 3), numpy.uint8)
>>> file = pxc.compress(pixels)
>>> (pxc.decompress(file) == pixels).all()
True

An array has the shape (height, width) for gray and (height, width, channels) for 2 (gray, alpha), 3 (RGB) or 4 (RGBA)
channels, and the type uint8 or uint16. Where Pillow is installed, ``Image.open("x.pxc")`` and ``image.save("x.pxc")``
work after ``import pxc``. numcodecs and zarr find their codecs (pxc.numcodecs, pxc.zarr) without any import;
pxc.imagecodecs has functions in the manner of imagecodecs.

Other Python threads keep running during a call. Every function may be called from any thread, and Ctrl-C stops it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy

from . import _pxc
from ._pxc import PxcError, __version__

if TYPE_CHECKING:
    from collections.abc import Buffer  # type: ignore[attr-defined,unused-ignore]
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from ._pxc import Effort

    Progress = Callable[[int, int], object]

__all__ = [
    "Info",
    "PxcError",
    "__version__",
    "add_model",
    "compress",
    "compress_file",
    "compress_jpeg",
    "decompress",
    "info",
    "original_file",
    "thumbnail",
]

# Colour types as PNG numbers them, by channels, and the channels of each.
_COLORS = {1: 0, 2: 4, 3: 2, 4: 6}
_CHANNELS = {color: channels for channels, color in _COLORS.items()}


@dataclass(frozen=True)
class Info:
    """The header and the metadata of a file."""

    width: int
    """Width in pixels."""
    height: int
    """Height in pixels."""
    channels: int
    """Channels of the array that decompress makes: 1 to 4."""
    bit_depth: int
    """Bits per sample of that array: 8 or 16."""
    stored_color: str
    """Colour type in the file: gray, gray+alpha, rgb, rgba or palette."""
    stored_bit_depth: int
    """Bits per sample in the file: 1, 2, 4, 8 or 16."""
    model: str | None
    """Id of the model that decoding needs, or None."""
    has_preview: bool
    """Whether there is a preview, from which thumbnail makes thumbnails quickly."""
    has_original: bool
    """Whether original_file gives back the file that this one was made from."""
    holds_jpeg: bool
    """Whether that is a JPEG file."""
    file_bytes: int
    """Size of the complete file in bytes."""
    metadata: tuple[tuple[str, bytes], ...]
    """Tags (PNG chunk types) and contents."""


def compress(
    image: ArrayLike,
    *,
    model: str | None = None,
    effort: Effort = "default",
    preview: bool = True,
    metadata: tuple[tuple[str, bytes], ...] = (),
    max_pixels: int | None = None,
    max_memory: int | None = None,
    max_metadata: int | None = None,
    max_work: int | None = None,
    threads: int = 0,
    progress: Progress | None = None,
) -> bytes:
    """Compresses an array to the bytes of a .pxc file.

    ``model`` is a name, an id or the path of an .onnx file; ``effort`` is "fast", "default" or "max"; ``threads`` = 0
    means one per core; ``preview`` = False leaves out the small image that files of more than 2^20 pixels have. Raises
    PxcError for arrays of another shape or type, and for those that decompress would refuse with the same limits.

    ``progress(done, total)`` is called in the calling thread, about 20 times per second: pixels that are done, pixels
    of the image. An exception that it raises stops the work.
    """
    array = numpy.asarray(image)
    if array.dtype.kind != "u" or array.dtype.itemsize > 2:
        raise _refused(f"dtype: expected uint8 or uint16, found {array.dtype}")
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in _COLORS:
        expected = "(height, width) or (height, width, 1 to 4)"
        raise _refused(f"shape: expected {expected}, found {numpy.shape(image)}")
    height, width, channels = array.shape
    if max(height, width) >= 1 << 32:
        raise _refused(f"shape: expected sides below 2^32, found {array.shape}")
    bit_depth = array.dtype.itemsize * 8
    parts = {"width": width, "height": height, "color": _COLORS[channels], "bit_depth": bit_depth}
    # 16-bit samples are big-endian inside.
    samples = numpy.ascontiguousarray(array, ">u2" if bit_depth == 16 else "u1").reshape(-1).view(numpy.uint8)
    chunks = [(tag.encode("ascii", "replace"), bytes(content)) for tag, content in metadata]
    settings = ((max_pixels, max_memory, max_metadata, max_work), threads, progress)
    return _pxc.compress(samples, parts, chunks, (model, effort, preview), settings)


def compress_file(
    file: Buffer,
    *,
    exact: bool | None = None,
    model: str | None = None,
    effort: Effort = "default",
    preview: bool = True,
    max_pixels: int | None = None,
    max_memory: int | None = None,
    max_metadata: int | None = None,
    max_work: int | None = None,
    threads: int = 0,
    progress: Progress | None = None,
) -> bytes:
    """Compresses the bytes of an image file: PNG, JPEG, WebP, TIFF, BMP, PNM, PAM, QOI or GIF.

    The .pxc file keeps it byte for byte, so that original_file returns it (an exact file), or else its pixels and
    metadata. With ``exact`` = True, raises PxcError for a file that cannot be kept byte for byte. With None, raises it
    only if something would be lost. With False, keeps only pixels and metadata, even of a file with lossy compression,
    and drops metadata that .pxc files do not hold. For the rest see compress.
    """
    settings = ((max_pixels, max_memory, max_metadata, max_work), threads, progress)
    return _pxc.compress_file(file, exact, (model, effort, preview), settings)


def compress_jpeg(
    jpeg: Buffer,
    *,
    max_pixels: int | None = None,
    max_memory: int | None = None,
    max_metadata: int | None = None,
    max_work: int | None = None,
    progress: Progress | None = None,
) -> bytes:
    """Stores a JPEG file byte for byte in a .pxc file of about 80 % of its size, and returns the bytes of the latter.

    Raises PxcError for JPEG files that cannot be kept, such as CMYK.
    """
    return _pxc.compress_jpeg(jpeg, ((max_pixels, max_memory, max_metadata, max_work), 0, progress))


def decompress(
    file: Buffer,
    *,
    region: tuple[int, int, int, int] | None = None,
    max_pixels: int | None = None,
    max_memory: int | None = None,
    max_metadata: int | None = None,
    max_work: int | None = None,
    threads: int = 0,
    progress: Progress | None = None,
) -> NDArray[Any]:
    """Decompresses a .pxc file and checks its digest: returns an array of uint8, or of uint16 for 16-bit samples.

    Palettes become RGB or RGBA, a transparent colour becomes alpha, gray of fewer than 8 bits becomes 0 to 255. Raises
    PxcError for a file that asks for more than ``max_pixels`` (default 2^28), more bytes of memory than ``max_memory``
    (default 2^31), more bytes of metadata than ``max_metadata`` (default 2^26) or more multiplications of the model
    than ``max_work`` (default 2^46).

    ``region`` = (x, y, width, height) decodes a part, and no more than the part needs; it does not check the digest,
    which covers the whole image. For ``threads`` and ``progress`` see compress.
    """
    settings = ((max_pixels, max_memory, max_metadata, max_work), threads, progress)
    return _array(*_pxc.decompress(file, True, region, settings))


def thumbnail(
    file: Buffer,
    *,
    longest: int = 256,
    max_pixels: int | None = None,
    max_memory: int | None = None,
    max_metadata: int | None = None,
    max_work: int | None = None,
    threads: int = 0,
    progress: Progress | None = None,
) -> NDArray[Any]:
    """Makes a small approximation of which no side is longer than ``longest``, with the channels of decompress.

    Up to 256 it comes from the preview of a file that has one (Info.has_preview): quickly, maybe smaller than
    ``longest``, and from no more than the beginning of the file. Otherwise it takes as long as decompress, or as
    decoding the coarse image of a two-scale model. For the limits see decompress.
    """
    settings = ((max_pixels, max_memory, max_metadata, max_work), threads, progress)
    return _array(*_pxc.thumbnail(file, longest, settings))


def original_file(
    file: Buffer,
    *,
    max_pixels: int | None = None,
    max_memory: int | None = None,
    max_metadata: int | None = None,
    max_work: int | None = None,
    progress: Progress | None = None,
) -> bytes | None:
    """Returns the file that a .pxc file was made from, byte for byte: JPEG, PNG, BMP, PNM, PAM, QOI or TIFF.

    Returns None if the .pxc file keeps only pixels and metadata. Raises PxcError for PNG files of unusual encoders:
    only the command pxc rebuilds them. For the limits see decompress.
    """
    return _pxc.original_file(file, ((max_pixels, max_memory, max_metadata, max_work), 0, progress))


def _array(samples: bytearray, parts: dict[str, Any]) -> NDArray[Any]:
    deep = parts["bit_depth"] == 16
    array = numpy.frombuffer(samples, ">u2" if deep else "u1")
    if deep:
        array = array.astype(numpy.uint16)
    channels = _CHANNELS[parts["color"]]
    size = (parts["height"], parts["width"])
    return array.reshape(size if channels == 1 else (*size, channels))


def info(
    file: Buffer,
    *,
    max_pixels: int | None = None,
    max_memory: int | None = None,
    max_metadata: int | None = None,
    max_work: int | None = None,
) -> Info:
    """The header and the metadata of a .pxc file. The pixels are not decoded, and the file may end after its header."""
    parts = _pxc.info(file, (max_pixels, max_memory, max_metadata, max_work))
    return Info(
        width=parts["width"],
        height=parts["height"],
        channels=_CHANNELS[parts["color"]],
        bit_depth=parts["bit_depth"],
        stored_color=parts["stored_color"],
        stored_bit_depth=parts["stored_bit_depth"],
        model=parts["model"],
        has_preview=parts["has_preview"],
        has_original=parts["has_original"],
        holds_jpeg=parts["holds_jpeg"],
        file_bytes=parts["file_bytes"],
        metadata=tuple((tag.decode("ascii"), content) for tag, content in parts["chunks"]),
    )


def add_model(model: str | os.PathLike[str] | Buffer) -> str:
    """Adds a model, from the path or the bytes of its .onnx file, and returns its id: a value for compress(model=…)."""
    if isinstance(model, (str, os.PathLike)):
        return _pxc.add_model(path=os.fspath(model))
    return _pxc.add_model(content=model)


def _refused(message: str) -> PxcError:
    error = PxcError(message)
    error.kind = "argument"
    return error


try:
    from . import _pillow as _pillow
except ImportError:  # Pillow is not installed.
    pass
