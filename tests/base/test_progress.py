"""Progress: a bar that redraws on a terminal only, whole lines in a file."""

import io
import sys

import pytest

from valuestats.base import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(progress, "DELAY", 0.0)
    monkeypatch.setattr(progress, "EVERY", 0.0)


def test_a_file_gets_whole_lines(at_once, monkeypatch):
    file = io.StringIO()
    monkeypatch.setattr(sys, "stderr", file)
    assert list(progress.track("ab", "reading", unit="files")) == ["a", "b"]
    assert list(progress.track(iter("c"), "reading")) == ["c"]
    with progress.bar(range(2), "sampling") as moving:
        moving.set_postfix(divergences=0, refresh=False)
        moving.update(2)
    assert file.getvalue() == "reading: 1 of 2 files\nreading: 2 of 2 files\nreading: 1 it\n"


def test_a_terminal_gets_a_bar_that_is_cleared(at_once, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert list(progress.track(range(3), "reading")) == [0, 1, 2]
    with progress.bar(range(2), "sampling", shown=False) as moving:
        moving.update(2)
    shown = terminal.getvalue()
    assert "\rreading" in shown
    assert "sampling" not in shown
    assert shown.rsplit("\r", 2)[-2].strip() == ""
