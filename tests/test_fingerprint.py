"""A block is known again by what it says, not by where and how it is written."""

import ast
from pathlib import Path

import pytest

from ssot_migrate.code.fingerprint import fingerprint
from ssot_migrate.model import Violation
from tests.support import Project

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "samples").rglob("test_*.py")) + sorted(
    (ROOT / "ssot_migrate").rglob("f*.py")
)


def of(code: str) -> str:
    return fingerprint(ast.parse(code).body)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_two_statements_share_one_exactly_where_their_trees_agree(path: Path) -> None:
    statements = [
        n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.stmt)
    ]
    by_tree = {ast.dump(s): fingerprint([s]) for s in statements}
    assert len(set(by_tree.values())) == len(by_tree)
    for statement in statements:
        assert by_tree[ast.dump(statement)] == fingerprint([statement])


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_layout_changes_it(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert fingerprint(ast.parse(ast.unparse(tree)).body) == fingerprint(tree.body)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ws = MagicMock()", "session = MagicMock()"),
        ("f(1, 2)", "f((1, 2))"),
        ("x = 1", "x = True"),
        ("x = 1", "x = 1.0"),
        ("x = 'a'", "x = b'a'"),
        ("x = None", "x = 'None'"),
        ("x = ...", "x = Ellipsis"),
        ("f(a=1)", "f('a', 1)"),
        ("{**a}", "{None: a}"),
        ("[a, b]", "[a], [b]"),
        ("x = f'{a!r}'", "x = f'{a}'"),
        ("def f(a, *, b): pass", "def f(a, b): pass"),
        ("from . import a", "from .. import a"),
    ],
)
def test_different_code_has_another_one(one: str, other: str) -> None:
    assert of(one) != of(other)


def test_it_stays_what_it_is_in_the_baselines_of_users() -> None:
    """Whoever has to change this value makes every baseline in the world stale."""
    assert (
        of("mock_ws = MagicMock()\nmock_ws.send = AsyncMock(return_value=[None, 'é'])")
        == "8cfa5febb11ef2d1"
    )


def found_in(folder: Path, code: str) -> tuple[Violation, ...]:
    project = Project(folder)
    project.write("test_it.py", code)
    return project.run("test_it.py", fix=False).violations


HEADER = "from unittest.mock import AsyncMock, MagicMock\n"


def test_a_block_is_its_creation_and_what_configures_it(tmp_path: Path) -> None:
    code = f"{HEADER}def test():\n    ws = MagicMock()\n    n = 1\n    ws.send_text = AsyncMock(\n    )\n    go(ws)\n"
    found = found_in(tmp_path, code)[0]
    assert found.lines == ((3, 3), (5, 6))
    assert found.fingerprint == of("ws = MagicMock(); ws.send_text = AsyncMock()")


def test_a_mock_in_an_expression_or_a_header_is_its_creation_alone(tmp_path: Path) -> None:
    code = f"{HEADER}def test():\n    go(MagicMock(name='ws'), 1)\n    with MagicMock() as ws:\n        ws.send_text()\n"
    first, second = found_in(tmp_path, code)
    assert (first.lines, second.lines) == (((3, 3),), ((4, 4),))
    assert first.fingerprint == fingerprint([ast.parse("MagicMock(name='ws')", mode="eval").body])
    assert second.fingerprint == fingerprint([ast.parse("MagicMock()", mode="eval").body])
