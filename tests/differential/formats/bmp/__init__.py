"""Windows and OS/2 bitmaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from expectation import Case
from formats.bmp import headers, masks, pixels

PARTS = (
    pixels.palettes, pixels.true_color, masks.bit_fields, pixels.run_lengths, headers.headers, headers.leftovers, headers.broken,
)  # fmt: skip


def cases() -> Iterator[Case]:
    """All of them."""
    for part in PARTS:
        for case in part():
            yield replace(case, name=f"bmp/{case.name}.bmp", comes_back=True)
