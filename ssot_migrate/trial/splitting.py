"""Split what broke into components: by test functions where that suffices, else by files."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from ssot_migrate.model import Change, Violation
from ssot_migrate.trial.attempts import Attempts, Doing
from ssot_migrate.trial.baseline import Baseline, Regression, label
from ssot_migrate.trial.component import Break, Component, Group, connected, search_in
from ssot_migrate.trial.runner import Observation, TestId
from ssot_migrate.trial.scopes import Scopes


class Splitter:
    """Makes components of what broke.

    A fix in a test function concerns that function alone, any other the files that its own
    concerns: on that assumption components are independent of each other.
    """

    def __init__(
        self,
        changes: Sequence[Change],
        concerned: Mapping[str, tuple[str, ...]],
        files: Sequence[str],
        attempts: Attempts,
        baseline: Baseline,
    ) -> None:
        """Have searched nothing yet."""
        self._changes = tuple(changes)
        self._concerned = concerned
        self._files = tuple(files)
        self._attempts = attempts
        self._baseline = baseline
        self.scopes = Scopes(baseline, changes)
        #: What concerns files that were searched: what was found there rests on all of it.
        self._searched: set[Violation] = set()

    def split(
        self, broken: Sequence[Regression], observation: Observation, base: frozenset[Violation]
    ) -> list[Component]:
        """Split what broke into what can be searched apart; into nothing where it cannot be."""
        located = {self._baseline.location(test) for test in self._baseline.passed()}
        located |= {self._baseline.location(one.test) for one in broken}
        if None in located or self._baseline.is_lost(observation):
            return []
        groups = self._functions(broken, base)
        apart = frozenset(test for group in groups for test in group.tests)
        left = [one.test for one in broken if one.test not in apart]
        if left:
            base = base.union(fix for group in groups for fix in group.suspects)
            groups = self._groups(self.files_of(left), base, apart)
        if not all(group.suspects for group in groups):
            return []
        files = {file for group in groups for file in group.files}
        behind = (
            one for one in self._changes if not files.isdisjoint(self._concerned[one.location])
        )
        self._searched.update(fix for one in behind for fix in one.fixed if fix not in base)
        return [
            self._component(group, broken, observation, base, is_own=not left) for group in groups
        ]

    def whole(
        self, broken: Sequence[Regression], observation: Observation, likely: Collection[Violation]
    ) -> Component:
        """Make one component of everything, judged by all tests."""
        everything = {fix for change in self._changes for fix in change.fixed}
        tests = {*self._baseline.passed(), *(one.test for one in broken)}
        group = self._group(everything, tests, self._files)
        return self._component(group, broken, observation, frozenset(), likely)

    def are_bound(self, components: Sequence[Component], taken_back: Collection[Violation]) -> bool:
        """Tell whether fixes that were searched apart can only be made together."""
        sharing = Counter(one.location for each in components for one in each.group.changes)
        return self._attempts.failure(self._changes, taken_back) is not None or any(
            each.is_bound and any(sharing[one.location] > 1 for one in each.group.changes)
            for each in components
        )

    def files_of(self, tests: Iterable[TestId]) -> tuple[str, ...]:
        """Return the test files of some tests; all of them where one is unknown."""
        locations = {self._baseline.location(test) for test in tests}
        known = {location for location in locations if location}
        return tuple(sorted(known)) if known == locations else self._files

    def _functions(self, broken: Sequence[Regression], base: frozenset[Violation]) -> list[Group]:
        """Group broken tests with the fixes in their functions, where taking these back suffices.

        A test that did not run says nothing of its function, nor do others of its file.
        """
        untold = {self._baseline.location(one.test) for one in broken if one.status is None}
        told = [one.test for one in broken if self._baseline.location(one.test) not in untold]
        fixes = {fix for test in told for fix in self.scopes.own(test)} - base - self._searched
        taken_back = base | fixes
        if not fixes or self._attempts.failure(self._changes, taken_back):
            return []
        files = self.files_of(one.test for one in broken)
        seen = self._attempts.run(Doing.SEARCH, files, taken_back, suspects=len(fixes))
        still = {one.test for one in self._baseline.regressions(seen, self._baseline.within(files))}
        own = {test: fixes.intersection(self.scopes.own(test)) for test in self._baseline.passed()}
        return [
            self._group(suspects, tests, self.files_of(tests))
            for tests, suspects in connected({test: some for test, some in own.items() if some})
            if still.isdisjoint(tests)
        ]

    def _groups(
        self, files: Sequence[str], base: frozenset[Violation], apart: frozenset[TestId]
    ) -> list[Group]:
        """Group test files with the changes to search, without those that several have in common.

        Whether these are needed shows when all others are taken back. Files that do not pass then
        come first, with all that concerns them; the others are searched once that is done, and so
        are the tests that are searched apart.
        """
        changes = [one for one in self._changes if self._searched.isdisjoint(one.fixed)]
        tested = [len({*files}.intersection(self._concerned[one.location])) for one in changes]
        own = [one for one, number in zip(changes, tested, strict=True) if number == 1]
        if own and max(tested) > 1:
            taken_back = base.union(fix for one in own for fix in one.fixed)
            seen = self._attempts.run(Doing.SEARCH, files, taken_back, suspects=len(taken_back))
            broken = self._baseline.regressions(seen, self._baseline.within(files) - apart)
            changes = changes if broken else own
            files = self.files_of(one.test for one in broken) if broken else files
        behind = {
            file: {
                fix
                for one in changes
                if file in self._concerned[one.location]
                for fix in one.fixed
                if fix not in base
            }
            for file in files
        }
        return [
            self._group(suspects, self._baseline.within(tested) - apart, sorted(tested))
            for tested, suspects in connected(behind)
        ]

    def _group(
        self, suspects: Collection[Violation], tests: Collection[TestId], files: Sequence[str]
    ) -> Group:
        found = [(one, fix) for one in self._changes for fix in one.fixed if fix in suspects]
        changes = {one.location: one for one, _ in found}
        return Group(
            tuple(fix for _, fix in found),
            tuple(changes.values()),
            frozenset(tests),
            tuple(files),
        )

    def _component(
        self,
        group: Group,
        broken: Sequence[Regression],
        observation: Observation,
        base: frozenset[Violation],
        likely: Collection[Violation] = (),
        *,
        is_own: bool = True,
    ) -> Component:
        """Make a group ready to search; it is broken with what the base takes back."""
        here = [one for one in broken if one.test in group.tests]
        first = (*self._baseline.regressions(observation, group.tests), *here)[0]
        known = Break(label(first.test), first.message, observation.output)
        search = search_in(group, here, self.scopes, likely, is_own=is_own)
        return Component(group, search, base, {frozenset(): known})
