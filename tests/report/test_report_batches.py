"""Batches as a table, as a task list, and what became of them."""

import io
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from rich.console import Console

from ssot_migrate.migrating.batches import Batch
from ssot_migrate.migrating.migration import Account, Outcome, Status
from ssot_migrate.model import Applicability, SourceFile
from ssot_migrate.report import Color, Verbosity
from ssot_migrate.report.batches import checklist, outcomes, plan
from ssot_migrate.report.console import console
from ssot_migrate.settings.config import Config
from tests.report.reports import violation


def batch(name: str = "tests/unit", skip: str = "") -> Batch:
    files = (SourceFile.of("/project/tests/unit/a.py", "tests/unit/a.py"),)
    mocks = (
        violation("tests/unit/a.py", 1, "agent"),
        violation("tests/unit/a.py", 2, "agent", Applicability.UNSAFE),
        violation("tests/unit/a.py", 3, "websocket", Applicability.MANUAL),
    )
    return Batch(name, name, files, mocks, mocks[:1], Config(Path("/project"), skip=skip))


def printed() -> tuple[io.StringIO, Console]:
    stream = io.StringIO()
    return stream, console(stream, Color.NEVER)


def items(markdown: str) -> list[list[Token]]:
    """Give the content of each item of a document's one list."""
    tokens = MarkdownIt("commonmark").parse(markdown)
    assert sum(token.type == "bullet_list_open" for token in tokens) == 1
    depth = 0
    found = []
    for token in tokens:
        depth += token.nesting if token.type.startswith("list_item") else 0
        if token.type == "inline" and depth:
            found.append(token.children or [])
    return found


def shown(tokens: list[Token]) -> str:
    """Give the text that a person reads."""
    return "".join(t.content for t in tokens if t.type in {"text", "code_inline"})


#: What folders, reasons and commands may hold.
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1)


@given(st.lists(TEXTS.filter(str.strip), min_size=1), TEXTS)
def test_a_task_for_each_batch_whatever_it_is_called(names: list[str], skip: str) -> None:
    tasks = items(checklist([batch(name, skip) for name in names], {}))
    assert len(tasks) == len(names)
    for name, task in zip(names, tasks, strict=True):
        assert task[0].content == "[ ] "
        assert task[1].type == "code_inline" or task[1].content == "<code>"
        assert f"{shown(task[1:])} ".startswith(f"{' '.join(name.split())} — ")


@given(st.text("`*_<>[]()!#&|\\~@abc -"))
def test_a_reason_cannot_be_markup(reason: str) -> None:
    (task,) = items(checklist([batch(skip=f"x{reason}")], {}))
    markup = {token.content for token in task if token.type == "html_inline"}
    assert {token.type for token in task} <= {"text", "code_inline", "html_inline"}
    assert markup <= {"<!-- -->", "<code>", "</code>"}
    said = f"; skipped: {' '.join(f'x{reason}'.split())}"
    assert shown(task).replace("`", "").endswith(said.replace("`", ""))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.04, "0.0 s"),
        (9.96, "10 s"),
        (9.94, "9.9 s"),
        (59.4, "59 s"),
        (59.6, "1:00"),
        (61, "1:01"),
        (3600, "1:00:00"),
        (90061, "25:01:01"),
    ],
)
def test_times(seconds: float, shown: str) -> None:
    assert f"trial about {shown}\n" in checklist([batch()], {"tests/unit": seconds})


def test_a_time_that_nobody_knows_is_not_told() -> None:
    assert "trial" not in checklist([batch()], {})


def test_the_plan() -> None:
    stream, out = printed()
    plan([batch(), batch("x", "frozen")], {"tests/unit": 12.3}, out, Verbosity.NORMAL)
    assert stream.getvalue() == (
        "2 batches: 6 mocks, 2 of them to be migrated.\n\n"
        "batch       files  mocks  safe  unsafe  manual  fixes  trial  families\n"
        "tests/unit      1      3     1       1       1      1   12 s  2 agent, 1 websocket\n"
        "x               1      3     1       1       1      1      -  2 agent, 1 websocket"
        "  skipped: frozen\n"
        "total           1      6     2       2       2      2   12 s\n"
    )


def test_a_quiet_plan() -> None:
    stream, out = printed()
    plan([batch()], {}, out, Verbosity.QUIET)
    assert stream.getvalue() == "1 batch: 3 mocks, 1 of them to be migrated.\n"


def test_no_batches() -> None:
    stream, out = printed()
    plan([], {}, out, Verbosity.NORMAL)
    outcomes(Account([]), Counter(), out, Verbosity.NORMAL)
    assert stream.getvalue() == "Nothing to migrate.\nNothing was migrated.\n"


ENDED = (
    Outcome("a", "a", Status.MIGRATED, None, 5, 2, 1, {"manual": 3}, "abc1234", 4.0),
    Outcome("b", "b", Status.MIGRATED, None, 7, None, None, {"manual": 1}, None, 2.0),
    Outcome("c", "c", Status.UNCHANGED, None, 0, 0, 4, {}, None, 1.0),
    Outcome("d", "d", Status.SKIPPED, "frozen", left={"skipped: frozen": 2}),
    Outcome("e", "e", Status.FAILED, "no", left={"their batch failed": 8}),
)


def test_what_became_of_batches() -> None:
    stream, out = printed()
    outcomes(Account(ENDED), Counter({"manual": 10}), out, Verbosity.NORMAL)
    assert stream.getvalue() == (
        "\n"
        "batch          migrated  confirmed  taken back  left  commit    time\n"
        "a                     5          2           1     3  abc1234  4.0 s\n"
        "b                     7          -           -     1  -        2.0 s\n"
        "c                     0          0           4     0  -        1.0 s\n"
        "d                     0          -           -     2  -        0.0 s  skipped: frozen\n"
        "e                     0          -           -     8  -        0.0 s  failed: no\n"
        "without fixes         0          -           -    10               -\n"
        "total                12          2           5    24           7.0 s\n"
        "\n"
        "Migrated 12 mocks in 2 batches, 1 skipped, 1 failed.\n"
        "Left 24 mocks:\n"
        "  14  manual\n"
        "   8  their batch failed\n"
        "   2  skipped: frozen\n"
    )


def test_many_reasons() -> None:
    stream, out = printed()
    outcomes(Account([]), Counter({f"r{n:02}": 1 for n in range(12)}), out, Verbosity.NORMAL)
    assert stream.getvalue().splitlines()[-2:] == [
        "  1  r09",
        "  … and 2 more reasons; -v tells each mock's",
    ]


def test_a_migration_that_went_on_tells_apart_what_was_done_before() -> None:
    stream, out = printed()
    outcomes(Account(ENDED[1:2], [ENDED[0], ENDED[4]]), Counter(), out, Verbosity.NORMAL)
    assert stream.getvalue().splitlines()[2:7] == [
        "a             5          2           1     3  abc1234  earlier",
        "e             0          -           -     8  -        earlier  failed: no",
        "b             7          -           -     1  -          2.0 s",
        "total        12          2           1    12             2.0 s",
        "",
    ]
    assert "Migrated 7 mocks in 1 batch; earlier 5 mocks in 1 batch, 1 failed.\n" in (
        stream.getvalue()
    )
