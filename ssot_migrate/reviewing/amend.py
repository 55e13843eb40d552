"""A run with what a person made of its fixes: some taken, some edited, some suppressed."""

from collections import Counter
from collections.abc import Collection, Sequence

from msgspec import field
from msgspec.structs import replace

from ssot_migrate.code.source import Source, SourceError, parse
from ssot_migrate.model import Change, Failure, FileResult, SourceFile, Stage, Violation
from ssot_migrate.pipeline import Run
from ssot_migrate.reviewing.edit import EditError, put_in
from ssot_migrate.reviewing.review import Edited, Review
from ssot_migrate.reviewing.stretch import Stretch, find_stretch
from ssot_migrate.suppressions.suppress import SuppressError, suppress
from ssot_migrate.worker.process import process_data


class Amended(Run, kw_only=True):
    """A run whose changes are as was decided."""

    review: Review
    #: What the fixes alone gave, by location and fixes: each question asks for some of it again.
    known: dict[tuple[str, frozenset[Violation]], Change | Failure | None] = field(
        default_factory=dict
    )

    @classmethod
    def of(cls, run: Run) -> "Amended":
        """Begin with nothing decided."""
        return cls(run.report, run.settings, run.uses, review=Review.of(run.report.changes))

    def only(self, change: Change, fixes: Collection[Violation]) -> Change | Failure | None:
        """Give a change with these of its fixes, as they were edited; suppressions stay."""
        found = self._plain(change, fixes)
        if isinstance(found, Failure):
            return found
        try:
            after = self._edited(change, found) if found else change.before
            after = self._suppressed(change, fixes, after)
        except (EditError, SuppressError, SourceError, UnicodeEncodeError) as error:
            return Failure(change.path, Stage.REWRITE, str(error))
        fixed = found.fixed if found else ()
        return (
            None
            if after == change.before
            else Change.of(change.location, change.path, change.before, after, fixed)
        )

    def _plain(self, change: Change, fixes: Collection[Violation]) -> Change | Failure | None:
        """Give a change with fixes as they were proposed."""
        key = change.location, frozenset(fixes)
        if key not in self.known:
            self.known[key] = Run.only(self, change, fixes)
        return self.known[key]

    def now(self, change: Change) -> Change | Failure | None:
        """Give a file's change with what was decided so far."""
        return self.only(change, self.review.taken(change))

    def decided(self) -> "Amended":
        """Report the changes that were decided."""
        results = tuple(self._decided(result) for result in self.report.results)
        return replace(self, report=replace(self.report, results=results))

    def proposed(self, change: Change, fix: Violation) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Give the lines that a fix replaces, and those that it puts there, without their ends.

        Raises EditError where the fix fails beside what was decided.
        """
        found = self._plain(change, {*self.review.taken(change), fix})
        if not isinstance(found, Change):
            raise EditError(found.message if found else "there is nothing to edit")
        before, after, stretch = self._stretch(found, fix)
        return _bare(before, stretch.old), _bare(after, stretch.new)

    def _decided(self, result: FileResult) -> FileResult:
        if result.change is None:
            return result
        change = self.now(result.change)
        if isinstance(change, Failure):
            return replace(result, change=None, failures=(*result.failures, change))
        decided = change.fixed if change else ()
        left = {fix: self.review.why(fix) for fix in result.change.fixed if fix not in decided}
        return replace(result, change=change, left=result.left | left)

    # edits

    def _edited(self, change: Change, found: Change) -> bytes:
        """Put the edited lines into what the fixes made of the file."""
        decisions = self.review.decisions
        edits = {v: d for v in found.fixed if isinstance(d := decisions.get(v), Edited)}
        if not edits:
            return found.after
        proposed = parse(found.after)
        places: dict[range, Sequence[str]] = {}
        for fix, edit in edits.items():
            _, after, stretch = self._stretch(found, fix)
            if _bare(after, stretch.new) != edit.proposed:
                raise EditError(f"line {fix.line}: beside the other fixes the edit no longer fits")
            places[stretch.new] = edit.lines
        length = self.settings[change.location].config.line_length
        edited = put_in(parse(change.before), proposed, places, length)
        after_edit = edited.encode(edited.text)
        self._compare(change, found.after, after_edit)
        return after_edit

    def _stretch(self, found: Change, fix: Violation) -> tuple[Source, Source, Stretch]:
        """Find the lines of one of the fixes that a change carries out."""
        without = self._plain(found, set(found.fixed) - {fix})
        if isinstance(without, Failure):
            raise EditError(without.message)
        before, after = parse(without.after if without else found.before), parse(found.after)
        stretch = find_stretch(before, after)
        if stretch is None:
            raise EditError("the fix changes nothing but imports")
        return before, after, stretch

    def _compare(self, change: Change, proposed: bytes, edited: bytes) -> None:
        """See that an edit brings no violation."""
        expected = Counter(v.key for v in self._violations(change, proposed))
        for violation in self._violations(change, edited):
            expected[violation.key] -= 1
            if expected[violation.key] < 0:
                name = f" {violation.name}" if violation.name else ""
                raise EditError(f"it builds a mock by hand: {violation.rule}{name}")

    # suppressions

    def _suppressed(self, change: Change, fixes: Collection[Violation], data: bytes) -> bytes:
        """Write the comments, the last one first, so that lines above stay where they are."""
        suppressed = self.review.suppressed(change).items()
        reasons = {fix: reason for fix, reason in suppressed if fix not in fixes}
        if not reasons:
            return data
        length = self.settings[change.location].config.line_length
        moved: Counter[int] = Counter()
        for line, fix in reversed(self._lines(change, fixes, data, reasons)):
            commented = suppress(data, line + moved[line], fix.rule, reasons[fix], length)
            moved[line] += commented.count(b"\n") - data.count(b"\n")
            data = commented
        return data

    def _lines(
        self,
        change: Change,
        fixes: Collection[Violation],
        data: bytes,
        wanted: Collection[Violation],
    ) -> list[tuple[int, Violation]]:
        """Say on which lines violations stand now, the last one last.

        Each is known by its key, and by its turn among those that share it.
        """
        before = [v for v in self._violations(change, change.before) if v not in fixes]
        now = self._violations(change, data)
        places: list[tuple[int, int, Violation]] = []
        for fix in wanted:
            same = [v for v in before if v.key == fix.key]
            found = [v for v in now if v.key == fix.key]
            if len(same) != len(found):
                raise SuppressError(f"line {fix.line}: an edit changed what is built there")
            place = found[same.index(fix)]
            places.append((place.line, place.column, fix))
        return [(line, fix) for line, _, fix in sorted(places, key=lambda p: p[:2])]

    def _violations(self, change: Change, data: bytes) -> tuple[Violation, ...]:
        """Find what there is in a file that would hold other bytes."""
        settings = self.settings[change.location]
        file = SourceFile.of(change.location, change.path)
        found = process_data(settings, file, data, (), self.uses.of(change.path))
        return tuple(found.result.violations)


def _bare(source: Source, lines: range) -> tuple[str, ...]:
    return tuple(line.rstrip("\r\n") for line in source.lines[lines.start : lines.stop])
