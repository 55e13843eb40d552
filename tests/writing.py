"""What the tests of rewriting share: a block in a test whose imports stay as they are."""

from pathlib import Path
from textwrap import dedent, indent

from ssot_migrate.model import Report
from tests.support import Project, check_rewritten

#: Imports that no rewrite touches: kept for a linter's sake, and there already.
HEAD = """\
from unittest.mock import AsyncMock, MagicMock  # noqa: F401

from test_framework.ssot.mock_factory import SSotMockFactory


def test_it(value):
"""


def check_body(folder: Path, before: str, after: str) -> Report:
    """Check what becomes of the body of a test."""
    return check_rewritten(folder, _test_of(before), _test_of(after), unsafe=True)


def _test_of(body: str) -> str:
    return HEAD + indent(dedent(body).lstrip("\n"), "    ")


def rewrite_bytes(folder: Path, data: bytes) -> bytes:
    """Rewrite a file given in bytes; its result is left alone."""
    project = Project(folder)
    path = project.write("tests/test_it.py", data)
    after = project.rewrite("tests/test_it.py", unsafe=True)
    assert after != data
    path.write_bytes(after)
    assert project.rewrite("tests/test_it.py", unsafe=True) == after
    return after
