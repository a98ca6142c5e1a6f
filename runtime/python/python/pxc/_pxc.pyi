from collections.abc import Sequence
from pathlib import Path
from typing import Any

__version__: str

# Pixels, bytes of memory, bytes of metadata, multiplications of the model; None for the default.
Limits = tuple[int | None, int | None, int | None, int | None]

class PxcError(ValueError):
    kind: str

def compress(
    samples: Any,
    parts: dict[str, Any],
    chunks: Sequence[tuple[bytes, bytes]],
    model: str | None,
    limits: Limits,
    threads: int,
) -> bytes: ...
def decompress(
    file: Any,
    plain: bool,
    region: Sequence[int] | None,
    limits: Limits,
    threads: int,
) -> tuple[bytearray, dict[str, Any]]: ...
def thumbnail(
    file: Any,
    limits: Limits,
    threads: int,
) -> tuple[bytearray, dict[str, Any]]: ...
def compress_jpeg(jpeg: Any, limits: Limits) -> bytes: ...
def original_file(file: Any, limits: Limits) -> bytes | None: ...
def info(file: Any, limits: Limits) -> dict[str, Any]: ...
def add_model(path: str | Path | None = None, content: Any | None = None) -> str: ...
