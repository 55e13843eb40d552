"""Texts in Markdown; markdown-it-py, whose tables are GitHub's, says how they are read."""

import html
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ssot_migrate.report.markup import code, prose, rows

#: What stands in code; letters beyond ASCII, wide ones too.
HOSTILE = st.text(
    st.sampled_from([*"`*_<>[](){}!#&|\\~@$:-=+.1ab \t\n\r\x00\x1b", "é", "漢", "🦊"])
)
CALL = re.compile(r"[@#]\w")


def cells(lines: list[str]) -> list[list[list[Token]]]:
    """Give what a document's one table holds, by row and cell."""
    tokens = MarkdownIt("commonmark").enable("table").parse("".join(lines))
    assert [t.type for t in tokens if t.level == 0] == ["table_open", "table_close"]
    found: list[list[list[Token]]] = []
    for token in tokens:
        if token.type == "tr_open":
            found.append([])
        if token.type == "inline":
            found[-1].append(token.children or [])
    return found


def shown(tokens: list[Token]) -> str:
    """Give the text that a person reads."""
    texts = [token.content for token in tokens if token.type in {"text", "code_inline"}]
    return "".join(texts)


def readable(text: str) -> str:
    """Put a text on one line, its control characters made visible."""
    line = " ".join(text.split())
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda found: f"\\x{ord(found[0]):02x}", line)


@given(st.lists(st.tuples(HOSTILE, HOSTILE), min_size=1, max_size=3))
@example([("a|b", "a\\|b"), ("`|`", "\\"), ("|", "``")])
def test_names_stay_in_their_cells(names: list[tuple[str, str]]) -> None:
    heading, *body = cells([*rows(("a", "b"), [(code(a), code(b)) for a, b in names])])
    assert [shown(cell) for cell in heading] == ["a", "b"]
    for read, wrote in zip(body, names, strict=True):
        for tokens, text in zip(read, wrote, strict=True):
            assert shown(tokens) == readable(text)
            kinds = {token.type for token in tokens}
            assert kinds <= {"code_inline"} or tokens[0].content == "<code>"


@given(HOSTILE)
@example("a `b|c` d|e")
@example("@someone and #12, `@code`")
def test_a_sentence_shows_what_it_says(text: str) -> None:
    _, (cell, _) = cells([*rows(("a", "b"), [(prose(text), "x")])])
    markup = {token.content for token in cell if token.type == "html_inline"}
    assert {token.type for token in cell} <= {"text", "code_inline", "html_inline"}
    assert markup <= {"<!-- -->", "<code>", "</code>"}
    # What stands between backticks is code, so that these are not shown.
    assert shown(cell).replace("`", "") == readable(text).replace("`", "")


@given(HOSTILE)
def test_nobody_is_called(text: str) -> None:
    """GitHub looks for names and issues in each stretch of rendered text, not in code."""
    rendered = MarkdownIt("commonmark").render(f"- {prose(text)}")
    outside = re.sub(r"<code>.*?</code>", "", rendered, flags=re.DOTALL)
    stretches = [html.unescape(part) for part in re.split(r"<[^>]*>", outside)]
    assert [stretch for stretch in stretches if CALL.search(stretch)] == []


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain words, and more.", "plain words, and more."),
        ("use `m.x` here", "use `m.x` here"),
        ("snake_case", "snake_case"),
        ("__init__ _x_", "&#95;&#95;init&#95;&#95; &#95;x&#95;"),
        ("@you, #1", "@<!-- -->you, #<!-- -->1"),
        ("one\n  line", "one line"),
        ("", ""),
    ],
)
def test_a_sentence(text: str, written: str) -> None:
    assert prose(text) == written


def test_numbers_go_to_the_right() -> None:
    assert [*rows(("a", "n"), [("x", "1")], {1})] == [
        "| a | n |\n",
        "| --- | ---: |\n",
        "| x | 1 |\n",
    ]
