"""What the tests share: a project in a folder, and the two checks of a rewrite."""

from pathlib import Path
from textwrap import dedent

from msgspec.structs import replace

from ssot_migrate.discover import discover
from ssot_migrate.model import Applicability, Report, Request, Violation
from ssot_migrate.pipeline import run
from ssot_migrate.settings.config import Config
from ssot_migrate.settings.load import load
from ssot_migrate.settings.resolver import Resolver

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "samples"
#: The sample's factory, written by the public interface.
FACTORY = (SAMPLES / "test_framework/ssot/mock_factory.py").read_bytes()


class Project:
    """A project in a folder of its own, with a factory at the default place."""

    def __init__(self, folder: Path, factory: bytes | str | None = FACTORY) -> None:
        self.folder = folder
        (folder / "pyproject.toml").write_text("[tool.ssot-migrate]\n")
        if factory is not None:
            self.write("test_framework/__init__.py", "")
            self.write("test_framework/ssot/__init__.py", "")
            self.write("test_framework/ssot/mock_factory.py", factory)

    def write(self, name: str, content: bytes | str) -> Path:
        """Write a file below the folder; a text is dedented first."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            content = dedent(content).lstrip("\n").encode()
        path.write_bytes(content)
        return path

    def config(self, **changes: object) -> Config:
        """Read the project's configuration; ``changes`` replace fields of it."""
        return replace(load(self.folder), **changes)  # type: ignore[arg-type]

    def resolver(self, **changes: object) -> Resolver:
        """Give the settings of a run: those of ``config`` for every file."""
        return Resolver(self.config(**changes))

    def run(
        self, *names: str, fix: bool = True, unsafe: bool = False, jobs: int = 1, **changes: object
    ) -> Report:
        """Run the pipeline on files or folders of the project, everything by default."""
        resolver = self.resolver(unsafe_fixes=unsafe, **changes)
        files, failures = discover([self.folder / n for n in names] or [self.folder], resolver)
        report = run(files, resolver, Request(fix=fix, jobs=jobs))
        return replace(report, failures=(*report.failures, *failures))

    def rewrite(self, name: str, *, unsafe: bool = False) -> bytes:
        """Give what a file becomes; a failure is an error."""
        return after_of(self.run(unsafe=unsafe), self.folder / name)


def after_of(report: Report, path: Path) -> bytes:
    """Give what a file becomes by a report; a failure is an error."""
    assert report.all_failures == ()
    after = {Path(change.location): change.after for change in report.changes}
    return after.get(path, path.read_bytes())


def check_rewritten(
    folder: Path,
    before: str,
    after: str,
    *,
    name: str = "tests/test_it.py",
    unsafe: bool = False,
    factory: bytes | str = FACTORY,
) -> Report:
    """Check that a file becomes another, and that the result is left alone."""
    project = Project(folder, factory)
    path = project.write(name, before)
    report = project.run(unsafe=unsafe)
    result = after_of(report, path)
    assert result.decode() == dedent(after).lstrip("\n")
    path.write_bytes(result)
    assert project.run(unsafe=unsafe).changes == ()
    return report


def check_unchanged(
    folder: Path,
    code: str,
    *,
    name: str = "tests/test_it.py",
    unsafe: bool = False,
    factory: bytes | str = FACTORY,
) -> Report:
    """Check that nothing is rewritten, and nothing fails."""
    project = Project(folder, factory)
    project.write(name, code)
    report = project.run(unsafe=unsafe)
    assert report.all_failures == ()
    assert report.changes == ()
    return report


def violations(report: Report, rule: str | None = None) -> list[Violation]:
    """List a report's violations of a rule, in the order of the text."""
    return [v for v in report.violations if rule in {None, v.rule}]


def only(report: Report, applicability: Applicability) -> Violation:
    """Give the single mock of a report whose fix has this applicability."""
    found = [v for v in report.violations if v.is_creation and v.applicability is applicability]
    assert len(found) == 1, found
    return found[0]
