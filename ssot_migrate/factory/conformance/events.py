"""The five events of the chat path arrive, in order and whole, whichever way they go.

The sample's service answers the questions and tells the events (see ``chat_path``); what is read
is what the products recorded. Users take turns after each event and inside of the agent's tool.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import Any, Final

from ssot_migrate.factory.conformance.chat_path import (
    FIVE,
    Event,
    agent,
    breathe,
    chat,
    expected,
    notified,
    question,
    sent,
)
from ssot_migrate.factory.conformance.check import MANY, Check, Skipped, Subject, none_wrong
from ssot_migrate.factory.conformance.products import is_mock

GROUP: Final = "events"

USERS = tuple(f"user-{number}" for number in range(MANY))


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which events reach somebody."""

    #: The factory's method for what stands at its end.
    method: str
    #: The service's function that sends over it.
    over: str
    #: Reads what arrived.
    arrived: Callable[[Any], list[Event]]
    #: The methods that deliver the five events.
    senders: tuple[str, ...]

    def make(self, subject: Subject, **given: Any) -> Any:  # noqa: ANN401
        """Make what stands at the end of the way; raises Skipped where it records no calls."""
        product = subject.method(self.method)(**given)
        if not is_mock(product):
            raise Skipped(f"{self.method} gives no mock: what arrives at it cannot be read")
        return product

    def channel(self, product: object) -> Any:  # noqa: ANN401
        """Give the service's channel to a product."""
        return getattr(chat(), self.over)(product)


WAYS: Mapping[str, Way] = {
    "websocket": Way("create_websocket_mock", "over_websocket", sent, ("send_json",)),
    "bridge": Way(
        "create_mock_agent_websocket_bridge",
        "over_bridge",
        partial(notified, verb="notify"),
        tuple(f"notify_{kind}" for kind in FIVE),
    ),
    "emitter": Way(
        "create_mock_websocket_emitter",
        "over_emitter",
        partial(notified, verb="emit"),
        tuple(f"emit_{kind}" for kind in FIVE),
    ),
}


async def ask(user: str, *channels: object, text: str = "") -> None:
    """Let the service answer a user, who shares the event loop with all others."""
    conversation = chat().Conversation(agent(user), [breathe, *channels])
    await conversation.answer(user, text or question(user))


def check_order(way: Way, subject: Subject) -> None:
    """Check what arrives of one question."""
    product = way.make(subject, user_id=USERS[0])
    asyncio.run(ask(USERS[0], way.channel(product)))
    none_wrong(_differing(way, USERS[0], product))


def check_users(way: Way, subject: Subject) -> None:
    """Check what arrives of many users' questions, event by event in turns."""
    products = {user: way.make(subject, user_id=user) for user in USERS}
    asyncio.run(_asked(way, products))
    none_wrong([line for user in USERS for line in _differing(way, user, products[user])])


def check_error(way: Way, subject: Subject) -> None:
    """Check that an error is told after the events that came before it."""
    product = way.make(subject)
    asyncio.run(ask(USERS[0], way.channel(product), text="/dance"))
    dancing = [*expected("")[:2], ("tool_executing", {"tool": "dance"})]
    told = [*dancing, ("error", {"message": "no tool named dance"})]
    none_wrong(unlike(way, "of a question that no tool answers", told, product))


def check_failing(way: Way, subject: Subject) -> None:
    """Check that every second user's failing sends are recorded, and cost nobody else an event."""
    products = {user: way.make(subject, user_id=user) for user in USERS}
    for user in USERS[::2]:
        for sender in way.senders:
            getattr(products[user], sender).side_effect = OSError(f"{user} is gone")
    missed = asyncio.run(_relayed(way, products))
    problems = [line for user in USERS for line in _differing(way, user, products[user])]
    for place, user in enumerate(USERS):
        should = [] if place % 2 else [(kind, f"{user} is gone") for kind in FIVE]
        if missed[user] != should:
            problems.append(f"{way.method}: {user} missed {missed[user]}, it should be {should}")
    none_wrong(problems)


def check_should_fail(subject: Subject) -> None:
    """Check that a bridge that should fail refuses each event and records it, and no other does."""
    way = WAYS["bridge"]
    products = {
        user: way.make(subject, user_id=user, should_fail=user in USERS[::2]) for user in USERS
    }
    missed = asyncio.run(_relayed(way, products))
    problems = [line for user in USERS for line in _differing(way, user, products[user])]
    for place, user in enumerate(USERS):
        should = [] if place % 2 else [(kind, "WebSocket bridge failure") for kind in FIVE]
        if missed[user] != should:
            failing = not place % 2
            problems.append(
                f"{way.method}(should_fail={failing}) refused {missed[user]}: it should be {should}"
            )
    none_wrong(problems)


def check_together(subject: Subject) -> None:
    """Check the conversations of many users, each told over every way at once."""
    ends = {
        user: [(way, way.make(subject, user_id=user)) for way in WAYS.values()] for user in USERS
    }

    async def converse() -> None:
        await asyncio.gather(
            *(
                ask(user, *(way.channel(product) for way, product in own))
                for user, own in ends.items()
            )
        )

    asyncio.run(converse())
    none_wrong(
        [
            line
            for user, own in ends.items()
            for way, product in own
            for line in _differing(way, user, product)
        ]
    )


async def _asked(way: Way, products: Mapping[str, object]) -> None:
    await asyncio.gather(*(ask(user, way.channel(product)) for user, product in products.items()))


async def _relayed(way: Way, products: Mapping[str, object]) -> dict[str, list[tuple[str, str]]]:
    """Let everybody ask, over channels that may fail; gives what each missed and why."""
    relays = {user: chat().Relay(way.channel(product)) for user, product in products.items()}
    await asyncio.gather(*(ask(user, relay) for user, relay in relays.items()))
    return {
        user: [(kind, str(error)) for kind, error in relay.missed] for user, relay in relays.items()
    }


def _differing(way: Way, user: str, product: object) -> list[str]:
    return unlike(way, f"of the question of {user}", expected(user), product)


def unlike(way: Way, what: str, should: list[Event], product: object) -> list[str]:
    """Say how what arrived at a product differs from what should have."""
    arrived = way.arrived(product)
    for place, (found, event) in enumerate(zip_longest(arrived, should), 1):
        if found != event:
            told = f"recorded {_told(found)} as event {place}, it should be {_told(event)}"
            return [f"{way.method}: {what} it {told} ({len(arrived)} of {len(should)} are there)"]
    return []


def _told(event: Event | None) -> str:
    return f"{event[0]} {event[1]}" if event else "nothing"


_BY_WAY = (
    ("order", "the five events arrive at the {} in order and whole", check_order),
    ("users", "they arrive at each user's own {}, for many users at once", check_users),
    ("error", "an error is told to the {} after them", check_error),
    ("failing", "a {} that fails records what it was sent, and costs no other user", check_failing),
)
CHECKS: tuple[Check, ...] = (
    *(
        Check(f"{GROUP}-{aspect}-{name}", GROUP, summary.format(name), partial(run, way))
        for name, way in WAYS.items()
        for aspect, summary, run in _BY_WAY
    ),
    Check(
        f"{GROUP}-should-fail-bridge",
        GROUP,
        "a bridge that should fail refuses each event, and no other does",
        check_should_fail,
    ),
    Check(
        f"{GROUP}-together",
        GROUP,
        "websocket, bridge and emitter hear of the same conversation, for many users at once",
        check_together,
    ),
)
