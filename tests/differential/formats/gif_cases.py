"""GIF files."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from expectation import (
    Case,
    Content,
    Palette,
    damaged,
    lost,
    profile,
    read,
    read_or_refused,
    read_or_unsupported,
    refused,
    unread,
    xmp,
)
from pictures import ICC_RGB, XMP, indexed, palette

COMMENT, FRAMES = lost("comment", r"comment"), lost("frames", r"frame|animation|image")
TRAILING = lost("trailing bytes", r"trail|behind|after|bytes")


def table(colors: Palette) -> tuple[bytes, int]:
    """A colour table, filled up with black, and the field that says its size."""
    bits = max(1, (len(colors) - 1).bit_length())
    return b"".join(map(bytes, colors)).ljust(3 << bits, b"\0"), bits - 1


def blocks(data: bytes, size: int = 255) -> bytes:
    """Sub-blocks with their end."""
    parts = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def lzw(values: list[int], bits: int, *, clears_when_full: bool = True, first_clear: bool = True, last_end: bool = True) -> bytes:
    """GIF's LZW, lowest bit first."""
    clear, out, width = 1 << bits, 0, bits + 1
    at = 0

    def put(code: int) -> None:
        nonlocal out, at
        out |= code << at
        at += width

    known: dict[tuple[int, ...], int] = {(value,): value for value in range(clear)}
    following = clear + 2
    if first_clear:
        put(clear)
    word: tuple[int, ...] = ()
    for value in values:
        if (*word, value) in known:
            word = (*word, value)
            continue
        put(known[word])
        if following < 4096:
            known[*word, value] = following
            following += 1
            width += following - 1 == 1 << width and width < 12
        elif clears_when_full:
            put(clear)
            known = {(each,): each for each in range(clear)}
            following, width = clear + 2, bits + 1
        word = (value,)
    if word:
        put(known[word])
        width += following == 1 << width and width < 12
    if last_end:
        put(clear + 1)
    return out.to_bytes((at + 7) // 8, "little")


@dataclass(frozen=True)
class Frame:
    """An image descriptor with its pixels."""

    content: Content
    left: int = 0
    top: int = 0
    is_interlaced: bool = False
    has_table: bool = False
    """Whether its palette is its own; else it is the file's."""
    transparent: int | None = None
    delay: int = 0
    disposal: int = 0
    stream: bytes | None = None
    bits: int | None = None

    def bytes(self) -> bytes:
        """Control extension, descriptor, table and data."""
        height, width, _ = self.content.samples.shape
        colors = self.content.palette or ()
        out = b""
        if self.transparent is not None or self.delay or self.disposal:
            flags = self.disposal << 2 | (self.transparent is not None)
            out += b"\x21\xf9\x04" + struct.pack("<BHBB", flags, self.delay, self.transparent or 0, 0)
        data, size = table(colors)
        bits = self.bits or max(2, size + 1)
        flags = (0x80 | size if self.has_table else 0) | (0x40 if self.is_interlaced else 0)
        out += b"," + struct.pack("<HHHHB", self.left, self.top, width, height, flags) + (data if self.has_table else b"")
        rows = self.content.samples[..., 0]
        if self.is_interlaced:
            rows = np.concatenate([rows[start::step] for start, step in ((0, 8), (4, 8), (2, 4), (1, 2))])
        stream = lzw([int(value) for value in rows.ravel()], bits) if self.stream is None else self.stream
        return out + bytes([bits]) + blocks(stream)


def gif(
    frames: list[Frame], size: tuple[int, int] | None = None, *, colors: Palette | None = None, version: bytes = b"89a", before: bytes = b"", after: bytes = b"",
    tail: bytes = b";", background: int = 0, aspect: int = 0, flags: int = 0,
) -> bytes:  # fmt: skip
    """A file; `before` is in front of the first frame, `after` behind the last."""
    height, width, _ = frames[0].content.samples.shape if frames else (1, 1, 1)
    width, height = size or (width, height)
    shared = (
        colors
        if colors is not None
        else (None if frames and frames[0].has_table else frames[0].content.palette if frames else None)
    )
    data, bits = table(shared) if shared else (b"", 0)
    flags |= (0x80 | bits) if shared else 0
    start = b"GIF" + version + struct.pack("<HHBBB", width, height, flags, background, aspect) + data
    return start + before + b"".join(frame.bytes() for frame in frames) + after + tail


def filled(content: Content) -> Content:
    """With the black entries that a colour table of a power of two has."""
    assert content.palette is not None
    count = 2 << table(content.palette)[1]
    return replace(content, palette=content.palette + ((0, 0, 0),) * (count - len(content.palette)))


def cases() -> Iterator[Case]:
    """All of them."""
    for part in (kinds, codes, transparency, canvases, extensions, leftovers, broken):
        for case in part():
            yield replace(case, name=f"gif/{case.name}.gif")


def kinds() -> Iterator[Case]:
    """Palettes, sizes, interlace, versions."""
    for count in (2, 3, 4, 5, 16, 17, 100, 256):
        content = filled(indexed(21, 17, count))
        for name, is_interlaced in (("", False), ("_interlaced", True)):
            yield read(f"colors{count}{name}", gif([Frame(content, is_interlaced=is_interlaced)]), content)
    for width, height in ((1, 1), (1, 7), (7, 1), (7, 2), (7, 3), (7, 4), (7, 5), (7, 7), (3, 8), (3, 9)):
        content = filled(indexed(width, height, 4))
        yield read(f"size_{width}x{height}_interlaced", gif([Frame(content, is_interlaced=True)]), content)
        flat = replace(content, samples=np.full_like(content.samples, 2))
        yield read(f"flat_{width}x{height}_interlaced", gif([Frame(flat, is_interlaced=True)]), flat)
        yield read(f"flat_{width}x{height}", gif([Frame(flat)]), flat)
    content = filled(indexed(21, 17, 16))
    yield read("local_palette", gif([Frame(content, has_table=True)]), content)
    other = filled(replace(content, palette=palette(16, 99)))
    unused = lost("the file's palette", r"palette|table")
    yield read("local_and_global_palette", gif([Frame(other, has_table=True)], colors=palette(8)), other, unused)
    yield read("version_87a", gif([Frame(content)], version=b"87a"), content)
    yield unread(read_or_refused("no_palette", gif([replace(Frame(content), has_table=False)], colors=()), content))


def codes() -> Iterator[Case]:
    """What LZW encoders do."""
    large = filled(indexed(150, 120, 251, 3))
    noisy = replace(
        large,
        samples=(
            (large.samples.astype(np.int64) * 7919 + np.arange(150)[None, :, None] ** 2 * 31 + np.arange(120)[:, None, None] ** 3)
            % 251
        ).astype(np.uint16),
    )
    values = [int(value) for value in noisy.samples.ravel()]
    yield read("lzw_full_table", gif([Frame(noisy)]), noisy)
    yield read("lzw_deferred_clear", gif([Frame(noisy, stream=lzw(values, 8, clears_when_full=False))]), noisy)
    content = filled(indexed(21, 17, 16))
    values = [int(value) for value in content.samples.ravel()]
    yield unread(read_or_refused("lzw_no_first_clear", gif([Frame(content, stream=lzw(values, 4, first_clear=False))]), content))
    yield unread(read_or_refused("lzw_no_end", gif([Frame(content, stream=lzw(values, 4, last_end=False))]), content))
    yield read("lzw_wide_codes", gif([Frame(content, bits=8)]), content)
    surplus = lost("pixels or bytes behind the image", r"bytes|pixels|behind|surplus|after|trail")
    yield unread(read_or_refused("lzw_surplus_pixels", gif([Frame(content, stream=lzw(values + [3] * 40, 4))]), content, surplus))
    yield unread(
        read_or_refused("lzw_surplus_bytes", gif([Frame(content, stream=lzw(values, 4) + b"secret" * 9)]), content, surplus)
    )
    yield damaged("lzw_few_pixels", gif([Frame(content, stream=lzw(values[:-30], 4))]))
    yield damaged("lzw_cut", gif([Frame(content, stream=lzw(values, 4)[:30])]))
    yield damaged("lzw_bad_code", gif([Frame(content, stream=b"\x90\xff\xff\xff" + lzw(values, 4)[4:])]))
    yield refused("lzw_bits_1", gif([Frame(content, bits=1, stream=lzw(values, 4))]))
    yield damaged("lzw_bits_13", gif([Frame(content, bits=13, stream=lzw(values, 4))]))
    yield damaged("lzw_empty", gif([Frame(content, stream=b"")]))
    beyond = replace(content, palette=palette(4))
    yield refused("index_beyond", gif([replace(Frame(beyond), bits=4)]))


def transparency() -> Iterator[Case]:
    """The transparent index."""
    content = filled(indexed(21, 17, 8))
    for index in (0, 3, 7):
        clear = replace(content, alpha=(255,) * index + (0,))
        yield read(f"transparent_{index}", gif([Frame(content, transparent=index)]), clear)
    few = replace(content, samples=content.samples % 5)
    yield read("transparent_unused", gif([Frame(few, transparent=6)]), replace(few, alpha=(255,) * 6 + (0,)))
    for count, index in ((4, 7), (4, 4), (2, 3), (8, 200)):
        bits = max(2, index.bit_length())
        base = filled(indexed(9, 7, count))
        mask = (np.arange(63).reshape(7, 9, 1) % 3) == 0
        samples = np.where(mask, index, base.samples).astype(np.uint16)
        assert base.palette is not None
        shown = replace(base, samples=samples)
        clear = replace(
            shown, palette=base.palette + ((0, 0, 0),) * (index + 1 - count), alpha=(255,) * index + (0,), colorless=mask[..., 0]
        )
        yield unread(read(f"transparent_{index}_of_{count}", gif([Frame(shown, transparent=index, bits=bits)]), clear))


def canvases() -> Iterator[Case]:
    """Frames that do not cover the canvas, or stick out."""
    for name, count, left, top in (("offset", 8, 3, 2), ("corner", 8, 0, 0), ("offset_3_colors", 3, 4, 1)):
        base = filled(indexed(9, 7, count))
        for transparent in (None, 1):
            frame = Frame(base, left, top, transparent=transparent)
            case = read(
                f"{name}{'_transparent' if transparent else ''}",
                gif([frame], (16, 12)),
                on_canvas(base, left, top, 16, 12, transparent),
            )
            yield unread(case)
    full = indexed(17, 16, 256)
    seen = np.zeros((20, 20), bool)
    seen[1:17, 2:19] = True
    colors = np.zeros((20, 20, 4), np.uint16)
    colors[1:17, 2:19] = full.rgba() // 257
    yield unread(
        replace(read_or_refused("offset_256_colors", gif([Frame(full, 2, 1)], (20, 20)), Content(colors, 255, colorless=~seen)))
    )
    content = filled(indexed(9, 7, 8))
    yield refused("beyond_canvas", gif([Frame(content, 5, 4)], (9, 7)))
    yield refused("outside_canvas", gif([Frame(content, 50, 40)], (9, 7)))
    background = on_canvas(content, 3, 2, 16, 12, None)
    yield unread(
        read(
            "background",
            gif([Frame(content, 3, 2)], (16, 12), background=5),
            background,
            lost("background colour", r"background"),
        )
    )
    zero = gif([Frame(content)], (0, 0))
    yield refused("canvas_0x0", zero)


def on_canvas(content: Content, left: int, top: int, width: int, height: int, transparent: int | None) -> Content:
    """The frame on a transparent canvas."""
    assert content.palette is not None
    outside = len(content.palette)
    rows, columns, _ = content.samples.shape
    samples, seen = np.full((height, width, 1), outside, np.uint16), np.zeros((height, width), bool)
    samples[top : top + rows, left : left + columns] = content.samples
    seen[top : top + rows, left : left + columns] = True
    alpha = [255] * outside + [0]
    if transparent is not None:
        alpha[transparent] = 0
    return Content(samples, outside, (*content.palette, (0, 0, 0)), tuple(alpha), colorless=~seen)


def extensions() -> Iterator[Case]:
    """Comments, applications, control and plain text."""
    content = filled(indexed(9, 7, 8))
    comment = b"\x21\xfe" + blocks(b"copyright: me")
    yield read("comment", gif([Frame(content)], before=comment), content, COMMENT)
    yield read("comment_behind", gif([Frame(content)], after=comment), content, COMMENT)
    yield read("comment_twice", gif([Frame(content)], before=comment + comment), content, COMMENT)
    yield read("comment_empty", gif([Frame(content)], before=b"\x21\xfe\0"), content, COMMENT)
    yield read("comment_long", gif([Frame(content)], before=b"\x21\xfe" + blocks(b"0123456789" * 99)), content, COMMENT)
    loop = application(b"NETSCAPE2.0", b"\x03\1\0\0\0")
    yield read(
        "loop",
        gif([Frame(content)], before=loop),
        content,
        lost("application extension", r"loop|repeat|NETSCAPE|application|extension"),
    )
    yield read("icc", gif([Frame(content)], before=application(b"ICCRGBG1012", blocks(ICC_RGB))), content, profile(ICC_RGB))
    magic = b"\1" + bytes(range(255, -1, -1)) + b"\0"
    yield read("xmp", gif([Frame(content)], before=application(b"XMP DataXMP", XMP + magic)), content, xmp(XMP))
    unknown = application(b"MAKER   1.0", blocks(b"private data"))
    yield read(
        "application",
        gif([Frame(content)], before=unknown),
        content,
        lost("application extension", r"MAKER|application|extension"),
    )
    yield read(
        "application_behind",
        gif([Frame(content)], after=unknown),
        content,
        lost("application extension", r"MAKER|application|extension"),
    )
    plain = b"\x21\x01\x0c" + bytes(12) + blocks(b"plain text")
    yield unread(
        read_or_refused("plain_text", gif([Frame(content)], before=plain), content, lost("plain text", r"text|extension"))
    )
    strange = b"\x21\x77" + blocks(b"what is this")
    yield unread(
        read_or_refused(
            "extension_77", gif([Frame(content)], before=strange), content, lost("unknown extension", r"extension|77")
        )
    )
    timing = lost("delay", r"delay|control|time|disposal")
    yield read("delay", gif([Frame(content, delay=50)]), content, timing)
    yield read("disposal", gif([Frame(content, disposal=2)]), content, timing)
    yield read("aspect", gif([Frame(content)], aspect=49), content, lost("aspect ratio", r"aspect|pixel"))
    yield read_or_unsupported("sorted", gif([Frame(content)], flags=0x08), content)
    yield read_or_unsupported("color_resolution", gif([Frame(content)], flags=0x70), content)
    second = Frame(filled(indexed(9, 7, 8, 3)))
    for count in (2, 3):
        yield read(f"frames_{count}", gif([Frame(content)] + [second] * (count - 1), before=loop), content, FRAMES)
    yield read("frames_2_offset", gif([Frame(content), Frame(filled(indexed(3, 2, 8)), 2, 2, delay=9)]), content, FRAMES)
    broken_second = gif([Frame(content)], after=b"," + struct.pack("<HHHHB", 0, 0, 9, 7, 0) + b"\3\4\1\2")
    yield unread(read_or_refused("frames_2_cut", broken_second, content, FRAMES))


def application(name: bytes, data: bytes) -> bytes:
    """An application extension."""
    return b"\x21\xff\x0b" + name + data


def leftovers() -> Iterator[Case]:
    """What is behind the trailer, or no trailer."""
    content = filled(indexed(9, 7, 8))
    for name, tail in {"byte": b";\0", "text": b";trailing text", "file": b";" + gif([Frame(content)])}.items():
        yield read_or_refused(f"tail_{name}", gif([Frame(content)], tail=tail), content, TRAILING)
    missing = lost("missing end", r"trailer|end|trunc")
    yield unread(read_or_refused("no_trailer", gif([Frame(content)], tail=b""), content, missing))
    yield unread(read_or_refused("garbage_before_trailer", gif([Frame(content)], after=b"\x99\x98"), content, TRAILING))


def broken() -> Iterator[Case]:
    """Files that no reader may accept."""
    content = filled(indexed(9, 7, 8))
    whole = gif([Frame(content)])
    for length in (5, 6, 10, 13, 20, 37, 45, 48, len(whole) - 8):
        yield damaged(f"end_at_{length}", whole[:length])
    yield damaged("no_frame", gif([], (5, 5), colors=palette(4)))
    yield damaged("no_frame_comment", gif([], (5, 5), colors=palette(4), before=b"\x21\xfe" + blocks(b"only this")))
    yield refused("version_90a", gif([Frame(content)], version=b"90a"))
