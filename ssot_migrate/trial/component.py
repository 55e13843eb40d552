"""What can be searched apart from the rest: the broken tests' files and the changes behind them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ssot_migrate.model import Change, Violation
from ssot_migrate.trial.baseline import Baseline, Regression, dotted
from ssot_migrate.trial.scopes import Function, Scopes
from ssot_migrate.trial.search import Search


@dataclass(frozen=True, slots=True)
class Break:
    """What went wrong with some fixes put back."""

    test: str
    message: str
    output: Path


@dataclass(slots=True, eq=False)
class Component:
    """Changes that are searched together, and the test files that judge them."""

    changes: tuple[Change, ...]
    files: tuple[str, ...]
    search: Search[Violation]
    #: What broke, by what was taken back.
    breaks: dict[frozenset[Violation], Break] = field(default_factory=dict)

    def convicted(self) -> dict[Violation, Break]:
        """Return each fix that has to be taken back with what broke when it was put back."""
        taken = self.search.taken_back
        return {
            violation: self.breaks.get(taken - {violation}) or self.breaks[frozenset()]
            for change in self.changes
            for violation in change.fixed
            if violation in taken
        }


def connected(
    files: Iterable[str], changes: Sequence[Change], concerned: Mapping[str, tuple[str, ...]]
) -> list[tuple[tuple[Change, ...], tuple[str, ...]]]:
    """Group test files with all changes that concern them, so that no change is in two groups."""
    groups: list[tuple[set[str], set[str]]] = []
    for file in files:
        behind = {change.location for change in changes if file in concerned[change.location]}
        joined = [group for group in groups if group[0] & behind]
        groups = [group for group in groups if group not in joined]
        locations = behind.union(*(group[0] for group in joined))
        groups.append((locations, {file}.union(*(group[1] for group in joined))))
    return [
        (tuple(change for change in changes if change.location in locations), tuple(sorted(tested)))
        for locations, tested in groups
    ]


def component(
    changes: tuple[Change, ...],
    files: tuple[str, ...],
    broken: Sequence[Regression],
    baseline: Baseline,
    likely: Collection[Violation] = (),
) -> Component:
    """Make ready to search; what is in the broken tests' functions is suspected first.

    Where a broken test has no fix of its own, what is in no test's function is. A test that did
    not run says nothing about how many fixes are bad: one can take the whole file down.
    """
    scopes = Scopes(baseline)
    fixes: dict[Function | None, list[Violation]] = defaultdict(list)
    for change in changes:
        for fix in change.fixed:
            fixes[scopes.function(change, fix)].append(fix)
    own = {
        regression.test: [
            fix for function in scopes.functions(regression.test) for fix in fixes.get(function, ())
        ]
        for regression in broken
    }
    guess = set(likely).union(*own.values())
    explained = all(own.values()) and all(regression.status for regression in broken)
    if not all(own.values()):
        guess.update(fixes[None])
    functions = {(regression.test.file, dotted(regression.test)) for regression in broken}
    expected = len(functions) + len(likely) if explained else 1
    # What is surely bad comes last, when all else is put back: so it need not be asked about again.
    alone = {suspected[0] for suspected in own.values() if len(suspected) == 1}
    everything = (fix for change in changes for fix in change.fixed)
    suspects = sorted(everything, key=alone.__contains__)
    search = Search(suspects, guess, max(1, expected))
    return Component(changes, files, search)
