"""A factory that keeps quiet about what is wrong is noticed."""

import difflib
from typing import Any
from unittest.mock import AsyncMock, MagicMock

import pytest

from ssot_migrate.factory.conformance.documented import METHODS
from ssot_migrate.factory.conformance.errors import CHECKS
from tests.conforming import by_id, failing, mutant, outcome, without

WARNED = """\
                warnings.warn(
                    f"unknown mock type {mock_type!r}; known are: {known}", stacklevel=2
                )
"""
STANDS_IN = """\
                warnings.warn(
                    f"a mock stands in for the user context: {error}", stacklevel=2
                )
"""
CONTEXTS = ("create_mock_user_context", "create_isolated_execution_context")


def of_contexts(aspect: str) -> set[str]:
    return {f"errors-context-{aspect}-{name}" for name in CONTEXTS}


SPEC = ("keyword", "attribute")


@pytest.mark.parametrize(
    ("old", "new", "broken"),
    [
        (WARNED, "                pass\n", {"errors-suite-unknown-type"}),
        ("; known are: {known}", "", {"errors-suite-unknown-type"}),
        (WARNED, WARNED + "                suite[mock_type] = 0\n", {"errors-suite-unknown-type"}),
        (
            "        suite = {}\n",
            "        suite = {}\n        if mock_types and 'tool' in mock_types: warnings.warn('old')\n",
            {"errors-suite-known-types"},
        ),
        ("        return suite\n", "        return suite or None\n", {"errors-suite-empty"}),
        ("in mock_types:", "in mock_types or ():", {"errors-suite-none"}),
        (
            "        suite = {}\n",
            "        suite = {}\n        mock_types = mock_types if mock_types != 3 else []\n",
            {"errors-suite-number"},
        ),
        (
            "        suite = {}\n",
            "        suite = {}\n        if mock_types == 3: raise OSError('disk')\n",
            {"errors-suite-number"},
        ),
        (
            "        return AsyncMock(**kwargs)\n",
            "        return MagicMock(**kwargs)\n",
            {"errors-class-unknown"},
        ),
        (
            "        return AsyncMock(**kwargs)\n",
            "        return AsyncMock()\n",
            {"errors-class-unknown"},
        ),
        (
            "        return AsyncMock(**kwargs)\n",
            "        raise KeyError(mock_type)\n",
            {"errors-class-unknown"},
        ),
        (
            "        if additional_config:\n",
            "        if isinstance(additional_config, dict):\n",
            {"errors-settings-create_configuration_mock"},
        ),
        (
            "        if config:\n",
            "        if isinstance(config, dict):\n",
            {"errors-settings-create_mock_llm_manager"},
        ),
        (STANDS_IN, "                pass\n", of_contexts("failing")),
        (": {error}", "", of_contexts("failing")),
        (STANDS_IN, "                return error\n", of_contexts("failing")),
        ("except Exception as error:", "except OSError as error:", of_contexts("failing")),
        ("context.thread_id = thread_id\n        context.run", "context.run", of_contexts("failing")),
        (
            "                    thread_id=thread_id,\n                    run_id",
            "                    run_id",
            of_contexts("working"),
        ),
        ("is not None:\n            try:", "is cls:\n            try:", {*of_contexts("failing"), *of_contexts("working")}),
        (
            "        user_id,\n        thread_id,\n",
            "        user_id='u',\n        thread_id='t',\n",
            set(),
        ),
    ],
)  # fmt: skip
def test_only_what_is_broken_fails(old: str, new: str, broken: set[str]) -> None:
    assert failing(CHECKS, mutant((old, new))) == broken


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("create_isolated_execution_context", {"user_id": "u", "thread_id": "t"}),
        ("create_mock_suite", {"mock_types": []}),
        ("create_mock", {"mock_type": "AsyncSession"}),
    ],
)
def test_a_missing_argument_that_is_made_up_is_noticed(method: str, given: dict[str, Any]) -> None:
    factory = mutant()
    made = getattr(factory, method)

    def lenient(first: object, **further: object) -> object:
        return made(first, **further)

    def make(*arguments: object, **further: object) -> object:
        return made(**given) if not arguments + tuple(further) else made(*arguments, **further)

    make.__wrapped__ = lenient  # type: ignore[attr-defined]  # the signature asks for it
    setattr(factory, method, staticmethod(make))
    others = [check for check in CHECKS if "-context-" not in check.id]  # it binds no class
    assert failing(others, factory) == {f"errors-missing-{method}"}


def test_arguments_that_have_defaults_are_not_missing() -> None:
    factory = mutant(("user_id,\n        thread_id,\n", "user_id='u',\n        thread_id='t',\n"))
    check = by_id(CHECKS, "errors-missing-create_isolated_execution_context")
    expected = "skipped: create_isolated_execution_context needs no argument"
    assert outcome(check, factory) == expected


def test_a_factory_that_binds_nothing_is_skipped() -> None:
    factory = mutant(
        ("    user_context_class = None\n", ""), ("if cls.user_context_class is not None", "if 0")
    )
    for identity in of_contexts("failing") | of_contexts("working"):
        assert outcome(by_id(CHECKS, identity), factory).startswith("skipped: the factory binds no")


def test_a_context_is_bound_by_a_method_where_there_is_one() -> None:
    factory = mutant(("user_context_class", "_context"))

    def bind(cls: type, *, user_context: object) -> None:
        cls._context = user_context  # type: ignore[attr-defined]

    factory.bind = classmethod(bind)  # type: ignore[attr-defined]
    contexts = [by_id(CHECKS, name) for name in of_contexts("failing") | of_contexts("working")]
    assert {outcome(check, factory) for check in contexts} == {"passed"}
    assert factory._context is None  # type: ignore[attr-defined]


def made(spec: type | None, attributes: dict[str, object], *, near: bool = True) -> MagicMock:
    """Make a product as a factory does that takes a spec."""
    product = AsyncMock(spec=spec)
    for name in attributes:
        if spec is not None and not hasattr(spec, name):
            known = difflib.get_close_matches(name, dir(spec), n=1) if near else ()
            raise AttributeError(f"no {name}; did you mean {known}?")
    product.configure_mock(**attributes)
    return product


def specced(make: Any) -> type:  # noqa: ANN401
    """The sample's factory, whose tools are made by a function."""

    def create_tool_mock(*, spec: type | None = None, **attributes: object) -> object:
        return make(spec, attributes)

    factory = mutant()
    factory.create_tool_mock = staticmethod(create_tool_mock)  # type: ignore[attr-defined]
    return factory


KEYWORD, ATTRIBUTE = (f"errors-{aspect}-create_tool_mock" for aspect in SPEC)


@pytest.mark.parametrize(
    ("make", "broken"),
    [
        (made, set()),
        (lambda spec, attributes: made(spec, attributes, near=False), {KEYWORD}),
        (lambda spec, attributes: made(spec, attributes and {}), {KEYWORD}),
        (lambda spec, attributes: AsyncMock(spec=spec, **attributes), {KEYWORD}),
        (lambda spec, attributes: made(spec, attributes) and AsyncMock(**attributes), {ATTRIBUTE}),
    ],
)
def test_a_spec_that_is_not_kept_is_noticed(make: Any, broken: set[str]) -> None:  # noqa: ANN401
    assert failing([by_id(CHECKS, KEYWORD), by_id(CHECKS, ATTRIBUTE)], specced(make)) == broken


def test_what_is_no_mock_has_no_spec() -> None:
    expected = "skipped: create_tool_mock gives no mock: it has no spec"
    assert outcome(by_id(CHECKS, KEYWORD), specced(lambda *_: object())) == expected


@pytest.mark.parametrize("method", [*METHODS, "create_mock_suite", "create_mock"])
def test_a_method_that_is_missing_is_skipped(method: str) -> None:
    factory = without(method)
    told = {outcome(check, factory) for check in CHECKS if check.id.endswith(f"-{method}")}
    assert told == {f"skipped: the factory has no {method}"}
