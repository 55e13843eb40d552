"""Paths as services that show results want them."""

import os
from pathlib import Path, PurePosixPath, PureWindowsPath
from urllib.parse import unquote_to_bytes, urlsplit

import pytest
from hypothesis import given

from ssot_migrate.report.repository import inside, root, uri
from tests.report.verdicts import PATHS


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with the package in a folder of its own, which is the current one."""
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    top = tmp_path / "top"
    (top / "backend/tests").mkdir(parents=True)
    monkeypatch.chdir(top / "backend")
    return top.resolve()


def test_the_root_is_that_of_the_checkout(project: Path) -> None:
    (project / ".git").mkdir()
    assert root() == project
    assert inside(root(), "tests/test_a.py") == Path("backend/tests/test_a.py")


def test_a_workflow_says_where_its_root_is(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "backend/.git").mkdir()
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project))
    assert root() == project
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.parent / "other"))
    assert root() == project / "backend"


def test_without_a_checkout_the_current_folder_is_the_root(project: Path) -> None:
    assert root() == project / "backend"


def test_a_file_elsewhere_keeps_its_absolute_path(project: Path) -> None:
    place = str(project.parent / "lib/test_b.py")
    assert inside(project, place) == Path(place)
    assert inside(project, str(project / "test_c.py")) == Path("test_c.py")


def test_links_lead_to_the_root_and_stay_links(project: Path) -> None:
    (project.parent / "link").symlink_to(project, target_is_directory=True)
    (project / "backend/tests/real.py").touch()
    (project / "backend/test_link.py").symlink_to(project / "backend/tests/real.py")
    assert inside(project, str(project.parent / "link/x.py")) == Path("x.py")
    assert inside(project, "test_link.py") == Path("backend/test_link.py")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (PurePosixPath("tests/test a.py"), "tests/test%20a.py"),
        (PurePosixPath("tests/50%/é.py"), "tests/50%25/%C3%A9.py"),
        (PurePosixPath("a:b/c.py"), "a%3Ab/c.py"),
        (PurePosixPath("x?y#z.py"), "x%3Fy%23z.py"),
        (PurePosixPath(os.fsdecode(b"caf\xe9.py")), "caf%E9.py"),
        (PurePosixPath("/srv/my tests/a.py"), "file:///srv/my%20tests/a.py"),
        (PurePosixPath("/"), "file:///"),
        (PureWindowsPath(r"tests\test a.py"), "tests/test%20a.py"),
        (PureWindowsPath(r"C:\code\test_a.py"), "file:///C:/code/test_a.py"),
        (PureWindowsPath(r"\\server\share\a.py"), "file://server/share/a.py"),
    ],
)
def test_a_uri(path: PurePosixPath, expected: str) -> None:
    assert uri(path) == expected


@given(PATHS)
def test_a_uri_leads_back(path: str) -> None:
    relative, absolute = uri(PurePosixPath(path)), uri(PurePosixPath("/", path))
    split = urlsplit(relative)
    assert (split.scheme, split.netloc, split.query, split.fragment) == ("", "", "", "")
    assert os.fsdecode(unquote_to_bytes(split.path)) == path
    assert urlsplit(absolute).scheme == "file"
    assert os.fsdecode(unquote_to_bytes(urlsplit(absolute).path)) == f"/{path}"
    assert relative.isascii()
