"""The shipped factory's contract, as the tool reads it, and its live products say the same."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from ssot_migrate.contracts import shipped
from ssot_migrate.contracts.contract import Factory
from ssot_migrate.factory import SSotMockFactory
from ssot_migrate.shapes.shape import CALL, EFFECT, Items, Mock, Node, Opaque, follow, same
from ssot_migrate.shapes.values import code_of
from tests.support import ROOT
from tests.test_factory import METHODS, create, written

FACTORY = Factory("shipped", "SSotMockFactory", ast.parse(shipped.source()))
#: What depends on the moment, or on an argument that the caller must give.
UNREADABLE = {
    "create_execution_context_mock": {"created_at"},
    "create_mock_user_context": {"created_at"},
    "create_isolated_execution_context": {
        *("created_at", "user_id", "thread_id", "run_id", "request_id", "websocket_client_id")
    },
    "create_mock_websocket_emitter": {"last_ping_time"},
    "create_mock_llm_manager": {"stream_response.!"},
}


def differences(node: Node, live: Any, path: str, seen: frozenset[int]) -> Iterator[str]:
    """Compare what the tool reads with what there is; yield the paths that cannot be read, too."""
    match node:
        case Opaque():
            yield path
        case Items(items=items):
            for index, item in enumerate(items):
                yield from differences(item, live[index], f"{path}[{index}]", seen)
        case Mock() if id(node) not in seen:
            assert type(live).__mro__[1].__name__ == node.kind, path
            assert type(live).__mro__[1] in (mock.AsyncMock, mock.MagicMock), path
            for step, below in node.children.items():
                there = part(live, step)
                yield from differences(below, there, f"{path}.{step}".strip("."), seen | {id(node)})
            assert set_on(live) == {s for s in node.children if s not in (CALL, EFFECT)}, path
        case Mock():
            assert isinstance(live, mock.NonCallableMock), path
        case _:
            code = code_of(node)
            assert code is not None, path
            assert live == eval(code), path  # noqa: S307


def part(live: Any, step: str) -> Any:
    """Give what stands at a step of a live mock, presets included, without calling it."""
    if step == EFFECT:
        return live.side_effect
    return live.return_value if step == CALL else getattr(live, step)


def set_on(live: Any) -> set[str]:
    """Name what was set on a mock, waiting or made."""
    plain = type(live).__mro__[1]()
    made = set(vars(live)) - set(vars(plain)) - {"_mock_return_value"}
    children = set(vars(live)["_mock_children"])
    return {name for name in made | children if not name.startswith("_mock_")}


@pytest.mark.parametrize("factory", [SSotMockFactory, written()], ids=["shipped", "written"])
@pytest.mark.parametrize("method", METHODS)
def test_the_contract_is_what_the_product_is(method: str, factory: Any) -> None:
    contract = FACTORY.contract(method)
    assert contract is not None
    product = create(factory, method)
    unreadable = set(differences(contract.product, product, "", frozenset()))
    assert unreadable == UNREADABLE.get(method, set())


@pytest.mark.parametrize("method", METHODS)
def test_the_contract_knows_every_parameter(method: str) -> None:
    contract = FACTORY.contract(method)
    assert contract is not None
    assert contract.spec is not None
    assert contract.open_keywords
    assert contract.dotted_keywords


def test_methods_that_make_several_things_say_so() -> None:
    for method in ("create_mock", "create_mock_suite"):
        contract = FACTORY.contract(method)
        assert contract is not None
        assert isinstance(contract.product, Opaque)


def test_every_method_is_compared() -> None:
    public = {name for name in FACTORY.methods if not name.startswith("_")}
    assert public == {*METHODS, "bind", "create_mock", "create_mock_suite"}


def test_a_product_that_is_read_again_is_another_one() -> None:
    contract = FACTORY.contract("create_llm_client_mock")
    assert contract is not None
    first, again = contract.instantiate({}), contract.instantiate({})
    for product in (first, again):
        assert isinstance(product, Mock)
        # It gives itself: what is shared in one product stays shared in its copy.
        assert follow(product, ("get_default_client", CALL)) is product
        product.children.clear()
    assert same(contract.instantiate({}), contract.product)
    assert not same(first, contract.product)


def test_to_read_it_is_not_to_import_it() -> None:
    code = "from ssot_migrate.contracts.shipped import source; source(); import sys; print('unittest.mock' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
