"""The project's own class of user contexts, where its configuration names one."""

import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from ssot_migrate.factory import plain


def real_context(
    bound: Callable[..., Any] | str | None,
    ids: Mapping[str, str],
    attributes: Mapping[str, Any],
) -> Any:
    """Build the context with what is bound, else with what the configuration names."""
    folder = os.getcwd()  # noqa: PTH109 - pathlib takes long to load
    return plain.real_context(bound or _configured(folder), ids, attributes)


@cache
def _configured(folder: str) -> str | None:
    """Read ``user-context`` of the nearest ``pyproject.toml`` with a ``[tool.ssot-migrate]``."""
    # Both take milliseconds that most test runs need not spend.
    import tomllib
    from pathlib import Path

    for parent in (Path(folder), *Path(folder).parents):
        file = parent / "pyproject.toml"
        if file.is_file():
            tool = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
            if "ssot-migrate" in tool:
                name: str | None = tool["ssot-migrate"].get("user-context")
                return name
    return None
