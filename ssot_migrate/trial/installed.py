"""Keep what a copy shares with its project, installed packages, from leading to the copy."""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct, field

from ssot_migrate.disk.write import write
from ssot_migrate.model import Change

#: Files beside installed packages that say where others are.
_PLACES: Final = re.compile(r"__editable__.*|.*\.(pth|egg-link)")
#: Bytes of the largest file that is looked at: scripts are small.
_LARGEST: Final = 65_536


class Installed(Struct):
    """The virtual environments of a project, in which a copy's command may install the copy."""

    source: str
    #: The outermost folder of the copy.
    copy: str
    environments: Iterable[str]
    #: Where it is told, once for each environment.
    warnings: list[str]
    #: What their files held at the start.
    _before: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        active = (os.environ.get(name) for name in ("VIRTUAL_ENV", "CONDA_PREFIX"))
        all_ = (*self.environments, *filter(None, active))
        self.environments = dict.fromkeys(os.path.realpath(one) for one in all_)
        self._before = dict(found for one in self.environments for found in _files(one))

    def point_back(self) -> None:
        """Let what leads to the copy lead to the project again."""
        for environment in self.environments:
            found = {path: data for path, data in _files(environment) if self._leads_to(path, data)}
            for path, data in found.items():
                own, ours = _written(self.source, path), _written(self.copy, path)
                after = self._before.get(path) or data.replace(ours, own)
                if failure := write(Change.of(path, path, data, after)):
                    self.warnings.append(f"{path}: leads to the trial's copy: {failure.message}")
            if found:
                self._warn(environment)

    def _leads_to(self, path: str, data: bytes) -> bool:
        return _written(self.copy, path) in data

    def _warn(self, environment: str) -> None:
        inside = environment.startswith(self.source + os.sep)
        name = os.path.relpath(environment, self.source) if inside else environment
        warning = (
            f"the trial's command installs the project into {name}, which the copy shares with"
            " it; what was installed leads to the project again; leave the installation out of the"
            " trial's command"
        )
        if warning not in self.warnings:
            self.warnings.append(warning)


def _written(folder: str, path: str) -> bytes:
    """Return a folder's name as a file of this kind has it."""
    match os.path.splitext(path)[1]:  # noqa: PTH122 - many files, after each execution
        case ".json":
            return Path(folder).as_uri().encode()
        case ".py":
            return repr(folder)[1:-1].encode("utf-8", "surrogateescape")
        case _:
            return os.fsencode(folder)


def _files(environment: str) -> Iterator[tuple[str, bytes]]:
    """Yield the small files of an environment that may name a project's place."""
    root = Path(environment)
    for packages in (*root.glob("lib/*/site-packages"), root / "Lib/site-packages"):
        for entry in _entries(packages):
            if entry.name.endswith(".dist-info"):
                yield from _read(f"{entry.path}{os.sep}direct_url.json")
            elif _PLACES.fullmatch(entry.name):
                yield from _read(entry.path)
    # They begin with the place of their interpreter, which may be the copy's link to it.
    for scripts in (root / "bin", root / "Scripts"):
        for entry in _entries(scripts):
            yield from ((path, data) for path, data in _read(entry.path) if data[:2] == b"#!")


def _entries(folder: Path) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _read(path: str) -> Iterator[tuple[str, bytes]]:
    """Yield a file of the environment's own with what it holds, unless it is large."""
    try:
        if not os.path.islink(path) and os.path.getsize(path) <= _LARGEST:  # noqa: PTH114, PTH202
            yield path, Path(path).read_bytes()
    except OSError:
        return
