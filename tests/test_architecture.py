"""The shape of the house: imports point one way, libraries stay in their rooms, files stay small."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = "ssot_migrate"
ROOT = Path(__file__).parents[1] / PACKAGE

#: From the ground up. A room is a module or a subpackage; it imports from rows above its own in this
#: table only, so neighbours (the stages above all) do not import each other.
LAYERS = (
    (PACKAGE, "factory", "frozen", "hashing", "lazy", "schemas"),
    ("shelf",),
    ("model",),
    ("executing", "explanation", "files", "git", "known", "packed", "settings"),
    ("discover", "disk", "families", "sharding"),
    ("caching", "code", "migrating"),
    ("rewriting", "shapes", "starter", "suppressions"),
    ("contracts", "touches"),
    ("fitting",),
    ("finding",),
    ("rules",),
    ("assessing", "trial"),
    ("worker",),
    ("estimate", "proposing", "told"),
    ("outcomes",),
    ("pipeline",),
    ("checking", "gate", "growing", "reviewing"),
    ("report",),
    ("cli", "pytest_gate"),
    ("__main__", "pytest_plugin"),
)
RANK = {room: rank for rank, row in enumerate(LAYERS) for room in row}

#: Who may import a library that is slow to load or has one purpose; everybody else goes without.
LIBRARIES = {
    "click": {"cli"},
    "dask": {"executing"},
    "distributed": {"executing"},
    "filelock": {"disk", "trial"},
    "libcst": {"growing", "rewriting"},
    "pytest": {"factory", "pytest_gate", "pytest_plugin"},
    "rich": {"cli", "report"},
    "typer": {"cli"},
}

#: Lines at which a file is split.
LONGEST = 400


class Import(NamedTuple):
    """One imported module, and the line that imports it."""

    line: int
    module: str


def room_of(path: Path) -> str:
    """Name the module or subpackage that a file below the package belongs to."""
    first = path.relative_to(ROOT).parts[0].removesuffix(".py")
    return PACKAGE if first == "__init__" else first


def imports_in(source: str, package: str) -> Iterator[Import]:
    """Yield every import of a module, wherever it stands; a relative one is resolved in package."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, package)
            # `from ssot_migrate import model` names a module; `from … import __version__` does not.
            yield from (Import(node.lineno, f"{base}.{alias.name}") for alias in node.names)


def absolute(node: ast.ImportFrom, package: str) -> str:
    """Give the dotted name of the module that a from-import reads."""
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    above = parts[: len(parts) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def imported_room(module: str) -> str | None:
    """Name our room behind a dotted module name, None where it is not ours."""
    top, _, rest = module.partition(".")
    if top != PACKAGE:
        return None
    room = rest.partition(".")[0]
    return room if (ROOT / room).is_dir() or (ROOT / f"{room}.py").is_file() else PACKAGE


def every_import() -> Iterator[tuple[Path, str, Import]]:
    """Yield every import of the package, with its file and its room."""
    for path in sorted(ROOT.rglob("*.py")):
        package = ".".join(path.relative_to(ROOT.parent).parent.parts)
        for found in imports_in(path.read_text("utf-8"), package):
            yield path, room_of(path), found


def place(path: Path, line: int) -> str:
    """Write a place so that an editor can open it."""
    return f"{path.relative_to(ROOT.parent).as_posix()}:{line}"


def report(problems: list[str]) -> None:
    """Fail with one line a problem; two names out of one module are one problem."""
    if problems:
        pytest.fail("\n".join(dict.fromkeys(problems)), pytrace=False)


def test_every_module_has_a_layer() -> None:
    there = {room_of(path) for path in ROOT.rglob("*.py")}
    report([f"{room} is in no row of LAYERS: add it" for room in sorted(there - RANK.keys())])


def test_imports_point_down() -> None:
    problems = []
    for path, room, found in every_import():
        target = imported_room(found.module)
        if target is None or target == room or {target, room} - RANK.keys():
            continue
        if RANK[target] >= RANK[room]:
            below = ", ".join(other for row in LAYERS[: RANK[room]] for other in row)
            where = place(path, found.line)
            problems.append(f"{where}: {room} imports {target}, may import only {below}")
    report(problems)


def test_no_room_goes_in_circles() -> None:
    """Within a room a module may import its neighbours, as long as one of them can be read first."""
    inside: dict[str, dict[str, set[str]]] = {}
    for path, room, found in every_import():
        own = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)
        modules = inside.setdefault(room, {})
        modules.setdefault(own, set()).update(
            other for other in modules_of(found.module) if other != own
        )
    for modules in inside.values():
        try:
            TopologicalSorter(modules).prepare()
        except CycleError as error:
            pytest.fail(" → ".join(error.args[1]), pytrace=False)


def modules_of(imported: str) -> list[str]:
    """Name our module behind an imported name: the name itself, or what it is imported from."""
    names = [imported, imported.rpartition(".")[0]]
    paths = [(name, ROOT.parent / Path(*name.split("."))) for name in names]
    return [name for name, path in paths if path.with_suffix(".py").is_file()]


def test_libraries_stay_in_their_rooms() -> None:
    problems = []
    for path, room, found in every_import():
        library = found.module.partition(".")[0]
        allowed = LIBRARIES.get(library, {room})
        if room not in allowed:
            allowed = " and ".join(sorted(allowed))
            problems.append(f"{place(path, found.line)}: only {allowed} may import {library}")
    report(problems)


def test_no_file_is_too_long() -> None:
    whole = {ROOT / "factory/mock_factory.py"}  # `factory init` writes it as one file.
    paths = set(ROOT.rglob("*.py")) - whole
    lengths = {path: len(path.read_bytes().splitlines()) for path in paths}
    problems = [
        f"{place(path, lines)}: {lines} lines, split it at {LONGEST}"
        for path, lines in sorted(lengths.items())
        if lines > LONGEST
    ]
    report(problems)


@pytest.mark.parametrize(
    ("code", "room"),
    [
        pytest.param("import ssot_migrate.model", "model", id="dotted"),
        pytest.param("from ssot_migrate.model import Change", "model", id="name of a module"),
        pytest.param("from ssot_migrate import model", "model", id="module of the package"),
        pytest.param("from ssot_migrate import __version__", PACKAGE, id="name of the package"),
        pytest.param("from .model import Change", "model", id="relative, beside"),
        pytest.param("from . import model", "model", id="relative, the module itself"),
        pytest.param("def late():\n    from .. import x", None, id="relative, out of the package"),
        pytest.param("import os.path", None, id="somebody else's"),
        pytest.param("import ssot_migrate_plugin", None, id="a longer name"),
    ],
)
def test_an_import_is_read(code: str, room: str | None) -> None:
    (found,) = imports_in(code, PACKAGE)
    assert imported_room(found.module) == room


def test_a_subpackage_reaches_up() -> None:
    (found,) = imports_in("from ..model import Change", f"{PACKAGE}.report")
    assert found.module == f"{PACKAGE}.model.Change"
