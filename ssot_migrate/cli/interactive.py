"""``apply --interactive``: ask about each fix."""

import sys
from typing import TYPE_CHECKING

import typer
from msgspec import Struct, field

from ssot_migrate.cli.editor import EditorError, edit
from ssot_migrate.cli.options import Common
from ssot_migrate.model import Change, Failure, Stage, UserError, Violation
from ssot_migrate.report import review as screen
from ssot_migrate.reviewing.amend import Amended
from ssot_migrate.reviewing.edit import EditError
from ssot_migrate.reviewing.review import Decision, Edited, Offer, Suppressed, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from ssot_migrate.pipeline import Run

#: Enter, and what arrows begin with; Windows has its own.
_NO_KEYS = "\r\n\x1b\x00\xe0"
_STOPPED = "Nothing was written."


def check(common: Common) -> None:
    """Raise UserError where nobody can be asked."""
    if common.is_piped:
        raise UserError("--interactive asks on standard input, where `-` reads code; name files")
    if common.quiet:
        raise UserError("--interactive shows each fix, and -q little; leave one of them out")
    if not all(stream and stream.isatty() for stream in (sys.stdin, sys.stdout)):
        raise UserError("--interactive asks, and needs a terminal for it; leave it out")


def decide(run: "Run", out: "Console") -> Amended:
    """Ask about each fix of a run; return the run with the changes that were decided."""
    session = _Session(Amended.of(run), out)
    try:
        session.run()
    except KeyboardInterrupt:
        out.print()
        screen.tell(_STOPPED, out)
        raise
    return session.amended.decided()


class _Session(Struct):
    """The questions of a run."""

    amended: Amended
    out: "Console"
    #: Edited lines that could not be taken, to go on with.
    drafts: dict[Violation, tuple[str, ...]] = field(default_factory=dict)

    def run(self) -> None:
        """Ask until all is decided, or the person has enough."""
        review = self.amended.review
        while offer := review.next:
            alone = self._alone(offer)
            if isinstance(alone, Failure):
                fix = offer.violation
                screen.tell(f"{fix.path}:{fix.line}: left out: {alone.message}", self.out)
                review.decide([fix], Verdict.BARRED)
                continue
            screen.show(offer, alone, self.out)
            if not self._decided(offer):
                return

    def _alone(self, offer: Offer) -> Change | Failure:
        """Give what a fix does beside what was taken so far."""
        change, amended = offer.change, self.amended
        before = amended.now(change)
        after = amended.only(change, [*amended.review.taken(change), offer.violation])
        if isinstance(before, Failure):
            return before
        if not isinstance(after, Change):
            return after or Failure(change.path, Stage.REWRITE, "it changes nothing")
        here = before.after if before else change.before
        return Change.of(after.location, after.path, here, after.after, (offer.violation,))

    def _decided(self, offer: Offer) -> bool:
        """Ask until a fix is decided; False where the person wants to go."""
        fix, review = offer.violation, self.amended.review
        while fix not in review.decisions:
            screen.ask(offer, len(review.offers), self.out)
            key = _key()
            screen.typed(key, self.out)
            if key == "q":
                return False
            self._answer(offer, key)
        return True

    def _answer(self, offer: Offer, key: str) -> None:
        """Do what a key says."""
        fix, review = offer.violation, self.amended.review
        match key:
            case "y":
                self._settle(offer, [fix], Verdict.TAKEN)
            case "n":
                review.decide([fix], Verdict.LEFT)
            case "a":
                self._settle(offer, review.rest_of_file(offer), Verdict.TAKEN)
            case "d":
                review.decide(review.rest_of_file(offer), Verdict.LEFT)
            case "e":
                self._edit(offer)
            case "s":
                self._suppress(offer)
            case _:
                screen.explain_keys(self.out)

    def _settle(self, offer: Offer, fixes: "Sequence[Violation]", decision: Decision) -> None:
        """Decide fixes, unless their file cannot be written that way: then say why."""
        self.amended.review.decide(fixes, decision)
        found = self.amended.now(offer.change)
        if isinstance(found, Failure):
            self.amended.review.reopen(fixes)
            screen.tell(f"This cannot be done: {found.message}.", self.out)

    def _edit(self, offer: Offer) -> None:
        """Take a fix with what the editor makes of its lines."""
        fix = offer.violation
        title = f"{fix.path}:{fix.line}: {fix.rule}" + (f" {fix.name}" if fix.name else "")
        try:
            old, new = self.amended.proposed(offer.change, fix)
            lines = edit(title, old, self.drafts.get(fix, new))
        except (EditError, EditorError) as error:
            screen.tell(f"{error}.", self.out)
            return
        self.drafts[fix] = lines
        self._settle(offer, [fix], Edited(new, lines))

    def _suppress(self, offer: Offer) -> None:
        """Ask for a reason, and leave the mock with it."""
        screen.ask_reason(self.out)
        reason = sys.stdin.readline().strip()
        if reason:
            self._settle(offer, [offer.violation], Suppressed(reason))


def _key() -> str:
    """Read one key; what is typed at once with it, and the Enter after it, are not for the next."""
    while True:
        try:
            typed = typer.getchar()
        except EOFError:
            return "q"
        if not typed:
            raise UserError(f"the terminal is gone; {_STOPPED.lower().rstrip('.')}")
        if "\x03" in typed:
            raise KeyboardInterrupt
        if typed[0] not in _NO_KEYS:
            return typed[0].lower()
