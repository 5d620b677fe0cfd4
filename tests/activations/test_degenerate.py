"""Answers that an edit has broken."""

import pandas as pd
import pytest

from valuestats import degenerate_answers
from valuestats.base.errors import InputError

FINE = "I would help her move, since she asked me first and I have the day off anyway."


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        (FINE, None),
        ("", "empty"),
        ("   \n", "empty"),
        (None, "empty"),
        ("Yes.", "short"),
        ("the value of care " * 12, "repeated"),
        ("care care care care", "repeated"),
        ("Security, tradition and care matter: security, tradition and care matter to all of us here.", None),
        ("我 会 帮 她 搬 家 因 为 她 先 问 了", None),
    ],
)
def test_each_sign(text, sign):
    assert degenerate_answers(pd.DataFrame({"raw": [text, FINE[:-3]]}))["degenerate"][0] == sign


def test_the_same_answer_to_many_questions_within_a_condition():
    frame = pd.DataFrame(
        {"raw": [FINE] * 3 + [f"{FINE} Number {k}, it was." for k in range(7)], "condition": "up"}
    )
    assert degenerate_answers(frame)["degenerate"].notna().sum() == 3
    assert degenerate_answers(frame, same=0.5)["degenerate"].isna().all()
    apart = frame.assign(condition=[f"c{k}" for k in range(10)])
    assert degenerate_answers(apart)["degenerate"].isna().all()
    assert len(degenerate_answers(frame)) == len(frame)


def test_no_such_column():
    with pytest.raises(InputError, match="no such column") as caught:
        degenerate_answers(pd.DataFrame({"text": ["a"]}))
    assert caught.value.parameter == "text"
