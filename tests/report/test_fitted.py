"""Tables on terminals of any width."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from ssot_migrate.report.fitted import Table, cut, fitted, shorten_path

HEADING = ("batch", "mocks", "commit", "trial", "families", "")


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def printed(table: Table, width: int, stream: io.StringIO) -> list[str]:
    fitted(Console(file=stream, color_system=None, width=width), table)
    return stream.getvalue().splitlines()


def table(name: str = "tests/unit/of_things/test_a.py", note: str = "") -> Table:
    row = (name, "12", "abc1234", "-", "2 agent, 1 websocket", note)
    return Table([HEADING, row], right=frozenset({1, 3}), tail=4, note=5)


@given(st.integers(20, 120), st.text("abc/_", min_size=1, max_size=90))
def test_every_line_fits_and_no_number_is_broken(width: int, name: str) -> None:
    lines = printed(table(name, "failed: no"), width, Screen())
    assert max(map(len, lines)) <= max(width, len(name) + 1)
    words = " ".join(lines).replace(",", " ").split()
    assert {"12", "abc1234"} <= {*words}


def test_on_a_pipe_nothing_is_cut() -> None:
    lines = printed(table("x" * 200, "failed: no"), 20, io.StringIO())
    assert len(lines) == 2
    assert lines[1].split("  ")[0] == "x" * 200
    assert lines[1].endswith("2 agent, 1 websocket  failed: no")


def test_what_is_given_up_first() -> None:
    """The note goes below, a column without anything goes, and then families do."""
    assert printed(table(note="failed: no"), 78, Screen()) == [
        "batch                           mocks  commit   trial  families",
        "tests/unit/of_things/test_a.py     12  abc1234      -  2 agent, 1 websocket",
        "",
        "tests/unit/of_things/test_a.py: failed: no",
    ]
    assert printed(table(), 60, Screen()) == [
        "batch                           mocks  commit   families",
        "tests/unit/of_things/test_a.py     12  abc1234  2 agent…",
    ]


def test_a_narrow_terminal() -> None:
    assert printed(table(), 24, Screen()) == [
        "tests/u…things/test_a.py",
        "  mocks 12, commit",
        "    abc1234, families 2",
        "    agent, 1 websocket",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1 agent", "1 agent"),
        ("2 agent, 1 websocket", "2 agent…"),
        ("one two three four", "one two…"),
        ("3 websocket, 1 agent", "3 websocket…"),
        ("x" * 20, "x" * 11 + "…"),
    ],
)
def test_an_end_is_cut_between_words(text: str, shown: str) -> None:
    assert cut(text, 12) == shown


def test_a_path_keeps_its_end() -> None:
    assert shorten_path("tests/unit/test_store.py", 16) == "tests…t_store.py"
    assert shorten_path("test.py", 16) == "test.py"
