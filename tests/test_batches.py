"""A run is split into batches: everything once, in an order that says what to begin with."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ssot_migrate.migrating.batches import Batch, split
from ssot_migrate.migrating.unit import Unit
from ssot_migrate.model import Applicability, FileResult, Report, SourceFile, Violation
from ssot_migrate.settings.config import Config
from tests.report.reports import change, own, violation

ROOT = Path("/project")
PLAIN = Config(ROOT)
Found = dict[str, tuple[Violation, ...]]


def files(*paths: str, config: Config = PLAIN) -> dict[SourceFile, Config]:
    return {SourceFile.of(f"{config.root}/{path}", path): config for path in paths}


def report(found: Found) -> Report:
    """Fix all that is safe."""
    results = []
    for path, violations in sorted(found.items()):
        safe = [v for v in violations if v.applicability is Applicability.SAFE]
        made = change(path, *safe) if safe else None
        results.append(FileResult(path, violations, change=made))
    return Report(tuple(results), len(found))


def names(batches: list[Batch]) -> list[str]:
    return [batch.name for batch in batches]


def some(path: str, family: str, *applicabilities: Applicability) -> tuple[Violation, ...]:
    return tuple(violation(path, n, family, a) for n, a in enumerate(applicabilities, 1))


SAFE, UNSAFE, MANUAL = Applicability

PATHS = st.sampled_from(
    ["test_top.py", "tests/conftest.py", "tests/test_a.py", "tests/unit/test_b.py", "/else/t.py"]
)
FAMILIES = st.sampled_from(["agent", "database", "websocket", "generic"])
CONFIGS = st.builds(
    Config,
    st.sampled_from([ROOT, Path("/project/tests")]),
    trial=st.sampled_from(["", "pytest {files}", "make test"]),
    skip=st.sampled_from(["", "frozen"]),
)


@st.composite
def runs(draw: st.DrawFn) -> tuple[Report, dict[SourceFile, Config]]:
    paths = draw(st.lists(PATHS, unique=True))
    found = {
        path: tuple(
            violation(path, line, draw(FAMILIES), draw(st.sampled_from(Applicability)))
            for line in range(1, draw(st.integers(1, 4)))
        )
        for path in paths
    }
    configs = {SourceFile.of(str(ROOT / path), path): draw(CONFIGS) for path in paths}
    return report(found), configs


@given(runs(), st.sampled_from(Unit))
def test_each_mock_and_each_fix_is_in_one_batch(
    run: tuple[Report, dict[SourceFile, Config]], unit: Unit
) -> None:
    found, configs = run
    batches = split(found, configs, unit)
    fixes = [fix for batch in batches for fix in batch.fixes]
    mocks = [one for batch in batches for one in batch.violations]
    assert sorted(fixes, key=repr) == sorted(
        (fix for change in found.changes for fix in change.fixed), key=repr
    )
    assert sorted(mocks, key=repr) == sorted(found.violations, key=repr)


@given(runs(), st.sampled_from(Unit))
def test_a_batch_is_of_one_kind(run: tuple[Report, dict[SourceFile, Config]], unit: Unit) -> None:
    found, configs = run
    batches = split(found, configs, unit)
    assert len({batch.name for batch in batches}) == len({b.key for b in batches}) == len(batches)
    for batch in batches:
        assert {v.path for v in batch.violations} == {file.path for file in batch.files}
        terms = {(configs[f].root, configs[f].trial, configs[f].skip) for f in batch.files}
        assert terms == {(batch.config.root, batch.config.trial, batch.config.skip)}


@given(runs(), st.sampled_from(Unit), st.randoms())
def test_the_order_is_stable(
    run: tuple[Report, dict[SourceFile, Config]], unit: Unit, random: Random
) -> None:
    found, configs = run
    shuffled = [*configs.items()]
    random.shuffle(shuffled)
    assert split(found, dict(shuffled), unit) == split(found, configs, unit)


def test_a_directory_holds_the_files_right_in_it() -> None:
    paths = ["a/b/conftest.py", "a/b/test_x.py", "a/test_y.py", "test_z.py"]
    found = {path: some(path, "agent", SAFE) for path in paths}
    batches = split(report(found), files(*paths), Unit.DIRECTORY)
    assert {b.name: [f.path for f in b.files] for b in batches} == {
        "a/b": ["a/b/conftest.py", "a/b/test_x.py"],
        "a": ["a/test_y.py"],
        ".": ["test_z.py"],
    }


def test_a_family_holds_its_mocks_of_all_files() -> None:
    found = {
        "a.py": (*some("a.py", "agent", SAFE), violation("a.py", 9, "websocket")),
        "b.py": some("b.py", "agent", MANUAL, SAFE),
    }
    agent, websocket = split(report(found), files("a.py", "b.py"), Unit.FAMILY)
    assert (agent.family, agent.families, len(agent.fixes)) == ("agent", {"agent": 3}, 2)
    assert [file.path for file in agent.files] == ["a.py", "b.py"]
    assert agent.applicabilities == {SAFE: 2, MANUAL: 1}
    assert (websocket.family, [file.path for file in websocket.files]) == ("websocket", ["a.py"])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(
            some("z.py", "agent", SAFE, MANUAL), some("a.py", "websocket", SAFE), id="severity"
        ),
        pytest.param(
            some("z.py", "agent", SAFE), some("a.py", "agent", SAFE, SAFE, MANUAL), id="share"
        ),
        pytest.param(some("z.py", "agent", SAFE, SAFE), some("a.py", "agent", SAFE), id="size"),
        pytest.param(some("a.py", "agent", SAFE), some("z.py", "agent", SAFE), id="name"),
        pytest.param(
            some("z.py", "generic", SAFE), some("a.py", "agent", MANUAL), id="nothing to fix"
        ),
    ],
)
def test_the_order(first: tuple[Violation, ...], second: tuple[Violation, ...]) -> None:
    found = {found[0].path: found for found in (first, second)}
    batches = split(report(found), files(*sorted(found)), Unit.FILE)
    assert names(batches) == [first[0].path, second[0].path]


def test_a_severe_mock_that_no_fix_ends_does_not_count() -> None:
    found = {
        "a.py": (*some("a.py", "agent", MANUAL), violation("a.py", 2, "generic")),
        "b.py": (*some("b.py", "generic", MANUAL), violation("b.py", 2, "websocket")),
    }
    assert names(split(report(found), files("a.py", "b.py"), Unit.FILE)) == ["b.py", "a.py"]


def test_what_own_rules_find_is_in_no_batch() -> None:
    found = Report((FileResult("tests/test_own.py", (own("patch"),)),), 1)
    assert split(found, files("tests/test_own.py"), Unit.FILE) == []


def test_a_directory_with_two_commands_is_two_batches() -> None:
    found = {path: some(path, "agent", SAFE) for path in ("t/a.py", "t/b.py", "t/c.py")}
    configs = {
        **files("t/a.py"),
        **files("t/b.py", config=replace(PLAIN, trial="make slow")),
        **files("t/c.py", config=replace(PLAIN, trial="make slow", skip="frozen")),
    }
    assert names(split(report(found), configs, Unit.DIRECTORY)) == [
        "t (no trial)",
        "t (trial: make slow)",
        "t (trial: make slow, skipped: frozen)",
    ]


def test_a_family_of_two_projects_is_two_batches() -> None:
    found = {path: some(path, "agent", SAFE) for path in ("a.py", "b.py")}
    configs = files("a.py") | files("b.py", config=Config(Path("/other")))
    assert names(split(report(found), configs, Unit.FAMILY)) == [
        "agent (in /other)",
        "agent (in /project)",
    ]


def test_a_skipped_part_leaves_the_others_name_alone() -> None:
    found = {path: some(path, "agent", SAFE) for path in ("t/a.py", "t/b.py")}
    configs = files("t/a.py") | files("t/b.py", config=replace(PLAIN, skip="frozen"))
    assert names(split(report(found), configs, Unit.DIRECTORY)) == ["t", "t (skipped: frozen)"]


@pytest.mark.parametrize("unit", Unit)
def test_a_key_is_the_same_from_any_folder(unit: Unit) -> None:
    def keys(path: str) -> list[str]:
        config = {SourceFile.of("/project/tests/a.py", path): PLAIN}
        return [b.key for b in split(report({path: some(path, "agent", SAFE)}), config, unit)]

    assert keys("a.py") == keys("tests/a.py")
