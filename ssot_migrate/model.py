"""The values and enums that the stages hand on; picklable, and importing no other room."""

from collections.abc import Sequence
from enum import StrEnum
from operator import attrgetter

from msgspec import field

from ssot_migrate.frozen import Frozen
from ssot_migrate.lazy import Joined, Mapped, having
from ssot_migrate.shelf import Shelved

#: The rule (and family) of a mock that no codemod recognises.
GENERIC = "generic"
#: Why a fix was left out of its file, where a failure says more.
UNVERIFIED = "the fix was left out; an error tells about its file"


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
    """What speaks for a family, the strongest first."""

    #: The class given as ``spec=``.
    SPEC = "spec"
    #: The class that the variable, fixture or helper is annotated with.
    ANNOTATION = "annotation"
    #: A function that takes just this: ``set_websocket_manager(m)``.
    RECEIVER = "passed to"
    #: A patched function or class that gives it: ``patch("app.get_agent", return_value=m)``.
    GIVER = "given by"
    NAME = "name"
    #: What others call it: a keyword, a key, an attribute that it is set as, a patched name.
    KEYWORD = "keyword"
    #: The docstring of the fixture or helper that returns it.
    DOCSTRING = "docstring"
    #: An attribute that is set or used.
    ATTRIBUTE = "attribute"
    #: A package that the file imports.
    IMPORT = "import"


class Evidence(Frozen):
    """One thing that decided a violation's family."""

    kind: EvidenceKind
    #: What was seen, as it stands in the code: ``send_text``, ``mock_ws``, ``fastapi.WebSocket``.
    detail: str


class Difference(Frozen):
    """One thing that a fix would change for the test that is rewritten."""

    #: Attribute path below the mock as code writes it (``execute()``), empty for the mock itself.
    path: str
    #: A sentence that says what was and what will be.
    message: str
    #: 1-based line of the place that makes it matter; ``None`` where it is the creation.
    line: int | None = None
    #: What a person can do so that it is none, ``None`` where nothing is known.
    remedy: str | None = None


class Violation(Frozen):
    """One place that builds a mock by hand, or that one of the engine's own rules finds."""

    rule: str
    #: The family: the rule's own id for rules that are families, for others what was recognised.
    family: str | None
    severity: Severity
    #: Relative to the current folder where it lies below it, with forward slashes.
    path: str
    #: 1-based line and column (in characters) of the creation; the end column is exclusive.
    line: int
    column: int
    end_line: int
    end_column: int
    #: What the mock is bound to (``mock_ws``, ``self.ws``), what a patch replaces, the name of a
    #: class or module; ``None`` where there is nothing of the kind.
    name: str | None
    #: Dotted name of the enclosing classes and functions, ``<module>`` at the top.
    scope: str
    evidence: tuple[Evidence, ...]
    applicability: Applicability
    #: For ``manual``: why there is no edit, and what a person can do about it.
    reason: str | None = None
    differences: tuple[Difference, ...] = ()
    #: First and last line (1-based) of each stretch of the statements that it is made of.
    lines: tuple[tuple[int, int], ...] = ()
    #: 16 hex digits that know it again wherever it stands and however it is laid out.
    fingerprint: str = ""

    @property
    def is_creation(self) -> bool:
        """Say whether this is a mock built by hand; the engine's own rules find other things."""
        return self.rule == self.family

    @property
    def key(self) -> tuple[str, str | None, str]:
        """What stays the same when lines move: rule, name, scope."""
        return (self.rule, self.name, self.scope)


class NeedKind(StrEnum):
    """What a factory can be given so that it takes more blocks."""

    #: Another class of mock for a method's products.
    BASE = "base"
    #: A parameter that takes the spec of the products.
    SPEC = "spec"
    #: A mock of some class at a path.
    ATTRIBUTE = "attribute"
    #: A value at a path.
    PRESET = "preset"
    #: A parameter for the value at a path.
    PARAMETER = "parameter"
    #: Further keyword arguments that configure the product.
    KEYWORDS = "keywords"
    #: A method for a kind of mock that has none.
    METHOD = "method"


class Need(Frozen):
    """One thing that a method of the factory lacks."""

    kind: NeedKind
    #: Steps from the product to where it lacks; empty for the product itself.
    path: tuple[str, ...] = ()
    #: The class of mock, or the source of the value; ``None`` where only the test can say it.
    value: str | None = None


class Case(Frozen):
    """A block whose fix is not safe, and what the factory lacks for it."""

    path: str
    #: 1-based, of the creation.
    line: int
    #: What the mock is bound to, as its violation has it.
    name: str | None
    family: str
    #: The class of mock that it creates.
    base: str
    #: The class given as ``spec=``, as far as its name is known.
    spec: str | None
    #: What the block configures, as attributes, presets and parameters of a method would have it.
    settings: tuple[Need, ...]
    #: What would make its fix safe; empty where that is not the factory's to give.
    needs: tuple[Need, ...]


class SourceFile(Frozen, eq=False, gc=False):
    """A file found below the given paths, or the one that standard input stands for."""

    #: As the operating system wants it, absolute.
    location: str
    #: How much of the location people need not see.
    hidden: int = 0
    #: What came on standard input, ``None`` for what is on disk.
    content: bytes | None = None

    @classmethod
    def of(cls, location: str, path: str, content: bytes | None = None) -> "SourceFile":
        """Return the file at a location that ends with the path for people."""
        return cls(location, len(location) - len(path), content)

    @property
    def path(self) -> str:
        """For people: relative to the current folder where it lies below it, with slashes."""
        shown = self.location[self.hidden :]
        # It may be read on another system than that of the file, where only Windows has others.
        return shown if self.location.startswith("/") else shown.replace("\\", "/")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SourceFile) and self.location == other.location

    def __hash__(self) -> int:
        return hash(self.location)

    def read(self) -> bytes:
        """Return what the file holds. Raises OSError."""
        if self.content is not None:
            return self.content
        # Each file of a tree is read, some for several questions: a Path doubles what that takes.
        with open(self.location, "rb", buffering=0) as file:  # noqa: PTH123
            return file.read()


class Failure(Frozen):
    """A file that could not be processed, and where it went wrong."""

    path: str
    stage: Stage
    #: One sentence: what is wrong, where, and what to do.
    message: str

    @property
    def text(self) -> str:
        """The line that people read."""
        return f"{self.path}: {self.message}"


class Change(Frozen):
    """A verified rewrite of one file."""

    #: Absolute location of the file.
    location: str
    path: str
    #: Both texts, one behind the other.
    texts: bytes | Shelved
    #: Length of the first one.
    size: int
    #: The violations that this change ends.
    fixed: Sequence[Violation]

    @classmethod
    def of(
        cls,
        location: str,
        path: str,
        before: bytes,
        after: bytes,
        fixed: Sequence[Violation] = (),
    ) -> "Change":
        """Return what makes one text of another."""
        return cls(location, path, before + after, len(before), fixed)

    @property
    def before(self) -> bytes:
        """The file as it was."""
        return self.both[0]

    @property
    def after(self) -> bytes:
        """The file as it will be."""
        return self.both[1]

    @property
    def both(self) -> tuple[bytes, bytes]:
        """The file as it was, and as it will be."""
        texts = self.texts if isinstance(self.texts, bytes) else self.texts.read()
        return texts[: self.size], texts[self.size :]


class Reason(StrEnum):
    """Why a line that a regex hits stands for no mock of its own."""

    #: The mock on it is counted already: another pattern hits it too, or another line of it.
    AGAIN = "again"
    #: The mock on it is part of one that is counted where that is created: an attribute, say.
    PART = "part"
    #: The mock on it is one of another family, or rule.
    ELSEWHERE = "elsewhere"
    #: It comes from the factory, or is the factory.
    FACTORY = "factory"
    #: The match is in a comment or a string.
    PROSE = "prose"
    #: No mock is created on it.
    NOTHING = "nothing"
    #: Its file cannot be parsed.
    UNPARSED = "unparsed"


class Estimate(Frozen):
    """What line regexes say of a family, and what there is.

    All hits, less those with a reason, are the mocks that are hit; those and the missed are all.
    """

    #: Lines that each pattern hits.
    hits: dict[str, int]
    #: The hits that stand for no mock of their own, and why.
    reasons: dict[Reason, int]
    #: Mocks that a hit stands for.
    mocks_hit: int
    #: Mocks that no pattern of the family counts.
    mocks_missed: int
    #: Those of the missed that are on no line that any pattern hits.
    unseen: int


class FileResult(Frozen):
    """All that a run knows about one file."""

    path: str
    #: By place.
    violations: Sequence[Violation] = ()
    #: Mocks that already come from the factory, by family.
    adopted: dict[str, int] = field(default_factory=dict)
    change: Change | None = None
    failures: tuple[Failure, ...] = ()
    #: What line regexes say of it, by family; only where that was asked for.
    estimates: dict[str, Estimate] = field(default_factory=dict)
    #: The blocks that the factory does not take yet; only where that was asked for.
    cases: tuple[Case, ...] = ()
    #: Fixes that were wanted and are not in the change, and why.
    left: dict[Violation, str] = field(default_factory=dict)
    #: Violations that a comment accepts, and its reason; they are not among the others.
    suppressed: dict[Violation, str] = field(default_factory=dict)


class Report(Frozen):
    """The outcome of a run: everything a report prints and the exit code is made from."""

    #: One per file that holds something to tell, sorted by path.
    results: Sequence[FileResult]
    #: Number of files that were looked at.
    files: int
    #: What limits the answer, said once per run: a method that the factory lacks, say.
    warnings: tuple[str, ...] = ()
    #: Failures that belong to no single result, such as a path that does not exist.
    failures: tuple[Failure, ...] = ()
    #: Id and severity of the families in the run, most severe first.
    severities: dict[str, Severity] = field(default_factory=dict)
    #: The families among them that no method of a factory stands for.
    without_method: frozenset[str] = frozenset({GENERIC})
    #: Id and severity of the engine's own rules in the run, most severe first.
    own_rules: dict[str, Severity] = field(default_factory=dict)

    @property
    def violations(self) -> Joined[Violation]:
        """All violations, by path and place; a large run could not hold them."""
        return Joined(Mapped(attrgetter("violations"), having(self.results, "violations")))

    @property
    def suppressed(self) -> dict[Violation, str]:
        """All violations that comments accept, by path, with the reasons."""
        results = having(self.results, "suppressed")
        return {v: reason for result in results for v, reason in result.suppressed.items()}

    @property
    def left(self) -> dict[Violation, str]:
        """The fixes that were wanted, or would be, and are left, and why."""
        results = having(self.results, "left")
        return {v: reason for result in results for v, reason in result.left.items()}

    @property
    def changes(self) -> Sequence[Change]:
        """All verified changes, by path."""
        return Mapped(attrgetter("change"), having(self.results, "change"))

    @property
    def all_failures(self) -> tuple[Failure, ...]:
        """The failures of all files, then those of the run."""
        results = having(self.results, "failures")
        return (*(f for result in results for f in result.failures), *self.failures)


class Request(Frozen):
    """What a run is to do."""

    #: Compute the changes, not only the violations.
    fix: bool = False
    #: Number of processes.
    jobs: int = 1
    #: The address of a Dask scheduler whose workers are used in their place.
    scheduler: str | None = None
    #: The part of the files that is looked at, ``2/4``; the others are asked about it.
    shard: str | None = None
    #: Count what line regexes hit, too.
    statistics: bool = False
    #: Gather what the factory lacks, too.
    survey: bool = False
    #: Take what earlier runs found out, and keep what this one does. Never for changes.
    cache: bool = False


class UserError(Exception):
    """A mistake of the user's: told in one line, exit code 2."""
