"""QOI files."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace

import imagecodecs
import numpy as np

from expectation import Case, Content, Item, damaged, lost, read, read_or_refused, read_or_unsupported, refused, unread
from pictures import picture

Pixel = tuple[int, int, int, int]
END = bytes(7) + b"\1"
LINEAR = lost("linear colour space", r"linear|colou?r ?space")
TRAILING = lost("trailing bytes", r"trail|behind|after|bytes")


def qoi(width: int, height: int, operations: bytes, channels: int = 3, space: int = 0) -> bytes:
    """A file of given operations."""
    return b"qoif" + struct.pack(">IIBB", width, height, channels, space) + operations + END


def decoded(width: int, height: int, operations: bytes, channels: int) -> Content:
    """What operations mean, by the letter of the format."""
    pixel: Pixel = (0, 0, 0, 255)
    seen: list[Pixel] = [(0, 0, 0, 0)] * 64
    out: list[Pixel] = []
    at = 0
    while len(out) < width * height:
        op = operations[at]
        at += 1
        count = 1
        if op == 0xFE:
            red, green, blue = operations[at : at + 3]
            pixel = (red, green, blue, pixel[3])
            at += 3
        elif op == 0xFF:
            pixel = tuple(operations[at : at + 4])  # type: ignore[assignment]
            at += 4
        elif op >> 6 == 0:
            pixel = seen[op]
        elif op >> 6 == 1:
            steps = (op >> 4 & 3) - 2, (op >> 2 & 3) - 2, (op & 3) - 2
            pixel = (*((value + step) % 256 for value, step in zip(pixel, steps)), pixel[3])  # type: ignore[assignment]
        elif op >> 6 == 2:
            green, rest = (op & 63) - 32, operations[at]
            at += 1
            steps = green - 8 + (rest >> 4), green, green - 8 + (rest & 15)
            pixel = (*((value + step) % 256 for value, step in zip(pixel, steps)), pixel[3])  # type: ignore[assignment]
        else:
            count = (op & 63) + 1
        seen[(pixel[0] * 3 + pixel[1] * 5 + pixel[2] * 7 + pixel[3] * 11) % 64] = pixel
        out += [pixel] * count
    values = np.array(out[: width * height], np.uint16).reshape(height, width, 4)
    return Content(values[..., :channels], 255)


def cases() -> Iterator[Case]:
    """All of them."""
    for part in (operations, images, headers, broken):
        for case in part():
            yield replace(case, name=f"qoi/{case.name}.qoi", comes_back=True)


def operations() -> Iterator[Case]:
    """Each operation, and pairs that decoders got wrong."""
    rgb, rgba = b"\xfe\x0a\x14\x1e", b"\xff\x0a\x14\x1e\x80"
    streams = {
        "rgb": (1, rgb, 3),
        "rgba": (1, rgba, 4),
        "run": (3, b"\xc2", 3),
        "run_of_62": (62, b"\xfd", 3),
        "index_of_nothing": (1, b"\x05", 4),
        "run_then_index": (3, b"\xc0" + rgb + b"\x35", 3),
        "run_then_index_4": (3, b"\xc0" + rgb + b"\x35", 4),
        "run_then_index_rgba": (3, b"\xc0" + rgba + b"\x35", 4),
        "index_of_start": (2, rgb + b"\x35", 3),
        "index_of_start_rgba": (2, rgba + b"\x35", 4),
        "index_then_run": (5, rgb + b"\xc1" + b"\x35" + b"\xc0", 3),
        "index": (3, rgb + b"\xfe\x01\x02\x03" + bytes([(10 * 3 + 20 * 5 + 30 * 7 + 255 * 11) % 64]), 3),
        "diff": (3, rgb + b"\x40\x7f", 3),
        "diff_wraps": (3, b"\xfe\0\xff\0" + b"\x40\x7f", 3),
        "luma": (3, rgb + b"\x80\x0f" + b"\xbf\xf0", 3),
        "luma_wraps": (2, b"\xfe\x01\x02\x03" + b"\x80\x00", 3),
        "rgb_keeps_alpha": (2, rgba + b"\xfe\x01\x02\x03", 4),
        "diff_keeps_alpha": (2, rgba + b"\x7f", 4),
        "index_zero_zero": (2, b"\x00\x00", 4),
        "rgba_in_rgb_file": (2, b"\xff\x01\x02\x03\xff\xc0", 3),
        "start_run_diff": (3, b"\xc0\x7f\x35", 3),
        "start_diff_index": (3, b"\x7f\x6a\x35", 3),
    }
    for name, (count, stream, channels) in streams.items():
        content = decoded(count, 1, stream, channels)
        make = read_or_unsupported if name == "rgba_in_rgb_file" else read
        case = make(name, qoi(count, 1, stream, channels), content)
        yield unread(case) if name.startswith("run_then_index") else case
    hidden = b"\xff\x0a\x14\x1e\x80\xc0"
    opaque = decoded(2, 1, hidden, 3)
    yield unread(read_or_refused("alpha_in_rgb_file", qoi(2, 1, hidden, 3), opaque, lost("alpha", r"alpha|channel")))


def space_of(data: bytes) -> tuple[Item, ...]:
    """What is lost of a file that says its samples are linear, as imagecodecs says of those with alpha."""
    return (LINEAR,) if data[13] else ()


def images() -> Iterator[Case]:
    """Images as an encoder writes them."""
    for channels in (3, 4):
        for width, height in ((1, 1), (17, 13), (64, 3)):
            content = picture(width, height, channels, 8)
            data = imagecodecs.qoi_encode(content.samples.astype(np.uint8))
            yield read(f"image_{channels}_{width}x{height}", bytes(data), content, *space_of(data))
    flat = replace(picture(40, 9, 3, 8), samples=np.full((9, 40, 3), 200, np.uint16))
    yield read("image_flat", bytes(imagecodecs.qoi_encode(flat.samples.astype(np.uint8))), flat)
    few = picture(40, 9, 4, 8)
    few = replace(few, samples=few.samples // 64 * 64)
    data = bytes(imagecodecs.qoi_encode(few.samples.astype(np.uint8)))
    yield read("image_few_colors", data, few, *space_of(data))


def headers() -> Iterator[Case]:
    """The two bytes of the header that say something, and what is behind the end."""
    stream = b"\xfe\x0a\x14\x1e\xc1"
    content = decoded(3, 1, stream, 3)
    with_alpha = decoded(3, 1, b"\xff\x0a\x14\x1e\x80\xc1", 4)
    yield read("linear", qoi(3, 1, stream, 3, 1), content, LINEAR)
    yield read("linear_rgba", qoi(3, 1, b"\xff\x0a\x14\x1e\x80\xc1", 4, 1), with_alpha, LINEAR)
    yield refused("space_2", qoi(3, 1, stream, 3, 2))
    yield refused("channels_2", qoi(3, 1, stream, 2))
    yield refused("channels_5", qoi(3, 1, stream, 5))
    opaque = decoded(3, 1, stream, 4)
    yield read("rgba_opaque", qoi(3, 1, stream, 4), opaque)
    for name, tail in {"byte": b"\0", "text": b"trailing text", "file": qoi(3, 1, stream)}.items():
        yield unread(read_or_refused(f"tail_{name}", qoi(3, 1, stream) + tail, content, TRAILING))
    yield unread(
        read_or_refused(
            "run_too_long", qoi(3, 1, b"\xfe\x0a\x14\x1e\xd0"), content, lost("pixels behind the last", r"pixel|run|bytes|behind")
        )
    )
    yield unread(read_or_refused("operations_too_many", qoi(3, 1, stream + b"\xfe\1\2\3"), content, TRAILING))


def broken() -> Iterator[Case]:
    """Files that no reader may accept."""
    whole = qoi(3, 1, b"\xfe\x0a\x14\x1e\x7f\x6a")
    for length in (3, 4, 10, 14, 16, 19):
        yield damaged(f"end_at_{length}", whole[:length])
    yield damaged("end_half", whole[:-4])
    yield damaged("end_wrong", whole[:-1] + b"\2")
    yield damaged("few_operations", qoi(3, 2, b"\xfe\x0a\x14\x1e\x7f"))
    for name, width, height in (("width_0", 0, 1), ("height_0", 1, 0), ("huge", 0xFFFFFFFF, 0xFFFFFFFF)):
        yield refused(f"broken_{name}", qoi(width, height, b"\xc0"))
