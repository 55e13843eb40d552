"""Find what is wrong with a codemod although each of its keys has the right type."""

import re
from collections.abc import Iterator

import msgspec

from ssot_migrate.families.family import Example, Family, Signs, ending, split_name
from ssot_migrate.model import GENERIC
from ssot_migrate.settings.typed_toml import Keys

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_FORMS = "an example has `before` and `after`, or `reported`, or `unchanged`"


def mistakes(family: Family) -> Iterator[tuple[Keys, str]]:
    """Yield the keys that cannot mean what they say, and why."""
    if not _ID.fullmatch(family.id):
        yield ("id",), "must be of lower-case words joined by `-`"
    for text in ("summary", "why"):
        if not getattr(family, text).strip():
            yield (text,), "must not be empty"
    if "\n" in family.summary.strip():
        yield ("summary",), "must be one line"
    if family.factory_method is not None and not family.factory_method.isidentifier():
        yield ("factory-method",), "must be the name of a method"
    for keys, message in _in_evidence(family):
        yield ("evidence", *keys), message
    for index, example in enumerate(family.example):
        if problem := _in_example(example):
            yield ("example", index), problem


def _in_evidence(family: Family) -> Iterator[tuple[Keys, str]]:
    signs = family.evidence
    if family.id == GENERIC:
        if signs != Signs() or family.factory_method:
            yield (), f"{GENERIC} is what no evidence speaks for; name a family of your own"
        return
    if signs == Signs():
        yield (), "nothing would tell such a mock; give `specs`, `names` or `keywords`"
    yield from _misspelled(signs)
    yield from _never_named(signs)
    for key in ("attributes", "telling_attributes"):
        for both in sorted({*getattr(signs, key)} & {*signs.contradicted_by}):
            yield ("contradicted-by",), f"`{both}` is in `{_kebab(key)}` too; take it out of one"
    for lost in sorted({*signs.telling_attributes} - {*signs.attributes}):
        yield ("telling-attributes",), f"`{lost}` must be in `attributes` too"
    if signs.attributes_alone > len({*signs.attributes}):
        yield ("attributes-alone",), "is more than there are `attributes`"


def _misspelled(signs: Signs) -> Iterator[tuple[Keys, str]]:
    """Yield what is no name: most of all patterns, which evidence does not have."""
    for field in msgspec.structs.fields(Signs):
        entries = getattr(signs, field.name)
        for entry in entries if isinstance(entries, tuple) else ():
            if not _DOTTED.fullmatch(entry):
                yield (field.encode_name,), f"`{entry}` is no name; patterns are not supported"


def _never_named(signs: Signs) -> Iterator[tuple[Keys, str]]:
    """Yield the endings of names with which no name of the family can end."""
    for key in ("names", "weak_names"):
        for entry in getattr(signs, key):
            words = split_name(f"the_x_{entry}")
            if against := {*words.words} & {*signs.not_names}:
                yield (_kebab(key),), f"`{entry}` holds `{min(against)}`, which is in `not-names`"
            elif not ending(words, (entry,)):
                yield (_kebab(key),), f"no name ends with `{entry}`: it says only that it is a mock"


def _in_example(example: Example) -> str | None:
    pair = (example.before is None, example.after is None)
    given = [pair != (True, True), example.reported is not None, example.unchanged is not None]
    if sum(given) != 1 or pair[0] != pair[1]:
        return _FORMS
    if example.before is not None and example.before == example.after:
        return "`before` and `after` are the same; say `unchanged`"
    return None


def _kebab(name: str) -> str:
    return name.replace("_", "-")
