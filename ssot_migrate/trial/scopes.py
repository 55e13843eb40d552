"""Which tests run the code of a fix: the one whose body it is in, or all of those concerned."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from ssot_migrate.model import Change, Violation
from ssot_migrate.trial.baseline import Baseline, dotted
from ssot_migrate.trial.runner import TestId

#: A test function: its file and dotted name; for one that did not run under that name (its class is
#: a base of others, say) ``None`` and its own name.
Function = tuple[str | None, str]


class Scopes:
    """Which test a fix belongs to, as far as the tests seen before the change tell."""

    def __init__(self, baseline: Baseline, changes: Sequence[Change]) -> None:
        """Learn the names of the test functions from what ran."""
        self._baseline = baseline
        self._names: dict[str | None, set[str]] = defaultdict(set)
        for test in baseline.before:
            self._names[baseline.location(test)].add(dotted(test))
        self._fixes: dict[Function | None, list[Violation]] = defaultdict(list)
        #: Those in methods, by the method's file and name alone.
        self._methods: dict[Function, list[Violation]] = defaultdict(list)
        fixes = ((one, fix) for one in changes for fix in one.fixed)
        for one, fix in fixes:
            function = self._function(one, fix)
            self._fixes[function].append(fix)
            if function and "." in function[1]:
                self._methods[function[0], _last(function[1])].append(fix)

    @property
    def wide(self) -> Sequence[Violation]:
        """Name the fixes that are in no test function: in a fixture, helper, class or module."""
        return self._fixes[None]

    def own(self, test: TestId) -> Sequence[Violation]:
        """Name the fixes in the function of a test.

        For a method without any they are those in methods of that name in the file: its class may
        inherit it.
        """
        functions = self._functions(test)
        found = [fix for function in functions for fix in self._fixes.get(function, ())]
        (location, name), (_, own) = functions
        return found if found or name == own else self._methods.get((location, own), ())

    def _function(self, change: Change, violation: Violation) -> Function | None:
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

    def _functions(self, test: TestId) -> tuple[Function, Function]:
        """Name the function of a test, as it ran and as one that is inherited."""
        name = dotted(test)
        return (self._baseline.location(test), name), (None, _last(name))

    def is_run(self, change: Change, violation: Violation, passed: Collection[TestId]) -> bool:
        """Tell whether one of these passed tests runs the code of a fix, as far as can be seen.

        The tests are those of the files concerned. For a fix in a test function this is exact. For
        one in a fixture, helper or module, any of them stands for those that use it; one of its own
        class where it is in a class of tests. Where only the command is seen, nobody knows.
        """
        if not self._baseline.is_detailed:
            return False
        function = self._function(change, violation)
        if function:
            return any(function in self._functions(test) for test in passed)
        beginning = violation.scope.partition(".")[0] + "."
        if any(name.startswith(beginning) for name in self._names[change.location]):
            own = (test for test in passed if self._baseline.location(test) == change.location)
            return any(dotted(test).startswith(beginning) for test in own)
        return bool(passed)


def _last(name: str) -> str:
    return name.rpartition(".")[2]
