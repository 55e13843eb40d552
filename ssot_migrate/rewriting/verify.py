"""Prove a rewrite before it is written."""

import ast
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from ssot_migrate.code.names import walk
from ssot_migrate.code.source import Source, last_line
from ssot_migrate.rewriting.comparison import Comparison, ExpressionError, parse_expression
from ssot_migrate.rewriting.edits import EditError, check_edits
from ssot_migrate.rewriting.lost_names import imported_names, lost_names
from ssot_migrate.rewriting.plan import Edit, Fix, Target, place_of
from ssot_migrate.rewriting.within import (
    ImportStatement,
    import_statements,
    on_lines,
    walk_within,
)


class VerifyError(Exception):
    """The rewrite is not what the plan says; the message says how."""


def verify(
    before: Source,
    after: Source,
    fixes: Sequence[Fix],
    target: Target,
    edits: Sequence[Edit] = (),
) -> None:
    """Compare the trees: outside the edited statements nothing may differ. Raises VerifyError."""
    on = {edit.line for edit in edits}
    try:
        _compare_values(before, fixes)
        tree = check_edits(before, edits) if edits else before.tree
        as_planned = Comparison(before, after, fixes, target, on).same(tree, after.tree)
    except (EditError, ExpressionError) as error:
        raise VerifyError(str(error)) from error
    if not as_planned:
        raise VerifyError("the rewritten file differs from the plan outside the edited statements")
    imports = list(import_statements(before))
    touched = _edited(fixes) | on | _lines_of(imports)
    _compare_lines(before, after, touched, _lifted(before, fixes))
    _compare_names(imports, after, fixes, target)


def _compare_values(before: Source, fixes: Sequence[Fix]) -> None:
    """Every value that the plan moves must stand in the statements that it edits."""
    wanted = {text: parse_expression(text) for fix in fixes for text in _moved(fix)}
    kinds = {type(value) for value in wanted.values()}
    nodes = (node for value in _moving(before, fixes) for node in walk(value))
    there = {ast.dump(node) for node in nodes if type(node) in kinds}
    for text, value in wanted.items():
        if ast.dump(value) not in there:
            raise VerifyError(f"a value is not what it was: {text[:60]}")


def _moved(fix: Fix) -> Iterator[str]:
    """Yield the values that a plan moves, as code."""
    for argument in fix.call.arguments:
        yield from argument.parts or (argument.text,)
    yield from (text.partition(" = ")[2] for text in fix.call.after)


def _moving(before: Source, fixes: Sequence[Fix]) -> Iterator[ast.expr]:
    """Yield what a plan may take values from: edited statements' values, replaced creations."""
    edited = _edited(fixes)
    creations = {fix.creation for fix in fixes}
    for node in walk_within(before.tree, on_lines(edited)):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr):
            if node.value and node.lineno in edited:
                yield node.value
        elif isinstance(node, ast.Call) and place_of(node) in creations:
            yield node


def _edited(fixes: Sequence[Fix]) -> set[int]:
    return {n for fix in fixes for g in fix.groups for n in range(g.first, g.last + 1)}


def _compare_names(
    imports: Iterable[ImportStatement], after: Source, fixes: Sequence[Fix], target: Target
) -> None:
    """Ask whether what is used is still imported where it was, and the factory if it is needed."""
    now = imported_names(import_statements(after))
    lost = lost_names(imported_names(imports), now, after)
    if any(fix.needs_import for fix in fixes):
        lost |= {target.class_name}.difference(*now.values())
    if lost:
        raise VerifyError(f"{', '.join(sorted(lost))} is used but not imported")


def _compare_lines(
    before: Source, after: Source, edited: Collection[int], lifted: Collection[int]
) -> None:
    """Every line that no edit may touch must be there still, byte for byte, in its order.

    ``lifted`` are lines of comments that may stand elsewhere.
    """
    remaining = iter(after.lines)
    said: Counter[str] = Counter()
    for number, line in enumerate(before.lines, 1):
        if number in edited or not line.strip():
            continue
        if number in lifted:
            said[line.strip()] += 1
            continue
        # The last line of a file may get a line end, where an import comes behind it.
        if number == len(before.lines) and not line.endswith(("\n", "\r")):
            remaining = (found.removesuffix(before.newline) for found in remaining)
        if line not in remaining:
            raise VerifyError(f"a line outside the edited statements is lost: {line.strip()[:60]}")
    if said and (lost := said - Counter(line.strip() for line in after.lines)):
        raise VerifyError(f"a comment is lost: {next(iter(lost))[:60]}")


def _lifted(before: Source, fixes: Sequence[Fix]) -> set[int]:
    """Find the comments right above statements that go: they may go with them."""
    gone = {place[0] for fix in fixes for place in fix.dropped}
    found: set[int] = set()
    for line in gone:
        above = line - 1
        while above and before.lines[above - 1].strip().startswith("#"):
            found.add(above)
            above -= 1
    return found


def _lines_of(imports: Iterable[ImportStatement]) -> set[int]:
    return {
        number
        for _, statement in imports
        for number in range(statement.lineno, last_line(statement) + 1)
    }
