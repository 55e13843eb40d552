"""Group ``consistency``: however a product is asked for, it is the same.

Products are compared part by part. What differs between two calls of one method (times, ids made
anew) is left out.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from ssot_migrate.factory.conformance.check import Check, Failed, Figures, Skipped, Subject
from ssot_migrate.factory.conformance.products import (
    SUITE,
    described,
    differences,
    made,
    maker,
)

GROUP: Final = "consistency"
#: The method behind each class name of ``create_mock``.
CLASSES: Final = {
    "AsyncSession": "create_database_session_mock",
    "WebSocketManager": "create_websocket_manager_mock",
    "LLMManager": "create_mock_llm_manager",
    "AgentWebSocketBridge": "create_mock_agent_websocket_bridge",
    "UnifiedWebSocketEmitter": "create_mock_websocket_emitter",
}
#: So many differences are told.
_SHOWN: Final = 10


def _named(class_name: str, method: str, subject: Subject) -> Figures:
    create = subject.method("create_mock")
    call = f'create_mock("{class_name}")'
    return _same(subject, method, call, lambda: made("create_mock", create, class_name))


def _in_suite(mock_type: str, method: str, subject: Subject) -> Figures:
    create = subject.method("create_mock_suite")

    def product() -> Any:  # noqa: ANN401
        suite = made("create_mock_suite", create, [mock_type])
        try:
            return suite[mock_type]
        except (TypeError, LookupError):
            raise Skipped(f"create_mock_suite does not know {mock_type}") from None

    return _same(subject, method, f'create_mock_suite(["{mock_type}"])', product)


def _same(subject: Subject, method: str, call: str, product: Callable[[], Any]) -> Figures:
    make = maker(subject, method)
    one, again, other = described(make()), described(make()), described(product())
    anew = {path for path in one if one[path] != again.get(path)}
    for path in anew & other.keys():
        other[path] = one[path]
    found = [*differences(one, other, (f"{method}()", call))]
    if found:
        more = [f"and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
        lines = "".join(f"\n  {line}" for line in (*found[:_SHOWN], *more))
        raise Failed(f"{method}() and {call} differ:{lines}")
    return {"parts": len(one)}


def _checks() -> Iterator[Check]:
    for name, method in CLASSES.items():
        summary = f'create_mock("{name}") gives what {method} gives'
        run = partial(_named, name, method)
        yield Check(f"{GROUP}-create_mock-{name}", GROUP, summary, run)
    for name, method in SUITE.items():
        summary = f'create_mock_suite gives for "{name}" what {method} gives'
        run = partial(_in_suite, name, method)
        yield Check(f"{GROUP}-suite-{name}", GROUP, summary, run)


CHECKS: Final = tuple(_checks())
