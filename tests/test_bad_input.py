"""Whatever a file, a configuration or a disk is like, through the real commands: three kinds of answers.

What is merely unusual is handled without a word; what limits the answer is warned about once; what
cannot be processed costs one clear line and exit code 2, and everything else goes on.
"""

import errno
import json
import os
import subprocess
import sys
from codecs import BOM_UTF8
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ssot_migrate import pipeline
from ssot_migrate.cli import app
from ssot_migrate.cli.ending import BROKEN_PIPE
from ssot_migrate.model import SourceFile
from ssot_migrate.worker import asked
from ssot_migrate.worker import process as one_file
from tests.support import FACTORY, Project

BEFORE = """\
from unittest.mock import MagicMock

TITLE = "x"


def test_it():
    ws = MagicMock()
    ws.user_id = "u"
    assert ws.user_id == "u"
"""
AFTER = """\
from test_framework.ssot.mock_factory import SSotMockFactory

TITLE = "x"


def test_it():
    ws = SSotMockFactory.create_websocket_mock(user_id="u")
    assert ws.user_id == "u"
"""
COMMANDS = ("scan", "diff", "apply")


class Run:
    """How a command ended."""

    def __init__(self, *arguments: str, stdin: bytes = b"") -> None:
        result = CliRunner().invoke(app, arguments, input=stdin, catch_exceptions=False)
        self.code = result.exit_code
        self.bytes = result.stdout_bytes
        self.out = result.stdout_bytes.decode("latin-1")
        self.err = result.stderr
        #: The lines that say what went wrong.
        self.errors = [line for line in self.err.splitlines() if line.startswith("error: ")]
        self.warnings = [line for line in self.err.splitlines() if line.startswith("warning: ")]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Be in a project with a factory and one ordinary test."""
    monkeypatch.chdir(tmp_path)
    project = Project(tmp_path)
    project.write("tests/test_ordinary.py", BEFORE.encode())
    return project


def check_that_the_rest_goes_on(error: str, *, found: int = 1, scan: bool = True) -> None:
    """Run all commands: each tells of one error, and does its work on what is in order."""
    result = Run("scan")
    assert (result.code, len(result.errors)) == ((2, 1) if scan else (0, 0)), result.err
    assert result.out.startswith(f"{found} mock")
    result = Run("diff")
    assert (result.code, len(result.errors)) == (2, 1), result.err
    assert "+++ b/tests/test_ordinary.py" in result.out
    result = Run("apply")
    assert (result.code, len(result.errors)) == (2, 1), result.err
    assert error in result.errors[0]
    assert Path("tests/test_ordinary.py").read_bytes() == AFTER.encode()


# merely unusual: not a word

UNUSUAL: dict[str, Callable[[str], bytes]] = {
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "mixed newlines": lambda text: text.replace("\n\n", "\r\n\r\n").encode(),
    "form feeds": lambda text: text.replace("\ndef", "\f\n\fdef").encode(),
    "tabs": lambda text: text.replace("    ", "\t").encode(),
    "a byte order mark": lambda text: BOM_UTF8 + text.encode(),
    "no final newline": lambda text: text.rstrip("\n").encode(),
    "blank lines at the end": lambda text: f"{text}\n\n   \n".encode(),
    "latin-1 with a coding line": lambda text: (
        f"# coding: latin-1\n{text.replace('x', 'é')}".encode("latin-1")
    ),
    "UTF-8 with all marks": lambda text: BOM_UTF8 + f"# coding: utf-8\n{text}# 𝄞\u2028\n".encode(),
    "control characters": lambda text: text.replace("x", "\x01\x1c\x7f").encode(),
    "a line of a megabyte": lambda text: f"{text}DATA = '{'x' * 1_000_000}'\n".encode(),
    # More statements than Python's stack has frames.
    "many lines": lambda text: (text + "DATA = 1\n" * 3_000).encode(),
    "nested as deeply as Python takes it": lambda text: (
        text
        + f"DEEP = {'[' * 90}{']' * 90}\n"
        + "".join(f"{' ' * n}if 1:\n" for n in range(90))
        + " " * 90
        + "pass\n"
    ).encode(),
    "a match over singletons": lambda text: (
        f"{text}match TITLE:\n    case True | None: pass\n".encode()
    ),
    "a one-line suite": lambda text: f"{text}if TITLE: pass\nelse: x = 1; y = 2\n".encode(),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_what_is_unusual_is_handled_without_a_word(project: Project, name: str) -> None:
    write = UNUSUAL[name]
    path = project.write("tests/test_ordinary.py", write(BEFORE))
    scan = Run("scan")
    assert (scan.code, scan.err) == (0, "")
    diff = Run("diff")
    assert (diff.code, diff.err) == (1, "Would change 1 file, 1 mock.\n")
    apply = Run("apply")
    assert (apply.code, apply.err) == (0, "")
    assert path.read_bytes() == write(AFTER)
    again = Run("apply")
    assert (again.code, again.out, again.err) == (0, "Nothing was changed.\n", "")


@pytest.mark.parametrize("name", UNUSUAL)
def test_standard_input_is_as_good_as_a_file(project: Project, name: str) -> None:
    write = UNUSUAL[name]
    options = ("-", "--stdin-filename", "tests/test_ordinary.py")
    project.write("tests/test_ordinary.py", write(BEFORE))
    assert Run("diff", *options, stdin=write(BEFORE)).bytes == Run("diff").bytes
    (project.folder / "tests/test_ordinary.py").unlink()
    apply = Run("apply", *options, stdin=write(BEFORE))
    assert (apply.code, apply.bytes, apply.err) == (0, write(AFTER), "Changed 1 file, 1 mock.\n")
    assert not (project.folder / "tests/test_ordinary.py").exists()


NOTHING_THERE = {
    "empty": b"",
    "one newline": b"\n",
    "a byte order mark alone": BOM_UTF8,
    "a comment": b"# MagicMock()",
    "no Python, and no mock": b"<html>\x00\xff",
}


@pytest.mark.parametrize("name", NOTHING_THERE)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_holds_nothing(project: Project, command: str, name: str) -> None:
    project.write("tests/test_ordinary.py", NOTHING_THERE[name])
    result = Run(command)
    assert result.code == 0
    assert (result.errors, result.warnings) == ([], [])


def test_links_and_folders_that_only_look_odd(project: Project) -> None:
    tests = project.folder / "tests"
    (tests / "round").symlink_to(".")
    (tests / "twice.py").symlink_to("test_ordinary.py")
    project.write("tests/folder.py/test_inside.py", BEFORE.encode())
    result = Run("scan")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("2 mocks built by hand in 2 of ")


# what cannot be processed: one line, and the rest goes on

ADVICE = "; correct the file, or exclude it"
BAD: dict[str, tuple[bytes, str]] = {
    "unparsable": (f"{BEFORE}x = (\n".encode(), f"line 10: '(' was never closed{ADVICE}"),
    "Python 2": (f"{BEFORE}print 'x'\n".encode(), "line 10: Missing parentheses in call"),
    "binary": (
        b"\x7fELF\x02\xff MagicMock()\n",
        "invalid or missing encoding declaration; correct",
    ),
    "a NUL byte": (BEFORE.encode() + b"\0\n", f"null bytes{ADVICE}"),
    "UTF-16": (BEFORE.encode("utf-16"), "invalid or missing encoding declaration; correct the"),
    "UTF-8 without the coding line of latin-1": (
        BEFORE.replace("x", "é").encode("latin-1"),
        "line 3: not valid utf-8; save the file as utf-8 or add a coding line, or exclude it",
    ),
    "an unknown encoding": (
        f"# coding: klingon\n{BEFORE}".encode(),
        "unknown encoding: klingon; correct the coding line",
    ),
    "a wrong coding line": (
        f"# coding: ascii\n{BEFORE.replace('x', 'é')}".encode(),
        "line 4: not valid ascii",
    ),
    "a coding line against the byte order mark": (
        BOM_UTF8 + f"# coding: latin-1\n{BEFORE}".encode(),
        "encoding problem: utf-8; correct the coding line",
    ),
    "a codec of no text": (
        f"# coding: rot13\n{BEFORE}".encode(),
        "rot13 is no encoding of text; correct the coding line",
    ),
    "thousands of brackets": (
        f"{BEFORE}x = {'(' * 5000}{')' * 5000}\n".encode(),
        "line 10: too many nested parentheses",
    ),
    "thousands of operators": (
        f"{BEFORE}x = {'-' * 100_000}1\n".encode(),
        f"nested too deeply, or too large, for Python's parser{ADVICE}",
    ),
    "a long chain": (f"{BEFORE}x = a{'.b' * 20_000}\n".encode(), "nested too deeply"),
    "thousands of signs": (
        f"{BEFORE}x = {'not ' * 50_000}1\n".encode(),
        "nested too deeply, or too large, for Python's parser",
    ),
    "a hundred levels": (
        (BEFORE + "".join(f"{' ' * n}if 1:\n" for n in range(101)) + " " * 101 + "pass\n").encode(),
        "too many levels of indentation",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_processed_costs_one_line(project: Project, name: str) -> None:
    content, message = BAD[name]
    path = project.write("tests/test_bad.py", content)
    check_that_the_rest_goes_on("error: tests/test_bad.py: ")
    assert message in Run("scan").errors[0]
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", BAD)
@pytest.mark.usefixtures("project")
def test_what_cannot_be_processed_comes_out_of_the_pipe_as_it_went_in(name: str) -> None:
    content, message = BAD[name]
    result = Run("apply", "-", stdin=content)
    assert (result.code, result.bytes) == (2, content)
    assert result.errors[0].startswith("error: <stdin>: ")
    assert message in result.errors[0]


def test_lone_carriage_returns_can_be_read_and_not_rewritten(project: Project) -> None:
    content = BEFORE.replace("\n", "\r").encode()
    path = project.write("tests/test_bad.py", content)
    error = "error: tests/test_bad.py: left as it was: line 1: ends in a carriage return"
    check_that_the_rest_goes_on(error, found=2, scan=False)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RecursionError(), "nested too deeply to be followed; exclude it"),
        (MemoryError(), "takes more memory than there is; split it, or exclude it"),
    ],
)
def test_what_is_too_much_for_us(
    project: Project, monkeypatch: pytest.MonkeyPatch, error: BaseException, message: str
) -> None:
    project.write("tests/test_bad.py", f"{BEFORE}DEEP = 1\n".encode())
    fail_at(monkeypatch, one_file, "assess", lambda module, _: "DEEP" in module.source.text, error)
    check_that_the_rest_goes_on(f"test_bad.py: {message}")


def test_a_file_that_has_no_room_in_memory(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("tests/test_bad.py", BEFORE.encode())
    is_bad = lambda file: file.path.endswith("test_bad.py")  # noqa: E731
    fail_at(monkeypatch, SourceFile, "read", is_bad, MemoryError())
    check_that_the_rest_goes_on("test_bad.py: takes more memory than there is; split it, or")


def test_a_defect_of_ours_costs_one_file(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("tests/test_bad.py", f"{BEFORE}ODD = 1\n".encode())
    odd = lambda module, _: "ODD" in module.source.text  # noqa: E731
    fail_at(monkeypatch, one_file, "assess", odd, KeyError("x"))
    check_that_the_rest_goes_on(
        "test_bad.py: left as it was by a defect of ssot-migrate, please report it:"
        " KeyError: 'x' (process.py:"
    )


@pytest.mark.parametrize("error", [RecursionError(), MemoryError()])
def test_a_user_of_a_fixture_that_is_too_much_for_us(
    project: Project, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    fixture = "import pytest\nfrom unittest.mock import MagicMock\n\n\n@pytest.fixture\ndef mock_ws():\n    ws = MagicMock()\n    return ws\n"
    project.write("tests/conftest.py", fixture)
    project.write("tests/test_user.py", "def test_it(mock_ws):\n    assert mock_ws\n")
    fail_at(monkeypatch, asked, "users", lambda *_: True, error)
    result = Run("scan", "-v")
    assert result.code == 0
    assert "tests/test_user.py cannot be read" in result.out


# paths

PATHS = {
    "a path that does not exist": ("tests/gone.py", "does not exist; check the spelling"),
    "a path below a file": ("tests/test_ordinary.py/x.py", "does not exist"),
    "a pipe": ("tests/pipe.py", "is neither a file nor a folder"),
    "a link to itself": ("tests/itself.py", "cannot be read (Too many levels of symbolic links)"),
    "a link to nothing": ("tests/dangling.py", "does not exist"),
}


@pytest.mark.parametrize("name", PATHS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_path_that_cannot_be_used(project: Project, command: str, name: str) -> None:
    path, message = PATHS[name]
    os.mkfifo(project.folder / "tests/pipe.py")
    (project.folder / "tests/itself.py").symlink_to("itself.py")
    (project.folder / "tests/dangling.py").symlink_to("nowhere.py")
    result = Run(command, path, "tests/test_ordinary.py")
    assert result.code == 2
    (error,) = result.errors
    assert error.startswith(f"error: {path}: {message}")
    assert "1 mock" in result.out + result.err


@pytest.mark.parametrize("name", ["tests/pyproject.toml", "pytest.ini", "setup.cfg", "ruff.toml"])
@pytest.mark.parametrize("kind", ["pipe", "link to nothing at all"])
def test_settings_that_are_no_file_say_nothing(project: Project, name: str, kind: str) -> None:
    whole = Run("scan").out
    if kind == "pipe":
        os.mkfifo(project.folder / name)  # Who reads it waits for somebody who writes.
    else:
        (project.folder / name).symlink_to(os.devnull)
    assert Run("scan").out == whole


@pytest.mark.parametrize("command", COMMANDS)
def test_a_codemod_that_is_a_pipe(project: Project, command: str) -> None:
    (project.folder / "pyproject.toml").write_text('[tool.ssot-migrate]\ncodemods = ["own"]\n')
    (project.folder / "own").mkdir()
    os.mkfifo(project.folder / "own/pipe.toml")
    result = Run(command)
    assert result.code == 2
    (error,) = result.errors
    assert "own/pipe.toml: is no file; remove it from the folder of codemods" in error


@pytest.mark.parametrize("link", ["itself.py", "nowhere.py"])
def test_links_that_lead_nowhere(project: Project, link: str) -> None:
    (project.folder / "tests/itself.py").symlink_to(link)
    check_that_the_rest_goes_on("tests/itself.py: is a symbolic link that leads nowhere")


@pytest.mark.parametrize("command", COMMANDS)
def test_paths_that_match_nothing_are_warned_about(project: Project, command: str) -> None:
    (project.folder / "docs").mkdir()
    result = Run(command, "docs")
    assert (result.code, result.errors) == (0, [])
    assert result.warnings == [
        "warning: no Python files found in docs; look at the exclusions and at .gitignore"
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_current_folder_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    result = Run(command)
    assert result.code == 2
    assert result.err == "error: the current folder was removed; change to another one\n"


# disks


def fail_at(
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,  # noqa: ANN401 - a module or a class
    name: str,
    when: Callable[..., bool],
    error: BaseException,
) -> None:
    """Make a function fail for some arguments."""
    honest = getattr(owner, name)

    def failing(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        if when(*arguments):
            raise error
        return honest(*arguments, **options)

    monkeypatch.setattr(owner, name, failing)


def os_error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def is_bad(path: Any, *_: object) -> bool:  # noqa: ANN401 - a path of any kind
    return Path(path).name == "test_bad.py"


def test_a_file_that_cannot_be_read(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("tests/test_bad.py", BEFORE.encode())
    is_it = lambda file: is_bad(file.location)  # noqa: E731
    fail_at(monkeypatch, SourceFile, "read", is_it, os_error(errno.EACCES))
    check_that_the_rest_goes_on(
        "tests/test_bad.py: cannot be read (Permission denied); check its permissions, or"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable for root")
def test_permissions_that_forbid_reading(project: Project) -> None:
    project.write("tests/test_bad.py", BEFORE.encode()).chmod(0)
    check_that_the_rest_goes_on("tests/test_bad.py: cannot be read (Permission denied)")


@pytest.mark.skipif(os.geteuid() == 0, reason="everything is writable for root")
def test_permissions_that_forbid_writing(project: Project) -> None:
    project.write("tests/test_bad.py", BEFORE.encode()).chmod(0o444)
    assert Run("diff").code == 1
    result = Run("apply")
    assert result.code == 2
    assert "tests/test_bad.py: no permission to write this file" in result.err


def meanwhile(
    monkeypatch: pytest.MonkeyPatch,
    *,
    before: Callable[[], object] | None = None,
    after: Callable[[], object] | None = None,
) -> None:
    """Do something between the search for files and the reading, or before the writing."""
    honest = pipeline.start

    def start(*arguments: Any) -> pipeline.Run:  # noqa: ANN401
        if before:
            before()
        found = honest(*arguments)
        if after:
            after()
        return found

    monkeypatch.setattr(pipeline, "start", start)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_that_vanishes_before_it_is_read(
    project: Project, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    path = project.write("tests/test_bad.py", BEFORE.encode())
    meanwhile(monkeypatch, before=path.unlink)
    result = Run(command)
    assert result.code == 2
    assert result.errors == ["error: tests/test_bad.py: was removed since it was found; run again"]
    assert "1 mock" in result.out + result.err


def test_a_file_that_becomes_a_folder(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    path = project.write("tests/test_bad.py", BEFORE.encode())
    meanwhile(monkeypatch, before=lambda: (path.unlink(), path.mkdir()))
    result = Run("apply")
    assert result.code == 2
    assert "tests/test_bad.py: cannot be read (Is a directory)" in result.errors[0]
    assert Path("tests/test_ordinary.py").read_bytes() == AFTER.encode()


def test_a_file_that_vanishes_before_it_is_written(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = project.write("tests/test_bad.py", BEFORE.encode())
    meanwhile(monkeypatch, after=path.unlink)
    result = Run("apply")
    assert result.code == 2
    assert result.errors == [
        "error: tests/test_bad.py: was removed since it was read; nothing was written"
    ]
    assert not path.exists()
    assert Path("tests/test_ordinary.py").read_bytes() == AFTER.encode()


DISKS = {
    "full when the file is made": ("mkstemp", errno.ENOSPC),
    "full when it is synced": ("fsync", errno.ENOSPC),
    "full when it takes its place": ("replace", errno.ENOSPC),
    "read-only": ("mkstemp", errno.EROFS),
    "a folder without permission": ("mkstemp", errno.EACCES),
    "a quota": ("fsync", errno.EDQUOT),
    "a failing device": ("fsync", errno.EIO),
}


@pytest.mark.parametrize("name", DISKS)
@pytest.mark.usefixtures("project")
def test_a_disk_that_takes_nothing(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    function, number = DISKS[name]
    owner: Any = os if hasattr(os, function) else sys.modules["tempfile"]
    fail_at(monkeypatch, owner, function, lambda *_: True, os_error(number))
    result = Run("apply", "--no-journal")
    assert result.code == 2
    reason = f"cannot be written ({os.strerror(number)}); left as it was"
    assert result.errors == [f"error: tests/test_ordinary.py: {reason}"]
    assert result.out.startswith("Nothing was changed.\n")
    assert [path.name for path in Path("tests").iterdir()] == ["test_ordinary.py"]
    assert Path("tests/test_ordinary.py").read_bytes() == BEFORE.encode()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["scan", "diff"])
def test_an_output_file_on_a_full_disk(project: Project, command: str) -> None:
    result = Run(command, str(project.folder / "tests"), "--output-file", "/dev/full")
    assert result.code == 2
    assert result.errors == [
        "error: --output-file /dev/full: cannot be written (No space left on device)"
    ]


def test_an_output_file_that_is_a_folder(project: Project) -> None:
    result = Run("scan", "--output-file", str(project.folder / "tests"))
    assert result.code == 2
    assert "cannot be written (Is a directory)" in result.err


def process(redirected: str, *arguments: str, stdout: int = subprocess.PIPE) -> tuple[int, bytes]:
    """Run a command in a process, its streams redirected by a shell; give code and stderr."""
    environment = {**os.environ, "PYTHONPATH": str(Path(pipeline.__file__).parents[1])}
    command = ["sh", "-c", f'exec "$@" {redirected}', "sh", sys.executable, "-m", "ssot_migrate"]
    run = subprocess.run(
        [*command, *arguments], env=environment, stdout=stdout, stderr=subprocess.PIPE, check=False
    )
    return run.returncode, run.stderr


@pytest.mark.parametrize("arguments", [("scan",), ("diff",), ("apply",), ("apply", "-")])
@pytest.mark.usefixtures("project")
def test_a_pipe_that_is_closed(arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    assert process("<tests/test_ordinary.py", *arguments, stdout=writer) == (BROKEN_PIPE, b"")
    os.close(writer)


@pytest.mark.usefixtures("project")
def test_streams_that_are_closed() -> None:
    assert process(">&-", "scan") == (0, b"")
    assert process("2>&-", "scan", "tests/gone.py") == (2, b"")
    assert process(">&-", "apply") == (0, b"")
    assert Path("tests/test_ordinary.py").read_bytes() == AFTER.encode()


# configuration

WRONG = {
    "an unknown key": ("selct = []", "unknown key `selct`; did you mean `select`?"),
    "a wrong type": ('select = "agent"', "`select`: expected `array`"),
    "a wrong number": ("line-length = 0", "`line-length`: expected `int` >= 1"),
    "an unknown rule": ('select = ["agnt"]', "unknown rule `agnt`; did you mean `agent`?"),
    "bad TOML": ("select = [", "is not valid TOML"),
    "what is no pattern": ('exclude = ["!"]', "`exclude`: `!` is no pattern in gitignore syntax"),
    "what is no pattern to include": (
        'include = ["!"]',
        "`include`: `!` is no pattern in gitignore syntax",
    ),
    "a factory that is no name": ('factory = "a b"', 'must look like "package.module:Class"'),
    "a factory that is nowhere": ('factory = "a.b:C"', "factory a.b:C: no module a.b below"),
    "a class that is nowhere": (
        'factory = "test_framework.ssot.mock_factory:Other"',
        "mock_factory.py has no class Other; give the module that defines it",
    ),
    "a factory with a slip": (
        'factory = "test_framwork.ssot.mockfactory:SSotMockFactory"',
        'did you mean "test_framework.ssot.mock_factory:SSotMockFactory"?',
    ),
    "a class with a slip": (
        'factory = "test_framework.ssot.mock_factory:SSOTMockFactory"',
        'SSOTMockFactory; did you mean "test_framework.ssot.mock_factory:SSotMockFactory"?',
    ),
    "pytest's settings": (
        '[tool.pytest.ini_options]\npythonpath = "a \'b"',
        "pytest's pythonpath, \"a 'b\", is wrong: No closing quotation",
    ),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_configuration_stops_everything(project: Project, command: str, name: str) -> None:
    text, message = WRONG[name]
    project.write("pyproject.toml", f"[tool.ssot-migrate]\n{text}\n".encode())
    result = Run(command)
    assert (result.code, result.out) == (2, "")
    (error,) = result.errors
    assert message in error
    assert result.err == f"{error}\n"
    assert Path("tests/test_ordinary.py").read_bytes() == BEFORE.encode()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_factory_names_the_file_that_names_it(project: Project, command: str) -> None:
    inner = project.write("inner/pyproject.toml", '[tool.ssot-migrate]\nfactory = "a.b:C"\n')
    project.write("inner/tests/test_it.py", BEFORE.encode())
    result = Run(command)
    (error,) = result.errors
    assert result.code == 2
    assert error.startswith(f"error: {inner}: factory a.b:C: no module a.b below {inner.parent}")


@pytest.mark.usefixtures("project")
def test_a_configuration_that_is_a_folder() -> None:
    result = Run("scan", "--config", "tests")
    assert (result.code, len(result.errors)) == (2, 1)
    assert "this configuration file does not exist" in result.err


def test_a_wrong_codemod_stops_everything(project: Project) -> None:
    project.write("pyproject.toml", '[tool.ssot-migrate]\ncodemods = ["codemods"]\n')
    project.write("codemods/odd.toml", 'id = "odd"\nsumary = "x"\n')
    result = Run("apply")
    assert (result.code, len(result.errors)) == (2, 1)
    assert "codemods/odd.toml" in result.err
    assert "`summary`" in result.err
    assert Path("tests/test_ordinary.py").read_bytes() == BEFORE.encode()


# the factory

FACTORY_PATH = "test_framework/ssot/mock_factory.py"
METHOD = "class SSotMockFactory:\n    @staticmethod\n    def create_websocket_mock(user_id='x'):\n"
UNREADABLE = {
    "a syntax error": (b"class SSotMockFactory:\n", "line 1: expected an indented block"),
    "a function": (b"def SSotMockFactory(): ...\n", "has no class SSotMockFactory"),
    "an empty file": (b"", "has no class SSotMockFactory; give the module that defines it"),
    "an unknown encoding": (b"# coding: klingon\n", "unknown encoding: klingon; correct the"),
    "binary": (b"\xff\xfe\x00", "invalid or missing encoding declaration"),
}


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_factory_that_cannot_be_read(project: Project, command: str, name: str) -> None:
    content, message = UNREADABLE[name]
    project.write(FACTORY_PATH, content)
    result = Run(command)
    assert (result.code, result.out) == (2, "")
    (error,) = result.errors
    assert error.startswith("error: factory test_framework.ssot.mock_factory:SSotMockFactory: ")
    assert message in error


@pytest.mark.usefixtures("project")
def test_a_factory_without_permission(monkeypatch: pytest.MonkeyPatch) -> None:
    no_factory = lambda path: path.name == "mock_factory.py"  # noqa: E731
    fail_at(monkeypatch, Path, "read_bytes", no_factory, os_error(errno.EACCES))
    result = Run("scan")
    assert result.code == 2
    assert result.errors[0].endswith("mock_factory.py: cannot be read (Permission denied)")


def test_a_factory_with_opaque_paths_is_no_news(project: Project) -> None:
    more = "        ws.clock = now()\n        ws.headers = {**HEADERS}\n"
    made = "        ws = MagicMock()\n        ws.user_id = user_id\n"
    code = f"from unittest.mock import MagicMock\n{METHOD}{made}{more}        return ws\n"
    project.write(FACTORY_PATH, code.encode())
    result = Run("apply")
    assert (result.code, result.err) == (0, "")
    assert Path("tests/test_ordinary.py").read_bytes() == AFTER.encode()


LIMITS = {
    "no method": ("class SSotMockFactory: ...\n", "the factory has no create_websocket_mock"),
    "a method that is none": (
        "class SSotMockFactory:\n    create_websocket_mock = 3\n",
        "the factory has no create_websocket_mock",
    ),
    "a method of another name": (
        METHOD.replace("create_websocket_mock", "create_mock_websockets") + "        return 1\n",
        "the factory has no create_websocket_mock (the nearest is create_mock_websockets)",
    ),
    "an async method": (
        METHOD.replace("def", "async def") + "        return 1\n",
        "the factory has no create_websocket_mock that can be read (the method is async)",
    ),
    "a call that is not followed": (
        f"{METHOD}        return build()\n",
        "the factory has no create_websocket_mock that can be read (built by a call)",
    ),
    "a method that is nested too deeply": (
        METHOD
        + "        if 1: pass\n"
        + "        elif 1: pass\n" * 900
        + "        return build()\n",
        "the factory has no create_websocket_mock that can be read (the method is nested too deeply)",
    ),
}


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("command", COMMANDS)
def test_what_limits_the_answer_is_warned_about_once(
    project: Project, command: str, name: str
) -> None:
    factory, message = LIMITS[name]
    project.write(FACTORY_PATH, factory.encode())
    project.write("tests/test_another.py", BEFORE.encode())
    result = Run(command)
    assert result.code == 0
    assert result.warnings == [f"warning: {message}, so websocket mocks are left"]
    assert result.errors == []


def test_a_warning_is_in_the_document(project: Project) -> None:
    project.write(FACTORY_PATH, "class SSotMockFactory: ...\n")
    document = json.loads(Run("scan", "--output-format", "json").bytes)
    assert document["summary"]["warnings"] == [
        "the factory has no create_websocket_mock, so websocket mocks are left"
    ]


# standard input


def test_standard_input_is_scanned(project: Project) -> None:
    (project.folder / "tests/test_ordinary.py").unlink()
    result = Run("scan", "-", "-v", "--stdin-filename", "tests/test_x.py", stdin=BEFORE.encode())
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("tests/test_x.py:7:10: websocket [safe] ws")


def test_the_project_is_that_of_the_name(
    project: Project, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    content = BEFORE.encode()
    assert b"import SSotMockFactory" in Run("apply", "-", stdin=content).bytes.splitlines()[0]
    assert b"ssot_migrate.factory" in Run("apply", "-", stdin=content).bytes.splitlines()[0]
    name = str(project.folder / "tests/test_x.py")
    assert Run("apply", "-", "--stdin-filename", name, stdin=content).bytes == AFTER.encode()


@pytest.mark.usefixtures("project")
def test_a_name_that_is_excluded() -> None:
    options = ("-", "--stdin-filename", "tests/x.py", "--extend-exclude", "tests")
    content = BEFORE.encode()
    assert Run("apply", *options, stdin=content).bytes == AFTER.encode()
    result = Run("apply", "--force-exclude", *options, stdin=content)
    assert (result.code, result.bytes) == (0, content)
    assert result.err.startswith("Nothing was changed.\nwarning: no Python files found in tests/x")


@pytest.mark.usefixtures("project")
def test_the_factory_itself_is_left_alone_on_standard_input() -> None:
    result = Run("apply", "-", "--stdin-filename", FACTORY_PATH, stdin=FACTORY)
    assert (result.code, result.bytes) == (0, FACTORY)


def test_a_fixture_on_standard_input_is_asked_about_in_its_own_text(project: Project) -> None:
    """What is on disk under the name is older: there the fixture has no user yet."""
    fixture = "import pytest\nfrom unittest.mock import MagicMock\n\n\n@pytest.fixture\ndef ws():\n    ws = MagicMock()\n    return ws\n"
    user = "\n\ndef test_it(ws):\n    assert ws.user_id\n"
    project.write("tests/test_ordinary.py", fixture.encode())
    options = ("-", "-v", "--stdin-filename", "tests/test_ordinary.py")
    assert "ws.user_id" not in Run("scan", *options, stdin=fixture.encode()).out
    assert "user_id" in Run("scan", *options, stdin=(fixture + user).encode()).out


@pytest.mark.usefixtures("project")
def test_exit_codes_of_a_pipe() -> None:
    change = ("apply", "-", "--exit-non-zero-on-change")
    assert Run(*change, stdin=BEFORE.encode()).code == 1
    assert Run(*change, stdin=AFTER.encode()).code == 0
    assert Run("diff", "-", stdin=AFTER.encode()).code == 0


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-", "tests"), "`-` is standard input and stands alone; leave out the other paths"),
        (("tests", "--stdin-filename", "x.py"), "give `-` as the path"),
    ],
)
def test_wrong_usage_of_standard_input(
    project: Project, command: str, arguments: tuple[str, ...], message: str
) -> None:
    result = Run(command, *arguments)
    assert (result.code, result.out) == (2, "")
    assert message in result.errors[0]
    assert (project.folder / "tests/test_ordinary.py").read_bytes() == BEFORE.encode()


@pytest.mark.usefixtures("project")
def test_standard_input_that_cannot_be_read() -> None:
    line = b"error: standard input: cannot be read (Bad file descriptor)\n"
    assert process("0>nothing", "apply", "-") == (2, line)
    line = b"error: standard input is closed; pipe a file into `-`\n"
    assert process("<&-", "apply", "-") == (2, line)
