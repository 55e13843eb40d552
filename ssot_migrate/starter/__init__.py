"""A project's own factory as it starts: its files, and the tests that it starts with."""

import keyword
import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from ssot_migrate.code.locate import module_name
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import UserError
from ssot_migrate.settings.config import DEFAULT_FACTORY, Config, absolute

_MODULE, _, _CLASS = DEFAULT_FACTORY.partition(":")
#: Where the factory is written, relative to the project's root.
DEFAULT_PATH = f"{_MODULE.replace('.', '/')}.py"
#: Columns of a line of Black's.
_WIDTH = 88


class Start(Frozen):
    """What is to be written."""

    #: The absolute path of each file and its text, packages first.
    files: dict[Path, str]
    #: ``module:Class`` of the factory.
    factory: str
    #: The folder in which Python finds its module, as seen from the project's root.
    folder: str
    #: Where its tests are, ``None`` without any.
    tests: Path | None


def start(
    config: Config, source: str, path: Path | None, tests: Path | None, *, with_tests: bool
) -> Start:
    """Say what makes a factory at a path; its tests are beside it unless another path is given.

    Raises UserError where that is no place for a module of the project, or where a file is already.
    """
    factory = absolute(path) if path else config.root / DEFAULT_PATH
    _check_place(config, factory)
    module = _module(config, factory)
    depth = module.count(".")
    found = dict.fromkeys(_packages(factory, depth), "")
    found[factory] = source
    beside = absolute(tests) if tests else factory.with_name(f"test_{factory.name}")
    if with_tests:
        _check_place(config, beside)
        if beside in found:
            raise UserError(f"--tests {beside}: the factory itself is written there")
        found[beside] = suite_of(module)
    for file in found:
        _check_new(file)
    _check_new(factory.with_suffix(""))
    folder = os.path.relpath(factory.parents[depth], config.root).replace(os.sep, "/")
    return Start(found, f"{module}:{_CLASS}", folder, beside if with_tests else None)


def suite_of(module: str) -> str:
    """Give the tests of a factory in a module."""
    template = files("ssot_migrate.starter").joinpath("tests.py.txt").read_text("utf-8")
    line = f"from {module} import {_CLASS}\n"
    if len(line) > _WIDTH + 1:
        line = f"from {module} import (\n    {_CLASS},\n)\n"
    return template.replace(f"from {_MODULE} import {_CLASS}\n", line)


def _check_place(config: Config, path: Path) -> None:
    if path.suffix != ".py":
        raise UserError(f"{path}: give the file a name that ends in .py, such as {DEFAULT_PATH}")
    real, root = os.path.realpath(path), os.path.realpath(config.root)
    if not Path(real).is_relative_to(root):
        raise UserError(f"{path}: lies outside the project, {config.root}; give a path below it")


def _check_new(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise UserError(f"{path}: exists already; nothing was written, give another path")


def _module(config: Config, path: Path) -> str:
    """Give the dotted name by which tests import a file."""
    roots = [*config.pythonpath, str(config.root)]
    module = module_name(str(path), roots) or ""
    for name in (*module.split("."), path.stem):
        if not name.isidentifier() or keyword.iskeyword(name) or name == "__init__":
            raise UserError(f"{path}: tests could not import it: `{name}` is no name for a module")
    return module


def _packages(path: Path, depth: int) -> Iterator[Path]:
    """Yield the ``__init__.py`` of each package around a module that does not have one.

    A folder that holds Python files without it is meant to be none: pytest would import them
    under other names.
    """
    for folder in reversed(path.parents[:depth]):
        initial = folder / "__init__.py"
        if not initial.exists() and not any(folder.rglob("*.py")):
            yield initial
