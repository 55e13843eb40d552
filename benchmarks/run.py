"""Measure ssot-migrate beside ast-grep, Ruff, LibCST's codemods and the limits, in turn.

``--against NAME=PATH`` adds the same rows for another installation: what a change brought, from
one run.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks import bars, codemod, page, tree
from benchmarks.commands import AST_GREP, Places, Row, Tool, changed, others, ours
from benchmarks.limits import is_candidate
from benchmarks.measure import Cost, middle, run, script

#: Where the results are written.
RESULTS = Path(__file__).parent / "results"
DEFAULT_ROUNDS = 5
GROUPS = ("cold", "warm", "diff", "rewrite", "libcst", "start")
#: So many files are rewritten beside LibCST, which is slow.
EDITED, MIXED = 64, 100
#: Scanned alone, for the time that a start takes.
SMALL = """\
from unittest.mock import AsyncMock


async def test_greets():
    websocket = AsyncMock()
    await websocket.send_text("hello")
    websocket.send_text.assert_awaited_once_with("hello")
"""


@dataclass(slots=True)
class Results:
    """What all rounds gave."""

    size: tree.Size
    tools: Sequence[Tool]
    costs: dict[str, list[Cost]] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)

    @property
    def medians(self) -> dict[str, Cost]:
        """The medians of each row."""
        return {name: middle(costs) for name, costs in self.costs.items()}

    def bars(self, tool: Tool) -> list[bars.Bar]:
        """Hold one installation against the bars."""
        measured = bars.Measured(tool.name, self.medians, self.found, self.size.files)
        return bars.bars(measured)


def places(folder: Path, scratch: Path) -> Places:
    """Choose the files that are rewritten beside LibCST: the same ones each time."""
    small = scratch / "small" / "test_small.py"
    small.parent.mkdir()
    small.write_text(SMALL, "utf-8")
    (small.parent / tree.PROJECT).write_text(tree.TABLE, "utf-8")
    paths = sorted(folder.rglob("*.py"))
    mixed = [str(path) for path in paths[:: max(1, len(paths) // MIXED)]][:MIXED]
    edited = [str(path) for path in edited_files(folder)][:EDITED]
    return Places(folder, tuple(edited), tuple(mixed), small, scratch)


def edited_files(folder: Path) -> list[Path]:
    """List the originals that both rewriters edit, in an order that mixes projects."""
    home = folder / "copy_00"
    with_mocks = [path for path in home.rglob("*.py") if is_candidate(path.read_bytes())]
    diff = (script("ssot-migrate"), "diff", "--unsafe-fixes", *map(str, with_mocks))
    done = subprocess.run(diff, capture_output=True, check=False)
    edited = {Path(path).resolve() for path in changed(done.stdout)} & {*with_mocks}
    chosen = (path for path in edited if codemod.edits(path.read_text("utf-8", "replace")))
    return sorted(chosen, key=lambda path: tree.mixed(path, home))


def measure(rows: Sequence[Row], number: int, results: Results, output: Path) -> None:
    """Run all commands in turn, so that a slow minute of the machine meets each of them."""
    for turn in range(1, number + 1):
        print(f"round {turn} of {number}", file=sys.stderr, flush=True)
        for row in rows:
            for _ in range(row.repeated):
                if row.fresh:
                    shutil.rmtree(row.fresh, ignore_errors=True)
                cost = run(row.command, output)
                results.costs.setdefault(row.command.name, []).append(cost)
            if row.count:
                results.found[row.command.name] = row.count(output.read_bytes())


def warm_up(folder: Path, rows: Sequence[Row], output: Path) -> None:
    """Fill the system's cache with the tree and with each program."""
    for path in folder.rglob("*.py"):
        path.read_bytes()
    for row in rows:
        if row.group == "start":
            run(row.command, output)


def table(results: Results) -> str:
    """Write the medians as a Markdown table."""
    medians = results.medians
    grep = medians.get(AST_GREP)
    lines = [
        "| command | wall s | cpu s | wall / ast-grep's | peak MB a process | found |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, cost in medians.items():
        ratio = f"{cost.wall / grep.wall:.2f}" if grep else ""
        found = f"{results.found[name]:,}" if name in results.found else ""
        lines.append(
            f"| {name} | {seconds(cost.wall)} | {seconds(cost.cpu)} | {ratio} "
            f"| {cost.memory / 1e6:.0f} | {found} |"
        )
    return "\n".join(lines)


def comparison(results: Results, other: Tool) -> str:
    """Write what another installation took and what this one takes, as a Markdown table."""
    medians, own = results.medians, results.tools[0].name
    lines = [
        f"| command | {other.name}, cpu s | now | now / {other.name} | MB | now |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, was in medians.items():
        if not name.startswith(f"{other.name} "):
            continue
        row = name.removeprefix(f"{other.name} ")
        now = medians[f"{own} {row}"]
        lines.append(
            f"| {row} | {seconds(was.cpu)} | {seconds(now.cpu)} | {now.cpu / was.cpu:.2f} "
            f"| {was.memory / 1e6:.0f} | {now.memory / 1e6:.0f} |"
        )
    return "\n".join(lines)


def seconds(time: float) -> str:
    """Write a time: milliseconds count for a start."""
    return f"{time:.2f}" if time >= 1 else f"{time:.3f}"


def circumstances() -> dict[str, object]:
    """Say on what and with which versions it was measured."""
    compared = ("ssot-migrate", "ast-grep-cli", "ruff", "libcst", "typer", "rich")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in compared},
    }


def record(results: Results) -> Path:
    """Write all runs and what they were run on as JSON."""
    RESULTS.mkdir(exist_ok=True)
    result = {
        **circumstances(),
        "tree": asdict(results.size),
        "found": results.found,
        "bars": {
            tool.name: [{**asdict(bar), "is_met": bar.is_met} for bar in results.bars(tool)]
            for tool in results.tools
        },
        "median": {name: asdict(cost) for name, cost in results.medians.items()},
        "runs": {name: [asdict(cost) for cost in runs] for name, runs in results.costs.items()},
    }
    target = RESULTS / "run.json"
    target.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    return target


def text(results: Results, number: int) -> str:
    """Write everything for the terminal, or for a page."""
    on = circumstances()
    versions = on["versions"]
    named = (
        ", ".join(f"{k} {v}" for k, v in versions.items()) if isinstance(versions, Mapping) else ""
    )
    rounds = f"Medians of {number} rounds" if number > 1 else "One round"
    said = (
        f"{on['date']}, CPython {on['python']}, {on['system']}, {on['cores']} cores; {named}.\n"
        f"Tree: {results.size}. {rounds}."
    )
    parts = [said, table(results), bars.table(results.bars(results.tools[0]))]
    parts += [comparison(results, other) for other in results.tools[1:]]
    return "\n\n".join(parts) + "\n"


def tool(argument: str) -> Tool:
    """Read NAME=PATH."""
    name, _, path = argument.partition("=")
    if not path or not Path(path).exists():
        raise argparse.ArgumentTypeError(f"{argument} is not NAME=PATH/TO/ssot-migrate")
    return Tool(name, str(Path(path).absolute()))


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=DEFAULT_ROUNDS, help="default: %(default)s")
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=GROUPS)
    parser.add_argument("--against", type=tool, action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--write", action="store_true", help="put the tables into the README")
    return parser.parse_args()


def main() -> None:
    """Measure on the tree that is there, or on the default one."""
    given = arguments()
    results = Results(tree.ensure(), (Tool("ssot-migrate", script("ssot-migrate")), *given.against))
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        chosen = places(tree.HOME, scratch)
        rows = [row for each in results.tools for row in ours(each, chosen)]
        rows = [row for row in (*rows, *others(chosen)) if row.group in given.only]
        warm_up(tree.HOME, rows, scratch / "output")
        measure(rows, given.rounds, results, scratch / "output")
    tables = text(results, given.rounds)
    print(tables)
    if given.write:
        page.write("the last run", tables)
    print(f"written to {os.path.relpath(record(results))}")


if __name__ == "__main__":
    main()
