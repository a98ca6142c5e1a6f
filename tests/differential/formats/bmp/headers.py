"""BMP: header versions, leftovers and broken files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from expectation import (
    UNSUPPORTED,
    Case,
    damaged,
    density,
    lost,
    profile,
    read,
    read_or_refused,
    read_or_unsupported,
    refused,
    unread,
)
from formats.bmp.writer import EMBEDDED_PROFILE, GAP, JPEG, PNG, RLE8, TABLE, Bitmap, bgr, bitmap, color_table, packed, rows
from pictures import ICC_RGB, indexed, palette, picture


def headers() -> Iterator[Case]:
    """Header versions and what they say."""
    content = picture(7, 5, 3, 8)
    data = rows(bgr(content))
    masks = (0xFF0000, 0xFF00, 0xFF, 0)
    for header in ("core", "info", "v2", "v3", "v4", "v5", "os2"):
        make = read if header in ("core", "info", "v4", "v5") else read_or_unsupported
        case = make(f"header_{header}", bitmap(content, 24, data, header=header, masks=masks), content)
        yield case if make is read else unread(case)
    yield unread(read_or_unsupported("header_os2_short", bitmap(content, 24, data, header="os2_short"), content))
    for bits, count in ((1, 2), (4, 16), (8, 256)):
        small = indexed(9, 5, count)
        old = bitmap(small, bits, packed(small, bits), header="core", colors=color_table(small, 3))
        yield read(f"core_palette{bits}", old, small, TABLE)
    yield read("density", bitmap(content, 24, data, density=(11811, 2835)), content, density(11811, 2835))
    yield read("density_equal", bitmap(content, 24, data, density=(3780, 3780)), content, density(3780, 3780))
    yield read_or_refused(
        "density_x_only",
        bitmap(content, 24, data, density=(3780, 0)),
        content,
        lost("density", r"resolution|density|dpi|pHYs|pixels per"),
    )
    yield read_or_refused(
        "density_negative",
        bitmap(content, 24, data, density=(-3780, -1)),
        content,
        lost("density", r"resolution|density|dpi|pHYs|pixels per"),
    )
    embedded = bitmap(content, 24, data, header="v5", masks=masks, color_space=EMBEDDED_PROFILE, icc=ICC_RGB)
    yield unread(read("v5_profile", embedded, content, profile(ICC_RGB)))
    linked = bitmap(content, 24, data, header="v5", masks=masks, color_space=0x4C494E4B, icc=b"c:\\a.icm\0")
    yield read_or_unsupported("v5_linked_profile", linked, content, lost("linked profile", r"profile|icc"))
    calibrated = bitmap(content, 24, data, header="v4", masks=masks, color_space=0)
    yield read_or_unsupported(
        "v4_calibrated", calibrated, content, lost("calibrated colours", r"calib|gamma|endpoint|colou?r space|cHRM|gAMA")
    )
    yield read_or_unsupported("image_size_0", bitmap(content, 24, data, image_size=0), content)
    for name, value in (("0", 0), ("small", 60), ("large", 999)):
        wrong = lost("file size", r"file size|bytes")
        case = read_or_refused(f"file_size_{name}", bitmap(content, 24, data, file_size=value), content, wrong)
        yield replace(case, items=())


def leftovers() -> Iterator[Case]:
    """Bytes that are no pixels."""
    content = picture(7, 5, 3, 8)
    data = rows(bgr(content))
    yield read_or_unsupported("gap_zero", bitmap(content, 24, data, gap=bytes(10)), content)
    yield read_or_refused("gap", bitmap(content, 24, data, gap=b"hidden in a gap"), content, GAP)
    trailing = lost("trailing bytes", r"trail|behind|after|bytes")
    yield read_or_refused("tail_text", bitmap(content, 24, data, tail=b"trailing text"), content, trailing)
    yield read_or_refused("tail_zeros", bitmap(content, 24, data, tail=bytes(2)), content, trailing)
    yield read_or_refused("tail_beyond_size", bitmap(content, 24, data) + b"trailing text", content, trailing)
    yield read_or_refused(
        "reserved", bitmap(content, 24, data, reserved=b"abcd"), content, lost("reserved fields", r"reserved|hot ?spot")
    )
    small = indexed(9, 5, 4)
    more = color_table(replace(small, palette=palette(256)))
    unused = bitmap(small, 8, packed(small, 8), colors=more, colors_used=4)
    yield read_or_refused("gap_palette", unused, small, TABLE, GAP)


def broken() -> Iterator[Case]:
    """Files that no reader may accept."""
    content = picture(7, 5, 3, 8)
    data = rows(bgr(content))
    whole = bitmap(content, 24, data)
    for length in (2, 14, 30, 54, 60, len(whole) - 24, len(whole) - 4):
        yield damaged(f"end_at_{length}", whole[:length])
    yield unread(read_or_refused("end_without_padding", whole[:-3], content, lost("padding", r"padding|end|trunc")))
    for name, fields in {
        "width_0": Bitmap(0, 5, 24, data),
        "width_negative": Bitmap(-7, 5, 24, data),
        "height_0": Bitmap(7, 0, 24, data),
        "bits_0": Bitmap(7, 5, 0, data),
        "bits_3": Bitmap(7, 5, 3, data),
        "bits_48": Bitmap(7, 5, 48, data * 2),
        "bits_64": Bitmap(7, 5, 64, data * 3),
        "jpeg": Bitmap(0, 0, 0, data, compression=JPEG),
        "png": Bitmap(7, 5, 0, data, compression=PNG),
        "compression_9": Bitmap(7, 5, 24, data, compression=9),
        "rle8_24_bits": Bitmap(7, 5, 24, data, compression=RLE8),
        "rle24": Bitmap(7, 5, 24, data, header="os2", compression=4),
        "huffman": Bitmap(7, 5, 1, data, header="os2", compression=3, colors=bytes(8)),
        "height_least": Bitmap(7, -(1 << 31), 24, data),
    }.items():
        yield refused(f"broken_{name}", fields.bytes())
    case = read_or_refused("broken_planes_0", Bitmap(7, 5, 24, data, planes=0).bytes(), content)
    yield unread(case)
    huge = Bitmap(0x7FFFFFFF, 0x7FFFFFFF, 24, data).bytes()
    yield Case("broken_huge", huge, None, frozenset({1, UNSUPPORTED}))
    far = whole[:10] + b"\xff\xff\xff\x7f" + whole[14:]
    yield damaged("broken_offset_far", far)
    near = whole[:10] + b"\x10\0\0\0" + whole[14:]
    yield refused("broken_offset_in_header", near)
    yield refused("broken_header_size", whole[:14] + b"\xc8\0\0\0" + whole[18:])
    array = b"BA" + whole[2:]
    yield damaged("broken_array", array)
