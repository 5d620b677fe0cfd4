"""The Staircase of Ethics: the published tables held against themselves, the layout of the dilemmas, known truths "
"recovered."""

import os
from itertools import combinations, permutations
from math import comb
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest
from scipy.special import expit

from valuestats import choice_strengths, fit_choice, label_outcomes, paired_contrast, step_slopes
from valuestats.base.errors import InputError
from valuestats.systems.staircase import published, release
from valuestats.systems.staircase.simulate import (
    SLOPE,
    simulate_staircase,
    staircase_recovery,
    value_choices,
)

HERE = Path(__file__).parents[3] / "analyses" / "staircase"


@pytest.fixture(scope="module")
def rates():
    return published.read_win_rates(HERE / "published_winrates.csv")


def test_the_published_order_comes_out_again(rates):
    strengths = published.rate_strengths(rates)
    levels = published.stage_levels(strengths)
    totals = published.label_totals(published.read_label_counts(HERE / "published_counts.csv"))
    table = published.staircase_comparison(HERE / "published.csv", strengths, totals, levels)
    told = table.set_index(["quantity", "group"])["verdict"]
    assert told["place of the foundation"].tolist() == ["reproduced"] * 6
    assert told["labels in all"].to_dict() == {"MFT": "reproduced", "Schwartz": "differs"}


def test_the_labels_are_more_than_the_options(rates):
    counts = pd.read_csv(HERE / "published_counts.csv")
    totals = published.label_totals(published.read_label_counts(HERE / "published_counts.csv"))
    own = totals.set_index(["theory", "labeller"])
    assert (
        own.loc[("Schwartz", "consensus"), "labels"]
        == counts[counts["theory"] == "Schwartz"]["consensus"].sum()
    )
    assert own.loc[("Schwartz", "consensus"), "more"] == 63
    assert own.loc[("MFT", "consensus"), "more"] == 0


def test_cycles_are_kendalls_count(rates):
    """Kendall and Babington Smith (1940): all triples less those of which one wins both, where nobody ties."""
    found = published.rate_cycles(rates, published.implied_counts(rates))
    own = found.groupby(["stage", "model"]).size()
    looked = 0
    for key, part in rates.groupby(["stage", "model"]):
        if (part["win_rate"] == 0.5).any():
            continue
        ahead = np.where(part["win_rate"] > 0.5, part["value_a"], part["value_b"])
        wins = pd.Series(ahead).value_counts().reindex(list(release.FOUNDATIONS), fill_value=0)
        assert own.get(key, 0) == comb(6, 3) - sum(comb(w, 2) for w in wins)
        looked += 1
    assert looked >= 15
    assert len(found) == 63


def test_the_choices_needed_by_hand():
    frame = pd.DataFrame(
        {
            "stage": "s",
            "model": "m",
            "value_a": ["Care", "Liberty", "Care"],
            "value_b": ["Liberty", "Loyalty", "Loyalty"],
            "win_rate": [0.7, 0.8, 0.4],
            "printed": ["0.70", "0.80", "0.40"],
        }
    )
    row = published.rate_cycles(frame, published.implied_counts(frame)).iloc[0]
    assert row["cycle"] == "Care, Liberty, Loyalty"
    assert row["needed"] == int(np.ceil((2.3939797998 / 2) ** 2 / 0.01))
    assert (row["least"], row["told"]) == (5, False)


def test_the_least_number_behind_rounded_rates_by_going_through_all():
    printed = ["0.33", "0.57", "0.06"]
    frame = pd.DataFrame({"stage": "s", "value_a": "Care", "value_b": "Loyalty", "printed": printed})
    row = published.implied_counts(frame).iloc[0]

    def possible(text, n):
        return any(abs(k / n - float(text)) <= 0.005 + 1e-12 for k in range(n + 1))

    fits = [n for n in range(1, 101) if all(possible(p, n) for p in printed)]
    assert row["least"] == fits[0]
    assert row["ruled_out"] == pytest.approx(1 - len(fits) / 100)


def test_strengths_that_made_the_rates_come_out_again():
    beta = dict(zip(release.FOUNDATIONS, (0.2, 0.9, 0.4, -0.6, -0.7, -0.2), strict=True))
    rows = [
        ("step1", "m", a, b, f"{expit(beta[a] - beta[b]):.6f}")
        for a, b in combinations(release.FOUNDATIONS, 2)
    ]
    frame = pd.DataFrame(rows, columns=["stage", "model", "value_a", "value_b", "win_rate"])
    found = published.rate_strengths(frame.assign(win_rate=frame["win_rate"].astype(float)))
    assert found.set_index("label")["value"].to_dict() == pytest.approx(beta, abs=1e-5)
    assert found["misfit"].max() < 1e-5


def test_the_shift_is_paired_by_model(rates):
    strengths = published.rate_strengths(rates)
    found = paired_contrast(
        strengths, against=published.FIRST, conditions=[published.LAST], by="label"
    ).estimates
    wide = strengths[strengths["label"] == "Sanctity"].pivot(
        index="item", columns="condition", values="value"
    )
    row = found[found["label"] == "Sanctity"].iloc[0]
    assert row["estimate"] == pytest.approx((wide["step 5"] - wide["step 1"]).mean())
    assert (row["n_pairs"], row["n_scored"]) == (9, 18)  # a share at either step
    assert row["upper"] < 0


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"win_rate_a": "1.2"}, "win_rate_a"),
        ({"win_rate_a": "high"}, "win_rate_a"),
        ({"value_a": "Courage"}, "value_a"),
        ({"value_a": "Care"}, "value_a"),
        ({"value_b": "Courage"}, "value_b"),
        ({"value_a": "Care", "value_b": "Authority"}, "model"),
    ],
)
def test_bad_rates_are_named_by_row(tmp_path, change, parameter):
    base = {"stage": "step1", "model": "m", "value_a": "Authority", "value_b": "Care", "win_rate_a": "0.30"}
    pd.DataFrame([base, {**base, "model": "n" if parameter != "model" else "m", **change}]).to_csv(
        tmp_path / "rates.csv", index=False
    )
    with pytest.raises(InputError) as caught:
        published.read_win_rates(tmp_path / "rates.csv")
    assert (caught.value.row, caught.value.parameter) == (1, parameter)


def written(folder, records):
    file = folder / "dilemmas.json"
    file.write_bytes(orjson.dumps(records))
    return file


def test_the_layout_of_the_dilemmas(tmp_path):
    records, _ = simulate_staircase(dilemmas=3, seed=1)
    records[0]["step 1_choiceA_value"] = "Care/Harm"
    records[0]["step 1_choiceB_value"] = "self"
    found = release.read_dilemmas(written(tmp_path, records))
    assert len(found) == 3 * 5 * 2
    assert found["value"].tolist()[:2] == ["Care", "Self-Direction"]
    for spoil, says in (
        (lambda r: r[1].pop("step 4_choiceB_value"), "without its two options"),
        (lambda r: r[1].update({"step 4_choiceB_value": "courage"}), "unknown value"),
    ):
        records, _ = simulate_staircase(dilemmas=3, seed=1)
        spoil(records)
        with pytest.raises(InputError, match=says) as caught:
            release.read_dilemmas(written(tmp_path, records))
        assert caught.value.row == 1
    with pytest.raises(InputError, match="no list of dilemmas"):
        release.read_dilemmas(written(tmp_path, {"a": 1}))
    with pytest.raises(InputError, match="not a readable JSON"):
        release.read_dilemmas(tmp_path / "absent.json")


def test_answers_keep_their_status(tmp_path):
    records, _ = simulate_staircase(dilemmas=1, seed=1)
    dilemmas = release.read_dilemmas(written(tmp_path, records))
    answers = pd.DataFrame(
        {
            "model": "m",
            "dilemma": 0,
            "step": [1, 2, 3, 4],
            "answer": ["A", " b ", "Neither", None],
            "first": ["A", "B", "A", "A"],
        }
    )
    choices = release.dilemma_choices(dilemmas, answers).frame
    each = choices.drop_duplicates("choice")
    assert each["status"].tolist() == ["valid", "valid", "unparsable", "empty"]
    took = choices[choices["rank"] == 1]
    assert took["option"].tolist() == ["0/1/A", "0/2/B"]
    assert took["position"].tolist() == [1, 1]
    with pytest.raises(InputError, match="was not asked"):
        release.dilemma_choices(dilemmas, answers.assign(step=9))
    with pytest.raises(InputError, match="lack columns"):
        release.dilemma_choices(dilemmas, answers.drop(columns="answer"))


def test_the_simulated_truth_is_recovered(tmp_path):
    held, falls = [], []
    for seed in range(6):
        records, answers = simulate_staircase(dilemmas=120, seed=seed)
        dilemmas = release.read_dilemmas(written(tmp_path, records))
        choices = release.dilemma_choices(dilemmas, answers)
        labels = release.dilemma_labels(dilemmas)
        between = value_choices(choices, labels)
        strengths = choice_strengths(between, by="step", position=True, cluster="cluster", draws=2)
        fit = fit_choice("utility ~ 0 + option*step + position", between, engine="ml", cluster="cluster")
        table = staircase_recovery(strengths, fit)
        assert table["quantity"].value_counts().to_dict() == {
            "strength": 30,
            "slope per step": 6,
            "first place": 5,
        }
        held += table["holds"].tolist()
        slopes = step_slopes(label_outcomes(choices, labels), by="label", replicates=50, permutations=99)
        falls.append(slopes.estimates.set_index("label")["estimate"])
    assert np.mean(held) == pytest.approx(0.95, abs=0.05)
    mean = pd.concat(falls, axis=1).mean(axis=1)
    assert mean.idxmin() == min(SLOPE, key=SLOPE.get)
    assert mean.idxmax() == max(SLOPE, key=SLOPE.get)


def test_the_sample_of_the_release():
    at = os.environ.get("VALUESTATS_LOCAL")
    folder = Path(at or ".") / "mmds"
    if at is None or not folder.is_dir():
        pytest.skip("the data are not at hand")
    sizes = {name: release.read_dilemmas(folder / f"MMDs_{name}.json") for name in ("MFT", "Schwartz")}
    assert {k: v["dilemma"].nunique() for k, v in sizes.items()} == {"MFT": 25, "Schwartz": 26}
    assert set(sizes["MFT"]["value"]) == set(release.FOUNDATIONS)
    assert sizes["Schwartz"]["value"].nunique() == 10


def test_no_cycle_among_transitive_rates():
    order = list(release.FOUNDATIONS)
    rows = [
        ("s", "m", a, b, 0.6 if order.index(a) < order.index(b) else 0.4) for a, b in permutations(order, 2)
    ]
    frame = pd.DataFrame(rows, columns=["stage", "model", "value_a", "value_b", "win_rate"])
    frame = frame[frame["value_a"] < frame["value_b"]].assign(printed="0.60")
    assert published.rate_cycles(frame, published.implied_counts(frame)).empty
