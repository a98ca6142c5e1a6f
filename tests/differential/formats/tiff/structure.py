"""TIFF: unusual arrangements and broken files."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import numpy as np
from PIL import Image

from expectation import (
    Case,
    damaged,
    lost,
    read,
    read_or_refused,
    read_or_unsupported,
    refused,
    unread,
)
from formats.tiff import pages as scheme
from formats.tiff.file import LONG, SHORT, Tiff
from formats.tiff.pages import Layout, page
from formats.tiff.parts import ALPHA, BILEVEL, COLOR, GAP, GRAY, single


def structures() -> Iterator[Case]:
    """Unusual but clear arrangements of a file."""
    plain = page(COLOR, Layout(8))
    yield read_or_refused("gap", Tiff([plain], gap=b"hidden in a gap!").file(), COLOR, GAP)
    yield read_or_unsupported("gap_zero", Tiff([plain], gap=bytes(16)).file(), COLOR)
    yield read_or_refused("tail_text", Tiff([plain], tail=b"trailing text").file(), COLOR, GAP)
    yield read_or_refused("tail_zeros", Tiff([plain], tail=bytes(900)).file(), COLOR, GAP)
    longer = page(COLOR, Layout(8))
    longer.blocks[0] += b"hidden in the strip"
    yield read_or_refused("strip_surplus", Tiff([longer]).file(), COLOR, GAP)
    packed = page(COLOR, Layout(8, scheme.DEFLATE))
    packed.blocks[0] += b"hidden in the strip"
    yield read_or_refused("strip_surplus_deflate", Tiff([packed]).file(), COLOR, GAP)
    more = page(COLOR, Layout(8))
    more.blocks.append(b"one strip more")
    yield read_or_refused("strip_more", Tiff([more]).file(), COLOR, lost("a strip", r"strip|bytes|block"))
    unsorted = page(COLOR, Layout(8))
    unsorted.order = (277, 256, 257, 258, 262, 259, 278, 284, 273, 279)
    yield read_or_refused("tags_unsorted", Tiff([unsorted]).file(), COLOR)
    twice = page(COLOR, Layout(8))
    twice.order = (256, 256, 257, 258, 259, 262, 273, 277, 278, 279, 284)
    yield read_or_refused("tags_twice", Tiff([twice]).file(), COLOR)
    yield read_or_refused("bits_one_value", single(COLOR, Layout(8), t258=(SHORT, (8,))), COLOR)
    yield read_or_refused("bits_missing", single(BILEVEL, Layout(1), t258=(SHORT, ())), BILEVEL)
    yield read_or_refused("channels_missing", single(GRAY, Layout(8), t277=(SHORT, ())), GRAY)
    yield read("compression_missing", single(GRAY, Layout(8), t259=(SHORT, ())), GRAY)
    yield read_or_refused("byte_counts_missing", single(GRAY, Layout(8), t279=(LONG, ())), GRAY)
    short = Tiff([page(COLOR, Layout(8, strip=4))]).file()
    yield read("strips_of_4", short, COLOR)
    yield from by_pillow()


def by_pillow() -> Iterator[Case]:
    """Files as libtiff writes them."""
    for name, content, mode in (("gray8", GRAY, "L"), ("rgb8", COLOR, "RGB"), ("rgba8", ALPHA, "RGBA")):
        for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
            file = io.BytesIO()
            pixels = content.samples.astype(np.uint8)
            Image.fromarray(pixels[..., 0] if mode == "L" else pixels, mode).save(file, "TIFF", compression=compression)
            yield read(f"libtiff_{name}_{compression}", file.getvalue(), content)


def broken() -> Iterator[Case]:
    """Files that no reader may accept."""
    whole = single(COLOR, Layout(8))
    for length in (4, 8, 100, len(whole) - 4, len(whole) - 60):
        yield damaged(f"end_at_{length}", whole[:length])
    for name, number in (("none", scheme.NONE), ("lzw", scheme.LZW), ("deflate", scheme.DEFLATE), ("packbits", scheme.PACKBITS)):
        cut = page(COLOR, Layout(8, number))
        cut.blocks[0] = cut.blocks[0][: len(cut.blocks[0]) // 2]
        yield damaged(f"strip_cut_{name}", Tiff([cut]).file())
    noise = page(COLOR, Layout(8, scheme.DEFLATE))
    noise.blocks[0] = noise.blocks[0][:20] + noise.blocks[0][39:19:-1] + noise.blocks[0][40:]
    yield damaged("strip_noise_deflate", Tiff([noise]).file())
    few = page(COLOR, Layout(8, strip=4))
    few.blocks.pop()
    yield damaged("strip_missing", Tiff([few]).file())
    yield damaged("offset_beyond_end", single(COLOR, Layout(8), t273=(LONG, (1 << 24,))))
    yield unread(read_or_refused("length_beyond_end", single(COLOR, Layout(8), t279=(LONG, (1 << 24,))), COLOR))
    for name, tag, values in (
        ("width_0", 256, (0,)),
        ("height_0", 257, (0,)),
        ("channels_0", 277, (0,)),
        ("bits_0", 258, (0, 0, 0)),
        ("planar_3", 284, (3,)),
        ("channels_65535", 277, (65535,)),
    ):
        yield refused(f"broken_{name}", single(COLOR, Layout(8), **{f"t{tag}": (SHORT, values)}))
    yield refused("broken_width_huge", single(COLOR, Layout(8), t256=(LONG, (0x7FFFFFFF,)), t257=(LONG, (0x7FFFFFFF,))))
    yield damaged("broken_width_missing", single(COLOR, Layout(8), t256=(LONG, ())))
    yield damaged("broken_offsets_missing", single(COLOR, Layout(8), t273=(LONG, ())))
    yield refused("broken_tile_0", single(COLOR, Layout(8, tile=(16, 16)), t322=(LONG, (0,))))
    yield damaged("broken_magic", whole[:2] + b"\x2b\0" + whole[4:])
    yield damaged("broken_first_offset", whole[:4] + b"\xff\xff\xff\x7f" + whole[8:])
    yield damaged(
        "broken_type_99", single(COLOR, Layout(8)).replace(struct.pack("<HHI", 256, 4, 1), struct.pack("<HHI", 256, 99, 1))
    )
