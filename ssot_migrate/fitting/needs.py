"""What a block would have the factory give."""

import ast
from collections.abc import Iterable, Iterator

from ssot_migrate.code.module import Module
from ssot_migrate.code.names import creation_kind
from ssot_migrate.model import Need, NeedKind
from ssot_migrate.shapes.reader import NO_SETTINGS, Context, constructor, path_of
from ssot_migrate.shapes.shape import Mock, Node, Path, Value, follow, same_kind


def need_at(old: Mock, new: Node, path: Path) -> Need | None:
    """Say what would end a difference at a path, ``None`` where the factory means what it gives."""
    for length in range(len(path) + 1):
        before, after = follow(old, path[:length]), follow(new, path[:length])
        if not isinstance(before, Mock):
            return Need(NeedKind.SPEC) if old.spec and length else None
        if not isinstance(after, Mock):
            configured = isinstance(after, Value) and before.children
            return Need(NeedKind.ATTRIBUTE, path[:length], before.kind) if configured else None
        if not same_kind(before.kind, after.kind):
            kind = NeedKind.ATTRIBUTE if length else NeedKind.BASE
            return Need(kind, path[:length], before.kind)
    return None


def asked(path: Path, value: ast.expr, module: Module, context: Context) -> Need:
    """Read what a block sets at a path: a mock of some class, a literal, or what it alone knows."""
    if isinstance(value, ast.Call) and creation_kind(value, context.scope):
        kind = creation_kind(value, context.scope)
        given = constructor(value)
        if not given:
            return Need(NeedKind.ATTRIBUTE, path, kind)
        if any(name in NO_SETTINGS or not name.isidentifier() for name, _ in given):
            return Need(NeedKind.PARAMETER, path)
        texts = {name: _literal(inner, module) for name, inner in given}
        if None not in texts.values():
            arguments = ", ".join(f"{name}={text}" for name, text in texts.items())
            return Need(NeedKind.PRESET, path, f"{kind}({arguments})")
        return Need(NeedKind.PARAMETER, path)
    text = _literal(value, module)
    return Need(NeedKind.PARAMETER if text is None else NeedKind.PRESET, path, text)


def mock_at(old: Mock | None, path: Path) -> list[Need]:
    """Say what a block needs where it configures a mock and the factory has none."""
    wanted = follow(old, path) if old else None
    return [Need(NeedKind.ATTRIBUTE, path, wanted.kind)] if isinstance(wanted, Mock) else []


def lacks_of(
    added: Iterable[tuple[Path, ast.expr]], module: Module, context: Context
) -> list[Need]:
    """Say what a block needs that has no place for the statements it would become."""
    return [asked(path, value, module, context) for path, value in added]


def drawn(path: Path, value: ast.expr, module: Module, context: Context) -> Iterator[Need]:
    """Read what a block sets at a path, and below it by the arguments of a mock."""
    kind = creation_kind(value, context.scope) if isinstance(value, ast.Call) else None
    given = constructor(value) if isinstance(value, ast.Call) and kind else []
    if kind is None or any(name in NO_SETTINGS for name, _ in given):
        yield asked(path, value, module, context)
        return
    yield Need(NeedKind.ATTRIBUTE, path, kind)
    for name, inner in given:
        yield from drawn((*path, *path_of(name)), inner, module, context)


def _literal(value: ast.expr, module: Module) -> str | None:
    """Give the source of a literal, on one line."""
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return None
    if value.lineno == value.end_lineno:
        return module.source.segment(value)
    text = ast.unparse(value)
    return text if '"' in text else text.replace("'", '"')
