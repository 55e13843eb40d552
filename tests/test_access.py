"""How a place gets at the factory, and how a module's file is found."""

from pathlib import Path

import pytest

from ssot_migrate.code.locate import absolute, find_module, is_reexport, module_name
from ssot_migrate.model import Applicability
from tests.support import Project, only

MODULE = "test_framework.ssot.mock_factory"
HEAD = "from unittest.mock import MagicMock  # noqa\n"
FORMS = {
    "the class": (f"from {MODULE} import SSotMockFactory", "SSotMockFactory"),
    "the class, renamed": (f"from {MODULE} import SSotMockFactory as F", "F"),
    "the module": (f"import {MODULE}", f"{MODULE}.SSotMockFactory"),
    "the module, renamed": (f"import os, {MODULE} as m", "m.SSotMockFactory"),
    "the module from its package": (
        "from test_framework.ssot import mock_factory",
        "mock_factory.SSotMockFactory",
    ),
    "the module from its package, renamed": (
        "from test_framework.ssot import mock_factory as m",
        "m.SSotMockFactory",
    ),
    "with a fallback": (
        (
            f"try:\n    from {MODULE} import SSotMockFactory\nexcept ImportError:\n"
            "    SSotMockFactory = None"
        ),
        "SSotMockFactory",
    ),
    "from another module that re-exports it": ("from tests.mocks import Mocks", "Mocks"),
    "from a module beside, by a relative import": ("from .mocks import Mocks as M", "M"),
    "from a package that re-exports it": ("from tests.fakes import Fakes", "Fakes"),
}


def project_with_reexports(folder: Path) -> Project:
    project = Project(folder)
    project.write("tests/__init__.py", "")
    project.write("tests/mocks.py", f"from {MODULE} import SSotMockFactory as Mocks\n")
    project.write("tests/fakes/__init__.py", "from ._inner import SSotMockFactory as Fakes\n")
    project.write("tests/fakes/_inner.py", "from ..mocks import Mocks as SSotMockFactory\n")
    return project


def rewritten(project: Project, code: str) -> str:
    """Give what becomes of a test file."""
    project.write("tests/test_it.py", code.encode())
    return project.rewrite("tests/test_it.py", unsafe=True).decode()


@pytest.mark.parametrize(("line", "expression"), FORMS.values(), ids=FORMS)
def test_an_import_that_is_there_is_used(tmp_path: Path, line: str, expression: str) -> None:
    code = f"{HEAD}{line}\ndef test_it():\n    ws = MagicMock()\n    go(ws)\n"
    after = code.replace("= MagicMock()", f"= {expression}.create_websocket_mock()")
    assert rewritten(project_with_reexports(tmp_path), code) == after


def test_an_import_inside_the_function_is_used(tmp_path: Path) -> None:
    code = (
        f"{HEAD}def test_it():\n    from {MODULE} import SSotMockFactory as F\n"
        "    ws = MagicMock()\n    go(ws)\n"
    )
    after = code.replace("= MagicMock()", "= F.create_websocket_mock()")
    assert rewritten(Project(tmp_path), code) == after


def test_an_import_of_an_outer_function_is_used(tmp_path: Path) -> None:
    code = (
        f"{HEAD}def outer():\n    from {MODULE} import SSotMockFactory\n"
        "    def inner():\n        ws = MagicMock()\n        go(ws)\n"
        "    return inner\n"
    )
    after = code.replace("= MagicMock()", "= SSotMockFactory.create_websocket_mock()")
    assert rewritten(Project(tmp_path), code) == after


def test_an_import_at_the_end_of_the_module_is_there_for_functions(tmp_path: Path) -> None:
    code = (
        f"{HEAD}def test_it():\n    ws = MagicMock()\n    go(ws)\n"
        f"from {MODULE} import SSotMockFactory as F\n"
    )
    after = code.replace("= MagicMock()", "= F.create_websocket_mock()")
    assert rewritten(Project(tmp_path), code) == after


@pytest.mark.parametrize(
    "line",
    [
        "from tests.mocks import Other",
        "from tests.mocks import *",
        "from elsewhere import Mocks",
        "import test_framework.ssot as m",
        "import test_framework.ssot.mock_factory.SSotMockFactory as F",
        f"from {MODULE} import SSotMockFactory as F\nF = None",
        f"if value:\n    from {MODULE} import SSotMockFactory as F",
        f"try:\n    pass\nexcept ImportError:\n    from {MODULE} import SSotMockFactory as F",
    ],
)
def test_what_may_not_be_the_factory_is_not_used(tmp_path: Path, line: str) -> None:
    code = f"{HEAD}{line}\ndef test_it():\n    ws = MagicMock()\n    go(ws)\n"
    after = rewritten(project_with_reexports(tmp_path), code)
    assert f"from {MODULE} import SSotMockFactory\n" in after
    assert " ws = SSotMockFactory.create_websocket_mock()\n" in after


def test_an_import_behind_a_module_level_block_comes_too_late(tmp_path: Path) -> None:
    code = f"{HEAD}ws = MagicMock()\nfrom {MODULE} import SSotMockFactory as F\n"
    after = f"{HEAD}\nfrom {MODULE} import SSotMockFactory\nws = SSotMockFactory.create_websocket_mock()\n"
    assert rewritten(Project(tmp_path), code) == after + code.splitlines(keepends=True)[-1]


TAKEN = {
    "a parameter": (
        "def test_it(SSotMockFactory):\n    ws = MagicMock()\n    go(ws)\n",
        "SSotMockFactory is bound to something else on line 2; rename it",
    ),
    "a later import of the function": (
        f"def test_it():\n    ws = MagicMock()\n    from {MODULE} import SSotMockFactory\n    go(ws)\n",
        "SSotMockFactory is bound to something else on line 4; rename it",
    ),
    "a branch's import of the function": (
        f"def test_it():\n    if go():\n        from {MODULE} import SSotMockFactory\n    ws = MagicMock()\n    go(ws)\n",
        "SSotMockFactory is bound to something else on line 4; rename it",
    ),
    "a class": (
        "class SSotMockFactory: ...\ndef test_it():\n    ws = MagicMock()\n    go(ws)\n",
        "SSotMockFactory is bound to something else on line 2; rename it",
    ),
    "another module's": (
        "from other import SSotMockFactory\ndef test_it():\n    ws = MagicMock()\n    go(ws)\n",
        "SSotMockFactory is imported from another module on line 2; import the configured one",
    ),
    "the factory, then something else": (
        f"from {MODULE} import SSotMockFactory\nSSotMockFactory = 1\ndef test_it():\n    ws = MagicMock()\n    go(ws)\n",
        "SSotMockFactory is imported from another module on line 2; import the configured one",
    ),
}


@pytest.mark.parametrize(("code", "reason"), TAKEN.values(), ids=TAKEN)
def test_a_name_that_is_taken_is_a_reason(tmp_path: Path, code: str, reason: str) -> None:
    project = Project(tmp_path)
    project.write("tests/test_it.py", f"{HEAD}{code}".encode())
    report = project.run(unsafe=True)
    assert report.changes == ()
    assert report.all_failures == ()
    assert only(report, Applicability.MANUAL).reason == reason


def test_a_fallback_alone_does_not_take_the_name(tmp_path: Path) -> None:
    code = (
        f"{HEAD}try:\n    import os\nexcept ImportError:\n    SSotMockFactory = None\n"
        "def test_it():\n    ws = MagicMock()\n    go(ws)\n"
    )
    after = rewritten(Project(tmp_path), code)
    assert f"from {MODULE} import SSotMockFactory\n" in after


def test_a_type_checkers_import_does_not_take_the_name(tmp_path: Path) -> None:
    code = (
        f"{HEAD}from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n"
        f"    from {MODULE} import SSotMockFactory\n"
        "def test_it():\n    ws = MagicMock()\n    go(ws)\n"
    )
    after = rewritten(Project(tmp_path), code)
    assert after.count(f"from {MODULE} import SSotMockFactory\n") == 2
    assert f"\nfrom {MODULE} import SSotMockFactory\n" in after


# where files are


def test_a_module_is_found_below_the_first_root_that_holds_it(tmp_path: Path) -> None:
    for name in ("one/a.py", "two/a.py", "two/p/__init__.py", "two/p/q.py"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    roots = [str(tmp_path / "one"), str(tmp_path / "two")]
    assert find_module("a", roots) == tmp_path / "one/a.py"
    assert find_module("p", roots) == tmp_path / "two/p/__init__.py"
    assert find_module("p.q", roots) == tmp_path / "two/p/q.py"
    assert find_module("p.r", roots) is None
    assert find_module("", roots) is None


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("/r/src/a/b.py", "a.b"),
        ("/r/a/b.py", "a.b"),
        ("/r/src/a/__init__.py", "a"),
        ("/elsewhere/a.py", None),
    ],
)
def test_a_files_module_is_named_below_the_longest_root(location: str, name: str | None) -> None:
    assert module_name(location, ["/r", "/r/src"]) == name


@pytest.mark.parametrize(
    ("qualified", "location", "expected"),
    [
        ("a.b", "/r/p/q.py", "a.b"),
        (".b.C", "/r/p/q.py", "p.b.C"),
        ("..b.C", "/r/p/q/s.py", "p.b.C"),
        (".b.C", "/r/p/__init__.py", "p.b.C"),
        ("..b.C", "/r/p/q/__init__.py", "p.b.C"),
        (".b.C", "/elsewhere/q.py", ".b.C"),
    ],
)
def test_a_relative_name_is_resolved_from_its_file(
    qualified: str, location: str, expected: str
) -> None:
    assert absolute(qualified, location, ["/r"]) == expected


@pytest.mark.parametrize(
    ("files", "qualified", "found"),
    [
        ({}, "f.Factory", True),
        ({}, "g.Factory", False),
        ({}, "Factory", False),
        ({"a.py": "from f import Factory as Fa"}, "a.Fa", True),
        ({"a.py": "from f import Other as Fa  # Factory"}, "a.Fa", False),
        ({"a.py": "from f import Factory as Fa"}, "a.Factory", False),
        ({"a.py": "from f import Other as Fa"}, "a.Fa", False),
        ({"a.py": "Factory = 1"}, "a.Factory", False),
        ({"a.py": "from b import Factory", "b.py": "from f import Factory"}, "a.Factory", True),
        ({"a.py": "from a import Factory"}, "a.Factory", False),
        ({"a.py": "from f import Factory ("}, "a.Factory", False),
        ({"a.py": "import f\nFactory = f.Factory"}, "a.Factory", False),
        (
            {"a.py": "try:\n    from f import Factory\nexcept ImportError:\n    Factory = None"},
            "a.Factory",
            True,
        ),
    ],
)
def test_a_name_is_followed_through_the_projects_imports(
    tmp_path: Path, files: dict[str, str], qualified: str, *, found: bool
) -> None:
    for name, code in files.items():
        (tmp_path / name).write_text(code)
    assert is_reexport(qualified, "f.Factory", [str(tmp_path)]) is found


def test_a_chain_of_imports_is_followed_only_so_far(tmp_path: Path) -> None:
    for number in range(9):
        (tmp_path / f"m{number}.py").write_text(f"from m{number + 1} import Factory\n")
    (tmp_path / "m9.py").write_text("from f import Factory\n")
    assert is_reexport("m6.Factory", "f.Factory", [str(tmp_path)])
    assert not is_reexport("m0.Factory", "f.Factory", [str(tmp_path)])


def test_a_file_that_cannot_be_read_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.py").write_text("from f import Factory\n")

    def fail(self: Path) -> bytes:
        raise PermissionError(self)

    monkeypatch.setattr(Path, "read_bytes", fail)
    assert not is_reexport("a.Factory", "f.Factory", [str(tmp_path)])
