"""Rule ``wrong-arguments``: calls whose arguments a method of the factory does not take."""

import ast
from collections.abc import Iterator, Sequence

from ssot_migrate.code.module import Module
from ssot_migrate.code.names import resolve
from ssot_migrate.code.sites import Told, report
from ssot_migrate.contracts.interface import Method
from ssot_migrate.contracts.signature import given_by, misfits
from ssot_migrate.families.family import Rule
from ssot_migrate.finding.draft import Rules
from ssot_migrate.model import Violation
from ssot_migrate.rules.expected import is_expected
from ssot_migrate.rules.references import Reference


def find(
    module: Module, rule: Rule, rules: Rules, found: Sequence[Reference]
) -> Iterator[Violation]:
    """Report each call that would end in a TypeError because of its arguments."""
    for one in found:
        method = rules.factory.interface.methods.get(one.name)
        problems = unfitting(module, one, method) if method else []
        if problems and not is_expected(module, one.node):
            told = Told(one.name, f"{one.name} {'; it '.join(problems)}")
            place = one.call or _partial(module, one) or one.node
            yield report(module, rule, place, one.scope, told)


def unfitting(module: Module, one: Reference, method: Method) -> list[str]:
    """Say why a method does not take what a place gives; nothing where it is only named."""
    filled = method.filled(on_instance=one.on_instance)
    if one.call:
        given = given_by(one.call.args, one.call.keywords, filled)
        return list(misfits(method.signature, given))
    partial = _partial(module, one)
    if partial is None:
        return []
    given = given_by(partial.args[1:], partial.keywords, filled)
    return list(misfits(method.signature, given, partial=True))


def _partial(module: Module, one: Reference) -> ast.Call | None:
    """Find the ``functools.partial`` that is given the method."""
    match module.index.parent(one.node):
        case ast.Call(args=[first, *_]) as call if first is one.node:
            return call if resolve(call.func, one.scope) == "functools.partial" else None
    return None
