"""An example passes where what it shows happens, and fails where something else does."""

from pathlib import Path

import pytest

from ssot_migrate.families.catalogue import load_families
from ssot_migrate.families.family import Example
from ssot_migrate.model import Request
from ssot_migrate.pipeline import find_factory
from ssot_migrate.proposing.examples import Status, check
from ssot_migrate.worker.settings import Settings
from tests.support import Project

FAMILIES = load_families()
HEAD = "from unittest.mock import MagicMock\n\n\n"
WS = f"{HEAD}def test_it():\n    ws = MagicMock()\n"
AFTER = """\
from test_framework.ssot.mock_factory import SSotMockFactory


def test_it():
    ws = SSotMockFactory.create_websocket_mock()
"""
HELPER = f"{HEAD}def make_ws():\n    ws = MagicMock()\n    return ws\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    config = Project(tmp_path).config(select=("agent",), ignore=("websocket",))
    return Settings(config, Request(), FAMILIES, find_factory(config))


@pytest.mark.parametrize(
    ("family", "example"),
    [(family.id, example) for family in FAMILIES for example in family.example],
    ids=[f"{family.id}: {example.name}" for family in FAMILIES for example in family.example],
)
def test_the_shipped_examples_pass(settings: Settings, family: str, example: Example) -> None:
    verdict = check(settings, family, example)
    assert (verdict.problems, verdict.got, verdict.status) == ((), None, Status.PASSED)


@pytest.mark.parametrize(
    ("example", "problems"),
    [
        (Example("n", before=WS, after=AFTER + "x"), ("rewritten to something else",)),
        (
            Example("n", before=WS.replace("Magic", "Async"), after=AFTER),
            ("not rewritten", "line 5 is left [unsafe]: AsyncMock becomes MagicMock"),
        ),
        (
            Example("n", before=WS.replace("k()", "k(spec=['x'])"), after=AFTER),
            ("not rewritten", "line 5 is left [manual]: "),
        ),
        (
            Example("n", before=WS.replace("ws", "agent"), after=AFTER),
            ("not reported as websocket, but as agent", "not rewritten"),
        ),
        (
            Example("n", before="x = 1\n", after="x = 2\n"),
            ("not reported as websocket; nothing is",),
        ),
        (Example("n", unchanged=WS), ("line 5 is reported as websocket: name ws",)),
        (Example("n", reported=WS), ("the factory has the method now",)),
        (Example("n", reported="x = 1\n"), ("not reported as websocket; nothing is",)),
        (Example("n", unchanged="x = ("), ("is not Python: line 1: '(' was never closed",)),
    ],
)
def test_an_example_that_shows_something_else(
    settings: Settings, example: Example, problems: tuple[str, ...]
) -> None:
    verdict = check(settings, "websocket", example)
    assert verdict.status is Status.FAILED
    for problem in problems:
        assert any(found.startswith(problem) for found in verdict.problems), verdict.problems


def test_what_came_is_told_where_it_is_not_what_was_expected(settings: Settings) -> None:
    assert check(settings, "websocket", Example("n", before=WS, after="x\n")).got == AFTER
    assert check(settings, "websocket", Example("n", unchanged=WS)).got == AFTER
    assert check(settings, "agent", Example("n", reported=f"{HEAD}x = 1\n")).got is None


def test_nobody_else_uses_what_an_example_offers(settings: Settings) -> None:
    after = AFTER.replace("test_it", "make_ws") + "    return ws\n"
    verdict = check(settings, "websocket", Example("n", before=HELPER, after=after))
    assert (verdict.problems, verdict.got) == ((), None)
