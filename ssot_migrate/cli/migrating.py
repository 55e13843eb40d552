"""Carry out the batches of a migration: rewrite, try, write, commit, or leave a batch as it was."""

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from ssot_migrate.cli import checkout
from ssot_migrate.cli.carrying import Carried, carry_out
from ssot_migrate.cli.ending import ERROR, exit_code
from ssot_migrate.cli.journaling import command_line
from ssot_migrate.cli.options import Common
from ssot_migrate.cli.running import send, settings
from ssot_migrate.disk.journal import Journal
from ssot_migrate.frozen import Frozen
from ssot_migrate.migrating.batches import Batch
from ssot_migrate.migrating.migration import Account, Given, Migration, Outcome, Status
from ssot_migrate.model import (
    Applicability,
    Report,
    Request,
    SourceFile,
    Stage,
    UserError,
    Violation,
)
from ssot_migrate.report import Verbosity

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from ssot_migrate.settings.resolver import Resolver
    from ssot_migrate.trial.trial import TrialResult

#: Why mocks are left whose batch failed.
_FAILED: Final = "their batch failed"


class Session(Frozen, dict=True):
    """What the batches of a migration share."""

    common: Common
    given: Given
    #: All files of the migration.
    files: tuple[SourceFile, ...]
    #: What was found in them at the start.
    report: Report
    out: "Console"
    journal: Journal
    #: What the journal knows the whole migration by, and the command that undoes it.
    group: str
    undo: str
    migration: Migration

    def resolver(self, batch: Batch) -> "Resolver":
        """Return the settings for a batch; the rule of a family alone is run for it."""
        if batch.family is None:
            return settings(self.common, **self.given.options)
        return settings(replace(self.common, select=[batch.family]), **self.given.options)

    def reasons(self, violations: Iterable[Violation]) -> Counter[str]:
        """Count mocks that no change ends by the reason for that."""
        return Counter(self._reasons[one] for one in violations if one in self._reasons)

    @cached_property
    def _reasons(self) -> dict[Violation, str]:
        """Why each mock is left: asked for every batch, found once."""
        from ssot_migrate.report.outcome import left

        return {one.violation: one.reason for one in left(self.report)}


class Ended(Frozen):
    """A batch, carried out or left out."""

    outcome: Outcome
    #: As it is on disk; ``None`` where the batch was left out.
    report: Report | None = None


def run(
    batches: Sequence[Batch],
    limit: int | None,
    earlier: Sequence[Outcome] | None,
    session: Session,
) -> int:
    """Carry out the batches that there is something to do in, and tell what became of all.

    ``earlier`` are the outcomes of the migration that goes on; ``None`` where one begins.
    """
    done = {outcome.key for outcome in earlier or ()}
    rest = [batch for batch in batches if batch.key not in done]
    waiting = [batch for batch in rest if batch.fixes]
    todo = waiting[:limit]
    if session.given.commit:
        _check_commits(todo)
    ended: list[Ended] = []

    def account() -> Account:
        now = [one.outcome for one in ended]
        return Account(now, earlier or (), {batch.key for batch in batches})

    session.migration.begin(session.given)
    session.migration.keep(account().outcomes)
    try:
        for one in _migrated(todo, session):
            ended.append(one)
            session.migration.keep(account().outcomes)
    finally:
        unfixed = [batch for batch in rest if not batch.fixes]
        _tell(account(), unfixed, session, is_over=earlier is not None and not waiting)
        _advise(ended, len(waiting) - len(ended), session)
    reports = [session.report, *(one.report for one in ended if one.report)]
    problems(reports, session.common)
    failed = any(outcome.status is Status.FAILED for outcome in account().outcomes)
    return ERROR if failed else exit_code(session.report)


def problems(reports: Sequence[Report], common: Common) -> None:
    """Print what limits the answer and what failed, in the whole or in a batch: each once."""
    from ssot_migrate.report import text
    from ssot_migrate.report.console import console

    warnings = dict.fromkeys(warning for report in reports for warning in report.warnings)
    failures = dict.fromkeys(failure for report in reports for failure in report.all_failures)
    told = Report((), 0, warnings=tuple(warnings), failures=tuple(failures))
    text.problems(told, console(sys.stderr, common.color), common.verbosity)


def _check_commits(batches: Sequence[Batch]) -> None:
    roots: dict[Path, set[str]] = defaultdict(set)
    for batch in batches:
        changing = {fix.path for fix in batch.fixes}
        found = (file.location for file in batch.files if file.path in changing)
        roots[batch.config.root].update(found)
    for root, files in roots.items():
        checkout.check_commits(root, files)


def _migrated(batches: Sequence[Batch], session: Session) -> Iterator[Ended]:
    """Carry out one batch after another, and tell of each."""
    from ssot_migrate.report import batches as shown
    from ssot_migrate.report.console import console, say
    from ssot_migrate.report.outcome import details, left

    for number, batch in enumerate(batches, 1):
        if session.common.verbosity is not Verbosity.QUIET:
            shown.begun(batch, number, len(batches), session.out)
        ended = _migrate_batch(batch, session)
        if ended.report is None:
            session.out.file.flush()
            line = f"error: {batch.name}: {ended.outcome.reason}"
            say(console(sys.stderr, session.common.color), line, "red")
        elif session.common.verbosity is Verbosity.VERBOSE:
            details(left(ended.report), session.out)
            if ended.outcome.run:
                say(session.out, f"run {ended.outcome.run}, for `undo`")
        yield ended


def _tell(account: Account, unfixed: Sequence[Batch], session: Session, *, is_over: bool) -> None:
    """Print what became of the batches; ``unfixed`` are those in which there was nothing to do.

    ``is_over`` says that there was nothing to go on with.
    """
    from ssot_migrate.report import batches as shown

    # A file that holds nothing else is in no batch.
    rest = session.reasons(session.report.suppressed)
    skipped = []
    for batch in unfixed:
        found = session.reasons(batch.violations)
        if batch.config.skip:
            outcome = Outcome(batch.key, batch.name, Status.SKIPPED, batch.config.skip, left=found)
            skipped.append(outcome)
        else:
            rest += found
    account = replace(account, now=[*account.now, *skipped])
    tell = shown.over if is_over else shown.outcomes
    tell(account, rest, session.out, session.common.verbosity)


def _advise(ended: Sequence[Ended], waiting: int, session: Session) -> None:
    """Say how to take the migration back, and how to go on where batches are waiting."""
    from ssot_migrate.report.console import say

    if session.common.verbosity is not Verbosity.QUIET:
        commits = [one.outcome.commit for one in ended if one.outcome.commit]
        if commits:
            say(session.out, f"`{checkout.revert_command(commits)}` takes these commits back.")
        elif any(one.outcome.migrated for one in ended):
            say(session.out, f"`{session.undo}` brings the files back as they were.")
    if waiting:
        batches = "batch is" if waiting == 1 else "batches are"
        say(session.out, f"{waiting} {batches} waiting; `--resume` goes on with them.", "yellow")
    session.out.file.flush()


def _migrate_batch(batch: Batch, session: Session) -> Ended:
    """Carry out a batch as its files are now on disk; it is all done, or left out with a reason."""
    from ssot_migrate.cli.timing import remember
    from ssot_migrate.report.outcome import left
    from ssot_migrate.trial.command import CommandError

    started = time.monotonic()
    outcome = Outcome(batch.key, batch.name, Status.FAILED)
    try:
        carried, commit = _carried_out(batch, session)
    except CommandError:
        raise  # It cannot be run for the other batches either.
    except UserError as error:
        seconds = time.monotonic() - started
        return Ended(
            replace(outcome, reason=str(error), left=_by_hand(batch, session), seconds=seconds)
        )
    report = carried.report
    trials = carried.trials
    remember(batch, trials, session.migration)
    taken_back = _taken_back(carried)
    fixed = [violation for change in report.changes for violation in change.fixed]
    elsewhere = {*taken_back, *report.suppressed}
    outcome = replace(
        outcome,
        status=Status.MIGRATED if fixed else Status.UNCHANGED,
        migrated=sum(violation.is_creation for violation in fixed),
        confirmed=_confirmed(trials) if trials else None,
        taken_back=len(taken_back) if trials else None,
        left=Counter(one.reason for one in left(report) if one.violation not in elsewhere),
        commit=commit,
        run=carried.run_id,
        seconds=time.monotonic() - started,
    )
    if report.all_failures and not fixed:
        failure = report.all_failures[0]
        reason = failure.text
        by_hand = _by_hand(batch, session)
        outcome = replace(outcome, status=Status.FAILED, reason=reason, left=by_hand)
    return Ended(outcome, report)


def _by_hand(batch: Batch, session: Session) -> Counter[str]:
    """Count the mocks of a batch that failed; what nothing could migrate has reasons of its own."""
    fixed = set(batch.fixes)
    others = session.reasons(one for one in batch.violations if one not in fixed)
    return Counter({_FAILED: len(fixed)}) + others


def _carried_out(batch: Batch, session: Session) -> tuple[Carried, str | None]:
    """Try, write and commit a batch; whatever goes wrong, its files are as they were."""
    resolver = session.resolver(batch)
    run = send(session.common, resolver, Request(fix=True), batch.files, around=session.files)
    known = {entry.id for entry in session.journal.entries()}
    head = checkout.head(batch.config.root) if session.given.commit else None
    is_committing = False
    try:
        common, out = session.common, session.out
        carried = carry_out(run, resolver, common, out, session.journal, session.group)
        _check_written(carried.report)
        is_committing = bool(session.given.commit and carried.report.changes)
        return carried, _commit(batch, carried, session) if is_committing else None
    except BaseException:
        # A commit that was made while Ctrl-C came is one.
        if not session.given.commit or checkout.head(batch.config.root) == head:
            _restore(session, known, force=is_committing)
        raise


def _check_written(report: Report) -> None:
    """Raise UserError where a file was left alone: a trial tried it together with the others."""
    for failure in report.all_failures:
        if failure.stage is Stage.WRITE:
            raise UserError(f"{failure.path}: {failure.message}")


def _commit(batch: Batch, carried: Carried, session: Session) -> str:
    from ssot_migrate.report.console import console, say
    from ssot_migrate.report.summary import by_family

    changes = carried.report.changes
    fixed = [violation for change in changes for violation in change.fixed]
    families = sorted(by_family(fixed).items(), key=lambda item: (-item[1], item[0]))
    message = batch.config.commit_message.format(
        batch=batch.name,
        fixes=len(fixed),
        files=len(changes),
        families=", ".join(f"{number} {family}" for family, number in families),
        taken_back=len(_taken_back(carried)),
    )
    paths = {change.location: change.path for change in changes}
    done = checkout.commit(batch.config.root, [*paths], message)
    for location in done.hooked:
        line = f"the commit's hook changed {paths[location]}; it is committed as the hook left it"
        say(console(sys.stderr, session.common.color), f"note: {line}", "yellow")
    return done.id


def _taken_back(carried: Carried) -> set[Violation]:
    return {one.violation for trial in carried.trials for one in trial.taken_back}


def _confirmed(trials: "Iterable[TrialResult]") -> int:
    """Count the unsafe fixes that tests have run: of the safe ones nobody has a doubt."""
    confirmed = (fix for trial in trials for fix in trial.confirmed)
    return sum(fix.applicability is Applicability.UNSAFE for fix in confirmed)


def _restore(session: Session, known: Collection[str], *, force: bool) -> None:
    """Restore what was written since these entries of the journal; tell what cannot be.

    ``force`` restores what a hook has changed, too, or somebody while it ran; it says so.
    """
    from ssot_migrate.disk.undo import Fate, undo
    from ssot_migrate.report.console import console, say
    from ssot_migrate.report.journal import replaced

    journal = session.journal
    ours = [e for e in journal.entries() if e.group == session.group and e.id not in known]
    if ours:
        with journal.lock(command_line()):
            outcomes = undo(journal, ours, command_line(), force=force)
        errors = console(sys.stderr, session.common.color)
        replaced(outcomes, "was changed while git commit ran", session.undo, errors)
        for outcome in outcomes:
            if outcome.fate is Fate.LEFT:
                line = f"error: {outcome.path}: {outcome.reason}; it was not taken back"
                say(errors, line, "red")
