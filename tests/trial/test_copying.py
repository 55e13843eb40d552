"""The copy of a project: everything as it is, without what is heavy and no part of it."""

import errno
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ssot_migrate.model import UserError
from ssot_migrate.trial import copying
from ssot_migrate.trial.copying import Copying, top

links = pytest.mark.skipif(sys.platform == "win32", reason="links need a right on Windows")


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, "utf-8")


def copied(project: Path, *left_out: Path) -> tuple[Path, list[str]]:
    target = project.parent / "copy"
    way = Copying(str(project), str(target), frozenset(map(str, left_out)))
    way.copy()
    return target, way.warnings


def tree(folder: Path) -> set[str]:
    """Name everything below a folder; links are not followed."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def test_files_are_copied_as_they_are(project: Path) -> None:
    write(project, "a.py", "ignored/_version.py", "deep/er/b.bin", "odd ä\n name")
    (project / "a.py").chmod(0o750)
    os.utime(project / "a.py", ns=(5, 1_000_000_007))
    (project / "empty").mkdir()
    copy, warnings = copied(project)
    assert tree(copy) == tree(project)
    assert (copy / "deep/er/b.bin").read_text() == "deep/er/b.bin"
    known = (copy / "a.py").stat()
    assert (known.st_mode & 0o777, known.st_mtime_ns) == (0o750, 1_000_000_007)
    assert known.st_nlink == 1
    assert not warnings


def test_what_is_heavy_and_no_part_is_left_out(project: Path) -> None:
    write(project, ".git/config", "sub/.git", "x/__pycache__/a.pyc", ".tox/py/x", "cache/journal")
    write(project, "x/a.py", "tox", ".gitignore")
    copy, warnings = copied(project, project / "cache")
    assert tree(copy) == {"x", "x/a.py", "tox", ".gitignore", "sub"}
    assert not warnings


@links
def test_installed_packages_are_linked(project: Path) -> None:
    write(
        project, ".venv/pyvenv.cfg", ".venv/bin/tool", "web/node_modules/x.js", "conda/conda-meta/x"
    )
    copy, _ = copied(project)
    for name in (".venv", "web/node_modules", "conda"):
        assert (copy / name).is_symlink()
        assert (copy / name).resolve() == project / name
    assert (copy / ".venv/bin/tool").read_text() == ".venv/bin/tool"


@links
def test_links_inside_lead_to_the_copy_and_others_where_they_did(project: Path) -> None:
    write(project, "a.py", "sub/b.py")
    write(project.parent, "outside.py")
    there = {
        "sub/up.py": "../a.py",
        "absolute.py": str(project / "sub" / "b.py"),
        "folder": "sub",
        "outside.py": "../outside.py",
        "dangling": "sub/nothing",
    }
    for name, target in there.items():
        (project / name).symlink_to(target)
    copy, warnings = copied(project)
    assert (copy / "sub/up.py").resolve() == copy / "a.py"
    assert (copy / "absolute.py").resolve() == copy / "sub/b.py"
    assert (copy / "folder/b.py").resolve() == copy / "sub/b.py"
    assert (copy / "outside.py").resolve() == project.parent / "outside.py"
    assert (copy / "dangling").readlink() == Path("sub/nothing")
    assert not warnings


@links
def test_where_links_cannot_be_made_it_is_said(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, ".venv/pyvenv.cfg", "a.py")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "not permitted")

    monkeypatch.setattr(os, "symlink", refuse)
    copy, (warning,) = copied(project)
    assert tree(copy) == {"a.py"}
    assert warning.startswith(".venv: not in the trial's copy")


def test_what_cannot_be_read_is_named_and_what_is_gone_is_not(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, "a.py", "secret", "gone")
    real = shutil.copyfile

    def refuse(source: str, target: str) -> object:
        if source.endswith("secret"):
            raise PermissionError(errno.EACCES, "Permission denied")
        if source.endswith("gone"):
            raise FileNotFoundError(errno.ENOENT, "No such file")
        return real(source, target)

    monkeypatch.setattr(shutil, "copyfile", refuse)
    copy, warnings = copied(project)
    assert tree(copy) == {"a.py"}
    assert warnings == ["secret: not in the trial's copy (Permission denied)"]


@pytest.mark.parametrize("called", [(shutil, "copyfile"), (os, "symlink")])
def test_a_full_disk_is_an_error_that_says_what_to_do(
    project: Path, monkeypatch: pytest.MonkeyPatch, called: tuple[object, str]
) -> None:
    write(project, "a.py", "web/node_modules/x.js")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(*called, full)
    with pytest.raises(UserError, match="TMPDIR"):
        copied(project)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe")
def test_a_pipe_is_not_waited_for(project: Path) -> None:
    os.mkfifo(project / "pipe")
    copy, _ = copied(project)
    assert tree(copy) == set()


def test_the_checkout_around_a_project_is_copied_but_never_a_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "repository" / "services" / "chat"
    project.mkdir(parents=True)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    (tmp_path / ".git").mkdir()
    assert top(project) == project
    (tmp_path / "repository" / ".git").write_text("gitdir: elsewhere")
    assert top(project) == tmp_path / "repository"
    assert top(tmp_path / "repository") == tmp_path / "repository"


def test_a_folder_that_cannot_be_read_is_named(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, "secret/a.py", "b.py")
    real = os.scandir

    def refuse(path: str) -> object:
        if path == str(project / "secret"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", refuse)
    copy, warnings = copied(project)
    assert tree(copy) == {"secret", "b.py"}
    assert warnings == ["secret: not in the trial's copy (Permission denied)"]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_the_folder_is_gone_at_the_end_whatever_is_in_it(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.rmtree

    def refuse(path: Path, *, ignore_errors: bool) -> None:
        # As the system refuses everybody but root.
        if all(Path(folder).stat().st_mode & 0o700 == 0o700 for folder, _, _ in os.walk(path)):
            real(path, ignore_errors=ignore_errors)

    monkeypatch.setattr(shutil, "rmtree", refuse)
    with copying.folder() as folder:
        write(folder, "a/b/c")
        (folder / "a/b").chmod(0o500)
        (folder / "a").chmod(0)
    assert [*temporary.iterdir()] == []


@links
def test_leftovers_of_killed_runs_are_removed_and_nothing_that_is_in_use(temporary: Path) -> None:
    code = f"""
import os, tempfile, time
tempfile.tempdir = {str(temporary)!r}
from ssot_migrate.trial import copying
with copying.folder() as folder:
    os.utime(folder, (1, 1))
    print(folder, flush=True)
    time.sleep(600)
"""
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    with process, process.stdout as printed:
        folder = Path(printed.readline().strip())
        with copying.folder() as other:
            assert folder.exists()
        process.kill()
        process.wait()
    assert (folder.exists(), other.exists()) == (True, False)
    os.utime(folder)
    with copying.folder():
        assert folder.exists(), "it is too young to tell"
    os.utime(folder, (1, time.time() - 120))
    with copying.folder():
        assert not folder.exists()
