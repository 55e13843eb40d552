"""``apply --interactive``, at a terminal."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
import typer
from typer.testing import CliRunner

from ssot_migrate.cli import app
from ssot_migrate.model import UserError
from tests.support import Project

pytest.importorskip("termios", reason="needs a pseudo-terminal")

from ssot_migrate.cli.interactive import _key
from tests.terminal import Terminal

FIRST = """
    from unittest.mock import AsyncMock, MagicMock


    def test_first():
        ws = MagicMock()
        ws.send_text = AsyncMock()
        assert ws


    def test_second():
        ws = MagicMock()
        ws.user_id = "u2"
        assert ws.user_id == "u2"
"""
SECOND = """
    from unittest.mock import MagicMock


    def test_third():
        ws = MagicMock()
        assert ws


    def test_fourth():
        websocket = MagicMock()
        websocket.user_id = "u4"
        assert websocket.user_id == "u4"
"""
UNSAFE = """
    from unittest.mock import AsyncMock


    def test_fifth():
        ws = AsyncMock()
        assert ws
"""
FILES = ("tests/test_a.py", "tests/test_b.py")
IMPORT = "from test_framework.ssot.mock_factory import SSotMockFactory\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = Project(tmp_path)
    project.write(FILES[0], FIRST)
    project.write(FILES[1], SECOND)
    return tmp_path


def terminal(project: Path, *arguments: str, width: int = 100, **more: str) -> Terminal:
    return Terminal(project, "--interactive", *arguments, width=width, **more)


def contents(project: Path) -> tuple[str, ...]:
    return tuple((project / name).read_text() for name in FILES)


def printed(project: Path, *arguments: str) -> str:
    line = [sys.executable, "-m", "ssot_migrate", *arguments]
    done = subprocess.run(line, cwd=project, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def body(text: str, function: str) -> str:
    """Give the lines of a function."""
    return text.partition(f"def {function}():\n")[2].partition("\n\n\n")[0]


def editor(folder: Path, code: str) -> str:
    """Write an editor that does something with ``text``, and give the command that starts it."""
    path = folder / "editor.py"
    lines = (
        "import pathlib, sys",
        "file = pathlib.Path(sys.argv[-1])",
        "text = file.read_text()",
        dedent(code),
        "file.write_text(text)",
    )
    path.write_text("\n".join(lines))
    return f"{sys.executable} {path} --wait"


def test_yes_and_no(project: Path) -> None:
    with terminal(project, "tests") as person:
        one, two, three, four, end = person.answer("y", "n", "n", "y")
        assert person.code == 0
    for number, (shown, place) in enumerate(
        [(one, "a.py:5:10"), (two, "a.py:11:10"), (three, "b.py:5:10"), (four, "b.py:10:17")], 1
    ):
        assert f"tests/test_{place}: websocket [safe] ws" in shown.replace("] websocket", "] ws")
        assert shown.endswith(f"({number}/4) Take this fix? [y,n,a,d,e,s,q,?] ")
    assert "  evidence     name ws (decides)" in one
    assert "-    ws = MagicMock()\n-    ws.send_text = AsyncMock()\n+    ws = SSot" in one
    assert f"+{IMPORT}" in one
    # The file has the import by now.
    assert f"+{IMPORT}" not in two
    assert "Changed 2 files, 2 mocks." in end
    assert "2  you left it" in end
    first, second = contents(project)
    assert body(first, "test_first").startswith("    ws = SSotMockFactory.create_websocket_mock()")
    assert body(first, "test_second").startswith("    ws = MagicMock()")
    assert body(second, "test_third").startswith("    ws = MagicMock()")
    assert 'websocket_mock(user_id="u4")' in body(second, "test_fourth")


def test_all_of_a_file_and_none_of_another(project: Path) -> None:
    before = contents(project)
    with terminal(project, "tests") as person:
        _, other, end = person.answer("a", "d")
    assert "(3/4)" in other
    assert "Changed 1 file, 2 mocks." in end
    first, second = contents(project)
    assert "MagicMock" not in first
    assert second == before[1]


def test_quitting_writes_what_was_taken(project: Path) -> None:
    before = contents(project)
    with terminal(project, "tests") as person:
        end = person.answer("y", "q")[-1]
        assert person.code == 0
    assert "Changed 1 file, 1 mock." in end
    assert "3  you did not come to it" in end
    first, second = contents(project)
    assert first.count("create_websocket_mock") == 1
    assert second == before[1]


def test_end_of_input_quits(project: Path) -> None:
    with terminal(project, "tests") as person:
        end = person.answer("y", "\x04")[-1]
        assert person.code == 0
    assert "Changed 1 file, 1 mock." in end


def test_ctrl_c_writes_nothing(project: Path) -> None:
    before = contents(project)
    with terminal(project, "tests") as person:
        end = person.answer("a", "\x03")[-1]
        assert person.code == 130
    assert "Nothing was written." in end
    assert contents(project) == before


def test_help_and_keys_that_mean_nothing(project: Path) -> None:
    with terminal(project, "tests") as person:
        _, again, other, _ = person.answer("?", "x", "q")
    for shown in (again, other):
        assert "y      take this fix\n" in shown
        assert "Ctrl-C stop; nothing at all is written\n" in shown
        assert "(1/4)" in shown


def test_enter_after_a_key_is_not_an_answer(project: Path) -> None:
    with terminal(project, "tests") as person:
        end = person.answer("y\r", "Y", "d\n")[-1]
    assert "Changed 1 file, 2 mocks." in end


def test_a_reason_suppresses(project: Path) -> None:
    with terminal(project, "tests") as person:
        person.until()
        person.type("s")
        person.until("Reason (none to go back): ")
        person.type("\n")
        person.until()
        person.type("s")
        person.until("Reason (none to go back): ")
        person.type("the socket of the past\n")
        end = person.answer("y", "d")[-1]
    assert "1  suppressed: the socket of the past" in end
    first, _ = contents(project)
    assert body(first, "test_first") == (
        "    ws = MagicMock()  # ssot-migrate: ignore[websocket] the socket of the past\n"
        "    ws.send_text = AsyncMock()\n"
        "    assert ws"
    )
    assert "create_websocket_mock" in body(first, "test_second")
    # Whoever comes next leaves it alone.
    scan = printed(project, "scan", "tests")
    assert "\n1 suppressed\n" in scan
    for name in ("diff", "apply"):
        assert "1  suppressed: the socket of the past" in printed(project, name, "tests/test_a.py")
    assert contents(project)[0] == first


def test_only_a_suppression(project: Path) -> None:
    with terminal(project, "tests/test_b.py") as person:
        person.until()
        person.type("s")
        person.until("Reason (none to go back): ")
        person.type("why\n")
        end = person.answer("q")[-1]
    assert "tests/test_b.py: suppressions only\n" in end
    assert "ignore[websocket] why\n" in contents(project)[1]


def test_a_fix_is_edited(project: Path) -> None:
    change = """text = text.replace("mock()", "mock()\\n    ws.send_text = AsyncMock(name='it')")"""
    command = editor(project, change)
    with terminal(project, "tests", EDITOR="no-such-editor", VISUAL=command) as person:
        end = person.answer("e", "a", "d")[-1]
    assert "Changed 1 file, 2 mocks." in end
    first, _ = contents(project)
    assert body(first, "test_first") == (
        "    ws = SSotMockFactory.create_websocket_mock()\n"
        "    ws.send_text = AsyncMock(name='it')\n"
        "    assert ws"
    )
    # The fixes took away its last use, the edit brought one back.
    assert first.startswith("from unittest.mock import AsyncMock\n")
    assert "MagicMock" not in first


def test_an_edit_goes_on_where_it_was_left(project: Path) -> None:
    code = "text = text + '    )' if ')\\n    )' not in text else text.replace('\\n    )', '')"
    with terminal(project, "tests/test_a.py", EDITOR=editor(project, code)) as person:
        _, again, _, end = person.answer("e", "e", "d")
    assert "does not parse" in again
    assert "Changed 1 file, 1 mock." in end


def test_an_edit_that_cannot_be_taken(project: Path) -> None:
    before = contents(project)
    command = editor(project, "text += '    other = MagicMock()'")
    with terminal(project, "tests", width=50, EDITOR=command) as person:
        _, again, end = person.answer("e", "q")
    assert "builds a mock by hand: generic other." in again.replace("\n  ", " ")
    assert again.endswith("(1/4) Take this fix? [y,n,a,d,e,s,q,?] ")
    assert "Nothing was changed." in end
    assert contents(project) == before


def test_an_editor_that_fails(project: Path) -> None:
    with terminal(project, "tests", EDITOR=editor(project, "sys.exit(3)"), width=300) as person:
        _, again, _ = person.answer("e", "q")
    assert "ended with 3, so nothing was taken." in again


def test_unsafe_fixes_are_offered_where_they_are_wanted(project: Path) -> None:
    Project(project).write("tests/test_c.py", UNSAFE)
    with terminal(project, "tests/test_c.py") as person:
        shown = person.end()
    assert "Take this fix?" not in shown
    assert "1 more fix with `--unsafe-fixes`." in shown
    with terminal(project, "tests/test_c.py", "--unsafe-fixes") as person:
        question, end = person.answer("y")
    assert "websocket [unsafe] ws" in question
    assert "  differences" in question
    assert "Changed 1 file, 1 mock." in end


def test_a_narrow_terminal(project: Path) -> None:
    with terminal(project, "tests", width=40) as person:
        _, shown, end = person.answer("?", "q")
    assert max(map(len, shown.partition("(1/4)")[0].splitlines())) <= 40
    assert "Nothing was changed." in end


@pytest.mark.parametrize("more", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colours(project: Path, more: dict[str, str]) -> None:
    with terminal(project, "tests", **more) as person:
        person.answer("?", "y", "q")
    assert "\x1b[3" not in person.raw
    assert "\x1b[1" not in person.raw


def test_with_colours(project: Path) -> None:
    with terminal(project, "tests") as person:
        person.answer("q")
    assert "\x1b[32m+    ws = SSotMockFactory" in person.raw


def test_a_file_that_changed_meanwhile_is_left(project: Path) -> None:
    with terminal(project, "tests/test_a.py") as person:
        person.until()
        (project / FILES[0]).write_text("x = 1\n")
        person.type("a")
        end = person.end()
        assert person.code == 2
    assert "changed on disk since it was read" in end
    assert contents(project)[0] == "x = 1\n"


def test_a_fix_that_an_edit_bars(project: Path) -> None:
    code = """
        from unittest.mock import AsyncMock, MagicMock


        def test_it():
            handle(websocket=MagicMock(), agent=MagicMock())
    """
    Project(project).write("tests/test_c.py", code)
    command = editor(project, "text += '    # mine'")
    with terminal(project, "tests/test_c.py", "--unsafe-fixes", EDITOR=command) as person:
        question, end = person.answer("e")
    assert "(1/2)" in question
    assert "tests/test_c.py:5: left out: line 5: beside the other fixes the edit no longer" in end
    assert "Changed 1 file, 1 mock." in end
    assert "1  it cannot be rewritten beside what you decided before" in end
    assert "    # mine\n" in (project / "tests/test_c.py").read_text()


def test_an_undo_brings_everything_back(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(project)
    with terminal(project, "tests", EDITOR=editor(project, "text += '    # mine'")) as person:
        person.answer("e", "a", "y", "d")
    assert contents(project) != before
    monkeypatch.chdir(project)
    assert CliRunner().invoke(app, ["undo"], catch_exceptions=False).exit_code == 0
    assert contents(project) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-"], "--interactive asks on standard input, where `-` reads code"),
        (["-q"], "--interactive shows each fix, and -q little"),
        ([], "--interactive asks, and needs a terminal for it"),
    ],
)
def test_nobody_to_ask(
    project: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(project)
    result = CliRunner().invoke(app, ["apply", "-i", *arguments], input="y\n")
    assert result.exit_code == 2
    assert f"error: {message}" in result.stderr


def keys_of(monkeypatch: pytest.MonkeyPatch, *typed: str) -> None:
    pending = iter(typed)
    monkeypatch.setattr(typer, "getchar", lambda: next(pending))


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (["y"], "y"),
        (["N"], "n"),
        (["\r", "\n", "d"], "d"),
        # Typed at once, before there was anything to see.
        (["yyy"], "y"),
        # An arrow, and what Windows sends for one.
        (["\x1b[A", "\xe0H", "q"], "q"),
        (["é"], "é"),
    ],
)
def test_a_key(monkeypatch: pytest.MonkeyPatch, typed: list[str], key: str) -> None:
    keys_of(monkeypatch, *typed)
    assert _key() == key


def test_ctrl_c_among_other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    keys_of(monkeypatch, "y\x03")
    with pytest.raises(KeyboardInterrupt):
        _key()


def test_a_terminal_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    keys_of(monkeypatch, "")
    with pytest.raises(UserError, match=r"the terminal is gone; nothing was written"):
        _key()
