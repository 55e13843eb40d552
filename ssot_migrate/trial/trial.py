"""Run the user's tests before a change and after it, and keep only what they pass."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ssot_migrate.model import Change, UserError, Violation
from ssot_migrate.trial.attempts import Attempts, Doing, Only, Progress
from ssot_migrate.trial.baseline import COMMAND, Baseline, Regression, label, labels
from ssot_migrate.trial.component import Break, Component, Group, component, connected
from ssot_migrate.trial.rounds import search
from ssot_migrate.trial.runner import Observation, Runner, Status, TestId
from ssot_migrate.trial.scopes import Scopes

#: Attempts after which a search ends with what passes by then.
_MOST = 300
#: How many files a warning names.
_NAMED = 3
#: How many characters of a command's output are quoted.
_QUOTED = 200


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A fix that a trial removed, and why."""

    violation: Violation
    #: The test that broke with it.
    test: str
    #: What the test said, in one line.
    message: str
    #: What the command printed in that execution.
    output: Path


@dataclass(frozen=True, slots=True)
class TrialResult:
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
    breaks one, as far as tests depend on no changes but those that concern their files:
    ``concerned`` names these files for each change, by its location. Raises UserError where nothing
    can be proven: no test passes before, or the tests load other files.
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
        self._warnings: list[str] = []
        #: Locations of changes whose fixes were searched.
        self._searched: set[str] = set()
        #: Regressions that were seen twice.
        self._proven: set[TestId] = set()
        #: Tests that end otherwise where other files are not run beside them.
        self._entangled: set[TestId] = set()

    def conduct(self) -> TrialResult:
        taken: dict[Violation, Break] = {}
        observation = first = self._after()
        _check_loaded(observation, self._changes)
        for can_split in (True, True, False):
            broken = self._lasting(observation, taken)
            if not broken:
                break
            base = frozenset(taken)
            components = self._components(broken, observation, base) if can_split else []
            if components:
                taken |= self._search(components)
            else:  # What broke first may have broken otherwise since: all is asked again.
                whole = Group(self._changes, self._files)
                taken = self._search([self._component(whole, broken, first, frozenset(), base)])
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
        files = self._files_of(tests)
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

    def _files_of(self, tests: Iterable[TestId]) -> tuple[str, ...]:
        """Return the test files of some tests; all of them where one is unknown."""
        locations = {self._baseline.location(test) for test in tests}
        known = {location for location in locations if location}
        return tuple(sorted(known)) if known == locations else self._files

    def _components(
        self, broken: Sequence[Regression], observation: Observation, base: frozenset[Violation]
    ) -> list[Component]:
        """Split what broke into what can be searched apart; into nothing where it cannot be."""
        located = {self._baseline.location(test) for test in self._baseline.passed()}
        located |= {self._baseline.location(one.test) for one in broken}
        entangled = self._entangled & {one.test for one in broken}
        if None in located or entangled or self._baseline.is_lost(observation):
            return []
        groups = self._groups(self._files_of(one.test for one in broken), base)
        if not all(group.changes for group in groups):
            return []
        self._searched.update(one.location for group in groups for one in group.changes)
        return [self._component(group, broken, observation, base) for group in groups]

    def _groups(self, files: Sequence[str], base: frozenset[Violation]) -> list[Group]:
        """Group test files with the changes to search, without those that several have in common.

        Whether these are needed shows when all others are taken back. Files that do not pass then
        come first, with all that concerns them; the others are searched once that is done.
        """
        changes = [one for one in self._changes if one.location not in self._searched]
        tested = [len({*files}.intersection(self._concerned[one.location])) for one in changes]
        own = [one for one, number in zip(changes, tested, strict=True) if number == 1]
        if own and max(tested) > 1:
            taken_back = base.union(fix for one in own for fix in one.fixed)
            seen = self._attempts.run(Doing.SEARCH, files, taken_back, suspects=len(taken_back))
            broken = self._baseline.regressions(seen, files)
            if not broken:
                return connected(files, own, self._concerned)
            files = self._files_of(one.test for one in broken)
        return connected(files, changes, self._concerned)

    def _component(
        self,
        group: Group,
        broken: Sequence[Regression],
        observation: Observation,
        base: frozenset[Violation],
        likely: Collection[Violation] = (),
    ) -> Component:
        """Make a group ready to search; it is broken with what the base takes back."""
        here = [one for one in broken if self._baseline.location(one.test) in {None, *group.files}]
        first = (*self._baseline.regressions(observation, group.files), *here)[0]
        known = Break(label(first.test), first.message, observation.output)
        return component(group, here, self._baseline, known, base, likely)

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
        scopes = Scopes(self._baseline)
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
                    run = self._baseline.is_detailed and scopes.is_run(change, fix, tests)
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
            f"the tests load {_names(paths)} from the project itself, not "
            "from its copy (an editable install, most likely), so nothing can be proven; put the "
            "copy first with PYTHONPATH=. or pytest's `pythonpath` setting, or use --in-place"
        )


def _untested(changes: Sequence[Change]) -> TrialResult:
    fixes = tuple(fix for change in changes for fix in change.fixed)
    warnings = (f"no test file imports {_names([one.path for one in changes])}",) if fixes else ()
    return TrialResult(tuple(changes), (), (), fixes, (), 0, 0, 0, 0.0, warnings)


def _unseen(changes: Sequence[Change], observation: Observation) -> list[str]:
    """Say which changed files no test loaded, as far as that could be seen."""
    if not observation.probed:
        return ["no Python process told which files the tests loaded, so no fix is confirmed"]
    absent = [change.path for change in changes if change.location not in observation.loaded]
    return [f"no test loads {_names(absent)} (the fixes there are unconfirmed)"] if absent else []


def _names(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _place(violation: Violation) -> tuple[str, int, int]:
    return (violation.path, violation.line, violation.column)
