"""Suppressions that are not as they should be are told, and nothing that was meant is lost."""

import ast
import re
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssot_migrate.code.source import parse
from ssot_migrate.model import Applicability, FileResult, Violation
from ssot_migrate.suppressions.read import read
from tests.support import Project, violations

UNUSED, UNEXPLAINED = "unused-suppression", "unexplained-suppression"
NAME = "tests/test_it.py"
SAFE, MANUAL = Applicability.SAFE, Applicability.MANUAL


def found(folder: Path, code: str, rule: str = UNUSED, **changes: object) -> list[Violation]:
    """Give what a rule says of a file, and see that a run that rewrites says the same."""
    project = Project(folder)
    project.write(NAME, code.encode())
    report = project.run(NAME, fix=False, **changes)
    assert report.all_failures == ()
    told = violations(report, rule)
    if rule == UNUSED:
        assert violations(project.run(NAME, **changes), rule) == told
    return told


def fixed(folder: Path, code: str, *, unsafe: bool = False, **changes: object) -> str:
    """Give what a file becomes; another run leaves it alone."""
    project = Project(folder)
    path = project.write(NAME, code.encode())
    for _ in range(2):
        report = project.run(NAME, unsafe=unsafe, **changes)
        assert report.all_failures == ()
        for change in report.changes:
            path.write_bytes(change.after)
    assert report.changes == ()
    return path.read_bytes().decode()


IMPORT = "from unittest.mock import AsyncMock, MagicMock\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1  # ssot-migrate: ignore[agent] why\n", "x = 1\n"),
        ("x = 1  # ssot-migrate: ignore[agent, patch] why\n", "x = 1\n"),
        ("# ssot-migrate: ignore[agent] why\nx = 1\n", "x = 1\n"),
        ("# ssot-migrate: ignore-file[agent] why\n\nx = 1\n", "\nx = 1\n"),
        ("# ssot-migrate: ignore[no-such-thing] why\nx = 1\n", "x = 1\n"),
        # Other comments stay, where they are.
        ("x = 1  # ssot-migrate: ignore[agent] why  # noqa\n", "x = 1  # noqa\n"),
        ("x = 1  # noqa  # ssot-migrate: ignore[agent] why\n", "x = 1  # noqa\n"),
        ("    # ssot-migrate: ignore[agent] why  # more\n    y\n", "    # more\n    y\n"),
        (
            "x = 1  # ssot-migrate: ignore[agent] a # ssot-migrate: ignore[tool] b  # c\n",
            "x = 1  # c\n",
        ),
        # What is accepted further out, or nearer, needs no second comment.
        (
            "# ssot-migrate: ignore[agent] one\nagent = AsyncMock()  # ssot-migrate: ignore[agent] 2\n",
            "agent = AsyncMock()  # ssot-migrate: ignore[agent] 2\n",
        ),
        (
            "# ssot-migrate: ignore-file[agent] one\nagent = AsyncMock()  # ssot-migrate: ignore[agent] 2\n",
            "agent = AsyncMock()  # ssot-migrate: ignore[agent] 2\n",
        ),
        # Each rule counts by itself.
        (
            "agent = AsyncMock()  # ssot-migrate: ignore[tool,agent, patch] 2\n",
            "agent = AsyncMock()  # ssot-migrate: ignore[agent] 2\n",
        ),
        (
            "# ssot-migrate: ignore-file[tool, agent] 2\nagent = AsyncMock()\n",
            "# ssot-migrate: ignore-file[agent] 2\nagent = AsyncMock()\n",
        ),
    ],
)
def test_what_suppresses_nothing_is_taken_out(before: str, after: str, tmp_path: Path) -> None:
    head = "def f():\n" if before.startswith(" ") else IMPORT if "Mock" in before else ""
    assert {v.applicability for v in found(tmp_path, head + before)} == {SAFE}
    assert fixed(tmp_path, head + before) == head + after


@pytest.mark.parametrize(
    "code",
    [
        "ws = MagicMock()  # ssot-migrate: ignore[websocket] why\n",
        "# ssot-migrate: ignore-file[websocket, agent] why\nws = MagicMock()\nagent = AsyncMock()\n",
        "x = '# ssot-migrate: ignore[websocket] why'\n",
        'x = """\n# ssot-migrate: ignore[websocket]\n"""\n',
        "x = 1  # ssot-migrate: ignored by nobody\n",
        "x = 1  # say `# ssot-migrate: ignore[websocket] why` above it\n",
        "# ssot-migrate: ignore-file[unused-suppression] a draft\n# ssot-migrate: ignore[agent] x\n",
    ],
)
def test_what_is_right_is_not_told(code: str, tmp_path: Path) -> None:
    assert found(tmp_path, IMPORT + code) == []


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        ("ignore[websockets] why", "there is no rule `websockets`, but `websocket`"),
        ("ignore[agent] why", "`agent` suppresses nothing here"),
        ("ignore[agent, tool] why", "`agent`, `tool` suppress nothing here"),
        ("ignore websocket", "this accepts nothing; write `# ssot-migrate: ignore[RULE] reason`"),
        ("ignore", "this accepts nothing; write `# ssot-migrate: ignore[RULE] reason`"),
        ("ignore[] why", "this accepts nothing; write `# ssot-migrate: ignore[RULE] reason`"),
        ("ignore [websocket]", "this accepts nothing; write `# ssot-migrate: ignore[RULE] reason`"),
        ("disable=websocket", "this accepts nothing; write `# ssot-migrate: ignore[RULE] reason`"),
        ("IGNORE[websocket]", "this accepts nothing; write `# ssot-migrate: ignore[RULE] reason`"),
        ("ignore-file[websocket] why", "`ignore-file` takes a line of its own"),
    ],
)
@pytest.mark.parametrize("selected", [(), (UNUSED, "websocket", "agent", "tool"), (UNUSED,)])
def test_a_mock_that_may_be_meant_stays_with_its_comment(
    comment: str, reason: str, selected: tuple[str, ...], tmp_path: Path
) -> None:
    code = (
        f"{IMPORT}\n\ndef test_it():\n    ws = MagicMock()  # ssot-migrate: {comment}\n    ws.f()\n"
    )
    if selected == (UNUSED,) and reason.endswith("here"):
        assert found(tmp_path, code, select=selected) == []
        return
    (told,) = found(tmp_path, code, select=selected)
    assert told.reason == f"{reason}; it may be meant for `websocket` on line 5"
    scope = "<module>" if "-file" in comment else "test_it"
    assert (told.applicability, told.line, told.column, told.scope) == (MANUAL, 5, 23, scope)
    assert fixed(tmp_path, code, select=selected, unsafe=True) == code


def test_only_what_it_may_mean_is_left(tmp_path: Path) -> None:
    code = dedent("""\
        from unittest.mock import AsyncMock, MagicMock


        def test_block():
            ws = MagicMock()
            ws.user_id = "u"  # ssot-migrate: ignore[websocket] on the wrong line
            assert ws.user_id


        def test_other():
            websocket = MagicMock()
            websocket.user_id = "u"
            assert websocket.user_id
        """)
    project = Project(tmp_path)
    project.write(NAME, code)
    report = project.run(NAME, unsafe=True)
    (change,) = report.changes
    assert [v.name for v in change.fixed] == ["websocket"]
    assert change.after.decode().count("\n    ws = MagicMock()\n    ws.user_id =") == 1
    (why,) = report.results[0].left.values()
    assert why == "the suppression on line 6 may be meant for it; correct it, or remove it"


def test_a_wrong_name_for_the_whole_file_leaves_the_file(tmp_path: Path) -> None:
    code = f"# ssot-migrate: ignore-file[websockets] why\n{IMPORT}\nws = MagicMock()\nprint(ws)\n"
    (told,) = found(tmp_path, code)
    assert (told.applicability, told.scope) == (MANUAL, "<module>")
    assert fixed(tmp_path, code, unsafe=True) == code
    # A right name that finds nothing says nothing of other families.
    other = code.replace("websockets", "agent")
    assert "ws = SSotMockFactory" in fixed(tmp_path, other, unsafe=True)


@pytest.mark.parametrize("rule", [UNUSED, UNEXPLAINED])
def test_the_rules_themselves_are_accepted_for_files_alone(rule: str, tmp_path: Path) -> None:
    code = f"x = 1  # ssot-migrate: ignore[{rule}] why\n"
    (told,) = found(tmp_path, code)
    assert told.reason == f"`{rule}` is accepted for a file alone: ignore-file[{rule}]"
    two = f"# ssot-migrate: ignore-file[{rule}] why\n{IMPORT}"
    wrong = {
        UNUSED: "x = 1  # ssot-migrate: ignore[agent] why\n",
        UNEXPLAINED: "agent = AsyncMock()  # ssot-migrate: ignore[agent]\n",
    }[rule]
    assert len(found(tmp_path, IMPORT + wrong, rule)) == 1
    assert found(tmp_path, two + wrong, rule) == []


def test_a_run_speaks_only_of_what_it_looks_for(tmp_path: Path) -> None:
    code = "x = 1  # ssot-migrate: ignore[agent, patch] why\n"
    assert [v.name for v in found(tmp_path, code)] == ["agent, patch"]
    assert [v.name for v in found(tmp_path, code, select=(UNUSED, "patch"))] == ["patch"]
    assert [v.name for v in found(tmp_path, code, ignore=("patch",))] == ["agent"]
    assert found(tmp_path, code, select=(UNUSED,)) == []
    assert found(tmp_path, code, ignore=(UNUSED,)) == []
    assert found(tmp_path, code, select=("agent",)) == []


BUILDERS = """
    from unittest.mock import MagicMock


    class Builders:  # ssot-migrate: ignore[second-factory] moves next month
        def websocket(self):
            ws = MagicMock()
            return ws
"""


def test_a_second_factory_may_be_imported_elsewhere(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/builders.py", BUILDERS)
    project.write("tests/use.py", "from tests.builders import Builders\n")
    together = project.run(fix=False)
    assert [v.rule for v in together.suppressed] == ["second-factory"]
    for report in (
        together,
        project.run("tests/builders.py"),
        project.run("tests/builders.py", fix=False),
    ):
        assert violations(report, UNUSED) == []
    # What nobody could import as a factory is none in any run.
    project.write("tests/builders.py", BUILDERS.replace("return ws", "print(ws)"))
    for fix in (False, True):
        assert [v.name for v in violations(project.run(fix=fix), UNUSED)] == ["second-factory"]


def test_it_is_about_the_line_that_it_is_for_too(tmp_path: Path) -> None:
    # So that the gate speaks of it where only that line was changed.
    code = "# ssot-migrate: ignore[agent] why\n# more\nx = 1\n"
    (told,) = found(tmp_path, code)
    assert (told.line, told.end_line, told.lines) == (1, 1, ((1, 3),))
    (again,) = found(tmp_path, f"\n{code}")
    assert again.fingerprint == told.fingerprint


def test_a_comment_further_down_does_not_become_the_encoding(tmp_path: Path) -> None:
    project = Project(tmp_path)
    code = "# ssot-migrate: ignore[agent] why\n\n# coding: latin-1\nx = 'é'\n"
    project.write(NAME, code.encode())
    report = project.run(NAME)
    assert report.changes == ()
    (failure,) = report.all_failures
    assert failure.message == "left as it was: the file would be read as iso-8859-1"


def test_what_is_never_rewritten_is_not_lost(tmp_path: Path) -> None:
    code = (
        "from unittest.mock import patch\n\n\n@patch('app.it')  # ssot-migrate: ignore[agent] why\n"
    )
    (told,) = found(tmp_path, f"{code}def test_it(it): ...\n")
    assert told.applicability is SAFE


def test_a_name_that_is_nearly_a_rule_is_for_a_person(tmp_path: Path) -> None:
    code = "x = 1  # ssot-migrate: ignore[websockets] why\n"
    (told,) = found(tmp_path, code)
    assert told.applicability is MANUAL
    assert told.reason == "there is no rule `websockets`, but `websocket`"
    assert fixed(tmp_path, code) == code


def test_the_factorys_own_file_is_left_alone(tmp_path: Path) -> None:
    project = Project(tmp_path)
    path = project.folder / "test_framework/ssot/mock_factory.py"
    path.write_bytes(path.read_bytes() + b"# ssot-migrate: ignore[agent]\n")
    assert violations(project.run(fix=False), UNUSED) == []


@pytest.mark.parametrize("reason", ["", " ", " -", ": ", "  # noqa"])
def test_a_suppression_without_a_reason(reason: str, tmp_path: Path) -> None:
    code = f"{IMPORT}agent = AsyncMock()  # ssot-migrate: ignore[agent]{reason}\n"
    (told,) = found(tmp_path, code, UNEXPLAINED)
    assert (told.line, told.column, told.name) == (2, 22, "agent")
    assert told.reason == "no reason is given; write it behind the bracket"
    assert found(tmp_path, code, UNEXPLAINED, require_reason=False) == []
    # It suppresses all the same.
    (accepted,) = Project(tmp_path).run(NAME).suppressed.values()
    assert accepted == "no reason given"


def test_one_of_both_rules_is_enough_for_a_comment(tmp_path: Path) -> None:
    gone, stays = (
        "x = 1  # ssot-migrate: ignore[agent]\n",
        "agent = AsyncMock()  # ssot-migrate: ignore[agent, tool]\n",
    )
    assert found(tmp_path, gone, UNEXPLAINED) == []
    assert len(found(tmp_path, IMPORT + stays, UNEXPLAINED)) == 1
    assert len(found(tmp_path, IMPORT + stays, UNUSED)) == 1


def test_a_reason_can_be_left_to_an_override(tmp_path: Path) -> None:
    project = Project(tmp_path)
    (tmp_path / "pyproject.toml").write_text(
        '[[tool.ssot-migrate.overrides]]\npath = "tests/legacy"\nrequire-reason = false\n'
    )
    for name in ("tests/legacy/test_a.py", "tests/test_b.py"):
        project.write(name, f"{IMPORT}agent = AsyncMock()  # ssot-migrate: ignore[agent]\n")
    from ssot_migrate.discover import discover
    from ssot_migrate.model import Request
    from ssot_migrate.pipeline import run
    from ssot_migrate.settings.resolver import find

    resolver = find(tmp_path)
    report = run(discover([tmp_path], resolver)[0], resolver, Request())
    assert [Path(v.path).name for v in violations(report, UNEXPLAINED)] == ["test_b.py"]


# properties

#: Lines of code with a mock or without; ``{}`` is where a comment may stand.
LINES = st.sampled_from(
    [
        "x = 1{}",
        "agent = AsyncMock(){}",
        "ws = MagicMock(){}",
        "",
        "# words",
        "    {}",
        "y = [{}\n    1,{}\n]{}",
    ]
)
RULES = st.sampled_from(["agent", "websocket", "patch", "nothing", UNUSED, UNEXPLAINED])
COMMENTS = st.builds(
    lambda word, rules, reason, more: f"# ssot-migrate: {word}[{', '.join(rules)}]{reason}{more}",
    st.sampled_from(["ignore", "ignore-file"]),
    st.lists(RULES, min_size=1, max_size=3, unique=True),
    st.sampled_from(["", " why", " é 1"]),
    st.sampled_from(["", "  # noqa"]),
)


@st.composite
def files(draw: st.DrawFn) -> str:
    lines = []
    for line in draw(st.lists(LINES, min_size=1, max_size=8)):
        drawn = (draw(st.one_of(st.just(""), COMMENTS)) for _ in range(line.count("{}")))
        lines.append(
            line.format(*(f"  {comment}" if comment else "" for comment in drawn)).rstrip()
        )
    return "\n".join(lines) + "\n"


def naive(code: str) -> dict[tuple[int | None, str], str]:
    """Read what comments accept, line by line: no ``#`` stands in a string."""
    accepted: dict[tuple[int | None, str], str] = {}
    lines = code.split("\n")
    for number, line in enumerate(lines, 1):
        before, _, comment = line.partition("#")
        match = re.match(r" ssot-migrate: ignore(-file)?\[(.+?)\](.*)", comment)
        if not match or (match[1] and before.strip()):
            continue
        target: int | None = number
        while target and lines[target - 1].strip().startswith("#"):
            target += 1
        for rule in match[2].split(", "):
            reason = match[3].partition("  #")[0].strip()
            place = None if match[1] else target
            if place is None or rule not in (UNUSED, UNEXPLAINED):
                accepted[place, rule] = reason
    return accepted


@given(code=files(), newline=st.sampled_from(["\n", "\r\n", "\r"]))
@settings(deadline=None)
def test_the_reader_agrees_with_a_naive_one(code: str, newline: str) -> None:
    suppressions = read(parse(code.replace("\n", newline).encode()))
    expected = naive(code)
    rules = {rule for _, rule in expected} | {"agent"}
    for line in range(1, code.count("\n") + 2):
        for rule in rules:
            one = suppressions.by(line, rule)
            wanted = expected.get((line, rule), expected.get((None, rule)))
            assert (one.reason if one else None) == wanted


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("suppressions"))


def accepted(result: FileResult) -> list[str]:
    return sorted(f"{v.key} {reason}" for v, reason in result.suppressed.items() if v.is_creation)


@pytest.mark.no_cover
@given(code=files())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_fixes_take_out_what_is_unused_and_nothing_else(project: Project, code: str) -> None:
    code = IMPORT + code
    path = project.write(NAME, code.encode())
    rules = (UNUSED, "agent", "websocket", "patch")
    before = project.run(NAME, fix=False, select=rules)
    assert before.all_failures == ()
    for result in before.results:
        assert {v.line for v in violations(before, UNUSED)} <= {
            n for n, line in enumerate(code.split("\n"), 1) if "ssot-migrate" in line
        }
        changed = project.run(NAME, select=(UNUSED, "patch"))
        assert changed.all_failures == ()
        after = changed.changes[0].after if changed.changes else code.encode()
        assert ast.dump(parse(after).tree) == ast.dump(parse(code.encode()).tree)
        assert after.count(b"noqa") == code.count("noqa")
        path.write_bytes(after)
        again = project.run(NAME, fix=False, select=rules)
        now = again.results[0] if again.results else FileResult(result.path)
        # All that was accepted is, for the same reasons; all that stays may be meant for something.
        assert accepted(now) == accepted(result)
        unused = [v for v in violations(again, UNUSED) if v.applicability is SAFE]
        assert not [v for v in unused if v.name in {"patch", "nothing"}]


@pytest.mark.no_cover
@given(code=files())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_left_after_all_fixes_is_no_longer_safe_to_fix(project: Project, code: str) -> None:
    path = project.write(NAME, (IMPORT + code).encode())
    suppressed = [accepted(r) for r in project.run(NAME, fix=False).results if r.suppressed]
    report = project.run(NAME, unsafe=True)
    assert report.all_failures == ()
    for change in report.changes:
        path.write_bytes(change.after)
    again = project.run(NAME, fix=False)
    assert [accepted(r) for r in again.results if r.suppressed] == suppressed
    assert not [v for v in violations(again, UNUSED) if v.applicability is SAFE]
