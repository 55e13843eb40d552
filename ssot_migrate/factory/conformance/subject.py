"""Import the factory that is to be checked."""

import importlib
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from ssot_migrate.factory.conformance.check import Subject


class FactoryImportError(Exception):
    """A factory cannot be imported; the message says why in one line."""


def subject(name: str, settings: Mapping[str, Any]) -> Subject:
    """Import a factory, given as ``module:Class``, and return it with its settings.

    ``settings`` may have ``interfaces``, ``limit`` and ``snapshot``; what is missing or ``None``
    has its default. Raises FactoryImportError.
    """
    given = {key: value for key, value in settings.items() if value is not None}
    if "snapshot" in given:
        given["snapshot"] = Path(given["snapshot"])
    return Subject(factory=_imported(name), name=name, **{"interfaces": {}, **given})


def _imported(name: str) -> type:
    module, _, class_name = name.partition(":")
    if not module or not class_name:
        raise FactoryImportError(f'`{name}` must look like "package.module:Class"')
    try:
        found = getattr(importlib.import_module(module), class_name, None)
    except (Exception, SystemExit) as error:
        text = " ".join(str(error).split())
        where = _place(error.__traceback__)
        raise FactoryImportError(f"{type(error).__name__}: {text}{where}") from error
    if not isinstance(found, type):
        raise FactoryImportError(f"{module} has no class {class_name}")
    return found


def _place(trace: TracebackType | None) -> str:
    """Return the line that was at fault, where it is not of the import machinery or ours."""
    own = str(Path(__file__).parent)
    frames = [
        frame
        for frame in traceback.extract_tb(trace)
        if not frame.filename.startswith((own, "<frozen", str(Path(importlib.__file__).parent)))
    ]
    return f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""


def add_to_path(folders: list[str]) -> None:
    """Let modules be found in these folders first, in this order."""
    sys.path[:0] = [folder for folder in folders if folder not in sys.path]
