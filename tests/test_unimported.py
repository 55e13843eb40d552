"""Rule ``unimported``: each call of a mock class that would end in a NameError, and no other."""

from pathlib import Path

import pytest

from ssot_migrate.model import Violation
from tests.support import Project, violations


def found(folder: Path, code: str) -> list[Violation]:
    project = Project(folder)
    project.write("tests/test_it.py", code)
    report = project.run(fix=False)
    assert report.all_failures == ()
    return violations(report, "unimported")


def test_each_use_is_reported_where_it_stands(tmp_path: Path) -> None:
    code = (
        "from unittest.mock import MagicMock\n\n\n"
        "class TestIt:\n"
        "    def test_it(self):\n"
        "        ws = MagicMock()\n"
        "        mock_agent = AsyncMock()\n"
        "        ws.é = 'é'; run(AsyncMock(name='x'), mock_agent)\n"
    )
    first, second = found(tmp_path, code)
    assert (first.line, first.column, first.end_column) == (7, 22, 33)
    assert (first.name, first.scope, first.family) == ("mock_agent", "TestIt.test_it", "agent")
    assert first.reason == "AsyncMock is never imported; add `from unittest.mock import AsyncMock`"
    assert (second.line, second.column, second.name, second.family) == (8, 25, None, None)


def test_it_is_not_lost_and_not_counted_twice(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write(
        "tests/test_it.py", "def test_it():\n    mock_ws = MagicMock()\n    run(mock_ws)\n"
    )
    report = project.run(fix=False)
    assert [(v.rule, v.family) for v in report.violations] == [("unimported", "websocket")]
    assert project.run(fix=True).violations == ()


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("x = Mock()", "Mock"),
        ("x = mock_open()", "mock_open"),
        ("x = create_autospec(dict)", "create_autospec"),
        ("x = mock.Mock()", "mock"),
        ("import unittest\nx = mock.Mock()", "mock"),
        ("@decorate(Mock())\ndef test_it():\n    pass", "Mock"),
        ("def test_it(x=Mock()):\n    pass", "Mock"),
        ("class A:\n    Mock = 1\n    def test_it(self):\n        Mock()", "Mock"),
        ("for x in y:\n    try:\n        pass\n    except E:\n        Mock()", "Mock"),
        ("match x:\n    case 1:\n        Mock()", "Mock"),
        ("x = Mock ( )", "Mock"),
    ],
)
def test_what_is_missing(tmp_path: Path, code: str, missing: str) -> None:
    (violation,) = found(tmp_path, code)
    source = "unittest" if missing == "mock" else "unittest.mock"
    assert violation.reason == f"{missing} is never imported; add `from {source} import {missing}`"


@pytest.mark.parametrize(
    "code",
    [
        "from unittest.mock import Mock\nx = Mock()",
        "from somewhere import Mock\nx = Mock()",
        "from tests.doubles import *\nx = Mock()",
        "if x:\n    from unittest.mock import Mock\ny = Mock()",
        "try:\n    from tests.doubles import *\nexcept ImportError:\n    pass\nx = Mock()",
        "class Mock:\n    pass\nx = Mock()",
        "Mock = make()\nx = Mock()",
        "def test_it(Mock):\n    Mock()",
        "def test_it(mock):\n    mock.Mock()",
        "class A:\n    from unittest.mock import Mock\n    x = Mock()",
        "globals()['Mock'] = x\ny = Mock()",
        "exec(code)\ny = Mock()",
        "import builtins\nbuiltins.Mock = x\ny = Mock()",
        "def load():\n    global Mock\n    from unittest.mock import Mock\nMock()",
        "import sys\nsetattr(sys.modules[__name__], 'Mock', x)\ny = Mock()",
        "x = '''\nMock()\n'''",
        "x = Mock",
        "x = anything.Mock()",
        "x = MyMock()",
        "x = Mock_()",
    ],
)
def test_what_is_not_missing(tmp_path: Path, code: str) -> None:
    assert found(tmp_path, code) == []
