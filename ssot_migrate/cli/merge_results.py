"""``merge-results``: one result from those of shards."""

from pathlib import Path
from typing import Annotated

import typer

from ssot_migrate.cli.command import app_of
from ssot_migrate.cli.ending import ERROR, NEW
from ssot_migrate.cli.options import OutputFile, plain
from ssot_migrate.cli.running import output

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILES", help="What all shards of a tree have written as JSON."),
]


def merge_results(files: Files, output_file: OutputFile = None) -> int:
    """Join the JSON of `scan --shard`, or of `check --shard`, into that of the whole tree.

    Exit codes as those of the whole: 1 where `check` fails, 2 when a file could not be processed.
    """
    from ssot_migrate.report.merged import merge

    merged = merge(files)
    with output(output_file) as stream:
        stream.write(merged.render())
    return ERROR if merged.has_failed else NEW if merged.fails else 0


app = app_of(plain(merge_results))
