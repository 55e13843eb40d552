"""Measure how time and memory of a scan grow with the tree, and draw it: `make bench-growth`.

Writes ``growth.json`` and ``growth.svg`` beside this file, and the table into the page. The trees
are built one after the other in a temporary folder; the largest takes two gigabytes of disk.
"""

import argparse
import json
import math
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import linear_regression

from benchmarks import page, tree
from benchmarks.bars import MEMORY
from benchmarks.measure import Command, Cost, middle, run, script
from benchmarks.run import circumstances

HERE = Path(__file__).parent
DATA, PICTURE = HERE / "growth.json", HERE / "growth.svg"
DEFAULT_FILES = (1_000, 3_000, 10_000, 30_000, 100_000)
COLD, WARM = "first run", "nothing changed"


@dataclass(frozen=True, slots=True)
class Point:
    """What a scan of one tree took."""

    files: int
    #: Of the tree, in bytes.
    size: int
    #: Medians of the runs, by what kind of run it was.
    costs: dict[str, Cost]


def measure(numbers: Sequence[int], rounds: int) -> Iterator[Point]:
    """Build a tree of each size, and scan it."""
    for files in numbers:
        with tempfile.TemporaryDirectory() as temporary:
            home = Path(temporary) / "tree"
            size = tree.ensure(files, home)
            print(size, file=sys.stderr, flush=True)
            yield Point(files, size.size, _costs(home, Path(temporary), rounds))


def _costs(home: Path, scratch: Path, rounds: int) -> dict[str, Cost]:
    cache = scratch / "cache"
    scan = (script("ssot-migrate"), "scan", "--cache-dir", str(cache), str(home))
    # 2: among thousands of public files there are some that no Python can parse.
    command = Command("scan", scan, expected=(0, 2))
    costs: dict[str, list[Cost]] = {COLD: [], WARM: []}
    for _ in range(rounds):
        shutil.rmtree(cache, ignore_errors=True)
        for found in costs.values():
            found.append(run(command, scratch / "output"))
    return {name: middle(found) for name, found in costs.items()}


def draw(points: Sequence[Point], title: str) -> None:
    """Draw time and memory over files, both axes logarithmic, beside a line of equal growth."""
    # Only this function needs the library; what it draws is the same on each machine.
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "growth", "font.size": 9}
    from matplotlib import pyplot as plt

    figure, (time, memory) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
    files = [point.files for point in points]
    for name, colour in ((COLD, "C0"), (WARM, "C1")):
        costs = [point.costs[name] for point in points]
        time.plot(files, [cost.wall for cost in costs], "o-", color=colour, label=f"{name}, wall")
        processor = [cost.cpu for cost in costs]
        time.plot(files, processor, "o:", color=colour, label=f"{name}, processor")
        memory.plot(files, [cost.memory / 1e6 for cost in costs], "o-", color=colour, label=name)
    last = points[-1]
    linear = [last.costs[COLD].wall * number / last.files for number in files]
    time.plot(files, linear, "--", color="grey", label="proportional to files")
    memory.axhline(MEMORY / 1e6, linestyle="--", color="grey", label="the bar")
    for axes, unit in ((time, "seconds"), (memory, "peak MB of the largest process")):
        axes.set(xscale="log", yscale="log", xlabel="files", ylabel=unit)
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.yaxis.set_major_formatter("{x:,g}")
        axes.grid(visible=True, which="both", alpha=0.25)
        axes.legend(fontsize="small")
    memory.yaxis.set_minor_formatter("{x:,g}")
    figure.suptitle(title)
    figure.savefig(PICTURE, metadata={"Date": None})


def exponent(points: Sequence[Point]) -> float:
    """Give the power of the number of files that a first run's processor time grows with."""
    files = [math.log(point.files) for point in points]
    return linear_regression(files, [math.log(point.costs[COLD].cpu) for point in points]).slope


def table(points: Sequence[Point]) -> str:
    """Write the points as a Markdown table."""
    lines = [
        "| files | MB | first run, wall s | cpu s | µs a file | peak MB | again, wall s | MB |",
        "| ---: " * 8 + "|",
    ]
    for point in points:
        cold, warm = point.costs[COLD], point.costs[WARM]
        lines.append(
            f"| {point.files:,} | {point.size / 1e6:,.0f} | {cold.wall:.1f} | {cold.cpu:.1f} "
            f"| {cold.cpu / point.files * 1e6:,.0f} | {cold.memory / 1e6:.0f} "
            f"| {warm.wall:.2f} | {warm.memory / 1e6:.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, write, draw and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, nargs="+", default=DEFAULT_FILES)
    parser.add_argument("--rounds", type=int, default=1, help="default: %(default)s")
    given = parser.parse_args()
    points = [*measure(sorted(given.files), given.rounds)]
    on = circumstances()
    power = exponent(points)
    result = {**on, "exponent": power, "points": [asdict(point) for point in points]}
    DATA.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    draw(points, f"ssot-migrate scan, CPython {on['python']}, {on['cores']} cores, {on['date']}")
    said = f"{table(points)}\n\nProcessor time grows with the files to the power of {power:.2f}."
    print(said)
    page.write("growth", f"{_on(on)}\n\n{said}")


def _on(on: dict[str, object]) -> str:
    return f"{on['date']}, CPython {on['python']}, {on['system']}, {on['cores']} cores:"


if __name__ == "__main__":
    main()
