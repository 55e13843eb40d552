"""Products that would share what each mock had for itself: the factory's default ids."""

import ast

from ssot_migrate.block import Found
from ssot_migrate.draft import Draft
from ssot_migrate.model import Difference
from ssot_migrate.names import FunctionNode
from ssot_migrate.shape import Contract, Mock, Value


def identities(contract: Contract, draft: Draft) -> frozenset[str]:
    """Name the ids that stay at the factory's default."""
    if draft.fit is None or not isinstance(contract.product, Mock):
        return frozenset()
    block = draft.finding.block
    set_here = {
        s.path[0] for _, settings in (block.settings if block else ()) for s in settings if s.path
    }
    set_here |= {k.arg for k in draft.finding.call.keywords if k.arg}
    return frozenset(
        name
        for name, node in contract.product.children.items()
        if (name == "id" or name.endswith("_id"))
        and isinstance(node, Value)
        and name not in set_here
    )


def share(drafts: list[Draft], found: Found) -> None:
    """Add a difference where several products in one reach would have one default id."""
    fitted = [d for d in drafts if d.fit and d.reach and not d.fit.reason and not d.reason]
    for draft in fitted:
        others = [d for d in fitted if d is not draft and _meet(draft, d)]
        shared = set(draft.identities) if _is_repeated(draft) else set()
        for other in others:
            shared |= draft.identities & other.identities
        for product in found.products:
            if _stands_beside(draft, product.scope.node, product.method):
                given = {k.arg for k in product.call.keywords}
                shared |= draft.identities - given
                _differ(draft, "", "a product of the factory stands beside it, to compare perhaps")
        for name in sorted(shared):
            _differ(draft, name, f"several products would share the factory's default {name}")


def _differ(draft: Draft, path: str, message: str) -> None:
    difference = Difference(path, message, draft.finding.call.lineno)
    if draft.fit and difference not in draft.fit.differences:
        draft.fit.differences.append(difference)


def _meet(one: Draft, other: Draft) -> bool:
    if one.family.factory_method != other.family.factory_method or not (one.reach and other.reach):
        return False
    return bool({id(p) for p in one.reach.places} & {id(p) for p in other.reach.places})


def _stands_beside(draft: Draft, place: ast.AST, method: str) -> bool:
    if draft.family.factory_method != method or draft.reach is None:
        return False
    return isinstance(place, FunctionNode) and any(p is place for p in draft.reach.places)


def _is_repeated(draft: Draft) -> bool:
    block = draft.finding.block
    return bool((block and block.in_loop) or (draft.reach and draft.reach.repeated))
