"""Where a file lies in its repository, as services that show results there have to be told."""

import os
from pathlib import Path, PurePath
from urllib.parse import quote

from ssot_migrate.settings.load import checkout


def root() -> Path:
    """Return the folder that holds the repository: the workflow's, the checkout's, or this one."""
    here = Path(os.path.realpath(Path.cwd()))
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if workspace and here.is_relative_to(top := Path(os.path.realpath(workspace))):
        return top
    return checkout(here)


def inside(top: Path, path: str) -> PurePath:
    """Return a file's path from the repository's root, an absolute one where it lies elsewhere.

    The file itself may be a link, and stays one; its folder is looked up.
    """
    folder, name = os.path.split(Path.cwd() / path)
    location = Path(os.path.realpath(folder)) / name
    return location.relative_to(top) if location.is_relative_to(top) else location


def uri(path: PurePath) -> str:
    """Write a path as a URI: relative, or absolute of the scheme ``file``."""
    text = quote(os.fsencode(path.as_posix()), safe="/:" if path.is_absolute() else "/")
    if not path.is_absolute():
        return text
    is_share = path.drive.startswith("\\\\")
    return f"file:{text}" if is_share else f"file:///{text.lstrip('/')}"
