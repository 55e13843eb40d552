"""The second half of a file's way: what is carried out, and the proof that nothing else is."""

from collections import Counter
from collections.abc import Iterable, Sequence

from ssot_migrate.assessing.assess import AnyFix, Assessment, assess
from ssot_migrate.code.module import Module
from ssot_migrate.code.source import SourceError, decode, parse
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import (
    Change,
    Failure,
    SourceFile,
    Stage,
    Violation,
)
from ssot_migrate.rewriting.edits import lines_of, waiting
from ssot_migrate.rewriting.plan import Edit, Fix
from ssot_migrate.suppressions.read import read
from ssot_migrate.worker.prepared import Only, Worker


class Plan(Frozen):
    """What is carried out in a file."""

    fixes: Sequence[Fix] = ()
    edits: Sequence[Edit] = ()
    #: Edits for which the file is rewritten a second time.
    late: Sequence[Edit] = ()

    @property
    def now(self) -> tuple[Violation, ...]:
        """What the first rewrite ends."""
        return ended((*self.fixes, *self.edits))

    @property
    def violations(self) -> tuple[Violation, ...]:
        """All that is to be ended."""
        return (*self.now, *ended(self.late))


def ended(fixes: Iterable[Fix | Edit]) -> tuple[Violation, ...]:
    """List what some fixes end."""
    return tuple(fix.violation for fix in fixes)


def planned(worker: Worker, assessment: Assessment, only: Only | None) -> Plan:
    """Choose what a run carries out."""
    if not worker.settings.request.fix:
        return Plan()
    hold = assessment.suppressions.hold

    def open_ones(fixes: Sequence[AnyFix]) -> list[AnyFix]:
        wanted = worker.chosen(fixes, only)
        open_ = (f for f in wanted if not hold(f.violation.line, f.violation.rule))
        return [fix for fix in open_ if fix.violation not in assessment.meant]

    fixes = open_ones(assessment.fixes)
    edits = open_ones(assessment.edits)
    late = waiting(edits, fixes)
    return Plan(fixes, [edit for edit in edits if edit not in late], late)


class Rewrite(Frozen):
    """The second half of a file's way; LibCST is imported only here, where it is needed."""

    worker: Worker
    file: SourceFile
    data: bytes
    module: Module
    assessment: Assessment
    plan: Plan

    def run(self) -> tuple[Change | None, tuple[Failure, ...]]:
        """Rewrite and verify; what fails stays as it was.

        Raises OmissionError where the module has to be parsed whole, SourceError if it cannot be.
        """
        from ssot_migrate.rewriting.rewrite import RewriteError
        from ssot_migrate.rewriting.verify import VerifyError

        try:
            text = self._text()
            after = self.module.source.encode(text)
            self._verify(text)
        except VerifyError as error:
            return self._left(Stage.VERIFY, error)
        except SourceError as error:
            parse(self.data)  # Which may be where it comes from.
            return self._left(Stage.VERIFY, error)
        except RecursionError:
            return self._left(Stage.REWRITE, "nested too deeply to be rewritten")
        except (RewriteError, UnicodeEncodeError) as error:
            return self._left(Stage.REWRITE, error)
        return self._change(after), ()

    def preview(self) -> Change | None:
        """Rewrite without verifying, to be shown; nothing where LibCST cannot."""
        from ssot_migrate.rewriting.rewrite import RewriteError

        try:
            after = self.module.source.encode(self._text())
        except (RewriteError, SourceError, RecursionError, UnicodeEncodeError):
            return None
        return self._change(after)

    def _change(self, after: bytes) -> Change:
        return Change.of(self.file.location, self.file.path, self.data, after, self.plan.now)

    def _left(self, stage: Stage, error: Exception | str) -> tuple[None, tuple[Failure, ...]]:
        return None, (Failure(self.file.path, stage, f"left as it was: {error}"),)

    def _text(self) -> str:
        from ssot_migrate.rewriting.mending import mend
        from ssot_migrate.rewriting.rewrite import RewriteError, rewrite

        source = self.module.source
        for number, line in enumerate(source.lines, 1):
            if line.endswith("\r"):  # LibCST does not take it for an end.
                advice = "ends in a carriage return alone; save the file with LF or CRLF"
                raise RewriteError(f"line {number}: {advice}")
        plan, length = self.plan, self.worker.settings.config.line_length
        text = rewrite(source, plan.fixes, length, plan.edits)
        needs_import = any(fix.needs_import for fix in plan.fixes)
        target = self.worker.target if needs_import else None
        touched = lines_of(plan.fixes) | {edit.line for edit in plan.edits}
        return mend(self.module, text, target, touched)

    def _verify(self, text: str) -> None:
        from ssot_migrate.rewriting.verify import VerifyError, verify

        before = self.module.source
        after = before.with_text(text)
        # A comment that names an encoding does so only in the first two lines.
        if after.lines[:2] != before.lines[:2]:
            encoding = decode(before.encode(text)).encoding
            if encoding != before.encoding:
                raise VerifyError(f"the file would be read as {encoding}")
        verify(before, after, self.plan.fixes, self.worker.target, self.plan.edits)
        rules = self.worker.rules(self.file)
        again = assess(self.worker.module(self.file, after), rules)
        fixed = set(self.plan.now)
        if _keys(again.violations) != _keys(set(self.assessment.violations) - fixed):
            raise VerifyError("the violations after the rewrite are not those expected")
        accepted = read(before).among(self.assessment.violations)
        if _keys(read(after).among(again.violations)) != _keys(accepted):
            raise VerifyError("a suppression would no longer stand at its mock")
        possible = set(self._possible(self.assessment))
        offered = self._possible(again)
        if Counter(_keys(offered)) - Counter(_keys(possible - fixed)):
            raise VerifyError("a second run would change the file again")

    def _possible(self, assessment: Assessment) -> list[Violation]:
        chosen = self.worker.chosen
        return [*ended((*chosen(assessment.fixes), *chosen(assessment.edits)))]


def _keys(violations: Iterable[Violation]) -> list[tuple[str, str, str]]:
    return sorted((rule, name or "", scope) for rule, name, scope in (v.key for v in violations))
