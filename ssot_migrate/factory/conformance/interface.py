"""Group ``interface``: products offer what the classes they stand for offer.

Each attribute of the class is there; what is async there is async in the product, what is sync is
sync; what a method gives, where its annotation names a class of the same library, is compared the
same way; and a method that has a signature takes every call that the class's takes.
"""

import importlib
import inspect
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from functools import partial
from types import FunctionType, MethodType
from typing import Any, Final, get_origin
from unittest import mock

from ssot_migrate.factory.conformance.check import Check, Failed, Figures, Skipped, Subject
from ssot_migrate.factory.conformance.products import is_mock, maker, stated
from ssot_migrate.factory.conformance.signatures import problems, text_of

GROUP: Final = "interface"
#: The classes of well-known libraries; a project's own configuration stands over them.
DEFAULTS: Final = {
    "create_websocket_mock": "starlette.websockets:WebSocket",
    "create_database_session_mock": "sqlalchemy.ext.asyncio:AsyncSession",
}
#: What a class supports by the methods that Python calls, and how people say it.
_PROTOCOLS: Final = {
    "__aenter__": "async with",
    "__aiter__": "async for",
    "__enter__": "with",
    "__iter__": "for",
    "__getitem__": "[]",
    "__contains__": "in",
    "__len__": "len()",
    "__call__": "calls",
}
#: How many results in a row are looked at: ``execute().scalars``, not ``execute().scalars().all``.
_DEEP: Final = 1


class Kind(StrEnum):
    """How an attribute is used."""

    SYNC = "sync"
    ASYNC = "async"
    #: A sync call whose result is iterated by ``async for``.
    ITERATOR = "an async iterator"
    #: Nothing that is called.
    VALUE = "a value"


@dataclass(frozen=True, slots=True)
class _Interface:
    """What a class offers."""

    owner: type
    #: What stands in the class, by name.
    attributes: dict[str, Any]


def checks(subject: Subject) -> Iterator[Check]:
    """Yield a check for each method whose product stands for a class that is named."""
    for name, class_name in {**DEFAULTS, **subject.interfaces}.items():
        summary = f"what {name} gives offers what {class_name} offers"
        yield Check(f"{GROUP}-{name}", GROUP, summary, partial(_run, name, class_name))


def _run(name: str, class_name: str, subject: Subject) -> Figures:
    make = maker(subject, name)
    owner = imported(class_name, configured=name in subject.interfaces)
    interface = _offered(owner)
    drift = [*_drift(interface, make(), "", _DEEP)]
    if drift:
        lines = "".join(f"\n  {line}" for line in drift)
        raise Failed(f"{name} differs from {class_name}:{lines}")
    return {"attributes": len(interface.attributes)}


def imported(class_name: str, *, configured: bool) -> type:
    """Import a class. Raises Skipped where it is not installed, Failed for a wrong setting."""
    module, _, path = class_name.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
        if isinstance(found, type):
            return found
        reason = "it is no class"
    except ModuleNotFoundError as error:
        if error.name == module.partition(".")[0]:
            raise Skipped(f"{class_name}: {error.name} is not installed") from None
        reason = str(error)
    except Exception as error:  # noqa: BLE001 (whatever that module raises)
        reason = f"{type(error).__name__}: {error}"
    if configured:
        place = "look at [tool.ssot-migrate.interfaces]"
        raise Failed(f"{class_name} cannot be imported ({reason}); {place}")
    raise Skipped(f"{class_name} cannot be imported ({reason})")


def _offered(owner: type) -> _Interface:
    names = [name for name in dir(owner) if not name.startswith("_")]
    found = {name: inspect.getattr_static(owner, name) for name in names}
    if is_dataclass(owner):
        found |= {field.name: None for field in fields(owner) if not field.name.startswith("_")}
    return _Interface(owner, found)


def _drift(interface: _Interface, product: Any, path: str, deep: int) -> Iterator[str]:  # noqa: ANN401
    """Say, attribute by attribute, where a product is not as a class."""
    for protocol, said in _PROTOCOLS.items():
        if _supports(interface.owner, protocol) and not _supports(type(product), protocol):
            yield f"{path.rstrip('.') or 'the product'} does not support `{said}`"
    for name, real in interface.attributes.items():
        try:
            value = getattr(product, name)
        except AttributeError:
            yield f"{path}{name} is missing"
            continue
        there, here = _kind_there(real), _kind_here(value)
        if there is Kind.VALUE:
            continue
        if here is Kind.ITERATOR and there is Kind.SYNC:
            here = Kind.SYNC
        if there is not here and not (there is Kind.ITERATOR and _gives_iterator(value)):
            yield f"{path}{name}: {there} there, {here} here"
            continue
        yield from (f"{path}{name}: {text}" for text in _signature_problems(real, value))
        result = _result_class(interface.owner, real)
        if result is not None and deep:
            yield from _drift_of_result(result, value, f"{path}{name}().", deep - 1)


def _supports(owner: type, protocol: str) -> bool:
    return getattr(owner, protocol, None) is not None


def _function(attribute: Any) -> Any:  # noqa: ANN401
    """Unwrap what stands in a class to its function."""
    if isinstance(attribute, staticmethod | classmethod):
        attribute = attribute.__func__
    return attribute


def _kind_there(attribute: Any) -> Kind:  # noqa: ANN401
    function = _function(attribute)
    if not callable(function) or isinstance(function, type):
        return Kind.VALUE
    if inspect.iscoroutinefunction(function):
        return Kind.ASYNC
    return Kind.ITERATOR if inspect.isasyncgenfunction(function) else Kind.SYNC


def _kind_here(value: Any) -> Kind:  # noqa: ANN401
    if is_mock(value):
        # inspect takes a mock of a function for any kind of function.
        effect = _kind_here(stated(value, "side_effect"))
        if issubclass(type(value), mock.AsyncMock):
            return Kind.ASYNC
        return Kind.SYNC if effect is Kind.VALUE else effect
    if inspect.iscoroutinefunction(value):
        return Kind.ASYNC
    if inspect.isasyncgenfunction(value):
        return Kind.ITERATOR
    return Kind.SYNC if callable(value) else Kind.VALUE


def _gives_iterator(value: Any) -> bool:  # noqa: ANN401
    """Say whether a sync mock gives what ``async for`` takes."""
    return (
        is_mock(value)
        and _kind_here(value) is Kind.SYNC
        and stated(value, "side_effect") is None
        and _supports(type(value.return_value), "__aiter__")
    )


def _signature_problems(real: Any, value: Any) -> Iterator[str]:  # noqa: ANN401
    """Say which calls of the class's method a product's does not take, if it has a signature."""
    function = _function(real)
    if not isinstance(function, FunctionType):
        return
    bound = function if isinstance(real, staticmethod) else MethodType(function, real)
    with suppress(TypeError, ValueError):
        here = text_of(value).removeprefix("async ")
        if here != "(*args, **kwargs)":
            yield from problems(text_of(bound).removeprefix("async "), here, defaults=False)


def _result_class(owner: type, attribute: Any) -> type | None:  # noqa: ANN401
    """Return the class that a method's annotation names, if it is one of its owner's library."""
    function = _function(attribute)
    if not isinstance(function, FunctionType):
        return None
    annotation = function.__annotations__.get("return")
    if isinstance(annotation, str):
        annotation = _named(annotation.partition("[")[0], function, owner)
    found = get_origin(annotation) or annotation
    library = owner.__module__.partition(".")[0]
    alike = isinstance(found, type) and found.__module__.partition(".")[0] == library
    return found if alike else None


def _named(name: str, function: FunctionType, owner: type) -> Any:  # noqa: ANN401
    """Look a class up where its function stands, or in the packages around, which may offer it.

    What is imported under ``TYPE_CHECKING`` only is not where its function stands.
    """
    parts = owner.__module__.split(".")
    around = [sys.modules.get(".".join(parts[:n])) for n in range(len(parts), 0, -1)]
    places = [function.__globals__, *(vars(module) for module in around if module)]
    return next((place[name] for place in places if name in place), None)


def _drift_of_result(result: type, value: Any, path: str, deep: int) -> Iterator[str]:  # noqa: ANN401
    """Compare what a mocked method gives with the class that the real one gives."""
    if not is_mock(value) or stated(value, "side_effect") is not None:
        return
    given = value.return_value
    if is_mock(given):
        yield from _drift(_offered(result), given, path, deep)
