"""Run a factory's functions on shapes instead of objects."""

import ast
import builtins
from collections.abc import Sequence

from ssot_migrate.code.names import (
    FunctionNode,
    creation_kind,
    open_scope,
    parameters,
    resolve,
)
from ssot_migrate.contracts.lineage import FactorySource, deciding, implicit, own
from ssot_migrate.explanation import Note
from ssot_migrate.shapes.reader import Context, by_depth, evaluate, path_of
from ssot_migrate.shapes.shape import (
    DELETED,
    NONE,
    Items,
    Mock,
    Node,
    Opaque,
    assign,
    enter,
    replace,
    step_of,
)
from ssot_migrate.shapes.values import (
    MUTATORS,
    boolean,
    compare,
    either,
    get,
    join,
    mapping_of,
    named_pairs,
    noun,
    pairs_of,
    parts_of,
    text_of,
    truth_of,
)

_BUILTINS = frozenset(dir(builtins))
#: Methods calling methods: deeper than this is opaque.
_DEPTH = 12
_REQUIRED = Opaque("a parameter without a default")
_IMPLICIT = frozenset({"cls", "self"})
_READABLE = (ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.UnaryOp)


class Interpreter:
    """Runs a factory's function on shapes instead of objects."""

    def __init__(self, factory: FactorySource, depth: int) -> None:
        self.factory = factory
        self.depth = depth
        self.names: dict[str, Node] = {}
        self.function: FunctionNode | None = None
        self.otherwise: list[Note] = []
        self.context = Context(factory.scope, f"{factory.module}:", self._known)

    def call(self, function: FunctionNode, arguments: dict[str, Node]) -> Node:
        """Give what the function returns."""
        if self.depth > _DEPTH or isinstance(function, ast.AsyncFunctionDef):
            return Opaque("a call that is not followed")
        self.function = function
        self._bind(function, arguments)
        scope = open_scope(function, self.factory.scope)
        self.context = Context(scope, self.context.origin, self._known)
        result = self._run(function.body)
        if isinstance(result, Mock):
            result.otherwise = (*result.otherwise, *self.otherwise)
        if result is None:
            reasons = [note.text for note in self.otherwise]
            return Opaque((*reasons, "returns nothing that can be read")[0])
        return result

    def evaluate(self, expression: ast.expr) -> Node:
        """Read an expression with the names bound so far."""
        return evaluate(expression, self.context)

    def _bind(self, function: FunctionNode, arguments: dict[str, Node]) -> None:
        outside = Interpreter(self.factory, self.depth)
        spec = function.args
        positional = spec.posonlyargs + spec.args
        for argument, default in zip(reversed(positional), reversed(spec.defaults), strict=False):
            self.names[argument.arg] = outside.evaluate(default)
        for argument, keyword_default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
            if keyword_default:
                self.names[argument.arg] = outside.evaluate(keyword_default)
        known = {argument.arg for argument in parameters(function)}
        if spec.vararg:
            self.names[spec.vararg.arg] = Items(())
        self.names |= {name: node for name, node in arguments.items() if name in known}
        for name in known - self.names.keys():
            self.names[name] = _REQUIRED if name not in _IMPLICIT else Opaque("the class itself")
        if spec.kwarg:
            rest = [(n, v) for n, v in arguments.items() if n not in known]
            self.names[spec.kwarg.arg] = mapping_of(rest)

    def _run(self, body: list[ast.stmt]) -> Node | None:
        for statement in body:
            result = self._statement(statement)
            if result is not None:
                return result
        return None

    def _statement(self, statement: ast.stmt) -> Node | None:
        match statement:
            case ast.Return(value=value):
                return self.evaluate(value) if value else NONE
            case ast.Assign(targets=targets, value=value):
                node = self.evaluate(value)
                for target in targets:
                    self._store(target, node)
            case ast.AnnAssign(target=target, value=value):
                if value:
                    self._store(target, self.evaluate(value))
            case ast.Delete(targets=targets):
                for target in targets:
                    self._store(target, DELETED)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                self.names[name] = Opaque("a function of the factory")
            case ast.If():
                return self._if(statement)
            case ast.For():
                return self._for(statement)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    if item.optional_vars:
                        self._store(item.optional_vars, Opaque("a context manager's"))
                return self._run(body)
            case ast.Raise():
                return Opaque("an error is raised")
            case ast.Pass() | ast.Import() | ast.ImportFrom() | ast.Assert():
                return None
            case ast.Expr(value=ast.Call() as call):
                self._call_statement(call)
            case _:
                return self._give_up(statement, "set in a way that is not understood")
        return None

    def _if(self, statement: ast.If) -> Node | None:
        truth = truth_of(self.evaluate(statement.test))
        if truth is None:
            return self._give_up(statement, "depends on a condition")
        return self._run(statement.body if truth else statement.orelse)

    def _for(self, loop: ast.For) -> Node | None:
        rounds = self._rounds(loop.iter)
        if rounds is None or any(isinstance(n, ast.Break | ast.Continue) for n in own(loop.body)):
            return self._give_up(loop, "set in a loop")
        for item in rounds:
            self._store(loop.target, item)
            result = self._run(loop.body)
            if result is not None:
                return result
        return self._run(loop.orelse)

    def _rounds(self, iterated: ast.expr) -> Sequence[Node] | None:
        """Say what a loop's target is in each round, where the loop is over known items."""
        match iterated:
            case ast.Call(func=ast.Attribute(value=mapping, attr="items"), args=[], keywords=[]):
                pairs = self._pairs(mapping)
                return None if pairs is None else [Items(pair) for pair in pairs]
        return parts_of(self.evaluate(iterated))

    def _store(self, target: ast.expr, node: Node) -> None:
        """Put a node where an assignment puts it."""
        match target:
            case ast.Name(id=name):
                self.names[name] = node
            case ast.Attribute(value=ast.Call(func=ast.Name(id="type"), args=[owner]), attr=name):
                self._set(self.evaluate(owner), name, node)
            case ast.Attribute(value=owner, attr=name):
                self._set(self.evaluate(owner), name, node)
            case ast.Subscript(value=owner):
                self._spoil(self.evaluate(owner), "whose items are set one by one")
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                parts = parts_of(node)
                if parts is None or len(parts) != len(targets):
                    parts = [Opaque("unpacked")] * len(targets)
                for inner, part in zip(targets, parts, strict=True):
                    self._store(inner, part)
            case ast.Starred(value=inner):  # pragma: no branch - there is no other target
                self._store(inner, Opaque("unpacked"))

    def _set(self, owner: Node, attribute: str, node: Node) -> None:
        if isinstance(owner, Mock):
            assign(owner, (step_of(attribute),), node)

    def _spoil(self, node: Node, reason: str) -> None:
        """Make a value opaque wherever it stands; what happens to a mock as a whole is its own."""
        if not isinstance(node, Mock):
            reason = f"{noun(node)} {reason}"
            holder = Items(tuple(self.names.values()))
            for name, other in self.names.items():
                self.names[name] = Opaque(reason) if other is node else other
            replace(holder, node, Opaque(reason))

    def _call_statement(self, call: ast.Call) -> None:
        match call:
            case ast.Call(func=ast.Name(id="setattr"), args=[owner, name, value]):
                self._setattr(self.evaluate(owner), self.evaluate(name), self.evaluate(value))
            case ast.Call(func=ast.Name(id="delattr"), args=[owner, name]):
                self._setattr(self.evaluate(owner), self.evaluate(name), DELETED)
            case ast.Call(func=ast.Attribute(value=owner, attr="configure_mock"), keywords=given):
                self._configure_mock(self.evaluate(owner), given)
            case ast.Call(func=ast.Attribute(value=owner, attr="attach_mock"), args=[value, name]):
                self._setattr(self.evaluate(owner), self.evaluate(name), self.evaluate(value))
            case ast.Call(func=function) if self._callee(function):
                self.evaluate(call)
            case _:
                self._hand_over(call)

    def _hand_over(self, call: ast.Call) -> None:
        """Give what a call that is not followed may have changed: its arguments, its owner."""
        match call.func:
            case ast.Name(id=name) if name in _BUILTINS:
                return
            case ast.Attribute(value=owner, attr=name) if name in MUTATORS:
                self._spoil(self.evaluate(owner), "that a method changes")
            case ast.Name() | ast.Attribute(value=ast.Name(id="cls" | "self" | "super")):
                self._obscure_arguments(call)
            case function if resolve(function, self.context.scope):
                self._obscure_arguments(call)

    def _obscure_arguments(self, call: ast.Call) -> None:
        for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
            self._setattr(self.evaluate(argument), Opaque("any"), Opaque("any"))

    def _setattr(self, owner: Node, name: Node, value: Node) -> None:
        attribute = text_of(name)
        if attribute:
            self._set(owner, attribute, value)
        elif isinstance(owner, Mock):
            owner.rest = Opaque("set under a name that cannot be read")

    def _configure_mock(self, owner: Node, given: list[ast.keyword]) -> None:
        if not isinstance(owner, Mock):
            return
        found: list[tuple[str, Node]] = []
        for keyword in given:
            pairs = self._keywords(keyword)
            if pairs is None:
                owner.rest = Opaque("set under a name that cannot be read")
            found += pairs or []
        for name, node in by_depth(found):
            assign(owner, path_of(name), node)

    def _keywords(self, keyword: ast.keyword) -> list[tuple[str, Node]] | None:
        """List what a keyword gives, or the keywords behind a ``**`` where they can be read."""
        if keyword.arg:
            return [(keyword.arg, self.evaluate(keyword.value))]
        return named_pairs(self._pairs(keyword.value))

    def _pairs(self, mapping: ast.expr) -> list[tuple[Node, Node]] | None:
        match mapping:
            case ast.Dict(keys=keys, values=values) if all(keys):
                pairs = zip((k for k in keys if k), values, strict=True)
                return [(self.evaluate(name), self.evaluate(value)) for name, value in pairs]
        return pairs_of(self.evaluate(mapping))

    def _give_up(self, statement: ast.stmt, reason: str) -> Node | None:
        """Make opaque whatever a statement sets; where it may return, note it.

        Gives the result where an argument, which is not known, decides what is returned.
        """
        unknown = Opaque(reason)
        for node in own([statement]):
            match node:
                case ast.Return():
                    for name in deciding(statement):
                        if self.names.get(name) is _REQUIRED:
                            return Opaque(f"what is returned depends on {name}")
                    text = f"another object may be returned: {reason}"
                    self.otherwise.append(Note(node.lineno, text))
                case ast.Raise():
                    self.otherwise.append(Note(node.lineno, f"an error may be raised: {reason}"))
                case (
                    ast.Name(ctx=ast.Store() | ast.Del())
                    | ast.Attribute(ctx=ast.Store() | ast.Del())
                ):
                    self._store(node, unknown)
                case ast.Subscript(ctx=ast.Store() | ast.Del()):
                    self._store(node, unknown)
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    self.names[name] = unknown
                case ast.Call():
                    self._call_given_up(node, unknown)
        return None

    def _call_given_up(self, call: ast.Call, unknown: Opaque) -> None:
        match call:
            case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[owner, name, *_]):
                self._setattr(self.evaluate(owner), self.evaluate(name), unknown)
            case ast.Call(func=ast.Attribute(value=owner, attr="configure_mock")):
                self._setattr(self.evaluate(owner), unknown, unknown)
            case _ if not creation_kind(call, self.context.scope):
                self._hand_over(call)

    def _known(self, expression: ast.expr) -> Node | None:
        match expression:
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.Name():
                return self._module_constant(expression)
            case ast.Attribute() | ast.Subscript():
                return self._part(expression)
            case ast.Call():
                return self._called(expression)
            case ast.BoolOp(op=ast.Or(), values=values):
                return either(values, self.evaluate, stop=True)
            case ast.BoolOp(op=ast.And(), values=values):
                return either(values, self.evaluate, stop=False)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                truth = truth_of(self.evaluate(test))
                if truth is None:
                    return Opaque("depends on a condition")
                return self.evaluate(body if truth else orelse)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                truth = truth_of(self.evaluate(operand))
                return Opaque("a condition") if truth is None else boolean(not truth)
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return compare(self.evaluate(left), operator, self.evaluate(right))
            case ast.JoinedStr(values=parts):
                return join(parts, self.evaluate)
        return None if isinstance(expression, _READABLE) else Opaque("an expression")

    def _module_constant(self, name: ast.Name) -> Node | None:
        """Read a constant of the module that is bound once; leave imports to the reader."""
        owner = self.context.scope.owner(name.id)
        bindings = owner.bindings[name.id] if owner else []
        if any(binding.qualified for binding in bindings):
            return None
        for statement in self.factory.tree.body if owner is self.factory.scope else ():
            match statement:
                case ast.Assign(targets=[ast.Name(id=name.id)], value=value) if len(bindings) == 1:
                    node = evaluate(value, Context(self.factory.scope, self.context.origin))
                    immutable = isinstance(value, ast.Constant | ast.Tuple)
                    return node if immutable else Opaque("shared by the factory's products")
        return Opaque("a name of the factory's module")

    def _part(self, expression: ast.Attribute | ast.Subscript) -> Node | None:
        """Follow a chain from a local name or a call; leave imported names to the reader."""
        match expression:
            case ast.Attribute(value=owner, attr=attribute):
                step = step_of(attribute)
            case ast.Subscript(value=owner, slice=ast.Constant(value=index)):
                step = f"[{index!r}]"
            case _:
                return Opaque("an expression")
        base = self.evaluate(owner) if isinstance(owner, ast.Call) else self._known(owner)
        return None if base is None else enter(base, step)

    def _called(self, call: ast.Call) -> Node | None:
        match call:
            case ast.Call(func=ast.Name(id="getattr"), args=[owner, name]):
                attribute = text_of(self.evaluate(name))
                base = self.evaluate(owner)
                return enter(base, step_of(attribute)) if attribute else Opaque("an expression")
            case ast.Call(func=ast.Attribute(value=owner, attr="get"), args=[name, default]):
                found = get(self._pairs(owner), self.evaluate(name), self.evaluate(default))
                if found:
                    return found
        if creation_kind(call, self.context.scope):
            return None
        function = self._callee(call.func)
        if function is None or any(isinstance(a, ast.Starred) for a in call.args):
            self._hand_over(call)
            return Opaque("built by a call")
        given = self._positional(function, [self.evaluate(a) for a in call.args])
        for keyword in call.keywords:
            pairs = self._keywords(keyword)
            if pairs is None:
                return Opaque("built by a call")
            given |= dict(pairs)
        return type(self)(self.factory, self.depth + 1).call(function, given)

    def _positional(self, function: FunctionNode, nodes: list[Node]) -> dict[str, Node]:
        names = [argument.arg for argument in function.args.posonlyargs + function.args.args]
        names = names[implicit(function) :]
        given = dict(zip(names, nodes, strict=False))
        if function.args.vararg:
            given[function.args.vararg.arg] = Items(tuple(nodes[len(names) :]))
        return given

    def _callee(self, function: ast.expr) -> FunctionNode | None:
        match function:
            case ast.Name(id=name) if name not in self.names:
                return self.factory.functions.get(name)
            case ast.Attribute(value=ast.Name(id="cls" | "self"), attr=name):
                return self.factory.methods.get(name)
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=name):
                return self.factory.methods_of(self.factory.class_name, self.function).get(name)
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                return self.factory.methods_of(owner).get(name)
        return None
