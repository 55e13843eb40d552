"""Find every place that creates a mock, and the statements that configure it."""

import ast
from collections.abc import Iterator

from ssot_migrate.code.module import Module, decorated, fixture_name, suites
from ssot_migrate.code.names import Bound, FunctionNode, Kind, Scope, children, creation_kind, walk
from ssot_migrate.code.uses import Root, dotted_root, passed_directly
from ssot_migrate.shapes.block import Block, Finding, Form, Found, Product, read_block

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SIMPLE_NAMES = ("self", "cls")
#: What may evaluate an expression several times.
_REPEATS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)


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
        targets, value = _binding(statement)
        kind = creation_kind(value, scope) if isinstance(value, ast.Call) else None
        roots = self._roots(targets, scope) if kind else ()
        held = bool(roots) and len(roots[0]) > 1 and not self._is_own(roots[0], scope)
        if roots and not (held and self._configures(statement, scope)):
            self._block(statement, roots, body[index + 1 :], scope)
        elif self._configures(statement, scope):
            self._products(statement, scope)
        else:
            self._expression(statement, statement, scope)

    def _block(
        self, statement: ast.stmt, roots: tuple[Root, ...], rest: list[ast.stmt], scope: Scope
    ) -> None:
        call = getattr(statement, "value", None)
        kind = creation_kind(call, scope) if isinstance(call, ast.Call) else None
        if not (isinstance(call, ast.Call) and kind):
            return
        if not isinstance(scope.node, FunctionNode):
            for root in roots:
                self.module.units.holding(root[0])
        block = Block(statement, roots, repeats=self.in_loop)
        read_block(block, rest, scope, self.module.source)
        passed = passed_directly(call, (statement,))
        name = ".".join(roots[0])
        self.found.findings.append(Finding(call, kind, scope, Form.BLOCK, name, block, passed))

    def _roots(self, targets: list[ast.expr], scope: Scope) -> tuple[Root, ...]:
        """Give what a creation is bound to, plain names first; nothing where one is out of hand."""
        roots = [root for target in targets if (root := dotted_root(target))]
        roots.sort(key=lambda root: not (len(root) == 1 or self._is_own(root, scope)))
        if len(roots) < len(targets) or not roots:
            return ()
        first = roots[0]
        if len(first) == 1 or self._is_own(first, scope) or _is_local(first, scope):
            return tuple(roots)
        return ()

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
        return self._holds_mock(root, scope) or self._name_is_mock(root[0], scope, depth)

    def _holds_mock(self, root: Root, scope: Scope) -> bool:
        """Say whether the attribute of a name was set to a mock: ``service.ws``."""
        owner = scope.owner(root[0]) if len(root) > 1 else None
        values = self.module.assigned(owner.node, root[:2]) if owner else ()
        return any(self.module.makes_mock(value, scope) for value in values)

    def _self_is_mock(self, root: Root, scope: Scope) -> bool:
        owner = scope.enclosing_class
        if owner is None or len(root) < 2:
            return False
        values = self.module.assigned(owner.node, root[:2])
        return any(self.module.makes_mock(value, scope) for value in values)

    def _name_is_mock(self, name: str, scope: Scope, depth: int) -> bool:
        owner = scope.owner(name)
        if owner is None:
            return False
        if any(b.how is Bound.PARAMETER for b in owner.bindings[name]):
            return self._parameter_is_mock(name, owner)
        for value in self.module.assigned(owner.node, (name,)):
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
        for result in returned(function):
            root = dotted_root(result)
            given = self.module.assigned(function, root) if root else [result]
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
        start = () if node is statement else (statement,)
        pending: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(node, start)]
        while pending:
            inner, above = pending.pop()
            if isinstance(inner, ast.Call):
                kind = creation_kind(inner, scope)
                if kind:
                    self._other(inner, kind, statement, (*above, statement), scope)
                if kind or self._product(inner, scope):
                    continue
            around = (inner, *above)
            pending += [(below, around) for below in children(inner)]

    def _other(
        self,
        call: ast.Call,
        kind: Kind,
        statement: ast.stmt,
        above: tuple[ast.AST, ...],
        scope: Scope,
    ) -> None:
        value, outer = _choice(call, above)
        finding = Finding(call, kind, scope, Form.EXPRESSION, None)
        finding.passed = passed_directly(value, outer)
        match outer[0]:
            case ast.Assign(targets=[target, *more]):
                root = dotted_root(target)
                finding.name = ".".join(root) if root else None
                finding.form = _assigned_form(target, more, conditional=value is not call)
            case ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
                root = dotted_root(target)
                finding.name = ".".join(root) if root else None
                finding.form = _assigned_form(target, [], conditional=value is not call)
            case ast.keyword() | ast.Call() | ast.Dict() | ast.List() | ast.Tuple() | ast.Set():
                pass
            case ast.Return() | ast.Yield():
                finding.returned = True
                finding.name = getattr(scope.node, "name", None)
            case _:
                finding.form = Form.OTHER
        if finding.form is Form.EXPRESSION:
            repeats = self.in_loop or any(isinstance(node, _REPEATS) for node in above)
            finding.block = Block(statement, repeats=repeats)
        self.found.findings.append(finding)


def _choice(call: ast.expr, above: tuple[ast.AST, ...]) -> tuple[ast.expr, tuple[ast.AST, ...]]:
    """Step out of the conditional expressions of which a creation is one arm."""
    while isinstance(above[0], ast.IfExp) and above[0].test is not call:
        call, above = above[0], above[1:]
    return call, above


def _assigned_form(target: ast.expr, more: list[ast.expr], *, conditional: bool) -> Form:
    """Say whether what an assignment binds can be followed from the expression alone."""
    if more:
        return Form.CHAINED
    if isinstance(target, ast.Name) or (conditional and dotted_root(target)):
        return Form.EXPRESSION
    keyed = isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant)
    return Form.EXPRESSION if keyed else Form.ATTRIBUTE


def _is_local(root: Root, scope: Scope) -> bool:
    """Say whether a name belongs to the function: a variable of its own, or a parameter."""
    bound = scope.bindings.get(root[0], ())
    own = isinstance(scope.node, FunctionNode) and root[0] not in {*_SIMPLE_NAMES, *scope.foreign}
    return len(root) == 2 and own and bool(bound) and all(b.how is not Bound.IMPORT for b in bound)


def returned(function: FunctionNode) -> Iterator[ast.expr]:
    """Yield what a function returns or yields."""
    pending: list[ast.AST] = list(function.body)
    while pending:
        node = pending.pop(0)
        if isinstance(node, ast.Return | ast.Yield) and node.value is not None:
            yield node.value
        if not isinstance(node, (*_DEFINITIONS, ast.Lambda)):
            pending += children(node)


def _binding(statement: ast.stmt) -> tuple[list[ast.expr], ast.expr | None]:
    match statement:
        case ast.Assign(targets=targets, value=value):
            return targets, value
        case ast.AnnAssign(target=target, value=value):
            return [target], value
    return [], None


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
