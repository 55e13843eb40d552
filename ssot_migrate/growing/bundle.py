"""Choose the edits of one method that together unlock most."""

from collections import Counter
from collections.abc import Iterable, Sequence

from ssot_migrate.code.names import Kind
from ssot_migrate.frozen import Frozen
from ssot_migrate.growing.advice import Edit
from ssot_migrate.model import Case, Need, NeedKind
from ssot_migrate.shapes.shape import Contract, Path, Value, follow

#: The classes of mock that a factory builds on; a MagicMock stands for a Mock.
_GIVEN = {Kind.MOCK: Kind.MAGIC, Kind.MAGIC: Kind.MAGIC, Kind.ASYNC: Kind.ASYNC}
_SET = (NeedKind.PRESET, NeedKind.PARAMETER)


class Bundle(Frozen):
    """Edits of one method, and the blocks that need any of them."""

    edits: tuple[Edit, ...]
    cases: tuple[Case, ...]


def best_bundle(
    contract: Contract, cases: Sequence[Case], rejected: Iterable[frozenset[Edit]]
) -> Bundle | None:
    """Find the edits that, for their number, leave most blocks with nothing to need."""
    needed = {case: _edits(contract, case, cases) for case in cases if case.needs}
    known = {case: edits for case, edits in needed.items() if edits}
    sets = set(known.values()) - set(rejected)
    if not sets:
        return None

    def worth(edits: frozenset[Edit]) -> tuple[float, int, list[str]]:
        unlocked = sum(others <= edits for others in known.values())
        return -unlocked / len(edits), -unlocked, sorted(map(repr, edits))

    best = min(sets, key=worth)
    concerned = tuple(case for case in cases if best & (needed.get(case) or frozenset()))
    order = [*NeedKind]
    ordered = sorted(best, key=lambda e: (order.index(e.need.kind), e.need.path))
    return Bundle(tuple(ordered), concerned)


def _edits(contract: Contract, case: Case, cases: Sequence[Case]) -> frozenset[Edit] | None:
    """Say what a block needs as edits of the method; ``None`` where one of them cannot be."""
    found = [_edit(contract, need, cases) for need in case.needs]
    return frozenset(edit for edit in found if edit) if all(found) else None


def _edit(contract: Contract, need: Need, cases: Sequence[Case]) -> Edit | None:
    if need.kind in _SET:
        wanted = _settled(contract, need.path, cases)
        return Edit(contract.method, wanted) if wanted else None
    if need.kind in (NeedKind.BASE, NeedKind.ATTRIBUTE):
        kind = _GIVEN.get(Kind(need.value or ""))
        return Edit(contract.method, Need(need.kind, need.path, kind)) if kind else None
    known = any(parameter.name == "spec" for parameter in contract.parameters)
    return None if known else Edit(contract.method, need)


def _settled(contract: Contract, path: Path, cases: Sequence[Case]) -> Need | None:
    """Decide what becomes of a value that blocks set: alike a preset, else theirs to give."""
    own = ({n for n in c.needs if n.path == path and n.kind in _SET} for c in cases)
    wanted = Counter(need for needs in own for need in needs)
    there = follow(contract.product, path)
    if isinstance(there, Value):
        return Need(NeedKind.PARAMETER, path)
    if len(wanted) == 1 and wanted.total() > 1 and next(iter(wanted)).value is not None:
        return next(iter(wanted))
    return None if contract.open_keywords else Need(NeedKind.KEYWORDS)
