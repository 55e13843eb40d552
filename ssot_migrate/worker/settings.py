"""What a worker is given, and what it gives."""

from collections.abc import Iterable

from msgspec import field
from msgspec.structs import replace

from ssot_migrate.code.locate import Provenance
from ssot_migrate.executing.executor import Shared
from ssot_migrate.families.family import Family, Rule
from ssot_migrate.frozen import Frozen
from ssot_migrate.known import Export, Offer
from ssot_migrate.model import (
    FileResult,
    Request,
    Violation,
)
from ssot_migrate.settings.config import Config
from ssot_migrate.suppressions.read import Suppressions


class Settings(Frozen, Shared):
    """All that a worker needs; small, and the same for all files of one configuration."""

    config: Config
    request: Request
    families: tuple[Family, ...]
    #: Module, class, location and bytes of the factory.
    factory: tuple[str, str, str, bytes]
    #: Locations of all factories of the run.
    factories: frozenset[str] = frozenset()
    #: The engine's own rules.
    own: tuple[Rule, ...] = ()

    @property
    def selected(self) -> frozenset[str]:
        """The ids of the rules to run."""
        rules = self.config.select or (rule.id for rule in (*self.families, *self.own))
        return frozenset(rules) - frozenset(self.config.ignore)


class Followed(Frozen):
    """The absolute names that were followed from a file into others, and where each led."""

    #: Whether it leads to the factory.
    to_factory: dict[str, bool] = field(default_factory=dict)
    #: The module that an import of it leads to.
    from_where: dict[str, Provenance] = field(default_factory=dict)


class Outcome(Frozen):
    """What a file gave, and what the other files of the run have to know of it."""

    result: FileResult
    exports: tuple[Export, ...] = ()
    lacking: frozenset[str] = frozenset()
    offers: tuple[Offer, ...] = ()
    suppressions: Suppressions = field(default_factory=Suppressions)
    #: What it depends on in other files.
    followed: Followed = field(default_factory=Followed)

    def joined(self, violations: Iterable[Violation]) -> "Outcome":
        """Add violations that only the whole run could find."""
        everything = (*self.result.violations, *violations)
        ordered = sorted(everything, key=lambda v: (v.line, v.column))
        result = replace(self.result, violations=tuple(ordered))
        return replace(self, result=self.suppressions.apart(result))
