"""BMP: 16 and 32 bits with masks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from expectation import (
    Case,
    Content,
    Samples,
    read,
    read_or_unsupported,
    refused,
    unread,
    unsupported,
)
from formats.bmp.writer import ALPHA_BITFIELDS, BITFIELDS, RESERVED, Bitmap, bitmap, rows, words
from pictures import samples


def spread(values: Samples, mask: int) -> NDArray[np.uint64]:
    """Samples at the place of a mask."""
    shift = (mask & -mask).bit_length() - 1 if mask else 0
    return (values.astype(np.uint64) << np.uint64(shift)) & np.uint64(mask)


def masked(masks: tuple[int, ...], bits: int, width: int = 7, height: int = 5) -> tuple[Content, bytes]:
    """An image with a sample for each mask, and its rows."""
    channels, parts, total = [], [], np.zeros((height, width), np.uint64)
    for index, mask in enumerate(masks):
        depth = bin(mask).count("1")
        channel = samples(width, height, 1, max(depth, 1), index)[..., 0] if depth else np.zeros((height, width), np.uint16)
        channels.append(np.rint(channel * (255 / ((1 << depth) - 1))).astype(np.uint16) if depth else channel)
        parts.append(channel)
        total |= spread(channel, mask)
    return Content(np.stack(channels, axis=2), 255), rows(words(total, "<u4" if bits == 32 else "<u2"))


def expansions(masks: tuple[int, ...], content: Content) -> tuple[Content, Content]:
    """The other usual ways from 5 and 6 bits to 8, all invertible: the highest bits again, and rounding down."""
    repeated, floored = [], []
    for index, mask in enumerate(masks):
        depth = bin(mask).count("1")
        largest = (1 << depth) - 1
        value = np.rint(content.samples[..., index] * (largest / 255)).astype(np.uint16)
        repeated.append(sum(((value << (8 - depth)) >> shift for shift in range(0, 8, depth)), np.zeros_like(value)))
        floored.append((value.astype(np.uint32) * 255 // largest).astype(np.uint16))
    return Content(np.stack(repeated, axis=2), 255), Content(np.stack(floored, axis=2), 255)


def bit_fields() -> Iterator[Case]:
    """16 and 32 bits with masks."""
    five = (0x7C00, 0x03E0, 0x001F)
    content, data = masked(five, 16)
    yield replace(read("rgb16", bitmap(content, 16, data), content), alternatives=expansions(five, content))
    case = read("rgb16_top_down", Bitmap(7, -5, 16, rows(unrow(data, 14, 5), True)).bytes(), content)
    yield replace(case, alternatives=expansions(five, content))
    sixteen = {"555": five, "565": (0xF800, 0x07E0, 0x001F), "bgr565": (0x001F, 0x07E0, 0xF800), "444": (0x0F00, 0x00F0, 0x000F)}
    for name, masks in sixteen.items():
        content, data = masked(masks, 16)
        make = read if name in ("555", "565") else read_or_unsupported
        case = make(f"fields16_{name}", bitmap(content, 16, data, compression=BITFIELDS, masks=masks), content)
        yield replace(unread(case) if make is not read else case, alternatives=expansions(masks, content))
    yield from unused_bits()
    thirty_two = {
        "888": (0xFF0000, 0xFF00, 0xFF),
        "rgbx": (0xFF000000, 0xFF0000, 0xFF00),
        "xbgr": (0xFF, 0xFF00, 0xFF0000),
        "grb": (0xFF00, 0xFF0000, 0xFF),
    }
    for name, masks in thirty_two.items():
        content, data = masked(masks, 32)
        make = read if name in ("888", "xbgr") else read_or_unsupported
        yield unread(make(f"fields32_{name}", bitmap(content, 32, data, compression=BITFIELDS, masks=masks), content))
    yield from alpha_masks()
    for name, masks in {
        "101010": (0x3FF00000, 0xFFC00, 0x3FF),
        "11_11_10": (0xFFE00000, 0x1FFC00, 0x3FF),
        "9_9_9": (0x7FC0000, 0x3FE00, 0x1FF),
        "16_8_8": (0xFFFF0000, 0xFF00, 0xFF),
    }.items():
        depth_content, data = masked(masks, 32)
        yield unsupported(f"fields32_{name}", bitmap(depth_content, 32, data, compression=BITFIELDS, masks=masks))
    for name, masks in {"split": (0xF0F00000, 0xFF00, 0xFF), "overlap": (0xFF00, 0xFF00, 0xFF), "none": (0, 0, 0)}.items():
        content, data = masked((0xFF0000, 0xFF00, 0xFF), 32)
        yield refused(f"fields32_{name}", bitmap(content, 32, data, compression=BITFIELDS, masks=masks))
    content, data = masked((0xFF0000, 0xFF00, 0xFF), 32)
    outside = rows(
        words(
            spread(content.samples[..., 0], 0xFF0000)
            | spread(content.samples[..., 1], 0xFF00)
            | spread(content.samples[..., 2], 0xFF)
            | np.uint64(0x5A000000),
            "<u4",
        )
    )
    case = read_or_unsupported(
        "fields32_bits_outside",
        bitmap(content, 32, outside, compression=BITFIELDS, masks=(0xFF0000, 0xFF00, 0xFF)),
        content,
        RESERVED,
    )
    yield unread(case)


def unused_bits() -> Iterator[Case]:
    """16 bits of which some are in no mask, and rows whose padding is not zero."""
    kinds = {"555": ((0x7C00, 0x03E0, 0x001F), 0x8000), "444": ((0x0F00, 0x00F0, 0x000F), 0xF000), "gaps": ((0xE000, 0x0380, 0x000E), 0x1C71)}
    for name, (masks, unused) in kinds.items():
        for width, height in ((7, 5), (60, 40)):
            content, data = masked(masks, 16, width, height)
            values = np.concatenate([np.frombuffer(line, "<u2") for line in unrow(data, 2 * width, height)]).reshape(height, width)
            stray = (np.arange(width * height).reshape(height, width) * 40503 >> 3) & unused
            filled = rows(words((values | stray).astype(np.uint16), "<u2"), padding=0x5A)
            fields = {} if name == "555" else {"compression": BITFIELDS, "masks": masks}
            case = read_or_unsupported(f"unused16_{name}_{width}", bitmap(content, 16, filled, **fields), content, RESERVED)
            yield replace(unread(case), alternatives=expansions(masks, content))


def unrow(data: bytes, length: int, count: int) -> list[bytes]:
    """Rows of a bottom-up file → lines, the top one first, without padding."""
    stride = length + -length % 4
    return [data[at * stride : at * stride + length] for at in range(count)][::-1]


def alpha_masks() -> Iterator[Case]:
    """Masks with alpha, in the headers that have room for it."""
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    content, data = masked(masks, 32)
    for header in ("v3", "v4", "v5"):
        yield unread(
            read(f"alpha32_{header}", bitmap(content, 32, data, header=header, compression=BITFIELDS, masks=masks), content)
        )
    after = bitmap(content, 32, data, compression=ALPHA_BITFIELDS, masks=masks)
    yield unread(read_or_unsupported("alpha32_alphabitfields", after, content))
    swapped = (0xFF, 0xFF00, 0xFF0000, 0xFF000000)
    content, data = masked(swapped, 32)
    yield unread(
        read_or_unsupported("alpha32_rgba", bitmap(content, 32, data, header="v5", compression=BITFIELDS, masks=swapped), content)
    )
    for name, small in {"1555": (0x7C00, 0x3E0, 0x1F, 0x8000), "4444": (0xF00, 0xF0, 0xF, 0xF000)}.items():
        content, data = masked(small, 16)
        case = read_or_unsupported(
            f"alpha16_{name}", bitmap(content, 16, data, header="v4", compression=BITFIELDS, masks=small), content
        )
        yield unread(replace(case, alternatives=expansions(small, content)))
    content, data = masked(masks, 32)
    clear = Content(content.samples.copy(), 255)
    clear.samples[..., 3] = 0
    hidden = words(sum((spread(clear.samples[..., i], masks[i]) for i in range(3)), np.zeros((5, 7), np.uint64)), "<u4")
    yield unread(
        read_or_unsupported(
            "alpha32_all_clear", bitmap(clear, 32, rows(hidden), header="v5", compression=BITFIELDS, masks=masks), clear
        )
    )
