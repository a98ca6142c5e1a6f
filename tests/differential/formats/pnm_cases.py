"""PBM, PGM, PPM and PAM files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from expectation import Case, Content, damaged, lost, read, read_or_refused, read_or_unsupported, refused, unread, unsupported
from pictures import picture

BITS, GRAY, RGB = picture(13, 7, 1, 1), picture(13, 7, 1, 8), picture(13, 7, 3, 8)
COMMENT = lost("comment", r"comment")
DEPTHS = {1: 1, 3: 2, 15: 4, 255: 8, 65535: 16}
TUPLES = {("GRAYSCALE", 1), ("GRAYSCALE_ALPHA", 2), ("RGB", 3), ("RGB_ALPHA", 4)}


def raw(content: Content) -> bytes:
    """Samples of one or two bytes."""
    return content.samples.astype(">u2" if content.largest > 255 else "u1").tobytes()


def raw_bits(content: Content) -> bytes:
    """1 is black."""
    return np.packbits((1 - content.samples[..., 0]).astype(np.uint8), axis=1).tobytes()


def plain(content: Content, separator: str = " ") -> bytes:
    """Decimal numbers, a row a line."""
    rows = content.samples.reshape(content.samples.shape[0], -1).tolist()
    return "".join(separator.join(map(str, row)) + "\n" for row in rows).encode()


def plain_bits(content: Content, separator: str = " ") -> bytes:
    """1 is black."""
    return plain(replace(content, samples=1 - content.samples), separator)


def head(kind: int, content: Content, comment: bytes = b"") -> bytes:
    """The header of a file of kind 1 to 6."""
    height, width, _ = content.samples.shape
    largest = b"" if kind in (1, 4) else b"%d\n" % content.largest
    return b"P%d\n" % kind + comment + b"%d %d\n" % (width, height) + largest


def pam(content: Content, kind: str | None, *, lines: tuple[bytes, ...] = (), data: bytes | None = None) -> bytes:
    """A PAM file."""
    height, width, channels = content.samples.shape
    fields = [b"WIDTH %d" % width, b"HEIGHT %d" % height, b"DEPTH %d" % channels, b"MAXVAL %d" % content.largest]
    fields += [b"TUPLTYPE " + kind.encode()] if kind is not None else []
    return b"P7\n" + b"\n".join([*lines, *fields, b"ENDHDR"]) + b"\n" + (raw(content) if data is None else data)


def cases() -> Iterator[Case]:
    """All of them."""
    for part in (kinds, maxvals, comments, headers, pams, tails, broken):
        for case in part():
            yield replace(case, name=f"pnm/{case.name}", comes_back=True)


def kinds() -> Iterator[Case]:
    """The six kinds, in several widths."""
    for width in (1, 7, 8, 9, 13):
        bits = picture(width, 5, 1, 1)
        yield read(f"p1_width{width}.pbm", head(1, bits) + plain_bits(bits), bits)
        yield read(f"p4_width{width}.pbm", head(4, bits) + raw_bits(bits), bits)
    yield read("p1_no_spaces.pbm", head(1, BITS) + plain_bits(BITS, ""), BITS)
    for depth in (8, 16):
        gray, color = picture(13, 7, 1, depth), picture(13, 7, 3, depth)
        yield read(f"p2_{depth}.pgm", head(2, gray) + plain(gray), gray)
        yield read(f"p3_{depth}.ppm", head(3, color) + plain(color), color)
        yield read(f"p5_{depth}.pgm", head(5, gray) + raw(gray), gray)
        yield read(f"p6_{depth}.ppm", head(6, color) + raw(color), color)
    one = picture(1, 1, 3, 8)
    yield read("p6_1x1.ppm", head(6, one) + raw(one), one)
    yield read("p6_wrong_name.pgm", head(6, RGB) + raw(RGB), RGB)
    yield read("p5_named_pnm.pnm", head(5, GRAY) + raw(GRAY), GRAY)


def scaled(channels: int, largest: int) -> Content:
    """Samples up to a maxval."""
    samples = picture(13, 7, channels, 16).samples.astype(np.int64) * largest // 65535
    return Content(samples.astype(np.uint16), largest)


def maxvals() -> Iterator[Case]:
    """Largest samples, of which few are a bit depth's."""
    for largest in (1, 2, 3, 7, 15, 31, 63, 100, 127, 254, 255, 256, 1023, 4095, 65534, 65535):
        usual = largest in DEPTHS
        gray, color = scaled(1, largest), scaled(3, largest)
        for name, kind, content in (("p2", 2, gray), ("p5", 5, gray), ("p3", 3, color), ("p6", 6, color)):
            is_read = usual and (content is gray or largest >= 255)
            body = raw(content) if kind > 4 else plain(content)
            extension = "pgm" if content is gray else "ppm"
            make = read if is_read else read_or_unsupported
            yield unread(make(f"{name}_maxval{largest}.{extension}", head(kind, content) + body, content))


def comments() -> Iterator[Case]:
    """Comments in every place."""
    body = raw(RGB)
    places = {
        "first": b"P6\n# a comment\n13 7\n255\n",
        "behind_magic": b"P6 # a comment\n13 7\n255\n",
        "between": b"P6\n13 # a comment\n7\n255\n",
        "two": b"P6\n# one\n# two\n13 7\n255\n",
        "before_maxval": b"P6\n13 7\n# a comment\n255\n",
        "empty": b"P6\n#\n13 7\n255\n",
        "touching": b"P6#a comment\n13 7\n255\n",
        "number_like": b"P6\n# 99 98\n13 7\n255\n",
        "in_number": b"P6\n13 7#a comment\n255\n",
    }
    for name, start in places.items():
        yield unread(read(f"comment_{name}.ppm", start + body, RGB, COMMENT))
    yield unread(read("comment_p1.pbm", head(1, BITS, b"# a comment\n") + plain_bits(BITS), BITS, COMMENT))
    inside = plain(GRAY).replace(b"\n", b" # a comment\n", 2)
    yield unread(read("comment_in_samples.pgm", head(2, GRAY) + inside, GRAY, COMMENT))
    yield unread(read_or_unsupported("comment_at_end.pgm", head(2, GRAY) + plain(GRAY) + b"# the end\n", GRAY, COMMENT))
    yield unread(read("comment_p4.pbm", head(4, BITS, b"# CREATOR: a scanner\n") + raw_bits(BITS), BITS, COMMENT))
    behind = b"P6\n13 7\n255 # a comment\n" + body
    case = refused("comment_behind_maxval.ppm", behind)
    yield case


def headers() -> Iterator[Case]:
    """White space and numbers."""
    body = raw(RGB)
    for name, start in {
        "spaces": b"P6  13   7 255 ",
        "tabs": b"P6\t13\t7\t255\t",
        "crlf_inside": b"P6\r\n13 7\r\n255\n",
        "lines": b"P6\n13\n7\n255\n",
        "zeros": b"P6\n0013 07\n0255\n",
        "vertical_tab": b"P6\x0b13\x0c7\n255\n",
    }.items():
        yield unread(read(f"header_{name}.ppm", start + body, RGB))
    blank = replace(RGB, samples=RGB.samples.copy())
    blank.samples[0, 0, 0] = 10
    yield read("header_pixel_is_newline.ppm", head(6, blank) + raw(blank), blank)
    yield unread(read("spaces_p2.pgm", head(2, GRAY) + plain(GRAY, "\t  "), GRAY))
    yield unread(read("one_line_p3.ppm", head(3, RGB) + plain(RGB).replace(b"\n", b" "), RGB))
    zeros = b"".join(b"%04d " % value for value in GRAY.samples.ravel())
    yield unread(read("zeros_p2.pgm", head(2, GRAY) + zeros, GRAY))
    padded = replace(picture(13, 7, 1, 1))
    rows = np.packbits((1 - padded.samples[..., 0]).astype(np.uint8), axis=1)
    rows[:, -1] |= 5
    yield read_or_refused(
        "padding_p4.pbm", head(4, padded) + rows.tobytes(), padded, lost("padding bits that are not zero", r"padding|bits|unused")
    )


def pams() -> Iterator[Case]:
    """P7."""
    bits = picture(13, 7, 1, 1)
    yield unread(read("blackandwhite.pam", pam(bits, "BLACKANDWHITE"), bits))
    for depth in (8, 16):
        for kind, channels in sorted(TUPLES):
            content = picture(13, 7, channels, depth)
            yield read(f"{kind.lower()}_{depth}.pam", pam(content, kind), content)
    for depth in (2, 4):
        content = picture(13, 7, 1, depth)
        yield read(f"grayscale_{depth}.pam", pam(content, "GRAYSCALE"), content)
    two = Content(picture(13, 7, 2, 1).samples, 1)
    yield unread(read_or_unsupported("blackandwhite_alpha.pam", pam(two, "BLACKANDWHITE_ALPHA"), two))
    yield unread(read_or_unsupported("rgb_maxval1.pam", pam(picture(13, 7, 3, 1), "RGB"), picture(13, 7, 3, 1)))
    four = picture(13, 7, 4, 8)
    for kind in ("CMYK", "CMYK_ALPHA", "YCBCR", "RGBX", "rgb_alpha", "RGB_ALPHA_2", "DEPTH_MAP"):
        yield unsupported(f"tuple_{kind.lower()}.pam", pam(four, kind))
    for kind, content in (
        ("RGB", four),
        ("GRAYSCALE", RGB),
        ("RGB_ALPHA", RGB),
        ("GRAYSCALE", picture(13, 7, 2, 8)),
        ("BLACKANDWHITE", GRAY),
        ("RGB", GRAY),
        ("GRAYSCALE_ALPHA", GRAY),
    ):
        yield refused(f"tuple_{kind.lower()}_of_{content.channels}.pam", pam(content, kind))
    for content in (GRAY, picture(13, 7, 2, 8), RGB, four):
        yield read_or_unsupported(f"no_tuple_of_{content.channels}.pam", pam(content, None), content)
    five = Content(np.concatenate([four.samples, GRAY.samples], axis=2), 255)
    yield unsupported("depth_5.pam", pam(five, None))
    yield unread(read("comment.pam", pam(RGB, "RGB", lines=(b"# a comment",)), RGB, COMMENT))
    yield unread(read("blank_lines.pam", pam(RGB, "RGB", lines=(b"", b"")), RGB))
    twice = pam(RGB, "RGB", lines=(b"TUPLTYPE A",))
    yield refused("tuple_twice.pam", twice)
    yield refused("width_twice.pam", pam(RGB, "RGB", lines=(b"WIDTH 99",)))
    yield refused("unknown_line.pam", pam(RGB, "RGB", lines=(b"CREATOR somebody",)))
    yield refused("no_end.pam", pam(RGB, "RGB").replace(b"ENDHDR\n", b""))
    for field in (b"WIDTH 13\n", b"HEIGHT 7\n", b"DEPTH 3\n", b"MAXVAL 255\n"):
        yield damaged(f"no_{field.split()[0].decode().lower()}.pam", pam(RGB, "RGB").replace(field, b""))
    yield refused("maxval_100.pam", pam(RGB, "RGB").replace(b"MAXVAL 255", b"MAXVAL 100"))
    yield unread(read_or_unsupported("tuple_spaces.pam", pam(RGB, "RGB").replace(b"TUPLTYPE RGB", b"TUPLTYPE   RGB  "), RGB))
    yield unsupported("tuple_words.pam", pam(RGB, "RGB and more"))


def tails() -> Iterator[Case]:
    """What is behind the samples."""
    trailing = lost("trailing bytes", r"trail|behind|after|bytes|image")
    for name, tail in {"newline": b"\n", "byte": b"\0", "text": b"trailing text"}.items():
        yield read_or_refused(f"tail_{name}.ppm", head(6, RGB) + raw(RGB) + tail, RGB, trailing)
        yield unread(read_or_refused(f"tail_{name}.pam", pam(RGB, "RGB") + tail, RGB, trailing))
    yield read_or_unsupported("tail_second.ppm", (head(6, RGB) + raw(RGB)) * 2, RGB, trailing)
    yield read_or_refused("tail_second_p2.pgm", head(2, GRAY) + plain(GRAY) + b"P2\n", GRAY, trailing)
    yield read_or_refused("tail_number.pgm", head(2, GRAY) + plain(GRAY) + b"9\n", GRAY, trailing)
    yield read("tail_blank.pgm", head(2, GRAY) + plain(GRAY) + b"\n \t\n", GRAY)
    yield read("tail_none.pgm", head(2, GRAY) + plain(GRAY)[:-1], GRAY)
    yield read_or_refused("tail_p1.pbm", head(1, BITS) + plain_bits(BITS) + b"1", BITS, trailing)


def broken() -> Iterator[Case]:
    """Files that no reader may accept."""
    whole = head(6, RGB) + raw(RGB)
    for length in (2, 3, 5, 8, 12, 13, 20, len(whole) - 1):
        yield damaged(f"end_at_{length}.ppm", whole[:length])
    yield damaged("end_p2.pgm", (head(2, GRAY) + plain(GRAY))[:-8])
    yield damaged("end_p1.pbm", (head(1, BITS) + plain_bits(BITS))[:-8])
    yield damaged("end_p4.pbm", (head(4, BITS) + raw_bits(BITS))[:-1])
    for name, data in {
        "width_0": b"P6\n0 7\n255\n",
        "height_0": b"P6\n13 0\n255\n",
        "width_negative": b"P6\n-13 7\n255\n" + raw(RGB),
        "width_plus": b"P6\n+13 7\n255\n" + raw(RGB),
        "maxval_0": b"P5\n13 7\n0\n" + bytes(91),
        "maxval_large": b"P5\n13 7\n65536\n" + bytes(182),
        "word": b"P6\nthirteen 7\n255\n",
        "fraction": b"P5\n13.0 7\n255\n" + raw(GRAY),
        "huge": b"P6\n4294967295 4294967295\n255\n",
        "overflow": b"P6\n18446744073709551629 7\n255\n" + raw(RGB),
        "p8": b"P8\n13 7\n255\n" + raw(RGB),
        "pf": b"PF\n13 7\n-1.0\n" + bytes(1092),
        "hex": b"P5\n0xd 7\n255\n" + raw(GRAY),
    }.items():
        yield refused(f"broken_{name}.ppm", data)
    yield damaged("broken_p2_above_maxval.pgm", b"P2\n2 1\n15\n3 16\n")
    yield damaged("broken_p2_letter.pgm", b"P2\n2 1\n15\n3 x\n")
    yield damaged("broken_p1_two.pbm", b"P1\n2 1\n0 2\n")
    above = np.full((2, 2, 1), 200, np.uint8).tobytes()
    yield damaged("broken_p5_above_maxval.pgm", b"P5\n2 2\n15\n" + above)
    yield damaged(
        "broken_p7_above_maxval.pam", b"P7\nWIDTH 2\nHEIGHT 2\nDEPTH 1\nMAXVAL 1\nTUPLTYPE BLACKANDWHITE\nENDHDR\n" + above
    )
