"""Signatures as text, and what a caller of one misses in another."""

import inspect
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.factory.conformance.signatures import problems, public_methods, text_of

NAMES = st.lists(st.sampled_from("abcd"), unique=True, max_size=4)


@st.composite
def signatures(draw: st.DrawFn) -> str:
    """Draw the parameters of a function, of all kinds."""
    names = draw(NAMES)
    places = sorted(draw(st.lists(st.integers(0, len(names)), min_size=2, max_size=2)))
    only, positional = places[0], places[1]
    required = draw(st.integers(0, positional))
    texts = [name if i < required else f"{name}={i}" for i, name in enumerate(names[:positional])]
    if only:
        texts.insert(only, "/")
    star = draw(st.sampled_from(["*args", "*", ""]))
    keywords = [name if draw(st.booleans()) else f"{name}=0" for name in names[positional:] if star]
    if star == "*args" or keywords:
        texts.append(star)
    texts += keywords
    # Both would let one name be given twice, which nobody does.
    if "/" not in texts and draw(st.booleans()):
        texts.append("**kwargs")
    return f"({', '.join(texts)})"


def accepts(text: str, positional: int, keywords: tuple[str, ...]) -> bool:
    function = eval(f"lambda {text[1:-1]}: 0")  # noqa: S307 - of the test's own
    try:
        inspect.signature(function).bind(*range(positional), **dict.fromkeys(keywords))
    except TypeError:
        return False
    return True


CALLS = [
    (positional, tuple(name for name, taken in zip("abcd", wanted, strict=True) if taken))
    for positional in range(5)
    for wanted in product([False, True], repeat=4)
]


@given(signatures(), signatures())
def test_where_there_is_no_problem_every_call_is_still_taken(old: str, new: str) -> None:
    if not [*problems(old, new)]:
        broken = [call for call in CALLS if accepts(old, *call) and not accepts(new, *call)]
        assert broken == []


@given(signatures())
def test_a_signature_has_no_problem_with_itself(text: str) -> None:
    assert [*problems(text, text)] == []


@given(signatures())
def test_the_text_is_that_of_the_source(text: str) -> None:
    function = eval(f"lambda {text[1:-1]}: 0")  # noqa: S307 - of the test's own
    assert text_of(function) == str(inspect.signature(function))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("()", "async ()", ["is async now"]),
        ("async ()", "()", ["is sync now"]),
        ("(a)", "(*, a)", ["a is a keyword only"]),
        ("(a)", "(a, /)", ["takes no a="]),
        ("(a)", "(*args)", ["takes no a="]),
        ("(a)", "()", ["a is gone"]),
        ("(*, a=1)", "()", ["takes no a="]),
        ("(*, a=1)", "(**kwargs)", []),
        ("(a=1)", "(a)", ["a must be given"]),
        ("(a)", "(a, b)", ["b must be given"]),
        ("(*args)", "()", ["takes no further positional arguments"]),
        ("(*args)", "(a=1, *args)", ["a takes the first of the further positional arguments"]),
        ("(**kwargs)", "()", ["takes no further keywords"]),
        ("(a=1)", "(a=2)", ["a is 2 by default, was 1"]),
        ("(a)", "(a, b=1, *args, c=2, **kwargs)", []),
    ],
)
def test_what_callers_miss(old: str, new: str, told: list[str]) -> None:
    assert [*problems(old, new)] == told


def test_a_default_may_differ_where_only_calls_count() -> None:
    assert [*problems("(a=1)", "(a=2)", defaults=False)] == []


def values() -> list[tuple[object, str]]:
    class Odd:
        def __repr__(self) -> str:
            return "1"

    return [("x", "'x'"), (None, "None"), ({"a": [1]}, "{'a': [1]}"), (len, "..."), (Odd(), "...")]


@pytest.mark.parametrize(("value", "text"), values())
def test_a_default_that_is_no_literal_is_not_compared(value: object, text: str) -> None:
    def method(a: object = value) -> None: ...

    assert text_of(method) == f"(a={text})"


def test_public_methods_are_what_tests_call() -> None:
    def plain(self: object) -> None: ...

    class Factory:
        bound = int
        value = 3
        create_plain = plain
        create_static: Callable[..., Any] = staticmethod(lambda a: a)
        create_class: Any = classmethod(lambda cls, a: (cls, a))

        def _own(self) -> None: ...

    found = {name: text_of(method) for name, method in public_methods(Factory).items()}
    assert found == {"create_plain": "(self)", "create_static": "(a)", "create_class": "(a)"}
