"""The example archive.py on a Ray cluster of two workers: every image once, also when a worker dies."""

import hashlib
import importlib.util
import os
import pathlib
import signal
import sys
import threading
import time

import pytest

ray = pytest.importorskip("ray", reason="needs ray[data]")

import pyarrow.parquet
from PIL import Image
from pictures import photo
from test_files import png_of_an_unknown_encoder

import pxc

EXAMPLE = pathlib.Path(__file__).parents[1] / "examples/archive.py"
IMAGES = 500
POISON = {
    "poison/empty.png": b"",
    "poison/text.png": b"This is no image.",
    "poison/short.jpg": b"\xff\xd8\xff\xe0",
    "poison/bomb.pgm": b"P5 100000 100000 255 ",
}


@pytest.fixture(scope="module")
def archive():
    spec = importlib.util.spec_from_file_location("archive", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    sys.modules["archive"] = module
    spec.loader.exec_module(module)
    # Workers cannot import what is neither installed nor run as a program.
    for code in (module, sys.modules[__name__]):
        ray.cloudpickle.register_pickle_by_value(code)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield module
    ray.shutdown()


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Small images of several kinds in two folders, and files that are none."""
    folder = tmp_path_factory.mktemp("source")
    whole = Image.fromarray(photo(700, 900))
    kinds = ["a.png"] * 16 + ["b.jpg", "c.bmp", "d.tiff", "e.png"]
    for at in range(IMAGES):
        kind = kinds[at % len(kinds)]
        path = folder / f"{at % 7}" / f"{at:03}{kind}"
        path.parent.mkdir(exist_ok=True)
        x, y = at * 37 % 836, at * 53 % 636
        part = whole.crop((x, y, x + 64, y + 64))
        if kind == "e.png":
            path.write_bytes(png_of_an_unknown_encoder(part))
        else:
            part.convert("L" if at % 5 == 0 else "RGB").save(path)
    for name, content in POISON.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "notes.txt").write_text("Not an image, and not listed.")
    return folder


@pytest.fixture(scope="module")
def undisturbed(archive, source, tmp_path_factory):
    destination = tmp_path_factory.mktemp("undisturbed")
    return destination, archive.run(archive.Settings(str(source), str(destination)), 2)


def manifest(folder):
    """All columns but the time, by path."""
    rows = pyarrow.parquet.read_table(folder / "manifest.parquet").to_pylist()
    seconds = [row.pop("seconds") for row in rows]
    assert all(0 <= value < 60 for value in seconds)
    assert len({row["path"] for row in rows}) == len(rows)
    return {row["path"]: row for row in rows}


def contents(folder):
    files = {path for path in folder.rglob("*") if path.is_file()} - {folder / "manifest.parquet"}
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_every_image_is_converted_and_proved(source, undisturbed):
    destination, report = undisturbed
    rows = manifest(destination)
    assert len(rows) == len(report.rows) == report.conversions == IMAGES + len(POISON)
    assert {path for path, row in rows.items() if row["error"]} == set(POISON)
    files = contents(destination)
    assert set(files) == {path + ".pxc" for path in rows if path not in POISON}
    for path, row in rows.items():
        original = (source / path).read_bytes()
        if path in POISON:
            assert row["error"].startswith("PxcError: ") and row["pxc_bytes"] is None
            continue
        file = files[path + ".pxc"]
        assert (row["bytes"], row["pxc_bytes"]) == (len(original), len(file))
        assert row["sha256"] == hashlib.sha256(original).hexdigest()
        assert row["pxc_sha256"] == hashlib.sha256(file).hexdigest()
        assert row["exact"] == (not path.endswith("e.png"))
        assert pxc.original_file(file) == (original if row["exact"] else None)
    assert "max_pixels" in rows["poison/bomb.pgm"]["error"]


def workers():
    """The processes of this cluster that convert."""
    found = []
    for status in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            name = status.read_bytes()
        except OSError:
            continue
        if name.startswith(b"ray::") and b"Converter" in name:
            found.append(int(status.parent.name))
    return found


def test_a_worker_that_is_killed_changes_nothing(archive, source, undisturbed, tmp_path):
    expected, _ = undisturbed
    killed = []

    def kill():
        while len(list(tmp_path.rglob("*.pxc"))) < IMAGES // 4:
            time.sleep(0.01)
        victim = workers()[0]
        os.kill(victim, signal.SIGKILL)
        killed.append((victim, len(list(tmp_path.rglob("*.pxc")))))

    killer = threading.Thread(target=kill)
    killer.start()
    report = archive.run(archive.Settings(str(source), str(tmp_path)), 2)
    killer.join()
    assert killed and killed[0][1] < IMAGES, "killed in the middle"
    assert manifest(tmp_path) == manifest(expected)
    assert contents(tmp_path) == contents(expected)
    assert len(report.rows) == IMAGES + len(POISON)
    # At most the image that the worker was converting was begun twice.
    assert report.conversions - len(report.rows) in (0, 1)


def test_a_second_run_does_what_is_missing_failed_or_changed(archive, source, undisturbed, tmp_path):
    settings = archive.Settings(str(source), str(tmp_path))
    expected = manifest(undisturbed[0])
    # As after a run that was cut short: rows in parts only.
    (tmp_path / ".manifest-parts").mkdir()
    parts = pyarrow.parquet.read_table(undisturbed[0] / "manifest.parquet")
    pyarrow.parquet.write_table(parts, tmp_path / ".manifest-parts" / "1.parquet")
    for name, content in contents(undisturbed[0]).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    paths = sorted(set(expected) - set(POISON))
    missing, short, changed = paths[3], paths[100], paths[200]
    (tmp_path / (missing + ".pxc")).unlink()
    (tmp_path / (short + ".pxc")).write_bytes(b"a")
    original = (source / changed).read_bytes()
    os.utime(source / changed, ns=(0, 1))
    try:
        report = archive.run(settings, 2)
    finally:
        (source / changed).write_bytes(original)
        os.utime(source / changed, ns=(0, expected[changed]["modified"]))
    assert {row["path"] for row in report.rows} == {missing, short, changed, *POISON}
    assert report.skipped == IMAGES - 3
    found = manifest(tmp_path)
    found[changed]["modified"] = expected[changed]["modified"]
    assert found == expected and contents(tmp_path) == contents(undisturbed[0])


def test_an_image_that_kills_its_worker_is_given_up(archive, tmp_path):
    source, destination = tmp_path / "source", tmp_path / "destination"
    source.mkdir()
    for at in range(20):
        Image.fromarray(photo(16, 16, at)).save(source / f"{at}.png")
    (source / "killer.png").write_bytes((source / "0.png").read_bytes())

    class FragileConverter(archive.Converter):
        def convert(self, path):
            if path == "killer.png":
                os.kill(os.getpid(), signal.SIGKILL)
            return super().convert(path)

    report = archive.run(archive.Settings(str(source), str(destination)), 2, FragileConverter)
    rows = manifest(destination)
    assert len(rows) == 21 and {path for path, row in rows.items() if row["error"]} == {"killer.png"}
    assert rows["killer.png"]["error"] == "RuntimeError: its worker died 3 times"
    assert report.conversions == 20 + 4


def test_the_program(archive, tmp_path, capsys):
    source, destination = tmp_path / "source", tmp_path / "destination"
    source.mkdir()
    for at in range(3):
        Image.fromarray(photo(32, 32, at)).save(source / f"{at}.png")
    arguments = [str(source), str(destination), "--workers", "1", "--effort", "fast", "--require-exact"]
    assert archive.main(arguments) == 0
    assert "3 converted, 3 of them byte for byte; 0 failed; 0 were there" in capsys.readouterr().out
    assert archive.main(arguments) == 0
    assert capsys.readouterr().out.strip() == "0 converted, 0 of them byte for byte; 0 failed; 3 were there"
    (source / "4.png").write_bytes(png_of_an_unknown_encoder(Image.fromarray(photo(50, 70))))
    assert archive.main(arguments) == 1
    assert "4.png: PxcError: its deflate stream cannot be predicted" in capsys.readouterr().out
