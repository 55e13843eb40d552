"""Let a person edit lines of code in the editor of their choice."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

#: Where nothing is set: the first of these that there is.
_USUAL = ("notepad",) if sys.platform == "win32" else ("sensible-editor", "nano", "vi")
_CUT = "# ------------------------ >8 ------------------------"


class EditorError(Exception):
    """Nothing came of the editing; the message says why."""


def edit(title: str, old: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """Return what becomes of the new lines; the old ones are shown above. Raises EditorError."""
    head = [
        f"# {title}",
        "# What stands below the next line is put in the place of this:",
        *(f"# {line}".rstrip() for line in old),
        "# Nothing is taken where you leave nothing, or remove the next line.",
        _CUT,
    ]
    lines = [line.rstrip("\r") for line in _edited("\n".join((*head, *new, ""))).split("\n")]
    if _CUT not in lines:
        raise EditorError(f"the line with >8 is gone from the text, {_NOTHING}")
    kept = lines[lines.index(_CUT) + 1 :]
    while kept and not kept[-1].strip():
        kept.pop()
    if not kept:
        raise EditorError(f"the text is empty, {_NOTHING}")
    return tuple(kept)


_NOTHING = "so nothing was taken"


def _edited(text: str) -> str:
    """Run the editor on a file that holds a text, and return what the file holds then."""
    with tempfile.TemporaryDirectory(prefix="ssot-migrate-") as folder:
        path = Path(folder, "fix.py")
        path.write_text(text, "utf-8", newline="\n")
        command = _command()
        try:
            code = subprocess.run([*command, str(path)], check=False).returncode  # noqa: S603 - it is the user's own
            after = path.read_text("utf-8")
        except OSError as error:
            what = f"the editor `{' '.join(command)}` cannot be run ({error.strerror})"
            raise EditorError(f"{what}, {_NOTHING}; set VISUAL or EDITOR") from None
        except UnicodeDecodeError:
            raise EditorError(f"the text is not UTF-8 any more, {_NOTHING}") from None
    if code:
        raise EditorError(f"the editor `{' '.join(command)}` ended with {code}, {_NOTHING}")
    return after


def _command() -> list[str]:
    """Split what VISUAL or EDITOR says. Raises EditorError where it is no command."""
    given = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not given or not given.strip():
        found = next(filter(shutil.which, _USUAL), None)
        if found is None:
            raise EditorError(f"there is no editor, {_NOTHING}; set VISUAL or EDITOR")
        return [found]
    try:
        parts = shlex.split(given, posix=sys.platform != "win32")
    except ValueError as error:
        raise EditorError(f"VISUAL or EDITOR is no command ({error}): {given}") from None
    return [part.strip('"') for part in parts]
