"""Products that would share what each mock had for itself: the factory's default ids."""

import ast
from collections import Counter

from ssot_migrate.code.names import FunctionNode
from ssot_migrate.finding.draft import Fitted
from ssot_migrate.model import Difference
from ssot_migrate.shapes.block import Block, Finding, Found, Product
from ssot_migrate.shapes.shape import Contract, Mock, Value

#: A method of the factory, and a function, class or module where its products are.
_Place = tuple[str, ast.AST]


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
    seen, made = _seen(fitted), _made(found)
    for one in fitted:
        repeated = one.block.repeats or one.reach.repeated
        shared = set(one.identities) if repeated else set()
        for place in _places(one):
            shared |= {name for name in one.identities if seen[place][name] > 1}
            for product in made.get(place, ()):
                given = {k.arg for k in product.call.keywords}
                shared |= one.identities - given
                _differ(
                    one, "", "a product of the factory stands beside it, to compare perhaps", None
                )
        for name in sorted(shared):
            text = f"several products would share the factory's default {name}"
            _differ(one, name, text, f"give each of them a {name} of its own")


def _places(one: Fitted) -> list[_Place]:
    return [(one.fit.method, place) for place in dict.fromkeys(one.reach.places)]


def _seen(fitted: list[Fitted]) -> dict[_Place, Counter[str]]:
    """Count the blocks with each default id whose mocks are seen in a place."""
    seen: dict[_Place, Counter[str]] = {}
    for one in fitted:
        for place in _places(one):
            seen.setdefault(place, Counter()).update(one.identities)
    return seen


def _made(found: Found) -> dict[_Place, list[Product]]:
    """Say which products of the factory stand in a function."""
    made: dict[_Place, list[Product]] = {}
    for product in found.products:
        if isinstance(product.scope.node, FunctionNode):
            made.setdefault((product.method, product.scope.node), []).append(product)
    return made


def _differ(one: Fitted, path: str, message: str, remedy: str | None) -> None:
    difference = Difference(path, message, one.finding.call.lineno, remedy)
    if difference not in one.fit.differences:
        one.fit.differences.append(difference)
