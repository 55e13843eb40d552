"""Make a factory's products, and look at what they are."""

import ast
import inspect
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import Any, Final
from unittest import mock

from ssot_migrate.factory.conformance.check import Failed, Skipped, Subject

#: From the special to the general.
BASES: Final = (
    *(mock.AsyncMock, mock.PropertyMock, mock.MagicMock, mock.Mock),
    *(mock.NonCallableMagicMock, mock.NonCallableMock),
)
#: The method behind each type of ``create_mock_suite``.
SUITE: Final = {
    "agent": "create_agent_mock",
    "websocket": "create_websocket_mock",
    "database_session": "create_database_session_mock",
    "execution_context": "create_execution_context_mock",
    "tool": "create_tool_mock",
    "llm_client": "create_llm_client_mock",
    "configuration": "create_configuration_mock",
    "llm_manager": "create_mock_llm_manager",
    "agent_websocket_bridge": "create_mock_agent_websocket_bridge",
}
#: What methods are called with that cannot be called without.
ARGUMENTS: Final[Mapping[str, tuple[object, ...]]] = {
    "create_isolated_execution_context": ("user-1", "thread-1"),
    "create_mock_suite": ([*SUITE],),
    "create_mock": ("AsyncSession",),
}


def maker(subject: Subject, name: str) -> Callable[[], Any]:
    """Return a function that makes a method's product.

    Raises Skipped where the factory lacks the method or nobody knows what to call it with, Failed
    where the method raises.
    """
    method = subject.method(name)
    arguments = ARGUMENTS.get(name, ())
    try:
        inspect.signature(method).bind(*arguments)
    except TypeError as error:
        raise Skipped(f"{name} cannot be called without arguments: {error}") from None
    made(name, method, *arguments)
    return lambda: method(*arguments)


def made(name: str, method: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
    """Make a product. Raises Failed where the method raises, Skipped where it is async."""
    try:
        product = method(*arguments)
    except Exception as error:
        shown = ", ".join(map(repr, arguments))
        text = f"{name}({shown}) raises {type(error).__name__}: {error}"
        raise Failed(text) from error
    if inspect.iscoroutine(product):
        product.close()
        raise Skipped(f"{name} is async")
    return product


def is_mock(value: object) -> bool:
    """Say whether a value is one of unittest.mock's, whatever class it stands for."""
    return issubclass(type(value), mock.NonCallableMock)


def base(product: object) -> type:
    """Return the class of unittest.mock that a mock is of."""
    return next(known for known in BASES if issubclass(type(product), known))


def stated(product: object, name: str) -> Any:  # noqa: ANN401
    """Return what a mock was told its return value or side effect is, ``None`` for nothing."""
    value = vars(product).get(f"_mock_{name}")
    return None if value is mock.DEFAULT else value


def described(product: object) -> dict[str, str]:
    """Say what stands at each path of a product; one mock at several paths is described once."""
    seen: dict[int, str] = {}
    found: dict[str, str] = {}
    pending: list[tuple[str, Any]] = [("", product)]
    while pending:
        path, value = pending.pop(0)
        if id(value) in seen:
            found[path] = f"the same as {seen[id(value)] or 'the product'}"
            continue
        found[path] = _told(value)
        parts = [*_parts(path, value)]
        if parts:
            seen[id(value)] = path
        pending += parts
    return found


def differences(
    one: Mapping[str, str], other: Mapping[str, str], names: tuple[str, str]
) -> Iterator[str]:
    """Say where two descriptions differ; ``names`` is whose they are."""
    for path in dict.fromkeys([*one, *other]):
        first, second = one.get(path, "nothing"), other.get(path, "nothing")
        if first != second:
            what = path.lstrip(".") or "the product"
            yield f"{what} is {first} in {names[0]}, {second} in {names[1]}"


def _parts(path: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    if isinstance(value, dict):
        yield from ((f"{path}[{key!r}]", part) for key, part in value.items())
    elif isinstance(value, list | tuple):
        yield from ((f"{path}[{place}]", part) for place, part in enumerate(value))
    elif is_mock(value):
        plain = {*dir(base(value)), *dir(base(value)())}
        for name in sorted({*dir(value)} - plain):
            yield f"{path}.{name}", getattr(value, name)
        if stated(value, "return_value") is not None:
            yield f"{path}()", value.return_value


def _told(value: Any) -> str:  # noqa: ANN401
    if is_mock(value):
        spec = vars(value).get("_spec_class")
        effect = stated(value, "side_effect")
        parts = [
            base(value).__name__,
            f"with spec {spec.__qualname__}" if spec else "",
            "" if effect is None else f"with side effect {_told(effect)}",
        ]
        return " ".join(filter(None, parts))
    if isinstance(value, dict | list | tuple):
        return type(value).__name__
    if isinstance(value, FunctionType):
        return f"function {value.__name__}"
    if isinstance(value, BaseException):
        return f"{type(value).__name__}{value.args}"
    return repr(value) if is_literal(value) else with_article(type(value).__name__)


def is_literal(value: object) -> bool:
    """Say whether a value's ``repr`` is its source."""
    try:
        return bool(ast.literal_eval(repr(value)) == value)
    except (ValueError, SyntaxError):
        return False


def with_article(name: str) -> str:
    """Speak of one object of a class."""
    return f"{'an' if name[:1] in 'AEIOU' else 'a'} {name}"
