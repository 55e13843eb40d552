"""Find the file of a module without importing anything."""

import ast
import os
from collections.abc import Sequence
from difflib import get_close_matches
from enum import Enum
from pathlib import Path

from ssot_migrate.code.names import open_scope
from ssot_migrate.code.source import SourceError, parse


class Provenance(Enum):
    """What the module is that a class is imported from."""

    #: The wanted one, by this or another name, or a package around it.
    WANTED = "wanted"
    #: It imports the class itself.
    PASSED_ON = "passed on"
    #: It binds something else to the name.
    ANOTHER = "another"
    #: It binds nothing to the name.
    NOTHING = "nothing"
    #: There is no such module below the roots.
    UNREAD = "unread"
    #: What it has cannot be known.
    UNCERTAIN = "uncertain"


_DEEP = 5
#: Names at each step that are tried for one that was meant.
_TRIED = 3


def find_module(dotted: str, roots: Sequence[str]) -> Path | None:
    """Find a module's file below the first root that holds it."""
    relative = os.path.join(*dotted.split("."))  # noqa: PTH118 (a run asks for thousands)
    for root in roots:
        base = os.path.join(root, relative)  # noqa: PTH118
        for candidate in (f"{base}.py", os.path.join(base, "__init__.py")):  # noqa: PTH118
            if relative and os.path.isfile(candidate):  # noqa: PTH113
                return Path(candidate)
    return None


def nearest_module(dotted: str, roots: Sequence[str]) -> str | None:
    """Name the module that lies below a root and is spelled most like a name."""
    for root in roots:
        found = _nearest_below(Path(root), dotted.split("."))
        if found:
            return ".".join(found)
    return None


def _nearest_below(folder: Path, parts: list[str]) -> list[str] | None:
    first, *rest = parts
    try:
        names = {entry.stem if entry.suffix == ".py" else entry.name for entry in folder.iterdir()}
    except OSError:
        return None
    for name in get_close_matches(first, names, n=_TRIED):
        below = _nearest_below(folder / name, rest) if rest else []
        if below or (not rest and find_module(name, [str(folder)])):
            return [name, *(below or ())]
    return None


def module_name(location: str, roots: Sequence[str]) -> str | None:
    """Give the dotted name of a file below the longest root that holds it."""
    for root in sorted(roots, key=len, reverse=True):
        relative = os.path.relpath(location, root)
        if not relative.startswith(".."):
            parts = [*Path(relative.removesuffix(".py")).parts]
            return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return None


def absolute(qualified: str, location: str, roots: Sequence[str]) -> str:
    """Turn the name of a relative import (``.helpers.Factory``) into an absolute one."""
    dots = len(qualified) - len(qualified.lstrip("."))
    if not dots:
        return qualified
    own = module_name(location, roots)
    if own is None:
        return qualified
    package = own.split(".") if location.endswith("__init__.py") else own.split(".")[:-1]
    base = package[: len(package) - dots + 1]
    return ".".join([*base, qualified[dots:]])


def is_reexport(qualified: str, wanted: str, roots: Sequence[str], depth: int = 0) -> bool:
    """Say whether a dotted name leads, through imports of the project's files, to ``wanted``."""
    if qualified == wanted:
        return True
    module, _, name = qualified.rpartition(".")
    path = find_module(module, roots) if module and depth < _DEEP else None
    if path is None:
        return False
    class_name = wanted.rpartition(".")[2]
    try:
        data = path.read_bytes()
        if name != class_name and class_name.encode() not in data:
            return False
        tree = parse(data).tree
    except (OSError, SourceError):
        return False
    bindings = open_scope(ast.Module(tree.body, []), None).bindings.get(name, ())
    sources = [b.qualified for b in bindings if b.qualified]
    return any(
        is_reexport(absolute(source, str(path), roots), wanted, roots, depth + 1)
        for source in sources
    )


def provenance(qualified: str, wanted: str, roots: Sequence[str]) -> Provenance:
    """Say what module an import leads to that names a class as the ``wanted`` one is named.

    A package around the wanted module that passes the class on is as good as the module.
    """
    module, _, name = qualified.rpartition(".")
    home = wanted.rpartition(".")[0]
    path = find_module(module, roots)
    if module == home or (path and path == find_module(home, roots)):
        return Provenance.WANTED
    is_around = home.startswith(f"{module}.")
    if is_reexport(qualified, wanted, roots):
        return Provenance.WANTED if is_around else Provenance.PASSED_ON
    if path is None:
        # Folders that tests put on the path themselves are not among the roots.
        same = home.endswith(f".{module}") or module.endswith(f".{home}")
        return Provenance.WANTED if same else Provenance.UNREAD
    found = _bound(path, name)
    return Provenance.WANTED if is_around and found is Provenance.UNCERTAIN else found


def _bound(path: Path, name: str) -> Provenance:
    """Say what a module that does not pass the wanted class on has under its name."""
    try:
        top = open_scope(parse(path.read_bytes()).tree, None)
    except (OSError, SourceError):
        return Provenance.UNCERTAIN
    if name in top.bindings:
        return Provenance.ANOTHER
    return (
        Provenance.UNCERTAIN if top.stars or "__getattr__" in top.bindings else Provenance.NOTHING
    )
