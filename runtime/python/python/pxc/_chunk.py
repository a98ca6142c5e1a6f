"""Chunks of an n-dimensional array ↔ .pxc files, for the codecs of numcodecs and zarr.

A chunk becomes one image: the last two axes are its rows and columns, or the last three rows, columns and colour
channels; all axes before them are stacked along the rows. Integers with sign become those without, in the same order.
A type other than uint8 and little-endian uint16 is named in a chunk of metadata, so that the file alone says what it
holds.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy

from . import _refused, compress, decompress, info

if TYPE_CHECKING:
    from collections.abc import Buffer  # type: ignore[attr-defined,unused-ignore]

    from numpy.typing import NDArray

    from ._pxc import Effort

# The metadata with the type, as numpy writes it.
_TAG = "nuDt"
_PLAIN = ("|u1", "<u2")
_TYPES = (*_PLAIN, ">u2", "|i1", "<i2", ">i2", "|b1")
_CHANNELS = (2, 3, 4)


def check_type(dtype: numpy.dtype[Any]) -> None:
    """Raises PxcError for a type that chunks cannot have."""
    if dtype.str not in _TYPES:
        raise _refused(f"dtype: expected integers of 8 or 16 bits or bool, found {dtype}")


def encode_chunk(array: NDArray[Any], channels: bool | None, model: str | None, effort: Effort) -> bytes:
    """Compresses an array. ``channels`` says whether the last axis are colour channels; None: if it has 2 to 4 entries
    and there are two axes before it."""
    check_type(array.dtype)
    is_color = array.ndim > 2 and array.shape[-1] in _CHANNELS if channels is None else channels
    kept = array.shape[-2:] if is_color else array.shape[-1:]
    image = array.reshape(array.size // math.prod(kept), *kept)
    if array.dtype.kind == "i":
        image = image.astype(f"=i{array.itemsize}").view(f"=u{array.itemsize}") ^ (1 << (8 * array.itemsize - 1))
    elif array.dtype.kind == "b":
        image = image.view(numpy.uint8)
    name = array.dtype.str
    metadata = () if name in _PLAIN else ((_TAG, name.encode()),)
    return compress(image, model=model, effort=effort, preview=False, metadata=metadata, threads=1)


def decode_chunk(file: Buffer) -> NDArray[Any]:
    """The entries of the array, in the shape of the image."""
    image = decompress(file, threads=1)
    names = [content.decode("ascii", "replace") for tag, content in info(file).metadata if tag == _TAG]
    if not names:
        return image.astype(f"<u{image.itemsize}", copy=False)
    name = names[0]
    if name not in _TYPES or numpy.dtype(name).itemsize != image.itemsize:
        raise _refused(f"type of the array: expected integers of {8 * image.itemsize} bits, found {name}")
    dtype = numpy.dtype(name)
    if dtype.kind == "i":
        image = (image ^ (1 << (8 * image.itemsize - 1))).view(f"=i{image.itemsize}")
    return image.view(dtype) if dtype.kind == "b" else image.astype(dtype, copy=False)
