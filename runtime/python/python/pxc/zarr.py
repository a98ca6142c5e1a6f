"""A codec for arrays in format 3 of zarr: it makes the bytes of a chunk, in place of zarr's ``bytes`` and a compressor.

zarr finds it by its name when it opens an array, without ``import pxc``::

    zarr.create_array(store, shape=(100, 2048, 2048), chunks=(1, 512, 512), dtype="uint16", serializer=PxcCodec(),
                      compressors=None)
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zarr.abc.codec import ArrayBytesCodec

from . import _refused
from ._chunk import check_type, decode_chunk, encode_chunk

if TYPE_CHECKING:
    from zarr.core.array_spec import ArraySpec
    from zarr.core.buffer import Buffer, NDBuffer
    from zarr.core.common import JSON

    from ._pxc import Effort

__all__ = ["PxcCodec"]


@dataclass(frozen=True)
class PxcCodec(ArrayBytesCodec):
    """Compresses the images in chunks of 8- or 16-bit integers.

    ``channels`` says whether the last axis of the array are colour channels; None: if it has 2 to 4 entries and there
    are two axes before it.
    """

    effort: Effort = "default"
    model: str | None = None
    channels: bool | None = None

    is_fixed_size = False

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> PxcCodec:
        configuration: Any = data.get("configuration", {})
        return cls(**configuration)

    def to_dict(self) -> dict[str, JSON]:
        configuration: dict[str, JSON] = {"effort": self.effort}
        if self.model is not None:
            configuration["model"] = self.model
        if self.channels is not None:
            configuration["channels"] = self.channels
        return {"name": "pxc", "configuration": configuration}

    def validate(self, *, dtype: Any, **_: Any) -> None:
        check_type(dtype.to_native_dtype())

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        raise NotImplementedError

    def _encode_sync(self, chunk_array: NDBuffer, chunk_spec: ArraySpec) -> Buffer:
        file = encode_chunk(chunk_array.as_numpy_array(), self.channels, self.model, self.effort)
        return chunk_spec.prototype.buffer.from_bytes(file)

    def _decode_sync(self, chunk_bytes: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        array: Any = decode_chunk(chunk_bytes.as_numpy_array())
        dtype: Any = chunk_spec.dtype.to_native_dtype()
        if (array.size, array.dtype.newbyteorder("=")) != (math.prod(chunk_spec.shape), dtype.newbyteorder("=")):
            expected = f"{chunk_spec.shape} of {dtype}"
            raise _refused(f"chunk: expected {expected}, found {array.shape} of {array.dtype}")
        array = array.astype(dtype, copy=False).reshape(chunk_spec.shape)
        return chunk_spec.prototype.nd_buffer.from_ndarray_like(array)

    async def _encode_single(self, chunk_array: NDBuffer, chunk_spec: ArraySpec) -> Buffer:
        return await asyncio.to_thread(self._encode_sync, chunk_array, chunk_spec)

    async def _decode_single(self, chunk_bytes: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        return await asyncio.to_thread(self._decode_sync, chunk_bytes, chunk_spec)
