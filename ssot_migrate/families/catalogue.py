"""Collect the codemods of a project: the shipped ones, and those of its own folders."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from ssot_migrate.families.family import Example, Family
from ssot_migrate.families.mistakes import mistakes
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import GENERIC, Severity, UserError
from ssot_migrate.settings.config import Config
from ssot_migrate.settings.table import advice
from ssot_migrate.settings.typed_toml import Document, Keys, convert

_PACKAGE: Final = Path(__file__).parents[1]
_SEVERITIES = list(Severity)
#: A codemod that extends another: any of the keys, and the id of the other.
_Extension: Final[Any] = msgspec.defstruct(
    "_Extension",
    [
        ("extends", str),
        *(
            (field.name, field.type | msgspec.UnsetType, msgspec.UNSET)
            for field in msgspec.structs.fields(Family)
        ),
    ],
    rename="kebab",
    forbid_unknown_fields=True,
)
#: The evidence by which two codemods may claim the same mock, and how a person says it.
_CLAIMS = {"specs": "spec", "names": "name", "keywords": "keyword"}


class CatalogueError(UserError):
    """Codemods that cannot be used together."""


class Codemod(Frozen):
    """A family, and the files that say it."""

    family: Family
    #: The file that defines it.
    path: Path
    #: The files that extend it, in the order in which they do.
    extended_by: tuple[Path, ...] = ()
    #: Whether the file that defines it came with ssot-migrate.
    shipped: bool = False
    #: The examples by the file that gives them.
    examples: tuple[tuple[Path, Example], ...] = ()


def shipped_folder() -> Path:
    """Find the shipped codemods: in the package, or beside it in a checkout."""
    package = _PACKAGE
    inside = package / "codemods"
    if inside.is_dir():
        return inside
    beside = package.parent / "codemods"
    if beside.is_dir() and (package.parent / "pyproject.toml").is_file():
        return beside
    raise CatalogueError(f"{inside}: the shipped codemods are missing; install ssot-migrate again")


def own_folders(config: Config) -> list[Path]:
    """Return the project's folders of codemods. Raises CatalogueError where one has none."""
    folders = [config.root / name for name in config.codemods]
    for folder in folders:
        what = None if folder.is_dir() else "is no folder" if folder.exists() else "does not exist"
        what = what or (None if _paths(folder) else "holds no codemod (*.toml)")
        if what:
            raise CatalogueError(f"{folder}: {what}; correct `codemods` under [tool.ssot-migrate]")
        for path in _paths(folder):
            if path.exists() and not path.is_file():  # Reading a pipe would not end.
                raise CatalogueError(f"{path}: is no file; remove it from the folder of codemods")
    return folders


def load_families(config: Config | None = None) -> tuple[Family, ...]:
    """Read the families of a project (the shipped ones alone without), most severe first."""
    return tuple(codemod.family for codemod in load_codemods(config))


def load_codemods(
    config: Config | None = None, more: Iterable[Document] = ()
) -> tuple[Codemod, ...]:
    """Read the codemods of a project, and use ``more`` beside them, most severe first.

    A file with the id of a shipped codemod replaces it; then each file that extends one adds to
    it, in the order of the folders and, in a folder, of the names.
    Raises CatalogueError and TomlError.
    """
    own = [path for folder in (own_folders(config) if config else ()) for path in _paths(folder)]
    documents = _once([*map(Document.read, own), *more])
    codemods = {codemod.family.id: codemod for codemod in _shipped(shipped_folder())}
    for document in documents:
        if "extends" not in document.content:
            codemod = _defined(document)
            _check_only(document, codemods.get(codemod.family.id))
            codemods[codemod.family.id] = codemod
    for document in documents:
        if "extends" in document.content:
            extended = _extended(document, codemods)
            codemods[extended.family.id] = extended
    return tuple(sorted(codemods.values(), key=_urgency))


def overlaps(codemods: Sequence[Codemod], selected: frozenset[str]) -> Iterator[str]:
    """Tell where a codemod of the project and another one claim the same mocks alike."""
    claims: dict[tuple[str, str], list[Codemod]] = defaultdict(list)
    for codemod in codemods:
        if codemod.family.id in selected:
            for claim in dict.fromkeys(_claims(codemod.family)):
                claims[claim].append(codemod)
    shared: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for (kind, entry), claimants in claims.items():
        if len(claimants) > 1 and not all(c.shipped and not c.extended_by for c in claimants):
            shared[tuple(c.family.id for c in claimants)].append(f"{kind} `{entry}`")
    for ids, entries in shared.items():
        yield (
            f"the codemods {' and '.join(ids)} both claim the {', the '.join(entries)};"
            " take it out of one of them"
        )


def _urgency(codemod: Codemod) -> tuple[int, bool, str]:
    family = codemod.family
    return _SEVERITIES.index(family.severity), family.id == GENERIC, family.id


def _claims(family: Family) -> Iterator[tuple[str, str]]:
    for key, kind in _CLAIMS.items():
        yield from ((kind, entry) for entry in getattr(family.evidence, key))
    if family.factory_method:
        yield "factory method", family.factory_method


def _paths(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml"))


@cache
def _shipped(folder: Path) -> tuple[Codemod, ...]:
    documents = map(Document.read, _paths(folder))
    # That they hold no mistakes is tested.
    return tuple(replace(_converted(document), shipped=True) for document in documents)


def _once(documents: Iterable[Document]) -> list[Document]:
    """Leave out what comes again: a file that is named and lies in a folder, say."""
    first: dict[Path, Document] = {}
    for document in documents:
        first.setdefault(document.path.resolve(), document)
    return list(first.values())


def _defined(document: Document) -> Codemod:
    codemod = _converted(document)
    _check(document, codemod.family)
    return codemod


def _converted(document: Document) -> Codemod:
    family = convert(document, Family)
    if family.id != document.path.stem:
        raise document.error(
            ("id",), f"is {family.id!r}; it must be the file's stem, {document.path.stem!r}"
        )
    examples = tuple((document.path, example) for example in family.example)
    return Codemod(family, document.path, examples=examples)


def _check(document: Document, family: Family) -> None:
    for keys, message in mistakes(family):
        raise document.error(keys, message)


def _check_only(document: Document, other: Codemod | None) -> None:
    if other and not other.shipped:
        raise document.error(
            ("id",),
            f"{other.path} defines {other.family.id!r} too; rename one,"
            f' or say extends = "{other.family.id}" in its place',
        )


def _extended(document: Document, codemods: Mapping[str, Codemod]) -> Codemod:
    target = convert(document, _Extension).extends
    if target not in codemods:
        raise document.error(
            ("extends",), f"there is no codemod `{target}`; {advice(target, sorted(codemods))}"
        )
    own = {"id": target, **document.content}
    del own["extends"]
    if own["id"] != target:
        raise document.error(
            ("id",), f"must be `{target}`, which this file extends, or be left out"
        )
    codemod = codemods[target]
    family = msgspec.convert(_merged(msgspec.to_builtins(codemod.family), own), Family)
    skip = len(codemod.family.example)
    for keys, message in mistakes(family):
        raise document.error(_own_keys(keys, skip), message)
    examples = tuple((document.path, example) for example in family.example[skip:])
    return replace(
        codemod,
        family=family,
        extended_by=(*codemod.extended_by, document.path),
        examples=(*codemod.examples, *examples),
    )


def _own_keys(keys: Keys, others: int) -> Keys:
    """Count the examples of a file from its own first one."""
    match keys:
        case ("example", int(index)):
            return ("example", max(index - others, 0))
    return keys


def _merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Add to tables and lists, replace everything else."""
    merged = dict(base)
    for key, value in more.items():
        old = base.get(key)
        if isinstance(old, dict):
            merged[key] = _merged(old, value)
        elif isinstance(old, list | tuple):
            merged[key] = [*old, *(entry for entry in value if entry not in old)]
        else:
            merged[key] = value
    return merged
