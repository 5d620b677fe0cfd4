"""CIVICS label by label and annotator by annotator: hand-made sets, closed forms."""

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.raters.agreement import agreement
from valuestats.statistics.agreement import set_distance
from valuestats.systems.civics.annotators import annotator_effects, label_agreement


def annotations(seed=0, statements=60):
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(statements):
        truth = {"x"} if i % 3 else {"x", "y"}
        for k in range(3):
            labels = sorted(truth | ({"z"} if rng.random() < 0.2 else set()))
            rows.append((f"a{k}", i, labels, "t" if i % 2 else "u", f"page {i // 4}"))
    return pd.DataFrame(rows, columns=["respondent", "item", "rating", "topic", "cluster"])


def test_each_label_is_judged_by_its_presence():
    table = label_agreement(annotations(), replicates=200).set_index("value")
    assert table.loc["y", "estimate"] == 1.0
    assert table.loc["y", "specific"] == 1.0
    assert np.isnan(table.loc["x", "estimate"])  # given to every statement: chance alone agrees always
    assert table.loc["z", "estimate"] == pytest.approx(0, abs=0.2)  # given at random
    assert table.loc["z", "lower"] < 0 < table.loc["z", "upper"]
    present = annotations().assign(rating=lambda f: [int("z" in r) for r in f["rating"]])
    expected = agreement(present, replicates=0).estimates["estimate"].iloc[0]
    assert table.loc["z", "estimate"] == pytest.approx(expected)
    assert table.loc["z", "specific"] < 0.5


def test_rare_labels_are_left_out_and_few_pages_get_no_interval():
    frame = annotations()
    assert "y" not in set(label_agreement(frame, least=30, replicates=0)["value"])
    assert label_agreement(frame, replicates=50, pages=99)["lower"].isna().all()
    with pytest.raises(SpecificationError, match="frequent enough"):
        label_agreement(frame, least=1000)


def test_annotators_are_held_against_the_others_of_the_same_statement():
    rows = [
        ("a", 1, ["x"]),
        ("b", 1, ["x"]),
        ("c", 1, ["x", "y", "z"]),
        ("a", 2, ["x"]),
        ("b", 2, None),
        ("c", 2, ["w"]),
    ]
    frame = pd.DataFrame([*rows, ("b", 3, ["x"])], columns=["respondent", "item", "rating"])
    table = annotator_effects(frame, replicates=100).set_index(["respondent", "term"])
    assert table.loc[("c", "labels"), "estimate"] == pytest.approx((2 + 0) / 2)
    assert table.loc[("a", "labels"), "estimate"] == pytest.approx((-1 + 0) / 2)
    assert table.loc[("b", "labels"), "n_items"] == 1  # alone on statement 3, silent on 2
    far = set_distance([frozenset("x"), frozenset("xyz")], "masi")[0, 1]
    assert table.loc[("b", "nearness"), "estimate"] == pytest.approx(1 - far / 2)
    assert np.isnan(table.loc[("b", "labels"), "lower"])


def test_a_planted_habit_of_more_labels_is_told():
    frame = annotations(statements=120)
    frame["rating"] = [
        [*labels, "extra"] if who == "a0" and item % 2 else labels
        for who, item, labels in zip(frame["respondent"], frame["item"], frame["rating"], strict=True)
    ]
    table = annotator_effects(frame, replicates=300).query("term == 'labels'").set_index("respondent")
    assert table.loc["a0", "lower"] > 0.2
    assert table.loc["a0", "estimate"] == pytest.approx(0.5, abs=0.15)
    assert table.loc["a1", "upper"] < 0
