"""The statements that stand on given lines, with their scopes, and a report of one of them."""

import ast
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from ssot_migrate.code.fingerprint import fingerprint
from ssot_migrate.code.module import Module, extent, suites
from ssot_migrate.code.names import KINDS, MOCK_MODULES, Scope, children
from ssot_migrate.code.source import Source
from ssot_migrate.families.family import Family, Rule
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import Applicability, Evidence, Violation

#: What mocks are imported from; pytest-mock's fixtures count as a module.
MOCKING = frozenset({*MOCK_MODULES, "<mocker>"})
#: Dotted names of what makes mocks.
MOCK_CLASSES = frozenset(f"{module}.{name}" for module in MOCKING for name in KINDS)
_SUITES = (ast.stmt, ast.excepthandler, ast.match_case)


def lines_of(source: Source, pattern: re.Pattern[str]) -> list[int]:
    """List, sorted, the lines on which matches of a pattern begin."""
    if pattern not in source.found:
        places = (match.start() for match in pattern.finditer(source.text))
        source.found[pattern] = [bisect_right(source.starts, place) for place in places]
    return source.found[pattern]


def statements_on(module: Module, lines: Sequence[int]) -> Iterator[tuple[ast.stmt, Scope]]:
    """Yield the statements that hold one of the lines (sorted), the outer ones first."""
    for line in lines:
        module.units.on(line, line)
    pending = [(s, module.top) for s in _holding(module.tree.body, lines)]
    while pending:
        statement, scope = pending.pop()
        yield statement, scope
        inner = scope
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = module.scope(statement, scope)
        for suite in suites(statement):
            pending += [(below, inner) for below in _holding(suite, lines)]


def _holding(suite: Iterable[ast.stmt], lines: Sequence[int]) -> Iterator[ast.stmt]:
    """Yield the statements of a suite that hold one of the lines, both in their order."""
    index = 0
    for statement in suite:
        if index == len(lines):
            return
        # Most stand before the next line: no more is asked of them.
        if lines[index] <= (statement.end_lineno or 0):
            first, last = extent(statement)
            index = bisect_left(lines, first, index)
            if index < len(lines) and lines[index] <= last:
                yield statement


def calls_of(statement: ast.stmt) -> Iterator[ast.Call]:
    """Yield the calls that a statement makes itself, not in its suites."""
    pending = [node for node in children(statement) if not isinstance(node, _SUITES)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Call):
            yield node
        pending += children(node)


class Told(Frozen):
    """What one of the engine's own rules says of a place."""

    name: str | None
    reason: str
    family: Family | None = None
    evidence: tuple[Evidence, ...] = ()


def report(
    module: Module, rule: Rule, node: ast.expr | ast.stmt, scope: Scope, told: Told
) -> Violation:
    """Say what is reported of a node; of a statement its first line is the place."""
    source = module.source
    module.units.on(node.lineno, node.end_lineno or node.lineno)
    last = node.lineno if isinstance(node, ast.stmt) else node.end_lineno or node.lineno
    whole = len(source.lines[last - 1].rstrip())
    end = whole if isinstance(node, ast.stmt) else source.column(last, node.end_col_offset or 0)
    return Violation(
        rule=rule.id,
        family=told.family.id if told.family else None,
        severity=rule.severity,
        path=module.path,
        line=node.lineno,
        column=source.column(node.lineno, node.col_offset) + 1,
        end_line=last,
        end_column=end + 1,
        name=told.name,
        scope=scope.name,
        evidence=told.evidence,
        applicability=Applicability.MANUAL,
        reason=told.reason,
        lines=((node.lineno, node.end_lineno or node.lineno),),
        fingerprint=fingerprint([node]),
    )
