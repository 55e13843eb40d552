"""Changes on disk."""

import errno
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_migrate.disk import write as write_module
from ssot_migrate.disk.write import create_all, save, write
from ssot_migrate.model import Change, Failure, Stage, UserError

BEFORE = b"mock = MagicMock()\n"
AFTER = b"mock = create()\n"


def names_in(folder: Path | str) -> list[str]:
    return sorted(entry.name for entry in Path(folder).iterdir())


def change(file: Path, before: bytes = BEFORE, after: bytes = AFTER) -> Change:
    return Change.of(str(file), file.name, before, after, ())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "test_a.py"
    path.write_bytes(BEFORE)
    return path


def refused(change: Change) -> Failure:
    """Write, and return why that did not happen; nothing is left behind."""
    folder = Path(change.location).parent
    names = names_in(folder)
    failure = write(change)
    assert failure is not None
    assert failure.stage is Stage.WRITE
    assert failure.path == change.path
    assert names_in(folder) == names
    return failure


def test_a_change_is_written(file: Path) -> None:
    assert write(change(file)) is None
    assert file.read_bytes() == AFTER
    assert names_in(file.parent) == [file.name]


@settings(deadline=None)
@given(st.binary(), st.sampled_from([0o600, 0o644, 0o755, 0o664]))
def test_bytes_and_mode_are_kept(after: bytes, mode: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.py")
        path.write_bytes(BEFORE)
        path.chmod(mode)
        assert write(change(path, after=after)) is None
        assert path.read_bytes() == after
        assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_link_stays_and_its_target_changes(file: Path, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    link = tmp_path / "sub/link.py"
    link.symlink_to("../test_a.py")
    assert write(change(link)) is None
    assert link.is_symlink()
    assert file.read_bytes() == AFTER
    assert names_in(tmp_path / "sub") == ["link.py"]


def test_a_long_name(tmp_path: Path) -> None:
    path = tmp_path / ("é" * 126 + ".py")
    path.write_bytes(BEFORE)
    assert write(change(path)) is None
    assert path.read_bytes() == AFTER


def test_what_changed_since_is_left_alone(file: Path) -> None:
    file.write_bytes(b"newer\n")
    assert "changed on disk since it was read" in refused(change(file)).message
    assert file.read_bytes() == b"newer\n"


def test_what_was_removed_stays_removed(file: Path) -> None:
    file.unlink()
    assert "was removed since it was read" in refused(change(file)).message


def test_what_is_removed_meanwhile_stays_removed(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_module, "_copy_ownership", lambda *_: file.unlink())
    failure = write(change(file))
    assert failure is not None
    assert "was removed since it was read" in failure.message
    assert names_in(file.parent) == []


def test_no_permission_to_write_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "no permission to write this file" in refused(change(file)).message
    assert file.read_bytes() == BEFORE


AS_NOBODY = """
import os, sys
from ssot_migrate.model import Change
from ssot_migrate.disk.write import create_all, write
os.setgid(65534); os.setuid(65534)
print(write(Change.of(sys.argv[1], "a.py", b"old", b"new", ())))
"""


def as_nobody(path: Path) -> str:
    command = [sys.executable, "-c", AS_NOBODY, str(path)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become somebody else"
)
@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "expected"),
    [
        pytest.param(0o777, 0o644, "no permission to write this file", id="file"),
        pytest.param(0o755, 0o666, "cannot be written (Permission denied)", id="folder"),
        pytest.param(0o777, 0o666, "None", id="neither: the owner changes"),
    ],
)
def test_without_permissions(folder_mode: int, file_mode: int, expected: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "a.py")
        path.write_bytes(b"old")
        path.chmod(file_mode)
        Path(name).chmod(folder_mode)
        assert expected in as_nobody(path)
        assert path.read_bytes() == (b"new" if expected == "None" else b"old")
        assert stat.S_IMODE(path.stat().st_mode) == file_mode
        assert names_in(name) == ["a.py"]


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away"
)
def test_the_owner_is_kept(file: Path) -> None:
    os.chown(file, 65534, 65534)
    file.chmod(0o4640)
    assert write(change(file)) is None
    status = file.stat()
    assert (status.st_uid, status.st_gid) == (65534, 65534)
    assert stat.S_IMODE(status.st_mode) == 0o4640


def test_a_full_disk(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left on device" in refused(change(file)).message
    assert file.read_bytes() == BEFORE


def test_an_interrupt_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(change(file))
    assert file.read_bytes() == BEFORE
    assert names_in(file.parent) == [file.name]


def test_a_folder_that_cannot_be_synced(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def refuse(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(22, "Invalid argument")
        sync(handle)

    monkeypatch.setattr(os, "fsync", refuse)
    assert write(change(file)) is None
    assert file.read_bytes() == AFTER


def test_a_system_without_folder_handles(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "O_DIRECTORY")
    assert write(change(file)) is None
    assert file.read_bytes() == AFTER


ENDLESS = """
import sys
from ssot_migrate.model import Change
from ssot_migrate.disk.write import create_all, write
location, size = sys.argv[1], int(sys.argv[2])
contents = b"a" * size, b"b" * size
print("ready", flush=True)
while True:
    for before, after in (contents, contents[::-1]):
        write(Change.of(location, "a.py", before, after, ()))
"""


@pytest.mark.parametrize("delay", [0.0, 0.003, 0.007, 0.011, 0.019, 0.03])
def test_a_killed_process_leaves_the_old_file_or_the_new(tmp_path: Path, delay: float) -> None:
    size = 2_000_000
    path = tmp_path / "a.py"
    path.write_bytes(b"a" * size)
    command = [sys.executable, "-c", ENDLESS, str(path), str(size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
    assert path.read_bytes() in {b"a" * size, b"b" * size}
    assert [name for name in names_in(tmp_path) if name.endswith(".py")] == ["a.py"]


# new files


def test_new_files_are_written_with_their_folders(tmp_path: Path) -> None:
    texts = {tmp_path / "a/b/c.py": "é = 1\n", tmp_path / "a/d.py": ""}
    create_all(texts)
    assert {path: path.read_bytes().decode() for path in texts} == texts


@pytest.mark.parametrize("last", ["there.py", "there.py/x.py", "gone/" + 300 * "x"])
def test_of_new_files_all_are_written_or_none(tmp_path: Path, last: str) -> None:
    (tmp_path / "there.py").write_text("mine\n")
    (tmp_path / "empty").mkdir()
    texts = dict.fromkeys([tmp_path / "a/b/c.py", tmp_path / "empty/d.py", tmp_path / last], "x")
    with pytest.raises(UserError) as caught:
        create_all(texts)
    reason = "exists already; it was left as it is" if last == "there.py" else "cannot be written ("
    assert str(caught.value).startswith(f"{tmp_path / last}: {reason}")
    assert names_in(tmp_path) == ["empty", "there.py"]
    assert names_in(tmp_path / "empty") == []
    assert (tmp_path / "there.py").read_text() == "mine\n"


def test_a_new_file_that_cannot_be_finished_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match=r"a/b.py: cannot be written \(No space left on device\)"):
        create_all({tmp_path / "a/b.py": "x"})
    assert names_in(tmp_path) == []


def test_a_file_of_our_own_is_begun_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "ci/own.txt"
    save(path, None, "ü\n".encode())
    assert path.read_bytes() == "ü\n".encode()
    before = path.stat()
    save(path, "ü\n".encode(), "ü\n".encode())
    assert path.stat().st_ino == before.st_ino
    save(path, "ü\n".encode(), b"x\r\n")
    assert path.read_bytes() == b"x\r\n"
    with pytest.raises(UserError, match=r"own\.txt: changed on disk since it was read"):
        save(path, b"what was there", b"y")
    with pytest.raises(UserError, match=r"own\.txt: exists already"):
        save(path, None, b"y")
    assert path.read_bytes() == b"x\r\n"
