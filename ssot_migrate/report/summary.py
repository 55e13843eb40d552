"""Count the violations of a run; every report shows these numbers."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ssot_migrate.frozen import Frozen
from ssot_migrate.lazy import Lazy
from ssot_migrate.model import GENERIC, Applicability, FileResult, Report, Severity, Violation
from ssot_migrate.packed import Kind, kinds

_SEVERITIES = tuple(Severity)


class Adoption(Frozen):
    """How far the factory is in use."""

    #: Mocks that come from the factory.
    adopted: int
    #: Mocks built by hand where the factory could build them.
    by_hand: int

    @property
    def share(self) -> float | None:
        """Return the adopted part, 0 to 1; ``None`` where there is no mock."""
        total = self.adopted + self.by_hand
        return round(self.adopted / total, 4) if total else None


class FamilyTotals(Frozen):
    """The counts of one family."""

    #: Id of the family, or of the rule where that has none.
    family: str
    #: As its codemod declares it.
    severity: Severity
    #: Violations by the applicability of their fix.
    applicabilities: Counter[Applicability]
    #: ``None`` for what no factory method stands for.
    adoption: Adoption | None

    @property
    def violations(self) -> int:
        """Return the number of violations."""
        return self.applicabilities.total()


class RuleTotals(Frozen):
    """The counts of one of the engine's own rules."""

    #: Id of the rule.
    rule: str
    #: As the rule declares it.
    severity: Severity
    #: Violations by family; ``None`` counts those that have none.
    families: Counter[str | None]

    @property
    def violations(self) -> int:
        """Return the number of violations."""
        return self.families.total()


class Place(Frozen):
    """A folder or a file, and the mocks built by hand in it."""

    #: As in Violation; ``.`` for the current folder.
    path: str
    #: Number of files with mocks built by hand.
    files: int
    #: Number of these mocks.
    violations: int


class Summary(Frozen):
    """The totals of a run: of mocks built by hand, and apart from them what own rules found."""

    #: Number of files that were looked at.
    files: int
    #: Most severe first, then by name, ``generic`` behind the others.
    families: tuple[FamilyTotals, ...]
    #: The engine's own rules, most severe first, then by name.
    rules: tuple[RuleTotals, ...]
    #: Mocks built by hand by severity.
    severities: Counter[Severity]
    #: Mocks built by hand by applicability.
    applicabilities: Counter[Applicability]
    #: Most violations first, then by path.
    directories: tuple[Place, ...]
    #: Files with mocks built by hand; most of them first, then by path.
    worst: Sequence[Place]
    #: Number of violations, of whatever rule, that comments accept; in no other number.
    suppressed: int

    @property
    def violations(self) -> int:
        """Return the number of mocks built by hand."""
        return self.severities.total()

    @property
    def adoption(self) -> Adoption:
        """Return the adoption over all known families."""
        parts = [totals.adoption for totals in self.families if totals.adoption]
        return Adoption(sum(part.adopted for part in parts), sum(part.by_hand for part in parts))


class _Worst(Lazy[Place]):
    """The files with mocks built by hand, most of them first, then by path."""

    def __init__(self, results: Sequence[FileResult], mocks: Sequence[int]) -> None:
        #: By path.
        self._results = results
        #: How many each has.
        self._mocks = mocks
        found = (number for number, of_file in enumerate(mocks) if of_file)
        self._order = array("I", sorted(found, key=lambda number: -mocks[number]))

    def __len__(self) -> int:
        """Count the files."""
        return len(self._order)

    def __iter__(self) -> Iterator[Place]:
        """Make one place after the other."""
        return map(self._place, self._order)

    def _place(self, number: int) -> Place:
        return Place(self._results[number].path, 1, self._mocks[number])


def summarize(report: Report) -> Summary:
    """Count everything in a report."""
    found: Counter[Kind] = Counter()
    per_file = array("I")
    per_folder: dict[str, list[int]] = {}
    severities: Counter[Severity] = Counter()
    applicabilities: Counter[Applicability] = Counter()
    adopted: Counter[str] = Counter()
    for result in report.results:
        adopted.update(result.adopted)
        mocks = 0
        for kind, number in kinds(result.violations).items():
            found[kind] += number
            if kind.is_creation:
                mocks += number
                severities[kind.severity] += number
                applicabilities[kind.applicability] += number
        per_file.append(mocks)
        if mocks:
            totals = per_folder.setdefault(directory(result.path), [0, 0])
            totals[:] = totals[0] + 1, totals[1] + mocks
    folders = (Place(path, *totals) for path, totals in per_folder.items())
    return Summary(
        files=report.files,
        families=_families(report, found, adopted),
        rules=_rules(report, found),
        severities=severities,
        applicabilities=applicabilities,
        directories=tuple(sorted(folders, key=lambda place: (-place.violations, place.path))),
        worst=_Worst(report.results, per_file),
        suppressed=len(report.suppressed),
    )


def by_family(violations: Iterable[Violation]) -> Counter[str]:
    """Count violations by family, or by rule for the rules that have none."""
    return Counter(violation.family or violation.rule for violation in violations)


def by_scope(violations: Iterable[Violation]) -> list[tuple[str, str, int]]:
    """Count violations by file and scope; most violations first, then by path."""
    counts = Counter((violation.path, violation.scope) for violation in violations)
    rows = [(path, scope, count) for (path, scope), count in counts.items()]
    return sorted(rows, key=lambda row: (-row[2], row[0], row[1]))


def directory(path: str) -> str:
    """Return the folder of a path, ``.`` for the current one."""
    return path.rpartition("/")[0] or ("/" if path.startswith("/") else ".")


def _families(
    report: Report, found: Counter[Kind], adopted: Counter[str]
) -> tuple[FamilyTotals, ...]:
    """Total every family of the run, also one without violations: its adoption counts."""
    severities = dict(report.severities)
    counts: dict[str, Counter[Applicability]] = {family: Counter() for family in severities}
    for kind, number in found.items():
        if kind.is_creation:
            severities.setdefault(kind.rule, kind.severity)
            counts.setdefault(kind.rule, Counter())[kind.applicability] += number
    totals = (
        FamilyTotals(
            family,
            severities[family],
            counts[family],
            None
            if family in report.without_method
            else Adoption(adopted[family], counts[family].total()),
        )
        for family in counts
    )
    return tuple(
        sorted(
            totals,
            key=lambda t: (_SEVERITIES.index(t.severity), t.family == GENERIC, t.family),
        )
    )


def _rules(report: Report, found: Counter[Kind]) -> tuple[RuleTotals, ...]:
    """Total what the engine's own rules found, those without a violation included."""
    severities = dict(report.own_rules)
    counts: dict[str, Counter[str | None]] = {rule: Counter() for rule in severities}
    for kind, number in found.items():
        if not kind.is_creation:
            severities.setdefault(kind.rule, kind.severity)
            counts.setdefault(kind.rule, Counter())[kind.family] += number
    totals = (RuleTotals(rule, severities[rule], counts[rule]) for rule in counts)
    return tuple(sorted(totals, key=lambda total: (_SEVERITIES.index(total.severity), total.rule)))
