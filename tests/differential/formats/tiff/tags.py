"""TIFF: everything that a page says besides its pixels, and further pages."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace

from expectation import (
    Case,
    Item,
    density,
    lost,
    profile,
    read,
    read_or_refused,
    read_or_unsupported,
    unsupported,
    xmp,
)
from formats.tiff import pages as scheme
from formats.tiff.file import ASCII, BYTE, DOUBLE, LONG, RATIONAL, SHORT, UNDEFINED, Page, Tiff, Values
from formats.tiff.pages import Layout, page
from formats.tiff.parts import COLOR, GRAY, PAGES, single
from pictures import ICC_GRAY, ICC_RGB, XMP, picture
from png_file import PngFile


def resolutions() -> Iterator[Case]:
    """Physical size."""
    inch, centimetre = 1 / 0.0254, 100
    x, y = (RATIONAL, (300, 1)), (RATIONAL, (144, 2))
    yield read(
        "resolution_inch", single(COLOR, Layout(8), t282=x, t283=y, t296=(SHORT, (2,))), COLOR, density(300 * inch, 72 * inch)
    )
    yield read("resolution_default_unit", single(COLOR, Layout(8), t282=x, t283=y), COLOR, density(300 * inch, 72 * inch))
    yield read(
        "resolution_cm",
        single(COLOR, Layout(8), t282=x, t283=y, t296=(SHORT, (3,))),
        COLOR,
        density(300 * centimetre, 72 * centimetre),
    )
    size = lost("resolution", r"resolution|density|28[23]|296|dpi")
    for name, (count, unit) in {"half": (601, 2), "tenths": (3005, 10), "nearly": (3_000_100, 10_000)}.items():
        between = (RATIONAL, (count, unit))
        file = single(COLOR, Layout(8, scheme.DEFLATE), t282=between, t283=between, t296=(SHORT, (2,)))
        yield read(f"resolution_between_{name}", file, COLOR, size)
    for dots in (72, 96, 300, 1200):
        whole = (RATIONAL, (dots, 1))
        file = single(COLOR, Layout(8, scheme.DEFLATE), t282=whole, t283=whole, t296=(SHORT, (2,)))
        yield read(f"resolution_deflate_{dots}", file, COLOR, density(dots * inch, dots * inch))
    yield read("resolution_no_unit", single(COLOR, Layout(8), t282=x, t283=y, t296=(SHORT, (1,))), COLOR, aspect(300, 72))
    yield read("resolution_x_only", single(COLOR, Layout(8), t282=x, t296=(SHORT, (2,))), COLOR, size)
    yield read_or_refused(
        "resolution_zero",
        single(COLOR, Layout(8), t282=(RATIONAL, (0, 0)), t283=(RATIONAL, (0, 0)), t296=(SHORT, (2,))),
        COLOR,
        size,
    )
    yield read(
        "resolution_tiny",
        single(COLOR, Layout(8), t282=(RATIONAL, (1, 1000)), t283=(RATIONAL, (1, 1000)), t296=(SHORT, (3,))),
        COLOR,
        size,
    )
    yield read_or_refused("resolution_unit_9", single(COLOR, Layout(8), t282=x, t283=y, t296=(SHORT, (9,))), COLOR, size)
    yield read(
        "resolution_big_endian",
        single(COLOR, Layout(8, byte_order=">"), t282=x, t283=y, t296=(SHORT, (2,))),
        COLOR,
        density(300 * inch, 72 * inch),
    )


def aspect(x: int, y: int) -> Item:
    """A ratio without a unit."""
    wanted = struct.pack(">IIB", x, y, 0)
    return Item("resolution", r"resolution|density|28[23]|296|dpi", lambda png: png.chunk(b"pHYs") == wanted)


def orientation(value: int) -> Item:
    """Orientation, kept as EXIF or named."""

    def is_in(png: PngFile) -> bool:
        found = png.chunk(b"eXIf") or b""
        return any(struct.pack(order + "HHIH", 0x112, 3, 1, value) in found for order in "<>")

    return Item("orientation", r"orientation|274", is_in)


def tags() -> Iterator[Case]:
    """Everything that a page says besides its pixels."""
    for value in range(1, 9):
        items = (orientation(value),) if value > 1 else ()
        yield read(f"orientation_{value}", single(COLOR, Layout(8), t274=(SHORT, (value,))), COLOR, *items)
    yield read_or_refused("orientation_9", single(COLOR, Layout(8), t274=(SHORT, (9,))), COLOR, orientation(9))
    yield read("icc", single(COLOR, Layout(8), t34675=(UNDEFINED, ICC_RGB)), COLOR, profile(ICC_RGB))
    yield read("icc_gray", single(GRAY, Layout(8), t34675=(UNDEFINED, ICC_GRAY)), GRAY, profile(ICC_GRAY))
    yield read("xmp", single(COLOR, Layout(8), t700=(BYTE, XMP)), COLOR, xmp(XMP))
    yield read("xmp_undefined", single(COLOR, Layout(8), t700=(UNDEFINED, XMP)), COLOR, xmp(XMP))
    both = single(COLOR, Layout(8), t34675=(UNDEFINED, ICC_RGB), t700=(BYTE, XMP))
    yield read("icc_and_xmp", both, COLOR, profile(ICC_RGB), xmp(XMP))
    texts = {
        269: "DocumentName",
        270: "ImageDescription",
        271: "Make",
        272: "Model",
        285: "PageName",
        305: "Software",
        306: "DateTime",
        315: "Artist",
        316: "HostComputer",
        33432: "Copyright",
    }
    for number, name in texts.items():
        data = single(COLOR, Layout(8), **{f"t{number}": (ASCII, b"some text\0")})
        yield read(f"text_{number}", data, COLOR, lost(name, rf"{name}|\b{number}\b"))
    numbers: dict[int, tuple[str, tuple[int, Values]]] = {
        254: ("NewSubfileType", (LONG, (2,))),
        263: ("Threshholding", (SHORT, (2,))),
        280: ("MinSampleValue", (SHORT, (5, 5, 5))),
        281: ("MaxSampleValue", (SHORT, (99, 99, 99))),
        286: ("XPosition", (RATIONAL, (7, 2))),
        290: ("GrayResponseUnit", (SHORT, (2,))),
        297: ("PageNumber", (SHORT, (3, 9))),
        301: ("TransferFunction", (SHORT, tuple(range(256)))),
        318: ("WhitePoint", (RATIONAL, (3127, 10000, 3290, 10000))),
        319: ("PrimaryChromaticities", (RATIONAL, (64, 100, 33, 100, 30, 100, 60, 100, 15, 100, 6, 100))),
        532: ("ReferenceBlackWhite", (RATIONAL, (0, 1, 255, 1, 0, 1, 255, 1, 0, 1, 255, 1))),
        33550: ("ModelPixelScale", (DOUBLE, (1.5, 1.5, 0.0))),
        33723: ("IPTC", (UNDEFINED, b"\x1c\2\0\0\2\0\2")),
        34377: ("Photoshop", (BYTE, b"8BIM\x04\x04\0\0\0\0\0\0")),
        42113: ("GDAL_?NODATA", (ASCII, b"0\0")),
        65000: ("65000", (BYTE, b"private")),
        37510: ("UserComment", (UNDEFINED, b"comment")),
    }
    for number, (name, tag) in numbers.items():
        data = single(COLOR, Layout(8), **{f"t{number}": tag})
        yield read_or_unsupported(f"tag_{number}", data, COLOR, lost(name, rf"{name}|\b{number}\b|{hex(number)}"))
    child = Page({36864: (UNDEFINED, b"0230"), 33434: (RATIONAL, (1, 250))})
    parent = page(COLOR, Layout(8))
    for number, name in ((34665, "exif"), (34853, "gps"), (40965, "interop")):
        parent.children = {number: child}
        yield read(f"{name}_directory", Tiff([parent]).file(), COLOR, lost(name.upper(), rf"{name}|\b{number}\b"))
    yield read(
        "tags_all",
        single(COLOR, Layout(8), t270=(ASCII, b"x\0"), t274=(SHORT, (3,)), t65000=(BYTE, b"p")),
        COLOR,
        lost("ImageDescription", r"ImageDescription|\b270\b"),
        orientation(3),
        lost("65000"),
    )


def pages() -> Iterator[Case]:
    """Several images in a file."""
    first, second = page(COLOR, Layout(8)), page(GRAY, Layout(8))
    for order in "<>":
        other = [page(COLOR, Layout(8, byte_order=order)), page(GRAY, Layout(8, byte_order=order))]
        yield read(f"pages_2_{'le' if order == '<' else 'be'}", Tiff(other, order).file(), COLOR, PAGES)
    yield read("pages_3_big", Tiff([first, second, second], is_big=True).file(), COLOR, PAGES)
    thumbnail = page(picture(8, 6, 3, 8), Layout(8, tags=((254, (LONG, (1,))),)))
    yield unsupported("pages_thumbnail_first", Tiff([thumbnail, first]).file())
    yield read("pages_thumbnail_last", Tiff([first, thumbnail]).file(), COLOR, PAGES)
    numbered = page(COLOR, Layout(8, tags=((254, (LONG, (2,))), (297, (SHORT, (0, 2))))))
    yield read_or_unsupported("pages_numbered", Tiff([numbered, second]).file(), COLOR, PAGES)
    pyramid = page(COLOR, Layout(8))
    pyramid.children = {330: thumbnail}
    yield read("pages_child", Tiff([pyramid]).file(), COLOR, lost("SubIFD", r"sub ?ifd|\b330\b|page|thumb"))
    whole = Tiff([first]).file()
    start = int.from_bytes(whole[4:8], "little")
    circle = read_or_refused("pages_circle", Tiff([first], next_of_last=start).file(), COLOR, PAGES)
    yield replace(circle, items=())
    nowhere = Tiff([first], next_of_last=0x7FFFFFF0).file()
    yield read_or_refused("pages_next_beyond_end", nowhere, COLOR, lost("the next page", r"page|image|ifd|director|bytes|beyond"))
    bad = page(GRAY, Layout(8, tags=((259, (SHORT, (65000,))),)))
    yield read("pages_second_unsupported", Tiff([first, bad]).file(), COLOR, PAGES)
