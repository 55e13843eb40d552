"""What a person decides of each fix, one at a time, in the order of files and lines."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from ssot_migrate.model import Change, Violation


class Verdict(Enum):
    """Take a fix as it is, or leave the mock as it is."""

    TAKEN = "taken"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Leave the mock, and write in the code why."""

    #: One line of text.
    reason: str


@dataclass(frozen=True, slots=True)
class Edited:
    """Take a fix with other lines than those that were proposed."""

    #: The proposed lines without their ends, by which the place is found again.
    proposed: tuple[str, ...]
    #: What stands there instead.
    lines: tuple[str, ...]


Decision = Verdict | Suppressed | Edited


@dataclass(frozen=True, slots=True)
class Offer:
    """A fix that is to be decided."""

    #: What the file would become with all its fixes.
    change: Change
    #: Names the fix.
    violation: Violation
    #: Its place among all fixes, from 1.
    number: int


@dataclass
class Review:
    """The fixes of a run, and what was decided of them so far."""

    offers: tuple[Offer, ...]
    decisions: dict[Violation, Decision] = field(default_factory=dict)

    @classmethod
    def of(cls, changes: Iterable[Change]) -> "Review":
        """Put the fixes of all changes in order."""
        pairs = [
            (change, violation)
            for change in sorted(changes, key=lambda change: change.path)
            for violation in sorted(change.fixed, key=lambda v: (v.line, v.column))
        ]
        return cls(tuple(Offer(*pair, number) for number, pair in enumerate(pairs, 1)))

    @property
    def next(self) -> Offer | None:
        """Give the first fix that nothing was decided of."""
        return next((offer for offer in self.offers if offer.violation not in self.decisions), None)

    def decide(self, offer: Offer, decision: Decision) -> None:
        """Decide one fix."""
        self.decisions[offer.violation] = decision

    def decide_file(self, offer: Offer, verdict: Verdict) -> None:
        """Decide a fix and all those of its file that are still open."""
        for violation in offer.change.fixed:
            self.decisions.setdefault(violation, verdict)

    def taken(self, change: Change) -> list[Violation]:
        """List the fixes of a file that were taken so far, as they are or edited."""
        wanted = (Verdict.TAKEN, Edited)
        return [v for v in change.fixed if isinstance(d := self.decisions.get(v), Edited) or d is Verdict.TAKEN]
