"""Response style: hand-made answers, planted effects, R-free closed forms, refusals."""

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.prompts.response_style import response_style
from valuestats.prompts.sensitivity import counterbalancing, sensitivity
from valuestats.prompts.simulate import label_truth, simulate_labels
from valuestats.results.result import Result
from valuestats.tables import Responses

KEYS = pd.DataFrame({"item": ["1", "2", "3", "4"], "dimension": "d", "sign": [1, 1, -1, -1]})


def responses(rows, **more):
    frame = pd.DataFrame(rows).assign(epoch=1, **more)
    frame["raw"] = frame["answer"].astype(str)
    frame["status"] = np.where(frame["answer"].isna(), "refusal", "valid")
    return Responses(frame.assign(source_file="f", source_sha256="0", source_row=range(len(frame))))


def simulated(seed=1, order=0.0, yes=0.0, items=40, wordings=3, models=("a", "b")):
    """Answers on a wide scale, so that planted effects come through uncut."""
    rng = np.random.default_rng(seed)
    content = rng.normal(0, 8, items)
    sign = np.where(np.arange(items) < items // 2, 1, -1)
    rows = [
        {
            "model": m,
            "item": f"i{j:02d}",
            "wording": f"v{w}",
            "option_order": o,
            "answer": round(50 + yes + sign[j] * content[j] + order * (o == "descending") + rng.normal(0, 3)),
        }
        for m in models
        for j in range(items)
        for w in range(wordings)
        for o in ("ascending", "descending")
    ]
    keys = pd.DataFrame({"item": [f"i{j:02d}" for j in range(items)], "dimension": "d", "sign": sign})
    return responses(rows), keys


def of(result, style, model="a"):
    frame = result.estimates
    return frame[(frame["style"] == style) & (frame["model"] == model)].iloc[0]


def test_by_hand():
    r = responses({"model": "a", "item": ["1", "2", "3", "4"], "answer": [6, 5, 4, 1]})
    found = response_style(r, scale=(1, 6), keyed=KEYS, replicates=0)
    assert of(found, "acquiescence")["estimate"] == pytest.approx((5.5 + 2.5) / 2 - 3.5)
    assert of(found, "level")["estimate"] == pytest.approx(4 - 3.5)
    assert of(found, "extremity")["estimate"] == 0.5
    assert of(found, "midpoint")["estimate"] == 0.25  # 3 and 4 are the middle of an even scale
    odd = response_style(r, scale=(0, 6), keyed=KEYS, replicates=0)
    assert of(odd, "midpoint")["estimate"] == 0  # only 3 is
    assert "no effect of option_order" in found.meta["warnings"][0]


def test_unequal_numbers_of_keys_do_not_tilt_acquiescence():
    """Three positive keys answered 6 and one negative key answered 1: content, no acquiescence."""
    r = responses({"model": "a", "item": ["1", "2", "3", "4"], "answer": [6, 6, 6, 1]})
    keys = KEYS.assign(sign=[1, 1, 1, -1])
    found = response_style(r, scale=(1, 6), keyed=keys, replicates=0)
    assert of(found, "acquiescence")["estimate"] == 0
    assert of(found, "level")["estimate"] == 1.25


def test_without_keys_of_both_signs_acquiescence_is_null():
    r = responses({"model": "a", "item": ["1", "2"], "answer": [6, 5]})
    for keyed in (None, KEYS.assign(sign=1)):
        found = response_style(r, scale=(1, 6), keyed=keyed, replicates=10)
        assert np.isnan(of(found, "acquiescence")["estimate"])
        assert any("can't be told" in note for note in found.meta["warnings"])


def test_planted_effects_are_found_with_the_standard_error_of_the_paired_mean(tmp_path):
    r, keys = simulated(order=4.0, yes=3.0)
    found = response_style(r, scale=(0, 100), keyed=keys, seed=1)
    row = of(found, "option order: descending - ascending")
    wide = r.frame[r.frame["model"] == "a"].pivot_table(
        index="item", columns="option_order", values="answer", aggfunc="mean"
    )
    paired = (wide["descending"] - wide["ascending"]).astype(float)
    assert row["estimate"] == pytest.approx(paired.mean())
    assert row["std_error"] == pytest.approx(paired.std() / len(paired) ** 0.5, rel=0.1)
    assert row["lower"] < 4.0 < row["upper"]
    assert (
        of(found, "acquiescence")["lower"] < 3.0 + 2.0 < of(found, "acquiescence")["upper"]
    )  # half of the order's 4
    words = [of(found, f"wording: v{w}")["estimate"] for w in range(3)]
    assert sum(words) == pytest.approx(0, abs=1e-9)
    assert len(found.contrast("model", "a", "b")) == 8
    assert Result.load(found.save(tmp_path / "r")).estimates.equals(found.estimates)
    assert "acquiescence" in found.sentence().lower()
    assert found.plot() is not None


def test_missing_answers_do_not_tilt_the_order_effect():
    """Low items lost under one order only: blocks keep comparisons to items answered under both."""
    r, _ = simulated(order=0.0)
    frame = r.frame.copy()
    low = frame.groupby("item")["answer"].transform("mean") < 48
    lost = (frame["option_order"] == "descending") & low
    frame.loc[lost, "answer"] = pd.NA
    frame.loc[lost, "status"] = "refusal"
    found = response_style(Responses(frame), scale=(0, 100), seed=1)
    naive = frame.groupby("option_order")["answer"].mean()
    assert naive["descending"] - naive["ascending"] > 2
    assert abs(of(found, "option order: descending - ascending")["estimate"]) < 1.2


def test_sensitivity_stands_above_its_baseline_only_where_there_is_an_effect():
    flat, _ = simulated(order=0.0, items=150)
    none = sensitivity(flat, over="option_order", replicates=200, seed=1).estimates.iloc[0]
    # shuffled and real differences of means of three: |N(0, 2 * 9 / 3)| has mean sqrt(6) * sqrt(2 / pi)
    assert none["baseline"] == pytest.approx((6 * 2 / np.pi) ** 0.5, rel=0.1)
    assert abs(none["excess"]) < 0.3
    pulled, _ = simulated(order=6.0, items=150)
    found = sensitivity(pulled, over="option_order", replicates=200, seed=1)
    row = found.estimates.iloc[0]
    assert row["estimate"] > row["baseline_upper"] > row["baseline"]
    assert row["estimate"] == pytest.approx(6, abs=0.5)
    assert found.plot() is not None
    assert "shuffled labels" in found.sentence()


def test_without_repeats_there_is_no_baseline():
    r, _ = simulated(wordings=1)
    found = sensitivity(r, over="option_order", replicates=20, permutations=5)
    assert found.estimates["baseline"].isna().all()
    assert "no noise can be taken off" in found.sentence()


def test_counterbalancing_names_what_is_missing():
    r, _ = simulated(items=4)
    frame = r.frame
    assert (counterbalancing(r)["problem"] == "").all()
    absent = frame[
        ~((frame["model"] == "b") & (frame["wording"] == "v2") & (frame["option_order"] == "descending"))
    ]
    some = absent[~((absent["model"] == "a") & (absent["item"] == "i01") & (absent["wording"] == "v0"))]
    twice = pd.concat([some, some[(some["model"] == "b") & (some["wording"] == "v0")].assign(epoch=2)])
    table = counterbalancing(Responses(twice)).set_index(["model", "option_order", "wording"])
    assert table.loc[("b", "descending", "v2"), "problem"] == "cell is absent"
    assert table.loc[("a", "ascending", "v0"), ["problem", "n_missing"]].tolist() == ["items are missing", 1]
    assert table.loc[("b", "ascending", "v1"), "problem"] == "unequal repeats"
    assert table.loc[("a", "ascending", "v1"), "problem"] == ""


def test_refused_when_the_order_is_unknown():
    r, _ = simulated(items=4)
    unknown = Responses(r.frame.assign(option_order=None))
    for ask in (
        lambda: response_style(unknown, scale=(0, 100), terms=["option_order"]),
        lambda: sensitivity(unknown, over="option_order"),
        lambda: counterbalancing(unknown),
    ):
        with pytest.raises(SpecificationError, match="under which option_order"):
            ask()
    one = Responses(r.frame[r.frame["option_order"] == "ascending"])
    with pytest.raises(SpecificationError, match="one option_order only"):
        sensitivity(one, over="option_order")
    with pytest.raises(SpecificationError, match="off the scale"):
        response_style(r, scale=(1, 6))
    with pytest.raises(SpecificationError, match="not the ends"):
        response_style(r, scale=(6, 1))


def test_a_model_without_valid_answers_is_null():
    rows = [{"model": m, "item": str(j), "answer": None if m == "b" else 3} for m in "ab" for j in range(3)]
    frame = pd.DataFrame(rows).assign(wording="v0")
    both = pd.concat([frame, frame.assign(wording="v1")])
    r = responses(both.astype({"answer": "Int64"}).to_dict("list"))
    found = response_style(r, scale=(1, 6), replicates=20)
    assert np.isnan(of(found, "extremity", "b")["estimate"])
    assert of(found, "extremity", "a")["estimate"] == 0
    assert (
        sensitivity(r, over="wording", replicates=20, permutations=3).estimates["estimate"].tolist()[0] == 0
    )


def test_effects_of_option_labels_have_the_truth_they_were_simulated_from():
    responses, truth = simulate_labels(models=4, queries=150, seed=5)
    style = response_style(responses, scale=(1, 6), terms=["option_labels", "option_order"], replicates=300)
    table = label_truth(truth, style)
    assert len(table) == 12
    assert (table["estimate"] - table["truth"]).abs().max() < 0.15
    assert table["covered"].mean() > 0.8
    assert not table.loc[table["model"] == "model 1", "told"].any()
    assert table["told"].sum() >= 4


def test_a_term_of_ones_own_is_paired_within_the_other_conditions():
    """Labels and order are confounded in part: the effect of each is taken within the levels of the other."""
    responses, _ = simulate_labels(models=1, queries=40, label_sd=0.0, order_sd=0.0, seed=2)
    frame = responses.frame.rename(columns={"option_labels": "colour"})
    frame["answer"] = (
        2 + (frame["colour"] == "words").astype(int) + 2 * (frame["option_order"] == "descending")
    )
    gap = (frame["colour"] == "letters") & (frame["option_order"] == "descending")
    style = response_style(
        Responses(frame[~gap]), scale=(1, 6), terms=["colour", "option_order"], replicates=0
    ).estimates.set_index("style")["estimate"]
    assert style["option order: descending - ascending"] == pytest.approx(2.0)
    assert style["colour: words"] - style["colour: numbers"] == pytest.approx(1.0)


def test_a_scale_whose_end_no_answer_comes_near_is_said():
    rng = np.random.default_rng(3)
    rows = [
        {"model": m, "item": f"i{j:02d}", "wording": f"v{w}", "answer": rng.integers(1, 8)}
        for m in "ab"
        for j in range(40)
        for w in range(2)
    ]
    answers = responses(rows)
    right, wrong = (response_style(answers, scale=(1, high), replicates=100) for high in (7, 10))
    assert "scale" not in {r.aspect for r in right.verdict.reasons}
    (reason,) = [r for r in wrong.verdict.reasons if r.aspect == "scale"]
    assert reason.sign == "care"
    assert reason.text == "none of 160 answers lies above 7, on a scale that is said to go from 1 to 10"
    assert not (wrong.verdict.rows["sign"] == "sound").any()
    slider = response_style(simulated()[0], scale=(0, 100), replicates=0)
    assert "scale" not in {r.aspect for r in slider.verdict.reasons}
