"""Agent, bridge, websocket and database session work together, whichever of them fails.

The sample's service answers; what it may count on is that a bridge or a websocket that fails costs
nobody the answer, that a database that fails is rolled back and told of, and that an agent that
fails leaves nothing behind in the database.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from ssot_migrate.factory.conformance.chat_path import FIVE, Event, agent, answered, breathe, chat
from ssot_migrate.factory.conformance.check import (
    MANY,
    Check,
    Failed,
    Skipped,
    Subject,
    none_wrong,
)
from ssot_migrate.factory.conformance.events import WAYS, unlike
from ssot_migrate.factory.conformance.products import is_mock

GROUP: Final = "pipeline"

USERS = tuple(f"user-{number}" for number in range(MANY))
#: What a session is asked for an exchange that is kept.
KEPT = ["execute", "commit"]
STATEMENT = "INSERT INTO exchanges VALUES (:user_id, :thread_id, :question, :answer)"


class Store:
    """Keeps exchanges in a database: both the question and its answer, or none."""

    def __init__(self, session: Any) -> None:  # noqa: ANN401
        self.session = session

    async def save_exchange(
        self, user_id: str, thread_id: str, question: str, answer: object
    ) -> None:
        """Insert and commit; raises the service's StoreError where the database refuses."""
        row = exchange(user_id, thread_id, question, answer)
        try:
            await self.session.execute(STATEMENT, row)
            await self.session.commit()
        except OSError as error:
            await self.session.rollback()
            raise chat().StoreError("the messages were not saved") from error


def exchange(user_id: str, thread_id: str, question: str, answer: object) -> dict[str, object]:
    """Give the row of an exchange."""
    return {
        "user_id": user_id,
        "thread_id": thread_id,
        "question": question,
        "answer": answer,
    }


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The products of one user, put together by the service."""

    user: str
    agent: Any
    bridge: Any
    websocket: Any
    session: Any

    @classmethod
    def of(cls, subject: Subject, user: str, *, should_fail: bool = False) -> "Pipeline":
        """Make the products of a user; raises Skipped where the factory lacks one of them."""
        outcome = {"status": "completed", "result": f"the answer for {user}"}
        return cls(
            user,
            make(subject, "create_agent_mock", agent_type="triage", execution_result=outcome),
            make(
                subject,
                "create_mock_agent_websocket_bridge",
                user_id=user,
                run_id=f"run of {user}",
                should_fail=should_fail,
            ),
            make(subject, "create_websocket_mock", user_id=user),
            make(subject, "create_database_session_mock"),
        )

    async def run(self) -> list[str]:
        """Answer one question; gives the events that the bridge or the websocket refused."""
        channels = [WAYS["websocket"].channel(self.websocket), WAYS["bridge"].channel(self.bridge)]
        relays = [chat().Relay(channel) for channel in channels]
        service = chat().Conversation(self.agent, [breathe, *relays], Store(self.session))
        await service.answer(self.user, self.question, "thread")
        return [kind for relay in relays for kind, _ in relay.missed]

    @property
    def question(self) -> str:
        """Give what the user asks."""
        return f"question of {self.user}"

    @property
    def events(self) -> list[Event]:
        """Tell the events of an answer."""
        return answered("triage", "echo", f"the answer for {self.user}")

    def wrong(self, events: list[Event], *, session: list[str]) -> list[str]:
        """Say what was recorded otherwise than these events and these calls of the session."""
        asked = self.agent.execute.await_args_list
        return [
            *unlike(WAYS["websocket"], f"for {self.user}", events, self.websocket),
            *unlike(WAYS["bridge"], f"for {self.user}", events, self.bridge),
            *([] if [a.args for a in asked] == [(self.question,)] else [f"the agent had {asked}"]),
            *self._wrong_session(session),
        ]

    def _wrong_session(self, calls: list[str]) -> list[str]:
        called = [name for name, _, _ in self.session.mock_calls]
        if called != calls:
            return [f"the session of {self.user} recorded {called}, it should be {calls}"]
        row = exchange(self.user, "thread", self.question, f"the answer for {self.user}")
        kept = [call.args for call in self.session.execute.await_args_list]
        if calls and kept != [(STATEMENT, row)]:
            return [f"the session of {self.user} executed {kept}, it should be {row}"]
        return []


def make(subject: Subject, method: str, **given: object) -> Any:  # noqa: ANN401
    """Make a product; raises Skipped where it records no calls."""
    product = subject.method(method)(**given)
    if not is_mock(product):
        raise Skipped(f"{method} gives no mock: what it is asked cannot be read")
    return product


def check_success(subject: Subject) -> None:
    """Check an answer that everybody hears of and that is kept."""
    one = Pipeline.of(subject, USERS[0])
    none_wrong([*_refusing(asyncio.run(one.run()), ()), *one.wrong(one.events, session=KEPT)])


def check_bridge_fails(subject: Subject) -> None:
    """Check that the answer is sent and kept, and each refused event recorded."""
    one = Pipeline.of(subject, USERS[0], should_fail=True)
    none_wrong([*_refusing(asyncio.run(one.run()), FIVE), *one.wrong(one.events, session=KEPT)])


def check_websocket_fails(subject: Subject) -> None:
    """Check that the answer is told to the bridge and kept."""
    one = Pipeline.of(subject, USERS[0])
    one.websocket.send_json.side_effect = OSError("gone")
    none_wrong([*_refusing(asyncio.run(one.run()), FIVE), *one.wrong(one.events, session=KEPT)])


def check_database_fails(step: str, subject: Subject) -> None:
    """Check that the database is rolled back, and that everybody hears of it and of the answer."""
    one = Pipeline.of(subject, USERS[0])
    getattr(one.session, step).side_effect = OSError("disk full")
    asyncio.run(one.run())
    *before, completed = one.events
    refused = ("error", {"message": "the messages were not saved"})
    calls = {"execute": ["execute", "rollback"], "commit": ["execute", "commit", "rollback"]}
    none_wrong(one.wrong([*before, refused, completed], session=calls[step]))


def check_agent_fails(subject: Subject) -> None:
    """Check that the failure is told and nothing kept."""
    one = Pipeline.of(subject, USERS[0])
    one.agent.execute.side_effect = chat().AgentError("no answer")
    asyncio.run(one.run())
    none_wrong(one.wrong([*one.events[:3], ("error", {"message": "no answer"})], session=[]))


def check_users(subject: Subject) -> None:
    """Check the pipelines of many users in turns; the bridge of every second one fails."""
    pipelines = [
        Pipeline.of(subject, user, should_fail=bool(place % 2)) for place, user in enumerate(USERS)
    ]

    async def run_all() -> list[list[str]]:
        return await asyncio.gather(*(one.run() for one in pipelines))

    refused = asyncio.run(run_all())
    problems = [line for one in pipelines for line in one.wrong(one.events, session=KEPT)]
    for place, missed in enumerate(refused):
        problems += _refusing(missed, FIVE if place % 2 else ())
    none_wrong(problems)


def _refusing(missed: list[str], should: Sequence[str]) -> list[str]:
    if missed == [*should]:
        return []
    return [f"bridge and websocket refused {missed}, it should be {[*should]}"]


def check_tool(subject: Subject) -> None:
    """Check a tool that the service's own agent calls."""
    tool = make(subject, "create_tool_mock", tool_name="saw", execution_result="sawn")
    _check_answer("sawn", {"saw": tool.execute}, subject, tool.execute)


def check_llm_manager(subject: Subject) -> None:
    """Check an LLM manager that the service's own agent asks."""
    manager = make(subject, "create_mock_llm_manager")
    ask = manager.generate_response
    _check_answer("Mock LLM response", {"saw": ask}, subject, ask)


def check_llm_client(subject: Subject) -> None:
    """Check an LLM client that the service's own agent asks."""
    client = make(subject, "create_llm_client_mock", response_text="sawn")

    async def complete(text: str) -> str:
        response = await client.chat.completions.create(messages=[text])
        return str(response.choices[0].message.content)

    _check_answer("sawn", {"saw": complete}, subject)
    asked = [call.kwargs for call in client.chat.completions.create.await_args_list]
    if asked != [{"messages": ["the plank"]}]:
        raise Failed(f"create_llm_client_mock: chat.completions.create recorded {asked}")


def _check_answer(result: str, tools: dict[str, Any], subject: Subject, *recorded: Any) -> None:  # noqa: ANN401
    """Let the service's own agent answer with a tool, and read what a websocket was sent."""
    websocket = WAYS["websocket"].make(subject)
    channel = WAYS["websocket"].channel(websocket)
    service = chat().Conversation(chat().ChatAgent("user", tools), [channel])
    asyncio.run(service.answer("user", "/saw the plank"))
    should = answered("chat", "saw", result)
    none_wrong(unlike(WAYS["websocket"], "of an answer by a tool", should, websocket))
    for mock in recorded:
        if [call.args for call in mock.await_args_list] != [("the plank",)]:
            raise Failed(f"{mock} recorded {mock.await_args_list}, it was given 'the plank'")


def check_context(method: str, subject: Subject) -> None:
    """Check that an exchange is kept under the ids of a context."""
    context = subject.method(method)(user_id="alice", thread_id="planks")
    session = make(subject, "create_database_session_mock")
    service = chat().Conversation(agent(context.user_id), [], Store(session))
    asyncio.run(service.answer(context.user_id, "hi", context.thread_id))
    kept = [call.args for call in session.execute.await_args_list]
    row = exchange("alice", "planks", "hi", "the answer to hi")
    if kept != [(STATEMENT, row)]:
        raise Failed(f"{method}: with its ids {kept} was kept, it should be {row}")


_RUNS: tuple[tuple[str, str, Callable[[Subject], None]], ...] = (
    ("success", "an answer is told in five events and kept", check_success),
    ("bridge-fails", "a bridge that fails costs nobody the answer", check_bridge_fails),
    ("websocket-fails", "a websocket that fails costs nobody the answer", check_websocket_fails),
    (
        "execute-fails",
        "a statement that fails is rolled back and told of",
        partial(check_database_fails, "execute"),
    ),
    (
        "commit-fails",
        "a commit that fails is rolled back and told of",
        partial(check_database_fails, "commit"),
    ),
    ("agent-fails", "an agent that fails leaves nothing in the database", check_agent_fails),
    ("users", "many users at once each have their own answer", check_users),
    ("tool", "a tool answers through an agent", check_tool),
    ("llm-manager", "an LLM manager answers through an agent", check_llm_manager),
    ("llm-client", "an LLM client answers through an agent", check_llm_client),
    *(
        (
            f"ids-{method}",
            f"an exchange is kept under the ids of {method}",
            partial(check_context, method),
        )
        for method in (
            "create_execution_context_mock",
            "create_mock_user_context",
            "create_isolated_execution_context",
        )
    ),
)
CHECKS: tuple[Check, ...] = tuple(
    Check(f"{GROUP}-{aspect}", GROUP, summary, run) for aspect, summary, run in _RUNS
)
