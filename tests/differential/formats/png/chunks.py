"""PNG: everything that a file says besides its pixels."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from expectation import (
    Case,
    Item,
    chunk,
    lost,
    read,
    read_or_refused,
    read_or_unsupported,
    unread,
)
from formats.png.writer import GRAY, RGB, Chunk, palette_bytes, png
from pictures import EXIF, ICC_GRAY, ICC_RGB, XMP, indexed, palette, picture
from png_file import chunk_bytes


def ancillary() -> Iterator[Case]:
    """Every known ancillary chunk."""
    icc = b"name\0\0" + zlib.compress(ICC_RGB)
    early: tuple[Chunk, ...] = (
        (b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)),
        (b"gAMA", struct.pack(">I", 45455)),
        (b"iCCP", icc),
        (b"sRGB", b"\1"),
        (b"sBIT", b"\5\6\5"),
        (b"cICP", b"\1\x0d\0\1"),
        (b"mDCV", struct.pack(">8H2I", 35400, 14600, 8500, 39850, 6550, 2300, 15635, 16450, 10000000, 500)),
        (b"cLLI", struct.pack(">2I", 10000000, 4000000)),
    )
    middle: tuple[Chunk, ...] = (
        (b"bKGD", b"\0\1\0\2\0\3"),
        (b"pHYs", struct.pack(">IIB", 2835, 2835, 1)),
        (b"sPLT", b"swatch\0\x08\1\2\3\4\0\5"),
        (b"eXIf", EXIF),
        (b"tIME", b"\x07\xea\x0b\x18\x0c\0\0"),
    )
    for tag, data in early:
        yield read(f"chunk_{tag.decode()}", png(RGB, first=((tag, data),)), RGB, chunk(tag, data))
    for tag, data in middle:
        yield read(f"chunk_{tag.decode()}", png(RGB, middle=((tag, data),)), RGB, chunk(tag, data))
    late = ((b"eXIf", EXIF), (b"tIME", b"\x07\xea\x0b\x18\x0c\0\0"))
    for tag, data in late:
        yield read(f"chunk_{tag.decode()}_behind_idat", png(RGB, last=((tag, data),)), RGB, chunk(tag, data))
    both = early[:3] + early[4:]
    everything = png(RGB, first=both, middle=middle)
    yield read("chunk_all", everything, RGB, *(chunk(tag, data) for tag, data in both + middle))
    yield from of_palettes()
    gray_icc = b"g\0\0" + zlib.compress(ICC_GRAY)
    yield read("iccp_gray", png(GRAY, first=((b"iCCP", gray_icc),)), GRAY, chunk(b"iCCP", gray_icc))
    yield read("iccp_gray_in_rgb", png(RGB, first=((b"iCCP", gray_icc),)), RGB, chunk(b"iCCP", gray_icc))
    yield read(
        "phys_aspect",
        png(RGB, middle=((b"pHYs", struct.pack(">IIB", 3, 4, 0)),)),
        RGB,
        chunk(b"pHYs", struct.pack(">IIB", 3, 4, 0)),
    )
    orientation = b"MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
    yield read("exif_big_endian", png(RGB, middle=((b"eXIf", orientation),)), RGB, chunk(b"eXIf", orientation))
    for tag, data in (
        (b"gAMA", b"\0\0\xb1\x8f\0"),
        (b"gAMA", b""),
        (b"pHYs", b"\0\0\1"),
        (b"sRGB", b"\x09"),
        (b"cHRM", bytes(31)),
        (b"bKGD", b"\1"),
        (b"tIME", b"\x07\xea\x0d\x20\x19\x3d\x3e"),
        (b"sBIT", b"\5"),
        (b"iCCP", b"no zero byte"),
        (b"iCCP", b"n\0\0broken"),
        (b"eXIf", b"not exif"),
        (b"cICP", b"\1"),
        (b"hIST", b"\0\1"),
    ):
        name = f"bad_{tag.decode()}_{zlib.crc32(data) % 1000}"
        yield read_or_refused(name, png(RGB, first=((tag, data),)), RGB, chunk(tag, data))
    for tag, data in early[:4]:
        other = data[:-1] + bytes([data[-1] ^ 1])
        twice = png(RGB, first=((tag, data), (tag, other)))
        yield read_or_refused(f"twice_{tag.decode()}", twice, RGB, chunk(tag, data), chunk(tag, other))
    yield read_or_refused("late_gAMA", png(RGB, last=(early[1],)), RGB, chunk(*early[1]))
    yield read_or_refused("late_iCCP", png(RGB, last=(early[2],)), RGB, chunk(*early[2]))
    yield read_or_refused("late_sPLT", png(RGB, last=(middle[2],)), RGB, chunk(*middle[2]))


def of_palettes() -> Iterator[Case]:
    """Chunks about a palette."""
    content = indexed(9, 7, 4)
    for tag, data in ((b"hIST", b"\0\1\0\2\0\3\0\4"), (b"bKGD", b"\2"), (b"sBIT", b"\5\6\5")):
        part = ((tag, data),)
        file = png(content, first=part) if tag == b"sBIT" else png(content, middle=part)
        yield read(f"palette_{tag.decode()}", file, content, chunk(tag, data))
    suggested = palette_bytes(palette(12))
    yield read("suggested_palette", png(RGB, first=((b"PLTE", suggested),)), RGB, chunk(b"PLTE", suggested))
    rgba = picture(9, 7, 4, 16)
    plte_hist = ((b"PLTE", suggested), (b"hIST", bytes(24)))
    yield read("suggested_palette_hist", png(rgba, 16, first=plte_hist), rgba, *(chunk(*part) for part in plte_hist))
    ignored = lost("PLTE")
    yield unread(read_or_refused("gray_with_plte", png(GRAY, first=((b"PLTE", suggested),)), GRAY, ignored))
    again = png(content, middle=((b"PLTE", suggested),))
    yield unread(read_or_refused("plte_twice", again, content, ignored))
    yield unread(read_or_refused("rgb_plte_behind_idat", png(RGB, last=((b"PLTE", suggested),)), RGB, ignored))


def texts() -> Iterator[Case]:
    """The three kinds of text."""
    kinds: dict[str, Chunk] = {
        "tEXt": (b"tEXt", b"Title\0A wave"),
        "tEXt_latin1": (b"tEXt", b"Author\0J\xfcrgen"),
        "tEXt_empty": (b"tEXt", b"Title\0"),
        "tEXt_long": (b"tEXt", b"Comment\0" + b"0123456789" * 900),
        "tEXt_no_zero": (b"tEXt", b"keyword only"),
        "tEXt_long_keyword": (b"tEXt", b"k" * 99 + b"\0text"),
        "tEXt_zeros": (b"tEXt", b"Title\0a\0b\0"),
        "zTXt": (b"zTXt", b"Comment\0\0" + zlib.compress(b"abc" * 99)),
        "zTXt_level1": (b"zTXt", b"Comment\0\0" + zlib.compress(b"abc" * 99, 1)),
        "zTXt_stored": (b"zTXt", b"Comment\0\0" + zlib.compress(b"abc", 0)),
        "zTXt_broken": (b"zTXt", b"Comment\0\0nothing"),
        "zTXt_method": (b"zTXt", b"Comment\0\1" + zlib.compress(b"abc")),
        "iTXt": (b"iTXt", b"Title\0\0\0de\0Titel\0" + "Wellen über Wellen".encode()),
        "iTXt_compressed": (b"iTXt", b"Title\0\1\0\0\0" + zlib.compress("Wellen über".encode())),
        "iTXt_not_utf8": (b"iTXt", b"Title\0\0\0\0\0\xff\xfe"),
        "iTXt_xmp": (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
        "iTXt_xmp_compressed": (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP)),
        "raw_profile": (b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n      6\n457869660000\n")),
    }
    for name, (tag, data) in kinds.items():
        yield read(f"text_{name}", png(RGB, middle=((tag, data),)), RGB, chunk(tag, data))
    late = kinds["tEXt"], kinds["iTXt"]
    yield read("text_behind_idat", png(RGB, last=late), RGB, *(chunk(*part) for part in late))
    several = tuple((b"tEXt", b"Comment\0%d" % n) for n in range(5))
    yield read("text_five", png(RGB, middle=several), RGB, *(chunk(*part) for part in several))
    same = ((b"tEXt", b"Comment\0same"),) * 2
    twice = Item("tEXt twice", r"tEXt", lambda png: png.data.count(chunk_bytes(*same[0])) == 2)
    yield read("text_same_twice", png(RGB, middle=same), RGB, twice)


def strange_chunks() -> Iterator[Case]:
    """Chunks that are unknown, private, critical or an animation's."""
    for tag in (b"vpAg", b"orNt", b"caNv", b"juNk", b"abcd", b"prVt", b"iDOT", b"abCD", b"caBX", b"npTc"):
        data = b"anything \0 at all"
        if tag in (b"abcd", b"abCD"):
            yield read_or_refused(f"unknown_{tag.decode()}", png(RGB, middle=((tag, data),)), RGB, chunk(tag, data))
        else:
            yield read(f"unknown_{tag.decode()}", png(RGB, middle=((tag, data),)), RGB, chunk(tag, data))
    yield read("unknown_behind_idat", png(RGB, last=((b"vpAg", b"tail"),)), RGB, chunk(b"vpAg", b"tail"))
    yield read("unknown_unsafe_behind_idat", png(RGB, last=((b"vpAG", b"tail"),)), RGB, chunk(b"vpAG", b"tail"))
    yield read("unknown_empty", png(RGB, middle=((b"vpAg", b""),)), RGB, chunk(b"vpAg", b""))
    for tag in (b"ABCD", b"CgBI", b"pLTE", b"pnGx", b"a1bc", b"ab d", b"\0\0\0\0"):
        name = f"strange_{tag.hex()}"
        case = read_or_refused(
            name,
            png(RGB, first=((tag, b"anything"),)),
            RGB,
            lost("a strange chunk", r".*" if not tag.isalpha() else tag.decode()),
        )
        yield unread(case)
    control, frame = struct.pack(">II", 2, 0), struct.pack(">IIIIIHHBB", 0, 9, 7, 0, 0, 1, 10, 0, 0)
    second = struct.pack(">IIIIIHHBB", 1, 9, 7, 0, 0, 1, 10, 0, 0)
    moving = png(
        RGB,
        middle=((b"acTL", control), (b"fcTL", frame)),
        last=((b"fcTL", second), (b"fdAT", b"\0\0\0\2" + zlib.compress(bytes(196)))),
    )
    animation = lost("animation", r"acTL|anim|frame")
    yield read_or_unsupported("apng", moving, RGB, animation)
    still = png(RGB, middle=((b"acTL", struct.pack(">II", 1, 0)), (b"fcTL", frame)))
    yield read_or_unsupported("apng_of_one_frame", still, RGB, animation)
    yield read_or_refused("fctl_alone", png(RGB, middle=((b"fcTL", frame),)), RGB, lost("fcTL"))
    yield read_or_refused("fdat_alone", png(RGB, last=((b"fdAT", b"\0\0\0\2x"),)), RGB, lost("fdAT"))
