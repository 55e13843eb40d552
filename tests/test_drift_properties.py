"""The rules about drift against Python itself: it makes the factory and the call."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_migrate.code.module import Module
from ssot_migrate.code.source import parse
from ssot_migrate.contracts.contract import Factory
from ssot_migrate.finding.draft import Rules
from ssot_migrate.rules import load_own
from ssot_migrate.rules.drift import find

NAMES = ("a", "b", "c", "d")
METHODS = ("create_one", "create_two", "create_three", "create_fuor")
OWNERS = ("SSotMockFactory", "SSotMockFactory()")
IMPORT = "from tests.factory import SSotMockFactory\n"
RULES = {rule.id: rule for rule in load_own()}


def claims(factory: str, code: str) -> set[str]:
    """Say which rules find something in a call of a factory."""
    contracts = Factory("tests.factory", "SSotMockFactory", parse(factory.encode()).tree)
    wanted = f"{contracts.module}.{contracts.class_name}"
    rules = Rules((), frozenset(RULES), contracts, wanted.__eq__, own=RULES)
    module = Module("test_it.py", parse((IMPORT + code).encode()), [])
    return {violation.rule for violation, _ in find(module, rules)}


@st.composite
def parameters(draw: st.DrawFn, first: str = "") -> str:
    """Write the parameters of a function, as any that Python takes."""
    plain = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    split = draw(st.integers(0, len(plain)))
    positional, keyword_only = plain[:split], plain[split:]
    with_default = draw(st.integers(0, len(positional)))
    places = [first] if first else []
    places += [n if i < with_default else f"{n}=0" for i, n in enumerate(positional)]
    slash = draw(st.integers(0, len(places)))
    if slash and draw(st.booleans()):
        places.insert(slash, "/")
    rest = draw(st.booleans())
    if rest or keyword_only:
        places.append("*rest" if rest else "*")
    places += [n + draw(st.sampled_from(("", "=0"))) for n in keyword_only]
    places += ["**more"] if draw(st.booleans()) else []
    return ", ".join(places)


@st.composite
def factories(draw: st.DrawFn) -> str:
    """Write a factory: a class, and perhaps a base of it."""
    lines: list[str] = []
    base = draw(st.booleans())
    for header in (["class Base:"] if base else []) + [
        f"class SSotMockFactory{'(Base)' if base else ''}:"
    ]:
        lines += [header, "    pass"]
        for name in draw(st.lists(st.sampled_from(METHODS[:3]), unique=True)):
            kind = draw(st.sampled_from(("static", "class", "")))
            first = {"static": "", "class": "cls", "": "self"}[kind]
            lines += [f"    @{kind}method"] if kind else []
            lines += [f"    def {name}({draw(parameters(first))}): pass"]
    return "\n".join(lines) + "\n"


@st.composite
def arguments(draw: st.DrawFn, *, unpacked: bool) -> str:
    """Write the arguments of a call."""
    given_names = draw(st.lists(st.sampled_from((*NAMES, "e", "self")), unique=True, max_size=3))
    places = ["0"] * draw(st.integers(0, 4))
    keywords = [f"{name}=0" for name in given_names]
    if unpacked and draw(st.booleans()):
        size = draw(st.integers(0, 3))
        places.insert(draw(st.integers(0, len(places))), f"*{[0] * size}")
    if unpacked and draw(st.booleans()):
        free = sorted({*NAMES} - {*given_names})
        chosen = draw(st.lists(st.sampled_from(free), unique=True, max_size=2)) if free else []
        keywords.append(f"**{dict.fromkeys(chosen, 0)}")
    return ", ".join(places + keywords)


def refusal(factory: str, expression: str) -> set[str]:
    """Let Python say what is wrong with an expression: the methods do nothing but be called."""
    namespace: dict[str, object] = {}
    exec(compile(factory, "factory", "exec"), namespace)  # noqa: S102 (what the test wrote itself)
    try:
        eval(expression, namespace)  # noqa: S307 (likewise)
    except AttributeError:
        return {"unknown-method"}
    except TypeError:
        return {"wrong-arguments"}
    return set()


@given(factories(), st.sampled_from(METHODS), st.sampled_from(OWNERS), arguments(unpacked=False))
@settings(max_examples=200, deadline=None)
def test_plain_calls_are_told_exactly(
    factory: str, method: str, owner: str, given_arguments: str
) -> None:
    call = f"{owner}.{method}({given_arguments})"
    assert claims(factory, call) == refusal(factory, call)


@given(factories(), st.sampled_from(METHODS), st.sampled_from(OWNERS), arguments(unpacked=True))
@settings(max_examples=200, deadline=None)
def test_what_is_claimed_of_unpacked_arguments_is_true(
    factory: str, method: str, owner: str, given_arguments: str
) -> None:
    call = f"{owner}.{method}({given_arguments})"
    assert claims(factory, call) <= refusal(factory, call)


@given(factories(), st.sampled_from(METHODS), arguments(unpacked=False))
@settings(max_examples=60, deadline=None)
def test_a_partial_is_told_of_what_no_call_of_it_can_mend(
    factory: str, method: str, given_arguments: str
) -> None:
    call = f"partial(SSotMockFactory.{method}, {given_arguments})"
    told = claims(factory, f"from functools import partial\n{call}")
    namespace: dict[str, object] = {"partial": partial}
    exec(compile(factory, "factory", "exec"), namespace)  # noqa: S102 (what the test wrote itself)
    if not hasattr(namespace["SSotMockFactory"], method):
        assert told == {"unknown-method"}
    else:
        built = eval(call, namespace)  # noqa: S307 (likewise)
        assert told == (
            set() if any(map(built_with(built), completions())) else {"wrong-arguments"}
        )


def completions() -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield what can be added to a call: some arguments by place, and some by name."""
    names = (*NAMES, "self")
    for count in range(6):
        for size in range(len(names) + 1):
            yield from ((count, chosen) for chosen in combinations(names, size))


def built_with(built: Callable[..., object]) -> Callable[[tuple[int, tuple[str, ...]]], bool]:
    """Say whether a call works with what is added."""

    def works(added: tuple[int, tuple[str, ...]]) -> bool:
        try:
            built(*[0] * added[0], **dict.fromkeys(added[1], 0))
        except TypeError:
            return False
        return True

    return works
