"""The README's commands do what it says."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support import ROOT, SAMPLES

pytestmark = pytest.mark.usefixtures("unmeasured")

README = (ROOT / "README.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
#: Commands, one after the other, and what each printed; ``…`` stands for anything.
SESSIONS = [session for block in _BLOCK.findall(README) if (session := _COMMAND.findall(block))]


def test_there_are_sessions_for_every_command() -> None:
    assert {command.split()[1] for session in SESSIONS for command, _ in session} == {
        *("scan", "explain", "diff", "apply", "migrate", "undo", "factory", "check", "baseline")
    }


@pytest.mark.parametrize("session", SESSIONS, ids=[session[0][0] for session in SESSIONS])
def test_commands_print_what_the_readme_shows(
    session: list[tuple[str, str]], tmp_path: Path
) -> None:
    folder = tmp_path / "samples"
    shutil.copytree(SAMPLES, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "COLUMNS": "200", "PYTHONPATH": str(ROOT), "PATH": path}
    for number, (command, printed) in enumerate(session):
        program = [sys.executable, "-m", "ssot_migrate", *shlex.split(command)[1:]]
        done = subprocess.run(
            program, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        finds = " diff" in command or (" check" in command and number == 0)
        assert done.returncode == int(finds), done.stderr
        expected = re.escape(_bare(printed)).replace("…", r"[\s\S]*")
        assert re.fullmatch(expected, _bare(done.stdout + done.stderr)), done.stdout


#: Commands in running text that do nothing but show something, or go through a copy of samples.
MENTIONED = sorted(
    {
        span.replace("\n", " ").removesuffix(" < file")
        for span in re.findall(r"`(ssot-migrate [^`]*)`", README)
        if not span.startswith(("ssot-migrate codemods new", "ssot-migrate baseline merge"))
    }
)
#: Files of samples that stand for those that the README names.
_PLACES = {
    "tests/test_x.py": "tests/test_store.py",
    "tests/unit": "tests",
    "tests/legacy": "tests",
    "show ID": "show websocket",
    "factory init": "factory init --path tests/made/mocks.py",
    "migrate undo": "migrate undo --list",
}


@pytest.mark.parametrize("command", MENTIONED)
def test_command_in_the_text_works(command: str, tmp_path: Path) -> None:
    folder = tmp_path / "samples"
    shutil.copytree(SAMPLES, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for named, there in _PLACES.items():
        command = command.replace(named, there)
    done = subprocess.run(
        [sys.executable, "-m", "ssot_migrate", *command.split()[1:]],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input=(folder / "tests/test_store.py").read_text(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr.count("error:")) == (1 if " diff" in command else 0, 0)
    assert done.stdout


def _bare(text: str) -> str:
    """Leave out blanks at the ends of lines, which a README does not show."""
    return "\n".join(line.rstrip() for line in text.splitlines())


def test_the_diff_at_the_top_is_what_the_tool_does(tmp_path: Path) -> None:
    shown = README.split("```diff\n", 1)[1].split("```", 1)[0]
    folder = tmp_path / "samples"
    shutil.copytree(SAMPLES, folder, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-m", "ssot_migrate", "diff", "tests/test_handler_events.py"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    changed = [line for line in shown.splitlines() if line.startswith(("+", "-"))]
    assert "\n".join(changed[:5]) in done.stdout
    assert "\n".join(changed[5:]) in done.stdout


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_configuration_shown_is_that_of_the_samples() -> None:
    shown = tomllib.loads(README.split("```toml\n", 1)[1].split("```", 1)[0])
    own = tomllib.loads((SAMPLES / "pyproject.toml").read_text(encoding="utf-8"))
    assert shown["tool"]["ssot-migrate"] == own["tool"]["ssot-migrate"]
