"""The options that all commands share."""

import inspect
import os
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial, wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer
from msgspec.structs import fields

from ssot_migrate.cli.ending import ended
from ssot_migrate.frozen import Frozen
from ssot_migrate.model import UserError
from ssot_migrate.report import Color, Verbosity

#: Of ``diff`` and ``apply``.
UnsafeFixes = Annotated[
    bool | None,
    typer.Option(
        "--unsafe-fixes/--no-unsafe-fixes",
        help="Take fixes that leave a difference for the test, too.",
        show_default=False,
    ),
]
#: Of the commands that write.
TrialCommand = Annotated[
    str | None,
    typer.Option(
        "--trial",
        metavar="COMMAND",
        help="Run the tests before and after, and write only what they pass: for example"
        ' "pytest -q {files}", where {files} stands for the test files concerned.',
    ),
]
NoTrial = Annotated[
    bool, typer.Option("--no-trial", help="Write without a trial, whatever is configured.")
]
TrialTimeout = Annotated[
    float | None,
    typer.Option(
        "--trial-timeout",
        metavar="SECONDS",
        min=0.1,
        help="How long one execution of the trial's command may take.",
    ),
]
InPlace = Annotated[
    bool | None,
    typer.Option(
        "--in-place/--in-copy",
        help="Run the trial in the project itself, not in a copy of it.",
        show_default=False,
    ),
]
#: Of the commands whose output a program may read.
OutputFile = Annotated[
    Path | None,
    typer.Option("--output-file", metavar="FILE", help="Write the output to FILE, not to stdout."),
]
#: Of the commands that use the results of earlier runs.
CacheDir = Annotated[
    Path | None,
    typer.Option("--cache-dir", metavar="DIR", help="Where the results of earlier runs are kept."),
]
#: Of the commands that look at the project, and at no files.
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Read the configuration from FILE."),
]
#: Of the commands that look at a factory.
FactoryName = Annotated[
    str | None,
    typer.Option(
        "--factory", metavar="MODULE:CLASS", help="The factory; the configured one by default."
    ),
]
ColorOption = Annotated[Color, typer.Option("--color", help="When to use colours.")]


class ExecutorName(StrEnum):
    """Where the files of a run are done."""

    #: In processes of this machine.
    POOL = "pool"
    #: On the workers of a Dask cluster.
    DASK = "dask"


class Format(StrEnum):
    """How a command writes what it has to say: for people, or for programs."""

    TEXT = "text"
    JSON = "json"


#: PATHS of a command that does not take standard input.
_FilesOnly = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="PATHS",
        help="Files and folders; the current folder by default.",
        show_default=False,
    ),
]
#: The path that means standard input.
STDIN = Path("-")


class Common(Frozen, kw_only=True):
    """What every command can be told; typer reads the options from these annotations."""

    #: What to look at; ``None`` for the current folder.
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATHS",
            help="Files and folders, or `-` for standard input; the current folder by default.",
            show_default=False,
        ),
    ] = None
    #: What standard input is called: its project and its rules are those of this path.
    stdin_filename: Annotated[
        Path | None,
        typer.Option("--stdin-filename", metavar="FILE", help="The file that `-` stands for."),
    ] = None
    #: Rule ids to run, each also a list with commas.
    select: Annotated[
        list[str] | None,
        typer.Option("--select", metavar="RULES", help="Run only these rules (comma-separated)."),
    ] = None
    #: Rule ids to leave out, likewise.
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="RULES", help="Leave these rules out.")
    ] = None
    #: Patterns that replace the configured ones, likewise.
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude",
            metavar="PATTERNS",
            help="Leave out what matches, in place of the defaults.",
        ),
    ] = None
    #: Patterns beside the configured ones, likewise.
    extend_exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--extend-exclude",
            metavar="PATTERNS",
            help="Leave out what matches, beside the defaults.",
        ),
    ] = None
    #: Whether exclusions hold for files given by name.
    force_exclude: Annotated[
        bool,
        typer.Option(
            "--force-exclude", help="Leave out what is excluded even if it is given by name."
        ),
    ] = False
    #: ``None`` leaves it to the configuration.
    respect_gitignore: Annotated[
        bool | None,
        typer.Option(
            "--respect-gitignore/--no-respect-gitignore",
            help="Leave out what git ignores (the default).",
        ),
    ] = None
    #: Read in place of the nearest pyproject.toml with our table.
    config_file: ConfigFile = None
    #: Number of processes; ``None`` for one a core.
    jobs: Annotated[
        int | None,
        typer.Option(
            "-j",
            "--jobs",
            metavar="N",
            min=1,
            help="Number of processes; one a core by default, eight a core at most.",
        ),
    ] = None
    #: Where the files are done.
    executor: Annotated[
        ExecutorName,
        typer.Option("--executor", help="Do the files in processes here, or on a Dask cluster."),
    ] = ExecutorName.POOL
    #: Of the cluster; ``None`` for the one that the environment names as Dask has it.
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help="The cluster's scheduler: tcp://HOST:PORT; $DASK_SCHEDULER_ADDRESS by default.",
        ),
    ] = None
    #: The part of the files to look at.
    shard: Annotated[
        str | None,
        typer.Option(
            "--shard",
            metavar="I/N",
            help="Look at one of N parts of the files only, for runs that share the work;"
            " `merge-results` joins theirs.",
        ),
    ] = None
    #: Whether to print the totals only.
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print less: totals and errors.")] = (
        False
    )
    #: Whether to print each place.
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Print each place.")] = False
    #: When to colour.
    color: ColorOption = Color.AUTO
    #: Whether to do without the results of earlier runs.
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Use and keep no results of earlier runs.")
    ] = False
    #: In place of the configured folder.
    cache_dir: CacheDir = None

    def __post_init__(self) -> None:
        if self.quiet and self.verbose:
            raise UserError("-q and -v exclude each other")
        if STDIN in (self.paths or ()) and len(self.paths or ()) > 1:
            raise UserError("`-` is standard input and stands alone; leave out the other paths")
        if self.stdin_filename and not self.is_piped:
            raise UserError("--stdin-filename says what `-` stands for; give `-` as the path")

        if self.shard and self.is_piped:
            raise UserError("--shard splits a tree; give files or folders in place of `-`")
        if self.scheduler and self.executor is not ExecutorName.DASK:
            raise UserError("--scheduler is that of a cluster; give `--executor dask`, too")
        if self.jobs and self.executor is ExecutorName.DASK:
            raise UserError("--jobs counts processes of this machine; leave it out with a cluster")

    @property
    def cluster(self) -> str | None:
        """Return the address of the cluster's scheduler, where one is used. Raises UserError."""
        if self.executor is ExecutorName.POOL:
            return None
        from ssot_migrate.executing.cluster import check_installed

        check_installed()  # Before anybody starts a scheduler in vain.
        address = self.scheduler or os.environ.get("DASK_SCHEDULER_ADDRESS")
        if not address:
            raise UserError("--executor dask needs a cluster; give `--scheduler tcp://HOST:PORT`")
        return address

    @property
    def is_piped(self) -> bool:
        """Tell whether the code comes on standard input."""
        return self.paths == [STDIN]

    @property
    def verbosity(self) -> Verbosity:
        """Return how much to print."""
        return (
            Verbosity.QUIET
            if self.quiet
            else Verbosity.VERBOSE
            if self.verbose
            else Verbosity.NORMAL
        )


def tried(
    command: str | None, *, no_trial: bool, timeout: float | None, in_place: bool | None
) -> dict[str, Any]:
    """Return what the options of a trial say, as settings. Raises UserError."""
    if command and no_trial:
        raise UserError("--trial and --no-trial exclude each other")
    return {
        "trial": "" if no_trial else command,
        "trial_timeout": timeout,
        "trial_in_place": in_place,
    }


def plain(command: Callable[..., int]) -> Callable[..., None]:
    """Make a Typer command of a function that returns its exit code."""

    @wraps(command)
    def run(**values: Any) -> None:  # noqa: ANN401 (options are of all types)
        raise typer.Exit(ended(lambda: command(**values)))

    return run


def with_common(
    command: Callable[..., int],
    *,
    takes_stdin: bool = True,
    caches: bool = False,
    spreads: bool = False,
    shards: bool = False,
) -> Callable[..., None]:
    """Make a Typer command of a function that takes a Common first and returns its exit code.

    Typer reads the options from the signature, so that is built from Common's fields and the
    function's other parameters. A command that does not take standard input, or uses no results of
    earlier runs, no cluster, or no shards, has no options for that.
    """
    _, *own = inspect.signature(command).parameters.values()
    names = [field.name for field in fields(Common)]

    @wraps(command)
    def run(**values: Any) -> None:  # noqa: ANN401 (options are of all types)
        common = {name: values.pop(name) for name in names if name in values}
        common.setdefault("no_cache", True)
        raise typer.Exit(ended(lambda: command(Common(**common), **values)))

    common = _parameters(takes_stdin=takes_stdin, caches=caches, spreads=spreads, shards=shards)
    run.__signature__ = inspect.Signature([*common, *own])  # type: ignore[attr-defined]
    return run


def split(values: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the items of an option that is repeated or holds commas, ``None`` if it is absent."""
    if values is None:
        return None
    return tuple(item for value in values for part in value.split(",") if (item := part.strip()))


def _parameters(
    *, takes_stdin: bool, caches: bool, spreads: bool, shards: bool
) -> list[inspect.Parameter]:
    hints = get_type_hints(Common, include_extras=True)
    hidden = {"stdin_filename"} if not takes_stdin else set()
    hidden |= {"no_cache", "cache_dir"} if not caches else set()
    hidden |= {"executor", "scheduler"} if not spreads else set()
    hidden |= {"shard"} if not shards else set()
    shown = [field for field in fields(Common) if field.name not in hidden]
    if not takes_stdin:
        hints["paths"] = _FilesOnly
    parameter = partial(inspect.Parameter, kind=inspect.Parameter.KEYWORD_ONLY)
    return [
        parameter(field.name, default=field.default, annotation=hints[field.name])
        for field in shown
    ]
