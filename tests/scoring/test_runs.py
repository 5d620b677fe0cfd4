"""Scores on the items as they are: runs are resampled, and intervals are those of the runs' own scores."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import valuestats as vs
from valuestats.base.errors import SpecificationError
from valuestats.scoring.runs import FIXED
from valuestats.tables import Responses

KEYS = pd.DataFrame({"item": ["1", "2", "3", "4"], "dimension": ["p", "p", "q", "q"], "sign": [1, -1, 1, 1]})


def answers(models=("a", "b"), runs=6, items=4, seed=3):
    rng = np.random.default_rng(seed)
    rows = [(m, str(i + 1), e + 1) for m in models for e in range(runs) for i in range(items)]
    frame = pd.DataFrame(rows, columns=["model", "item", "epoch"])
    centre = 3 + (frame["model"] == models[-1]) * (frame["item"].astype(int) % 2)
    frame["answer"] = np.clip(np.round(centre + rng.normal(0, 1.2, len(frame))), 1, 6).astype(int)
    return frame.assign(status="valid")


def run_scores(frame, model, dimension):
    """The centred score of each run by itself."""
    wide = frame[frame["model"] == model].pivot(index="epoch", columns="item", values="answer")
    away = wide.sub(wide.mean(axis=1), axis=0)
    own = KEYS[KEYS["dimension"] == dimension]
    return (away[own["item"]] * own["sign"].to_numpy()).mean(axis=1).to_numpy()


def test_with_all_answers_there_intervals_are_students_of_the_runs_scores():
    frame = answers()
    found = vs.score(frame, KEYS, scale=(1, 6), resample="runs")
    for row in found.estimates.itertuples():
        scores = run_scores(frame, row.model, row.dimension)
        reach = stats.t.ppf(0.975, 5) * stats.sem(scores)
        assert row.estimate == pytest.approx(scores.mean())
        assert row.std_error == pytest.approx(stats.sem(scores))
        assert (row.lower, row.upper) == pytest.approx((scores.mean() - reach, scores.mean() + reach))
        assert row.n_units == 6
    assert FIXED in found.meta["warnings"]
    assert found.meta["specification"]["unit"] == "run"


def test_models_are_compared_run_by_run():
    frame = answers()
    found = vs.score(frame, KEYS, scale=(1, 6), resample="runs")
    contrast = found.contrast("model", "b", "a").set_index("dimension")
    for dimension in ("p", "q"):
        paired = stats.ttest_rel(run_scores(frame, "b", dimension), run_scores(frame, "a", dimension))
        interval = paired.confidence_interval(0.95)
        row = contrast.loc[dimension]
        assert (row["lower"], row["upper"]) == pytest.approx((interval.low, interval.high))


def test_an_instrument_of_two_items_a_value_has_intervals_over_runs_and_none_over_items():
    frame = answers(items=21, runs=5)

    responses = Responses(frame)
    items = vs.score(responses, "pvq21").estimates
    runs = vs.score(responses, "pvq21", resample="runs")
    assert items["lower"].isna().all()
    assert runs.estimates["lower"].notna().all()
    np.testing.assert_allclose(runs.estimates["estimate"], items["estimate"])
    keyed = vs.score(frame, vs.instrument_keys("pvq21"), family="pvq", resample="runs").estimates
    both = runs.estimates.merge(keyed, on=["model", "dimension"], suffixes=("", "_keys"))
    assert len(both) == 20
    for name in ("estimate", "std_error", "lower", "upper"):
        np.testing.assert_allclose(both[name], both[f"{name}_keys"], atol=1e-12)


def test_the_sentence_says_what_was_resampled_and_the_result_without_intervals_what_could_be():
    responses = Responses(answers(items=21, runs=5))
    assert (
        "intervals resample the 5 runs of these items and say nothing of others"
        in vs.score(responses, "pvq21", resample="runs").sentence()
    )
    offered = "5 runs of these items allow intervals for the items as they are: resample='runs'"
    assert offered in vs.score(responses, "pvq21").meta["warnings"]
    assert offered not in vs.score(responses, "pvq21", resample="runs").meta["warnings"]
    three = Responses(answers(items=21, runs=3))
    assert not any("allow intervals" in said for said in vs.score(three, "pvq21").meta["warnings"])


def test_turned_codes_turn_the_scores():

    frame = answers(items=21, runs=5)
    turned = Responses(frame.assign(answer=7 - frame["answer"]))
    one = vs.score(Responses(frame), "pvq21", resample="runs").estimates
    two = vs.score(turned, "pvq21", resample="runs", direction="descending").estimates
    np.testing.assert_allclose(one[["estimate", "lower", "upper"]], two[["estimate", "lower", "upper"]])


def test_runs_of_different_numbers_missing_answers_and_conditions():
    frame = answers(runs=8)
    frame = frame[(frame["model"] == "a") | (frame["epoch"] <= 5)]
    lost = frame.index[[3, 9]]
    frame["answer"] = frame["answer"].astype("Int64")
    frame.loc[lost, ["status", "answer"]] = ["refusal", pd.NA]
    found = vs.score(frame, KEYS, scale=(1, 6), resample="runs").estimates
    assert found.groupby("model")["n_units"].max().tolist() == [8, 5]
    assert found["lower"].notna().all()
    cut = vs.score(frame[frame["model"] == "b"], KEYS, scale=(1, 6), resample="runs").estimates
    own = found[found["model"] == "b"].reset_index(drop=True)
    np.testing.assert_allclose(own[["std_error", "lower", "upper"]], cut[["std_error", "lower", "upper"]])
    both = pd.concat([frame.assign(condition="plain"), frame.assign(condition="asked twice")])
    apart = vs.score(both, KEYS, scale=(1, 6), resample="runs", by="condition").estimates
    plain = apart[apart["condition"] == "plain"].sort_values(["model", "dimension"])
    np.testing.assert_allclose(plain["lower"], found.sort_values(["model", "dimension"])["lower"])


def test_few_runs_and_equal_ones_are_said():
    few = vs.score(answers(runs=3), KEYS, scale=(1, 6), resample="runs")
    assert few.estimates["lower"].isna().all()
    assert any("fewer than 4 runs" in said for said in few.meta["warnings"])
    one = vs.score(answers(runs=1), KEYS, scale=(1, 6), resample="runs")
    assert one.estimates["std_error"].isna().all()
    frame = answers(runs=1)
    same = vs.score(
        pd.concat([frame.assign(epoch=e) for e in range(1, 7)]), KEYS, scale=(1, 6), resample="runs"
    )
    assert (same.estimates["std_error"] == 0).all()
    assert any("the same in every run" in said for said in same.meta["warnings"])
    assert not any("the same in every run" in said for said in few.meta["warnings"])


def test_many_runs_are_bootstrapped_near_their_error():
    frame = answers(runs=40, seed=9)
    found = vs.score(frame, KEYS, scale=(1, 6), resample="runs", replicates=4000).estimates
    for row in found.itertuples():
        assert row.std_error == pytest.approx(
            stats.sem(run_scores(frame, row.model, row.dimension)), rel=0.08
        )


def test_what_has_no_runs_is_refused():
    with pytest.raises(SpecificationError, match="runs are told apart of answers in memory"):
        vs.score(vs.count_answers(answers(), ["model", "item"]), KEYS, scale=(1, 6), resample="runs")
    people = pd.DataFrame({"respondent": ["p", "q"], "item": ["1", "1"], "rating": [2, 3]})
    with pytest.raises(SpecificationError, match="people are resampled, not runs"):
        vs.score(people, "pvq21", resample="runs")
