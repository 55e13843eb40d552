"""Which settings hold for a folder or file."""

import os
import pickle
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssot_migrate.model import SourceFile
from ssot_migrate.settings.config import Config, ConfigError
from ssot_migrate.settings.resolver import COMMAND_LINE, Options, Resolver, find
from tests.test_config import own, put


def selects(root: Path, *names: str, options: Options | None = None) -> list[tuple[str, ...]]:
    """Give what is selected for files below a root."""
    resolver = find(root, options or Options())
    return [resolver.file(str(root / name)).select for name in names]


def test_the_nearest_table_wins_and_nothing_is_merged(tmp_path: Path) -> None:
    own(tmp_path, 'select = ["outer"]\nignore = ["outer"]\nline-length = 70')
    own(tmp_path / "a", 'select = ["a"]')
    put(tmp_path / "a/b/pyproject.toml", '[project]\nname = "no-table-of-ours"\n')
    resolver = find(tmp_path)
    outer = resolver.file(str(tmp_path / "x/test_x.py"))
    assert (outer.select, outer.line_length, outer.root) == (("outer",), 70, tmp_path)
    inner = resolver.file(str(tmp_path / "a/b/c/test_x.py"))
    assert (inner.select, inner.ignore, inner.line_length) == (("a",), (), 88)
    assert inner.root == tmp_path / "a"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(data=st.data())
def test_it_does_not_matter_where_a_run_starts(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    root = tmp_path_factory.mktemp("tree")
    (root / ".git").mkdir()
    folders = [root, *(root / name for name in ("a", "a/b", "a/b/c", "d", "d/e"))]
    for folder in folders:
        folder.mkdir(exist_ok=True)
    for folder in data.draw(st.lists(st.sampled_from(folders), unique=True)):
        own(folder, f'select = ["{folder.name}"]')
    asked = data.draw(st.sampled_from(folders))
    starts = [folder for folder in folders if folder in (asked, *asked.parents)]
    given = [find(start).file(str(asked / "test_x.py")) for start in starts]
    tabled = [f for f in (asked, *asked.parents) if (f / "pyproject.toml").exists()]
    assert given == [given[0]] * len(given)
    assert given[0].root == (tabled[0] if tabled else root)


def test_a_checkout_without_a_table_is_a_project(tmp_path: Path) -> None:
    (tmp_path / "one/.git").mkdir(parents=True)
    put(tmp_path / "one/pyproject.toml", "[tool.ruff]\nline-length = 99\n")
    (tmp_path / "two/.git").mkdir(parents=True)
    resolver = find(tmp_path)
    one = resolver.file(str(tmp_path / "one/tests/test_x.py"))
    assert (one.root, one.line_length) == (tmp_path / "one", 99)
    assert resolver.folder(str(tmp_path / "two/tests")).root == tmp_path / "two"
    assert resolver.folder(str(tmp_path / "three")).root == tmp_path
    names = ("one/x.py", "two/x.py", "two/y/x.py")
    files = [SourceFile.of(str(tmp_path / name), name) for name in names]
    assert [c.root for c in resolver.projects(files)] == [tmp_path / "one", tmp_path / "two"]
    assert [c.root for c in resolver.projects([])] == [tmp_path]


def test_a_table_further_out_is_nearer_than_a_checkout(tmp_path: Path) -> None:
    own(tmp_path, 'select = ["outer"]')
    (tmp_path / "submodule/.git").mkdir(parents=True)
    assert selects(tmp_path, "submodule/test_x.py") == [("outer",)]


def test_each_folder_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own(tmp_path, "")
    read: list[Path] = []
    honest = Resolver._with_table

    def counted(resolver: Resolver, folder: str) -> Config | None:
        read.append(Path(folder))
        return honest(resolver, folder)

    monkeypatch.setattr(Resolver, "_with_table", counted)
    resolver = find(tmp_path)
    for name in ("a/b/x.py", "a/b/y.py", "a/z.py", "a/c/x.py"):
        resolver.file(str(tmp_path / name))
    assert sorted(read) == [tmp_path, tmp_path / "a", tmp_path / "a/b", tmp_path / "a/c"]


def test_a_table_above_the_nearest_is_not_even_read(tmp_path: Path) -> None:
    own(tmp_path, "nonsense = 1")
    own(tmp_path / "a", 'select = ["a"]')
    assert selects(tmp_path / "a", "b/test_x.py") == [("a",)]


def test_a_table_above_all_is_not_read_where_each_path_has_a_nearer_one(tmp_path: Path) -> None:
    own(tmp_path, "nonsense = 1")
    for name in ("a", "b"):
        own(tmp_path / name, f'select = ["{name}"]')
    assert selects(tmp_path, "a/test_x.py", "b/test_x.py") == [("a",), ("b",)]


def test_a_broken_table_in_a_folder_below_is_one_error(tmp_path: Path) -> None:
    own(tmp_path, "")
    file = own(tmp_path / "a", "select = [")
    with pytest.raises(ConfigError) as caught:
        find(tmp_path).file(str(tmp_path / "a/b/test_x.py"))
    assert str(caught.value).startswith(f"{file}: is not valid TOML")


def test_a_given_file_holds_for_everything(tmp_path: Path) -> None:
    own(tmp_path / "a", 'select = ["a"]')
    file = put(tmp_path / "ci.toml", '[tool.ssot-migrate]\nselect = ["given"]\n')
    resolver = find(tmp_path, config_file=file)
    assert resolver.file(str(tmp_path / "a/test_x.py")).select == ("given",)
    assert resolver.projects([]) == [resolver.given]


# overrides


OVERRIDES = """
select = ["table"]
ignore = ["table"]
[[tool.ssot-migrate.overrides]]
path = ["tests/unit", "test_odd.py"]
select = ["first"]
line-length = 79
[[tool.ssot-migrate.overrides]]
path = "/tests/unit/deep/**"
select = ["second"]
factory = "deep.mocks:Factory"
"""


def test_overrides_replace_and_later_ones_win(tmp_path: Path) -> None:
    own(tmp_path, OVERRIDES)
    names = ("tests/test_a.py", "tests/unit/test_a.py", "x/test_odd.py", "tests/unit/deep/a.py")
    assert selects(tmp_path, *names) == [("table",), ("first",), ("first",), ("second",)]
    deep = find(tmp_path).file(str(tmp_path / "tests/unit/deep/test_a.py"))
    assert (deep.ignore, deep.line_length) == (("table",), 79)
    assert deep.factory == "deep.mocks:Factory"
    assert deep.origins["select"].place == "[[tool.ssot-migrate.overrides]] 2"
    assert deep.origins["line_length"].place == "[[tool.ssot-migrate.overrides]] 1"
    assert deep.origins["ignore"].place == "[tool.ssot-migrate]"


def test_files_with_the_same_overrides_share_their_settings(tmp_path: Path) -> None:
    own(tmp_path, OVERRIDES)
    resolver = find(tmp_path)
    names = ("a.py", "b/c.py", "tests/unit/a.py", "tests/unit/b.py", "test_odd.py")
    found = [resolver.file(str(tmp_path / name)) for name in names]
    assert len({id(config) for config in found}) == 2
    assert all(config.overrides == () for config in found)
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own


def test_the_command_line_stands_over_overrides(tmp_path: Path) -> None:
    own(tmp_path, OVERRIDES)
    resolver = find(tmp_path, Options(select=("given",)))
    config = resolver.file(str(tmp_path / "tests/unit/test_a.py"))
    assert (config.select, config.line_length) == (("given",), 79)
    assert config.origins["select"] == COMMAND_LINE


@pytest.mark.parametrize(
    ("given", "unit", "legacy"), [(None, True, False), (True, True, True), (False, False, False)]
)
def test_folders_decide_on_unsafe_fixes_unless_the_command_line_does(
    tmp_path: Path,
    given: bool | None,  # noqa: FBT001
    unit: bool,  # noqa: FBT001
    legacy: bool,  # noqa: FBT001
) -> None:
    text = """
        unsafe-fixes = true

        [[tool.ssot-migrate.overrides]]
        path = "legacy"
        unsafe-fixes = false
    """
    own(tmp_path, text)
    resolver = find(tmp_path, Options(unsafe_fixes=given))
    assert resolver.file(str(tmp_path / "unit/test_a.py")).unsafe_fixes == unit
    assert resolver.file(str(tmp_path / "legacy/test_a.py")).unsafe_fixes == legacy


# the command line


def test_patterns_of_the_command_line_are_relative_to_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own(tmp_path, 'extend-exclude = ["x"]')
    own(tmp_path / "a", "")
    monkeypatch.chdir(tmp_path)
    resolver = find(tmp_path, Options(exclude=("a/b/c.py", "d"), extend_exclude=("a/e/",)))
    outer, inner = resolver.folder(str(tmp_path)), resolver.folder(str(tmp_path / "a/b"))
    assert (outer.exclude, outer.extend_exclude) == (("/a/b/c.py", "d"), ("x", "/a/e/"))
    assert (inner.exclude, inner.extend_exclude) == (("/b/c.py", "d"), ("/e/",))


@pytest.mark.parametrize("key", ["exclude", "extend_exclude"])
def test_a_pattern_that_is_none(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Options(**{key: ("fine", "!")})
    option = f"--{key.replace('_', '-')}"
    assert str(caught.value) == f"{option}: `!` is no pattern in gitignore syntax"


# who can import


def test_a_file_can_be_imported_from_the_outermost_project(tmp_path: Path) -> None:
    (tmp_path / "repo/.git").mkdir(parents=True)
    own(tmp_path, "")
    own(tmp_path / "repo", "")
    own(tmp_path / "repo/a", "")
    (tmp_path / "repo/b").mkdir()
    start = tmp_path / "repo"
    assert find(start).importers(str(start / "a/tests/x.py")) == start
    assert find(start / "a").importers(str(start / "a/tests/x.py")) == start
    assert find(start).importers(str(start / "b/x.py")) == start
    given = find(start, config_file=start / "a/pyproject.toml")
    assert given.importers(str(start / "a/x.py")) == start / "a"


def test_a_project_that_stands_alone_holds_its_importers(tmp_path: Path) -> None:
    own(tmp_path / "a", "")
    assert find(tmp_path).importers(str(tmp_path / "a/x.py")) == tmp_path / "a"


def test_the_top_of_the_file_system_has_settings_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    top = Path(os.path.abspath(os.sep))  # noqa: PTH100
    assert find(tmp_path).folder(str(top)).root == tmp_path
