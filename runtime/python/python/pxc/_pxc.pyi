from collections.abc import Sequence
from pathlib import Path
from typing import Any

__version__: str

class PxcError(ValueError):
    kind: str

def compress(
    samples: Any,
    parts: dict[str, Any],
    chunks: Sequence[tuple[bytes, bytes]],
    model: str | None,
    threads: int,
) -> bytes: ...
def decompress(
    file: Any,
    plain: bool,
    region: Sequence[int] | None,
    max_pixels: int | None,
    max_memory: int | None,
    threads: int,
) -> tuple[bytearray, dict[str, Any]]: ...
def thumbnail(
    file: Any,
    max_pixels: int | None,
    max_memory: int | None,
    threads: int,
) -> tuple[bytearray, dict[str, Any]]: ...
def info(file: Any, max_pixels: int | None, max_memory: int | None) -> dict[str, Any]: ...
def add_model(path: str | Path | None = None, content: Any | None = None) -> str: ...
