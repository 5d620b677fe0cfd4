"""Item-value correlations and keys: scipy as the reference, planted truth for keys and the audit."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats.base.errors import SpecificationError
from valuestats.keying.chance import chance_keys
from valuestats.keying.correlations import item_values
from valuestats.keying.rules import key_frame, keys
from valuestats.systems.value_portrait.overwritten import (
    compare_correlations,
    exclude_ratings,
    explain_by_respondent,
)
from valuestats.tables import Ratings


def planted(seed=1, people=40, items=6):
    """Two groups of raters; respondent X rates in both under one identifier."""
    rng = np.random.default_rng(seed)
    names = [f"P{k:02d}" for k in range(people)]
    own = pd.DataFrame(
        {
            "respondent": np.repeat([*names, "X"], 2),
            "family": "pvq",
            "dimension": ["Power", "Security"] * (people + 1),
            "score": np.round(rng.normal(size=2 * (people + 1)), 1),
        }
    )
    wide = own.pivot(index="respondent", columns="dimension", values="score")
    rows = []
    for group, members in (("0", [*names[: people // 2], "X"]), ("1", [*names[people // 2 :], "X"])):
        for k in range(items):
            for name in members:
                lean = wide.loc[name, "Power"] * (1.5 if k == 0 else 0.0)
                rows.append(
                    (name, f"{group}-{k}", float(np.clip(np.round(3.5 + lean + rng.normal()), 1, 6)), group)
                )
    return Ratings(pd.DataFrame(rows, columns=["respondent", "item", "rating", "group"]), own, (1, 6))


def test_correlations_are_scipys():
    ratings = planted()
    result = item_values(ratings)
    wide = ratings.values.pivot(index="respondent", columns="dimension", values="score")
    for _, row in result.estimates.iterrows():
        part = ratings.frame[ratings.frame["item"] == row["item"]]
        expected = stats.spearmanr(part["rating"], wide.loc[part["respondent"], row["dimension"]])
        assert row["estimate"] == pytest.approx(expected.statistic, abs=1e-12)
        assert row["p_value"] == pytest.approx(expected.pvalue, abs=1e-12)
        assert row["n_scored"] == len(part)
    assert result.meta["warnings"][0].startswith("respondent X rates in groups 0, 1")


def test_noise_in_the_last_digits_breaks_ties_only_as_published():
    rated = pd.DataFrame({"respondent": list("abcd"), "item": "1", "rating": [1, 2, 3, 4]})
    scores = [0.1 + 0.2, 0.3, 0.5, 0.7]  # the first two are equal but for floating point
    own = pd.DataFrame({"respondent": list("abcd"), "family": "f", "dimension": "d", "score": scores})
    ratings = Ratings(rated, own, (1, 6))
    assert item_values(ratings, compat="published").estimates["estimate"].iloc[0] == pytest.approx(0.8)
    tied = stats.spearmanr([1, 2, 3, 4], [1, 1, 2, 3]).statistic
    assert item_values(ratings).estimates["estimate"].iloc[0] == pytest.approx(tied)


def test_keys_are_strict_signed_and_excludable():
    frame = pd.DataFrame(
        {"item": list("abcd"), "family": "f", "dimension": "d", "estimate": [0.31, 0.30, -0.5, np.nan]}
    )
    assert key_frame(frame)["item"].tolist() == ["a"]
    both = key_frame(frame, signs="both")
    assert dict(zip(both["item"], both["sign"], strict=True)) == {"a": 1, "c": -1}
    assert key_frame(frame, signs="both", exclude=[("a", "f", "d")])["item"].tolist() == ["c"]
    with pytest.raises(SpecificationError, match="names no keyed pair"):
        key_frame(frame, exclude=[("b", "f", "d")])
    with pytest.raises(SpecificationError, match="threshold"):
        key_frame(frame, threshold=1.0)


def test_planted_keys_are_found_and_chance_is_what_the_null_gives():
    found = keys(item_values(planted()), threshold=0.5)
    assert {("0-0", "Power"), ("1-0", "Power")} <= set(zip(found["item"], found["dimension"], strict=True))
    rng = np.random.default_rng(2)
    rated = pd.DataFrame(
        [(f"p{p}", f"i{i}", float(rng.integers(1, 7))) for p in range(47) for i in range(100)],
        columns=["respondent", "item", "rating"],
    )
    own = pd.DataFrame({"respondent": [f"p{p}" for p in range(47)], "family": "f", "dimension": "d",
                        "score": rng.normal(size=47)})  # fmt: skip
    expected = chance_keys(Ratings(rated, own, (1, 6)), permutations=2000, seed=1).set_index("dimension")[
        "expected"
    ]
    tail = stats.t.sf(0.30 * np.sqrt(45 / (1 - 0.30**2)), 45)
    assert expected["d"] == pytest.approx(100 * tail, rel=0.15)
    assert expected["(all)"] == expected["d"]


def test_unknown_family():
    with pytest.raises(SpecificationError, match="no such family"):
        item_values(planted(), families=["bfi"])


def test_an_overwritten_respondent_is_found():
    """Published correlations are made with X's old scores; the release holds new ones."""
    released = planted()
    old = released.values.copy()
    mine = (old["respondent"] == "X").to_numpy()
    old.loc[mine, "score"] = [2.7, -0.05]
    group0 = released.frame["group"] == "0"
    before = item_values(
        Ratings(released.frame[group0].reset_index(drop=True), old, (1, 6)), compat="published"
    )
    after = item_values(Ratings(released.frame[~group0].reset_index(drop=True), released.values, (1, 6)))
    published = pd.concat([before.estimates, after.estimates])[["item", "family", "dimension", "estimate"]]
    cells = compare_correlations(item_values(released, compat="published"), published)
    assert set(cells[~cells["agrees"]]["item"].str[0]) == {"0"}
    found = explain_by_respondent(released, published, respondent="X", group="0").set_index("dimension")
    assert (found["verdict"] == "another score was used").all()
    assert (found["at_best_place"] < 1e-12).all()
    assert found.loc["Power", "place_lower"] <= 2.7 <= found.loc["Power", "place_upper"]
    assert found.loc["Security", "place_lower"] <= -0.05 <= found.loc["Security", "place_upper"]
    unmoved = explain_by_respondent(released, published, respondent="X", group="1")
    assert (unmoved["verdict"] == "score agrees").all()
    stranger = explain_by_respondent(released, published, respondent="P01", group="0")
    assert (stranger["verdict"] == "unexplained").any()


def test_exclusion_takes_out_one_group_only():
    ratings = planted()
    clean = exclude_ratings(ratings, respondent="X", group="0")
    assert len(ratings) - len(clean) == 6
    assert not any("rates in groups" in c for c in clean.conflicts)
    with pytest.raises(SpecificationError, match="nothing to exclude"):
        exclude_ratings(clean, respondent="X", group="0")


def test_the_sentence_counts_strong_correlations_of_both_signs():
    trait = np.arange(12.0)
    rated = {"up": trait, "down": 11 - trait, "down too": 11 - trait, "none": np.tile([1.0, 5.0], 6)}
    frame = pd.DataFrame(
        [(f"p{p}", item, 1 + values[p]) for item, values in rated.items() for p in range(12)],
        columns=["respondent", "item", "rating"],
    )
    values = pd.DataFrame(
        {"respondent": [f"p{p}" for p in range(12)], "family": "f", "dimension": "d", "score": trait}
    )
    table = frame.assign(group="g", source_row=range(len(frame)))
    found = item_values(Ratings(table, values, (1, 12)))
    assert "1 exceed .30 and 2 lie below −.30" in found.sentence()
