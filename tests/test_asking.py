"""Who is asked what he does with another file's mocks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.caching.answers import Answers, Inquiry
from ssot_migrate.caching.digest import digest
from ssot_migrate.discover import walked_around
from ssot_migrate.known import Export
from ssot_migrate.model import SourceFile
from ssot_migrate.settings.config import Config
from ssot_migrate.settings.resolver import Resolver
from ssot_migrate.worker.asking import ask_users

ROOT = Path("/project").absolute()
FILES = [
    SourceFile.of(str(ROOT / path), path)
    for path in ("conftest.py", "a/conftest.py", "a/test_x.py", "a/b/test_x.py", "ab/test_x.py")
]


class Asked(Answers):
    """Takes note of what is asked, and knows no answers."""

    def __init__(self) -> None:
        self.asked: dict[SourceFile, frozenset[bytes]] = {}

    def ask(self, _: str, inquiries: Mapping[SourceFile, Inquiry[Any]], *__: Any) -> Any:  # noqa: ANN401
        self.asked = {file: inquiry.keys for file, inquiry in inquiries.items()}
        return {}


def resolver(files: list[SourceFile]) -> Resolver:
    return Resolver(Config(root=ROOT), walked={str(ROOT): dict.fromkeys(files)})


def is_below(file: SourceFile, exporter: SourceFile) -> bool:
    return Path(exporter.location).parent in Path(file.location).parents


@given(st.dictionaries(st.sampled_from(FILES), st.lists(st.booleans(), max_size=3)))
def test_a_fixture_concerns_the_files_below_its_own_and_a_helper_all(
    exporters: dict[SourceFile, list[bool]],
) -> None:
    exported = {
        file: [Export(file.path, f"name_{n}", is_fixture) for n, is_fixture in enumerate(kinds)]
        for file, kinds in exporters.items()
    }
    asked = Asked()
    users = ask_users(asked, resolver(FILES), exported, dict.fromkeys(FILES))
    assert users.keys() == {export for exports in exported.values() for export in exports}
    for file in FILES:
        assert asked.asked.get(file, frozenset()) == {
            digest("users", export)
            for exporter, exports in exported.items()
            for export in exports
            if exporter != file and (not export.is_fixture or is_below(file, exporter))
        }


def test_where_not_all_files_are_in_the_run_what_they_could_use_is_not_asked_about() -> None:
    top, own, *others = FILES
    exported = {file: [Export(file.path, "mock_ws", is_fixture=True)] for file in (top, own)}
    asked = Asked()
    users = ask_users(asked, resolver(FILES), exported, dict.fromkeys((top, own, *others[:-1])))
    assert users.keys() == {*exported[own]}
    assert asked.asked.keys() == {*others[:2]}


def test_what_was_walked_is_known_by_the_file_and_the_folder() -> None:
    here = resolver(FILES[:2])
    assert walked_around(ROOT / "a", FILES[1], here) == str(ROOT)
    assert walked_around(ROOT / "a", FILES[2], here) is None
    assert walked_around(ROOT.parent, FILES[1], here) is None
