"""What every product of the factory goes through, in plain ``unittest.mock``."""

import difflib
import importlib
import inspect
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, TypeVar
from unittest.mock import AsyncMock, MagicMock, NonCallableMock

_Product = TypeVar("_Product", bound=NonCallableMock)

#: What the functions are called through which a caller gets to a user context.
_OWN = ("caller", "real_context", "create_")
_moment = 0
_moment_lock = threading.Lock()


def finished(product: _Product, spec: Any, attributes: Mapping[str, Any]) -> _Product:
    """Keep a product to its spec, then set what the caller asked for.

    Raises AttributeError for an attribute that a product with a spec lacks.
    """
    if spec is not None:
        _keep_to(spec, product)
        for name in attributes:
            _require(name.partition(".")[0], product, spec)
    if attributes:
        product.configure_mock(**attributes)
    return product


def _keep_to(spec: Any, product: NonCallableMock) -> None:
    """Let the spec decide which methods there are, and which of them are async."""
    children = {
        name: child
        for name, child in vars(product).items()
        if isinstance(child, NonCallableMock) and not name.startswith("_")
    }
    kind = AsyncMock if isinstance(product, AsyncMock) else MagicMock
    strict = kind(spec=spec) if children else None
    for name, child in children.items():
        if not hasattr(strict, name):
            delattr(product, name)
        elif isinstance(child, AsyncMock) is not isinstance(
            getattr(strict, name), AsyncMock
        ):
            product.attach_mock(getattr(strict, name), name)


def _require(name: str, product: NonCallableMock, spec: Any) -> None:
    if not hasattr(product, name):
        owner = getattr(spec, "__name__", repr(spec))
        near = difflib.get_close_matches(name, dir(product), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise AttributeError(f"{owner} has no attribute {name!r}{hint}")


def real_context(
    bound: Callable[..., Any] | str | None,
    ids: Mapping[str, str],
    attributes: Mapping[str, Any],
) -> Any:
    """Build the project's own context; ``None``, with a warning, where that fails.

    Of the ids it gets those that it takes. What the caller asked for it has to take.
    """
    if bound is None:
        return None
    try:
        known = _imported(bound) if isinstance(bound, str) else bound
        build = getattr(known, "from_request", known)
        takes = inspect.signature(build).parameters.values()
        names = {parameter.name for parameter in takes}
        anything = any(parameter.kind is parameter.VAR_KEYWORD for parameter in takes)
        usual = {**ids, "agent_context": {}, "audit_metadata": {}}
        given = {k: v for k, v in usual.items() if anything or k in names}
        return build(**{**given, **attributes})
    except Exception as error:  # noqa: BLE001 - whatever that class raises
        reason = f"{type(error).__name__}: {error}"
        message = f"a mock stands in for the user context: {reason}"
        warnings.warn(message, stacklevel=caller()[0])
        return None


def caller() -> tuple[int, FrameType | None]:
    """Find whoever called the factory: the stack level for a warning, and the frame."""
    level, frame = 0, inspect.currentframe()
    while frame and frame.f_code.co_name.startswith(_OWN):
        level, frame = level + 1, frame.f_back
    return level, frame


def _imported(name: str) -> Any:
    module, _, path = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    return found


def moment() -> int:
    """Give the time in milliseconds since the epoch, never the same twice."""
    global _moment
    with _moment_lock:
        _moment = max(_moment + 1, int(time.time() * 1000))
        return _moment
