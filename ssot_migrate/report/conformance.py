"""How the checks of a factory ended: to people, and to programs."""

import json
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from msgspec.structs import asdict
from rich.console import Console

from ssot_migrate.checking.conformance import Checked, Status, Wanted
from ssot_migrate.report import Verbosity
from ssot_migrate.report.console import columns, count, say
from ssot_migrate.settings.toolchain import shown

#: Raised when a field changes its meaning or goes away.
VERSION = 1
#: So many reasons of skipped checks are told.
_REASONS = 5
_STYLES = {Status.PASSED: "green", Status.FAILED: "red", Status.SKIPPED: "yellow"}


def announce(wanted: Wanted, console: Console) -> None:
    """Say before it happens that the factory is run."""
    say(console, f"Importing and running {wanted.factory} with {wanted.python}")


def show(found: Sequence[Checked], console: Console, verbosity: Verbosity) -> None:
    """Print a line for each group, what failed, why others were skipped, and the totals."""
    if verbosity is Verbosity.VERBOSE:
        _each(found, console)
    elif verbosity is Verbosity.NORMAL:
        for line in columns(
            [(group, ", ".join(_ended(of))) for group, of in _groups(found).items()]
        ):
            say(console, line)
    if verbosity is not Verbosity.VERBOSE:
        for one in found:
            if one.status is Status.FAILED:
                say(console, f"failed: {one.id}", _STYLES[one.status])
                _reason(one, console)
    if verbosity is Verbosity.NORMAL:
        _skipped(found, console)
    text = f"{count(len(found), 'check')}: {', '.join(_ended(found))}."
    say(console, text, "bold")


def render(found: Sequence[Checked], wanted: Wanted) -> str:
    """Return the document for programs, in ASCII: one check a line."""
    checks = ",\n".join(json.dumps(asdict(one)) for one in found)
    ended = Counter(one.status for one in found)
    parts = [
        f'"version": {VERSION}',
        f'"factory": {json.dumps(wanted.factory)}',
        f'"python": {json.dumps(wanted.python)}',
        f'"checks": [\n{checks}\n]',
        f'"summary": {json.dumps({status: ended[status] for status in Status})}',
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def schema() -> str:
    """Return the JSON Schema of the document."""
    name = "factory-check.schema.json"
    return files("ssot_migrate.report").joinpath(name).read_text("utf-8")


def recorded(path: Path, console: Console) -> None:
    """Say that the signatures were recorded."""
    say(console, f"Wrote {shown(path)}. Commit it: `factory check` holds the factory against it.")


def _groups(found: Sequence[Checked]) -> dict[str, list[Checked]]:
    groups: dict[str, list[Checked]] = {}
    for one in found:
        groups.setdefault(one.group, []).append(one)
    return groups


def _ended(found: Sequence[Checked]) -> list[str]:
    ended = Counter(one.status for one in found)
    return [f"{ended[status]} {status}" for status in Status if ended[status]]


def _each(found: Sequence[Checked], console: Console) -> None:
    """Print a table for each group, and below it the reasons."""
    for group, of in _groups(found).items():
        names = [*dict.fromkeys(name for one in of for name in one.figures)]
        heading = (group, "", *(name.replace("_", " ") for name in names))
        rows = [
            (one.id, one.status, *(str(one.figures.get(name, "")) for name in names)) for one in of
        ]
        first, *lines = columns([heading, *rows])
        say(console, first, "bold")
        for one, line in zip(of, lines, strict=True):
            say(console, line, _STYLES[one.status])
            _reason(one, console)


def _reason(one: Checked, console: Console) -> None:
    for line in one.reason.splitlines():
        say(console, f"    {line}")


def _skipped(found: Sequence[Checked], console: Console) -> None:
    reasons = Counter(one.reason for one in found if one.status is Status.SKIPPED)
    for reason, number in reasons.most_common(_REASONS):
        say(console, f"{number} skipped: {reason}", "yellow")
    if len(reasons) > _REASONS:
        rest = sum(reasons.values()) - sum(n for _, n in reasons.most_common(_REASONS))
        say(console, f"{rest} skipped for other reasons; -v tells them", "yellow")
