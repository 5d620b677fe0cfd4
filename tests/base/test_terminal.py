"""Nothing that comes from a file steers the terminal."""

import unicodedata

import pytest

from valuestats.base.errors import InputError
from valuestats.base.progress import say
from valuestats.base.terminal import inert, show

STEERS = [chr(c) for c in range(0x20) if chr(c) not in "\n\t"] + [chr(c) for c in range(0x7F, 0xA0)]
STEERS += ["\u202e", "\u2066", "\u200f", "\u2028", "\ud800"]


@pytest.mark.parametrize("text", STEERS, ids=ascii)
def test_what_steers_is_written_out(text, capsys):
    assert unicodedata.category(text) in ("Cc", "Cf", "Zl", "Cs")
    dangerous = f"model {text}[2J\tname\nnext"
    error = InputError(dangerous, parameter=dangerous, got=dangerous, hint=dangerous, file=dangerous)
    say(dangerous)
    show(dangerous)
    said = capsys.readouterr()
    for shown in (inert(dangerous), str(error), said.out, said.err):
        assert text not in shown
        assert "\\" in shown
        assert "[2J\tname\nnext" in shown


def test_names_of_any_language_stay():
    for text in ("Weiß nicht", "模型", "می‌خواهم", "👩‍🔬", "e\u0301", ""):
        assert inert(text) == text
