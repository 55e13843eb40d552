"""The dataclasses and enums that the stages hand on. Frozen, picklable; imports nothing of ours."""

from dataclasses import dataclass, field
from enum import StrEnum

#: The rule (and family) of a mock that no codemod recognises.
GENERIC = "generic"


class Severity(StrEnum):
    """How urgent a rule's violations are; declared by its codemod."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Applicability(StrEnum):
    """What may be done with a fix."""

    #: Everything that the block configured, or that is touched, stays what it was.
    SAFE = "safe"
    #: A difference remains; taken only with ``--unsafe-fixes``.
    UNSAFE = "unsafe"
    #: No edit; the violation's reason says what a person can do.
    MANUAL = "manual"


class Stage(StrEnum):
    """Where a failure happened."""

    DISCOVER = "discover"
    READ = "read"
    PARSE = "parse"
    DETECT = "detect"
    FIT = "fit"
    REWRITE = "rewrite"
    VERIFY = "verify"
    WRITE = "write"


class EvidenceKind(StrEnum):
    """What speaks for a family."""

    SPEC = "spec"
    ATTRIBUTE = "attribute"
    KEYWORD = "keyword"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that decided a violation's family."""

    kind: EvidenceKind
    #: What was seen, as it stands in the code: ``send_text``, ``mock_ws``, ``fastapi.WebSocket``.
    detail: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a fix would change for the test that is rewritten."""

    #: Attribute path below the mock as code writes it (``execute()``), empty for the mock itself.
    path: str
    #: A sentence that says what was and what will be.
    message: str
    #: 1-based line of the place that makes it matter; ``None`` where it is the creation.
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """One place that builds a mock by hand."""

    rule: str
    #: The rule's family: its own id for the rules that are families.
    family: str | None
    severity: Severity
    #: Relative to the current folder where it lies below it, with forward slashes.
    path: str
    #: 1-based line and column (in characters) of the creation; the end column is exclusive.
    line: int
    column: int
    end_line: int
    end_column: int
    #: What the mock is bound to (``mock_ws``, ``self.ws``), ``None`` where it is bound to nothing.
    name: str | None
    #: Dotted name of the enclosing classes and functions, ``<module>`` at the top.
    scope: str
    evidence: tuple[Evidence, ...]
    applicability: Applicability
    #: For ``manual``: why there is no edit, and what a person can do about it.
    reason: str | None = None
    differences: tuple[Difference, ...] = ()

    @property
    def key(self) -> tuple[str, str | None, str]:
        """What stays the same when lines move: rule, name, scope."""
        return (self.rule, self.name, self.scope)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file found below the given paths, or the one that standard input stands for."""

    #: As the operating system wants it, absolute.
    location: str
    #: For people: relative to the current folder where it lies below it, with forward slashes.
    path: str
    #: What came on standard input, ``None`` for what is on disk.
    content: bytes | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be processed, and where it went wrong."""

    path: str
    stage: Stage
    #: One sentence: what is wrong, where, and what to do.
    message: str


@dataclass(frozen=True, slots=True)
class Change:
    """A verified rewrite of one file."""

    #: Absolute location of the file.
    location: str
    path: str
    before: bytes
    after: bytes
    #: The violations that this change ends.
    fixed: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class FileResult:
    """All that a run knows about one file."""

    path: str
    violations: tuple[Violation, ...] = ()
    #: Mocks that already come from the factory, by family.
    adopted: dict[str, int] = field(default_factory=dict)
    change: Change | None = None
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a run: everything a report prints and the exit code is made from."""

    #: One per file that holds something to tell, sorted by path.
    results: tuple[FileResult, ...]
    #: Number of files that were looked at.
    files: int
    #: What limits the answer, said once per run: a method that the factory lacks, say.
    warnings: tuple[str, ...] = ()
    #: Failures that belong to no single result, such as a path that does not exist.
    failures: tuple[Failure, ...] = ()
    #: Id and severity of the families in the run, most severe first.
    severities: dict[str, Severity] = field(default_factory=dict)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """All violations, by path and place."""
        return tuple(violation for result in self.results for violation in result.violations)

    @property
    def changes(self) -> tuple[Change, ...]:
        """All verified changes, by path."""
        return tuple(result.change for result in self.results if result.change)

    @property
    def all_failures(self) -> tuple[Failure, ...]:
        """The failures of all files, then those of the run."""
        return (
            tuple(failure for result in self.results for failure in result.failures) + self.failures
        )


@dataclass(frozen=True, slots=True)
class Request:
    """What a run is to do."""

    #: Compute the changes, not only the violations.
    fix: bool = False
    #: Take unsafe fixes too.
    unsafe: bool = False
    #: Number of processes.
    jobs: int = 1


class UserError(Exception):
    """A mistake of the user's: told in one line, exit code 2."""
