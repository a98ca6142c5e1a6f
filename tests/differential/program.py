"""Runs pxc on one file in a folder of its own and says what it did."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

LONGEST = 60
"""Seconds that a run may take."""


@dataclass(frozen=True)
class Run:
    """How a command ended."""

    code: int
    stdout: bytes
    stderr: str


@dataclass(frozen=True)
class Program:
    """A pxc binary."""

    path: Path
    home: Path
    """Stands in for the user's data directory, so that no other models are found."""
    options: tuple[str, ...] = ()
    """Further options for each `compress`."""
    user: int | None = None
    """Who runs it; only root can say."""

    def run(self, folder: Path, *arguments: str) -> Run:
        """Runs a command in a folder."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PXC_")}
        environment["XDG_DATA_HOME"] = str(self.home)
        command = [str(self.path), *arguments]
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=LONGEST,
                check=False,
                user=self.user,
                group=self.user,
            )
        except subprocess.TimeoutExpired:
            return Run(-1, b"", f"no end after {LONGEST} seconds")
        return Run(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace").strip())

    def compress(self, folder: Path, *arguments: str) -> Run:
        """Compresses, the fast way: what is tested is what comes before and after the coding."""
        return self.run(folder, "compress", "--effort", "fast", "--threads", "1", *self.options, *arguments)

    def decompress(self, folder: Path, *arguments: str) -> Run:
        """Decompresses."""
        return self.run(folder, "decompress", "--threads", "1", *arguments)


@dataclass(frozen=True)
class Traces:
    """All that pxc did with a file."""

    removing: Run
    """`compress --rm`."""
    is_original_there: bool
    """Whether the file was there after `--rm`, unchanged."""
    compressing: Run
    """`compress --allow-loss`, where `--rm` failed; else the same run."""
    decompressing: Run | None = None
    """To PNG; `None` where there was nothing to decompress."""
    png: bytes | None = None
    own_decompressing: Run | None = None
    """To the name that pxc gives the file."""
    own_name: str | None = None
    own: bytes | None = None


def trace(program: Program, name: str, data: bytes, options: tuple[str, ...], folder: Path) -> Traces:
    """Compresses a file in a folder that is empty, and decompresses what came of it."""
    folder.mkdir(parents=True)
    original = folder / name
    original.write_bytes(data)
    removing = program.compress(folder, "--rm", *options, name)
    is_there = original.exists() and original.read_bytes() == data
    compressing = removing
    if removing.code != 0:
        if not is_there:
            original.write_bytes(data)
        compressing = program.compress(folder, "-f", "--allow-loss", *options, name)
    packed = sorted(folder.glob("*.pxc"))
    if compressing.code != 0 or not packed:
        return Traces(removing, is_there, compressing)
    decompressing = program.decompress(folder, packed[0].name, "-o", "back.png")
    png = _content(folder / "back.png")
    own_decompressing = program.decompress(folder, packed[0].name, "--out-dir", "own")
    own = sorted((folder / "own").iterdir()) if (folder / "own").is_dir() else []
    return Traces(
        removing,
        is_there,
        compressing,
        decompressing,
        png,
        own_decompressing,
        own[0].name if own else None,
        _content(own[0]) if own else None,
    )


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
