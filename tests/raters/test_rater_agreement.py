"""The verb `agreement`: the kernels' numbers on labelled tables, resampling, refusals, and the CIVICS annotations."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from valuestats.base.errors import InputError, SpecificationError
from valuestats.raters.agreement import agreement
from valuestats.results.result import Result
from valuestats.tables import Ratings

R = Path(__file__).parents[1] / "r"
UNITS = {  # Krippendorff (2011): four observers, twelve units, a star where not coded
    "A": "123321412***",
    "B": "1233224125*3",
    "C": "*3332342251*",
    "D": "12332441251*",
}


def units(convert=int):
    rows = [
        (rater, f"u{k:02d}", None if mark == "*" else convert(mark))
        for rater, marks in UNITS.items()
        for k, mark in enumerate(marks)
    ]
    return pd.DataFrame(rows, columns=["respondent", "item", "rating"])


def estimate(frame, **options):
    return agreement(frame, replicates=0, **options).estimates["estimate"].iloc[0]


def test_krippendorff_example_with_missing_codes():
    found = agreement(units(), metric=["nominal", "ordinal", "interval"], seed=3)
    table = found.estimates
    np.testing.assert_allclose(
        table["estimate"], [0.743421052631579, 0.8153875037548814, 0.8491071428571428], atol=1e-12
    )
    assert (table["lower"] < table["estimate"]).all()
    assert (table["upper"] > table["estimate"]).all()
    assert table[["n_scored", "n_asked", "n_units", "n_raters"]].iloc[0].tolist() == [40, 48, 11, 4]
    assert "7 of 48 ratings are missing" in found.meta["warnings"]
    assert "1 items have one rating only, which can agree with nothing" in found.meta["warnings"]
    assert found.replicates().dims == ("draw", "metric")


def test_labels_that_are_text_and_labels_as_sets_give_the_same():
    text = units(lambda mark: f"label {mark}")
    assert estimate(text) == pytest.approx(0.743421052631579)
    sets = units(lambda mark: [mark])
    found = agreement(sets, metric=["nominal", "jaccard", "masi"], replicates=0).estimates["estimate"]
    np.testing.assert_allclose(found, 0.743421052631579)


def test_order_of_text_must_be_given():
    text = units(lambda mark: "edcba"[int(mark) - 1])
    with pytest.raises(SpecificationError, match="no order"):
        agreement(text, metric="ordinal")
    assert estimate(text, metric="ordinal", categories="edcba") == pytest.approx(0.8153875037548814)
    with pytest.raises(InputError, match="none of the declared"):
        agreement(text, metric="ordinal", categories="edcb")


def test_ac_depends_on_the_number_of_categories():
    used = estimate(units(), coefficient="ac")
    assert used == pytest.approx(0.77544, abs=5e-6)  # R irrCAC 1.0, gwet.ac1.raw(cac.raw4raters)
    assert estimate(units(), coefficient="ac", categories=range(1, 11)) > used


def test_cohen_wants_two_raters_and_pairs_them_by_item():
    with pytest.raises(SpecificationError, match="two raters"):
        agreement(units(), coefficient="cohen")
    wide = pd.read_csv(R / "two_raters.csv").rename_axis("item").reset_index()
    frame = wide.melt("item", var_name="respondent", value_name="rating").sample(frac=1, random_state=4)
    expected = pd.read_csv(R / "agreement.csv", comment="#").set_index("kappa")["value"]
    found = agreement(frame, coefficient="cohen", metric=["nominal", "linear", "quadratic"], replicates=50)
    assert found.estimates["estimate"].tolist() == pytest.approx(
        [expected["unweighted"], expected["linear"], expected["quadratic"]], abs=1e-10
    )
    assert found.estimates["n_scored"].iloc[0] == 116  # two of the sixty objects lack the second rating


@given(st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_names_of_raters_and_items_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    frame = units().sample(frac=1, random_state=seed)
    rename = dict(zip(UNITS, rng.permutation(list("wxyz")), strict=True))
    again = frame.assign(respondent=frame["respondent"].map(rename), item="i" + frame["item"])
    for options in ({"metric": "ordinal"}, {"coefficient": "fleiss"}, {"coefficient": "ac"}):
        assert estimate(again, **options) == pytest.approx(estimate(frame, **options), abs=1e-12)


def test_clusters_are_resampled_whole():
    frame = units().dropna()
    each = agreement(frame.assign(cluster=frame["item"]), seed=1).estimates
    assert each["n_units"].iloc[0] == 11
    paired = agreement(frame.assign(cluster=frame["item"].str[1:].astype(int) // 2), seed=1)
    assert paired.estimates["n_units"].iloc[0] == 6
    assert paired.meta["specification"]["unit"] == "cluster"
    with pytest.raises(SpecificationError, match="two clusters"):
        agreement(frame.assign(cluster=frame["respondent"]))


def test_one_cluster_or_equal_ratings_give_no_interval():
    frame = units().dropna()
    single = agreement(frame.assign(cluster=0))
    assert single.estimates[["lower", "upper"]].isna().all().all()
    assert "no interval" in " ".join(single.meta["warnings"])
    same = agreement(frame.assign(rating=2), metric=["nominal", "ordinal", "interval"])
    assert same.estimates[["estimate", "lower", "upper", "std_error"]].isna().all().all()
    assert "all ratings are the same" in " ".join(same.meta["warnings"])


def test_what_can_not_be_answered_is_refused():
    with pytest.raises(SpecificationError, match="nothing to agree"):
        agreement(units().query("respondent == 'A'"))
    with pytest.raises(SpecificationError, match="no such metric"):
        agreement(units(), metric="quadratic")
    with pytest.raises(SpecificationError, match="no such coefficient"):
        agreement(units(), coefficient="pi")
    with pytest.raises(InputError, match="same key"):
        agreement(pd.concat([units(), units()]))
    with pytest.raises(InputError, match="finite numbers"):
        agreement(units(lambda mark: "abcde"[int(mark) - 1]), metric="interval")
    with pytest.raises(InputError, match="collections of labels"):
        agreement(units(str), metric="masi")


def test_a_ratings_table_goes_in_and_the_result_comes_back_from_disk(tmp_path):
    frame = units().dropna()
    values = pd.DataFrame({"respondent": list(UNITS), "family": "pvq", "dimension": "Power", "score": 0.0})
    result = agreement(Ratings(frame, values, scale=(1, 5)), metric="interval", replicates=100)
    assert result.estimates["estimate"].iloc[0] == pytest.approx(0.8491071428571428)
    again = Result.load(result.save(tmp_path / "agreement"))
    pd.testing.assert_frame_equal(again.estimates, result.estimates)


@pytest.mark.mirror
def test_civics_annotators():
    """Published: alpha .898 (nominal), .919 (Jaccard), .909 (MASI) over the annotators' label sets as written."""
    root = os.environ.get("VALUESTATS_LOCAL")
    path = Path(root) / "civics" / "civics_dataset.json" if root else None
    if path is None or not path.exists():
        pytest.skip("the CIVICS annotations are not at hand (VALUESTATS_LOCAL)")
    rows = [
        (name, record["ID"], record[name] or None)  # an empty list: this annotator did not see the item
        for record in json.loads(path.read_text(encoding="utf-8"))
        for name in (f"Annotator {k}" for k in range(1, 6))
    ]
    frame = pd.DataFrame(rows, columns=["respondent", "item", "rating"])
    result = agreement(frame, metric=["nominal", "jaccard", "masi"], as_written=True, replicates=500, seed=1)
    table = result.estimates.set_index("metric")
    assert table["estimate"].round(3).to_dict() == {"nominal": 0.898, "jaccard": 0.919, "masi": 0.909}
    # nltk 3.10.4 AnnotationTask.alpha on the same sets; its MASI rounds 2/3 and 1/3 to .67 and .33
    assert table.loc["nominal", "estimate"] == pytest.approx(0.8983614364120942, abs=1e-12)
    assert table.loc["jaccard", "estimate"] == pytest.approx(0.9192623494413908, abs=1e-12)
    assert table.loc["masi", "estimate"] == pytest.approx(0.90888286704522, abs=3e-4)
    assert table.loc["masi", ["n_scored", "n_asked", "n_units"]].tolist() == [2102, 3500, 700]


MIXED = [1, "1", 1.0, "1.0", np.int64(1), " 1"]


@pytest.mark.parametrize("coefficient", ["alpha", "cohen", "fleiss", "ac"])
def test_one_number_written_in_several_ways_is_one_label(coefficient):
    pairs = [(MIXED[n % 6], MIXED[(n + 1) % 6]) for n in range(6)] + [
        (2, "2"),
        ("2", "1"),
        (2.0, 2),
        ("1", 2),
    ]
    rows = [(r, n, rating) for n, pair in enumerate(pairs) for r, rating in enumerate(pair)]
    frame = pd.DataFrame(rows, columns=["respondent", "item", "rating"])
    plain = frame.assign(rating=[int(float(r)) for r in frame["rating"]])
    found = agreement(frame, coefficient=coefficient, replicates=0)
    expected = agreement(plain, coefficient=coefficient, replicates=0)
    assert found.estimates["estimate"][0] == pytest.approx(expected.estimates["estimate"][0], abs=1e-12)
    assert any("taken as one" in note for note in found.meta["warnings"])
    assert not any("taken as one" in note for note in expected.meta["warnings"])


def test_labels_that_only_look_like_numbers_stay_texts():
    rows = [("a", 1, "01"), ("b", 1, "1"), ("a", 2, "x"), ("b", 2, "x"), ("a", 3, "1e3"), ("b", 3, "1000")]
    frame = pd.DataFrame(rows, columns=["respondent", "item", "rating"])
    assert agreement(frame, replicates=0).estimates["observed"][0] == pytest.approx(1 / 3)


def test_numbers_in_sets_and_declared_categories_are_compared_alike():
    sets = [("a", 1, {1, 2}), ("b", 1, ("1", "2")), ("a", 2, {3}), ("b", 2, ["3.0"])]
    frame = pd.DataFrame(sets, columns=["respondent", "item", "rating"])
    assert agreement(frame, metric="jaccard", replicates=0).estimates["estimate"][0] == pytest.approx(1.0)
    rows = [("a", 1, "1"), ("b", 1, 1), ("a", 2, "5"), ("b", 2, "4"), ("a", 3, 2), ("b", 3, 2.0)]
    frame = pd.DataFrame(rows, columns=["respondent", "item", "rating"])
    texts = agreement(frame, metric="ordinal", categories=["1", "2", "3", "4", "5"], replicates=0)
    numbers = agreement(
        frame.assign(rating=frame["rating"].astype(float)),
        metric="ordinal",
        categories=[1, 2, 3, 4, 5],
        replicates=0,
    )
    assert texts.estimates["estimate"][0] == pytest.approx(numbers.estimates["estimate"][0], abs=1e-12)


def spelled(mark):
    rows = [
        (r, n, text)
        for n, pair in enumerate(["YY", "YN", "NN", "NY", "NN"])
        for r, text in zip("ab", pair, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["respondent", "item", "rating"])
    return frame.assign(rating=[mark(n, text) for n, text in enumerate(frame["rating"])])


@pytest.mark.parametrize("coefficient", ["alpha", "cohen", "fleiss", "ac"])
def test_labels_that_differ_in_case_and_blanks_are_one_unless_they_are_taken_as_written(coefficient):
    ways = [{"Y": "Yes", "N": "no"}, {"Y": "yes ", "N": "No"}, {"Y": "YES", "N": " no"}]
    odd = spelled(lambda n, text: ways[n % 3][text])
    plain = agreement(spelled(lambda _, text: text), coefficient=coefficient, replicates=0)
    found = agreement(odd, coefficient=coefficient, replicates=0)
    assert found.estimates["estimate"][0] == plain.estimates["estimate"][0]
    assert [note for note in found.meta["warnings"] if "taken as one" in note] == [
        "'No' (1 label) and 'no' differ only in how they are written, and are taken as one",
        "'YES' (1 label) and 'Yes' (1 label) and 'yes' differ only in how they are written, and are taken as one",
    ]
    as_written = agreement(odd, coefficient=coefficient, replicates=0, as_written=True)
    assert as_written.estimates["estimate"][0] < found.estimates["estimate"][0]
    assert as_written.meta["warnings"] == []


def test_members_of_sets_and_declared_categories_are_folded_too():
    rows = [
        ("a", 1, {"Care", "order"}),
        ("b", 1, ["care", "Order "]),
        ("a", 2, {"care"}),
        ("b", 2, {"order"}),
    ]
    frame = pd.DataFrame(rows, columns=["respondent", "item", "rating"])
    plain = frame.assign(rating=frame["rating"].map(lambda r: {label.strip().lower() for label in r}))
    found, expected = (agreement(f, metric="jaccard", replicates=0).estimates for f in (frame, plain))
    assert found["estimate"][0] == expected["estimate"][0]
    ordered = spelled(lambda n, text: {"Y": ["High", "high"], "N": ["low", "LOW"]}[text][n % 2])
    one = agreement(ordered, metric="ordinal", categories=["low", "high"], replicates=0).estimates
    assert one["estimate"][0] == agreement(spelled(lambda _, t: t), replicates=0).estimates["estimate"][0]


def test_blank_texts_are_missing_and_truth_values_are_those_of_texts():
    blank = spelled(lambda n, text: "  " if n == 9 else text)
    null = spelled(lambda n, text: None if n == 9 else text)
    found, expected = (agreement(f, replicates=0) for f in (blank, null))
    assert found.estimates["estimate"][0] == expected.estimates["estimate"][0]
    assert found.meta["warnings"] == expected.meta["warnings"]
    assert found.meta["warnings"][0] == "1 of 10 ratings are missing"
    mixed = spelled(lambda n, text: [text == "Y", str(text == "Y").lower(), int(text == "Y")][n % 3])
    plain = spelled(lambda _, text: text)
    assert (
        agreement(mixed, replicates=0).estimates["estimate"][0]
        == agreement(plain, replicates=0).estimates["estimate"][0]
    )


def ordered(values):
    rows = [(r, i, v) for i, pair in enumerate(values) for r, v in zip("ab", pair, strict=True)]
    return pd.DataFrame(rows, columns=["respondent", "item", "rating"])


def as_names(result):
    return [r.text for r in result.verdict.reasons if r.aspect == "as names"]


@pytest.mark.parametrize("coefficient", ["alpha", "fleiss", "ac", "cohen"])
def test_numbers_that_are_compared_as_names_are_said(coefficient):
    near = ordered([(1, 2), (2, 3), (3, 3), (4, 5), (5, 4), (1, 1)])
    found = agreement(near, coefficient=coefficient, replicates=50)
    (text,) = as_names(found)
    assert text.startswith("the ratings are numbers of 5 values, compared as names")
    assert "(nominal, their order not heeded;" in found.sentence()
    assert text in found.meta["warnings"]


def test_names_two_numbers_declared_categories_and_other_metrics_say_nothing():
    near = ordered([(1, 2), (2, 3), (3, 3), (4, 5), (5, 4), (1, 1)])
    quiet = [
        agreement(near, metric="ordinal", replicates=50),
        agreement(near, categories=[1, 2, 3, 4, 5], replicates=50),
        agreement(near.assign(rating=near["rating"] > 2), replicates=50),
        agreement(near.assign(rating=(near["rating"] > 2).astype(int)), replicates=50),
        agreement(near.assign(rating="label " + near["rating"].astype(str)), replicates=50),
    ]
    assert [as_names(found) for found in quiet] == [[]] * 5


def test_a_model_among_people_is_said():
    rng = np.random.default_rng(1)
    rows = [(r, i, int(rng.integers(1, 4))) for r in ("ann", "bob", "cy") for i in range(20)]
    frame = pd.DataFrame(rows, columns=["respondent", "item", "rating"])
    told = [
        r for r in agreement(frame, metric="ordinal", replicates=50).verdict.reasons if r.aspect == "mixed"
    ]
    assert told == []
    found = agreement(frame.replace({"cy": "gpt-4o"}), metric="ordinal", replicates=50)
    (reason,) = [r for r in found.verdict.reasons if r.aspect == "mixed"]
    assert reason.sign == "care"
    assert reason.text.startswith("gpt-4o is named like a model among people")
    assert found.estimates["estimate"].equals(
        agreement(frame, metric="ordinal", replicates=50).estimates["estimate"]
    )
    models = frame.replace({"ann": "claude-3", "bob": "llama-3", "cy": "gpt-4o"})
    assert agreement(models, metric="ordinal", replicates=50).meta["models_among"] == []
