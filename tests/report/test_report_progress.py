"""The progress bar."""

import io

import pytest

from ssot_migrate.report import Color
from ssot_migrate.report import progress as progress_module
from ssot_migrate.report.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Return a stream that claims to be a terminal."""
    monkeypatch.setenv("TERM", "xterm")
    return Terminal()


def run(terminal: Terminal, *, visible: bool = True) -> None:
    with Progress(4, terminal, Color.AUTO, visible=visible) as progress:
        for _ in range(4):
            progress(1)


def test_a_long_run_shows_a_bar(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_module, "_PATIENCE", 0)
    monkeypatch.setattr(progress_module, "_INTERVAL", 0)
    run(terminal)
    assert "1/4" in terminal.getvalue()
    assert "4/4" in terminal.getvalue()


def test_it_is_not_drawn_for_every_file(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_module, "_PATIENCE", 0)
    monkeypatch.setattr(progress_module, "_INTERVAL", 60)
    run(terminal)
    assert "1/4" in terminal.getvalue()
    assert "2/4" not in terminal.getvalue()


def test_a_short_run_shows_nothing(terminal: Terminal) -> None:
    run(terminal)
    assert terminal.getvalue() == ""


def test_what_is_hidden_stays_hidden(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_module, "_PATIENCE", 0)
    run(terminal, visible=False)
    assert terminal.getvalue() == ""
