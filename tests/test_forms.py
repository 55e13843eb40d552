"""Creations without a name of their own, or with several: rewritten where they stand, and run on both sides."""

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from ssot_migrate.model import Applicability
from tests.running import real_factory, run_tests
from tests.support import Project, check_rewritten, check_unchanged

pytestmark = pytest.mark.usefixtures("collected")

MOCKS = "from unittest.mock import AsyncMock, MagicMock, patch"
FACTORY = "from test_framework.ssot.mock_factory import SSotMockFactory"
REST = """
import contextlib

import app
import pytest

KINDS = (AsyncMock, MagicMock, patch)


class Service:
    def __init__(self, websocket=None, agent=None):
        self.websocket = websocket
        self.agents = {"main": agent}

    def register_agent(self, name, agent):
        self.agents[name] = agent

    def current(self):
        return self.websocket


"""
#: What stands in a form's text for a creation and its replacement.
CREATIONS = {
    "<ws>": ("MagicMock()", "SSotMockFactory.create_websocket_mock()"),
    "<agent>": ("AsyncMock()", "SSotMockFactory.create_agent_mock()"),
    "<db>": ("AsyncMock()", "SSotMockFactory.create_database_session_mock()"),
}
SAFE = {
    "what a helper returns": """
        def make_websocket():
            return <ws>


        def test_it():
            ws = make_websocket()
            ws.send_bytes("x")
            ws.send_bytes.assert_called_once_with("x")
        """,
    "what a fixture yields": """
        @pytest.fixture
        def db_session():
            yield <db>


        async def test_it(db_session):
            await db_session.commit()
            db_session.commit.assert_awaited_once()
        """,
    "an argument by its keyword": """
        async def test_it():
            service = Service(websocket=<ws>)
            assert service.websocket.close.call_count == 0
        """,
    "an argument by its position": """
        async def test_it():
            service = Service()
            service.register_agent("a", <agent>)
            await service.agents["a"].run()
            service.agents["a"].run.assert_awaited_once()
        """,
    "two arguments on a line": """
        async def test_it():
            service = Service(websocket=<ws>, agent=<agent>)
            await service.agents["main"].run()
            service.current().close.assert_not_called()
        """,
    "two arguments over lines": """
        async def test_it():
            service = Service(
                websocket=<ws>,  # connected
                agent=<agent>,
            )
            assert service.current() is service.websocket
        """,
    "values of a dict": """
        def test_it():
            mocks = {"websocket": <ws>, "agent": <agent>}
            assert mocks["agent"].agent_id is not mocks["websocket"].headers
        """,
    "an item that is stored": """
        def test_it():
            mocks = {}
            mocks["websocket"] = <ws>
            mocks["websocket"].path = "/chat"
            assert mocks.get("websocket").path == "/chat"
        """,
    "both arms of a condition": """
        def test_it():
            agent = None if KINDS == () else <agent>
            agent.version = 2
            assert agent.version == 2
        """,
    "a name inside an expression": """
        def test_it():
            if (websocket := <ws>) is not None:
                assert websocket.path is websocket.path
        """,
    "several names": """
        def test_it():
            websocket = given = <ws>
            given.path = "/chat"
            assert websocket.path == "/chat"
        """,
    "a name and an attribute": """
        def test_it():
            service = Service()
            service.websocket = websocket = <ws>
            websocket.path = "/chat"
            assert service.websocket.path == "/chat"
        """,
    "an attribute of an object": """
        async def test_it():
            service = Service()
            service.websocket = <ws>
            service.websocket.path = "/chat"
            assert service.current().path == "/chat"
        """,
    "an attribute of the test": """
        class TestIt:
            def setup_method(self):
                self.service = Service(websocket=<ws>)

            def test_it(self):
                assert self.service.websocket.path.call_count == 0
        """,
    "what a patch puts in": """
        def test_it():
            with patch("app.websocket", new=<ws>):
                assert app.websocket.path.called is False
        """,
    "a decorator's patch": """
        @patch("app.websocket", new=<ws>)
        def test_it():
            assert app.websocket.path.called is False
        """,
    "what a base is given": """
        class Chat(Service):
            def __init__(self):
                super().__init__(websocket=<ws>)


        def test_it():
            assert Chat().current().path.called is False
        """,
}


#: Statements that outgrow their line, as they stand afterwards.
BROKEN = {
    "service = Service(websocket=<ws>, agent=<agent>)": (
        "service = Service(\n        websocket=<ws>,\n        agent=<agent>,\n    )"
    ),
    'mocks = {"websocket": <ws>, "agent": <agent>}': (
        'mocks = {\n        "websocket": <ws>,\n        "agent": <agent>,\n    }'
    ),
}


def _sides(form: str) -> tuple[str, str]:
    """Write a form with its creations, and with what replaces them."""
    texts = [f"{MOCKS}\n{REST}{dedent(form).strip()}\n", ""]
    texts[1] = texts[0].replace("import pytest\n", f"import pytest\n\n{FACTORY}\n")
    for flat, broken in BROKEN.items():
        texts[1] = texts[1].replace(flat, broken)
    for mark, sides in CREATIONS.items():
        texts = [text.replace(mark, side) for text, side in zip(texts, sides, strict=True)]
    return texts[0], texts[1]


@pytest.fixture(autouse=True)
def app(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the tests something to patch."""
    import sys
    from types import ModuleType

    module = ModuleType("app")
    module.websocket = None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "app", module)


@pytest.mark.parametrize("form", SAFE)
def test_a_form_is_rewritten_where_it_stands(tmp_path: Path, form: str) -> None:
    before, after = _sides(SAFE[form])
    check_rewritten(tmp_path, before, after)
    with real_factory():
        assert run_tests(before) == run_tests(after) != []


#: What a keyword, a default or another base makes of an argument's creation.
ARGUMENTS = {
    "a keyword that the factory has": (
        'Service(websocket=MagicMock(user_id="u"))',
        'Service(websocket=SSotMockFactory.create_websocket_mock(user_id="u"))',
    ),
    "two in a line": (
        'Service(websocket=MagicMock(user_id="u"), agent=AsyncMock(agent_type="a"))',
        'Service(websocket=SSotMockFactory.create_websocket_mock(user_id="u"), agent=SSotMockFactory.create_agent_mock(agent_type="a"))',
    ),
}


@pytest.mark.parametrize(
    "form", ["return {}", "thing = [{}]\n    return thing[0]", "return ({}, 1)[0]"]
)
@pytest.mark.parametrize("case", ARGUMENTS)
def test_arguments_move_within_any_statement(tmp_path: Path, case: str, form: str) -> None:
    text = "def make():\n    {}\n\n\ndef test_it():\n    assert make().current().user_id == 'u'\n"
    old, new = (text.format(form.format(side)) for side in ARGUMENTS[case])
    before = f"{MOCKS}\n{REST}{old}"
    project = Project(tmp_path)
    project.write("tests/test_it.py", before)
    after = project.rewrite("tests/test_it.py").decode()
    assert ast.unparse(ast.parse(after)).endswith(ast.unparse(ast.parse(new)))
    with real_factory():
        assert run_tests(before) == run_tests(after) == ["test_it"]


#: The same forms where the factory's ``user_id`` would be seen.
SEEN = {
    "what keeps it": "service = Service(websocket=MagicMock())\nseen = service.websocket",
    "what gives it back": "seen = Service(websocket=MagicMock()).current()",
    "what is registered": 'service = Service()\nservice.register_agent("a", MagicMock())\nseen = service.agents["a"]',
    "a dict": 'mocks = {"websocket": MagicMock()}\nseen = {**mocks}["websocket"]',
    "a dict that is unpacked": 'mocks = {"websocket": MagicMock()}\nseen = Service(**mocks).websocket',
    "a dict's values": 'mocks = {"websocket": MagicMock()}\nseen, *_ = mocks.values()',
    "an item": 'mocks = {}\nmocks["websocket"] = MagicMock()\nseen = mocks.popitem()[1]',
    "the second name": "websocket = seen = MagicMock()",
    "an attribute": "service = Service()\nservice.websocket = MagicMock()\nseen = service.current()",
    "an attribute by its name": 'service = Service()\nsetattr(service, "websocket", MagicMock())\nseen = service.current()',
    "a copy of the object's name": "service = Service()\nother = service\nservice.websocket = MagicMock()\nseen = other.websocket",
    "its class": "class Holder:\n    ws = MagicMock()\n\n    def get(self):\n        return type(self).ws\nseen = Holder().get()",
    "a static method": "class Holder:\n    @staticmethod\n    def get(service):\n        return service.websocket\nservice = Service()\nservice.websocket = MagicMock()\nseen = Holder.get(service)",
    "a patched function": 'with patch.object(app, "websocket", return_value=MagicMock()) as given:\n    seen = given.return_value',
    "its holder's other name": "service = other = Service()\nservice.websocket = 5\nservice.websocket = MagicMock()\nservice.websocket.connection_id = other.websocket\nseen = other.websocket",
    "a patch": 'with patch("app.websocket", MagicMock()):\n    seen = app.websocket',
    "a patch's name": 'with patch.object(app, "websocket", MagicMock()) as seen:\n    pass',
}


@pytest.mark.parametrize("form", SEEN)
def test_what_is_seen_by_another_way_is_a_difference(tmp_path: Path, form: str) -> None:
    lines = [*SEEN[form].splitlines(), "assert seen.user_id != 'test-user'"]
    code = "\n".join([f"{MOCKS}\n{REST}def test_it():", *(f"    {line}" for line in lines), ""])
    project = Project(tmp_path)
    project.write("tests/test_it.py", code)
    report = project.run()
    found = [v for v in report.violations if v.line > REST.count("\n")]
    assert {v.applicability for v in found if v.rule != "generic"} <= {Applicability.UNSAFE}
    assert report.changes == ()
    with real_factory():
        assert run_tests(code) == ["test_it"]


#: Creations inside larger statements whose replacement would outgrow its line.
LONG = {
    "an item of a dict over lines": (
        """
        use(
            {
                "websocket": MagicMock(user_id="a very long user id for this one user"),
            },
        )
        """,
        """
        use(
            {
                "websocket": SSotMockFactory.create_websocket_mock(
                    user_id="a very long user id for this one user",
                ),
            },
        )
        """,
    ),
    "a creation over lines": (
        """
        with use(
            agent=AsyncMock(
                agent_type="a type that is long", execution_time=1
            ),
        ):
            pass
        """,
        None,
    ),
    "what has no arguments stays as long as it is": (
        """
        if use_something_with_a_long_name_indeed(and_a_keyword=1, websocket=MagicMock()):
            pass
        """,
        """
        if use_something_with_a_long_name_indeed(and_a_keyword=1, websocket=SSotMockFactory.create_websocket_mock()):
            pass
        """,
    ),
}


@pytest.mark.parametrize("form", LONG)
def test_what_outgrows_its_line_is_laid_out_where_it_stands(tmp_path: Path, form: str) -> None:
    old, new = LONG[form]
    head = "from unittest.mock import AsyncMock, MagicMock\n\nKINDS = (AsyncMock, MagicMock)\n"
    factory = head.replace("\n\nKINDS", f"\n\n{FACTORY}\n\nKINDS")
    if new is None:
        check_unchanged(tmp_path, head + dedent(old).lstrip())
    else:
        check_rewritten(
            tmp_path, head + dedent(old).lstrip(), factory + dedent(new).lstrip(), unsafe=True
        )


def test_a_comment_inside_costs_that_creation_only(tmp_path: Path) -> None:
    code = (
        f"{MOCKS}\n{REST}def test_it():\n    use(agent=AsyncMock(  # why\n        name2=1,\n    ))\n"
        "    use(agent=AsyncMock())\n"
    )
    project = Project(tmp_path)
    project.write("tests/test_it.py", code)
    report = project.run()
    assert report.all_failures == ()
    reasons = [v.reason for v in report.violations if v.rule == "agent"]
    assert reasons == ["a comment stands inside it; move it out", None]
