"""Execute the user's command with some fixes taken back, the same one never twice."""

from collections.abc import Callable, Collection, Iterable, Sequence
from enum import StrEnum

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Change, Failure, Stage, Violation
from ssot_migrate.trial.runner import Observation, Runner

#: Gives a change with some of its fixes alone.
Only = Callable[[Change, Collection[Violation]], Change | Failure | None]


class Doing(StrEnum):
    """What the command is executed for."""

    BEFORE = "before"
    AFTER = "after"
    #: To tell flaky tests from broken ones.
    AGAIN = "again"
    SEARCH = "search"
    #: The whole result.
    CONFIRM = "confirm"


class Progress(Frozen):
    """What a trial is about to do."""

    doing: Doing
    #: Which execution of the command this is, from 1.
    number: int
    #: How many test files it is executed on.
    files: int
    #: Among how many fixes a bad one is looked for; 0 where none is.
    suspects: int
    #: What the executions so far took.
    seconds: float


class Attempts:
    """Executes the command; remembers what it saw, and how often and how long."""

    def __init__(
        self,
        changes: Sequence[Change],
        only: Only,
        runner: Runner,
        tell: Callable[[Progress], None],
    ) -> None:
        """Execute nothing yet."""
        self._changes = changes
        self._only = only
        self._runner = runner
        self._tell = tell
        self._variants: dict[tuple[str, frozenset[Violation]], Change | Failure | None] = {}
        self._seen: dict[object, Observation] = {}
        self.number = 0
        self.seconds = 0.0

    def variant(self, change: Change, taken_back: Collection[Violation]) -> Change | Failure | None:
        """Give a change without what is taken back, ``None`` where nothing is left of it."""
        fixes = frozenset(change.fixed).difference(taken_back)
        if len(fixes) == len(change.fixed):
            return change
        key = (change.location, fixes)
        if key not in self._variants:
            self._variants[key] = _whole(self._only(change, fixes), change, len(fixes))
        return self._variants[key]

    def failure(
        self, changes: Iterable[Change], taken_back: Collection[Violation]
    ) -> Failure | None:
        """Return why these changes cannot be made without what is taken back."""
        variants = (self.variant(change, taken_back) for change in changes)
        return next((found for found in variants if isinstance(found, Failure)), None)

    def kept(self, taken_back: Collection[Violation]) -> tuple[Change, ...]:
        """Return all changes without what is taken back."""
        variants = (self.variant(change, taken_back) for change in self._changes)
        return tuple(found for found in variants if isinstance(found, Change))

    def run(
        self,
        doing: Doing,
        files: Sequence[str],
        taken_back: Collection[Violation],
        *,
        suspects: int = 0,
        fresh: bool = False,
    ) -> Observation:
        """Execute the command, or return what it did before unless a fresh look is wanted."""
        contents = {change.location: change.after for change in self.kept(taken_back)}
        key = (tuple(files), frozenset(contents.items()))
        if fresh or key not in self._seen:
            self.number += 1
            self._tell(Progress(doing, self.number, len(files), suspects, self.seconds))
            watch = [change.location for change in self._changes]
            found = self._runner.run(files, contents, watch)
            self.seconds += found.seconds
            if fresh:
                return found
            self._seen[key] = found
        return self._seen[key]


def _whole(found: Change | Failure | None, change: Change, fixes: int) -> Change | Failure | None:
    """Make a failure of a change that has other fixes than were asked for."""
    if isinstance(found, Failure) or (len(found.fixed) if found else 0) == fixes:
        return found
    message = "these fixes can only be made together with others of the file, or not at all"
    return Failure(change.path, Stage.REWRITE, message)
