"""The settings of a run."""

import pickle
from pathlib import Path

import pytest
from msgspec.structs import replace

from ssot_migrate.settings.config import (
    DEFAULT_EXCLUDE,
    DEFAULT_INCLUDE,
    Config,
    ConfigError,
    Origin,
    Override,
    Statistics,
)
from ssot_migrate.settings.load import load
from ssot_migrate.settings.table import advice


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def own(folder: Path, text: str) -> Path:
    """Write a pyproject.toml with our table."""
    return put(folder / "pyproject.toml", f"[tool.ssot-migrate]\n{text}\n")


def message(folder: Path, config_file: Path | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, config_file)
    return str(caught.value)


def test_defaults(tmp_path: Path) -> None:
    config = load(tmp_path)
    assert config == Config(tmp_path, pythonpath=(str(tmp_path),))
    assert config.include == DEFAULT_INCLUDE
    assert config.exclude == DEFAULT_EXCLUDE
    assert config.line_length == 88
    assert config.respect_gitignore


def test_every_key(tmp_path: Path) -> None:
    own(
        tmp_path,
        'factory = "tests.mocks:Factory"\nselect = ["agent"]\nignore = ["generic"]\n'
        'include = ["tests"]\nexclude = ["x"]\nextend-exclude = ["y"]\nline-length = 79\n'
        'respect-gitignore = false\ncache-dir = ".cache/mocks"\n'
        'codemods = ["tools/codemods"]\n'
        '[[tool.ssot-migrate.overrides]]\npath = "x"\nselect = ["websocket"]',
    )
    place = str(tmp_path / "pyproject.toml")
    assert replace(load(tmp_path), origins={}) == Config(
        tmp_path,
        factory="tests.mocks:Factory",
        select=("agent",),
        ignore=("generic",),
        include=("tests",),
        exclude=("x",),
        extend_exclude=("y",),
        line_length=79,
        pythonpath=(str(tmp_path),),
        respect_gitignore=False,
        codemods=("tools/codemods",),
        cache_dir=".cache/mocks",
        overrides=(
            Override(
                ("x",),
                (("select", ("websocket",)),),
                Origin("[[tool.ssot-migrate.overrides]] 1", place),
            ),
        ),
    )
    assert load(tmp_path).cache == tmp_path / ".cache/mocks"


def test_a_config_travels(tmp_path: Path) -> None:
    config = load(tmp_path)
    assert pickle.loads(pickle.dumps(config)) == config  # noqa: S301 (our own bytes)


def test_the_nearest_table_wins(tmp_path: Path) -> None:
    own(tmp_path, 'select = ["far"]')
    own(tmp_path / "near", 'select = ["near"]')
    put(tmp_path / "near/sub/pyproject.toml", '[project]\nname = "no-table-of-ours"\n')
    config = load(tmp_path / "near/sub/deep")
    assert (config.root, config.select) == (tmp_path / "near", ("near",))


def test_without_a_table_the_checkout_is_the_root(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub/deep").mkdir(parents=True)
    put(tmp_path / "sub/pyproject.toml", "[tool.black]\nline-length = 99\n")
    assert load(tmp_path / "sub/deep").root == tmp_path


def test_a_relative_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(Path()).root == tmp_path


def test_a_given_pyproject_is_the_root(tmp_path: Path) -> None:
    file = own(tmp_path / "other", 'select = ["agent"]')
    config = load(tmp_path / "here", file)
    assert (config.root, config.select) == (tmp_path / "other", ("agent",))


def test_another_given_file_leaves_the_root(tmp_path: Path) -> None:
    own(tmp_path, 'select = ["not this"]')
    file = put(tmp_path / "ci/strict.toml", '[tool.ssot-migrate]\nselect = ["agent"]\n')
    config = load(tmp_path / "sub", file)
    assert (config.root, config.select) == (tmp_path, ("agent",))


def test_a_given_file_must_exist_and_have_the_table(tmp_path: Path) -> None:
    missing = tmp_path / "gone.toml"
    assert message(tmp_path, missing) == f"{missing}: this configuration file does not exist"
    empty = put(tmp_path / "empty.toml", "")
    assert "no [tool.ssot-migrate] table" in message(tmp_path, empty)


def test_an_unknown_key_names_the_nearest(tmp_path: Path) -> None:
    file = own(tmp_path, 'extend-exlude = ["x"]')
    assert message(tmp_path) == (
        f"{file}: [tool.ssot-migrate] unknown key `extend-exlude`; did you mean `extend-exclude`?"
    )


def test_an_unknown_key_that_is_near_nothing_lists_all(tmp_path: Path) -> None:
    own(tmp_path, "zzz = 1")
    assert "there are factory, select, ignore" in message(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("select = 3", "`select`: expected `array`, got `int`", id="type"),
        pytest.param("select = [3]", "`select[0]`: expected `str`, got `int`", id="item"),
        pytest.param("line-length = 0", "`line-length`: expected `int` >= 1", id="range"),
        pytest.param(
            'factory = "a.b.C"', '`factory` must look like "package.module:Class"', id="colon"
        ),
        pytest.param(
            'factory = "a b:C"', '`factory` must look like "package.module:Class"', id="name"
        ),
    ],
)
def test_wrong_values(tmp_path: Path, text: str, expected: str) -> None:
    file = own(tmp_path, text)
    assert message(tmp_path).startswith(f"{file}: [tool.ssot-migrate] {expected}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('select = ["a"]', "2 object missing required field `path`", id="no path"),
        pytest.param('path = "x"\nexclude = ["a"]', "unknown key `exclude`; there are", id="key"),
        pytest.param('path = "x"\nselekt = []', "did you mean `select`?", id="typing error"),
        pytest.param("path = 3", "`path`: expected `str | array`, got `int`", id="type"),
        pytest.param('path = ["x", "!"]', "`path`: `!` is no pattern in gitignore", id="pattern"),
        pytest.param('path = "x"\nfactory = "y"', "`factory` must look like", id="factory"),
    ],
)
def test_wrong_overrides_are_counted(tmp_path: Path, text: str, expected: str) -> None:
    tables = (
        f'[[tool.ssot-migrate.overrides]]\npath = "fine"\n[[tool.ssot-migrate.overrides]]\n{text}'
    )
    file = own(tmp_path, tables)
    assert message(tmp_path).startswith(f"{file}: [[tool.ssot-migrate.overrides]] 2")
    assert expected in message(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("overrides = 3", "`overrides`: expected `array`, got `int`", id="number"),
        pytest.param("overrides = [3]", "overrides]] 1 must be a table", id="list"),
    ],
)
def test_overrides_must_be_tables(tmp_path: Path, text: str, expected: str) -> None:
    own(tmp_path, text)
    assert expected in message(tmp_path)


@pytest.mark.parametrize("key", ["include", "exclude", "extend-exclude"])
@pytest.mark.parametrize("pattern", ["!", "[z-a]"])
def test_a_pattern_must_be_one(tmp_path: Path, key: str, pattern: str) -> None:
    file = own(tmp_path, f'{key} = ["fine", "{pattern}"]')
    assert message(tmp_path) == (
        f"{file}: [tool.ssot-migrate] `{key}`: `{pattern}` is no pattern in gitignore syntax"
    )


@pytest.mark.parametrize("value", ["", ".", "..", "x/.."])
def test_the_cache_is_a_folder_of_its_own(tmp_path: Path, value: str) -> None:
    own(tmp_path, f'cache-dir = "{value}"')
    assert "`cache-dir` must be a folder of its own, not" in message(tmp_path)


def test_where_each_setting_comes_from(tmp_path: Path) -> None:
    file = own(tmp_path, 'select = ["agent"]\n[tool.ruff]\nline-length = 99')
    assert load(tmp_path).origins == {
        "select": Origin("[tool.ssot-migrate]", str(file)),
        "line_length": Origin("[tool.ruff]", str(file)),
    }
    ruff = put(tmp_path / "ruff.toml", "line-length = 98")
    assert load(tmp_path).origins["line_length"] == Origin("line-length", str(ruff))
    own(tmp_path, "line-length = 97")
    assert load(tmp_path).origins["line_length"].place == "[tool.ssot-migrate]"


def test_the_rules_that_are_named(tmp_path: Path) -> None:
    own(
        tmp_path,
        'select = ["a"]\nignore = ["b"]\n[[tool.ssot-migrate.overrides]]\npath = "x"\nignore = ["c"]',
    )
    assert [(rule, origin.place) for rule, origin in load(tmp_path).rules] == [
        ("a", "[tool.ssot-migrate]"),
        ("b", "[tool.ssot-migrate]"),
        ("c", "[[tool.ssot-migrate.overrides]] 1"),
    ]


def test_statistics(tmp_path: Path) -> None:
    own(
        tmp_path,
        "[tool.ssot-migrate.statistics.patterns]\nagent = ['a+']\n"
        "[tool.ssot-migrate.statistics.extend-patterns]\nwebsocket = ['b', 'c']",
    )
    config = load(tmp_path)
    assert config.statistics == Statistics((("agent", ("a+",)),), (("websocket", ("b", "c")),))
    assert {rule for rule, _ in config.rules} == {"agent", "websocket"}
    assert pickle.loads(pickle.dumps(config)) == config  # noqa: S301 - our own
    assert hash(config) == hash(load(tmp_path))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("3", "[tool.ssot-migrate.statistics] must be a table", id="table"),
        pytest.param(
            "{pattern = {}}",
            ".statistics] unknown key `pattern`; did you mean `patterns`?",
            id="key",
        ),
        pytest.param(
            "{patterns = {agent = 'a'}}",
            ".statistics] `patterns[...]`: expected `array`, got `str`",
            id="type",
        ),
        pytest.param(
            "{extend-patterns = {agent = ['a', '(']}}",
            ".statistics.extend-patterns] `agent`: `(` is no regular expression: missing )",
            id="regex",
        ),
    ],
)
def test_wrong_statistics(tmp_path: Path, text: str, expected: str) -> None:
    file = own(tmp_path, f"statistics = {text}")
    assert message(tmp_path).startswith(f"{file}: [tool.ssot-migrate.statistics")
    assert expected in message(tmp_path)


def test_the_table_must_be_one(tmp_path: Path) -> None:
    put(tmp_path / "pyproject.toml", "[tool]\nssot-migrate = 3\n")
    assert message(tmp_path).endswith("[tool.ssot-migrate] must be a table")


@pytest.mark.parametrize("text", ["tool = 3 # ssot-migrate", "[tool]\nblack = 3 # ssot-migrate"])
def test_a_mention_is_no_table(tmp_path: Path, text: str) -> None:
    put(tmp_path / "pyproject.toml", text)
    assert load(tmp_path).line_length == 88


def test_bad_toml_names_the_line(tmp_path: Path) -> None:
    file = own(tmp_path, "select = [")
    assert message(tmp_path).startswith(f"{file}: is not valid TOML")
    assert "line 3" in message(tmp_path) or "end of document" in message(tmp_path)


def test_bad_toml_that_is_not_ours_is_passed_by(tmp_path: Path) -> None:
    put(tmp_path / "broken/pyproject.toml", "][")
    own(tmp_path, 'select = ["agent"]')
    assert load(tmp_path / "broken").select == ("agent",)


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"# caf\xe9 ssot-migrate\n")
    assert "is not UTF-8 (byte 5)" in message(tmp_path)


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert "cannot be read (Permission denied)" in message(tmp_path)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param({"pyproject.toml": "[tool.ruff]\nline-length = 100"}, 100, id="ruff"),
        pytest.param({"ruff.toml": "line-length = 101"}, 101, id="ruff.toml"),
        pytest.param(
            {"ruff.toml": "line-length = 101", ".ruff.toml": "line-length = 102"},
            102,
            id=".ruff.toml",
        ),
        pytest.param({"pyproject.toml": "[tool.black]\nline-length = 103"}, 103, id="black"),
        pytest.param({"pyproject.toml": "[tool.isort]\nline_length = 104"}, 104, id="isort"),
        pytest.param(
            {"pyproject.toml": "[tool.black]\nline-length = 7\n[tool.ruff]\nline-length = 8"},
            8,
            id="order",
        ),
        pytest.param({"pyproject.toml": '[tool.black]\nline-length = "wide"'}, 88, id="no number"),
        pytest.param({"pyproject.toml": "[tool.black]\nline-length = true"}, 88, id="a truth"),
        pytest.param(
            {
                "pyproject.toml": "[tool.ssot-migrate]\nline-length = 9\n[tool.ruff]\nline-length = 8"
            },
            9,
            id="ours",
        ),
    ],
)
def test_the_line_length_is_the_formatters(
    tmp_path: Path, files: dict[str, str], expected: int
) -> None:
    (tmp_path / ".git").mkdir()
    for name, text in files.items():
        put(tmp_path / name, text)
    assert load(tmp_path).line_length == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(
            "pyproject.toml", '[tool.pytest.ini_options]\npythonpath = ["lib", "."]', id="list"
        ),
        pytest.param(
            "pyproject.toml", '[tool.pytest.ini_options]\npythonpath = "lib ."', id="string"
        ),
        pytest.param("pyproject.toml", '[tool.pytest]\npythonpath = ["lib"]', id="native"),
        pytest.param("pytest.toml", '[pytest]\npythonpath = ["lib", 3]', id="pytest.toml"),
        pytest.param("pytest.ini", "[pytest]\npythonpath = lib", id="pytest.ini"),
        pytest.param("pytest.ini", "[pytest]\npythonpath =\n    lib\n    .", id="several lines"),
        pytest.param("tox.ini", "[tox]\nx = %(y)s\n[pytest]\npythonpath = lib", id="tox.ini"),
        pytest.param("setup.cfg", "[tool:pytest]\npythonpath = lib", id="setup.cfg"),
    ],
)
def test_pytests_pythonpath(tmp_path: Path, name: str, text: str) -> None:
    put(tmp_path / name, text)
    (tmp_path / "src").mkdir()
    folders = (str(tmp_path), str(tmp_path / "src"), str(tmp_path / "lib"))
    assert load(tmp_path).pythonpath == folders


def test_pytest_reads_its_own_file_first(tmp_path: Path) -> None:
    put(tmp_path / "pytest.ini", "[pytest]\npythonpath = first")
    put(tmp_path / "tox.ini", "[pytest]\npythonpath = second")
    assert load(tmp_path).pythonpath[1:] == (str(tmp_path / "first"),)


def test_an_ini_file_that_cannot_be_parsed(tmp_path: Path) -> None:
    file = put(tmp_path / "tox.ini", "pythonpath = x\n")
    assert message(tmp_path).startswith(
        f"{file}: cannot be parsed: File contains no section headers"
    )


@pytest.mark.parametrize("value", ["", ".", "tests"])
def test_a_folder_is_no_baseline(tmp_path: Path, value: str) -> None:
    (tmp_path / "tests").mkdir()
    own(tmp_path, f'baseline = "{value}"')
    assert f"`baseline` must be a file, not the folder '{value}'" in message(tmp_path)


def test_advice() -> None:
    assert advice("websockt", ["agent", "websocket"]) == "did you mean `websocket`?"
    assert advice("zzz", ["agent", "websocket"]) == "there are agent, websocket"


def test_a_commit_message(tmp_path: Path) -> None:
    own(tmp_path, 'commit-message = "{batch}: {fixes} {files} {families} {taken_back} {{}}"')
    assert load(tmp_path).commit_message.startswith("{batch}")


@pytest.mark.parametrize(
    ("template", "said"),
    [
        pytest.param(
            "{bach}",
            ": unknown placeholder `{bach}`; there are `{batch}`, `{fixes}`, `{files}`,"
            " `{families}`, `{taken_back}`",
            id="unknown",
        ),
        pytest.param(
            "{batch",
            ": expected '}' before end of string; write a brace that stands for itself twice",
            id="open",
        ),
        pytest.param(
            "{}",
            ": Replacement index 0 out of range for positional args tuple;"
            " write a brace that stands for itself twice",
            id="no name",
        ),
        pytest.param(" ", " must not be empty", id="blank"),
    ],
)
def test_a_commit_message_that_cannot_be_filled_in(
    tmp_path: Path, template: str, said: str
) -> None:
    own(tmp_path, f'commit-message = "{template}"')
    where = f"{tmp_path / 'pyproject.toml'}: [tool.ssot-migrate] `commit-message`"
    assert message(tmp_path) == where + said
