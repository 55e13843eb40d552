"""Baselines merged by git, line by line, and by the driver."""

import subprocess
from collections import Counter
from hashlib import blake2b
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ssot_migrate.cli import app
from ssot_migrate.discover import discover
from ssot_migrate.gate.baseline import Baseline, Entry
from ssot_migrate.gate.compare import compare, joined
from ssot_migrate.gate.entry import counts
from ssot_migrate.gate.merge import merge
from ssot_migrate.gate.selected import gated
from ssot_migrate.model import Request
from ssot_migrate.pipeline import start
from tests.gate.histories import (
    FUNCTIONS,
    SLOTS,
    Branch,
    History,
    Key,
    Slot,
    Tree,
    Update,
    count,
    history,
    key_of,
)
from tests.support import Project

A = "a" * 16


def entry(key: Key, number: int = 1) -> Entry:
    """What accepts a key where nothing is read: any hash does."""
    digest = blake2b(str(key.variant).encode(), digest_size=8).hexdigest()
    return Entry(key.path, "websocket", key.function, digest, number)


def baseline(accepted: Counter[Key], start: Baseline | None = None) -> Baseline:
    entries = [entry(key, number) for key, number in accepted.items() if number]
    made = (start or Baseline()).holding(entries)
    return Baseline.parse(made.render(), "made")


def sides(made: History) -> list[Baseline]:
    base = baseline(made.base.accepted)
    return [base, *(baseline(side.accepted, base) for side in (made.ours, made.theirs))]


def seeded(seed: int) -> Random:
    """Give the same histories each time: their conflicts are counted."""
    return Random(seed)  # noqa: S311 (nothing is secret)


def check(made: History, merged: Baseline) -> None:
    """Check that the gate says of each key what is so."""
    accepted, there = counts(merged.entries), count(made.merged)
    updated = Update.NOTHING not in {made.ours.update, made.theirs.update}
    for key in made.keys:
        number = accepted[entry(key).key]
        assert max(0, there[key] - number) == made.new(key), key
        if updated and not made.is_moved(key):
            assert number <= there[key], key


def as_text(folder: Path, versions: list[Baseline]) -> tuple[bool, str]:
    """Let git merge versions of a file line by line; say whether it could."""
    names = [folder / name for name in ("base", "ours", "theirs")]
    for name, version in zip(names, versions, strict=True):
        name.write_bytes(version.render())
    base, ours, theirs = map(str, names)
    command = ["git", "merge-file", "-p", ours, base, theirs]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.returncode == 0, done.stdout


@given(st.randoms(use_true_random=False), st.integers(1, 6), st.integers(1, 12))
def test_the_driver_answers_as_if_nothing_had_been_merged(
    random: Random, files: int, edits: int
) -> None:
    made = history(random, files, edits)
    base, ours, theirs = sides(made)
    merged = merge(base, ours, theirs)
    check(made, merged)
    assert merge(base, theirs, ours) == merged
    assert merged.comments == base.comments


@given(st.randoms(use_true_random=False), st.integers(1, 6), st.integers(1, 12))
def test_what_git_merges_as_text_is_what_the_driver_makes(
    tmp_path_factory: pytest.TempPathFactory, random: Random, files: int, edits: int
) -> None:
    made = history(random, files, edits)
    versions = sides(made)
    clean, text = as_text(tmp_path_factory.mktemp("merge"), versions)
    if clean:
        merged = Baseline.parse(text.encode(), "merged")
        assert merged == merge(*versions)
        assert merged.render() == text.encode()
    else:
        kept = [line for line in text.splitlines() if line[:7] not in {"<" * 7, "=" * 7, ">" * 7}]
        both = Baseline.parse("\n".join(kept).encode(), "kept")
        there = count(made.merged)
        pruned = counts(both.entries) & Counter({entry(k).key: n for k, n in there.items()})
        for key in made.keys:
            if not made.is_moved(key):
                assert there[key] - pruned[entry(key).key] == made.new(key), key


def test_few_merges_need_the_driver(tmp_path: Path) -> None:
    """Six changes a branch in some 360 blocks of 60 files, half of them in one file."""
    made = [sides(history(seeded(seed), files=60, edits=6)) for seed in range(100)]
    assert sum(not as_text(tmp_path, versions)[0] for versions in made) <= 2


def test_what_both_sides_did_alike_is_done_once() -> None:
    def accepting(number: int) -> Baseline:
        return Baseline().holding([Entry("a.py", "r", "f", A, number)])

    def merged(base: int, ours: int, theirs: int) -> int:
        made = merge(accepting(base), accepting(ours), accepting(theirs))
        return sum(found.count for found in made.entries)

    assert merged(0, 1, 1) == 1  # A commit that was picked, or squashed.
    assert merged(3, 2, 2) == 2
    assert merged(3, 2, 4) == 3
    assert merged(1, 2, 3) == 4
    assert merged(3, 1, 0) == 0
    assert merged(0, 0, 2) == merged(2, 2, 2) == 2


def test_comments_are_ours_where_both_sides_changed_them() -> None:
    base, ours, theirs = (Baseline(comments=(f"# {name}",)) for name in ("base", "ours", "theirs"))
    assert merge(base, base, theirs).comments == theirs.comments
    assert merge(base, ours, base).comments == ours.comments
    assert merge(base, ours, theirs).comments == ours.comments


STEP = '    step("{0}", {1}, {2})\n'
BLOCK = """\
    ws_{0} = MagicMock()
    ws_{0}.send_text = AsyncMock()
    ws_{0}.user_id = "user {0}"
    use(ws_{0})
"""


def source(tree: Tree, path: str) -> str:
    """Write a test file; so much stands between the slots that git sees each alone."""
    text = "from unittest.mock import AsyncMock, MagicMock\n"
    for function in (f"test_{number}" for number in range(FUNCTIONS)):
        text += f"\n\ndef {function}():\n"
        for number in range(SLOTS):
            text += "".join(STEP.format(function, number, line) for line in range(4))
            variant = tree.get(Slot(path, function, number))
            text += "" if variant is None else BLOCK.format(variant)
    return text


class Checkout:
    """A project in a checkout, whose branches hold the sides of a history."""

    def __init__(self, folder: Path, made: History) -> None:
        self.project = Project(folder)
        self.made = made
        self.git("init", "-q", "-b", "base")
        self.commit(made.base)
        for name, side in (("ours", made.ours), ("theirs", made.theirs)):
            self.git("checkout", "-q", "-b", name, "base")
            self.commit(side)

    def git(self, *arguments: str) -> int:
        command = ["git", "-C", str(self.project.folder), *arguments]
        return subprocess.run(command, check=False, capture_output=True).returncode

    def commit(self, side: Branch) -> None:
        for path in {slot.path for slot in self.made.base.tree}:
            self.project.write(path, source(side.tree, path))
        if side.update is not Update.NOTHING:
            self.baseline(side.update.value)
        assert self.git("add", ".") == self.git("commit", "-q", "-m", "some", "--allow-empty") == 0

    def baseline(self, *arguments: str) -> None:
        result = CliRunner().invoke(app, ["baseline", *arguments], catch_exceptions=False)
        assert result.exit_code == 0, result.output

    def merge(self) -> bool:
        """Merge afresh, and say whether git could."""
        assert self.git("reset", "-q", "--hard") == self.git("checkout", "-q", "ours") == 0
        return self.git("merge", "-q", "--no-commit", "--no-ff", "theirs") == 0

    def new(self) -> Counter[Key]:
        """Say what is new in the merged tree, by the merged baseline."""
        resolver = self.project.resolver()
        files, _ = discover([self.project.folder], resolver)
        run = start(files, resolver, Request(), adapt=gated)
        found = joined(compare(run, files, resolver))
        violations = sorted(run.report.violations, key=lambda v: (v.path, v.line))
        keys = (key_of(slot, variant) for slot, variant in sorted(self.made.merged.items()))
        told = dict(zip(violations, keys, strict=True))
        return Counter(told[violation] for violation in found.new)


@pytest.mark.slow
@pytest.mark.no_cover
def test_the_gate_answers_the_same_after_a_merge(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real files, branches and merges: as text, finished by hand where need be, and by the driver."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "x")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "x@example.org")
    conflicts = 0
    for seed in range(12):
        folder = tmp_path / str(seed)
        folder.mkdir()
        monkeypatch.chdir(folder)
        made = history(seeded(seed), files=2, edits=9)
        checkout = Checkout(folder, made)
        wanted = Counter({key: made.new(key) for key in made.keys if made.new(key)})
        if checkout.merge():
            assert checkout.new() == wanted
        else:
            conflicts += 1
        checkout.baseline("merge", "--install")
        assert checkout.merge()
        assert checkout.new() == wanted
    assert 0 < conflicts < 9
