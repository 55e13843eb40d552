"""Rules ``factory-import`` and ``factory-fallback``, and new names of the factory's methods."""

from pathlib import Path

import pytest

from ssot_migrate.model import Applicability, UserError, Violation
from ssot_migrate.settings.config import Renamed
from tests.support import Project, violations

HOME = "test_framework.ssot.mock_factory"
IMPORT = f"from {HOME} import SSotMockFactory\n"
FACTORY = """
from unittest.mock import MagicMock


class SSotMockFactory:
    @staticmethod
    def create_websocket_mock(user_id="u"):
        return MagicMock()

    @staticmethod
    def create_tool_mock(name):
        return MagicMock()

    @staticmethod
    async def create_session_mock():
        return MagicMock()

    create_other = wrapped(create_tool_mock)
"""


def found(project: Project, rule: str, **changes: object) -> list[Violation]:
    report = project.run(fix=False, **changes)
    assert report.all_failures == ()
    return violations(report, rule)


# from where


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path, FACTORY)
    project.write("test_framework/__init__.py", "from .ssot.mock_factory import SSotMockFactory")
    project.write("old/__init__.py", "")
    project.write("old/passing.py", IMPORT)
    project.write("old/deeper.py", "from old.passing import SSotMockFactory as Factory\n")
    project.write("old/star.py", f"from {HOME} import *\n")
    project.write("old/own.py", "class SSotMockFactory:\n    pass\n")
    project.write("old/nothing.py", "x = 1\n")
    project.write("old/broken.py", "x = (\n")
    project.write("old/lazy.py", "def __getattr__(name):\n    return name\n")
    return project


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("old.passing", "only passes it on"),
        ("..old.passing", "only passes it on"),
        ("old.own", "has another one of that name"),
        ("old.nothing", "has no such name"),
        ("old.star", "is another module"),
        ("old.lazy", "is another module"),
        ("old.broken", "is another module"),
        ("gone.mocks", "is not found in the project"),
        ("ssot_migrate.factory", "is not found in the project"),
    ],
)
def test_another_module(project: Project, module: str, said: str) -> None:
    project.write("tests/__init__.py", "")
    project.write("tests/test_it.py", f"def test_it():\n    from {module} import SSotMockFactory\n")
    (one,) = found(project, "factory-import", exclude=("old",))
    assert (one.line, one.column, one.name) == (2, 5, "SSotMockFactory")
    assert one.reason == f"{module} {said}; the configured SSotMockFactory is that of {HOME}"


@pytest.mark.parametrize(
    "code",
    [
        IMPORT,
        "from test_framework import SSotMockFactory",
        "from ssot.mock_factory import SSotMockFactory",
        f"from project.{HOME} import SSotMockFactory",
        "from old.own import Other",
        "from old.deeper import Factory",
        "import old.own",
        f"import {HOME}",
    ],
)
def test_the_same_module(project: Project, code: str) -> None:
    project.write("tests/test_it.py", code)
    assert found(project, "factory-import", exclude=("old",)) == []


def test_a_package_that_may_pass_it_on(project: Project) -> None:
    project.write("test_framework/ssot/__init__.py", "from .mock_factory import *\n")
    project.write("tests/test_it.py", "from test_framework.ssot import SSotMockFactory\n")
    assert found(project, "factory-import", exclude=("old",)) == []


def test_a_package_that_does_not_pass_it_on(project: Project) -> None:
    project.write("test_framework/ssot/__init__.py", "x = 1\n")
    project.write("tests/test_it.py", "from test_framework.ssot import SSotMockFactory\n")
    (one,) = found(project, "factory-import", exclude=("old",))
    assert "test_framework.ssot has no such name" in str(one.reason)


def test_a_project_that_names_no_factory_has_no_wrong_one(tmp_path: Path) -> None:
    project = Project(tmp_path, None)
    project.write("tests/test_it.py", IMPORT)
    assert found(project, "factory-import") == []
    shipped = "ssot_migrate.factory:SSotMockFactory"
    assert len(found(project, "factory-import", factory=shipped)) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from old.passing import SSotMockFactory", f"from {HOME} import SSotMockFactory"),
        (
            "from  old.passing  import SSotMockFactory as F",
            f"from  {HOME}  import SSotMockFactory as F",
        ),
        (
            "def é(): é; from old.passing import SSotMockFactory  # é",
            f"def é(): é; {IMPORT.strip()}  # é",
        ),
    ],
)
def test_the_factory_s_module_is_written_over_another(
    project: Project, before: str, after: str
) -> None:
    path = project.write("tests/test_it.py", f"{before}\n")
    assert [v.applicability for v in found(project, "factory-import", exclude=("old",))] == ["safe"]
    assert project.rewrite("tests/test_it.py").decode() == f"{after}\n"
    path.write_bytes(project.rewrite("tests/test_it.py"))
    assert project.rewrite("tests/test_it.py").decode() == f"{after}\n"


@pytest.mark.parametrize(
    "code",
    [
        "from old.passing import SSotMockFactory, x\n",
        "from old . passing import SSotMockFactory\n",
        "from \\\n    old.passing import SSotMockFactory\n",
        "from old.own import SSotMockFactory\n",
    ],
)
def test_what_is_left_to_a_person(project: Project, code: str) -> None:
    project.write("tests/test_it.py", code)
    assert project.rewrite("tests/test_it.py", unsafe=True).decode() == code
    (one,) = found(project, "factory-import", exclude=("old",))
    assert one.applicability is Applicability.MANUAL


# from nowhere


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (f"try:\n    {IMPORT}except ImportError:\n    SSotMockFactory = None", "None"),
        (f"SSotMockFactory = None\ntry:\n    {IMPORT}except ImportError:\n    pass", "None"),
        (f"try:\n    {IMPORT}except Exception:\n    SSotMockFactory = MagicMock()", "something"),
        (f"try:\n    {IMPORT}except:\n    class SSotMockFactory: pass", "something"),
        (f"try:\n    {IMPORT}except:\n    def SSotMockFactory(): pass", "something"),
        (
            f"try:\n    {IMPORT}except ImportError:\n    if x:\n        import x as SSotMockFactory",
            "something",
        ),
        (
            (
                "def test_it():\n    try:\n        from gone import SSotMockFactory as F\n"
                "    except ImportError:\n        F = None"
            ),
            "None",
        ),
        (
            (
                "try:\n    from old.deeper import Factory\nexcept ImportError:\n    Factory = None\n"
                "SSotMockFactory = Factory"
            ),
            "None",
        ),
    ],
)
def test_a_fallback(project: Project, code: str, what: str) -> None:
    project.write("tests/test_it.py", code)
    (one,) = found(project, "factory-fallback")
    assert f"{one.name} is {what}" in str(one.reason)
    line = code.splitlines()[one.line - 1]
    assert str(one.name) in line
    assert "from " not in line


@pytest.mark.parametrize(
    "code",
    [
        f"{IMPORT}x = None",
        f"{IMPORT}try:\n    from y import Y\nexcept ImportError:\n    Y = None",
        f"try:\n    {IMPORT}except ImportError:\n    from old.own import SSotMockFactory",
        f"try:\n    {IMPORT}except ImportError:\n    pytest.skip(allow_module_level=True)",
        f"try:\n    {IMPORT}except ImportError:\n    raise\nelse:\n    SSotMockFactory = wrap(x)",
        f"try:\n    y()\nexcept E:\n    {IMPORT}",
        f"try:\n    y()\nexcept E:\n    SSotMockFactory = wrap(y)\n{IMPORT}",
        f"{IMPORT}def test_it():\n    SSotMockFactory = None",
        "SSotMockFactory = None",
        "class SSotMockFactory:\n    pass",
    ],
)
def test_no_fallback(project: Project, code: str) -> None:
    project.write("tests/test_it.py", code)
    assert found(project, "factory-fallback") == []


# new names


RENAMED = Renamed(
    (
        ("create_ws", "create_websocket_mock"),
        ("create_tool", "create_tool_mock"),
        ("create_session", "create_session_mock"),
        ("other", "create_other"),
    )
)


def renamed(project: Project, code: str) -> tuple[Violation, str]:
    """Give the violation, and what becomes of the code."""
    project.write("tests/test_it.py", IMPORT + code)
    changes = {"renamed": RENAMED, "exclude": ("old",)}
    (one,) = found(project, "unknown-method", **changes)
    report = project.run("tests", **changes)
    assert report.all_failures == ()
    after = [change.after.decode().removeprefix(IMPORT) for change in report.changes]
    return one, (*after, code)[0]


@pytest.mark.parametrize(
    "code",
    [
        "x = SSotMockFactory.create_ws()",
        "é = 'é', SSotMockFactory.create_ws(user_id=1)  # create_ws",
        "x = SSotMockFactory.create_ws",
        "x = (\n    SSotMockFactory\n    # one\n    .create_ws(*y)\n)",
        "F = SSotMockFactory\nx = [F().create_ws() for y in z]",
    ],
)
def test_a_new_name_is_written(project: Project, code: str) -> None:
    one, after = renamed(project, code)
    assert after == code.replace("create_ws", "create_websocket_mock", 1)
    assert one.applicability is Applicability.SAFE
    assert one.reason == "SSotMockFactory has no create_ws; it is create_websocket_mock now"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("SSotMockFactory.create_ws(zzz=1)", "that has no parameter zzz"),
        ("SSotMockFactory.create_tool()", "that needs name"),
        ("SSotMockFactory.create_tool(nam=1)", "that has no parameter nam (the nearest is name)"),
        ("SSotMockFactory.create_session().x", "that gives a coroutine, which is used"),
        ("SSotMockFactory.other(1)", "what it takes cannot be read"),
    ],
)
def test_a_new_name_that_does_not_do(project: Project, code: str, why: str) -> None:
    one, after = renamed(project, code)
    assert one.applicability is Applicability.MANUAL
    assert why in str(one.reason)
    assert after == code


def test_letters_that_python_takes_for_others(project: Project) -> None:
    one, after = renamed(project, "SSotMockFactory.create_\uff57s()")
    assert one.applicability is Applicability.MANUAL
    assert after == "SSotMockFactory.create_\uff57s()"


def test_the_new_name_is_that_of_a_method(project: Project) -> None:
    table = '[tool.ssot-migrate]\n[tool.ssot-migrate.renamed]\ncreate_ws = "create_web_socket"\n'
    (project.folder / "pyproject.toml").write_text(table)
    message = (
        r"pyproject.toml: \[tool.ssot-migrate.renamed\] `create_ws`: SSotMockFactory has no"
        r" create_web_socket; did you mean `create_websocket_mock`\?"
    )
    with pytest.raises(UserError, match=message):
        project.run(fix=False)
    (project.folder / "pyproject.toml").write_text(table.replace("create_web_socket", "zzz"))
    with pytest.raises(UserError, match=r"SSotMockFactory has no zzz$"):
        project.run(fix=False)


def test_an_override_has_another_factory(project: Project) -> None:
    project.write("old/own.py", "class SSotMockFactory:\n    pass\n")
    (project.folder / "pyproject.toml").write_text(
        "[tool.ssot-migrate]\n"
        '[tool.ssot-migrate.renamed]\ncreate_ws = "create_websocket_mock"\n'
        "[[tool.ssot-migrate.overrides]]\n"
        'path = "e2e"\nfactory = "old.own:SSotMockFactory"\n'
    )
    project.write(
        "e2e/test_it.py", "from old.own import SSotMockFactory\nSSotMockFactory.create_ws()"
    )
    (one,) = found(project, "unknown-method")
    assert "create_websocket_mock now; which it does not have either" in str(one.reason)
