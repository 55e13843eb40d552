"""The agent that answers, and the pool that gives each user an agent."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

Tool = Callable[[str], Awaitable[str]]


class AgentError(Exception):
    """The agent could not answer."""


def choose_tool(message: str) -> tuple[str, str]:
    """Split `/words some text` into a tool and its argument; the default is echo."""
    if not message.startswith("/"):
        return "echo", message
    name, _, argument = message[1:].partition(" ")
    return name, argument


async def echo(text: str) -> str:
    """Say the same again."""
    return text


async def count_words(text: str) -> str:
    """Say how many words there are."""
    return f"{len(text.split())} words"


async def fetch_title(http_session: httpx.AsyncClient, url: str) -> str:
    """Return the title of a page, or its address when it has none."""
    response = await http_session.get(url)
    response.raise_for_status()
    _, found, rest = response.text.partition("<title>")
    return rest.partition("</title>")[0].strip() if found else url


class ChatAgent:
    """Answers the messages of one user with the tool that they name."""

    agent_type = "chat"

    def __init__(self, user_id: str, tools: dict[str, Tool] | None = None) -> None:
        self.user_id = user_id
        self.tools = tools or {"echo": echo, "words": count_words}

    async def execute(self, message: str) -> dict:
        """Answer one message."""
        name, argument = choose_tool(message)
        if name not in self.tools:
            raise AgentError(f"no tool named {name}")
        started = time.perf_counter()
        try:
            result = await self.tools[name](argument)
        except Exception as error:
            raise AgentError(f"{name} failed") from error
        elapsed = time.perf_counter() - started
        return {"status": "completed", "result": result, "execution_time": elapsed}

    async def get_capabilities(self) -> list[str]:
        """Return the names of the tools."""
        return sorted(self.tools)


class AgentPool:
    """Gives each user an agent, always the same one, and never another user's."""

    def __init__(self, agent_factory: Callable[[str], ChatAgent] = ChatAgent) -> None:
        self.agent_factory = agent_factory
        self._agents: dict[str, ChatAgent] = {}

    def for_user(self, user_id: str) -> ChatAgent:
        """Return the user's agent, made when first asked for."""
        if user_id not in self._agents:
            self._agents[user_id] = self.agent_factory(user_id)
        return self._agents[user_id]

    def release(self, user_id: str) -> None:
        """Forget the user's agent."""
        self._agents.pop(user_id, None)
