"""The gate: what is new in a run, and what that is held against."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path

from msgspec.structs import replace

from ssot_migrate import pipeline
from ssot_migrate.caching.digest import digest
from ssot_migrate.code.source import parse
from ssot_migrate.contracts.lineage import FactorySource
from ssot_migrate.contracts.shipped import SHIPPED, is_shipped
from ssot_migrate.executing.choose import executor
from ssot_migrate.families.family import Rule
from ssot_migrate.files import Files
from ssot_migrate.frozen import Frozen
from ssot_migrate.gate.baseline import Matched
from ssot_migrate.gate.changed import Changes
from ssot_migrate.gate.compare import Compared, compare, joined
from ssot_migrate.gate.selected import gated
from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.known import Export, Users
from ssot_migrate.lazy import Lazy
from ssot_migrate.model import Applicability, Change, Report, Request, SourceFile, Violation
from ssot_migrate.pipeline import Run
from ssot_migrate.settings.resolver import Resolver
from ssot_migrate.settings.toolchain import shown
from ssot_migrate.worker.settings import Settings


class Terms(Frozen):
    """What the gate goes by."""

    #: What alone is asked about. Only the files that it names are looked at, and no others are
    #: asked what they do with the mocks of these.
    changes: Changes | None = None
    #: Whether what the baseline accepts passes.
    baseline: bool = True
    #: Whether the fix of each new violation is carried out, alone.
    fixes: bool = False
    #: What the run was given: below these folders all files are among its own.
    paths: tuple[Path, ...] = ()


def check(
    files: Sequence[SourceFile],
    resolver: Resolver,
    request: Request,
    progress: Callable[[int], None] | None = None,
    terms: Terms = Terms(),  # noqa: B008 (a value, which nobody can change)
) -> Verdict:
    """Say what is new in some files. Writes nothing. Raises UserError, for a baseline too."""
    changes = terms.changes
    around = () if changes is None else None
    run = pipeline.start(files, resolver, request, progress, adapt=gated, around=around)
    compared = compare(run, files, resolver, terms.paths) if terms.baseline else []
    matched = joined(compared) if compared else Matched(run.report.violations)
    asked: list[Violation] = []
    unchanged: list[Violation] = []
    against = _Against(run, files)
    if changes:
        for violation in matched.new:
            touched = changes.touch(against.place(violation), violation)
            (asked if touched else unchanged).append(violation)
    new = asked if changes else matched.new
    fixable = _Fixable(run.report, against)
    wanted = [v for v in new if v in fixable] if terms.fixes else ()
    each = {id(one): one for one in run.settings.each}
    instead = _Instead(new, against, {key: _calls(one) for key, one in each.items()})
    warnings = (
        *run.report.warnings,
        *_without_factory(each, against, instead),
        *(_unseen(changes, run.settings.each) if changes else ()),
    )
    return Verdict(
        replace(run.report, warnings=warnings),
        new,
        changed={v: scope for v, scope in matched.changed.items() if not changes or v in asked},
        accepted=matched.accepted,
        unchanged=unchanged,
        stale=matched.stale,
        baselines=tuple(shown(one.file) for one in compared if one.matched.stale),
        rules=_rules(each.values()),
        renamed=frozenset(old for one in each.values() for old, _ in one.config.renamed.methods),
        instead=instead,
        fixable=fixable,
        fixes=_fixes(wanted, against, request),
        remembered=run.remembered,
        part=run.part and replace(run.part, baseline=_accepted(compared)),
    )


def _accepted(compared: Iterable[Compared]) -> str:
    """Stand for the baselines that a run was held against."""
    return digest([one.data for one in compared]).hex()


class _Against:
    """What each violation of a run is held against."""

    def __init__(self, run: Run, files: Iterable[SourceFile]) -> None:
        self._run = run
        self._given = {file.path: file for file in Files.of(files).given}
        # The next violation is mostly in the same file.
        self._at = lru_cache(maxsize=1)(self._found)

    def _found(self, path: str) -> tuple[SourceFile, Settings]:
        on_disk = SourceFile.of(os.path.abspath(path), path)  # noqa: PTH100 (for many)
        file = self._given.get(path, on_disk)
        return file, self._run.settings[file.location]

    def place(self, violation: Violation) -> SourceFile:
        """Return the file that a violation is in."""
        return self._at(violation.path)[0]

    def __call__(self, violation: Violation) -> Settings:
        """Return what holds for a violation."""
        return self._at(violation.path)[1]

    def users(self, violation: Violation) -> Mapping[Export, Users]:
        """Return what other files do with what a violation's file exports."""
        return self._run.uses.of(violation.path)


class _Fixable(Lazy[Violation]):
    """Those of all violations of a run that `apply` ends."""

    def __init__(self, report: Report, against: _Against) -> None:
        self._report = report
        self._against = against
        self._left = report.left

    def __contains__(self, violation: object) -> bool:
        """Say whether `apply` ends a violation."""
        if not isinstance(violation, Violation) or violation in self._left:
            return False
        config = self._against(violation).config
        unsafe = config.unsafe_fixes and violation.applicability is Applicability.UNSAFE
        return not config.skip and (unsafe or violation.applicability is Applicability.SAFE)

    def __iter__(self) -> Iterator[Violation]:
        return (violation for violation in self._report.violations if violation in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Instead(Mapping[Violation, str]):
    """Names the method that builds what each violation builds by hand."""

    def __init__(
        self,
        violations: Sequence[Violation],
        against: _Against,
        calls: Mapping[int, Mapping[str, str]],
    ) -> None:
        self._violations = violations
        self._against = against
        #: By the identity of the settings, and by the rule.
        self._calls = calls

    def __getitem__(self, violation: Violation) -> str:
        return self._calls[id(self._against(violation))][violation.rule]

    def __iter__(self) -> Iterator[Violation]:
        return (violation for violation in self._violations if violation in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _without_factory(
    settings: Mapping[int, Settings], against: _Against, instead: Iterable[Violation]
) -> Iterator[str]:
    """Say what the factory is where the project has none."""
    lacking = {
        key
        for key, one in settings.items()
        if one.config.factory is None and is_shipped(one.factory)
    }
    if lacking and any(id(against(violation)) in lacking for violation in instead):
        module, _, name = SHIPPED.partition(":")
        yield (
            f"no factory found, so {name} is the shipped one, of {module};"
            " `ssot-migrate factory init` writes one of the project's own"
        )


def _unseen(changes: Changes, settings: Iterable[Settings]) -> Iterator[str]:
    """Warn where files that did not change may be wrong now: those that call a changed factory."""
    locations = {one.factory[2] for one in settings}
    if any(os.path.realpath(location) in changes.hunks for location in locations):
        yield (
            f"the factory has changed since {changes.revision}, and its callers that have not are"
            " not looked at; run check without --changed-since, too"
        )


def _rules(settings: Iterable[Settings]) -> dict[str, Rule]:
    """Gather the rules that ran."""
    return {
        rule.id: rule
        for one in settings
        for rule in (*one.families, *one.own)
        if rule.id in one.selected
    }


def _calls(settings: Settings) -> dict[str, str]:
    """Give the method for each family, where the factory has it."""
    module, class_name, _, data = settings.factory
    methods = FactorySource(module, class_name, parse(data).tree).methods
    named = {family.id: family.factory_method for family in settings.families}
    return {rule: f"{class_name}.{method}" for rule, method in named.items() if method in methods}


def _fixes(
    violations: Iterable[Violation], against: _Against, request: Request
) -> dict[Violation, Change]:
    """Carry out fixes, each alone, and verify them; those that fail are left out."""
    wanted: dict[SourceFile, list[Violation]] = {}
    for violation in violations:
        wanted.setdefault(against.place(violation), []).append(violation)
    tasks = {
        file: partial(_alone, against(vs[0]), against.users(vs[0]), vs)
        for file, vs in wanted.items()
    }
    with executor(request) as executing:
        found = executing.map(tasks, lambda *_: dict[Violation, Change]())
    return {violation: change for one in found.values() for violation, change in one.items()}


def _alone(
    settings: Settings,
    users: Mapping[Export, Users],
    violations: Sequence[Violation],
    file: SourceFile,
) -> dict[Violation, Change]:
    from ssot_migrate.worker.process import process_data

    fixing = replace(settings, request=replace(settings.request, fix=True))
    try:
        data = file.read()
    except OSError:  # Removed since it was found: no fix is offered for it.
        return {}
    places = {v: {(v.line, v.column)} for v in violations}
    outcomes = {v: process_data(fixing, file, data, at, users) for v, at in places.items()}
    return {v: one.result.change for v, one in outcomes.items() if one.result.change}
