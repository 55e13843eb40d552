"""Measure what a file costs, stage by stage, in one process.

A file goes through all stages before the next one starts, as it does in a run: no tree outlives its
file. A stage that gives None lets the file drop out, as the byte test does with most of them.
"""

import argparse
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import tree
from ssot_migrate.assessing.assess import Assessment, assess
from ssot_migrate.code.module import Module
from ssot_migrate.code.source import ByteTest, Source, SourceError, decode, parse, parse_text
from ssot_migrate.contracts.contract import Factory
from ssot_migrate.families.catalogue import load_families
from ssot_migrate.finding.detect import find
from ssot_migrate.finding.draft import Rules
from ssot_migrate.rewriting.imports import mend_imports
from ssot_migrate.rewriting.plan import Target
from ssot_migrate.rewriting.rewrite import rewrite
from ssot_migrate.rewriting.verify import verify
from ssot_migrate.settings.config import DEFAULT_FACTORY

#: The sample's factory stands for a project's.
FACTORY = Path(__file__).parents[1] / "samples"
FACTORY_FILE = "test_framework/ssot/mock_factory.py"

#: Takes what the stage before gave, the first one a path; None ends the file's way.
Work = Callable[[Any], Any]


@dataclass(slots=True)
class Tally:
    """What one stage cost over all files."""

    #: Files that reached it.
    files: int = 0
    #: Their bytes.
    size: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Bench:
    """The stages in order, and what each has cost so far."""

    work: dict[str, Work]
    tallies: dict[str, Tally] = field(default_factory=dict)

    def take(self, path: Path, size: int) -> None:
        """Send one file through the stages."""
        value: Any = path
        for name, work in self.work.items():
            start = time.perf_counter()
            value = work(value)
            taken = time.perf_counter() - start
            tally = self.tallies.setdefault(name, Tally())
            tally.files += 1
            tally.size += size
            tally.seconds += taken
            if value is None:
                return


@dataclass(slots=True)
class Passing:
    """A file on its way."""

    path: Path
    source: Source
    module: Module | None = None
    assessment: Assessment | None = None
    text: str = ""


class Engine:
    """The engine's stages, each of them alone."""

    def __init__(self) -> None:
        data = (FACTORY / FACTORY_FILE).read_bytes()
        module, _, class_name = DEFAULT_FACTORY.partition(":")
        self.factory = Factory(module, class_name, parse(data).tree)
        self.test = ByteTest(class_name)
        families = load_families()
        selected = frozenset(family.id for family in families)
        name = f"{module}.{class_name}"
        self.rules = Rules(families, selected, self.factory, lambda found: found == name)
        self.target = Target(module, class_name)

    def stages(self) -> dict[str, Work]:
        """List what a file goes through, in order."""
        return {
            "read bytes": lambda path: (path, path.read_bytes()),
            "byte test": lambda given: given if self.test.passes(given[1]) else None,
            "decode": self.decode,
            "ast.parse": self.parse,
            "detect": self.detect,
            "detect, classify and fit": self.assess,
            "rewrite": self.rewrite,
            "verify": self.verify,
        }

    def decode(self, given: tuple[Path, bytes]) -> Passing | None:
        """Decode by cookie, or as UTF-8."""
        try:
            return Passing(given[0], decode(given[1]))
        except SourceError:
            return None

    def parse(self, passing: Passing) -> Passing | None:
        """Parse with the standard library."""
        try:
            passing.source.tree = parse_text(passing.source.text)
        except SourceError:
            return None
        return passing

    def module(self, passing: Passing, source: Source) -> Module:
        """Wrap a parsed file."""
        hits = self.test.lines(source.text)
        return Module(str(passing.path), source, hits, self.rules.factory_name)

    def detect(self, passing: Passing) -> Passing:
        """Find creations and their blocks."""
        find(self.module(passing, passing.source))
        return passing

    def assess(self, passing: Passing) -> Passing | None:
        """Find again, name the family, and fit; only files with something to fix go on."""
        passing.module = self.module(passing, passing.source)
        passing.assessment = assess(passing.module, self.rules)
        return passing if passing.assessment.fixes else None

    def rewrite(self, passing: Passing) -> Passing:
        """Rewrite blocks and imports with LibCST, unsafe fixes included."""
        fixes = passing.assessment.fixes if passing.assessment else []
        text = rewrite(passing.source, fixes, self.target.line_length)
        after = passing.source.with_text(text)
        passing.text = mend_imports(passing.source, after, self.target)
        return passing

    def verify(self, passing: Passing) -> None:
        """Compare the trees, and assess the result again."""
        fixes = passing.assessment.fixes if passing.assessment else []
        after = passing.source.with_text(passing.text)
        verify(passing.source, after, fixes, self.target)
        assess(self.module(passing, after), self.rules)


def table(bench: Bench) -> str:
    """Write what each stage cost, a file and in all, as a Markdown table."""
    total = sum(tally.seconds for tally in bench.tallies.values())
    lines = [
        "| stage | files | s | share | µs a file | MB/s |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, tally in bench.tallies.items():
        each, rate = tally.seconds / tally.files * 1e6, tally.size / 1e6 / tally.seconds
        lines.append(
            f"| {name} | {tally.files:,} | {tally.seconds:.2f} | {tally.seconds / total:.0%} "
            f"| {each:,.0f} | {rate:,.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Send the tree, or a fair sample of it, through the stages."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sample", type=int, help="so many files, chosen the same each time")
    wanted = parser.parse_args().sample
    tree.ensure()
    paths = sorted(tree.HOME.rglob("*.py"))
    if wanted is not None:
        # No secret: the same files each time.
        paths = random.Random(0).sample(paths, min(wanted, len(paths)))  # noqa: S311
    bench = Bench(Engine().stages())
    for path in paths:
        bench.take(path, path.stat().st_size)
    print(table(bench))


if __name__ == "__main__":
    main()
