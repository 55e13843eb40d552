"""Rule ``factory-import``: the factory, or what is called so, from another module."""

import ast
import re
from collections.abc import Iterator

from msgspec.structs import replace

from ssot_migrate.code.locate import Provenance
from ssot_migrate.code.module import Module
from ssot_migrate.code.names import imported_from
from ssot_migrate.code.sites import Told, report
from ssot_migrate.code.spot import spot_of
from ssot_migrate.families.family import Rule
from ssot_migrate.finding.draft import Rules
from ssot_migrate.model import Applicability, Violation
from ssot_migrate.rewriting.plan import Edit

_MODULE = re.compile(r"from[ \t]+([\w.]+)[ \t]+import\b")
_SAID = {
    Provenance.PASSED_ON: "only passes it on",
    Provenance.ANOTHER: "has another one of that name",
    Provenance.NOTHING: "has no such name",
    Provenance.UNREAD: "is not found in the project",
    Provenance.UNCERTAIN: "is another module",
}


def find(module: Module, rule: Rule, rules: Rules) -> Iterator[tuple[Violation, Edit | None]]:
    """Report each import of the factory's class from another module than its own."""
    for node in module.index.nodes(ast.ImportFrom):
        if all(alias.name != rules.factory.class_name for alias in node.names):
            continue
        provenance = rules.provenance(f"{imported_from(node)}{rules.factory.class_name}")
        if provenance in _SAID:
            yield _told(module, rule, rules, node, provenance)


def _told(
    module: Module, rule: Rule, rules: Rules, node: ast.ImportFrom, provenance: Provenance
) -> tuple[Violation, Edit | None]:
    name, factory = imported_from(node).removesuffix("."), rules.factory
    home = f"the configured {factory.class_name} is that of {factory.module}"
    reason = f"{name or '.'} {_SAID[provenance]}; {home}"
    scope = spot_of(module, node).scope
    violation = report(module, rule, node, scope, Told(factory.class_name, reason))
    edit = (
        _edit(module, node, factory.module, violation)
        if provenance is Provenance.PASSED_ON
        else None
    )
    return (edit.violation, edit) if edit else (violation, None)


def _edit(module: Module, node: ast.ImportFrom, new: str, violation: Violation) -> Edit | None:
    """Write the factory's module over another one, where nothing else is imported from there."""
    start = module.source.column(node.lineno, node.col_offset)
    match = _MODULE.match(module.source.lines[node.lineno - 1], start)
    if len(node.names) > 1 or node.level or match is None or match[1] != node.module:
        return None
    safe = replace(violation, applicability=Applicability.SAFE)
    return Edit(safe, node.lineno, match.start(1), match.end(1), new)
