"""Pillow reads and writes .pxc files.

Modes are those in which Pillow opens a PNG: 1, L, LA, P, RGB, RGBA and I;16. Pillow has no other modes of 16 bits, so
colour and gray+alpha of 16 bits come as RGB and RGBA of 8 (their high bytes), as with PNG; ``pxc.decompress`` gives all
bits. ICC profile, EXIF, XMP, resolution and transparency are read and written.

``image.save`` takes the options of ``pxc.compress``: model, effort, preview, threads, progress, max_pixels, max_memory,
max_metadata and max_work.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import IO, Any

from PIL import Image, ImageFile, ImagePalette

from . import _pxc

_SIGNATURE = b"\x89PXC\r\n\x1a\n"
_XMP = b"XML:com.adobe.xmp"
_GRAY, _RGB, _PALETTE, _GRAY_ALPHA, _RGBA = 0, 2, 3, 4, 6
_MOST_INFLATED = 1 << 26
_DEFAULTS = (None, None, None, None)
_LIMITS = ("max_pixels", "max_memory", "max_metadata", "max_work")

# What decoding gives: colour type and whether the samples have 16 bits → mode and raw mode.
_MODES = {
    (_GRAY, False): ("L", "L"),
    (_GRAY, True): ("I;16", "I;16B"),
    (_GRAY_ALPHA, False): ("LA", "LA"),
    (_GRAY_ALPHA, True): ("RGBA", "LA;16B"),
    (_RGB, False): ("RGB", "RGB"),
    (_RGB, True): ("RGB", "RGB;16B"),
    (_RGBA, False): ("RGBA", "RGBA"),
    (_RGBA, True): ("RGBA", "RGBA;16B"),
    (_PALETTE, False): ("P", "P"),
}
# Mode of an image → colour type, bits and raw mode of the samples in the file.
_SAVED = {
    "1": (_GRAY, 1, "L"),
    "L": (_GRAY, 8, "L"),
    "LA": (_GRAY_ALPHA, 8, "LA"),
    "I;16": (_GRAY, 16, "I;16B"),
    "P": (_PALETTE, 8, "P"),
    "RGB": (_RGB, 8, "RGB"),
    "RGBA": (_RGBA, 8, "RGBA"),
}


class PxcImageFile(ImageFile.ImageFile):
    format = "PXC"
    format_description = "pxc lossless image"

    def _open(self) -> None:
        assert self.fp is not None
        self._file: bytes | None = self.fp.read()
        try:
            parts = _pxc.info(self._file, _DEFAULTS)
        except _pxc.PxcError as error:
            raise SyntaxError(str(error)) from error
        self._size = (parts["width"], parts["height"])
        color, depth = parts["stored_color"], parts["stored_bit_depth"]
        if color == "palette":
            parts["color"] = _PALETTE
        elif "color_key" in parts:
            parts["color"] = {_GRAY_ALPHA: _GRAY, _RGBA: _RGB}[parts["color"]]
        self._mode, self._raw_mode = _MODES[parts["color"], depth == 16]
        if color == "gray" and depth == 1:
            self._mode = "1"
        self._scale = 255 // ((1 << depth) - 1) if color == "gray" and depth < 8 else 1
        self._read_transparency(parts)
        self.info.update(_info_of(parts["chunks"]))
        self.tile = []

    def _read_transparency(self, parts: dict[str, Any]) -> None:
        if "palette" in parts:
            self.palette = ImagePalette.raw("RGB", parts["palette"])
            if parts["palette_alpha"]:
                self.info["transparency"] = parts["palette_alpha"]
        if "color_key" in parts:
            # As with PNG: in the samples of the mode, and not at all where the mode has fewer bits than the file.
            key = tuple(sample * self._scale for sample in parts["color_key"])
            if parts["stored_bit_depth"] < 16 or self.mode == "I;16":
                self.info["transparency"] = key if len(key) > 1 else key[0]

    def load(self) -> Any:
        if self._file is not None:
            try:
                samples, parts = _pxc.decompress(self._file, False, None, (_DEFAULTS, 0, None))
            except _pxc.PxcError as error:
                raise OSError(str(error)) from error
            # Those of a JPEG file are known only now.
            self.info.update(_info_of(parts["chunks"]))
            if self._scale > 1:
                table = bytes(min(sample * self._scale, 255) for sample in range(256))
                samples = samples.translate(table)
            if self.fp and self._exclusive_fp:
                self.fp.close()
            self.fp = io.BytesIO(samples)
            raw_mode = "1;8" if self.mode == "1" else self._raw_mode
            self.tile = [ImageFile._Tile("raw", (0, 0, *self.size), 0, raw_mode)]
            self._file = None
        return super().load()

    def load_seek(self, pos: int) -> None:
        pass


def _accept(prefix: bytes) -> bool:
    return prefix.startswith(_SIGNATURE)


def _info_of(chunks: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    """Metadata chunks as Pillow's plugin for PNG puts them. What is damaged is left out."""
    found: dict[str, Any] = {}
    for tag, content in chunks:
        if tag == b"iCCP":
            _, _, rest = content.partition(b"\0")
            profile = _inflated(rest[1:])
            if profile is not None:
                found["icc_profile"] = profile
        elif tag == b"eXIf":
            found["exif"] = b"Exif\0\0" + content
        elif tag == b"iTXt" and content.startswith(_XMP + b"\0"):
            is_compressed = content[len(_XMP) + 1 : len(_XMP) + 2] == b"\1"
            parts = content[len(_XMP) + 3 :].split(b"\0", 2)
            text = parts[2] if len(parts) == 3 else None
            if text is not None and is_compressed:
                text = _inflated(text)
            if text is not None:
                found["xmp"] = text
        elif tag == b"gAMA" and len(content) == 4:
            found["gamma"] = struct.unpack(">I", content)[0] / 100000.0
        elif tag == b"pHYs" and len(content) == 9:
            across, down, unit = struct.unpack(">IIB", content)
            if unit == 1:
                found["dpi"] = (across * 0.0254, down * 0.0254)
    return found


def _inflated(stream: bytes) -> bytes | None:
    inflater = zlib.decompressobj()
    try:
        result = inflater.decompress(stream, _MOST_INFLATED)
    except zlib.error:
        return None
    return result if inflater.eof else None


def _chunks_of(image: Image.Image, options: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    """The reverse of _info_of; options of save come before the image's own info."""
    chosen: dict[Any, Any] = {**image.info, **options}
    chunks = []
    if profile := chosen.get("icc_profile"):
        chunks.append((b"iCCP", b"ICC Profile\0\0" + zlib.compress(profile)))
    if dpi := chosen.get("dpi"):
        across, down = (round(float(dots) / 0.0254) for dots in dpi)
        chunks.append((b"pHYs", struct.pack(">IIB", across, down, 1)))
    exif = chosen.get("exif")
    if isinstance(exif, Image.Exif):
        exif = exif.tobytes(8)
    if exif:
        chunks.append((b"eXIf", exif.removeprefix(b"Exif\0\0")))
    if xmp := chosen.get("xmp"):
        text = xmp.encode() if isinstance(xmp, str) else xmp
        chunks.append((b"iTXt", _XMP + b"\0\0\0\0\0" + text))
    return chunks


def _save(image: Image.Image, fp: IO[bytes], filename: str | bytes) -> None:
    if image.mode not in _SAVED:
        raise OSError(f"cannot write mode {image.mode} as PXC")
    color, bit_depth, raw_mode = _SAVED[image.mode]
    options: dict[str, Any] = getattr(image, "encoderinfo", {})
    parts: dict[str, Any] = {"width": image.width, "height": image.height, "color": color, "bit_depth": bit_depth}
    transparency = options.get("transparency", image.info.get("transparency"))
    plain = image
    if image.mode == "P":
        colors = image.getpalette("RGB") or [0, 0, 0]
        parts["palette"] = [colors[at : at + 3] for at in range(0, len(colors), 3)]
        if isinstance(transparency, int):
            transparency = b"\xff" * transparency + b"\0"
        parts["palette_alpha"] = list((transparency or b"")[: len(parts["palette"])])
    elif image.mode in ("1", "L", "I;16", "RGB") and transparency is not None:
        key = transparency if isinstance(transparency, tuple) else (transparency,)
        parts["color_key"] = [min(sample, 1) if image.mode == "1" else sample for sample in key]
    if image.mode == "1":
        plain = image.convert("L")
    samples = plain.tobytes("raw", raw_mode)
    if image.mode == "1":
        samples = samples.translate(bytes([0]) + bytes([1]) * 255)
    model, effort = options.get("model"), options.get("effort", "default")
    preview = options.get("preview", True)
    pixels, memory, metadata, work = (options.get(name) for name in _LIMITS)
    settings = ((pixels, memory, metadata, work), options.get("threads", 0), options.get("progress"))
    fp.write(_pxc.compress(samples, parts, _chunks_of(image, options), (model, effort, preview), settings))


Image.register_open(PxcImageFile.format, PxcImageFile, _accept)
Image.register_save(PxcImageFile.format, _save)
Image.register_extension(PxcImageFile.format, ".pxc")
Image.register_mime(PxcImageFile.format, "image/x-pxc")
