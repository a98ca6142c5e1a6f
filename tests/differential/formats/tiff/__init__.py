"""TIFF and BigTIFF files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from expectation import Case
from formats.tiff import meaning, storage, structure, tags

PARTS = (
    storage.depths, storage.compressions, storage.predictors, storage.layouts, storage.fill_orders, meaning.photometrics, meaning.channels,
    tags.resolutions, tags.tags, tags.pages, structure.structures, structure.broken,
)  # fmt: skip


def cases() -> Iterator[Case]:
    """All of them."""
    for part in PARTS:
        for case in part():
            yield replace(case, name=f"tiff/{case.name}.tif")
