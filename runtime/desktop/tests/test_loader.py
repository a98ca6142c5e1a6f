"""Does gdk-pixbuf show what is in a .pxc file?

Needs GObject introspection (`python3-gi`, `gir1.2-gdkpixbuf-2.0`), ImageMagick's `convert`, the command `pxc`, and an
environment in which gdk-pixbuf finds the loader and its MIME type. `.ci/desktop` makes one.
"""

import base64
import os
import re
import struct
import subprocess
import tempfile
import threading
import unittest
import zlib
from pathlib import Path

import gi

gi.require_version("GdkPixbuf", "2.0")
from gi.repository import GdkPixbuf, GLib  # noqa: E402

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
# Files that hold a JPEG file have no PNG file beside them.
GOLDEN = sorted(path for path in (FIXTURES / "golden/v1").glob("*.pxc") if path.with_suffix(".png").exists())
# Golden files name the tiny models.
os.environ["PXC_MODELS"] = str(FIXTURES / "models")


def open_image(path):
    return GdkPixbuf.Pixbuf.new_from_file(str(path))


def load_in_pieces(data, piece):
    """The pixbuf, and after how many bytes the size was known."""
    loader = GdkPixbuf.PixbufLoader.new_with_type("pxc")
    known = []
    fed = 0
    loader.connect("size-prepared", lambda _, width, height: known.append((fed, width, height)))
    try:
        for start in range(0, len(data), piece):
            fed = min(start + piece, len(data))
            loader.write(data[start:fed])
    finally:
        loader.close()
    return loader.get_pixbuf(), known


def rows(pixbuf):
    """The pixels without the padding of rows."""
    stride, width = pixbuf.get_rowstride(), pixbuf.get_width() * pixbuf.get_n_channels()
    pixels = pixbuf.get_pixels()
    return b"".join(pixels[start : start + width] for start in range(0, stride * pixbuf.get_height(), stride))


def content(pixbuf):
    return (pixbuf.get_width(), pixbuf.get_height(), pixbuf.get_n_channels(), rows(pixbuf))


def png_bit_depth(path):
    return path.read_bytes()[24]


def rounded_samples(path, channels):
    """The samples of a 16-bit PNG, read by ImageMagick, as the nearest of 256 levels."""
    command = ["convert", str(path), "-depth", "16", "-endian", "MSB", "rgba:-" if channels == 4 else "rgb:-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    samples = struct.unpack(f">{len(raw) // 2}H", raw)
    return bytes(int(sample * 255 / 65535 + 0.5) for sample in samples)


def header_end(data):
    """The first byte behind the header and its checksum."""
    at, shift, length = 9, 0, 0
    while True:
        length |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return at + length + 4


class Pixels(unittest.TestCase):
    def test_there_are_golden_files_of_every_kind(self):
        self.assertGreater(len(GOLDEN), 80)
        depths = {png_bit_depth(path.with_suffix(".png")) for path in GOLDEN}
        self.assertEqual(depths, {1, 2, 4, 8, 16})

    def test_golden_files_have_the_pixels_of_their_png(self):
        for path in GOLDEN:
            with self.subTest(path.name):
                png = path.with_suffix(".png")
                found, expected = content(open_image(path)), content(open_image(png))
                if png_bit_depth(png) == 16:
                    expected = (*expected[:3], rounded_samples(png, expected[2]))
                self.assertTrue(found == expected, f"{found[:3]}, {expected[:3]}")

    def test_pieces_of_any_size_give_the_same_pixels(self):
        for name in ["format-rgb-8", "format-gray-16", "format-gray-alpha-16", "large-rgb-general"]:
            path = FIXTURES / f"golden/v1/{name}.pxc"
            data = path.read_bytes()
            for piece in [1, 7, 4096, len(data)]:
                if piece == 1 and len(data) > 5000:
                    continue
                with self.subTest(name=name, piece=piece):
                    pixbuf, _ = load_in_pieces(data, piece)
                    self.assertTrue(content(pixbuf) == content(open_image(path)))

    def test_threads_load_at_the_same_time(self):
        path = FIXTURES / "golden/v1/large-rgb-network.pxc"
        expected = content(open_image(path.with_suffix(".png")))
        found = []
        threads = [threading.Thread(target=lambda: found.append(content(open_image(path)))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertTrue(found == [expected] * 4)


class Options(unittest.TestCase):
    """The colour profile and the orientation."""

    def loaded(self, source, *chunks):
        """The pixbuf of a PNG file with more chunks, by way of a .pxc file."""
        png = (FIXTURES / source).read_bytes()
        more = b"".join(
            struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data)) for tag, data in chunks
        )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "image.png"
            path.write_bytes(png[:33] + more + png[33:])
            subprocess.run(["pxc", "compress", "-q", path], check=True)
            return open_image(path.with_suffix(".pxc"))

    def test_they_are_those_of_the_file(self):
        exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
        profile = bytes(16) + b"RGB " + bytes(range(200))
        icc = (b"iCCP", b"name\0\0" + zlib.compress(profile))
        pixbuf = self.loaded("images/photo-rgb.png", icc, (b"eXIf", exif))
        self.assertEqual(pixbuf.get_option("orientation"), "6")
        self.assertEqual(base64.b64decode(pixbuf.get_option("icc-profile")), profile)
        size = pixbuf.get_width(), pixbuf.get_height()
        turned = pixbuf.apply_embedded_orientation()
        self.assertEqual((turned.get_height(), turned.get_width()), size)

    def test_others_have_none(self):
        gray = (b"iCCP", b"name\0\0" + zlib.compress(bytes(16) + b"GRAY" + bytes(range(200))))
        for pixbuf in [self.loaded("images/photo-rgb.png"), self.loaded("golden/v1/format-gray-8.png", gray)]:
            self.assertIsNone(pixbuf.get_option("orientation"))
            self.assertIsNone(pixbuf.get_option("icc-profile"))


class Size(unittest.TestCase):
    def test_the_size_is_known_with_the_last_byte_of_the_header(self):
        for name in ["format-rgb-8", "large-rgb-network", "exact-zlib"]:
            with self.subTest(name):
                data = (FIXTURES / f"golden/v1/{name}.pxc").read_bytes()
                pixbuf, known = load_in_pieces(data, 1)
                self.assertEqual(known, [(header_end(data), pixbuf.get_width(), pixbuf.get_height())])

    def test_the_size_needs_no_pixels(self):
        data = (FIXTURES / "golden/v1/large-rgb-network.pxc").read_bytes()
        with tempfile.NamedTemporaryFile(suffix=".pxc") as file:
            file.write(data[: header_end(data)])
            file.flush()
            info, width, height = GdkPixbuf.Pixbuf.get_file_info(file.name)
            self.assertEqual((info.get_name(), width, height), ("pxc", 512, 400))
            with self.assertRaises(GLib.Error):
                open_image(file.name)

    def test_who_asks_for_no_pixels_gets_none(self):
        loader = GdkPixbuf.PixbufLoader.new_with_type("pxc")
        loader.connect("size-prepared", lambda loader, *_: loader.set_size(0, 0))
        loader.write((FIXTURES / "golden/v1/large-rgb-general.pxc").read_bytes())
        loader.close()
        self.assertIsNone(loader.get_pixbuf())

    def test_images_are_scaled_on_request(self):
        path = str(FIXTURES / "golden/v1/large-rgb-general")
        found, expected = (
            content(GdkPixbuf.Pixbuf.new_from_file_at_size(path + suffix, 128, 128)) for suffix in (".pxc", ".png")
        )
        self.assertEqual(found[:2], (128, 100))
        self.assertTrue(found == expected)


class Damage(unittest.TestCase):
    def message(self, path):
        with self.assertRaises(GLib.Error) as raised:
            open_image(path)
        return raised.exception

    def test_the_message_is_the_library_s(self):
        # RebuildTime and RebuildWork are about the deflate stream of a PNG file, whose pixels are intact; and a damaged
        # preview does not concern the image.
        seen = 0
        for line in (FIXTURES / "corrupt/expected.txt").read_text().splitlines():
            name, expected = line.split(": ", 1)
            if name in ("RebuildTime.pxc", "RebuildWork.pxc"):
                continue
            if name.startswith("Preview"):
                self.assertEqual(open_image(FIXTURES / "corrupt" / name).get_n_channels(), 3)
                continue
            # What to do about it is advice of the command.
            expected = re.split(r" \((?:raise it|the file is damaged|the header is damaged|if it was)", expected)[0]
            with self.subTest(name):
                self.assertIn(expected, self.message(FIXTURES / "corrupt" / name).message)
            seen += 1
        self.assertGreaterEqual(seen, 12)

    def test_errors_have_the_code_of_their_kind(self):
        for name, code in [
            ("PixelDigest", GdkPixbuf.PixbufError.CORRUPT_IMAGE),
            ("HeaderChecksum", GdkPixbuf.PixbufError.CORRUPT_IMAGE),
            ("LimitExceeded", GdkPixbuf.PixbufError.INSUFFICIENT_MEMORY),
            ("UnknownModel", GdkPixbuf.PixbufError.UNSUPPORTED_OPERATION),
            ("Unsupported", GdkPixbuf.PixbufError.UNSUPPORTED_OPERATION),
        ]:
            with self.subTest(name):
                error = self.message(FIXTURES / f"corrupt/{name}.pxc")
                self.assertTrue(error.matches(GdkPixbuf.pixbuf_error_quark(), code), error)

    def test_a_file_that_ends_early_is_an_error(self):
        data = (FIXTURES / "golden/v1/format-rgb-8.pxc").read_bytes()
        for end in range(len(data)):
            with self.assertRaises(GLib.Error, msg=f"{end} bytes"):
                load_in_pieces(data[:end], 4096)

    def test_changed_bytes_never_change_the_pixels(self):
        data = (FIXTURES / "golden/v1/gray-two-scales.pxc").read_bytes()
        for at in range(len(data)):
            changed = data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]
            with self.assertRaises(GLib.Error, msg=f"byte {at}"):
                load_in_pieces(changed, 4096)

    def test_a_hostile_header_length_ends_with_an_error(self):
        start = (FIXTURES / "golden/v1/format-rgb-8.pxc").read_bytes()[:9]
        for length in [b"\xff" * 16, b"\xff" * 9 + b"\x01", b"\xff\xff\xff\xff\x07", b"\x80" * 8 + b"\x01"]:
            with self.subTest(length.hex()), self.assertRaises(GLib.Error):
                load_in_pieces(start + length + bytes(1000), 1)


class JpegFiles(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.jpeg = Path(self.folder.name, "photo.jpg")
        self.file = Path(self.folder.name, "photo.jpg.pxc")
        photo = FIXTURES / "images/photo-rgb.png"
        subprocess.run(["convert", photo, "-quality", "90", self.jpeg], check=True)
        jpeg = self.jpeg.read_bytes()
        # A camera held upright: orientation 6 in the EXIF segment.
        exif = b"Exif\0\0MM\0*\0\0\0\x08" + b"\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0" + bytes(4)
        self.jpeg.write_bytes(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:])
        subprocess.run(["pxc", "compress", "-q", self.jpeg, "-o", self.file], check=True)

    def tearDown(self):
        self.folder.cleanup()

    def test_the_pixels_are_those_of_the_jpeg_loader(self):
        found, expected = open_image(self.file), open_image(self.jpeg)
        self.assertTrue(content(found) == content(expected))
        self.assertEqual(found.get_option("orientation"), "6")

    def test_no_command_is_needed(self):
        path = os.environ["PATH"]
        os.environ["PATH"] = self.folder.name
        try:
            self.assertEqual(open_image(self.file).get_option("orientation"), "6")
        finally:
            os.environ["PATH"] = path

    def test_damage_is_an_error(self):
        data = bytearray(self.file.read_bytes())
        data[-1] ^= 1
        self.file.write_bytes(data)
        with self.assertRaises(GLib.Error) as raised:
            open_image(self.file)
        self.assertIn("group 0 checksum", raised.exception.message)


if __name__ == "__main__":
    unittest.main()
