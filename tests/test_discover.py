"""The files of a run."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssot_migrate import discover as discover_module
from ssot_migrate.discover import discover, holds_others
from ssot_migrate.model import Failure, SourceFile, Stage
from ssot_migrate.settings.config import DEFAULT_EXCLUDE, Config
from ssot_migrate.settings.resolver import Options, Resolver, find

pytestmark = pytest.mark.usefixtures("tree")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(*paths: str, content: str = "") -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(content, "utf-8")


def found(*paths: str, force_exclude: bool = False, **options: object) -> list[str]:
    """Return the paths found, where nothing went wrong."""
    files, failures = look(*paths, force_exclude=force_exclude, **options)
    assert failures == []
    return files


def look(
    *paths: str, force_exclude: bool = False, **options: object
) -> tuple[list[str], list[Failure]]:
    config = Config(Path.cwd(), **options)  # type: ignore[arg-type]
    places = [Path(path) for path in paths or (".",)]
    files, failures = discover(places, Resolver(config), force_exclude=force_exclude)
    assert all(Path(file.location).is_absolute() for file in files)
    return [file.path for file in files], failures


def test_python_files_below_a_folder_in_order() -> None:
    put("b/test_b.py", "a/test_a.py", "a/note.txt", "a/stub.pyi", "test_c.py")
    assert found() == ["a/test_a.py", "b/test_b.py", "test_c.py"]


def test_paths_outside_the_current_folder_are_absolute(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("here/a.py", "there/b.py")
    monkeypatch.chdir("here")
    assert found(".", "../there") == [(tree / "there/b.py").as_posix(), "a.py"]


def test_default_exclusions_hold_without_git() -> None:
    put(".venv/a.py", "x/node_modules/a.py", "x/build/a.py", "x/__pycache__/a.py", "x/a.py")
    put(".tox/a.py", "lib/site-packages/a.py", "own.egg-info/a.py", ".ssot_migrate_cache/a.py")
    assert found() == ["x/a.py"]


def test_an_editors_lock_is_no_file() -> None:
    put("a.py")
    Path(".#a.py").symlink_to("me@host.1234")
    assert found() == ["a.py"]


def test_files_given_by_name_are_taken() -> None:
    checkout()
    put("build/a.py", "script", "ignored.py")
    put(".gitignore", content="ignored.py\n")
    assert found("build/a.py", "script", "ignored.py") == ["build/a.py", "ignored.py", "script"]


def test_a_folder_given_by_name_is_walked() -> None:
    put("build/deep/a.py", "build/build/b.py")
    assert found("build") == ["build/deep/a.py"]


def test_force_exclude_holds_for_what_is_given() -> None:
    checkout()
    put("build/a.py", "build/sub/b.py", "ignored/c.py", "ok/d.py")
    put("ok/.gitignore", content="no.py\n")
    put("ok/no.py")
    put(".gitignore", content="ignored/\n")
    given_paths = ["build/a.py", "build/sub", "ignored/c.py", "ok/d.py", "ok/no.py"]
    assert found(*given_paths, force_exclude=True) == ["ok/d.py"]
    assert found(".", force_exclude=True) == ["ok/d.py"]


def test_force_exclude_outside_the_root(tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "keep.py").touch()
    (outside / "drop.py").touch()
    given_paths = [str(outside / "keep.py"), str(outside / "drop.py")]
    assert found(*given_paths, force_exclude=True, exclude=("drop.py",)) == [
        (outside / "keep.py").as_posix()
    ]


def test_extend_exclude_and_anchored_patterns() -> None:
    put("tests/legacy/a.py", "tests/new/a.py", "legacy/a.py", "build/a.py", "tests/new/gen_a.py")
    assert found(extend_exclude=("tests/legacy", "gen_*.py")) == ["legacy/a.py", "tests/new/a.py"]
    assert found("tests", extend_exclude=("/tests/legacy/",)) == [
        "tests/new/a.py",
        "tests/new/gen_a.py",
    ]
    assert "build/a.py" in found(exclude=())


@pytest.mark.parametrize("pattern", ["tests", "tests/", "**/tests/**", "test_*.py"])
def test_include_narrows(pattern: str) -> None:
    put("src/a.py", "x/tests/test_a.py", "x/tests/data.txt")
    assert found(include=(pattern,)) == ["x/tests/test_a.py"]


def test_include_of_a_path() -> None:
    put("src/a.py", "x/tests/deep/test_a.py", "tests/test_a.py")
    assert found(include=("x/tests",)) == ["x/tests/deep/test_a.py"]


def test_duplicates_are_removed() -> None:
    put("tests/a.py")
    assert found("tests", "tests/a.py", ".", "tests/../tests") == ["tests/a.py"]


def test_a_link_counts_with_its_target() -> None:
    put("z.py", "elsewhere.txt")
    Path("a.py").symlink_to("z.py")
    Path("b.py").symlink_to("elsewhere.txt")
    Path("c.py").symlink_to("elsewhere.txt")
    assert found() == ["b.py", "z.py"]
    assert found("c.py", "a.py") == ["a.py", "c.py"]


def test_loops_of_links_end() -> None:
    put("tests/a.py")
    Path("tests/loop").symlink_to("..", target_is_directory=True)
    assert found() == ["tests/a.py"]
    assert found("tests/loop/tests") == ["tests/loop/tests/a.py"]


def test_a_folder_named_like_a_file() -> None:
    put("odd.py/a.py")
    Path("link.py").symlink_to("odd.py", target_is_directory=True)
    assert found() == ["odd.py/a.py"]


@pytest.mark.parametrize("target", ["gone.py", "dangling.py"])
def test_a_dangling_link_fails(target: str) -> None:
    Path("dangling.py").symlink_to(target)
    files, (failure,) = look()
    assert files == []
    assert failure.path == "dangling.py"
    assert "leads nowhere" in failure.message


@pytest.mark.parametrize("path", ["gone", "gone/a.py", "file.py/a.py"])
def test_a_missing_path_fails(path: str) -> None:
    put("file.py")
    files, (failure,) = look(path, "file.py")
    assert files == ["file.py"]
    assert (failure.path, failure.stage) == (path, Stage.DISCOVER)
    assert "does not exist; check the spelling" in failure.message


def test_a_pipe_fails() -> None:
    os.mkfifo("pipe.py")
    put("x/a.py")
    assert found() == ["x/a.py"]
    _, (failure,) = look("pipe.py")
    assert "neither a file nor a folder" in failure.message


def test_an_unreadable_folder_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    put("shut/a.py", "open/b.py")
    scandir = os.scandir

    def refuse(folder: str) -> Iterator[os.DirEntry[str]]:
        if folder.endswith("shut"):
            raise PermissionError(13, "Permission denied", folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    files, (failure,) = look()
    assert files == ["open/b.py"]
    assert failure.path == "shut"
    assert "Permission denied" in failure.message


def test_an_entry_that_cannot_be_asked_fails_alone(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Shut:
        name, path = "shut.py", str(tree / "shut.py")

        def is_dir(self, *, follow_symlinks: bool) -> bool:
            assert not follow_symlinks
            raise PermissionError(13, "Permission denied")

        def is_symlink(self) -> bool:
            return False

    walk = discover_module._Walk
    monkeypatch.setattr(walk, "_entries", lambda *_: [Shut()])
    _, (failure,) = look()
    assert (failure.path, "Permission denied" in failure.message) == ("shut.py", True)


def checkout(folder: str = ".") -> None:
    """Make a folder a git checkout."""
    subprocess.run(["git", "init", "-q", folder], check=True)


def test_without_git_nothing_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    checkout()
    put("a.py", "b.py")
    put(".gitignore", content="b.py\n")
    assert found() == ["a.py"]
    monkeypatch.setenv("PATH", "")
    assert found() == ["a.py", "b.py"]


def test_what_git_tracks_is_not_ignored() -> None:
    checkout()
    put("a.py", "b.py")
    put(".gitignore", content="*.py\n")
    subprocess.run(["git", "add", "-f", "a.py"], check=True)
    assert found() == ["a.py"]


def test_gitignore_at_every_level() -> None:
    checkout()
    put("top.py", "sub/top.py", "sub/deep/a.py", "sub/deep/keep.py", "other/a.py")
    put(".gitignore", content="top.py\nkeep.py\n")
    put("sub/.gitignore", content="\ufeff/deep/a.py\n!keep.py\n")
    assert found() == ["other/a.py", "sub/deep/keep.py"]
    assert "top.py" in found(respect_gitignore=False)


def test_gitignores_above_the_start_and_gits_own_list() -> None:
    checkout()
    put("sub/deep/a.py", "sub/deep/b.py", "sub/deep/c.py", "sub/deep/d.py")
    put(".git/info/exclude", content="a.py\n")
    put(".gitignore", content="b.py\n")
    put("sub/.gitignore", content="/deep/c.py\n")
    assert found("sub/deep") == ["sub/deep/d.py"]


def test_gitignores_above_the_checkout_do_not_count() -> None:
    put("repo/a.py")
    checkout("repo")
    put(".gitignore", content="*.py\n")
    assert found("repo") == ["repo/a.py"]


def test_a_name_that_is_no_text() -> None:
    put(os.fsdecode(b"caf\xe9.py"))
    assert found() == [os.fsdecode(b"caf\xe9.py")]


# The examples make folders of their own.
OWN_FOLDER = [HealthCheck.function_scoped_fixture]

NAMES = ("a", "b", "ab", "x.py", "y.py", "test_a.py")
PATHS = st.lists(st.sampled_from(NAMES[:3]), max_size=3).flatmap(
    lambda folders: st.sampled_from(NAMES[3:]).map(lambda name: "/".join([*folders, name]))
)
PATTERNS = st.lists(
    st.tuples(
        st.sampled_from(["", "!", "/", "!/", "**/"]),
        st.lists(
            st.sampled_from(["*", "**", "?", "a", "b", "x.py", "*.py", "[ab]", "[!x].py", "a*"]),
            min_size=1,
            max_size=3,
        ).map("/".join),
        st.sampled_from(["", "/", "/**", " "]),
    ).map("".join),
    max_size=5,
)


@settings(deadline=None, max_examples=150, suppress_health_check=OWN_FOLDER)
@given(
    st.sets(PATHS, min_size=1, max_size=12),
    st.dictionaries(st.sampled_from(["", "a/", "a/b/"]), PATTERNS),
)
def test_the_same_files_as_git(paths: set[str], ignores: dict[str, list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        subprocess.run(["git", "init", "-q", folder], check=True)
        for path in paths:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).touch()
        for where, lines in ignores.items():
            (root / where).mkdir(parents=True, exist_ok=True)
            (root / where / ".gitignore").write_text("\n".join(lines), "utf-8")
        command = ["git", "-C", folder, "ls-files", "-z", "--others", "--exclude-standard", "*.py"]
        listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        files, failures = discover([root], Resolver(Config(root, exclude=DEFAULT_EXCLUDE)))
    assert failures == []
    ours = {Path(file.location).relative_to(root).as_posix() for file in files}
    assert ours == set(filter(None, listed.split("\0")))


@settings(deadline=None, max_examples=30, suppress_health_check=OWN_FOLDER)
@given(st.permutations(["a", "b", "b/x.py", "link.py", "a/x.py", "."]))
def test_the_order_of_paths_does_not_matter(order: list[str]) -> None:
    folder = Path(tempfile.mkdtemp()).resolve()
    try:
        for name in ("a/x.py", "a/y.py", "b/x.py", "c.py"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).touch()
        (folder / "link.py").symlink_to("a/x.py")
        files, _ = discover([folder / path for path in order], Resolver(Config(folder)))
        names = [Path(file.location).relative_to(folder).as_posix() for file in files]
    finally:
        shutil.rmtree(folder)
    assert names == ["a/x.py", "a/y.py", "b/x.py", "c.py"]


# several projects


def table(folder: str, text: str = "") -> None:
    put(f"{folder}/pyproject.toml", content=f"[tool.ssot-migrate]\n{text}\n")


def nearest(*paths: str, start: str = ".", force_exclude: bool = False) -> list[str]:
    """Return the locations found below ``start``, each project by its own settings."""
    places = [Path(path) for path in paths]
    resolver = find(Path(start), Options())
    files, failures = discover(places or [Path(start)], resolver, force_exclude=force_exclude)
    assert failures == []
    return [Path(file.location).relative_to(Path.cwd()).as_posix() for file in files]


def test_each_project_has_its_own_patterns() -> None:
    table(".", 'exclude = ["drafts", "/a/outer"]')
    table("a", 'exclude = ["/old"]\ninclude = ["test_*.py"]')
    put("drafts/test_x.py", "old/test_x.py", "old/x.py")
    put("a/drafts/test_x.py", "a/old/test_x.py", "a/x.py", "a/outer/test_x.py", "a/b/old/test_x.py")
    assert nearest() == [
        "a/b/old/test_x.py",
        "a/drafts/test_x.py",
        "a/outer/test_x.py",
        "old/test_x.py",
        "old/x.py",
    ]
    assert nearest(start="a") == [path for path in nearest() if path.startswith("a/")]


def test_a_project_can_be_left_out_by_that_around_it() -> None:
    table(".", 'extend-exclude = ["a"]')
    table("a", "nonsense = 1")
    put("a/x.py", "b/x.py")
    assert nearest() == ["b/x.py"]


def test_a_forced_exclusion_is_that_of_all_projects_around() -> None:
    table(".", 'extend-exclude = ["a/left"]')
    table("a/left", "")
    table("a/right", 'extend-exclude = ["/x.py"]')
    put("a/left/x.py", "a/right/x.py", "a/right/y.py", "x.py")
    files = ("a/left/x.py", "a/right/x.py", "a/right/y.py", "x.py")
    assert nearest(*files, force_exclude=True) == ["a/right/y.py", "x.py"]
    assert nearest("a/left", "a/right", force_exclude=True) == ["a/right/y.py"]
    assert nearest(*files) == [*files]


def test_the_caches_folder_is_left_out() -> None:
    table(".", 'exclude = []\ncache-dir = "var/mocks"')
    table("a", "exclude = []")
    put("var/mocks/x.py", "var/x.py", "b/var/mocks/x.py", "a/.ssot_migrate_cache/x.py", "a/x.py")
    assert nearest() == ["a/x.py", "b/var/mocks/x.py", "var/x.py"]


def test_each_project_says_whether_git_is_asked() -> None:
    checkout()
    put(".gitignore", content="ignored.py\n")
    table(".", "respect-gitignore = false")
    table("a")
    table("b", "respect-gitignore = false")
    table("a/c", "respect-gitignore = false")
    put("ignored.py", "a/ignored.py", "a/d/ignored.py", "b/ignored.py", "a/c/ignored.py")
    assert nearest() == ["a/c/ignored.py", "b/ignored.py", "ignored.py"]
    assert nearest(start="a") == ["a/c/ignored.py"]
    given = ("ignored.py", "a/ignored.py")
    assert nearest(*given, force_exclude=True) == ["ignored.py"]


def test_each_checkout_says_what_it_ignores() -> None:
    for name in ("one", "two"):
        put(f"{name}/.gitignore", content=f"{name}.py\n")
        put(f"{name}/one.py", f"{name}/two.py", f"{name}/sub/one.py")
        subprocess.run(["git", "init", "-q", name], check=True)
    assert nearest() == ["one/two.py", "two/one.py", "two/sub/one.py"]


def test_a_place_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("")
    for place in ("240", "240:15"):
        _, [failure] = discover([tmp_path / f"test_a.py:{place}"], Resolver(Config(tmp_path)))
        assert failure.message == f"a file has no place here; leave out `:{place}`"


def test_what_a_hook_sets_for_git_leads_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("own", "other"):
        subprocess.run(["git", "init", "-q", str(tmp_path / name)], check=True)
    for name in ("test_a.py", "test_b.py"):
        (tmp_path / "own/below").mkdir(exist_ok=True)
        (tmp_path / "own/below" / name).write_text("")
    (tmp_path / "own/.gitignore").write_text("test_b.py")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other/.git"))
    files, _ = discover([tmp_path / "own/below"], Resolver(Config(tmp_path / "own")))
    assert [Path(file.location).name for file in files] == ["test_a.py"]


def beside(*paths: str, start: str = ".") -> bool:
    """Tell whether there are files below ``start`` beside some, by a walk of its own."""
    files = [SourceFile.of(os.path.abspath(path), path) for path in paths]  # noqa: PTH100
    return holds_others(Path(start).absolute(), files, files[0], Resolver(Config(Path.cwd())))


def test_a_folder_holds_others_where_one_file_is_not_given() -> None:
    put("a/test_a.py", "a/b/test_b.py", "c/test_c.py", "c/note.txt", "build/test_d.py")
    assert not beside("a/test_a.py", "a/b/test_b.py", "c/test_c.py")
    assert not beside("c/test_c.py", start="c")
    assert beside("c/test_c.py")
    assert beside("a/test_a.py", start="a")


def test_a_link_to_a_given_file_is_no_other() -> None:
    put("a/test_a.py", "z/test_z.py")
    Path("a/link.py").symlink_to(Path("z/test_z.py").absolute())
    Path("link.py").symlink_to(Path("z/test_z.py").absolute())
    assert not beside("a/test_a.py", "z/test_z.py")
    assert beside("a/test_a.py", start="a")


def test_what_was_walked_is_not_walked_again() -> None:
    put("a/test_a.py", "a/test_b.py", "c/test_c.py")
    resolver = Resolver(Config(Path.cwd()))
    files, _ = discover([Path()], resolver)
    put("a/test_new.py")
    assert not holds_others(Path("a").absolute(), files[:2], files[0], resolver)
    assert holds_others(Path("a").absolute(), files[:1], files[0], resolver)


def test_the_first_other_file_ends_the_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    put("a_given.py", "b_other.py", *(f"folder_{number}/test_a.py" for number in range(5)))
    walked: list[object] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: walked.append(path) or scandir(path))
    assert beside("a_given.py")
    assert walked == [str(Path.cwd())]


@settings(deadline=None, max_examples=30, suppress_health_check=OWN_FOLDER)
@given(
    st.sets(
        st.sampled_from(
            ["a.py", "a-b.py", "a/x.py", "a/b/x.py", "a/b.py", "a-b/x.py", "a.b/x.py", "a0.py"]
        )
    )
)
def test_files_come_in_the_order_of_their_paths(paths: set[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        for path in paths:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).touch()
        (root / "link.py").symlink_to(root / "a.py" if "a.py" in paths else root / "away.py")
        files, _ = discover([root], Resolver(Config(root)))
    assert [Path(file.location).relative_to(root).as_posix() for file in files] == sorted(paths)
