"""The baseline's file, and violations held against it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.gate.baseline import Baseline, Entry, Seen, relative
from ssot_migrate.gate.head import begun
from ssot_migrate.model import Applicability, Severity, UserError, Violation

ROOT = Path("/project")
A, B = "a" * 16, "b" * 16

#: Few of each, so that they meet; and any text at all.
FEW = st.sampled_from(["a.py", "b.py", "tests/a.py"])
PRINTS = st.sampled_from([A, B, "c" * 16])
ANY = st.text(st.characters()) | st.sampled_from(
    [
        "my tests/a  b.py",
        "# a.py",
        "<<<<<<< ours",
        "<module>",
        "ü/测试.py",
        "a\r\nb",
        '"',
        " ",
        "x2",
    ]
)
ANY_ENTRY = st.builds(
    Entry,
    ANY,
    ANY,
    ANY,
    st.text("0123456789abcdef", min_size=16, max_size=16),
    st.integers(1, 999_999_999),
)
ENTRY = st.builds(
    Entry, FEW, st.sampled_from("rs"), st.sampled_from("fg"), PRINTS, st.integers(1, 3)
)


def violation(path: str = "a.py", line: int = 1, fingerprint: str = A, **more: str) -> Violation:
    rule, scope = more.get("rule", "r"), more.get("scope", "f")
    return Violation(
        rule=rule,
        family=rule,
        severity=Severity.HIGH,
        path=str(ROOT / path),
        line=line,
        column=1,
        end_line=line,
        end_column=9,
        name=None,
        scope=scope,
        evidence=(),
        applicability=Applicability.SAFE,
        fingerprint=fingerprint,
    )


def by_file(violations: Iterable[Violation]) -> list[list[Violation]]:
    """Sort violations as runs do."""
    ordered = sorted(violations, key=lambda v: (v.path, v.line, v.column))
    return [list(found) for _, found in groupby(ordered, key=lambda v: v.path)]


def held(*accepted: Entry) -> Baseline:
    return Baseline().holding(accepted)


def entry_of(found: Violation, count: int = 1) -> Entry:
    path = Path(found.path).relative_to(ROOT).as_posix()
    return Entry(path, found.rule, found.scope, found.fingerprint, count)


@given(st.lists(ANY_ENTRY), st.sampled_from(["\n", "\r\n"]))
def test_any_entries_survive_the_file(entries: Sequence[Entry], newline: str) -> None:
    baseline = held(*entries)
    data = baseline.render().replace(b"\n", newline.encode())
    again = Baseline.parse(data, "file")
    assert again.entries == baseline.entries
    assert again.render() == data
    first = begun(again.comments)
    assert first is not None
    assert first.total == sum(entry.count for entry in baseline.entries)


@given(st.lists(ANY_ENTRY, min_size=1))
def test_a_line_is_one_entry(entries: Sequence[Entry]) -> None:
    baseline = held(*entries)
    _, *files = baseline.render().decode().removesuffix("\n").split("\n\n")
    found = [[Entry.parse(line) for line in file.split("\n")] for file in files]
    assert [entry for file in found for entry in file] == list(baseline.entries)
    assert [{e.path for e in file} for file in found] == [
        {path} for path in dict.fromkeys(e.path for e in baseline.entries)
    ]


@given(
    st.lists(ENTRY),
    st.lists(
        st.builds(
            violation,
            FEW,
            st.integers(1, 99),
            PRINTS,
            rule=st.sampled_from("rs"),
            scope=st.sampled_from("fg"),
        ),
        unique_by=lambda v: (v.path, v.line),
    ),
)
def test_matching_is_what_a_naive_model_says(
    entries: Sequence[Entry], violations: Sequence[Violation]
) -> None:
    baseline = held(*entries)
    matched = baseline.matched(by_file(violations), ROOT)
    free = [e.key for e in baseline.entries for _ in range(e.count)]
    new, accepted = [], []
    for found in sorted(violations, key=lambda v: (v.path, v.line)):
        key = entry_of(found).key
        if key in free:
            free.remove(key)
            accepted.append(found)
        else:
            new.append(found)
    assert list(matched.new) == new
    assert list(matched.accepted) == accepted
    assert [e.key for e in matched.stale for _ in range(e.count)] == sorted(free)
    assert not baseline.holding(matched.kept).matched(by_file(violations), ROOT).stale
    assert baseline.holding(matched.kept).matched(by_file(violations), ROOT).new == matched.new
    now = baseline.holding(matched.wanted)
    assert now == held(*map(entry_of, violations))
    assert matched.changed.keys() <= set(matched.new)
    unused = Counter((e.path, e.rule, e.scope) for e in matched.stale for _ in range(e.count))
    explaining = Counter((*entry_of(v).key[:2], scope) for v, scope in matched.changed.items())
    assert explaining <= unused
    # Where one is left, nothing new stands in its scope that it could explain.
    left = Counter(entry_of(v).key[:3] for v in matched.new if v not in matched.changed)
    assert not (unused - explaining).keys() & left.keys()


def test_of_equal_blocks_the_later_ones_are_new() -> None:
    blocks = [violation(line=line) for line in (30, 10, 20)]
    matched = held(entry_of(blocks[0], 2)).matched(by_file(blocks), ROOT)
    assert [v.line for v in matched.accepted] == [10, 20]
    assert [v.line for v in matched.new] == [30]
    assert matched.changed == {}


def test_an_accepted_block_that_changed_is_new_and_known() -> None:
    before, after, other = (
        violation(),
        violation(fingerprint=B),
        violation(fingerprint=B, scope="g"),
    )
    matched = held(entry_of(before)).matched(by_file([after, other]), ROOT)
    assert matched.new == (after, other)
    assert matched.changed == {after: after.scope}
    assert matched.stale == (entry_of(before),)


def test_one_that_is_gone_explains_one_that_is_new() -> None:
    new = [violation(line=line, fingerprint=B) for line in (1, 2)]
    assert held(entry_of(violation())).matched(by_file(new), ROOT).changed == {new[0]: "f"}


def test_the_same_block_in_another_scope_was_accepted_there() -> None:
    old = [violation(scope="f"), violation(scope="f", fingerprint=B)]
    new = [violation(scope="g"), violation(line=2, scope="f", fingerprint="c" * 16)]
    matched = held(*map(entry_of, old)).matched(by_file(new), ROOT)
    assert matched.changed == {new[0]: "f", new[1]: "f"}


def judged(seen: Seen | None, *accepted: Entry) -> list[str]:
    return [e.path for e in held(*accepted).matched((), ROOT, seen).stale]


def test_only_what_was_looked_at_is_stale() -> None:
    rules = frozenset({"r", "s", "second-factory"})
    seen = Seen({"a.py": {"r"}, "b.py": rules}, {"gone.py"}, {"r"}, rules)
    assert judged(seen, Entry("a.py", "r", "f", A), Entry("c.py", "r", "f", A)) == ["a.py"]
    assert judged(seen, Entry("a.py", "s", "f", A), Entry("b.py", "s", "f", A)) == ["b.py"]
    assert judged(seen, Entry("gone.py", "r", "f", A), Entry("gone.py", "s", "g", A)) == ["gone.py"]
    assert judged(seen, Entry("a.py", "old-rule", "f", A)) == ["a.py"]
    assert judged(seen, Entry("c.py", "old-rule", "f", A)) == []


def test_what_others_tell_of_a_file_is_known_when_all_were_asked() -> None:
    entry, rules = Entry("a.py", "second-factory", "f", A), {"second-factory"}
    assert judged(Seen({"a.py": rules}, known=rules), entry) == []
    assert judged(Seen({"a.py": rules}, known=rules, whole=True), entry) == ["a.py"]
    assert judged(Seen({}, {"a.py"}, rules, rules), entry) == ["a.py"]


def test_an_entry_follows_its_file() -> None:
    found = violation("new.py")
    old = Entry("old.py", "r", "f", A)
    matched = held(old).matched(by_file([found]), ROOT, moved={"old.py": "new.py"})
    assert (matched.new, matched.accepted, matched.stale) == ((), (found,), ())
    assert matched.kept == matched.wanted == (entry_of(found),)
    both = held(old, entry_of(found, 2)).matched(by_file([found]), ROOT, moved={"old.py": "new.py"})
    assert both.stale == (entry_of(found, 2),)


def error(text: str) -> str:
    with pytest.raises(UserError) as caught:
        Baseline.parse(text.encode(), "base.txt")
    return str(caught.value)


def test_lines_that_are_no_entries_are_told() -> None:
    good = f"a.py  r  f  {A}"
    assert error(f"{good}\n\na.py r f {A}\n").startswith("base.txt:3: an entry is `path  rule")
    assert error(f"{good}  2\n").startswith("base.txt:1: `2` is no count; write `x2` for two;")
    assert error(f"{good}  x0\n").startswith("base.txt:1: `x0` is no count")
    assert error("a.py  r  f  12\n").startswith("base.txt:1: `12` is no fingerprint of 16 hex")
    assert error(f'"a.py  r  f  {A}\n').startswith('base.txt:1: "a.py is not quoted as JSON is')
    assert error(f'"a"x  r  f  {A}\n').startswith('base.txt:1: "a"x is not quoted')


@pytest.mark.parametrize("marker", ["<<<<<<< HEAD", "||||||| 1a2b3c", "=======", ">>>>>>> b"])
def test_markers_of_a_conflict_are_told(marker: str) -> None:
    assert error(f"a.py  r  f  {A}\r\n{marker}\r\n").startswith(
        "base.txt:2: a conflict of a merge; remove the lines with markers, keep the entries of both"
    )


def test_a_file_of_a_later_version_is_told() -> None:
    text = Baseline().render().decode().replace("version 1", "version 2")
    assert error(text) == "base.txt: is of a later version of ssot-migrate; update to that"


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"base\.txt: is not UTF-8 \(byte 1\)"):
        Baseline.parse(b"a\xff", "base.txt")
    with pytest.raises(UserError, match=r"gone\.txt: cannot be read \(No such file"):
        Baseline.read(tmp_path / "gone.txt")


def test_what_people_and_merges_leave_is_read() -> None:
    text = f"# mine\r\n  # too\r\nb.py  r  f  {A}  \r\na.py  r  f  {A}\r\na.py  r  f  {A}  x3\r\n"
    baseline = Baseline.parse(b"\xef\xbb\xbf" + text.encode(), "base.txt")
    assert baseline.entries == (Entry("a.py", "r", "f", A, 3), Entry("b.py", "r", "f", A))
    assert baseline.render().decode() == (
        f"# mine\r\n  # too\r\n\r\na.py  r  f  {A}  x3\r\n\r\nb.py  r  f  {A}\r\n"
    )
    assert begun(baseline.comments) is None


def test_the_head_says_what_it_began_with() -> None:
    entries = [Entry("tests/api/a  b.py", "agent", "f", A, 12), Entry("c.py", "agent", "f", B)]
    text = held(*entries, Entry("tests/api/d.py", "websocket", "f", B)).render().decode()
    assert text.splitlines()[4:] == [
        "# It began with 14 violations; `ssot-migrate baseline show` counts what is left.",
        "#   rule       agent         13",
        "#   rule       websocket      1",
        "#   directory  .              1",
        "#   directory  tests/api     13",
        "",
        f"c.py  agent  f  {B}",
        "",
        f'"tests/api/a\\u0020\\u0020b.py"  agent  f  {A}  x12',
        "",
        f"tests/api/d.py  websocket  f  {B}",
    ]
    assert "It began with 1 violation;" in held(entries[1]).render().decode()


def test_the_head_stays_until_it_is_recounted() -> None:
    first = Baseline.parse(held(Entry("a.py", "r", "f", A, 2)).render(), "base.txt")
    less = first.holding([Entry("a.py", "r", "f", A)])
    assert less.comments == first.comments
    count = begun(less.recounted().comments)
    assert count is not None
    assert (count.total, count.rules, count.directories) == (1, {"r": 1}, {".": 1})


def test_a_head_that_was_damaged_says_nothing() -> None:
    text = held(Entry('"/a.py', "r", "f", A)).render().decode()
    assert begun(text.splitlines()) is not None
    assert begun(text.replace('"\\""', '"x').splitlines()) is None


def test_a_file_on_another_drive_keeps_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    assert relative("/elsewhere/a.py", ROOT) == "../elsewhere/a.py"
    monkeypatch.setattr("os.path.relpath", refuse)
    assert relative("/elsewhere/a.py", ROOT) == "/elsewhere/a.py"
