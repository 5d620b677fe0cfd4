"""Items that go against a value where only positive keys were asked for are told by the keys and their scores."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from valuestats import item_values, keys, score, select_keys
from valuestats.results.storage import read_artifact, write_artifact
from valuestats.tables import Ratings, Responses
from valuestats.tables.keys import LEFT_OUT, left_out

SIGNS = {"Power": [1] * 8 + [-1] * 3, "Security": [1] * 7 + [-1] * 2}


def study(people=400):
    """Items of known sign: a rating is the value, or its reverse, and noise."""
    rng = np.random.default_rng(2)
    value = {d: rng.normal(size=people) for d in SIGNS}
    rated, own = [], []
    for d, signs in SIGNS.items():
        own += [(f"p{k}", "pvq", d, v) for k, v in enumerate(value[d])]
        for i, sign in enumerate(signs):
            x = np.clip(np.round(3.5 + 1.2 * sign * value[d] + rng.normal(0, 1, people)), 1, 6)
            rated += [(f"p{k}", f"{d}{i}", r) for k, r in enumerate(x)]
    ratings = pd.DataFrame(rated, columns=["respondent", "item", "rating"])
    values = pd.DataFrame(own, columns=["respondent", "family", "dimension", "score"])
    return Ratings(ratings, values, (1, 6))


def answers(seed=0):
    rng = np.random.default_rng(seed)
    rows = [
        (f"m{m}", f"{d}{i}", int(np.clip(np.round(3.5 + s * (m - 2) * 0.6 + rng.normal(0, 0.3)), 1, 6)))
        for m in range(5)
        for d, signs in SIGNS.items()
        for i, s in enumerate(signs)
    ]
    frame = pd.DataFrame(rows, columns=["model", "item", "answer"]).assign(
        raw="x", status="valid", epoch=1, source_file="f", source_sha256="0", source_row=range(len(rows))
    )
    return Responses(frame.astype({"answer": "Int64"}))


NEGATIVE = {d: sorted(f"{d}{i}" for i, s in enumerate(signs) if s < 0) for d, signs in SIGNS.items()}


def test_keys_tell_the_items_that_go_against_a_value_and_scores_say_so(tmp_path):
    correlations = item_values(study())
    for rule in ("threshold", "fdr"):
        found = keys(correlations, rule=rule)
        both = keys(correlations, rule=rule, signs="both")
        assert (found["sign"] == 1).all()
        assert {d: sorted(i) for d, i in left_out(found).items()} == {
            d: sorted(g["item"]) for d, g in both[both["sign"] < 0].groupby("dimension")
        }
        assert LEFT_OUT not in both.attrs
    found = keys(correlations)
    assert left_out(found) == NEGATIVE
    (tmp_path / "keys").mkdir()
    write_artifact(found, tmp_path / "keys")
    assert left_out(read_artifact(tmp_path / "keys")) == NEGATIVE
    told = (
        "5 items go against their value and are no keys: Power Power10, Power8 and Power9, Security Security7"
    )
    made = score(answers(), found, replicates=100)
    assert any(w.startswith(told) for w in made.meta["warnings"])
    one = score(answers(), select_keys(found, dimension="Power"), replicates=100, form="raw", scale=(1, 6))
    assert any(w.startswith("3 items go against their value") for w in one.meta["warnings"])
    whole = score(answers(), keys(correlations, signs="both"), replicates=100, scale=(1, 6))
    assert not any("against their value" in w for w in whole.meta["warnings"])


@pytest.mark.parametrize("signs", ["positive", "both"])
def test_keys_without_negative_items_tell_nothing(signs):
    correlations = item_values(study())
    frame = correlations.estimates
    own = frame[frame["estimate"] > 0]
    assert left_out(keys(replace(correlations, estimates=own), signs=signs)) == {}
