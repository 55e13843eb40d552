"""The user's command: how it is read, and that nothing of it is left when it ends."""

import os
import shlex
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.model import UserError
from ssot_migrate.trial import command as module
from ssot_migrate.trial.command import Command, execute, program

posix = pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")


def filled(text: str, *files: str) -> list[list[str]]:
    return [*Command.parse(text).arguments(files)]


def test_a_command_is_split_as_a_shell_would() -> None:
    command = Command.parse("""A=1 B="x y" pytest -k 'a or b' {files} --c="d e" F=2""")
    assert command.environment == {"A": "1", "B": "x y"}
    assert command.words == ("pytest", "-k", "a or b", "{files}", "--c=d e", "F=2")


def test_files_stand_where_the_command_says() -> None:
    assert filled("pytest {files} -q", "a.py", "b c.py") == [["pytest", "a.py", "b c.py", "-q"]]
    assert filled("sh -c 'x {files}'", "a.py", "b c.py") == [["sh", "-c", "x a.py 'b c.py'"]]
    assert filled("make test", "a.py") == [["make", "test"]]


def test_no_files_are_no_execution_unless_the_command_takes_none() -> None:
    assert filled("pytest {files}") == []
    assert filled("make test") == [["make", "test"]]


@pytest.mark.parametrize("text", ["pytest a | tee log", "cd x; pytest", "a && b", "pytest 2>&1 x"])
def test_what_needs_a_shell_is_an_error_that_says_how(text: str) -> None:
    with pytest.raises(UserError, match="sh -c"):
        Command.parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [("pytest 'a", "no closing quotation"), ("", "no program"), ("A=1", "no program")],
)
def test_what_is_no_command_is_an_error(text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        Command.parse(text)


def test_an_operator_within_quotes_is_the_users() -> None:
    assert Command.parse("""sh -c 'a && b | c; d > e'""").words[2] == "a && b | c; d > e"
    assert Command.parse("""pytest -k "a|b" """).words == ("pytest", "-k", "a|b")


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("pytest --junitxml=a.xml {files}", "a.xml"),
        ("pytest --junit-xml b.xml", "b.xml"),
        ("sh -c 'pytest --junitxml=\"c.xml\" {files}'", "c.xml"),
        ("pytest {files}", None),
    ],
)
def test_outcomes_of_the_commands_own_are_known(text: str, file: str | None) -> None:
    assert Command.parse(text).own_outcomes == file


@given(
    st.lists(st.text("abé/", min_size=1, max_size=60), max_size=40),
    st.sampled_from(["x {files} y", "sh -c 'x {files}'"]),
    st.integers(1, 500),
)
def test_too_many_files_are_several_executions(files: list[str], text: str, room: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_room", lambda *_, **__: room)
        executions = filled(text, *files)
    if "sh" in text:
        parts = [shlex.split(words[2])[1:] for words in executions]
    else:
        parts = [words[1:-1] for words in executions]
    assert [file for part in parts for file in part] == files
    assert all(sum(len(file.encode()) for file in part) <= room or len(part) == 1 for part in parts)


@posix
def test_as_many_files_go_into_one_execution_as_the_system_takes(tmp_path: Path) -> None:
    files = [f"tests/test_{number:06}_{'x' * 40}.py" for number in range(60_000)]
    executions = [*Command.parse("true {files}").arguments(files)]
    assert len(executions) > 1
    for words in executions:
        assert execute(words, tmp_path, dict(os.environ), tmp_path / "out", 60).exit_code == 0


def test_a_program_is_found_where_the_command_runs(tmp_path: Path) -> None:
    tool = tmp_path / "bin" / "tool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    assert program("bin/tool", tmp_path, {}) == str(tool)
    assert program("tool", Path("/"), {"PATH": str(tool.parent)}) == str(tool)
    for word in ("./tool", "no-such-tool"):
        with pytest.raises(UserError, match=f"{word} is not found"):
            program(word, tmp_path, {"PATH": "/nowhere"})


def test_what_is_printed_is_kept_in_order_and_nothing_can_be_typed(tmp_path: Path) -> None:
    code = "import sys; print(repr(sys.stdin.read()), flush=True); sys.stderr.write('err'); exit(3)"
    output = tmp_path / "out.txt"
    output.write_text("before\n")
    ended = execute([sys.executable, "-c", code], tmp_path, dict(os.environ), output, 60)
    assert (ended.exit_code, ended.timed_out) == (3, False)
    assert output.read_text() == "before\n''\nerr"


def test_a_program_that_is_none_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("\x00")
    (tmp_path / "x").chmod(0o755)
    with pytest.raises(UserError, match="cannot be run"):
        execute([str(tmp_path / "x")], tmp_path, {}, tmp_path / "out", 1)


#: Starts a process that ignores SIGTERM, says its number, and waits.
FAMILY = """
import pathlib, signal, subprocess, sys, time
if len(sys.argv) > 1:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pathlib.Path("child").write_text("up")
    time.sleep(600)
child = subprocess.Popen([sys.executable, __file__, "child"])
while not pathlib.Path("child").exists():
    time.sleep(0.01)
pathlib.Path("number").write_text(str(child.pid))
{then}
"""


def wait_until(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.02)


def is_gone(number: int) -> bool:
    """Tell whether a process has ended; one that nobody has waited for yet has."""
    try:
        os.kill(number, 0)
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


@posix
@pytest.mark.parametrize(
    ("then", "timeout"),
    [
        pytest.param("time.sleep(600)", 1.5, id="too long"),
        pytest.param("", 60, id="left behind"),
    ],
)
def test_nothing_that_a_command_started_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str, timeout: float
) -> None:
    monkeypatch.setattr(module, "_GRACE", 0.2)
    script = tmp_path / "family.py"
    script.write_text(FAMILY.replace("{then}", then))
    command = [sys.executable, str(script)]
    ended = execute(command, tmp_path, dict(os.environ), tmp_path / "out", timeout)
    assert ended.timed_out is bool(then)
    assert (ended.exit_code != 0) is bool(then)
    number = int((tmp_path / "number").read_text())
    wait_until(lambda: is_gone(number))


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_trial_leaves_no_process_and_no_copy(tmp_path: Path, number: int) -> None:
    project, temporary = tmp_path / "project", tmp_path / "tmp"
    project.mkdir()
    temporary.mkdir()
    (project / "family.py").write_text(FAMILY.replace("{then}", "time.sleep(600)"))
    command = f"{shlex.quote(sys.executable)} family.py"
    code = f"""
        import signal
        from pathlib import Path
        from ssot_migrate.trial.execution import in_copy
        # Whoever runs these tests may ignore them.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        root = Path({str(project)!r})
        with in_copy({command!r}, root, root.parent / "outputs") as runner:
            runner.run([], {{}}, [])
    """
    main = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "TMPDIR": str(temporary)},
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: any(temporary.glob("*/project/number")))
    wait_until(lambda: next(temporary.glob("*/project/number")).read_text() != "")
    child = int(next(temporary.glob("*/project/number")).read_text())
    main.send_signal(number)
    # Python ends by the signal itself after an interrupt that nobody handled.
    assert main.wait(10) in (-number, 128 + number)
    wait_until(lambda: is_gone(child))
    assert [*temporary.iterdir()] == []


def test_what_env_sets_is_added_to() -> None:
    """As a program of its own it would take away what the trial tells Python by PYTHONPATH."""
    command = Command.parse("env PYTHONPATH=src DEBUG= pytest {files}")
    assert command.environment == {"PYTHONPATH": "src", "DEBUG": ""}
    assert command.words == ("pytest", "{files}")
    assert Command.parse("env -i pytest").words == ("env", "-i", "pytest")
