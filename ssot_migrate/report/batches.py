"""The batches of a migration: planned, as a table or a checklist, and what became of them."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console

from ssot_migrate.migrating.batches import Batch
from ssot_migrate.migrating.migration import Account, Outcome, Status
from ssot_migrate.model import Applicability
from ssot_migrate.report import Verbosity
from ssot_migrate.report.console import columns, count, hang, say
from ssot_migrate.report.fitted import Row, Table, fitted
from ssot_migrate.report.markup import code, prose

#: What is not known.
_UNKNOWN = "-"
#: How many reasons are listed.
_TOP = 10
_PLANNED = ("batch", "files", "mocks", *Applicability, "fixes", "trial", "families", "")
_ENDED = ("batch", "migrated", "confirmed", "taken back", "left", "commit", "time", "")

#: Seconds that the trial of a batch is expected to take, by its key.
Times = Mapping[str, float]


def plan(batches: Sequence[Batch], times: Times, console: Console, verbosity: Verbosity) -> None:
    """Print the batches as a table; the fixes are those that a run would make."""
    hang(console, "", _total(batches), "bold")
    if not batches or verbosity is Verbosity.QUIET:
        return
    rows = [_planned(batch, times) for batch in batches]
    say(console, "")
    rows = [_PLANNED, *rows, _planned_total(batches, times)]
    fitted(console, Table(rows, right=frozenset(range(1, 8)), tail=8, note=9))


def checklist(batches: Sequence[Batch], times: Times) -> str:
    """Return the batches as Markdown: a task list, as issues and pull requests show it."""
    lines = [f"- [ ] {code(batch.name)} — {_task(batch, times)}\n" for batch in batches]
    return "".join([f"{_total(batches)}\n\n", *lines])


def document(batches: Iterable[Batch], times: Times) -> str:
    """Return the batches for programs."""
    found = [
        {
            "batch": batch.name,
            "files": [file.path for file in batch.files],
            "violations": len(batch.violations),
            "by_family": dict(_ranked(batch.families)),
            "by_applicability": {a: batch.applicabilities[a] for a in Applicability},
            "fixes": len(batch.fixes),
            "trial": batch.config.trial or None,
            "trial_seconds": times.get(batch.key),
            "skip": batch.config.skip or None,
        }
        for batch in batches
    ]
    return json.dumps({"version": 1, "batches": found}, indent=2) + "\n"


def begun(batch: Batch, number: int, total: int, console: Console) -> None:
    """Print that a batch begins."""
    say(console, f"[{number}/{total}] {batch.name}: {count(len(batch.fixes), 'mock')}", "bold")


def outcomes(account: Account, rest: Counter[str], console: Console, verbosity: Verbosity) -> None:
    """Print what became of each batch, then what is left and why.

    ``rest`` counts, by reason, the mocks of batches in which there was nothing to do.
    """
    ended = account.outcomes
    if verbosity is not Verbosity.QUIET and ended:
        now = {outcome.key for outcome in account.now}
        rows = [_ended(outcome, is_earlier=outcome.key not in now) for outcome in ended]
        if rest:
            rows.append(_row("without fixes", left=rest.total()))
        rows = [_ENDED, *rows, _totals(account, rest)]
        say(console, "")
        fitted(console, Table(rows, right=frozenset({1, 2, 3, 4, 6}), note=7))
        say(console, "")
    numbers = f"Migrated {_numbers(account.now)}" if account.now else "Nothing was migrated"
    earlier = f"; earlier {_numbers(account.earlier)}" if account.earlier else ""
    hang(console, "", f"{numbers}{earlier}.", "bold")
    if verbosity is not Verbosity.QUIET:
        _left(_reasons(ended, rest), console)


def over(account: Account, rest: Counter[str], console: Console, verbosity: Verbosity) -> None:
    """Print that there is nothing to go on with, what failed, and what is left."""
    ended = account.outcomes
    line = f"Nothing is waiting; migrated earlier: {_numbers(ended)}."
    hang(console, "", line, "bold")
    if verbosity is Verbosity.QUIET:
        return
    for outcome in ended:
        if outcome.status is Status.FAILED:
            hang(console, "", f"{outcome.name}: {_note(outcome)}")
    _left(_reasons(ended, rest), console)


def _reasons(ended: Iterable[Outcome], rest: Counter[str]) -> Counter[str]:
    return sum((Counter(outcome.left) for outcome in ended), rest)


def _left(reasons: Counter[str], console: Console) -> None:
    if not reasons:
        return
    say(console, f"Left {count(reasons.total(), 'mock')}:")
    ranked = _ranked(reasons)
    shown = ranked[:_TOP]
    numbers = columns([(f"  {number}",) for _, number in shown], right=frozenset({0}))
    for number, (reason, _) in zip(numbers, shown, strict=True):
        hang(console, f"{number}  ", reason)
    if len(ranked) > _TOP:
        say(console, f"  … and {len(ranked) - _TOP} more reasons; -v tells each mock's")


def _total(batches: Sequence[Batch]) -> str:
    mocks = sum(len(batch.violations) for batch in batches)
    fixes = sum(len(batch.fixes) for batch in batches)
    numbers = f"{count(mocks, 'mock')}, {fixes} of them to be migrated"
    run = sum(bool(batch.fixes) for batch in batches)
    those = "" if run == len(batches) else f", {run} of them to be run"
    found = count(len(batches), "batch", "batches")
    return f"{found}{those}: {numbers}." if batches else "Nothing to migrate."


def _planned(batch: Batch, times: Times) -> Row:
    return (
        batch.name,
        str(len(batch.files)),
        str(len(batch.violations)),
        *(str(batch.applicabilities[applicability]) for applicability in Applicability),
        str(len(batch.fixes)),
        _time(times.get(batch.key)),
        _families(batch.families),
        f"skipped: {batch.config.skip}" if batch.config.skip else "",
    )


def _planned_total(batches: Sequence[Batch], times: Times) -> Row:
    known = [times[batch.key] for batch in batches if batch.key in times]
    kinds = sum((batch.applicabilities for batch in batches), Counter[Applicability]())
    return (
        "total",
        str(len({file.location for batch in batches for file in batch.files})),
        str(sum(len(batch.violations) for batch in batches)),
        *(str(kinds[applicability]) for applicability in Applicability),
        str(sum(len(batch.fixes) for batch in batches)),
        _time(sum(known) if known else None),
        "",
        "",
    )


def _task(batch: Batch, times: Times) -> str:
    found = f"{count(len(batch.violations), 'mock')} in {count(len(batch.files), 'file')}"
    kinds = ", ".join(f"{batch.applicabilities[a]} {a}" for a in Applicability)
    text = f"{found} ({_families(batch.families)}): {kinds}"
    if batch.key in times:
        text += f"; trial about {_time(times[batch.key])}"
    return f"{text}; skipped: {prose(batch.config.skip)}" if batch.config.skip else text


def _ended(outcome: Outcome, *, is_earlier: bool) -> Row:
    return _row(
        outcome.name,
        outcome.migrated,
        outcome.confirmed,
        outcome.taken_back,
        left=sum(outcome.left.values()),
        commit=outcome.commit or _UNKNOWN,
        time="earlier" if is_earlier else _time(outcome.seconds),
        note=_note(outcome),
    )


def _totals(account: Account, rest: Counter[str]) -> Row:
    ended = account.outcomes
    confirmed = [outcome.confirmed for outcome in ended if outcome.confirmed is not None]
    taken_back = [outcome.taken_back for outcome in ended if outcome.taken_back is not None]
    return _row(
        "total",
        sum(outcome.migrated for outcome in ended),
        sum(confirmed) if confirmed else None,
        sum(taken_back) if taken_back else None,
        left=_reasons(ended, rest).total(),
        time=_time(sum(outcome.seconds for outcome in account.now)),
    )


def _row(  # noqa: PLR0913 (a column each)
    name: str,
    migrated: int = 0,
    confirmed: int | None = None,
    taken_back: int | None = None,
    *,
    left: int,
    commit: str = "",
    time: str = _UNKNOWN,
    note: str = "",
) -> Row:
    numbers = (str(migrated), _number(confirmed), _number(taken_back), str(left))
    return (name, *numbers, commit, time, note)


def _note(outcome: Outcome) -> str:
    return f"{outcome.status}: {outcome.reason}" if outcome.reason else ""


def _numbers(ended: Sequence[Outcome]) -> str:
    statuses = Counter(outcome.status for outcome in ended)
    migrated = count(sum(outcome.migrated for outcome in ended), "mock")
    done = count(statuses[Status.MIGRATED], "batch", "batches")
    others = [f"{statuses[s]} {s}" for s in (Status.SKIPPED, Status.FAILED) if statuses[s]]
    return ", ".join([f"{migrated} in {done}", *others])


def _number(number: int | None) -> str:
    return _UNKNOWN if number is None else str(number)


def _time(seconds: float | None) -> str:
    """Write a time as people say it: ``0.4 s``, ``12 s``, ``1:02:03``."""
    if seconds is None:
        return _UNKNOWN
    if round(seconds) < 60:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _families(families: Counter[str]) -> str:
    return ", ".join(f"{number} {family}" for family, number in _ranked(families))


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
