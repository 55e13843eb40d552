"""Prove a rewrite before it is written."""

import ast
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ssot_migrate.code.names import MOCK_MODULES, FunctionNode, children, walk
from ssot_migrate.code.source import Source, parse_text
from ssot_migrate.rewriting.edits import EditError, check_edits
from ssot_migrate.rewriting.plan import Edit, Fix, Place, Target, place_of


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
    _compare_values(before, fixes)
    try:
        tree = check_edits(before, edits) if edits else parse_text(before.text)
    except EditError as error:
        raise VerifyError(str(error)) from error
    planned = _Planned(fixes).visit(tree)
    if _dump(planned, target) != _dump(parse_text(after.text), target):
        raise VerifyError("the rewritten file differs from the plan outside the edited statements")
    touched = _edited(fixes) | {edit.line for edit in edits}
    _compare_lines(before, after, touched, _lifted(before, fixes))
    _compare_names(before, after, fixes, target)


def _compare_values(before: Source, fixes: Sequence[Fix]) -> None:
    """Every value that the plan moves must stand in the statements that it edits."""
    edited = _edited(fixes)
    creations = {fix.creation for fix in fixes}
    values = (_moving(node, edited, creations) for node in walk(before.tree))
    there = {ast.dump(node) for value in values if value for node in walk(value)}
    for fix in fixes:
        moved = [text for a in fix.call.arguments for text in a.parts or (a.text,)]
        moved += [text.partition(" = ")[2] for text in fix.call.after]
        for value in moved:
            if ast.dump(_expression(value)) not in there:
                raise VerifyError(f"a value is not what it was: {value[:60]}")


def _moving(node: ast.AST, edited: set[int], creations: set[Place]) -> ast.expr | None:
    """Give what a plan may take values from: an edited statement's value, a replaced creation."""
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr):
        return node.value if node.lineno in edited else None
    return node if isinstance(node, ast.Call) and place_of(node) in creations else None


def _expression(text: str) -> ast.expr:
    """Parse an expression's text, which may hold comments."""
    match parse_text(f"({text}\n)").body:
        case [ast.Expr(value=value)]:
            return value
    raise VerifyError(f"not one expression: {text[:60]}")


def _edited(fixes: Sequence[Fix]) -> set[int]:
    return {n for fix in fixes for g in fix.groups for n in range(g.first, g.last + 1)}


def _compare_names(before: Source, after: Source, fixes: Sequence[Fix], target: Target) -> None:
    """Ask whether what is used is still imported where it was, and the factory if it is needed."""
    lost = lost_names(before, after)
    if any(fix.needs_import for fix in fixes):
        lost |= {target.class_name} - set().union(*_Names.of(after.tree).imported.values())
    if lost:
        raise VerifyError(f"{', '.join(sorted(lost))} is used but not imported")


def lost_names(before: Source, after: Source) -> set[str]:
    """List the names that are used where they were imported before, and no longer are."""
    was, now = _Names.of(before.tree), _Names.of(after.tree)
    return {
        name
        for scope, imported in was.imported.items()
        for name in imported & now.used.get(scope, set()) - now.seen_from(scope)
    }


@dataclass(frozen=True, slots=True)
class _Names:
    """The names of a module by scope: the names of the functions and classes around."""

    #: Imported right in a scope.
    imported: dict[tuple[str, ...], set[str]]
    #: Used in a scope, or further in.
    used: dict[tuple[str, ...], set[str]]

    @classmethod
    def of(cls, tree: ast.Module) -> "_Names":
        names = cls({}, {})
        pending: list[tuple[ast.AST, tuple[str, ...]]] = [(tree, ())]
        while pending:
            node, scope = pending.pop()
            if isinstance(node, ast.Import | ast.ImportFrom):
                found = {alias.asname or alias.name.partition(".")[0] for alias in node.names}
                names.imported.setdefault(scope, set()).update(found)
            elif isinstance(node, ast.Name):
                for length in range(len(scope) + 1):
                    names.used.setdefault(scope[:length], set()).add(node.id)
            elif isinstance(node, FunctionNode | ast.ClassDef):
                scope = (*scope, node.name)
            pending += [(inner, scope) for inner in children(node)]
        return names

    def seen_from(self, scope: tuple[str, ...]) -> set[str]:
        """Give what is imported in a scope or around it."""
        around = (self.imported.get(scope[:length], set()) for length in range(len(scope) + 1))
        return set().union(*around)


def _compare_lines(before: Source, after: Source, touched: set[int], lifted: set[int]) -> None:
    """Every line that no edit may touch must be there still, byte for byte, in its order.

    ``lifted`` are lines of comments that may stand elsewhere.
    """
    edited = touched | _import_lines(before.tree)
    remaining = iter(after.lines)
    said: Counter[str] = Counter()
    for number, line in enumerate(before.lines, 1):
        if number in edited or not line.strip():
            continue
        if number in lifted:
            said[line.strip()] += 1
            continue
        # The last line of a file may get a line end, where an import comes behind it.
        same = {line, line + before.newline} if number == len(before.lines) else {line}
        if not any(found in same for found in remaining):
            raise VerifyError(f"a line outside the edited statements is lost: {line.strip()[:60]}")
    lost = said - Counter(line.strip() for line in after.lines)
    if lost:
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


def _import_lines(tree: ast.Module) -> set[int]:
    return {
        number
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


class _Planned(ast.NodeTransformer):
    """Carries the plan out on the old tree."""

    def __init__(self, fixes: Sequence[Fix]) -> None:
        self.calls = {fix.creation: fix.call for fix in fixes}
        self.after = {fix.statement: fix.call.after for fix in fixes}
        self.dropped: set[Place] = {place for fix in fixes for place in fix.dropped}

    def visit(self, node: ast.AST) -> ast.AST:
        """Replace creations, leave out dropped statements, put added ones in."""
        if isinstance(node, ast.Call) and place_of(node) in self.calls:
            call = self.calls[place_of(node)]
            arguments = ", ".join(f"{a.head}{a.text}" for a in call.arguments)
            return _expression(f"{call.function}({arguments})")
        for name in ("body", "orelse", "finalbody"):
            suite = getattr(node, name, None)
            if isinstance(suite, list) and suite and isinstance(suite[0], ast.stmt):
                setattr(node, name, [s for old in suite for s in self._statements(old)])
        self.generic_visit(node)
        return node

    def _statements(self, statement: ast.stmt) -> Iterable[ast.stmt]:
        if place_of(statement) in self.dropped:
            return
        yield statement
        for text in self.after.get(place_of(statement), ()):
            yield from parse_text(text).body


def _dump(tree: ast.AST, target: Target) -> str:
    """Dump a tree without the imports that a fix may touch."""
    return ast.dump(_WithoutImports(target).visit(tree))


class _WithoutImports(ast.NodeTransformer):
    def __init__(self, target: Target) -> None:
        self.target = target

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom | None:
        if node.level:
            return node
        if node.module in MOCK_MODULES:
            return None
        if node.module == self.target.module:
            node.names = [a for a in node.names if a.name != self.target.class_name]
        if node.module == "unittest":
            node.names = [a for a in node.names if a.name != "mock"]
        return node if node.names else None

    def visit_Import(self, node: ast.Import) -> ast.Import | None:
        node.names = [a for a in node.names if a.name not in MOCK_MODULES]
        return node if node.names else None
