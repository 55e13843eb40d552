"""Rule ``second-factory``: classes and modules that build a family's mocks for other files."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from ssot_migrate.code.module import Module, fixture_name
from ssot_migrate.code.names import FunctionNode, resolve
from ssot_migrate.code.sites import Told, report
from ssot_migrate.families.family import Family, Rule
from ssot_migrate.finding.draft import Draft, Rules
from ssot_migrate.known import Offer, some
from ssot_migrate.model import GENERIC, Evidence, EvidenceKind

#: A class with so many of the factory's methods may be a copy of it.
_COPIED = 3
#: How the reason of a violation begins that is such a copy.
COPY = "a copy of"


#: The functions that return mocks, each with the family of its mock, by the class that they are in.
_Makers = dict[ast.ClassDef | None, list[tuple[FunctionNode, Family]]]


def find(module: Module, rule: Rule, rules: Rules, drafts: Iterable[Draft]) -> Iterator[Offer]:
    """Find what the module builds by hand and gives to whoever asks for it."""
    for owner, functions in _makers(module, drafts).items():
        built = _by_family(functions)
        copied = _copied(owner, rules) if owner else ""
        if not (built or copied) or (owner and _inherits(module, owner, rules)):
            continue
        names = tuple(name for group in built.values() for name in group)
        families = {family.id: family for _, family in functions if family.id in built}
        family = next(iter(families.values())) if len(families) == 1 else None
        evidence = tuple(Evidence(EvidenceKind.NAME, name) for name in names)
        reason = "; ".join(filter(None, [copied, _builds(built)]))
        told = Told(owner.name if owner else _stem(module.path), reason, family, evidence)
        violation = report(module, rule, owner or functions[0][0], module.top, told)
        yield Offer(violation, (owner.name,) if owner else names, is_copy=bool(copied))


def _makers(module: Module, drafts: Iterable[Draft]) -> _Makers:
    makers: _Makers = {}
    for draft in drafts:
        function, outer = draft.finding.scope.node, draft.finding.scope.parent
        if isinstance(function, FunctionNode) and outer and _gives(module, function, draft):
            if outer is module.top:
                makers.setdefault(None, []).append((function, draft.family))
            elif outer.parent is module.top and isinstance(outer.node, ast.ClassDef):
                makers.setdefault(outer.node, []).append((function, draft.family))
    return makers


def _gives(module: Module, function: FunctionNode, draft: Draft) -> bool:
    """Say whether a function that others can call returns a mock; a fixture is none."""
    if fixture_name(function) or function.name.startswith("test"):
        return False
    name = draft.finding.name
    return draft.finding.returned or (name,) in module.returns(function)


def _by_family(functions: Iterable[tuple[FunctionNode, Family]]) -> dict[str, list[str]]:
    """Name the functions that build each family, in the order of the text."""
    built: dict[str, list[str]] = {}
    for function, family in functions:
        names = [] if family.id == GENERIC else built.setdefault(family.id, [])
        if function.name not in names:
            names.append(function.name)
    return built


def _inherits(module: Module, owner: ast.ClassDef, rules: Rules) -> bool:
    """Say whether a class extends the factory, and is no second one."""
    return any(rules.is_factory(resolve(base, module.top) or "") for base in owner.bases)


def _copied(owner: ast.ClassDef, rules: Rules) -> str:
    """Say in how far a class is a copy of the factory; nothing where it is none."""
    factory = rules.factory
    own = {s.name for s in owner.body if isinstance(s, FunctionNode) and s.name[0] != "_"}
    same = own & factory.methods.keys()
    alike = len(same) >= _COPIED and 2 * len(same) >= len(own)
    if not (alike or owner.name == factory.class_name):
        return ""
    shared = f"{len(same)} of its {len(own)} methods are the factory's"
    return f"{COPY} {factory.class_name}: {shared}"


def _stem(path: str) -> str:
    """Name a module as an import ends: a package by its folder."""
    pure = PurePosixPath(path)
    return pure.parent.name if pure.stem == "__init__" else pure.stem


def _builds(built: dict[str, list[str]]) -> str:
    groups = (f"{family} ({some(names)})" for family, names in sorted(built.items()))
    return f"builds {', '.join(groups)}" if built else ""
