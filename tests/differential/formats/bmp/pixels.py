"""BMP: palettes, true colour and run lengths."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from expectation import (
    Case,
    Content,
    Samples,
    damaged,
    lost,
    read,
    read_or_refused,
    read_or_unsupported,
    refused,
    unread,
)
from formats.bmp.writer import PADDING, RESERVED, RLE4, RLE8, TABLE, Bitmap, bgr, bitmap, color_table, packed, rows
from pictures import indexed, palette, picture, samples


def palettes() -> Iterator[Case]:
    """1, 2, 4 and 8 bits with full and partial palettes."""
    for bits, count in ((1, 2), (4, 16), (4, 5), (8, 256), (8, 2), (8, 100)):
        content = indexed(21, 11, count)
        fields = {"colors": color_table(content), "colors_used": count if count < 1 << bits else 0}
        yield read(f"palette{bits}_{count}", bitmap(content, bits, packed(content, bits), **fields), content, TABLE)
    content = indexed(21, 11, 2)
    for width in (1, 7, 8, 9, 32, 33):
        narrow = indexed(width, 5, 2)
        yield read(f"palette1_width{width}", bitmap(narrow, 1, packed(narrow, 1), colors=color_table(narrow)), narrow, TABLE)
    gray = replace(indexed(21, 11, 256), palette=tuple((i, i, i) for i in range(256)))
    yield read("palette8_gray", bitmap(gray, 8, packed(gray, 8), colors=color_table(gray)), gray)
    white_first = replace(content, palette=((255, 255, 255), (0, 0, 0)))
    yield read(
        "palette1_white_first",
        bitmap(white_first, 1, packed(white_first, 1), colors=color_table(white_first)),
        white_first,
        TABLE,
    )
    top_down = Bitmap(21, -11, 1, packed(content, 1, is_top_down=True), colors=color_table(content)).bytes()
    yield read("palette1_top_down", top_down, content, TABLE)
    reserved = lost("fourth byte of the palette", r"palette|reserved|fourth|byte")
    yield read_or_refused(
        "palette1_reserved_bytes",
        bitmap(content, 1, packed(content, 1), colors=color_table(content, 4, 77)),
        content,
        TABLE,
        reserved,
    )
    important = lost("important colours", r"important")
    yield read(
        "palette1_important",
        bitmap(content, 1, packed(content, 1), colors=color_table(content), important=1),
        content,
        TABLE,
        important,
    )
    yield read_or_refused(
        "palette1_padding",
        bitmap(content, 1, packed(content, 1, padding=0x5A), colors=color_table(content)),
        content,
        TABLE,
        PADDING,
    )
    four = indexed(21, 11, 4)
    yield unread(read_or_unsupported("palette2", bitmap(four, 2, packed(four, 2), colors=color_table(four)), four, TABLE))
    few = replace(indexed(21, 11, 9), palette=palette(5))
    yield refused("palette8_index_beyond", bitmap(few, 8, packed(few, 8), colors=color_table(few), colors_used=5))
    large = replace(indexed(21, 11, 200), palette=palette(300))
    yield unread(
        read_or_refused(
            "palette8_300", bitmap(large, 8, packed(large, 8), colors=color_table(large), colors_used=300), large, TABLE
        )
    )
    true = picture(7, 5, 3, 8)
    table = color_table(indexed(7, 5, 6))
    yield read("rgb24_palette", bitmap(true, 24, rows(bgr(true)), colors=table, colors_used=6), true, TABLE)


def true_color() -> Iterator[Case]:
    """24 and 32 bits."""
    for width, height in ((1, 1), (2, 3), (7, 5), (8, 4)):
        content = picture(width, height, 3, 8)
        yield read(f"rgb24_{width}x{height}", bitmap(content, 24, rows(bgr(content))), content)
    content = picture(7, 5, 3, 8)
    yield read("rgb24_top_down", Bitmap(7, -5, 24, rows(bgr(content), True)).bytes(), content)
    yield read_or_refused("rgb24_padding", bitmap(content, 24, rows(bgr(content), padding=0x5A)), content, PADDING)
    zero, full = np.zeros((5, 7), np.uint16), np.full((5, 7), 255, np.uint16)
    yield read("rgb32", bitmap(content, 32, rows(bgr(content, zero))), content)
    yield read("rgb32_top_down", Bitmap(7, -5, 32, rows(bgr(content, zero), True)).bytes(), content)
    for name, fourth in (("full", full), ("varied", samples(7, 5, 1, 8, 3)[..., 0])):
        data = bitmap(content, 32, rows(bgr(content, fourth)))
        opaque = replace(read_or_unsupported(f"rgb32_fourth_{name}", data, content, RESERVED))
        rgba = Content(np.concatenate([content.samples, fourth[..., None]], axis=2), 255)
        yield replace(opaque, alternatives=(rgba,))
    large = picture(60, 40, 3, 8)
    noise = samples(60, 40, 1, 8, 5)[..., 0]
    yield read_or_unsupported("rgb32_fourth_large", bitmap(large, 32, rows(bgr(large, noise))), large, RESERVED)
    one = fourth_in_one_pixel(zero)
    yield read_or_unsupported("rgb32_fourth_one", bitmap(content, 32, rows(bgr(content, one))), content, RESERVED)


def fourth_in_one_pixel(zero: Samples) -> Samples:
    """All zero but one."""
    changed = zero.copy()
    changed[2, 3] = 1
    return changed


def run_lengths() -> Iterator[Case]:
    """RLE8 and RLE4, with every escape."""
    content = indexed(12, 6, 16)
    table = color_table(content)
    for bits, kind in ((8, RLE8), (4, RLE4)):
        fields = {"colors": table, "colors_used": 16, "compression": kind}
        for mode in ("runs", "literal"):
            yield read(f"rle{bits}_{mode}", bitmap(content, bits, coded(content, bits, mode), **fields), content, TABLE)
        flat = replace(content, samples=np.full_like(content.samples, 7))
        yield read(f"rle{bits}_flat", bitmap(flat, bits, coded(flat, bits, "long"), **fields), flat, TABLE)
        no_end = bitmap(content, bits, coded(content, bits, "runs")[:-2], **fields)
        yield read_or_refused(f"rle{bits}_no_end", no_end, content, TABLE, lost("missing end", r"end|trunc|RLE"))
        cut = bitmap(content, bits, coded(content, bits, "literal")[:20], **fields)
        yield damaged(f"rle{bits}_cut", cut)
        yield from gaps(bits, fields)
        tail = coded(content, bits, "runs") + b"behind the end"
        surplus = lost("bytes behind the end of the bitmap", r"behind|after|trail|bytes")
        yield read_or_refused(f"rle{bits}_surplus", bitmap(content, bits, tail, **fields), content, TABLE, surplus)
        wide = b"\x20\x11" + coded(content, bits, "runs")
        yield refused(f"rle{bits}_row_overflow", bitmap(content, bits, wide, **fields))
        yield refused(f"rle{bits}_top_down", Bitmap(12, -6, bits, coded(content, bits, "runs"), **fields).bytes())  # type: ignore[arg-type]
    odd = indexed(13, 6, 16)
    wide = b"".join(b"\r%c\3\0\0\0" % value for value in range(6)) + b"\0\1"
    bars = replace(odd, samples=np.repeat(np.arange(5, -1, -1, np.uint16), 13).reshape(6, 13, 1))
    excess = lost("pixels beyond the rows", r"beyond|rows|padding")
    yield read("rle8_wide_rows", bitmap(bars, 8, wide, colors=table, colors_used=16, compression=RLE8), bars, TABLE, excess)
    yield read("rle4_odd", bitmap(odd, 4, coded(odd, 4, "literal"), colors=table, colors_used=16, compression=RLE4), odd, TABLE)


def gaps(bits: int, fields: dict[str, object]) -> Iterator[Case]:
    """Pixels that the stream jumps over have no colour: transparent, index 0 and black are the usual readings."""
    base = indexed(12, 6, 16)
    byte = 0x33 if bits == 4 else 3
    streams = {
        "delta": (bytes((4, byte, 0, 2, 3, 2, 2, byte, 0, 1)), [(5, 0, 4), (3, 7, 9)]),
        "short_rows": (bytes((4, byte, 0, 0, 2, byte, 0, 0, 0, 1)), [(5, 0, 4), (4, 0, 2)]),
        "early_end": (bytes((12, byte, 0, 0, 0, 1)), [(5, 0, 12)]),
    }
    for name, (stream, runs) in streams.items():
        samples_, seen = np.zeros_like(base.samples), np.zeros((6, 12), bool)
        for y, begin, end in runs:
            samples_[y, begin:end], seen[y, begin:end] = 3, True
        assert base.palette is not None
        first = replace(base, samples=samples_)
        clear = replace(
            first,
            samples=np.where(seen[..., None], samples_, 16),
            palette=(*base.palette, (0, 0, 0)),
            alpha=(255,) * 16 + (0,),
            colorless=~seen,
        )
        data = bitmap(base, bits, stream, **fields)
        case = read_or_unsupported(f"rle{bits}_{name}", data, clear, TABLE, lost("skipped pixels", r"skip|delta|pixels|RLE"))
        black = replace(clear, alpha=(), colorless=None)
        yield replace(unread(case), alternatives=(first, black))


def coded(content: Content, bits: int, mode: str) -> bytes:
    """RLE with runs of one (pair of) pixel(s), literal runs, or long runs; rows bottom up."""
    out = b""
    for row in content.samples[::-1, :, 0].tolist():
        if mode == "literal":
            data = bytes(row) if bits == 8 else bytes(a << 4 | b for a, b in zip(row[::2], [*row[1::2], 0]))
            out += bytes((0, len(row))) + data + bytes(len(data) % 2)
        elif mode == "long":
            out += bytes((len(row), row[0] if bits == 8 else row[0] * 17))
        elif bits == 8:
            out += b"".join(bytes((1, value)) for value in row)
        else:
            out += b"".join(bytes((2, a << 4 | b)) for a, b in zip(row[::2], row[1::2]))
        out += b"\0\0"
    return out[:-2] + b"\0\1"
