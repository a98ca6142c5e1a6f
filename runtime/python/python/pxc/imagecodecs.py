"""pxc in the manner of the package imagecodecs, for programs that choose among its codecs.

>>> import numpy
>>> from pxc.imagecodecs import pxc_decode, pxc_encode
>>> pixels = numpy.zeros((4, 6), numpy.uint16)
>>> (pxc_decode(pxc_encode(pixels, level=9)) == pixels).all()
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import PxcError as PxcError
from . import __version__, compress, decompress

if TYPE_CHECKING:
    from collections.abc import Buffer  # type: ignore[attr-defined,unused-ignore]

    from numpy.typing import ArrayLike, NDArray

    from ._pxc import Effort

__all__ = ["PxcError", "pxc_check", "pxc_decode", "pxc_encode", "pxc_version"]

_SIGNATURE = b"\x89PXC\r\n\x1a\n"
_DEFAULT_LEVEL = 5


def pxc_encode(
    data: ArrayLike,
    level: int | None = None,
    *,
    numthreads: int | None = None,
    out: bytearray | memoryview | int | None = None,
) -> bytes | bytearray | memoryview:
    """Compresses an array. ``level``: 1 to 3 is effort fast, 4 to 7 default, 8 and 9 max.

    Returns bytes, or the part of ``out`` that they fill; a number as ``out`` is the most bytes that they may have.
    """
    file = compress(data, effort=_effort(_DEFAULT_LEVEL if level is None else level), threads=numthreads or 0)
    if out is None:
        return file
    room = out if isinstance(out, int) else memoryview(out).nbytes
    if len(file) > room:
        raise ValueError(f"out: expected at least {len(file)} bytes, found {room}")
    if isinstance(out, int):
        return file
    target = memoryview(out).cast("B")[: len(file)]
    target[:] = file
    return target


def _effort(level: int) -> Effort:
    """The effort that ``pxc compress -N`` has for a level."""
    if level <= 3:
        return "fast"
    return "default" if level <= 7 else "max"


def pxc_decode(
    data: Buffer,
    index: int | None = None,
    *,
    numthreads: int | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Decompresses the image of a .pxc file, to ``out`` if that is given. A .pxc file has no image but the first."""
    if index not in (None, 0):
        raise IndexError(f"index: expected 0, found {index}")
    image = decompress(data, threads=numthreads or 0)
    if out is None:
        return image
    if (out.shape, out.dtype) != (image.shape, image.dtype):
        expected, found = (f"{array.dtype} {array.shape}" for array in (image, out))
        raise ValueError(f"out: expected {expected}, found {found}")
    out[...] = image
    return out


def pxc_check(data: Buffer) -> bool:
    """Whether the bytes begin as a .pxc file does."""
    return bytes(memoryview(data)[: len(_SIGNATURE)]) == _SIGNATURE


def pxc_version() -> str:
    """The version, as other codecs of imagecodecs report theirs."""
    return f"pxc {__version__}"
