"""The checks of a factory: the factories we vouch for pass, and one that breaks something fails."""
# ruff: noqa: ANN401 - mocks are of any type

import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import AsyncMock, MagicMock, Mock, create_autospec

import pytest

from ssot_migrate.checking import one_factory
from ssot_migrate.contracts.shipped import SHIPPED, source
from ssot_migrate.factory.conformance import compatibility, interface, performance
from ssot_migrate.factory.conformance.check import Check, Subject
from ssot_migrate.factory.conformance.direct import DIRECT, Direct
from ssot_migrate.factory.conformance.equivalent import block
from ssot_migrate.factory.conformance.products import described, differences
from ssot_migrate.factory.conformance.registry import (
    GROUPS,
    ONE_FACTORY,
    Outcome,
    Status,
    checks,
    outcome,
    selected,
)
from ssot_migrate.factory.conformance.subject import subject
from tests.support import SAMPLES

SAMPLE = "test_framework.ssot.mock_factory:SSotMockFactory"
WRITTEN = ModuleType("written_factory")
sys.modules[WRITTEN.__name__] = WRITTEN
exec(compile(source(), "written_factory.py", "exec"), vars(WRITTEN))  # noqa: S102 - ours
#: The factories we vouch for, and the checks that fail for them: the sample's is the least that the
#: interface asks for, which is less than the real websocket and the real session offer.
FACTORIES = {
    SAMPLE: {"interface-create_websocket_mock", "interface-create_database_session_mock"},
    SHIPPED: set[str](),
    f"{WRITTEN.__name__}:SSotMockFactory": set[str](),
}
#: Why a check does not apply to one of them.
SKIPS = ("takes no spec", "has no other methods", "--record` writes it", "comes from no file")


@pytest.fixture(autouse=True)
def _samples(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the factory of the samples be imported, as in its own project."""
    before = {*sys.modules}
    monkeypatch.syspath_prepend(SAMPLES)
    yield
    for name in {*sys.modules} - before:
        if name.startswith("test_framework"):
            del sys.modules[name]


def checks_of(name: str) -> dict[str, Check]:
    sys.path.insert(0, str(SAMPLES))
    try:
        return {check.id: check for check in checks(subject(name, {}))}
    finally:
        sys.path.remove(str(SAMPLES))
        for module in [name for name in sys.modules if name.startswith("test_framework")]:
            del sys.modules[module]


def is_slow(name: str, check: Check) -> bool:
    """Tell what measures, and the users of what is written: mocks as plain as the sample's."""
    users = name.startswith(WRITTEN.__name__) and check.id.startswith(WITH_USERS)
    return users or check.group == "performance"


WITH_USERS = ("isolation-threads", "isolation-tasks")
ALL = {name: checks_of(name) for name in FACTORIES}
#: Coverage would be measured with them.
SLOW = (pytest.mark.slow, pytest.mark.no_cover)
#: Group ``performance`` measures: it is run on its own, and here on a clock that is no clock.
RUNS = [
    pytest.param(name, check_id, marks=SLOW if is_slow(name, check) else ())
    for name, found in ALL.items()
    for check_id, check in found.items()
]


def sample() -> type:
    """Give the factory that the broken ones are made of."""
    module, _, name = SAMPLE.partition(":")
    return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]


def run(check_id: str, factory: type, **settings: Any) -> Outcome:
    """Run one check of a factory."""
    one = Subject(factory=factory, name="tests:Factory", **{"interfaces": {}, **settings})
    (check,) = selected(checks(one), [check_id])
    return outcome(check, one)


@pytest.mark.parametrize(("name", "check_id"), RUNS)
def test_a_factory_that_we_vouch_for(name: str, check_id: str) -> None:
    one = subject(name, {})
    (check,) = selected(checks(one), [check_id])
    ended = outcome(check, one)
    failing = FACTORIES[name]
    assert (ended.status is Status.FAILED) == (check_id in failing), ended.reason
    assert ended.status is not Status.SKIPPED or any(text in ended.reason for text in SKIPS)


# A factory lacks what a check looks at.


OWN = ("interface", "performance", "compatibility", "consistency")


@pytest.mark.parametrize("check_id", [one for one in ALL[SAMPLE] if one.startswith(OWN)])
def test_a_factory_without_anything(check_id: str) -> None:
    ended = run(check_id, type("Factory", (), {}))
    assert ended.status is Status.SKIPPED
    assert ended.reason.startswith(("the factory has no create_", "there is no test_conformance"))


# Group interface.


class Real:
    """What a product stands for."""

    limit = 3

    @property
    def name(self) -> str:
        return ""

    async def send(self, text: str, *, times: int = 1) -> None: ...

    def count(self, start: int = 0) -> int:
        return start

    async def stream(self) -> Any:
        yield 1

    def begin(self) -> "Work":
        return Work()

    async def open(self) -> "Work":
        return Work()

    @staticmethod
    def parse(text: str) -> str:
        return text

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None: ...


class Work:
    """What a method gives."""

    def done(self) -> bool:
        return True


def good() -> Any:
    """Build what offers all that the class offers."""
    product = MagicMock()
    product.send = AsyncMock()
    product.open = AsyncMock(return_value=MagicMock())
    return product


def changed(**attributes: Any) -> Callable[[], Any]:
    """Build the good product, but for some attributes."""

    def build() -> Any:
        product = good()
        product.configure_mock(**attributes)
        return product

    return build


def limited() -> Any:
    product = good()
    del product.count
    return product


def with_signature() -> Any:
    product = good()
    product.count = create_autospec(lambda first=0: first)
    return product


def autospecced() -> Any:
    product = create_autospec(Real, instance=True)
    product.open.return_value = create_autospec(Work, instance=True)
    return product


def without_protocols() -> Any:
    product = Mock()
    product.send = AsyncMock()
    product.open = AsyncMock(return_value=MagicMock())
    product.stream = MagicMock()
    return product


async def generated() -> Any:
    yield 1


class ByHand(Real):
    """A product that is no mock, and offers it all."""


INTERFACE = {"create_thing": f"{__name__}:Real"}


def thing(build: Callable[[], Any]) -> type:
    return type("Factory", (), {"create_thing": staticmethod(build)})


@pytest.mark.parametrize(
    "build",
    [
        good,
        ByHand,
        autospecced,
        changed(stream=generated),
        changed(send=MagicMock(side_effect=AsyncMock())),
        changed(begin=MagicMock(side_effect=Work)),
    ],
    ids=["by hand", "real", "autospec", "iterator", "async effect", "sync effect"],
)
def test_a_product_that_offers_it_all(build: Callable[[], Any]) -> None:
    ended = run("interface-create_thing", thing(build), interfaces=INTERFACE)
    assert (ended.reason, ended.status) == ("", Status.PASSED)


@pytest.mark.parametrize(
    ("build", "drift"),
    [
        (limited, "count is missing"),
        (changed(send=MagicMock()), "send: async there, sync here"),
        (changed(send="x"), "send: async there, a value here"),
        (changed(count=AsyncMock()), "count: sync there, async here"),
        (changed(parse=AsyncMock()), "parse: sync there, async here"),
        (changed(stream=AsyncMock()), "stream: an async iterator there, async here"),
        (changed(stream=Mock()), "stream: an async iterator there, sync here"),
        (changed(open=AsyncMock(return_value=AsyncMock())), "open().done: sync there, async here"),
        (with_signature, "count: start is gone"),
        (without_protocols, "the product does not support `async with`"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_drift_of_the_interface(build: Callable[[], Any], drift: str) -> None:
    ended = run("interface-create_thing", thing(build), interfaces=INTERFACE)
    assert ended.status is Status.FAILED
    assert ended.reason.splitlines()[1:] == [f"  {drift}"]


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("no_such_library.things:Thing", Status.SKIPPED, "no_such_library is not installed"),
        ("json.things:Thing", Status.FAILED, "No module named 'json.things'"),
        ("json:Thing", Status.FAILED, "has no attribute 'Thing'"),
        ("json:dumps", Status.FAILED, "it is no class"),
    ],
)
def test_a_class_that_cannot_be_imported(name: str, status: Status, reason: str) -> None:
    ended = run("interface-create_thing", thing(good), interfaces={"create_thing": name})
    assert ended.status is status
    assert reason in ended.reason


def test_a_library_that_is_broken_is_no_fault_of_the_factory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "brokenlib.py").write_text("1 / 0", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(interface, "DEFAULTS", {"create_thing": "brokenlib:Thing"})
    ended = run("interface-create_thing", thing(good))
    assert ended.status is Status.SKIPPED
    assert "ZeroDivisionError" in ended.reason


# What every check that makes a product meets.


def fails() -> None:
    raise ValueError("no")


async def late() -> Any:
    return MagicMock()


@pytest.mark.parametrize(
    ("method", "status", "reason"),
    [
        (staticmethod(fails), Status.FAILED, "create_thing() raises ValueError: no"),
        (staticmethod(late), Status.SKIPPED, "create_thing is async"),
        (staticmethod(lambda kind: kind), Status.SKIPPED, "missing a required argument: 'kind'"),
        (3, Status.SKIPPED, "the factory has no create_thing"),
    ],
)
def test_a_method_that_gives_no_product(method: object, status: Status, reason: str) -> None:
    factory = type("Factory", (), {"create_thing": method})
    ended = run("interface-create_thing", factory, interfaces=INTERFACE)
    assert ended.status is status
    assert reason in ended.reason


# Group performance, on a clock that goes on where something is built.


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which only a test lets pass."""
    now = [0.0]
    monkeypatch.setattr(performance, "perf_counter", lambda: now[0])
    return now


def timed(now: list[float], seconds: float, kept: int = 1) -> Callable[[], Any]:
    """Build a mock in so much time, and keep so many of them."""

    def build() -> Any:
        now[0] += seconds
        product = MagicMock()
        product.kept = [MagicMock() for _ in range(kept)]
        return product

    return build


def test_the_ratio_is_that_of_the_clock(clock: list[float]) -> None:
    cost = performance.compared(timed(clock, 0.002), timed(clock, 0.001), 11)
    assert cost.time_ratio == pytest.approx(2)
    assert cost.seconds == pytest.approx(0.002)
    assert cost.memory_ratio == pytest.approx(1, abs=0.1)


def test_a_product_weighs_what_it_keeps(clock: list[float]) -> None:
    cost = performance.compared(timed(clock, 0.001, kept=9), timed(clock, 0.001, kept=4), 3)
    assert cost.memory_ratio == pytest.approx(2, abs=0.1)
    assert cost.ratio == cost.memory_ratio


@pytest.mark.parametrize(
    ("seconds", "limit", "held_against"),
    [
        (0.001, 1.1, "the method's minimum"),
        (0.004, 1.1, None),
        (0.004, 5.0, "the method's minimum"),
        (0.002, 1.1, "all that the product holds"),
    ],
)
def test_a_product_is_held_against_the_cheapest_block_that_is_fair(
    clock: list[float],
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    limit: float,
    held_against: str | None,
) -> None:
    minimum = Direct("create_thing", timed(clock, 0.001))
    monkeypatch.setattr(performance, "DIRECT", (minimum,))
    monkeypatch.setattr(performance, "block", lambda _: timed(clock, 0.002))
    ended = run("performance-create_thing", thing(timed(clock, seconds)), limit=limit)
    assert ended.figures.get("held_against") == held_against
    if held_against is None:
        assert ended.status is Status.FAILED
        told = ("400% of the time", "the method's minimum", "200% of the time", "110% are allowed")
        assert all(text in ended.reason for text in told)


def test_a_suite_is_held_against_all_that_its_products_hold(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(performance, "DIRECT", (Direct("create_thing", timed(clock, 0.001)),))
    products = timed(clock, 0.002)
    ended = run("performance-create_thing", thing(lambda: {"agent": products()}))
    assert ended.status is Status.FAILED
    clock.clear()
    clock.append(0.0)
    monkeypatch.setattr(performance, "block", lambda _: lambda: {"agent": products()})
    ended = run("performance-create_thing", thing(lambda: {"agent": products()}))
    assert ended.figures["held_against"] == "all that the product holds"


def test_a_method_of_the_projects_own_is_held_against_its_product(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(performance, "block", lambda _: timed(clock, 0.001))
    factory = thing(timed(clock, 0.003))
    assert run("performance-create_thing", factory).status is Status.FAILED
    assert run("performance-create_thing", factory, limit=3.1).status is Status.PASSED
    assert (
        run("performance-create_thing", thing(Work)).reason == "create_thing gives a Work, no mock"
    )


def test_what_is_slow_is_slow_on_a_real_clock() -> None:
    """Ten times as slow is no matter of noise."""

    class Factory(sample()):  # type: ignore[misc]
        @staticmethod
        def create_configuration_mock() -> Any:
            time.sleep(0.005)
            return sample().create_configuration_mock()  # type: ignore[attr-defined]

    ended = run("performance-create_configuration_mock", Factory)
    assert ended.status is Status.FAILED


@pytest.mark.parametrize("direct", DIRECT, ids=lambda direct: direct.id)
def test_a_direct_block_builds_the_least_that_the_interface_promises(direct: Direct) -> None:
    product = getattr(sample(), direct.method)(*direct.arguments)
    differing = {
        difference.partition(" is ")[0]
        for difference in differences(described(product), described(direct.build()), ("a", "b"))
    }
    assert differing <= {"run_id", "request_id", "engine_id", "websocket_client_id"}


@pytest.mark.parametrize("direct", DIRECT, ids=lambda direct: direct.id)
def test_a_products_own_block_builds_the_same(direct: Direct) -> None:
    product = direct.build()
    assert described(block(product)()) == described(product)


def test_a_block_of_what_is_rarely_set() -> None:
    product = MagicMock(spec=Real, side_effect=ValueError("no"))
    product.return_value = product
    product.send.side_effect = fails
    product.begin.return_value = (1, [Work()])
    assert described(block(product)()) == described(product)


# Group compatibility.


class Recorded:
    """What the signatures are recorded of."""

    @staticmethod
    def create_thing(user_id: str = "u", run_id: str = "r", *, spec: object = None) -> None: ...

    @classmethod
    async def create_other(cls, *args: object, marker: object = object) -> None: ...

    def _own(self) -> None: ...


def recorded(folder: Path) -> Path:
    file = folder / "signatures.json"
    one = Subject(factory=Recorded, name="tests:Recorded", interfaces={})
    file.write_text(compatibility.record(one), "utf-8")
    return file


def test_the_record_has_a_line_for_each_public_method(tmp_path: Path) -> None:
    document = json.loads(recorded(tmp_path).read_bytes())
    assert document["methods"] == {
        "create_other": "async (*args, marker=...)",
        "create_thing": "(user_id='u', run_id='r', *, spec=None)",
    }


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        (None, "create_thing is gone"),
        ("user_id='u', run='r', *, spec=None", "create_thing: run_id is gone"),
        ("run_id='r', user_id='u', *, spec=None", "create_thing: user_id is argument 2, was 1"),
        (
            "user_id='v', run_id='r', *, spec=None",
            "create_thing: user_id is 'v' by default, was 'u'",
        ),
        ("user_id='u', run_id='r'", "create_thing: takes no spec="),
    ],
    ids=["method", "renamed", "moved", "default", "keyword"],
)
def test_what_breaks_a_caller(tmp_path: Path, parameters: str | None, problem: str) -> None:
    method = parameters and staticmethod(eval(f"lambda {parameters}: 0"))  # noqa: S307 - of the test's own
    factory = type("Factory", (Recorded,), {"create_thing": method})
    ended = run("compatibility-signatures", factory, snapshot=recorded(tmp_path))
    assert ended.status is Status.FAILED
    assert f"  {problem}" in ended.reason.splitlines()
    assert "--record" in ended.reason


def test_what_is_new_breaks_nobody(tmp_path: Path) -> None:
    class Grown(Recorded):
        @staticmethod
        def create_thing(
            user_id: str = "u",
            run_id: str = "r",
            more: int = 1,
            *,
            spec: object = None,
            also: int = 2,
        ) -> None: ...

        @staticmethod
        def create_third() -> None: ...

    ended = run("compatibility-signatures", Grown, snapshot=recorded(tmp_path))
    assert (ended.reason, ended.figures) == ("", {"methods": 2})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no record of signatures"),
        ("[]", "is no record of signatures"),
        ('{"version": 1}', "is no record of signatures"),
        ('{"version": 2, "methods": {}}', "is a record of another version"),
        ('{"version": 1, "methods": {"create_thing": "x"}}', "`x` is no signature"),
        ('{"version": 1, "methods": {"create_thing": "): 0\\nx("}}', "is no signature"),
    ],
)
def test_a_record_that_is_none(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "signatures.json"
    file.write_text(text, "utf-8")
    ended = run("compatibility-signatures", Recorded, snapshot=file)
    assert ended.status is Status.FAILED
    assert reason in ended.reason


def test_the_record_stands_beside_the_factory() -> None:
    one = subject(SAMPLE, {})
    file = compatibility.recorded_in(one)
    assert file == SAMPLES / "test_framework/ssot/mock_factory.signatures.json"
    assert "--record" in run("compatibility-signatures", one.factory).reason


def test_a_factory_of_no_file_has_no_record() -> None:
    factory = type("Factory", (), {"__module__": "nowhere"})
    assert "comes from no file" in run("compatibility-signatures", factory).reason


# Group consistency.


def other_session() -> Any:
    session = AsyncMock()
    session.execute.return_value = 3
    return session


def by_name(mock_type: str) -> Any:
    return other_session() if mock_type == "AsyncSession" else AsyncMock()


@pytest.mark.parametrize(
    ("check_id", "method", "broken"),
    [
        ("consistency-create_mock-AsyncSession", "create_mock", by_name),
        (
            "consistency-suite-database_session",
            "create_mock_suite",
            lambda _: {"database_session": other_session()},
        ),
    ],
)
def test_another_way_gives_something_else(
    check_id: str, method: str, broken: Callable[..., Any]
) -> None:
    ended = run(check_id, type("Factory", (sample(),), {method: staticmethod(broken)}))
    assert ended.status is Status.FAILED
    assert "execute() is MagicMock in create_database_session_mock(), 3 in " in ended.reason
    assert ended.reason.count("\n") == len({"commit", "scalar", "scalars"}) + 8


@pytest.mark.parametrize("suite", [{}, None])
def test_a_suite_that_lacks_a_type(suite: object) -> None:
    factory = type("F", (sample(),), {"create_mock_suite": staticmethod(lambda _: suite)})
    assert run("consistency-suite-agent", factory).reason == "create_mock_suite does not know agent"


# The registry.


def test_ids_begin_with_their_group_and_are_unique() -> None:
    one = subject(SAMPLE, {})
    found = checks(one)
    assert all(check.id.startswith(f"{check.group}-") for check in found)
    assert len({check.id for check in found}) == len(found)


def test_checks_are_chosen_by_group_and_by_id() -> None:
    found = checks(subject(SAMPLE, {}))
    wanted = selected(found, ["compatibility", "consistency-suite-tool"])
    assert [check.id for check in wanted] == ["compatibility-signatures", "consistency-suite-tool"]
    nearest = r"no check or group `consistancy`; did you mean `consistency`\?"
    for wanted_or_ignored in (["consistancy"], []), ([], ["consistancy"]):
        with pytest.raises(LookupError, match=nearest):
            selected(found, *wanted_or_ignored)
    with pytest.raises(LookupError, match="group `x`; there are interface, performance"):
        selected(found, ["x"])


def test_checks_are_left_out_by_pattern() -> None:
    found = checks(subject(SAMPLE, {}))
    left = {check.id for check in selected(found, ["consistency-suite-*"], ["*-tool", "events"])}
    assert left == {check.id for check in found if check.id.startswith("consistency-suite-")} - {
        "consistency-suite-tool"
    }
    assert {check.group for check in selected(found, [], ["events"])} == {*GROUPS} - {"events"}


def test_the_check_that_runs_nothing_is_known_here_too() -> None:
    assert one_factory.ID == ONE_FACTORY
    assert selected(checks(subject(SAMPLE, {})), [ONE_FACTORY]) == ()


def test_a_check_that_breaks_down_has_failed() -> None:
    def breaks(_: Subject) -> None:
        raise RuntimeError("odd")

    one = Subject(factory=Recorded, name="tests:Recorded", interfaces={})
    ended = outcome(Check("x-y", "x", "", breaks), one)
    assert (ended.status, ended.reason) == (Status.FAILED, "RuntimeError: odd")
