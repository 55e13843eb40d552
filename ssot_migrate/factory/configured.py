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
    if bound is None:
        _, frame = plain.caller()  # The project of the file that asks has a say.
        file = frame.f_code.co_filename if frame else ""
        bound = _configured(os.path.dirname(file))  # noqa: PTH120 - without pathlib
    return plain.real_context(bound, ids, attributes)


@cache
def _configured(folder: str) -> str | None:
    """Read ``user-context`` of the nearest ``pyproject.toml`` with a ``[tool.ssot-migrate]``."""
    # Both take milliseconds to load that most test runs need not spend.
    import tomllib
    from pathlib import Path

    start = Path(folder) if Path(folder).is_absolute() else Path.cwd()
    for parent in (start, *start.parents):
        file = parent / "pyproject.toml"
        if file.is_file():
            tool = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
            if "ssot-migrate" in tool:
                name: str | None = tool["ssot-migrate"].get("user-context")
                return name
    return None
