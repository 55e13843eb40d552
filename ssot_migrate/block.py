"""A creation, and the statements that configure it, as they stand in a test."""

import ast
from dataclasses import dataclass, field
from enum import Enum

from ssot_migrate.module import Root
from ssot_migrate.names import Kind, Scope
from ssot_migrate.reader import Setting


class Form(Enum):
    """How a creation stands in the code, and why it is left where it is no block."""

    BLOCK = ""
    CHAINED = "bound to several names at once; bind each name on its own line"
    ATTRIBUTE = "bound to an attribute of something else; bind it to a name first"
    ARGUMENT = "passed on without a name; bind it to a name first"
    ITEM = "an item of a list, tuple or dict; bind it to a name first"
    RETURNED = "returned without a name; bind it to a name first"
    OTHER = "part of a larger expression; bind it to a name first"


@dataclass
class Block:
    """A creation that is bound to a name, and the statements that only configure it."""

    root: Root
    statement: ast.stmt
    #: The statements of the suite that configure the mock before anything else sees it.
    settings: list[tuple[ast.stmt, list[Setting]]] = field(default_factory=list)
    #: The statements between the creation and the last setting, in order, settings included.
    between: list[ast.stmt] = field(default_factory=list)
    #: Stands in a loop: one creation, several mocks.
    in_loop: bool = False


@dataclass
class Finding:
    """One creation."""

    call: ast.Call
    kind: Kind
    scope: Scope
    form: Form
    #: What it is bound to, dotted; ``None`` where it is bound to nothing.
    name: str | None
    #: The keyword under which it is passed on directly.
    keyword: str | None = None
    block: Block | None = None


@dataclass
class Product:
    """A mock that already comes from the factory."""

    method: str
    call: ast.Call
    scope: Scope


@dataclass
class Found:
    """All that one module holds."""

    findings: list[Finding] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)
