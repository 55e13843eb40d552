"""Which test files a changed file concerns.

The oracle is pytest itself: a child process has it collect one test file at a time, and says which
files of a project it loaded on the way.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssot_migrate.settings.config import ConfigError
from ssot_migrate.settings.resolver import find
from ssot_migrate.trial.concern import concerned

TABLE = "[tool.ssot-migrate]\n"


def lay(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def concerns(root: Path, files: Mapping[str, str], changed: str) -> set[str]:
    """Say which test files a changed one concerns, in a project of these files."""
    lay(root, {"pyproject.toml": TABLE, **files})
    location = str(root / changed)
    found = concerned([location], find(root))
    assert list(found) == [location]
    assert list(found[location]) == sorted(found[location])
    return {Path(test).relative_to(root).as_posix() for test in found[location]}


def test_a_test_file_concerns_itself_and_who_inherits_from_it(tmp_path: Path) -> None:
    files = {
        "tests/test_base.py": "class TestBase: ...\n",
        "tests/test_child.py": "from test_base import TestBase\n",
        "tests/test_other.py": "import os\n",
    }
    assert concerns(tmp_path, files, "tests/test_base.py") == {
        "tests/test_base.py",
        "tests/test_child.py",
    }


def test_a_conftest_concerns_what_stands_below_it_or_names_it(tmp_path: Path) -> None:
    files = {
        "a/conftest.py": "",
        "a/test_a.py": "",
        "a/deep/x_test.py": "",
        "a/helper.py": "",
        "b/conftest.py": "pytest_plugins = [\n    'json',\n    'a.conftest',  # fixtures\n]\n",
        "b/test_b.py": "",
        "c/test_c.py": "def test():\n    from a.conftest import fixture\n",
        "d/test_d.py": "",
    }
    expected = {"a/test_a.py", "a/deep/x_test.py", "b/test_b.py", "c/test_c.py"}
    assert concerns(tmp_path, files, "a/conftest.py") == expected


@pytest.mark.parametrize(
    "text",
    [
        "import tests.helpers.ws",
        "\ufeffimport tests.helpers.ws as ws",
        "from tests.helpers import (\n    other,  # (\n    ws,\n)",
        "from tests.helpers.ws import make",
        "from .helpers import ws",
        "from . import helpers",
        "from ..tests.helpers.ws import make",
        "try: import tests.helpers.ws\nexcept ImportError: pass",
        "import os; import tests.helpers.ws",
        "ws = importlib.import_module(\n    'tests.helpers.ws'\n)",
        'ws = pytest.importorskip("tests.helpers.ws")',
        "def test():\n    with patch('tests.helpers.ws.make.called'): ...",
        "pytest_plugins = 'tests.helpers.ws'",
        "pytest_plugins: tuple[str, ...] = ('tests.helpers.ws',)",
        "def test():\n    import tests.between",
    ],
)
def test_a_helper_concerns_who_loads_it(tmp_path: Path, text: str) -> None:
    files = {
        "tests/__init__.py": "",
        "tests/helpers/__init__.py": "from .ws import make\n",
        "tests/helpers/ws.py": "",
        "tests/between.py": "from tests import helpers\n",
        "tests/test_user.py": text + "\n",
        "tests/test_other.py": "from tests.elsewhere import helpers\n",
    }
    assert concerns(tmp_path, files, "tests/helpers/ws.py") == {"tests/test_user.py"}


def test_a_helper_of_a_conftest_concerns_all_below(tmp_path: Path) -> None:
    files = {
        "tests/helper.py": "",
        "tests/unit/conftest.py": "from tests.helper import make\n",
        "tests/unit/deep/test_a.py": "",
        "tests/test_b.py": "",
    }
    assert concerns(tmp_path, files, "tests/helper.py") == {"tests/unit/deep/test_a.py"}


def test_a_package_concerns_what_is_in_it_and_who_imports_from_below(tmp_path: Path) -> None:
    files = {
        "tests/__init__.py": "",
        "tests/test_a.py": "",
        "tests/lib/x.py": "",
        "tests/apart/test_c.py": "",
        "other/test_b.py": "import tests.lib.x\n",
        "other/test_d.py": "",
    }
    # `tests/apart` is no package: pytest imports its files as modules of their own.
    assert concerns(tmp_path, files, "tests/__init__.py") == {"tests/test_a.py", "other/test_b.py"}


def test_a_name_of_the_standard_library_does_not_lead_astray(tmp_path: Path) -> None:
    files = {
        "fakes/types.py": "",
        "fakes/__init__.py": "",
        "fakes/third.py": "",
        "a/test_a.py": "import types\nimport third\nimport json.decoder\n",
        "fakes/test_b.py": "from .types import Fake\n",
    }
    assert concerns(tmp_path, files, "fakes/types.py") == {"fakes/test_b.py"}
    assert concerns(tmp_path, files, "fakes/third.py") == set()


def test_another_folder_may_be_on_the_path(tmp_path: Path) -> None:
    files = {
        "packages/x/src/xlib/testing.py": "",
        "packages/y/tests/test_y.py": "from xlib.testing import make\n",
        "packages/y/tests/xlib/test_z.py": "import xlib.testing\n",
    }
    expected = {"packages/y/tests/test_y.py", "packages/y/tests/xlib/test_z.py"}
    assert concerns(tmp_path, files, "packages/x/src/xlib/testing.py") == expected


def test_the_nearest_of_several_is_meant(tmp_path: Path) -> None:
    files = {
        "a/helpers.py": "",
        "a/test_a.py": "import helpers\n",
        "b/helpers.py": "",
        "b/test_b.py": "import helpers\n",
    }
    assert concerns(tmp_path, files, "a/helpers.py") == {"a/test_a.py"}


def test_modules_that_import_each_other_end(tmp_path: Path) -> None:
    files = {"a.py": "import b\n", "b.py": "import a\n", "test_c.py": "import a\n"}
    assert concerns(tmp_path, files, "b.py") == {"test_c.py"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\naddopts = -ra -p lib.plugin -p no:cacheprovider\n"),
        ("tox.ini", "[pytest]\naddopts = -plib.plugin\n"),
        ("pyproject.toml", TABLE + "[tool.pytest.ini_options]\naddopts = ['-p', 'lib.plugin']\n"),
        ("pyproject.toml", TABLE + "[project.entry-points.pytest11]\nx = 'lib.plugin:Plugin'\n"),
    ],
)
def test_a_plugin_of_the_project_concerns_all(tmp_path: Path, name: str, text: str) -> None:
    files = {"lib/plugin.py": "", "tests/test_a.py": "", "setup.py": "", name: text}
    assert concerns(tmp_path, files, "lib/plugin.py") == {"tests/test_a.py"}


def test_test_files_are_named_as_pytest_is_told(tmp_path: Path) -> None:
    files = {
        "setup.cfg": "[tool:pytest]\npython_files = check_*.py  it/*.py\n",
        "conftest.py": "",
        "check_a.py": "",
        "it/b.py": "",
        "test_c.py": "",
    }
    assert concerns(tmp_path, files, "conftest.py") == {"check_a.py", "it/b.py"}


def test_a_conftest_leaves_alone_what_the_project_does_not_run(tmp_path: Path) -> None:
    files = {
        "pytest.ini": "[pytest]\ntestpaths = tests packages/*/tests\nnorecursedirs = data sub/x\n",
        "conftest.py": "import helper\n",
        "helper.py": "",
        "tests/test_a.py": "",
        "tests/data/test_b.py": "",
        "tests/sub/x/y/test_c.py": "",
        "packages/p/tests/test_d.py": "",
        "examples/conftest.py": "",
        "examples/test_e.py": "",
        "examples/test_f.py": "from helper import make\n",
    }
    run = {"tests/test_a.py", "packages/p/tests/test_d.py"}
    assert concerns(tmp_path, files, "conftest.py") == run
    # Who imports it is concerned wherever it stands,
    assert concerns(tmp_path, files, "helper.py") == {*run, "examples/test_f.py"}
    # and where nothing below a conftest.py is run by default, somebody runs it by name.
    below = {"examples/test_e.py", "examples/test_f.py"}
    assert concerns(tmp_path, files, "examples/conftest.py") == below


def test_what_the_migration_leaves_out_is_asked_all_the_same(tmp_path: Path) -> None:
    table = TABLE + "include = ['tests']\nexclude = ['legacy']\nextend-exclude = ['old']\n"
    files = {
        "pyproject.toml": table,
        "tests/helper.py": "",
        "tests/legacy/test_a.py": "import tests.helper\n",
        "old/test_b.py": "import tests.helper\n",
        ".venv/test_c.py": "import tests.helper\n",
    }
    expected = {"tests/legacy/test_a.py", "old/test_b.py"}
    assert concerns(tmp_path, files, "tests/helper.py") == expected
    # A file given by its name is migrated wherever it stands.
    assert concerns(tmp_path, files, ".venv/test_c.py") == {".venv/test_c.py"}


def test_a_configuration_file_that_is_given_holds_for_all(tmp_path: Path) -> None:
    lay(
        tmp_path,
        {"mine.toml": TABLE + "exclude = ['b']\n", "a.py": "", "b/test_b.py": "import a\n"},
    )
    found = concerned([str(tmp_path / "a.py")], find(tmp_path, config_file=tmp_path / "mine.toml"))
    assert found == {str(tmp_path / "a.py"): (str(tmp_path / "b/test_b.py"),)}


def test_projects_of_one_run_are_asked_each(tmp_path: Path) -> None:
    for name in ("one", "two"):
        lay(tmp_path / name, {".git/x": "", "helper.py": "", "test_x.py": "import helper\n"})
    helpers = [str(tmp_path / name / "helper.py") for name in ("one", "two")]
    found = concerned(helpers, find(tmp_path))
    assert found == {
        helper: (str(Path(helper).with_name("test_x.py")),) for helper in reversed(helpers)
    }


def test_a_file_behind_a_link_is_the_file(tmp_path: Path) -> None:
    files = {"real/helper.py": "", "real/test_a.py": "import helper\n"}
    lay(tmp_path, files)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert concerns(tmp_path, files, "link/helper.py") == {"real/test_a.py"}


def test_what_cannot_be_read_imports_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.name == "test_locked.py":
            raise PermissionError(path)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    text = "import a\nthis is no Python ((\n"
    files = {"a.py": "", "test_a.py": text, "test_locked.py": text}
    (tmp_path / "test_gone.py").symlink_to(tmp_path / "nowhere.py")
    assert concerns(tmp_path, files, "a.py") == {"test_a.py"}


def test_a_wrong_setting_is_told(tmp_path: Path) -> None:
    lay(tmp_path, {"pyproject.toml": TABLE, "test_a.py": ""})
    lay(tmp_path, {"pytest.ini": "[pytest]\npython_files = 'x\n"})
    with pytest.raises(ConfigError, match="pytest's python_files, \"'x\", is wrong"):
        concerned([str(tmp_path / "test_a.py")], find(tmp_path))


#: Collects the test files that it is told of, one a line: `[root, file]`.
ORACLE = """
import contextlib, importlib, io, json, os, sys, pytest
os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
sys.dont_write_bytecode = True
path = list(sys.path)
for line in sys.stdin:
    root, file = json.loads(line)
    os.chdir(root)
    sys.path[:] = path
    importlib.invalidate_caches()
    before = set(sys.modules)
    told = io.StringIO()
    ended = contextlib.suppress(Exception)  # Plugins that end pytest itself.
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told), ended:
        pytest.main(["--collect-only", "-p", "no:cacheprovider", "--rootdir", root, file])
    new = {name: sys.modules[name] for name in sys.modules.keys() - before}
    places = {
        name: [getattr(module, "__file__", None) or "", *getattr(module, "__path__", ())]
        for name, module in new.items()
    }
    ours = {n: p[0] for n, p in places.items() if any(place.startswith(root) for place in p)}
    loaded = list(ours.values())
    for name in ours:
        del sys.modules[name]
    print(json.dumps(loaded), flush=True)
"""
FOLDERS = ("", "tests", "tests/unit", "tests/unit/deep", "lib")
NAMES = ("helper", "base", "test_a", "test_b", "conftest")
#: How a module is imported: from anywhere, from its own folder or the root's, from the folder's
#: package, from a package below.
ANYWHERE = (
    "import {dotted}",
    "from {dotted} import NAME",
    "from {package} import {name}",
    "importlib.import_module('{dotted}')",
    "pytest.importorskip('{dotted}')",
    "patch('{dotted}.NAME', 1).start()",
    "exec('') ; import {dotted}",
)
BESIDE = ("import {name}", "from {name} import NAME", "importlib.import_module('{name}')")
WITHIN = ("from .{name} import NAME", "from . import {name}")
BELOW = ("from .. import {name}", "from ..{name} import (\n        NAME,\n    )")


def forms(folder: str, target: str) -> tuple[str, ...]:
    """List how a module of one folder may import one of another."""
    beside = target in {"", folder}
    up = folder.rpartition("/")[0]
    return (
        *ANYWHERE,
        *(BESIDE if beside else ()),
        *(WITHIN if folder == target else ()),
        *(BELOW if folder and up == target else ()),
    )


@pytest.fixture(scope="module")
def oracle() -> Iterator[subprocess.Popen[str]]:
    """Run the child process."""
    command = [sys.executable, "-c", ORACLE]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as child:
        yield child
        assert child.stdin
        child.stdin.close()


def loaded(oracle: subprocess.Popen[str], root: Path, test: Path) -> set[str]:
    """Ask pytest which files of a project it loads to collect a test file."""
    assert oracle.stdin
    assert oracle.stdout
    oracle.stdin.write(json.dumps([str(root), str(test)]) + "\n")
    oracle.stdin.flush()
    return {location for location in json.loads(oracle.stdout.readline()) if location}


@st.composite
def projects(draw: st.DrawFn) -> dict[str, str]:
    """Invent modules that import each other in many forms; what cannot be imported is passed."""
    packages = draw(st.sets(st.sampled_from(FOLDERS[1:])))
    folders = st.sampled_from(FOLDERS)
    modules = draw(
        st.lists(st.tuples(folders, st.sampled_from(NAMES)), min_size=3, max_size=9, unique=True)
    )
    paths = [*modules, *((folder, "__init__") for folder in sorted(packages))]
    dotted = {target: ".".join([*target[0].split("/"), target[1]]).strip(".") for target in modules}
    files = {}
    for folder, stem in paths:
        lines = ["import importlib, pytest", "from unittest.mock import patch", "NAME = 1"]
        for target in draw(st.lists(st.sampled_from(modules), max_size=3)):
            form = draw(st.sampled_from(forms(folder, target[0])))
            package = dotted[target].rpartition(".")[0] or target[1]
            statement = form.format(dotted=dotted[target], package=package, name=target[1])
            passed = "except (Exception, pytest.skip.Exception): pass"
            lines += ["try:", f"    {statement}", passed]
        if stem == "conftest" and draw(st.booleans()):
            lines.append(f"pytest_plugins = ['{dotted[draw(st.sampled_from(modules))]}']")
        files[f"{folder}/{stem}.py".lstrip("/")] = "\n".join([*lines, "def test(): ...", ""])
    return files


@pytest.mark.no_cover
@given(projects())
@settings(max_examples=40)
def test_no_test_file_that_loads_it_is_missing(
    oracle: subprocess.Popen[str], files: dict[str, str]
) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        lay(root, {"pyproject.toml": TABLE + "[tool.pytest.ini_options]\n", **files})
        locations = {str(root / name) for name in files}
        found = concerned(locations, find(root))
        for name in files:
            if Path(name).name.startswith("test_"):
                test = str(root / name)
                missing = {
                    Path(location).relative_to(root).as_posix()
                    for location in loaded(oracle, root, root / name) & locations
                    if test not in found[location]
                }
                assert not missing, name
