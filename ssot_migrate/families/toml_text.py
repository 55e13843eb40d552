"""Write a codemod as TOML."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ssot_migrate.families.family import Example, Family, Signs
from ssot_migrate.schemas import descriptions

#: A longer list has an entry a line.
_WIDTH = 88


def to_toml(family: Family, *, explained: bool = False) -> str:
    """Return the file of a codemod; ``explained`` says what each key means, given or not."""
    content = msgspec.to_builtins(family)
    evidence, examples = content.pop("evidence"), content.pop("example")
    lines = [*_keys(Family, content, explained=explained)]
    if evidence := [*_keys(Signs, evidence, explained=explained)]:
        lines += ["", "[evidence]", *evidence]
    for example in examples:
        lines += ["", "[[example]]", *_keys(Example, example, explained=False)]
    return "\n".join(lines) + "\n"


def _keys(struct: type, values: Mapping[str, Any], *, explained: bool) -> Iterator[str]:
    """Yield the lines of a table: what is not the default, or all of it with its meaning."""
    meanings = descriptions(None if struct is Family else struct.__name__) if explained else {}
    for field in msgspec.structs.fields(struct):
        key = field.encode_name
        if key not in values:
            continue
        given = field.required or values[key] != msgspec.to_builtins(field.default)
        if explained:
            yield f"# {meanings.get(key, '')}"
        if given or explained:
            yield f"{'' if given else '# '}{key} = {_value(values[key])}"


def _value(value: str | int | list[str] | tuple[str, ...] | None) -> str:
    """Write a value; what JSON writes is TOML too, but for DEL and for code that shall be read."""
    if isinstance(value, str) and _is_plain(value):
        return f"'''\n{value}'''"
    text = json.dumps("" if value is None else value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list | tuple) and len(text) > _WIDTH:
        return "[\n" + "".join(f"    {_value(entry)},\n" for entry in value) + "]"
    return text


def _is_plain(text: str) -> bool:
    """Say whether a text has several lines that can stand as they are."""
    plain = "'''" not in text and not text.endswith("'")
    return "\n" in text and plain and all(c in "\n\t" or c.isprintable() for c in text)
