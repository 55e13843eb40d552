"""Rule ``unimported``: a mock class that is called and never imported."""

import ast
import re
from collections.abc import Iterator, Sequence

from ssot_migrate.code.module import Module
from ssot_migrate.code.names import KINDS, Scope
from ssot_migrate.code.sites import Told, calls_of, report, statements_on
from ssot_migrate.code.uses import dotted_root
from ssot_migrate.families.family import Family, Rule
from ssot_migrate.finding.classify import Facts, classify
from ssot_migrate.model import Violation

_NAMES = "|".join(KINDS)
#: The first name of a chain that ends in the call of a mock class.
_CALLED = re.compile(rf"(?<![\w.])(?:mock(?=\.(?:{_NAMES})\s*\()|(?:{_NAMES})(?=\s*\())")
#: By these a name can come to a module unseen.
_TRICKS = re.compile(
    r"\b(?:globals|exec)\s*\(|\b(?:__)?builtins\b|\bmodules\["
    rf"|^[ \t]*global\b.*\b(?:mock|{_NAMES})\b",
    re.MULTILINE,
)


def find(module: Module, rule: Rule, families: Sequence[Family]) -> Iterator[Violation]:
    """Report each call of a mock class whose name leads nowhere."""
    source, top = module.source, module.top
    hits = [hit for hit in module.hits if _unbound(source.lines[hit - 1], top)]
    if hits and not top.stars:
        found = [*_found(module, rule, families, hits)]
        if found and not _TRICKS.search(source.text):
            yield from found


def _found(
    module: Module, rule: Rule, families: Sequence[Family], hits: Sequence[int]
) -> Iterator[Violation]:
    for statement, scope in statements_on(module, hits):
        for call in calls_of(statement):
            missing = _missing(call, scope)
            if missing:
                name = _name(statement, call)
                known = classify(Facts(name=name, imports=module.imports), families) or ()
                yield report(module, rule, call, scope, Told(name, _reason(missing), *known))


def _unbound(line: str, top: Scope) -> bool:
    """Say whether a line calls a mock class that the module's top does not know."""
    return any(name not in top.bindings for name in _CALLED.findall(line))


def _missing(call: ast.Call, scope: Scope) -> str | None:
    """Name what a call of a mock class would need, ``None`` where nothing is missing."""
    root = dotted_root(call.func) or ("",)
    if root[-1] not in KINDS or root[:-1] not in ((), ("mock",)):
        return None
    return None if scope.owner(root[0]) else root[0]


def _name(statement: ast.stmt, call: ast.Call) -> str | None:
    match statement:
        case ast.Assign(targets=[target], value=value) if value is call:
            return ".".join(dotted_root(target) or ()) or None
    return None


def _reason(missing: str) -> str:
    source = "unittest" if missing == "mock" else "unittest.mock"
    return f"{missing} is never imported; add `from {source} import {missing}`"
