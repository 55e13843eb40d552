"""The gate: what is new in a run, and what that is held against."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from ssot_migrate import pipeline
from ssot_migrate.caching.digest import digest
from ssot_migrate.code.source import parse
from ssot_migrate.contracts.lineage import FactorySource
from ssot_migrate.contracts.shipped import SHIPPED, is_shipped
from ssot_migrate.executing.choose import executor
from ssot_migrate.families.family import Rule
from ssot_migrate.frozen import Frozen
from ssot_migrate.gate.baseline import Matched
from ssot_migrate.gate.changed import Changes
from ssot_migrate.gate.compare import Compared, compare, joined
from ssot_migrate.gate.selected import gated
from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import Applicability, Change, Request, SourceFile, Violation
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
    places = {file.path: file for file in files}
    compared = compare(run, files, resolver, terms.paths) if terms.baseline else []
    matched = joined(compared) if terms.baseline else Matched(run.report.violations)
    new = [v for v in matched.new if changes is None or changes.touch(places[v.path], v)]
    kept = frozenset(new)
    settings = {v: run.settings[places[v.path].location] for v in run.report.violations}
    left = run.report.left
    fixable = frozenset(v for v, one in settings.items() if v not in left and _is_fixable(v, one))
    wanted = [v for v in new if v in fixable] if terms.fixes else ()
    instead = _instead({violation: settings[violation] for violation in new})
    warnings = (
        *run.report.warnings,
        *_without_factory(settings[violation] for violation in instead),
        *(_unseen(changes, run.settings.values()) if changes else ()),
    )
    each = {id(one): one for one in run.settings.values()}.values()
    return Verdict(
        replace(run.report, warnings=warnings),
        tuple(new),
        changed={v: scope for v, scope in matched.changed.items() if v in kept},
        accepted=matched.accepted,
        unchanged=tuple(v for v in matched.new if v not in kept),
        stale=matched.stale,
        baselines=tuple(shown(one.file) for one in compared if one.matched.stale),
        rules=_rules(each),
        renamed=frozenset(old for one in each for old, _ in one.config.renamed.methods),
        instead=instead,
        fixable=fixable,
        fixes=_fixes(run.settings, places, wanted, request),
        remembered=run.remembered,
        part=run.part and replace(run.part, baseline=_accepted(compared)),
    )


def _accepted(compared: Iterable[Compared]) -> str:
    """Stand for the baselines that a run was held against."""
    return digest([one.data for one in compared]).hex()


def _without_factory(settings: Iterable[Settings]) -> Iterator[str]:
    """Say what the factory is where the project has none."""
    if any(one.config.factory is None and is_shipped(one.factory) for one in settings):
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


def _instead(settings: Mapping[Violation, Settings]) -> dict[Violation, str]:
    """Name the method that builds what each violation builds by hand."""
    each = {id(one): one for one in settings.values()}
    calls = {key: _calls(one) for key, one in each.items()}
    found = {v: calls[id(one)].get(v.rule) for v, one in settings.items()}
    return {violation: call for violation, call in found.items() if call}


def _calls(settings: Settings) -> dict[str, str]:
    """Give the method for each family, where the factory has it."""
    module, class_name, _, data = settings.factory
    methods = FactorySource(module, class_name, parse(data).tree).methods
    named = {family.id: family.factory_method for family in settings.families}
    return {rule: f"{class_name}.{method}" for rule, method in named.items() if method in methods}


def _is_fixable(violation: Violation, settings: Settings) -> bool:
    """Tell whether `apply` ends a violation."""
    config = settings.config
    unsafe = config.unsafe_fixes and violation.applicability is Applicability.UNSAFE
    return not config.skip and (unsafe or violation.applicability is Applicability.SAFE)


def _fixes(
    settings: Mapping[str, Settings],
    places: Mapping[str, SourceFile],
    violations: Iterable[Violation],
    request: Request,
) -> dict[Violation, Change]:
    """Carry out fixes, each alone, and verify them; those that fail are left out."""
    wanted: dict[SourceFile, list[Violation]] = {}
    for violation in violations:
        wanted.setdefault(places[violation.path], []).append(violation)
    tasks = {file: partial(_alone, settings[file.location], vs) for file, vs in wanted.items()}
    with executor(request) as executing:
        found = executing.map(tasks, lambda *_: dict[Violation, Change]())
    return {violation: change for one in found.values() for violation, change in one.items()}


def _alone(
    settings: Settings, violations: Sequence[Violation], file: SourceFile
) -> dict[Violation, Change]:
    from ssot_migrate.worker.process import process_data

    fixing = replace(settings, request=replace(settings.request, fix=True))
    try:
        data = file.read()
    except OSError:  # Removed since it was found: no fix is offered for it.
        return {}
    places = {v: {(v.line, v.column)} for v in violations}
    results = {v: process_data(fixing, file, data, place).result for v, place in places.items()}
    return {v: result.change for v, result in results.items() if result.change}
