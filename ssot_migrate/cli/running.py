"""From options to a report: configuration, files, and the pipeline."""

import os
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from msgspec.structs import replace

from ssot_migrate.cli.options import Common, split
from ssot_migrate.model import Failure, Report, Request, SourceFile, UserError
from ssot_migrate.report import Verbosity

if TYPE_CHECKING:
    from ssot_migrate.caching.answers import Remembered
    from ssot_migrate.files import Files
    from ssot_migrate.pipeline import Run
    from ssot_migrate.report.progress import Progress
    from ssot_migrate.settings.config import Config
    from ssot_migrate.settings.resolver import Resolver

#: Processes; who asks for more has more cores in mind, or none.
_MOST_PER_CORE: Final = 8


def settings(common: Common, **given: Any) -> "Resolver":  # noqa: ANN401 (fields of Options)
    """Return the settings of the projects that the paths lie in, the command line's over them.

    ``given`` are the fields of ``Options`` that only some commands have options for.
    """
    from ssot_migrate.settings.resolver import Options, find

    try:
        Path.cwd()
    except FileNotFoundError:
        raise UserError("the current folder was removed; change to another one") from None
    options = Options(
        select=split(common.select),
        ignore=split(common.ignore),
        exclude=split(common.exclude),
        extend_exclude=split(common.extend_exclude),
        respect_gitignore=common.respect_gitignore,
        cache_dir=common.cache_dir,
        **given,
    )
    return find(_common_folder(_places(common)), options, common.config_file)


def run(
    common: Common, resolver: "Resolver", request: Request, piped: bytes | None = None
) -> Report:
    """Find the files, and return everything that a report tells of them, as ``start`` does."""
    return start(common, resolver, request, piped).report


def start(
    common: Common, resolver: "Resolver", request: Request, piped: bytes | None = None
) -> "Run":
    """Find the files and send them through the pipeline, as ``found`` does."""
    return found(common, resolver, request, piped)[1]


def found(
    common: Common,
    resolver: "Resolver",
    request: Request,
    piped: bytes | None = None,
    **given: Any,  # noqa: ANN401 (what `pipeline.start` takes beside)
) -> "tuple[Files, Run]":
    """Find the files and send them through the pipeline; return them, too.

    ``piped`` is what came on standard input, where that was read already.
    """
    files, failures = find_files(common, resolver, piped)
    check_rules(resolver.projects(files))
    run = send(common, resolver, request, files, **given)
    report = run.report
    warnings = report.warnings if files or failures else (*report.warnings, no_files(common))
    report = replace(report, failures=(*report.failures, *failures), warnings=warnings)
    return files, replace(run, report=report)


def send(
    common: Common,
    resolver: "Resolver",
    request: Request,
    files: Sequence[SourceFile],
    **given: Any,  # noqa: ANN401 (what `pipeline.start` takes beside)
) -> "Run":
    """Send files through the pipeline, and show how far it is."""
    from ssot_migrate import pipeline

    request = requested(common, request)
    with progress(common, number(common, resolver, files)) as moved:
        return pipeline.start(files, resolver, request, moved, **given)


def tell_remembered(common: Common, remembered: "Remembered | None") -> None:
    """Say what came from the cache, where people want to know more.

    Who names a folder for it wants to know that it does not serve.
    """
    is_verbose = common.verbosity is Verbosity.VERBOSE
    is_named = common.cache_dir is not None and common.verbosity is not Verbosity.QUIET
    if remembered is None or not (is_verbose or (is_named and remembered.unwritten)):
        return
    from ssot_migrate.report import cache
    from ssot_migrate.report.console import console

    errors = console(sys.stderr, common.color)
    if is_verbose:
        cache.remembered(remembered, errors)
    cache.unwritten(remembered, errors)


def requested(common: Common, request: Request) -> Request:
    """Complete a request by what the command line gives."""
    cache = not common.no_cache and not request.fix
    jobs, scheduler = processes(common), common.cluster
    return replace(request, jobs=jobs, scheduler=scheduler, shard=common.shard, cache=cache)


def processes(common: Common) -> int:
    """Count the processes of a run: more than some a core are slower, and take all memory."""
    return min(common.jobs or cores(), _MOST_PER_CORE * cores())


def number(common: Common, resolver: "Resolver", files: Sequence[SourceFile]) -> int:
    """Count the files of the shard that was asked for, all without one. Raises UserError."""
    if common.shard is None:
        return len(files)
    from ssot_migrate.sharding import Shard

    return len(Shard.parse(common.shard).among(files, resolver))


def progress(common: Common, files: int) -> "Progress":
    """Show on a terminal how many of the files are done."""
    from ssot_migrate.report.progress import Progress

    visible = sys.stderr.isatty() and common.verbosity is not Verbosity.QUIET
    return Progress(files, sys.stderr, common.color, visible=visible)


@contextmanager
def output(file: Path | None) -> Iterator[TextIO]:
    """Give the stream that the output goes to: ``--output-file``, or stdout."""
    if file is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    try:
        with file.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
            yield stream
    except OSError as error:
        raise UserError(f"--output-file {file}: cannot be written ({error.strerror})") from None


def standard_input() -> bytes:
    """Read all that comes on standard input."""
    if sys.stdin is None:
        raise UserError("standard input is closed; pipe a file into `-`")
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise UserError(f"standard input: cannot be read ({error.strerror})") from None


def find_files(
    common: Common,
    resolver: "Resolver",
    piped: bytes | None = None,
    among: Collection[str] | None = None,
) -> "tuple[Files, list[Failure]]":
    """Find the files of a run, and the paths that are none; ``among`` as ``discover`` takes it."""
    from ssot_migrate.discover import discover, from_stdin

    if common.is_piped:
        content = standard_input() if piped is None else piped
        force = common.force_exclude
        return from_stdin(content, common.stdin_filename, resolver, force_exclude=force), []
    return discover(_places(common), resolver, force_exclude=common.force_exclude, among=among)


def _places(common: Common) -> Sequence[Path]:
    """Return the paths of a run; standard input stands for a file, or lies in this folder."""
    if common.is_piped:
        return [common.stdin_filename or Path()]
    return common.paths or [Path()]


def _common_folder(paths: Sequence[Path]) -> Path:
    """Return the innermost folder that holds all paths; the project is looked for from there up."""
    from ssot_migrate.settings.config import absolute

    places = [absolute(path) for path in paths]
    folders = [place if place.is_dir() else place.parent for place in places]
    try:
        return Path(os.path.commonpath(folders))
    except ValueError:  # Paths on several Windows drives.
        return Path.cwd()


def check_rules(configs: Sequence["Config"]) -> None:
    """Raise UserError for a rule that is named somewhere and does not exist."""
    from ssot_migrate import pipeline
    from ssot_migrate.settings import rule_names

    rule_names.check(configs, pipeline.known_rules)


def no_files(common: Common) -> str:
    """Say that there is nothing to look at."""
    where = ", ".join(map(str, _places(common)))
    return f"no Python files found in {where}; look at the exclusions and at .gitignore"


def cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
