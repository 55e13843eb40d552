"""What of a block goes into one call of a factory that takes further keywords."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from ssot_migrate.contracts import shipped
from tests.support import Project

OPEN = shipped.source()
HEAD = "from unittest.mock import AsyncMock, MagicMock\n\n\ndef test_it():\n"


def rewritten(folder: Path, body: str, factory: bytes = OPEN) -> str:
    """Rewrite a test whatever differs, and give its body without the last line."""
    project = Project(folder, factory)
    path = project.write("tests/test_it.py", (HEAD + indent(f"{body}\nrun(ws)", "    ")).encode())
    after = project.rewrite("tests/test_it.py", unsafe=True)
    path.write_bytes(after)
    assert project.run(unsafe=True).changes == ()
    return dedent(after.decode().partition("def test_it():\n")[2]).removesuffix("\nrun(ws)")


CALL = "ws = SSotMockFactory.create_websocket_mock"
#: A value that fills its line, where a statement holds it.
LONG = '"' + "x" * 60 + '"'


@pytest.mark.parametrize(
    ("body", "after"),
    [
        # A child of a kind of its own is a keyword.
        (
            "ws = MagicMock()\nws.receive_text = AsyncMock(return_value='hi')",
            f"{CALL}(\n    receive_text=AsyncMock(return_value='hi'),\n)",
        ),
        # Two statements that each set something on a child.
        (
            "ws = MagicMock()\nws.scope.return_value = 1\nws.app.side_effect = [2]",
            f'{CALL}(\n    **{{"scope.return_value": 1, "app.side_effect": [2]}},\n)',
        ),
        # With names first, whatever the order was.
        (
            "ws = MagicMock()\nws.scope.return_value = 1\nws.app.x = 2\nws.url = AsyncMock()\nws.user_id = 'u'",
            f"{CALL}(\n    user_id='u',\n    url=AsyncMock(),\n    {{}},\n)".replace(
                "{}", '**{"scope.return_value": 1, "app.x": 2}'
            ),
        ),
        # One alone reads better as the statement that it was.
        (
            "ws = MagicMock()\nws.user_id = 'u'\nws.scope.return_value = 1",
            f"{CALL}(user_id='u')\nws.scope.return_value = 1",
        ),
        # What was a keyword stays one.
        (
            "ws = MagicMock(**{'scope.return_value': 1})",
            f'{CALL}(**{{"scope.return_value": 1}})',
        ),
        # Deep below the mock, too.
        (
            "ws = MagicMock(**{'a.b.c.return_value': 1})",
            f'{CALL}(**{{"a.b.c.return_value": 1}})',
        ),
        ("ws = MagicMock(url=AsyncMock())", f"{CALL}(url=AsyncMock())"),
        # Statements that go deep read better as they are.
        (
            "ws = MagicMock()\nws.a.b.c = 1\nws.d.e = 2",
            f"{CALL}()\nws.a.b.c = 1\nws.d.e = 2",
        ),
        # Something else has to stay, so everything does.
        (
            "ws = MagicMock()\nws.a.b = 1\nws.d.e = 2\nws.f['k'] = 3",
            f"{CALL}()\nws.a.b = 1\nws.d.e = 2\nws.f['k'] = 3",
        ),
        (
            "ws = MagicMock()\nws.a.b = 1\nws.name.e = 2\nws.name = 3",
            f"{CALL}()\nws.a.b = 1\nws.name.e = 2\nws.name = 3",
        ),
        # The second would be set first.
        (
            "ws = MagicMock()\nws.a.b = 1\nws.a = MagicMock()",
            f"{CALL}()\nws.a.b = 1\nws.a = MagicMock()",
        ),
        # A name in a value that is bound on the way.
        (
            "ws = MagicMock()\nlocal = 1\nws.a.b = local\nws.c.d = local",
            f"{CALL}()\nlocal = 1\nws.a.b = local\nws.c.d = local",
        ),
        # Calls run in the order of the text: the second would run first.
        (
            "ws = MagicMock()\nws.a.b = one()\nws.c.d = 1\nws.e = MagicMock(x=two())",
            f"{CALL}()\nws.a.b = one()\nws.c.d = 1\nws.e = MagicMock(x=two())",
        ),
        (
            "ws = MagicMock()\nws.e = MagicMock(x=one())\nws.a.b = two()\nws.c.d = 1",
            f'{CALL}(\n    e=MagicMock(x=one()),\n    **{{"a.b": two(), "c.d": 1}},\n)',
        ),
        # A comment has no place inside.
        (
            "ws = MagicMock()\nws.a.b = 1  # why\nws.c.d = 2",
            f"{CALL}()\nws.a.b = 1  # why\nws.c.d = 2",
        ),
        # A line would be too long.
        (
            f"ws = MagicMock()\nws.attribute.b = {LONG}\nws.c.d = 2",
            f"{CALL}()\nws.attribute.b = {LONG}\nws.c.d = 2",
        ),
        # A protocol is no keyword to read.
        (
            "ws = MagicMock()\nws.__len__.return_value = 1\nws.c.d = 2",
            f"{CALL}()\nws.__len__.return_value = 1\nws.c.d = 2",
        ),
        (
            "ws = MagicMock()\nws.x = AsyncMock()\ndel ws.y",
            f"{CALL}()\nws.x = AsyncMock()\ndel ws.y",
        ),
    ],
)
def test_a_block_becomes_one_call_where_that_reads_well(
    tmp_path: Path, body: str, after: str
) -> None:
    assert rewritten(tmp_path, body) == after


def test_more_than_a_few_statements_stay_statements(tmp_path: Path) -> None:
    few = [f"ws.{name}.return_value = 1" for name in "abcdef"]
    joined = "\n".join(["ws = MagicMock()", *few])
    assert rewritten(tmp_path, joined).count('.return_value": 1') == len(few)
    more = f"{joined}\nws.g.return_value = 1"
    assert rewritten(tmp_path, more) == more.replace("ws = MagicMock()", f"{CALL}()")


def test_a_factory_that_sets_attributes_by_name_takes_no_dotted_ones(tmp_path: Path) -> None:
    factory = b"""
from unittest.mock import MagicMock


class SSotMockFactory:
    @staticmethod
    def create_websocket_mock(**attributes):
        ws = MagicMock()
        for name, value in attributes.items():
            setattr(ws, name, value)
        return ws
"""
    body = "ws = MagicMock()\nws.a = AsyncMock()\n"
    assert rewritten(tmp_path, f"{body}ws.b.c = 1\nws.d.e = 1", factory) == (
        f"{CALL}()\nws.a = AsyncMock()\nws.b.c = 1\nws.d.e = 1"
    )
    assert rewritten(tmp_path, body.rstrip(), factory) == f"{CALL}(a=AsyncMock())"


def test_what_a_method_sets_after_its_keywords_stays_a_statement(tmp_path: Path) -> None:
    factory = b"""
from unittest.mock import MagicMock


class SSotMockFactory:
    @staticmethod
    def create_websocket_mock(**attributes):
        ws = MagicMock(**attributes)
        ws.url = "x"
        return ws
"""
    body = "ws = MagicMock()\nws.url = MagicMock()"
    assert rewritten(tmp_path, body, factory) == f"{CALL}()\nws.url = MagicMock()"


def test_a_mock_inside_the_call_is_part_of_the_product(tmp_path: Path) -> None:
    """As in a statement that configures a product, it is no violation of its own."""
    project = Project(tmp_path, OPEN)
    imported = "from test_framework.ssot.mock_factory import SSotMockFactory\n"
    code = f"{imported}{HEAD}    {CALL}(url=MagicMock())\n    run(ws)\n"
    project.write("tests/test_it.py", code.encode())
    assert project.run().violations == ()
