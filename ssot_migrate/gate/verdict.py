"""The gate's answer: what every output format is made of."""

from collections.abc import Collection, Mapping, Sequence

from msgspec import field

from ssot_migrate.caching.answers import Remembered
from ssot_migrate.families.family import Rule
from ssot_migrate.frozen import Frozen
from ssot_migrate.gate.baseline import Entry
from ssot_migrate.model import Change, Report, Violation
from ssot_migrate.sharding import Part


class Verdict(Frozen):
    """What the gate says of a run."""

    #: Of the whole run: failures, warnings, what comments accept, all violations.
    report: Report
    #: What fails the gate, by path and place.
    new: Sequence[Violation]
    #: Those of the new ones that were accepted once and have changed since, or moved to another
    #: scope of their file, with the scope of the entry that matches nothing any more.
    changed: Mapping[Violation, str] = field(default_factory=dict)
    #: What the baseline accepts.
    accepted: Sequence[Violation] = ()
    #: What is neither: it lies outside of what was asked about.
    unchanged: Sequence[Violation] = ()
    #: Entries of the baseline that nothing matches.
    stale: tuple[Entry, ...] = ()
    #: The baselines that hold these.
    baselines: tuple[str, ...] = ()
    #: Whether these fail the gate, too.
    fails_on_stale: bool = False
    #: What the selected rules say of themselves, by id.
    rules: Mapping[str, Rule] = field(default_factory=dict)
    #: The methods of the factory that the settings give new names.
    renamed: frozenset[str] = frozenset()
    #: What to use in place of a new mock that is built by hand, where the factory has it:
    #: ``SSotMockFactory.create_agent_mock``.
    instead: Mapping[Violation, str] = field(default_factory=dict)
    #: Those of all violations of the run that `apply` ends, as it is configured.
    fixable: Collection[Violation] = frozenset()
    #: The verified fix of a violation, taken alone; only where that was asked for.
    fixes: Mapping[Violation, Change] = field(default_factory=dict)
    #: What came from the cache, ``None`` for a run without one.
    remembered: Remembered | None = None
    #: What the run was a part of, ``None`` for a whole.
    part: Part | None = None

    @property
    def is_stale(self) -> bool:
        """Say whether the gate fails because the baseline accepts what is gone."""
        return self.fails_on_stale and bool(self.stale)

    @property
    def fails(self) -> bool:
        """Say whether the gate fails; what could not be read is apart from that."""
        return bool(self.new) or self.is_stale
