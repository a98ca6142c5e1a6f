"""The generated files, a module per format."""

from __future__ import annotations

from collections.abc import Iterator

from expectation import Case
from formats import bmp, gif_cases, jpeg_cases, png, pnm_cases, qoi_cases, tiff, webp_cases

MODULES = (png, bmp, tiff, pnm_cases, qoi_cases, gif_cases, webp_cases, jpeg_cases)


def all_cases() -> Iterator[Case]:
    """Every file, always in the same order; names are unique."""
    seen: set[str] = set()
    for module in MODULES:
        for case in module.cases():
            assert case.name not in seen, case.name
            seen.add(case.name)
            yield case
