"""Replacements, carried out as SARIF says."""

import codecs
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssot_migrate.report.replacements import replacements

#: Lines of a file: repeated ones, wide ones, those that only look like ends of lines.
LINES = st.lists(
    st.sampled_from(
        ["a", "b", "x = 1", "    é", "🦊 = '漢'", "", "\f", "\u2028", "\x85", "  a"]
    ).flatmap(lambda line: st.sampled_from(["\n", "\r\n", "\r"]).map(lambda end: line + end)),
    max_size=12,
)
TEXTS = st.builds(
    lambda lines, last: "".join(lines) + last, LINES, st.sampled_from(["", "a", "🦊"])
)


def offsets(text: str) -> list[int]:
    """Give where each line starts: they end as the run's newlineSequences say, columns are characters."""
    return [0, *(found.end() for found in re.finditer("\r\n|\n|\r", text))]


def carried_out(text: str, edits: list[dict[str, object]]) -> str:
    """Replace from the end on, so that no edit moves another; they may not overlap."""
    starts = offsets(text)
    following = len(text)
    for edit in reversed(edits):
        region, content = edit["deletedRegion"], edit.get("insertedContent", {"text": ""})
        assert isinstance(region, dict)
        assert isinstance(content, dict)
        start = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        assert 0 <= start <= end <= following
        text = text[:start] + content["text"] + text[end:]
        following = start
    return text


@given(TEXTS, TEXTS)
@example("a", "a\n")
@example("a\n", "a")
@example("", "a")
@example("a\r", "a\r\n")
@example("b\na", "")
def test_the_replacements_make_the_change(before: str, after: str) -> None:
    edits = replacements(before.encode(), after.encode())
    assert carried_out(before, edits) == after
    assert (edits == []) == (before == after)


@given(TEXTS, TEXTS)
def test_what_stays_is_not_replaced(above: str, below: str) -> None:
    """A line more in the middle of a file is one insertion, and nothing is deleted for it."""
    above = f"{above}\n"
    before, after = f"{above}{below}", f"{above}the only new line\n{below}"
    (edit,) = replacements(before.encode(), after.encode())
    region = edit["deletedRegion"]
    assert isinstance(region, dict)
    assert (region["startLine"], region["startColumn"]) == (region["endLine"], region["endColumn"])
    assert edit["insertedContent"] == {"text": "the only new line\n"}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (b"a\nb\nc\n", b"a\nc\n", ((2, 1, 3, 1), None)),
        (b"a\nb\nc\n", b"a\nx\nc\n", ((2, 1, 3, 1), "x\n")),
        (b"a\n", b"a\nb\n", ((2, 1, 2, 1), "b\n")),
        (b"a\nbcd", b"a\n", ((2, 1, 2, 4), None)),
        ("a\n🦊".encode(), b"a\nb", ((2, 1, 2, 2), "b")),
        (codecs.BOM_UTF8 + b"a\n", codecs.BOM_UTF8 + b"b\n", ((1, 1, 2, 1), "b\n")),
        ("# coding: latin-1\né\n".encode("latin-1"), b"# coding: latin-1\n", ((2, 1, 3, 1), None)),
    ],
)
def test_a_replacement(
    before: bytes, after: bytes, expected: tuple[tuple[int, ...], str | None]
) -> None:
    (edit,) = replacements(before, after)
    region, content = edit["deletedRegion"], edit.get("insertedContent")
    assert isinstance(region, dict)
    assert (
        tuple(region.values()),
        content["text"] if isinstance(content, dict) else None,
    ) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"\xff", b"a"), (b"a\n", b"# coding: nothing\n"), (b"a\n", codecs.BOM_UTF8 + b"a\n")],
)
def test_what_no_text_can_say_is_left_out(before: bytes, after: bytes) -> None:
    assert replacements(before, after) == []
