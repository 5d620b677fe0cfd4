"""Answers that no key names."""

import pandas as pd

from valuestats import instrument_keys, score
from valuestats.tables import Responses


def responses(items, models=("a", "b")):
    rows = [(m, i, (n + k) % 6 + 1) for k, m in enumerate(models) for n, i in enumerate(items)]
    return Responses(pd.DataFrame(rows, columns=["model", "item", "answer"]).assign(status="valid"))


def care(result):
    return [r.text for r in result.verdict.reasons if r.aspect == "scored" and r.sign == "care"]


def test_names_that_do_not_meet_speak_against_the_scores():
    runs = responses([f"q{item}-{run}" for item in range(1, 22) for run in range(1, 6)])
    keyed = instrument_keys("pvq21", prefix="q1-")
    for found in (
        score(runs, keyed, family="pvq", replicates=0),
        score(runs, "pvq21", items={f"q1-{n}": str(n) for n in range(1, 22)}),
    ):
        (text,) = care(found)
        assert text.startswith("200 of 210 valid answers are to items that no key names (such as q10-1)")
        assert "only 5 of 21 keyed items were asked" in text


def test_other_items_beside_those_of_the_keys_say_nothing():
    whole = responses([str(n) for n in range(1, 22)] + [f"other{n}" for n in range(50)])
    assert care(score(whole, instrument_keys("pvq21"), family="pvq", replicates=0)) == []
    part = responses([str(n) for n in range(1, 11)] + ["other"])
    assert care(score(part, instrument_keys("pvq21"), family="pvq", replicates=0)) == []
    assert care(score(responses([str(n) for n in range(1, 22)]), "pvq21")) == []
