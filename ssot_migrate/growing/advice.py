"""What is advised for a factory: edits of its source, and what following them is worth."""

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Change, Need, NeedKind, Report


class Method(Frozen):
    """A new method of the factory."""

    #: The words of the kind of mock that it builds: ``tool_response``.
    name: str
    #: The class of mock that it builds on.
    base: str
    #: What all its products have: attributes, presets.
    attributes: tuple[Need, ...] = ()
    #: What its callers can choose; the value is the default.
    parameters: tuple[Need, ...] = ()
    #: It takes the class that its product stands for.
    spec: bool = False

    @property
    def says_something(self) -> bool:
        """Say whether it knows more of its product than that it is a mock."""
        return bool(self.attributes or self.parameters or self.spec)


class Edit(Frozen):
    """One change of a factory's source."""

    #: The factory's method that is changed, or new.
    method: str
    need: Need
    #: What a new method is like.
    new: Method | None = None

    @property
    def reaches_callers(self) -> bool:
        """Say whether calls that are there already get something else."""
        added = (NeedKind.SPEC, NeedKind.PARAMETER, NeedKind.KEYWORDS, NeedKind.METHOD)
        return self.need.kind not in added


class Advice(Frozen):
    """Edits that belong together, and what they are worth once everything above is followed."""

    method: str
    edits: tuple[Edit, ...]
    #: The families whose blocks become calls of the method.
    families: tuple[str, ...]
    #: Blocks that need one of these edits, whatever else they need.
    concerns: int
    #: Blocks that become safe, less those that were and no longer are.
    unlocks: int
    #: Blocks that were safe and no longer are.
    loses: int
    #: Calls of the method that get something else.
    callers: int
    #: The first block that becomes safe: its file and 1-based line.
    example: tuple[str, int]
    #: The id of a codemod that has to be written from the example, so that the blocks are known.
    codemod: str | None = None
    #: Why it cannot be written as a patch; nothing is counted as unlocked then.
    obstacle: str | None = None


class Advised(Frozen):
    """What is advised for one factory."""

    #: Where its source lies, for people.
    path: str
    #: In the order in which it unlocks most.
    advice: tuple[Advice, ...]
    #: Blocks that are built by hand.
    blocks: int
    #: Those of them that can be migrated safely as it is.
    safe: int
    #: Pieces of advice that were not wanted.
    more: int
    #: The source with all that is advised and can be written; ``None`` where nothing is.
    change: Change | None
    #: The run on the factory as it is.
    report: Report

    @property
    def after(self) -> int:
        """Count the blocks that can be migrated safely once everything is followed."""
        return self.safe + sum(one.unlocks for one in self.advice)
