"""The functions in the manner of imagecodecs."""

import numpy
import pytest
from pictures import photo

import pxc
from pxc.imagecodecs import pxc_check, pxc_decode, pxc_encode, pxc_version


def picture(dtype):
    return numpy.add.outer(numpy.arange(20) * 3, numpy.arange(30) * 5).astype(dtype)


@pytest.mark.parametrize("dtype", [numpy.uint8, numpy.uint16])
@pytest.mark.parametrize("level", [None, 0, 1, 5, 9, 12])
def test_arrays_come_back(dtype, level):
    image = picture(dtype)
    file = pxc_encode(image, level, numthreads=1)
    assert pxc_check(file) and not pxc_check(file[1:]) and not pxc_check(b"")
    found = pxc_decode(file)
    assert found.dtype == dtype and (found == image).all()
    out = numpy.zeros_like(image)
    assert pxc_decode(file, 0, out=out) is out and (out == image).all()


def test_levels_are_efforts():
    image = photo(60, 50)
    efforts = {1: "fast", 3: "fast", 4: "default", None: "default", 7: "default", 8: "max", 9: "max"}
    for level, effort in efforts.items():
        assert pxc_encode(image, level) == pxc.compress(image, effort=effort)


def test_output_buffers():
    image = picture(numpy.uint8)
    file = pxc_encode(image)
    assert pxc_encode(image, out=len(file)) == file
    buffer = bytearray(len(file) + 5)
    assert bytes(pxc_encode(image, out=buffer)) == file and buffer[: len(file)] == file
    for room in (len(file) - 1, bytearray(len(file) - 1)):
        with pytest.raises(ValueError, match="at least"):
            pxc_encode(image, out=room)
    with pytest.raises(ValueError, match=r"out: expected uint8 \(20, 30\)"):
        pxc_decode(file, out=numpy.zeros((20, 31), numpy.uint8))
    with pytest.raises(IndexError):
        pxc_decode(file, 1)


def test_the_version():
    assert pxc_version() == f"pxc {pxc.__version__}"
