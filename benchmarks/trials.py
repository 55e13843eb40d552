"""Measure what a trial costs beside the tests themselves, and how often it runs them.

Suites of test functions that each build one mock by hand, with unsafe fixes for all of them: in one
file, and in files of ten. Some fixes are planted that break their test.
"""

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from ssot_migrate.discover import discover
from ssot_migrate.model import Request
from ssot_migrate.pipeline import start
from ssot_migrate.settings.resolver import Options, find
from ssot_migrate.trial.concern import concerned
from ssot_migrate.trial.execution import in_copy
from ssot_migrate.trial.trial import conduct

_RESULTS = Path(__file__).parent / "results" / "trials.json"
_COMMAND = f"{sys.executable} -m pytest -q -p no:cacheprovider {{files}}"
_HEAD = "import asyncio\nfrom unittest.mock import AsyncMock\n"
_GOOD = """

def test_{number}():
    mock_ws = AsyncMock()
    mock_ws.user_id = "u{number}"
    assert mock_ws.user_id == "u{number}"
"""
#: A product is a MagicMock: what neither the test nor the factory sets cannot be awaited.
_BAD = """

def test_{number}():
    mock_ws = AsyncMock()
    mock_ws.answer.return_value = {number}
    assert asyncio.run(mock_ws.answer()) == {number}
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One trial."""

    fixes: int
    files: int
    planted: int
    taken_back: int
    #: Executions of the command, the two of any trial included.
    runs: int
    #: Wall time of the whole trial, and of the command alone.
    seconds: float
    tests_seconds: float


def main() -> None:
    """Print a row for each trial."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fixes", type=int, nargs="*", default=[2, 20, 100, 500])
    found = [*_measured(parser.parse_args().fixes)]
    print("| fixes | files | planted | taken back | runs | 2·log2(n)+2 | tests | beside | a run |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for one in found:
        beside = one.seconds - one.tests_seconds
        print(
            f"| {one.fixes} | {one.files} | {one.planted} | {one.taken_back} | {one.runs}"
            f" | {2 * math.log2(one.fixes) + 2:.0f} | {one.tests_seconds:.1f} s | {beside:.2f} s"
            f" | {beside / one.runs:.2f} s |"
        )
    _RESULTS.parent.mkdir(exist_ok=True)
    text = json.dumps({"python": sys.version, "trials": [asdict(one) for one in found]}, indent=2)
    _RESULTS.write_text(text + "\n", encoding="utf-8")


def _measured(numbers: list[int]) -> Iterator[Measured]:
    for number in numbers:
        yield _trial(number, bad={number // 2}, a_file=number)
    yield _trial(numbers[-1], bad=set(), a_file=10)
    yield _trial(numbers[-1], bad=set(range(0, numbers[-1], numbers[-1] // 10)), a_file=10)
    yield _trial(numbers[-1], bad=set(range(0, numbers[-1], numbers[-1] // 10)), a_file=numbers[-1])


def _trial(number: int, *, bad: set[int], a_file: int) -> Measured:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        files = _write(folder, number, bad, a_file)
        resolver = find(folder, Options(unsafe_fixes=True))
        run = start(discover([folder / "tests"], resolver)[0], resolver, Request(fix=True))
        changes = run.report.changes
        begun = time.perf_counter()
        concern = concerned([change.location for change in changes], resolver)
        with in_copy(_COMMAND, folder, folder / ".ssot_migrate_cache/trials") as runner:
            result = conduct(changes, run.only, concern, runner, lambda _: None)
        seconds = time.perf_counter() - begun
    taken = len(result.taken_back)
    fixes = sum(len(change.fixed) for change in changes)
    return Measured(fixes, files, len(bad), taken, result.runs, seconds, result.seconds)


def _write(folder: Path, number: int, bad: set[int], a_file: int) -> int:
    (folder / "pyproject.toml").write_text("[tool.ssot-migrate]\n")
    (folder / "tests").mkdir()
    starts = range(0, number, a_file)
    for first in starts:
        numbers = range(first, min(first + a_file, number))
        tests = [(_BAD if n in bad else _GOOD).format(number=n) for n in numbers]
        (folder / f"tests/test_{first}.py").write_text(_HEAD + "".join(tests))
    return len(starts)


if __name__ == "__main__":
    main()
