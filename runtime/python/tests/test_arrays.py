"""Arrays come back, wrong calls are refused, damage and limits are errors."""

import io
import pathlib
import re
import threading

import numpy
import pytest
from PIL import Image

import pxc

ROOT = pathlib.Path(__file__).parents[3]
GOLDEN = ROOT / "fixtures/golden/v1"
MODEL = ROOT / "fixtures/models/tiny-rgb.onnx"


def picture(shape, dtype):
    rows, columns, *channels = shape
    values = numpy.add.outer(numpy.arange(rows) * 3, numpy.arange(columns) * 5)
    if channels:
        values = values[:, :, None] + numpy.arange(channels[0]) * 40
    return (values * (1 if dtype == numpy.uint8 else 257)).astype(dtype)


@pytest.mark.parametrize("dtype", [numpy.uint8, numpy.uint16])
@pytest.mark.parametrize("shape", [(1, 1), (7, 9), (7, 9, 2), (20, 30, 3), (5, 6, 4)])
def test_every_kind_of_array_comes_back(shape, dtype):
    image = picture(shape, dtype)
    back = pxc.decompress(pxc.compress(image))
    assert back.dtype == dtype and back.shape == shape and (back == image).all()
    back[0, 0] = 1  # the array can be written to


def test_views_and_byte_orders_do_not_matter():
    image = picture((12, 10, 3), numpy.uint16)
    expected = pxc.compress(image)
    assert pxc.compress(image.astype(">u2")) == expected
    assert pxc.compress(numpy.asfortranarray(image)) == expected
    assert pxc.compress(image[::-1][::-1]) == expected
    assert (pxc.decompress(pxc.compress(image[::2, ::-3])) == image[::2, ::-3]).all()
    assert pxc.compress(picture((4, 4), numpy.uint8)[:, :, None]) == pxc.compress(picture((4, 4), numpy.uint8))


def test_threads_change_no_byte():
    image = picture((300, 300, 3), numpy.uint8)
    file = pxc.compress(image, threads=1)
    assert pxc.compress(image, threads=3) == file
    assert (pxc.decompress(file, threads=3) == image).all()


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_buffer_is_a_file(kind):
    image = picture((6, 6), numpy.uint8)
    file = kind(pxc.compress(image))
    assert (pxc.decompress(file) == image).all()
    assert pxc.info(file).width == 6


def refused(kind, call, *arguments, **options):
    with pytest.raises(pxc.PxcError) as caught:
        call(*arguments, **options)
    assert isinstance(caught.value, ValueError)
    assert caught.value.kind == kind
    return str(caught.value)


def test_wrong_arguments():
    for image in [
        numpy.zeros((2, 2), numpy.float32),
        numpy.zeros((2, 2), bool),
        numpy.zeros((2, 2, 5), numpy.uint8),
        numpy.zeros(4, numpy.uint8),
        numpy.zeros((2, 2, 1, 1), numpy.uint8),
        numpy.zeros((0, 2), numpy.uint8),
    ]:
        assert re.search("expected|must be", refused("argument", pxc.compress, image))
    assert "nobody" in refused("missing model", pxc.compress, picture((2, 2), numpy.uint8), model="nobody")
    refused("argument", pxc.compress, picture((2, 2), numpy.uint8), metadata=(("Bad!", b""),))
    with pytest.raises((TypeError, BufferError)):
        pxc.decompress("text")


def test_damage_and_limits():
    image = picture((30, 20, 3), numpy.uint8)
    file = pxc.compress(image)
    refused("bad data", pxc.decompress, b"")
    refused("bad data", pxc.info, b"no file at all")
    for length in range(0, len(file), 7):
        refused("bad data", pxc.decompress, file[:length])
    damaged = bytearray(file)
    damaged[-1] ^= 1
    refused("bad data", pxc.decompress, damaged)
    assert "max_pixels" in refused("limit", pxc.decompress, file, max_pixels=599)
    assert "max_memory" in refused("limit", pxc.decompress, file, max_memory=1000)
    assert "max_pixels" in refused("limit", pxc.info, file, max_pixels=599)
    assert (pxc.decompress(file, max_pixels=600) == image).all()


def test_all_limits_can_be_set():
    image = numpy.random.default_rng(1).integers(0, 256, (40, 30, 3), numpy.uint8)
    identity = pxc.add_model(MODEL)
    metadata = (("tEXt", bytes(1000)),)
    file = pxc.compress(image, model=identity, metadata=metadata)
    for limit, least in [("max_pixels", 1200), ("max_metadata", 1032), ("max_memory", 1 << 27), ("max_work", 1 << 40)]:
        assert (pxc.decompress(file, **{limit: least}) == image).all()
        assert pxc.compress(image, model=identity, metadata=metadata, **{limit: least}) == file
        if limit != "max_memory":
            assert limit in refused("limit", pxc.compress, image, model=identity, metadata=metadata, **{limit: 10})
    golden = (GOLDEN / "rgb-network.pxc").read_bytes()
    assert "max_work" in refused("limit", pxc.decompress, golden, max_work=1000)
    assert "max_metadata" in refused("limit", pxc.info, file, max_metadata=1031)


def test_a_jpeg_file_comes_back_and_is_an_image():
    rows, columns = numpy.mgrid[:300, :520]
    picture = Image.fromarray((rows * columns >> 9).astype(numpy.uint8))
    jpeg = io.BytesIO()
    picture.convert("RGB").save(jpeg, "JPEG", quality=90, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    jpeg = jpeg.getvalue()
    file = pxc.compress_jpeg(jpeg)
    found = pxc.info(file)
    assert found.holds_jpeg and (found.width, found.height, found.channels) == (520, 300, 3)
    assert pxc.original_file(file) == jpeg
    pixels = pxc.decompress(file)
    expected = numpy.asarray(Image.open(io.BytesIO(jpeg)))
    assert numpy.abs(pixels.astype(int) - expected).max() <= 3  # decoders differ in the last bits
    assert (pxc.decompress(file, region=(500, 290, 20, 10)) == pixels[290:, 500:]).all()
    assert pxc.thumbnail(file).shape == (148, 256, 3)
    with Image.open(io.BytesIO(file)) as opened:
        assert (numpy.asarray(opened) == pixels).all()
        assert opened.info["exif"].startswith(b"Exif\0\0MM")
    assert pxc.original_file(pxc.compress(pixels)) is None
    assert "max_pixels" in refused("limit", pxc.original_file, file, max_pixels=100)
    assert "truncated" in refused("bad data", pxc.compress_jpeg, jpeg[:-2])
    refused("bad data", pxc.original_file, file[:-1])


def test_an_exact_file_comes_back():
    for name in ("exact-zlib.png", "exact-bmp.bmp", "exact-pam.pam", "exact-qoi.qoi", "exact-tiff.tiff"):
        original, file = GOLDEN / name, (GOLDEN / name).with_suffix(".pxc").read_bytes()
        assert pxc.info(file).has_original and not pxc.info(file).holds_jpeg
        assert pxc.original_file(file) == original.read_bytes()


def test_own_models():
    image = picture((40, 30, 3), numpy.uint8)
    identity = pxc.add_model(MODEL)
    assert pxc.add_model(MODEL.read_bytes()) == identity
    file = pxc.compress(image, model=identity)
    assert file == pxc.compress(image, model=str(MODEL))
    assert (pxc.decompress(file) == image).all()
    refused("bad data", pxc.add_model, b"no model")
    refused("io", pxc.add_model, "nowhere.onnx")


def test_a_region_is_a_slice():
    image = picture((300, 290, 3), numpy.uint8)
    file = pxc.compress(image)
    assert (pxc.decompress(file, region=(10, 20, 30, 40)) == image[20:60, 10:40]).all()
    assert "region" in refused("argument", pxc.decompress, file, region=(290, 0, 1, 1))


def test_a_thumbnail_is_the_first_pixel_of_each_block():
    image = numpy.random.default_rng(1).integers(0, 2, (21, 33), numpy.uint8) * 255
    identity = pxc.add_model(ROOT / "fixtures/models/tiny-multiscale-gray.onnx")
    golden = (GOLDEN / "gray-two-scales.pxc").read_bytes()
    whole = pxc.decompress(golden)
    small = pxc.thumbnail(golden)
    assert small.dtype == numpy.uint8 and (small == whole[::2, ::2]).all()
    assert (pxc.thumbnail(golden, threads=3) == small).all()
    assert "pixels" in refused("limit", pxc.thumbnail, golden, max_pixels=10)
    assert (pxc.thumbnail(pxc.compress(image)) == image).all()
    assert pxc.info(golden).model == identity


def test_large_images_have_previews():
    rows, columns = numpy.mgrid[:1000, :1100]
    noise = numpy.random.default_rng(1).integers(0, 32, (1000, 1100))
    image = ((rows + columns) // 10 + noise).astype(numpy.uint8)
    file = pxc.compress(image, effort="fast")
    assert pxc.info(file).has_preview and (pxc.decompress(file) == image).all()
    small = pxc.thumbnail(file[:8000], longest=100)
    assert small.shape == (91, 100)
    means = image[:990, :].reshape(90, 11, 100, 11).mean((1, 3))
    assert numpy.abs(small[:90].astype(float) - means).mean() < 4
    assert pxc.thumbnail(file, longest=300).shape == (273, 300)
    plain = pxc.compress(image, effort="fast", preview=False)
    assert not pxc.info(plain).has_preview
    assert 0 < len(file) - len(plain) <= 0.003 * len(file)


def test_info_and_metadata():
    metadata = (("tEXt", b"Title\0A picture"), ("gAMA", b"\0\0\xb1\x8f"))
    file = pxc.compress(picture((3, 5, 4), numpy.uint16), metadata=metadata)
    found = pxc.info(file)
    assert (found.width, found.height, found.channels, found.bit_depth) == (5, 3, 4, 16)
    assert (found.stored_color, found.stored_bit_depth, found.file_bytes) == ("rgba", 16, len(file))
    assert found.metadata == metadata
    assert pxc.info((GOLDEN / "rgb-network.pxc").read_bytes()).model is not None


def test_calls_from_many_threads():
    images = [picture((20 + at, 30, 3), numpy.uint8) for at in range(8)]
    files = [b""] * len(images)

    def work(at):
        files[at] = pxc.compress(images[at], threads=1)

    threads = [threading.Thread(target=work, args=(at,)) for at in range(len(images))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for image, file in zip(images, files):
        assert (pxc.decompress(file) == image).all()


@pytest.mark.parametrize("at", [0, 1])
def test_the_programs_of_the_guide_run(at, tmp_path, monkeypatch):
    if at == 1:
        pytest.importorskip("zarr")
    monkeypatch.chdir(tmp_path)
    guide = (ROOT / "docs/embedding.md").read_text()
    programs = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    assert len(programs) == 2
    exec(compile(programs[at], "embedding.md", "exec"), {})
