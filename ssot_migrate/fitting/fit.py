"""A shape held against a contract: arguments, superfluous statements, differences."""

import ast
from collections.abc import Sequence

from msgspec import Struct, field

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Applicability, Difference, Need
from ssot_migrate.shapes.block import Finding
from ssot_migrate.shapes.reader import NO_SETTINGS, Setting, constructor, path_of
from ssot_migrate.shapes.shape import Mock, Node, Path

#: Nobody writes a block that configures more things than this; to fit it would take their square.
_MANY = 400


class Item(Frozen):
    """One thing that a block configures, and the statement that does it."""

    setting: Setting
    #: ``None`` for a keyword of the creation.
    statement: ast.stmt | None

    @property
    def path(self) -> Path:
        """Where it lands."""
        return self.setting.path


def items_of(finding: Finding) -> list[Item]:
    """List what a block configures: by keywords of its creation, then by its statements."""
    items = [
        Item(Setting(path_of(name), value), None)
        for name, value in constructor(finding.call)
        if name not in NO_SETTINGS
    ]
    for statement, settings in finding.block.settings if finding.block else ():
        items += [Item(setting, statement) for setting in settings]
    return items


def too_many(items: Sequence[Item]) -> str | None:
    """Say why a block that a program wrote is kept."""
    if len(items) <= _MANY:
        return None
    return f"it configures {len(items):,} things, more than {_MANY}; split it, or keep it"


class Fit(Struct):
    """How a block becomes a call of the factory."""

    method: str
    #: Arguments by parameter, in the order in which the block gave them.
    arguments: dict[str, ast.expr] = field(default_factory=dict)
    #: What goes into a parameter that takes a dict of attributes.
    mapping: dict[str, dict[str, ast.expr]] = field(default_factory=dict)
    #: Further keywords whose names are paths: ``"execute.return_value"``.
    dotted: dict[str, ast.expr] = field(default_factory=dict)
    #: Statements that the factory makes superfluous.
    dropped: list[ast.stmt] = field(default_factory=list)
    #: Keywords of the creation that become statements: path and value.
    added: list[tuple[Path, ast.expr]] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    #: What the factory would have to give so that a difference were none, where that is known.
    needs: dict[Difference, Need] = field(default_factory=dict)
    #: Why there is no edit.
    reason: str | None = None
    #: What the factory would have to give so that there were one; empty where that is not known.
    lacks: list[Need] = field(default_factory=list)
    #: Everything that the block configures.
    items: list[Item] = field(default_factory=list)
    #: What the block makes, and what the call and the kept statements make; ``None`` if refused.
    old: Mock | None = None
    new: Node | None = None

    def differ(self, difference: Difference, need: Need | None) -> None:
        """Add a difference, once, and what the factory would have to give."""
        known = {(d.path, d.message) for d in self.differences}
        if (difference.path, difference.message) not in known:
            self.differences.append(difference)
            if need:
                self.needs[difference] = need

    @property
    def applicability(self) -> Applicability:
        """What may be done: the differences decide, and nothing else."""
        if self.reason:
            return Applicability.MANUAL
        return Applicability.UNSAFE if self.differences else Applicability.SAFE
