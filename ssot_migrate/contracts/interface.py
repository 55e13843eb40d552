"""What a factory class has, and how its methods can be called: as far as that is certain."""

import ast
from collections.abc import Collection, Iterator, Sequence
from enum import Enum

from msgspec import Struct, field

from ssot_migrate.code.names import FunctionNode, children, open_scope, resolve, walk
from ssot_migrate.contracts.lineage import FactorySource, own
from ssot_migrate.contracts.signature import Signature, signature_of
from ssot_migrate.frozen import Frozen


class Binds(Enum):
    """What a method is given before its arguments."""

    NOTHING = "static"
    CLASS = "class"
    INSTANCE = "instance"


class Result(Enum):
    """What a call of a method gives, whatever its body returns."""

    VALUE = "what it returns"
    COROUTINE = "a coroutine"
    GENERATOR = "a generator"
    ASYNC_GENERATOR = "an async generator"
    CONTEXT = "a context manager"
    ASYNC_CONTEXT = "an async context manager"
    UNKNOWN = "something unknown"


_TYPING = ("typing", "typing_extensions")
_OVERLOADS = frozenset(f"{module}.overload" for module in _TYPING)
#: Decorators that change neither the arguments that a method takes nor what comes of a call.
_TRANSPARENT = frozenset(
    {"abc.abstractmethod", "warnings.deprecated"}
    | {f"{m}.{n}" for m in _TYPING for n in ("final", "override", "no_type_check", "deprecated")}
)
_BINDING = {"staticmethod": Binds.NOTHING, "classmethod": Binds.CLASS}
_CONTEXTS = {
    "contextlib.contextmanager": (ast.FunctionDef, Result.CONTEXT),
    "contextlib.asynccontextmanager": (ast.AsyncFunctionDef, Result.ASYNC_CONTEXT),
}
_CACHES = frozenset({"functools.cache", "functools.lru_cache"})
#: Decorators of a class that leave its methods as they are.
_SAME_CLASS = _TRANSPARENT | {"dataclasses.dataclass"}
#: Bases that bring no public name of their own but those of every class.
_PLAIN_BASES = frozenset(
    {"object", "abc.ABC"} | {f"{m}.{n}" for m in _TYPING for n in ("Generic", "Protocol")}
)
#: What a class may have from ``type`` or ``ABCMeta``.
_OF_TYPE = frozenset({"mro", "register"})
#: With one of these a class may have become anything.
_REMAKING = frozenset({"__getattribute__", "__init_subclass__"})
#: In the body of a class these can bind any name.
_TRICKS = frozenset({"locals", "vars", "exec", "eval", "globals"})
_IMPLICIT = frozenset({"cls", "self"})


class Method(Frozen):
    """A method that is what its source says."""

    name: str
    binds: Binds
    result: Result
    signature: Signature

    def filled(self, *, on_instance: bool) -> int:
        """Count the arguments that Python gives it, called on the class or on an instance."""
        return int(self.binds is Binds.CLASS or (on_instance and self.binds is Binds.INSTANCE))


class Interface(Struct):
    """The names of a factory class, and its methods."""

    #: The names that it has, or may have.
    names: set[str] = field(default_factory=lambda: set(_OF_TYPE))
    #: The methods of which all is known.
    methods: dict[str, Method] = field(default_factory=dict)
    #: There are no names but these.
    is_complete: bool = True
    #: Calling the class gives an instance of it.
    makes_instances: bool = True

    def lacks(self, name: str) -> bool:
        """Say whether it surely has nothing of a name; private names are its own business."""
        return self.is_complete and not name.startswith("_") and name not in self.names


def read_interface(factory: FactorySource) -> Interface:
    """Read from its source what a factory class has."""
    return _Reader(factory).read()


class _Reader:
    def __init__(self, factory: FactorySource) -> None:
        self.factory = factory
        self.found = Interface()
        #: The classes that the factory is made of, each before its bases.
        self.lineage: list[ast.ClassDef] = []
        #: A class has several bases: which of them a name comes from is not asked.
        self.forks = False
        #: Nothing is certain.
        self.lost = False

    def read(self) -> Interface:
        self._climb(self.factory.class_name)
        nearer: set[str] = set()
        for node in self.lineage:
            nearer |= self._take(node, nearer)
        self._watch()
        return Interface(is_complete=False, makes_instances=False) if self.lost else self.found

    def _climb(self, name: str) -> None:
        """Collect a class and its bases, the nearest first."""
        node = self.factory.classes.get(name)
        bindings = self.factory.scope.bindings.get(name, [])
        if node is None or len(bindings) > 1:
            self.lost = self.lost or not self.lineage
            self.found.is_complete = self.found.makes_instances = False
        elif node in self.lineage:
            self.forks = True
        else:
            self.lineage.append(node)
            decorators = {self._named(decorator) for decorator in node.decorator_list}
            metaclasses = {self._named(keyword.value) for keyword in node.keywords}
            same = decorators <= _SAME_CLASS and metaclasses <= {"abc.ABCMeta"}
            self.lost = self.lost or not same
            bases = [base for base in node.bases if self._named(base) not in _PLAIN_BASES]
            self.forks = self.forks or len(bases) > 1
            for base in bases:
                self._climb(base.id if isinstance(base, ast.Name) else "")

    def _named(self, expression: ast.expr) -> str:
        """Give the dotted name of a decorator or base, called or subscripted or not."""
        match expression:
            case ast.Call(func=bare) | ast.Subscript(value=bare):
                expression = bare
        if isinstance(expression, ast.Name) and not self.factory.scope.owner(expression.id):
            return expression.id
        return resolve(expression, self.factory.scope) or ""

    def _take(self, node: ast.ClassDef, nearer: Collection[str]) -> set[str]:
        """Take a class's names; what stands ``nearer`` under a name is what the factory has."""
        body = open_scope(node, self.factory.scope)
        # Behind an unreadable base, or among several, another class may come first.
        first = not self.forks or node is self.lineage[0]
        for name, bindings in body.bindings.items():
            sure = first and name not in nearer and not any(b.guarded for b in bindings)
            method = self._method(name, [b.node for b in bindings]) if sure else None
            if method:
                self.found.methods[name] = method
        self.found.names |= body.bindings.keys()
        self.found.is_complete &= "__getattr__" not in body.bindings
        self.found.makes_instances &= "__new__" not in body.bindings
        plain = [s for s in node.body if not isinstance(s, FunctionNode | ast.ClassDef)]
        used = {n.id for s in plain for n in walk(s) if isinstance(n, ast.Name)}
        self.lost = self.lost or bool(used & _TRICKS or _REMAKING & body.bindings.keys())
        return set(body.bindings)

    def _method(self, name: str, nodes: Sequence[ast.AST]) -> Method | None:
        """Read a method, ``None`` where something else stands there or a decorator is unknown."""
        *before, last = nodes
        if not isinstance(last, FunctionNode) or not all(map(self._is_overload, before)):
            return None
        decorators = [self._named(decorator) for decorator in last.decorator_list]
        decorators = [decorator for decorator in decorators if decorator not in _TRANSPARENT]
        binds = _BINDING.get(decorators[0]) if decorators else None
        result = _result(last, decorators[1:] if binds else decorators)
        binds = binds or Binds.INSTANCE
        return Method(name, binds, result, signature_of(last)) if result else None

    def _is_overload(self, node: ast.AST) -> bool:
        decorators = getattr(node, "decorator_list", ())
        return any(self._named(decorator) in _OVERLOADS for decorator in decorators)

    def _watch(self) -> None:
        """Look for what may change the class after it was made."""
        names = {node.name for node in self.lineage}
        for statement in self.factory.tree.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=alias)], value=ast.Name(id=one)) if (
                    one in names
                ):
                    names.add(alias)
                case ast.ClassDef() if statement in self.lineage:
                    self._changes(_without_classes(statement), names | _IMPLICIT)
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    self._changes(walk(statement), names)
                case _:
                    self.lost = self.lost or _hands_over(statement, names)
                    self._changes(walk(statement), names)

    def _changes(self, nodes: Iterator[ast.AST], names: Collection[str]) -> None:
        for node in nodes:
            match node:
                case ast.Attribute(
                    value=ast.Name(id=owner), attr=name, ctx=ast.Store() | ast.Del()
                ):
                    changed = name if owner in names else None
                case ast.Call(
                    func=ast.Name(id="setattr" | "delattr"), args=[ast.Name(id=owner), given, *_]
                ) if owner in names:
                    changed = str(given.value) if isinstance(given, ast.Constant) else None
                    self.lost = self.lost or not changed
                case _:
                    continue
            if changed:
                self.found.names.add(changed)
                self.found.methods.pop(changed, None)


def _result(function: FunctionNode, decorators: Sequence[str]) -> Result | None:
    """Say what a call gives, ``None`` where a decorator is unknown."""
    if any(d not in _CACHES and d not in _CONTEXTS for d in decorators):
        return None
    is_async = isinstance(function, ast.AsyncFunctionDef)
    if decorators:
        kind, result = _CONTEXTS.get(decorators[0], (ast.FunctionDef, Result.VALUE))
        plain = len(decorators) == 1 and isinstance(function, kind)
        return result if plain else Result.UNKNOWN
    yields = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own(function.body))
    if is_async:
        return Result.ASYNC_GENERATOR if yields else Result.COROUTINE
    return Result.GENERATOR if yields else Result.VALUE


def _without_classes(outer: ast.ClassDef) -> Iterator[ast.AST]:
    """Yield what stands in a class, without the classes in it: their ``self`` is another."""
    pending: list[ast.AST] = [*outer.body]
    while pending:
        node = pending.pop()
        if not isinstance(node, ast.ClassDef):
            yield node
            pending += children(node)


def _hands_over(statement: ast.stmt, names: Collection[str]) -> bool:
    """Say whether a module's statement gives one of the classes to something that may change it."""
    nodes = list(walk(statement))
    looked_at = {id(getattr(n, "value", None)) for n in nodes if isinstance(n, ast.Attribute)}
    looked_at |= {id(n.func) for n in nodes if isinstance(n, ast.Call)}
    return any(
        isinstance(node, ast.Name) and node.id in names and id(node) not in looked_at
        for node in nodes
    )
