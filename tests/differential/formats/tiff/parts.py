"""Images and items that several kinds of TIFF files share."""

from __future__ import annotations

from dataclasses import replace

from expectation import (
    Content,
    lost,
)
from formats.tiff.file import Tiff, Values
from formats.tiff.pages import Layout, page
from pictures import picture

GRAY, COLOR, DEEP, ALPHA = picture(21, 17, 1, 8), picture(21, 17, 3, 8), picture(21, 17, 3, 16), picture(21, 17, 4, 8)
BILEVEL = picture(40, 30, 1, 1)
TABLE = lost("palette", r"palette|colou?r ?map|320")
FOURTH = lost("fourth channel", r"extra|channel|338|sample")
GAP = lost("bytes that no tag points to", r"bytes|gap|unref|nothing|trail|behind|after")
PAGES = lost("further pages", r"page|image|ifd|director|thumb")


def single(pixels: Content, layout: Layout, **tags: tuple[int, Values]) -> bytes:
    """A file of one page; tags are given as t270=…"""
    extra = tuple((int(name[1:]), value) for name, value in tags.items())
    return Tiff([page(pixels, replace(layout, tags=layout.tags + extra))], layout.byte_order).file()
