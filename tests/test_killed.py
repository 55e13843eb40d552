"""A real process is killed at every point at which it changes the disk."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ROOT


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")
@pytest.mark.parametrize("what", ["apply", "undo"])
def test_undo_and_apply_go_on_after_any_death(what: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.killing", what, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = re.search(r"killed (\d+) times", done.stdout)
    # Beside the journal, each of the two files is at least made, synced, given a mode and renamed.
    assert said
    assert int(said[1]) > 2 * 4
