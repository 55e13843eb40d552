"""Changes as a patch: what git makes of it is what the change says."""

import subprocess
import tempfile
import time
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_migrate.model import Change
from ssot_migrate.report import Color
from ssot_migrate.report.console import console
from ssot_migrate.report.diff import patch, show


def applied(folder: Path, path: str, before: bytes, after: bytes) -> bytes:
    """Return what ``git apply`` makes of a file in a folder."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(before)
    lines = b"".join(patch(Change.of(str(file), path, before, after, ())))
    command = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "-"]
    run = subprocess.run(command, cwd=folder, input=lines, capture_output=True, check=False)
    assert run.returncode == 0, (run.stderr, lines)
    return file.read_bytes()


BEFORE = b"import x\n\n\nmock = Mock()\nmock.a = 1\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(BEFORE, BEFORE.replace(b"Mock()", b"create()"), id="plain"),
        pytest.param(BEFORE[:-1], BEFORE.replace(b"1", b"2")[:-1], id="no newline at the end"),
        pytest.param(BEFORE[:-1], BEFORE, id="newline gained"),
        pytest.param(BEFORE, BEFORE[:-1], id="newline lost"),
        pytest.param(BEFORE[:-1], b"# top\n" + BEFORE[:-1], id="no newline, in the context"),
        pytest.param(b"a\r\nb\r\n", b"a\r\nc\r\n", id="crlf"),
        pytest.param(b"a\nb\r\nc", b"a\r\nb\nd", id="mixed newlines"),
        pytest.param(b"a = 1\x0c\nb\x0b\x1c\rc\n", b"a = 2\x0c\nb\x0b\x1c\rc\n", id="form feeds"),
        pytest.param(b"# caf\xe9\nx\n", b"# caf\xe9\ny\n", id="latin-1"),
        pytest.param(b"\xef\xbb\xbfx\n", b"\xef\xbb\xbfy\n", id="bom"),
        pytest.param(b"-- a\n++ b\n@@ c\n", b"-- a\n++ d\n", id="lines like headers"),
        pytest.param(
            "x\u2028y\x85z\n".encode(), "x\u2028y\x85!\n".encode(), id="unicode separators"
        ),
    ],
)
def test_git_applies_any_content(tmp_path: Path, before: bytes, after: bytes) -> None:
    assert applied(tmp_path, "tests/test_a.py", before, after) == after


@pytest.mark.parametrize(
    "path",
    [
        "a.py",
        "with space/a b.py",
        'quo"te.py',
        "back\\slash.py",
        "ünïcode/日本.py",
        "tab\there.py",
        "new\nline.py",
        "caf\udce9.py",
        "é and space.py",
        "a.py\t2020-01-01 00:00:00",
        "trailing ",
    ],
)
def test_git_applies_any_name(tmp_path: Path, path: str) -> None:
    assert applied(tmp_path, path, b"a\n", b"b\n") == b"b\n"


def test_paths_are_relative_to_the_current_folder(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    (tmp_path / "sub").mkdir()
    assert applied(tmp_path / "sub", "tests/a.py", b"a\n", b"b\n") == b"b\n"


def test_an_absolute_path_keeps_its_sides() -> None:
    lines = list(patch(Change.of("/x/a.py", "/x/a.py", b"a\n", b"b\n", ())))
    assert lines[:2] == [b"--- a/x/a.py\n", b"+++ b/x/a.py\n"]


CONTENT = st.lists(
    st.sampled_from([b"a", b"b", b"mock = Mock()", b"\r", b"\x0c", b"\xff", b"", b" x ", b"--- a"])
).map(b"\n".join)


@settings(deadline=None, max_examples=100)
@given(CONTENT, CONTENT)
def test_git_apply_equals_the_change(before: bytes, after: bytes) -> None:
    # No file is ever emptied, or filled from nothing: such a patch deletes or creates it.
    before, after = before + b"\nend", after + b"\nend"
    with tempfile.TemporaryDirectory() as folder:
        assert (
            before == after and not list(patch(Change.of("x", "x", before, after, ())))
        ) or applied(Path(folder), "x.py", before, after) == after


def test_a_long_file_that_repeats_itself_is_no_burden() -> None:
    # difflib alone takes minutes here.
    before = [b"def test():\n", b"    mock = Mock()\n", b"    assert mock\n", b"\n"] * 10_000
    after = [b"    mock = create()\n" if n % 97 == 1 else line for n, line in enumerate(before)]
    change = Change.of("x", "x.py", b"".join(before), b"".join(after), ())
    start = time.perf_counter()
    lines = list(patch(change))
    assert time.perf_counter() - start < 5
    assert sum(line.startswith(b"+ ") for line in lines) == len(range(1, 40_000, 97))


def test_an_unrecognisable_file(tmp_path: Path) -> None:
    before = b"".join(b"a%d\n" % n for n in range(1000))
    after = b"".join(b"b%d\n" % n for n in range(1000)) + b"a1\n"
    assert applied(tmp_path, "a.py", before, after) == after


def test_what_is_far_apart_is_found_again(tmp_path: Path) -> None:
    before = b"".join(b"%d\n" % n for n in range(1000))
    after = b"".join(b"%d\n" % n for n in range(1000) if n // 10 % 7)
    lines = list(patch(Change.of("x", "x.py", before, after, ())))
    assert sum(line[:1] == b"-" for line in lines) == 1 + before.count(b"\n") - after.count(b"\n")
    assert applied(tmp_path, "a.py", before, after) == after


def test_people_see_it_in_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    target = console(StringIO(), Color.ALWAYS)
    before, after = b"same\r\nold \x1b[2J\xe9\r\n", b"same\r\nnew\r\n"
    show(Change.of("/a.py", "a.py", before, after, ()), target)
    assert isinstance(target.file, StringIO)
    assert target.file.getvalue() == (
        "\x1b[1m--- a/a.py\x1b[0m\n"
        "\x1b[1m+++ b/a.py\x1b[0m\n"
        "\x1b[36m@@ -1,2 +1,2 @@\x1b[0m\n"
        " same\n"
        "\x1b[31m-old \\x1b[2J\ufffd\x1b[0m\n"
        "\x1b[32m+new\x1b[0m\n"
    )
