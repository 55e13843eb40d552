"""What ``scan`` and ``check`` found as Markdown: for the comment of a pull request."""

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TextIO

from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import Applicability, Report, Violation
from ssot_migrate.packed import kinds, rules
from ssot_migrate.report import By
from ssot_migrate.report.check import message, stale_text
from ssot_migrate.report.console import count
from ssot_migrate.report.markup import code, prose, rows
from ssot_migrate.report.message import by_severity, title
from ssot_migrate.report.summary import summarize
from ssot_migrate.report.tables import tables, total

#: How many places and failures are listed; a comment holds 65,536 characters.
_TOP = 20
#: How many files a command names.
_FILES = 5


def scan(report: Report, stream: TextIO, by: Sequence[By] = ()) -> None:
    """Write the totals and tables of a scan; ``by`` chooses them, which are then in full."""
    summary = summarize(report)
    stream.write(f"### Mocks built by hand\n\n{total(summary)}\n")
    if summary.suppressed:
        stream.write(f"\n{summary.suppressed} suppressed\n")
    for table in tables(summary, report, by):
        stream.write("\n")
        cells = ((code(first), *map(prose, others)) for first, *others in table.rows)
        stream.writelines(rows(table.heading, cells, table.right))
        if table.more:
            stream.write(f"\n… and {table.more} more\n")
        if table.note:
            stream.write(f"\n{table.note}\n")
    stream.writelines(_problems(report))


def write(verdict: Verdict, stream: TextIO) -> None:
    """Write what is new: where, how much of each family, and what to do about it."""
    stream.write(f"### ssot-migrate: {title(verdict)}\n")
    if verdict.new:
        stream.writelines(_places(verdict))
        stream.writelines(_rules(verdict))
        stream.writelines(_advice(verdict))
    stream.writelines(_rest(verdict))
    stream.writelines(_problems(verdict.report))


def _places(verdict: Verdict) -> Iterator[str]:
    """Yield the table of places, the most severe first."""
    ranked = by_severity(verdict.new)
    cells = (
        (
            code(f"{found.path}:{found.line}"),
            code(found.rule),
            prose(message(verdict, found)),
            found.applicability,
        )
        for found in ranked[:_TOP]
    )
    yield "\n"
    yield from rows(("place", "rule", "what", "fix"), cells)
    if len(ranked) > _TOP:
        yield f"\n… and {len(ranked) - _TOP} more\n"


def _rules(verdict: Verdict) -> Iterator[str]:
    """Yield the table of families and other rules: what is new, and what was accepted."""
    new = Counter[tuple[str, Applicability]]()
    for kind, number in kinds(verdict.new).items():
        new[kind.rule, kind.applicability] += number
    accepted = rules(verdict.accepted)
    heading = ("rule", "severity", "new", *Applicability, "in the baseline")
    by_id = sorted(verdict.new, key=lambda violation: violation.rule)
    severities = {violation.rule: violation.severity for violation in by_severity(by_id)}
    cells = []
    for rule, severity in severities.items():
        numbers = [new[rule, applicability] for applicability in Applicability]
        cells.append((code(rule), severity, *map(str, (sum(numbers), *numbers, accepted[rule]))))
    yield "\n"
    yield from rows(heading, cells, range(2, len(heading)))


def _advice(verdict: Verdict) -> Iterator[str]:
    """Yield what can be done about the new violations."""
    fixable = [found for found in verdict.new if found in verdict.fixable]
    others = [found for found in verdict.new if found not in verdict.fixable]
    unsafe = [found for found in others if found.applicability is Applicability.UNSAFE]
    manual = [found for found in others if found.applicability is not Applicability.UNSAFE]
    yield "\n**How to fix**\n\n"
    if fixable:
        yield f"- {len(fixable)} by {_command('apply', fixable)}\n"
    if unsafe:
        yield f"- {len(unsafe)} with a difference: {_command('diff --unsafe-fixes', unsafe)}\n"
    if manual:
        yield f"- {len(manual)} by hand\n"
    yield "- One that has to stay: `# ssot-migrate: ignore[RULE] reason` in its line\n"


def _command(name: str, violations: Sequence[Violation]) -> str:
    """Write a command for the files of some violations, as a shell takes it."""
    paths = list(dict.fromkeys(violation.path for violation in violations))
    named = map(shlex.quote, paths) if len(paths) <= _FILES else ()
    return code(" ".join(["ssot-migrate", name, *named]))


def _rest(verdict: Verdict) -> Iterator[str]:
    """Yield a line on what does not fail the gate."""
    numbers = {
        "in the baseline": len(verdict.accepted),
        "outside of what changed": len(verdict.unchanged),
        "suppressed": len(verdict.report.suppressed),
    }
    told = [f"{number} {what}" for what, number in numbers.items() if number]
    if told:
        yield f"\nNot counted: {', '.join(told)}.\n"
    if verdict.stale:
        yield f"\n{prose(stale_text(verdict))}\n"


def _problems(report: Report) -> Iterator[str]:
    """Yield what limits the answer, and what could not be processed."""
    failures = report.all_failures
    if failures or report.warnings:
        yield "\n"
    for failure in failures[:_TOP]:
        yield f"- error: {code(failure.path)}: {prose(failure.message)}\n"
    if len(failures) > _TOP:
        yield f"- … and {count(len(failures) - _TOP, 'more error')}\n"
    yield from (f"- warning: {prose(warning)}\n" for warning in report.warnings)
