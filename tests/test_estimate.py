"""What line regexes count, and why that is not what there is."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ssot_migrate import estimate
from ssot_migrate.discover import discover
from ssot_migrate.estimate import patterns
from ssot_migrate.families.catalogue import load_families
from ssot_migrate.families.family import Family, Signs
from ssot_migrate.model import Estimate, Reason, Report, Request, Severity, SourceFile
from ssot_migrate.pipeline import run
from ssot_migrate.settings.config import Config, Statistics
from ssot_migrate.worker.settings import Outcome, Settings
from tests.support import Project

IMPORT = "from unittest.mock import AsyncMock, MagicMock, Mock, patch\n"


def scanned(project: Project, *, asked: bool = True, jobs: int = 1, **changes: object) -> Report:
    resolver = project.resolver(**changes)
    files, _ = discover([project.folder / "tests"], resolver)
    return run(files, resolver, Request(statistics=asked, jobs=jobs))


def estimates(
    folder: Path, code: str, *, start: str = IMPORT, **changes: object
) -> dict[str, Estimate]:
    """Give what is counted in a file of this code, which imports all mock classes first."""
    project = Project(folder)
    project.write("tests/test_it.py", (start + code).encode())
    return next((r.estimates for r in scanned(project, **changes).results), {})


def counts(one: Estimate) -> tuple[int, dict[Reason, int], int, int, int]:
    return sum(one.hits.values()), one.reasons, one.mocks_hit, one.mocks_missed, one.unseen


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        pytest.param("mock_ws = MagicMock()\n", (1, {}, 1, 0, 0), id="a mock"),
        pytest.param("MockWebSocket = MagicMock()\n", (1, {}, 1, 0, 0), id="in any case"),
        pytest.param("mock_ws: MagicMock = MagicMock()\n", (1, {}, 1, 0, 0), id="annotated"),
        pytest.param("ws = MagicMock()\n", (0, {}, 0, 1, 0), id="missed, hit as generic"),
        pytest.param("ws = MagicMock(a=1)\n", (0, {}, 0, 1, 1), id="missed by all"),
        pytest.param(
            "mock_ws = MagicMock()\nmock_ws.close = AsyncMock()\n",
            (2, {Reason.PART: 1}, 1, 0, 0),
            id="an attribute is part of its mock",
        ),
        pytest.param(
            "mock_ws = MagicMock(\n    a=1, mock_ws=2\n)\n",
            (2, {Reason.AGAIN: 1}, 1, 0, 0),
            id="two lines of one mock",
        ),
        pytest.param(
            "mock_ws = MagicMock()\nx = 'mock_ws = '\n# Mock_WS = MagicMock()\n",
            (3, {Reason.PROSE: 2}, 1, 0, 0),
            id="strings and comments",
        ),
        pytest.param(
            'def test_it():\n    """Say\n\n    mock_ws = MagicMock()\n    """\n',
            (1, {Reason.PROSE: 1}, 0, 0, 0),
            id="a docstring",
        ),
        pytest.param(
            "mock_ws = None\nuse(mock_ws=1)\n", (2, {Reason.NOTHING: 2}, 0, 0, 0), id="no mock"
        ),
        pytest.param("assert mock_ws == 1\n", None, id="a comparison is no assignment"),
        pytest.param(
            "mock_ws = create_mock_ws()\n",
            (2, {Reason.NOTHING: 2}, 0, 0, 0),
            id="a helper, by both patterns",
        ),
        pytest.param(
            "mock_ws = SSotMockFactory.create_websocket_mock()\n",
            (1, {Reason.FACTORY: 1}, 0, 0, 0),
            id="the factory's",
        ),
        pytest.param(
            "ws = MagicMock(); mock_ws = MagicMock()\n", (1, {}, 1, 1, 0), id="two on a line"
        ),
    ],
)
def test_a_hit_is_a_mock_or_has_a_reason(
    tmp_path: Path, code: str, expected: tuple[object, ...] | None
) -> None:
    found = estimates(tmp_path, code).get("websocket")
    assert (found and counts(found)) == expected


def test_a_mock_of_another_family_is_elsewhere(tmp_path: Path) -> None:
    found = estimates(tmp_path, "mock_ws = AsyncMock(spec=Agent)\n")
    assert counts(found["websocket"]) == (1, {Reason.ELSEWHERE: 1}, 0, 0, 0)
    assert counts(found["agent"]) == (0, {}, 0, 1, 0)


def test_the_generic_patterns_hit_every_bare_mock(tmp_path: Path) -> None:
    code = (
        "@patch('x')\ndef test_it(x):\n    mock_ws = MagicMock()\n    thing = Mock()\n"
        "    other = Mock(a=1)\n"
    )
    found = estimates(tmp_path, code)["generic"]
    assert found.hits == {r"@patch\(": 1, r"\bMagicMock\(\)": 1, r"\bMock\(\)": 1}
    assert sum(found.reasons.values()) == 2
    assert (found.mocks_hit, found.mocks_missed, found.unseen) == (1, 1, 1)


def test_a_file_without_a_mock_can_be_hit(tmp_path: Path) -> None:
    found = estimates(tmp_path, "mock_ws = None  # see mock_ws\n# mock_agent =\n", start="")
    assert counts(found["websocket"]) == (1, {Reason.NOTHING: 1}, 0, 0, 0)
    assert counts(found["agent"]) == (1, {Reason.PROSE: 1}, 0, 0, 0)
    assert "database" not in found


def test_a_file_that_cannot_be_parsed(tmp_path: Path) -> None:
    code = "# mock_ws =\ndef test_it(:\n    mock_ws = MagicMock()\n"
    found = estimates(tmp_path, code)["websocket"]
    assert counts(found) == (2, {Reason.PROSE: 1, Reason.UNPARSED: 1}, 0, 0, 0)


def test_a_file_that_cannot_be_decoded(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/test_it.py", b"mock_ws = None  # \xff\n")
    (result,) = scanned(project).results
    assert counts(result.estimates["websocket"]) == (1, {Reason.NOTHING: 1}, 0, 0, 0)


def test_the_factory_is_no_place_of_mocks(tmp_path: Path) -> None:
    project = Project(tmp_path)
    resolver = project.resolver()
    files, _ = discover([tmp_path / "test_framework"], resolver)
    for result in run(files, resolver, Request(statistics=True)).results:
        for one in result.estimates.values():
            assert set(one.reasons) <= {Reason.FACTORY, Reason.PROSE}
            assert (one.mocks_hit, one.mocks_missed) == (0, 0)


def test_a_file_that_is_gone_is_not_counted(tmp_path: Path) -> None:
    files = [SourceFile.of(str(tmp_path / "gone.py"), "gone.py")]
    (result,) = run(files, Project(tmp_path).resolver(), Request(statistics=True)).results
    assert result.estimates == {}
    assert len(result.failures) == 1


def test_nothing_is_counted_unasked(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("tests/test_it.py", "mock_ws = None\n")
    assert scanned(project, asked=False).results == ()


def test_what_is_not_selected_is_known_all_the_same(tmp_path: Path) -> None:
    code = "mock_agent = AsyncMock()\nmock_ws = AsyncMock(spec=Agent)\n"
    found = estimates(tmp_path, code, select=("websocket",))
    assert list(found) == ["websocket"]
    assert found["websocket"].reasons == {Reason.ELSEWHERE: 1}
    assert "websocket" not in estimates(tmp_path, code, ignore=("websocket",))


def test_processes_count_the_same(tmp_path: Path) -> None:
    project = Project(tmp_path)
    for number in range(3):
        code = "mock_ws = MagicMock()\nmock_ws.close = AsyncMock()\n" + f"# {'long' * 200_000}\n"
        project.write(f"tests/test_{number}.py", (IMPORT + code).encode())
    alone = scanned(project, select=("websocket",))
    assert scanned(project, jobs=2, select=("websocket",)) == alone
    assert [sum(r.estimates["websocket"].hits.values()) for r in alone.results] == [2, 2, 2]


def test_what_is_no_mock_belongs_to_its_own_rule(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = estimate.process

    def with_patches(settings: Settings, file: SourceFile, users: Any) -> Outcome:  # noqa: ANN401
        outcome = honest(settings, file, users)
        found = outcome.result.violations
        patches = tuple(replace(v, rule="patch") for v in found if v.line == 2)
        others = tuple(v for v in found if v.line != 2)
        return replace(outcome, result=replace(outcome.result, violations=(*patches, *others)))

    monkeypatch.setattr(estimate, "process", with_patches)
    code = "mock_ws = MagicMock()\nmock_ws = MagicMock()\n"
    assert counts(estimates(tmp_path, code)["websocket"]) == (2, {Reason.ELSEWHERE: 1}, 1, 0, 0)
    given = Statistics((), (("patch", ("mock_ws",)),))
    found = estimates(tmp_path, code, statistics=given)["patch"]
    assert counts(found) == (2, {Reason.ELSEWHERE: 1}, 1, 0, 0)


# the patterns


def texts(config: Config, *families: Family) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pattern in patterns(families or load_families(), config):
        found.setdefault(pattern.family, []).append(pattern.regex.pattern)
    return found


def test_a_users_family_has_patterns_too(tmp_path: Path) -> None:
    own = Family("cache", "", Severity.LOW, "", evidence=Signs(names=("redis_cache",)))
    (found,) = texts(Config(tmp_path), own).values()
    hits = [
        [bool(re.search(text, line, re.IGNORECASE)) for text in found]
        for line in (
            "self.mock_redis_cache = x",
            "MockRedisCache.get = mock.AsyncMock()",
            "create_mock_redis_cache_of(1)",
            "mock_redis = x",
        )
    ]
    assert hits == [
        [True, False, False],
        [False, True, False],
        [False, False, True],
        [False, False, False],
    ]
    unnamed = Family("thing", "", Severity.LOW, "")
    assert texts(Config(tmp_path), unnamed) == {}


def test_patterns_are_configuration(tmp_path: Path) -> None:
    shipped = texts(Config(tmp_path))
    statistics = Statistics(
        (("agent", ("a",)), ("generic", ())), (("agent", ("b",)), ("x", ("c",)))
    )
    changed = texts(Config(tmp_path, statistics=statistics))
    assert changed == {
        **{k: v for k, v in shipped.items() if k != "generic"},
        "agent": ["a", "b"],
        "x": ["c"],
    }
    assert texts(Config(tmp_path, statistics=statistics, select=("agent",))) == {
        "agent": ["a", "b"]
    }
    assert "agent" not in texts(Config(tmp_path, ignore=("agent",)))


def test_a_configured_pattern_hits_lines_without_a_mock_in_any_case(tmp_path: Path) -> None:
    statistics = Statistics((("websocket", ("^socket$", "SOCK")),))
    found = estimates(tmp_path, "Socket\r\nsocket = 1\n", statistics=statistics)["websocket"]
    assert found.hits == {"^socket$": 1, "SOCK": 2}


# what adds up


LINES = st.sampled_from(
    [
        "mock_ws = MagicMock()",
        "mock_ws.send = AsyncMock(return_value=mock_ws)",
        "ws = MagicMock(name='x')",
        "self.mock_websocket = mock_ws = Mock()",
        "mock_agent = AsyncMock()  # mock_ws = Mock()",
        "run(mock_ws=MagicMock(), mock_agent=Mock())",
        "'''mock_ws = ",
        "'''",
        "mock_db = (",
        ")",
        "session = create_mock_session()",
        "db = SSotMockFactory.create_database_session_mock()",
        "# @patch('x')",
        "x = [Mock(), Mock()]",
        "def create_mock_ws():",
        "    return MagicMock()",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(lines=st.lists(LINES, max_size=12))
def test_hits_less_reasons_and_missed_are_the_mocks(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    project = Project(tmp_path_factory.mktemp("project"))
    text = IMPORT + "\n".join(lines)
    project.write("tests/test_it.py", text.encode())
    report = scanned(project)
    places = {(v.rule, v.line, v.column) for v in report.violations if v.rule == v.family}
    mocks = Counter(family for family, *_ in places)
    hits: Counter[str] = Counter()
    for pattern in patterns(load_families(), project.config()):
        hits[pattern.family] += sum(bool(pattern.regex.search(line)) for line in text.split("\n"))
    found = {k: v for result in report.results for k, v in result.estimates.items()}
    assert {k: sum(one.hits.values()) for k, one in found.items() if one.hits} == +hits
    for family, one in found.items():
        assert sum(one.hits.values()) - sum(one.reasons.values()) == one.mocks_hit
        assert one.mocks_hit + one.mocks_missed == mocks[family]
        assert one.unseen <= one.mocks_missed
    assert set(mocks) <= set(found)
