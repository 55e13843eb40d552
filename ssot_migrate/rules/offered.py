"""Find out who imports what the files of a run offer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ssot_migrate.model import SourceFile, Violation
from ssot_migrate.pool import Pool
from ssot_migrate.rules.importers import Question, Wanted, module_path
from ssot_migrate.rules.offers import Offer

#: So many packages may pass a name on, one to the next.
_DEEP = 3


def ask_importers(
    pool: Pool,
    files: Sequence[SourceFile],
    roots: Sequence[str],
    offers: Mapping[SourceFile, Sequence[Offer]],
) -> dict[SourceFile, list[Violation]]:
    """Report what is offered, and who imports it, by the file that offers it."""
    pairs = [(file, offer) for file, found in offers.items() for offer in found]
    users = _importers(pool, files, roots, pairs) if pairs else []
    told: dict[SourceFile, list[Violation]] = {}
    for (file, offer), paths in zip(pairs, users, strict=True):
        violation = offer.imported_by(paths)
        if violation:
            told.setdefault(file, []).append(violation)
    return told


def _importers(
    pool: Pool,
    files: Sequence[SourceFile],
    roots: Sequence[str],
    pairs: Sequence[tuple[SourceFile, Offer]],
) -> list[list[str]]:
    """List the paths of the files that import each offer, through packages that pass it on too."""
    wanted = [
        Wanted(frozenset({module_path(file.location)}), frozenset(offer.names))
        for file, offer in pairs
    ]
    users: list[list[SourceFile]] = []
    for _ in range(_DEEP):
        question = Question(tuple(wanted), tuple(roots))
        answers = pool.map(dict.fromkeys(files, question.answer), _nothing)
        users = [[file for file in files if index in answers[file]] for index in range(len(wanted))]
        wider = [
            replace(want, modules=want.modules | {*map(_package, found)} - {""})
            for want, found in zip(wanted, users, strict=True)
        ]
        if wider == wanted:
            break
        wanted = wider
    return [
        [file.path for file in found if file is not own and not _package(file)]
        for (own, _), found in zip(pairs, users, strict=True)
    ]


def _package(file: SourceFile) -> str:
    """Give the module path of a package's ``__init__.py``, nothing for other files."""
    return module_path(file.location) if Path(file.location).stem == "__init__" else ""


def _nothing(_: SourceFile) -> frozenset[int]:
    return frozenset()
