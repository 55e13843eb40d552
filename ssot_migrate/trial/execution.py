"""Run the user's command in a workplace, and see which tests passed and what was loaded."""

import contextlib
import os
import re
import shlex
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Final

from msgspec import Struct

from ssot_migrate.frozen import Frozen
from ssot_migrate.model import UserError
from ssot_migrate.trial import copying, outcomes
from ssot_migrate.trial.command import Command, Ended, execute, program
from ssot_migrate.trial.installed import Installed
from ssot_migrate.trial.probe import HERE, Probe
from ssot_migrate.trial.runner import Observation, Seen, TestId
from ssot_migrate.trial.signals import orderly
from ssot_migrate.trial.workplace import Copy, InPlace, Workplace

#: Without a limit of the user's, an execution may take so many times what the first one took, and
#: so many seconds more: a loop that a mock never ends is found in time.
_TIMES: Final = 5.0
_MORE: Final = 60.0
#: A file that cannot be collected must not hide what the others do, nor the first failure the rest.
_OPTIONS: Final = "-o junit_family=xunit1 --continue-on-collection-errors --maxfail=0"
_STOPS: Final = re.compile(r"-[qvsl]*x[qvslx]*|--exitfirst|--maxfail(=.*)?|--sw|--stepwise")


_UNSEEN: Final = (
    "the trial's command ends well, but no Python process told which files it loaded: it may test"
    " the project itself and not the copy, so nothing can be proven; have it keep PYTHONPATH (tox:"
    " `pass_env = PYTHONPATH, PYTEST_ADDOPTS`), or use --in-place"
)


class CommandRunner(Struct):
    """The runner of a trial: executes the user's command in a workplace."""

    command: Command
    workplace: Workplace
    #: Where what the command prints is kept, a file for each execution.
    outputs: Path
    #: Where it may leave what is of no use afterwards.
    temporary: Path
    #: Seconds that an execution may take; ``None`` until the first one has set the limit.
    timeout: float | None
    #: What is to be told about the workplace and the command; an execution may add to it.
    warnings: Sequence[str] = ()
    #: How often the command was executed.
    runs: int = 0

    @property
    def root(self) -> Path:
        """The project's root, which the files of tests are relative to."""
        return self.workplace.original

    def run(
        self, files: Sequence[str], contents: Mapping[str, bytes], watch: Collection[str]
    ) -> Observation:
        """Execute the command once for some test files. Raises UserError where it cannot run."""
        self.runs += 1
        output = self._output()
        with (
            self.workplace.holding(contents),
            tempfile.TemporaryDirectory(dir=self.temporary) as folder,
        ):
            probe = Probe.of(Path(folder), self.workplace, watch)
            places = [self.workplace.place(file) for file in files]
            ended, tests = self._executed(places, probe, output)
            seen = probe.seen()
        exit_code = next((one.exit_code for one in ended if one.exit_code), 0)
        if self.workplace.is_copy and watch and not (seen.probed or exit_code):
            raise UserError(_UNSEEN)
        seconds = sum(one.seconds for one in ended)
        self.timeout = self.timeout or _TIMES * seconds + _MORE
        return Observation(
            tests=tests,
            exit_code=exit_code,
            timed_out=any(one.timed_out for one in ended),
            seconds=seconds,
            output=output,
            loaded=seen.loaded,
            elsewhere=seen.elsewhere,
            probed=seen.probed,
        )

    def _output(self) -> Path:
        """Return a new file; those of other trials may stand beside it."""
        names = (self.outputs / f"{number:04}.txt" for number in count(self.runs))
        output = next(name for name in names if not name.exists())
        output.touch()
        return output

    def _executed(
        self, places: Sequence[str], probe: Probe, output: Path
    ) -> tuple[list[Ended], dict[TestId, Seen] | None]:
        """Execute the command, several times where there are too many files for one."""
        environment = self._environment(probe)
        root = self.workplace.root
        relative = [_argument(place, root) for place in places]
        size = sum(len(name) + len(value) + 10 for name, value in environment.items())
        ended: list[Ended] = []
        tests: list[dict[TestId, Seen] | None] = []
        for words in self.command.arguments(relative, size):
            arguments = [program(words[0], root, environment), *words[1:]]
            own = _Written.of(self.command.own_outcomes, root)
            ended.append(execute(arguments, root, environment, output, self.timeout))
            tests.append(self._outcomes(probe.folder, own, places))
            if ended[-1].timed_out:
                break
        told = [one for one in tests if one is not None]
        return ended, outcomes.merge(told) if len(told) == len(tests) else None

    def _environment(self, probe: Probe) -> dict[str, str]:
        """Return the user's environment, with what has Python and pytest tell us what they do."""
        given = {**os.environ, **self.command.environment}
        path = [self._moved(entry) for entry in given.get("PYTHONPATH", "").split(os.pathsep)]
        # Tests that depend on the order of a set are to do alike each time.
        environment = {"PYTHONHASHSEED": "0", **given, **self.workplace.environment}
        report = f"{probe.folder}{os.sep}junit-$SSOT_MIGRATE_PROCESS.xml"
        options = (given.get("PYTEST_ADDOPTS"), "--junitxml=" + shlex.quote(report), _OPTIONS)
        return environment | {
            **probe.environment,
            "PWD": str(self.workplace.root),
            "PYTHONPATH": os.pathsep.join(filter(None, (str(HERE), *path))),
            "PYTEST_ADDOPTS": " ".join(filter(None, options)),
        }

    def _moved(self, entry: str) -> str:
        """Return what stands here for a folder of the original project."""
        source, top = str(self.workplace.source), str(self.workplace.top)
        if entry == source or entry.startswith(source + os.sep):
            return top + entry[len(source) :]
        return entry

    def _outcomes(
        self, folder: Path, own: "_Written | None", places: Sequence[str]
    ) -> dict[TestId, Seen] | None:
        """Read what the pytests of an execution wrote, and remove it."""
        files = [*folder.glob("junit-*.xml")]
        if own and own.is_new:
            files.append(own.file)
        roots = self._roots(places)
        found = [outcomes.read(file, self.workplace.root, roots) for file in files]
        for file in folder.glob("junit-*.xml"):
            file.unlink()
        told = [one for one in found if one is not None]
        return outcomes.merge(told) if told else None

    def _roots(self, places: Sequence[str]) -> list[Path]:
        """Return the folders that pytest may call its root, those above the command's first."""
        root, top = self.workplace.root, self.workplace.top
        above = [folder for folder in root.parents if folder.is_relative_to(top)]
        below = {folder for place in places for folder in Path(place).parents} - {root, *above}
        inside = sorted(folder for folder in below if folder.is_relative_to(top))
        return [root, *above, *inside]


class _Written(Frozen):
    """A file that the command itself writes, and when that was done before."""

    file: Path
    before: int | None

    @classmethod
    def of(cls, name: str | None, folder: Path) -> "_Written | None":
        return cls(folder / name, _changed(folder / name)) if name else None

    @property
    def is_new(self) -> bool:
        return _changed(self.file) not in (None, self.before)


def _changed(file: Path) -> int | None:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return None


def _argument(place: str, root: Path) -> str:
    """Write a file so that it is no option, and relative to the command's folder."""
    relative = os.path.relpath(place, root)
    return f".{os.sep}{relative}" if relative.startswith("-") else relative


@contextlib.contextmanager
def in_copy(
    command: str,
    root: Path,
    outputs: Path,
    *,
    timeout: float | None = None,
    left_out: Collection[Path] = (),
) -> Iterator[CommandRunner]:
    """Run the command in a copy of the project, which is gone afterwards. Raises UserError.

    ``outputs`` is the folder of the kept outputs; ``left_out`` are folders that are not copied.
    """
    parsed = Command.parse(command)
    source = copying.top(root)
    with orderly(), copying.folder() as temporary:
        # Its name may be that of a package.
        top = temporary / (source.name or "root")
        out = {str(temporary), str(outputs), *map(str, left_out)}
        way = copying.Copying(str(source), str(top), frozenset(out))
        way.copy()
        warnings = [*_warnings(parsed), *way.warnings]
        workplace = Copy(root, source, top, Installed(str(source), str(top), way.linked, warnings))
        outputs.mkdir(parents=True, exist_ok=True)
        yield CommandRunner(parsed, workplace, outputs, temporary, timeout, warnings)


@contextlib.contextmanager
def in_place(
    command: str,
    root: Path,
    outputs: Path,
    *,
    timeout: float | None = None,
) -> Iterator[CommandRunner]:
    """Run the command in the user's tree, whose files have their bytes again after each execution.

    Raises UserError where the command cannot be run.
    """
    parsed = Command.parse(command)
    with orderly(), copying.folder() as temporary:
        outputs.mkdir(parents=True, exist_ok=True)
        workplace = InPlace(root)
        yield CommandRunner(parsed, workplace, outputs, temporary, timeout, _warnings(parsed))


def _warnings(command: Command) -> tuple[str, ...]:
    stops = next((word for word in command.words if _STOPS.fullmatch(word)), None)
    message = (
        f"trial command: {stops} ends an execution at the first failure, so that tests after it"
        " count as broken; leave it out"
    )
    return (message,) if stops else ()
