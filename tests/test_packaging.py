"""What a user installs: the wheel is built, installed outside the checkout, and used from there."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = "Scripts" if os.name == "nt" else "bin"

# One worker builds and installs; the others would only do it again.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]


def outside() -> dict[str, str]:
    """Give the environment without what would lead back into the checkout or into coverage."""
    inside = re.compile(r"PYTHON|COV|VIRTUAL_ENV|PYTEST")
    return {name: value for name, value in os.environ.items() if not inside.match(name)}


def run(
    *command: str | Path, cwd: Path, expected: tuple[int, ...] = (0,)
) -> subprocess.CompletedProcess[str]:
    """Run a command and show all it said where its exit code is not an expected one."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=outside(),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    said = f"{command} gave {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert done.returncode in expected, said
    return done


def build(target: Path, *options: str) -> None:
    """Build from the checkout with the backend of this environment: nothing is downloaded."""
    run(sys.executable, "-m", "build", "--no-isolation", *options, "-o", target, ROOT, cwd=target)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel that was built from that sdist."""
    target = tmp_path_factory.mktemp("sdist-then-wheel")
    build(target)
    return target


@pytest.fixture(scope="session")
def direct(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel that was built from the checkout itself."""
    target = tmp_path_factory.mktemp("wheel")
    build(target, "--wheel")
    return target


@pytest.fixture(scope="session")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the scripts in a new environment that holds the wheel and what it needs."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    scripts = home / SCRIPTS
    (wheel,) = built.glob("*.whl")
    options = ("--disable-pip-version-check", "--quiet", "--python", scripts / "python")
    run(sys.executable, "-m", "pip", *options, "install", wheel, cwd=home)
    return scripts


@pytest.fixture
def samples(tmp_path: Path) -> Iterator[Path]:
    """A copy of the demo project, far from the checkout."""
    copy = tmp_path / "samples"
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache", ".venv")
    shutil.copytree(ROOT / "samples", copy, ignore=ignored)
    before = contents(copy)
    yield copy
    assert contents(copy) == before, "a dry run wrote into the project"


def contents(folder: Path) -> dict[str, bytes]:
    """Read every file but those of the caches."""
    return {
        name: path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "_cache" not in (name := path.relative_to(folder).as_posix())
    }


def names_in_wheel(folder: Path) -> set[str]:
    """List what the one wheel in a folder holds."""
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def names_in_sdist(folder: Path) -> set[str]:
    """List what the one sdist in a folder holds, below its top folder."""
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


#: The modules of the sample that drive the products in the conformance suite.
CHAT_PATH = ("__init__", "agent", "conversation")


def data_files() -> set[str]:
    """List the codemods of the checkout, and what else a user needs beside the modules."""
    codemods = {path.name for path in (ROOT / "codemods").glob("*.toml")}
    assert codemods, "there are no codemods to ship"
    schemas = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("ssot_migrate/*/*.json")}
    assert len(schemas) == 7
    chat = {f"ssot_migrate/factory/conformance/chat/{name}.py" for name in CHAT_PATH}
    folder = {f"ssot_migrate/codemods/{name}" for name in codemods}
    more = {"ssot_migrate/py.typed", "ssot_migrate/starter/tests.py.txt"}
    return folder | schemas | chat | more


def test_the_wheel_carries_the_codemods(direct: Path) -> None:
    assert data_files() <= names_in_wheel(direct)


def test_the_wheel_of_the_sdist_is_the_same(built: Path, direct: Path) -> None:
    assert names_in_wheel(built) == names_in_wheel(direct)


def test_the_wheel_carries_nothing_else(direct: Path) -> None:
    tops = {name.partition("/")[0] for name in names_in_wheel(direct)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"ssot_migrate"}


def test_the_sdist_carries_what_its_tests_need(built: Path) -> None:
    names = names_in_sdist(built)
    folders = {name.partition("/")[0] for name in names}
    assert {"benchmarks", "codemods", "docs", "samples", "ssot_migrate", "tests"} <= folders
    assert {"LICENSE", "Makefile", "README.md", "pyproject.toml"} <= names
    assert {".pre-commit-hooks.yaml", "action.yml"} <= names
    assert not [name for name in names if "__pycache__" in name or "/archives/" in name]


def test_the_installed_command_says_its_version(installed: Path, tmp_path: Path) -> None:
    told = run(installed / "ssot-migrate", "--version", cwd=tmp_path).stdout
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert declared["dynamic"] == ["version"]
    source = (ROOT / "ssot_migrate" / "__init__.py").read_text("utf-8")
    (version,) = re.findall(r'^__version__ = "(.+)"$', source, re.MULTILINE)
    assert version in told


def test_the_installed_command_shows_a_patch(installed: Path, samples: Path) -> None:
    shown = run(installed / "ssot-migrate", "diff", cwd=samples, expected=(1,))
    added = [line for line in shown.stdout.splitlines() if line.startswith("+")]
    assert any("SSotMockFactory" in line for line in added), shown.stdout + shown.stderr


def test_the_installed_command_uses_its_own_code(installed: Path, tmp_path: Path) -> None:
    where = "import ssot_migrate; print(ssot_migrate.__file__)"
    found = run(installed / "python", "-c", where, cwd=tmp_path).stdout.strip()
    assert not Path(found).is_relative_to(ROOT)
