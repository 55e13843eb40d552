"""The gate's verdict for people: a line for each new violation, and what can be done."""

import shlex
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ssot_migrate.gate.entry import Entry
from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import Applicability, Violation
from ssot_migrate.packed import rules
from ssot_migrate.report import Verbosity
from ssot_migrate.report.console import count, hang, say, table

if TYPE_CHECKING:
    from rich.console import Console

#: So many files are named in a command.
_NAMED = 2
#: More than that is no slip, but what there was before the gate.
_MANY = 10
_INDENT = "    "
#: The rule whose fix needs a setting.
_UNKNOWN = "unknown-method"
#: Of a violation that `apply` ends; as Ruff has it.
_MARK = "[*]"


def show(verdict: Verdict, console: "Console", verbosity: Verbosity) -> None:
    """Print the new violations, and with ``-v`` what led to each; nothing with ``-q``."""
    if verbosity is Verbosity.QUIET:
        return
    for violation in verdict.new:
        place = f"{violation.path}:{violation.line}:{violation.column}"
        mark = f" {_MARK}" if violation in verdict.fixable else ""
        hang(console, "", f"{place}: {violation.rule}{mark}: {message(verdict, violation)}")
        if verbosity is Verbosity.VERBOSE:
            for line in filter(None, _details(verdict, violation)):
                hang(console, _INDENT, line)


def message(verdict: Verdict, violation: Violation) -> str:
    """Say what is wrong with a violation, and what to do."""
    rule = verdict.rules.get(violation.rule)
    what = violation.reason or (rule.summary if rule else "")
    if violation.is_creation:
        instead = verdict.instead.get(violation)
        advice = f"use {instead}" if instead else violation.reason
        built = f"`{violation.name}` is" if violation.name else "a mock is"
        what = "; ".join(filter(None, [f"{built} built by hand", advice]))
    scope = verdict.changed.get(violation)
    if scope is None:
        return what
    here = scope == violation.scope
    return f"{what}; the baseline accepts " + (
        "what stood here before" if here else f"it in {scope}"
    )


def conclude(  # noqa: PLR0913 (what the command was told)
    verdict: Verdict,
    console: "Console",
    verbosity: Verbosity,
    revision: str | None = None,
    *,
    on_disk: bool = True,
    may_accept: bool = False,
    marked: bool = True,
) -> None:
    """Print what it comes to: the totals, what fixes the new ones, and what is stale.

    ``revision`` is what the lines were compared with; ``on_disk`` says whether commands could find
    them, ``may_accept`` whether a baseline could begin with them, and ``marked`` whether those that
    can be fixed were marked above. With ``-q`` there is nothing to say of a run that does not fail.
    """
    is_quiet = verbosity is Verbosity.QUIET
    if is_quiet and not verdict.fails:
        return
    say(console, _totals(verdict, revision), "bold red" if verdict.new else "bold")
    if is_quiet:
        if verdict.is_stale:
            stale(verdict, console, verbosity)
        return
    for line in _advice(verdict, marked=marked) if on_disk else ():
        hang(console, "", line)
    if may_accept and len(verdict.new) > _MANY and not (verdict.accepted or verdict.stale):
        say(
            console,
            "`ssot-migrate baseline write` accepts what there is, so that only new ones fail.",
        )
    if verdict.stale:
        stale(verdict, console, verbosity)


def stale(verdict: Verdict, console: "Console", verbosity: Verbosity) -> None:
    """Tell of the entries that nothing matches any more."""
    say(console, f"{stale_text(verdict)}.", "bold red" if verdict.is_stale else "yellow")
    most = {Verbosity.QUIET: 0, Verbosity.VERBOSE: len(verdict.stale)}
    named = most.get(verbosity, _MANY * verdict.is_stale)
    for entry in verdict.stale[:named]:
        say(console, f"{_INDENT}{entry_text(entry)}")
    if named and len(verdict.stale) > named:
        say(console, f"{_INDENT}… and {len(verdict.stale) - named:,} more")


def stale_text(verdict: Verdict) -> str:
    """Say how many entries match nothing, and what to do."""
    number = len(verdict.stale)
    match = "entry of the baseline matches" if number == 1 else "entries of the baseline match"
    fails = ", which fails with --fail-on-stale" if verdict.is_stale else ""
    them = "it" if number == 1 else "them"
    return f"{number:,} {match} nothing any more{fails}; `ssot-migrate baseline prune` drops {them}"


def entry_text(entry: Entry) -> str:
    """Say what an entry accepts, and where."""
    many = f" ({entry.count} of them)" if entry.count > 1 else ""
    return f"{entry.path}: {entry.rule} in {entry.scope}{many}"


def statistics(verdict: Verdict, console: "Console") -> None:
    """Print a table: of each rule, how many are new, accepted and suppressed."""
    suppressed = Counter(violation.rule for violation in verdict.report.suppressed)
    columns = [rules(verdict.new), rules(verdict.accepted), suppressed]
    found = {rule for column in columns for rule in column}
    order = {rule: number for number, rule in enumerate(verdict.rules)}
    ordered = sorted(found, key=lambda rule: (order.get(rule, len(order)), rule))
    rows = [(rule, *(f"{column[rule]:,}" for column in columns)) for rule in ordered]
    total = ("total", *(f"{column.total():,}" for column in columns))
    heading = ("rule", "new", "accepted", "suppressed")
    table(console, [heading, *rows, total], right=frozenset({1, 2, 3}))


def _details(verdict: Verdict, violation: Violation) -> Iterator[str]:
    yield ", ".join(f"{item.kind} {item.detail}" for item in violation.evidence)
    if reason := verdict.report.left.get(violation):
        yield f"the fix is left: {reason}"
    elif violation.applicability is Applicability.SAFE:
        yield "the fix is safe"
    elif violation.applicability is Applicability.UNSAFE:
        yield "the fix is unsafe:"
        yield from (f"  {difference.message}" for difference in violation.differences)
    elif violation.is_creation:  # Of other rules the reason is what was said.
        yield f"no fix: {violation.reason}"


def _totals(verdict: Verdict, revision: str | None) -> str:
    new, report = len(verdict.new), verdict.report
    if new:
        files = count(len({violation.path for violation in verdict.new}), "file")
        found = f"Found {count(new, 'new violation')} in {files}"
    elif revision and not report.files:
        found = f"No new violations: no Python file here has changed since {revision}"
    else:
        looked = f"{report.files:,} {'file' if report.files == 1 else 'files'}"
        since = f" changed since {revision}" if revision else ""
        found = f"No new violations in {looked}{since}"
    if report.all_failures:
        found += f", but {count(len(report.all_failures), 'error')}"
    beside = {
        "in the baseline": len(verdict.accepted),
        "suppressed": len(report.suppressed),
        "on lines that did not change": len(verdict.unchanged),
    }
    told = ", ".join(f"{number:,} {where}" for where, number in beside.items() if number)
    return f"{found} ({told})." if told else f"{found}."


def _advice(verdict: Verdict, *, marked: bool) -> Iterator[str]:
    """Name the commands that go on from here."""
    paths: dict[str, None] = {}
    fixable = left = 0
    first_left: Violation | None = None
    unknown: str | None = None
    for violation in verdict.new:
        if violation in verdict.fixable:
            fixable += 1
            paths[violation.path] = None
        elif violation.is_creation:
            left += 1
            first_left = first_left or violation
        if violation.rule == _UNKNOWN and violation.name not in verdict.renamed:
            unknown = unknown or violation.name
    total = len(verdict.new)
    if fixable:
        named = [*paths] if len(paths) <= _NAMED else []
        command = shlex.join(["ssot-migrate", "apply", *named])
        # It goes by files, and there may be others in them.
        there = sum(1 for v in verdict.fixable if not named or v.path in named)
        others = f", and {count(there - fixable, 'other')} there" if there > fixable else ""
        mark = f" ({_MARK})" if marked and fixable < total else ""
        yield f"`{command}` fixes {_them(fixable, total)}{mark}{others}."
    if unknown:
        yield (
            f'Was it renamed? `{unknown} = "…"` below `[tool.ssot-migrate.renamed]` lets `apply`'
            " rename its calls."
        )
    if first_left:
        place = shlex.quote(f"{first_left.path}:{first_left.line}")
        them = "the others" if fixable else _them(left, total)
        yield f"`ssot-migrate explain {place}` says what is in the way of {them}."


def _them(number: int, total: int) -> str:
    if number < total:
        return f"{number} of them"
    return "it" if total == 1 else "them"
