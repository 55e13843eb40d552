"""Measure ``ssot-migrate scan`` beside ast-grep and beside the limits, in turn, several times."""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks import tree
from benchmarks.measure import Command, Cost, middle, run, script

#: Where the results are written.
RESULTS = Path(__file__).parent / "results"
OURS = "ssot-migrate scan, creations"
#: What looks at files without a creation too; ast-grep's rule does not.
BESIDE = ("--ignore", "patch,mock-class")
DEFAULT_ROUNDS = 5

#: One rule, three ways to build a mock.
AST_GREP_RULE = """\
id: mock
language: Python
severity: hint
rule:
  any:
    - pattern: Mock($$$)
    - pattern: MagicMock($$$)
    - pattern: AsyncMock($$$)
"""

#: What counts the findings in a command's output, for a look at whether both did the same work.
Count = Callable[[bytes], int]


def commands(folder: Path) -> dict[Command, Count]:
    """List what is compared, on the same folder, each with all its findings as JSON."""
    target = str(folder)
    grep = (script("ast-grep"), "scan", "--inline-rules", AST_GREP_RULE, "--json=compact", target)
    again = (script("ssot-migrate"), "scan", "--output-format", "json", target)
    scan = (*again, "--no-cache")
    limit = (sys.executable, "-m", "benchmarks.limits")
    return {
        # 2: among thousands of public files there are some that no Python can parse.
        Command(OURS, (*scan, *BESIDE), expected=(0, 2)): count_ours,
        Command("ssot-migrate scan, all rules", scan, expected=(0, 2)): count_ours,
        # The round that is not measured has filled the cache.
        Command("ssot-migrate scan, nothing changed", again, expected=(0, 2)): count_ours,
        Command("ast-grep", grep): count_in_list,
        Command("limit: ask for times", (*limit, "ask", target)): int,
        Command("limit: read bytes", (*limit, "read", target)): int,
        Command("limit: ast.parse", (*limit, "parse", target)): int,
    }


def count_ours(output: bytes) -> int:
    """Count the violations in the JSON of a scan."""
    return len(json.loads(output)["violations"])


def count_in_list(output: bytes) -> int:
    """Count the matches in the JSON of ast-grep."""
    return len(json.loads(output))


def rounds(chosen: dict[Command, Count], number: int, output: Path) -> dict[str, list[Cost]]:
    """Run all commands in turn, so that a slow minute of the machine meets each of them."""
    costs: dict[str, list[Cost]] = {command.name: [] for command in chosen}
    for turn in range(1, number + 1):
        print(f"round {turn} of {number}", file=sys.stderr, flush=True)
        for command in chosen:
            costs[command.name].append(run(command, output))
    return costs


def first_round(chosen: dict[Command, Count], output: Path) -> dict[str, int]:
    """Run all commands once unmeasured, which fills the file system's cache, and count findings."""
    found = {}
    for command, count in chosen.items():
        run(command, output)
        found[command.name] = count(output.read_bytes())
    return found


def table(costs: dict[str, list[Cost]], found: dict[str, int]) -> str:
    """Write the medians as a Markdown table; a ratio is our time over theirs."""
    ours = middle(costs[OURS]).wall
    lines = [
        "| command | wall s | cpu s | ours / theirs | peak MB a process | found |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, runs in costs.items():
        cost = middle(runs)
        lines.append(
            f"| {name} | {cost.wall:.2f} | {cost.cpu:.2f} | {ours / cost.wall:.2f} "
            f"| {cost.memory / 1e6:.0f} | {found[name]:,} |"
        )
    return "\n".join(lines)


def circumstances() -> dict[str, object]:
    """Say on what and with which versions it was measured."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "versions": {name: version(name) for name in ("ssot-migrate", "ast-grep-cli", "libcst")},
    }


def record(size: tree.Size, costs: dict[str, list[Cost]], found: dict[str, int]) -> Path:
    """Write all runs and what they were run on as JSON."""
    RESULTS.mkdir(exist_ok=True)
    result = {
        **circumstances(),
        "tree": asdict(size),
        "found": found,
        "median": {name: asdict(middle(runs)) for name, runs in costs.items()},
        "runs": {name: [asdict(cost) for cost in runs] for name, runs in costs.items()},
    }
    target = RESULTS / "run.json"
    target.write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    return target


def main() -> None:
    """Measure on the tree that is there, or on the default one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=DEFAULT_ROUNDS, help="default: %(default)s")
    size = tree.ensure()
    chosen = commands(tree.HOME)
    with tempfile.TemporaryDirectory() as scratch:
        output = Path(scratch) / "output"
        found = first_round(chosen, output)
        costs = rounds(chosen, parser.parse_args().rounds, output)
    print(table(costs, found))
    print(f"written to {os.path.relpath(record(size, costs, found))}")


if __name__ == "__main__":
    main()
