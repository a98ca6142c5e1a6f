"""A codec for numcodecs, and so for arrays in format 2 of zarr.

numcodecs finds it by its id, without ``import pxc``: ``numcodecs.get_codec({"id": "pxc"})``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numcodecs.compat as compat  # type: ignore[import-untyped,unused-ignore]
from numcodecs.abc import Codec  # type: ignore[import-untyped,unused-ignore]

from ._chunk import decode_chunk, encode_chunk

if TYPE_CHECKING:
    from ._pxc import Effort

__all__ = ["Pxc"]


class Pxc(Codec):  # type: ignore[misc,unused-ignore]
    """Compresses the images in chunks of 8- or 16-bit integers.

    ``channels`` says whether the last axis of the array are colour channels; None: if it has 2 to 4 entries and there
    are two axes before it.
    """

    codec_id = "pxc"

    def __init__(self, effort: Effort = "default", model: str | None = None, channels: bool | None = None) -> None:
        self.effort = effort
        self.model = model
        self.channels = channels

    def encode(self, buf: Any) -> bytes:
        array = compat.ensure_ndarray_like(buf)
        if array.flags.f_contiguous and not array.flags.c_contiguous:
            array = array.T  # zarr takes the entries of what decode returns in the order of memory
        return encode_chunk(array, self.channels, self.model, self.effort)

    def decode(self, buf: Any, out: Any = None) -> Any:
        array = decode_chunk(compat.ensure_contiguous_ndarray_like(buf))
        return array if out is None else compat.ndarray_copy(array, out)
