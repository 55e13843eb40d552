"""Note which watched files are loaded by the Python that imports this as it starts.

Runs in the user's processes, on any Python from 3.8 on: it says nothing, breaks nothing, and
imports only what is loaded already.
"""

from __future__ import annotations

import os
import sys

#: The folder that says what is watched, and takes what was seen.
_FOLDER = os.environ.get("SSOT_MIGRATE_PROBE")


def _start(folder: str) -> None:
    # A pytest writes its outcomes to a file of its own, or those of a second would replace them.
    os.environ["SSOT_MIGRATE_PROCESS"] = str(os.getpid())
    with open(os.path.join(folder, "watched"), "rb") as file:
        original, copy, *watched = os.fsdecode(file.read()).split("\0")
    if original != copy:
        _relocate(original, copy)
    if hasattr(sys, "addaudithook"):
        _watch(folder, frozenset(watched))


def _relocate(original: str, copy: str) -> None:
    """Let what an editable install finds in the original project be found in its copy."""

    def moved(path: str) -> str:
        if path == original or path.startswith(original + os.sep):
            there = copy + path[len(original) :]
            if os.path.exists(there) and os.path.realpath(there) != os.path.realpath(path):
                return there
        return path

    sys.path[:] = map(moved, sys.path)
    for name, module in list(sys.modules.items()):
        if name.startswith("__editable__"):
            # Of setuptools: modules and packages, and where they are.
            mapping = getattr(module, "MAPPING", {})
            mapping.update({key: moved(path) for key, path in mapping.items()})


def _watch(folder: str, watched: frozenset[str]) -> None:
    names = frozenset(map(os.path.basename, watched))
    looked_at = set()
    # The user's tests may patch or fake what is in `os`: keep what there is now.
    base, real, opened = os.path.basename, os.path.realpath, os.open
    write, close, pid = os.write, os.close, os.getpid
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND

    def note(text: str) -> None:
        file = opened(f"{folder}{os.sep}process-{pid()}", flags, 0o600)
        try:
            write(file, os.fsencode(text))
        finally:
            close(file)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        # Modules are run by `exec`, pytest's own way of loading them included. What is in
        # `sys.modules` at the end is less: names are taken again, and processes leave at once.
        if event == "exec":
            try:
                name = arguments[0].co_filename  # type: ignore[attr-defined]
                if name not in looked_at and base(name) in names:
                    looked_at.add(name)
                    path = real(name)
                    if path in watched:
                        note(path + "\0")
            except Exception:
                pass

    note("")
    sys.addaudithook(hook)


def _chain() -> None:
    """Run the module of this name that this one hides."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if path != here]
    own = sys.modules.pop(__name__)
    try:
        __import__(__name__)
    except ImportError as error:
        if error.name != __name__:
            raise
        sys.modules[__name__] = own


if __name__ == "sitecustomize":
    try:
        if _FOLDER:
            _start(_FOLDER)
    except Exception:
        pass
    _chain()
