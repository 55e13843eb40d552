"""Cut a few statements out of a file, so that they say the same where they stand alone."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from textwrap import dedent, indent

from ssot_migrate.code.module import Module, fixture_name
from ssot_migrate.code.names import FunctionNode, parameters, walk

_INDENT = "    "


def excerpt(module: Module, statements: Sequence[ast.stmt]) -> str:
    """Return statements of one function with their imports, in that function's bare frame."""
    ordered = sorted(set(statements), key=lambda s: (s.lineno, s.col_offset))
    function = module.index.function(ordered[0])
    body = "".join(_text(module, statement) for statement in ordered)
    used: list[ast.AST] = [*ordered]
    if function:
        body = _header(function, ordered) + indent(body, _INDENT)
        if fixture_name(function):
            body = "".join(f"@{ast.unparse(d)}\n" for d in function.decorator_list) + body
            used += function.decorator_list
        owner = module.index.class_of(function)
        if owner and parameters(function):
            body = f"class {owner.name}:\n{indent(body, _INDENT)}"
    imports = "\n".join(_imports(module.tree, _names(used)))
    return f"{imports}\n\n\n{body}" if imports else body


def _text(module: Module, statement: ast.stmt) -> str:
    """Return a statement's lines as they are where they hold nothing else, else what it says."""
    source = module.source
    start, end = source.span(statement)
    first = source.starts[statement.lineno - 1]
    last = source.starts[statement.end_lineno or statement.lineno]
    rest = source.text[end:last].strip()
    if source.text[first:start].strip() or (rest and not rest.startswith("#")):
        return f"{ast.unparse(statement)}\n"
    text = dedent(source.text[first:last].replace("\r\n", "\n").replace("\r", "\n"))
    return text if text.endswith("\n") else f"{text}\n"


def _header(function: FunctionNode, statements: Iterable[ast.stmt]) -> str:
    used = _names(statements)
    given = [each.arg for each in parameters(function)]
    first = given[:1] if given[:1] in (["self"], ["cls"]) else []
    names = ", ".join(first + [name for name in given if name in used and name not in first])
    word = "async def" if isinstance(function, ast.AsyncFunctionDef) else "def"
    return f"{word} {function.name}({names}):\n"


def _names(nodes: Iterable[ast.AST]) -> set[str]:
    return {inner.id for node in nodes for inner in walk(node) if isinstance(inner, ast.Name)}


def _imports(tree: ast.Module, names: set[str]) -> Iterator[str]:
    """Yield the imports, wherever they stand, that bind one of these names."""
    found: dict[str, list[str]] = {}
    for node in walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name.partition(".")[0]) in names:
                    text = f"{alias.name} as {alias.asname}" if alias.asname else alias.name
                    found.setdefault(_origin(node), []).append(text)
    for origin, texts in sorted(found.items()):
        parts = sorted(set(texts))
        yield from [f"{origin}{', '.join(parts)}"] if origin else [f"import {p}" for p in parts]


def _origin(node: ast.Import | ast.ImportFrom) -> str:
    if isinstance(node, ast.Import):
        return ""
    return f"from {'.' * node.level}{node.module or ''} import "
