"""From a module to its violations and fixes: reasons, reach, and ids that several products would share."""

from pathlib import Path
from textwrap import dedent

import pytest

from ssot_migrate.contracts.shipped import SHIPPED
from ssot_migrate.model import Applicability, Difference, Violation
from tests.running import real_factory, run_tests
from tests.support import FACTORY, Project, check_rewritten, check_unchanged, only, violations

HEAD = "from unittest.mock import AsyncMock, MagicMock, Mock\n"


def found(folder: Path, code: str, *, name: str = "tests/test_it.py") -> list[Violation]:
    project = Project(folder)
    project.write(name, HEAD + dedent(code))
    return violations(project.run())


def told(violation: Violation) -> list[tuple[str, str]]:
    return [(difference.path, difference.message) for difference in violation.differences]


def shared(name: str) -> tuple[str, str]:
    return (name, f"several products would share the factory's default {name}")


# reasons


def test_a_family_without_a_factory_method(tmp_path: Path) -> None:
    (violation,) = found(tmp_path, "\ndef test_it():\n    callback = MagicMock()\n")
    assert violation.applicability is Applicability.MANUAL
    assert violation.reason == (
        "nothing tells what it is; a name or a spec= that says its family would"
    )


def test_a_creation_inside_an_expression_says_so(tmp_path: Path) -> None:
    (violation,) = found(tmp_path, "\ndef test_it(ws):\n    ws = ws or MagicMock()\n")
    assert violation.reason == "part of a larger expression; bind it to a name first"


def test_a_project_without_a_factory_gets_calls_of_the_shipped_one(tmp_path: Path) -> None:
    project = Project(tmp_path, None)
    project.write("tests/test_it.py", HEAD + "\ndef test_it():\n    ws = MagicMock()\n")
    report = project.run()
    (change,) = report.changes
    assert "\nfrom ssot_migrate.factory import SSotMockFactory\n" in change.after.decode()
    assert "    ws = SSotMockFactory.create_websocket_mock()\n" in change.after.decode()
    assert report.warnings == (
        (
            "no factory found, so mocks become calls of the shipped"
            " ssot_migrate.factory:SSotMockFactory;"
            " `ssot-migrate factory init` writes one of the project's own"
        ),
    )
    assert project.run(fix=False).warnings == ()


def test_the_shipped_factory_can_be_named(tmp_path: Path) -> None:
    project = Project(tmp_path, None)
    project.write("pyproject.toml", f'[tool.ssot-migrate]\nfactory = "{SHIPPED}"\n')
    project.write("tests/test_it.py", HEAD + "\ndef test_it():\n    ws = MagicMock()\n")
    report = project.run()
    assert len(report.changes) == 1
    assert report.warnings == ()


def test_a_factory_without_the_method(tmp_path: Path) -> None:
    project = Project(tmp_path, "class SSotMockFactory:\n    pass\n")
    code = (
        HEAD
        + "\ndef test_it():\n    ws = MagicMock()\n    other_ws = MagicMock()\n    agent = Mock()\n"
    )
    project.write("tests/test_it.py", code)
    report = project.run()
    assert [v.reason for v in report.violations] == [
        "the factory has no create_websocket_mock; add it",
        "the factory has no create_websocket_mock; add it",
        "the factory has no create_agent_mock; add it",
    ]
    assert report.warnings == (
        "the factory has no create_agent_mock, so agent mocks are left",
        "the factory has no create_websocket_mock, so websocket mocks are left",
    )


def test_an_argument_that_the_factory_must_be_given(tmp_path: Path) -> None:
    factory = """
        from unittest.mock import MagicMock


        class SSotMockFactory:
            def create_websocket_mock(user_id, *, token):
                ws = MagicMock()
                ws.user_id = user_id
                ws.token = token
                return ws
    """
    code = HEAD + "\ndef test_it():\n    ws = MagicMock()\n    ws.user_id = 1\n"
    violation = only(check_unchanged(tmp_path, code, factory=factory), Applicability.MANUAL)
    assert violation.reason == "create_websocket_mock needs token, which the block does not set"


def test_what_the_block_sets_is_the_argument_that_must_be_given(tmp_path: Path) -> None:
    factory = "from unittest.mock import MagicMock\n\n\nclass SSotMockFactory:\n    def create_websocket_mock(user_id):\n        ws = MagicMock()\n        ws.user_id = user_id\n        return ws\n"
    before = "from unittest.mock import MagicMock\n\n\ndef test_it():\n    ws = MagicMock(user_id=1)\n    assert ws\n"
    after = "from test_framework.ssot.mock_factory import SSotMockFactory\n\n\ndef test_it():\n    ws = SSotMockFactory.create_websocket_mock(user_id=1)\n    assert ws\n"
    check_rewritten(tmp_path, before, after, factory=factory)


def test_a_product_that_is_no_mock(tmp_path: Path) -> None:
    factory = "import os\n\n\nclass SSotMockFactory:\n    def create_websocket_mock():\n        return os.environ\n"
    code = HEAD + "\ndef test_it():\n    ws = MagicMock()\n"
    violation = only(
        check_unchanged(tmp_path, code, factory=factory, unsafe=True), Applicability.MANUAL
    )
    assert violation.reason == "create_websocket_mock returns no mock"
    assert violation.differences == ()


def test_rules_that_are_not_selected_are_not_told(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write(
        "tests/test_it.py",
        HEAD
        + "\ndef test_it():\n    ws = MagicMock()\n    x = MagicMock()\n    agent = AsyncMock()\n",
    )
    assert [v.rule for v in project.run(select=("websocket",)).violations] == ["websocket"]
    assert [v.rule for v in project.run(ignore=("websocket", "generic")).violations] == ["agent"]
    assert [
        v.rule for v in project.run(select=("websocket",), ignore=("websocket",)).violations
    ] == []


# reach


def test_a_fixtures_mock_is_touched_by_those_who_take_it(tmp_path: Path) -> None:
    code = """
        import pytest

        @pytest.fixture(name="socket")
        def make():
            ws = MagicMock()
            yield ws

        @pytest.fixture
        def nested(socket):
            return socket

        def test_it(nested):
            assert nested.user_id != "test-user"
    """
    (violation,) = found(tmp_path, code)
    assert told(violation) == [
        ("user_id", "user_id was MagicMock, the factory gives a preset value")
    ]
    assert violation.differences[0].line == 15


def test_getfixturevalue_loses_a_fixture(tmp_path: Path) -> None:
    code = """
        import pytest

        @pytest.fixture
        def ws():
            ws = MagicMock()
            return ws

        def test_it(request):
            assert request.getfixturevalue("ws")
    """
    (violation,) = found(tmp_path, code)
    assert violation.differences == (
        Difference(
            "", "its reach cannot be followed: a fixture is asked for by getfixturevalue", 11
        ),
    )


@pytest.mark.parametrize(
    "touch", ["await made.close()", "made.headers.get.assert_not_called()", "made"]
)
def test_a_helpers_mock_is_safe_where_its_callers_are(tmp_path: Path, touch: str) -> None:
    code = f"""
        def make():
            ws = MagicMock()
            ws.close = AsyncMock()
            return ws

        async def test_it():
            made = make()
            {touch}
    """
    (violation,) = found(tmp_path, code)
    assert violation.applicability is Applicability.SAFE


def test_a_helper_that_is_handed_on_is_lost(tmp_path: Path) -> None:
    code = """
        def make():
            ws = MagicMock()
            return ws

        async def test_it():
            use(make)
    """
    (violation,) = found(tmp_path, code)
    assert told(violation) == [
        ("", "its reach cannot be followed: make is passed on without being called")
    ]


# products that would share an id


def test_mocks_that_set_different_ids_share_none(tmp_path: Path) -> None:
    code = """
        def test_it():
            ws = MagicMock()
            ws.user_id = "a"
            other_ws = MagicMock()
            other_ws.connection_id = "b"
            third_ws = MagicMock()
            third_ws.configure_mock(user_id="a", connection_id="b")
    """
    first, second, third = found(tmp_path, code)
    assert told(first) == told(second) == told(third) == []


def test_two_mocks_that_set_no_id(tmp_path: Path) -> None:
    code = """
        def test_it():
            ws = MagicMock()
            ws.user_id = "a"
            other_ws = MagicMock(user_id="b")

        def test_other():
            ws = MagicMock()
    """
    first, second, other = found(tmp_path, code)
    assert told(first) == told(second) == [shared("connection_id")]
    assert other.applicability is Applicability.SAFE
    before, after = (
        "ws = MagicMock()\n    other_ws = MagicMock()\n",
        "assert ws.user_id != other_ws.user_id",
    )
    source = f"{HEAD}\n\ndef test_it():\n    {before}    {after}\n"
    run_tests(source)
    with real_factory(), pytest.raises(AssertionError):
        run_tests(
            source.replace("MagicMock()", "SSotMockFactory.create_websocket_mock()")
            + "\n\nfrom test_framework.ssot.mock_factory import SSotMockFactory\n"
        )


def test_mocks_of_different_families_share_nothing(tmp_path: Path) -> None:
    code = "\ndef test_it():\n    ws = MagicMock()\n    agent = AsyncMock()\n    db_session = AsyncMock()\n"
    assert {v.applicability for v in found(tmp_path, code)} == {Applicability.SAFE}


def test_a_loop_makes_several(tmp_path: Path) -> None:
    code = "\ndef test_it():\n    for name in 'ab':\n        ws = MagicMock()\n        ws.user_id = name\n"
    (violation,) = found(tmp_path, code)
    assert told(violation) == [shared("connection_id")]


def test_a_helper_that_is_called_twice_in_one_test(tmp_path: Path) -> None:
    helper = "\ndef make(name):\n    ws = MagicMock()\n    ws.user_id = name\n    return ws\n"
    twice = f"{helper}\ndef test_it():\n    assert make('a') is not make('b')\n"
    (violation,) = found(tmp_path, twice)
    assert told(violation) == [shared("connection_id")]
    looped = f"{helper}\ndef test_it():\n    return [make(name) for name in 'ab']\n"
    (violation,) = found(tmp_path, looped)
    assert shared("connection_id") in told(violation)
    apart = f"{helper}\ndef test_it():\n    assert make('a')\n\ndef test_other():\n    assert make('b')\n"
    (violation,) = found(tmp_path, apart)
    assert violation.applicability is Applicability.SAFE


def test_a_product_beside_it(tmp_path: Path) -> None:
    code = """
        from test_framework.ssot.mock_factory import SSotMockFactory

        def test_it():
            ws = MagicMock()
            ws.user_id = "a"
            other = SSotMockFactory.create_websocket_mock(connection_id="b")
            agent = SSotMockFactory.create_agent_mock()

        def test_other():
            ws = MagicMock()
            agent = SSotMockFactory.create_agent_mock()
    """
    beside, alone = found(tmp_path, code)
    assert told(beside) == [("", "a product of the factory stands beside it, to compare perhaps")]
    assert alone.applicability is Applicability.SAFE


def test_a_product_beside_it_that_would_have_the_same_id(tmp_path: Path) -> None:
    code = """
        from test_framework.ssot.mock_factory import SSotMockFactory

        def test_it():
            ws = MagicMock()
            other = SSotMockFactory.create_websocket_mock(user_id="b")
    """
    (violation,) = found(tmp_path, code)
    assert shared("connection_id") in told(violation)
    assert shared("user_id") not in told(violation)


def test_a_refused_block_shares_nothing(tmp_path: Path) -> None:
    code = "\ndef test_it():\n    ws = MagicMock()\n    other_ws = MagicMock(spec=[])\n"
    safe, manual = found(tmp_path, code)
    assert (safe.applicability, safe.differences) == (Applicability.SAFE, ())
    assert (manual.applicability, manual.differences) == (Applicability.MANUAL, ())


def test_ids_of_a_class_and_the_tests_that_use_it(tmp_path: Path) -> None:
    code = """
        class TestIt:
            def setup_method(self):
                self.ws = MagicMock()

            def test_it(self):
                other = self.ws
                self.other_ws = MagicMock()
    """
    first, second = found(tmp_path, code)
    assert shared("user_id") in told(first)
    assert shared("user_id") in told(second)


def test_the_factory_is_read_from_its_source_alone(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    factory = FACTORY + f"\nopen({str(marker)!r}, 'w')\n".encode()
    before = "from unittest.mock import MagicMock\n\n\ndef test_it():\n    ws = MagicMock()\n    assert ws\n"
    after = "from test_framework.ssot.mock_factory import SSotMockFactory\n\n\ndef test_it():\n    ws = SSotMockFactory.create_websocket_mock()\n    assert ws\n"
    check_rewritten(tmp_path, before, after, factory=factory)
    assert not marker.exists()
