"""Texts read in processes are read as they are here, whatever becomes of the processes."""

import subprocess
import sys
import textwrap

import pandas as pd
import pytest

from valuestats.ingest.answers import many_texts
from valuestats.ingest.answers.letters import Shown
from valuestats.ingest.answers.many_texts import Readers, reader_as_text, shared_readers
from valuestats.ingest.answers.parse import parse_answers
from valuestats.ingest.answers.read import reader_of
from valuestats.ingest.answers.refusals import load_refusal_rules
from valuestats.instruments import AnswerScale, load_instrument

SCALE = AnswerScale(
    {1: "not at all", 2: "somewhat", 3: "very much"},
    languages={"de": {1: "gar nicht", 2: "etwas", 3: "sehr"}},
    aliases={"totally": 3},
    numeric=True,
)
SHOWN = Shown(("A", "B", "C"), ("very much", "somewhat", "not at all"), "letters")
TEXTS = [
    "Very much.", "3", "I'd rate this a 2", "**Answer:** 1", "gar nicht", "Ich würde sagen: sehr.", "totally", "7", "  ",
    "I'm sorry, but I can't help with that.", "<think>1 or 2?", '{"answer": 2}', "2 or 3", "\\boxed{3}", "非常に",
    "line\nbreak\r\n2",
]  # fmt: skip
ASKED = [(f"{text}{' ' * number}", None) for number in range(3) for text in TEXTS] + [
    (text, SHOWN) for text in ("A", "(c)", "Option B.", "D", "1")
]


@pytest.fixture
def small(monkeypatch):
    """Processes for a handful of texts."""
    monkeypatch.setattr(many_texts, "_START", 1)
    monkeypatch.setattr(many_texts, "_PIECE", 4)
    monkeypatch.setattr(many_texts, "cores", lambda: 2)


def reading(scale=SCALE, compat=None, parser=None):
    read = reader_of(scale, load_refusal_rules(), compat, parser)
    return read, reader_as_text(scale, compat, parser)


@pytest.mark.parametrize(
    ("scale", "compat", "parser"),
    [
        (SCALE, None, None),
        (SCALE, None, "first_number"),
        (SCALE, None, r"regex:rate this a (?P<answer>\d)"),
        (load_instrument("value_portrait").scale, "published", None),
    ],
)
def test_the_same_in_processes_and_here(small, scale, compat, parser):
    read, request = reading(scale, compat, parser)
    with shared_readers() as several:
        found = several.read(ASKED, read, request)
        assert len(several._children) == 2
    assert found == [read(text, shown) for text, shown in ASKED]
    assert len({one.rule for one in found}) > 4


def test_processes_end_with_the_block_and_are_shared_within_it(small):
    read, request = reading()
    with shared_readers() as several:
        several.read(ASKED, read, request)
        first = list(several._children)
        with shared_readers() as same:
            same.read(ASKED, read, request)
        assert several._children == first
        assert [child.poll() for child in first] == [None, None]
    assert all(child.returncode is not None for child in first)


def test_texts_of_a_process_that_was_killed_are_read_here(small):
    read, request = reading()
    with shared_readers() as several:
        several.read(ASKED, read, request)
        several._children[0].kill()
        several._children[0].wait()
        again = several.read(ASKED, read, request)
    assert again == [read(text, shown) for text, shown in ASKED]


def test_one_text_of_any_length_starts_nothing(small):
    read, request = reading()
    with shared_readers() as several:
        several.read([("x" * 10**6, None)], read, request)
        assert several._children == []


def test_where_no_process_can_start_texts_are_read_here(small, monkeypatch):
    started, begin = [], many_texts.subprocess.Popen

    def second_fails(*args, **kwargs):
        if started:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        started.append(begin(*args, **kwargs))
        return started[0]

    monkeypatch.setattr(many_texts.subprocess, "Popen", second_fails)
    read, request = reading()
    with shared_readers() as several:
        for _ in range(2):
            assert several.read(ASKED, read, request) == [read(text, shown) for text, shown in ASKED]
    assert len(started) == 1
    assert started[0].returncode is not None


def test_an_error_is_raised_here(small):
    _, request = reading()

    def broken(text, shown):
        raise ZeroDivisionError(text)

    damaged = request.replace('"parser": null', '"parser": "no such parser"')
    with shared_readers() as several, pytest.raises(ZeroDivisionError, match="Very much"):
        several.read(ASKED, broken, damaged)


def test_rules_of_ones_own_and_few_texts_stay_here(monkeypatch, small):
    started = []
    monkeypatch.setattr(Readers, "_ready", lambda self, asked: started.append(asked) or False)
    raw = pd.Series([text for text, _ in ASKED])
    parse_answers(raw, SCALE, rules=load_refusal_rules())
    assert not started
    parse_answers(raw, SCALE)
    assert len(started) == 1
    monkeypatch.undo()
    with shared_readers() as several:
        parse_answers(raw, SCALE)
        assert several._children == []


def test_a_script_needs_no_guard(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
        import pandas as pd
        from valuestats.ingest.answers import many_texts
        from valuestats.ingest.answers.parse import parse_answers
        from valuestats.instruments import AnswerScale

        many_texts._START, many_texts._PIECE, many_texts.cores = 1, 4, lambda: 2
        texts = pd.Series([f"I would say {1 + n % 3} ({n})" for n in range(20)] + [f"{1 + n % 3}." for n in range(20)])
        with many_texts.shared_readers() as several:
            found = parse_answers(texts, AnswerScale({1: "no", 2: "partly", 3: "yes"}, numeric=True))
            print(len(several._children), found["answer"].sum())
        """)
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    here = parse_answers(
        pd.Series(
            [f"I would say {1 + n % 3} ({n})" for n in range(20)] + [f"{1 + n % 3}." for n in range(20)]
        ),
        AnswerScale({1: "no", 2: "partly", 3: "yes"}, numeric=True),
    )
    assert done.stdout.split() == ["2", str(here["answer"].sum())]
