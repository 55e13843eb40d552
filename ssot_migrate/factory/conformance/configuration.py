"""Every parameter of every method has its effect, and every default is the documented one."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from ssot_migrate.factory.conformance.check import Check, Failed, Skipped, Subject, none_wrong
from ssot_migrate.factory.conformance.documented import CLASSES, METHODS, SUITE
from ssot_migrate.factory.conformance.errors import CONTEXTS
from ssot_migrate.factory.conformance.products import is_mock, with_article
from ssot_migrate.factory.conformance.promise import Row, mismatch
from ssot_migrate.factory.conformance.reachable import reachable

GROUP: Final = "configuration"

#: A value that no product has of itself.
FRESH = "a value of its own"

Make = Callable[..., Any]


def check_base(name: str, subject: Subject) -> None:
    """Check which class of mocks a product is of."""
    row = METHODS[name]
    product = subject.method(name)(**row.required)
    _require_mock(name, product)
    if not issubclass(type(product), row.base):
        found, base = type(product).__name__, row.base.__name__
        raise Failed(f"{name} gives {with_article(found)}: build it on {base}")


def check_presets(name: str, subject: Subject) -> None:
    """Check what a product has that nobody configured."""
    make = subject.method(name)
    none_wrong([*_wrong_presets(f"{name}()", make, METHODS[name])])


def check_effects(name: str, subject: Subject) -> None:
    """Check what the documented parameters change."""
    none_wrong([*_wrong_effects(name, subject.method(name), METHODS[name])])


def check_parameters(name: str, subject: Subject) -> None:
    """Check that each parameter of the signature changes something that can be seen."""
    make = partial(subject.method(name), **METHODS[name].required)
    if name in CONTEXTS:
        # The project's own class has what it has: it need not take all ids.
        _require_mock(name, make())
    none_wrong([*_idle(make, name)])


def check_other_methods(subject: Subject) -> None:
    """Check the parameters of the methods that the documentation does not know."""
    documented = {*METHODS, "create_mock_suite", "create_mock"}
    makers = [*_makers(subject.factory, documented)]
    if not makers:
        raise Skipped("the factory has no other methods")
    none_wrong([line for name, make in makers for line in _idle(make, name)])


def check_suite(mock_type: str, subject: Subject) -> None:
    """Check what a suite has under a type."""
    make = subject.method("create_mock_suite")
    suite = make([mock_type])
    if list(suite) != [mock_type]:
        raise Failed(f"create_mock_suite([{mock_type!r}]) has {list(suite)}: give it that type")
    named = f"create_mock_suite([{mock_type!r}])[{mock_type!r}]"
    none_wrong([*_wrong_presets(named, lambda: make([mock_type])[mock_type], SUITE[mock_type])])


def check_class(name: str, subject: Subject) -> None:
    """Check what is made by the name of a class, and what its keywords change."""
    make = partial(subject.method("create_mock"), name)
    named = f"create_mock({name!r})"
    row = CLASSES[name]
    none_wrong([*_wrong_presets(named, make, row), *_wrong_effects(named, make, row)])


def _require_mock(name: str, product: object) -> None:
    if not is_mock(product):
        kind = type(product).__qualname__
        raise Skipped(f"{name} gives the project's own {kind}: no mock, and without its presets")


def _makers(factory: type, documented: set[str]) -> Iterator[tuple[str, Make]]:
    """Yield the further methods that can be called; what they need is given a text."""
    for name in sorted(set(dir(factory)) - documented):
        method = getattr(factory, name)
        if not name.startswith("create_") or not callable(method):
            continue
        needed = [
            parameter.name
            for parameter in inspect.signature(method).parameters.values()
            if parameter.default is parameter.empty
            and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        ]
        make = partial(method, **dict.fromkeys(needed, "some value"))
        if _makes_a_mock(make):
            yield name, make


def _makes_a_mock(make: Make) -> bool:
    try:
        product = make()
    except Exception:  # noqa: BLE001 - it needs something that only its author knows
        return False
    if inspect.iscoroutine(product):
        product.close()
    return is_mock(product)


def _wrong_presets(named: str, make: Make, row: Row) -> Iterator[str]:
    product = make(**row.required)
    _require_mock(named, product)
    for path, expected in row.presets.items():
        wrong = mismatch(product, path, expected)
        if wrong:
            yield f"{named}: {wrong}"


def _wrong_effects(named: str, make: Make, row: Row) -> Iterator[str]:
    for effect in row.effects:
        given = ", ".join(f"{name}={value!r}" for name, value in effect.given.items())
        try:
            product = make(**{**row.required, **effect.given})
        except TypeError as error:
            yield f"{named} does not take {given}: {error}"
            continue
        wrong = mismatch(product, effect.path, effect.expected)
        if wrong and (is_mock(product) or hasattr(product, effect.path)):
            yield f"{named} with {given}: {wrong}"


def _idle(make: Make, name: str) -> Iterator[str]:
    """Say which parameters of a signature change nothing; one that takes no value is left out."""
    for parameter in inspect.signature(make).parameters.values():
        products = [*_products(make, parameter)]
        if products and not any(_shows(p, g) or _differs(make, g) for g, p in products):
            yield f"{name}: the value of {parameter.name} changes nothing: set it on the product"


def _products(make: Make, parameter: inspect.Parameter) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Yield arguments and what is made with them."""
    if parameter.kind is parameter.VAR_POSITIONAL or parameter.name == "spec":
        return
    name = "flavour" if parameter.kind is parameter.VAR_KEYWORD else parameter.name
    for value in _values(parameter.default):
        given = {name: value}
        try:
            yield given, make(**given)
        except Exception:  # noqa: BLE001, S112 - it does not take values of this kind
            continue


def _values(default: object) -> tuple[Any, ...]:
    if isinstance(default, bool):
        return (not default,)
    if isinstance(default, int | float):
        return (default + 41.5,)
    return FRESH, {"flavour": FRESH}, [FRESH]


def _shows(product: object, given: Mapping[str, Any]) -> bool:
    """Say whether a value can be seen somewhere in a product; flags and small numbers cannot."""
    (value,) = given.values()
    if isinstance(value, bool):
        return False
    parts = (part for _, part in reachable(product))
    if isinstance(value, float):
        return any(isinstance(part, float) and part == value for part in parts)
    return any(isinstance(part, str) and FRESH in part for part in parts)


def _differs(make: Make, given: Mapping[str, Any]) -> bool:
    """Say whether a product is another than two that are made without the argument are.

    It is made between the two: what is steady before and after is no matter of the clock.
    """
    before, product, after = make(), make(**given), make()
    one, told, other = _told(before), _told(product), _told(after)
    steady = one.items() & other.items()
    return not steady <= told.items() or not told.keys() <= one.keys() | other.keys()


def _told(product: object) -> Mapping[str, str]:
    return {
        path: repr(value) if isinstance(value, str | int | float | None) else type(value).__name__
        for path, value in reachable(product)
    }


CHECKS: tuple[Check, ...] = (
    *(
        Check(f"{GROUP}-{aspect}-{name}", GROUP, summary.format(name), partial(run, name))
        for name in METHODS
        for aspect, summary, run in (
            ("base", "{} builds on the documented class of mocks", check_base),
            ("presets", "{} has the documented defaults and presets", check_presets),
            ("effects", "the documented parameters of {} do what they should", check_effects),
            ("parameters", "every parameter of {} changes its product", check_parameters),
        )
    ),
    *(
        Check(f"{GROUP}-suite-{name}", GROUP, f"a suite has {name}", partial(check_suite, name))
        for name in SUITE
    ),
    *(
        Check(f"{GROUP}-class-{name}", GROUP, f"{name} by name", partial(check_class, name))
        for name in CLASSES
    ),
    Check(
        f"{GROUP}-parameters-of-other-methods",
        GROUP,
        "every parameter of the factory's further methods changes its product",
        check_other_methods,
    ),
)
