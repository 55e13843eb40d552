"""Find every place that creates a mock, and the statements that configure it."""

import ast
from collections.abc import Iterator

from ssot_migrate.block import Block, Finding, Form, Found, Product
from ssot_migrate.module import Module, Root, decorated, dotted_root, fixture_name, suites
from ssot_migrate.names import (
    Bound,
    FunctionNode,
    Kind,
    Scope,
    children,
    creation_kind,
    creation_kind_of,
    walk,
)
from ssot_migrate.reader import read_settings
from ssot_migrate.source import Source

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SIMPLE_NAMES = ("self", "cls")


def find(module: Module) -> Found:
    """Find the creations and products of a module, in the order of the text."""
    walker = _Walker(module)
    walker.suite(module.tree.body, module.top)
    walker.found.findings.sort(key=lambda f: (f.call.lineno, f.call.col_offset))
    return walker.found


class _Walker:
    def __init__(self, module: Module) -> None:
        self.module = module
        self.found = Found()
        self.in_loop = False

    def suite(self, body: list[ast.stmt], scope: Scope) -> None:
        for index, statement in enumerate(body):
            if self.module.hit(statement):
                self._statement(statement, body, index, scope)

    def _statement(
        self, statement: ast.stmt, body: list[ast.stmt], index: int, scope: Scope
    ) -> None:
        if isinstance(statement, _DEFINITIONS):
            self._definition(statement, scope)
            return
        inner = list(suites(statement))
        if inner:
            for expression in _headers(statement):
                self._expression(statement, expression, scope)
            loop, self.in_loop = self.in_loop, self.in_loop or _is_loop(statement)
            for suite in inner:
                self.suite(suite, scope)
            self.in_loop = loop
        else:
            self._simple(statement, body, index, scope)

    def _definition(
        self, statement: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, scope: Scope
    ) -> None:
        for decorator in statement.decorator_list:
            self._expression(statement, decorator, scope)
        if isinstance(statement, FunctionNode):
            for default in (*statement.args.defaults, *statement.args.kw_defaults):
                if default is not None:
                    self._expression(statement, default, scope)
        loop, self.in_loop = self.in_loop, False
        self.suite(statement.body, self.module.scope(statement, scope))
        self.in_loop = loop

    def _simple(self, statement: ast.stmt, body: list[ast.stmt], index: int, scope: Scope) -> None:
        target, value = _binding(statement)
        if isinstance(value, ast.Call) and target is not None:
            kind = creation_kind(value, scope)
            root = dotted_root(target)
            if kind and root and (len(root) == 1 or self._is_own(root, scope)):
                block = Block(root, statement, in_loop=self.in_loop)
                _read_block(block, body[index + 1 :], scope, self.module.source)
                name = ".".join(root)
                finding = Finding(value, kind, scope, Form.BLOCK, name, block=block)
                self.found.findings.append(finding)
                return
        if not self._configures(statement, scope):
            self._expression(statement, statement, scope)
        else:
            self._products(statement, scope)

    def _is_own(self, root: Root, scope: Scope) -> bool:
        return len(root) == 2 and root[0] in _SIMPLE_NAMES and scope.enclosing_class is not None

    def _configures(self, statement: ast.stmt, scope: Scope) -> bool:
        """Say whether a statement configures a mock, so that what it creates belongs to that."""
        owner = _configured(statement)
        return owner is not None and self._is_mock(owner, scope)

    def _is_mock(self, owner: ast.expr, scope: Scope, depth: int = 0) -> bool:
        root = dotted_root(_without_calls(owner))
        if root is None or depth > 4:
            return False
        if any("mock" in part.lower() for part in root):
            return True
        if root[0] in _SIMPLE_NAMES:
            return self._self_is_mock(root, scope)
        return self._name_is_mock(root[0], scope, depth)

    def _self_is_mock(self, root: Root, scope: Scope) -> bool:
        owner = scope.enclosing_class
        if owner is None or len(root) < 2:
            return False
        values = self.module.values(owner.node)
        return any(self.module.makes_mock(v, scope) for v in values.get(root[:2], ()))

    def _name_is_mock(self, name: str, scope: Scope, depth: int) -> bool:
        owner = scope.owner(name)
        if owner is None:
            return False
        if any(b.how is Bound.PARAMETER for b in owner.bindings[name]):
            return self._parameter_is_mock(name, owner)
        for value in self.module.values(owner.node).get((name,), ()):
            if self.module.makes_mock(value, scope) or _patches(value):
                return True
            inner = value.value if isinstance(value, ast.Await) else value
            if dotted_root(_without_calls(inner)) not in (None, (name,)):
                callee = _without_calls(inner)
                if not isinstance(callee, ast.Name) and self._is_mock(inner, scope, depth + 1):
                    return True
        return False

    def _parameter_is_mock(self, name: str, owner: Scope) -> bool:
        """Say whether a parameter is given a mock: by ``@patch``, or by a fixture of the module."""
        if not isinstance(owner.node, FunctionNode):
            return False
        if decorated(owner.node, "patch", "object") and name not in _SIMPLE_NAMES:
            return True
        for binding in owner.module.bindings.get(name, ()):
            node = binding.node
            if isinstance(node, FunctionNode) and fixture_name(node) and self.module.hit(node):
                return self._returns_mock(node, owner.module)
        return False

    def _returns_mock(self, function: FunctionNode, top: Scope) -> bool:
        scope = self.module.scope(function, top)
        values = self.module.values(function)
        for result in returned(function):
            root = dotted_root(result)
            given = values.get(root, []) if root else [result]
            if any(self.module.makes_mock(value, scope) for value in given):
                return True
        return False

    def _products(self, node: ast.AST, scope: Scope) -> None:
        for inner in walk(node):
            if isinstance(inner, ast.Call):
                self._product(inner, scope)

    def _product(self, call: ast.Call, scope: Scope) -> bool:
        method = self.module.factory_method(call, scope)
        if method:
            self.found.products.append(Product(method, call, scope))
        return method is not None

    def _expression(self, statement: ast.stmt, node: ast.AST, scope: Scope) -> None:
        """Find the creations in an expression; what a creation's arguments create belongs to it."""
        pending: list[tuple[ast.AST, ast.AST]] = [(node, statement)]
        while pending:
            inner, parent = pending.pop()
            if isinstance(inner, ast.Call):
                kind = creation_kind(inner, scope)
                if kind:
                    self._other(inner, kind, parent, scope)
                if kind or self._product(inner, scope):
                    continue
            pending += [(below, inner) for below in children(inner)]

    def _other(self, call: ast.Call, kind: Kind, parent: ast.AST, scope: Scope) -> None:
        form, name, keyword = Form.OTHER, None, None
        match parent:
            case ast.Assign(targets=targets):
                roots = [dotted_root(target) for target in targets]
                name = ".".join(roots[0]) if roots[0] else None
                form = Form.CHAINED if len(targets) > 1 else Form.ATTRIBUTE
            case ast.AnnAssign(target=target):
                root = dotted_root(target)
                form, name = Form.ATTRIBUTE, ".".join(root) if root else None
            case ast.keyword() | ast.Call():
                form, keyword = Form.ARGUMENT, getattr(parent, "arg", None)
            case ast.Dict(keys=keys, values=values):
                form = Form.ITEM
                key = keys[values.index(call)] if call in values else None
                keyword = str(key.value) if isinstance(key, ast.Constant) else None
            case ast.List() | ast.Tuple() | ast.Set():
                form = Form.ITEM
            case ast.Return() | ast.Yield():
                form, name = Form.RETURNED, getattr(scope.node, "name", None)
        self.found.findings.append(Finding(call, kind, scope, form, name, keyword))


def returned(function: FunctionNode) -> Iterator[ast.expr]:
    """Yield what a function returns or yields."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
            yield node.value
        if not isinstance(node, (*_DEFINITIONS, ast.Lambda)):
            pending += children(node)


def _binding(statement: ast.stmt) -> tuple[ast.expr | None, ast.expr | None]:
    match statement:
        case ast.Assign(targets=[target], value=value):
            return target, value
        case ast.AnnAssign(target=target, value=value):
            return target, value
    return None, None


def _headers(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield what a compound statement evaluates itself, without its suites."""
    for node in children(statement):
        if not isinstance(node, ast.stmt | ast.excepthandler | ast.match_case):
            yield node


def _is_loop(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.For | ast.AsyncFor | ast.While)


def _configured(statement: ast.stmt) -> ast.expr | None:
    """Give the object that a statement sets something on."""
    match statement:
        case ast.Assign(targets=[ast.Attribute(value=owner), *_]):
            return _of_type(owner)
        case ast.Assign(targets=[ast.Subscript(value=ast.Attribute(value=owner)), *_]):
            return _of_type(owner)
        case ast.AnnAssign(target=ast.Attribute(value=owner)):
            return _of_type(owner)
        case ast.Expr(value=ast.Call(func=ast.Name(id="setattr"), args=[owner, *_])):
            return owner
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=owner, attr="configure_mock" | "attach_mock"))
        ):
            return owner
    return None


def _of_type(owner: ast.expr) -> ast.expr:
    match owner:
        case ast.Call(func=ast.Name(id="type"), args=[inner]):
            return inner
    return owner


def _without_calls(expression: ast.expr) -> ast.expr:
    """Drop calls and subscripts from a chain: ``m.a().b[0].c`` is rooted at ``m``."""
    match expression:
        case ast.Attribute(value=value, attr=attribute):
            return ast.Attribute(_without_calls(value), attribute, ast.Load())
        case ast.Call(func=inner) | ast.Subscript(value=inner):
            return _without_calls(inner)
    return expression


def _patches(value: ast.expr) -> bool:
    """Say whether a value is what ``patch`` gives."""
    if not isinstance(value, ast.Call):
        return False
    root = dotted_root(_without_calls(value.func)) or ("",)
    return "patch" in root or root[-1] in {"start", "enter_context"}


def _read_block(block: Block, body: list[ast.stmt], scope: Scope, source: Source) -> None:
    """Collect the settings up to the first statement in which something else sees the mock."""
    between: list[ast.stmt] = []
    shared = isinstance(scope.node, ast.Module) or block.root[0] in scope.foreign
    for statement in body:
        if not shared and not source.holds(statement, block.root[0]):
            between.append(statement)
            continue
        settings = read_settings(statement, block.root)
        between.append(statement)
        if settings and not _sees(block.root, [s.value for s in settings]):
            block.settings.append((statement, settings))
            block.between = list(between)
        elif _ends(statement, block.root, scope, shared=shared):
            return


def _sees(root: Root, values: list[ast.expr | None]) -> bool:
    return any(mentions(value, root) for value in values if value is not None)


def _ends(statement: ast.stmt, root: Root, scope: Scope, *, shared: bool) -> bool:
    """Say whether a statement could use the mock, or run code that could."""
    if mentions(statement, root):
        return True
    if not shared or isinstance(statement, FunctionNode):
        return False
    return any(
        isinstance(node, ast.Call | ast.Await) and not creation_kind_of(node, scope)
        for node in walk(statement)
    )


def mentions(node: ast.AST, root: Root) -> bool:
    """Say whether a node refers to a name or dotted name, or to what it is an attribute of."""
    parents: dict[ast.AST, ast.AST] = {}
    for outer in walk(node):
        for inner in children(outer):
            parents[inner] = outer
        if isinstance(outer, ast.Name) and outer.id == root[0] and _reaches(outer, root, parents):
            return True
        if isinstance(outer, ast.Global | ast.Nonlocal) and root[0] in outer.names:
            return True
    return False


def _reaches(name: ast.Name, root: Root, parents: dict[ast.AST, ast.AST]) -> bool:
    """Say whether the chain that starts at a name can lead to the root: not to a sibling."""
    node: ast.AST = name
    for attribute in root[1:]:
        parent = parents.get(node)
        if not isinstance(parent, ast.Attribute):
            return True
        if parent.attr != attribute:
            return isinstance(parents.get(parent), ast.Call)
        node = parent
    return True
