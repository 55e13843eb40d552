"""Lines of code in an editor."""

import shutil
import sys
from pathlib import Path

import pytest

from ssot_migrate.cli.editor import EditorError, edit

OLD, NEW = ("    ws = Mock()", "", "    ws.a = 1"), ("    ws = make(a=1)",)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that is the editor; its path holds a blank."""
    path = tmp_path / "my editor.py"
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f'"{sys.executable}" "{path}" --wait')
    return path


def write(program: Path, action: str) -> None:
    program.write_text(
        "import pathlib, sys\n"
        "assert sys.argv[1] == '--wait'\n"
        "file = pathlib.Path(sys.argv[2])\n"
        "data = file.read_bytes()\n"
        f"{action}\n"
        "file.write_bytes(data)\n"
    )


def test_what_the_editor_is_given(program: Path, tmp_path: Path) -> None:
    write(program, f"pathlib.Path({str(tmp_path / 'seen')!r}).write_bytes(data)")
    assert edit("tests/test_a.py:3: websocket é", OLD, NEW) == NEW
    assert (tmp_path / "seen").read_text("utf-8").splitlines() == [
        "# tests/test_a.py:3: websocket é",
        "# What stands below the next line is put in the place of this:",
        "#     ws = Mock()",
        "#",
        "#     ws.a = 1",
        "# Nothing is taken where you leave nothing, or remove the next line.",
        "# ------------------------ >8 ------------------------",
        "    ws = make(a=1)",
    ]


def test_what_the_editor_gives(program: Path) -> None:
    write(program, r"data = data.replace(b'\n', b'\r\n') + b'    # more\r\n\r\n  \r\n'")
    assert edit("it", OLD, NEW) == (*NEW, "    # more")


def test_visual_goes_first(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(program, "data += b'    x'")
    monkeypatch.setenv("VISUAL", f'"{sys.executable}" "{program}" --wait')
    monkeypatch.setenv("EDITOR", "no-such-editor")
    assert edit("it", OLD, NEW) == (*NEW, "    x")


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("sys.exit(3)", "ended with 3, so nothing was taken"),
        ("data = b''", "the line with >8 is gone"),
        (r"data = data.partition(b'-\n ')[0] + b'-\n\n  \n'", "the text is empty"),
        (r"data += b'\xff'", "the text is not UTF-8 any more"),
        ("file.unlink(); sys.exit()", r"cannot be run \(No such file or directory\)"),
    ],
)
def test_nothing_is_taken(program: Path, action: str, message: str) -> None:
    write(program, action)
    with pytest.raises(EditorError, match=message):
        edit("it", OLD, NEW)


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (
            "no-such-editor -x",
            "the editor `no-such-editor -x` cannot be run .*set VISUAL or EDITOR",
        ),
        ("vi 'x", "VISUAL or EDITOR is no command"),
    ],
)
def test_a_command_that_is_none(
    monkeypatch: pytest.MonkeyPatch, command: str, message: str
) -> None:
    monkeypatch.setenv("VISUAL", command)
    with pytest.raises(EditorError, match=message):
        edit("it", OLD, NEW)


def test_the_usual_editor(program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(program, "data += b'    y'")
    usual = tmp_path / "nano"
    usual.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{program}" --wait "$@"\n')
    usual.chmod(0o755)
    monkeypatch.setenv("EDITOR", " ")
    monkeypatch.setattr(shutil, "which", lambda name: str(usual) if name == "nano" else None)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert edit("it", OLD, NEW) == (*NEW, "    y")


def test_no_editor_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(EditorError, match="there is no editor, so nothing was taken; set VISUAL"):
        edit("it", OLD, NEW)
