"""Rule ``patch``: which patches build a mock, what they replace, and the family that says so."""

from pathlib import Path
from textwrap import indent

import pytest

from ssot_migrate.model import Violation
from tests.support import Project, violations

HEAD = "from unittest import mock\nfrom unittest.mock import DEFAULT, AsyncMock, Mock, patch\n\n\n"


def found(folder: Path, code: str) -> list[Violation]:
    project = Project(folder)
    project.write("tests/test_it.py", code)
    report = project.run(fix=False)
    assert report.all_failures == ()
    return violations(report, "patch")


@pytest.mark.parametrize(
    ("code", "target"),
    [
        ("with patch('app.run'):\n    pass", "app.run"),
        ("async with a, patch('app.run') as b:\n    pass", "app.run"),
        ("x = patch(target='app.run').start()", "app.run"),
        ("stack.enter_context(patch('app.run', return_value=1))", "app.run"),
        ("@patch('app.run')\ndef test_it(run):\n    pass", "app.run"),
        ("@patch('app.run')\nclass TestIt:\n    pass", "app.run"),
        (
            "class TestIt:\n    @patch('app.run')\n    def test_it(self, run):\n        pass",
            "app.run",
        ),
        ("with mock.patch('app.run', autospec=True):\n    pass", "app.run"),
        ("with patch('app.run', DEFAULT):\n    pass", "app.run"),
        ("with patch('app.run', new=mock.DEFAULT):\n    pass", "app.run"),
        ("with patch('app.run', new_callable=AsyncMock):\n    pass", "app.run"),
        ("with patch('app.run', new_callable=mock.PropertyMock):\n    pass", "app.run"),
        ("with patch.object(app, 'run'):\n    pass", "app.run"),
        ("with patch.object(app.clock, attribute='now'):\n    pass", "app.clock.now"),
        ("with patch.object(make(), 'run'):\n    pass", "….run"),
        ("with patch.multiple('app', run=DEFAULT, stop=1):\n    pass", "app"),
        ("with patch(f'{app}.run'):\n    pass", "…"),
        ("with patch():\n    pass", None),
        ("with patch(\n    'app.run',\n):\n    pass", "app.run"),
        ("def test_it(mocker):\n    mocker.patch('app.run')", "app.run"),
        ("def test_it(mocker):\n    mocker.patch.object(app, 'run', autospec=True)", "app.run"),
        ("def test_it(mocker):\n    mocker.patch.multiple(app, run=mocker.DEFAULT)", "app"),
        ("def test_it():\n    from mock import patch as p\n    p('app.run').start()", "app.run"),
    ],
)
def test_a_patch_that_builds_a_mock(tmp_path: Path, code: str, target: str | None) -> None:
    (violation,) = found(tmp_path, HEAD + code)
    assert (violation.name, violation.family) == (target, None)
    assert violation.reason == "patch builds the mock itself"


@pytest.mark.parametrize(
    "code",
    [
        "with patch('app.limit', 5):\n    pass",
        "with patch('app.run', fake):\n    pass",
        "with patch('app.run', new=lambda: 1):\n    pass",
        "with patch('app.run', new=None):\n    pass",
        "with patch.object(app, 'limit', 5):\n    pass",
        "with patch('app.out', new_callable=StringIO):\n    pass",
        "with patch('app.out', new_callable=lambda: 5):\n    pass",
        "with patch.dict('os.environ', {'A': 'b'}):\n    pass",
        "with patch.multiple('app', run=1, stop=2):\n    pass",
        "with patch('app.run', **options):\n    pass",
        "with patch(*options):\n    pass",
        "patch.stopall()",
        "client.patch('/users')",
        "def test_it(patch):\n    patch('app.run')",
        "def test_it(monkeypatch):\n    monkeypatch.setattr(app, 'run', 1)",
        "def test_it():\n    mocker = make()\n    mocker.patch('app.run')",
        "text = '''\nwith patch('app.run'):\n    pass\n'''",
        "# patch('app.run')",
    ],
)
def test_a_patch_that_builds_none(tmp_path: Path, code: str) -> None:
    assert found(tmp_path, HEAD + code) == []


def test_a_patch_of_something_else(tmp_path: Path) -> None:
    assert found(tmp_path, "from mock_server import patch\n\npatch('app.run')\n") == []


def test_a_mock_that_is_handed_over_is_a_violation_of_its_own(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/test_it.py", HEAD + "patch('app.websocket', Mock()).start()\n")
    (violation,) = project.run(fix=False).violations
    assert violation.is_creation


def test_files_in_which_nothing_but_patches_build_mocks(tmp_path: Path) -> None:
    code = "from unittest.mock import patch\n\n\n@patch('a.b')\ndef test_it(b):\n    pass\n"
    (violation,) = found(tmp_path, code)
    assert (violation.line, violation.column, violation.end_column) == (4, 2, 14)
    assert violation.scope == "<module>"


@pytest.mark.parametrize(
    ("call", "family", "advice"),
    [
        ("patch('app.ws.WebSocket')", "websocket", "return_value= from create_websocket_mock"),
        (
            "patch('app.ws.create_websocket')",
            "websocket",
            "return_value= from create_websocket_mock",
        ),
        ("patch('app.websocket')", "websocket", "new= from create_websocket_mock"),
        ("patch.object(self, 'agent')", "agent", "new= from create_agent_mock"),
        ("patch('app.Agent', return_value=x)", "agent", ""),
        ("patch('app.Agent', side_effect=x)", "agent", ""),
        ("patch('app.ws.websocket_url')", None, ""),
        ("patch('app.reload_agent')", None, ""),
        ("patch('app.Registry.agent')", None, ""),
        ("patch('app.ws.close_websocket')", None, ""),
        ("patch('app.Client.get_agent')", None, ""),
        ("patch('app.archive.attach_agent_to_archive')", None, ""),
        ("patch('app.WebSocketFactory')", None, ""),
        ("patch('app.session')", None, ""),
        ("patch('agent.websocket.run')", None, ""),
        ("patch.object(agent, name)", None, ""),
    ],
)
def test_the_family_is_what_the_target_says(
    tmp_path: Path, call: str, family: str | None, advice: str
) -> None:
    (violation,) = found(tmp_path, f"{HEAD}def test_it(self):\n{indent(call, '    ')}.start()\n")
    assert violation.family == family
    text = "patch builds the mock itself"
    assert violation.reason == (f"{text}; give it {advice}" if advice else text)
