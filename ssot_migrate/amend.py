"""Join a file's fixes with what a person made of them: edited lines, and suppressions."""

import ast
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Protocol

from ssot_migrate.imports import mend_imports
from ssot_migrate.model import (
    Change,
    Failure,
    FileResult,
    Report,
    SourceFile,
    Stage,
    Violation,
)
from ssot_migrate.plan import Target
from ssot_migrate.review import Edited, Review, Suppressed
from ssot_migrate.source import Source, SourceError, parse
from ssot_migrate.stretch import Stretch, find_stretch, import_lines, outside
from ssot_migrate.suppress import SuppressError, suppress
from ssot_migrate.verify import lost_names

#: Finds what there is in a file that would hold these bytes.
Look = Callable[[SourceFile], Sequence[Violation]]


class AmendError(Exception):
    """An edit or a suppression that cannot be carried out; the message says why."""


class Fixes(Protocol):
    """A run that can carry out some of a change's fixes."""

    report: Report

    def only(self, change: Change, fixes: Collection[Violation]) -> Change | Failure | None:
        """Give a change with these fixes alone; None for no fix."""
