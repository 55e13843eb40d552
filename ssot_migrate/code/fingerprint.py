"""Hash code so that it can be known again wherever it stands and however it is laid out."""

import ast
from collections.abc import Iterable
from typing import Final

from ssot_migrate.hashing import blake2b

#: Eight bytes: in a baseline of a million entries, one chance in 37 million that any two agree.
_BYTES: Final = 8
#: What follows from where a node stands, or how it is spelled.
_SILENT: Final = frozenset({"ctx", "kind", "type_comment"})
#: Fields by class of node: asking for them each time is half of the work.
_fields: dict[type, tuple[str, ...]] = {}


def fingerprint(nodes: Iterable[ast.AST]) -> str:
    """Give 16 hex digits that stay the same under new places, layout, quotes and comments.

    They are the same in each version of Python: fields that only some have are empty in old code.
    """
    parts: list[str] = []
    for node in nodes:
        _spell(node, parts)
    text = "".join(parts)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_BYTES).hexdigest()


def _spell(node: ast.AST, parts: list[str]) -> None:
    """Write a node, without what is empty, so that no two trees give the same text."""
    kind = type(node)
    if kind is ast.Constant:
        parts.append(ascii(node.value))  # type: ignore[attr-defined]
        return
    if kind is ast.Name:
        parts.append(f"`{node.id}`")  # type: ignore[attr-defined]
        return
    fields = _fields.get(kind)
    if fields is None:
        fields = _fields[kind] = tuple(name for name in kind._fields if name not in _SILENT)
    parts.append(f"{kind.__name__}(")
    for name in fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            parts.append(f"{name}=")
            _spell(value, parts)
        elif isinstance(value, list):
            if value:
                parts.append(f"{name}=[")
                for item in value:
                    _spell(item, parts) if isinstance(item, ast.AST) else parts.append(f"{item!a},")
                parts.append("]")
        elif value is not None:
            parts.append(f"{name}={value!a},")
    parts.append(")")
