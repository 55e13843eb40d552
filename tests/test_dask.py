"""Real commands on a real cluster whose workers share no disk with the project."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from distributed import Client

from tests.clusters import BLIND, DOOMED, OTHER, WITHOUT, Cluster
from tests.killing import BLOCK
from tests.support import SAMPLES, Project

pytestmark = pytest.mark.xdist_group("cluster")

#: Follows names through files of the project, and takes a second factory from one.
LED = """
from unittest.mock import MagicMock

from tests.again import SSotMockFactory
from tests.own import SSotMockFactory as Own


def test_led():
    mock_ws = MagicMock()
    mock_ws.send_text("x")
    use(websocket=mock_ws)
    assert SSotMockFactory.create_websocket_mock().no_such_attribute
    assert Own.create_websocket_mock()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with everything that a task may ask the disk for, and a file that is none."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(SAMPLES, folder, dirs_exist_ok=True)
    for left_out in sorted(folder.glob("tests/test_*.py"))[3:]:
        left_out.unlink()
    factory = "from test_framework.ssot.mock_factory import SSotMockFactory\n"
    (folder / "tests/again.py").write_text(factory)
    (folder / "tests/own.py").write_text("class SSotMockFactory: ...\n")
    (folder / "tests/test_led.py").write_text(LED)
    (folder / "tests/test_broken.py").write_text("from unittest.mock import Mock\nx = Mock(\n")
    return folder


@pytest.fixture(scope="module")
def blind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Names what workers wanted to read of the project."""
    return tmp_path_factory.mktemp("logs") / "refused.txt"


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory, project: Path, blind: Path
) -> Iterator[Cluster]:
    """Two workers."""
    with Cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        for _ in range(2):
            cluster.worker(BLIND.format(folder=str(project), log=str(blind)))
        yield cluster


def command(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a command as a user does."""
    line = [sys.executable, "-m", "ssot_migrate", *arguments]
    environment = {k: v for k, v in os.environ.items() if k != "DASK_SCHEDULER_ADDRESS"}
    return subprocess.run(line, cwd=folder, capture_output=True, check=False, env=environment)


def both(
    folder: Path, cluster: Cluster, *arguments: str
) -> "tuple[subprocess.CompletedProcess[bytes], subprocess.CompletedProcess[bytes]]":
    """Run a command here and on a cluster."""
    there = ("--executor", "dask", "--scheduler", cluster.address)
    return command(folder, *arguments), command(folder, *arguments, *there)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("scan", "--no-cache", "--output-format", "json"), id="scan"),
        pytest.param(("scan", "--no-cache", "--statistics", "-v"), id="statistics"),
        pytest.param(("check", "--no-cache", "--output-format", "sarif"), id="check"),
        pytest.param(("diff", "--unsafe-fixes"), id="diff"),
    ],
)
def test_the_output_is_the_local_one(
    arguments: tuple[str, ...], project: Path, cluster: Cluster, blind: Path
) -> None:
    here, there = both(project, cluster, *arguments)
    assert (there.returncode, there.stdout, there.stderr) == (
        here.returncode,
        here.stdout,
        here.stderr,
    )
    assert b"test_led.py" in here.stdout
    assert b"test_broken.py" in here.stdout + here.stderr
    assert not blind.exists(), blind.read_text()


def test_a_worker_could_not_read_the_project(project: Path, cluster: Cluster, blind: Path) -> None:
    """What the test above says of the workers is no matter of course."""
    with Client(cluster.address, set_as_default=False) as client:
        with pytest.raises(PermissionError):
            client.run(os.listdir, str(project))
        assert not any(client.run(os.path.isdir, str(project)).values())
    assert len(blind.read_text().splitlines()) >= 3
    blind.unlink()


def test_what_apply_writes_is_what_it_writes_here(
    project: Path, cluster: Cluster, tmp_path: Path
) -> None:
    folders = [tmp_path / name / "project" for name in ("here", "there")]
    there = ("--executor", "dask", "--scheduler", cluster.address)
    done = []
    for folder, given in zip(folders, ((), there), strict=True):
        shutil.copytree(project, folder)
        done.append(command(folder, "apply", "--no-trial", "--no-journal", *given))
    assert done[0].stdout == done[1].stdout
    assert b"Changed" in done[0].stdout
    contents = [
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.py")}
        for folder in folders
    ]
    assert contents[0] == contents[1]
    assert contents[0] != {p.relative_to(project): p.read_bytes() for p in project.rglob("*.py")}


def test_a_worker_that_is_killed_costs_nothing(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    many = Project(tmp_path)
    for number in range(128):  # Two batches.
        many.write(f"tests/test_{number}.py", BLOCK.format(name=number))
    with Cluster(tmp_path_factory.mktemp("doomed")) as cluster, ThreadPoolExecutor(1) as aside:
        # Alone, so that it is given a batch whatever else the machine does; then comes another.
        doomed = cluster.worker(DOOMED)
        ended = aside.submit(lambda: (doomed.wait(60), cluster.worker())[0])
        here, there = both(tmp_path, cluster, "diff")
        assert ended.result() == -signal.SIGKILL
    assert here.stdout.count(b"+++") == 128
    assert (there.returncode, there.stdout, there.stderr) == (
        here.returncode,
        here.stdout,
        here.stderr,
    )


@pytest.mark.parametrize(
    ("preload", "said"),
    [
        pytest.param(OTHER, b"has ssot-migrate 0.0 of another time, here is ", id="another"),
        pytest.param(WITHOUT, b"has no module ssot_migrate", id="none"),
    ],
)
def test_each_worker_has_the_same_tool(
    preload: str, said: bytes, project: Path, cluster: Cluster
) -> None:
    other = cluster.worker(preload)
    try:
        done = both(project, cluster, "scan", "--no-cache")[1]
    finally:
        other.kill()
        other.wait()
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr
    assert done.stderr.count(b"\n") == 1
