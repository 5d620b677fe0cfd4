"""Success of control: yes-saying told apart, the judge corrected, intervals, planted defects."""

import numpy as np
import pandas as pd
import pytest

from valuestats import control_success
from valuestats.base.errors import InputError, SpecificationError
from valuestats.statistics.prediction_powered import powered_mean


def answers(
    seed=1, items=300, yes=2.0, value=0.0, sensitivity=1.0, false_yes=0.0, labelled=1.0, condition="c"
):
    rng = np.random.default_rng(seed)
    keyed = np.where(np.arange(items) % 2, -1, 1)
    told = rng.random(items) < 1 / (1 + np.exp(-(yes + keyed * value)))
    judge = np.where(told, rng.random(items) < sensitivity, rng.random(items) < false_yes)
    label = pd.Series(told.astype(float)).where(pd.Series(rng.random(items) < labelled))
    return pd.DataFrame(
        {
            "item": np.arange(items),
            "condition": condition,
            "keyed": keyed,
            "judge": judge.astype(int),
            "label": label,
        }
    )


def row(found, condition="c", measure="success"):
    table = found.estimates
    return table[(table["condition"] == condition) & (table["measure"] == measure)].iloc[0]


def test_success_and_yes_saying_are_the_closed_form():
    frame = answers()
    found = control_success(frame.drop(columns="label"), replicates=0)
    one, two = (frame.loc[frame["keyed"] == k, "judge"].mean() for k in (1, -1))
    assert row(found)["estimate"] == pytest.approx((one + 1 - two) / 2)
    assert row(found, measure="yes-saying")["estimate"] == pytest.approx((one - (1 - two)) / 2)
    assert row(found)["one_way"] == pytest.approx(one)


def test_the_judge_is_corrected_as_prediction_powered_means_are():
    frame = answers(sensitivity=0.9, false_yes=0.3, labelled=0.3, value=1.0)
    found = control_success(frame, replicates=0)
    shares = []
    for key in (1, -1):
        part = frame[frame["keyed"] == key]
        told = part["label"].notna()
        y, f = part.loc[told, ["label"]].to_numpy(), part.loc[told, ["judge"]].to_numpy(dtype=float)
        shares.append(powered_mean(y, f, part.loc[~told, ["judge"]].to_numpy(dtype=float)).estimate[0])
    assert row(found)["estimate"] == pytest.approx((shares[0] + 1 - shares[1]) / 2)


def test_a_vector_that_only_says_yes_is_no_finding_and_one_with_the_value_is():
    frame = pd.concat(
        [answers(1, condition="yes", yes=3.0), answers(2, condition="value", yes=0.5, value=1.5)]
    )
    found = control_success(frame, replicates=400)
    assert row(found, "yes")["one_way"] > 0.9
    assert row(found, "yes")["lower"] < 0.5 < row(found, "yes")["upper"]
    signs = found.verdict.rows[found.verdict.rows["measure"] == "success"].set_index("condition")["sign"]
    assert signs.to_dict() == {"yes": "none", "value": "sound"}
    contrast = found.contrast("condition", "value", "yes")
    assert contrast[contrast["measure"] == "success"]["lower"].iloc[0] > 0
    assert "saying yes to everything has .5" in found.sentence()
    found.plot().to_dict()


def test_planted_defects_raise_their_own_reason():
    frame = answers(value=2.0, yes=0.0)
    kinds = {
        "yes-saying": frame.assign(keyed=1),
        "judge": frame.drop(columns="label"),
        "units": frame.head(16),
    }
    for aspect, damaged in kinds.items():
        found = control_success(damaged, replicates=200)
        assert {r.aspect for r in found.verdict.reasons if r.sign == "care"} == {aspect}
    sound = control_success(frame, replicates=200)
    assert not [r for r in sound.verdict.reasons if r.sign != "sound" and not r.where]


def test_unjudged_answers_are_counted():
    frame = answers().assign(judge=lambda t: t["judge"].where(t["item"] > 30))
    found = control_success(frame.drop(columns="label"), replicates=100)
    assert (row(found)["n_scored"], row(found)["n_asked"]) == (269, 300)
    assert "31 of 300 answers could not be judged" in found.meta["warnings"][0]
    assert any(r.aspect == "scored" for r in found.verdict.reasons)


def test_bad_input():
    frame = answers()
    with pytest.raises(InputError, match="a column is missing"):
        control_success(frame.drop(columns="judge"))
    with pytest.raises(InputError, match="an item twice"):
        control_success(pd.concat([frame, frame], ignore_index=True))
    with pytest.raises(InputError, match="a judge is one of two") as caught:
        control_success(frame.assign(judge=2))
    assert (caught.value.parameter, caught.value.row) == ("judge", 0)
    with pytest.raises(InputError, match="a keyed is one of two"):
        control_success(frame.assign(keyed=0))
    both = pd.concat([frame, frame.assign(condition="d", keyed=-frame["keyed"])], ignore_index=True)
    with pytest.raises(InputError, match="keyed two ways"):
        control_success(both)
    with pytest.raises(SpecificationError, match="without a judged answer"):
        control_success(frame.assign(judge=frame["judge"].where(frame["keyed"] == 1)))
