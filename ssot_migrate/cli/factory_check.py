"""``factory check``: import and run a factory, and say whether it is one to rely on."""

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from ssot_migrate.cli.ending import FAILED
from ssot_migrate.cli.options import ColorOption, ConfigFile, Format, OutputFile, split
from ssot_migrate.cli.running import output
from ssot_migrate.model import UserError
from ssot_migrate.report import Color, Verbosity

if TYPE_CHECKING:
    from ssot_migrate.checking.conformance import Checked, Told, Wanted
    from ssot_migrate.settings.config import Config


def check(  # noqa: PLR0913 (each is an option)
    *,
    factory: Annotated[
        str | None,
        typer.Option(
            "--factory",
            metavar="MODULE:CLASS",
            help="The factory to check; the configured one by default.",
        ),
    ] = None,
    python: Annotated[
        str | None,
        typer.Option(
            "--python",
            metavar="PATH",
            help="The interpreter to import and run it with: the project's own, 3.11 or newer.",
        ),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="CHECKS",
            help="Run only these checks, or groups of them (comma-separated; patterns with *).",
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore",
            metavar="CHECKS",
            help="Leave these out, as: configuration-presets-*; else what is configured.",
        ),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option("--timeout", metavar="SECONDS", min=0.1, help="How long a check may take."),
    ] = 120,
    record: Annotated[
        bool,
        typer.Option("--record", help="Record the signatures to check against, and end."),
    ] = False,
    output_format: Annotated[
        Format, typer.Option("--output-format", help="How to write the outcome.")
    ] = Format.TEXT,
    output_file: OutputFile = None,
    config_file: ConfigFile = None,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Print less: what failed, and totals.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("-v", "--verbose", help="Print each check, with its figures.")
    ] = False,
    color: ColorOption = Color.AUTO,
) -> int:
    """Import and run the factory, in a process of its own, and check it; 1 if a check fails.

    The groups: interface, performance, isolation, events, pipeline, errors, configuration,
    compatibility and consistency. The tests of a project can run the same:
    pytest --pyargs ssot_migrate.factory.conformance --ssot-factory=MODULE:CLASS
    """
    from ssot_migrate.checking import conformance, one_factory
    from ssot_migrate.report import conformance as report
    from ssot_migrate.report.console import console
    from ssot_migrate.settings.load import load

    if quiet and verbose:
        raise UserError("-q and -v exclude each other")
    config = load(Path(), config_file)
    wanted = conformance.Wanted(
        factory=factory or config.factory or _found(config),
        python=conformance.interpreter(python),
        select=split(select) or (),
        ignore=config.conformance.ignore if ignore is None else split(ignore) or (),
        timeout=timeout,
    )
    errors = console(sys.stderr, color)
    if not quiet and wanted.select != (one_factory.ID,):
        report.announce(wanted, errors)
    if record:
        report.recorded(_record(config, wanted), errors)
        return 0
    with ExitStack() as stack:
        visible = sys.stderr.isatty() and not quiet
        found = _checked(config, wanted, config_file, _counter(stack, color, visible=visible))
    if not found:
        raise UserError("no check is left to run: all that are selected are ignored")
    with output(output_file) as stream:
        if output_format is Format.JSON:
            stream.write(report.render(found, wanted))
        else:
            level = Verbosity.VERBOSE if verbose else Verbosity.QUIET if quiet else Verbosity.NORMAL
            report.show(found, console(stream, color), level)
    failed = any(one.status is conformance.Status.FAILED for one in found)
    return FAILED if failed else 0


def _found(config: "Config") -> str:
    """Return the factory of a project that names none: at the default place, or the shipped one."""
    from ssot_migrate.pipeline import find_factory

    module, class_name, *_ = find_factory(config)
    return f"{module}:{class_name}"


def _counter(stack: ExitStack, color: Color, *, visible: bool) -> "Told":
    """Count the checks that have ended on a bar, which lasts as long as the stack."""
    from ssot_migrate.report.progress import Progress

    bars: list[Progress] = []

    def told(_: int, known: int) -> None:
        if not bars:
            bar = Progress(known, sys.stderr, color, visible=visible, what="checks")
            bars.append(stack.enter_context(bar))
        bars[0](1)

    return told


def _checked(
    config: "Config", wanted: "Wanted", config_file: Path | None, told: "Told"
) -> "list[Checked]":
    """Run the checks, and the one that reads the project's files and runs nothing."""
    from ssot_migrate.checking import conformance, one_factory

    rest = tuple(name for name in wanted.select if name != one_factory.ID)
    found = []
    if rest or not wanted.select:
        found = conformance.check(config, replace(wanted, select=rest), told)
    if one_factory.is_selected(wanted.select, wanted.ignore):
        found.append(one_factory.check(config, config_file))
    return found


def _record(config: "Config", wanted: "Wanted") -> Path:
    """Write the signatures, over those that were recorded before."""
    from ssot_migrate.checking import conformance
    from ssot_migrate.disk.write import create, write
    from ssot_migrate.model import Change

    file, text = conformance.record(config, wanted)
    installed = {"site-packages", "dist-packages"} & {*file.parts}
    if not config.conformance.snapshot and (installed or not file.is_relative_to(config.root)):
        raise UserError(
            f"{wanted.factory} is not the project's own: name a file for its signatures,"
            " snapshot under [tool.ssot-migrate.conformance]"
        )
    if not file.exists():
        create(file, text)
        return file
    change = Change.of(str(file), str(file), file.read_bytes(), text.encode())
    failure = write(change)
    if failure:
        raise UserError(f"{failure.path}: {failure.message}")
    return file
