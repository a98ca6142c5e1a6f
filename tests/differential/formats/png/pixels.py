"""PNG: colour types, streams and transparency."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace

from expectation import (
    Case,
    chunk,
    damaged,
    lost,
    read,
    read_or_refused,
    refused,
    unread,
)
from formats.png.writer import DEPTHS, GRAY, RGB, png
from pictures import indexed, palette, picture
from png_file import chunk_bytes, encode_rows


def kinds() -> Iterator[Case]:
    """Colour types, depths, interlace, sizes, palettes."""
    for name, (channels, depths) in DEPTHS.items():
        for depth in depths:
            content = picture(13, 9, channels, depth)
            yield read(f"{name}{depth}", png(content, depth), content)
            yield read(f"{name}{depth}_interlaced", png(content, depth, interlaced=True), content)
    for depth, count in ((1, 1), (1, 2), (2, 3), (2, 4), (4, 5), (4, 16), (8, 3), (8, 17), (8, 255), (8, 256)):
        content = indexed(19, 14, count)
        yield read(f"palette{depth}_{count}", png(content, depth), content)
        yield read(f"palette{depth}_{count}_interlaced", png(content, depth, interlaced=True), content)
    for width, height in ((1, 1), (1, 9), (9, 1), (2, 2), (3, 5), (5, 3), (4, 4), (8, 8)):
        content = picture(width, height, 3, 8)
        yield read(f"size_{width}x{height}_interlaced", png(content, interlaced=True), content)
    unused = replace(indexed(9, 7, 4), palette=palette(200))
    yield read("palette8_unused_entries", png(unused), unused)
    twins = replace(indexed(9, 7, 4), palette=((9, 9, 9),) * 4)
    yield read("palette8_equal_entries", png(twins), twins)
    for depth, count in ((1, 3), (2, 5), (4, 17)):
        content = replace(indexed(9, 7, 2), palette=palette(count))
        yield read_or_refused(f"palette{depth}_too_many_entries", png(content, depth), content)
    beyond = replace(indexed(9, 7, 4), palette=palette(3))
    yield unread(read_or_refused("palette8_index_beyond", png(beyond), beyond))
    yield unread(read_or_refused("palette4_index_beyond_interlaced", png(beyond, 4, interlaced=True), beyond))


def streams() -> Iterator[Case]:
    """Filters, deflate's variants, the division into IDAT chunks."""
    for kind in range(5):
        for name, content, depth in (("rgb8", RGB, 8), ("gray16", picture(9, 7, 1, 16), 16), ("gray1", picture(21, 7, 1, 1), 1)):
            yield read(f"filter{kind}_{name}", png(content, depth, filters=(kind,)), content)
    rows = encode_rows(RGB.samples, 8, False, (0,))
    strategies = {"filtered": zlib.Z_FILTERED, "huffman": zlib.Z_HUFFMAN_ONLY, "rle": zlib.Z_RLE, "fixed": zlib.Z_FIXED}
    for name, strategy in strategies.items():
        packer = zlib.compressobj(6, zlib.DEFLATED, 9, 9, strategy)
        yield read(f"deflate_{name}", png(RGB, stream=packer.compress(rows) + packer.flush()), RGB)
    for level in (0, 1, 9):
        yield read(f"deflate_level{level}", png(RGB, stream=zlib.compress(rows, level)), RGB)
    packer = zlib.compressobj()
    flushed = b"".join(packer.compress(rows[at : at + 40]) + packer.flush(zlib.Z_FULL_FLUSH) for at in range(0, len(rows), 40))
    yield read("deflate_flushes", png(RGB, stream=flushed + packer.flush()), RGB)
    for split in (1, 2, 7, 64):
        yield read(f"idat_of_{split}", png(RGB, split=split), RGB)
    stream = zlib.compress(rows)
    empty = ((b"IDAT", b""),)
    yield read("idat_empty_first", png(RGB, middle=empty), RGB)
    yield read("idat_empty_last", png(RGB, last=empty), RGB)
    surplus = lost("bytes behind the deflate stream", r"IDAT|deflate|image data|trailing")
    yield read_or_refused("idat_surplus_bytes", png(RGB, stream=stream + b"secret"), RGB, surplus)
    yield read_or_refused("idat_surplus_chunk", png(RGB, last=((b"IDAT", b"secret" * 9),)), RGB, surplus)
    more = zlib.compress(rows + b"\0" + b"secret" * 9)
    yield unread(read_or_refused("idat_surplus_rows", png(RGB, stream=more), RGB, surplus))
    yield damaged("idat_adler", png(RGB, stream=stream[:-1] + bytes([stream[-1] ^ 1])))
    no_adler = read_or_refused(
        "idat_no_adler", png(RGB, stream=stream[:-4]), RGB, lost("missing checksum", r"adler|checksum|trunc|end")
    )
    yield unread(no_adler)
    yield damaged("idat_cut", png(RGB, stream=stream[: len(stream) // 2]))
    yield damaged("idat_few_rows", png(RGB, stream=zlib.compress(rows[:-1])))
    yield damaged("idat_none", png(RGB, stream=b""))
    yield damaged("idat_noise", png(RGB, stream=b"\x78\x9c" + bytes(range(7, 99))))
    yield damaged("idat_filter_5", png(RGB, stream=zlib.compress(b"\5" + rows[1:])))
    yield damaged("idat_dictionary", png(RGB, stream=b"\x78\xbb" + stream[2:]))
    parted = png(RGB, split=40)
    text = chunk_bytes(b"tEXt", b"Title\0between")
    at = parted.index(b"IDAT", parted.index(b"IDAT") + 4) - 4
    yield refused("idat_not_consecutive", parted[:at] + text + parted[at:])


def transparency() -> Iterator[Case]:
    """tRNS, legal and not."""
    for depth in (1, 2, 4, 8, 16):
        content = picture(13, 9, 1, depth)
        content = replace(content, key=tuple(int(value) for value in content.samples[3, 4]))
        yield read(f"key_gray{depth}", png(content, depth), content)
        yield read(f"key_gray{depth}_interlaced", png(content, depth, interlaced=True), content)
    for depth in (8, 16):
        content = picture(13, 9, 3, depth)
        content = replace(content, key=tuple(int(value) for value in content.samples[3, 4]))
        yield read(f"key_rgb{depth}", png(content, depth), content)
    absent = replace(RGB, key=(1, 2, 3))
    yield read("key_rgb8_absent", png(absent), absent)
    for alpha in ((0,), (255, 0), (1, 2, 3, 4), (255, 255, 255, 255), (0,) * 4):
        content = indexed(9, 7, 4, alpha=alpha)
        yield read(f"alpha_palette_{'_'.join(map(str, alpha))}", png(content, 2), content)
    content = indexed(19, 14, 256, alpha=tuple(range(256)))
    yield read("alpha_palette_256", png(content), content)
    ignored = lost("tRNS")
    for name, content, data in (
        ("rgba", picture(9, 7, 4, 8), b"\0\1\0\2\0\3"),
        ("gray_alpha", picture(9, 7, 2, 8), b"\0\1"),
        ("rgba_empty", picture(9, 7, 4, 8), b""),
    ):
        yield read(f"trns_illegal_{name}", png(content, middle=((b"tRNS", data),)), content, ignored)
    keyed = replace(GRAY, key=(int(GRAY.samples[0, 0, 0]),))
    for name, content, data in (
        ("gray_1", GRAY, b"\x09"),
        ("gray_4", GRAY, b"\0\1\0\2"),
        ("rgb_2", RGB, b"\0\1"),
        ("rgb_0", RGB, b""),
    ):
        yield unread(read_or_refused(f"trns_length_{name}", png(content, middle=((b"tRNS", data),)), content, ignored))
    late = png(GRAY, last=((b"tRNS", b"\0\x09"),))
    yield unread(read_or_refused("trns_behind_idat", late, GRAY, ignored))
    twice = png(keyed, middle=((b"tRNS", b"\0\xff"),))
    yield unread(read_or_refused("trns_twice", twice, keyed, ignored))
    content = indexed(9, 7, 4)
    early = png(content, first=((b"tRNS", b"\0\7"),))
    case = unread(read_or_refused("trns_before_plte", early, content, chunk(b"tRNS", b"\0\7")))
    yield replace(case, alternatives=(replace(content, alpha=(0, 7)),))
    yield unread(read_or_refused("trns_too_long", png(content, middle=((b"tRNS", bytes(9)),)), content, ignored))
    wide = png(GRAY, middle=((b"tRNS", b"\1\x09"),))
    case = unread(read_or_refused("trns_key_beyond_depth", wide, GRAY, chunk(b"tRNS", b"\1\x09")))
    yield replace(case, alternatives=(replace(GRAY, key=(9,)), replace(GRAY, key=(265,))))
