"""What is reported of a block, and what is planned for it."""

from pathlib import Path

import pytest

from ssot_migrate.assessing.assess import Assessment, assess
from ssot_migrate.assessing.emit import to_violation
from ssot_migrate.code.module import Module
from ssot_migrate.code.source import parse
from ssot_migrate.discover import discover
from ssot_migrate.families.catalogue import load_families
from ssot_migrate.finding.detect import find
from ssot_migrate.finding.draft import Draft
from ssot_migrate.model import Applicability, Request, Severity
from ssot_migrate.pipeline import find_factory
from ssot_migrate.rewriting.plan import Argument, Fix, Group
from ssot_migrate.settings.resolver import Resolver
from ssot_migrate.worker.prepared import Worker
from ssot_migrate.worker.settings import Settings
from tests.support import Project

HEAD = "from unittest.mock import AsyncMock, MagicMock\n"


def module_of(folder: Path, code: str) -> tuple[Module, Assessment]:
    """Give a file as a module, and what is found in it."""
    project = Project(folder)
    path = project.write("tests/test_it.py", (HEAD + code).encode())
    config = project.config()
    (file,), _ = discover([path], Resolver(config))
    settings = Settings(config, Request(fix=True), load_families(), find_factory(config))
    prepared = Worker(settings)
    module = prepared.module(file, parse(path.read_bytes()))
    return module, assess(module, prepared.rules(file))


def fix_of(folder: Path, code: str) -> Fix:
    _, assessment = module_of(folder, code)
    (fix,) = assessment.fixes
    return fix


def test_a_violation_says_where_it_stands(tmp_path: Path) -> None:
    code = (
        "class TestIt:\n    def test_it(self):\n        é = 'é'; mock_ws = MagicMock(\n        )\n"
    )
    _, assessment = module_of(tmp_path, code)
    (violation,) = assessment.violations
    assert (violation.line, violation.column) == (4, len("        é = 'é'; mock_ws = ") + 1)
    assert (violation.end_line, violation.end_column) == (5, len("        )") + 1)
    assert violation.name == "mock_ws"
    assert violation.scope == "TestIt.test_it"
    assert violation.rule == violation.family == "websocket"
    assert violation.severity is Severity.HIGH
    assert violation.path.endswith("tests/test_it.py")
    assert violation.applicability is Applicability.SAFE
    assert violation.reason is None
    assert violation.differences == ()


def test_an_unsafe_violation_has_its_differences(tmp_path: Path) -> None:
    code = (
        "from fastapi import WebSocket\n"
        "def test_it():\n    ws = MagicMock(spec=WebSocket)\n    go(ws)\n"
    )
    _, assessment = module_of(tmp_path, code)
    (violation,) = assessment.violations
    assert violation.applicability is Applicability.UNSAFE
    assert [d.message for d in violation.differences] == [
        "its spec is dropped: attributes that the class lacks are no error now"
    ]
    assert violation.reason is None


@pytest.mark.parametrize(
    ("creation", "reason"),
    [
        ("MagicMock(spec=['a'])", "spec=[…] forbids"),
        ("MagicMock(**value)", "its arguments are unpacked"),
    ],
)
def test_a_manual_violation_has_a_reason_and_no_differences(
    tmp_path: Path, creation: str, reason: str
) -> None:
    code = f"def test_it(value):\n    ws = {creation}\n    go(ws)\n"
    _, assessment = module_of(tmp_path, code)
    (violation,) = assessment.violations
    assert violation.applicability is Applicability.MANUAL
    assert violation.reason is not None
    assert violation.reason.startswith(reason)
    assert violation.differences == ()
    assert assessment.fixes == []


def test_a_plan_names_places_and_texts(tmp_path: Path) -> None:
    code = (
        "def test_it(self, x):\n"
        "    self.ws = 1; ws = MagicMock(headers=x, scope=2)\n"
        "    ws.user_id = [\n        x,\n    ]\n"
        "    ws.close = AsyncMock()\n"
        "    go(ws)\n"
    )
    fix = fix_of(tmp_path, code)
    assert fix.statement == (3, len("    self.ws = 1; "))
    assert fix.creation == (3, len("    self.ws = 1; ws = "))
    assert fix.creation_end == (3, len(code.splitlines()[1]))
    assert fix.dropped == ((4, 4), (7, 4))
    assert fix.call.function == "SSotMockFactory.create_websocket_mock"
    moved = "[\n            x,\n        ]"
    assert fix.call.arguments == (Argument("user_id=", "[\n        x,\n    ]", moved),)
    assert fix.call.after == ("ws.headers = x", "ws.scope = 2")
    assert fix.groups == (
        Group(3, 3, ((3, 4), (3, 17)), whole_lines=True),
        Group(4, 6, ((4, 4),), whole_lines=True),
        Group(7, 7, ((7, 4),), whole_lines=True),
    )
    assert fix.needs_import


def test_keywords_of_paths_become_attributes(tmp_path: Path) -> None:
    code = (
        "def test_it(x):\n"
        "    ws = MagicMock(**{'state.side_effect': OSError, 'a.return_value.b': 1})\n    go(ws)\n"
    )
    after = ("ws.state.side_effect = OSError", "ws.a.return_value.b = 1")
    assert fix_of(tmp_path, code).call.after == after


def test_a_value_that_needs_the_calls_brackets_gets_its_own(tmp_path: Path) -> None:
    code = "def test_it(x):\n    ws = MagicMock(headers=x +  # twice\n    x)\n    go(ws)\n"
    assert fix_of(tmp_path, code).call.after == ("ws.headers = (x +  # twice\n    x)",)


GROUPS = {
    "one statement": ("    ws = MagicMock()\n", (3, 3, 1, True)),
    "several": ("    x = 1; ws = MagicMock(); y = 2\n", (3, 3, 3, True)),
    "over lines": ("    x = [\n]; ws = MagicMock(\n); y = {\n}\n", (3, 6, 3, True)),
    "a one-line suite": ("    if x: ws = MagicMock()\n", (3, 3, 1, False)),
    "behind a backslash": ("    x = 1; \\\n    ws = MagicMock()\n", (4, 4, 1, False)),
    "before a backslash": ("    ws = MagicMock(); \\\n    x = 1\n", (3, 3, 1, False)),
    "behind a form feed": ("\f    ws = MagicMock()\n", (3, 3, 1, False)),
}


@pytest.mark.parametrize(("lines", "expected"), GROUPS.values(), ids=GROUPS)
def test_statements_that_share_lines_are_a_group(
    tmp_path: Path, lines: str, expected: tuple[int, int, int, bool]
) -> None:
    (group,) = fix_of(tmp_path, f"def test_it(x):\n{lines}    go(ws)\n").groups
    assert (group.first, group.last, len(group.statements), group.whole_lines) == expected


def test_only_statements_with_lines_of_their_own_are_dropped(tmp_path: Path) -> None:
    code = (
        "def test_it(x):\n    ws = MagicMock()\n"
        "    x = 1; \\\n      ws.close = AsyncMock()\n"
        "    ws.accept = ws.send_text = AsyncMock()\n"
        "    ws.send_json = AsyncMock()\n    go(ws)\n"
    )
    assert fix_of(tmp_path, code).dropped == ((7, 4),)


def test_what_was_not_fitted_is_manual(tmp_path: Path) -> None:
    module, _ = module_of(tmp_path, "def test_it():\n    ws = MagicMock()\n    go(ws)\n")
    family = next(f for f in load_families() if f.id == "websocket")
    draft = Draft(find(module).findings[0], family, ())
    violation = to_violation(module, draft)
    assert violation.applicability is Applicability.MANUAL
