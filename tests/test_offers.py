"""Rule ``second-factory``: what builds mocks for other files, and who imports it."""

from pathlib import Path

import pytest

from ssot_migrate.model import Violation
from ssot_migrate.worker.asking import Uses
from tests.support import Project, violations

HEAD = "from unittest.mock import AsyncMock, MagicMock\n\n\n"
FACTORY = "from test_framework.ssot.mock_factory import SSotMockFactory\n"
HELPER = HEAD + "def make_ws():\n    ws = MagicMock()\n    return ws\n"
COPY = HEAD + (
    "class Copy:\n"
    "    def create_websocket_mock(self):\n"
    "        websocket = MagicMock()\n"
    "        return websocket\n\n"
    "    async def create_agent_mock(self):\n"
    "        return AsyncMock()\n\n"
    "    @staticmethod\n"
    "    def create_database_session_mock():\n"
    "        return AsyncMock()\n"
)


def found(project: Project, *names: str, **changes: object) -> list[Violation]:
    report = project.run(*names, fix=False, **changes)  # type: ignore[arg-type]
    assert report.all_failures == ()
    return violations(report, "second-factory")


def users(violation: Violation) -> str:
    return (violation.reason or "").partition("; ")[2]


@pytest.mark.parametrize(
    "statement",
    [
        "from tests.helpers.doubles import make_ws",
        "from tests.helpers.doubles import other, make_ws as m",
        "from tests.helpers.doubles import (\n    other,  # as (a, b)\n    make_ws,\n)",
        "from tests.helpers.doubles import other, \\\n    make_ws",
        "from tests.helpers.doubles import *",
        "from tests.helpers import doubles",
        "import tests.helpers.doubles as d",
        "import os, tests.helpers.doubles",
        "from helpers.doubles import make_ws",
        "from .helpers.doubles import make_ws",
        "from ..tests.helpers import doubles",
        "def test_it():\n    from tests.helpers.doubles import make_ws",
        "if x:\n    import tests.helpers.doubles",
    ],
)
def test_each_way_to_import_a_helper(tmp_path: Path, statement: str) -> None:
    project = Project(tmp_path)
    project.write("tests/helpers/doubles.py", HELPER)
    project.write("tests/test_it.py", statement + "\n")
    (violation,) = found(project)
    assert violation.reason is not None
    assert violation.reason.startswith("builds websocket (make_ws); 1 file imports it: ")
    assert violation.reason.endswith("tests/test_it.py")
    assert (violation.name, violation.scope, violation.line) == ("doubles", "<module>", 4)
    assert (violation.family, violation.severity) == ("websocket", "medium")
    assert [evidence.detail for evidence in violation.evidence] == ["make_ws"]


@pytest.mark.parametrize(
    "statement",
    [
        "from tests.helpers.doubles import other",
        "from elsewhere.doubles import make_ws",
        "from tests.doubles import make_ws",
        "from doubles import make_ws",
        "import doubles",
        "from .doubles import make_ws",
        "from ......helpers.doubles import make_ws",
        "# from tests.helpers.doubles import make_ws",
        "text = 'from tests.helpers.doubles import make_ws'",
        "'''\nfrom tests.helpers.doubles, import make_ws\n'''",
        "'''\nimport doubles, of course, and make_ws\n'''",
        "make_ws = doubles = 1",
    ],
)
def test_what_does_not_import_it(tmp_path: Path, statement: str) -> None:
    project = Project(tmp_path)
    project.write("tests/helpers/doubles.py", HELPER)
    project.write("tests/test_it.py", statement + "\n")
    assert found(project) == []


def test_a_package_passes_it_on(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/kit/inner/doubles.py", HELPER)
    project.write("tests/kit/inner/__init__.py", "from .doubles import make_ws\n")
    project.write("tests/kit/__init__.py", "from tests.kit.inner import make_ws\n")
    assert found(project) == []
    project.write("tests/test_a.py", "from tests.kit import make_ws\n")
    project.write("tests/test_b.py", "from tests.kit.inner import make_ws\n")
    project.write("tests/test_c.py", "from tests.kit import other\n")
    (violation,) = found(project)
    told = users(violation)
    assert told.startswith("2 files import it: ")
    assert [Path(path).name for path in told.split(", ")] == ["test_a.py", "test_b.py"]


def test_a_helper_in_a_packages_own_file(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/kit/__init__.py", HELPER)
    project.write("tests/test_a.py", "from tests.kit import make_ws\n")
    (violation,) = found(project)
    assert violation.name == "kit"
    assert users(violation).startswith("1 file imports it: ")


def test_what_it_builds_and_the_first_of_many_users(tmp_path: Path) -> None:
    project = Project(tmp_path)
    makers = "".join(
        f"\n\ndef make_ws{n}():\n    ws = MagicMock()\n    return ws\n" for n in range(5)
    )
    agent = "\n\ndef build():\n    if x:\n        return AsyncMock(spec=Agent)\n    mock_agent = AsyncMock()\n    return mock_agent\n"
    other = "\n\ndef callback():\n    return MagicMock()\n"
    project.write("tests/doubles.py", HEAD.rstrip("\n") + makers + agent + other)
    for name in "abcd":
        project.write(f"tests/test_{name}.py", "from tests import doubles\n")
    (violation,) = found(project)
    assert (violation.family, violation.reason) == (
        None,
        "builds agent (build), websocket (make_ws0, make_ws1, make_ws2, …); 4 files import it: "
        + ", ".join(f"{tmp_path.as_posix()}/tests/test_{name}.py" for name in "abc")
        + ", …",
    )


@pytest.mark.parametrize(
    "code",
    [
        "import pytest\n\n@pytest.fixture\ndef make_ws():\n    ws = MagicMock()\n    return ws\n",
        "def test_ws():\n    ws = MagicMock()\n    return ws\n",
        "def make_ws():\n    callback = MagicMock()\n    return callback\n",
        "def make_ws():\n    ws = MagicMock()\n    run(ws)\n",
        "def make_ws():\n    def inner():\n        ws = MagicMock()\n        return ws\n    return inner\n",
        "ws = MagicMock()\n",
        "class make_ws:\n    class Inner:\n        def run(self):\n            ws = MagicMock()\n            return ws\n",
        "def make_ws():\n    ws = SSotMockFactory.create_websocket_mock()\n    return ws\n",
        "class make_ws(SSotMockFactory):\n    def other(self):\n        ws = MagicMock()\n        return ws\n",
    ],
    ids=["fixture", "test", "generic", "kept", "nested", "name", "inner", "product", "subclass"],
)
def test_what_builds_nothing_for_others(tmp_path: Path, code: str) -> None:
    project = Project(tmp_path)
    project.write("tests/doubles.py", FACTORY + HEAD + code)
    project.write("tests/test_a.py", "from tests.doubles import *\n")
    assert found(project) == []


def test_a_class_that_others_import(tmp_path: Path) -> None:
    project = Project(tmp_path)
    code = "class Doubles:\n    def websocket(self):\n        ws = MagicMock()\n        return ws\n"
    project.write("tests/doubles.py", HEAD + code)
    assert found(project) == []
    project.write("tests/test_a.py", "from tests.doubles import Doubles\n")
    (violation,) = found(project)
    assert (violation.name, violation.line, violation.family) == ("Doubles", 4, "websocket")
    assert (violation.column, violation.end_line, violation.end_column) == (1, 4, 15)


def test_a_copy_counts_without_importers(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/test_it.py", COPY)
    (violation,) = found(project)
    assert violation.reason is not None
    assert violation.reason.startswith(
        "a copy of SSotMockFactory: 3 of its 3 methods are the factory's; builds "
    )
    assert violation.reason.endswith("; no file of this run imports it")


@pytest.mark.parametrize(
    ("code", "is_copy"),
    [
        (COPY.replace("Copy", "SSotMockFactory"), True),
        (COPY.replace("create_agent_mock", "other"), False),
        (COPY + "".join(f"    def m{n}(self): ...\n" for n in range(3)), True),
        (COPY + "".join(f"    def m{n}(self): ...\n" for n in range(4)), False),
        (COPY + "".join(f"    def _m{n}(self): ...\n" for n in range(4)), True),
        (HEAD + "class SSotMockFactory:\n    def other(self):\n        return MagicMock()\n", True),
        (HEAD + "class SSotMockFactory:\n    def other(self):\n        return Thing()\n", False),
    ],
    ids=["name", "two", "half", "few", "private", "generic", "no mock"],
)
def test_what_is_a_copy(tmp_path: Path, code: str, is_copy: bool) -> None:  # noqa: FBT001
    project = Project(tmp_path)
    project.write("tests/test_it.py", code)
    assert bool(found(project)) is is_copy


def test_a_factory_that_nobody_named_is_a_copy_of_the_shipped_one(tmp_path: Path) -> None:
    project = Project(tmp_path, factory=None)
    project.write("tests/test_it.py", COPY)
    assert len(found(project)) == 1


def test_a_file_that_goes_away_imports_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path)
    project.write("tests/doubles.py", HELPER)
    user = project.write("tests/test_a.py", "from tests.doubles import make_ws\n")
    first = "ssot_migrate.pipeline.ask_users"
    monkeypatch.setattr(first, lambda *_: user.unlink() or Uses())
    assert found(project) == []


def test_it_is_chosen_like_every_rule(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/doubles.py", HELPER)
    project.write("tests/test_a.py", "from tests.doubles import make_ws\n")
    assert found(project, ignore=("second-factory",)) == []
    report = project.run(fix=False, select=("second-factory",))
    assert [v.rule for v in report.violations] == ["second-factory"]
    everything = project.run(fix=False).violations
    assert [v.rule for v in everything] == ["second-factory", "websocket"]
