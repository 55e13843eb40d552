"""A project that exists only in a few dicts, for trials without a process."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ssot_migrate.model import Applicability, Change, Failure, Severity, Stage, Violation
from ssot_migrate.trial.attempts import Doing, Progress
from ssot_migrate.trial.runner import Observation, Seen, Status, TestId
from ssot_migrate.trial.trial import TrialResult, conduct

ROOT = "/project"
PASSED = Seen(Status.PASSED)

#: How a test ends with these fixes, named ``file:name``; ``None`` where it does not run.
Oracle = Callable[[str, frozenset[str]], Seen | None]


def failing(message: str = "assert 1 == 2") -> Seen:
    return Seen(Status.FAILED, message)


def breaks(**tests: str) -> Oracle:
    """Let tests fail that have any of the fixes named for them, apart by blanks."""

    def ends(test: str, fixes: frozenset[str]) -> Seen:
        names = {fix.partition(":")[2] for fix in fixes}
        name = test.rpartition("::")[2]
        return failing(f"broken by {name}") if names & set(tests.get(name, "").split()) else PASSED

    return ends


def change(path: str, *fixes: str) -> Change:
    """Make a change of a file; a fix is named ``scope/name``, or by its scope alone."""
    violations = tuple(
        Violation(
            rule="websocket",
            family="websocket",
            severity=Severity.HIGH,
            path=path,
            line=line,
            column=1,
            end_line=line,
            end_column=9,
            name=fix.rpartition("/")[2],
            scope=fix.partition("/")[0],
            evidence=(),
            applicability=Applicability.UNSAFE,
        )
        for line, fix in enumerate(fixes, 1)
    )
    return Change.of(f"{ROOT}/{path}", path, b"", _content(violations), violations)


def concerning(changes: Sequence[Change], test: str) -> frozenset[str]:
    """Name the fixes that concern a test: of its file and ``conftest.py``, in no other test."""
    path, _, name = test.partition("::")
    return frozenset(
        f"{fix.path}:{fix.name}"
        for one in changes
        if one.path in {path, "conftest.py"}
        for fix in one.fixed
        if not fix.scope.startswith("test") or fix.scope == name
    )


def only(changed: Change, fixes: Collection[Violation]) -> Change | Failure | None:
    kept = tuple(fix for fix in changed.fixed if fix in fixes)
    if not kept:
        return None
    return Change.of(changed.location, changed.path, changed.before, _content(kept), kept)


def _content(fixes: Sequence[Violation]) -> bytes:
    return "\n".join(f"{fix.path}:{fix.name}" for fix in fixes).encode()


@dataclass
class World:
    """A project with its tests, which ends as an oracle says, and what was asked of it."""

    changes: Sequence[Change]
    #: The names of the tests of each file.
    tests: Mapping[str, Sequence[str]]
    oracle: Oracle
    #: Files that a changed helper concerns; a changed test file concerns itself.
    users: Mapping[str, Sequence[str]] = field(default_factory=dict)
    is_detailed: bool = True
    #: Told of the number of the execution, the files and the fixes; may change what was seen.
    adapt: Callable[[int, Observation, frozenset[str]], Observation] = lambda _, seen, __: seen
    only: Callable[[Change, Collection[Violation]], Change | Failure | None] = only
    asked: list[tuple[tuple[str, ...], frozenset[str]]] = field(default_factory=list)
    told: list[Progress] = field(default_factory=list)

    def run(
        self, files: Sequence[str], contents: Mapping[str, bytes], watch: Collection[str]
    ) -> Observation:
        assert all(file.startswith(f"{ROOT}/") for file in [*files, *contents, *watch])
        fixes = frozenset(line for held in contents.values() for line in held.decode().split())
        self.asked.append((tuple(files), fixes))
        ended = {
            TestId(path, name): self.oracle(f"{path}::{name}", fixes)
            for path, names in self.tests.items()
            if f"{ROOT}/{path}" in files
            for name in names
        }
        seen = {test: one for test, one in ended.items() if one}
        code = int(any(one.status is Status.FAILED for one in seen.values()) or seen != ended)
        observation = Observation(
            tests=seen if self.is_detailed else None,
            exit_code=code,
            timed_out=False,
            seconds=0.5,
            output=Path(f"{len(self.asked)}.txt"),
            loaded=frozenset(watch),
            elsewhere=frozenset(),
            probed=True,
        )
        return self.adapt(len(self.asked), observation, fixes)

    def conduct(self) -> TrialResult:
        concerned = {
            one.location: tuple(f"{ROOT}/{user}" for user in self.users.get(one.path, [one.path]))
            for one in self.changes
        }
        return conduct(self.changes, self.only, concerned, self, self.told.append)

    @property
    def doings(self) -> list[Doing]:
        return [progress.doing for progress in self.told]


def unmakeable(changed: Change, fixes: Collection[Violation]) -> Failure | None:
    """Stand for ``only`` where no part of the fixes can be carried out."""
    return Failure(changed.path, Stage.VERIFY, "it does not parse") if fixes else None
