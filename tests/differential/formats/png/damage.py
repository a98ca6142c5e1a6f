"""PNG: wrong checksums, what is behind the end, broken headers."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace

from expectation import (
    DAMAGED,
    UNSUPPORTED,
    Case,
    damaged,
    lost,
    read_or_refused,
    refused,
    unread,
)
from formats.png.writer import GRAY, RGB, header, palette_bytes, png, spoil
from pictures import EXIF, ICC_RGB, indexed, palette
from png_file import SIGNATURE, chunk_bytes


def checksums() -> Iterator[Case]:
    """Chunks whose checksum is wrong."""
    icc = b"name\0\0" + zlib.compress(ICC_RGB)
    spoilt = lost("a chunk with a wrong checksum", r"crc|checksum")
    for tag, data in (
        (b"gAMA", b"\0\0\xb1\x8f"),
        (b"iCCP", icc),
        (b"tEXt", b"Title\0A wave"),
        (b"zTXt", b"C\0\0" + zlib.compress(b"abc")),
        (b"pHYs", bytes(8) + b"\1"),
        (b"eXIf", EXIF),
        (b"vpAg", b"unknown"),
        (b"iDOT", b"unsafe"),
        (b"sBIT", b"\5\6\5"),
        (b"tIME", b"\x07\xea\x0b\x18\x0c\0\0"),
    ):
        data_bytes = png(RGB, first=((tag, data),))
        named = replace(spoilt, words=rf"crc|checksum|{tag.decode()}")
        yield unread(read_or_refused(f"crc_{tag.decode()}", spoil(data_bytes, tag), RGB, named))
    late = png(RGB, last=((b"tEXt", b"Title\0late"),))
    yield unread(read_or_refused("crc_tEXt_behind_idat", spoil(late, b"tEXt"), RGB, spoilt))
    keyed = replace(GRAY, key=(int(GRAY.samples[0, 0, 0]),))
    alpha = indexed(9, 7, 4, alpha=(0, 9))
    for name, content in (("gray", keyed), ("palette", alpha)):
        case = read_or_refused(f"crc_tRNS_{name}", spoil(png(content), b"tRNS"), replace(content, key=None, alpha=()), spoilt)
        yield unread(replace(case, refusals=frozenset({DAMAGED})))
    for tag in (b"IHDR", b"IDAT", b"PLTE"):
        yield damaged(f"crc_{tag.decode()}", spoil(png(alpha), tag))
    yield unread(read_or_refused("crc_IEND", spoil(png(RGB), b"IEND"), RGB, spoilt))
    yield damaged("crc_second_IDAT", spoil(png(RGB, split=50), b"IDAT", 2))


def tails() -> Iterator[Case]:
    """What is behind IEND, and files that end early."""
    whole = png(RGB)
    trailing = lost("trailing bytes", r"trail|behind|after|IEND|bytes")
    for name, tail in {
        "zero": b"\0",
        "newline": b"\n",
        "text": b"trailing text",
        "zeros": bytes(5000),
        "png": whole,
        "zip": b"PK\x05\x06" + bytes(18),
        "chunk": chunk_bytes(b"tEXt", b"Title\0late"),
        "iend": chunk_bytes(b"IEND", b""),
    }.items():
        yield read_or_refused(f"tail_{name}", whole + tail, RGB, trailing)
    yield unread(
        read_or_refused("tail_iend_data", whole[:-12] + chunk_bytes(b"IEND", b"data"), RGB, lost("data in IEND", "IEND"))
    )
    yield unread(read_or_refused("end_no_iend", whole[:-12], RGB, lost("missing end", "IEND|trunc")))
    yield unread(read_or_refused("end_no_iend_crc", whole[:-3], RGB, lost("missing end", "IEND|trunc")))
    for length in (0, 4, 8, 20, 33, 40, len(whole) // 2, len(whole) - 14, len(whole) - 20):
        yield damaged(f"end_at_{length}", whole[:length])


def broken() -> Iterator[Case]:
    """Headers that no reader may accept."""
    fields = struct.unpack(">IIBBBBB", header(RGB, 8))
    for name, index, value in (
        ("width_0", 0, 0),
        ("height_0", 1, 0),
        ("width_huge", 0, 0x80000000),
        ("depth_3", 2, 3),
        ("depth_0", 2, 0),
        ("depth_4_rgb", 2, 4),
        ("depth_32", 2, 32),
        ("color_1", 3, 1),
        ("color_5", 3, 5),
        ("color_7", 3, 7),
        ("compression_1", 4, 1),
        ("filter_1", 5, 1),
        ("interlace_2", 6, 2),
    ):
        changed = [value if at == index else old for at, old in enumerate(fields)]
        yield refused(
            f"header_{name}",
            png(RGB).replace(chunk_bytes(b"IHDR", header(RGB, 8)), chunk_bytes(b"IHDR", struct.pack(">IIBBBBB", *changed))),
        )
    huge = chunk_bytes(b"IHDR", struct.pack(">IIBBBBB", 0x7FFFFFFF, 0x7FFFFFFF, 8, 2, 0, 0, 0))
    yield Case("header_huge", png(RGB).replace(chunk_bytes(b"IHDR", header(RGB, 8)), huge), None, frozenset({UNSUPPORTED}))
    start = SIGNATURE + chunk_bytes(b"IHDR", header(RGB, 8))
    rest = png(RGB)[len(start) :]
    yield refused("header_twice", start + start[8:] + rest)
    yield refused("header_not_first", SIGNATURE + chunk_bytes(b"tEXt", b"Title\0x") + start[8:] + rest)
    yield refused("header_missing", SIGNATURE + rest)
    yield refused("header_long", SIGNATURE + chunk_bytes(b"IHDR", header(RGB, 8) + b"\0") + rest)
    yield refused("header_short", SIGNATURE + chunk_bytes(b"IHDR", header(RGB, 8)[:-1]) + rest)
    content = indexed(9, 7, 4)
    whole = png(content)
    plte = chunk_bytes(b"PLTE", palette_bytes(palette(4)))
    yield damaged("plte_missing", whole.replace(plte, b""))
    yield damaged("plte_empty", whole.replace(plte, chunk_bytes(b"PLTE", b"")))
    yield damaged("plte_length", whole.replace(plte, chunk_bytes(b"PLTE", bytes(11))))
    yield damaged("plte_257", whole.replace(plte, chunk_bytes(b"PLTE", bytes(771))))
    moved = whole.replace(plte, b"")
    yield refused("plte_behind_idat", moved[:-12] + plte + moved[-12:])
    length = png(RGB).index(b"IDAT") - 4
    yield damaged("chunk_length_huge", png(RGB)[:length] + b"\xff\xff\xff\xff" + png(RGB)[length + 4 :])
    yield damaged("crlf", png(RGB).replace(b"\r\n", b"\n"))
