"""Hold the detector against the labels: precision and recall per family, every disagreement.

Run ``python -m benchmarks.labelled``; ``--disagreements`` lists them with their places.
"""

import argparse
import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.archives import ARCHIVES, fetch, unpack
from ssot_migrate.discover import discover
from ssot_migrate.model import GENERIC, Request, Violation
from ssot_migrate.pipeline import run
from ssot_migrate.settings.config import Config
from ssot_migrate.settings.resolver import Resolver

LABELS = Path(__file__).parent / "labels" / "labels.csv"
#: Labels that are no family.
_NONE = frozenset({GENERIC, "part"})


@dataclass(frozen=True, slots=True)
class Label:
    """What one creation stands in for."""

    archive: str
    path: str
    line: int
    column: int
    #: The families that are right; ``generic`` where none is.
    families: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A label, and the family that the detector gave; ``generic`` where it gave none."""

    label: Label
    found: str

    @property
    def wanted(self) -> str:
        """The family that is counted as the right one."""
        return self.found if self.found in self.label.families else self.label.families[0]

    @property
    def right(self) -> bool:
        """Say whether detector and label agree."""
        return self.found == self.wanted


def labels(path: Path = LABELS) -> Iterator[Label]:
    """Read the labels."""
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            given = [GENERIC if f in _NONE else f for f in (row["family"], row["or"]) if f]
            place = int(row["line"]), int(row["column"])
            yield Label(row["archive"], row["path"], *place, tuple(given))


def answers(wanted: list[Label]) -> Iterator[Answer]:
    """Ask the detector about every labelled place."""
    folders = {archive.stem: archive.folder for archive in ARCHIVES}
    for name in sorted({label.archive for label in wanted}):
        here = [label for label in wanted if label.archive == name]
        found = _found(folders[name], {label.path for label in here})
        for label in here:
            violation = found.get((label.path, label.line, label.column))
            yield Answer(label, (violation.family if violation else None) or GENERIC)


def _found(folder: Path, paths: set[str]) -> dict[tuple[str, int, int], Violation]:
    resolver = Resolver(Config(folder, respect_gitignore=False))
    files = discover([folder / path for path in sorted(paths)], resolver)[0]
    by_location = {str(folder / path): path for path in paths}
    locations = {file.path: by_location[file.location] for file in files}
    report = run(files, resolver, Request())
    if report.all_failures:
        raise SystemExit(f"{report.all_failures[0].path}: {report.all_failures[0].message}")
    creations = (violation for violation in report.violations if violation.is_creation)
    return {(locations[v.path], v.line, v.column): v for v in creations}


def table(given: list[Answer]) -> Iterator[str]:
    """Lay out precision and recall, per family and over all."""
    yield "| family | labelled | found | right | precision | recall |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    wanted = Counter(answer.wanted for answer in given)
    found = Counter(answer.found for answer in given)
    right = Counter(answer.found for answer in given if answer.right)
    families = sorted((wanted.keys() | found.keys()) - {GENERIC})
    for family in families:
        yield _row(family, wanted[family], found[family], right[family])
    counts = (sum(counter[f] for f in families) for counter in (wanted, found, right))
    yield _row("all", *counts)


def _row(name: str, wanted: int, found: int, right: int) -> str:
    precision = f"{right / found:.2f}" if found else "-"
    recall = f"{right / wanted:.2f}" if wanted else "-"
    return f"| {name} | {wanted} | {found} | {right} | {precision} | {recall} |"


def main() -> None:
    """Print the tables, and every disagreement if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--disagreements", action="store_true")
    parser.add_argument("--labels", type=Path, default=LABELS, help="another file of labels")
    options = parser.parse_args()
    for archive in ARCHIVES:
        fetch(archive)
        unpack(archive)
    given = list(answers(list(labels(options.labels))))
    print("\n".join(table(given)))
    if options.disagreements:
        for answer in given:
            if not answer.right:
                label = answer.label
                place = f"{label.archive}/{label.path}:{label.line}:{label.column}"
                print(f"{place}: {answer.found}, labelled {' or '.join(label.families)}")


if __name__ == "__main__":
    main()
