"""What a mock is: its base, its spec, and what stands at each attribute path.

The rules about kinds are those of ``unittest.mock``: ``NonCallableMock._get_child_mock`` decides
the class of a child that nobody configured.
"""

from collections.abc import Callable, Hashable, Mapping
from enum import Enum

from msgspec import Struct, field

from ssot_migrate.code.names import Kind
from ssot_migrate.explanation import Note
from ssot_migrate.frozen import Frozen

#: The step from a mock to what calling it returns (``return_value``).
CALL = "()"
#: The step from a mock to its ``side_effect``.
EFFECT = "!"
_STEPS = {"return_value": CALL, "side_effect": EFFECT}
_ASYNC_MAGICS = frozenset({"__aenter__", "__aexit__", "__anext__"})
_UNREADABLE = frozenset({Kind.AUTOSPEC, Kind.OPEN})

#: Products that hold themselves are compared down to here.
_DEEP = 40

Path = tuple[str, ...]


class Value(Frozen):
    """A value that is no mock. Two values are equal when their keys are."""

    #: Structure for literals and imported names, the place in the file for everything else.
    key: Hashable
    #: Whether it is true in a condition, ``None`` where that is not known.
    truth: bool | None = None


class Items(Frozen):
    """A list or tuple that holds mocks."""

    items: "tuple[Node, ...]"


class Opaque(Frozen):
    """Something that cannot be read; equal only to itself."""

    reason: str
    #: The place in the file, ``None`` where two readings are never equal.
    place: Hashable | None = None


class Fate(Enum):
    """What a spec may have to say of a name that nobody configured."""

    ABSENT = "the spec lacks it"
    ASYNC = "the spec has it as a coroutine function"
    SYNC = "the spec has it as anything else"


class Mock(Struct, eq=False):
    """A mock and what was configured on it."""

    kind: Kind
    spec: "Node | None" = None
    #: Configured children by step: attribute names, ``CALL``, ``EFFECT``, ``[0]``.
    children: "dict[str, Node]" = field(default_factory=dict)
    #: Created with ``name=``: not recorded in its parent's ``method_calls``.
    named: bool = False
    place: Hashable | None = None
    #: What stands where nobody configured anything, if that is not what unittest.mock makes.
    rest: Opaque | None = None
    #: What the spec is taken to say of every name, ``None`` where nothing is taken for granted.
    fate: Fate | None = None
    #: Names that the spec surely has.
    sure: frozenset[str] = frozenset()
    #: What may come in place of this mock from the method that makes it, by the factory's lines.
    otherwise: tuple[Note, ...] = ()

    def bare(self) -> "Mock":
        """Copy the mock without its children; thousands are copied in a run."""
        return Mock(
            self.kind,
            self.spec,
            {},
            self.named,
            self.place,
            self.rest,
            self.fate,
            self.sure,
            self.otherwise,
        )

    def fate_of(self, name: str) -> Fate | None:
        """Say what the spec is taken to say of one name."""
        return Fate.SYNC if self.fate is Fate.ABSENT and name in self.sure else self.fate


Node = Value | Items | Opaque | Mock
#: The head of a key that stands for "some argument".
PROBE = "ssot_migrate_probe"
NONE = Value(("constant", "NoneType", "None"), truth=False)
#: A name that no attribute has.
PROBE_NAME = f"{PROBE}_name"
DELETED = Opaque("deleted", "deleted")
#: What there may not be, for the spec may lack it.
ABSENT = Opaque("its spec may lack it", DELETED.place)
#: What a factory has taken off again, for the spec lacks it: to delete it once more is an error.
DROPPED = Opaque("taken off again where the spec lacks it", DELETED.place)
#: What a factory may set otherwise with a spec than without.
UNSETTLED = Opaque("depends on the spec")


class Parameter(Frozen):
    """A parameter of a factory method that an argument can be given to by name."""

    name: str
    #: What it is without an argument, ``None`` where an argument is required.
    default: Node | None


class SpecParameter(Frozen):
    """The parameter of a factory method that becomes the product's spec."""

    name: str
    #: With a spec the method takes off the product what the spec lacks or has otherwise.
    keeps: bool
    #: What the method may set otherwise with a spec than without.
    unsettled: frozenset[str] = frozenset()


class Contract(Frozen):
    """What a factory method returns, and where its parameters land."""

    method: str
    parameters: tuple[Parameter, ...]
    #: The shape without arguments.
    product: Node
    #: Gives the shape for arguments; a fresh one on each call.
    instantiate: "Callable[[Mapping[str, Node]], Node]"
    #: The parameter that lands, alone, at a path.
    landings: Mapping[Path, str]
    #: Further keyword arguments become attributes of the product.
    open_keywords: bool
    #: The parameter whose pairs become attributes below a path.
    mappings: Mapping[Path, str] = field(default_factory=dict)
    #: They may be dotted, as those of ``configure_mock``: ``**{"execute.return_value": 1}``.
    dotted_keywords: bool = False
    #: The parameter that becomes the product's spec, if there is one.
    spec: SpecParameter | None = None


def mapping_of(pairs: Mapping[str, Value]) -> Value:
    """Give the value of a dict display with these strings as keys."""
    items = [(("constant", "str", repr(name)), value.key) for name, value in pairs.items()]
    return Value(("dict", *items), truth=bool(pairs))


def copied(node: Node, met: "dict[int, Mock] | None" = None) -> Node:
    """Copy the mocks of a shape; what two places share, they share in the copy."""
    met = {} if met is None else met
    if isinstance(node, Mock):
        if id(node) not in met:
            met[id(node)] = copy = node.bare()
            for step, below in node.children.items():
                copy.children[step] = copied(below, met)
        return met[id(node)]
    if isinstance(node, Items):
        return Items(tuple(copied(item, met) for item in node.items))
    return node


def step_of(attribute: str) -> str:
    """Turn an attribute's name into a step."""
    return _STEPS.get(attribute, attribute)


def spell(path: Path) -> str:
    """Write a path as code has it: ``execute().fetchone``."""
    text = ""
    for step in path:
        name = ".side_effect" if step == EFFECT else step
        text += name if not text or name.startswith(("[", "(", ".")) else f".{name}"
    return text.removeprefix(".")


def child(node: Node, step: str) -> Node:
    """Follow one step; a child that nobody configured is what unittest.mock would make."""
    if isinstance(node, Mock):
        configured = node.children.get(step)
        return _automatic(node, step) if configured is None else _certain(configured)
    if isinstance(node, Items) and step.startswith("["):
        index = step[1:-1]
        if index.isdigit() and int(index) < len(node.items):
            return _certain(node.items[int(index)])
    if isinstance(node, Opaque):
        place = None if node.place is None else (node.place, step)
        return Opaque(node.reason, place)
    key = node.key if isinstance(node, Value) else None
    return Opaque("part of a value", None if key is None else (key, step))


def _certain(node: Node) -> Node:
    """Give a node, or why it may be another one: only a product as a whole is told with notes."""
    return Opaque(node.otherwise[0].text) if isinstance(node, Mock) and node.otherwise else node


def enter(node: Node, step: str) -> Node:
    """Follow one step, and keep the child that unittest.mock makes there."""
    below = child(node, step)
    if isinstance(node, Mock) and isinstance(below, Mock):
        node.children[step] = below
    return below


def _automatic(mock: Mock, step: str) -> Node:
    if mock.rest is not None:
        return child(mock.rest, step)
    if step == EFFECT:
        return NONE
    if mock.spec is not None and mock.fate and mock.kind not in _UNREADABLE:
        return _specced(mock, step)
    if mock.spec is not None or mock.kind in _UNREADABLE:
        return Opaque("its spec decides", None if mock.place is None else (mock.place, step))
    place = None if mock.place is None else (mock.place, step)
    return Mock(_child_kind(mock.kind, step), place=place)


def _specced(mock: Mock, step: str) -> Node:
    """Make the child of a mock with a spec, as its fate has it."""
    place = None if mock.place is None else (mock.place, step)
    fate = mock.fate_of(step)
    if step != CALL and fate is Fate.ABSENT:
        return ABSENT
    if step == CALL or is_magic(step):
        return Mock(_child_kind(mock.kind, step), place=place)
    sync = Kind.MAGIC if mock.kind is Kind.ASYNC else _child_kind(mock.kind, step)
    return Mock(Kind.ASYNC if fate is Fate.ASYNC else sync, place=place)


def is_gone(node: Node) -> bool:
    """Say whether reading an attribute is an error."""
    return isinstance(node, Opaque) and node.place == DELETED.place


def is_magic(step: str) -> bool:
    """Say whether a step is one of Python's protocols: ``__enter__``, ``[0]``."""
    return step.startswith(("__", "["))


def _child_kind(kind: Kind, step: str) -> Kind:
    magic = is_magic(step)
    if step in _ASYNC_MAGICS and kind in (Kind.MAGIC, Kind.ASYNC):
        return Kind.ASYNC
    if kind is Kind.ASYNC and magic:
        return Kind.MAGIC
    if kind is Kind.NON_CALLABLE:
        return Kind.MOCK
    if kind in (Kind.NON_CALLABLE_MAGIC, Kind.PROPERTY):
        return Kind.MAGIC
    return kind


def follow(node: Node, path: Path) -> Node:
    """Follow a path to its end."""
    for step in path:
        node = child(node, step)
    return node


def assign(mock: Mock, path: Path, value: Node) -> tuple[Path, Node] | None:
    """Put a value at a path. Gives the first obstacle on the way, if any: its path and itself."""
    parent: Node = mock
    for index, step in enumerate(path[:-1]):
        parent = enter(parent, step)
        if not isinstance(parent, Mock | Items):
            return path[: index + 1], parent
    if not isinstance(parent, Mock):
        return path[:-1], parent
    parent.children[path[-1]] = value
    return None


def replace(node: Node, gone: Node, value: Node) -> None:
    """Put a value wherever another one stands below a node."""
    pending, seen = [node], {id(node)}
    while pending:
        node = pending.pop()
        below = node.items if isinstance(node, Items) else ()
        if isinstance(node, Mock):
            node.children = {s: value if n is gone else n for s, n in node.children.items()}
            below = tuple(node.children.values())
        pending += [inner for inner in below if id(inner) not in seen]
        seen |= {id(inner) for inner in below}


def same_kind(old: Kind, new: Kind) -> bool:
    """Say whether one class of mock may stand for another: equal, or widened Mock to MagicMock."""
    return old is new or (old is Kind.MOCK and new is Kind.MAGIC)


def same_spec(old: Mock, new: Mock) -> bool:
    """Say whether two mocks have the same spec, or both have none."""
    if old.spec is None or new.spec is None:
        return old.spec is new.spec
    return same(old.spec, new.spec)


def same(old: Node, new: Node, seen: frozenset[tuple[int, int]] = frozenset()) -> bool:
    """Say whether two nodes are alike in kind and value, all the way down."""
    if isinstance(old, Mock) and isinstance(new, Mock):
        return _same_mock(old, new, seen)
    if isinstance(old, Value) and isinstance(new, Value):
        return old.key == new.key
    if isinstance(old, Items) and isinstance(new, Items):
        pairs = zip(old.items, new.items, strict=False)
        return len(old.items) == len(new.items) and all(same(a, b, seen) for a, b in pairs)
    if isinstance(old, Opaque) and isinstance(new, Opaque):
        return old.place is not None and old.place == new.place
    return False


def same_at(old: Node, new: Node, path: Path) -> bool:
    """Say whether two shapes are alike at a path, and what was a mock on the way there is one."""
    strayed = any(
        not isinstance(follow(new, path[:length]), Mock)
        and isinstance(follow(old, path[:length]), Mock)
        for length in range(1, len(path))
    )
    return not strayed and same(follow(old, path), follow(new, path))


def _same_mock(old: Mock, new: Mock, seen: frozenset[tuple[int, int]]) -> bool:
    pair = (id(old), id(new))
    if pair in seen or len(seen) > _DEEP:
        return pair in seen
    if not (same_kind(old.kind, new.kind) and same_spec(old, new) and old.named == new.named):
        return False
    if old.kind in _UNREADABLE:
        return old.place is not None and old.place == new.place
    if (old.rest or new.rest) and not (old.rest and new.rest and same(old.rest, new.rest)):
        return False
    steps = old.children.keys() | new.children.keys()
    return all(same(child(old, step), child(new, step), seen | {pair}) for step in sorted(steps))


def describe(node: Node) -> str:
    """Name a node in a few words, for the text of a difference."""
    if isinstance(node, Mock):
        name = node.kind.value
        if CALL in node.children:
            return f"{name} with a preset result"
        if node.children.get(EFFECT, NONE) != NONE:
            return f"{name} with a side effect"
        return name
    if isinstance(node, Items):
        return "a list of mocks"
    if isinstance(node, Opaque):
        return f"something else ({node.reason})"
    return "a preset value"
