"""What the benchmarks compute: a wrong figure would be a wrong claim."""

import json
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import libcst
import pytest
from hypothesis import given
from hypothesis import strategies as st
from libcst.codemod import CodemodContext

from benchmarks import codemod, page, stages, tree
from benchmarks.bars import Bar, Measured, bars, table
from benchmarks.commands import changed, count_changed
from benchmarks.measure import Command, Cost, errors, run


def of(found: list[Bar]) -> dict[str, Bar]:
    return {bar.name: bar for bar in found}


def measured(costs: dict[str, Cost], found: dict[str, int] | None = None) -> Measured:
    return Measured("ours", costs, found or {}, files=1_000)


def test_a_ratio_is_by_the_wall_and_beside_it_by_processor_time() -> None:
    costs = {"ours scan, creations": Cost(4, 6, 0), "ast-grep": Cost(10, 20, 0)}
    bar = of(bars(measured(costs)))["scan, creations / ast-grep"]
    assert (bar.wall, bar.cpu, bar.is_met) == (0.4, 0.3, True)


def test_rewriting_is_weighed_as_if_one_file_in_ten_were_edited() -> None:
    # 200 of 1,000 files: twice the tenth, so half of the 8 s that the diff takes more.
    costs = {"ours scan, creations": Cost(1, 10, 0), "ours diff": Cost(1, 18, 0)}
    bar = of(bars(measured(costs, {"ours diff": 200})))
    assert bar["rewriting and verifying one file in ten / scan"].cpu == pytest.approx(0.4)


def test_an_edited_file_is_compared_by_what_each_tool_edited() -> None:
    costs = {
        "ours diff, edited files": Cost(1, 2, 0),
        "libcst codemod, edited files": Cost(1, 60, 0),
    }
    found = {"ours diff, edited files": 20, "libcst codemod, edited files": 10}
    bar = of(bars(measured(costs, found)))["libcst codemod / diff, for an edited file"]
    assert (bar.cpu, bar.is_met) == (60, True)


def test_memory_is_that_of_our_largest_process_alone() -> None:
    costs = {
        "ours scan": Cost(1, 1, 150_000_000),
        "ours diff": Cost(1, 1, 210_000_000),
        "before diff": Cost(1, 1, 900_000_000),
        "ast-grep": Cost(1, 1, 990_000_000),
    }
    (bar,) = bars(measured(costs))
    assert (bar.name, bar.wall, bar.is_met) == ("peak memory of a process (ours diff)", 210, False)


def test_a_table_says_which_bars_are_met() -> None:
    met, missed = Bar("a", 1, 0.5, None, " s"), Bar("b", 40, None, 39, at_least=True)
    assert table([met, missed]).splitlines()[2:] == [
        "| a | ≤ 1 s | 0.50 s |  | yes |",
        "| b | ≥ 40 |  | 39.00 | no |",
    ]


def test_a_second_run_is_written_in_place_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = tmp_path / "README.md"
    begin, end = "<!-- one -->\n", "<!-- end of one -->\n"
    readme.write_text(f"# Speed\n\n{begin}{end}\n## More\n", "utf-8")
    monkeypatch.setattr(page, "README", readme)
    page.write("one", "| one |")
    page.write("one", "| two |\n")
    assert readme.read_text("utf-8") == f"# Speed\n\n{begin}\n| two |\n\n{end}\n## More\n"


def test_time_counts_for_the_innermost_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0, 1, 3, 6, 10, 15])
    monkeypatch.setattr(stages, "time", SimpleNamespace(process_time=lambda: next(moments)))
    clock = stages.Clock()
    inner = stages.timed(clock, "inner", lambda: None)
    with clock.stage("outer"):
        inner()
    clock.turn()
    # 1 s before, 2 of the outer, 3 of the inner, 4 of the outer again, 5 after.
    assert clock.seconds == {stages.ELSE: 6, "outer": 6, "inner": 3}
    assert clock.calls == {"outer": 1, "inner": 1}


def test_what_is_done_again_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "time", SimpleNamespace(process_time=lambda: 0))
    clock = stages.Clock()
    parse = stages.timed(clock, "parse", iter)
    parse([])
    stages.proving(clock, lambda: parse([]))()
    parse([])
    assert clock.calls["parse"] == 2
    assert clock.calls[f"{stages.AGAIN}parse"] == 1


def test_a_generator_is_timed_where_it_runs() -> None:
    clock = stages.Clock()

    def numbers() -> object:
        yield from (1, 2)

    yielded = stages.timed(clock, "numbers", numbers)()
    assert clock.calls == {}
    assert [*yielded] == [1, 2]
    assert clock.calls == {"numbers": 3}


@given(st.binary(), st.integers(1, 99), st.integers(1, 99))
def test_copies_differ_from_each_other_by_a_last_line(data: bytes, one: int, other: int) -> None:
    first, second = tree.numbered(data, one), tree.numbered(data, other)
    assert (first == second) == (one == other)
    assert first.startswith(data)
    assert first.splitlines()[-1] == b"# copy %d" % one


def test_files_are_copied_in_order_and_the_first_time_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree.archives, "HOME", tmp_path)
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(f"# {name}\n")
    copies = islice(tree.copies([tmp_path / "a.py", tmp_path / "b.py"]), 3)
    assert {name.as_posix(): data for name, data in copies} == {
        "copy_00/a.py": b"# a.py\n",
        "copy_00/b.py": b"# b.py\n",
        "copy_01/a.py": b"# a.py\n# copy 1\n",
    }


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("mock_ws = MagicMock()", "mock_ws = SSotMockFactory.create_websocket_mock()"),
        ("    self.agent = AsyncMock(x=1)", "    self.agent = SSotMockFactory.create_agent_mock()"),
        ("thing = MagicMock()", None),
        ("agents = MagicMock()", None),
        ("agent = Other()", None),
        ("agent = MagicMock().start", None),
    ],
)
def test_the_compared_codemod_edits_what_the_quick_look_says(line: str, after: str | None) -> None:
    start = "from unittest.mock import AsyncMock, MagicMock\nif True:\n    pass\n"
    code = f"{start}{line}\n".replace("\n    self", "\nif True:\n    self")
    result = codemod.UseFactory(CodemodContext()).transform_module(libcst.parse_module(code)).code
    assert (result != code) == (after is not None)
    assert after is None or after in result
    if "start" not in line:  # A quick look may take more than there is, and is counted as such.
        assert codemod.edits(code) == (after is not None)


def test_patches_of_either_tool_are_counted() -> None:
    ours = b"--- a/tests/test_a.py\n+++ b/tests/test_a.py\n@@ -1 +1 @@\n-a\n+b\n"
    # One line of the file is `-- x`, and gone.
    theirs = b"--- /tree/test_a.py\n+++ /tree/test_a.py\n@@ -1 +1 @@\n--- x\n+b\n"
    assert count_changed(ours) == 1
    assert changed(ours) == ["tests/test_a.py"]
    assert count_changed(theirs) == 1


def test_a_command_that_fails_says_what_it_said(tmp_path: Path) -> None:
    failing = Command("sh", ("/bin/sh", "-c", "echo out; echo why >&2; exit 3"))
    output = tmp_path / "output"
    with pytest.raises(SystemExit, match=r"sh gave 3: .*\nwhy"):
        run(failing, output)
    assert (output.read_text(), errors(output).read_text()) == ("out\n", "why\n")


@pytest.mark.parametrize("record", [{"size": {"files": 1}}, {"built": ["other"], "size": {}}])
def test_a_tree_that_was_built_in_another_way_is_another_tree(
    tmp_path: Path, record: dict[str, object]
) -> None:
    assert tree.recorded(tmp_path) is None
    (tmp_path / tree.RECORD).write_text(json.dumps(record))
    assert tree.recorded(tmp_path) is None
