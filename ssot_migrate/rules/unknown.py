"""Rule ``unknown-method``: names that the factory does not have."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from ssot_migrate.code.module import Module
from ssot_migrate.code.sites import Told, report
from ssot_migrate.families.family import Rule
from ssot_migrate.finding.draft import Rules
from ssot_migrate.model import Applicability, Violation
from ssot_migrate.rewriting.plan import Edit
from ssot_migrate.rules import arguments, awaits
from ssot_migrate.rules.expected import is_expected
from ssot_migrate.rules.references import Reference


def find(
    module: Module, rule: Rule, rules: Rules, found: Sequence[Reference]
) -> Iterator[tuple[Violation, Edit | None]]:
    """Report each name that is taken from the factory, and that it does not have."""
    for one in found:
        if rules.factory.interface.lacks(one.name) and not is_expected(module, one.node):
            new = rules.renamed.get(one.name)
            obstacle = _obstacle(module, rules, one, new) if new else _nearest(rules, one.name)
            reason = f"{rules.factory.class_name} has no {one.name}"
            reason += f"; it is {new} now" if new else ""
            told = Told(one.name, f"{reason}; {obstacle}" if obstacle else reason)
            violation = report(module, rule, one.node, one.scope, told)
            edit = _renamed(module, one, new, violation) if new and not obstacle else None
            yield edit.violation if edit else violation, edit


def _nearest(rules: Rules, name: str) -> str:
    nearest = rules.factory.like(name)
    return f"the nearest {'are' if nearest[1:] else 'is'} {', '.join(nearest)}" if nearest else ""


def _obstacle(module: Module, rules: Rules, one: Reference, new: str) -> str | None:
    """Say why the new name does not do, if it does not."""
    method = rules.factory.interface.methods.get(new)
    if method is None:
        if rules.factory.interface.lacks(new):
            return "which it does not have either"
        return "what it takes cannot be read; rename the call by hand"
    problems = arguments.unfitting(module, one, method)
    misused = awaits.misused(module, rules, one, method)
    problems += [misused] if misused else []
    return f"that {'; it '.join(problems)}" if problems else None


def _renamed(module: Module, one: Reference, new: str, violation: Violation) -> Edit | None:
    """Write the new name over the old one, which ends the attribute."""
    line = one.node.end_lineno or one.node.lineno
    end = module.source.column(line, one.node.end_col_offset or 0)
    start = end - len(one.name)
    if module.source.lines[line - 1][start:end] != one.name:
        return None  # Python takes letters for equal that are written otherwise.
    return Edit(replace(violation, applicability=Applicability.SAFE), line, start, end, new)
