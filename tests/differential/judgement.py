"""What pxc did with a file, against what is right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from expectation import Case, Content, Item, Samples
from png_file import PngFile
from program import Run, Traces
from second_reader import colors

KEPT, REFUSED, FAILED = "equal", "refused", "failed"

#: What pxc says of each file that does not come back byte for byte, whether anything else is lost or not.
NOT_EXACT = re.compile(r"^.*: note: the file cannot be rebuilt byte for byte, .*$", re.MULTILINE)


@dataclass(frozen=True)
class Fault:
    """One way in which pxc was wrong about a file."""

    kind: str
    expected: str
    found: str


def judge(case: Case, traces: Traces) -> tuple[str, list[Fault]]:
    """Whether the file was kept or refused, and what was wrong with that."""
    crashes = [
        fault
        for run in (traces.removing, traces.compressing, traces.decompressing, traces.own_decompressing)
        if run
        for fault in _manners(run)
    ]
    if crashes:
        return KEPT, crashes[:1]
    if traces.compressing.code != 0:
        return REFUSED, _refusal(case, traces)
    if case.content is None:
        if case.exact_suffices and is_exact(case, traces):
            return KEPT, []
        return KEPT, [Fault("bad file accepted", case.wanted(), f"exit 0, {_rm(traces)}")]
    if case.comes_back and not is_exact(case, traces):
        return KEPT, [Fault("not exact", "the file itself", traces.compressing.stderr or "other bytes")]
    pixels = _pixels(case, traces)
    return KEPT, pixels + _items(case, traces) + ([] if pixels else _own_format(case, traces))


def _manners(run: Run) -> list[Fault]:
    code, stdout, stderr = run.code, run.stdout, run.stderr
    if code not in (0, 1, 2) or "panicked" in stderr:
        return [Fault("crash", "exit 0, 1 or 2", f"exit {code}: {stderr[-200:]}")]
    return [Fault("noise on stdout", "nothing", repr(stdout[:60]))] if stdout else []


def _rm(traces: Traces) -> str:
    return "original kept" if traces.is_original_there else "original removed"


def _refusal(case: Case, traces: Traces) -> list[Fault]:
    code, words = traces.compressing.code, traces.compressing.stderr
    if not traces.is_original_there:
        return [Fault("refused file removed", "original kept", words)]
    if code in case.refusals:
        return []
    if not case.refusals:
        return [Fault("sound file refused", case.wanted(), f"exit {code}: {words}")]
    return [Fault("wrong exit code", case.wanted(), f"exit {code}: {words}")]


def _pixels(case: Case, traces: Traces) -> list[Fault]:
    assert case.content is not None and traces.decompressing is not None
    if traces.decompressing.code != 0 or traces.png is None:
        return [Fault("not decodable", "a PNG file", f"exit {traces.decompressing.code}: {traces.decompressing.stderr}")]
    if traces.png == case.data:
        return []
    try:
        back = content_of(PngFile.parse(traces.png))
    except ValueError as error:
        return [Fault("unsound PNG written", "a PNG file", str(error))]
    problems = [difference(wanted, back, case) for wanted in (case.content, *case.alternatives)]
    return _none_fits("wrong pixels", problems)


def _none_fits(kind: str, problems: list[tuple[str, str] | None]) -> list[Fault]:
    """A fault unless one of the readings is what was found."""
    first = problems[0]
    return [Fault(kind, *first)] if first is not None and all(problems) else []


def content_of(png: PngFile) -> Content:
    """The pixels of a PNG file that came back."""
    palette = alpha = key = None
    transparency = png.chunk(b"tRNS")
    if png.color_type == 3:
        table = png.chunk(b"PLTE") or b""
        palette = tuple((table[at], table[at + 1], table[at + 2]) for at in range(0, len(table), 3))
        alpha = tuple(transparency or b"")
    elif transparency is not None:
        key = tuple(int.from_bytes(transparency[at : at + 2], "big") for at in range(0, len(transparency), 2))
    return Content(png.samples, (1 << png.depth) - 1, palette, alpha or (), key)


def difference(wanted: Content, found: Content, case: Case) -> tuple[str, str] | None:
    """Expected and found, unless the pixels are the same."""
    if wanted.samples.shape[:2] != found.samples.shape[:2]:
        return f"{wanted.samples.shape[:2]} rows and columns", f"{found.samples.shape[:2]}"
    if wanted.has_alpha and not (found.has_alpha or found.palette or found.key):
        return "alpha", "none"
    if case.is_strict:
        for fact in ("channels", "palette", "alpha", "key", "largest"):
            here, there = getattr(wanted, fact), getattr(found, fact)
            if here != there and not (fact == "largest" and wanted.palette is not None):
                return f"{fact} {here}", f"{there}"
        return _first_difference(wanted.samples, found.samples)
    return _same_colors(wanted, found.rgba(), case)


def _first_difference(wanted: Samples, found: Samples, tolerance: int = 0) -> tuple[str, str] | None:
    differs = (np.abs(wanted.astype(np.int64) - found.astype(np.int64)) > tolerance * 257).any(axis=2)
    if not differs.any():
        return None
    y, x = (int(index[0]) for index in np.nonzero(differs))
    return (
        f"{wanted[y, x].tolist()} at column {x}, row {y}",
        f"{found[y, x].tolist()} there, {int(differs.sum())} of {differs.size} pixels differ",
    )


def is_exact(case: Case, traces: Traces) -> bool:
    """Whether the file itself comes back."""
    return case.data in (traces.own, traces.png)


def _items(case: Case, traces: Traces) -> list[Fault]:
    """Everything besides the pixels must come back, or be named and make `--rm` keep the file."""
    missing = [] if is_exact(case, traces) else [item for item in case.items if not _is_kept(item, traces)]
    note = NOT_EXACT.sub("", traces.compressing.stderr).strip().replace(PurePosixPath(case.name).name, "")
    if missing:
        names = ", ".join(item.name for item in missing)
        if not note:
            return [Fault("loss not said", f"kept or named: {names}", f"no note, {_rm(traces)}")]
        unnamed = [item.name for item in missing if not re.search(item.words, note, re.IGNORECASE)]
        if unnamed:
            return [Fault("loss not named", ", ".join(unnamed), f"{note}; {_rm(traces)}")]
        if not traces.is_original_there:
            return [Fault("original removed", f"kept, since {names} is lost", note)]
    elif note and not case.refusals:
        return [Fault("false alarm", "no note", note)]
    elif traces.is_original_there and not case.refusals:
        return [Fault("original not removed", "--rm removes a file that is kept whole", traces.removing.stderr)]
    return []


def _is_kept(item: Item, traces: Traces) -> bool:
    if traces.png is None:
        return False
    try:
        back = PngFile.parse(traces.png)
    except ValueError:
        return False
    if item.name == "palette":
        return back.color_type == 3
    return item.is_in(back)


def _own_format(case: Case, traces: Traces) -> list[Fault]:
    """The file that is written under the original's name, where pxc writes its format."""
    run, name = traces.own_decompressing, traces.own_name
    if case.content is None or run is None or is_exact(case, traces) or (traces.own and traces.own == traces.png):
        return []
    if name is None:
        is_capacity = run.code == 2 and "cannot hold" in run.stderr
        return (
            [] if is_capacity else [Fault("not decodable", "a file of the original's format", f"exit {run.code}: {run.stderr}")]
        )
    assert traces.own is not None
    found = colors(name, traces.own)
    if found is None:
        return [Fault("unreadable output", f"{name}, read by a second reader", "an error")]
    problems = [_same_colors(wanted, found, case) for wanted in (case.content, *case.alternatives)]
    return _none_fits("wrong pixels in the own format", problems)


def _same_colors(wanted: Content, found: Samples, case: Case) -> tuple[str, str] | None:
    expected = wanted.rgba()
    if expected.shape != found.shape:
        return f"{expected.shape}", f"{found.shape}"
    if wanted.colorless is not None:
        expected[wanted.colorless, :3] = found[wanted.colorless, :3]
    return _first_difference(expected, found, case.tolerance)
