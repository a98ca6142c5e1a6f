"""TIFF and BigTIFF: pages of tags and blocks → bytes. Writes whatever it is told, legal or not."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from itertools import pairwise

BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, SSHORT, SLONG, SRATIONAL, FLOAT, DOUBLE, IFD = range(1, 14)
LONG8 = 16
CODES = {
    BYTE: "B", ASCII: "B", SHORT: "H", LONG: "I", RATIONAL: "II", SBYTE: "b", UNDEFINED: "B", SSHORT: "h", SLONG: "i", SRATIONAL: "ii", FLOAT: "f",
    DOUBLE: "d", IFD: "I", LONG8: "Q",
}  # fmt: skip

Values = tuple[float, ...] | bytes


@dataclass
class Page:
    """One IFD."""

    tags: dict[int, tuple[int, Values]]
    blocks: list[bytes] = field(default_factory=list)
    """Strips or tiles."""
    is_tiled: bool = False
    children: dict[int, Page] = field(default_factory=dict)
    """IFDs that a tag points to."""
    order: tuple[int, ...] | None = None
    """Tags in this order instead of the ascending one."""


@dataclass
class Tiff:
    """A file."""

    pages: list[Page]
    byte_order: str = "<"
    is_big: bool = False
    gap: bytes = b""
    """Bytes that nothing points to."""
    tail: bytes = b""
    next_of_last: int = 0

    def file(self) -> bytes:
        """The file."""
        self.out = bytearray(16 if self.is_big else 8)
        self.out += self.gap
        places = [self._page(page) for page in self.pages]
        for (link, _), (_, start) in pairwise(places):
            self._put(link, start)
        self._put(places[-1][0], self.next_of_last)
        mark = b"II" if self.byte_order == "<" else b"MM"
        if self.is_big:
            self.out[:16] = mark + struct.pack(self.byte_order + "HHHQ", 43, 8, 0, places[0][1])
        else:
            self.out[:8] = mark + struct.pack(self.byte_order + "HI", 42, places[0][1])
        return bytes(self.out) + self.tail

    def _put(self, at: int, value: int) -> None:
        code = self.byte_order + ("Q" if self.is_big else "I")
        self.out[at : at + struct.calcsize(code)] = struct.pack(code, value)

    def _align(self) -> None:
        self.out += bytes(len(self.out) % 2)

    def _page(self, page: Page) -> tuple[int, int]:
        """Where the link to the next IFD is, and where this one is."""
        tags = dict(page.tags)
        offsets, lengths = [], []
        for block in page.blocks:
            self._align()
            offsets.append(len(self.out))
            lengths.append(len(block))
            self.out += block
        if page.blocks:
            offset_tag, length_tag = (324, 325) if page.is_tiled else (273, 279)
            tags.setdefault(offset_tag, (LONG, tuple(offsets)))
            tags.setdefault(length_tag, (LONG, tuple(lengths)))
        for tag, child in page.children.items():
            tags[tag] = (IFD if tag == 330 else LONG, (self._page(child)[1],))
        tags = {tag: value for tag, value in tags.items() if value[1] != ()}
        entries = [self._entry(tag, *tags[tag]) for tag in page.order or sorted(tags)]
        self._align()
        start = len(self.out)
        self.out += struct.pack(self.byte_order + ("Q" if self.is_big else "H"), len(entries)) + b"".join(entries)
        link = len(self.out)
        self.out += bytes(8 if self.is_big else 4)
        return link, start

    def _entry(self, tag: int, kind: int, values: Values) -> bytes:
        order, room = self.byte_order, 8 if self.is_big else 4
        if isinstance(values, bytes):
            data, count = values, len(values)
        else:
            code = CODES[kind]
            count = len(values) // len(code)
            data = struct.pack(order + code[0] * len(values), *values)
        if len(data) > room:
            self._align()
            at = len(self.out)
            self.out += data
            data = struct.pack(order + ("Q" if self.is_big else "I"), at)
        return struct.pack(order + ("HHQ" if self.is_big else "HHI"), tag, kind, count) + data.ljust(room, b"\0")
