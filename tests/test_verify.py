"""What is not what was planned is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from ssot_migrate.assessing.assess import Assessment, assess, chosen
from ssot_migrate.code.module import Module
from ssot_migrate.code.source import Source, parse
from ssot_migrate.discover import discover
from ssot_migrate.families.catalogue import load_families
from ssot_migrate.finding.draft import Rules
from ssot_migrate.model import Request, Stage
from ssot_migrate.pipeline import find_factory
from ssot_migrate.rewriting import rewrite as rewrite_module
from ssot_migrate.rewriting.imports import mend_imports
from ssot_migrate.rewriting.plan import Argument, Edit, Fix, Target
from ssot_migrate.rewriting.rewrite import rewrite
from ssot_migrate.rewriting.verify import VerifyError, verify
from ssot_migrate.settings.resolver import Resolver
from ssot_migrate.worker import change, process
from ssot_migrate.worker.prepared import Worker
from ssot_migrate.worker.settings import Settings
from tests.support import Project

CODE = '''\
"""What it tests."""

import os
from unittest import TestCase, mock
from unittest.mock import AsyncMock, MagicMock, patch

import unittest.mock
from . import feeds
from test_framework.ssot.mock_factory import other


def before_it():
    # a word
    return os.name, other, patch, feeds, TestCase, mock


def test_it():
    first = 1
    mock_ws = MagicMock(state=[first], scope=3)
    mock_ws.user_id = "u1"
    mock_ws.headers = {"a": first}
    mock_ws.send_text = AsyncMock()
    if first:
        mock_agent = AsyncMock(agent_type="x" "y")
        go(mock_ws, mock_agent)
    second = 2


def after_it():
    try:
        return "the end"
    finally:
        pass
'''


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> tuple[Source, Source, list[Fix], Target]:
    """Give a file before and after, and what was planned for it."""
    project = Project(tmp_path_factory.mktemp("project"))
    path = project.write("tests/test_it.py", CODE)
    config = project.config()
    (file,), _ = discover([path], Resolver(config))
    settings = Settings(config, Request(fix=True), load_families(), find_factory(config))
    prepared = Worker(settings)
    source = parse(path.read_bytes())
    fixes = chosen(assess(prepared.module(file, source), prepared.rules(file)).fixes, unsafe=False)
    assert len(fixes) == 2
    assert prepared.target is not None
    text = rewrite(source, fixes, 88)
    text = mend_imports(source, source.with_text(text), prepared.target)
    return source, parse(text.encode()), fixes, prepared.target


Plan = tuple[Source, Source, list[Fix], Target]


def test_what_was_planned_passes(plan: Plan) -> None:
    verify(*plan)
    _, after, _, _ = plan
    assert 'user_id="u1"' in after.text
    assert "import AsyncMock" not in after.text


OUTSIDE = {
    "a changed value": ("first = 1", "first = 2"),
    "a changed string": ('"the end"', '"The end"'),
    "a lost statement": ("    second = 2\n", ""),
    "a new statement": ("    second = 2\n", "    second = 2\n    third = 3\n"),
    "a lost function": (
        'def after_it():\n    try:\n        return "the end"\n    finally:\n        pass\n',
        "",
    ),
    "a lost setting": ('    mock_ws.headers = {"a": first}\n', ""),
    "a changed setting": ('headers = {"a": first}', 'headers = {"b": first}'),
    "a changed argument": ('user_id="u1"', 'user_id="u2"'),
    "a lost argument": ('user_id="u1"', ""),
    "another method": ("create_websocket_mock", "create_tool_mock"),
    "another order": (
        "    mock_ws.state = [first]\n    mock_ws.scope = 3\n",
        "    mock_ws.scope = 3\n    mock_ws.state = [first]\n",
    ),
    "a changed docstring": ("What it tests", "What it tested"),
    "a lost import": ("import os\n", ""),
    "a changed relative import": ("from . import feeds", "from .. import feeds"),
    "a lost name of the factory's module": ("SSotMockFactory, other", "SSotMockFactory"),
    "a lost name of unittest": ("from unittest import TestCase, mock", "from unittest import mock"),
    "a creation that stayed": ("SSotMockFactory.create_agent_mock", "AsyncMock"),
}
LINES = {
    "a lost comment": ("    # a word\n", "", "# a word"),
    "a changed comment": ("# a word", "# another word", "# a word"),
    "blanks behind a statement": ("    second = 2\n", "    second = 2 \n", "second = 2"),
    "other quotes": ('return "the end"', "return 'the end'", 'return "the end"'),
}
NAMES = {
    "the factory is not imported": ("SSotMockFactory, other", "other", "SSotMockFactory"),
    "a name of mocks that is used": (
        "from unittest.mock import patch\n",
        "",
        "patch",
    ),
    "the module that is used": ("import TestCase, mock", "import TestCase", "mock"),
}


def planted(plan: Plan, old: str, new: str) -> Plan:
    before, after, fixes, target = plan
    assert after.text.count(old) == 1
    return before, parse(after.text.replace(old, new).encode()), fixes, target


@pytest.mark.parametrize(("old", "new"), OUTSIDE.values(), ids=OUTSIDE)
def test_another_tree_is_refused(plan: Plan, old: str, new: str) -> None:
    with pytest.raises(VerifyError, match="differs from the plan"):
        verify(*planted(plan, old, new))


@pytest.mark.parametrize(("old", "new", "line"), LINES.values(), ids=LINES)
def test_a_lost_line_is_refused(plan: Plan, old: str, new: str, line: str) -> None:
    with pytest.raises(VerifyError, match=f"is lost: {line}$"):
        verify(*planted(plan, old, new))


@pytest.mark.parametrize(("old", "new", "name"), NAMES.values(), ids=NAMES)
def test_a_lost_import_is_refused(plan: Plan, old: str, new: str, name: str) -> None:
    with pytest.raises(VerifyError, match=f"^{name} is used but not imported"):
        verify(*planted(plan, old, new))


def test_lines_that_changed_their_order_are_refused(plan: Plan) -> None:
    before, after, fixes, target = plan
    text = before.text.replace("    # a word\n", "    # a word\n    # one more\n")
    swapped = after.text.replace("    # a word\n", "    # one more\n    # a word\n")
    moved = [_moved(fix) for fix in fixes]
    with pytest.raises(VerifyError, match="is lost: # one more"):
        verify(parse(text.encode()), parse(swapped.encode()), moved, target)


def _moved(fix: Fix) -> Fix:
    """Give the same fix one line further down."""
    groups = tuple(
        replace(g, first=g.first + 1, last=g.last + 1, statements=tuple(map(_down, g.statements)))
        for g in fix.groups
    )
    return replace(
        fix,
        statement=_down(fix.statement),
        creation=_down(fix.creation),
        creation_end=_down(fix.creation_end),
        dropped=tuple(map(_down, fix.dropped)),
        groups=groups,
    )


def _down(place: tuple[int, int]) -> tuple[int, int]:
    return place[0] + 1, place[1]


@pytest.mark.parametrize("value", ['"u2"', "mock_ws", "other", "second"])
def test_an_argument_that_nobody_wrote_is_refused(plan: Plan, value: str) -> None:
    before, after, fixes, target = plan
    call = replace(fixes[0].call, arguments=(Argument("user_id=", value, value),))
    text = after.text.replace('"u1"', value)
    with pytest.raises(VerifyError, match=f"a value is not what it was: {value}"):
        verify(before, parse(text.encode()), [replace(fixes[0], call=call), fixes[1]], target)


def test_an_argument_is_one_expression(plan: Plan) -> None:
    before, after, fixes, target = plan
    call = replace(fixes[0].call, arguments=(Argument("user_id=", "1); (2", "1); (2"),))
    with pytest.raises(VerifyError, match="not one expression"):
        verify(before, after, [replace(fixes[0], call=call), fixes[1]], target)


def test_a_statement_behind_the_call_that_nobody_wrote_is_refused(plan: Plan) -> None:
    before, after, fixes, target = plan
    call = replace(fixes[0].call, after=("mock_ws.state = [second]", "mock_ws.scope = 3"))
    text = after.text.replace("= [first]", "= [second]")
    with pytest.raises(VerifyError, match=r"a value is not what it was: \[second\]"):
        verify(before, parse(text.encode()), [replace(fixes[0], call=call), fixes[1]], target)


def test_the_last_line_may_get_a_line_end(plan: Plan) -> None:
    before, after, fixes, target = plan
    verify(parse(before.text.rstrip("\n").encode()), after, fixes, target)
    cut = parse(after.text.rstrip("\n").encode())
    with pytest.raises(VerifyError, match="is lost: pass"):
        verify(before, cut, fixes, target)


# in the pipeline


def run_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Callable[[str], str]) -> str:
    """Rewrite a file with a fault planted into the text; gives the failure's message."""
    project = Project(tmp_path)
    path = project.write("tests/test_it.py", CODE)

    def faulty(source: Source, fixes: list[Fix], length: int, edits: list[Edit]) -> str:
        return fault(rewrite(source, fixes, length, edits))

    monkeypatch.setattr(rewrite_module, "rewrite", faulty)
    report = project.run()
    assert report.changes == ()
    assert path.read_text() == CODE
    (failure,) = report.all_failures
    assert failure.stage is Stage.VERIFY
    assert failure.path.endswith("test_it.py")
    assert failure.message.startswith("left as it was: ")
    return failure.message.removeprefix("left as it was: ")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("second = 2", "second = 3", "the rewritten file differs from the plan"),
        ("    # a word\n", "", "a line outside the edited statements is lost: # a word"),
        ("first = 1\n", "first = \n", "line 18: invalid syntax"),
        (
            "    second = 2\n",
            "    second = 2\n    mock_agent = AsyncMock()\n",
            "the rewritten file differs from the plan",
        ),
    ],
)
def test_a_fault_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, message: str
) -> None:
    assert run_with(tmp_path, monkeypatch, lambda text: text.replace(old, new)).startswith(message)


def test_a_file_that_would_change_again_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Assessment] = []

    def restless(module: Module, rules: Rules) -> Assessment:
        seen.append(assess(module, rules))
        return replace(seen[-1], fixes=seen[0].fixes)

    monkeypatch.setattr(process, "assess", restless)
    monkeypatch.setattr(change, "assess", restless)
    message = run_with(tmp_path, monkeypatch, lambda text: text)
    assert message == "a second run would change the file again"
    assert seen[0].fixes
    assert not seen[1].fixes
