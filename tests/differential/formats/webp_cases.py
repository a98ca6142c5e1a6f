"""WebP files."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from expectation import Case, Content, damaged, exif, lost, profile, read, read_or_refused, refused, unread, unsupported, xmp
from pictures import EXIF, ICC_GRAY, ICC_RGB, XMP, indexed, picture

RGB, RGBA = picture(33, 21, 3, 8), picture(33, 21, 4, 8)
TRAILING = lost("trailing bytes", r"trail|behind|after|bytes")
PREFIX = lost("the prefix of EXIF", "prefix")
ICC_FLAG, ALPHA_FLAG, EXIF_FLAG, XMP_FLAG, ANIMATION_FLAG = 0x20, 0x10, 0x08, 0x04, 0x02


def encoded(content: Content, **options: Any) -> bytes:
    """A file by libwebp; lossless and exact unless told otherwise."""
    settings: dict[str, Any] = {"lossless": True, "exact": True, "quality": 80, "method": 4} | options
    file = io.BytesIO()
    Image.fromarray(content.samples.astype(np.uint8)).save(file, "WEBP", **settings)
    return file.getvalue()


def chunk(tag: bytes, data: bytes, padding: bytes = b"\0") -> bytes:
    """A RIFF chunk."""
    return tag + struct.pack("<I", len(data)) + data + padding * (len(data) % 2)


def riff(*chunks: bytes, tail: bytes = b"", size: int | None = None) -> bytes:
    """A file of chunks."""
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body + tail


def pixels_of(data: bytes, tag: bytes = b"VP8L") -> bytes:
    """The chunk with the pixels."""
    at = data.index(tag)
    length = int.from_bytes(data[at + 4 : at + 8], "little")
    return chunk(tag, data[at + 8 : at + 8 + length])


def extended(flags: int, content: Content = RGB) -> bytes:
    """VP8X."""
    height, width, _ = content.samples.shape
    return chunk(b"VP8X", struct.pack("<I", flags) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"))


def cases() -> Iterator[Case]:
    """All of them."""
    for part in (images, metadata, chunks, lossy, broken):
        for case in part():
            yield replace(case, name=f"webp/{case.name}.webp")


def images() -> Iterator[Case]:
    """Kinds of images for which libwebp uses each transform, at several efforts."""
    flat = replace(RGB, samples=np.full_like(RGB.samples, 99))
    few = replace(RGB, samples=indexed(33, 21, 7).rgba()[..., :3] // 257)
    two = replace(RGB, samples=indexed(33, 21, 2).rgba()[..., :3] // 257)
    many = replace(RGB, samples=indexed(33, 21, 200).rgba()[..., :3] // 257)
    gray = replace(RGB, samples=picture(33, 21, 1, 8).samples.repeat(3, axis=2))
    noise = replace(RGB, samples=(np.arange(33 * 21 * 3) ** 2 // 7 % 251).reshape(21, 33, 3).astype(np.uint16))
    clear = replace(RGBA, samples=RGBA.samples.copy())
    clear.samples[5:15, 5:25, 3] = 0
    opaque = replace(RGBA, samples=RGBA.samples.copy())
    opaque.samples[..., 3] = 255
    kinds = {
        "rgb": RGB,
        "rgba": RGBA,
        "flat": flat,
        "colors2": two,
        "colors7": few,
        "colors200": many,
        "gray": gray,
        "noise": noise,
        "hidden_colors": clear,
    }
    for name, content in kinds.items():
        for method, quality in ((0, 0), (4, 80), (6, 100)):
            yield read(f"{name}_method{method}", encoded(content, method=method, quality=quality), content)
    yield read("rgba_opaque", encoded(opaque), Content(opaque.samples[..., :3], 255))
    for width, height in ((1, 1), (1, 17), (17, 1), (100, 70)):
        content = picture(width, height, 3, 8)
        yield read(f"size_{width}x{height}", encoded(content), content)


def metadata() -> Iterator[Case]:
    """ICC, EXIF and XMP in VP8X files."""
    yield read("icc", encoded(RGB, icc_profile=ICC_RGB), RGB, profile(ICC_RGB))
    yield read("icc_gray", encoded(RGB, icc_profile=ICC_GRAY), RGB, profile(ICC_GRAY))
    yield read("exif", encoded(RGB, exif=EXIF), RGB, exif(EXIF))
    # Pillow would write it without its prefix.
    prefixed = riff(extended(EXIF_FLAG), pixels_of(encoded(RGB)), chunk(b"EXIF", b"Exif\0\0" + EXIF))
    yield read("exif_prefix", prefixed, RGB, exif(EXIF), PREFIX)
    yield read("xmp", encoded(RGB, xmp=XMP), RGB, xmp(XMP))
    yield read(
        "all_metadata", encoded(RGBA, icc_profile=ICC_RGB, exif=EXIF, xmp=XMP), RGBA, profile(ICC_RGB), exif(EXIF), xmp(XMP)
    )
    body = pixels_of(encoded(RGB))
    yield read("extended_plain", riff(extended(0), body), RGB)
    yield unread(read_or_refused("exif_without_flag", riff(extended(0), body, chunk(b"EXIF", EXIF)), RGB, exif(EXIF)))
    yield unread(read_or_refused("icc_without_flag", riff(extended(0), chunk(b"ICCP", ICC_RGB), body), RGB, profile(ICC_RGB)))
    yield unread(
        read_or_refused("icc_behind_pixels", riff(extended(ICC_FLAG), body, chunk(b"ICCP", ICC_RGB)), RGB, profile(ICC_RGB))
    )
    yield unread(read_or_refused("flags_without_chunks", riff(extended(ICC_FLAG | EXIF_FLAG | XMP_FLAG), body), RGB))
    other = EXIF[:-6] + b"\3\0\0\0\0\0"
    twice = riff(extended(EXIF_FLAG), body, chunk(b"EXIF", EXIF), chunk(b"EXIF", other))
    yield unread(read_or_refused("exif_twice", twice, RGB, exif(EXIF), lost("second EXIF", r"exif")))
    simple = riff(body, chunk(b"EXIF", EXIF))
    yield unread(read_or_refused("exif_in_simple_file", simple, RGB, lost("EXIF", r"exif|trail|behind|bytes")))


def chunks() -> Iterator[Case]:
    """Chunks that nobody knows, padding and what is behind the end."""
    body = pixels_of(encoded(RGB))
    for name, tag in (("junk", b"JUNK"), ("private", b"abcd")):
        unknown = lost(f"chunk {tag.decode()}", tag.decode())
        extra = chunk(tag, b"anything at all")
        yield read(f"{name}_behind", riff(extended(0), body, extra), RGB, unknown)
        yield unread(read_or_refused(f"{name}_before", riff(extended(0), extra, body), RGB, unknown))
        yield unread(read_or_refused(f"{name}_in_simple_file", riff(body, extra), RGB, unknown))
    empty = riff(extended(0), body, chunk(b"JUNK", b""))
    yield unread(read("junk_empty", empty, RGB, lost("chunk JUNK", "JUNK")))
    second = riff(extended(0), body, pixels_of(encoded(replace(RGB, samples=RGB.samples[::-1]))))
    yield unread(read_or_refused("second_image", second, RGB, lost("second image", r"VP8L|image|bytes")))
    for name, tail in {"byte": b"\0", "text": b"trailing text", "file": riff(body)}.items():
        yield unread(read_or_refused(f"tail_{name}", riff(body, tail=tail), RGB, TRAILING))
    alpha = lost("ALPH", "ALPH|alpha")
    yield unread(
        read_or_refused("alph_with_vp8l", riff(extended(ALPHA_FLAG), chunk(b"ALPH", b"\0" + bytes(693)), body), RGB, alpha)
    )
    odd = next(
        data
        for salt in range(9)
        if len(data := pixels_of(encoded(picture(33, 21, 3, 8, salt)))) and int.from_bytes(data[4:8], "little") % 2
    )
    content = next(picture(33, 21, 3, 8, salt) for salt in range(9) if pixels_of(encoded(picture(33, 21, 3, 8, salt))) == odd)
    padding = lost("padding that is not zero", r"padding|bytes")
    yield unread(read_or_refused("padding", riff(odd[:-1] + b"\x5a"), content, padding))
    yield unread(read_or_refused("padding_missing", riff(odd[:-1]), content, lost("missing padding", r"padding|end|trunc")))
    longer = bytearray(body)
    longer[4:8] = (int.from_bytes(body[4:8], "little") + 12).to_bytes(4, "little")
    yield unread(read_or_refused("surplus_in_pixels", riff(bytes(longer) + b"secret bytes"), RGB, TRAILING))
    yield unread(read_or_refused("size_small", riff(body, size=40), RGB, lost("wrong size", r"size|trail|behind|bytes")))


def lossy() -> Iterator[Case]:
    """Lossy files and animations: never without being asked."""
    for name, content in (("rgb", RGB), ("rgba", RGBA)):
        yield unsupported(f"lossy_{name}", encoded(content, lossless=False))
        yield unsupported(f"lossy_{name}_icc", encoded(content, lossless=False, icc_profile=ICC_RGB))
        yield unsupported(f"lossy_{name}_exif", encoded(content, lossless=False, exif=EXIF, xmp=XMP))
    frame = Image.fromarray(RGB.samples.astype(np.uint8))
    for name, options in (("lossless", {"lossless": True}), ("lossy", {"lossless": False})):
        file = io.BytesIO()
        frame.save(
            file,
            "WEBP",
            save_all=True,
            append_images=[Image.fromarray(RGB.samples[::-1].astype(np.uint8))],
            duration=100,
            **options,
        )
        yield unsupported(f"animation_{name}", file.getvalue())
    body = pixels_of(encoded(RGB))
    one = bytes(6) + (32).to_bytes(3, "little") + (20).to_bytes(3, "little") + bytes(4) + body
    yield unsupported("animation_of_one_frame", riff(extended(ANIMATION_FLAG), chunk(b"ANIM", bytes(6)), chunk(b"ANMF", one)))


def broken() -> Iterator[Case]:
    """Files that no reader may accept."""
    whole = encoded(RGB)
    for length in (8, 12, 16, 20, 25, 40, len(whole) // 2, len(whole) - 20):
        yield damaged(f"end_at_{length}", whole[:length])
    cut = pixels_of(whole)[8:-60]
    yield damaged("pixels_cut", riff(chunk(b"VP8L", cut)))
    yield damaged("pixels_cut_extended", riff(extended(0), chunk(b"VP8L", cut)))
    yield damaged("pixels_signature", riff(chunk(b"VP8L", b"\x30" + pixels_of(whole)[9:])))
    yield damaged("no_pixels", riff(extended(0)))
    yield damaged("no_pixels_exif", riff(extended(EXIF_FLAG), chunk(b"EXIF", EXIF)))
    small = riff(extended(0, picture(9, 9, 3, 8)), pixels_of(whole))
    yield damaged("sizes_differ", small)
    yield damaged(
        "version_1",
        riff(chunk(b"VP8L", bytes(pixels_of(whole)[8:12]) + bytes([pixels_of(whole)[12] | 0x20]) + pixels_of(whole)[13:])),
    )
    yield refused("chunk_size_huge", riff(b"VP8L\xff\xff\xff\xff" + pixels_of(whole)[8:]))
    yield damaged("wave", riff(pixels_of(whole)).replace(b"WEBP", b"WAVE"))
