"""A suppression is a comment: nothing else of the file is different."""

import ast
import io
import tokenize
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.code.source import SourceError, decode, parse
from ssot_migrate.suppressions.read import explains
from ssot_migrate.suppressions.suppress import SuppressError, comment, suppress

#: Every kind of line: continued, inside brackets, inside strings, decorated, commented, empty.
FILE = dedent('''\
    """A module,

    é."""
    import x

    a = Mock()
    b = call(
        Mock(),  # noqa: E501
        """inside
        a string""", c=Mock()
    )
    c = \\
        Mock()
    d = Mock() + \\
        1; e = Mock()
    f = f"""
    {Mock()}
    """


    @patch("it", new=Mock())
    def f(g=Mock()):
    \twith Mock() as m, \\
    \t\tMock():
    \t\treturn Mock()
    if Mock(): pass
    elif Mock(): pass
    else:
        h = [Mock()
             for _ in ()]\x20\x20
    ''')
#: Where no comment can stand, and where a formatter would move it.
IN_STRINGS = (2, 17)
CROWDED = (10,)
NUMBER = FILE.count("\n")
REASONS = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=60
).filter(explains)


def comments(data: bytes) -> list[tuple[int, str]]:
    tokens = tokenize.generate_tokens(io.StringIO(decode(data).text).readline)
    return [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]


@given(
    line=st.integers(1, NUMBER),
    reason=REASONS,
    length=st.sampled_from([0, 40, 100]),
    newline=st.sampled_from(["\n", "\r\n"]),
    start=st.sampled_from(["", "\ufeff"]),
    ended=st.booleans(),
)
def test_only_a_comment_is_added(
    *, line: int, reason: str, length: int, newline: str, start: str, ended: bool
) -> None:
    text = FILE if ended else FILE.rstrip("\n")
    before = (start + text.replace("\n", newline)).encode()
    if line in (*IN_STRINGS, *CROWDED):
        why = "no comment can stand here" if line in IN_STRINGS else "a formatter would move"
        with pytest.raises(SuppressError, match=f"line {line}: .*{why}"):
            suppress(before, line, "websocket", reason, length)
        return
    after = suppress(before, line, "websocket", reason, length)
    assert ast.dump(parse(after).tree) == ast.dump(parse(before).tree)
    (new,) = [found for found in comments(after) if "ssot-migrate" in found[1]]
    assert new == (line, new[1])
    assert new[1].endswith(comment("websocket", reason))
    assert (after.count(b"\r\n") if newline == "\r\n" else 0) == (
        after.count(b"\n") if newline == "\r\n" else after.count(b"\r")
    )
    # All that was there is there, but for blanks at the end of the line.
    assert after.startswith(start.encode())
    rest = after.decode("utf-8-sig").replace(comment("websocket", reason), "")
    assert stripped(rest) == stripped(before.decode("utf-8-sig"))


def stripped(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def written(code: str, line: int, reason: str = "why", length: int = 100) -> str:
    return suppress(code.encode(), line, "websocket", reason, length).decode()


def test_behind_the_line_where_it_fits() -> None:
    after = "    ws = Mock()  # ssot-migrate: ignore[websocket] why\n"
    assert written("if x:\n    ws = Mock()\n", 2, length=len(after) - 1) == f"if x:\n{after}"


def test_above_the_line_where_it_would_be_too_long() -> None:
    length = len("    ws = Mock()  # ssot-migrate: ignore[websocket] why") - 1
    after = "if x:\n    # ssot-migrate: ignore[websocket] why\n    ws = Mock()\n"
    assert written("if x:\n    ws = Mock()\n", 2, length=length) == after


def test_behind_a_comment_that_is_there() -> None:
    after = "ws = Mock()  # noqa: E501  # ssot-migrate: ignore[websocket] why\n"
    assert written("ws = Mock()  # noqa: E501\n", 1) == after


@pytest.mark.parametrize("length", [0, 100])
def test_one_comment_is_enough_for_a_line(length: int) -> None:
    once = written("a, b = Mock(), Mock()\n", 1, length=length)
    line = 2 if length == 0 else 1
    assert written(once, line, "another", length) == once


def test_a_comment_behind_the_line_above_is_not_its_own() -> None:
    once = written("a = Mock()\nb = Mock()\n", 1)
    assert written(once, 2).count("ignore[websocket]") == 2


def test_another_rule_gets_its_own() -> None:
    once = written("a, b = Mock(), Mock()\n", 1)
    assert suppress(once.encode(), 1, "web", "why", 200).count(b"ssot-migrate") == 2


def test_the_last_line_stays_without_an_end() -> None:
    assert written("ws = Mock()", 1, length=0) == (
        "# ssot-migrate: ignore[websocket] why\nws = Mock()"
    )


def test_a_reason_is_one_line() -> None:
    assert comment("agent", "  so\tit \n is ") == "# ssot-migrate: ignore[agent] so it is"


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        (" \t", "needs a reason"),
        ("a\x1b[31mb", "characters that cannot be shown"),
        ("€", "cannot be written in iso-8859-1"),
    ],
)
def test_a_reason_that_cannot_be_written(reason: str, message: str) -> None:
    with pytest.raises(SuppressError, match=message):
        suppress(b"# coding: latin-1\nws = Mock()\n", 2, "websocket", reason, 100)


def test_the_encoding_stays() -> None:
    before = b"# coding: latin-1\nws = Mock('\xe9')\n"
    after = b"# coding: latin-1\nws = Mock('\xe9')  # ssot-migrate: ignore[websocket] \xe9\n"
    assert suppress(before, 2, "websocket", "é", 100) == after


def test_a_reason_never_sets_the_encoding() -> None:
    # Alone on line 1 it would; behind code it does not.
    assert written("ws = Mock()\n", 1, "see coding: latin-1", 0).startswith("ws = Mock()  #")


def test_what_is_no_python_is_left() -> None:
    with pytest.raises(SourceError):
        suppress(b"ws = (\n", 1, "websocket", "why", 100)


@pytest.mark.parametrize(
    "reason", ["see # ssot-migrate: ignore-file[websocket] all", "a #ssot-migrate b"]
)
def test_a_reason_is_no_suppression_itself(reason: str) -> None:
    with pytest.raises(SuppressError, match="it would be a suppression itself"):
        comment("websocket", reason)
    assert comment("websocket", "ssot-migrate cannot yet")
