"""Turn a fitted draft into what is reported, and into the plan that LibCST carries out."""

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Mapping

from ssot_migrate.code.fingerprint import fingerprint
from ssot_migrate.code.layout import (
    PRAGMA,
    comments,
    indent_of,
    step_of_indent,
    value_at,
    value_text,
)
from ssot_migrate.code.module import Module, suites
from ssot_migrate.code.source import Source, SourceError, last_line, parse_text
from ssot_migrate.finding.draft import Draft, Fitted
from ssot_migrate.model import Applicability, Violation
from ssot_migrate.rewriting.plan import Argument, Call, Fix, Group, place_of
from ssot_migrate.shapes.block import Block, Finding
from ssot_migrate.shapes.shape import Path
from ssot_migrate.shapes.wording import written


def to_violation(module: Module, draft: Draft) -> Violation:
    """Say what is reported of a draft."""
    call, source = draft.finding.call, module.source
    fit = draft.fitted.fit if draft.fitted and not draft.reason else None
    end_line = call.end_lineno or call.lineno
    statements = _statements(draft.finding)
    return Violation(
        rule=draft.family.id,
        family=draft.family.id,
        severity=draft.family.severity,
        path=module.path,
        line=call.lineno,
        column=source.column(call.lineno, call.col_offset) + 1,
        end_line=end_line,
        end_column=source.column(end_line, call.end_col_offset or 0) + 1,
        name=draft.finding.name,
        scope=draft.finding.scope.name,
        evidence=draft.evidence,
        applicability=fit.applicability if fit else Applicability.MANUAL,
        reason=draft.reason,
        differences=tuple(fit.differences) if fit else (),
        lines=tuple((s.lineno, s.end_lineno or s.lineno) for s in statements),
        fingerprint=fingerprint(statements),
    )


def _statements(finding: Finding) -> list[ast.stmt] | list[ast.Call]:
    """List what a mock is made of; the creation alone where its statement holds other things."""
    block = finding.block
    if block is None or not block.roots or any(suites(block.statement)):
        return [finding.call]
    return block.statements


def to_fix(module: Module, fitted: Fitted, violation: Violation) -> Fix:
    """Plan the edits that migrate a fitted block."""
    block, fit, source = fitted.block, fitted.fit, module.source
    call = fitted.finding.call
    indent = indent_of(source.lines[(block.statement if block.roots else call).lineno - 1])
    inner = indent + step_of_indent(indent)
    arguments = tuple(
        Argument(
            f"{name}=",
            value_text(source, value),
            value_at(source, value, inner),
            comment=_comment(source, fitted, value),
        )
        for name, value in fit.arguments.items()
    ) + tuple(_mapping(source, f"{name}=", pairs) for name, pairs in fit.mapping.items())
    arguments += (_mapping(source, "**", fit.dotted),) if fit.dotted else ()
    after = tuple(
        f"{_target(block, path)} = {_standing(value_at(source, value, indent))}"
        for path, value in fit.added
    )
    return Fix(
        violation=violation,
        statement=place_of(block.statement),
        creation=place_of(call),
        creation_end=(call.end_lineno or call.lineno, call.end_col_offset or 0),
        call=Call(f"{fitted.access.expression}.{fit.method}", arguments, after),
        inline=not block.roots,
        dropped=tuple(place_of(statement) for statement in fit.dropped),
        groups=fitted.groups,
        needs_import=fitted.access.needs_import,
    )


def _comment(source: Source, fitted: Fitted, value: ast.expr) -> str:
    """Give the comment behind the statement that an argument comes from, if it can go along."""
    alone = (g.whole_lines and len(g.statements) == 1 for g in fitted.groups)
    came = (item.statement for item in fitted.fit.items if item.setting.value is value)
    statement = next((s for s in came if s in fitted.fit.dropped), None)
    if statement is None or not all(alone):
        return ""
    last = statement.end_lineno or statement.lineno
    comment = source.lines[last - 1][source.column(last, statement.end_col_offset or 0) :].strip()
    return comment if comment.startswith("#") and not PRAGMA.match(comment) else ""


def _mapping(source: Source, head: str, pairs: Mapping[str, ast.expr]) -> Argument:
    """Write the dict that takes what is left of a block."""
    texts = {key: value_text(source, value) for key, value in pairs.items()}
    text = "{" + ", ".join(f'"{key}": {value}' for key, value in texts.items()) + "}"
    return Argument(head, text, text, tuple(texts.values()))


def _standing(text: str) -> str:
    """Bracket a value that goes over lines only because it stood in brackets of a call."""
    try:
        parse_text(text)
    except SourceError:
        return f"({text})"
    return text


def _target(block: Block, path: Path) -> str:
    """Write what a statement sets on a block's mock."""
    return ".".join((*block.roots[0], written(path)))


def find_groups(
    module: Module, finding: Finding, block: Block
) -> tuple[tuple[Group, ...], list[ast.stmt]]:
    """Find the lines of a block's statements, and the configuring ones that can leave theirs."""
    if not block.roots:
        call = finding.call
        return (Group(call.lineno, call.end_lineno or call.lineno, (), whole_lines=False),), []
    droppable: list[ast.stmt] = []
    groups: dict[int, Group] = {}
    for statement in block.statements:
        group = _group(module, statement)
        groups[group.first] = group
        simple = isinstance(statement, ast.Assign) and len(statement.targets) == 1
        if group.whole_lines and (simple or isinstance(statement, ast.AnnAssign | ast.Expr)):
            droppable.append(statement)
    return tuple(groups.values()), [s for s in droppable if s is not block.statement]


def holds_comment(module: Module, call: ast.Call) -> bool:
    """Say whether a comment stands inside a creation."""
    return bool(comments(module.source.segment(call)))


def shares_line(module: Module, finding: Finding, block: Block) -> bool:
    """Say whether other statements begin or end on the lines of an expression's creation."""
    inner = [statement for suite in suites(block.statement) for statement in suite]
    if inner:
        last = finding.call.end_lineno or finding.call.lineno
        return any(statement.lineno <= last for statement in inner)
    return len(_group(module, block.statement).statements) > 1


def _group(module: Module, statement: ast.stmt) -> Group:
    parent = module.index.parent(statement) or module.tree
    # No two suites of a statement share a line, and each is in the order of its lines.
    suite = next(s for s in suites(parent) if s[0].lineno <= statement.lineno <= last_line(s[-1]))
    first, last = statement.lineno, last_line(statement)
    while True:
        start = bisect_left(suite, first, key=last_line)
        members = suite[start : bisect_right(suite, last, key=lambda s: s.lineno)]
        wider = (members[0].lineno, max(map(last_line, members)))
        if wider == (first, last):
            break
        first, last = wider
    lines = module.source.lines
    before = lines[first - 1][: module.source.column(first, members[0].col_offset)]
    ends = [lines[n - 1].rstrip("\r\n") for n in (first - 1, last) if n]
    continued = any(end.endswith("\\") for end in ends)
    simple = not any(list(suites(member)) for member in members)
    whole = not before.strip(" \t") and not continued and simple
    return Group(first, last, tuple(place_of(m) for m in members), whole)
