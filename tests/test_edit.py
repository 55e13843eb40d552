"""Edited lines take the place of those that a fix proposed."""

import pytest

from ssot_migrate.code.source import parse
from ssot_migrate.reviewing.edit import EditError, put_in

BEFORE = parse(b"""\
from unittest.mock import AsyncMock, MagicMock

import base


def test_it():
    ws = MagicMock(send=AsyncMock())
    assert ws
""")
PROPOSED = parse(b"""\
import base
from factory import make


def test_it():
    ws = make()
    assert ws


def test_other():
    db = make()
    assert db
""")


def edited(*edits: tuple[int, str]) -> str:
    lines = {range(line - 1, line): text.split("\n") for line, text in edits}
    return put_in(BEFORE, PROPOSED, lines, 88).text


def test_lines_are_replaced() -> None:
    after = edited((11, "    db = make(1)  # as before"), (6, "    ws = make(\n        2\n    )"))
    assert after == PROPOSED.text.replace("ws = make()", "ws = make(\n        2\n    )").replace(
        "db = make()", "db = make(1)  # as before"
    )


def test_an_import_comes_back() -> None:
    after = edited((6, "    ws = make(AsyncMock(MagicMock()))"))
    assert after.startswith(
        "from unittest.mock import AsyncMock, MagicMock\n\nimport base\nfrom factory import make\n"
    )


def test_an_import_that_cannot_come_back() -> None:
    before = parse(b"import unittest.mock\nws = unittest.mock.Mock()\n")
    proposed = parse(b"from factory import make\nws = make()\n")
    with pytest.raises(EditError, match="unittest is used, but"):
        put_in(before, proposed, {range(1, 2): ["ws = unittest.mock.Mock()"]}, 88)


def test_line_ends_are_those_of_the_file() -> None:
    source = parse(b"a = 1\r\nb = 2\r\nc = 3")
    assert put_in(source, source, {range(1, 2): ["b = (", "2)"]}, 88).text == (
        "a = 1\r\nb = (\r\n2)\r\nc = 3"
    )
    assert put_in(source, source, {range(2, 3): ["c = (", "4)"]}, 88).text == (
        "a = 1\r\nb = 2\r\nc = (\r\n4)"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("    ws = make(", "it does not parse: line "),
        ("ws = make()", "it does not parse: line "),
        ("    ws = make()\n\n\ndef test_new():", "changes the meaning of lines"),
        ("    ws = '''\n    assert ws\n    '''; x = '''", "does not parse"),
        ("    ws = make() \\", "does not parse"),
    ],
)
def test_what_is_around_stays(text: str, message: str) -> None:
    with pytest.raises(EditError, match=message):
        edited((6, text))


def test_a_string_that_swallows_what_follows() -> None:
    source = parse(b"a = make()\nb = 2\n# '''\n")
    with pytest.raises(EditError, match="changes the meaning"):
        put_in(source, source, {range(1): ["a = '''"]}, 88)
