"""A trial: what counts as a regression, what is taken back, what is confirmed, and what it costs."""

import math
import re
from collections.abc import Callable, Collection

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ssot_migrate.model import Change, Failure, UserError, Violation
from ssot_migrate.trial.attempts import Doing
from ssot_migrate.trial.runner import Observation, Seen, Status, TestId
from ssot_migrate.trial.trial import TrialResult
from tests.trials import (
    PASSED,
    ROOT,
    Oracle,
    World,
    breaks,
    change,
    concerning,
    failing,
    only,
    unmakeable,
)

TESTS = {"test_a.py": ["test_1", "test_2", "test_3"], "test_b.py": ["test_1", "test_4"]}


def names(result: TrialResult) -> set[str | None]:
    return {one.violation.name for one in result.taken_back}


def small(**tests: str) -> World:
    changes = [change("test_a.py", "test_1/a", "test_2/b", "test_3/c", "<module>/d")]
    return World(changes, TESTS, breaks(**tests))


def test_what_passes_is_kept_as_it_is() -> None:
    world = small()
    result = world.conduct()
    assert result.changes == tuple(world.changes)
    assert (result.taken_back, result.flaky, result.warnings) == ((), (), ())
    assert result.confirmed == world.changes[0].fixed
    assert (result.passed, result.failed_before, result.runs, result.seconds) == (3, 0, 2, 1.0)
    assert world.asked[0] == ((f"{ROOT}/test_a.py",), frozenset())
    assert world.doings == [Doing.BEFORE, Doing.AFTER]


def test_nothing_to_do() -> None:
    result = World([], TESTS, breaks()).conduct()
    assert (result.changes, result.runs, result.warnings) == ((), 0, ())


def test_a_fix_that_breaks_its_test_is_taken_back() -> None:
    world = small(test_2="b")
    result = world.conduct()
    (taken,) = result.taken_back
    assert taken.violation.name == "b"
    assert (taken.test, taken.message) == ("test_a.py::test_2", "broken by test_2")
    assert [fix.name for fix in result.changes[0].fixed] == ["a", "c", "d"]
    assert result.passed == 3
    # Before, after, both again, and the guess, which is the whole result as well.
    assert [*world.doings] == ["before", "after", "again", "again", "search"]


def test_a_break_by_a_module_level_fix_is_found() -> None:
    result = small(test_1="d", test_2="d", test_3="d").conduct()
    assert names(result) == {"d"}


def test_each_is_told_with_what_broke_when_it_was_put_back() -> None:
    result = small(test_1="a", test_3="c").conduct()
    assert [(one.violation.name, one.test) for one in result.taken_back] == [
        ("a", "test_a.py::test_1"),
        ("c", "test_a.py::test_3"),
    ]


def test_a_change_without_a_fix_left_is_none() -> None:
    world = World([change("test_a.py", "test_1/a")], TESTS, breaks(test_1="a"))
    result = world.conduct()
    assert (result.changes, names(result)) == ((), {"a"})
    assert result.runs == 4, "that all passes without any fix is known from the start"


def test_tests_that_failed_before_do_not_count() -> None:
    world = small()
    world.oracle = lambda test, _: failing() if test.endswith("test_2") else PASSED
    result = world.conduct()
    assert (result.taken_back, result.failed_before, result.passed) == ((), 1, 2)
    assert [fix.name for fix in result.unconfirmed] == ["b"]


@pytest.mark.parametrize(
    ("end", "message"),
    [
        (None, "it did not run"),
        (Seen(Status.SKIPPED), "it is skipped now"),
        (Seen(Status.SKIPPED, "no network"), "it is skipped now: no network"),
    ],
)
def test_what_no_longer_proves_anything_is_a_regression(end: Seen | None, message: str) -> None:
    world = small()
    world.oracle = lambda test, fixes: (
        end if test.endswith("test_2") and "test_a.py:b" in fixes else PASSED
    )
    (taken,) = world.conduct().taken_back
    assert (taken.violation.name, taken.message) == ("b", message)


def test_a_file_taken_down_by_one_of_its_tests_is_searched_by_halves() -> None:
    """What does not run says nothing of how many are bad."""
    fixes = [f"test_{number}/f{number}" for number in range(64)]
    world = World(
        [change("test_a.py", *fixes, "<module>/m")],
        {"test_a.py": [f"test_{number}" for number in range(64)]},
        lambda _, kept: None if "test_a.py:f33" in kept else PASSED,
    )
    result = world.conduct()
    assert names(result) == {"f33"}
    assert result.runs <= 4 + math.log2(65) + 2


def ending(world: World, test: str, ends: Callable[[int, frozenset[str]], bool]) -> None:
    """Let a test pass as a function of the execution's number and the fixes says."""

    def adapt(number: int, seen: Observation, fixes: frozenset[str]) -> Observation:
        assert seen.tests is not None
        name = TestId("test_a.py", test)
        end = PASSED if ends(number, fixes) else failing()
        return replace(seen, tests={**seen.tests, name: end}) if name in seen.tests else seen

    world.adapt = adapt


@pytest.mark.parametrize(
    "ends",
    [
        pytest.param(lambda number, _: number != 2, id="fails once"),
        pytest.param(lambda number, _: number % 2 == 1, id="alternates"),
        pytest.param(lambda number, _: number == 1, id="passes only at first"),
    ],
)
def test_a_flaky_test_is_told_and_does_not_count(
    ends: Callable[[int, frozenset[str]], bool],
) -> None:
    world = small(test_1="a")
    ending(world, "test_2", ends)
    result = world.conduct()
    assert names(result) == {"a"}
    assert result.flaky == ("test_a.py::test_2",)
    assert [fix.name for fix in result.unconfirmed] == ["b"]


def test_where_only_flaky_tests_broke_nothing_is_taken_back() -> None:
    world = small()
    ending(world, "test_2", lambda number, _: number != 2)
    result = world.conduct()
    assert (result.taken_back, result.runs) == ((), 3)
    assert result.changes == tuple(world.changes)


def test_a_test_that_is_flaky_in_the_last_execution_does_not_count_either() -> None:
    world = two_files()
    ending(world, "test_1", lambda number, _: number != 5)
    assert len(world.conduct().flaky) == 0, "the file is not executed then"
    world = two_files()
    ending(world, "test_1", lambda number, _: number != 7)
    result = world.conduct()
    assert result.flaky == ("test_a.py::test_1",)
    assert names(result) == {"z"}


def two_files() -> World:
    """Make a project in which one of two files is broken by one of three fixes of a module."""
    changes = [
        change("test_a.py", "test_1/a", "test_2/b"),
        change("test_b.py", "<module>/x", "<module>/y", "<module>/z"),
    ]
    return World(changes, TESTS, breaks(test_4="z"))


def test_only_files_with_broken_tests_are_executed_until_the_end() -> None:
    world = two_files()
    assert names(world.conduct()) == {"z"}
    both, broken = (f"{ROOT}/test_a.py", f"{ROOT}/test_b.py"), (f"{ROOT}/test_b.py",)
    files = [asked[0] for asked in world.asked]
    assert files == [both, both, *[broken] * (len(files) - 3), both]
    assert world.doings[-1] is Doing.CONFIRM


def test_files_that_have_nothing_in_common_are_searched_at_once() -> None:
    paths = [f"test_{number}.py" for number in range(30)]
    fixes = [f"<module>/f{number}" for number in range(8)]
    world = World(
        [change(path, *fixes) for path in paths],
        dict.fromkeys(paths, ("test_it",)),
        breaks(test_it="f5"),
    )
    result = world.conduct()
    assert len(result.taken_back) == 30
    assert names(result) == {"f5"}
    assert result.runs <= 2 + 2 + math.log2(8) + 2


def test_a_conftest_joins_what_it_concerns() -> None:
    """Its fixture breaks one of the tests below it; the files of the others are not searched."""
    world = World(
        [
            change("conftest.py", "ws/p", "db/q"),
            change("test_a.py", "test_1/a"),
            change("test_b.py", "test_4/b"),
        ],
        TESTS,
        breaks(test_4="q"),
        users={"conftest.py": ["test_a.py", "test_b.py"]},
    )
    result = world.conduct()
    assert names(result) == {"q"}
    searched = [files for doing, (files, _) in zip(world.doings, world.asked, strict=True)
                if doing is Doing.SEARCH]  # fmt: skip
    assert set(searched) == {(f"{ROOT}/test_b.py",)}


def below_a_conftest(oracle: Oracle) -> World:
    """Make forty files with eight fixes each, and a ``conftest.py`` that concerns all of them."""
    paths = [f"test_{number:02}.py" for number in range(40)]
    fixes = [f"<module>/f{number}" for number in range(8)]
    return World(
        [change("conftest.py", "ws/p", "ws/q", "ws/r"), *(change(path, *fixes) for path in paths)],
        dict.fromkeys(paths, ("test_it",)),
        oracle,
        users={"conftest.py": paths},
    )


def test_a_conftest_that_is_well_joins_nothing() -> None:
    """All of the files are bad; whether it is the conftest's fault is asked once."""
    result = below_a_conftest(breaks(test_it="f5")).conduct()
    assert len(result.taken_back) == 40
    assert names(result) == {"f5"}
    assert result.runs <= 2 + 2 + 1 + (math.log2(8) + 1) + 1


def test_a_conftest_that_is_bad_is_searched_before_the_rest() -> None:
    """Half of the files are broken by a fixture, three of the others by a fix of their own."""

    def ends(test: str, fixes: frozenset[str]) -> Seen:
        path = test.partition("::")[0]
        if "conftest.py:q" in fixes and path < "test_20.py":
            return failing("by the fixture")
        own = f"{path}:f5" in fixes and path > "test_36.py"
        return failing("by its own") if own else PASSED

    result = below_a_conftest(ends).conduct()
    found = [(one.violation.path, one.violation.name, one.message) for one in result.taken_back]
    assert found == [
        ("conftest.py", "q", "by the fixture"),
        *((f"test_{number}.py", "f5", "by its own") for number in (37, 38, 39)),
    ]
    assert result.runs <= 2 + 2 + 1 + (math.log2(163) + 3) + 1 + 1 + (math.log2(8) + 1) + 1


def test_fixes_that_cannot_be_made_alone_stay_together() -> None:
    """Nothing but the whole change can be made, so the whole change is taken back."""
    world = small(test_2="b")
    world.only = unmakeable
    result = world.conduct()
    assert (names(result), result.changes) == ({"a", "b", "c", "d"}, ())
    assert {one.message for one in result.taken_back} == {"it does not parse"}
    assert result.runs == 4


def test_a_change_with_other_fixes_than_asked_for_is_none() -> None:
    """Two fixes of one place come together or not at all; what breaks takes both with it."""
    world = small(test_2="b")

    def at_places(changed: Change, fixes: Collection[Violation]) -> Change | Failure | None:
        together = {fix for fix in changed.fixed if fix.name in {"b", "c"}}
        return only(changed, {*fixes, *together} if together & set(fixes) else fixes)

    world.only = at_places
    result = world.conduct()
    assert names(result) == {"b", "c"}
    assert [fix.name for fix in result.changes[0].fixed] == ["a", "d"]


def test_a_file_that_cannot_be_collected_says_why() -> None:
    world = small()
    fails = failing("ImportError: no mocks")
    world.oracle = lambda _, fixes: None if "test_a.py:d" in fixes else PASSED
    world.adapt = lambda _, seen, fixes: (
        replace(seen, tests={TestId("test_a.py", ""): fails}) if "test_a.py:d" in fixes else seen
    )
    (taken,) = world.conduct().taken_back
    assert taken.message == "it did not run: ImportError: no mocks"


def test_a_regression_that_needs_another_file_is_no_flaky_test() -> None:
    """A fix in one file breaks a test of another that passes when its file is run alone."""
    world = two_files()

    def adapt(_: int, seen: Observation, fixes: frozenset[str]) -> Observation:
        assert seen.tests is not None
        here, there = TestId("test_a.py", "test_1"), TestId("test_b.py", "test_4")
        is_broken = here in seen.tests and there in seen.tests and "test_b.py:x" in fixes
        return replace(seen, tests={**seen.tests, here: failing()}) if is_broken else seen

    world.oracle = breaks()
    world.adapt = adapt
    result = world.conduct()
    assert (names(result), result.flaky) == ({"x"}, ())


def test_a_test_that_needs_another_file_to_pass_is_no_flaky_one() -> None:
    """It fails whenever its file is run alone, with the change or without."""
    world = two_files()

    def adapt(_: int, seen: Observation, __: frozenset[str]) -> Observation:
        tests, name = seen.tests or {}, TestId("test_b.py", "test_4")
        is_alone = TestId("test_a.py", "test_1") not in tests
        return replace(seen, tests={**tests, name: failing()}) if is_alone else seen

    world.adapt = adapt
    result = world.conduct()
    assert (names(result), result.flaky) == ({"z"}, ())


def test_many_bad_fixes_in_a_file_are_an_execution_each() -> None:
    """Thirty tests break by a fix of their own, one of them has a good one beside it."""
    fixes = ["test_0/good", *(f"test_{number}/f{number}" for number in range(60))]
    world = World(
        [change("test_a.py", *fixes)],
        {"test_a.py": [f"test_{number}" for number in range(60)]},
        breaks(**{f"test_{number}": f"f{number}" for number in range(0, 60, 2)}),
    )
    result = world.conduct()
    assert names(result) == {f"f{number}" for number in range(0, 60, 2)}
    # Before, after, both again, the guess, the good one (twice as many after it), each bad one.
    assert result.runs <= 2 + 2 + 1 + 2 + 30


def test_a_break_that_shows_only_in_the_whole_is_searched_in_the_whole() -> None:
    """Once ``z`` is gone, ``a`` breaks the other file: all is searched again."""
    world = two_files()
    world.oracle = lambda test, fixes: (
        failing()
        if (test.endswith("test_4") and "test_b.py:z" in fixes)
        or (test.endswith("a.py::test_2") and "test_b.py:z" not in fixes and "test_a.py:a" in fixes)
        else PASSED
    )
    result = world.conduct()
    assert names(result) == {"a", "z"}
    assert result.passed == 5


def test_what_dies_for_all_is_told_from_what_breaks_apart() -> None:
    """One file ends the process, another only fails; a third is well."""
    paths = ["test_a.py", "test_b.py", "test_c.py"]
    fixes = [f"<module>/f{number}" for number in range(4)]
    world = World(
        [change(path, *fixes) for path in paths], dict.fromkeys(paths, ("test_it",)), breaks()
    )

    def adapt(_: int, seen: Observation, kept: frozenset[str]) -> Observation:
        tests = seen.tests or {}
        if "test_a.py:f1" in kept and TestId("test_a.py", "test_it") in tests:
            return replace(seen, tests=None, exit_code=139)
        broken = TestId("test_b.py", "test_it")
        if "test_b.py:f2" in kept and broken in tests:
            return replace(seen, tests={**tests, broken: failing()})
        return seen

    world.adapt = adapt
    result = world.conduct()
    assert {(one.violation.path, one.violation.name) for one in result.taken_back} == {
        ("test_a.py", "f1"),
        ("test_b.py", "f2"),
    }


def test_a_question_that_kills_all_is_asked_of_each_alone() -> None:
    """What is well with all fixes of a file dies with some of them: others are not to blame."""
    paths = ["test_a.py", "test_b.py"]
    fixes = [f"<module>/f{number}" for number in range(4)]
    world = World(
        [change(path, *fixes) for path in paths],
        dict.fromkeys(paths, ("test_it",)),
        breaks(test_it="f3"),
    )

    def adapt(_: int, seen: Observation, kept: frozenset[str]) -> Observation:
        dies = kept & {"test_a.py:f0", "test_a.py:f3"} == {"test_a.py:f0"}
        runs = TestId("test_a.py", "test_it") in (seen.tests or {})
        return replace(seen, tests=None, exit_code=139) if dies and runs else seen

    world.adapt = adapt
    result = world.conduct()
    assert {(one.violation.path, one.violation.name) for one in result.taken_back} == {
        ("test_a.py", "f0"),
        ("test_a.py", "f3"),
        ("test_b.py", "f3"),
    }


def test_a_death_that_does_not_come_again_is_only_told() -> None:
    world = small(test_2="b")
    world.adapt = lambda number, seen, _: replace(seen, tests=None) if number == 2 else seen
    result = world.conduct()
    assert (names(result), result.flaky) == ({"b"}, ())
    assert result.warnings == ("the tests died once with the changes, and not again: see 2.txt",)


def test_what_takes_too_long_with_a_fix_is_a_regression() -> None:
    world = small()
    world.adapt = lambda _, seen, fixes: (
        replace(seen, tests={}, timed_out=True) if "test_a.py:c" in fixes else seen
    )
    (taken,) = world.conduct().taken_back
    assert (taken.violation.name, taken.message) == ("c", "it did not run: the time was up")


@pytest.mark.parametrize(
    ("before", "message"),
    [
        ({"timed_out": True}, "took longer than --trial-timeout before any change: see 1.txt"),
        ({"tests": None, "exit_code": 4}, "exit code 4 before any change"),
        ({"tests": {}}, "no test passes before any change (exit code 0), so"),
        (
            {"elsewhere": frozenset({"/project/test_a.py", "/project/not_ours.py"})},
            "load test_a.py from the project itself, not from its copy",
        ),
    ],
)
def test_where_nothing_can_be_proven(before: dict[str, object], message: str) -> None:
    world = small()
    world.adapt = lambda _, seen, __: replace(seen, **before)
    with pytest.raises(UserError, match=re.escape(message)):
        world.conduct()
    assert len(world.asked) == 1


def test_a_message_names_some_of_many_files() -> None:
    world = World([change(f"{name}.py", "ws/a") for name in "abcde"], TESTS, breaks())
    world.users = {one.path: ["test_a.py"] for one in world.changes}
    world.adapt = lambda _, seen, __: replace(seen, elsewhere=seen.loaded)
    with pytest.raises(UserError, match=r"load a\.py, b\.py, c\.py and 2 more from"):
        world.conduct()


def test_files_loaded_from_elsewhere_after_the_change_prove_nothing() -> None:
    world = small()
    world.adapt = lambda number, seen, _: (
        replace(seen, elsewhere=seen.loaded) if number == 2 else seen
    )
    with pytest.raises(UserError, match="editable install"):
        world.conduct()


def test_tests_that_die_without_the_change_prove_nothing() -> None:
    world = small(test_2="b")
    world.adapt = lambda number, seen, _: replace(seen, tests=None) if number == 4 else seen
    with pytest.raises(UserError, match=r"die now and then without any change.*see 4\.txt"):
        world.conduct()


def test_by_exit_code() -> None:
    world = two_files()
    world.is_detailed = False
    (taken,) = (result := world.conduct()).taken_back
    assert taken.violation.name == "z"
    assert (taken.test, taken.message) == ("the command", "exit code 1")
    assert {files for files, _ in world.asked} == {(f"{ROOT}/test_a.py", f"{ROOT}/test_b.py")}
    # Nobody knows what the command ran, so it speaks for no single fix.
    assert (result.passed, result.confirmed, len(result.unconfirmed)) == (None, (), 4)


def gated(world: World, gate: Callable[[int, frozenset[str]], bool]) -> World:
    """Let the command end with 3 where a gate beside the tests refuses an execution."""
    world.adapt = lambda number, seen, fixes: (
        replace(seen, exit_code=3) if gate(number, fixes) else seen
    )
    return world


def test_a_command_that_fails_beside_its_tests_convicts_a_fix() -> None:
    world = two_files()
    world.oracle = breaks()
    result = gated(world, lambda _, fixes: "test_a.py:a" in fixes).conduct()
    (taken,) = result.taken_back
    assert taken.violation.name == "a"
    assert (taken.test, taken.message) == ("the command", "exit code 3, though its tests pass")
    assert result.passed == sum(map(len, world.tests.values()))


def test_a_gate_that_refuses_everything_says_nothing() -> None:
    world = two_files()
    world.oracle = breaks()
    result = gated(world, lambda _, __: True).conduct()
    assert result.taken_back == ()
    assert result.flaky == ()


def test_a_gate_that_refuses_now_and_then_is_flaky() -> None:
    world = two_files()
    world.oracle = breaks()
    result = gated(world, lambda number, _: number == 2).conduct()
    assert result.taken_back == ()
    assert result.flaky == ("the command",)


def test_a_test_that_breaks_is_blamed_before_the_gate() -> None:
    world = two_files()
    result = gated(world, lambda _, fixes: bool({"test_a.py:a", "test_b.py:z"} & fixes)).conduct()
    assert names(result) == {"a", "z"}


def test_by_exit_code_a_timeout_is_a_regression() -> None:
    world = small()
    world.is_detailed = False
    world.adapt = lambda _, seen, fixes: (
        replace(seen, timed_out=True, exit_code=-9) if "test_a.py:c" in fixes else seen
    )
    assert names(world.conduct()) == {"c"}


def test_tests_of_unknown_files_are_judged_by_executions_of_all() -> None:
    world = two_files()

    def adapt(_: int, seen: Observation, __: frozenset[str]) -> Observation:
        tests = {TestId(None, f"{test.file}::{test.name}"): one
                 for test, one in (seen.tests or {}).items()}  # fmt: skip
        return replace(seen, tests=tests)

    world.adapt = adapt
    assert names(world.conduct()) == {"z"}
    assert {files for files, _ in world.asked} == {(f"{ROOT}/test_a.py", f"{ROOT}/test_b.py")}


def test_a_change_that_concerns_no_test_is_unconfirmed() -> None:
    world = World([change("fakes.py", "make/a")], TESTS, breaks(), users={"fakes.py": []})
    result = world.conduct()
    assert (result.changes, result.runs) == (tuple(world.changes), 0)
    assert [fix.name for fix in result.unconfirmed] == ["a"]
    assert result.warnings == ("no test file imports fakes.py",)


def test_a_file_that_no_test_loads_is_unconfirmed() -> None:
    world = two_files()
    world.oracle = breaks()
    world.adapt = lambda _, seen, __: replace(seen, loaded=frozenset({f"{ROOT}/test_b.py"}))
    result = world.conduct()
    assert [fix.name for fix in result.confirmed] == ["x", "y", "z"]
    assert [fix.name for fix in result.unconfirmed] == ["a", "b"]
    assert result.warnings == ("no test loads test_a.py (the fixes there are unconfirmed)",)


def test_nothing_is_confirmed_where_nobody_saw_what_was_loaded() -> None:
    world = small()
    world.adapt = lambda _, seen, __: replace(seen, probed=False, loaded=frozenset())
    result = world.conduct()
    assert (result.confirmed, len(result.warnings)) == ((), 1)
    assert "which files the tests loaded" in result.warnings[0]


@pytest.mark.parametrize(
    ("scope", "tests", "is_confirmed"),
    [
        pytest.param("test_it", {"test_it[1]": False, "test_it[2]": True}, True, id="parameters"),
        pytest.param("test_it.inner", {"test_it": True}, True, id="a function inside"),
        pytest.param("test_it", {"test_it": False, "test_other": True}, False, id="failed"),
        pytest.param("test_it", {"test_other": True}, False, id="did not run"),
        pytest.param("TestA.test_it", {"TestA::test_it": True}, True, id="method"),
        pytest.param("TestA.test_it", {"TestB::test_it": True}, True, id="inherited"),
        pytest.param("TestA.setup", {"TestA::test_it": True}, True, id="class's own"),
        pytest.param(
            "TestA.ws", {"TestA::test_it": False, "TestB::test_it": True}, False, id="other class"
        ),
        pytest.param("Base.ws", {"TestB::test_it": True}, True, id="class without tests"),
        pytest.param("<module>", {"test_it": True}, True, id="module"),
        pytest.param("fixture", {"test_it": True, "test_x": False}, True, id="fixture"),
    ],
)
def test_who_confirms_a_fix(scope: str, tests: dict[str, bool], *, is_confirmed: bool) -> None:
    world = World(
        [change("test_a.py", scope)],
        {"test_a.py": [*tests, "test_fine[::]"]},
        lambda test, _: PASSED if tests.get(test.partition("::")[2], True) else failing(),
    )
    result = world.conduct()
    assert bool(result.confirmed) is is_confirmed
    assert bool(result.unconfirmed) is not is_confirmed


def test_the_shortest_of_two_files_with_one_ending_is_meant() -> None:
    """Both end in ``test_a.py``; only that at the root is named so from there."""
    world = World(
        [change("test_a.py", "test_1/a"), change("deep/test_a.py", "test_1/b")],
        {"test_a.py": ["test_1"], "deep/test_a.py": ["test_1"]},
        lambda test, fixes: failing() if test[0] == "d" and "deep/test_a.py:b" in fixes else PASSED,
    )
    result = world.conduct()
    assert names(result) == {"b"}
    assert world.asked[2][0] == (f"{ROOT}/deep/test_a.py",)


def test_an_endless_search_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssot_migrate.trial.trial._MOST", 3)
    fixes = [f"<module>/f{number}" for number in range(64)]
    world = World([change("test_a.py", *fixes)], TESTS, breaks(test_1="f50"))
    result = world.conduct()
    assert result.runs == 2 + 2 + 3
    assert {f"f{number}" for number in range(48, 56)} <= names(result)
    assert len(result.taken_back) == 16
    assert "ended after 3 executions" in result.warnings[0]


@pytest.mark.parametrize("count", [2, 5, 20, 100, 500])
@pytest.mark.parametrize("scope", ["test_{}", "<module>", "test_9999{}"])
def test_one_bad_fix_costs_few_executions(count: int, scope: str) -> None:
    """With a guess that helps, without any, and with one that does not: all after the first two."""
    fixes = [f"{scope.format(number)}/f{number}" for number in range(count)]
    tests = [f"test_{number}" for number in range(count)]
    for culprit in {0, 1, count // 2, count - 1}:
        world = World(
            [change("test_a.py", *fixes)],
            {"test_a.py": tests},
            breaks(**{f"test_{culprit}": f"f{culprit}"}),
        )
        result = world.conduct()
        assert names(result) == {f"f{culprit}"}
        assert result.runs - 2 <= 2 * math.log2(count) + 2


@pytest.mark.parametrize("crossing", [False, True])
@settings(max_examples=40)
@given(data=st.data())
def test_what_is_taken_back_is_minimal(data: st.DataObject, *, crossing: bool) -> None:
    """Whatever breaks what: the tests pass in the end, and no single fix can be put back.

    The latter holds where a test depends on no changes but those that concern its file, and on no
    fixes in other tests' functions.
    """
    paths = ["test_a.py", "test_b.py", "test_c.py"]
    scopes = st.sampled_from(["test_1", "test_2", "<module>", "ws"])
    changes = [
        change(path, *(f"{data.draw(scopes)}/{path[5]}{number}" for number in range(size)))
        for path in [*paths, "conftest.py"]
        if (size := data.draw(st.integers(0, 8)))
    ]
    fixes = [f"{fix.path}:{fix.name}" for one in changes for fix in one.fixed]
    if not fixes:
        return
    tests = {path: ["test_1", "test_2"] for path in paths}
    labels = [f"{path}::{test}" for path in paths for test in tests[path]]
    breaking = {}
    for label in data.draw(st.sets(st.sampled_from(labels))):
        able = [fix for fix in fixes if crossing or fix in concerning(changes, label)]
        if able:
            culprits = st.frozensets(st.sampled_from(able), min_size=1, max_size=2)
            breaking[label] = data.draw(st.sets(culprits, min_size=1, max_size=3))

    def ends(test: str, kept: frozenset[str]) -> Seen:
        return failing() if any(one <= kept for one in breaking.get(test, ())) else PASSED

    world = World(changes, tests, ends, users={"conftest.py": paths})
    result = world.conduct()
    asked = [one for one, doing in zip(world.asked, world.doings, strict=True) if doing != "again"]
    assert len(set(asked)) == len(asked), "nothing is executed twice"
    kept = frozenset(f"{fix.path}:{fix.name}" for one in result.changes for fix in one.fixed)
    concerned = {
        f"{path}::{test}"
        for path in paths
        for test in tests[path]
        if any(one.path in {path, "conftest.py"} for one in changes)
    }
    assert all(ends(test, kept) == PASSED for test in concerned)
    for one in () if crossing else result.taken_back:
        more = kept | {f"{one.violation.path}:{one.violation.name}"}
        assert any(ends(test, more) != PASSED for test in concerned)
