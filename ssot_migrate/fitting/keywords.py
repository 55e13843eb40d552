"""What a block sets on its mock, as further keywords of the call that replaces the creation."""

import ast
from collections.abc import Mapping, Sequence

from ssot_migrate.code.module import Module
from ssot_migrate.code.names import Scope
from ssot_migrate.code.source import Source
from ssot_migrate.fitting.fit import Fit, Item
from ssot_migrate.fitting.moves import is_quiet
from ssot_migrate.shapes.block import Finding
from ssot_migrate.shapes.reader import Action
from ssot_migrate.shapes.shape import Contract, Mock, Path, Value
from ssot_migrate.shapes.wording import ATTRIBUTES, written

#: Attributes that a mock's constructor, or ``configure_mock``, would take for something else.
_NO_KEYWORDS = frozenset(
    {"spec", "spec_set", "wraps", "name", "parent", "unsafe", "self", "new_callable"}
)
#: More statements than these read better as statements than in a ``**{…}``.
_FEW = 6
#: So do those that set something deeper than this many steps below the mock.
_SHALLOW = 2


def keyword_of(path: Path, contract: Contract, sure: frozenset[str] | None) -> str | None:
    """Write the keyword that sets what stands at a path, ``None`` where there is none.

    ``sure`` names what the spec has, where the product gets one: it refuses other keywords.
    """
    plain = all(s in ATTRIBUTES or (s.isidentifier() and not s.startswith("_")) for s in path)
    if not (contract.open_keywords and plain and path):
        return None
    if sure is not None and path[0] not in sure | _values(contract):
        return None
    if len(path) > 1:
        return written(path) if contract.dotted_keywords else None
    taken = _NO_KEYWORDS | {parameter.name for parameter in contract.parameters}
    return None if path[0] in taken else written(path)


def _values(contract: Contract) -> set[str]:
    """Name what the factory sets whatever the spec: what is no mock."""
    product = contract.product
    children = product.children if isinstance(product, Mock) else {}
    return {step for step, node in children.items() if isinstance(node, Value)}


def whole(
    kept: Sequence[Item], contract: Contract, sure: frozenset[str] | None
) -> dict[str, ast.expr] | None:
    """Say all that is left of a block in keywords, ``None`` where it cannot or should not be.

    Names in strings are harder to read, to search and to rename than statements are. So those that
    stand in statements go into ``**{…}`` only where a few of them, each on a child of the mock
    (``"send.side_effect"``), are what keeps the block from being one call.
    """
    found: dict[str, ast.expr] = {}
    spelled: list[Path] = []
    for item in kept:
        name, value = keyword_of(item.path, contract, sure), item.setting.value
        if name is None or name in found or value is None or value.lineno != value.end_lineno:
            return None
        if item.setting.action is not Action.SET:
            return None
        found[name] = value
        spelled += [item.path] if item.statement and len(item.path) > 1 else []
    shallow = all(len(path) == _SHALLOW for path in spelled)
    return found if shallow and len(spelled) != 1 and len(spelled) <= _FEW else None


def has_room(module: Module, finding: Finding, item: Item, name: str, value: ast.expr) -> bool:
    """Say whether a keyword fits on one line, where each has a line of its own.

    In a ``**{…}`` there is no place for the comment behind a statement.
    """
    if "." in name and item.statement and _is_commented(module.source, item.statement):
        return False
    statement = finding.block.statement if finding.block else finding.call
    around = 8 + len('"": ,') if "." in name else 4 + len("=,")
    length = (value.end_col_offset or 0) - value.col_offset
    return statement.col_offset + around + len(name) + length <= module.line_length


def _is_commented(source: Source, statement: ast.stmt) -> bool:
    last = statement.end_lineno or statement.lineno
    return "#" in source.lines[last - 1][source.column(last, statement.end_col_offset or 0) :]


def in_order(values: Sequence[ast.expr], scope: Scope) -> bool:
    """Say whether values that run code of the test's own run it in the order of the text."""
    loud = [(v.lineno, v.col_offset) for v in values if not is_quiet(v, scope)]
    return loud == sorted(loud)


def with_keywords(fit: Fit, given: Mapping[str, ast.expr]) -> None:
    """Put all that is left of a block into its call."""
    plain = {name: value for name, value in given.items() if "." not in name}
    fit.arguments = {**fit.arguments, **plain}
    fit.dotted = {name: value for name, value in given.items() if "." in name}
    fit.dropped = list(dict.fromkeys(i.statement for i in fit.items if i.statement))
    fit.added = []
