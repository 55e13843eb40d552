"""What can be reached from a product: its attributes, what its methods give, and what is in those.

A product is only asked what a test could ask it (``dir``, attributes, calls), so that it does not
matter how the factory builds it. A mock that answers by itself is called once, without arguments.
"""

import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any
from unittest.mock import AsyncMock, MagicMock

from ssot_migrate.factory.conformance.products import is_mock

#: Private attributes of products that FACTORY.md names; ``dir`` of a mock leaves them out.
PRIVATE = ("_active_connections", "_ssot_compliant", "_ssot_mock_registry")

Place = tuple[str, Any]


def reachable(product: object) -> Iterator[Place]:
    """Yield everything that can be reached, with its path; what is reached twice goes on once."""
    seen: dict[int, object] = {}
    yield from _visit("", product, seen, call=False)


def mutable(product: object) -> dict[int, Place]:
    """Give what a test could change in place, mocks included, by its identity."""
    kinds = (dict, list, set, bytearray)
    return {
        id(value): (path, value)
        for path, value in reachable(product)
        if isinstance(value, kinds) or is_mock(value)
    }


def attributes(product: object) -> Iterator[Place]:
    """Yield the attributes that a product has beyond those of any mock or object."""
    if is_mock(product):
        names = {*dir(product)} | {name for name in PRIVATE if name in vars(product)}
        names -= _of_any_mock()
    else:
        names = {name for name in getattr(product, "__dict__", {}) if not name.startswith("_")}
        names.update(getattr(product, "__dataclass_fields__", ()))
    for name in sorted(names):
        yield f".{name}", getattr(product, name)


def answer(mock: Any, *arguments: object) -> Any:  # noqa: ANN401
    """Call a mock, and await what it gives; an exception is an answer, too."""
    try:
        given = mock(*arguments)
        return _awaited(given) if inspect.iscoroutine(given) else given
    except Exception as error:  # noqa: BLE001 - whatever the mock is told to raise
        return error


def _awaited(coroutine: Any) -> Any:  # noqa: ANN401
    """Run a coroutine that waits for nothing, as those of mocks do; no event loop is needed."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    return None


def _visit(path: str, value: Any, seen: dict[int, object], *, call: bool) -> Iterator[Place]:  # noqa: ANN401
    yield path, value
    if id(value) in seen:
        return
    seen[id(value)] = value
    for step, part in _parts(value, whole=not path):
        yield from _visit(path + step, part, seen, call=True)
    if call and is_mock(value) and callable(value):
        yield from _visit(f"{path}()", answer(value), seen, call=False)


def _parts(value: object, *, whole: bool) -> Iterator[Place]:
    if isinstance(value, dict):
        yield from ((f"[{key!r}]", part) for key, part in value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from ((f"[{place}]", part) for place, part in enumerate(value))
    elif is_mock(value) or whole:
        yield from attributes(value)


@cache
def _of_any_mock() -> frozenset[str]:
    return frozenset({*object.__dir__(MagicMock()), *object.__dir__(AsyncMock())})
