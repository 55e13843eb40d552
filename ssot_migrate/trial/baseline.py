"""What the tests did before the change, and which of them no longer do it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import PurePath

from ssot_migrate.frozen import Frozen
from ssot_migrate.trial.runner import Observation, Seen, Status, TestId

#: Stands for all tests where nothing tells of single ones, else for what is done beside them.
COMMAND = TestId(None, "the command")


class Regression(Frozen):
    """A test that passed before and does not after."""

    test: TestId
    #: Why not; ``None`` where it did not run.
    status: Status | None
    #: What was seen instead of a pass, in one line.
    message: str


class Baseline:
    """How the tests ended before the change; what counts is what passed and is not flaky."""

    def __init__(self, before: Observation, files: Sequence[str]) -> None:
        """Start from an execution of these test files without any change."""
        #: Whether single tests were told of; else the exit code decides.
        self.is_detailed = before.tests is not None
        self.before = self._outcomes(before)
        #: Whether the exit code says something beside the outcomes of single tests.
        self._exits_well = self.is_detailed and not before.exit_code
        #: Tests that end now this way, now that, with the same files.
        self.flaky: set[TestId] = set()
        found = {test.file for test in self.before}
        self._locations = {file: _locate(file, files) for file in found if file}

    def location(self, test: TestId) -> str | None:
        """Name the test file that holds a test, ``None`` where it is none of the given ones."""
        return self._locations.get(test.file) if test.file else None

    def passed(self) -> list[TestId]:
        """Return the tests that count."""
        return [
            test
            for test, seen in self.before.items()
            if seen.status is Status.PASSED and test not in self.flaky
        ]

    def within(self, files: Collection[str]) -> frozenset[TestId]:
        """Return those tests that count which some files hold."""
        return frozenset(test for test in self.passed() if self.location(test) in files)

    def regressions(
        self, observation: Observation, tests: Collection[TestId] | None = None
    ) -> tuple[Regression, ...]:
        """Return which (of these) passed before and do not now, in the order of the tests."""
        outcomes = self._outcomes(observation)
        wanted = (test for test in self.passed() if tests is None or test in tests)
        ended = ((test, outcomes.get(test)) for test in wanted)
        found = tuple(
            Regression(test, seen.status, _message(seen))
            if seen
            else Regression(test, None, _absence(test, outcomes, timed_out=observation.timed_out))
            for test, seen in ended
            if seen is None or seen.status is not Status.PASSED
        )
        return found or self._exited(observation, tests)

    def _exited(
        self, observation: Observation, tests: Collection[TestId] | None
    ) -> tuple[Regression, ...]:
        """Blame the command where it fails and no test does: a step beside the tests, a gate."""
        whole = tests is None or all(test in tests for test in self.passed())
        counts = self._exits_well and whole and COMMAND not in self.flaky
        if not counts or not observation.exit_code:
            return ()
        message = f"exit code {observation.exit_code}, though its tests pass"
        return (Regression(COMMAND, Status.FAILED, message),)

    def still_passed(self, observation: Observation) -> set[TestId]:
        """Return the tests that count and passed now as well, and the command if it counts."""
        broken = {regression.test for regression in self.regressions(observation)}
        counted = {*self.passed(), *([COMMAND] if self._exits_well else [])}
        return counted - broken - self.flaky

    def is_lost(self, observation: Observation) -> bool:
        """Tell whether an execution died, so that no test can be blamed for its end."""
        return observation.timed_out or (self.is_detailed and observation.tests is None)

    def _outcomes(self, observation: Observation) -> Mapping[TestId, Seen]:
        if self.is_detailed:
            return observation.tests or {}
        if observation.timed_out:
            return {}
        passed = Status.FAILED if observation.exit_code else Status.PASSED
        return {COMMAND: Seen(passed, f"exit code {observation.exit_code}")}


def label(test: TestId) -> str:
    """Name a test as its runner does."""
    return "::".join(part for part in (test.file, test.name) if part)


def dotted(test: TestId) -> str:
    """Name the function of a test as a scope is named: without parameters."""
    return test.name.partition("[")[0].replace("::", ".")


def labels(tests: Iterable[TestId]) -> tuple[str, ...]:
    """Name tests, sorted."""
    return tuple(sorted(map(label, tests)))


def _message(seen: Seen) -> str:
    if seen.status is Status.SKIPPED:
        return f"it is skipped now: {seen.message}" if seen.message else "it is skipped now"
    return seen.message


def _absence(test: TestId, outcomes: Mapping[TestId, Seen], *, timed_out: bool) -> str:
    """Say why a test did not run; its file may have failed as a whole, under no test's name."""
    if timed_out:
        return "it did not run: the time was up"
    file = outcomes.get(TestId(test.file, ""))
    return f"it did not run: {file.message}" if file and file.message else "it did not run"


def _locate(file: str, files: Sequence[str]) -> str | None:
    """Find a test file by its path from the root: the shortest, for all lie below one root."""
    ending = f"/{file}"
    found = [one for one in files if PurePath(one).as_posix().endswith(ending)]
    return min(found, key=len, default=None)
