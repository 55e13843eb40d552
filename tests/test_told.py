"""What is put aside of the files of a run is what they told."""

import pickle

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ssot_migrate.files import Files
from ssot_migrate.known import Export
from ssot_migrate.lazy import having
from ssot_migrate.model import Change, Failure, FileResult, Report, SourceFile, Stage
from ssot_migrate.told import Outcomes, Told
from ssot_migrate.worker.settings import Outcome
from tests.report.reports import violation

PATHS = ("b.py", "a.py", "c/\udcff.py", "c/d.py")
FOUND = violation(path="a.py")


def result(path: str, number: int, *, is_changed: bool, fails: bool, is_left: bool) -> FileResult:
    found = tuple(replace(FOUND, path=path, line=line + 1) for line in range(number))
    change = Change.of(f"/p/{path}", path, b"before", b"after!", found)
    return FileResult(
        path,
        found,
        {"agent": number} if number else {},
        change if is_changed else None,
        (Failure(path, Stage.READ, "no"),) if fails else (),
        left=dict.fromkeys(found, "why") if is_left else {},
    )


RESULTS = st.builds(
    result,
    st.sampled_from(PATHS),
    st.integers(0, 2),
    is_changed=st.booleans(),
    fails=st.booleans(),
    is_left=st.booleans(),
)


@given(st.lists(RESULTS, max_size=8))
def test_the_last_that_each_file_told_is_reported(told: list[FileResult]) -> None:
    files = Files(SourceFile.of(f"/p/{path}", path) for path in PATHS)
    outcomes = Outcomes(files)
    for one in told:
        exports = (Export(one.path, "x", is_fixture=True),) if one.change else ()
        lacking = frozenset({"agent"} if one.failures else ())
        outcomes.put(PATHS.index(one.path), Told.of(Outcome(one, exports, lacking)))
    last = {one.path: one for one in told}
    assert {*outcomes} == {*map(PATHS.index, last)}
    assert {*outcomes.exports} == {PATHS.index(path) for path, one in last.items() if one.change}
    for number in outcomes:
        sign = outcomes.signs[outcomes.sign(number)]
        assert bool(sign.lacking) == bool(last[PATHS[number]].failures)
    expected = sorted(
        (r for r in last.values() if r.violations or r.change or r.failures), key=lambda r: r.path
    )
    plain, read = Report(tuple(expected), 4), Report(outcomes.results, 4)
    assert read == plain
    assert pickle.loads(pickle.dumps(read)) == plain  # noqa: S301 (our own)
    assert [one.both for one in read.changes] == [(b"before", b"after!")] * len(plain.changes)
    assert read.all_failures == plain.all_failures
    assert read.left == plain.left
    assert read.violations == plain.violations
    for field in ("violations", "change", "left"):
        assert having(read.results, field) == having(plain.results, field)


@given(RESULTS)
def test_what_only_the_whole_run_finds_is_added_by_place(told: FileResult) -> None:
    files = Files([SourceFile.of("/p/a.py", "a.py")])
    outcomes = Outcomes(files)
    outcomes.put(0, Told.of(Outcome(told, lacking=frozenset({"agent"}))))
    more = replace(FOUND, line=2, column=99)
    outcomes.join(0, [more])
    (now,) = outcomes.results
    assert [*now.violations] == sorted([*told.violations, more], key=lambda v: (v.line, v.column))
    assert replace(now, violations=told.violations) == told
    assert outcomes.signs[outcomes.sign(0)].lacking == {"agent"}
