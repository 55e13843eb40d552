"""What one file does with the mocks that another one exports."""

import re
from collections.abc import Mapping

from msgspec.structs import replace

from ssot_migrate.code.abridge import Focus, read
from ssot_migrate.code.module import Module
from ssot_migrate.code.source import Source, SourceError, decode
from ssot_migrate.executing import journey
from ssot_migrate.known import Export, Users
from ssot_migrate.model import SourceFile
from ssot_migrate.touches.follow import users


def ask(exports: Mapping[bytes, Export], file: SourceFile) -> dict[bytes, Users]:
    """Say what one file does with exported mocks, each of which has a key."""
    try:
        data = file.read()
    except (OSError, MemoryError):
        return unknown(exports, file)
    names = {name for name in {export.name for export in exports.values()} if _names(name, data)}
    named = {key: export for key, export in exports.items() if export.name in names}
    if not named:
        return {}
    journey.begin()

    def used(source: Source) -> dict[bytes, Users]:
        module = Module(file.path, source, [])
        return {key: _used(module, export, file) for key, export in named.items()}

    focus = Focus((), frozenset(names))
    try:
        found = read(decode(data), focus, used)
    except (SourceError, RecursionError, MemoryError):
        return unknown(named, file)
    return {key: told for key, told in found.items() if told != Users()}


def _names(name: str, data: bytes) -> bool:
    # Plain bytes are found many times as fast, and most files have none of the names.
    word = name.encode()
    return word in data and re.search(rb"\b%s\b" % re.escape(word), data) is not None


def _used(module: Module, export: Export, file: SourceFile) -> Users:
    """Say which file the places lie in, for those who explain another one."""
    try:
        reach = users(module, export)
    except RecursionError:
        return _lost(file)
    touches = tuple(replace(touch, path=file.path) for touch in reach.touches)
    lost = tuple((0, f"{text} ({file.path}:{line})") for line, text in reach.lost)
    return Users(touches, lost, reach.repeated)


def unknown(exports: Mapping[bytes, Export], file: SourceFile) -> dict[bytes, Users]:
    """Answer for a file that cannot be read: nobody knows what it does."""
    return dict.fromkeys(exports, _lost(file))


def _lost(file: SourceFile) -> Users:
    return Users(lost=((0, f"{file.path} cannot be read"),))
