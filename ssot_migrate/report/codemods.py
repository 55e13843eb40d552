"""The codemods of a project, and how their examples ended."""

import json
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from itertools import groupby
from pathlib import Path
from typing import IO

from rich.console import Console

from ssot_migrate.families.catalogue import Codemod
from ssot_migrate.proposing.examples import Status, Verdict
from ssot_migrate.report.console import columns, count, say
from ssot_migrate.report.diff import style
from ssot_migrate.settings.toolchain import shown

#: Raised when a field changes its meaning or goes away.
VERSION = 1
_HEADING = ("id", "severity", "factory method", "from", "summary")
_STYLES = {Status.PASSED: "green", Status.FAILED: "red"}


def table(codemods: Sequence[Codemod], console: Console) -> None:
    """Print a line for each codemod."""
    heading, *lines = columns([_HEADING, *map(_row, codemods)])
    say(console, heading, "bold")
    for line in lines:
        say(console, line)


def as_json(codemods: Sequence[Codemod]) -> str:
    """Return the list for programs."""
    rows = [
        {
            "id": codemod.family.id,
            "severity": codemod.family.severity,
            "factory_method": codemod.family.factory_method,
            "summary": codemod.family.summary,
            "shipped": codemod.shipped,
            "path": shown(codemod.path),
            "extended_by": [shown(path) for path in codemod.extended_by],
        }
        for codemod in codemods
    ]
    return json.dumps({"version": VERSION, "codemods": rows}, indent=2) + "\n"


def verdicts(found: Sequence[Verdict], console: Console) -> None:
    """Print how each example ended, what was expected and what came, and the totals."""
    for rule, of_rule in groupby(found, key=lambda verdict: verdict.rule):
        say(console, rule, "bold")
        for verdict in of_rule:
            say(console, f"  {verdict.status}  {verdict.example.name}", _STYLES[verdict.status])
            for line in _details(verdict):
                say(console, f"    {line}", style(line))
    failed = sum(verdict.status is Status.FAILED for verdict in found)
    ended = f"{failed} failed" if failed else "all passed"
    say(console, f"{count(len(found), 'example')}, {ended}.")


def _row(codemod: Codemod) -> tuple[str, ...]:
    family = codemod.family
    source = "shipped" if codemod.shipped else shown(codemod.path)
    more = (f"+ {shown(path)}" for path in codemod.extended_by)
    method = family.factory_method or "-"
    return (family.id, family.severity, method, " ".join([source, *more]), family.summary)


def _details(verdict: Verdict) -> Iterator[str]:
    yield from verdict.problems
    if verdict.got is not None:
        example = verdict.example
        wanted = example.after or example.reported or example.unchanged or ""
        lines = unified_diff(
            wanted.split("\n"), verdict.got.split("\n"), "expected", "got", lineterm=""
        )
        yield from lines


def written(path: Path, stream: IO[str], *, is_used: bool) -> None:
    """Print that a codemod was written, and what there is to do with it."""
    stream.write(f"Wrote {shown(path)}. Look at each key, then run `codemods test`.\n")
    if not is_used:
        folder = shown(path.parent)
        stream.write(f'To use it, set codemods = ["{folder}"] under [tool.ssot-migrate].\n')
