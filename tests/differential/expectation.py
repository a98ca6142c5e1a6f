"""What a file means, and what pxc may do with it.

A `Case` is one file. Its `Content` is what the pixels are, its `Item`s are everything else that the file says. pxc must
return the content and each item, or name the lost items and keep the file in spite of `--rm`, or refuse the file with a
permitted exit code.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from png_file import PngFile, chunk_bytes

Samples = NDArray[np.uint16]
Mask = NDArray[np.bool_]
Palette = tuple[tuple[int, int, int], ...]

DAMAGED = 1
UNSUPPORTED = 2
OPAQUE = 65535


@dataclass(frozen=True, eq=False)
class Content:
    """Pixels as a file has them."""

    samples: Samples
    """Rows × columns × channels; palette indices where there is a palette."""
    largest: int
    """The sample that means full intensity."""
    palette: Palette | None = None
    alpha: tuple[int, ...] = ()
    """Alpha of the first palette entries, of 255."""
    key: tuple[int, ...] | None = None
    """The transparent colour of an image without palette."""
    colorless: Mask | None = None
    """Transparent pixels for which the file states no colour."""

    @property
    def channels(self) -> int:
        return int(self.samples.shape[2])

    @property
    def has_alpha(self) -> bool:
        """Whether the samples themselves carry alpha."""
        return self.palette is None and self.channels in (2, 4)

    def rgba(self) -> Samples:
        """The colour of each pixel, 16 bits a channel."""
        if self.palette is not None:
            return self._from_palette()
        scaled = np.rint(self.samples.astype(np.float64) * 65535 / self.largest).astype(np.uint16)
        channels = scaled.shape[2]
        color = scaled[..., :1].repeat(3, axis=2) if channels < 3 else scaled[..., :3]
        alpha = scaled[..., -1:] if self.has_alpha else np.full_like(scaled[..., :1], OPAQUE)
        if self.key is not None:
            alpha[(self.samples == np.array(self.key)).all(axis=2)] = 0
        return np.concatenate([color, alpha], axis=2)

    def _from_palette(self) -> Samples:
        assert self.palette is not None
        table = np.zeros((65536, 4), np.uint16)
        table[:, 3] = OPAQUE
        table[: len(self.palette), :3] = np.array(self.palette, np.uint16).reshape(-1, 3) * 257
        table[: len(self.alpha), 3] = np.array(self.alpha, np.uint16) * 257
        return table[self.samples[..., 0]]


@dataclass(frozen=True)
class Item:
    """Something that a file says besides its pixels."""

    name: str
    words: str
    """A regular expression that the note on stderr matches when the item is lost."""
    is_in: Callable[[PngFile], bool] = field(default=lambda _: False)
    """Whether a PNG that came back has it."""


@dataclass(frozen=True)
class Case:
    """One file and what is right for it."""

    name: str
    """Folder and name of the file."""
    data: bytes
    content: Content | None
    """`None`: the file has no meaning, or none that may be guessed."""
    refusals: frozenset[int] = frozenset()
    """Exit codes with which the file may be refused."""
    items: tuple[Item, ...] = ()
    alternatives: tuple[Content, ...] = ()
    """Other readings that are as good."""
    options: tuple[str, ...] = ()
    """Options for `compress`."""
    is_strict: bool = False
    """Whether colour type, bit depth, palette and transparent colour come back as they are, not just the colours."""
    exact_suffices: bool = False
    """A file without content may be kept if it comes back bit for bit."""
    comes_back: bool = False
    """Whether the file comes back bit for bit by default, if pxc reads it."""
    tolerance: int = 0
    """By how many steps of 255 a sample may differ: decoders of JPEG round each in its own way."""
    witness: str = "reader"
    """`reader`: a second reader must agree with the content; `generator`: none can read the file properly."""

    @property
    def format(self) -> str:
        return self.name.split("/")[0]

    def wanted(self) -> str:
        """What is right, in words."""
        codes = "/".join(str(code) for code in sorted(self.refusals))
        if self.content is None:
            return f"refused with exit {codes}"
        said = ", ".join(item.name for item in self.items)
        kept = "read" + (f"; kept or named: {said}" if said else "")
        return kept + (f"; or refused with exit {codes}" if codes else "")


def read(name: str, data: bytes, content: Content, *items: Item) -> Case:
    """A usual file: it must be read."""
    return Case(name, data, content, items=items)


def read_or_unsupported(name: str, data: bytes, content: Content, *items: Item) -> Case:
    """A sound but rare file."""
    return Case(name, data, content, frozenset({UNSUPPORTED}), items)


def read_or_refused(name: str, data: bytes, content: Content, *items: Item) -> Case:
    """A file that breaks a rule of its format, and whose meaning is clear nevertheless."""
    return Case(name, data, content, frozenset({DAMAGED, UNSUPPORTED}), items)


def damaged(name: str, data: bytes) -> Case:
    """Must be refused as bad data."""
    return Case(name, data, None, frozenset({DAMAGED}))


def unsupported(name: str, data: bytes) -> Case:
    """A sound file that a lossless image cannot represent; must be refused as unsupported."""
    return Case(name, data, None, frozenset({UNSUPPORTED}))


def refused(name: str, data: bytes) -> Case:
    """Must be refused; which exit code is a matter of taste."""
    return Case(name, data, None, frozenset({DAMAGED, UNSUPPORTED}))


def unread(case: Case) -> Case:
    """The same file, for which the generator is the only witness."""
    return replace(case, witness="generator")


# Items.


def lost(name: str, words: str | None = None) -> Item:
    """Something that only the file itself can carry."""
    return Item(name, words or name)


def chunk(tag: bytes, data: bytes) -> Item:
    """A PNG chunk that comes back as it is."""
    whole = chunk_bytes(tag, data)
    return Item(tag.decode("latin-1"), tag.decode("latin-1"), lambda png: whole in png.data)


def profile(data: bytes) -> Item:
    """An ICC profile."""

    def is_in(png: PngFile) -> bool:
        found = png.chunk(b"iCCP")
        return found is not None and _inflated(found[found.index(0) + 2 :]) == data

    return Item("ICC profile", r"icc|profile", is_in)


def exif(data: bytes) -> Item:
    """EXIF, without a prefix."""
    return Item("EXIF", r"exif", lambda png: png.chunk(b"eXIf") == data)


def xmp(data: bytes) -> Item:
    """XMP."""
    head = b"XML:com.adobe.xmp\0"

    def is_in(png: PngFile) -> bool:
        return any(tag == b"iTXt" and text.startswith(head) and text.endswith(data) for tag, text in png.chunks)

    return Item("XMP", r"xmp|XML:com.adobe.xmp|\b700\b", is_in)


def density(x: float, y: float, words: str = r"resolution|density|dpi|pHYs|pixels per") -> Item:
    """Pixels per metre."""

    def is_in(png: PngFile) -> bool:
        found = png.chunk(b"pHYs")
        if found is None or len(found) != 9 or found[8] != 1:
            return False
        back = int.from_bytes(found[:4], "big"), int.from_bytes(found[4:8], "big")
        return abs(back[0] - x) <= 0.5 and abs(back[1] - y) <= 0.5

    return Item("density", words, is_in)


def _inflated(data: bytes) -> bytes | None:
    try:
        return zlib.decompress(data)
    except zlib.error:
        return None
