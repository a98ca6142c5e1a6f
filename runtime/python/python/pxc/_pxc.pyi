from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

__version__: str

Effort = Literal["fast", "default", "max"]

# Pixels, bytes of memory, bytes of metadata, multiplications of the model; None for the default.
Limits = tuple[int | None, int | None, int | None, int | None]

# Limits, threads, and a function that is called with the pixels that are done and those of the image.
Settings = tuple[Limits, int, Callable[[int, int], object] | None]

class PxcError(ValueError):
    kind: str

def compress(
    samples: Any,
    parts: dict[str, Any],
    chunks: Sequence[tuple[bytes, bytes]],
    choices: tuple[str | None, Effort, bool],
    settings: Settings,
) -> bytes: ...
def compress_file(
    file: Any,
    exact: bool | None,
    choices: tuple[str | None, Effort, bool],
    settings: Settings,
) -> bytes: ...
def decompress(
    file: Any,
    plain: bool,
    region: Sequence[int] | None,
    settings: Settings,
) -> tuple[bytearray, dict[str, Any]]: ...
def thumbnail(file: Any, longest: int, settings: Settings) -> tuple[bytearray, dict[str, Any]]: ...
def compress_jpeg(jpeg: Any, settings: Settings) -> bytes: ...
def original_file(file: Any, settings: Settings) -> bytes | None: ...
def info(file: Any, limits: Limits) -> dict[str, Any]: ...
def add_model(path: str | Path | None = None, content: Any | None = None) -> str: ...
