"""The message of a batch's commit, from the template in the configuration."""

from typing import Final

from ssot_migrate.settings.toolchain import ConfigError

#: What a template may name in braces.
PLACEHOLDERS: Final = ("batch", "fixes", "files", "families", "taken_back")


def check_message(where: str, template: str) -> None:
    """Raise ConfigError for a template that cannot be filled in, or says nothing."""
    try:
        text = template.format(**dict.fromkeys(PLACEHOLDERS, "x"))
    except KeyError as error:
        known = ", ".join(f"`{{{name}}}`" for name in PLACEHOLDERS)
        unknown = f"unknown placeholder `{{{error.args[0]}}}`; there are {known}"
        raise ConfigError(f"{where}: {unknown}") from None
    except (ValueError, IndexError, AttributeError, TypeError) as error:
        advice = "write a brace that stands for itself twice"
        raise ConfigError(f"{where}: {error}; {advice}") from None
    if not text.strip():
        raise ConfigError(f"{where} must not be empty")
