"""Two branches that fix and add mocks at random, and what the gate has to say of their merge."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from random import Random
from typing import NamedTuple

FUNCTIONS, SLOTS = 3, 4
#: So many blocks are spelled alike wherever they stand; all others are like none.
ALIKE = 2


class Slot(NamedTuple):
    """A place in a test that holds a block, or none."""

    path: str
    function: str
    number: int


class Key(NamedTuple):
    """What the baseline tells blocks apart by: equal ones in a function share it."""

    path: str
    function: str
    variant: int


#: The blocks of a tree, by what they are spelled like.
Tree = Mapping[Slot, int]


class Update(Enum):
    """What a branch does with the baseline when it has changed its blocks."""

    WRITE = "write"
    PRUNE = "prune"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Branch:
    """A tree, and what its baseline accepts."""

    tree: Tree
    accepted: Counter[Key]
    update: Update


@dataclass(frozen=True)
class History:
    """Two branches of a tree whose blocks are all accepted."""

    base: Branch
    ours: Branch
    theirs: Branch

    @property
    def merged(self) -> Tree:
        """The tree that a merge without conflicts makes: each slot as the branch that changed it."""
        base, ours, theirs = (side.tree for side in (self.base, self.ours, self.theirs))
        slots = sorted({*base, *ours, *theirs})
        merged = {
            slot: (ours if theirs.get(slot) == base.get(slot) else theirs).get(slot)
            for slot in slots
        }
        return {slot: variant for slot, variant in merged.items() if variant is not None}

    def is_moved(self, key: Key) -> bool:
        """Say whether blocks that the baseline cannot tell apart stand in several slots."""
        trees = (side.tree for side in (self.base, self.ours, self.theirs))
        slots = {slot for tree in trees for slot, v in tree.items() if key == key_of(slot, v)}
        return len(slots) > 1

    def new(self, key: Key) -> int:
        """Count, without a baseline's merge, what is new: there, and accepted by nobody.

        What a branch accepted stays accepted. Where blocks cannot be told apart, what each branch
        accepted more or less counts, and once where both did the same.
        """
        there = count(self.merged)[key]
        base, ours, theirs = (s.accepted[key] for s in (self.base, self.ours, self.theirs))
        if self.is_moved(key):
            accepted = ours if ours == theirs else ours + theirs - base
            return max(0, there - max(0, accepted))
        owners = (side for side in (self.ours, self.theirs) if count(side.tree)[key])
        return there if there and not any(side.accepted[key] for side in owners) else 0

    @property
    def keys(self) -> set[Key]:
        """All that ever stood anywhere."""
        trees = (self.base.tree, self.ours.tree, self.theirs.tree)
        return {key for tree in trees for key in count(tree)}


def key_of(slot: Slot, variant: int) -> Key:
    return Key(slot.path, slot.function, variant)


def count(tree: Tree) -> Counter[Key]:
    return Counter(key_of(slot, variant) for slot, variant in tree.items())


def history(random: Random, files: int, edits: int) -> History:
    """Invent one: about half of the slots are full, each branch makes up to so many edits."""
    slots = [
        Slot(f"tests/part_{file % 3}/test_{file:02}.py", f"test_{function}", number)
        for file in range(files)
        for function in range(FUNCTIONS)
        for number in range(SLOTS)
    ]
    fresh = iter(range(ALIKE, 1_000_000))
    base = {slot: variant(random, fresh) for slot in slots if random.random() < 0.5}
    start = Branch(base, count(base), Update.WRITE)
    first = edited(random, base, slots, fresh, edits)
    second = edited(random, base, slots, fresh, edits)
    for slot, made in first.items():
        # Both change a slot alike, or git would ask about the code.
        if slot in second:
            second[slot] = made
    return History(start, branch(random, start, first), branch(random, start, second))


def variant(random: Random, fresh: Iterator[int]) -> int:
    return random.randrange(ALIKE) if random.random() < 0.1 else next(fresh)


def edited(
    random: Random, base: Tree, slots: list[Slot], fresh: Iterator[int], edits: int
) -> dict[Slot, int | None]:
    """Empty, fill or change some slots, mostly of few files: that is how people work."""
    near = random.choice(slots).path
    made: dict[Slot, int | None] = {}
    for _ in range(random.randint(1, edits)):
        among = [slot for slot in slots if slot.path == near] if random.random() < 0.5 else slots
        slot = random.choice(among)
        is_fix = slot in base and random.random() < 0.7
        made[slot] = None if is_fix else variant(random, fresh)
    return made


def branch(random: Random, base: Branch, made: Mapping[Slot, int | None]) -> Branch:
    tree = {slot: v for slot, v in ({**base.tree, **made}).items() if v is not None}
    update, there = random.choice([*Update]), count(tree)
    accepted = {
        Update.WRITE: there,
        Update.PRUNE: there & base.accepted,
        Update.NOTHING: base.accepted,
    }[update]
    return Branch(tree, accepted, update)
