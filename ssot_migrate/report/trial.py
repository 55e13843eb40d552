"""How far a trial has come, and what it says of the fixes."""

from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from rich.console import Console

from ssot_migrate.model import Applicability
from ssot_migrate.report import Color, Verbosity
from ssot_migrate.report.console import console, count, part, say
from ssot_migrate.report.text import title
from ssot_migrate.settings.toolchain import shown
from ssot_migrate.trial.attempts import Doing, Progress
from ssot_migrate.trial.trial import TakenBack, TrialResult, few

if TYPE_CHECKING:
    from rich.status import Status

_DOING = {
    Doing.BEFORE: "before the change",
    Doing.AFTER: "with all fixes",
    Doing.AGAIN: "again, for flaky tests",
    Doing.CONFIRM: "the whole result",
}


class TrialProgress:
    """Tell what a trial is about to do: one line that changes on a terminal, else a line each."""

    def __init__(self, stream: TextIO, color: Color, verbosity: Verbosity) -> None:
        self._verbosity = verbosity
        self._console = console(stream, color)
        self._status: Status | None = None

    def __enter__(self) -> Self:
        return self

    def __call__(self, progress: Progress) -> None:
        """Show what comes now."""
        if self._verbosity is Verbosity.QUIET:
            return
        if not self._console.is_terminal:
            if self._verbosity is Verbosity.VERBOSE:
                say(self._console, _doing(progress))
                self._console.file.flush()
        elif self._status:
            self._status.update(_doing(progress))
        else:
            self._status = self._console.status(_doing(progress))
            self._status.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._status:
            self._status.stop()


def tried(result: TrialResult, out: Console, verbosity: Verbosity) -> None:
    """Print what was taken back and why, what does not count, and the totals."""
    if verbosity is not Verbosity.QUIET:
        for one in result.taken_back:
            _taken_back(one, out)
        _uncounted(result, out)
    say(out, _total_line(result), "bold")


def limits(result: TrialResult, errors: Console, verbosity: Verbosity) -> None:
    """Print what limits the proof, one line each."""
    if verbosity is not Verbosity.QUIET:
        for warning in result.warnings:
            say(errors, f"warning: trial: {warning}", "yellow")


def _doing(progress: Progress) -> str:
    what = (
        _DOING.get(progress.doing) or f"a search among {count(progress.suspects, 'fix', 'fixes')}"
    )
    so_far = f", {progress.seconds:.0f} s so far" if progress.seconds else ""
    return f"trial: run {progress.number}, {what}: {count(progress.files, 'test file')}{so_far}"


def _taken_back(one: TakenBack, out: Console) -> None:
    say(out, f"{title(one.violation)} — taken back", "yellow")
    part(out, "broke", [f"{one.test}: {one.message}" if one.message else one.test])
    part(out, "differences", [difference.message for difference in one.violation.differences])
    part(out, "output", [shown(one.output)])


def _uncounted(result: TrialResult, out: Console) -> None:
    """Say which tests prove nothing."""
    if result.failed_before:
        say(out, f"{count(result.failed_before, 'test')} failed before, too, and did not count.")
    if result.flaky:
        say(out, f"{count(len(result.flaky), 'flaky test')} did not count: {few(result.flaky)}")


def _total_line(result: TrialResult) -> str:
    kept = len(result.confirmed) + len(result.unconfirmed)
    unsafe = sum(fix.applicability is Applicability.UNSAFE for fix in result.confirmed)
    taken = len(result.taken_back)
    said = (
        f"{taken} of {count(kept + taken, 'fix', 'fixes')} taken back",
        f"{count(unsafe, 'unsafe fix', 'unsafe fixes')} confirmed" if unsafe else "",
        f"{len(result.unconfirmed)} not run by any passing test" if result.unconfirmed else "",
    )
    runs = f"{count(result.runs, 'run')}, {result.seconds:.0f} s"
    return f"trial: {_passing(result.passed)} as before; {', '.join(filter(None, said))}; {runs}"


def _passing(tests: int | None) -> str:
    if tests is None:
        return "the command passes"
    return "1 test passes" if tests == 1 else f"{tests:,} tests pass"
