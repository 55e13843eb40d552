"""The project's own class of user contexts, where its configuration names one."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ssot_migrate.factory import plain


def real_context(
    bound: Callable[..., Any] | str | None,
    ids: Mapping[str, str],
    attributes: Mapping[str, Any],
) -> Any:
    """Build the context with what is bound, else with what the configuration names."""
    return plain.real_context(bound or _configured(Path.cwd()), ids, attributes)


@cache
def _configured(folder: Path) -> str | None:
    """Read ``user-context`` of the nearest ``pyproject.toml`` with a ``[tool.ssot-migrate]``."""
    import tomllib  # Takes milliseconds that most test runs need not spend.

    for parent in (folder, *folder.parents):
        file = parent / "pyproject.toml"
        if file.is_file():
            tool = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {})
            if "ssot-migrate" in tool:
                name: str | None = tool["ssot-migrate"].get("user-context")
                return name
    return None
