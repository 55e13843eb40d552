"""A violation in the making, and what a module is held against."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from ssot_migrate.access import Access
from ssot_migrate.block import Block, Finding
from ssot_migrate.contract import Factory
from ssot_migrate.family import Family, Rule, Signs
from ssot_migrate.fit import Fit
from ssot_migrate.model import Evidence
from ssot_migrate.plan import Group
from ssot_migrate.reach import Export, Reach
from ssot_migrate.touch import Touch


@dataclass(frozen=True, slots=True)
class Users:
    """What other files do with what one file exports."""

    touches: tuple[Touch, ...] = ()
    lost: tuple[tuple[int, str], ...] = ()
    repeated: bool = False

    def joined(self, other: "Users") -> "Users":
        """Give what two files do together."""
        return Users(
            self.touches + other.touches,
            self.lost + other.lost,
            repeated=self.repeated or other.repeated,
        )


@dataclass
class Rules:
    """What a module is held against."""

    #: All families, the selected rules, and the factory if there is one.
    families: Sequence[Family]
    selected: frozenset[str]
    factory: Factory | None
    #: Says whether a dotted name leads to the factory.
    is_factory: Callable[[str], bool]
    #: The factory's own file as the module's path has it.
    is_own: bool = False
    #: What the other files of the run do, where all of them are in it.
    users: Mapping[Export, Users] = field(default_factory=dict)
    #: The engine's own rules that are to be looked for, by id.
    own: Mapping[str, Rule] = field(default_factory=dict)
    _told: tuple[str, frozenset[str]] = ("", frozenset())

    def told(self, text: str) -> frozenset[str]:
        """Name the mocks of a file for which its text holds what decides without their names."""
        if text is not self._told[0]:
            names = (name for family in self.families for name in _told(text, family.evidence))
            self._told = text, frozenset(names)
        return self._told[1]

    @property
    def factory_name(self) -> str | None:
        """Dotted name of the factory class."""
        return f"{self.factory.module}.{self.factory.class_name}" if self.factory else None


@dataclass
class Fitted:
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


@dataclass
class Draft:
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


def _told(text: str, signs: Signs) -> Iterator[str]:
    """Yield the names that go by a keyword of a family, or have an attribute that decides."""
    for keyword in signs.keywords:
        if f"{keyword}=" in text:
            yield from _passed_by(keyword).findall(text)
    seen = [attribute for attribute in signs.attributes if f".{attribute}" in text]
    if 0 < signs.attributes_alone <= len(seen) or set(seen) & set(signs.telling_attributes):
        for attribute in seen:
            yield from (_before(text, m.start()) for m in _attribute(attribute).finditer(text))


def _before(text: str, end: int) -> str:
    """Give the dotted name that ends at a place."""
    found = _DOTTED.search(text, max(0, end - 80), end)
    return found[0] if found else ""


_DOTTED = re.compile(r"[\w.]+$")


@cache
def _passed_by(keyword: str) -> re.Pattern[str]:
    return re.compile(rf"{keyword}=([\w.]+)")


@cache
def _attribute(name: str) -> re.Pattern[str]:
    return re.compile(rf"\.{name}\b")
