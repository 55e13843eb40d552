"""Patterns of names are told without pathspec, and as pathspec tells them."""

from hypothesis import example, given, settings
from hypothesis import strategies as st
from pathspec import PathSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from ssot_migrate.settings.config import DEFAULT_EXCLUDE
from ssot_migrate.settings.patterns import Patterns, is_pattern

PATTERN = st.text("ab*?[]!\\/#. -", min_size=1, max_size=5)
NAME = st.text("ab.#!-*", min_size=1, max_size=4).filter(lambda name: name not in {".", ".."})


def whole(patterns: list[str]) -> "PathSpec[GitIgnoreSpecPattern] | None":
    """Let pathspec read all patterns; ``None`` where it can not."""
    try:
        return PathSpec.from_lines(GitIgnoreSpecPattern, patterns)
    except ValueError:
        return None


@settings(max_examples=1000)
@given(
    st.lists(PATTERN, min_size=1, max_size=3),
    st.lists(NAME, min_size=1, max_size=3),
    st.sampled_from(["", "/"]),
)
@example(["*.egg-info"], ["a.egg-info", "b"], "")
@example([".#*"], [".#a"], "")
@example(["a ", "b* "], ["a", "b"], "")
@example(["#*"], ["#a"], "")
@example(["a*", "!ab"], ["ab"], "")
def test_a_path_is_covered_as_pathspec_says(
    patterns: list[str], names: list[str], ending: str
) -> None:
    known = whole(patterns)
    assert all(map(is_pattern, patterns)) == (known is not None)
    path = "/".join(names) + ending
    if known:
        assert Patterns.of(patterns).cover(path) == known.match_file(path)


def test_the_defaults_need_no_pathspec() -> None:
    assert Patterns.of(DEFAULT_EXCLUDE).spec is None
