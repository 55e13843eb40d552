"""Import the factory where it works, drop the imports of unittest.mock that nothing uses now."""

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import takewhile

from msgspec.structs import replace

from ssot_migrate.code.module import extent, suites
from ssot_migrate.code.names import MOCK_MODULES, walk
from ssot_migrate.code.source import Source, SourceError, parse_text
from ssot_migrate.frozen import Frozen
from ssot_migrate.rewriting.import_members import with_member, without
from ssot_migrate.rewriting.import_order import Import, is_sorted, last_run, section_of
from ssot_migrate.rewriting.plan import Target
from ssot_migrate.rewriting.within import bound_by, walk_within, with_words

#: What may use a name that nobody sees. Patterns that start with letters are found far sooner.
_REFLECTION = {
    name: re.compile(rf"{name}(?<![.\w]{name})\s*\(")
    for name in ("globals", "locals", "vars", "eval", "exec")
}
#: ``#!``, and the line that says the file's encoding.
_FIRST = re.compile(r"#!|#.*coding[:=]")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class _Edit(Frozen):
    """Lines to replace; ``last`` before ``first`` inserts."""

    first: int
    last: int
    text: str


def mend_imports(
    before: Source, after: Source, target: Target | None, staying: Collection[str] = ()
) -> str:
    """Give the text of ``after`` with its imports in order.

    ``before`` is the file as it was: an import that it did not use stays. ``target`` is what to
    import, ``None`` where the file has it already. ``staying`` are names of unittest.mock that
    are known to be in use: of all others, every mention must be in the trees.
    """
    removals = list(_removals(before, after, staying))
    if target is None:
        return _apply(after.lines, removals)
    header, end = header_of(after, target)
    _, reachable = _split_at_paths(header)
    gone = {edit.first for edit in removals if not edit.text}
    imports = [s for s in reachable if isinstance(s, ast.Import | ast.ImportFrom)]
    others = [s for s in imports if s.lineno not in gone]
    if imports and imports[-1].lineno in gone and all(_is_future(s) for s in others):
        line = _import_line(after, target)
        edits = [replace(e, text=line) if e.first == imports[-1].lineno else e for e in removals]
        return _apply(after.lines, edits)
    return with_import(_mended(after, removals, end), target)


def with_import(source: Source, target: Target) -> str:
    """Import the factory in a file of whose tree only the header is asked for."""
    return _apply(source.lines, [_addition(source, target)])


def _mended(after: Source, removals: Sequence[_Edit], end: int) -> Source:
    """Give a file after removals, with the tree of its header alone, which ends before a line."""
    header = _apply(after.lines[: end - 1], [edit for edit in removals if edit.first < end])
    text = _apply(after.lines, removals)
    return after.with_text(text, parse_text(header))


def _import_line(source: Source, target: Target) -> str:
    return f"from {target.module} import {target.class_name}{source.newline}"


def _is_future(statement: ast.Import | ast.ImportFrom) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _apply(lines: Sequence[str], edits: Sequence[_Edit]) -> str:
    lines = list(lines)
    for edit in sorted(edits, key=lambda e: (e.first, e.last), reverse=True):
        first, last = edit.first - 1, edit.last
        if not edit.text:
            first, last = _with_gap(lines, first, last)
        lines[first:last] = [edit.text] if edit.text else []
    return "".join(lines)


def _with_gap(lines: list[str], first: int, last: int) -> tuple[int, int]:
    """Widen a removal by the blank lines that would meet across it."""
    above = first
    while above and not lines[above - 1].strip():
        above -= 1
    below = last
    while below < len(lines) and not lines[below].strip():
        below += 1
    if above == 0:
        return first, below
    gap = min(first - above, below - last)
    return first, last + gap


# what goes


def _removals(before: Source, after: Source, staying: Collection[str]) -> Iterator[_Edit]:
    if reflects(after.text):
        return
    gone: set[ast.stmt] = set()
    for holder, statement, suite in mock_imports(after):
        unused = {
            name
            for alias in statement.names
            if is_mock(statement, alias) and (name := bound_by(alias)) not in staying
            if _is_unused(alias, holder, before, after)
        }
        if unused and not _is_kept(after, statement):
            edits = list(_remove(after, statement, unused, suite))
            if any(not edit.text for edit in edits):
                gone.add(statement)
            # The last statement of a suite stays, or nothing would be left of it.
            if not gone.issuperset(suite):
                yield from edits


def reflects(text: str) -> bool:
    """Say whether code may use names that it does not spell."""
    return any(name in text and pattern.search(text) for name, pattern in _REFLECTION.items())


def mock_imports(
    source: Source,
) -> Iterator[tuple[ast.stmt | ast.Module, ast.Import | ast.ImportFrom, list[ast.stmt]]]:
    """Yield the imports of unittest.mock, the scope they bind in, and the suite they stand in."""
    wanted = with_words(source, ["import"])
    pending: list[tuple[ast.stmt | ast.Module, ast.AST]] = [(source.tree, source.tree)]
    while pending:
        holder, node = pending.pop()
        scope = node if isinstance(node, _DEFINITIONS) else holder
        for suite in suites(node):
            for child in filter(wanted, suite):
                if not isinstance(child, ast.Import | ast.ImportFrom):
                    pending.append((scope, child))
                elif any(is_mock(child, alias) for alias in child.names):
                    yield scope, child, suite


def is_mock(statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> bool:
    """Say whether an import gives something of unittest.mock."""
    if isinstance(statement, ast.Import):
        return alias.name in MOCK_MODULES
    if statement.level or alias.name == "*":
        return False
    return statement.module in MOCK_MODULES or (
        statement.module == "unittest" and alias.name == "mock"
    )


def _is_unused(alias: ast.alias, holder: ast.AST, before: Source, after: Source) -> bool:
    """Say whether the fixes took away the last use of a name."""
    name = bound_by(alias)
    if alias.asname == alias.name or uses(after, holder, name):
        return False
    if not uses(before, before.tree, name):
        return False
    return not _in_text(after, name)


def uses(source: Source, within: ast.AST, name: str) -> bool:
    """Say whether a name is used in a part of a file."""
    return _names(walk_within(within, with_words(source, [name])), name)


def _names(nodes: Iterable[ast.AST], name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in nodes)


def _in_text(source: Source, name: str) -> bool:
    """Say whether a string (an annotation, ``__all__``) or a type comment holds a name."""
    for node in walk_within(source.tree, with_words(source, [name])):
        match node:
            case ast.Constant(value=str(text)) if name in text and _is_expression_with(text, name):
                return True
    return bool(re.search(rf"#\s*type:.*\b{re.escape(name)}\b", source.text))


def _is_expression_with(text: str, name: str) -> bool:
    """Say whether a string is code that uses a name, as an annotation is; prose is not."""
    try:
        tree = parse_text(f"({text.strip()}\n)")
    except SourceError:
        return False
    return _names(walk(tree), name)


def _is_kept(source: Source, statement: ast.stmt) -> bool:
    lines = source.lines[statement.lineno - 1 : statement.end_lineno]
    return any(re.search(r"#\s*(?:noqa|isort|pylint|ruff|fmt)\b", line) for line in lines)


def _remove(
    source: Source,
    statement: ast.Import | ast.ImportFrom,
    names: set[str],
    suite: list[ast.stmt],
) -> Iterator[_Edit]:
    first, last = statement.lineno, statement.end_lineno or statement.lineno
    text = "".join(source.lines[first - 1 : last])
    shares = any(s is not statement and s.lineno <= last and s.end_lineno >= first for s in suite)  # type: ignore[operator]
    owns = not source.lines[first - 1][: statement.col_offset].strip()
    # Behind a backslash the statement goes on, though nothing of it is there.
    if shares or not owns or text.rstrip().endswith("\\"):
        return
    kept = [alias for alias in statement.names if bound_by(alias) not in names]
    if kept:
        yield _Edit(first, last, without(text, names))
    elif len(suite) > 1:
        if _opens(statement, suite) or _has_comment_between(source, statement, suite):
            while not source.lines[last].strip():
                last += 1
        yield _Edit(first, last, "")


def _opens(statement: ast.stmt, suite: list[ast.stmt]) -> bool:
    """Say whether a statement is the first of a suite that is indented."""
    return statement is suite[0] and statement.col_offset > 0


def _has_comment_between(source: Source, statement: ast.stmt, suite: list[ast.stmt]) -> bool:
    """Say whether an import's comment, if it stays, comes to stand before the next import."""
    index = suite.index(statement)
    around = [*suite[max(index - 1, 0) : index], *suite[index + 1 : index + 2]]
    among = len(around) == 2 and all(isinstance(s, ast.Import | ast.ImportFrom) for s in around)
    return among and source.lines[statement.lineno - 2].lstrip().startswith("#")


# what comes


def _addition(source: Source, target: Target) -> _Edit:
    line = _import_line(source, target)
    header = source.tree.body
    same = _same_module(source, header, target)
    if same:
        return _merge(source, same, target)
    above, reachable = _split_at_paths(header)
    imports = [s for s in reachable if isinstance(s, ast.Import | ast.ImportFrom)]
    if imports:
        return _among(source, imports, target, line)
    return _behind(above[-1], source.newline + line) if above else _alone(source, line)


def header_of(source: Source, target: Target | None) -> tuple[list[ast.stmt], int]:
    """List a module's statements above its first definition and use of the factory, and its end."""
    body = source.tree.body
    header = list(takewhile(lambda s: not _needs_factory(s, target), body))
    if len(header) == len(body):
        return header, len(source.lines) + 1
    end = body[len(header)].lineno
    above = [s for s in header if (s.end_lineno or s.lineno) < end]
    return above, extent(body[len(above)])[0]


def _needs_factory(statement: ast.stmt, target: Target | None) -> bool:
    if isinstance(statement, _DEFINITIONS):
        return True
    return target is not None and _names(walk(statement), target.class_name)


def _split_at_paths(header: list[ast.stmt]) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """Split behind the last edit of sys.path, or importorskip that imports follow."""
    last = 0
    for index, statement in enumerate(header):
        text = "" if isinstance(statement, ast.Import | ast.ImportFrom) else ast.dump(statement)
        follows = any(isinstance(s, ast.Import | ast.ImportFrom) for s in header[index:])
        if ("'path'" in text and "'sys'" in text) or ("importorskip" in text and follows):
            last = index + 1
    return header[:last], header[last:]


def _same_module(source: Source, header: list[ast.stmt], target: Target) -> ast.ImportFrom | None:
    """Find an import from the factory's module that it can join; isort keeps renamed ones apart."""
    for statement in header:
        if isinstance(statement, ast.ImportFrom) and statement.module == target.module:
            joins = not any(a.asname or a.name == "*" for a in statement.names)
            if joins and not statement.level and _owns_lines(source, statement):
                return statement
    return None


def _owns_lines(source: Source, statement: ast.stmt) -> bool:
    """Say whether nothing but a comment shares a top-level statement's lines."""
    last = statement.end_lineno or statement.lineno
    end = source.column(last, statement.end_col_offset or 0)
    rest = source.lines[last - 1][end:].strip()
    return statement.col_offset == 0 and (not rest or rest.startswith("#"))


def _merge(source: Source, statement: ast.ImportFrom, target: Target) -> _Edit:
    """Add the factory to an import from its module that is there already."""
    first, last = statement.lineno, statement.end_lineno or statement.lineno
    text = "".join(source.lines[first - 1 : last])
    return _Edit(first, last, with_member(text, target.class_name, target.line_length))


def _alone(source: Source, line: str) -> _Edit:
    """Place the first import of a file: after its docstring, or the comments at its top."""
    newline = source.newline
    docstring = next(filter(_is_docstring, source.tree.body[:1]), None)
    place = (docstring.end_lineno or 1) + 1 if docstring else _after_comments(source)
    rest = source.lines[place - 1 :]
    blank = next((i for i, text in enumerate(rest) if text.strip()), len(rest))
    before = newline if docstring or (place > 1 and source.lines[place - 2].strip()) else ""
    code = next((text for text in rest[blank:] if not text.startswith("#")), "")
    wanted = 2 if code.startswith(("def ", "class ", "@", "async ")) else 1
    return _Edit(place, place - 1 + blank, before + line + newline * wanted)


def _is_docstring(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _after_comments(source: Source) -> int:
    """Give the first line after the comments (a licence, ``#!``) that open the file."""
    comments = list(takewhile(lambda text: text.startswith("#"), source.lines))
    if not source.lines[len(comments)].strip():
        return len(comments) + 1
    # They belong to what follows, all but those that must be the file's first.
    return len(list(takewhile(_FIRST.match, comments))) + 1


def _among(
    source: Source,
    statements: list[ast.Import | ast.ImportFrom],
    target: Target,
    line: str,
) -> _Edit:
    """Place an import among others: sorted where they are, else behind the last of its section."""
    new = ast.ImportFrom(target.module, [ast.alias(target.class_name)], 0)
    entries = [Import(s, section_of(s, target.first_party)) for s in statements]
    entry = Import(new, section_of(new, target.first_party))
    ours = [e for e in entries if e.section == entry.section]
    if ours:
        run = last_run(ours)
        following = [e for e in run if e.key > entry.key]
        if is_sorted(run) and following:
            return _before(source, following[0].statement, line)
        return _behind(run[-1].statement, line)
    earlier = [e for e in entries if e.section < entry.section]
    if earlier:
        return _behind(earlier[-1].statement, source.newline + line)
    first = statements[0]
    return _before(source, first, line + source.newline)


def _before(source: Source, statement: ast.stmt, line: str) -> _Edit:
    number = statement.lineno
    while number > 1 and source.lines[number - 2].startswith("#"):
        number -= 1
    if number == 1:  # these comments are the file's: #!, a coding line, a licence
        number = statement.lineno
    return _Edit(number, number - 1, line)


def _behind(statement: ast.stmt, line: str) -> _Edit:
    number = (statement.end_lineno or statement.lineno) + 1
    return _Edit(number, number - 1, line)
