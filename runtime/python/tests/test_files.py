"""Image files become .pxc files that give them back."""

import io
import pathlib
import struct
import zlib

import numpy
import pytest
from PIL import Image
from pictures import photo

import pxc

ROOT = pathlib.Path(__file__).parents[3]
GOLDEN = ROOT / "fixtures/golden/v1"
KINDS = [True, None, False]


def picture(mode="RGB"):
    values = numpy.add.outer(numpy.arange(50) * 7, numpy.arange(70) * 9).astype(numpy.uint8)
    return Image.fromarray(values).convert(mode)


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png_of_an_unknown_encoder(image=None, extra=b""):
    """An image as PNG. Each row is flushed, which no encoder that pxc knows does."""
    rows = numpy.asarray(image or picture())
    encoder = zlib.compressobj(7)
    stream = b"".join(encoder.compress(b"\0" + row.tobytes()) + encoder.flush(zlib.Z_FULL_FLUSH) for row in rows)
    header = struct.pack(">IIBBBBB", rows.shape[1], rows.shape[0], 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", stream + encoder.flush()), (b"IEND", b"")]
    if extra:
        chunks.insert(1, (extra, b"content"))
    parts = [struct.pack(">I", len(data)) + tag + data + struct.pack(">I", zlib.crc32(tag + data))
             for tag, data in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def refused(kind, file, **options):
    with pytest.raises(pxc.PxcError) as caught:
        pxc.compress_file(file, **options)
    assert caught.value.kind == kind, caught.value
    return str(caught.value)


@pytest.mark.parametrize("exact", KINDS)
@pytest.mark.parametrize(
    ("kind", "options"),
    [("PNG", {}), ("PNG", {"compress_level": 9, "dpi": (72, 72)}), ("BMP", {}), ("PPM", {}), ("TIFF", {})],
)
def test_exact_files(exact, kind, options):
    file = saved(picture(), kind, **options)
    packed = pxc.compress_file(file, exact=exact)
    assert (pxc.decompress(packed) == numpy.asarray(picture())).all()
    found = pxc.info(packed)
    assert found.has_original == (exact is not False)
    assert pxc.original_file(packed) == (None if exact is False else file)


def test_golden_files_are_kept():
    for name in ("exact-zlib.png", "exact-bmp.bmp", "exact-pam.pam", "exact-qoi.qoi", "exact-tiff.tiff"):
        original = (GOLDEN / name).read_bytes()
        assert pxc.original_file(pxc.compress_file(original, exact=True)) == original


def test_jpeg_files():
    file = saved(picture(), "JPEG", quality=85)
    for exact in (True, None):
        packed = pxc.compress_file(file, exact=exact)
        assert packed == pxc.compress_jpeg(file) and pxc.original_file(packed) == file
    packed = pxc.compress_file(file, exact=False)
    assert pxc.original_file(packed) is None and not pxc.info(packed).holds_jpeg
    assert "truncated" in refused("bad data", file[:-2])


def test_files_that_cannot_be_kept():
    file = png_of_an_unknown_encoder()
    assert "deflate stream" in refused("unsupported", file, exact=True)
    for exact in (None, False):
        packed = pxc.compress_file(file, exact=exact)
        assert pxc.original_file(packed) is None
        assert (pxc.decompress(packed) == numpy.asarray(picture())).all()
    # The reason is in the file, for `pxc info`.
    assert [tag for tag, _ in pxc.info(pxc.compress_file(file)).metadata] == ["fiNo"]


def test_losses_are_refused_unless_only_pixels_are_asked_for():
    file = png_of_an_unknown_encoder(extra=b"iDOT")
    assert "lack: iDOT" in refused("unsupported", file)
    assert (pxc.decompress(pxc.compress_file(file, exact=False)) == numpy.asarray(picture())).all()
    frames = [picture("P"), picture("P").transpose(Image.Transpose.ROTATE_180)]
    animation = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    for exact in (None, False):
        assert "frame" in refused("unsupported", animation, exact=exact)


def test_metadata_is_kept():
    file = saved(picture(), "PNG", icc_profile=b"a profile", dpi=(300, 300))
    for exact in KINDS:
        tags = {tag for tag, _ in pxc.info(pxc.compress_file(file, exact=exact)).metadata}
        assert {"iCCP", "pHYs"} <= tags


def test_options_and_limits():
    file = saved(Image.fromarray(photo(50, 70)), "PNG")
    sizes = {effort: pxc.compress_file(file, effort=effort) for effort in ("fast", "default", "max")}
    assert len(set(sizes.values())) == 3
    calls = []
    pxc.compress_file(file, threads=1, progress=lambda *call: calls.append(call))
    assert calls[-1] == (3500, 3500)
    assert "max_pixels" in refused("limit", file, max_pixels=3499)
    assert "max_memory" in refused("limit", file, max_memory=1000)
    assert "effort" in refused("argument", file, effort="best")
    assert "nobody" in refused("missing model", file, model="nobody")


def test_what_is_no_image():
    assert "not an image of a known format" in refused("bad data", b"")
    assert "not an image of a known format" in refused("bad data", b"some text")
    file = saved(picture(), "PNG")
    for length in range(8, len(file) - 1, 97):
        refused("bad data", file[:length])
