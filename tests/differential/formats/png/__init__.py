"""PNG files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from expectation import Case
from formats.png import chunks, damage, pixels

PARTS = (
    pixels.kinds, pixels.streams, pixels.transparency, chunks.ancillary, chunks.texts, chunks.strange_chunks,
    damage.checksums, damage.tails, damage.broken,
)  # fmt: skip


def cases() -> Iterator[Case]:
    """All of them; PNG files come back as PNG of the same kind."""
    for part in PARTS:
        for case in part():
            yield replace(case, name=f"png/{case.name}.png", is_strict=case.content is not None)
