"""Say everything that led to a violation's fix, or to the lack of one."""

import ast
from collections.abc import Iterator, Sequence

from ssot_migrate.assessing.assess import draft_all, facts_of
from ssot_migrate.assessing.emit import to_fix, to_violation
from ssot_migrate.code.module import Module
from ssot_migrate.contracts.outline import signature
from ssot_migrate.explanation import Explanation, Note
from ssot_migrate.finding.classify import doubts
from ssot_migrate.finding.draft import Draft, Fitted, Rules
from ssot_migrate.fitting.fit import Fit, Item
from ssot_migrate.rewriting.plan import Fix
from ssot_migrate.shapes.reader import Action
from ssot_migrate.shapes.shape import (
    Contract,
    Items,
    Mock,
    Node,
    Path,
    Value,
    describe,
    follow,
    spell,
)
from ssot_migrate.shapes.values import code_of

#: Steps below the mock itself down to which shapes are told.
_DEEP = 3


def explain(
    module: Module, rules: Rules, line: int, column: int | None = None
) -> list[tuple[Explanation, Fix | None]]:
    """Explain the creations at a place: those that start there, else those of its block."""
    drafts = draft_all(module, rules)
    return [_explained(module, rules, draft) for draft in _at(drafts, line, column)]


def _at(drafts: Sequence[Draft], line: int, column: int | None) -> list[Draft]:
    """Choose by the creation's own lines, then by those of the statements around it."""
    for lines in (_own_lines, _block_lines):
        found = [draft for draft in drafts if line in lines(draft)]
        if column is not None:
            found = [d for d in found if d.finding.call.col_offset + 1 == column] or found
        if found:
            return found
    return []


def _own_lines(draft: Draft) -> range:
    call = draft.finding.call
    return range(call.lineno, (call.end_lineno or call.lineno) + 1)


def _block_lines(draft: Draft) -> set[int]:
    block = draft.finding.block
    statements = block.statements if block and block.roots else []
    return {
        number
        for statement in statements
        for number in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
    }


def _explained(module: Module, rules: Rules, draft: Draft) -> tuple[Explanation, Fix | None]:
    violation = to_violation(module, draft)
    nearly = tuple(doubts(facts_of(module, draft.finding), rules.families))
    fitted = draft.fitted
    contract = rules.factory.contract(fitted.fit.method) if fitted else None
    if fitted is None or contract is None or fitted.fit.old is None:
        return Explanation(violation, nearly), None
    fit = fitted.fit
    fix = None if draft.reason else to_fix(module, fitted, violation)
    explanation = Explanation(
        violation,
        nearly,
        shape=tuple(_told(fit.old)) if fit.old else (),
        method=signature(contract),
        contract=tuple(_told(fit.new)) if fit.new else (),
        arguments=tuple(
            Note(value.lineno, f"{name}={module.source.segment(value)}")
            for name, value in (*fit.arguments.items(), *_pairs(fit))
        ),
        dropped=tuple(_note(module, statement) for statement in fit.dropped),
        stays=tuple(_stays(module, fit)),
        open_paths=tuple(_open_paths(fitted)),
        remedies=tuple(dict.fromkeys(_remedies(fit, contract))),
    )
    return explanation, fix


def _pairs(fit: Fit) -> Iterator[tuple[str, ast.expr]]:
    """Yield what goes into a dict, by the parameter and the key, or by the key of ``**{…}``."""
    for name, pairs in fit.mapping.items():
        yield from ((f'{name}["{key}"]', value) for key, value in pairs.items())
    yield from fit.dotted.items()


def _told(node: Node, path: Path = ()) -> Iterator[tuple[str, str]]:
    """Yield what stands at each configured path."""
    yield spell(path), code_of(node) or describe(node)
    if isinstance(node, Mock) and len(path) < _DEEP:
        for step, below in node.children.items():
            yield from _told(below, (*path, step))


def _note(module: Module, statement: ast.stmt) -> Note:
    first = module.source.segment(statement).splitlines()[0]
    return Note(statement.lineno, first)


def _stays(module: Module, fit: Fit) -> Iterator[Note]:
    kept = (item.statement for item in fit.items if item.statement)
    for statement in dict.fromkeys(kept):
        if statement not in fit.dropped:
            yield _note(module, statement)
    for path, value in fit.added:
        yield Note(value.lineno, f"{spell(path)} = {module.source.segment(value)}")


def _open_paths(fitted: Fitted) -> Iterator[str]:
    """Yield the attributes that only the factory mentions."""
    product = fitted.fit.new
    mentioned = {item.path[0] for item in fitted.fit.items if item.path}
    mentioned |= {touch.steps[0] for touch in fitted.reach.touches if touch.steps}
    if isinstance(product, Mock):
        yield from (spell((step,)) for step in product.children if step not in mentioned)


def _remedies(fit: Fit, contract: Contract) -> Iterator[str]:
    yield from (difference.remedy for difference in fit.differences if difference.remedy)
    for item in fit.items:
        stays = item.statement not in fit.dropped if item.statement else _added(item, fit)
        if stays and _could_be_argument(item, fit, contract):
            yield (
                f"a parameter of {contract.method} for {spell(item.path)} would take this into the"
                " call"
            )


def _added(item: Item, fit: Fit) -> bool:
    """Say whether a keyword of the creation becomes a statement."""
    return any(value is item.setting.value for _, value in fit.added)


def _could_be_argument(item: Item, fit: Fit, contract: Contract) -> bool:
    known = item.path in contract.landings or (contract.open_keywords and len(item.path) == 1)
    plain = item.setting.action is Action.SET and not known
    value = follow(fit.old, item.path) if fit.old else None
    return plain and isinstance(value, Value | Items)
