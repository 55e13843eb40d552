"""What is wrong is told: unknown types and names, missing arguments, a real context that fails."""

import inspect
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, Final
from unittest.mock import AsyncMock

from ssot_migrate.factory.conformance.check import Check, Failed, Skipped, Subject
from ssot_migrate.factory.conformance.documented import METHODS, SUITE
from ssot_migrate.factory.conformance.products import is_mock
from ssot_migrate.factory.conformance.reachable import attributes

GROUP: Final = "errors"

REASON = "the ledger of contexts is closed"
CONTEXTS = ("create_mock_user_context", "create_isolated_execution_context")
IDS = {"user_id": "alice", "thread_id": "planks"}


class FailingContext:
    """A project's context that cannot be built."""

    def __init__(self, **_: object) -> None:
        raise ValueError(REASON)


class WorkingContext:
    """A project's context that takes whatever it is given."""

    def __init__(self, **given: object) -> None:
        vars(self).update(given)


def check_unknown_type(subject: Subject) -> None:
    """Check that an unknown type is left out, with a warning that names it and the known ones."""
    make = subject.method("create_mock_suite")
    suite, told = _warned(partial(make, ["agent", "agnet", "websocket"]))
    if list(suite) != ["agent", "websocket"]:
        raise Failed(f"create_mock_suite gives {list(suite)} for agent, agnet, websocket")
    missing = [name for name in ("agnet", *SUITE) if name not in told]
    if missing:
        text = f"create_mock_suite warns of the type 'agnet' with {told!r}: name {missing}, too"
        raise Failed(text)


def check_known_types(subject: Subject) -> None:
    """Check that nothing is warned of where every type is known."""
    _, told = _warned(partial(subject.method("create_mock_suite"), [*SUITE]))
    if told:
        raise Failed(f"create_mock_suite warns though it knows every type: {told}")


def check_empty_suite(subject: Subject) -> None:
    """Check that of no types comes an empty suite."""
    suite = subject.method("create_mock_suite")([])
    if suite != {}:
        raise Failed(f"create_mock_suite([]) is {suite!r}: it should be an empty dict")


def check_no_types(bad: object, subject: Subject) -> None:
    """Check that something that lists no types is refused."""
    _require_error(partial(subject.method("create_mock_suite"), bad), f"create_mock_suite({bad!r})")


def check_unknown_class(subject: Subject) -> None:
    """Check that an unknown name gives an AsyncMock with the keywords."""
    product = subject.method("create_mock")("LumberMill", return_value=7, flavour="oak")
    if not issubclass(type(product), AsyncMock):
        raise Failed(f"create_mock('LumberMill') is {product!r}: it should be an AsyncMock")
    if (product.return_value, product.flavour) != (7, "oak"):
        raise Failed("create_mock('LumberMill', …) drops keywords: pass them on to AsyncMock")


def check_failing_context(name: str, subject: Subject) -> None:
    """Check that a mock with the ids stands in for the real context, with a warning that says why.

    What is bound is bound to a subclass: the factory itself keeps what it has.
    """
    make = getattr(_bound(subject, name, FailingContext), name)
    context, told = _warned(partial(make, **IDS))
    if not is_mock(context):
        raise Failed(f"{name} gives {context!r} where the real context fails: give the mock")
    if REASON not in told:
        raise Failed(f"{name} warns with {told!r} where the real context fails: say {REASON!r}")
    found = {key: getattr(context, key) for key in IDS}
    if found != IDS:
        raise Failed(f"{name} gives {found} where the real context fails, it was given {IDS}")


def check_working_context(name: str, subject: Subject) -> None:
    """Check that the real context is built with the ids, without a warning."""
    make = getattr(_bound(subject, name, WorkingContext), name)
    context, told = _warned(partial(make, **IDS))
    if not isinstance(context, WorkingContext):
        raise Failed(f"{name} gives {context!r} where a real context is bound ({told})")
    found = {key: getattr(context, key, None) for key in IDS}
    if found != IDS or told:
        raise Failed(f"{name} builds the real context with {found}, it was given {IDS} ({told})")


def check_missing_argument(name: str, subject: Subject) -> None:
    """Check that a method cannot be called without what it needs."""
    method = subject.method(name)
    parameters = inspect.signature(method).parameters.values()
    if all(
        p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters
    ):
        raise Skipped(f"{name} needs no argument")
    _require_error(method, f"{name}()", TypeError)


def check_bad_settings(name: str, parameter: str, subject: Subject) -> None:
    """Check that settings that are no dict are refused."""
    bad = {parameter: "no dict"}
    _require_error(partial(subject.method(name), **bad), f"{name}({parameter}='no dict')")


def check_unknown_keyword(name: str, subject: Subject) -> None:
    """Check that under a spec a known keyword is set, an unknown one told with the nearest."""
    make = _with_spec(subject, name)
    if make(reconcile_ledger=7).reconcile_ledger != 7:
        raise Failed(f"{name}(spec=…, reconcile_ledger=7) does not set it: configure the product")
    misspelt = partial(make, reconcile_ledgr=7)
    told = _require_error(misspelt, f"{name}(spec=…, reconcile_ledgr=7)", AttributeError, TypeError)
    if "reconcile_ledger" not in told:
        raise Failed(f"{name} refuses reconcile_ledgr with {told!r}: name reconcile_ledger")


def check_unknown_attribute(name: str, subject: Subject) -> None:
    """Check that under a spec there is nothing else than what its class has."""
    if hasattr(_with_spec(subject, name)(), "reconcile_ledgr"):
        raise Failed(f"{name}(spec=…) has what its spec lacks: create the product with the spec")


def _with_spec(subject: Subject, name: str) -> Callable[..., Any]:
    """Make products with a spec that has what a product has, and one attribute of its own."""
    method = subject.method(name)
    if "spec" not in inspect.signature(method).parameters:
        raise Skipped(f"{name} takes no spec")
    product = method(**METHODS[name].required)
    if not is_mock(product):
        raise Skipped(f"{name} gives no mock: it has no spec")
    names = [path.removeprefix(".") for path, _ in attributes(product)]
    interface = type("Interface", (), dict.fromkeys([*names, "reconcile_ledger"]))
    return partial(method, **METHODS[name].required, spec=interface)


def _bound(subject: Subject, name: str, context: type) -> type:
    """Make a factory like the one that is checked, with its own real context."""
    subject.method(name)
    factory = type("Bound", (subject.factory,), {})
    if hasattr(factory, "bind"):
        factory.bind(user_context=context)
    elif hasattr(factory, "user_context_class"):
        factory.user_context_class = context
    else:
        raise Skipped("the factory binds no real context: it has no bind, no user_context_class")
    return factory


def _warned(call: Callable[[], Any]) -> tuple[Any, str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = call()
    return result, "; ".join(str(warning.message) for warning in caught)


def _require_error(
    call: Callable[[], object],
    told: str,
    *kinds: type[Exception],
) -> str:
    """Give the message of the error; raises Failed where there is none, or another."""
    kinds = kinds or (TypeError, ValueError, AttributeError)
    try:
        result = call()
    except kinds as error:
        return str(error)
    except Exception as error:
        raise Failed(f"{told} raises {type(error).__name__}: {error}") from error
    names = " or ".join(kind.__name__ for kind in kinds)
    raise Failed(f"{told} gives {result!r}: it should raise {names}")


CHECKS: tuple[Check, ...] = (
    Check(f"{GROUP}-suite-unknown-type", GROUP, "an unknown type is warned of", check_unknown_type),
    Check(f"{GROUP}-suite-known-types", GROUP, "known types are not warned of", check_known_types),
    Check(f"{GROUP}-suite-empty", GROUP, "no types give an empty suite", check_empty_suite),
    Check(
        f"{GROUP}-suite-none", GROUP, "no list of types is refused", partial(check_no_types, None)
    ),
    Check(
        f"{GROUP}-suite-number", GROUP, "a number of types is refused", partial(check_no_types, 3)
    ),
    Check(
        f"{GROUP}-class-unknown", GROUP, "an unknown name gives an AsyncMock", check_unknown_class
    ),
    Check(
        f"{GROUP}-settings-create_configuration_mock",
        GROUP,
        "settings that are no dict are refused",
        partial(check_bad_settings, "create_configuration_mock", "additional_config"),
    ),
    Check(
        f"{GROUP}-settings-create_mock_llm_manager",
        GROUP,
        "settings that are no dict are refused",
        partial(check_bad_settings, "create_mock_llm_manager", "config"),
    ),
    *(
        Check(f"{GROUP}-context-{aspect}-{name}", GROUP, summary.format(name), partial(run, name))
        for name in CONTEXTS
        for aspect, summary, run in (
            (
                "failing",
                "{} warns and gives a mock where the real one fails",
                check_failing_context,
            ),
            ("working", "{} gives the real one where it can be built", check_working_context),
        )
    ),
    *(
        Check(
            f"{GROUP}-missing-{name}",
            GROUP,
            f"{name} asks for what it needs",
            partial(check_missing_argument, name),
        )
        for name in ("create_isolated_execution_context", "create_mock_suite", "create_mock")
    ),
    *(
        Check(f"{GROUP}-{aspect}-{name}", GROUP, summary.format(name), partial(run, name))
        for name in METHODS
        for aspect, summary, run in (
            ("keyword", "{} names the nearest attribute of its spec", check_unknown_keyword),
            ("attribute", "{} has nothing that its spec lacks", check_unknown_attribute),
        )
    ),
)
