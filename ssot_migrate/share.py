"""Products that would share what each mock had for itself: the factory's default ids."""

from ssot_migrate.block import Block, Finding, Found, Product
from ssot_migrate.draft import Fitted
from ssot_migrate.model import Difference
from ssot_migrate.names import FunctionNode
from ssot_migrate.shape import Contract, Mock, Value


def identities(contract: Contract, finding: Finding, block: Block) -> frozenset[str]:
    """Name the ids that stay at the factory's default."""
    if not isinstance(contract.product, Mock):
        return frozenset()
    set_here = {s.path[0] for _, settings in block.settings for s in settings if s.path}
    set_here |= {k.arg for k in finding.call.keywords if k.arg}
    return frozenset(
        name
        for name, node in contract.product.children.items()
        if (name == "id" or name.endswith("_id"))
        and isinstance(node, Value)
        and name not in set_here
    )


def share(fitted: list[Fitted], found: Found) -> None:
    """Add a difference where several products in one reach would have one default id."""
    for one in fitted:
        repeated = one.block.repeats or one.reach.repeated
        shared = set(one.identities) if repeated else set()
        for other in fitted:
            if other is not one and _meet(one, other):
                shared |= one.identities & other.identities
        for product in found.products:
            if _stands_beside(one, product):
                given = {k.arg for k in product.call.keywords}
                shared |= one.identities - given
                _differ(one, "", "a product of the factory stands beside it, to compare perhaps")
        for name in sorted(shared):
            _differ(one, name, f"several products would share the factory's default {name}")


def _differ(one: Fitted, path: str, message: str) -> None:
    difference = Difference(path, message, one.finding.call.lineno)
    if difference not in one.fit.differences:
        one.fit.differences.append(difference)


def _meet(one: Fitted, other: Fitted) -> bool:
    places = {id(place) for place in one.reach.places}
    same = one.fit.method == other.fit.method
    return same and any(id(place) in places for place in other.reach.places)


def _stands_beside(one: Fitted, product: Product) -> bool:
    place = product.scope.node
    inside = isinstance(place, FunctionNode) and any(p is place for p in one.reach.places)
    return inside and one.fit.method == product.method
