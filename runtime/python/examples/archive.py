"""Converts an archive of images to .pxc files on a Ray cluster, and proves each of them; docs/archives.md explains it.

    python archive.py photos/ archive/
    python archive.py s3://bucket/photos s3://bucket/archive --workers 64 --effort max

Writes photos/a/b.png to archive/a/b.png.pxc, and a row for each image to archive/manifest.parquet. A second run
converts what is missing, failed or changed, and no more. Needs the packages pxc, ray[data], pyarrow and pillow on every
node.
"""

from __future__ import annotations

import argparse
import collections
import hashlib
import io
import math
import os
import sys
import time
import uuid
from dataclasses import dataclass
from typing import Any

import pxc
import pyarrow
import pyarrow.fs
import pyarrow.parquet
import ray
import ray.data
from PIL import Image

EXTENSIONS = tuple(".png .jpg .jpeg .webp .tif .tiff .bmp .pbm .pgm .ppm .pnm .pam .qoi .gif".split())
# Images of a batch. When a worker dies, only the image that it was converting is converted again.
BATCH = 16
# How often an image may be begun: one that kills its worker each time is given up.
MOST_ATTEMPTS = 3
# Rows, and seconds, after which rows that are finished are written down.
PART_ROWS, PART_SECONDS = 5000, 30.0
MANIFEST, PARTS, PARTIAL = "manifest.parquet", ".manifest-parts", ".partial"

SCHEMA = pyarrow.schema(
    {
        "path": pyarrow.string(),  # below the source
        "bytes": pyarrow.int64(),
        "modified": pyarrow.int64(),  # nanoseconds since 1970
        "sha256": pyarrow.string(),
        "pxc_bytes": pyarrow.int64(),
        "pxc_sha256": pyarrow.string(),
        "exact": pyarrow.bool_(),  # whether the image file comes back byte for byte
        "model": pyarrow.string(),
        "seconds": pyarrow.float64(),  # of one processor: reading, compressing, proving, writing
        "error": pyarrow.string(),  # why there is no .pxc file
    }
)
Row = dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """Where images come from, where .pxc files go, and how they are made."""

    source: str
    destination: str
    effort: str = "default"
    exact: bool | None = None
    max_memory: int | None = None


class Folder:
    """A folder on a disk, or what an object store has below a name."""

    def __init__(self, location: str) -> None:
        uri = location if "://" in location else os.path.abspath(location)
        self.files, root = pyarrow.fs.FileSystem.from_uri(uri)
        self.root = root.rstrip("/")
        self.is_local = isinstance(self.files, pyarrow.fs.LocalFileSystem)

    def at(self, path: str) -> str:
        return f"{self.root}/{path}"

    def list(self) -> dict[str, pyarrow.fs.FileInfo]:
        selector = pyarrow.fs.FileSelector(self.root, allow_not_found=True, recursive=True)
        found = [info for info in self.files.get_file_info(selector) if info.is_file]
        return {info.path[len(self.root) :].lstrip("/"): info for info in found}

    def read(self, path: str) -> bytes:
        with self.files.open_input_stream(self.at(path)) as stream:
            content: bytes = stream.read()
        return content

    def write(self, path: str, content: bytes) -> None:
        """Writes a file that others see complete or not at all. Object stores do so by themselves."""
        begun = f"{PARTIAL}/{uuid.uuid4().hex}" if self.is_local else path
        if self.is_local:
            for parent in (begun, path):
                self.files.create_dir(os.path.dirname(self.at(parent)), recursive=True)
        with self.files.open_output_stream(self.at(begun)) as stream:
            stream.write(content)
        if self.is_local:
            self.files.move(self.at(begun), self.at(path))

    def remove(self, folder: str) -> None:
        if self.files.get_file_info(self.at(folder)).type == pyarrow.fs.FileType.Directory:
            self.files.delete_dir(self.at(folder))


@ray.remote(num_cpus=0)
class Journal:
    """Knows which images were begun and finished, so that a batch whose worker died goes on where it was."""

    def __init__(self) -> None:
        self.begun: collections.Counter[str] = collections.Counter()
        self.finished: dict[str, Row] = {}
        self.conversions = 0

    def begin(self, path: str) -> tuple[int, Row | None]:
        """How often the image was begun and not finished, and its row if it was finished."""
        if path in self.finished:
            return 0, self.finished[path]
        self.begun[path] += 1
        self.conversions += 1
        return self.begun[path], None

    def finish(self, row: Row) -> None:
        self.finished[row["path"]] = row
        del self.begun[row["path"]]

    def forget(self, paths: list[str]) -> int:
        """Forgets images whose rows have arrived. Returns how many conversions were begun so far."""
        for path in paths:
            self.finished.pop(path, None)
        return self.conversions


class Converter:
    """A worker: one process with one engine, which keeps its models for the next image."""

    def __init__(self, settings: Settings, journal: Any) -> None:
        self.settings, self.journal = settings, journal
        self.source, self.destination = Folder(settings.source), Folder(settings.destination)

    def __call__(self, batch: pyarrow.Table) -> pyarrow.Table:
        return pyarrow.Table.from_pylist([self.row(image) for image in batch.to_pylist()], SCHEMA)

    def row(self, image: Row) -> Row:
        attempts, row = ray.get(self.journal.begin.remote(image["path"]))
        if row is not None:
            return row
        row = dict.fromkeys(SCHEMA.names) | image
        begin = time.process_time()
        try:
            if attempts > MOST_ATTEMPTS:
                raise RuntimeError(f"its worker died {MOST_ATTEMPTS} times")
            row |= self.convert(image["path"])
        except BaseException as error:  # a panic of native code is no Exception
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
            row["error"] = f"{type(error).__name__}: {error}"
        row["seconds"] = time.process_time() - begin
        ray.get(self.journal.finish.remote(row))
        return row

    def convert(self, path: str) -> Row:
        original = self.source.read(path)
        limits: dict[str, Any] = {"max_memory": self.settings.max_memory}
        options: dict[str, Any] = {"exact": self.settings.exact, "effort": self.settings.effort, "threads": 1}
        packed = pxc.compress_file(original, **options, **limits)
        prove(packed, original, **limits)
        self.destination.write(path + ".pxc", packed)
        found = pxc.info(packed)
        return {
            "bytes": len(original),
            "sha256": hashlib.sha256(original).hexdigest(),
            "pxc_bytes": len(packed),
            "pxc_sha256": hashlib.sha256(packed).hexdigest(),
            "exact": found.has_original,
            "model": found.model,
        }


def prove(packed: bytes, original: bytes, **limits: Any) -> None:
    """Decodes a .pxc file and compares: the image file byte for byte, or else the pixels that Pillow reads."""
    if pxc.info(packed).has_original:
        if pxc.original_file(packed, **limits) != original:
            raise ValueError("another file comes back")
        return
    with Image.open(io.BytesIO(original)) as expected, Image.open(io.BytesIO(packed)) as found:
        if pixels(expected) != pixels(found):
            raise ValueError("other pixels come back")


def pixels(image: Image.Image) -> tuple[tuple[int, int], bytes]:
    is_deep = image.mode.startswith("I")
    return image.size, image.tobytes() if is_deep else image.convert("RGBA").tobytes()


class Manifest:
    """The rows of all runs. Rows of a run are in parts until its end, so that a run that is cut short loses few."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        names = [MANIFEST, *sorted(path for path in folder.list() if path.startswith(f"{PARTS}/"))]
        tables = [self.table(name) for name in names if folder.files.get_file_info(folder.at(name)).is_file]
        self.rows: dict[str, Row] = {row["path"]: row for table in tables for row in table.to_pylist()}
        self.fresh: list[Row] = []
        self.saved = time.monotonic()

    def table(self, name: str) -> pyarrow.Table:
        return pyarrow.parquet.read_table(io.BytesIO(self.folder.read(name)), schema=SCHEMA)

    def save(self, name: str, rows: list[Row]) -> None:
        file = io.BytesIO()
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, SCHEMA), file)
        self.folder.write(name, file.getvalue())

    def add(self, rows: list[Row]) -> None:
        self.rows |= {row["path"]: row for row in rows}
        self.fresh += rows
        if len(self.fresh) >= PART_ROWS or time.monotonic() - self.saved > PART_SECONDS:
            # Names in the order of time: of two rows of an image, the later one counts.
            self.save(f"{PARTS}/{time.time_ns():020}.parquet", self.fresh)
            self.fresh, self.saved = [], time.monotonic()

    def finish(self, paths: set[str]) -> None:
        """Keeps the rows of these images, and removes what is only needed during a run."""
        self.rows = {path: self.rows[path] for path in sorted(paths & self.rows.keys())}
        self.save(MANIFEST, list(self.rows.values()))
        for folder in (PARTS, PARTIAL):
            self.folder.remove(folder)


@dataclass(frozen=True)
class Report:
    """What a run did."""

    rows: list[Row]  # of the images that it converted, or could not
    skipped: int  # images whose .pxc files were there
    conversions: int  # images that workers began


def run(settings: Settings, workers: int | None = None, converter: type[Converter] = Converter) -> Report:
    """Converts the images of the source that the destination lacks."""
    ray.init(ignore_reinit_error=True, log_to_driver=False)
    workers = workers or max(1, int(ray.cluster_resources()["CPU"]))
    source, destination = Folder(settings.source), Folder(settings.destination)
    images = {path: info for path, info in source.list().items() if path.lower().endswith(EXTENSIONS)}
    manifest, present = Manifest(destination), destination.list()

    def is_done(path: str, info: pyarrow.fs.FileInfo) -> bool:
        row, file = manifest.rows.get(path), present.get(path + ".pxc")
        return (
            row is not None
            and file is not None
            and row["error"] is None
            and (file.size, info.size, info.mtime_ns) == (row["pxc_bytes"], row["bytes"], row["modified"])
        )

    missing = [
        {"path": path, "bytes": info.size, "modified": info.mtime_ns}
        for path, info in images.items()
        if not is_done(path, info)
    ]
    rows, conversions = [], 0
    if missing:
        journal = Journal.remote()  # type: ignore[attr-defined]
        blocks = math.ceil(len(missing) / BATCH)
        results = ray.data.from_items(missing, override_num_blocks=blocks).map_batches(
            converter,
            fn_constructor_args=(settings, journal),
            batch_size=BATCH,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=min(workers, blocks)),
            num_cpus=1,
        )
        for table in results.iter_batches(batch_size=None, batch_format="pyarrow"):
            finished = table.to_pylist()
            rows += finished
            manifest.add(finished)
            conversions = ray.get(journal.forget.remote([row["path"] for row in finished]))
    manifest.finish(set(images))
    return Report(rows, len(images) - len(missing), conversions)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Convert an archive of images to .pxc files on a Ray cluster.")
    parser.add_argument("source", help="folder or URI with the images")
    parser.add_argument("destination", help="folder or URI for .pxc files and manifest.parquet")
    parser.add_argument("--workers", type=int, help="processes of one thread each [default: one per CPU]")
    parser.add_argument("--effort", choices=["fast", "default", "max"], default="default")
    parser.add_argument("--require-exact", action="store_true", help="fail files that would lose a byte")
    parser.add_argument("--max-memory", type=int, metavar="BYTES", help="most memory for one image")
    parsed = parser.parse_args(arguments)
    exact = True if parsed.require_exact else None
    report = run(Settings(parsed.source, parsed.destination, parsed.effort, exact, parsed.max_memory), parsed.workers)
    done = [row for row in report.rows if row["error"] is None]
    failed = [row for row in report.rows if row["error"] is not None]
    before, after = (sum(row[name] for row in done) for name in ("bytes", "pxc_bytes"))
    print(f"{len(done)} converted, {sum(row['exact'] for row in done)} of them byte for byte; {len(failed)} failed; "
          f"{report.skipped} were there")
    if done:
        seconds = sum(row["seconds"] for row in done)
        print(f"{before} bytes became {after}: {after / before:.3f}; {seconds:.1f} s of processor time: "
              f"{3600 * len(done) / seconds:.0f} images per core-hour")
    for row in failed[:20]:
        print(f"{row['path']}: {row['error']}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
