"""Rule ``wrong-await``: what cannot be awaited, and what has to be."""

import asyncio
import gc
import warnings
from pathlib import Path

import pytest

from tests.support import Project, violations

IMPORT = "from test_framework.ssot.mock_factory import SSotMockFactory\n"
FACTORY = """
import contextlib
from unittest.mock import AsyncMock, MagicMock, Mock


class SSotMockFactory:
    @staticmethod
    def mock():
        return AsyncMock()

    @staticmethod
    def plain(kind="x"):
        return Mock(kind=kind)

    @staticmethod
    def text():
        return "x"

    @staticmethod
    async def coroutine():
        return MagicMock()

    @staticmethod
    def generator():
        yield MagicMock()

    @staticmethod
    async def async_generator():
        yield MagicMock()

    @staticmethod
    @contextlib.contextmanager
    def context():
        yield MagicMock()

    @staticmethod
    @contextlib.asynccontextmanager
    async def async_context():
        yield MagicMock()

    @staticmethod
    def perhaps(build=None):
        if build:
            return build()
        return MagicMock()

    @staticmethod
    def awaitable():
        product = MagicMock()
        product.__await__ = lambda: iter(())
        return product
"""
METHODS = ("mock", "coroutine", "generator", "async_generator", "context", "async_context")
USES = (
    "await F.{}()",
    "with F.{}(): pass",
    "async with F.{}(): pass",
    "F.{}().anything",
    "x = F.{}(); x.anything",
    "x = F.{}(); x.anything = 1",
    "x: object = F.{}(); x.anything",
    "x = await F.{}(); x.anything",
    "F.{}()",
    "x = F.{}(); [x]",
)


def told(folder: Path, body: str, *, is_async: bool = True) -> list[str | None]:
    project = Project(folder, FACTORY)
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    head = "async def" if is_async else "def"
    project.write(
        "tests/test_it.py", f"{IMPORT}F = SSotMockFactory\n{head} test_it(y=None):\n{lines}"
    )
    report = project.run("tests", fix=False)
    assert report.all_failures == ()
    return [v.reason for v in violations(report, "wrong-await")]


def fails(body: str) -> bool:
    """Let Python run a test's body; a coroutine that nobody awaits is a failure, too."""
    namespace: dict[str, object] = {}
    exec(f"{FACTORY}\nF = SSotMockFactory\nasync def test_it():\n    {body}", namespace)  # noqa: S102 (the test's own)
    failed = False
    with warnings.catch_warnings(action="ignore"):
        gc.collect()  # What an earlier test did not await is not told of here.
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        try:
            asyncio.run(namespace["test_it"]())  # type: ignore[operator]
        except (TypeError, AttributeError):
            failed = True
        gc.collect()  # What nobody awaited is told of here, and not in a later test.
    return failed or any("never awaited" in str(warning.message) for warning in found)


#: Errors that the rule does not look for: what a generator, a mock or a context manager is not.
OTHER = {
    (method, use)
    for method in ("generator", "async_generator", "context", "async_context")
    for use in USES
    if "anything" in use and "await" not in use
} | {(method, use) for method in ("generator", "async_generator") for use in USES if "with" in use}
#: What is passed on may be awaited there.
PASSED = {("coroutine", USES[-1])}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("method", METHODS)
def test_the_rule_says_what_python_says(tmp_path: Path, method: str, use: str) -> None:
    body = use.format(method)
    expected = fails(body) and (method, use) not in OTHER | PASSED
    assert bool(told(tmp_path, body)) is expected


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("await F.mock()", "mock gives an AsyncMock, which is awaited; take it without await"),
        ("await F.plain('y')", "plain gives a Mock, which is awaited; take it without await"),
        ("F.coroutine()", "coroutine gives a coroutine, which is not awaited; await it"),
        (
            "with F.async_context():\n    pass",
            (
                "async_context gives an async context manager, which is entered by with;"
                " enter it by async with"
            ),
        ),
        (
            "x = F.coroutine()\nuse(x)\nx.send_text()",
            "coroutine gives a coroutine, which is used as what it is to give; await it",
        ),
    ],
)
def test_what_is_told(tmp_path: Path, body: str, reason: str) -> None:
    assert told(tmp_path, body) == [reason]


@pytest.mark.parametrize(
    "body",
    [
        "asyncio.run(F.coroutine())",
        "asyncio.create_task(F.coroutine())",
        "return F.coroutine()",
        "yield F.coroutine()",
        "x = F.coroutine()\nreturn x",
        "x = F.coroutine()\nx.close()",
        "F.coroutine().send(None)",
        "x = F.coroutine()\nx.cr_frame",
        "x = F.coroutine()\nx = await x\nx.send_text",
        "x = F.coroutine()\ny(x)",
        "x = F.coroutine()\nasync def use():\n    (await x).send_text",
        "x = F.coroutine()\ndef use(x):\n    x.send_text",
        "global x\nx = F.coroutine()\nx.send_text",
        "x = y = F.coroutine()\nx.send_text",
        "y.x = F.coroutine()\ny.x.send_text",
        "async for x in F.async_generator():\n    pass",
        "await F.text()",
        "await F.perhaps(y)",
        "await F.awaitable()",
        "await F.plain(*y)",
        "await F.plain(**y)",
        "await F.mock()()",
        "await F.mock",
        "with raises(TypeError):\n    await F.mock()",
        "await F.unknown()",
    ],
)
def test_what_is_not_certain(tmp_path: Path, body: str) -> None:
    assert told(tmp_path, body) == []


def test_a_mock_is_a_mock_whatever_else_could_come(tmp_path: Path) -> None:
    assert len(told(tmp_path, "await F.perhaps()")) == 1


def test_a_module_s_name_is_used_elsewhere(tmp_path: Path) -> None:
    project = Project(tmp_path, FACTORY)
    project.write("tests/test_it.py", f"{IMPORT}x = SSotMockFactory.coroutine()\nx.send_text\n")
    assert violations(project.run("tests", fix=False), "wrong-await") == []
