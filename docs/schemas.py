"""Make the JSON Schemas of the files that users write from the structs that read them."""

import inspect
import re
from typing import Any

import msgspec
from msgspec.structs import fields

from ssot_migrate.families.family import Family
from ssot_migrate.settings import config, table

Schema = dict[str, Any]

_COMMENTED = re.compile(r"((?: *#: .*\n)+) +(\w+):", re.MULTILINE)
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def codemod() -> Schema:
    """Make the schema of a codemod: of a whole one, or of one that extends another."""
    schema = _schema(Family, "A codemod of ssot-migrate")
    whole = schema.pop("required")
    about = "Id of the codemod that this file adds to: lists grow, everything else is replaced."
    schema["properties"] = {
        "extends": {"type": "string", "description": about},
        **schema["properties"],
    }
    return schema | {"anyOf": [{"required": whole}, {"required": ["extends"]}]}


def settings() -> Schema:
    """Make the schema of the table ``[tool.ssot-migrate]``."""
    schema = _schema(table.Table, "The table [tool.ssot-migrate]")
    defaults = {field.name: field.default for field in fields(config.Config)}
    for name, described in schema["properties"].items():
        default = defaults.get(name.replace("-", "_"))
        if isinstance(default, bool | int | str):
            described["default"] = default
        elif default and isinstance(default, tuple):
            described["default"] = list(default)
    return schema


def _schema(struct: type, title: str) -> Schema:
    _, parts = msgspec.json.schema_components([struct], ref_template="#/$defs/{name}")
    structs = {kind.__name__: kind for kind in _structs(struct)}
    for name, part in parts.items():
        comments = _comments(structs[name]) if name in structs else {}
        part.pop("title")
        if not part.get("required"):
            part.pop("required", None)
        for key, value in part.get("properties", {}).items():
            part["properties"][key] = _plain(value)
            if key in comments:
                part["properties"][key]["description"] = comments[key]
    whole = parts.pop(struct.__name__)
    whole.pop("description", None)
    return {"$schema": _DIALECT, "title": title, **whole, **({"$defs": parts} if parts else {})}


def _structs(struct: type) -> list[type]:
    """List a struct, and those that its fields hold."""
    found = [struct]
    pending: list[Any] = [msgspec.inspect.type_info(struct)]
    while pending:
        kind = pending.pop()
        if isinstance(kind, msgspec.inspect.StructType):
            found.append(kind.cls)
            pending += [field.type for field in kind.fields]
        pending += getattr(kind, "types", ())
        pending += [kind.item_type] if hasattr(kind, "item_type") else []
    return found


def _comments(struct: type) -> dict[str, str]:
    """Read the ``#:`` comments of a struct's fields, or of what it is turned into.

    ``_Table`` becomes a Config, and any other ``_X`` of its module an ``X``.
    """
    found: dict[str, str] = {}
    twin = getattr(config, struct.__name__.removeprefix("_"), config.Config)
    for kind in (config.Config, twin, *reversed(struct.__mro__)):
        if kind.__module__.startswith("ssot_migrate."):
            for comment, name in _COMMENTED.findall(inspect.getsource(kind)):
                text = " ".join(comment.replace("#:", " ").split()).replace("``", "`")
                found[name.replace("_", "-")] = text
    return found


def _plain(schema: Schema) -> Schema:
    """Leave out ``null``, which TOML does not have, and defaults that say nothing."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key not in {"anyOf", "default"}}
    if isinstance(schema.get("default"), bool | int):
        rest["default"] = schema["default"]
    return {**(kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {}), **rest}
