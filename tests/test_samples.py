"""The sample project, migrated: its tests pass as before, and its linter has nothing to say."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ssot_migrate.discover import discover
from ssot_migrate.disk.write import write
from ssot_migrate.model import Applicability, Report, Request
from ssot_migrate.pipeline import run
from ssot_migrate.settings.resolver import Options, find
from tests.support import SAMPLES

pytestmark = pytest.mark.usefixtures("unmeasured")


def migrate(folder: Path, *, unsafe: bool) -> Report:
    """Rewrite a project in place."""
    resolver = find(folder, Options(unsafe_fixes=unsafe))
    files, failures = discover([folder], resolver)
    report = run(files, resolver, Request(fix=True))
    assert failures == []
    assert report.all_failures == ()
    for change in report.changes:
        assert write(change) is None
    return report


def call(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def passing(folder: Path) -> int:
    """Run a project's own tests; gives how many passed, where none failed."""
    found = re.search(
        r"^(\d+) passed", call(folder, "pytest", "-q", "-p", "no:cacheprovider"), re.MULTILINE
    )
    assert found
    return int(found[1])


def clean(folder: Path, *rules: str) -> None:
    """Ask Ruff, with the project's own settings, whether it would change or criticise a file."""
    call(folder, "ruff", "format", "--check", "--no-cache", ".")
    call(folder, "ruff", "check", *rules, "--no-cache", ".")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
    return Path(shutil.copytree(SAMPLES, tmp_path / "samples", ignore=ignored))


@pytest.mark.slow
def test_the_samples_pass_as_before(copy: Path) -> None:
    count = passing(copy)
    assert count >= 40
    assert len(migrate(copy, unsafe=False).changes) >= 5
    assert passing(copy) == count


@pytest.mark.slow
def test_the_samples_are_clean_as_before(copy: Path) -> None:
    clean(copy)
    assert len(migrate(copy, unsafe=False).changes) >= 5
    clean(copy)
    assert migrate(copy, unsafe=False).changes == ()


@pytest.mark.slow
def test_unsafe_fixes_leave_the_samples_formatted(copy: Path) -> None:
    assert len(migrate(copy, unsafe=True).changes) >= 5
    clean(copy, "--select", "I")  # a spec= that is dropped may leave the import of its class
    assert migrate(copy, unsafe=True).changes == ()


def test_the_samples_hold_each_kind_of_applicability(copy: Path) -> None:
    report = migrate(copy, unsafe=False)
    kinds = {violation.applicability for violation in report.violations}
    assert kinds == set(Applicability)


def test_what_is_no_test_of_the_samples_stays(copy: Path) -> None:
    migrate(copy, unsafe=True)
    for folder in ("chat", "test_framework"):
        for path in (SAMPLES / folder).rglob("*.py"):
            assert (copy / path.relative_to(SAMPLES)).read_bytes() == path.read_bytes()
