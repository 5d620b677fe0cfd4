"""Captions of the Value Portrait page say what small made-up results hold."""

from types import SimpleNamespace

import pandas as pd

from valuestats.systems.value_portrait.page import captions
from valuestats.systems.value_portrait.page.keys import signed_sentence, signed_table


def result(rows, columns):
    return SimpleNamespace(estimates=pd.DataFrame(rows, columns=columns))


def test_map_counts_items_whose_keys_lie_side_by_side():
    rows = [("1", "Power"), ("1", "Achievement"), ("2", "Power"), ("2", "Universalism"), ("3", "Power")]
    rows += [("4", "Self_Direction"), ("4", "Universalism")]  # first and last of the circle are neighbours
    keyed = pd.DataFrame(rows, columns=["item", "dimension"]).assign(family="pvq")
    assert "Of 3 items keyed to several values 2 are" in captions.map_caption({"keys": keyed})


def test_validity_names_the_values_whose_interval_is_above_zero():
    columns = ["rule", "family", "dimension", "estimate", "lower", "upper", "in_sample"]
    rows = [
        ("threshold", "pvq", "Power", 0.2, 0.1, 0.3, 0.4),
        ("threshold", "pvq", "Hedonism", 0.05, -0.1, 0.2, 0.4),
        ("threshold", "pvq", "(all)", 0.12, 0.08, 0.16, 0.41),
        ("fdr", "pvq", "Hedonism", 0.9, 0.8, 0.95, 0.9),
    ]
    text = captions.validity_caption({"validity": result(rows, columns)})
    assert "from 0.41 to 0.12" in text
    assert "for 1 of 2 values, highest for Power 0.20" in text


def rankings():
    columns = ["rule", "dimension", "verdict", "outside", "tau", "noise", "noise_lower", "noise_upper"]
    rows = [
        ("signed", "Power", "beyond noise", 3, 0.1, 0.7, 0.5, 0.9),
        ("signed", "Hedonism", "within noise", 1, 0.6, 0.7, 0.5, 0.9),
        ("fdr", "Power", "no keys", None, None, 0.7, 0.5, 0.9),
        ("fdr", "Hedonism", "beyond noise", 2, -0.2, 0.7, 0.5, 0.9),
    ]
    return pd.DataFrame(rows, columns=columns)


def test_rankings_count_changes_beyond_noise_and_values_without_keys():
    text = captions.ranking_caption({"rankings": rankings()})
    assert "both signs on 1 of 2 values; FDR .05 on 1 of 1 values, no keys on 1." in text


def test_signed_keys_are_counted_by_sign():
    keyed = pd.DataFrame(
        [("1", "Power", 1), ("2", "Power", -1), ("3", "Power", -1), ("2", "Hedonism", 1)],
        columns=["item", "dimension", "sign"],
    ).assign(family="pvq")
    levels = pd.DataFrame({"model": list("abc"), "style": "level", "estimate": [1.0, 2.0, 3.0]})
    cells = pd.MultiIndex.from_product([list("abc"), ["Power", "Hedonism"]], names=["model", "dimension"])
    scored = cells.to_frame(index=False)
    study = {
        "keys_both": keyed,
        "rankings": rankings(),
        "style": SimpleNamespace(estimates=levels),
        "scores": SimpleNamespace(estimates=scored.assign(estimate=[3.0, 1, 2, 3, 1, 2])),
        "scores_signed": SimpleNamespace(estimates=scored.assign(estimate=[1.0, 1, 3, 3, 2, 2])),
    }
    table = signed_table(study).set_index("Value")
    # orders by level: 3 2 1 and 1 3 2 with positive keys, 1 3 2 and 1 3 2 with both
    assert table.loc["Power", ["Level, positive keys", "Level, both"]].tolist() == ["−1.00", "0.50"]
    assert table.loc["Hedonism", ["Level, positive keys", "Level, both"]].tolist() == ["0.50", "0.50"]
    assert table.loc["Power", ["Positive", "Negative"]].tolist() == ["1", "2"]
    assert table.loc["Hedonism", ["Positive", "Negative"]].tolist() == ["1", "0"]
    text = signed_sentence(study)
    assert text.startswith("2 more keys are negative")
    assert "1 item is keyed positively to one value and negatively to another" in text
    assert "beyond its noise for Power" in text


def test_shifts_name_the_furthest_move():
    ranks = pd.DataFrame(
        {
            "rule": "stable",
            "model": ["a", "b", "c"],
            "dimension": "Power",
            "shift": [-5.0, 1.0, None],
        }
    )
    table = pd.DataFrame({"rule": ["stable"], "verdict": ["within noise"], "outside": [1]})
    text = captions.shift_caption({"ranks": ranks, "rankings": table}, "stable")
    assert "3.0 places on average; a moves furthest, 5 places up on Power; 1 of 2 ranks" in text


def test_power_says_where_no_size_is_enough():
    table = pd.DataFrame(
        {
            "dimension": ["Power", "Power", "Hedonism", "Hedonism"],
            "n_item": [10, 20, 10, 20],
            "power": [0.5, 0.85, 0.1, 0.2],
            "difference": 0.3,
        }
    )
    text = captions.power_caption({"power": table})
    assert text == (
        "A difference of 0.3 scale points is told with power .8 from 20 items for Power; not even 20 for Hedonism."
    )


def test_sensitivity_counts_models_beyond_the_shuffles():
    columns = ["model", "estimate", "lower", "upper", "baseline", "p_value", "level", "excess"]
    rows = [("a", 0.5, 0.4, 0.6, 0.2, 0.01, 0.95, 0.3), ("b", 0.2, 0.1, 0.3, 0.19, 0.4, 0.95, 0.01)]
    text = captions.sensitivity_caption(result(rows, columns))
    assert text.startswith("1 of 2 models answer otherwise")
    assert "moves a, 0.50" in text


def test_labels_count_covered_and_told_effects():
    table = pd.DataFrame(
        {
            "truth": [0.0, 0.3, -0.3],
            "estimate": [0.1, 0.3, -0.3],
            "covered": [False, True, True],
            "told": [True, True, False],
        }
    )
    text = captions.label_caption({"labels_truth": table})
    assert "2 of 3 intervals" in text
    assert "2 effects are told from zero, 1 of them among the 1 of the model that has none" in text
