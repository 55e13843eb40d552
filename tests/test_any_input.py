"""Whatever a file holds: no traceback, no byte changed outside the edited statements, stable, compiling."""

import ast
import warnings
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import hypothesmith
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ssot_migrate.code.source import Source, SourceError, parse
from ssot_migrate.families.catalogue import load_families
from ssot_migrate.model import Change, FileResult, Request, SourceFile, Stage, Violation
from ssot_migrate.pipeline import find_factory
from ssot_migrate.worker.process import process
from ssot_migrate.worker.settings import Settings
from tests.mutating import Mutator
from tests.report.reports import violation
from tests.support import Project

#: Why a rewrite may be given up: the file is what this tool does not write.
GIVEN_UP = ("ends in a carriage return alone", "no place for a comment")
_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Delete, ast.Return)
_IMPORT = (ast.Import, ast.ImportFrom)


def compiles(data: bytes) -> bool:
    """Say whether Python would import a file."""
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(data, "test_it.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


class Bench:
    """A project in which one file after the other is processed."""

    def __init__(self, folder: Path) -> None:
        config = Project(folder).config()
        factory = find_factory(config)
        self.settings = {
            unsafe: Settings(
                replace(config, unsafe_fixes=unsafe), Request(fix=True), load_families(), factory
            )
            for unsafe in (False, True)
        }
        self.location = str(folder / "tests/test_it.py")
        self.seen: Counter[str] = Counter()

    def process(self, data: bytes, *, unsafe: bool) -> FileResult:
        file = SourceFile.of(self.location, "tests/test_it.py", data)
        return process(self.settings[unsafe], file).result

    def check(self, data: bytes, *, unsafe: bool = False) -> None:
        """Process a file, and hold the outcome against what is promised."""
        result = self.process(data, unsafe=unsafe)
        for failure in result.failures:
            self.seen[failure.stage] += 1
            check_failure(data, failure.stage, failure.message)
        if result.change:
            self.seen["changed"] += 1
            check_change(result.change)
            again = self.process(result.change.after, unsafe=unsafe)
            assert (again.change, again.failures) == (None, ())


def check_failure(data: bytes, stage: Stage, message: str) -> None:
    """Only what Python refuses is refused, and only what cannot be laid out is given up."""
    if stage is Stage.PARSE:
        with pytest.raises((SourceError, SyntaxError, ValueError)):
            parse(data)
    else:
        assert stage is Stage.REWRITE, message
        assert any(reason in message for reason in GIVEN_UP), message


def check_change(change: Change) -> None:
    """Every changed line belongs to a fixed block or an import, and what compiled compiles."""
    before, after = parse(change.before), parse(change.after)
    assert change.before.startswith(BOM_UTF8) is change.after.startswith(BOM_UTF8)
    assert compiles(change.after) or not compiles(change.before)
    names = {(violation.name or "").partition("[")[0] for violation in change.fixed} - {""}
    # A comment goes with the statement below it, to wherever that goes.
    edited = editable(before, names, change.fixed)
    kept = kept_lines(before, edited, free="#")
    assert is_within(kept, after.lines), "a line outside the edited statements is lost"
    said = Counter(
        line.strip()
        for number, line in enumerate(before.lines, 1)
        if line.strip().startswith("#") and number not in edited
    )
    assert said <= Counter(line.strip() for line in after.lines), "a comment is lost"
    # A comment inside a statement that becomes shorter goes above it.
    kept = kept_lines(after, editable(after, names, ()), free="#")
    # Of a line that statements share, those that are not about a mock stay.
    shared = [line for n, line in enumerate(before.lines, 1) if n in edited and ";" in line]
    kept = [one for one in kept if not any(statement(one) in line for line in shared)]
    assert is_within(kept, before.lines), "a line outside the edited statements is new"
    if set(ends(before)) <= {"\r\n", ""}:
        assert set(ends(after)) <= {"\r\n", ""}


def statement(line: str) -> str:
    """Give what a line says beside its comment, or the comment that is all of it."""
    return line.partition("#")[0].strip() or line


def editable(source: Source, names: set[str], fixed: tuple[Violation, ...]) -> set[int]:
    """Number the lines of imports, of creations, and of statements about one of the mocks."""
    numbers = {n for v in fixed for n in range(v.line, v.end_line + 1)}
    for node in ast.walk(source.tree):
        about = isinstance(node, _SIMPLE) and mentions(source, node, names)
        if about or isinstance(node, _IMPORT):
            numbers |= set(range(node.lineno, (node.end_lineno or 0) + 1))
    return numbers


def mentions(source: Source, node: ast.stmt, names: set[str]) -> bool:
    """Say whether a statement is about a mock, or has the factory make one."""
    code = source.segment(node)
    return "SSotMockFactory" in code or any(name in code for name in names)


def kept_lines(source: Source, editable: set[int], free: str) -> list[str]:
    """List the lines that no edit may touch; blank and ``free`` ones beside an editable may go."""
    numbers = set(editable)
    for order in (range(1, len(source.lines) + 1), range(len(source.lines), 0, -1)):
        beside = True
        for number in order:
            line = source.lines[number - 1].strip()
            blank = not line or bool(free and line.startswith(free))
            beside = number in editable or (beside and blank)
            if beside:
                numbers.add(number)
    return [line for number, line in enumerate(source.lines, 1) if number not in numbers]


def is_within(lines: list[str], others: list[str]) -> bool:
    """Say whether lines stand among others, byte for byte and in their order."""
    remaining = iter(others)
    return all(any(is_same(line, other) for other in remaining) for line in lines)


def is_same(line: str, other: str) -> bool:
    """Say whether lines are equal; the last of a file, which has no end, may get one."""
    if end(line) and end(other):
        return line == other
    return line.rstrip("\r\n") == other.rstrip("\r\n")


def end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def ends(source: Source) -> Iterator[str]:
    return (end(line) for line in source.lines)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("any"))


CHANGE = Change(
    "",
    "",
    b"x = 1\n\n\ny = 2\nws = MagicMock()\nws.user_id = 1\nassert ws == 3\n# why",
    b"x = 1\n\n\ny = 2\nws = SSotMockFactory.create_websocket_mock()\nassert ws == 3\n# why",
    (replace(violation(line=5), end_line=5, name="ws"),),
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"", b""),
        (b"x = 1", b"x = 2"),
        (b"x = 1\n", b""),
        (b"x = 1\n", b"x = 1\nz = 1\n"),
        (b"\n\n\n", b"\n\n"),
        (b"y = 2\n", b"y = 2\r\n"),
        (b"y = 2\n", b"y = 2 \n"),
        (b"ws == 3", b"ws == 4"),
        (b"x = 1\n\n\ny = 2", b"y = 2\n\n\nx = 1"),
        (b"# why", b""),
        (b"x", b"\xef\xbb\xbfx"),
        (b"y = 2", b"return"),
    ],
)
def test_the_check_finds_what_it_is_for(old: bytes, new: bytes) -> None:
    spoiled = replace(CHANGE, after=CHANGE.after.replace(old, new, 1))
    if old:
        with pytest.raises(AssertionError):
            check_change(spoiled)
    else:
        check_change(spoiled)


@pytest.mark.no_cover
@settings(max_examples=250, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**40), unsafe=st.booleans())
@example(seed=2_000_000_000, unsafe=False)
def test_spoiled_modules(bench: Bench, seed: int, unsafe: bool) -> None:  # noqa: FBT001
    bench.check(Mutator(Random(seed)).data(), unsafe=unsafe)  # noqa: S311 - no secret


@pytest.mark.no_cover
@pytest.mark.filterwarnings("ignore::SyntaxWarning")  # of Hypothesmith's own attempts
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(snippet=hypothesmith.from_node(), seed=st.integers(0, 2**40))
def test_modules_among_any_python(bench: Bench, snippet: str, seed: int) -> None:
    rng = Random(seed)  # noqa: S311 - no secret
    bench.check(Mutator(rng, [snippet]).data(), unsafe=True)


def test_the_modules_are_of_every_sort(bench: Bench) -> None:
    for seed in range(60):
        bench.check(Mutator(Random(seed)).data())  # noqa: S311 - no secret
    assert bench.seen["changed"] > 20
    assert bench.seen[Stage.PARSE] > 0
