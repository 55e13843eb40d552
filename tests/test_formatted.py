"""A file that Ruff's formatter and import sorting leave alone is such a file after its rewrite."""

import ast
import io
import subprocess
import sys
import tempfile
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from ssot_migrate.code.layout import PRAGMA
from ssot_migrate.disk.write import write
from tests.support import Project

IMPORTS = """\
import asyncio
import os.path
import sys
from __future__ import annotations
from unittest import TestCase, mock
from unittest.mock import AsyncMock
from unittest.mock import MagicMock
from unittest.mock import Mock, call, patch
import unittest.mock as um
import pytest  # the runner
from fastapi import FastAPI as App
from sqlalchemy import select
import tests
from tests.feeds import chat, feed
from test_framework.base import Base
from test_framework.ssot.mock_factory import other_name_of_the_factory_module
from test_framework.ssot.mock_factory import (ABC, Zoo)
from test_framework.zoo import Zoo2
from . import helpers
from .feeds import sent""".splitlines()
#: Without these a file builds no mock.
NEEDED = "from unittest.mock import AsyncMock, MagicMock"

VALUES = [
    '"u1"',
    "'it\\'s'",
    "number",
    '{"status": "completed", "result": "42"}',
    '{"status": "completed", "result": [1, 2, 3], "time": 0.5, "more": {"a": 1}}',
    '{"status": "completed",\n# why\n"result": [1, 2,], }',
    '["text_processing", "data_analysis", "translation", "summary", "words"]',
    '("a string of some length " "and another one behind it, so that it is long")',
    "compute(number, [1, 2, 3], name=number)",
    '"a string that is so long that no line could ever hold it, wherever it is put"',
    "AsyncMock()",
    "AsyncMock(return_value=None)",
    'AsyncMock(return_value={"status": "completed", "result": "42", "time": 1.0})',
    "MagicMock(return_value=number)",
    "None",
    "lambda x, y: (x, y)",
    '"""two\n  lines"""',
]
FAMILIES = {
    "mock_ws": ("MagicMock", ["user_id", "connection_id", "send_text", "send_json", "headers"]),
    "mock_agent": ("AsyncMock", ["agent_type", "execute", "execute.return_value", "state"]),
    "self.mock_db": ("AsyncMock", ["commit", "execute", "scalar", "info"]),
}
COMMENTS = ["", "", "", "", "  # why not", "  # noqa: F841", "  # a longer comment, up to here"]
UNRELATED = ["value = 1", "compute(value)", "number = value + 1", "async def inner():\n    pass\n"]


@st.composite
def bodies(draw: st.DrawFn, *, method: bool = False) -> str:
    """Invent the body of a test: blocks, comments, blank lines, unrelated statements."""
    lines = ["number = 1"]
    names = [name for name in FAMILIES if method or not name.startswith("self.")]
    for name in draw(st.lists(st.sampled_from(names), min_size=1, unique=True)):
        base, attributes = FAMILIES[name]
        keywords = draw(st.lists(st.sampled_from(attributes), max_size=2, unique=True))
        given_ = [f"{k}={draw(st.sampled_from(VALUES))}" for k in keywords if "." not in k]
        kind = draw(st.sampled_from(["", "", ": Any"]))
        lines.append(f"{name}{kind} = {base}({', '.join(given_)}){draw(st.sampled_from(COMMENTS))}")
        for attribute in draw(st.lists(st.sampled_from(attributes), max_size=4, unique=True)):
            lines += draw(st.lists(st.sampled_from(["", "# a word", *UNRELATED]), max_size=2))
            value = draw(st.sampled_from(VALUES))
            comment = "" if '"""' in value else draw(st.sampled_from(COMMENTS))
            lines.append(f"{name}.{attribute} = {value}{comment}")
        lines += draw(st.sampled_from([[], [""], ["# now"], ["", "", "# now"]]))
        lines.append(f"run({name})")
    return "\n".join(lines)


@st.composite
def files(draw: st.DrawFn) -> str:
    """Invent a test file; Ruff formats it afterwards."""
    doc = draw(st.sampled_from(["", '"""What it tests."""\n', "# Licence\n\n", "# a word\n"]))
    imports = draw(st.lists(st.sampled_from(IMPORTS), max_size=7, unique=True))
    future = [line for line in imports if "__future__" in line]
    imports = [*future, *(line for line in [*imports, NEEDED] if line not in future)]
    code = draw(
        st.sampled_from(
            [
                "",
                "",
                "",
                "# a word\nimport xml\n",
                "# a word\nfrom unittest.mock import MagicMock\n",
                'sys.path.insert(0, "x")\nimport json\n',
                "X = 1\n",
            ]
        )
    )
    local = draw(st.sampled_from(["", "", "from unittest.mock import MagicMock\n"]))
    uses = draw(st.sampled_from(["", "", "print(AsyncMock)\n", "print(mock, call, um)\n"]))
    text = doc + "\n".join(imports) + "\n" + code + uses
    for number in range(draw(st.integers(1, 3))):
        body = indented(local + draw(bodies()), "    ")
        text += f"async def test_{number}(self, value):\n{body}\n"
    body = indented(draw(bodies(method=True)), "        ")
    if draw(st.booleans()):
        text += f"class TestIt:\n    def setup_method(self):\n{body}\n"
    return text


def indented(text: str, indent: str) -> str:
    """Indent code, but not the lines of a string."""
    lines, inside = [], False
    for line in text.split("\n"):
        lines.append(line if inside or not line else indent + line)
        inside ^= line.count('"""') % 2 == 1
    return "\n".join(lines)


def ruff(*arguments: str, folder: Path, check: bool = True) -> str:
    command = [sys.executable, "-m", "ruff", *arguments, "--no-cache", "tests"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done.stdout


SORT = ("check", "--select", "I")

#: A line that is too long with its comment, once it is an argument.
COMMENTED = f"""\
{NEEDED}
async def test_it(self, value):
    number = 1
    mock_ws = MagicMock()
    mock_ws.connection_id = compute(number, [1, 2, 3], name=number)  # a longer comment, up to here
    run(mock_ws)
"""


@pytest.mark.slow
@pytest.mark.no_cover
@settings(
    deadline=None,
    max_examples=5,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a shrunk list of files takes minutes
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)
@given(st.lists(files(), min_size=15, max_size=15))
@example([COMMENTED])
def test_formatted_files_stay_formatted(invented: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder))
        before = formatted(project, invented)
        report = project.run(unsafe=True)
        assert report.all_failures == ()
        assert len(report.changes) > len(invented) // 2
        for change in report.changes:
            write(change)
            compare(before[change.path.rpartition("/")[2]], change.after.decode())
        ruff("format", "--diff", folder=project.folder)
        ruff(*SORT, "--diff", folder=project.folder)
        assert project.run(unsafe=True).changes == ()


def formatted(project: Project, invented: list[str]) -> dict[str, str]:
    """Write files, make Ruff content with them, and give them as they are then."""
    for number, text in enumerate(invented):
        project.write(f"tests/test_{number}.py", text.encode())
    for name in ("tests/feeds", "tests/helpers", "test_framework/base", "test_framework/zoo"):
        project.write(f"{name}.py", "")
    for _ in range(2):
        ruff(*SORT, "--fix", folder=project.folder)
        ruff("format", folder=project.folder)
    return {p.name: p.read_text() for p in (project.folder / "tests").glob("test_*.py")}


def compare(before: str, after: str) -> None:
    """Check that what is no part of a block or an import is there, and every comment."""
    compile(after, "after", "exec", ast.PyCF_ONLY_AST)
    assert outside(before) == outside(after)
    assert not comments(before) - comments(after)
    assert not comments(after) - comments(before)


def outside(text: str) -> list[str]:
    """List the lines of the statements that neither import nor configure."""
    edited = {n for node in ast.walk(ast.parse(text)) for n in _lines(node)}
    lines = enumerate(io.StringIO(text), 1)
    return [
        line
        for n, line in lines
        if n not in edited and line.strip(" #\n") and line.lstrip()[0] != "#"
    ]


def _lines(node: ast.AST) -> Iterator[int]:
    if isinstance(node, ast.Import | ast.ImportFrom) or (
        isinstance(node, ast.Assign | ast.AnnAssign) and "mock_" in ast.unparse(node)
    ):
        yield from range(node.lineno, (node.end_lineno or 0) + 1)


def comments(text: str) -> Counter[str]:
    """Count the comments that speak to a reader."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    found = (token.string for token in tokens if token.type == tokenize.COMMENT)
    return Counter(comment for comment in found if not PRAGMA.match(comment))
