"""What a trial's command installs into an environment that the copy shares with the project."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from ssot_migrate.trial.execution import in_copy
from ssot_migrate.trial.installed import Installed

PTH = "__editable__.shop-1.0.pth"
SITE = "lib/python3/site-packages"


@pytest.fixture(autouse=True)
def _inactive(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)


class Environment:
    """A virtual environment with an editable install, without its interpreter."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("pyvenv.cfg", "")
        self.site = folder / SITE

    def write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def install(self, project: str, version: str = "1.0") -> None:
        """Do what `pip install -e` does."""
        site, info = f"{SITE}/__editable__", f"{SITE}/shop-{version}.dist-info"
        self.write(f"{site}.shop-{version}.pth", f"{project}/src\n")
        self.write(f"{site}___shop_finder.py", f"MAPPING = {{'shop': {project + '/src'!r}}}\n")
        self.write(f"{SITE}/shop.egg-link", f"{project}\n.")
        self.write(f"{info}/direct_url.json", f'{{"url": "{Path(project).as_uri()}"}}')
        self.write("bin/shop", f"#!{project}/.venv/bin/python\nrun()\n")

    @property
    def contents(self) -> dict[str, bytes]:
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in files}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose name has to be quoted wherever that can be."""
    return tmp_path / "it's a shop"


@pytest.fixture
def environment(project: Path) -> Environment:
    made = Environment(project / ".venv")
    made.install(str(project))
    (made.folder / "bin/shop").chmod(0o755)
    made.write(f"{SITE}/other.pth", "/elsewhere\n")
    return made


def installed(project: Path, environment: Environment) -> Installed:
    return Installed(str(project), "/tmp/trial/copy", [str(environment.folder)], [])  # noqa: S108


def test_what_a_copy_was_installed_over_comes_back(project: Path, environment: Environment) -> None:
    before = environment.contents
    shared = installed(project, environment)
    for _ in range(2):
        environment.install(shared.copy)
        assert environment.contents != before
        shared.point_back()
        assert environment.contents == before
    assert os.access(environment.folder / "bin/shop", os.X_OK)
    said = (
        "the trial's command installs the project into .venv, which the copy shares with it; what"
        " was installed leads to the project again; leave the installation out of the trial's"
        " command"
    )
    assert shared.warnings == [said]


def test_another_version_leads_to_the_project(project: Path, environment: Environment) -> None:
    """Without its history a project may not know its version."""
    shared = installed(project, environment)
    (environment.site / PTH).unlink()
    environment.install(shared.copy, "0.0")
    shared.point_back()
    found = environment.contents
    environment.install(str(project), "0.0")
    assert environment.contents == found
    assert f"{SITE}/{PTH}" not in found


def test_what_does_not_lead_to_the_copy_is_left_alone(
    project: Path, environment: Environment
) -> None:
    shared = installed(project, environment)
    environment.write(f"{SITE}/other.pth", "/somewhere\n")
    environment.write(f"{SITE}/large.pth", f"# {shared.copy}" + " " * 70_000)
    environment.write(f"{SITE}/module.py", f"# {shared.copy}")
    before = environment.contents
    shared.point_back()
    assert (environment.contents, shared.warnings) == (before, [])


def test_what_cannot_be_pointed_back_is_told(
    project: Path, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = installed(project, environment)
    pth = environment.site / PTH
    pth.write_text(shared.copy)
    monkeypatch.setattr(os, "access", lambda *_: False)
    shared.point_back()
    assert shared.warnings[0].startswith(f"{pth}: leads to the trial's copy: no permission")


def test_an_active_environment_elsewhere(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    active = Environment(tmp_path / "active")
    active.install(str(project))
    before = active.contents
    monkeypatch.setenv("VIRTUAL_ENV", str(active.folder))
    shared = Installed(str(project), str(tmp_path / "copy"), [], [])
    active.install(shared.copy)
    shared.point_back()
    assert active.contents == before
    assert f"into {active.folder}, which" in shared.warnings[0]


@pytest.mark.parametrize("is_link", [False, True])
def test_a_command_that_installs(
    project: Path, environment: Environment, tmp_path: Path, *, is_link: bool
) -> None:
    if is_link:
        environment.folder.rename(tmp_path / "real")
        environment.folder.symlink_to(tmp_path / "real")
    before = environment.contents
    script = f"import os; open('.venv/{SITE}/{PTH}', 'w').write(os.getcwd()); print(os.getcwd())"
    command = shlex.join([sys.executable, "-c", script])
    with in_copy(command, project, tmp_path / "outputs", timeout=60) as runner:
        assert runner.warnings == []
        for _ in range(2):
            seen = runner.run([], {}, [])
            assert seen.exit_code == 0
            assert seen.output.read_text("utf-8").strip() != str(project)
            assert environment.contents == before
        assert len(runner.warnings) == 1


def test_an_execution_that_is_interrupted(
    project: Path, environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = environment.contents

    def interrupted(_: object, folder: Path, *__: object) -> None:
        environment.install(str(folder))
        raise KeyboardInterrupt

    monkeypatch.setattr("ssot_migrate.trial.execution.execute", interrupted)
    with (
        pytest.raises(KeyboardInterrupt),
        in_copy(shlex.quote(sys.executable), project, tmp_path / "outputs") as runner,
    ):
        runner.run([], {}, [])
    assert environment.contents == before
