"""A project in a git checkout, and the gate's command line in it."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ssot_migrate.cli import app
from tests.support import FACTORY, Project

#: Who commits, whatever the machine's own settings are.
_GIT = ("git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgSign=false")
#: A test with one mock, that has a safe fix.
TEST = """
    from unittest.mock import AsyncMock, MagicMock


    async def test_{name}():
        mock_ws = MagicMock()
        mock_ws.send_text = AsyncMock()
        await greet(mock_ws)
"""


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder and give what it prints."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    command = [*_GIT, "-C", str(folder), *arguments]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, encoding="utf-8", env=environment
    )
    return done.stdout.strip()


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


class Checkout(Project):
    """A project whose files are committed."""

    def __init__(self, folder: Path, factory: bytes | str | None = FACTORY) -> None:
        super().__init__(folder, factory)
        git(folder, "init", "-q", "-b", "main")
        self.commit()

    def test(self, name: str, path: str | None = None) -> Path:
        """Write a test file with one mock."""
        return self.write(path or f"tests/test_{name}.py", TEST.format(name=name))

    def commit(self) -> str:
        """Commit all that there is; give the commit's id."""
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "-q", "--allow-empty", "-m", "a commit")
        return git(self.folder, "rev-parse", "HEAD")


def gate(*arguments: str, stdin: str | None = None) -> Ended:
    """Run ``check``."""
    done = CliRunner().invoke(app, ["check", *arguments], input=stdin, catch_exceptions=False)
    return Ended(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Be in a project in a git checkout."""
    (tmp_path / "p").mkdir()
    monkeypatch.chdir(tmp_path / "p")
    return Checkout(tmp_path / "p")
