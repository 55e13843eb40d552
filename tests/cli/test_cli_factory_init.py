"""``factory init``, with the real engine."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ssot_migrate.cli import app
from ssot_migrate.contracts.shipped import source
from ssot_migrate.starter import suite_of
from tests.cli.conftest import Result

NAME = "test_framework.ssot.mock_factory:SSotMockFactory"
PATH = "test_framework/ssot/mock_factory.py"
WRITTEN = [
    "test_framework/__init__.py",
    "test_framework/ssot/__init__.py",
    PATH,
    "test_framework/ssot/test_mock_factory.py",
]
BEFORE = """\
from unittest.mock import MagicMock


def test_it():
    ws = MagicMock()
    ws.user_id = "u1"
    assert ws.user_id == "u1"
"""


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(app, ("factory", *arguments), catch_exceptions=False)
    return Result(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a folder that is no checkout and has one test."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_it.py").write_text(BEFORE)
    return tmp_path


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_factory_is_written_and_works_at_once(empty: Path) -> None:
    result = run("init")
    assert (result.code, result.err) == (0, "")
    assert [line for line in result.out.splitlines() if line.startswith("Wrote")] == [
        f"Wrote {name}" for name in WRITTEN
    ]
    assert f"python -m pytest {WRITTEN[-1]}\n" in result.out
    assert "ssot-migrate scan" in result.out
    assert "[tool.ssot-migrate]" not in result.out
    assert 'set pythonpath = ["."] under' in result.out
    assert files(empty).keys() == {*WRITTEN, "tests/test_it.py"}
    assert (empty / PATH).read_bytes() == source()
    invoke = CliRunner().invoke
    assert invoke(app, ["scan"]).output.startswith("1 mock built by hand in 1 of 5 files")
    assert invoke(app, ["codemods", "test", "agent"]).output.endswith("all passed.\n")
    assert run("show").out.startswith(f"{NAME} in {PATH}: ")
    assert invoke(app, ["apply"]).exit_code == 0
    after = (empty / "tests/test_it.py").read_text()
    assert 'ws = SSotMockFactory.create_websocket_mock(user_id="u1")' in after


def test_what_is_written_passes_and_is_clean(empty: Path) -> None:
    """With nothing but pytest, and from the written text alone."""
    run("init")
    (empty / "tests/test_it.py").unlink()
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    python = (sys.executable, "-m")
    for command in (
        (*python, "pytest", "-q", "-W", "error", "-p", "no:asyncio", "-p", "no:cacheprovider"),
        (*python, "ruff", "check", "--isolated", "--no-cache"),
        (*python, "ruff", "format", "--isolated", "--no-cache", "--check"),
    ):
        done = subprocess.run(
            command, cwd=empty, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
    for name, content in files(empty).items():
        assert "__pycache__" in name or b"ssot_migrate" not in content


def test_the_shipped_factory_passes_the_same_tests(tmp_path: Path) -> None:
    (tmp_path / "test_shipped.py").write_text(suite_of("ssot_migrate.factory"))
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_shipped.py")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_configured_context_is_what_it_builds(empty: Path) -> None:
    (empty / "pyproject.toml").write_text('[tool.ssot-migrate]\nuser-context = "app.ids:Ids"\n')
    assert run("init").code == 0
    text = (empty / "test_framework/ssot/mock_factory.py").read_text()
    assert 'user_context: ClassVar[Callable[..., Any] | str | None] = "app.ids:Ids"\n' in text


def test_a_factory_at_another_path(empty: Path) -> None:
    (empty / "src/chat").mkdir(parents=True)
    (empty / "src/chat/__init__.py").touch()
    (empty / "pyproject.toml").write_text("[tool.ssot-migrate]\n")
    result = run("init", "--path", "src/chat/testing/mocks.py", "--tests", "tests/unit/test_m.py")
    assert (result.code, result.err) == (0, "")
    assert [line for line in result.out.splitlines() if line.startswith("Wrote")] == [
        "Wrote src/chat/testing/__init__.py",
        "Wrote src/chat/testing/mocks.py",
        "Wrote tests/unit/test_m.py",
    ]
    line = 'under [tool.ssot-migrate], set factory = "chat.testing.mocks:SSotMockFactory"'
    assert f"In pyproject.toml, {line}\n" in result.out
    assert 'set pythonpath = ["src"] under' in result.out
    tests = (empty / "tests/unit/test_m.py").read_text()
    assert "\nfrom chat.testing.mocks import SSotMockFactory\n" in tests
    text = '[tool.ssot-migrate]\nfactory = "chat.testing.mocks:SSotMockFactory"\n'
    (empty / "pyproject.toml").write_text(text)
    assert CliRunner().invoke(app, ["apply"]).exit_code == 0
    assert "from chat.testing.mocks import" in (empty / "tests/test_it.py").read_text()


def test_the_file_that_names_another_factory_is_named(empty: Path) -> None:
    (empty / "pyproject.toml").write_text('[tool.ssot-migrate]\nfactory = "a.b:C"\n')
    out = run("init", "--no-tests").out
    assert f'In pyproject.toml, under [tool.ssot-migrate], set factory = "{NAME}"' in out
    assert "pytest test_framework" not in out
    assert files(empty).keys() == {*WRITTEN[:-1], "tests/test_it.py", "pyproject.toml"}


def test_a_folder_of_tests_that_is_no_package_stays_none(empty: Path) -> None:
    """Pytest would import the tests in it under other names."""
    result = run("init", "--path", "tests/doubles/mocks.py")
    assert result.code == 0
    assert files(empty).keys() == {
        "tests/test_it.py",
        "tests/doubles/__init__.py",
        "tests/doubles/mocks.py",
        "tests/doubles/test_mocks.py",
    }


def test_a_long_name_is_imported_as_black_writes_it(empty: Path) -> None:
    name = "a_package_with_a_rather_long_name/another_one_below_it_that_is_not_short/mocks.py"
    assert run("init", "--path", name).code == 0
    tests = (empty / name).with_name("test_mocks.py").read_text()
    module = name.removesuffix(".py").replace("/", ".")
    assert f"\nfrom {module} import (\n    SSotMockFactory,\n)\n" in tests


@pytest.mark.parametrize("name", [PATH, WRITTEN[-1], "test_framework/ssot/mock_factory/x.txt"])
def test_nothing_is_overwritten_and_nothing_else_is_written(empty: Path, name: str) -> None:
    (empty / name).parent.mkdir(parents=True)
    (empty / name).write_text("mine\n")
    before = files(empty)
    result = run("init")
    assert (result.code, result.out) == (2, "")
    where = empty / name.removesuffix("/x.txt")
    assert result.err == f"error: {where}: exists already; nothing was written, give another path\n"
    assert files(empty) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--path ../mocks.py", "lies outside the project, {root}; give a path below it"),
        ("--path elsewhere/mocks.py", "lies outside the project, {root}"),
        ("--path mocks.py --tests ../test_mocks.py", "lies outside the project"),
        ("--path loop/mocks.py", "cannot be written ("),
        ("--path mocks", "give the file a name that ends in .py, such as test_framework/ssot/"),
        ("--path mocks.py --tests t.txt", "give the file a name that ends in .py"),
        ("--path my-mocks/factory.py", "tests could not import it: `my-mocks` is no name for a"),
        ("--path mocks/class.py", "tests could not import it: `class` is no name for a module"),
        ("--path mocks/__init__.py", "tests could not import it: `__init__` is no name"),
        ("--path tests/test_it.py/mocks.py", "cannot be written (Not a directory)"),
        ("--path mocks.py --tests mocks.py", "the factory itself is written there"),
        ("--tests t.py --no-tests", "--tests and --no-tests exclude each other"),
    ],
)
def test_where_no_factory_can_be_written(empty: Path, arguments: str, message: str) -> None:
    (empty / "elsewhere").symlink_to(empty.parent)
    (empty / "loop").symlink_to("loop")
    before = files(empty)
    result = run("init", *arguments.split())
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: ")
    assert message.format(root=empty) in result.err
    assert result.err.count("\n") == 1
    assert files(empty) == before


@pytest.mark.parametrize("failing", ["test_framework", "ssot", "mock_factory.py"])
def test_a_disk_that_says_no_is_left_as_it_was(
    empty: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        if path.name == failing and path.is_relative_to(empty):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    for name in ("mkdir", "open"):
        real = getattr(Path, name)
        monkeypatch.setattr(
            Path, name, lambda path, *a, real=real, **k: refuse(path) or real(path, *a, **k)
        )
    result = run("init")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"error: {empty}/test_framework/")
    assert result.err.endswith(": cannot be written (Permission denied)\n")
    assert {path.name for path in empty.iterdir()} == {"tests"}
