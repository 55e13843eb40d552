"""``codemods``: the families of a project, their files and their examples."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from msgspec.structs import replace

from ssot_migrate.cli.ending import FAILED
from ssot_migrate.cli.options import ColorOption, ConfigFile, Format, plain
from ssot_migrate.model import GENERIC, UserError
from ssot_migrate.report import Color

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssot_migrate.families.catalogue import Codemod
    from ssot_migrate.families.family import Example
    from ssot_migrate.settings.config import Config
    from ssot_migrate.settings.typed_toml import Document
    from ssot_migrate.worker.settings import Settings

app = typer.Typer(
    name="codemods",
    help="List, show, test and write codemods: the TOML files that say what is migrated.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.command("list")
@plain
def list_(
    *,
    output_format: Annotated[
        Format, typer.Option("--output-format", help="How to write the list.")
    ] = Format.TEXT,
    config_file: ConfigFile = None,
    color: ColorOption = Color.AUTO,
) -> int:
    """List all codemods of the project: the shipped ones and its own."""
    from ssot_migrate.report import codemods
    from ssot_migrate.report.console import console

    found = _load(_config(config_file))
    if output_format is Format.JSON:
        sys.stdout.write(codemods.as_json(found))
    else:
        codemods.table(found, console(sys.stdout, color))
    return 0


@app.command()
@plain
def show(
    codemod: Annotated[str, typer.Argument(metavar="ID", help="The id of a codemod.")],
    *,
    config_file: ConfigFile = None,
) -> int:
    """Print a codemod as TOML, with all that extends it."""
    from ssot_migrate.families.toml_text import to_toml

    sys.stdout.write(to_toml(_named(codemod, _load(_config(config_file))).family))
    return 0


@app.command("test")
@plain
def check(
    codemod: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID|FILE]",
            help="A codemod's id or file; those of the project's own folders by default.",
            show_default=False,
        ),
    ] = None,
    *,
    config_file: ConfigFile = None,
    color: ColorOption = Color.AUTO,
) -> int:
    """Run the examples against the project's factory; exit with 1 when one shows something else."""
    from ssot_migrate.proposing.examples import Status, check
    from ssot_migrate.report import codemods
    from ssot_migrate.report.console import console
    from ssot_migrate.settings.typed_toml import Document

    config = _config(config_file)
    file = Path(codemod) if codemod and codemod.endswith(".toml") else None
    found = _load(config, [Document.read(file)] if file else [])
    settings = _settings(config, found)
    chosen = _examples(codemod, file, found)
    verdicts = [check(settings, rule, example) for rule, example in chosen]
    codemods.verdicts(verdicts, console(sys.stdout, color))
    ended = {verdict.status for verdict in verdicts}
    return FAILED if Status.FAILED in ended else 0


@app.command()
@plain
def new(
    codemod: Annotated[str, typer.Argument(metavar="ID", help="The id of the new codemod.")],
    *,
    place: Annotated[
        str,
        typer.Option("--from", metavar="PATH:LINE", help="A test that creates such a mock."),
    ],
    folder: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="FOLDER",
            help="Where to write it, `-` for stdout; the first configured folder by default.",
        ),
    ] = None,
    config_file: ConfigFile = None,
) -> int:
    """Write a codemod for mocks like the one at a place, with an example taken from there."""
    config = _config(config_file)
    # The first codemod of a project goes into a folder that is empty, or not there yet.
    filled = (name for name in config.codemods if any((config.root / name).glob("*.toml")))
    usable = replace(config, codemods=tuple(filled))
    if folder is None and not config.codemods:
        raise UserError("no folder to write to: give one with --to, or `-` for stdout")
    target = config.root / config.codemods[0] if folder is None else Path(folder)
    path = Path(f"{codemod}.toml") if folder == "-" else target / f"{codemod}.toml"
    text = _proposed(codemod, _place(place), path, usable)
    if folder == "-":
        sys.stdout.write(text)
        return 0

    from ssot_migrate.disk.write import create
    from ssot_migrate.report.codemods import written

    create(path, text)
    configured = {(config.root / name).resolve() for name in config.codemods}
    written(path, sys.stdout, is_used=target.resolve() in configured)
    return 0


def _place(place: str) -> tuple[Path, int]:
    path, _, line = place.rpartition(":")
    if not (path and line.isdecimal()):
        raise UserError(f"--from {place}: give a file and a line, such as tests/test_it.py:12")
    return Path(path), int(line)


def _proposed(codemod: str, place: tuple[Path, int], path: Path, config: "Config") -> str:
    """Return the text of a new codemod that can be used, and whose example passes."""
    from ssot_migrate.code.source import SourceError
    from ssot_migrate.families.toml_text import to_toml
    from ssot_migrate.proposing.examples import check
    from ssot_migrate.proposing.proposal import propose
    from ssot_migrate.settings.typed_toml import Document

    found = _load(config)
    if any(each.family.id == codemod for each in found):
        raise UserError(f"there is a codemod `{codemod}` already; give another id")
    try:
        data = place[0].read_bytes()
        family = propose(codemod, data, (place[0].as_posix(), place[1]), _settings(config, found))
    except OSError as error:
        raise UserError(f"{place[0]}: cannot be read ({error.strerror})") from None
    except SourceError as error:
        raise UserError(f"{place[0]}: {error}") from None
    text = to_toml(family, explained=True)
    settings = _settings(config, _load(config, [Document.parse(path, text)]))
    for problem in check(settings, codemod, family.example[0]).problems:
        known = not problem.endswith(GENERIC)
        hint = "a codemod with `extends` adds to that one" if known else "choose a more telling one"
        raise UserError(f"{place[0]}:{place[1]}: {problem}; {hint}")
    return text


def _settings(config: "Config", found: "Sequence[Codemod]") -> "Settings":
    from ssot_migrate.model import Request
    from ssot_migrate.pipeline import find_factory
    from ssot_migrate.worker.settings import Settings

    families = tuple(codemod.family for codemod in found)
    return Settings(config, Request(), families, find_factory(config))


def _config(config_file: Path | None) -> "Config":
    from ssot_migrate.settings.load import load

    return load(Path(), config_file)


def _load(config: "Config", more: "Sequence[Document]" = ()) -> "tuple[Codemod, ...]":
    from ssot_migrate.families.catalogue import load_codemods

    return load_codemods(config, more)


def _named(codemod: str, found: "Sequence[Codemod]") -> "Codemod":
    from ssot_migrate.settings.table import advice

    by_id = {each.family.id: each for each in found}
    if codemod not in by_id:
        raise UserError(f"unknown codemod `{codemod}`; {advice(codemod, sorted(by_id))}")
    return by_id[codemod]


def _examples(
    codemod: str | None, file: Path | None, found: "Sequence[Codemod]"
) -> "list[tuple[str, Example]]":
    """Choose what to run: a file's, a codemod's, or what the project's own files hold."""
    if codemod and file is None:
        return [(codemod, example) for _, example in _named(codemod, found).examples]
    chosen = [
        (each.family.id, example)
        for each in found
        for path, example in each.examples
        if (path.samefile(file) if file else not (each.shipped and path == each.path))
    ]
    if not chosen and not file:
        raise UserError(
            "the project has no examples of its own: set `codemods` under [tool.ssot-migrate],"
            " or name a shipped codemod"
        )
    return chosen
