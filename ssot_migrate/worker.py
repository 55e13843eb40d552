"""One file through all stages."""

import traceback
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from ssot_migrate.assessing.assess import Assessment, assess, chosen
from ssot_migrate.assessing.explain import explain
from ssot_migrate.code.locate import absolute, is_reexport
from ssot_migrate.code.module import Module
from ssot_migrate.code.source import ByteTest, Source, SourceError, parse
from ssot_migrate.contracts.contract import Factory
from ssot_migrate.families.family import Family, Rule
from ssot_migrate.finding.draft import Rules, Users
from ssot_migrate.model import (
    UNVERIFIED,
    Change,
    Explanation,
    Failure,
    FileResult,
    Request,
    SourceFile,
    Stage,
    UserError,
    Violation,
)
from ssot_migrate.rewriting.plan import Fix, Target
from ssot_migrate.rules.offers import Offer
from ssot_migrate.rules.own_rules import may_report
from ssot_migrate.settings.config import Config
from ssot_migrate.suppressions.read import Suppressions, read
from ssot_migrate.touches.reach import Export


@dataclass(frozen=True)
class Settings:
    """All that a worker needs; small, and the same for all files of one configuration."""

    config: Config
    request: Request
    families: tuple[Family, ...]
    #: Module, class, location and bytes of the factory.
    factory: tuple[str, str, str, bytes]
    users: Mapping[Export, Users] = field(default_factory=dict)
    #: Locations of all factories of the run.
    factories: frozenset[str] = frozenset()
    #: The engine's own rules.
    own: tuple[Rule, ...] = ()

    @property
    def selected(self) -> frozenset[str]:
        """The ids of the rules to run."""
        rules = self.config.select or (rule.id for rule in (*self.families, *self.own))
        return frozenset(rules) - frozenset(self.config.ignore)


@dataclass(frozen=True)
class Outcome:
    """What a file gave, and what the other files of the run have to know of it."""

    result: FileResult
    exports: tuple[Export, ...] = ()
    lacking: frozenset[str] = frozenset()
    offers: tuple[Offer, ...] = ()
    suppressions: Suppressions = field(default_factory=Suppressions)

    def joined(self, violations: Iterable[Violation]) -> "Outcome":
        """Add violations that only the whole run could find."""
        everything = (*self.result.violations, *violations)
        ordered = sorted(everything, key=lambda v: (v.line, v.column))
        result = replace(self.result, violations=tuple(ordered))
        return replace(self, result=self.suppressions.apart(result))

    @property
    def tells(self) -> bool:
        """Say whether a report has anything to say of the file."""
        r = self.result
        found = r.violations or r.suppressed or r.adopted
        return bool(found or r.failures or r.change or r.estimates)


#: Lines and columns of fixes.
Only = Collection[tuple[int, int]]
#: So many configurations are kept ready.
_KEPT = 64
_prepared: list["_Worker"] = []


def _worker(settings: Settings) -> "_Worker":
    """Prepare a process once for each configuration of a run."""
    known = (worker for worker in _prepared if worker.settings is settings)
    worker = next(known, None) or next((w for w in _prepared if w.settings == settings), None)
    if worker is None:
        worker = _Worker(settings)
        _prepared[:] = [worker, *_prepared[: _KEPT - 1]]
    # Each batch brings the same settings as another object.
    worker.settings = settings
    return worker


class _Worker:
    """What a process keeps between files."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        module, class_name, _, data = settings.factory
        self.factory = Factory(module, class_name, parse(data).tree)
        self.test = ByteTest(class_name)
        #: Nothing of theirs is ever rewritten, so that a run that rewrites need not look for it.
        reports = not (settings.request.fix or settings.request.survey)
        wanted = settings.own if reports else ()
        self.own = {rule.id: rule for rule in wanted if rule.id in settings.selected}
        self.reexports: dict[str, bool] = {}
        self.target = self._target()

    def _target(self) -> Target:
        return Target(
            self.factory.module,
            self.factory.class_name,
            self.settings.config.line_length,
            _first_party(self.settings.config.root),
        )

    def rules(self, file: SourceFile) -> Rules:
        own = file.location in self.settings.factories
        check = partial(self._is_factory, file.location)
        factory = self.factory
        return Rules(
            self.settings.families,
            self.settings.selected,
            factory,
            check,
            own,
            self.settings.users,
            self.own,
            self.settings.request.survey,
        )

    def chosen(self, fixes: Sequence[Fix], only: Only | None = None) -> list[Fix]:
        wanted = chosen(fixes, unsafe=self.settings.config.unsafe_fixes)
        if only is None:
            return wanted
        return [fix for fix in wanted if (fix.violation.line, fix.violation.column) in only]

    def _is_factory(self, location: str, qualified: str) -> bool:
        roots = self.settings.config.pythonpath
        name = absolute(qualified, location, roots)
        if name not in self.reexports:
            wanted = f"{self.factory.module}.{self.factory.class_name}"
            self.reexports[name] = is_reexport(name, wanted, roots)
        return self.reexports[name]

    def module(self, file: SourceFile, source: Source) -> Module:
        name = f"{self.factory.module}.{self.factory.class_name}"
        lines = self.test.lines(source.text)
        return Module(file.path, source, lines, name, self.settings.config.line_length)


def _first_party(root: Path) -> frozenset[str]:
    """List the packages and modules that Ruff and isort take for the project's own."""
    folders = [folder for folder in (root, root / "src") if folder.is_dir()]
    entries = [entry for folder in folders for entry in folder.iterdir()]
    return frozenset(e.name.removesuffix(".py") for e in entries if _is_importable(e))


def _is_importable(entry: Path) -> bool:
    return entry.is_dir() or entry.suffix == ".py"


def process(settings: Settings, file: SourceFile) -> Outcome:
    """Take one file through all stages."""
    try:
        data = file.read()
    except FileNotFoundError:
        return _failed(file, Stage.READ, "was removed since it was found; run again")
    except OSError as error:
        message = f"cannot be read ({error.strerror}); check its permissions, or exclude it"
        return _failed(file, Stage.READ, message)
    return process_data(settings, file, data)


def process_data(
    settings: Settings, file: SourceFile, data: bytes, only: Only | None = None
) -> Outcome:
    """Take what a file holds, or would hold, through all stages.

    ``only`` are the fixes to carry out, ``None`` for all. Whatever goes wrong costs this file only.
    """
    worker = _worker(settings)
    if not (worker.test.passes(data) or may_report(worker.own, data)):
        return Outcome(FileResult(file.path))
    try:
        return _processed(worker, file, data, only)
    except SourceError as error:
        return _failed(file, Stage.PARSE, f"{error}, or exclude it")
    except (RecursionError, MemoryError):
        return _failed(file, Stage.DETECT, "nested too deeply to be followed; exclude it")
    except Exception as error:  # noqa: BLE001 - a defect must not cost the other files
        return _failed(file, Stage.DETECT, _defect(error))


def _processed(worker: _Worker, file: SourceFile, data: bytes, only: Only | None) -> Outcome:
    rules = worker.rules(file)
    module = worker.module(file, parse(data))
    assessment = Assessment() if rules.is_own else assess(module, rules)
    change: Change | None = None
    failures: tuple[Failure, ...] = ()
    left: dict[Violation, str] = {}
    config = worker.settings.config
    suppressions = read(module.source)
    fixes = worker.chosen(assessment.fixes, only) if worker.settings.request.fix else []
    fixes = [f for f in fixes if not suppressions.hold(f.violation.line, f.violation.rule)]
    if fixes and config.skip:
        left = {fix.violation: f"skipped: {config.skip}" for fix in fixes}
    elif fixes:
        change, failures = _Rewrite(worker, file, data, module, assessment, fixes).run()
        left = {fix.violation: UNVERIFIED for fix in fixes if failures}
    violations = tuple(assessment.violations)
    cases = tuple(assessment.cases)
    result = FileResult(
        file.path, violations, assessment.adopted, change, failures, cases=cases, left=left
    )
    known = assessment.exports, assessment.lacking, assessment.offers
    return Outcome(suppressions.apart(result), *known, suppressions)


def explain_file(
    settings: Settings, file: SourceFile, line: int, column: int | None
) -> list[Explanation]:
    """Explain what is found at a place. Raises UserError where the file cannot be processed."""
    worker = _worker(settings)
    try:
        data = file.read()
        module = worker.module(file, parse(data))
        found = explain(module, worker.rules(file), line, column)
    except (OSError, SourceError, RecursionError) as error:
        raise UserError(f"{file.path}: cannot be explained: {error}") from error
    return [
        replace(explanation, change=_alone(worker, file, data, module, fix))
        for explanation, fix in found
    ]


def _alone(
    worker: _Worker, file: SourceFile, data: bytes, module: Module, fix: Fix | None
) -> Change | None:
    """Carry out one fix alone; nothing where it cannot be."""
    if fix is None:
        return None
    assessment = Assessment(violations=[fix.violation])
    return _Rewrite(worker, file, data, module, assessment, [fix]).preview()


def _defect(error: Exception) -> str:
    """Tell of an error that nobody foresaw, with the line of ours that it came from."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "ssot_migrate" in f.filename]
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    what = f"{type(error).__name__}: {error}{where}"
    return f"left as it was by a defect of ssot-migrate, please report it: {what}"


def _failed(file: SourceFile, stage: Stage, message: str) -> Outcome:
    return Outcome(FileResult(file.path, failures=(Failure(file.path, stage, message),)))


@dataclass(frozen=True, slots=True)
class _Rewrite:
    """The second half of a file's way; LibCST is imported only here, where it is needed."""

    worker: _Worker
    file: SourceFile
    data: bytes
    module: Module
    assessment: Assessment
    fixes: list[Fix]

    def run(self) -> tuple[Change | None, tuple[Failure, ...]]:
        """Rewrite and verify; what fails stays as it was."""
        from ssot_migrate.rewriting.rewrite import RewriteError
        from ssot_migrate.rewriting.verify import VerifyError

        try:
            text = self._text()
            after = self.module.source.encode(text)
            self._verify(text)
        except (VerifyError, SourceError) as error:
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
        fixed = tuple(fix.violation for fix in self.fixes)
        return Change(self.file.location, self.file.path, self.data, after, fixed)

    def _left(self, stage: Stage, error: Exception | str) -> tuple[None, tuple[Failure, ...]]:
        return None, (Failure(self.file.path, stage, f"left as it was: {error}"),)

    def _text(self) -> str:
        from ssot_migrate.rewriting.imports import mend_imports
        from ssot_migrate.rewriting.rewrite import RewriteError, rewrite

        source = self.module.source
        for number, line in enumerate(source.lines, 1):
            if line.endswith("\r"):  # LibCST does not take it for an end.
                advice = "ends in a carriage return alone; save the file with LF or CRLF"
                raise RewriteError(f"line {number}: {advice}")
        text = rewrite(source, self.fixes, self.worker.settings.config.line_length)
        needs_import = any(fix.needs_import for fix in self.fixes)
        target = self.worker.target if needs_import else None
        return mend_imports(source, source.with_text(text), target)

    def _verify(self, text: str) -> None:
        from ssot_migrate.rewriting.verify import VerifyError, verify

        before = self.module.source
        after = before.with_text(text)
        verify(before, after, self.fixes, self.worker.target)
        rules = self.worker.rules(self.file)
        again = assess(self.worker.module(self.file, after), rules)
        fixed = {fix.violation for fix in self.fixes}
        if _keys(again.violations) != _keys(set(self.assessment.violations) - fixed):
            raise VerifyError("the violations after the rewrite are not those expected")
        accepted = read(before).among(self.assessment.violations)
        if _keys(read(after).among(again.violations)) != _keys(accepted):
            raise VerifyError("a suppression would no longer stand at its mock")
        possible = {fix.violation for fix in self.worker.chosen(self.assessment.fixes)}
        offered = [fix.violation for fix in self.worker.chosen(again.fixes)]
        if Counter(_keys(offered)) - Counter(_keys(possible - fixed)):
            raise VerifyError("a second run would change the file again")


def _keys(violations: Iterable[Violation]) -> list[tuple[str, str, str]]:
    return sorted((rule, name or "", scope) for rule, name, scope in (v.key for v in violations))


def lost(file: SourceFile) -> Outcome:
    """Give the outcome of a file that ended the process that read it."""
    return _failed(file, Stage.PARSE, "reading it ended the process; it is nested too deeply")
