"""The stages in order: cross-file reach, processes, failures, and what a run reports."""

import pickle
from pathlib import Path
from textwrap import dedent

import pytest
from msgspec.structs import replace

from ssot_migrate.contracts import shipped
from ssot_migrate.discover import discover
from ssot_migrate.families.catalogue import load_families
from ssot_migrate.known import Export, Users
from ssot_migrate.model import (
    Applicability,
    Report,
    Request,
    Severity,
    SourceFile,
    Stage,
    Violation,
)
from ssot_migrate.pipeline import FactoryError, find_factory, known_rules, run
from ssot_migrate.rewriting.rewrite import RewriteError
from ssot_migrate.rewriting.verify import VerifyError
from ssot_migrate.rules import load_own
from ssot_migrate.settings.resolver import find
from ssot_migrate.worker import asked, process
from ssot_migrate.worker import prepared as prepared_module
from ssot_migrate.worker.change import Rewrite
from ssot_migrate.worker.prepared import prepared
from ssot_migrate.worker.process import lost
from ssot_migrate.worker.settings import Settings
from tests.support import FACTORY, Project, violations

MOCK = "from unittest.mock import AsyncMock, MagicMock\n"
TEST = (
    MOCK
    + "\n\ndef test_it():\n    ws = MagicMock()\n    ws.user_id = 'u'\n    assert ws.user_id == 'u'\n"
)
FIXTURE = MOCK + dedent("""
    import pytest


    @pytest.fixture
    def mock_ws():
        ws = MagicMock()
        ws.headers = {}
        return ws
    """)
HELPER = MOCK + dedent("""

    def make_ws():
        ws = MagicMock()
        return ws
    """)


def single(report: Report, rule: str = "websocket") -> Violation:
    (violation,) = violations(report, rule)
    return violation


def messages(violation: Violation) -> list[str]:
    return [difference.message for difference in violation.differences]


# what other files do


@pytest.mark.parametrize(
    ("touch", "safe"),
    [
        ("assert mock_ws.headers == {}", True),
        ("mock_ws.close.assert_not_called()", True),
        ("await use(mock_ws)", True),
        ("assert mock_ws.user_id != 'test-user'", False),
        ("mock_ws.close()", False),
        ("kept = [mock_ws]", True),
        ("kept = list([mock_ws])", True),
        ("assert list([mock_ws])[0].user_id != 'test-user'", False),
        ("def use(ws=mock_ws): ...", False),
    ],
)
def test_a_conftests_fixture_is_as_safe_as_its_users(
    tmp_path: Path,
    touch: str,
    safe: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    project = Project(tmp_path)
    project.write("tests/conftest.py", FIXTURE)
    project.write("tests/unit/test_it.py", f"async def test_it(mock_ws):\n    {touch}\n")
    project.write("tests/test_other.py", "def test_it(ws):\n    assert ws.user_id == 1\n")
    violation = single(project.run())
    assert (violation.applicability is Applicability.SAFE) is safe
    if not safe:
        assert violation.applicability is Applicability.UNSAFE


@pytest.mark.parametrize("given", ["Service(websocket=MagicMock())", '{"websocket": MagicMock()}'])
@pytest.mark.parametrize(
    ("attribute", "safe"), [("close.assert_not_called()", True), ("user_id.lower()", False)]
)
def test_what_holds_a_mock_is_followed_into_other_files(
    tmp_path: Path,
    given: str,
    attribute: str,
    safe: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    project = Project(tmp_path)
    project.write(
        "tests/conftest.py",
        f"""
        from unittest.mock import MagicMock

        import pytest


        @pytest.fixture
        def ready():
            return {given}
        """,
    )
    way = "ready.websocket" if "Service" in given else 'ready["websocket"]'
    project.write("tests/unit/test_it.py", f"def test_it(ready):\n    {way}.{attribute}\n")
    assert (single(project.run()).applicability is Applicability.SAFE) is safe


def test_two_fixtures_of_one_folder(tmp_path: Path) -> None:
    project = Project(tmp_path)
    second = FIXTURE.partition("import pytest\n")[2].replace("mock_ws", "other_ws")
    project.write("tests/conftest.py", FIXTURE + second)
    project.write("tests/test_it.py", "def test_it(other_ws):\n    assert other_ws.user_id\n")
    first, other = project.run().violations
    assert (first.scope, first.applicability) == ("mock_ws", Applicability.SAFE)
    assert (other.scope, other.applicability) == ("other_ws", Applicability.UNSAFE)


def test_a_difference_in_another_file_names_its_line(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/conftest.py", FIXTURE)
    project.write(
        "tests/test_it.py", "def test_it(mock_ws):\n    x = 1\n    assert mock_ws.user_id\n"
    )
    (difference,) = single(project.run()).differences
    assert (difference.path, difference.line) == ("user_id", None)
    assert difference.message.endswith("tests/test_it.py:3)")


def test_a_fixture_whose_users_are_not_all_in_the_run(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/conftest.py", FIXTURE)
    project.write("tests/test_it.py", "def test_it(mock_ws):\n    assert mock_ws\n")
    violation = single(project.run("tests/conftest.py"))
    assert messages(violation) == [
        "its reach cannot be followed: mock_ws can be used by files that are not in this run"
    ]
    assert project.run("tests/conftest.py").changes == ()
    assert len(project.run("tests/conftest.py", unsafe=True).changes) == 1
    assert single(project.run("tests")).applicability is Applicability.SAFE


def test_files_beside_the_fixtures_folder_cannot_use_it(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/unit/conftest.py", FIXTURE)
    project.write("tests/test_it.py", "def test_it(mock_ws):\n    assert mock_ws.user_id == 1\n")
    assert single(project.run()).applicability is Applicability.SAFE
    assert single(project.run("tests/unit")).applicability is Applicability.SAFE


def test_a_helper_can_be_used_in_the_whole_project(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/doubles.py", HELPER)
    project.write(
        "app/tests/test_it.py",
        "from tests.doubles import make_ws\n\n\ndef test_it():\n    assert make_ws().headers\n",
    )
    assert single(project.run()).applicability is Applicability.SAFE
    assert single(project.run("tests")).applicability is Applicability.UNSAFE
    project.write(
        "app/tests/test_it.py",
        "from tests import doubles\n\n\ndef test_it():\n    assert doubles.make_ws().user_id\n",
    )
    (message,) = messages(single(project.run()))
    assert message.startswith("user_id was MagicMock, the factory gives a preset value (")
    project.write(
        "app/tests/test_it.py",
        "from tests import doubles\n\n\ndef test_it():\n    a, b = doubles.make_ws(), doubles.make_ws()\n",
    )
    assert "several products would share the factory's default user_id" in messages(
        single(project.run())
    )


def test_users_in_several_files_are_joined(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/conftest.py", FIXTURE)
    project.write("tests/test_a.py", "def test_it(mock_ws):\n    assert mock_ws.user_id\n")
    project.write("tests/test_b.py", "def test_it(mock_ws):\n    assert mock_ws.connection_id\n")
    project.write(
        "tests/test_c.py", "def test_it(request):\n    request.getfixturevalue('mock_ws')\n"
    )
    assert [d.path for d in single(project.run()).differences] == ["user_id", "connection_id", ""]


def test_a_user_that_cannot_be_parsed(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/conftest.py", FIXTURE)
    project.write("tests/test_it.py", "def test_it(mock_ws:\n")
    (message,) = messages(single(project.run()))
    assert message.startswith("its reach cannot be followed: ")
    assert message.endswith("tests/test_it.py cannot be read")


def test_a_file_is_asked_only_about_what_it_names(tmp_path: Path) -> None:
    project = Project(tmp_path)
    path = project.write("tests/test_it.py", "def test_it(mock_ws):\n    assert mock_ws.user_id\n")
    file = SourceFile.of(str(path), "tests/test_it.py")
    exports = [
        Export("tests/conftest.py", name, is_fixture=True) for name in ("mock_ws", "ws", "it")
    ]
    keyed = {export.name.encode(): export for export in exports}
    answer = asked.ask(keyed, file)
    assert list(answer) == [b"mock_ws"]
    assert [touch.steps for touch in answer[b"mock_ws"].touches] == [("user_id",)]
    path.unlink()
    gone = Users(lost=((0, "tests/test_it.py cannot be read"),))
    assert asked.ask(keyed, file) == dict.fromkeys(keyed, gone)


# several projects


def doubles(name: str) -> bytes:
    """Give a factory of another name, whose user_id is another too."""
    return FACTORY.replace(b"class SSotMockFactory", b"class " + name.encode())


@pytest.fixture
def monorepo(tmp_path: Path) -> Project:
    """Two projects with a factory each, in a checkout without one."""
    project = Project(tmp_path, None)
    (tmp_path / ".git").mkdir()
    (tmp_path / "pyproject.toml").unlink()
    for name in ("one", "two"):
        project.write(
            f"{name}/pyproject.toml", f'[tool.ssot-migrate]\nfactory = "doubles:{name.title()}"\n'
        )
        project.write(f"{name}/doubles.py", doubles(name.title()))
        project.write(f"{name}/tests/test_it.py", TEST)
    return project


def migrated(folder: Path, *names: str) -> dict[str, bytes]:
    """Give what changes, and to what, by location."""
    resolver = find(folder)
    files, failures = discover([folder / name for name in names] or [folder], resolver)
    report = run(files, resolver, Request(fix=True))
    assert (report.all_failures, failures) == ((), [])
    return {change.location: change.after for change in report.changes}


def test_each_project_has_its_own_factory(monorepo: Project) -> None:
    after = migrated(monorepo.folder)
    assert [*after] == [str(monorepo.folder / n / "tests/test_it.py") for n in ("one", "two")]
    for name, text in zip(("One", "Two"), after.values(), strict=True):
        assert f"from doubles import {name}\n".encode() in text
        assert f"ws = {name}.create_websocket_mock(user_id='u')".encode() in text


def test_a_run_gives_the_same_from_every_folder(monorepo: Project) -> None:
    apart = migrated(monorepo.folder / "one") | migrated(monorepo.folder / "two")
    assert apart == migrated(monorepo.folder)
    assert migrated(monorepo.folder, "one/tests", "two/tests/test_it.py") == apart


def test_projects_in_processes_give_the_same(monorepo: Project) -> None:
    for number in range(4):
        for name in ("one", "two"):
            monorepo.write(f"{name}/tests/test_{number}.py", f"{TEST}# {'long' * 140_000}\n")
    resolver = find(monorepo.folder)
    files, _ = discover([monorepo.folder], resolver)
    alone = run(files, resolver, Request(fix=True, jobs=1))
    assert run(files, resolver, Request(fix=True, jobs=2)) == alone
    assert len(alone.changes) == 10


def test_overrides_hold_for_their_files(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write(
        "pyproject.toml",
        """
        [[tool.ssot-migrate.overrides]]
        path = "tests/odd"
        ignore = ["websocket"]
        [[tool.ssot-migrate.overrides]]
        path = "tests/other"
        factory = "doubles:Doubles"
        """,
    )
    project.write("doubles.py", doubles("Doubles"))
    for name in ("it", "odd", "other"):
        project.write(f"tests/{name}/test_it.py", TEST)
    after = migrated(tmp_path)
    assert [Path(location).parent.name for location in after] == ["it", "other"]
    plain, other = after.values()
    assert b"import SSotMockFactory" in plain
    assert b"import Doubles" in other


def test_a_factory_is_nobodys_violation(monorepo: Project) -> None:
    monorepo.write("shared.py", doubles("Shared"))
    monorepo.write(
        "one/pyproject.toml",
        """
        [tool.ssot-migrate]
        factory = "shared:Shared"
        [tool.pytest]
        pythonpath = [".."]
        """,
    )
    (monorepo.folder / "one/doubles.py").unlink()
    assert len(migrated(monorepo.folder, "one", "two")) == 2
    resolver = find(monorepo.folder)
    files, _ = discover([monorepo.folder / "shared.py", monorepo.folder / "one/tests"], resolver)
    assert {Path(v.path).name for v in run(files, resolver, Request()).violations} == {"test_it.py"}


def test_files_of_another_project_can_use_a_helper(monorepo: Project) -> None:
    monorepo.write("one/tests/helpers.py", HELPER)
    assert str(monorepo.folder / "one/tests/helpers.py") in migrated(monorepo.folder)
    monorepo.write(
        "two/tests/test_user.py",
        "from one.tests.helpers import make_ws\n\n\ndef test_it():\n    assert make_ws().user_id\n",
    )
    assert str(monorepo.folder / "one/tests/helpers.py") not in migrated(monorepo.folder)


def test_files_around_a_project_can_use_its_helpers(monorepo: Project) -> None:
    monorepo.write("one/tests/helpers.py", HELPER)
    assert len(migrated(monorepo.folder, "one")) == 2
    monorepo.write("pyproject.toml", "[tool.ssot-migrate]\n")
    monorepo.write("tests/test_it.py", "x = 1\n")
    assert len(migrated(monorepo.folder, "one")) == 1
    assert len(migrated(monorepo.folder)) == 3


def test_a_warning_names_the_project(monorepo: Project) -> None:
    monorepo.write("two/pyproject.toml", "[tool.ssot-migrate]\n")
    monorepo.write("three/pyproject.toml", "[tool.ssot-migrate]\n")
    monorepo.write("three/x.py", "x = 1\n")
    monorepo.write("one/doubles.py", "class One: ...\n")
    resolver = find(monorepo.folder)
    files, _ = discover([monorepo.folder], resolver)
    one, two = run(files, resolver, Request(fix=True)).warnings
    assert one == (
        f"the factory for {monorepo.folder / 'one'} has no create_websocket_mock,"
        " so websocket mocks are left"
    )
    assert two.startswith(f"no factory found for {monorepo.folder / 'two'}, so mocks become")


# processes


def padded(project: Project) -> None:
    """Write enough for a pool: what there is to find, and what there is not."""
    for name in ("conftest", "test_a", "test_b"):
        project.write(f"tests/{name}.py", FIXTURE if name == "conftest" else TEST)
    project.write(
        "tests/test_users.py", "def test_it(mock_ws):\n    assert mock_ws.headers == {}\n"
    )
    project.write("tests/test_broken.py", MOCK + "x = MagicMock(\n")
    for number in range(5):
        project.write(f"tests/test_long{number}.py", f"{TEST}# {'long' * 140_000}\n")


def test_processes_give_the_same_bytes(tmp_path: Path) -> None:
    project = Project(tmp_path)
    padded(project)
    seen: list[int] = []
    resolver = project.resolver()
    files, _ = discover([tmp_path], resolver)
    alone = run(files, resolver, Request(fix=True, jobs=1))
    shared = run(files, resolver, Request(fix=True, jobs=2), seen.append)
    assert shared == alone
    assert pickle.loads(pickle.dumps(alone)) == alone  # noqa: S301 - our own
    assert sum(seen) == len(files)
    assert len(alone.changes) == 8
    assert [f.stage for f in alone.all_failures] == [Stage.PARSE]


def test_a_file_that_ends_its_process_is_a_failure() -> None:
    outcome = lost(SourceFile.of("/x/deep.py", "deep.py"), "took too long")
    (failure,) = outcome.result.failures
    assert "took too long" in failure.message
    assert (failure.stage, failure.path) == (Stage.PARSE, "deep.py")


# failures


def test_files_that_cannot_be_read_decoded_or_parsed(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/test_good.py", TEST)
    project.write("tests/test_bytes.py", b"from unittest.mock import Mock\nx = Mock('\xff')\n")
    project.write("tests/test_syntax.py", MOCK + "def x(:\n    MagicMock()\n")
    project.write("tests/test_no_mock.py", b"\xff\xff")
    resolver = project.resolver()
    files, _ = discover([tmp_path], resolver)
    files = [*files, SourceFile.of(str(tmp_path / "gone.py"), "gone.py")]
    report = run(files, resolver, Request(fix=True))
    assert {(Path(f.path).name, f.stage) for f in report.all_failures} == {
        ("gone.py", Stage.READ),
        ("test_bytes.py", Stage.PARSE),
        ("test_syntax.py", Stage.PARSE),
    }
    assert "was removed since it was found" in next(
        f.message for f in report.all_failures if f.stage is Stage.READ
    )
    assert len(report.changes) == 1


@pytest.mark.parametrize(
    ("name", "error", "stage"),
    [
        ("ssot_migrate.rewriting.rewrite.rewrite", RewriteError("no"), Stage.REWRITE),
        (
            "ssot_migrate.rewriting.rewrite.rewrite",
            RecursionError("nested too deeply to be rewritten"),
            Stage.REWRITE,
        ),
        ("ssot_migrate.rewriting.verify.verify", VerifyError("no"), Stage.VERIFY),
        ("ssot_migrate.rewriting.mending.mend", RewriteError("no"), Stage.REWRITE),
    ],
)
def test_a_rewrite_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: Exception, stage: Stage
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(name, fail)
    project = Project(tmp_path)
    project.write("tests/test_it.py", TEST)
    report = project.run()
    (failure,) = report.all_failures
    assert (failure.stage, failure.message) == (stage, f"left as it was: {error}")
    assert report.changes == ()
    assert len(report.violations) == 1


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda text: text.replace("assert", "assert not"), "differs from the plan"),
        (lambda text: text + "\n\nmock_ws = MagicMock()\n", "differs from the plan"),
        (lambda text: text + "x = (\n", "left as it was: line "),
    ],
    ids=["another word", "another statement", "no Python"],
)
def test_a_rewrite_that_does_too_much_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: object, message: str
) -> None:
    honest = Rewrite._text
    monkeypatch.setattr(Rewrite, "_text", lambda rewrite: spoil(honest(rewrite)))  # type: ignore[operator]
    project = Project(tmp_path)
    project.write("tests/test_it.py", TEST)
    (failure,) = project.run().all_failures
    assert failure.stage is Stage.VERIFY
    assert message in failure.message


def test_a_rewrite_that_leaves_a_violation_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ssot_migrate.rewriting.verify.verify", lambda *_: None)
    monkeypatch.setattr(Rewrite, "_text", lambda rewrite: rewrite.module.source.text)
    project = Project(tmp_path)
    project.write("tests/test_it.py", TEST)
    (failure,) = project.run().all_failures
    assert failure.message == (
        "left as it was: the violations after the rewrite are not those expected"
    )


def test_a_rewrite_that_would_be_rewritten_again_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = TEST + "\n\ndef test_other():\n    ws = MagicMock()\n    assert ws\n"
    project = Project(tmp_path)
    project.write("tests/test_it.py", code)
    honest = prepared_module.chosen
    monkeypatch.setattr("ssot_migrate.rewriting.verify.verify", lambda *_: None)
    monkeypatch.setattr(
        prepared_module, "chosen", lambda fixes, *, unsafe: honest(fixes, unsafe=unsafe)[:1]
    )
    (failure,) = project.run().all_failures
    assert failure.message == "left as it was: a second run would change the file again"


def test_code_that_is_nested_too_deeply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deep(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(process, "assess", deep)
    project = Project(tmp_path)
    project.write("tests/test_it.py", TEST)
    (failure,) = project.run().all_failures
    assert (failure.stage, failure.message) == (
        Stage.DETECT,
        "nested too deeply to be followed; exclude it",
    )


def test_a_long_expression_does_not_end_the_run(tmp_path: Path) -> None:
    project = Project(tmp_path)
    long = " + ".join(["1"] * 3_000)
    project.write(
        "tests/test_long.py",
        f"{MOCK}\n\ndef test_it():\n    ws = MagicMock()\n    ws.user_id = {long}\n",
    )
    project.write("tests/test_it.py", TEST)
    report = project.run()
    assert "tests/test_it.py" in {Path(c.path).as_posix()[-16:] for c in report.changes}
    assert len(report.all_failures) <= 1


# the report


def test_a_report_holds_what_there_is_to_tell(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/test_b.py", TEST)
    project.write("tests/test_a.py", TEST)
    project.write("tests/test_nothing.py", "x = 1\n")
    report = project.run(fix=False)
    assert [Path(r.path).name for r in report.results] == ["test_a.py", "test_b.py"]
    assert report.files == 6
    assert report.changes == ()
    assert list(report.severities)[:3] == ["agent", "database", "websocket"]
    assert list(report.severities)[-1] == "generic"
    assert list(report.own_rules) == [rule.id for rule in load_own()]
    assert known_rules(project.config()) == report.severities | report.own_rules
    assert report.severities["agent"] is Severity.CRITICAL


def test_unsafe_fixes_are_taken_when_they_are_asked_for(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/test_it.py", TEST.replace("MagicMock()", "AsyncMock()"))
    assert project.run().changes == ()
    (change,) = project.run(unsafe=True).changes
    assert change.before == TEST.replace("MagicMock()", "AsyncMock()").encode()
    assert [v.applicability for v in change.fixed] == [Applicability.UNSAFE]


def test_what_the_new_text_cannot_be_encoded_in_is_a_failure(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/test_it.py", b"# coding: ascii\n" + TEST.encode())
    resolver = project.resolver(factory="test_framework.ssot.mock_factory:Fabrik\u00e9")
    source = FACTORY.decode().replace("class SSotMockFactory", "class Fabriké").encode()
    project.write("test_framework/ssot/mock_factory.py", source)
    files, _ = discover([tmp_path / "tests"], resolver)
    (failure,) = run(files, resolver, Request(fix=True)).all_failures
    assert failure.stage is Stage.REWRITE
    assert "can't encode" in failure.message


# the factory


def test_the_factory_at_its_default_place(tmp_path: Path) -> None:
    found = find_factory(Project(tmp_path).config())
    assert found is not None
    module, name, location, data = found
    assert (module, name, data) == ("test_framework.ssot.mock_factory", "SSotMockFactory", FACTORY)
    assert Path(location) == tmp_path / "test_framework/ssot/mock_factory.py"


def test_a_project_without_a_factory_has_the_shipped_one(tmp_path: Path) -> None:
    found = find_factory(Project(tmp_path, None).config())
    assert found is not None
    module, name, location, data = found
    assert (module, name) == ("ssot_migrate.factory", "SSotMockFactory")
    assert Path(location).is_file()
    assert data == shipped.source()


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        ("nowhere.mocks:Mocks", "factory nowhere.mocks:Mocks: no module nowhere.mocks below "),
        ("test_framework.ssot.mock_factory:Other", "has no class Other"),
        ("broken:Factory", "broken.py: line 1: "),
        ("a_folder:Factory", "no module a_folder below"),
    ],
)
def test_a_factory_that_cannot_be_used(tmp_path: Path, factory: str, message: str) -> None:
    project = Project(tmp_path)
    project.write("broken.py", "class (\n")
    (tmp_path / "a_folder").mkdir()
    with pytest.raises(FactoryError) as caught:
        project.run(factory=factory)
    assert message in str(caught.value)


def test_a_factory_elsewhere(tmp_path: Path) -> None:
    project = Project(tmp_path, None)
    project.write("doubles/mocks.py", FACTORY.replace(b"class SSotMockFactory", b"class Doubles"))
    project.write("tests/test_it.py", TEST)
    (change,) = project.run(factory="doubles.mocks:Doubles").changes
    assert b"from doubles.mocks import Doubles\n" in change.after
    assert b"ws = Doubles.create_websocket_mock(user_id='u')" in change.after


def test_the_prepared_worker_follows_its_settings(tmp_path: Path) -> None:
    config = Project(tmp_path).config()
    settings = Settings(config, Request(), load_families(), find_factory(config))
    first = prepared(settings, {})
    assert prepared(settings, {}) is first
    users = {Export("a.py", "mock_ws", is_fixture=True): Users()}
    assert prepared(replace(settings), users) is first
    assert first.rules(SourceFile("/a.py")).users == users
    assert prepared(replace(settings, request=Request(fix=True)), {}) is not first
