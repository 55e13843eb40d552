"""The real code that drives the products: the chat path of the sample's service.

What the checks of events and of the pipeline run is the service's own ``chat/conversation.py``
(and ``chat/agent.py``), not a copy and not a test that calls the mock: it knows nothing of mocks or
of factories. Those two modules need only the standard library; the wheel carries them inside this
package, as it carries the codemods, and in a checkout they are found in ``samples/``.
"""

import asyncio
import sys
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

#: An event as it arrived: its kind and its fields.
Event = tuple[str, dict[str, Any]]

_PACKAGE = f"{__package__}.chat"


@cache
def chat() -> Any:  # noqa: ANN401 - the sample is not typed for others
    """Import the conversation: from the package, or from beside it in a checkout."""
    inside = Path(__file__).with_name("chat")
    folder = inside if inside.is_dir() else Path(__file__).parents[3] / "samples" / "chat"
    spec = spec_from_file_location(
        _PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{folder}: the chat path is missing; install ssot-migrate again")
    package = module_from_spec(spec)
    sys.modules[_PACKAGE] = package
    spec.loader.exec_module(package)
    return import_module(f"{_PACKAGE}.conversation")


async def breathe(*_: object, **__: object) -> None:
    """Let every other user have a turn: as a channel, after each event."""
    await asyncio.sleep(0)


async def words(text: str) -> str:
    """Answer, after everybody else had a turn."""
    await asyncio.sleep(0)
    return f"the answer to {text}"


def agent(user: str) -> Any:  # noqa: ANN401
    """Make the service's own agent, whose tool answers every user differently."""
    return chat().ChatAgent(user, {"echo": words})


def expected(user: str) -> list[Event]:
    """Tell what arrives of a question that `agent` answers."""
    return answered("chat", "echo", f"the answer to {question(user)}")


def answered(agent_type: str, tool: str, result: object) -> list[Event]:
    """Tell the five events of an answered message."""
    return [
        ("agent_started", {"agent": agent_type}),
        ("agent_thinking", {}),
        ("tool_executing", {"tool": tool}),
        ("tool_completed", {"status": "completed"}),
        ("agent_completed", {"result": result}),
    ]


#: The kinds of the five events, in order.
FIVE = tuple(kind for kind, _ in answered("", "", None))


def question(user: str) -> str:
    """Give what a user asks."""
    return f"question of {user}"


def sent(websocket: Any) -> list[Event]:  # noqa: ANN401
    """Read what was sent over a websocket off its call records."""
    payloads = [dict(call.args[0]) for call in websocket.send_json.call_args_list]
    return [(payload.pop("type"), payload) for payload in payloads]


def notified(target: Any, verb: str) -> list[Event]:  # noqa: ANN401
    """Read what a bridge or an emitter was told off its call records, in order."""
    return list(_events(target.mock_calls, verb))


def _events(calls: Iterable[Any], verb: str) -> Iterable[Event]:
    for name, arguments, fields in calls:
        if name == "emit_event":
            yield arguments
        elif name.startswith(f"{verb}_"):
            yield name.removeprefix(f"{verb}_"), fields
