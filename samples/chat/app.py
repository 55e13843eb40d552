"""The application: `uvicorn --factory chat.app:app_from_environment`."""

import os
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from uuid import uuid4

from fastapi import FastAPI, WebSocket
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from chat.agent import AgentPool
from chat.connections import Connections
from chat.conversation import Channel
from chat.handler import ChatHandler
from chat.store import MessageStore

Sessions = Callable[[], AbstractAsyncContextManager[AsyncSession]]
#: Gives, for a user, the channels beside their websocket: a bridge, an emitter.
Audience = Callable[[str], Iterable[Channel]]


def create_app(
    sessions: Sessions, pool: AgentPool | None = None, audience: Audience | None = None
) -> FastAPI:
    """Build the application around a maker of database sessions."""
    app = FastAPI()
    agents = pool or AgentPool()
    connections = Connections()

    @app.get("/users/{user_id}/history/{thread_id}")
    async def history(user_id: str, thread_id: str) -> list[dict]:
        async with sessions() as session:
            return await MessageStore(session).history(user_id, thread_id)

    @app.get("/users/{user_id}/online")
    async def online(user_id: str) -> dict:
        return {"connections": connections.count(user_id)}

    @app.websocket("/ws/{user_id}")
    async def chat(websocket: WebSocket, user_id: str) -> None:
        websocket.user_id = user_id
        websocket.connection_id = uuid4().hex
        connections.add(websocket)
        try:
            async with sessions() as session:
                handler = ChatHandler(
                    agents.for_user(user_id),
                    MessageStore(session),
                    audience(user_id) if audience else (),
                )
                await handler.serve(websocket)
        finally:
            connections.remove(websocket)
            if not connections.count(user_id):
                agents.release(user_id)

    return app


def app_from_environment() -> FastAPI:
    """Build the application for the database that DATABASE_URL names."""
    engine = create_async_engine(os.environ["DATABASE_URL"])
    return create_app(async_sessionmaker(engine, expire_on_commit=False))
