"""What sentences of regressions say of interactions, of rows, of counts, and what they warn of."""

import numpy as np
import pandas as pd
import pytest

from valuestats import datagrid, expected_score, fit_ordinal, hypotheses, predictions
from valuestats.results.exports import printed_frame


def answers(seed=0, per=4, items=20, lost=0):
    rng = np.random.default_rng(seed)
    rows = []
    for item in range(items):
        own = rng.normal(0, 0.8)
        for m, name in enumerate("ABC"):
            for temp in (0.0, 1.0):
                for _ in range(per):
                    y = own + 0.6 * (m == 1) + 0.5 * (m == 2) * temp + rng.logistic()
                    rows.append((name, temp, f"i{item}", int(np.digitize(y, [-1, 0, 1.2])) + 1))
    frame = pd.DataFrame(rows, columns=["model", "temp", "item", "answer"])
    if lost:
        frame["answer"] = frame["answer"].astype("Int64")
        frame.loc[frame.index[:lost], "answer"] = pd.NA
    return frame


@pytest.fixture(scope="module")
def crossed():
    return fit_ordinal("answer ~ model*temp + (1|item)", answers(), engine="ml", seed=1)


def test_a_main_effect_within_an_interaction_says_where_it_holds(crossed):
    said = crossed.result.sentence()
    assert "hold where what" in said or " where temp is 0" in said
    plain = fit_ordinal("answer ~ model + temp + (1|item)", answers(), engine="ml", seed=1).result.sentence()
    assert "crossed" not in plain
    assert "where temp is 0" not in plain


def test_rows_are_named_by_their_columns(crossed):
    assert "highest for model " in expected_score(crossed, by="model").sentence()
    said = predictions(crossed, datagrid(crossed, {"model": "levels", "temp": [0, 1]})).sentence()
    assert "highest for model " in said
    assert ", temp " in said
    both = predictions(
        crossed, datagrid(crossed, {"model": "levels", "temp": [0, 1]}), by=["model", "temp"]
    ).sentence()
    assert "highest for model " in both


def test_counts_are_those_of_the_row_or_said_to_be_of_all(crossed):
    data = answers()
    own = expected_score(crossed, by=["model", "temp"]).estimates
    assert (own["n_scored"] == len(data) / 6).all()
    assert (own["n_asked"] == len(data) / 6).all()
    assert f"{len(data)} of {len(data)} answers were scored" in expected_score(crossed, by="model").sentence()
    grid = predictions(crossed, datagrid(crossed, {"model": "levels", "temp": [0, 1]}))
    assert "Scored (all answers)" in printed_frame(grid).columns
    assert "Scored" in printed_frame(expected_score(crossed, by="model")).columns
    some = fit_ordinal("answer ~ model + (1|item)", answers(lost=7), engine="ml", seed=1)
    found = expected_score(some, by="model")
    assert set(found.estimates["n_asked"]) == {len(data)}
    assert "Asked (all answers)" in printed_frame(found).columns
    assert f"{len(data) - 7} of {len(data)} answers were scored" in found.sentence()


def test_repeats_of_a_pair_without_an_effect_of_the_pair_are_said(crossed):
    note = "each pair of model and item was asked 8 times, and the formula has no (1|model:item)"
    assert any(note in w for w in crossed.result.meta["warnings"])
    with_pair = fit_ordinal("answer ~ model*temp + (1|item) + (1|model:item)", answers(), engine="ml", seed=1)
    assert not any("each pair of" in w for w in with_pair.result.meta["warnings"])
    once = answers(per=1)
    once = once[once["temp"] == 0]
    alone = fit_ordinal("answer ~ model + (1|item)", once, engine="ml", seed=1)
    assert not any("each pair of" in w for w in alone.result.meta["warnings"])


def test_a_spread_that_could_be_anything_is_said():
    """No effect of the pair was simulated, so that its standard deviation lies near 0 with an interval over decades."""
    warned = []
    for seed in range(4):
        found = fit_ordinal(
            "answer ~ model + (1|item) + (1|model:item)", answers(seed=seed), engine="ml", seed=1
        )
        row = found.estimates.set_index("term").loc["sd[Intercept|model:item]"]
        said = any(
            "sd[Intercept|model:item] is hardly identified" in w for w in found.result.meta["warnings"]
        )
        assert said == bool(row["lower"] > 0 and row["upper"] > 100 * row["lower"])
        assert not any("sd[Intercept|item] is hardly" in w for w in found.result.meta["warnings"])
        warned.append(said or row["estimate"] == 0)
    assert any(warned)


def test_what_is_not_told_from_zero_is_grey(crossed):
    found = hypotheses(expected_score(crossed, by=["model", "temp"]))
    chart = str(found.plot().to_dict())
    assert "!datum.told" in chart
    assert 0 < found.estimates["differs"].sum() < len(found.estimates)
