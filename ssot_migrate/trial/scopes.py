"""Which tests run the code of a fix: the one whose body it is in, or all of those concerned."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from ssot_migrate.model import Change, Violation
from ssot_migrate.trial.baseline import Baseline, dotted
from ssot_migrate.trial.runner import TestId


class Scopes:
    """Which test a scope belongs to, as far as the tests seen before the change tell."""

    def __init__(self, baseline: Baseline) -> None:
        """Learn the names of the test functions from what ran."""
        self._baseline = baseline
        self._names: dict[str | None, set[str]] = defaultdict(set)
        for test in baseline.before:
            self._names[baseline.location(test)].add(dotted(test))

    def test_around(self, change: Change, violation: Violation) -> str | None:
        """Name the test function that a fix is in.

        One that did not run under this name (its class is a base of others, say) is known by
        its own name. ``None`` for what is in a fixture, a helper, a class or a module.
        """
        parts = violation.scope.split(".")
        prefixes = [".".join(parts[:end]) for end in range(len(parts), 0, -1)]
        names = self._names[change.location]
        known = next((prefix for prefix in prefixes if prefix in names), None)
        if known or not self._baseline.is_detailed:
            return known
        return next((prefix for prefix in prefixes if _last(prefix).startswith("test")), None)

    def is_in(self, test: TestId, change: Change, around: str) -> bool:
        """Tell whether a test runs the function that ``test_around`` named."""
        if around in self._names[change.location]:
            return self._baseline.location(test) == change.location and dotted(test) == around
        return _last(dotted(test)) == _last(around)

    def of_class(
        self, change: Change, violation: Violation, tests: Iterable[TestId]
    ) -> list[TestId]:
        """Return those of some tests that are in the class that a fix is in."""
        outer = violation.scope.partition(".")[0]
        return [
            test
            for test in tests
            if self._baseline.location(test) == change.location
            and dotted(test).startswith(f"{outer}.")
        ]

    def is_run(
        self, change: Change, violation: Violation, files: Collection[str], passed: set[TestId]
    ) -> bool:
        """Tell whether one of these passed tests runs the code of a fix, as far as can be seen.

        For a fix in a test function this is exact. For one in a fixture, helper or module, any
        passed test of the files concerned stands for those that use it; of the fix's own class
        where it is in a class of tests. Without single tests the command stands for all.
        """
        if not self._baseline.is_detailed:
            return bool(passed)
        here = [test for test in passed if self._baseline.location(test) in {None, *files}]
        around = self.test_around(change, violation)
        if around:
            return any(self.is_in(test, change, around) for test in here)
        in_class = self.of_class(change, violation, self._baseline.before)
        return bool(self.of_class(change, violation, here) if in_class else here)


def _last(name: str) -> str:
    return name.rpartition(".")[2]
