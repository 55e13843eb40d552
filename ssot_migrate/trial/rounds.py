"""Search several components at once: one execution asks a question of each."""

from collections import Counter
from collections.abc import Sequence

from ssot_migrate.model import Violation
from ssot_migrate.trial.attempts import Attempts, Doing
from ssot_migrate.trial.baseline import Baseline, Regression, label
from ssot_migrate.trial.component import Break, Component
from ssot_migrate.trial.runner import Observation


def search(
    components: Sequence[Component], baseline: Baseline, attempts: Attempts, limit: int
) -> bool:
    """Answer the questions of all components; say whether the limit of executions sufficed.

    Where it does not, what is known to pass by then is the result: too much is taken back.
    """
    limit += attempts.number
    while active := [one for one in components if _is_open(one, components, attempts)]:
        if attempts.number >= limit:
            return False
        for one in _ask(active, components, baseline, attempts):
            if _is_open(one, components, attempts):  # What is beside it may have changed since.
                _ask([one], components, baseline, attempts)
    return True


def _ask(
    asking: Sequence[Component],
    components: Sequence[Component],
    baseline: Baseline,
    attempts: Attempts,
) -> list[Component]:
    """Answer the questions of some components with one execution; return whom it tells nothing.

    These are all where the process ended, or where the fixes cannot be made at once, and those
    with tests that did not run in a file of several components: any of these may be to blame.
    """
    taken_back = _taken_back(asking, components)
    changes = {change.location: change for one in asking for change in one.group.changes}
    is_alone = len(asking) == 1
    if not is_alone and attempts.failure(changes.values(), taken_back):
        return [*asking]
    files = Counter(file for one in asking for file in one.group.files)
    suspects = sum(one.search.suspected for one in asking)
    seen = attempts.run(Doing.SEARCH, sorted(files), taken_back, suspects=suspects)
    if not is_alone and baseline.is_lost(seen):
        return [*asking]
    untold = []
    for one in asking:
        broken = baseline.regressions(seen, one.group.tests)
        is_shared = any(files[file] > 1 for file in one.group.files)
        if is_shared and any(regression.status is None for regression in broken):
            untold.append(one)
        else:
            _answer(one, seen, broken)
    return untold


def _is_open(component: Component, components: Sequence[Component], attempts: Attempts) -> bool:
    """Answer questions about fixes that cannot be made alone; tell whether one is left."""
    search = component.search
    while search.question is not None:
        taken_back = _taken_back([component], components)
        failure = attempts.failure(component.group.changes, taken_back)
        if failure is None:
            return True
        first = component.breaks[frozenset()]
        component.breaks[search.question] = Break(first.test, failure.message, first.output)
        component.is_bound = True
        search.answer(well=False)
    return False


def _taken_back(asking: Sequence[Component], components: Sequence[Component]) -> set[Violation]:
    """Return what is taken back for some questions; the others are as they are known to pass."""
    taken_back: set[Violation] = set()
    for one in components:
        question = one.search.question if one in asking else None
        taken_back |= one.base | (one.search.taken_back if question is None else question)
    return taken_back


def _answer(component: Component, seen: Observation, broken: Sequence[Regression]) -> None:
    question = component.search.question
    if broken and question is not None:
        first = broken[0]
        component.breaks[question] = Break(label(first.test), first.message, seen.output)
    component.search.answer(well=not broken)
