"""The keys of ``[tool.ssot-migrate]``: what they take, and what they give a Config."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from ssot_migrate.settings.config import Conformance, Interfaces, Override, Renamed, Statistics
from ssot_migrate.settings.patterns import is_pattern
from ssot_migrate.settings.toolchain import ConfigError, Origin, lookup

TABLE: Final = "ssot-migrate"
_FACTORY = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")

Model = TypeVar("Model", bound=msgspec.Struct)


class _PerFile(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, frozen=True):
    """The keys that make sense for single files; Config says what they mean."""

    factory: str | UnsetType = UNSET
    select: tuple[str, ...] | UnsetType = UNSET
    ignore: tuple[str, ...] | UnsetType = UNSET
    line_length: Annotated[int, msgspec.Meta(ge=1)] | UnsetType = UNSET
    unsafe_fixes: bool | UnsetType = UNSET
    require_reason: bool | UnsetType = UNSET
    skip: str | UnsetType = UNSET
    trial: str | UnsetType = UNSET


class _Override(_PerFile, frozen=True, kw_only=True):
    """One ``[[tool.ssot-migrate.overrides]]``."""

    #: A pattern, or a list of them, in gitignore syntax and relative to the root.
    path: str | tuple[str, ...]


class _Statistics(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, frozen=True):
    """The keys of ``[tool.ssot-migrate.statistics]``."""

    #: Regular expressions, by rule, in place of the shipped ones.
    patterns: dict[str, tuple[str, ...]] | UnsetType = UNSET
    #: Regular expressions, by rule, beside the shipped ones or those in their place.
    extend_patterns: dict[str, tuple[str, ...]] | UnsetType = UNSET


class _Conformance(msgspec.Struct, rename="kebab", forbid_unknown_fields=True, frozen=True):
    """The keys of ``[tool.ssot-migrate.conformance]``."""

    limit: Annotated[float, msgspec.Meta(gt=0)] | UnsetType = UNSET
    snapshot: str | UnsetType = UNSET
    ignore: tuple[str, ...] | UnsetType = UNSET


class Table(_PerFile, frozen=True):
    """The keys of ``[tool.ssot-migrate]``; Config says what they mean, and holds the defaults."""

    include: tuple[str, ...] | UnsetType = UNSET
    exclude: tuple[str, ...] | UnsetType = UNSET
    extend_exclude: tuple[str, ...] | UnsetType = UNSET
    respect_gitignore: bool | UnsetType = UNSET
    codemods: tuple[str, ...] | UnsetType = UNSET
    cache_dir: str | UnsetType = UNSET
    baseline: str | UnsetType = UNSET
    statistics: _Statistics | UnsetType = UNSET
    interfaces: dict[str, str] | UnsetType = UNSET
    renamed: dict[str, str] | UnsetType = UNSET
    user_context: str | UnsetType = UNSET
    conformance: _Conformance | UnsetType = UNSET
    trial_timeout: Annotated[float, msgspec.Meta(gt=0)] | UnsetType = UNSET
    trial_in_place: bool | UnsetType = UNSET
    commit_message: str | UnsetType = UNSET
    overrides: tuple[_Override, ...] | UnsetType = UNSET


def values(source: Path, table: object) -> dict[str, object]:
    """Return the values that a table gives, by field of Config."""
    # Before the table, so that an error in one of them names it.
    inner: dict[str, object] = {}
    if isinstance(raw := lookup(table, "overrides"), list):
        inner["overrides"] = tuple(_override(source, n, one) for n, one in enumerate(raw, 1))
    if (raw := lookup(table, "statistics")) is not None:
        inner["statistics"] = _statistics(f"{source}: [tool.{TABLE}.statistics", raw)
    if (raw := lookup(table, "conformance")) is not None:
        where = f"{source}: [tool.{TABLE}.conformance]"
        inner["conformance"] = Conformance(**_given(_converted(where, raw, _Conformance)))
    own = _given(_converted(f"{source}: [tool.{TABLE}]", table, Table))
    name = own.get("user_context")
    if isinstance(name, str) and not _FACTORY.fullmatch(name):
        text = f'`user-context` must look like "package.module:Class", not "{name}"'
        raise ConfigError(f"{source}: [tool.{TABLE}] {text}")
    if "interfaces" in own:
        inner["interfaces"] = _interfaces(f"{source}: [tool.{TABLE}.interfaces]", own["interfaces"])
    if "renamed" in own:
        inner["renamed"] = Renamed(tuple(own["renamed"].items()))
    return own | inner


def _interfaces(where: str, given: Mapping[str, str]) -> Interfaces:
    for method, name in given.items():
        if not _FACTORY.fullmatch(name):
            text = f'`{method}` must look like "package.module:Class", not "{name}"'
            raise ConfigError(f"{where} {text}")
    return Interfaces(tuple(given.items()))


def _statistics(where: str, table: object) -> Statistics:
    given = _given(_converted(f"{where}]", table, _Statistics))
    for key, rules in given.items():
        for rule, regexes in rules.items():
            for regex in regexes:
                try:
                    re.compile(regex)
                except re.error as error:
                    place = f"{where}.{key.replace('_', '-')}] `{rule}`"
                    raise ConfigError(
                        f"{place}: `{regex}` is no regular expression: {error}"
                    ) from None
    return Statistics(**{key: tuple(rules.items()) for key, rules in given.items()})


def _override(source: Path, number: int, table: object) -> Override:
    place = f"[[tool.{TABLE}.overrides]] {number}"
    own = _converted(f"{source}: {place}", table, _Override)
    values = _given(own)
    del values["path"]
    paths = (own.path,) if isinstance(own.path, str) else own.path
    check_patterns(f"{source}: {place} `path`", paths)
    return Override(paths, tuple(values.items()), Origin(place, str(source)))


def _converted(where: str, table: object, model: type[Model]) -> Model:
    if not isinstance(table, dict):
        raise ConfigError(f"{where} must be a table")
    known = [item.encode_name for item in msgspec.structs.fields(model)]
    for key in table:
        if key not in known:
            raise ConfigError(f"{where} unknown key `{key}`; {advice(key, known)}")
    try:
        own = msgspec.convert(table, model)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where} {_explained(error)}") from None
    factory = getattr(own, "factory", UNSET)
    if factory is not UNSET:
        check_factory(f"{where} `factory`", factory)
    return own


def check_factory(where: str, factory: str) -> None:
    """Raise ConfigError for what is no name of a class in a module."""
    if not _FACTORY.fullmatch(factory):
        raise ConfigError(f'{where} must look like "package.module:Class", not "{factory}"')


def _given(own: msgspec.Struct) -> dict[str, Any]:
    values = {name: getattr(own, name) for name in own.__struct_fields__}
    return {name: value for name, value in values.items() if value is not UNSET}


def check_patterns(where: str, patterns: Sequence[str]) -> None:
    """Raise ConfigError for a pattern that is none in gitignore syntax."""
    for pattern in patterns:
        if not is_pattern(pattern):
            raise ConfigError(f"{where}: `{pattern}` is no pattern in gitignore syntax")


def advice(name: str, known: Sequence[str]) -> str:
    """Return what to write in place of an unknown name."""
    nearest = get_close_matches(name, known, n=1)
    return f"did you mean `{nearest[0]}`?" if nearest else f"there are {', '.join(known)}"


def _explained(error: msgspec.ValidationError) -> str:
    """Turn msgspec's ``Expected `int`, got `str` - at `$.key``` into ``` `key`: expected … ```."""
    message, _, place = str(error).partition(" - at `$.")
    message = f"{message[0].lower()}{message[1:]}"
    return f"`{place.rstrip('`')}`: {message}" if place else message
