"""Who is asked what he does with another file's mocks."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ssot_migrate.caching.answers import Answers, Inquiry
from ssot_migrate.caching.digest import digest
from ssot_migrate.discover import walked_around
from ssot_migrate.files import Files
from ssot_migrate.known import Export, Operation, Touch, Users
from ssot_migrate.model import SourceFile
from ssot_migrate.settings.config import Config
from ssot_migrate.settings.resolver import Resolver
from ssot_migrate.worker.asking import Uses, ask_users

ROOT = Path("/project").absolute()
FILES = [
    SourceFile.of(str(ROOT / path), path)
    for path in ("conftest.py", "a/conftest.py", "a/test_x.py", "a/b/test_x.py", "ab/test_x.py")
]


class Asked(Answers):
    """Takes note of what is asked, and knows no answers."""

    def __init__(self) -> None:
        self.asked: dict[SourceFile, frozenset[bytes]] = {}

    def ask(  # type: ignore[override]
        self,
        _: str,
        files: Files,
        numbers: Iterable[int],
        inquire: Callable[[int], Inquiry[Any] | None],
        *__: object,
    ) -> Iterator[Any]:
        of_each = {files[number]: inquire(number) for number in numbers}
        self.asked = {file: inquiry.keys for file, inquiry in of_each.items() if inquiry}
        return iter(())


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
    uses = ask_users(asked, resolver(FILES), exported, Files(FILES))
    assert {*uses.exports} == {export for exports in exported.values() for export in exports}
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
    uses = ask_users(asked, resolver(FILES), exported, Files((top, own, *others[:-1])))
    assert {*uses.exports} == {*exported[own]}
    assert asked.asked.keys() == {*others[:2]}


def test_what_was_walked_is_known_by_the_file_and_the_folder() -> None:
    here = resolver(FILES[:2])
    assert walked_around(ROOT / "a", FILES[1], here) == str(ROOT)
    assert walked_around(ROOT / "a", FILES[2], here) is None
    assert walked_around(ROOT.parent, FILES[1], here) is None


@given(
    st.lists(st.tuples(st.sampled_from(("mock_ws", "make_ws", "agent")), st.integers(0, 9))),
)
def test_what_users_do_is_told_in_the_order_of_the_files(told: list[tuple[str, int]]) -> None:
    exports = {name: Export("a.py", name, is_fixture=True) for name in ("mock_ws", "make_ws")}
    exports["agent"] = Export("b.py", "agent", is_fixture=True)
    uses = Uses(exports.values())
    for name, number in told:
        touch = Touch(("send",), Operation.CALL, number)
        uses.put(exports[name], number, Users((touch,), repeated=number == 1))
    assert [*uses.of("a.py")] == [exports["mock_ws"], exports["make_ws"]]
    assert uses.of("c.py") == {}
    for name, export in exports.items():
        lines = sorted(number for each, number in told if each == name)
        of_export = uses.of(export.path)[export]
        assert [touch.line for touch in of_export.touches] == lines
        assert of_export.repeated == (1 in lines)


def test_what_is_done_with_exports_is_known_by_a_key() -> None:
    export, other = (Export(path, "mock_ws", is_fixture=True) for path in ("a.py", "b.py"))
    users = Users((Touch(("send",), Operation.CALL, 1),))
    used, unused, both = Uses([export]), Uses([export]), Uses([export, other])
    used.put(export, 0, users)
    both.put(export, 7, users)
    assert used.key("a.py") == both.key("a.py") != unused.key("a.py")
    assert used.key("b.py") == b"" != unused.key("a.py")
