"""What can be searched apart from the rest: broken tests, and the fixes behind them."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from msgspec import Struct, field

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Change, Violation
from ssot_migrate.trial.baseline import Regression, dotted
from ssot_migrate.trial.runner import TestId
from ssot_migrate.trial.scopes import Scopes
from ssot_migrate.trial.search import Search

K = TypeVar("K")
V = TypeVar("V")


class Break(Frozen):
    """What went wrong with some fixes put back."""

    test: str
    message: str
    output: Path


class Group(Frozen):
    """Fixes that have to be looked at together, and the tests that judge them."""

    suspects: tuple[Violation, ...]
    #: The changes that hold them.
    changes: tuple[Change, ...]
    tests: frozenset[TestId]
    #: What to execute for these tests.
    files: tuple[str, ...]


class Component(Struct, eq=False):
    """A group that is searched."""

    group: Group
    search: Search[Violation]
    #: What is taken back meanwhile, here and in other files.
    base: frozenset[Violation]
    #: What broke, by what was taken back.
    breaks: dict[frozenset[Violation], Break] = field(default_factory=dict)
    #: Whether a question was about fixes that cannot be made without others.
    is_bound: bool = False

    def convicted(self) -> dict[Violation, Break]:
        """Return each fix that has to be taken back with what broke when it was put back."""
        taken = self.search.taken_back
        return {
            violation: self.breaks.get(taken - {violation}) or self.breaks[frozenset()]
            for violation in self.group.suspects
            if violation in taken
        }


def connected(behind: Mapping[K, Collection[V]]) -> list[tuple[set[K], set[V]]]:
    """Group what has anything behind it in common."""
    groups: list[tuple[set[K], set[V]]] = []
    for key, values in behind.items():
        joined = [group for group in groups if not group[1].isdisjoint(values)]
        groups = [group for group in groups if group not in joined]
        keys, all_values = (group[0] for group in joined), (group[1] for group in joined)
        groups.append(({key}.union(*keys), set(values).union(*all_values)))
    return groups


def search_in(
    group: Group,
    broken: Sequence[Regression],
    scopes: Scopes,
    likely: Collection[Violation],
    *,
    is_own: bool,
) -> Search[Violation]:
    """Make ready to search; what is in the broken tests' functions is suspected first.

    Where a broken test has no fix of its own, or where these are known not to be all, what is in no
    test's function is suspected as well. A test that did not run says nothing about how many fixes
    are bad: one can take the whole file down.
    """
    suspects = set(group.suspects)
    own = {one.test: suspects.intersection(scopes.own(one.test)) for one in broken}
    guess = set(likely).union(*own.values())
    is_own = is_own and all(own.values())
    explained = is_own and all(regression.status for regression in broken)
    if not is_own:
        guess.update(scopes.wide)
    functions = {(regression.test.file, dotted(regression.test)) for regression in broken}
    expected = len(functions) + len(likely) if explained else 1
    # What is surely bad comes last, when all else is put back: so it need not be asked about again.
    alone = set[Violation]().union(*(one for one in own.values() if len(one) == 1))
    ordered = sorted(group.suspects, key=alone.__contains__)
    return Search(ordered, guess, max(1, expected))
