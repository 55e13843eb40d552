"""``baseline``: what the gate accepts."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from ssot_migrate.cli.ending import ERROR, exit_code
from ssot_migrate.cli.options import (
    Common,
    ConfigFile,
    Format,
    OutputFile,
    plain,
    split,
    with_common,
)
from ssot_migrate.cli.running import find_files, found, output, settings
from ssot_migrate.model import Report, Request, UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_migrate.gate.baseline import Baseline
    from ssot_migrate.gate.compare import Compared
    from ssot_migrate.model import Failure
    from ssot_migrate.report.baseline import Held
    from ssot_migrate.settings.config import Config

app = typer.Typer(
    name="baseline",
    help="Keep the list of accepted violations, so that `check` fails on others only.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Base = Annotated[
    Path | None, typer.Argument(metavar="BASE", help="What both began with.", show_default=False)
]
Ours = Annotated[
    Path | None, typer.Argument(metavar="OURS", help="This version; written.", show_default=False)
]
Theirs = Annotated[
    Path | None, typer.Argument(metavar="THEIRS", help="The other one.", show_default=False)
]


def write(
    common: Common,
    *,
    recount: Annotated[
        bool,
        typer.Option("--recount", help="Begin anew: let the comments count what there is now."),
    ] = False,
) -> int:
    """Accept all violations that there are: by default, of the rules that `check` goes by.

    What was not looked at stays as it is: other files with PATHS, other rules with --select.
    Entries of renamed files follow them where git knows the new name.
    """
    from ssot_migrate.disk.write import save
    from ssot_migrate.report import baseline
    from ssot_migrate.report.console import console

    report, compared = _compared(common)
    _tell_problems(report, common)
    out = console(sys.stdout, common.color)
    for one in compared:
        after = one.baseline.holding(one.matched.wanted)
        if one.is_there or after.entries:
            save(one.file, one.data, (after.recounted() if recount else after).render())
        baseline.written(one, out, common.verbosity)
    baseline.advise(compared, out, common.verbosity)
    return exit_code(report)


def prune(common: Common) -> int:
    """Drop the entries that nothing matches any more; accept nothing new.

    Entries of renamed files follow them where git knows the new name.
    """
    from ssot_migrate.disk.write import save
    from ssot_migrate.report import baseline
    from ssot_migrate.report.console import console

    report, compared = _compared(common)
    there = [one for one in compared if one.is_there]
    _check_any([one.file for one in compared], [one.file for one in there])
    _tell_problems(report, common)
    for one in there:
        save(one.file, one.data, one.baseline.holding(one.matched.kept).render())
        baseline.pruned(one, console(sys.stdout, common.color), common.verbosity)
    return exit_code(report)


def show(
    common: Common,
    *,
    stale: Annotated[
        bool, typer.Option("--stale", help="Look for entries that nothing matches, too.")
    ] = False,
    output_format: Annotated[
        Format, typer.Option("--output-format", help="How to write the counts.")
    ] = Format.TEXT,
    output_file: OutputFile = None,
) -> int:
    """Count what is accepted, by rule and folder, beside what the baseline began with."""
    from ssot_migrate.report import baseline
    from ssot_migrate.report.console import console

    held, failures = _stale(common) if stale else _held(common)
    with output(output_file) as stream:
        if output_format is Format.JSON:
            stream.write(baseline.render(held))
        else:
            baseline.show(held, console(stream, common.color), common.verbosity)
    return ERROR if failures else 0


def merge(
    base: Base = None,
    ours: Ours = None,
    theirs: Theirs = None,
    *,
    install: Annotated[
        bool,
        typer.Option("--install", help="Let git call this command when it merges a baseline."),
    ] = False,
    config_file: ConfigFile = None,
) -> int:
    """Merge two versions of a baseline as a merge driver of git: into OURS, by what BASE had.

    git calls it with %O %A %B. A version that cannot be read is told, and the lines are merged as
    those of any text, for a person to finish: the exit code is 2.
    """
    from ssot_migrate.cli.checkout import merge_as_text
    from ssot_migrate.disk.write import save
    from ssot_migrate.gate.baseline import Baseline
    from ssot_migrate.gate.merge import merge as merged

    if install and not (base or ours or theirs):
        return _install(config_file)
    if install or not (base and ours and theirs):
        raise UserError("give the files BASE, OURS and THEIRS, or --install alone")
    try:
        versions = [
            Baseline.read(file, f"the merge's {name}")
            for name, file in (("BASE", base), ("OURS", ours), ("THEIRS", theirs))
        ]
    except UserError:
        merge_as_text(base, ours, theirs)
        raise
    save(ours, ours.read_bytes(), merged(*versions).render())
    return 0


def _compared(common: Common) -> "tuple[Report, list[Compared]]":
    """Hold the projects of the paths against their baselines, by the rules of the gate."""
    from ssot_migrate.gate.compare import compare
    from ssot_migrate.gate.selected import gated

    resolver = settings(common)
    files, run = found(common, resolver, Request(), adapt=gated)
    return run.report, compare(run, files, resolver, common.paths or [Path()])


def _held(common: Common) -> "tuple[list[Held], Sequence[Failure]]":
    """Read the baselines of the projects that the paths lie in."""
    from ssot_migrate.gate.baseline import Baseline
    from ssot_migrate.gate.compare import baseline_file
    from ssot_migrate.report.baseline import Held

    resolver = settings(common)
    found, failures = find_files(common, resolver)
    projects = sorted(resolver.projects(found), key=lambda one: one.root)
    files = [baseline_file(config) for config in projects]
    _check_any(files, [file for file in files if file.exists()])
    _tell_problems(Report((), 0, failures=tuple(failures)), common)
    held = [
        Held(file, _asked(common, config, Baseline.read(file)))
        for config, file in zip(projects, files, strict=True)
        if file.exists()
    ]
    return held, failures


def _stale(common: Common) -> "tuple[list[Held], Sequence[Failure]]":
    """Read them, and find what nothing matches."""
    from ssot_migrate.report.baseline import Held

    report, compared = _compared(common)
    _check_any([one.file for one in compared], [one.file for one in compared if one.is_there])
    _tell_problems(report, common)
    held = [
        Held(one.file, _asked(common, one.config, one.baseline), one.matched.stale)
        for one in compared
        if one.is_there
    ]
    return held, report.all_failures


def _asked(common: Common, config: "Config", baseline: "Baseline") -> "Baseline":
    """Leave out of a baseline what lies outside of PATHS, and what was not selected.

    What is left is a part of what it began with, so that its comments do not count.
    """
    from ssot_migrate.settings.toolchain import absolute

    places = [absolute(path) for path in common.paths or [config.root]]
    select, ignore = split(common.select), split(common.ignore) or ()
    part = [
        entry
        for entry in baseline.entries
        if any(absolute(config.root / entry.path).is_relative_to(place) for place in places)
        and (select is None or entry.rule in select)
        and entry.rule not in ignore
    ]
    if len(part) == len(baseline.entries):
        return baseline
    return replace(baseline.holding(part), comments=())


def _check_any(files: "Sequence[Path]", there: "Sequence[Path]") -> None:
    """Raise UserError where there is no baseline."""
    from ssot_migrate.settings.toolchain import shown

    if not there:
        names = ", ".join(map(shown, files))
        raise UserError(f"{names}: does not exist; `ssot-migrate baseline write` begins it")


def _tell_problems(report: "Report", common: Common) -> None:
    from ssot_migrate.report import text
    from ssot_migrate.report.console import console

    text.problems(report, console(sys.stderr, common.color), common.verbosity)


def _install(config_file: Path | None) -> int:
    """Set the driver in the checkout's settings, and name it in the project's .gitattributes."""
    from ssot_migrate.cli.checkout import configure
    from ssot_migrate.disk.write import save
    from ssot_migrate.report import baseline
    from ssot_migrate.settings.load import load
    from ssot_migrate.settings.toolchain import read_bytes

    config = load(Path(), config_file)
    # Git runs it wherever it merges, in an environment or not; -P, for it runs in the project.
    command = f"{shlex.quote(sys.executable)} -P -m ssot_migrate baseline merge %O %A %B"
    name = {f"merge.{baseline.DRIVER}.name": "baselines of ssot-migrate"}
    configure(config.root, {**name, f"merge.{baseline.DRIVER}.driver": command})
    file = config.root / ".gitattributes"
    data, line = read_bytes(file), baseline.attribute(config.baseline)
    if line not in data.decode(errors="replace").splitlines():
        gap = b"" if data.endswith(b"\n") or not data else b"\n"
        save(file, data if file.exists() else None, data + gap + f"{line}\n".encode())
    baseline.installed(file, sys.stdout)
    return 0


app.command("write")(with_common(write, takes_stdin=False, caches=True))
app.command("prune")(with_common(prune, takes_stdin=False, caches=True))
app.command("show")(with_common(show, takes_stdin=False, caches=True))
app.command("merge")(plain(merge))
