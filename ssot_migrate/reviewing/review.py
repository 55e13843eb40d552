"""What a person decides of each fix, one at a time, in the order of files and lines."""

from collections.abc import Iterable
from enum import Enum

from msgspec import Struct, field

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Change, Violation


class Verdict(Enum):
    """What becomes of a fix, in the words that tell about the mocks that are left."""

    TAKEN = "taken"
    LEFT = "you left it"
    #: Nobody was asked.
    BARRED = "it cannot be rewritten beside what you decided before"


class Suppressed(Frozen):
    """Leave the mock, and write in the code why."""

    #: One line of text.
    reason: str


class Edited(Frozen):
    """Take a fix with other lines than those that were proposed."""

    #: The proposed lines without their ends, by which the place is found again.
    proposed: tuple[str, ...]
    #: What stands there instead.
    lines: tuple[str, ...]


Decision = Verdict | Suppressed | Edited


class Offer(Frozen):
    """A fix that is to be decided."""

    #: What the file would become with all its fixes.
    change: Change
    #: Names the fix.
    violation: Violation
    #: Its place among all fixes, from 1.
    number: int


class Review(Struct):
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

    def decide(self, fixes: Iterable[Violation], decision: Decision) -> None:
        """Decide fixes alike."""
        self.decisions |= dict.fromkeys(fixes, decision)

    def rest_of_file(self, offer: Offer) -> list[Violation]:
        """List the fixes of an offer's file that nothing was decided of."""
        return [fix for fix in offer.change.fixed if fix not in self.decisions]

    def reopen(self, violations: Iterable[Violation]) -> None:
        """Forget what was decided of fixes."""
        for violation in violations:
            self.decisions.pop(violation, None)

    def taken(self, change: Change) -> list[Violation]:
        """List the fixes of a file that were taken so far, as they are or edited."""
        decided = ((fix, self.decisions.get(fix)) for fix in change.fixed)
        return [f for f, d in decided if d is Verdict.TAKEN or isinstance(d, Edited)]

    def suppressed(self, change: Change) -> dict[Violation, str]:
        """Give the reasons of what was suppressed in a file, whatever its change holds by now."""
        offered = (o.violation for o in self.offers if o.change.location == change.location)
        decided = ((fix, self.decisions.get(fix)) for fix in offered)
        return {fix: d.reason for fix, d in decided if isinstance(d, Suppressed)}

    def why(self, fix: Violation) -> str:
        """Say why a fix was not taken."""
        match self.decisions.get(fix):
            case None:
                return "you did not come to it"
            case Suppressed(reason):
                return f"suppressed: {reason}"
            case decision:
                return str(decision.value) if isinstance(decision, Verdict) else "edited"
