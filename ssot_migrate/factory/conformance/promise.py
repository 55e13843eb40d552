"""What is promised of a product: a value at a path, or what an argument changes there.

A path says how to get at a value: ``llm_config.model``, ``get_state()`` for a sync call,
``execute(await)`` for one that is awaited, ``stream_response(async for)`` for all that it yields.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from ssot_migrate.factory.conformance.products import is_mock, with_article


@dataclass(frozen=True, slots=True)
class Promise:
    """What is true of a value that is no literal."""

    says: str
    holds: Callable[[Any], bool]

    def __repr__(self) -> str:
        return self.says


@dataclass(frozen=True, slots=True)
class Effect:
    """What an argument does to a product."""

    #: The arguments that are given.
    given: Mapping[str, Any]
    #: Where it shows.
    path: str
    #: What stands there.
    expected: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What is documented of one method."""

    base: type
    #: By path, what a product without further arguments has there.
    presets: Mapping[str, Any]
    effects: tuple[Effect, ...] = ()
    #: What the method cannot be called without.
    required: Mapping[str, Any] = field(default_factory=dict)


ANSWER = Promise("an answer", lambda value: not isinstance(value, Exception))
TRUE = Promise("true", bool)
NOW = Promise(
    "now, in UTC",
    lambda value: (
        isinstance(value, datetime)
        and value.utcoffset() == timedelta(0)
        and abs(datetime.now(UTC) - value) < timedelta(hours=1)
    ),
)
FAILURE = Promise(
    "Exception('WebSocket bridge failure')",
    lambda value: isinstance(value, Exception) and str(value) == "WebSocket bridge failure",
)
NO_PRESET = Promise("nothing preset", lambda value: value is not True and value != [])


def matching(pattern: str) -> Promise:
    """Promise a text of a form."""
    return Promise(
        f"a text like {pattern}",
        lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None,
    )


def awaited(names: str) -> dict[str, Promise]:
    """Promise that methods can be awaited."""
    return {f"{name}(await)": ANSWER for name in names.split()}


def own(method: str, **landing: str) -> tuple[Effect, ...]:
    """Tell of parameters that their values stand at paths, as they are."""
    return tuple(
        Effect({name: f"own {name} of {method}"}, path, f"own {name} of {method}")
        for name, path in landing.items()
    )


def value_at(product: Any, path: str) -> Any:  # noqa: ANN401
    """Follow a path; what a call raises is what it gives. Runs in no event loop of its own."""
    value = product
    for name, call in re.findall(r"\.?(\w+)|(\(.*?\)|\[0\])", path):
        if name:
            value = getattr(value, name)
        elif call == "[0]":
            value = value[0]
        else:
            value = _called(value, call)
    return value


def _called(function: Callable[[], Any], call: str) -> Any:  # noqa: ANN401
    given = None
    try:
        given = function()
        if call == "(await)":
            return _run(given)
        return _run(_listed(given)) if call == "(async for)" else given
    except Exception as error:  # noqa: BLE001 - a preset may be a failure
        return error
    finally:
        if inspect.iscoroutine(given):
            given.close()


async def _listed(given: Any) -> list[Any]:  # noqa: ANN401
    return [item async for item in given]


def _run(given: Any) -> Any:  # noqa: ANN401
    """Await what waits for nothing."""
    steps = given.__await__()
    try:
        next(steps)
    except StopIteration as done:
        return done.value
    steps.close()
    return RuntimeError("it waits for something")


def mismatch(product: object, path: str, expected: object) -> str | None:
    """Say what stands at a path where something else is expected."""
    try:
        found = value_at(product, path)
    except AttributeError:
        return f"has no {path}: it should be {expected!r}"
    right = expected.holds(found) if isinstance(expected, Promise) else found == expected
    return None if right else f"{path} is {_shown(found)}, it should be {expected!r}"


def _shown(value: object) -> str:
    return with_article(type(value).__name__) if is_mock(value) else repr(value)
