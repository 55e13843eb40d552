"""What a baseline accepts, and what became of it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final, NamedTuple

from msgspec.structs import asdict
from rich.console import Console

from ssot_migrate.frozen import Frozen
from ssot_migrate.gate.baseline import Baseline, Entry
from ssot_migrate.gate.compare import Compared
from ssot_migrate.gate.head import Counts, begun, count
from ssot_migrate.model import Violation
from ssot_migrate.report import Verbosity
from ssot_migrate.report.console import count as counted
from ssot_migrate.report.console import say, table
from ssot_migrate.report.text import title
from ssot_migrate.settings.toolchain import shown

#: Raised when a field changes its meaning or goes away.
VERSION: Final = 1
#: What git calls the merge driver, in .gitattributes and in its settings.
DRIVER: Final = "ssot-migrate-baseline"
#: So many newly accepted violations are named without being asked for.
_NAMED: Final = 10


class Held(Frozen):
    """A baseline, and what is known of it."""

    file: Path
    baseline: Baseline
    #: What nothing matches any more; ``None`` where nobody looked.
    stale: tuple[Entry, ...] | None = None

    @property
    def now(self) -> Counts:
        """What it accepts."""
        return count(self.baseline.entries)

    @property
    def begun(self) -> Counts | None:
        """What it began with, as far as its comments say so."""
        return begun(self.baseline.comments)


class _Row(NamedTuple):
    """How many violations of a rule, or below a directory, are accepted."""

    name: str
    accepted: int
    #: When the baseline was begun; ``None`` where its comments do not say.
    at_first: int | None

    @property
    def counts(self) -> dict[str, int | None]:
        """The numbers as programs read them."""
        return {"accepted": self.accepted, "at_first": self.at_first}


def attribute(baseline: str) -> str:
    """Return the line of .gitattributes that names the driver."""
    name = baseline.rpartition("/")[2]
    return f"{json.dumps(name) if ' ' in name else name} merge={DRIVER}"


def written(one: Compared, console: Console, verbosity: Verbosity) -> None:
    """Print what a baseline accepts now that all is accepted."""
    if verbosity is Verbosity.VERBOSE:
        _each(one.matched.new, one.matched.stale, console)
    elif verbosity is Verbosity.NORMAL and one.is_there:
        _each(one.matched.new[:_NAMED], (), console)
        if more := len(one.matched.new[_NAMED:]):
            say(console, f"new: {more} more (-v names them)")
    if one.is_there:
        _updated(one, one.matched.wanted, len(one.matched.new), console)
    elif one.matched.wanted:
        say(console, f"Wrote {shown(one.file)}: {_accepted(one.matched.wanted)}.")
    else:
        say(console, f"{shown(one.file)}: there is nothing to accept, so it was not begun.")


def advise(compared: Sequence[Compared], console: Console, verbosity: Verbosity) -> None:
    """Print, where a baseline was begun, how git is to merge it."""
    begun = [one.file.name for one in compared if one.matched.wanted and not one.is_there]
    if not begun or verbosity is Verbosity.QUIET:
        return
    them = "it" if len(begun) == 1 else "them"
    install = "`ssot-migrate baseline merge --install`"
    say(console, f"Commit {them}; {install} lets git merge {them} without conflicts.")


def pruned(one: Compared, console: Console, verbosity: Verbosity) -> None:
    """Print what a baseline accepts now that the rest was dropped."""
    if verbosity is Verbosity.VERBOSE:
        _each((), one.matched.stale, console)
    _updated(one, one.matched.kept, 0, console)


def installed(file: Path, stream: IO[str]) -> None:
    """Print what was set up for merges."""
    stream.write(
        f"git merges baselines with ssot-migrate in this clone; {shown(file)} names the driver:"
        " commit it, and run this in each other clone.\n"
    )


def show(held: Sequence[Held], console: Console, verbosity: Verbosity) -> None:
    """Print the counts of baselines, and their stale entries where those are known."""
    for number, one in enumerate(held):
        if number:
            say(console, "")
        say(console, _headline(one), "bold")
        if verbosity is not Verbosity.QUIET:
            for title, rows in _rows(one).items():
                cells = [(title, "accepted", "at first"), *map(_cells, rows)]
                table(console, cells, right=frozenset({1, 2}))
        if one.stale is not None:
            _stale(one.stale, console)


def render(held: Sequence[Held]) -> str:
    """Return the counts for programs."""
    baselines = [
        {
            "path": shown(one.file),
            "accepted": one.now.total,
            "at_first": one.begun.total if one.begun else None,
            **{
                f"by_{title}": [{title: row.name, **row.counts} for row in rows]
                for title, rows in _rows(one).items()
            },
            "stale": None if one.stale is None else [asdict(entry) for entry in one.stale],
        }
        for one in held
    ]
    return json.dumps({"version": VERSION, "baselines": baselines}, indent=2) + "\n"


def _each(new: Sequence[Violation], gone: Sequence[Entry], console: Console) -> None:
    for violation in new:
        say(console, f"new: {title(violation)}")
    for entry in gone:
        say(console, f"gone: {entry}")


def _updated(one: Compared, now: Sequence[Entry], new: int, console: Console) -> None:
    gone, renamed = _number(one.matched.stale), len(one.moved)
    changes = [
        f", {new} of them new" if new else "",
        f"; {gone} gone" if gone else "",
        f"; {counted(renamed, 'file')} renamed" if renamed else "",
    ]
    wrote, changed = ("Wrote ", "".join(changes)) if any(changes) else ("", ", as before")
    say(console, f"{wrote}{shown(one.file)}: {_accepted(now)}{changed}.")


def _headline(one: Held) -> str:
    text = f"{shown(one.file)}: {_accepted(one.baseline.entries)}"
    if not one.begun:
        return f"{text}."
    now, first = one.now.total, one.begun.total
    less = f", {1 - now / first:.0%} less" if now < first else ""
    return f"{text}; it began with {first}{less}."


def _stale(entries: Sequence[Entry], console: Console) -> None:
    say(console, "")
    if not entries:
        say(console, "Nothing is stale.")
        return
    number = _number(entries)
    them = "it" if number == 1 else "them"
    say(console, f"{counted(number, 'violation')} gone; `prune` drops {them}:")
    for entry in entries:
        say(console, f"  {entry}")


def _rows(one: Held) -> dict[str, list[_Row]]:
    """Give the counts by rule and by directory, most accepted first."""
    now, first = one.now, one.begun or Counts()
    known = one.begun is not None
    return {
        "rule": _ranked(now.rules, first.rules, known=known),
        "directory": _ranked(now.directories, first.directories, known=known),
    }


def _ranked(now: Mapping[str, int], first: Mapping[str, int], *, known: bool) -> list[_Row]:
    rows = [
        _Row(name, now.get(name, 0), first.get(name, 0) if known else None)
        for name in now.keys() | first.keys()
    ]
    return sorted(rows, key=lambda row: (-row.accepted, row.name))


def _cells(row: _Row) -> tuple[str, str, str]:
    return (row.name, str(row.accepted), "-" if row.at_first is None else str(row.at_first))


def _accepted(entries: Sequence[Entry]) -> str:
    return f"{counted(_number(entries), 'violation')} accepted"


def _number(entries: Sequence[Entry]) -> int:
    return sum(entry.count for entry in entries)
