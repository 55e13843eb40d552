"""The message loop of one connection."""

from collections.abc import AsyncIterator, Iterable
from typing import Any

from fastapi import WebSocketDisconnect

from chat.agent import ChatAgent
from chat.connections import ClientSocket
from chat.conversation import Channel, Conversation, Relay, over_websocket
from chat.store import MessageStore

POLICY_VIOLATION = 1008
UNSUPPORTED_DATA = 1003


class PolicyViolation(Exception):
    """A client asked for something that belongs to somebody else."""


async def read_messages(websocket: ClientSocket) -> AsyncIterator[dict]:
    """Yield what the client sends, until it disconnects."""
    while True:
        yield await websocket.receive_json()


class ChatHandler:
    """Hands the messages of a connection to an agent and reports what it does."""

    def __init__(
        self,
        agent: ChatAgent,
        store: MessageStore | None = None,
        audience: Iterable[Channel] = (),
    ) -> None:
        self.agent = agent
        self.store = store
        self.relays = [Relay(channel) for channel in audience]

    async def serve(
        self, websocket: ClientSocket, messages: AsyncIterator[dict] | None = None
    ) -> None:
        """Accept the connection and handle its messages until one side ends it."""
        await websocket.accept()
        try:
            async for message in messages or read_messages(websocket):
                if not await self.handle(websocket, message):
                    break
        except WebSocketDisconnect:
            return
        except PolicyViolation:
            await websocket.close(code=POLICY_VIOLATION)
        except ValueError:
            await websocket.close(code=UNSUPPORTED_DATA)
        else:
            await websocket.close()

    async def handle(self, websocket: ClientSocket, message: dict) -> bool:
        """Handle one message; return whether the connection goes on."""
        kind = message.get("type")
        if kind == "chat":
            await self._chat(websocket, message)
        elif kind == "hello":
            capabilities = await self.agent.get_capabilities()
            await self._send(websocket, "hello", capabilities=capabilities)
        elif kind == "ping":
            await websocket.send_text("pong")
        elif kind != "bye":
            await self._send(websocket, "error", message=f"unknown type: {kind}")
        return kind != "bye"

    async def _chat(self, websocket: ClientSocket, message: dict) -> None:
        if message.get("user_id", websocket.user_id) != websocket.user_id:
            raise PolicyViolation(message["user_id"])
        text = message.get("text", "").strip()
        if not text:
            await self._send(websocket, "error", message="empty message")
            return
        channels = [over_websocket(websocket), *self.relays]
        conversation = Conversation(self.agent, channels, self.store)
        thread_id = message.get("thread_id", "main")
        await conversation.answer(websocket.user_id, text, thread_id)

    async def _send(self, websocket: ClientSocket, kind: str, **fields: Any) -> None:
        await websocket.send_json({"type": kind, **fields})
