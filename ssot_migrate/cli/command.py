"""How commands are made so that each start loads only what it needs.

The root knows a line of each command; its module is imported, and its options are read, when it is
run. Typer converts values by pydantic, whose import takes longer than most runs: here values that
need no more than a look are taken as they are, and Typer is left the others and what is wrong.
"""

import os
from collections.abc import Callable
from enum import Enum
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final, get_args, get_origin

import typer
from typer.core import TyperCommand, TyperGroup

_UNSURE: Final = object()


class Command(TyperCommand):
    """A command whose plain values are taken as they are."""

    def get_params(self, ctx: Any) -> Any:  # noqa: ANN401 (classes of Typer's own Click)
        """Give the parameters, that of ``--help`` among them."""
        return [*map(_taking_plain, super().get_params(ctx))]


class Group(TyperGroup):
    """A group of commands whose own plain values are taken as they are."""

    def get_params(self, ctx: Any) -> Any:  # noqa: ANN401 (classes of Typer's own Click)
        """Give the parameters, that of ``--help`` among them."""
        return [*map(_taking_plain, super().get_params(ctx))]


class Later(TyperCommand):
    """Stands for a command until it is run; its callback gives the command itself."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (as Typer has it)
        """Let the command itself read its arguments, and be run in the end."""
        assert self.callback  # noqa: S101 (`later` sets it)
        return self.callback().make_context(*args, **kwargs)


def app_of(command: Callable[..., None]) -> typer.Typer:
    """Make an app of a single command."""
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command()(command)
    return app


def later(app: typer.Typer, name: str, summary: str) -> None:
    """Add the command of ``app`` in the module of this name, which stays unread until it is run."""

    @app.command(name, help=summary, cls=Later)
    def _() -> Any:  # noqa: ANN401 (a command of Typer's own Click)
        return loaded(name)


def loaded(name: str) -> Any:  # noqa: ANN401 (a command of Typer's own Click)
    """Import a command's module, and build the command with its options."""
    app: typer.Typer = import_module(f"{__package__}.{name.replace('-', '_')}").app
    app.info.cls = Group
    for command in app.registered_commands:
        command.cls = Command
    return typer.main.get_command(app)


def _taking_plain(parameter: Any) -> Any:  # noqa: ANN401 (a class that Typer does not export)
    """Let a parameter take plain values as they are; older versions of Typer need no pydantic."""
    known = parameter.process_value
    if hasattr(parameter, "type_descriptor") and not isinstance(known, partial):
        parameter.process_value = partial(_processed, parameter, known)
    return parameter


def _processed(
    parameter: Any,  # noqa: ANN401 (a class that Typer does not export)
    otherwise: Callable[[Any, Any], object],
    context: object,
    value: object,
) -> object:
    """Give what a command is given for a value of the command line, or for a default."""
    plain = _plain(parameter, value)
    if plain is _UNSURE:
        return otherwise(context, value)
    return parameter.callback(context, parameter, plain) if parameter.callback else plain


def _plain(parameter: Any, value: object) -> object:  # noqa: ANN401 (as above)
    """Take a value, or its absence, as it is; ``_UNSURE`` where that needs a closer look."""
    if value is None:
        absent = () if parameter.multiple or parameter.nargs == -1 else None
        return _UNSURE if parameter.required else absent
    descriptor = parameter.type_descriptor
    return _taken(descriptor.annotation, value, descriptor.parameter_info.min)


def _taken(kind: Any, value: Any, least: float | None) -> object:  # noqa: ANN401 (as Typer has it)
    """Take a value as what its annotation says, ``least`` where that is a number."""
    if get_origin(kind) is list and isinstance(value, list | tuple):
        items = [_taken(get_args(kind)[0], item, least) for item in value]
        return _UNSURE if _UNSURE in items else items
    if not isinstance(kind, type) or isinstance(value, kind):
        return value if isinstance(kind, type) else _UNSURE
    if not isinstance(value, str):
        return _UNSURE
    if issubclass(kind, Path):
        is_plain = os.access(value, os.R_OK) or not os.path.lexists(value)
        return kind(value) if is_plain else _UNSURE
    if issubclass(kind, Enum):
        return next((choice for choice in kind if choice.value == value), _UNSURE)
    if kind is int and value.isascii() and value.isdigit():
        return int(value) if int(value) >= (least or 0) else _UNSURE
    return _UNSURE
