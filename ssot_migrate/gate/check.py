"""The gate: what is new in a run, and what that is held against."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from ssot_migrate import pipeline
from ssot_migrate.code.source import parse
from ssot_migrate.contracts.contract import Factory
from ssot_migrate.families.family import Rule
from ssot_migrate.gate.changed import Changes
from ssot_migrate.gate.verdict import Verdict
from ssot_migrate.model import GENERIC, Applicability, Change, Request, SourceFile, Violation
from ssot_migrate.pool import Pool
from ssot_migrate.settings.resolver import Resolver
from ssot_migrate.worker.process import process_data
from ssot_migrate.worker.settings import Settings

#: Rules for those who select them: no factory can be asked for what they find.
ON_REQUEST: Final = frozenset({GENERIC, "patch", "mock-class"})


def check(
    files: Sequence[SourceFile],
    resolver: Resolver,
    request: Request,
    progress: Callable[[int], None] | None = None,
    *,
    changes: Changes | None = None,
    fixes: bool = False,
) -> Verdict:
    """Say what is new in some files. Writes nothing.

    ``changes`` holds what alone is asked about, and ``files`` are those that it names: others are
    not looked at, nor asked what they do with the mocks of these. ``fixes`` carries out the fix of
    each new violation alone.
    """
    around = () if changes is None else None
    run = pipeline.start(files, resolver, request, progress, adapt=by_default, around=around)
    places = {file.path: file for file in files}
    found = run.report.violations
    new = tuple(v for v in found if changes is None or changes.touch(places[v.path], v))
    kept = frozenset(new)
    settings = {violation: run.settings[places[violation.path].location] for violation in new}
    fixable = [violation for violation, one in settings.items() if _is_fixable(violation, one)]
    return Verdict(
        run.report,
        new,
        unchanged=tuple(violation for violation in found if violation not in kept),
        rules=_rules(run.settings.values()),
        instead=_instead(settings),
        fixable=frozenset(fixable),
        fixes=_fixes(run.settings, places, fixable, request.jobs) if fixes else {},
    )


def by_default(settings: Settings) -> Settings:
    """Leave out, where nobody selects rules, those that are for people who ask for them."""
    if settings.config.select:
        return settings
    rules = (rule.id for rule in (*settings.families, *settings.own))
    select = tuple(rule for rule in rules if rule not in ON_REQUEST)
    return replace(settings, config=replace(settings.config, select=select))


def _rules(settings: Iterable[Settings]) -> dict[str, Rule]:
    """Gather the rules that ran."""
    each = {id(one): one for one in settings}.values()
    return {
        rule.id: rule
        for one in each
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
    methods = Factory(module, class_name, parse(data).tree).methods
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
    jobs: int,
) -> dict[Violation, Change]:
    """Carry out fixes, each alone, and verify them; those that fail are left out."""
    wanted: dict[SourceFile, list[Violation]] = {}
    for violation in violations:
        wanted.setdefault(places[violation.path], []).append(violation)
    tasks = {file: partial(_alone, settings[file.location], vs) for file, vs in wanted.items()}
    with Pool(jobs, [*tasks]) as pool:
        found = pool.map(tasks, _none)
    return {violation: change for one in found.values() for violation, change in one.items()}


def _alone(
    settings: Settings, violations: Sequence[Violation], file: SourceFile
) -> dict[Violation, Change]:
    fixing = replace(settings, request=replace(settings.request, fix=True))
    try:
        data = file.read()
    except OSError:  # Removed since it was found: no fix is offered for it.
        return {}
    places = {v: {(v.line, v.column)} for v in violations}
    results = {v: process_data(fixing, file, data, place).result for v, place in places.items()}
    return {v: result.change for v, result in results.items() if result.change}


def _none(_: SourceFile) -> dict[Violation, Change]:
    return {}
