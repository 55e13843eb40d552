"""A violation in the making, and what a module is held against."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, field

from ssot_migrate.code.locate import Provenance
from ssot_migrate.contracts.contract import Factory
from ssot_migrate.families.family import Family, Rule
from ssot_migrate.fitting.access import Access
from ssot_migrate.fitting.fit import Fit
from ssot_migrate.known import Export, Users
from ssot_migrate.model import Evidence
from ssot_migrate.rewriting.plan import Group
from ssot_migrate.shapes.block import Block, Finding
from ssot_migrate.touches.reach import Reach


class Rules(Struct):
    """What a module is held against."""

    #: All families, the selected rules, and the factory.
    families: Sequence[Family]
    selected: frozenset[str]
    factory: Factory
    #: Says whether a dotted name leads to the factory.
    is_factory: Callable[[str], bool]
    #: The factory's own file as the module's path has it.
    is_own: bool = False
    #: What the other files of the run do, where all of them are in it.
    users: Mapping[Export, Users] = field(default_factory=dict)
    #: The engine's own rules that are to be looked for, by id.
    own: Mapping[str, Rule] = field(default_factory=dict)
    #: Gather what the factory lacks, too.
    survey: bool = False
    #: All of the engine's own rules, by id.
    all_own: Mapping[str, Rule] = field(default_factory=dict)
    #: Says where an import of something called as the factory leads.
    provenance: Callable[[str], Provenance] = lambda _: Provenance.WANTED
    #: New names of the factory's methods, by the old ones.
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def factory_name(self) -> str:
        """Dotted name of the factory class."""
        return f"{self.factory.module}.{self.factory.class_name}"


class Fitted(Struct):
    """A block held against its contract."""

    finding: Finding
    block: Block
    reach: Reach
    fit: Fit
    #: How the block's place names the factory.
    access: Access
    #: The lines of the block's statements.
    groups: tuple[Group, ...]
    #: Attributes such as ``user_id`` that stay at the factory's default.
    identities: frozenset[str]


class Draft(Struct):
    """A violation in the making."""

    finding: Finding
    family: Family
    evidence: tuple[Evidence, ...]
    #: Why the block was not even fitted.
    refusal: str | None = None
    fitted: Fitted | None = None

    @property
    def reason(self) -> str | None:
        """Why there is no edit."""
        return self.fitted.fit.reason if self.fitted else self.refusal
