"""The runner with the real pytest: what each test did, and what was loaded from where."""

import ast
import shlex
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from textwrap import dedent

import pytest

from ssot_migrate.model import UserError
from ssot_migrate.trial.execution import CommandRunner, in_copy, in_place
from ssot_migrate.trial.probe import HERE
from ssot_migrate.trial.runner import Observation, Runner, Status, TestId

PYTHON = shlex.quote(sys.executable)
#: Without the plugins of the environment that these tests run in, which cost half a second.
PYTEST = f"PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 {PYTHON} -m pytest -q -p no:cacheprovider"


@pytest.fixture(autouse=True)
def _outer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the pytest around these tests has set from the ones that they run."""
    for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"):
        monkeypatch.delenv(name, raising=False)


class Tree:
    """A project in a folder, and what is run in a copy of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.outputs = root.parent / "outputs"
        root.mkdir(parents=True)
        (root / "pytest.ini").write_text("[pytest]\n")

    def write(self, name: str, text: str) -> str:
        """Write a file, and return its location."""
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text))
        return str(file)

    def copy(self, command: str, timeout: float = 60) -> AbstractContextManager[CommandRunner]:
        return in_copy(command, self.root, self.outputs, timeout=timeout)

    def observe(self, command: str, *files: str, watch: tuple[str, ...] = ()) -> Observation:
        with self.copy(command) as runner:
            return runner.run(files, {}, watch or files)

    @property
    def bytes(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "project")


def statuses(observation: Observation) -> dict[tuple[str | None, str], Status]:
    assert observation.tests is not None, observation.output.read_text()
    return {(test.file, test.name): seen.status for test, seen in observation.tests.items()}


#: What `pip install --editable` leaves beside the packages, as setuptools writes it.
FINDER = """
import sys
from importlib.util import spec_from_file_location
MAPPING = {{"single": {!r}}}
class Finder:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return spec_from_file_location(name, MAPPING[name]) if name in MAPPING else None
sys.meta_path.append(Finder)
"""

EVERYTHING = """
    import pytest, unittest
    from base import Base

    class TestIt(Base):
        @pytest.mark.parametrize("x", ["a.b", "c::d"])
        def test_p(self, x):
            assert x != "c::d", "one\\ntwo"

    def test_skipped():
        pytest.skip("no")

    @pytest.mark.xfail
    def test_expected():
        assert 0

    @pytest.mark.xfail(strict=True)
    def test_unexpected():
        pass

    @pytest.fixture
    def torn():
        yield
        raise ValueError("torn")

    def test_torn(torn):
        pass

    class Case(unittest.TestCase):
        def test_parts(self):
            for i in range(3):
                with self.subTest(i=i):
                    self.assertNotEqual(i, 1)
    """


@pytest.fixture
def everything(tree: Tree) -> tuple[str, ...]:
    """Every way for a test to end, in two folders with a conftest of the same name each."""
    tree.write("tests/conftest.py", "import base")
    tree.write("tests/base.py", "class Base:\n    def test_inherited(self):\n        pass")
    tree.write("tests/sub/conftest.py", "")
    return (
        tree.write("tests/test_a.py", EVERYTHING),
        tree.write("tests/sub/test_broken.py", "import no_such_module"),
        tree.write("tests/sub/test_c.py", "def test_c():\n    pass"),
    )


PASSED, FAILED, SKIPPED = Status.PASSED, Status.FAILED, Status.SKIPPED
ENDS = {
    ("tests/sub/test_broken.py", ""): FAILED,
    ("tests/sub/test_c.py", "test_c"): PASSED,
    ("tests/test_a.py", "TestIt::test_inherited"): PASSED,
    ("tests/test_a.py", "TestIt::test_p[a.b]"): PASSED,
    ("tests/test_a.py", "TestIt::test_p[c::d]"): FAILED,
    ("tests/test_a.py", "Case::test_parts"): FAILED,
    ("tests/test_a.py", "test_skipped"): SKIPPED,
    ("tests/test_a.py", "test_expected"): SKIPPED,
    ("tests/test_a.py", "test_unexpected"): FAILED,
    ("tests/test_a.py", "test_torn"): FAILED,
}


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(f"{PYTEST} {{files}}", id="pytest"),
        pytest.param(f"{PYTEST} -p xdist -n2 {{files}}", id="workers"),
        pytest.param(
            f"sh -c 'cd tests && A=1 {PYTEST.replace('PYTEST', 'env PYTEST', 1)} sub;"
            f" {PYTHON} -m pytest -q tests/test_a.py || {PYTHON} -m pytest -q test_a.py'",
            id="several pytests, from another folder",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="needs a shell"),
        ),
    ],
)
def test_every_end_of_a_test_is_seen(tree: Tree, everything: tuple[str, ...], command: str) -> None:
    helpers = [str(tree.root / "tests" / name) for name in ("base.py", "conftest.py")]
    watch = (*everything, *helpers, str(tree.root / "tests/sub/conftest.py"))
    before = tree.bytes
    observation = tree.observe(command, *everything, watch=(*watch, str(tree.root / "pytest.ini")))
    assert statuses(observation) == ENDS
    assert observation.tests is not None
    messages = {test.name: seen.message for test, seen in observation.tests.items()}
    assert messages["TestIt::test_p[c::d]"] == "AssertionError: one"
    assert messages[""] == "ModuleNotFoundError: No module named 'no_such_module'"
    assert observation.loaded == {*watch}
    assert (observation.elsewhere, observation.probed) == (frozenset(), True)
    assert observation.exit_code == 1
    assert "no_such_module" in observation.output.read_text()
    assert tree.bytes == before


def test_where_nothing_tells_of_tests_the_exit_code_decides(tree: Tree) -> None:
    module = "import unittest\nclass T(unittest.TestCase):\n    def test_it(self):\n        {}\n"
    file = tree.write("test_it.py", module.format("pass"))
    with tree.copy(f"{PYTHON} -m unittest {{files}}") as runner:
        first = runner.run([file], {}, [file])
        second = runner.run([file], {file: module.format("self.fail()").encode()}, [file])
    assert (first.tests, first.exit_code, first.loaded) == (None, 0, {file})
    assert (second.tests, second.exit_code, second.loaded) == (None, 1, {file})
    assert first.output != second.output
    assert "OK" in first.output.read_text()


def test_no_compiled_file_passes_for_another_of_its_size(tree: Tree) -> None:
    text = "VALUE = {}\ndef test_it():\n    assert VALUE == {}\n"
    file = tree.write("test_it.py", text.format(1, 1))
    helper = tree.write("helper.py", "VALUE = 1\n")
    user = tree.write(
        "test_user.py", "import helper\ndef test_it():\n    assert helper.VALUE == 1\n"
    )
    with tree.copy(f"{PYTEST} {{files}}") as runner:
        for values in ((1, 1), (1, 2), (1, 1), (2, 1)):
            contents = {file: text.format(*values).encode()}
            if values == (1, 2):
                contents[helper] = b"VALUE = 2\n"
            seen = statuses(runner.run([file, user], contents, []))
            expected = PASSED if values == (1, 1) else FAILED
            assert seen["test_it.py", "test_it"] is expected
            assert seen["test_user.py", "test_it"] is (FAILED if values == (1, 2) else PASSED)
        copied = runner.workplace.root
        assert [*copied.glob("__pycache__/*")], "nothing compiled was kept: this shows nothing"


def test_in_place_the_tree_is_as_before_after_each_execution(tree: Tree) -> None:
    file = tree.write("test_it.py", "def test_it():\n    assert 1 == 1\n")
    before = tree.bytes
    with in_place(f"{PYTEST} {{files}}", tree.root, tree.outputs) as runner:
        changed = runner.run([file], {file: b"def test_it():\n    assert 1 == 2\n"}, [file])
        assert tree.bytes == before
        unchanged = runner.run([file], {}, [file])
    assert statuses(changed) == {("test_it.py", "test_it"): FAILED}
    assert statuses(unchanged) == {("test_it.py", "test_it"): PASSED}
    assert changed.loaded == unchanged.loaded == {file}
    assert changed.elsewhere == frozenset()
    assert tree.bytes == before


def test_the_original_that_is_loaded_instead_of_the_copy_is_named(tree: Tree) -> None:
    helper = tree.write("lib/helper.py", "VALUE = 1")
    path = f"import sys\nsys.path.insert(0, {str(tree.root / 'lib')!r})"
    conftest = tree.write("conftest.py", path)
    file = tree.write("test_it.py", "import helper\ndef test_it():\n    assert helper.VALUE == 1")
    observation = tree.observe(f"{PYTEST} {{files}}", file, watch=(file, helper, conftest))
    assert observation.elsewhere == {helper}
    assert observation.loaded == {file, conftest}


@pytest.mark.skipif(sys.platform == "win32", reason="names the folders of POSIX")
def test_an_editable_install_is_led_to_the_copy(
    tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tree.write("src/package/__init__.py", "")
    single = tree.write("other/single.py", "")
    given = tree.write("given/given.py", "")
    file = tree.write("test_it.py", "import package, single, given, foreign")
    # As pip and setuptools install it: a folder on the path, and a finder with a mapping.
    monkeypatch.setenv("PYTHONUSERBASE", str(tmp_path / "base"))
    base = sys._base_executable  # type: ignore[attr-defined]
    ask = [base, "-c", "import site; print(site.getusersitepackages())"]
    packages = Path(subprocess.check_output(ask, text=True).strip())
    packages.mkdir(parents=True)
    (packages / "x.pth").write_text(f"{tree.root / 'src'}\nimport __editable___x_finder\n")
    (packages / "__editable___x_finder.py").write_text(FINDER.format(single))
    (packages / "foreign.py").touch()
    # What hides behind ours goes first, and what it says is heard.
    (packages / "sitecustomize.py").write_text("import sys\nsys.stdout.write('hidden ran\\n')\n")
    monkeypatch.setenv("PYTHONPATH", str(tree.root / "given"))
    watch = (file, package, single, given)
    observation = tree.observe(f"{shlex.quote(base)} test_it.py", file, watch=watch)
    assert observation.output.read_text() == "hidden ran\n"
    assert (observation.loaded, observation.elsewhere) == ({*watch}, frozenset())


@pytest.mark.parametrize("text", ["raise ValueError('no_such')", "import no_such"])
def test_a_hidden_module_that_fails_is_told_of_as_without_us(
    tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    command = [sys.executable, "-c", "pass"]
    expected = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    observation = tree.observe(f"{PYTHON} -c pass")
    assert "no_such" in expected
    assert observation.output.read_text() == expected
    assert observation.probed


def test_the_probe_can_be_read_by_old_pythons() -> None:
    ast.parse((HERE / "sitecustomize.py").read_bytes(), feature_version=(3, 8))


def test_files_above_the_project_in_its_checkout_are_there(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "shared.txt").write_text("1")
    tree = Tree(tmp_path / "services" / "chat")
    file = tree.write(
        "test_it.py",
        """
        from pathlib import Path
        def test_it():
            assert Path("../../shared.txt").read_text() == "1"
            assert not Path("../../.git").exists()
        """,
    )
    assert statuses(tree.observe(f"{PYTEST} {{files}}", file)) == {
        ("test_it.py", "test_it"): PASSED
    }


def test_the_commands_own_report_is_read(tree: Tree) -> None:
    file = tree.write("test_it.py", "def test_it():\n    pass\n")
    tree.write("own.xml", "<testsuite><testcase classname='test_it' name='old'/></testsuite>")
    for option in ("own.xml", "own.xml -o junit_family=xunit2", "new.xml"):
        observation = tree.observe(f"{PYTEST} {{files}} --junitxml={option}", file)
        assert statuses(observation) == {("test_it.py", "test_it"): PASSED}
    assert tree.observe(f"{PYTHON} --version --junitxml=own.xml").tests is None


def test_several_executions_are_joined(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ssot_migrate.trial.command._room", lambda *_, **__: 60)
    files = [tree.write(f"test_{n}.py", f"def test_it():\n    assert {n}\n") for n in (0, 1)]
    with tree.copy(f"{PYTEST} {{files}}") as runner:
        observation = runner.run(files, {}, files)
    assert statuses(observation) == {
        ("test_0.py", "test_it"): FAILED,
        ("test_1.py", "test_it"): PASSED,
    }
    assert (observation.exit_code, observation.loaded) == (1, {*files})
    assert observation.output.read_text().count(" in ") == 2


def test_an_execution_that_takes_too_long_is_ended(tree: Tree) -> None:
    file = tree.write("test_it.py", "import time\ndef test_it():\n    time.sleep(600)\n")
    with tree.copy(f"{PYTEST} {{files}}", timeout=2) as runner:
        observation = runner.run([file], {}, [file])
    assert observation.timed_out
    assert observation.tests is None
    assert observation.exit_code != 0
    assert observation.loaded == {file}
    assert 2 <= observation.seconds < 20


def test_a_crash_leaves_the_exit_code(tree: Tree) -> None:
    file = tree.write("test_it.py", "import os\ndef test_it():\n    os._exit(7)\n")
    observation = tree.observe(f"{PYTEST} {{files}}", file)
    assert (observation.tests, observation.exit_code, observation.loaded) == (None, 7, {file})


def test_a_python_that_cannot_be_asked_is_known(tree: Tree) -> None:
    file = tree.write("test_it.py", "raise SystemExit(3)")
    observation = tree.observe(f"{PYTHON} -I test_it.py", file)
    assert (observation.exit_code, observation.probed) == (3, False)
    assert observation.loaded == frozenset()


@pytest.mark.parametrize("option", ["-x", "-qx", "--maxfail=2", "--exitfirst", "-k x", "-rx"])
def test_an_option_that_hides_tests_is_warned_of(tree: Tree, option: str) -> None:
    with tree.copy(f"pytest {option} {{files}}") as runner:
        assert bool(runner.warnings) is (option not in {"-k x", "-rx"})


def test_a_command_that_cannot_run_is_an_error(tree: Tree) -> None:
    with pytest.raises(UserError, match="sh -c"), tree.copy("a && b"):
        pytest.fail("it is not to be entered")
    with tree.copy("no-such-program") as runner, pytest.raises(UserError, match="not found"):
        runner.run([], {}, [])


def test_what_is_told_of_tests_is_what_a_runner_promises(tree: Tree) -> None:
    with tree.copy("pytest {files}") as copied:
        runner: Runner = copied
        assert runner.run([], {}, []).tests == {}
        assert copied.root == tree.root
    assert TestId("a.py", "t") == TestId("a.py", "t")
