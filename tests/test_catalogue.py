"""The codemods of a project: shipped, added, extended, replaced."""

import pickle
from pathlib import Path

import pytest
from msgspec.structs import replace

from ssot_migrate.discover import discover
from ssot_migrate.families import catalogue
from ssot_migrate.families.catalogue import (
    CatalogueError,
    load_codemods,
    load_families,
    overlaps,
    shipped_folder,
)
from ssot_migrate.families.mistakes import mistakes
from ssot_migrate.model import Request, Severity, UserError
from ssot_migrate.pipeline import run
from ssot_migrate.settings.config import Config
from ssot_migrate.settings.resolver import find
from ssot_migrate.settings.typed_toml import Document
from tests.support import Project, violations

QUEUE = 'id = "queue"\nsummary = "s"\nseverity = "low"\nwhy = "w"\n[evidence]\nnames = ["queue"]\n'
SHIPPED = {family.id: family for family in load_families()}


class Folder:
    """A project with folders of codemods."""

    def __init__(self, root: Path) -> None:
        self.config = Config(root, codemods=("own",))
        (root / "own").mkdir()

    def write(self, name: str, text: str, folder: str = "own") -> Path:
        path = self.config.root / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def error(self, *more: Path) -> str:
        with pytest.raises(UserError) as caught:
            load_codemods(self.config, [Document.read(path) for path in more])
        return str(caught.value).replace(f"{self.config.root}/", "")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_the_shipped_codemods_are_sorted_by_urgency() -> None:
    urgency = [list(Severity).index(family.severity) for family in SHIPPED.values()]
    assert urgency == sorted(urgency)
    assert {"agent", "database", "websocket", "generic"} <= SHIPPED.keys()
    assert all(codemod.shipped for codemod in load_codemods())


def test_the_shipped_codemods_hold_no_mistakes() -> None:
    found = {codemod.family.id: [*mistakes(codemod.family)] for codemod in load_codemods()}
    assert not any(found.values()), found


def test_a_codemod_of_ones_own(folder: Folder) -> None:
    path = folder.write("queue.toml", QUEUE)
    (own,) = [codemod for codemod in load_codemods(folder.config) if not codemod.shipped]
    assert (own.family.id, own.path, own.extended_by) == ("queue", path, ())
    families = load_families(folder.config)
    assert [f for f in families if f.id != "queue"] == list(SHIPPED.values())
    assert pickle.loads(pickle.dumps(families)) == families  # noqa: S301 (our own bytes)


def test_the_same_id_replaces_a_shipped_codemod(folder: Folder) -> None:
    folder.write("websocket.toml", QUEUE.replace('"queue"', '"websocket"'))
    codemods = {c.family.id: c for c in load_codemods(folder.config)}
    assert codemods.keys() == SHIPPED.keys()
    assert codemods["websocket"].family.evidence.names == ("websocket",)
    assert not codemods["websocket"].shipped


EXTENSION = """\
extends = "websocket"
severity = "low"
[evidence]
names = ["ws", "wire"]
attributes-alone = 5
[[example]]
name = "a wire is one"
reported = "wire = Mock()"
"""


def test_an_extension_adds_to_lists_and_replaces_the_rest(folder: Folder) -> None:
    path = folder.write("anything.toml", EXTENSION)
    (extended,) = [c for c in load_codemods(folder.config) if c.extended_by]
    old, new = SHIPPED["websocket"], extended.family
    assert (new.severity, new.summary) == (Severity.LOW, old.summary)
    assert new.evidence.names == (*old.evidence.names, "wire")
    assert new.evidence.attributes_alone == 5
    assert new.evidence.attributes == old.evidence.attributes
    assert new.example[:-1] == old.example
    assert extended.examples[-1] == (path, new.example[-1])
    assert {place for place, _ in extended.examples[:-1]} == {extended.path}
    assert (extended.shipped, extended.extended_by) == (True, (path,))


def test_extensions_follow_the_folders_and_their_names(folder: Folder) -> None:
    folder.write("b.toml", 'extends = "queue"\n[evidence]\nnames = ["bus"]\n', "first")
    folder.write("z.toml", 'extends = "queue"\nsummary = "z"\n[evidence]\nnames = ["z"]\n')
    folder.write("a.toml", 'extends = "queue"\nsummary = "a"\n[evidence]\nnames = ["alarm"]\n')
    folder.write("queue.toml", QUEUE)
    config = replace(folder.config, codemods=("first", "own", "own"))
    queue = next(family for family in load_families(config) if family.id == "queue")
    assert queue.evidence.names == ("queue", "bus", "alarm", "z")
    assert queue.summary == "z"


def test_a_single_file_beside_the_folders(folder: Folder) -> None:
    inside = folder.write("queue.toml", QUEUE)
    outside = folder.write("task.toml", QUEUE.replace("queue", "task"), "else")
    ids = {
        codemod.family.id
        for codemod in load_codemods(folder.config, map(Document.read, [inside, outside]))
    }
    assert ids == {*SHIPPED, "queue", "task"}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "other.toml",
            QUEUE,
            "own/other.toml:1: `id`: is 'queue'; it must be the file's stem, 'other'",
        ),
        (
            "x.toml",
            '# ours\nextends = "websockt"',
            "own/x.toml:2: `extends`: there is no codemod `websockt`; did you mean `websocket`?",
        ),
        (
            "x.toml",
            'extends = "x"\nid = "x"',
            "own/x.toml:1: `extends`: there is no codemod `x`; there are agent, ",
        ),
        (
            "x.toml",
            'extends = "websocket"\nid = "x"',
            "own/x.toml:2: `id`: must be `websocket`, which this file extends, or be left out",
        ),
        (
            "x.toml",
            'extends = "websocket"\n[evidence]\nnmaes = []',
            "own/x.toml:3: `evidence.nmaes`: unknown key; did you mean `names`?",
        ),
        (
            "x.toml",
            'extends = "websocket"\n[evidence]\nnames = ["ws_manager"]',
            "own/x.toml:3: `evidence.names`: `ws_manager` holds `manager`, which is in `not-names`",
        ),
        (
            "x.toml",
            'extends = "websocket"\n[[example]]\nname = "a"\nunchanged = ""\n[[example]]\nname = "b"\n',
            "own/x.toml:5: `example[1]`: an example has `before` and `after`, or",
        ),
        ("queue.toml", QUEUE + "[[example]]", "own/queue.toml:7: `example[0].name`: is missing"),
        ("x.toml", "][", "own/x.toml: is not valid TOML: "),
    ],
)
def test_a_codemod_that_cannot_be_used(folder: Folder, name: str, text: str, message: str) -> None:
    folder.write(name, text)
    assert folder.error().startswith(message)


def test_two_files_with_the_same_id(folder: Folder) -> None:
    folder.write("queue.toml", QUEUE)
    other = folder.write("queue.toml", QUEUE, "else")
    assert folder.error(other) == (
        "else/queue.toml:1: `id`: own/queue.toml defines 'queue' too; rename one,"
        ' or say extends = "queue" in its place'
    )


def test_a_folder_that_cannot_be_used(folder: Folder) -> None:
    advice = "correct `codemods` under [tool.ssot-migrate]"
    assert folder.error() == f"own: holds no codemod (*.toml); {advice}"
    (folder.config.root / "own").rmdir()
    assert folder.error() == f"own: does not exist; {advice}"
    (folder.config.root / "own").touch()
    assert folder.error() == f"own: is no folder; {advice}"


def test_the_shipped_codemods_lie_in_the_package_or_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "ssot_migrate"
    package.mkdir()
    monkeypatch.setattr(catalogue, "_PACKAGE", package)
    with pytest.raises(CatalogueError, match="install ssot-migrate again"):
        shipped_folder()
    (tmp_path / "codemods").mkdir()
    with pytest.raises(CatalogueError, match="shipped codemods are missing"):
        shipped_folder()
    (tmp_path / "pyproject.toml").write_text("")
    assert shipped_folder() == tmp_path / "codemods"
    (package / "codemods").mkdir()
    assert shipped_folder() == package / "codemods"


# overlaps


def told(folder: Folder, *ignored: str) -> list[str]:
    codemods = load_codemods(folder.config)
    return [*overlaps(codemods, frozenset(c.family.id for c in codemods) - {*ignored})]


def test_an_overlap_with_a_codemod_of_the_projects_own(folder: Folder) -> None:
    folder.write(
        "queue.toml",
        QUEUE.replace(
            '["queue"]', '["queue", "ws"]\nkeywords = ["websocket"]\nattributes = ["accept"]'
        ),
    )
    (warning,) = told(folder)
    assert warning == (
        "the codemods websocket and queue both claim the name `ws`, the keyword `websocket`;"
        " take it out of one of them"
    )
    assert told(folder, "queue") == told(folder, "websocket") == []


def test_an_overlap_by_an_extension(folder: Folder) -> None:
    folder.write("x.toml", 'extends = "websocket"\nfactory-method = "create_agent_mock"\n')
    (warning,) = told(folder)
    assert warning == (
        "the codemods agent and websocket both claim the factory method `create_agent_mock`;"
        " take it out of one of them"
    )


def test_the_shipped_codemods_do_not_overlap() -> None:
    own = [replace(codemod, shipped=False) for codemod in load_codemods()]
    assert [*overlaps(own, frozenset(SHIPPED))] == []


def test_codemods_of_different_mocks_do_not_overlap(folder: Folder) -> None:
    folder.write("queue.toml", QUEUE)
    assert told(folder) == []


# in a run


def test_a_run_uses_the_projects_codemods_and_tells_once_of_an_overlap(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("pyproject.toml", '[tool.ssot-migrate]\ncodemods = ["own"]\n')
    project.write("own/queue.toml", QUEUE.replace('["queue"]', '["queue", "ws"]'))
    for number in range(2):
        project.write(
            f"tests/test_{number}.py",
            """
            from unittest.mock import Mock


            def test_it():
                queue = Mock()
            """,
        )
    report = project.run(fix=False)
    assert [v.rule for v in violations(report)] == ["queue", "queue"]
    assert report.severities["queue"] is Severity.LOW
    assert report.warnings == (
        "the codemods websocket and queue both claim the name `ws`; take it out of one of them",
    )


def test_each_project_of_a_run_has_its_own_codemods(tmp_path: Path) -> None:
    project = Project(tmp_path)
    test = "from unittest.mock import Mock\n\n\ndef test_it():\n    queue = Mock()\n"
    for name, codemods in (("a", '["own"]'), ("b", "[]")):
        project.write(f"{name}/pyproject.toml", f"[tool.ssot-migrate]\ncodemods = {codemods}\n")
        project.write(f"{name}/tests/test_it.py", test)
    project.write("a/own/queue.toml", QUEUE)
    resolver = find(tmp_path)
    report = run(discover([tmp_path], resolver)[0], resolver, Request())
    assert [v.rule for v in violations(report)] == ["queue", "generic"]
    assert list(report.severities)[-2:] == ["generic", "queue"]
