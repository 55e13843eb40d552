"""Run a command and say what it cost."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Command:
    """Something to measure."""

    name: str
    argv: tuple[str, ...]
    #: The exit codes that mean that it did its work.
    expected: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took."""

    #: Seconds on the wall.
    wall: float
    #: Seconds of processor time, of the command and all its children.
    cpu: float
    #: Peak resident bytes of the largest single process: the command or a child of it.
    memory: int


def script(name: str) -> str:
    """Find a command, first in the environment that runs this. Raises SystemExit."""
    here = str(Path(sys.executable).parent)
    found = shutil.which(name, path=here) or shutil.which(name)
    if found is None:
        raise SystemExit(f"{name} is not installed: pip install -e '.[dev,bench]'")
    return found


def run(command: Command, output: Path) -> Cost:
    """Run a command once, its output into files. Raises SystemExit where it fails."""
    # A child is never said to have used less memory than its parent did when it was started: this
    # process may have grown, so a small one of its own starts the command.
    starter = (sys.executable, "-S", "-E", __file__, str(output))
    done = subprocess.run([*starter, *command.argv], stdout=subprocess.PIPE, check=True)
    code, *cost = json.loads(done.stdout)
    if code not in command.expected:
        said = errors(output).read_text("utf-8", "replace").strip()
        raise SystemExit(f"{command.name} gave {code}: {' '.join(command.argv)}\n{said}")
    return Cost(*cost)


def errors(output: Path) -> Path:
    """Name the file that takes a command's standard error."""
    return output.with_name(f"{output.name}.errors")


def spawn(output: Path, argv: list[str]) -> tuple[int, float, float, int]:
    """Run a command; give its exit code and what a Cost holds."""
    with output.open("wb") as stream, errors(output).open("wb") as error:
        start = time.perf_counter()
        streams = ((stream.fileno(), 1), (error.fileno(), 2))
        redirect = [(os.POSIX_SPAWN_DUP2, here, there) for here, there in streams]
        pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=redirect)
        _, status, used = os.wait4(pid, 0)
        wall = time.perf_counter() - start
    # Linux counts memory in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    code = os.waitstatus_to_exitcode(status)
    return code, wall, used.ru_utime + used.ru_stime, used.ru_maxrss * unit


def middle(costs: list[Cost]) -> Cost:
    """Give the medians of the times, and the highest memory."""
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        max(cost.memory for cost in costs),
    )


if __name__ == "__main__":
    print(json.dumps(spawn(Path(sys.argv[1]), sys.argv[2:])))
