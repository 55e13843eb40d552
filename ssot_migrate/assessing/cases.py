"""What is told of a block that the factory does not take yet, so that the factory can grow."""

from collections.abc import Iterator

from ssot_migrate.code.module import Module
from ssot_migrate.finding.classify import spec_name
from ssot_migrate.finding.draft import Draft
from ssot_migrate.fitting.needs import drawn
from ssot_migrate.model import Case, Need, Violation
from ssot_migrate.shapes.reader import NO_SETTINGS, Action, Context, constructor, path_of


def case_of(module: Module, draft: Draft, violation: Violation) -> Case:
    """Describe a block by what it configures, and by what would make its fix safe."""
    finding = draft.finding
    return Case(
        path=violation.path,
        line=violation.line,
        name=violation.name,
        family=draft.family.id,
        base=finding.kind,
        spec=spec_name(finding.call, finding.kind, finding.scope),
        settings=tuple(_settings(module, draft)),
        needs=_needs(draft),
    )


def _settings(module: Module, draft: Draft) -> Iterator[Need]:
    context = Context(draft.finding.scope, module.path)
    for name, value in constructor(draft.finding.call):
        if name not in NO_SETTINGS:
            yield from drawn(path_of(name), value, module, context)
    block = draft.finding.block
    for _, settings in block.settings if block else ():
        for setting in settings:
            if setting.value and setting.action is Action.SET:
                yield from drawn(setting.path, setting.value, module, context)


def _needs(draft: Draft) -> tuple[Need, ...]:
    """Give all that the block needs; nothing where a difference remains in any case."""
    fit = draft.fitted.fit if draft.fitted else None
    if fit is None or (fit.reason and not fit.lacks):
        return ()
    if any(difference not in fit.needs for difference in fit.differences):
        return ()
    return tuple(dict.fromkeys((*fit.lacks, *fit.needs.values())))
