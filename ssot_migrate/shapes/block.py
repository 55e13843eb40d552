"""A creation, and the statements that configure it, as they stand in a test."""

import ast
from enum import Enum

from msgspec import Struct, field

from ssot_migrate.code.names import FunctionNode, Kind, Scope, children, creation_kind_of, walk
from ssot_migrate.code.source import Source
from ssot_migrate.code.uses import Root, Uses
from ssot_migrate.shapes.reader import Setting, read_settings


class Form(Enum):
    """How a creation stands in the code, and why it is left where it is no block."""

    BLOCK = ""
    #: An expression inside a statement, replaced where it stands.
    EXPRESSION = "part of an expression"
    CHAINED = "bound to something else in one statement; bind it to a name first"
    ATTRIBUTE = "bound to an attribute of something else; bind it to a name first"
    OTHER = "part of a larger expression; bind it to a name first"


class Block(Struct):
    """A creation, and the statements that only configure it."""

    statement: ast.stmt
    #: What the creation is bound to, the first one a name; empty for an expression.
    roots: tuple[Root, ...] = ()
    #: The statements of the suite that configure the mock before anything else sees it.
    settings: list[tuple[ast.stmt, list[Setting]]] = field(default_factory=list)
    #: The statements between the creation and the last setting, in order, settings included.
    between: list[ast.stmt] = field(default_factory=list)
    #: One creation, several mocks: it stands in a loop, a comprehension, a lambda.
    repeats: bool = False

    @property
    def statements(self) -> list[ast.stmt]:
        """The creation's statement, then those that configure the mock."""
        return [self.statement, *(statement for statement, _ in self.settings)]


class Finding(Struct):
    """One creation."""

    call: ast.Call
    kind: Kind
    scope: Scope
    form: Form
    #: What it is bound to, dotted; ``None`` where it is bound to nothing.
    name: str | None
    block: Block | None = None
    #: How it is passed on where it stands.
    passed: Uses = field(default_factory=Uses)
    #: It is what a function returns or yields.
    returned: bool = False


class Product(Struct):
    """A mock that already comes from the factory."""

    method: str
    call: ast.Call
    scope: Scope


class Found(Struct):
    """All that one module holds."""

    findings: list[Finding] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)


def read_block(block: Block, body: list[ast.stmt], scope: Scope, source: Source) -> None:
    """Collect the settings up to the first statement in which something else sees the mock."""
    names = [root[0] for root in block.roots]
    shared = isinstance(scope.node, ast.Module) or bool(scope.foreign & set(names))
    place, end = -1, 0
    while (place := place + 1) < len(body):
        if not shared and (place := source.next_with(names, body, place)) == len(body):
            break
        statement = body[place]
        settings = _settings(statement, block.roots)
        if settings:
            block.settings.append((statement, settings))
            end = place + 1
        elif _ends(statement, block.roots, scope, shared=shared):
            break
    block.between = body[:end]


def _settings(statement: ast.stmt, roots: tuple[Root, ...]) -> list[Setting]:
    """Read a statement that configures the mock by one of its names, and shows it to nobody."""
    for root in roots:
        settings = read_settings(statement, root)
        if settings:
            values = [setting.value for setting in settings if setting.value]
            seen = any(mentions(value, name) for value in values for name in roots)
            return [] if seen else settings
    return []


def _ends(statement: ast.stmt, roots: tuple[Root, ...], scope: Scope, *, shared: bool) -> bool:
    """Say whether a statement could use the mock, or run code that could."""
    if any(mentions(statement, root) for root in roots):
        return True
    if not shared or isinstance(statement, FunctionNode):
        return False
    return any(
        isinstance(node, ast.Call | ast.Await) and not creation_kind_of(node, scope)
        for node in walk(statement)
    )


def mentions(node: ast.AST, root: Root) -> bool:
    """Say whether a node refers to a name or dotted name, or to what it is an attribute of."""
    for inner in walk(node):
        if isinstance(inner, ast.Name):
            if inner.id == root[0] and (len(root) == 1 or _reaches(inner, root, node)):
                return True
        elif isinstance(inner, ast.Global | ast.Nonlocal) and root[0] in inner.names:
            return True
    return False


def _reaches(name: ast.Name, root: Root, within: ast.AST) -> bool:
    """Say whether the chain that starts at a name can lead to the root: not to a sibling."""
    parents = {inner: outer for outer in walk(within) for inner in children(outer)}
    node: ast.AST = name
    for attribute in root[1:]:
        parent = parents.get(node)
        if not isinstance(parent, ast.Attribute):
            return True
        if parent.attr != attribute:
            return isinstance(parents.get(parent), ast.Call)
        node = parent
    return True
