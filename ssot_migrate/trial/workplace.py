"""Where the user's tests run: a copy of the project, or the project itself."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, Protocol

from msgspec import Struct, field

from ssot_migrate.disk.write import write
from ssot_migrate.model import Change, UserError
from ssot_migrate.trial import copying
from ssot_migrate.trial.installed import Installed
from ssot_migrate.trial.signals import undisturbed


class Workplace(Protocol):
    """A tree that the tests run in, whose files can hold something else for one execution."""

    @property
    def original(self) -> Path:
        """The project's root."""
        ...

    @property
    def source(self) -> Path:
        """The outermost folder of the original tree: the project's root, or one above it."""
        ...

    @property
    def root(self) -> Path:
        """What stands for the project's root here."""
        ...

    @property
    def top(self) -> Path:
        """What stands for the outermost folder here."""
        ...

    @property
    def is_copy(self) -> bool:
        """Whether a command may run somewhere else without anybody noticing."""
        ...

    @property
    def environment(self) -> Mapping[str, str]:
        """What the processes need so that they work here, and leave no trace elsewhere."""
        ...

    def place(self, location: str) -> str:
        """Return what stands here for a file of the original project. Raises UserError."""
        ...

    def holding(self, contents: Mapping[str, bytes]) -> contextlib.AbstractContextManager[None]:
        """Let files, by original location, hold other bytes within the block."""
        ...


class Copy(Struct):
    """A copy of the project in a temporary folder."""

    is_copy: ClassVar = True

    original: Path
    source: Path
    top: Path
    #: What it shares with the project, where its command may install things.
    installed: Installed | None = None
    #: The bytes that files had at the start, of those that hold others.
    _before: dict[str, bytes] = field(default_factory=dict)
    #: The last time of change that was given to a file, in seconds.
    _clock: int = 0

    @property
    def root(self) -> Path:
        """What stands for the project's root here."""
        return self.top / self.original.relative_to(self.source)

    @property
    def environment(self) -> Mapping[str, str]:
        """Keep `uv run` from installing the copy into the project's own environment."""
        return {"UV_NO_SYNC": "1"}

    def place(self, location: str) -> str:
        """Return what stands here for a file of the original project. Raises UserError."""
        for path in (Path(location), Path(os.path.realpath(location))):
            if path.is_relative_to(self.source):
                return str(self.top / path.relative_to(self.source))
        raise UserError(
            f"{location}: lies outside of {self.source}, which a trial copies; run it from the"
            " project that the file belongs to, or use --in-place"
        )

    @contextlib.contextmanager
    def holding(self, contents: Mapping[str, bytes]) -> Iterator[None]:
        """Let files hold other bytes, and those of an earlier execution their own again."""
        wanted = {self.place(location): content for location, content in contents.items()}
        for path in [path for path in self._before if path not in wanted]:
            self._put(path, self._before.pop(path))
        for path, content in wanted.items():
            self._separate(path)
            current = _read(path)
            self._before.setdefault(path, current)
            if current != content:
                self._put(path, content)
        try:
            yield
        finally:
            if self.installed:
                with undisturbed():
                    self.installed.point_back()

    def _put(self, path: str, content: bytes) -> None:
        """Write a file, and give it a time of change that no other content of it has had.

        Python takes the compiled form of a file for its own where time, in seconds, and size agree.
        """
        file = Path(path)
        self._clock = max(self._clock, int(file.stat().st_mtime), copying.now()) + 1
        file.chmod(0o600 | file.stat().st_mode)
        file.write_bytes(content)
        os.utime(file, (self._clock, self._clock))

    def _separate(self, path: str) -> None:
        """Put a file in the place of a link that leads out of the copy."""
        real = Path(os.path.realpath(path))
        if real.is_relative_to(os.path.realpath(self.top)):
            return
        if not Path(os.path.realpath(Path(path).parent)).is_relative_to(os.path.realpath(self.top)):
            raise UserError(
                f"{path}: is in a folder that is a link out of the project; use --in-place"
            )
        content = _read(path)
        Path(path).unlink()
        Path(path).write_bytes(content)


class InPlace(Struct):
    """The user's own tree: every file is given back its bytes after each execution."""

    is_copy: ClassVar = False

    original: Path
    _clock: int = 0

    @property
    def root(self) -> Path:
        """The project's root."""
        return self.original

    @property
    def source(self) -> Path:
        """The outermost folder of the tree: the project's root, or one above it."""
        return copying.top(self.original)

    @property
    def top(self) -> Path:
        """The same: it stands for itself."""
        return self.source

    @property
    def environment(self) -> Mapping[str, str]:
        """Keep compiled forms of what files hold for a moment out of the user's tree."""
        return {"PYTHONDONTWRITEBYTECODE": "1"}

    def place(self, location: str) -> str:
        """Return the file itself."""
        return location

    @contextlib.contextmanager
    def holding(self, contents: Mapping[str, bytes]) -> Iterator[None]:
        """Let files hold other bytes; on leaving, however, they have their own again.

        Raises UserError where a file cannot be written, or not be given its bytes again.
        """
        before = {location: _read(location) for location in contents}
        changed = {path: held for path, held in before.items() if held != contents[path]}
        times: dict[str, tuple[int, int]] = {}
        try:
            for location, held in changed.items():
                self._put(location, held, contents[location], times)
            yield
        finally:
            with undisturbed():
                told = [
                    _restore(path, changed[path], contents[path], times[path]) for path in times
                ]
            if failed := [*filter(None, told)]:
                raise UserError("; ".join(failed))

    def _put(
        self, location: str, held: bytes, content: bytes, times: dict[str, tuple[int, int]]
    ) -> None:
        stat = os.stat(location)  # noqa: PTH116 - as write.py
        with undisturbed():
            failure = write(Change.of(location, location, held, content))
            if failure is None:
                times[location] = (stat.st_atime_ns, stat.st_mtime_ns)
        if failure:
            raise UserError(f"{failure.path}: {failure.message}")
        # A compiled form that exists must not pass for this content: see Copy.
        self._clock = max(self._clock, int(stat.st_mtime), copying.now()) + 1
        os.utime(location, (self._clock, self._clock))


def _restore(location: str, held: bytes, content: bytes, times: tuple[int, int]) -> str | None:
    failure = write(Change.of(location, location, content, held))
    if failure is None:
        os.utime(location, ns=times)
        return None
    return (
        f"{failure.path}: could not be given its bytes again, for it was changed while the trial"
        " ran, or made read-only; it holds the trial's fixes, which `ssot-migrate undo --force`"
        " takes out"
    )


def _read(location: str) -> bytes:
    try:
        return Path(location).read_bytes()
    except OSError as error:
        raise UserError(f"{location}: cannot be read ({error.strerror}); run again") from None
