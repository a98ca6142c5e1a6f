"""zarr and numcodecs find the codecs by themselves, and every array comes back."""

import itertools
import subprocess
import sys

import pytest

pytest.importorskip("zarr")

import numcodecs
import numpy
import zarr

import pxc
from pxc.numcodecs import Pxc
from pxc.zarr import PxcCodec

TYPES = ["u1", "<u2", ">u2", "i1", "<i2", ">i2", "?"]
SHAPES = [((50,), (20,)), ((40, 30), (16, 16)), ((9, 40, 30), (4, 20, 16)), ((40, 30, 3), (32, 30, 3)),
          ((2, 3, 20, 31), (1, 2, 20, 10))]


def volume(shape, dtype):
    random = numpy.random.default_rng(1)
    values = random.integers(-300, 300, shape).cumsum(axis=-1)
    return values.astype(dtype)


def made(version, array, chunks, codec=None, order="C"):
    """An array of zarr in memory."""
    codecs = {2: {"compressors": codec or Pxc(), "order": order},
              3: {"serializer": codec or PxcCodec(), "compressors": None}}
    store = zarr.storage.MemoryStore()
    found = zarr.create_array(store, shape=array.shape, chunks=chunks, dtype=array.dtype, zarr_format=version,
                              **codecs[version])
    found[...] = array
    return store


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize(("shape", "chunks"), SHAPES)
@pytest.mark.parametrize("dtype", TYPES)
def test_every_array_comes_back(version, shape, chunks, dtype):
    array = volume(shape, dtype)
    found = zarr.open_array(made(version, array, chunks), mode="r")
    assert found.dtype == array.dtype.newbyteorder("=") or found.dtype == array.dtype
    assert (found[...] == array).all()
    part = tuple(slice(3, 17) if size > 17 else slice(None) for size in shape)
    assert (found[part] == array[part]).all()


@pytest.mark.parametrize("dtype", TYPES)
def test_columns_first(dtype):
    array = volume((3, 40, 30), dtype)
    found = zarr.open_array(made(2, array, (2, 40, 16), order="F"), mode="r")
    assert (found[...] == array).all()


def test_the_codecs_are_found_without_an_import():
    program = "import numcodecs, zarr; print(numcodecs.get_codec({'id': 'pxc', 'effort': 'fast'})); " \
        "print(zarr.registry.get_codec_class('pxc').__module__)"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == ["Pxc(channels=None, effort='fast', model=None)", "pxc.zarr"]


@pytest.mark.parametrize("codec", [Pxc, PxcCodec])
def test_the_options_are_in_the_metadata(codec):
    version = 2 if codec is Pxc else 3
    array = volume((40, 30, 3), "u1")
    sizes = {}
    for effort, channels in itertools.product(["fast", "max"], [True, False]):
        store = made(version, array, array.shape, codec(effort=effort, channels=channels))
        found = zarr.open_array(store, mode="r")
        kept = found.compressors[0] if version == 2 else found.serializer
        assert (kept.effort, kept.channels) == (effort, channels)
        assert (found[...] == array).all()
        sizes[effort, channels] = found.nbytes_stored()
    assert len(set(sizes.values())) == 4


def test_smooth_volumes_become_smaller_than_with_zstandard():
    rows, columns, planes = numpy.ogrid[:64, :64, :4]
    array = (1000 * numpy.sin(rows / 9) * numpy.cos(columns / 7) + 20 * planes).astype("<i2").transpose(2, 0, 1)
    plain = sum(len(numcodecs.Zstd(9).encode(numpy.ascontiguousarray(plane))) for plane in array)
    assert len(Pxc().encode(numpy.ascontiguousarray(array))) < plain


def test_decoding_into_an_array():
    array = volume((20, 30), "<i2")
    out = numpy.empty_like(array)
    Pxc().decode(Pxc().encode(array), out=out)
    assert (out == array).all()


def test_other_types_are_refused_when_the_array_is_made():
    for dtype in ["f4", "u4", "i8"]:
        with pytest.raises(pxc.PxcError, match="dtype: expected"):
            made(3, numpy.zeros((4, 4), dtype), (4, 4))
        with pytest.raises(pxc.PxcError, match="dtype: expected"):
            Pxc().encode(numpy.zeros((4, 4), dtype))


def test_chunks_of_another_array_are_refused():
    store = made(3, volume((40, 30), "u1"), (40, 30))
    (key,) = [key for key in store._store_dict if key.startswith("c")]
    buffer = zarr.core.buffer.default_buffer_prototype().buffer
    for other in [volume((40, 31), "u1"), volume((40, 30), "i1"), volume((40, 30), "<u2")]:
        store._store_dict[key] = buffer.from_bytes(Pxc().encode(other))
        with pytest.raises(pxc.PxcError, match="chunk: expected"):
            zarr.open_array(store, mode="r")[...]
    named = pxc.compress(volume((40, 30), "u1"), metadata=(("nuDt", b"<f8"),))
    with pytest.raises(pxc.PxcError, match="type of the array: expected"):
        Pxc().decode(named)
