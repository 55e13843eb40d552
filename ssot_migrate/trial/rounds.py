"""Search several components at once: one execution asks a question of each."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssot_migrate.trial.attempts import Attempts, Doing
from ssot_migrate.trial.baseline import Baseline, label
from ssot_migrate.trial.component import Break, Component
from ssot_migrate.trial.runner import Observation

if TYPE_CHECKING:
    from ssot_migrate.model import Violation


def search(
    components: Sequence[Component], baseline: Baseline, attempts: Attempts, limit: int
) -> bool:
    """Answer the questions of all components; say whether the limit of executions sufficed.

    Where it does not, what is known to pass by then is the result: too much is taken back.
    """
    limit += attempts.number
    while active := [one for one in components if _is_open(one, attempts)]:
        if attempts.number >= limit:
            return False
        observation = _execute(active, components, attempts)
        if len(active) == 1 or not baseline.is_lost(observation):
            for one in active:
                _answer(one, observation, baseline)
            continue
        for one in active:  # One of them ended the process for all.
            _answer(one, _execute([one], components, attempts), baseline)
    return True


def _is_open(component: Component, attempts: Attempts) -> bool:
    """Answer questions about fixes that cannot be made alone; tell whether one is left."""
    search = component.search
    while search.question is not None:
        failure = attempts.failure(component.group.changes, search.question | component.base)
        if failure is None:
            return True
        first = component.breaks[frozenset()]
        component.breaks[search.question] = Break(first.test, failure.message, first.output)
        search.answer(well=False)
    return False


def _execute(
    asking: Sequence[Component], components: Sequence[Component], attempts: Attempts
) -> Observation:
    """Execute the files of the components that ask; the others are as they are known to pass."""
    taken_back: set[Violation] = set()
    for one in components:
        question = one.search.question if one in asking else None
        taken_back |= one.base | (one.search.taken_back if question is None else question)
    files = sorted({file for one in asking for file in one.group.files})
    suspects = sum(one.search.suspected for one in asking)
    return attempts.run(Doing.SEARCH, files, taken_back, suspects=suspects)


def _answer(component: Component, observation: Observation, baseline: Baseline) -> None:
    question = component.search.question
    broken = baseline.regressions(observation, component.group.files)
    if broken and question is not None:
        first = broken[0]
        component.breaks[question] = Break(label(first.test), first.message, observation.output)
    component.search.answer(well=not broken)
