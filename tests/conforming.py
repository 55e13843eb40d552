"""Run checks of the conformance suite on the sample's factory, and on ones that break one thing."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from ssot_migrate.factory.conformance import registry
from ssot_migrate.factory.conformance.check import Check, Subject
from tests.support import FACTORY

Change = Callable[..., Any]


def mutant(*replacements: tuple[str, str]) -> type:
    """Load the sample's factory with texts of its source replaced, each wherever it stands."""
    source = FACTORY.decode()
    for old, new in replacements:
        assert old in source, f"the sample's factory has no {old!r}"
        source = source.replace(old, new)
    names: dict[str, Any] = {"__name__": "mutant"}
    exec(compile(source, "mutant.py", "exec"), names)  # noqa: S102 - it is what is tested
    found = names["SSotMockFactory"]
    assert isinstance(found, type)
    return found


def without(*methods: str) -> type:
    """Load the sample's factory without some of its methods."""
    factory = mutant()
    for method in methods:
        delattr(factory, method)
    return factory


def changed(method: str, change: Change) -> type:
    """Load the sample's factory with a method whose products go through a function.

    The function gets the product and the keyword arguments; what it returns, if anything, replaces
    the product.
    """
    factory = mutant()
    original = getattr(factory, method)

    @wraps(original)
    def make(*arguments: object, **given: object) -> object:
        product = original(*arguments, **given)
        replaced = change(product, given)
        return product if replaced is None else replaced

    setattr(factory, method, staticmethod(make))
    return factory


def subject(factory: type) -> Subject:
    return Subject(factory=factory, name="mutant:SSotMockFactory", interfaces={})


def outcome(check: Check, factory: type) -> str:
    """Run one check: ``passed``, or the failure or the reason of the skip."""
    ended = registry.outcome(check, subject(factory))
    return f"{ended.status}: {ended.reason}" if ended.reason else str(ended.status)


def failing(checks: Iterable[Check], factory: type) -> set[str]:
    """Name the checks that a factory fails."""
    return {check.id for check in checks if outcome(check, factory).startswith("failed")}


def by_id(checks: Iterable[Check], identity: str) -> Check:
    """Find a check."""
    return next(check for check in checks if check.id == identity)
