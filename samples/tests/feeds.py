"""What a client sends, for tests that need no client."""


async def feed(*messages):
    """Yield the messages, then end as a client that says goodbye."""
    for message in messages:
        yield message


def chat(text, **fields):
    """Return a chat message."""
    return {"type": "chat", "text": text, **fields}


def sent_types(mock_ws):
    """Return the types of all that was sent as JSON."""
    return [call.args[0]["type"] for call in mock_ws.send_json.await_args_list]
