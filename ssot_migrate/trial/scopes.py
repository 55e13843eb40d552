"""Which tests run the code of a fix: the one whose body it is in, or all of those concerned."""

from collections import defaultdict
from collections.abc import Collection

from ssot_migrate.model import Change, Violation
from ssot_migrate.trial.baseline import Baseline, dotted
from ssot_migrate.trial.runner import TestId

#: A test function: its file and dotted name; for one that did not run under that name (its class is
#: a base of others, say) ``None`` and its own name.
Function = tuple[str | None, str]


class Scopes:
    """Which test a scope belongs to, as far as the tests seen before the change tell."""

    def __init__(self, baseline: Baseline) -> None:
        """Learn the names of the test functions from what ran."""
        self._baseline = baseline
        self._names: dict[str | None, set[str]] = defaultdict(set)
        for test in baseline.before:
            self._names[baseline.location(test)].add(dotted(test))

    def function(self, change: Change, violation: Violation) -> Function | None:
        """Name the test that a fix is in; ``None`` for a fixture, helper, class or module."""
        if not self._baseline.is_detailed:
            return None
        parts = violation.scope.split(".")
        prefixes = [".".join(parts[:end]) for end in range(len(parts), 0, -1)]
        names = self._names[change.location]
        known = next((prefix for prefix in prefixes if prefix in names), None)
        if known:
            return change.location, known
        own = next((part for part in reversed(parts) if part.startswith("test")), None)
        return (None, own) if own else None

    def functions(self, test: TestId) -> tuple[Function, Function]:
        """Name the function of a test, as it ran and as one that is inherited."""
        name = dotted(test)
        return (self._baseline.location(test), name), (None, name.rpartition(".")[2])

    def is_run(self, change: Change, violation: Violation, passed: Collection[TestId]) -> bool:
        """Tell whether one of these passed tests runs the code of a fix, as far as can be seen.

        The tests are those of the files concerned. For a fix in a test function this is exact. For
        one in a fixture, helper or module, any of them stands for those that use it; one of its own
        class where it is in a class of tests. Without single tests the command stands for all.
        """
        function = self.function(change, violation)
        if function:
            return any(function in self.functions(test) for test in passed)
        beginning = violation.scope.partition(".")[0] + "."
        if any(name.startswith(beginning) for name in self._names[change.location]):
            own = (test for test in passed if self._baseline.location(test) == change.location)
            return any(dotted(test).startswith(beginning) for test in own)
        return bool(passed)
