"""Rule ``mock-class``: classes written by hand that stand in for something."""

import ast
import re
from collections.abc import Iterator

from ssot_migrate.code.module import Module
from ssot_migrate.code.names import FunctionNode, Scope, resolve
from ssot_migrate.code.sites import MOCK_CLASSES, Told, lines_of, report, statements_on
from ssot_migrate.code.source import Source
from ssot_migrate.code.uses import Uses, dotted_root
from ssot_migrate.families.family import Family, Rule, split_name
from ssot_migrate.finding.classify import Facts, classify
from ssot_migrate.finding.draft import Rules
from ssot_migrate.model import Evidence, Violation
from ssot_migrate.shapes.shape import Mock

_CLASS = r"class[ \t]+(?:_*(?:Mock|Fake|Stub|Dummy)\w|\w+Mock\b|\w+\s*\([^)]{0,400}?Mock\b)"
_TEXT = re.compile(_CLASS)
_BYTES = re.compile(_CLASS.encode())
#: The first word of a stand-in's name; the last one may be ``Mock`` instead.
_PREFIXES = frozenset({"mock", "mocked", "fake", "faked", "stub", "stubbed", "dummy"})
#: What such a name ends with where the class holds or makes things, and stands in for nothing.
_OTHERS = frozenset(
    "test tests case factory builder mixin error exception warning enum config args schema"
    " params".split()
)
#: Bases of classes that are types of data, or tests.
_DATA = frozenset(
    "BaseModel TypedDict NamedTuple Enum StrEnum IntEnum Flag Exception BaseException Protocol"
    " TestCase IsolatedAsyncioTestCase BaseSettings SQLModel RootModel Structure Struct".split()
)
#: What the names of bases that tell nothing end with.
_GENERAL = frozenset({"generic", "abc", "mixin"})
_DATACLASS = frozenset({"dataclass", "attrs", "define", "frozen"})
#: How many members that the factory lacks are named.
_SHOWN = 5


def may_hold(data: bytes) -> bool:
    """Say cheaply whether a file can define a stand-in."""
    return b"class " in data and _BYTES.search(data) is not None


def lines(source: Source) -> list[int]:
    """List, sorted, the lines on which a stand-in may begin."""
    return lines_of(source, _TEXT)


def find(module: Module, rule: Rule, rules: Rules) -> Iterator[Violation]:
    """Report each class that stands in for something."""
    for statement, scope in statements_on(module, lines(module.source)):
        if isinstance(statement, ast.ClassDef) and _stands_in(module, statement, scope):
            known = _family(module, statement, scope, rules)
            reason = _reason(module, statement, rules, *known[:1])
            yield report(module, rule, statement, scope, Told(statement.name, reason, *known))


def _stands_in(module: Module, node: ast.ClassDef, scope: Scope) -> bool:
    bases = [_dotted(base, scope) for base in node.bases]
    if MOCK_CLASSES & set(bases):
        return True
    name = split_name(node.name)
    speaks = name.head and (name.words[0] in _PREFIXES or name.words[-1] == "mock")
    if not speaks or name.words[-1] in _OTHERS or any(map(_is_data, bases)):
        return False
    methods = [s.name for s in node.body if isinstance(s, FunctionNode) and s.name != "__init__"]
    if any(method.startswith("test") for method in methods):
        return False
    return bool(methods or (_members(module, node) and not _is_dataclass(node)))


def _dotted(base: ast.expr, scope: Scope) -> str:
    """Name a base class, dotted where its import is in sight; ``Base[T]`` is a ``Base``."""
    base = base.value if isinstance(base, ast.Subscript) else base
    return resolve(base, scope) or ".".join(dotted_root(base) or ())


def _is_data(base: str) -> bool:
    last = base.rpartition(".")[2]
    return last in _DATA or last.endswith(("Error", "Exception", "Warning", "TestCase"))


def _is_dataclass(node: ast.ClassDef) -> bool:
    decorators = [getattr(decorator, "func", decorator) for decorator in node.decorator_list]
    return any((dotted_root(bare) or ("",))[-1] in _DATACLASS for bare in decorators)


def _members(module: Module, node: ast.ClassDef) -> list[str]:
    """List what a class offers under public names, in the order of the text."""
    found: list[str] = []
    for statement in node.body:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.append(name)
            case ast.Assign(targets=targets):
                found += [target.id for target in targets if isinstance(target, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.append(name)
    found += module.attributes_set(node)
    return [name for name in dict.fromkeys(found) if not name.startswith("_")]


def _family(
    module: Module, node: ast.ClassDef, scope: Scope, rules: Rules
) -> tuple[()] | tuple[Family, tuple[Evidence, ...]]:
    """Ask the class's bases as a spec is asked; its name and members only where none says more."""
    bases = [name for base in node.bases if _says(name := _dotted(base, scope))]
    if bases:
        found = (classify(Facts(spec=base), rules.families) for base in bases)
        return next(filter(None, found), ())
    uses = Uses(attributes=set(_members(module, node)))
    facts = Facts(node.name, uses=uses, imports=module.imports)
    return classify(facts, rules.families) or ()


def _says(base: str) -> bool:
    """Say whether a base class has a name that tells what the class is."""
    name = split_name(base.rpartition(".")[2])
    general = not name.head or name.words[0] in _PREFIXES or name.words[-1] in _GENERAL
    return not general and base not in MOCK_CLASSES


def _reason(module: Module, node: ast.ClassDef, rules: Rules, family: Family | None = None) -> str:
    """Say how far the factory's contract covers what a stand-in offers."""
    method = family.factory_method if family else None
    members = _members(module, node) if method else []
    if method is None or not members:
        return "a stand-in written by hand"
    contract = rules.factory.contract(method)
    if contract is None:
        return f"the factory has no {method}; add it"
    if not isinstance(contract.product, Mock):
        return f"what {method} gives cannot be read from the factory's source"
    lacking = [name for name in members if name not in contract.product.children]
    covered = f"{method} covers {len(members) - len(lacking)} of its {len(members)} members"
    shown = ", ".join(lacking[:_SHOWN])
    more = f" and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
    return f"{covered}; lacks {shown}{more}" if lacking else covered
