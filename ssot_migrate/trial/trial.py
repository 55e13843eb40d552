"""Run the user's tests before a change and after it, and keep only what they pass."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Change, UserError, Violation
from ssot_migrate.trial.attempts import Attempts, Doing, Only, Progress
from ssot_migrate.trial.baseline import COMMAND, Baseline, Regression, labels
from ssot_migrate.trial.component import Break, Component
from ssot_migrate.trial.rounds import search
from ssot_migrate.trial.runner import Observation, Runner, Status, TestId
from ssot_migrate.trial.splitting import Splitter

#: Attempts after which a search ends with what passes by then.
_MOST = 300
#: How many files or tests are named.
_NAMED = 3
#: How many characters of a command's output are quoted.
_QUOTED = 200


class TakenBack(Frozen):
    """A fix that a trial removed, and why."""

    violation: Violation
    #: The test that broke with it.
    test: str
    #: What the test said, in one line.
    message: str
    #: What the command printed in that execution.
    output: Path


class TrialResult(Frozen):
    """What a trial leaves of some changes."""

    #: What passed: to be written.
    changes: tuple[Change, ...]
    taken_back: tuple[TakenBack, ...]
    #: Fixes whose code a test ran that passed before and after.
    confirmed: tuple[Violation, ...]
    #: Fixes that are kept, though no test that counts ran their code.
    unconfirmed: tuple[Violation, ...]
    #: Tests that end now this way, now that, whatever is changed.
    flaky: tuple[str, ...]
    #: How many tests failed before the change: they do not count.
    failed_before: int
    #: How many passed before and after; ``None`` where only the command as a whole can be seen.
    passed: int | None
    #: How often the command was executed, and how many seconds that took.
    runs: int
    seconds: float
    warnings: tuple[str, ...]
    #: How many test files the fixes concern.
    files: int = 0


def conduct(
    changes: Sequence[Change],
    only: Only,
    concerned: Mapping[str, tuple[str, ...]],
    runner: Runner,
    tell: Callable[[Progress], None],
) -> TrialResult:
    """Take back the fixes that break a test; give what is left, and what the tests say of it.

    With what is taken back, all tests pass that passed before. Putting any single fix of it back
    breaks one, as far as tests depend on no changes but those that concern their files, and on no
    fixes in the functions of other tests: ``concerned`` names these files for each change, by its
    location. Raises UserError where nothing can be proven: no test passes before, or the tests load
    other files.
    """
    concerned = {change.location: concerned.get(change.location, ()) for change in changes}
    files = sorted({file for tested in concerned.values() for file in tested})
    attempts = Attempts(changes, only, runner, tell)
    if not files:
        return _untested(changes)
    everything = frozenset(fix for change in changes for fix in change.fixed)
    before = attempts.run(Doing.BEFORE, files, everything)
    _check_loaded(before, changes)
    _check_before(before)
    return _Trial(changes, concerned, files, attempts, Baseline(before, files)).conduct()


class _Trial:
    """One trial, from the run with all changes on."""

    def __init__(
        self,
        changes: Sequence[Change],
        concerned: Mapping[str, tuple[str, ...]],
        files: Sequence[str],
        attempts: Attempts,
        baseline: Baseline,
    ) -> None:
        self._changes = tuple(changes)
        self._concerned = concerned
        self._files = tuple(files)
        self._attempts = attempts
        self._baseline = baseline
        self._everything = frozenset(fix for change in changes for fix in change.fixed)
        self._splitting = Splitter(changes, concerned, files, attempts, baseline)
        self._warnings: list[str] = []
        #: Regressions that were seen twice.
        self._proven: set[TestId] = set()
        #: Tests that end otherwise where other files are not run beside them.
        self._entangled: set[TestId] = set()

    def conduct(self) -> TrialResult:
        taken: dict[Violation, Break] = {}
        observation = first = self._after()
        _check_loaded(observation, self._changes)
        for can_split in (True, True, True, False):
            broken = self._lasting(observation, taken)
            if not broken:
                break
            base = frozenset(taken)
            is_apart = can_split and self._entangled.isdisjoint(one.test for one in broken)
            components = self._splitting.split(broken, observation, base) if is_apart else []
            taken |= self._search(components)
            if not components or self._splitting.are_bound(components, taken):
                # What broke first may have broken otherwise since: all is asked again.
                taken = self._search([self._splitting.whole(broken, first, base)])
            observation = self._attempts.run(Doing.CONFIRM, self._files, taken)
        return self._result(observation, taken)

    def _after(self) -> Observation:
        """Execute with all changes; once more where the process died, as that may be by chance."""
        observation = self._attempts.run(Doing.AFTER, self._files, ())
        if self._baseline.is_lost(observation):
            again = self._attempts.run(Doing.AGAIN, self._files, (), fresh=True)
            if not self._baseline.is_lost(again):
                self._warnings.append(
                    f"the tests died once with the changes, and not again: see {observation.output}"
                )
                return again
        return observation

    def _lasting(
        self, observation: Observation, taken_back: Collection[Violation]
    ) -> tuple[Regression, ...]:
        """Return the regressions that are none of flaky tests: these fail again, and pass before.

        The changed files come first: what ends otherwise every other time is found as well.
        """
        broken = {one.test for one in self._baseline.regressions(observation)} - self._proven
        if broken and not self._baseline.is_lost(observation):
            self._repeat(broken, taken_back, passes=False)
        broken -= self._baseline.flaky
        if broken:
            self._repeat(broken, self._everything, passes=True)
        self._proven |= broken
        return self._baseline.regressions(observation)

    def _repeat(
        self, tests: set[TestId], taken_back: Collection[Violation], *, passes: bool
    ) -> None:
        """Execute the files of some tests again, and tell flaky ones from those that need others.

        A test that ends otherwise gets two more chances, with all files: if it ends as the first
        time then, it depends on them.
        """
        files = self._splitting.files_of(tests)
        other = self._otherwise(tests, files, taken_back, passes=passes)
        flaky = set(other) if files == self._files else set()
        if other and files != self._files:
            for _ in range(2):
                flaky |= self._otherwise(other, self._files, taken_back, passes=passes)
        self._entangled |= other - flaky
        self._baseline.flaky |= flaky

    def _otherwise(
        self,
        tests: set[TestId],
        files: Sequence[str],
        taken_back: Collection[Violation],
        *,
        passes: bool,
    ) -> set[TestId]:
        observation = self._attempts.run(Doing.AGAIN, files, taken_back, fresh=True)
        if passes and self._baseline.is_lost(observation):
            raise UserError(
                "the tests die now and then without any change, so nothing can be proven: "
                f"see {observation.output}"
            )
        passed = self._baseline.still_passed(observation)
        return tests - passed if passes else tests & passed

    def _search(self, components: Sequence[Component]) -> dict[Violation, Break]:
        if not search(components, self._baseline, self._attempts, _MOST):
            self._warnings.append(
                f"the search was ended after {_MOST} executions: "
                "it may have taken back more fixes than need be"
            )
        return {fix: why for one in components for fix, why in one.convicted().items()}

    def _result(self, observation: Observation, taken: Mapping[Violation, Break]) -> TrialResult:
        passed = self._baseline.still_passed(observation)
        confirmed, unconfirmed = self._confirmed(observation, taken, passed)
        changes = self._attempts.kept(taken)
        before = self._baseline.before.values()
        return TrialResult(
            changes=changes,
            taken_back=tuple(
                TakenBack(fix, why.test, why.message, why.output)
                for fix, why in sorted(taken.items(), key=lambda item: _place(item[0]))
            ),
            confirmed=confirmed,
            unconfirmed=unconfirmed,
            flaky=labels(self._baseline.flaky),
            failed_before=sum(seen.status is Status.FAILED for seen in before),
            passed=len(passed - {COMMAND}) if self._baseline.is_detailed else None,
            runs=self._attempts.number,
            seconds=self._attempts.seconds,
            warnings=(*self._warnings, *_unseen(changes, observation)),
            files=len(self._files),
        )

    def _confirmed(
        self, observation: Observation, taken: Collection[Violation], passed: set[TestId]
    ) -> tuple[tuple[Violation, ...], tuple[Violation, ...]]:
        """Part the fixes that are kept into those that a passed test ran, and the others."""
        located: dict[str | None, list[TestId]] = defaultdict(list)
        for test in passed:
            located[self._baseline.location(test)].append(test)
        confirmed: list[Violation] = []
        unconfirmed: list[Violation] = []
        for change in self._changes:
            files = (None, *self._concerned[change.location])
            loaded = change.location in observation.loaded
            tests = [test for file in files for test in located.get(file, ())] if loaded else []
            for fix in change.fixed:
                if fix not in taken:
                    run = self._splitting.scopes.is_run(change, fix, tests)
                    (confirmed if run else unconfirmed).append(fix)
        return tuple(confirmed), tuple(unconfirmed)


def _check_before(before: Observation) -> None:
    """Raise UserError where nothing follows from what the tests do without the change."""
    if before.timed_out:
        raise UserError(
            f"the tests took longer than --trial-timeout before any change: see {before.output}; "
            "give them more time, or a quicker command"
        )
    if before.tests is None and before.exit_code:
        raise UserError(
            f"the trial's command ends with exit code {before.exit_code} before any change, "
            f"so nothing can be proven{_last_line(before.output)}: see {before.output}"
        )
    seen = before.tests.values() if before.tests is not None else ()
    if before.tests is not None and not any(one.status is Status.PASSED for one in seen):
        raise UserError(
            f"no test passes before any change (exit code {before.exit_code}), so nothing can be "
            f"proven{_last_line(before.output)}: see {before.output}"
        )


def _last_line(output: Path) -> str:
    """Quote what a command printed last, which mostly says what went wrong."""
    try:
        lines = output.read_text("utf-8", "replace").split("\n")
    except OSError:
        return ""
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"; it said `{last[:_QUOTED]}`" if last else ""


def _check_loaded(observation: Observation, changes: Sequence[Change]) -> None:
    """Raise UserError where the tests run other code than what a trial changes."""
    paths = [change.path for change in changes if change.location in observation.elsewhere]
    if paths:
        raise UserError(
            f"the tests load {few(paths)} from the project itself, not "
            "from its copy (an editable install, most likely), so nothing can be proven; put the "
            "copy first with PYTHONPATH=. or pytest's `pythonpath` setting, or use --in-place"
        )


def _untested(changes: Sequence[Change]) -> TrialResult:
    fixes = tuple(fix for change in changes for fix in change.fixed)
    warnings = (f"no test file imports {few([one.path for one in changes])}",) if fixes else ()
    return TrialResult(tuple(changes), (), (), fixes, (), 0, 0, 0, 0.0, warnings)


def _unseen(changes: Sequence[Change], observation: Observation) -> list[str]:
    """Say which changed files no test loaded, as far as that could be seen."""
    if not observation.probed:
        return ["no Python process told which files the tests loaded, so no fix is confirmed"]
    absent = [change.path for change in changes if change.location not in observation.loaded]
    return [f"no test loads {few(absent)} (the fixes there are unconfirmed)"] if absent else []


def few(names: Sequence[str]) -> str:
    """Name the first few, and say how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _place(violation: Violation) -> tuple[str, int, int]:
    return (violation.path, violation.line, violation.column)
