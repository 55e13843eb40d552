"""The JSON Schemas of what users write; `make generate` writes them from the models."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def descriptions(struct: str | None = None) -> dict[str, str]:
    """Return what the keys of a codemod mean, or those of a struct in it, such as ``Signs``."""
    text = files("ssot_migrate.schemas").joinpath("codemod.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    keys = (schema["$defs"][struct] if struct else schema)["properties"]
    return {key: described["description"] for key, described in keys.items()}
