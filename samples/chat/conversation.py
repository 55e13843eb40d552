"""A question, its answer, and who hears of it on the way."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from .agent import AgentError, ChatAgent, choose_tool

#: What is told of each message, in this order.
EVENTS = (
    "agent_started",
    "agent_thinking",
    "tool_executing",
    "tool_completed",
    "agent_completed",
)

#: Takes the kind of an event and its fields.
Channel = Callable[..., Awaitable[None]]


class StoreError(Exception):
    """The database refused; nothing was kept."""


class Store(Protocol):
    """Keeps what was said."""

    async def save_exchange(
        self, user_id: str, thread_id: str, question: str, answer: str
    ) -> None: ...


def over_websocket(websocket: Any) -> Channel:
    """Send events as JSON to the client itself."""

    async def send(kind: str, **fields: Any) -> None:
        await websocket.send_json({"type": kind, **fields})

    return send


def over_bridge(bridge: Any) -> Channel:
    """Notify a bridge, which takes them to the servers that hold the user's sockets."""
    return _by_method(bridge, "notify")


def over_emitter(emitter: Any) -> Channel:
    """Emit events to whoever watches the user: a dashboard, an audit."""
    return _by_method(emitter, "emit")


def _by_method(target: Any, verb: str) -> Channel:
    """Call the method that each of the five events has; others go to `emit_event`."""

    async def send(kind: str, **fields: Any) -> None:
        if kind in EVENTS:
            await getattr(target, f"{verb}_{kind}")(**fields)
        else:
            await target.emit_event(kind, fields)

    return send


class Relay:
    """A channel that may fail: it misses an event then, and nobody else does."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.missed: list[tuple[str, Exception]] = []

    async def __call__(self, kind: str, **fields: Any) -> None:
        """Pass an event on, or remember why it was missed."""
        try:
            await self.channel(kind, **fields)
        except Exception as error:  # noqa: BLE001 - whatever the channel raises
            self.missed.append((kind, error))


class Conversation:
    """Answers one user, keeps what was said, and tells each channel about it."""

    def __init__(
        self, agent: ChatAgent, channels: Sequence[Channel], store: Store | None = None
    ) -> None:
        self.agent = agent
        self.channels = channels
        self.store = store

    async def answer(self, user_id: str, text: str, thread_id: str = "main") -> None:
        """Answer a message; an agent or a store that fails is told as an error."""
        tool, _ = choose_tool(text)
        await self.tell("agent_started", agent=self.agent.agent_type)
        await self.tell("agent_thinking")
        await self.tell("tool_executing", tool=tool)
        try:
            outcome = await self.agent.execute(text)
        except AgentError as error:
            await self.tell("error", message=str(error))
            return
        await self.tell("tool_completed", status=outcome["status"])
        await self._remember(user_id, thread_id, text, outcome["result"])
        await self.tell("agent_completed", result=outcome["result"])

    async def tell(self, kind: str, **fields: Any) -> None:
        """Send an event over every channel."""
        for channel in self.channels:
            await channel(kind, **fields)

    async def _remember(
        self, user_id: str, thread_id: str, question: str, answer: str
    ) -> None:
        if self.store is None:
            return
        try:
            await self.store.save_exchange(user_id, thread_id, question, answer)
        except StoreError as error:
            await self.tell("error", message=str(error))
