"""A pipeline that answers what a test wants, in place of the real one."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

import ssot_migrate
from ssot_migrate.cli import app
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Change, Failure, FileResult, Report, SourceFile, UserError
from ssot_migrate.settings.config import Config
from ssot_migrate.settings.resolver import Resolver
from tests.report.reports import SEVERITIES, violation

BEFORE = b"mock = Mock()\n"
AFTER = b"mock = create()\n"


@dataclass(frozen=True)
class Request:
    """As the pipeline's."""

    fix: bool = False
    jobs: int = 1
    statistics: bool = False
    cache: bool = False


class Found(Frozen):
    """As the pipeline's Run."""

    report: Report
    remembered: None = None
    part: None = None


@dataclass
class Pipeline:
    """Finds one websocket mock in each file that holds a mock, and remembers what it was asked."""

    files: list[str] = field(default_factory=list)
    #: What held for each file, and for the first of them.
    configs: dict[str, Config] = field(default_factory=dict)
    config: Config | None = None
    request: Request | None = None
    adjust: Callable[[Report], Report] = lambda report: report
    error: BaseException | None = None

    def known_rules(self, _: Config) -> dict[str, Any]:
        return SEVERITIES

    def start(
        self,
        files: Sequence[SourceFile],
        resolver: Resolver,
        request: Request,
        progress: Callable[[int], None] | None = None,
    ) -> Found:
        assert progress
        progress(len(files))
        if self.error:
            raise self.error
        self.files = [file.path for file in files]
        self.configs = {file.path: resolver.file(file.location) for file in files}
        self.config = next(iter(self.configs.values()), None)
        self.request = request
        results = tuple(_result(file, request) for file in files)
        return Found(self.adjust(Report(results, len(files), severities=SEVERITIES)))


def _result(file: SourceFile, request: Request) -> FileResult:
    content = Path(file.location).read_bytes()
    if b"Mock()" not in content:
        return FileResult(file.path)
    found = violation(file.path)
    change = Change.of(
        file.location, file.path, content, content.replace(b"Mock()", b"create()"), (found,)
    )
    return FileResult(file.path, (found,), change=change if request.fix else None)


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """Replace the pipeline."""
    fake = Pipeline()
    module: Any = ModuleType("ssot_migrate.pipeline")
    module.start, module.known_rules, module.Request = fake.start, fake.known_rules, Request
    monkeypatch.setitem(sys.modules, "ssot_migrate.pipeline", module)
    monkeypatch.setattr(ssot_migrate, "pipeline", module, raising=False)
    return fake


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a folder with two files, one of which holds a mock."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_a.py").write_bytes(BEFORE)
    (tmp_path / "tests/test_b.py").write_bytes(b"x = 1\n")
    return tmp_path


@dataclass(frozen=True)
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Run:
    """Run the command line in the project."""
    request.getfixturevalue("pipeline")
    request.getfixturevalue("project")

    def invoke(*arguments: str) -> Result:
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        return Result(result.exit_code, result.stdout, result.stderr)

    return invoke


@pytest.fixture
def checkout(project: Path) -> Path:
    """Make the project a git checkout without uncommitted changes."""
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", str(project)]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "start"]):
        subprocess.run([*git, *command], check=True)
    return project


def with_failures(*failures: Failure) -> Callable[[Report], Report]:
    """Make a run report failures."""
    return lambda report: replace(report, failures=failures)


def user_error() -> UserError:
    return UserError("no such factory; set it under [tool.ssot-migrate]")
