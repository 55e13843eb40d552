"""Spoil real test modules at random: lines, indents, odd statements, nesting, line ends, encodings."""

import ast
import warnings
from codecs import BOM_UTF8
from collections.abc import Callable, Sequence
from random import Random
from textwrap import indent

from tests.support import SAMPLES

#: Blocks as people write them, in the layouts that are hard to edit.
TEMPLATES = '''\
from unittest.mock import AsyncMock, MagicMock, Mock, patch


def test_plain():
    mock_ws = MagicMock()
    mock_ws.user_id = "u1"  # the owner
    mock_ws.send_text = AsyncMock()
    mock_ws.headers = {"a": 1}
    assert mock_ws.user_id == "u1"


import unittest.mock as um
from unittest import mock


def test_dense(): ws = mock.MagicMock(); ws.user_id = "u"; assert ws.user_id


async def test_long():
    mock_agent = AsyncMock(
        # which one
        agent_type="triage",
        name="agent",
    )
    mock_agent.execute.return_value = {
        "status": "completed",  # in the end
        "result": [1, 2, 3],
    }
    await mock_agent.execute()


class TestMethods:
    ws = um.MagicMock()

    def setup_method(self):
        self.mock_ws = MagicMock()
        self.mock_ws.close = AsyncMock(); self.mock_ws.user_id = \\
            "u2"

    def test_it(self):
        if self.mock_ws: session = AsyncMock()
        else: session = mock.AsyncMock(); session.commit = AsyncMock()
        with patch("a.b") as patched, patch("c", MagicMock()):
            db_session = AsyncMock()
            """a text
            of lines"""
            db_session.execute.return_value = 1
        assert session


def make_ws(user_id="u", *, ws=None):
    ws = MagicMock(name="ws", user_id=user_id, **{"client_state.CONNECTED": 2})
    ws.configure_mock(connection_id="c")
    setattr(ws, "x", 1)
    return ws


try:
    websocket: MagicMock = MagicMock()
    websocket.send_json = AsyncMock(side_effect=[1, 2])
except ImportError:
    websocket = None
finally:
    mock_db_session = um.AsyncMock()
    mock_db_session.scalar.side_effect = ValueError
'''

ODD = """\
pass
x = 1
ws = None
del ws
mock_ws = mock_ws
mock_ws.user_id
mock_ws.user_id += "x"
ws.state.user_id = 3
global mock_ws
nonlocal ws
return mock_ws
yield ws
raise
import os
from unittest.mock import *
from unittest.mock import MagicMock as MM
from test_framework.ssot.mock_factory import SSotMockFactory
SSotMockFactory = None
ws = SSotMockFactory.create_websocket_mock()
MagicMock = Mock
a = b = MagicMock()
(ws := MagicMock())
mock_ws = MagicMock() if x else Mock()
[ws, mock_agent] = MagicMock(), AsyncMock()
lambda: mock_ws
print(f"{mock_ws.user_id!r:>{x}}")
x = '''a
  b'''
# a comment
# type: ignore
x = (  # open

    1)
match mock_ws:
    case {"a": ws}: pass
async def inner(): await mock_ws.close()
class Inner: mock_ws = MagicMock()
for mock_ws in [MagicMock()]: mock_ws.user_id = 1
while x: ws = MagicMock(); break
@patch("a")
assert mock_ws.send_text.called, 'é€𝄞'
mock_ws.send_text.assert_called_once_with("é"); ws.user_id = "é"; x = 2
\f
\\
;
)""".split("\n")

WRAPS = (
    "if x:", "for _ in x:", "while True:", "try:", "with x as mock_ws:", "async def f():",
    "def f(mock_ws):", "class C:", "else:", "finally:",
)  # fmt: skip


def parses(text: str) -> bool:
    """Say whether Python takes a text."""
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _pieces() -> list[tuple[str, list[str]]]:
    """Give for each module the text of its imports, and that of its other statements."""
    sources = [path.read_text("utf-8") for path in sorted((SAMPLES / "tests").glob("*.py"))]
    found = []
    for source in [TEMPLATES, *(source for source in sources if "Mock" in source)]:
        head, rest = "", []
        for node in ast.parse(source).body:
            text = "".join(source.splitlines(keepends=True)[_first(node) - 1 : node.end_lineno])
            if isinstance(node, ast.Import | ast.ImportFrom):
                head += text
            else:
                rest.append(text)
        found.append((head, rest))
    return found


def _first(node: ast.stmt) -> int:
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])


PIECES = _pieces()


class Mutator:
    """Spoils one module."""

    def __init__(self, rng: Random, snippets: Sequence[str] = ()) -> None:
        self.rng = rng
        self.snippets = snippets
        head, rest = rng.choice(PIECES[:1] * 4 + PIECES)
        chosen = sorted(rng.sample(range(len(rest)), min(len(rest), rng.randrange(1, 4))))
        self.lines = "\n\n".join([head, *(rest[n] for n in chosen)]).split("\n")

    def text(self) -> str:
        """Spoil the module, mostly so that it still parses."""
        for _ in range(self.rng.choice([0, 1, 2, 3, 4, 6, 10, 20])):
            before = list(self.lines)
            self.rng.choice(_MUTATIONS)(self)
            if self.rng.randrange(25) and not parses("\n".join(self.lines)):
                self.lines = before
        return "\n".join(self.lines) + "\n"

    def data(self) -> bytes:
        """Spoil the module, and choose line ends and an encoding."""
        text, rng = self.text(), self.rng
        ends = rng.choice([("\n",)] * 4 + [("\r\n",)] * 2 + [("\n", "\r\n"), ("\n", "\r\n", "\r")])
        text = "".join(line + rng.choice(ends) for line in text.split("\n")[:-1])
        text = text.rstrip("\r\n") if rng.randrange(4) == 0 else text
        match rng.randrange(8):
            case 0:
                return BOM_UTF8 + text.encode()
            case 1:
                coding = rng.choice(["latin-1", "cp1252", "utf-8", "ascii", "utf-7", "klingon"])
                codec = coding if coding in {"latin-1", "cp1252"} else "utf-8"
                return f"# coding: {coding}{ends[0]}{text}".encode(codec, "replace")
        return text.encode()

    # what is done to the lines

    def place(self) -> int:
        return self.rng.randrange(len(self.lines)) if self.lines else 0

    def stretch(self) -> slice:
        start = self.place()
        return slice(start, start + self.rng.choice([1, 1, 1, 2, 3, 6]))

    def indent_at(self, place: int) -> str:
        line = next((line for line in self.lines[place:] if line.strip()), "")
        return line[: len(line) - len(line.lstrip())]

    def put(self, place: int, text: str) -> None:
        self.lines[place:place] = indent(text, self.indent_at(place)).split("\n")

    def delete(self) -> None:
        del self.lines[self.stretch()]

    def duplicate(self) -> None:
        place = self.place()
        self.lines[place:place] = self.lines[self.stretch()]

    def swap(self) -> None:
        if self.lines:
            a, b = self.place(), self.place()
            self.lines[a], self.lines[b] = self.lines[b], self.lines[a]

    def shift(self) -> None:
        blank = self.rng.choice([" ", "  ", "    ", "\t"])
        place = self.stretch()
        inward = self.rng.randrange(2)
        self.lines[place] = [
            blank + line if inward else line.removeprefix(blank) for line in self.lines[place]
        ]

    def tabs(self) -> None:
        self.lines = [line.replace("    ", "\t") for line in self.lines]

    def odd(self) -> None:
        self.put(self.place(), self.rng.choice(ODD))

    def snippet(self) -> None:
        if self.snippets:
            self.put(self.place(), self.rng.choice(self.snippets).rstrip("\n"))

    def wrap(self) -> None:
        """Put some lines below headers, many at times."""
        place = self.stretch()
        lines = self.lines[place]
        for _ in range(self.rng.choice([1, 1, 2, 5, 30])):
            around = self.indent_at(place.start)
            lines = [around + self.rng.choice(WRAPS), *(f" {line}" for line in lines)]
            if lines[0].strip() == "try:":
                lines.append(f"{around}finally: pass")
        self.lines[place] = lines

    def join(self) -> None:
        """Put two lines on one."""
        place = self.place()
        if place + 1 < len(self.lines):
            second = self.lines.pop(place + 1).strip()
            between = self.rng.choice(["; ", ";", " ", " \\\n    "])
            between = " " if self.lines[place].rstrip().endswith(":") else between
            self.lines[place : place + 1] = f"{self.lines[place]}{between}{second}".split("\n")

    def rename(self) -> None:
        old, new = self.rng.sample(
            [
                "mock_ws",
                "ws",
                "MagicMock",
                "AsyncMock",
                "Mock",
                "session",
                "user_id",
                "mock",
                "self",
            ],
            2,
        )
        place = self.stretch()
        self.lines[place] = [line.replace(old, new) for line in self.lines[place]]

    def comment(self) -> None:
        if self.lines:
            ending = self.rng.choice(["  # why", "  # noqa: E501", ";", " \\", "\f", "  # type: x"])
            self.lines[self.place()] += ending

    def character(self) -> None:
        if self.lines:
            place = self.place()
            line = self.lines[place]
            at = self.rng.randrange(len(line) + 1)
            new = self.rng.choice(["", " ", "(", ")", '"', "é", "\f", "\x00", "\u2028", "=", "."])
            self.lines[place] = line[:at] + new + line[at + self.rng.randrange(2) :]


_MUTATIONS: list[Callable[[Mutator], None]] = [
    Mutator.delete, Mutator.duplicate, Mutator.swap, Mutator.shift, Mutator.tabs, Mutator.odd,
    Mutator.odd, Mutator.odd, Mutator.snippet, Mutator.wrap, Mutator.wrap, Mutator.join,
    Mutator.join, Mutator.rename, Mutator.comment, Mutator.comment, Mutator.character,
]  # fmt: skip
