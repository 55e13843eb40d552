"""Who is online."""

import json
from typing import Any, Protocol

from fastapi import WebSocketDisconnect
from starlette.websockets import WebSocketState


class ClientSocket(Protocol):
    """A websocket that knows whose it is."""

    connection_id: str
    user_id: str
    headers: Any
    client_state: Any

    async def accept(self) -> None: ...
    async def receive_json(self) -> Any: ...
    async def send_text(self, data: str) -> None: ...
    async def send_json(self, data: Any) -> None: ...
    async def close(self, code: int = 1000) -> None: ...


async def deliver(websocket: ClientSocket, payload: dict) -> None:
    """Send a payload, as text to a client that takes nothing else."""
    if hasattr(websocket, "send_json"):
        await websocket.send_json(payload)
    else:
        await websocket.send_text(json.dumps(payload))


def client_name(websocket: ClientSocket) -> str:
    """Return what the client calls itself."""
    return websocket.headers.get("x-client", "unknown")


class Connections:
    """The open connections, kept apart by user."""

    def __init__(self) -> None:
        self._by_user: dict[str, dict[str, ClientSocket]] = {}

    def add(self, websocket: ClientSocket) -> None:
        """Remember a connection; its id must be new for its user."""
        own = self._by_user.setdefault(websocket.user_id, {})
        if websocket.connection_id in own:
            raise ValueError(f"{websocket.connection_id} is connected already")
        own[websocket.connection_id] = websocket

    def remove(self, websocket: ClientSocket) -> None:
        """Forget a connection."""
        own = self._by_user.get(websocket.user_id, {})
        own.pop(websocket.connection_id, None)
        if not own:
            self._by_user.pop(websocket.user_id, None)

    def count(self, user_id: str) -> int:
        """Return how many connections a user has."""
        return len(self._by_user.get(user_id, {}))

    def prune(self) -> int:
        """Forget the connections that were lost, and return how many."""
        lost = [
            websocket
            for websocket in self._all()
            if websocket.client_state == WebSocketState.DISCONNECTED
        ]
        for websocket in lost:
            self.remove(websocket)
        return len(lost)

    async def notify(self, user_id: str, text: str) -> int:
        """Send a text to all connections of one user; return how many got it."""
        delivered = 0
        for websocket in list(self._by_user.get(user_id, {}).values()):
            try:
                await websocket.send_text(text)
            except (RuntimeError, WebSocketDisconnect):
                self.remove(websocket)
            else:
                delivered += 1
        return delivered

    async def close_all(self) -> None:
        """Close every connection: the service goes away."""
        for websocket in self._all():
            await websocket.close(code=1001)
            self.remove(websocket)

    def _all(self) -> list[ClientSocket]:
        return [ws for own in self._by_user.values() for ws in own.values()]


class Announcer:
    """Tells everybody, through whatever manages the connections of all servers."""

    def __init__(self, websocket_manager) -> None:
        self.websocket_manager = websocket_manager

    async def announce(self, text: str) -> bool:
        """Broadcast a text unless nobody is there; return whether it was sent."""
        if not await self.websocket_manager.get_connection_count():
            return False
        await self.websocket_manager.broadcast_message({"type": "notice", "text": text})
        return True
