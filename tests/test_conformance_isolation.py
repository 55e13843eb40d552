"""Products that share anything, or show another user's ids or calls, are noticed."""

import asyncio
import threading
from collections.abc import Callable
from unittest.mock import AsyncMock

import pytest

from ssot_migrate.factory.conformance.check import Check
from ssot_migrate.factory.conformance.documented import METHODS
from ssot_migrate.factory.conformance.isolation import CHECKS
from tests.conforming import Change, by_id, changed, failing, mutant, outcome, without

WEBSOCKET = "create_websocket_mock"


def of(method: str) -> list[Check]:
    """The checks of one method."""
    return [check for check in CHECKS if check.id.endswith(f"-{method}")]


def ids(method: str, *aspects: str) -> set[str]:
    return {f"isolation-{aspect}-{method}" for aspect in aspects}


def put(name: str, value: object) -> Change:
    """Set the same value on every product."""
    return lambda product, _: setattr(product, name, value)


@pytest.mark.parametrize("method", METHODS)
def test_one_value_in_two_products_is_noticed(method: str) -> None:
    factory = changed(method, put("cache", {}))
    told = outcome(by_id(CHECKS, f"isolation-values-{method}"), factory)
    assert told.startswith("failed: .cache is one and the same object in two products")


SHARED: list[object] = []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cache", {}),
        ("cache", {"inner": SHARED}),
        ("cache", ({"inner": SHARED},)),
        ("cache", [set()]),
        ("get_cache", AsyncMock(return_value=SHARED)),
        ("cache", AsyncMock()),
    ],
)
def test_whatever_can_change_is_found(name: str, value: object) -> None:
    factory = changed(WEBSOCKET, put(name, value))
    assert ids(WEBSOCKET, "values") <= failing(of(WEBSOCKET), factory)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            'user_id="test-user"):\n        """Create a connected websocket."""',
            'user_id="test-user", cache={}):\n        """Create a connected websocket."""',
            id="a default argument",
        ),
        pytest.param("import time\n", "import time\ncache = {}\n", id="a constant of the module"),
    ],
)
def test_a_value_that_is_made_once_is_noticed(old: str, new: str) -> None:
    keep = ("ws.close = AsyncMock()", "ws.close = AsyncMock()\n        ws.cache = cache")
    assert failing(of(WEBSOCKET), mutant((old, new), keep)) == ids(WEBSOCKET, "values")


def test_an_answer_that_is_made_once_is_noticed() -> None:
    once = ("import time\n", "import time\nNOBODY = []\n")
    given = ("get_user_connections = AsyncMock(return_value=[])",)
    used = (*given, "get_user_connections = AsyncMock(side_effect=lambda *_: NOBODY)")
    method = "create_websocket_manager_mock"
    assert failing(of(method), mutant(once, used)) == ids(method, "values")


def test_what_reaches_later_products_only_is_noticed() -> None:
    first: list[dict[str, object]] = []

    def remember(product: object, _: object) -> None:
        product.cache = dict(*first)  # type: ignore[attr-defined]
        if not first:
            first.append(product.cache)  # type: ignore[attr-defined]

    told = outcome(by_id(CHECKS, f"isolation-values-{WEBSOCKET}"), changed(WEBSOCKET, remember))
    assert told.startswith("failed: what is put into one product (.cache) shows in another")


def test_call_records_that_cross_are_noticed() -> None:
    factory = changed(WEBSOCKET, put("ping", AsyncMock()))
    told = outcome(by_id(CHECKS, f"isolation-tasks-{WEBSOCKET}"), factory)
    calls = "4 calls (call('<user 0>'), call('<user 1>'), call('<user 2>'), …)"
    assert f".ping was called once, by <user 0>, and recorded {calls}" in told
    assert failing(of(WEBSOCKET), factory) == ids(WEBSOCKET, "values", "threads", "tasks")


def first_id_again(applies: Callable[[], bool]) -> Change:
    """Give every product the id of the first that is made where a condition holds."""
    seen: list[object] = []

    def cross(product: object, given: dict[str, object]) -> None:
        if applies():
            seen.append(given.get("user_id"))
            product.user_id = seen[0]  # type: ignore[attr-defined]

    return cross


def in_thread() -> bool:
    return threading.current_thread() is not threading.main_thread()


def in_task() -> bool:
    try:
        return asyncio.current_task() is not None
    except RuntimeError:
        return False


@pytest.mark.parametrize(("applies", "aspect"), [(in_thread, "threads"), (in_task, "tasks")])
@pytest.mark.parametrize("method", [WEBSOCKET, "create_isolated_execution_context"])
def test_another_users_id_is_noticed(applies: Callable[[], bool], aspect: str, method: str) -> None:
    factory = changed(method, first_id_again(applies))
    assert failing(of(method), factory) == ids(method, aspect)


def test_a_suite_that_is_made_once_is_noticed() -> None:
    suite = mutant().create_mock_suite(["agent"])  # type: ignore[attr-defined]
    factory = changed("create_mock_suite", lambda *_: suite)
    method = "create_mock_suite"
    assert failing(of(method), factory) == ids(method, "values", "threads", "tasks")


def test_a_product_by_name_that_is_made_once_is_noticed() -> None:
    engine = mutant().create_mock("UserExecutionEngine")  # type: ignore[attr-defined]
    factory = mutant()
    factory._create_execution_engine_mock = lambda: engine  # type: ignore[attr-defined]
    found = failing([c for c in CHECKS if "create_mock-User" in c.id], factory)
    assert found == ids("create_mock-UserExecutionEngine", "values", "threads", "tasks")


def test_the_projects_own_context_is_looked_into() -> None:
    class Context:
        shared: dict[str, object] = {}  # noqa: RUF012 - that is the mistake

        def __init__(self, **given: object) -> None:
            vars(self).update(given, metadata=self.shared)

    factory = mutant()
    factory.user_context_class = Context  # type: ignore[attr-defined]
    method = "create_mock_user_context"
    assert failing(of(method), factory) == ids(method, "values")


@pytest.mark.parametrize("method", [*METHODS, "create_mock_suite", "create_mock"])
def test_a_method_that_is_missing_is_skipped(method: str) -> None:
    concerned = of(method) or [check for check in CHECKS if f"-{method}-" in check.id]
    outcomes = {outcome(check, without(method)) for check in concerned}
    assert outcomes == {f"skipped: the factory has no {method}"}
