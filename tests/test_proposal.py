"""A codemod that is drawn from one creation."""

from pathlib import Path
from textwrap import dedent

import pytest
from msgspec.structs import replace

from ssot_migrate.families.catalogue import load_families
from ssot_migrate.families.family import Example, Family, Signs
from ssot_migrate.model import Request
from ssot_migrate.pipeline import find_factory
from ssot_migrate.proposing.examples import check
from ssot_migrate.proposing.proposal import ProposalError, propose
from ssot_migrate.worker.settings import Settings
from tests.support import Project

HEAD = "import pytest\nfrom unittest.mock import AsyncMock, MagicMock, create_autospec\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    config = Project(tmp_path).config()
    return Settings(config, Request(), load_families(), find_factory(config))


def proposed(settings: Settings, name: str, code: str, mark: str = "Mock(") -> Family:
    """Propose from the first line that holds a mark; what comes is checked."""
    text = HEAD + dedent(code)
    line = next(n for n, each in enumerate(text.splitlines(), 1) if mark in each and n > 2)
    family = propose(name, text.encode(), ("tests/test_it.py", line), settings)
    among = replace(settings, families=(*settings.families, family))
    assert check(among, name, family.example[0]).problems == ()
    return family


def test_the_name_the_attributes_and_the_keywords(settings: Settings) -> None:
    family = proposed(
        settings,
        "queue",
        """
        async def test_it():
            mock_queue = MagicMock(size=3)
            mock_queue.put = AsyncMock(return_value=None)
            worker = Worker(jobs=mock_queue)
            await mock_queue.drain()
            mock_queue.put.assert_called_once()
            assert mock_queue.call_count == 2
        """,
    )
    assert family.evidence == Signs(
        names=("queue",), attributes=("drain", "put", "size"), keywords=("jobs",)
    )
    assert (family.summary, family.factory_method) == ("Queue mocks built by hand", None)
    assert family.example == (
        Example(
            "as in tests/test_it.py",
            reported=(
                "from unittest.mock import AsyncMock, MagicMock\n\n\nasync def test_it():\n"
                "    mock_queue = MagicMock(size=3)\n"
                "    mock_queue.put = AsyncMock(return_value=None)\n"
            ),
        ),
    )


def test_a_spec(settings: Settings) -> None:
    code = """
    from shop.queue import JobQueue

    def test_it():
        m = create_autospec(JobQueue)
    """
    family = proposed(settings, "queue", code, "autospec(")
    assert family.evidence == Signs(specs=("shop.queue.JobQueue",))
    assert "from shop.queue import JobQueue\n" in (family.example[0].reported or "")


def test_a_name_that_is_weak_elsewhere_is_weak_here(settings: Settings) -> None:
    code = """
    def test_it():
        session = MagicMock()
        if True:
            serve(shop_session=session)
        session.basket.add(1)
    """
    family = proposed(settings, "shop", code)
    assert family.evidence == Signs(
        weak_names=("session",), attributes=("basket",), keywords=("shop_session",)
    )
    assert "serve(shop_session=session)" in (family.example[0].reported or "")


def test_attributes_alone(settings: Settings) -> None:
    code = """
    def test_it():
        m = MagicMock()
        m.put(1)
        m.drain()
    """
    family = proposed(settings, "queue", code)
    assert family.evidence == Signs(attributes=("drain", "put"), attributes_alone=2)


@pytest.mark.parametrize("value", ["m = MagicMock()\n    return m", "return MagicMock()"])
def test_the_name_of_the_fixture_speaks_for_a_bland_one(settings: Settings, value: str) -> None:
    family = proposed(settings, "queue", f"\n@pytest.fixture\ndef job_queue():\n    {value}\n")
    assert family.evidence == Signs(names=("job_queue",))


def test_an_attribute_of_a_test_class(settings: Settings) -> None:
    code = """
    class TestIt:
        def setup_method(self):
            self.queue = MagicMock()
    """
    assert proposed(settings, "queue", code).evidence == Signs(names=("queue",))


def test_what_the_factory_has_for_it_is_the_fix(settings: Settings) -> None:
    code = """
    def test_it():
        mock_tool = {}Mock()
        mock_tool.name = "hammer"
    """
    others = tuple(family for family in settings.families if family.id != "tool")
    settings = replace(settings, families=others)
    safe = proposed(settings, "tool", code.format("Async"), 'name = "hammer"')
    assert safe.factory_method == "create_tool_mock"
    assert 'SSotMockFactory.create_tool_mock(tool_name="hammer")' in (safe.example[0].after or "")
    assert not safe.example[0].unsafe_fixes
    unsafe = proposed(settings, "tool", code.format("Magic"))
    assert unsafe.example[0].unsafe_fixes
    assert proposed(settings, "web-socket", code.format("Async")).factory_method is None


@pytest.mark.parametrize(
    ("code", "mark", "message"),
    [
        ("x = MagicMock()\n", "import", "no mock is created there, the nearest is on line 4"),
        ("x = 1\n", "x", "no mock is created there, nor anywhere in this file"),
        ("m = MagicMock()\n", "Mock()", "nothing tells what this mock is; choose one with a"),
        ("with MagicMock() as x:\n    pass\n", "Mock()", "part of a larger statement; choose"),
    ],
)
def test_a_place_from_which_nothing_can_be_drawn(
    settings: Settings, code: str, mark: str, message: str
) -> None:
    text = f"import pytest\nfrom unittest.mock import MagicMock\n\n{code}"
    line = next(n for n, each in enumerate(text.splitlines(), 1) if mark in each)
    with pytest.raises(ProposalError) as caught:
        propose("queue", text.encode(), ("tests/test_it.py", line), settings)
    assert str(caught.value).startswith(f"tests/test_it.py:{line}: {message}")
