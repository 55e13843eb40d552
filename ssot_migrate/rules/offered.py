"""Find out who imports what the files of a run offer."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from ssot_migrate.caching.answers import Answers
from ssot_migrate.caching.digest import digest
from ssot_migrate.caching.portion import Given, Inquiry, Keys, Terms
from ssot_migrate.executing.executor import Task
from ssot_migrate.files import Files
from ssot_migrate.known import Offer
from ssot_migrate.model import SourceFile, Violation
from ssot_migrate.rules.importers import Question, Wanted, module_path

#: So many packages may pass a name on, one to the next.
_DEEP = 3


def ask_importers(
    answers: Answers,
    files: Files,
    roots: Sequence[str],
    offers: Mapping[int, Sequence[Offer]],
) -> dict[int, list[Violation]]:
    """Report what is offered, and who imports it, by the number of the file that offers it."""
    pairs = [(number, offer) for number, found in sorted(offers.items()) for offer in found]
    users = _importers(answers, files, roots, pairs) if pairs else []
    told: dict[int, list[Violation]] = {}
    for (number, offer), paths in zip(pairs, users, strict=True):
        violation = offer.imported_by(paths)
        if violation:
            told.setdefault(number, []).append(violation)
    return told


def _importers(
    answers: Answers,
    files: Files,
    roots: Sequence[str],
    pairs: Sequence[tuple[int, Offer]],
) -> list[list[str]]:
    """List the paths of the files that import each offer, through packages that pass it on too."""
    wanted = [
        Wanted(frozenset({module_path(files[number].location)}), frozenset(offer.names))
        for number, offer in pairs
    ]
    users: list[list[int]] = []
    for deep in range(_DEEP):
        users = _users(answers, f"importers-{deep}", files, tuple(roots), wanted)
        packages = [{_package(files[number]) for number in found} for found in users]
        wider = [
            replace(want, modules=want.modules | through - {""})
            for want, through in zip(wanted, packages, strict=True)
        ]
        if wider == wanted:
            break
        wanted = wider
    return [
        [files[n].path for n in found if n != own and not _package(files[n])]
        for (own, _), found in zip(pairs, users, strict=True)
    ]


def _package(file: SourceFile) -> str:
    """Give the module path of a package's ``__init__.py``, nothing for other files."""
    return module_path(file.location) if Path(file.location).stem == "__init__" else ""


def _users(
    answers: Answers,
    topic: str,
    files: Files,
    roots: tuple[str, ...],
    wanted: Sequence[Wanted],
) -> list[list[int]]:
    """List the files that import each of the wanted, by their numbers."""
    keys = [digest("importers", want, roots) for want in wanted]
    task = partial(_task, dict(zip(keys, wanted, strict=True)), roots)
    inquiry = Inquiry(frozenset(keys), task, _nothing)
    users: dict[bytes, list[int]] = {key: [] for key in keys}
    asked = answers.ask(topic, files, range(len(files)), lambda _: inquiry, Terms(bool))
    for number, given in asked:
        for key in given:
            users[key].append(number)
    return [sorted(users[key]) for key in keys]


def _task(wanted: Mapping[bytes, Wanted], roots: tuple[str, ...], keys: Keys) -> Task[Given[bool]]:
    chosen = {key: want for key, want in wanted.items() if key in keys}
    return partial(_imported, tuple(chosen), Question(tuple(chosen.values()), roots))


def _imported(keys: tuple[bytes, ...], question: Question, file: SourceFile) -> dict[bytes, bool]:
    return {keys[index]: True for index in question.answer(file)}


def _nothing(*_: object) -> dict[bytes, bool]:
    return {}
