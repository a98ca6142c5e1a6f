"""TIFF: depths, compressions, predictors, strips, tiles and planes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import imagecodecs
import numpy as np

from expectation import (
    Case,
    Content,
    damaged,
    read,
    read_or_refused,
    read_or_unsupported,
    refused,
    unread,
    unsupported,
)
from formats.tiff import pages as scheme
from formats.tiff.file import BYTE, LONG, SHORT, Tiff
from formats.tiff.pages import Layout, fax_page, page
from formats.tiff.parts import ALPHA, BILEVEL, COLOR, DEEP, GRAY, single
from pictures import picture


def depths() -> Iterator[Case]:
    """Bits per sample, in both byte orders and BigTIFF."""
    for depth in (1, 2, 4, 8, 16):
        content = picture(21, 17, 1, depth)
        make = read if depth in (1, 8, 16) else read_or_unsupported
        yield make(f"gray{depth}", single(content, Layout(depth)), content)
    for depth in (6, 10, 12, 14):
        content = picture(21, 17, 1, depth)
        yield unsupported(f"gray{depth}", single(content, Layout(depth)))
    for name, content, depth in (
        ("rgb8", COLOR, 8),
        ("rgb16", DEEP, 16),
        ("gray16", picture(21, 17, 1, 16), 16),
        ("gray8", GRAY, 8),
    ):
        for order in "<>":
            for is_big in (False, True):
                kind = ("big" if is_big else "") + ("le" if order == "<" else "be")
                yield read(
                    f"{name}_{kind}", Tiff([page(content, Layout(depth, byte_order=order))], order, is_big).file(), content
                )
    wide = Content(picture(21, 17, 1, 16).samples, 65535)
    yield unsupported("gray32", single(wide, Layout(32)))
    yield unsupported("rgb32", single(Content(DEEP.samples, 65535), Layout(32)))
    yield unsupported("rgb4", single(picture(21, 17, 3, 4), Layout(4)))
    yield unsupported("rgb1", single(picture(21, 17, 3, 1), Layout(1)))
    for number in (2, 3, 4):
        yield unsupported(f"sample_format_{number}", single(GRAY, Layout(8), t339=(SHORT, (number,))))
    yield unsupported("float32", single(Content(GRAY.samples, 255), Layout(32), t339=(SHORT, (3,))))
    yield unsupported("float16", single(Content(GRAY.samples, 255), Layout(16), t339=(SHORT, (3,))))
    yield unsupported("mixed_bits", single(COLOR, Layout(8), t258=(SHORT, (5, 6, 5))))


def compressions() -> Iterator[Case]:
    """Every compression scheme."""
    names = {
        "lzw": scheme.LZW,
        "deflate": scheme.DEFLATE,
        "old_deflate": scheme.OLD_DEFLATE,
        "packbits": scheme.PACKBITS,
        "lzma": scheme.LZMA,
        "zstd": scheme.ZSTD,
    }
    for name, number in names.items():
        make = read_or_unsupported if name in ("lzma", "zstd", "old_deflate") else read
        for kind, content, depth in (("gray1", BILEVEL, 1), ("gray8", GRAY, 8), ("rgb8", COLOR, 8), ("rgb16", DEEP, 16)):
            yield make(f"{name}_{kind}", single(content, Layout(depth, number)), content)
        yield make(f"{name}_strips", single(COLOR, Layout(8, number, strip=5)), COLOR)
        yield make(f"{name}_tiles", single(COLOR, Layout(8, number, tile=(16, 16))), COLOR)
        yield make(f"{name}_gray_tiles", single(GRAY, Layout(8, number, tile=(16, 32))), GRAY)
        flat = replace(GRAY, samples=np.full_like(GRAY.samples, 77))
        yield make(f"{name}_flat", single(flat, Layout(8, number)), flat)
    large = picture(150, 90, 3, 8)
    yield read("lzw_large", single(large, Layout(8, scheme.LZW)), large)
    yield read("lzw_large_tiles", single(large, Layout(8, scheme.LZW, tile=(64, 64))), large)
    for name, number in {"ccitt": scheme.CCITT, "group3": scheme.GROUP3, "group4": scheme.GROUP4}.items():
        yield read_or_unsupported(f"{name}_white_is_zero", Tiff([fax_page(BILEVEL, number)]).file(), BILEVEL)
        yield read_or_unsupported(f"{name}_black_is_zero", Tiff([fax_page(BILEVEL, number, 1, 1)]).file(), BILEVEL)
    yield from damaged_fax()
    encoded = {
        "jpeg": (scheme.JPEG, imagecodecs.jpeg_encode(COLOR.samples.astype(np.uint8), 90), scheme.YCBCR),
        "old_jpeg": (scheme.OLD_JPEG, imagecodecs.jpeg_encode(COLOR.samples.astype(np.uint8), 90), scheme.YCBCR),
        "webp_lossy": (scheme.WEBP, imagecodecs.webp_encode(COLOR.samples.astype(np.uint8), 80), scheme.RGB),
    }
    for name, (number, block, photometric) in encoded.items():
        yield unsupported(name, whole_block(COLOR, number, bytes(block), photometric))
    gray = bytes(imagecodecs.jpeg_encode(GRAY.samples[..., 0].astype(np.uint8), 90))
    frame = gray.index(b"\xff\xc0")
    thirds = gray[: frame + 11] + b"\x31" + gray[frame + 12 :]
    height = b"\xff\xdc\0\4" + gray[frame + 5 : frame + 7]
    defined = gray[: frame + 5] + bytes(2) + gray[frame + 7 : -2] + height + gray[-2:]
    for name, stream in {"sampling_3": thirds, "height_behind": defined}.items():
        case = unsupported(f"jpeg_{name}", whole_block(GRAY, scheme.JPEG, stream, scheme.BLACK_IS_ZERO))
        yield replace(case, options=("--allow-lossy-source",))
    lossless = imagecodecs.webp_encode(COLOR.samples.astype(np.uint8), lossless=True)
    yield read_or_unsupported("webp_lossless", whole_block(COLOR, scheme.WEBP, bytes(lossless), scheme.RGB), COLOR)
    png = imagecodecs.png_encode(COLOR.samples.astype(np.uint8))
    yield read_or_unsupported("png_inside", whole_block(COLOR, 34933, bytes(png), scheme.RGB), COLOR)
    for number in (32766, 32809, 34712, 34887, 65000, 0):
        yield unsupported(f"compression_{number}", whole_block(COLOR, number, bytes(500), scheme.RGB))


def damaged_fax() -> Iterator[Case]:
    """Group 4 with codes that no encoder writes."""
    for name, change in {
        "wrong_code": lambda strip: b"\0\0" + strip[2:],
        "cut": lambda strip: strip[: len(strip) // 2],
        "empty": lambda strip: b"",
        "uncompressed_mode": lambda strip: b"\2" + strip[1:],
        "long_row": lambda strip: b"\x26\x9b\x9b" + strip,
    }.items():
        broken = fax_page(BILEVEL, scheme.GROUP4)
        broken.blocks = [change(broken.blocks[0])]
        yield damaged(f"group4_{name}", Tiff([broken]).file())


def whole_block(content: Content, compression: int, block: bytes, photometric: int) -> bytes:
    """A page whose only strip is given."""
    plain = page(content, Layout(8, photometric=photometric, tags=((259, (SHORT, (compression,))),)))
    plain.blocks = [block]
    return Tiff([plain]).file()


def predictors() -> Iterator[Case]:
    """Predictor 2 over kinds, depths and layouts."""
    kinds = {
        "gray8": (GRAY, 8),
        "gray16": (picture(21, 17, 1, 16), 16),
        "rgb8": (COLOR, 8),
        "rgb16": (DEEP, 16),
        "rgba8": (ALPHA, 8),
        "rgba16": (picture(21, 17, 4, 16), 16),
    }
    for name, (content, depth) in kinds.items():
        extra = (2,) if content.channels == 4 else ()
        for number, packer in ((scheme.LZW, "lzw"), (scheme.DEFLATE, "deflate")):
            yield read(f"predictor_{packer}_{name}", single(content, Layout(depth, number, 2, extra=extra, strip=4)), content)
        yield read(f"predictor_tiles_{name}", single(content, Layout(depth, scheme.LZW, 2, extra=extra, tile=(16, 16))), content)
        yield read(
            f"predictor_be_{name}", single(content, Layout(depth, scheme.DEFLATE, 2, extra=extra, byte_order=">")), content
        )
    planar = Layout(8, scheme.LZW, 2, planar=2)
    yield read_or_unsupported("predictor_planar", single(COLOR, planar), COLOR)
    yield read_or_unsupported("predictor_planar_tiles", single(COLOR, replace(planar, tile=(16, 16))), COLOR)
    yield unsupported("predictor_float", single(GRAY, Layout(32, scheme.LZW), t317=(SHORT, (3,)), t339=(SHORT, (3,))))
    yield refused("predictor_float_of_integers", single(GRAY, Layout(8, scheme.LZW), t317=(SHORT, (3,))))
    yield refused("predictor_9", single(GRAY, Layout(8, scheme.LZW), t317=(SHORT, (9,))))
    yield unread(read_or_refused("predictor_uncompressed", single(GRAY, Layout(8), t317=(SHORT, (2,))), GRAY))
    bits = picture(21, 17, 1, 1)
    yield refused("predictor_1_bit", single(bits, Layout(1, scheme.LZW), t317=(SHORT, (2,))))


def layouts() -> Iterator[Case]:
    """Strips, tiles and planes."""
    for strip in (1, 3, 17, 40):
        yield read(f"strips_of_{strip}", single(COLOR, Layout(8, strip=strip)), COLOR)
    yield read("strips_default", single(COLOR, Layout(8), t278=(LONG, ())), COLOR)
    yield read("strips_infinite", single(COLOR, Layout(8), t278=(LONG, (0xFFFFFFFF,))), COLOR)
    for tile in ((16, 16), (32, 16), (16, 48), (64, 64)):
        yield read(f"tiles_{tile[0]}x{tile[1]}", single(COLOR, Layout(8, tile=tile)), COLOR)
    yield read(
        "tiles_gray16_be", single(picture(21, 17, 1, 16), Layout(16, tile=(16, 16), byte_order=">")), picture(21, 17, 1, 16)
    )
    yield read_or_unsupported("tiles_bilevel", single(BILEVEL, Layout(1, tile=(16, 16))), BILEVEL)
    yield read_or_refused("tiles_odd", single(COLOR, Layout(8, tile=(10, 10))), COLOR)
    for depth, content in ((8, COLOR), (16, DEEP)):
        for order in "<>":
            name = f"planar_{depth}_{'le' if order == '<' else 'be'}"
            yield read_or_unsupported(name, single(content, Layout(depth, planar=2, byte_order=order)), content)
        yield read_or_unsupported(f"planar_{depth}_strips", single(content, Layout(depth, planar=2, strip=5)), content)
        yield read_or_unsupported(f"planar_{depth}_tiles", single(content, Layout(depth, planar=2, tile=(16, 16))), content)
    yield read_or_unsupported("planar_rgba", single(ALPHA, Layout(8, planar=2, extra=(2,))), ALPHA)
    yield read("planar_gray", single(GRAY, Layout(8, planar=2)), GRAY)
    for width, height in ((1, 1), (1, 9), (9, 1), (7, 3)):
        small = picture(width, height, 3, 8)
        yield read(f"size_{width}x{height}", single(small, Layout(8)), small)
    short = Layout(8, strip=4)
    yield read("short_offsets", single(COLOR, short, t273=(SHORT, offsets(COLOR, short))), COLOR)
    yield unread(read_or_refused("byte_sizes", single(COLOR, Layout(8), t256=(BYTE, (21,)), t257=(BYTE, (17,))), COLOR))


def offsets(content: Content, layout: Layout) -> tuple[int, ...]:
    """Where the blocks of the first page are."""
    at, found = 8, []
    for block in scheme.blocks(content.samples, layout):
        at += at % 2
        found.append(at)
        at += len(block)
    return tuple(found)


def fill_orders() -> Iterator[Case]:
    """FillOrder 2: the first pixel in the lowest bit."""
    for name, number in (("none", scheme.NONE), ("packbits", scheme.PACKBITS), ("lzw", scheme.LZW), ("deflate", scheme.DEFLATE)):
        yield unread(read_or_unsupported(f"fill2_1bit_{name}", single(BILEVEL, Layout(1, number, fill_order=2)), BILEVEL))
    case = read_or_unsupported("fill2_1bit_white_is_zero", single(BILEVEL, Layout(1, fill_order=2, photometric=0)), BILEVEL)
    yield case
    yield read_or_unsupported("fill2_1bit_tiles", single(BILEVEL, Layout(1, fill_order=2, tile=(16, 16))), BILEVEL)
    yield read_or_unsupported("fill2_4bit", single(picture(21, 17, 1, 4), Layout(4, fill_order=2)), picture(21, 17, 1, 4))
    for number, name in ((scheme.CCITT, "ccitt"), (scheme.GROUP3, "group3"), (scheme.GROUP4, "group4")):
        yield read_or_unsupported(f"fill2_{name}", Tiff([fax_page(BILEVEL, number, 2)]).file(), BILEVEL)
    yield unread(read_or_unsupported("fill2_8bit", single(GRAY, Layout(8, fill_order=2)), GRAY))
    yield read("fill1", single(BILEVEL, Layout(1), t266=(SHORT, (1,))), BILEVEL)
    yield refused("fill3", single(BILEVEL, Layout(1), t266=(SHORT, (3,))))
