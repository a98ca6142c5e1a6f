"""Pillow opens and saves .pxc files as it does PNG: same modes, same pixels, same metadata."""

import io
import pathlib

import numpy
import pytest
from PIL import Image
from pictures import photo

import pxc

GOLDEN = pathlib.Path(__file__).parents[3] / "fixtures/golden/v1"


def picture(mode):
    base = Image.fromarray(numpy.add.outer(numpy.arange(13) * 7, numpy.arange(17) * 9).astype(numpy.uint8))
    if mode == "I;16":
        return Image.fromarray((numpy.asarray(base).astype(numpy.uint16) * 251))
    if mode == "P":
        return base.convert("RGB").quantize(20)
    if mode in ("LA", "RGBA"):
        image = base.convert(mode)
        image.putalpha(base)
        return image
    return base.convert(mode)


def saved(image, **options):
    file = io.BytesIO()
    image.save(file, "PXC", **options)
    return Image.open(io.BytesIO(file.getvalue()))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_comes_back(mode, tmp_path):
    image = picture(mode)
    path = tmp_path / "x.pxc"
    image.save(path)
    with Image.open(path) as back:
        assert (back.format, back.mode, back.size) == ("PXC", mode, image.size)
        assert back.tobytes() == image.tobytes()
        if mode == "P":
            assert back.getpalette() == image.getpalette()
    assert pxc.info(path.read_bytes()).stored_bit_depth == {"1": 1, "I;16": 16}.get(mode, 8)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.png")), ids=lambda path: path.stem)
def test_golden_files_look_like_their_png(path):
    path = path.with_suffix(".pxc")
    for model in (GOLDEN.parents[1] / "models").glob("*.onnx"):
        pxc.add_model(model)
    with Image.open(path) as found, Image.open(path.with_suffix(".png")) as expected:
        assert found.size == expected.size
        if found.mode == expected.mode:
            assert found.tobytes() == expected.tobytes()
            # Of PNG, Pillow gives transparent colours of other depths in the samples of the file, not of the mode.
            if pxc.info(path.read_bytes()).stored_bit_depth == 8:
                assert found.info.get("transparency") == expected.info.get("transparency")
        else:
            assert found.convert("RGBA").tobytes() == expected.convert("RGBA").tobytes()


def test_transparency_comes_back():
    palette = picture("P")
    palette.info["transparency"] = 3
    found = saved(palette)
    assert found.convert("RGBA").tobytes() == palette.convert("RGBA").tobytes()
    color = picture("RGB")
    assert saved(color, transparency=color.getpixel((3, 3))).info["transparency"] == color.getpixel((3, 3))
    gray = picture("L")
    assert saved(gray, transparency=7).info["transparency"] == 7


def test_metadata_comes_back():
    image = picture("RGB")
    exif = image.getexif()
    exif[0x010E] = "A title"
    found = saved(image, icc_profile=b"a profile", exif=exif, xmp=b"<x/>", dpi=(300, 150))
    assert found.info["icc_profile"] == b"a profile"
    assert found.getexif()[0x010E] == "A title"
    assert found.info["xmp"] == b"<x/>"
    assert [round(dots) for dots in found.info["dpi"]] == [300, 150]
    again = saved(found)
    assert again.info["icc_profile"] == b"a profile" and again.getexif()[0x010E] == "A title"


def test_options_of_save():
    image, calls = Image.fromarray(photo(60, 50)), []
    file = {effort: io.BytesIO() for effort in ("fast", "default", "max")}
    for effort, target in file.items():
        image.save(target, "PXC", effort=effort, threads=1, progress=lambda *call: calls.append(call))
    assert file["max"].getvalue() == pxc.compress(numpy.asarray(image), effort="max")
    assert len({target.getvalue() for target in file.values()}) == 3
    assert [call for call in calls if call[0] == 3000] == [(3000, 3000)] * 3
    for limit in ("max_pixels", "max_memory"):
        with pytest.raises(pxc.PxcError, match=limit):
            image.save(io.BytesIO(), "PXC", **{limit: 1})


def test_damage_is_an_error_of_pillow():
    file = io.BytesIO()
    picture("RGB").save(file, "PXC")
    damaged = bytearray(file.getvalue())
    damaged[-1] ^= 1
    with pytest.raises(OSError, match="checksum"):
        Image.open(io.BytesIO(damaged)).load()
    with pytest.raises(OSError):  # what is not a picture at all
        Image.open(io.BytesIO(file.getvalue()[:12]))


def test_modes_that_cannot_be_saved():
    for mode in ["CMYK", "F", "HSV"]:
        with pytest.raises(OSError, match=f"cannot write mode {mode}"):
            Image.new(mode, (2, 2)).save(io.BytesIO(), "PXC")


def test_copies_and_crops_work_as_usual():
    image = saved(picture("RGB"))
    assert image.crop((1, 2, 5, 6)).tobytes() == picture("RGB").crop((1, 2, 5, 6)).tobytes()
    assert image.copy().getpixel((4, 4)) == picture("RGB").getpixel((4, 4))
