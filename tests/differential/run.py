"""Compares pxc with second readers over generated files of every format that it reads.

python tests/differential/run.py target/release/pxc
"""

from __future__ import annotations

import argparse
import fnmatch
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import second_reader
from expectation import Case
from formats import all_cases
from judgement import FAILED, KEPT, REFUSED, Fault, judge
from program import Program, trace


FEWEST = 1000
"""Files that the generator makes at least."""


def main() -> int:
    """Returns the exit code: 1 on any failure."""
    arguments = _arguments()
    cases = [case for case in all_cases() if any(fnmatch.fnmatch(case.name, pattern) for pattern in arguments.only)]
    if arguments.only == ["*"] and len(cases) < FEWEST:
        sys.exit(f"{len(cases)} files: expected at least {FEWEST}")
    if arguments.list:
        for case in cases:
            print(f"{case.name}: {len(case.data)} bytes: {case.wanted()}")
        return 0
    if arguments.write:
        _write(cases, arguments.write)
        return 0
    if arguments.pxc is None:
        sys.exit("which pxc? give its path, or --list, or --write DIR")
    doubtful = [case.name for case in cases if case.witness == "reader" and not second_reader.confirms(case)]
    for name in doubtful:
        print(f"{name}: generator: expected a second reader to agree, found none")
    failed = _run(arguments, cases)
    return 1 if failed or doubtful else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pxc", type=Path, nargs="?", help="the binary")
    parser.add_argument("-j", "--jobs", type=int, default=2, help="files at the same time [2]")
    parser.add_argument("--only", metavar="PATTERN", action="append", help="files to take, such as 'tiff/*'")
    parser.add_argument("--keep", metavar="DIR", type=Path, help="keep failing files, and what became of them, here")
    parser.add_argument("--list", action="store_true", help="print the files and what is right for each")
    parser.add_argument("--write", metavar="DIR", type=Path, help="write the files and do nothing else")
    parser.add_argument(
        "--option",
        metavar="OPTION",
        action="append",
        default=[],
        help="an option for each compress, such as --option=--exact-file=never",
    )
    arguments = parser.parse_args()
    arguments.only = arguments.only or ["*"]
    return arguments


def _write(cases: Iterable[Case], folder: Path) -> None:
    for case in cases:
        path = folder / case.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(case.data)


def _run(arguments: argparse.Namespace, cases: list[Case]) -> int:
    begin = time.monotonic()
    counts: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory(prefix="pxc-differential-") as directory:
        root = Path(directory)
        program = Program(arguments.pxc.resolve(), root / "home", tuple(arguments.option))

        def check(case: Case) -> tuple[Case, str, list[Fault]]:
            folder = root / case.name
            if arguments.option:
                case = replace(case, comes_back=False)
            outcome, faults = judge(case, trace(program, Path(case.name).name, case.data, case.options, folder))
            if faults and arguments.keep:
                shutil.copytree(folder, arguments.keep / case.name, dirs_exist_ok=True)
                (arguments.keep / case.name / Path(case.name).name).write_bytes(case.data)
            shutil.rmtree(folder)
            return case, outcome, faults

        with ThreadPoolExecutor(arguments.jobs) as pool:
            for case, outcome, faults in pool.map(check, cases):
                counts[case.format, FAILED if faults else outcome] += 1
                for fault in faults:
                    print(
                        f"{case.name}: {fault.kind}: expected {fault.expected}; found {fault.found}".replace("\n", " "),
                        flush=True,
                    )
    return _report(counts, time.monotonic() - begin)


def _report(counts: Counter[tuple[str, str]], seconds: float) -> int:
    """Prints the table; returns the number of failures."""
    columns = (KEPT, REFUSED, FAILED)
    print(f"{'format':<8}{'files':>9}" + "".join(f"{column:>9}" for column in columns))
    for name in dict.fromkeys(format_ for format_, _ in counts):
        _row(name, [counts[name, column] for column in columns])
    totals = [sum(count for (_, outcome), count in counts.items() if outcome == column) for column in columns]
    _row("total", totals)
    print(f"{seconds:.0f} s")
    return totals[2]


def _row(name: str, counts: list[int]) -> None:
    print(f"{name:<8}{sum(counts):>9}" + "".join(f"{count:>9}" for count in counts))


if __name__ == "__main__":
    sys.exit(main())
