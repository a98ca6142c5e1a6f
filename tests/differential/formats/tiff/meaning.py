"""TIFF: what the samples mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from expectation import (
    Case,
    Content,
    lost,
    read,
    read_or_refused,
    read_or_unsupported,
    refused,
    unread,
    unsupported,
)
from formats.tiff import pages as scheme
from formats.tiff.file import ASCII, BYTE, LONG, SHORT, Page, Tiff
from formats.tiff.pages import Layout, page
from formats.tiff.parts import ALPHA, BILEVEL, COLOR, FOURTH, GRAY, TABLE, single
from pictures import indexed, picture


def photometrics() -> Iterator[Case]:
    """What the samples mean."""
    for depth in (1, 8, 16):
        content = picture(21, 17, 1, depth)
        yield read(f"white_is_zero{depth}", single(content, Layout(depth, photometric=scheme.WHITE_IS_ZERO)), content)
    yield read("white_is_zero_lzw", single(GRAY, Layout(8, scheme.LZW, 2, photometric=scheme.WHITE_IS_ZERO)), GRAY)
    for depth, count in ((1, 2), (2, 4), (4, 16), (8, 256), (8, 20)):
        content = indexed(21, 17, count)
        content = replace(content, palette=content.palette + ((0, 0, 0),) * ((1 << depth) - count))  # type: ignore[operator]
        yield read_or_unsupported(f"palette{depth}_{count}", single(content, Layout(depth)), content, TABLE)
        if depth in (4, 8):
            yield read_or_unsupported(f"palette{depth}_{count}_lzw", single(content, Layout(depth, scheme.LZW)), content, TABLE)
    deep = indexed(21, 17, 16)
    table = tuple((index * 4097 + 3) % 65536 for index in range(48))
    for depth, count in ((4, 16), (8, 256)):
        content = indexed(21, 17, count)
        colors = np.array(content.palette).T.ravel()
        for name, factor in (("shifted", 256), ("of_bytes", 1)):
            values = tuple(int(value) * factor for value in colors)
            file = single(content, Layout(depth), t320=(SHORT, values))
            case = read_or_unsupported(f"palette{depth}_{name}", file, content, TABLE)
            yield case if factor > 1 else unread(case)
    yield unsupported("palette4_16_bit_colors", single(deep, Layout(4), t320=(SHORT, table)))
    yield refused("palette8_no_map", single(indexed(21, 17, 256), Layout(8), t320=(SHORT, ())))
    mask = single(BILEVEL, Layout(1, photometric=scheme.MASK), t254=(LONG, (4,)))
    yield unsupported("mask", mask)
    four = picture(21, 17, 4, 8)
    yield unsupported("cmyk8", single(four, Layout(8, photometric=scheme.CMYK)))
    yield unsupported("cmyk16", single(picture(21, 17, 4, 16), Layout(16, photometric=scheme.CMYK)))
    yield unsupported(
        "cmyk_alpha", single(Content(np.tile(GRAY.samples, (1, 1, 5)), 255), Layout(8, photometric=scheme.CMYK, extra=(2,)))
    )
    for name, number in {
        "ycbcr": scheme.YCBCR,
        "lab": scheme.CIELAB,
        "icclab": 9,
        "itulab": 10,
        "logluv": 32845,
        "linear_raw": scheme.LINEAR_RAW,
        "unknown": 77,
    }.items():
        yield unsupported(f"photometric_{name}", single(COLOR, Layout(8, photometric=number)))
    sampled = single(COLOR, Layout(8, photometric=scheme.YCBCR), t530=(SHORT, (1, 1)))
    yield unsupported("photometric_ycbcr_whole", sampled)
    for name, number in {"cfa": scheme.CFA, "logl": 32844, "linear_raw_gray": scheme.LINEAR_RAW}.items():
        yield unsupported(f"photometric_{name}", single(GRAY, Layout(8, photometric=number)))
    yield refused("photometric_missing", single(GRAY, Layout(8), t262=(SHORT, ())))
    yield refused("rgb_of_one_channel", single(GRAY, Layout(8, photometric=scheme.RGB)))
    yield unsupported("camera_raw", camera_raw())
    yield unsupported("camera_raw_be", camera_raw(">"))
    sensor = page(picture(32, 24, 1, 16), Layout(16, photometric=scheme.CFA))
    larger = page(picture(32, 24, 3, 8), Layout(8))
    yield unsupported("camera_raw_second_page", Tiff([preview(), sensor]).file())
    yield unsupported("camera_raw_mark", Tiff([preview()], gap=b"CR\2\0\0\0\0\0").file())
    for name, child in {"child": sensor, "child_of_colors": larger}.items():
        parent = preview()
        parent.children = {330: child}
        yield unsupported(f"camera_raw_{name}", Tiff([parent]).file())


def preview() -> Page:
    """A small picture that does not say that it is one."""
    return page(picture(8, 6, 3, 8), Layout(8))


def camera_raw(order: str = "<") -> bytes:
    """DNG: the first page is a thumbnail, the picture is in a child."""
    sensor = page(picture(32, 24, 1, 16), Layout(16, photometric=scheme.CFA, byte_order=order))
    small = page(picture(8, 6, 3, 8), Layout(8, byte_order=order))
    small.tags |= {254: (LONG, (1,)), 50706: (BYTE, (1, 4, 0, 0)), 50708: (ASCII, b"Camera\0")}
    small.children = {330: sensor}
    return Tiff([small], order).file()


def channels() -> Iterator[Case]:
    """Alpha and other extra samples."""
    deep = picture(21, 17, 4, 16)
    for order in "<>":
        name = "le" if order == "<" else "be"
        yield read(f"rgba8_{name}", single(ALPHA, Layout(8, extra=(2,), byte_order=order)), ALPHA)
        yield read(f"rgba16_{name}", single(deep, Layout(16, extra=(2,), byte_order=order)), deep)
    yield read("rgba_lzw_tiles", single(ALPHA, Layout(8, scheme.LZW, tile=(16, 16), extra=(2,))), ALPHA)
    opaque = replace(ALPHA, samples=np.concatenate([COLOR.samples, np.full_like(COLOR.samples[..., :1], 255)], axis=2))
    yield read("rgba_opaque", single(opaque, Layout(8, extra=(2,))), opaque)
    yield unsupported("rgba_premultiplied", single(ALPHA, Layout(8, extra=(1,))))
    yield unsupported("rgba_premultiplied_lzw", single(ALPHA, Layout(8, scheme.LZW, 2, extra=(1,))))
    color_only = Content(ALPHA.samples[..., :3], 255)
    spare = {
        "strips": Layout(8, strip=4),
        "tiles": Layout(8, tile=(16, 16)),
        "lzw": Layout(8, scheme.LZW),
        "predictor": Layout(8, scheme.LZW, 2),
        "predictor_tiles": Layout(8, scheme.DEFLATE, 2, tile=(16, 16)),
        "planar": Layout(8, planar=2),
        "packbits": Layout(8, scheme.PACKBITS),
    }
    for name, layout in spare.items():
        case = read_or_unsupported(f"rgbx_{name}", single(ALPHA, replace(layout, extra=(0,))), color_only, FOURTH)
        yield unread(replace(case, alternatives=(ALPHA,)))
    wide_color = Content(deep.samples[..., :3], 65535)
    yield unread(
        replace(read_or_unsupported("rgbx16", single(deep, Layout(16, extra=(0,))), wide_color, FOURTH), alternatives=(deep,))
    )
    untagged = read_or_refused("rgb_of_four_channels", single(ALPHA, Layout(8)), color_only, FOURTH)
    yield unread(replace(untagged, alternatives=(ALPHA,)))
    five = Content(np.concatenate([ALPHA.samples, GRAY.samples], axis=2), 255)
    yield unsupported("rgba_and_one", single(five, Layout(8, extra=(2, 0))))
    yield unsupported("rgb_and_two", single(five, Layout(8, extra=(0, 0))))
    both = picture(21, 17, 2, 8)
    yield read_or_unsupported("gray_alpha8", single(both, Layout(8, extra=(2,))), both)
    yield read_or_unsupported("gray_alpha16", single(picture(21, 17, 2, 16), Layout(16, extra=(2,))), picture(21, 17, 2, 16))
    yield unsupported("gray_and_one", single(both, Layout(8, extra=(0,))))
    yield unsupported("gray_premultiplied", single(both, Layout(8, extra=(1,))))
    yield unsupported(
        "palette_and_one",
        single(Content(both.samples, 255), Layout(8, photometric=scheme.PALETTE, extra=(0,)), t320=(SHORT, tuple(range(768)))),
    )
    yield unread(
        read_or_refused("extra_without_channel", single(COLOR, Layout(8, extra=(2,))), COLOR, lost("ExtraSamples", r"extra|338"))
    )
