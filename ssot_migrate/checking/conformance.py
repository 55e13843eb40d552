"""Have a factory checked in a process of its own, and collect how each check ended.

The process may run on another interpreter. Whatever happens in it is an outcome here: a check that
ends the process or hangs has failed, and the others go on in a new process.
"""

import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

from msgspec import Struct, field
from msgspec.structs import replace

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import UserError
from ssot_migrate.settings.config import Config, absolute

#: So many checks may end their process or hang before the rest is given up.
_LOSSES: Final = 3
#: Lets the other interpreter find this package, and by that nothing else that lies beside it.
_BOOTSTRAP: Final = """
import sys
if sys.version_info < (3, 11):
    sys.exit("it is Python %d.%d, and the checks need 3.11" % sys.version_info[:2])
if not sys.flags.safe_path:
    del sys.path[0]
from importlib.util import module_from_spec, spec_from_file_location
folder = sys.argv.pop()
spec = spec_from_file_location(
    "ssot_migrate", folder + "/__init__.py", submodule_search_locations=[folder]
)
sys.modules["ssot_migrate"] = package = module_from_spec(spec)
spec.loader.exec_module(package)
from ssot_migrate.factory.conformance.__main__ import main
main()
"""


class Status(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Checked(Frozen, kw_only=True):
    """A check, and how it ended."""

    id: str
    group: str
    #: What must hold.
    summary: str
    status: Status = Status.SKIPPED
    #: Why it failed or was skipped.
    reason: str = ""
    #: What it measured, by name.
    figures: Mapping[str, float | str] = field(default_factory=dict)
    seconds: float = 0.0


class Wanted(Frozen, kw_only=True):
    """What is to be checked, and how."""

    #: ``module:Class``.
    factory: str
    #: The interpreter that imports and runs it.
    python: str = sys.executable
    #: Groups and ids of checks; empty for all.
    select: tuple[str, ...] = ()
    #: Those to leave out.
    ignore: tuple[str, ...] = ()
    #: Seconds that importing the factory, and each check, may take.
    timeout: float = 120


def interpreter(python: str | None) -> str:
    """Return the interpreter behind ``--python``: this one by default. Raises UserError."""
    if python is None:
        return sys.executable
    found = shutil.which(python)
    if found is None:
        raise UserError(f"--python {python}: there is no such program; give an interpreter's path")
    return str(absolute(Path(found)))


#: Is told how many checks have ended, and how many there are.
Told = Callable[[int, int], None]


def check(config: Config, wanted: Wanted, told: Told = lambda *_: None) -> list[Checked]:
    """Run the checks. Raises UserError where the factory cannot be imported."""
    found: dict[str, Checked] = {}
    known: dict[str, Checked] = {}
    for losses in range(1, _LOSSES + 1):
        lost = _go_on(config, wanted, known, found, told)
        if lost is None:
            break
        found[lost.id] = lost
        if losses == _LOSSES:
            why = f"not run: {_LOSSES} checks before it ended their process or hung"
            found |= {i: replace(one, reason=why) for i, one in known.items() if i not in found}
    return [found[name] for name in known]


def _go_on(
    config: Config,
    wanted: Wanted,
    known: dict[str, Checked],
    found: dict[str, Checked],
    told: Told,
) -> Checked | None:
    """Run what is not found yet in one process; return the check that this came to an end in."""
    running: Checked | None = None
    is_told = False
    with _Process.of(config, wanted, done=[*found]) as process:
        for message in process.messages():
            match message.pop("kind"):
                case "checks":
                    is_told = True
                    known |= {one["id"]: Checked(**one) for one in message["checks"]}
                case "started":
                    running = known[message["id"]]
                case "ended":
                    ended = {**message, "status": Status(message["status"])}
                    found[message["id"]] = replace(known[message["id"]], **ended)
                    running = None
                    told(len(found), len(known))
        left = (one for name, one in known.items() if name not in found)
        lost = running or next(left, None)
        why = process.how_it_ended() if lost or not is_told else ""
    if not known and not is_told:
        raise UserError(f"factory {wanted.factory}: importing it in {wanted.python} {why}")
    return lost and replace(lost, status=Status.FAILED, reason=f"it {why}")


def record(config: Config, wanted: Wanted) -> tuple[Path, str]:
    """Return the file that the factory's signatures are recorded in, and its text."""
    with _Process.of(config, wanted, record=True) as process:
        for message in process.messages():
            return Path(message["file"]), message["text"]
        why = process.how_it_ended()
    raise UserError(f"factory {wanted.factory}: importing it in {wanted.python} {why}")


class _Process(Struct):
    """A process that checks a factory."""

    wanted: Wanted
    running: "subprocess.Popen[bytes]"
    #: What the factory and its interpreter print.
    printed: Path
    is_hanging: bool = False
    _lines: "queue.SimpleQueue[bytes]" = field(default_factory=queue.SimpleQueue)

    @classmethod
    def of(cls, config: Config, wanted: Wanted, **request: object) -> Self:
        """Start the process and send it what is wanted. Raises UserError where it cannot start."""
        snapshot = config.conformance.snapshot
        settings = {
            "interfaces": dict(config.interfaces.classes),
            "limit": config.conformance.limit,
            "snapshot": str(config.root / snapshot) if snapshot else None,
        }
        document = {
            "factory": wanted.factory,
            "settings": settings,
            "path": config.pythonpath,
            "select": wanted.select,
            "ignore": wanted.ignore,
            "record": False,
            "done": [],
            **request,
        }
        handle, printed = tempfile.mkstemp(prefix="ssot-migrate-")
        package = str(Path(__file__).parents[1])
        # -B: who only asks how the factory does leaves no __pycache__ behind.
        command = [wanted.python, "-B", "-X", "faulthandler", "-c", _BOOTSTRAP, package]
        pipe = subprocess.PIPE
        try:
            running = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=handle, cwd=config.root
            )
        except OSError as error:
            Path(printed).unlink()
            raise UserError(f"{wanted.python}: cannot be run ({error.strerror})") from None
        finally:
            os.close(handle)
        process = cls(wanted, running, Path(printed))
        threading.Thread(target=process._exchange, args=(document,), daemon=True).start()
        return process

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.running.wait(0 if self.is_hanging or kind is KeyboardInterrupt else 5)
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.wait()
        self.printed.unlink()

    def _exchange(self, document: Mapping[str, object]) -> None:
        """Send the request and pass on what comes, up to the empty line that ends it."""
        sent, received = self.running.stdin, self.running.stdout
        if sent and received:
            try:
                with sent:
                    sent.write(json.dumps(document).encode())
            except OSError:
                pass  # It ended before it read; what it printed says why.
            with received:
                for line in received:
                    self._lines.put(line)
        self._lines.put(b"")

    def messages(self) -> Iterator[dict[str, Any]]:
        """Yield what the process says. Raises UserError where it cannot do what is wanted."""
        while True:
            try:
                line = self._lines.get(timeout=self.wanted.timeout)
            except queue.Empty:
                self.is_hanging = True
                return
            if not line.endswith(b"\n"):
                return
            message = json.loads(line)
            if message["kind"] == "wrong":
                raise UserError(message["text"])
            if message["kind"] == "error":
                name, python = self.wanted.factory, self.wanted.python
                raise UserError(
                    f"factory {name} cannot be imported: {message['text']}; fix that, or name the"
                    f" project's own interpreter with --python (this was {python})"
                )
            yield message

    def how_it_ended(self) -> str:
        """Say in one line why the process said no more."""
        if self.is_hanging:
            return f"took longer than {self.wanted.timeout:g} seconds (--timeout)"
        code = self.running.wait()
        lines = self.printed.read_text("utf-8", "replace").split("\n")
        last = next((f": {line.strip()}" for line in reversed(lines) if line.strip()), "")
        return f"ended the process with exit code {code}{last}"
