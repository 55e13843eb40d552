"""What becomes of a mock's spec, where the factory takes one."""

import ast
from pathlib import Path
from textwrap import dedent, indent

import pytest

from ssot_migrate.contracts import shipped
from ssot_migrate.contracts.contract import Factory
from ssot_migrate.model import Applicability, Report
from ssot_migrate.shapes.shape import Contract, SpecParameter
from tests.support import Project, check_rewritten, check_unchanged, only, violations

OPEN = shipped.source()
IMPORT = "from test_framework.ssot.mock_factory import SSotMockFactory"
HEAD = "from unittest.mock import AsyncMock, MagicMock, Mock\n\nfrom fastapi import WebSocket\n"


def contract(body: str) -> Contract:
    """Read a method that takes a spec; ``keep`` takes off a product what the spec lacks."""
    code = f"""
from unittest.mock import AsyncMock, MagicMock

def keep(mock, spec):
    for name in list(vars(mock)):
        if not hasattr(spec, name):
            delattr(mock, name)

class F:
    @staticmethod
    def make(spec=None, **attributes):
{indent(dedent(body), "        ")}
"""
    found = Factory("f", "F", ast.parse(code)).contract("make")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("m = MagicMock(spec=spec)\nm.a = 1\nreturn m", SpecParameter("spec", keeps=False)),
        (
            "m = MagicMock(spec=spec)\nm.a = AsyncMock()\nif spec:\n    keep(m, spec)\nreturn m",
            SpecParameter("spec", keeps=True),
        ),
        # Reading through a spec is an error where the spec lacks the name.
        ("m = MagicMock(spec=spec)\nm.a.b = 1\nreturn m", None),
        ("m = MagicMock(spec=spec)\nm.__aenter__ = AsyncMock()\nreturn m", None),
        # What it has set itself it may go on to configure.
        (
            "m = MagicMock(spec=spec)\nm.a = AsyncMock()\nm.a.return_value = 1\nreturn m",
            SpecParameter("spec", keeps=False),
        ),
        (
            "m = MagicMock(spec=spec)\nif spec is None or hasattr(spec, 'a'):\n    m.a.b = 1\nreturn m",
            SpecParameter("spec", keeps=False, unsettled=frozenset({"a"})),
        ),
        (
            "m = MagicMock(spec=spec)\nm.a = AsyncMock() if spec is None else MagicMock()\nreturn m",
            SpecParameter("spec", keeps=False, unsettled=frozenset({"a"})),
        ),
        ("m = MagicMock()\nm.spec = spec\nreturn m", None),
        ("m = MagicMock()\nm.child = MagicMock(spec=spec)\nreturn m", None),
        ("return spec", None),
    ],
)
def test_the_parameter_for_the_spec_is_found_by_a_probe(
    body: str, expected: SpecParameter | None
) -> None:
    assert contract(body).spec == expected


def test_a_product_is_not_made_unreadable_by_what_keeps_it_to_a_spec() -> None:
    found = Factory("f", "SSotMockFactory", ast.parse(OPEN)).contract("create_websocket_mock")
    assert found is not None
    assert found.spec == SpecParameter("spec", keeps=True)
    assert getattr(found.product, "rest", "no mock") is None
    assert found.open_keywords
    assert found.dotted_keywords


@pytest.mark.parametrize(
    ("body", "dotted"),
    [
        ("m = MagicMock()\nm.configure_mock(**attributes)\nreturn m", True),
        ("return MagicMock(**attributes)", True),
        ("m = MagicMock()\nfor n, v in attributes.items():\n    setattr(m, n, v)\nreturn m", False),
        ("return MagicMock()", False),
    ],
)
def test_dotted_keywords_are_taken_where_configure_mock_gets_them(body: str, dotted: bool) -> None:  # noqa: FBT001
    assert contract(body).dotted_keywords is dotted


def run(folder: Path, body: str, *, head: str = HEAD, factory: bytes = OPEN) -> Report:
    project = Project(folder, factory)
    code = f"{head}\n\nasync def test_it():\n{indent(dedent(body), '    ')}\n"
    project.write("tests/test_it.py", code.encode())
    report = project.run()
    assert report.all_failures == ()
    return report


def after(report: Report) -> list[str]:
    """Give the lines of the rewritten test."""
    (change,) = report.changes
    return [
        line.strip() for line in change.after.decode().partition("def test_it():\n")[2].split("\n")
    ]


CALL = "ws = SSotMockFactory.create_websocket_mock({})"


def test_a_spec_goes_to_the_factory(tmp_path: Path) -> None:
    check_rewritten(
        tmp_path,
        """
        from unittest.mock import MagicMock

        from fastapi import WebSocket


        async def test_it():
            ws = MagicMock(spec=WebSocket)
            ws.user_id = "u1"
            ws.receive_json.return_value = {"type": "ping"}
            await serve(ws)
            ws.send_text.assert_awaited_once_with("pong")
            assert isinstance(ws, WebSocket)
        """,
        """
        from fastapi import WebSocket

        from test_framework.ssot.mock_factory import SSotMockFactory


        async def test_it():
            ws = SSotMockFactory.create_websocket_mock(user_id="u1", spec=WebSocket)
            ws.receive_json.return_value = {"type": "ping"}
            await serve(ws)
            ws.send_text.assert_awaited_once_with("pong")
            assert isinstance(ws, WebSocket)
        """,
        factory=OPEN,
    )


@pytest.mark.parametrize(
    "creation",
    [
        "MagicMock(spec=WebSocket)",
        "MagicMock(WebSocket)",
        "MagicMock(spec=WebSocket, user_id='u')",
    ],
)
def test_a_creation_with_a_spec_is_safe(tmp_path: Path, creation: str) -> None:
    report = run(tmp_path, f"ws = {creation}\nawait serve(ws)\nawait ws.close()")
    only(report, Applicability.SAFE)
    given = "user_id='u', spec=WebSocket" if "user_id" in creation else "spec=WebSocket"
    assert after(report)[0] == CALL.format(given)


def test_a_spec_of_a_creation_inside_an_expression_goes_along(tmp_path: Path) -> None:
    report = run(tmp_path, "serve(websocket=MagicMock(spec=WebSocket))")
    assert after(report)[0] == (
        "serve(websocket=SSotMockFactory.create_websocket_mock(spec=WebSocket))"
    )


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        # It may be missing from the class, or sync there: the factory would give something else.
        ("ws.send_text = AsyncMock()", ["ws.send_text = AsyncMock()"]),
        # The factory refuses a keyword that the class lacks; a statement may set anything.
        ("ws.headers = {}", ["ws.headers = {}"]),
        # A name may stand for a mock, which the factory takes off again.
        ("ws.user_id = somebody", ["ws.user_id = somebody"]),
        # The class has what is read through it, so the factory takes the keyword.
        (
            "ws.receive_json.return_value = 1\nws.receive_text.return_value = 2",
            [],
        ),
        # What the block set itself says nothing of the class.
        (
            "ws.headers = MagicMock()\nws.headers.get = 1",
            ["ws.headers = MagicMock()", "ws.headers.get = 1"],
        ),
    ],
)
def test_a_statement_goes_where_the_class_surely_has_the_name(
    tmp_path: Path, before: str, kept: list[str]
) -> None:
    report = run(tmp_path, f"ws = MagicMock(spec=WebSocket)\n{before}\nserve(ws)")
    only(report, Applicability.SAFE)
    lines = after(report)
    assert lines[lines.index("serve(ws)") - len(kept) : -1] == [*kept, "serve(ws)"]
    assert ("spec=WebSocket" in lines[0]) or lines[1] == "spec=WebSocket,"


@pytest.mark.parametrize(
    "touch",
    [
        "await ws.send_text('x')",
        "ws.send_text('x')",
        "ws.send_text.assert_awaited_once()",
        "seen = hasattr(ws, 'send_text')",
        "seen = ws.headers",
        "seen = ws.application_state is None",
        "seen = isinstance(ws, WebSocket)",
        "seen = ws.method_calls",
        "seen = await ws.receive_json()",
        "with pytest.raises(AttributeError):\n    ws.nonsense",
        "ws.foo = 1",
    ],
)
def test_what_the_spec_decides_on_both_sides_is_safe(tmp_path: Path, touch: str) -> None:
    only(run(tmp_path, f"ws = MagicMock(spec=WebSocket)\n{touch}"), Applicability.SAFE)


@pytest.mark.parametrize(
    ("touch", "path"),
    [
        # Values stay under a spec, whether the class has them or not.
        ("seen = ws.user_id", "user_id"),
        ("seen = hasattr(ws, 'user_id')", "user_id"),
        # What the factory presets is there where the class has the name.
        ("seen = ws.client_state.CONNECTED", "client_state.CONNECTED"),
        # Once taken off, it cannot be deleted.
        ("del ws.send_text", "send_text"),
        ("serve(ws)\ndel ws.send_text", "send_text"),
        ("serve(ws)\ndelattr(ws, 'send_text')", "send_text"),
        ("seen = dir(ws)", ""),
        ("seen = [name for name in NAMES if hasattr(ws, name)]", ""),
    ],
)
def test_what_the_factory_adds_to_a_spec_is_a_difference(
    tmp_path: Path, touch: str, path: str
) -> None:
    report = run(tmp_path, f"ws = MagicMock(spec=WebSocket)\n{touch}")
    assert [d.path for d in only(report, Applicability.UNSAFE).differences] == [path]


def test_a_preset_result_is_there_where_the_class_has_the_method_alike(tmp_path: Path) -> None:
    head = HEAD + "from sqlalchemy.ext.asyncio import AsyncSession\n"
    body = "session = AsyncMock(spec=AsyncSession)\n{}\nawait session.commit()"
    report = run(tmp_path, body.format("rows = (await session.execute(1)).rows"), head=head)
    (difference,) = only(report, Applicability.UNSAFE).differences
    assert difference.path == "execute().rows"
    only(run(tmp_path, body.format("await session.execute(1)"), head=head), Applicability.SAFE)


@pytest.mark.parametrize(
    ("creation", "head"),
    [
        ("MagicMock(spec_set=WebSocket)", HEAD),
        ("MagicMock(spec=load())", HEAD),
        ("MagicMock(spec=WebSocket)", HEAD + "WebSocket = WebSocket or None\n"),
    ],
)
def test_another_spec_is_dropped_and_said_so(tmp_path: Path, creation: str, head: str) -> None:
    report = run(tmp_path, f"websocket = {creation}\nserve(websocket)", head=head)
    found = [d for v in violations(report, "websocket") for d in v.differences]
    assert [d.message for d in found] == [
        "its spec is dropped: attributes that the class lacks are no error now"
    ]
    assert found[0].remedy == "give create_websocket_mock its class by name, as spec="


def test_a_class_of_the_module_is_a_spec(tmp_path: Path) -> None:
    head = "from unittest.mock import MagicMock\n\n\nclass WebSocket:\n    pass\n"
    report = run(tmp_path, "ws = MagicMock(spec=WebSocket)\nserve(ws)", head=head)
    assert after(report)[0] == CALL.format("spec=WebSocket")


def test_on_another_base_the_spec_still_decides_for_the_methods(tmp_path: Path) -> None:
    body = "ws = AsyncMock(spec=WebSocket)\nawait ws.send_text('x')\nws.url_for('x')"
    (difference,) = only(run(tmp_path, body), Applicability.UNSAFE).differences
    assert difference.path == ""
    assert difference.message.startswith("AsyncMock becomes MagicMock: its methods are as its spec")


def test_a_wider_base_has_the_protocols_of_the_spec(tmp_path: Path) -> None:
    """``WebSocket`` is a mapping: ``bool(MagicMock(spec=WebSocket))`` is false, of a Mock true."""
    report = run(tmp_path, "ws = Mock(spec=WebSocket)\nserve(ws)")
    (difference,) = only(report, Applicability.UNSAFE).differences
    assert difference.message == (
        "Mock becomes MagicMock: it has the spec's protocols now, and with a __len__ among them it"
        " is false"
    )


PLAIN = b"""
from unittest.mock import AsyncMock, MagicMock


class SSotMockFactory:
    @staticmethod
    def create_websocket_mock(user_id="u", spec=None):
        ws = MagicMock(spec=spec)
        ws.user_id = user_id
        ws.send_text = AsyncMock()
        ws._task = MagicMock()
        return ws
"""


def test_a_factory_that_sets_methods_whatever_the_spec_has_differs_there(tmp_path: Path) -> None:
    body = "ws = MagicMock(spec=WebSocket)\n{}"
    only(run(tmp_path, body.format("await ws.close()"), factory=PLAIN), Applicability.SAFE)
    report = run(tmp_path, body.format("await ws.send_text('x')"), factory=PLAIN)
    assert {d.path for d in only(report, Applicability.UNSAFE).differences} == {"send_text"}


def test_a_list_for_a_spec_is_refused_as_before(tmp_path: Path) -> None:
    code = 'from unittest.mock import MagicMock\n\n\ndef test_it():\n    ws = MagicMock(spec=["a"])\n    serve(ws)\n'
    violation = only(check_unchanged(tmp_path, code, factory=OPEN), Applicability.MANUAL)
    assert violation.reason is not None
