"""Who hears of a message beside the client: a bridge, an emitter, anything that fails."""

from types import SimpleNamespace

import pytest

from chat.agent import ChatAgent
from chat.conversation import (
    EVENTS,
    Conversation,
    Relay,
    over_bridge,
    over_emitter,
)


class Heard(list):
    """What a channel was told, in order."""

    async def tell(self, kind, **fields):
        self.append((kind, fields))

    def methods(self, verb):
        """Give what has a method for each event, and one for all others."""

        def method(kind):
            async def take(**fields):
                await self.tell(kind, **fields)

            return take

        async def emit_event(kind, fields):
            await self.tell(f"other: {kind}", **fields)

        named = {f"{verb}_{kind}": method(kind) for kind in EVENTS}
        return SimpleNamespace(**named, emit_event=emit_event)


@pytest.mark.parametrize(
    ("over", "verb"), [(over_bridge, "notify"), (over_emitter, "emit")]
)
async def test_each_event_has_its_method(over, verb):
    heard = Heard()
    channel = over(heard.methods(verb))

    await Conversation(ChatAgent("u1"), [channel]).answer("u1", "hi")

    assert tuple(kind for kind, _ in heard) == EVENTS
    assert heard[-1] == ("agent_completed", {"result": "hi"})


async def test_what_is_none_of_the_five_is_an_event_of_its_own_name():
    heard = Heard()
    channel = over_bridge(heard.methods("notify"))

    await Conversation(ChatAgent("u1"), [channel]).answer("u1", "/dance")

    assert heard[-1] == ("other: error", {"message": "no tool named dance"})


async def test_a_relay_that_fails_costs_nobody_else_an_event():
    async def fail(kind, **fields):
        raise OSError(kind)

    relay, heard = Relay(fail), Heard()

    await Conversation(ChatAgent("u1"), [relay, heard.tell]).answer("u1", "hi")

    assert tuple(kind for kind, _ in heard) == EVENTS
    assert [str(error) for _, error in relay.missed] == list(EVENTS)


async def test_the_client_itself_is_no_relay():
    async def disconnect(kind, **fields):
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        await Conversation(ChatAgent("u1"), [disconnect]).answer("u1", "hi")
