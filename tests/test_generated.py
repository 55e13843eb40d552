"""Code that a program wrote: thousands of the same thing take no time of another order."""

import cProfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ssot_migrate.model import Applicability
from tests.support import Project, only

IMPORTS = "from unittest.mock import AsyncMock, MagicMock\n\n\n"
NEWLINE = "\n"


def _calls(project: Project, name: str) -> int:
    """Count the calls of functions that a scan of a file takes; no clock has a say in it."""
    profile = cProfile.Profile()
    profile.enable()
    project.run(name, fix=False)
    profile.disable()
    profile.create_stats()
    return sum(calls for _, calls, *_ in profile.stats.values())  # type: ignore[attr-defined]


def _each(line: str) -> Callable[[int], str]:
    return lambda count: "def test_it():\n" + "".join(line.format(i) for i in range(count))


FORMS = {
    "keywords": lambda n: f"x = MagicMock({', '.join(f'a{i}=1' for i in range(n))})\n",
    "attributes": lambda n: "ws = MagicMock()\n" + "".join(f"ws.a{i} = 1\n" for i in range(n)),
    "values of a dict": lambda n: (
        f"x = {{{''.join(f'{i}: MagicMock(),{NEWLINE}' for i in range(n))}}}\n"
    ),
    "mocks in a function": _each("    ws{0} = MagicMock()\n"),
    "mocks of one name": _each("    ws = MagicMock()\n"),
    "mocks that are used": _each("    ws{0} = MagicMock()\n    run(ws{0})\n"),
}


@pytest.mark.no_cover
@pytest.mark.parametrize("form", FORMS)
def test_twice_as_much_takes_about_twice_as_long(form: str, tmp_path: Path) -> None:
    project = Project(tmp_path)
    for count in (500, 1000, 2000):
        project.write(f"tests/test_{count}.py", IMPORTS + FORMS[form](count))
    # The first file of a process costs what all of them need.
    _, once, twice = (_calls(project, f"tests/test_{count}.py") for count in (500, 1000, 2000))
    assert twice < 3 * once


def test_a_block_of_more_settings_than_anybody_writes_is_kept(tmp_path: Path) -> None:
    project = Project(tmp_path)
    text = IMPORTS + "def test_it():\n    ws = MagicMock()\n"
    project.write("tests/test_it.py", text + "".join(f"    ws.a{i} = 1\n" for i in range(401)))
    violation = only(project.run(unsafe=True), Applicability.MANUAL)
    assert "it configures 401 things, more than 400" in (violation.reason or "")
