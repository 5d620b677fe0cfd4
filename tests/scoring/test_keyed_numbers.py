"""Scores of keyed items end to end: every column by hand, and intervals at their quantiles."""

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.scoring.scores import score
from valuestats.statistics.resampling import expanded_level
from valuestats.tables import Responses


def answers(rows):
    frame = pd.DataFrame(rows, columns=["model", "item", "cluster", "answer"])
    return Responses(
        frame.assign(
            epoch=frame.groupby(["model", "item"]).cumcount() + 1,
            raw="x",
            answer=frame["answer"].astype("Int64"),
            status=np.where(frame["answer"].isna(), "refusal", "valid"),
            source_file="f",
            source_sha256="0",
            source_row=np.arange(len(frame)),
        )
    )


def keyed(*rows, family="pvq"):
    return pd.DataFrame(rows, columns=["item", "dimension", "sign"]).assign(family=family)


ROWS = [
    ("m", "1", "q1", 6), ("m", "1", "q1", 3), ("m", "2", "q1", 2), ("m", "3", "q2", 3), ("m", "4", "q3", 5),
    ("n", "1", "q1", 1), ("n", "2", "q1", None), ("n", "3", "q2", 5), ("n", "4", "q3", 6), ("n", "4", "q3", 5),
]  # fmt: skip
KEYS = keyed(("1", "Power", 1), ("2", "Power", -1), ("4", "Power", 1), ("3", "Care", 1), ("4", "Care", -1))


def test_every_column_by_hand():
    found = score(answers(ROWS), KEYS, family="pvq", scale=(1, 6), replicates=0)
    table = found.estimates.set_index(["model", "dimension"])
    # m: items 4.5, 2, 3, 5, mean 3.625; Power 4.5, 7 - 2, 5 or .875, 1.625, 1.375 about the mean; Care 3, 7 - 5
    row = table.loc[("m", "Power")]
    assert row[["raw_mean", "estimate", "std_dev"]].tolist() == pytest.approx(
        [14.5 / 3, (0.875 + 1.625 + 1.375) / 3, np.std([4.5, 5, 5])]
    )
    assert row[["n_items", "n_scored", "n_asked", "n_units"]].tolist() == [3, 4, 4, 2]
    assert table.loc[("m", "Care"), ["raw_mean", "estimate", "std_dev"]].tolist() == pytest.approx(
        [2.5, (-0.625 - 1.375) / 2, 0.5]
    )
    # n: items 1, -, 5, 5.5; Power 1, 5.5; Care 5, 1.5
    assert table.loc[("n", "Power"), ["raw_mean", "estimate"]].tolist() == pytest.approx(
        [3.25, 3.25 - 11.5 / 3]
    )
    assert table.loc[("n", "Power"), ["n_items", "n_scored", "n_asked", "n_units"]].tolist() == [2, 3, 4, 2]
    assert table.loc[("n", "Care"), ["n_items", "n_scored", "n_asked", "n_units"]].tolist() == [2, 3, 3, 2]
    assert table[["std_error", "lower", "upper"]].isna().all().all()
    assert set(table["interval"]) == {"none"}
    assert found.draws is None
    assert found.meta["warnings"] == [
        "1 of 4 keyed items are keyed to more than one dimension",
        "fewer than five keyed items: Power (3), Care (2)",
        "1 of 10 answers could not be scored and are left out, not imputed",
    ]
    assert (found.meta["n_clusters"], found.meta["n_keyed_items"]) == (3, 4)


def test_five_keyed_items_of_one_dimension_need_no_warning():
    rows = [("m", str(k), f"q{k}", 1 + k % 6) for k in range(5)]
    keys = keyed(*[(str(k), "Power", 1) for k in range(5)])
    found = score(answers(rows), keys, family="pvq", replicates=0, form="raw")
    assert found.meta["warnings"] == []


def test_a_dimension_that_is_the_whole_family_has_a_raw_score_only():
    rows = [(m, str(k), f"q{k}", shift + k % 3) for m, shift in (("m", 1), ("n", 4)) for k in range(6)]
    one = keyed(*[(str(k), "Power", 1) for k in range(6)])
    with pytest.raises(SpecificationError, match="is 0 whatever was answered") as caught:
        score(answers(rows), one, replicates=0)
    assert "form='raw'" in str(caught.value)
    with pytest.raises(SpecificationError, match="is 0 whatever was answered"):
        score(answers(rows), keyed(*[(str(k), "Power", -1) for k in range(6)]), replicates=0, scale=(1, 6))
    found = score(answers(rows), one, replicates=200, form="raw", seed=1)
    table = found.estimates.set_index("model")
    assert table["estimate"].tolist() == [2.0, 5.0]
    assert table["estimate"].equals(table["raw_mean"])
    assert table["centred_mean"].tolist() == [0.0, 0.0]
    assert (table["lower"] < table["estimate"]).all()
    assert found.contrasts("model")["estimate"].tolist() == [-3.0]
    assert "has a mean of 3.50 scale points" in found.sentence()
    assert "rule" not in str(found.plot().to_dict())  # no line at 0, which is on no scale
    assert "rule" in str(score(answers(ROWS), KEYS, scale=(1, 6), replicates=0).plot().to_dict())
    both = score(answers(ROWS), KEYS, scale=(1, 6), replicates=0, form="raw").estimates
    assert both["estimate"].equals(both["raw_mean"])


def test_two_queries_have_an_error_and_no_interval():
    found = score(answers(ROWS), KEYS, family="pvq", scale=(1, 6), replicates=1)
    assert found.replicates().shape == (1, 2, 2)
    assert set(found.estimates["interval"]) == {"none"}
    assert found.estimates[["lower", "upper"]].isna().all().all()
    assert "4 of 4 estimates rest on fewer than 4 queries: no interval" in found.meta["warnings"]


def test_many_queries_are_bootstrapped():
    rng = np.random.default_rng(3)
    rows = [(m, str(k), f"q{k}", int(rng.integers(1, 7))) for m in "mn" for k in range(60)]
    keys = keyed(*[(str(k), "Power" if k < 30 else "Care", 1) for k in range(60)])
    one = score(answers(rows), keys, family="pvq", replicates=1)
    assert set(one.estimates["interval"]) == {"cluster bootstrap, equal-tailed"}
    assert one.estimates["std_error"].isna().all()
    many = score(answers(rows), keys, family="pvq", replicates=400, level=0.8)
    draws = many.replicates().to_numpy()
    tail = (1 - expanded_level(0.8, 30)) / 2
    for row, (m, d) in zip(many.estimates.itertuples(), [(0, 0), (0, 1), (1, 0), (1, 1)], strict=True):
        own = draws[:, m, d]
        assert [row.lower, row.upper] == pytest.approx(np.quantile(own, [tail, 1 - tail]))
        assert row.std_error == pytest.approx(own.std(ddof=1))


def test_few_queries_have_students_interval_of_the_jackknife():
    """Left out one query after another by hand, each score anew from the definition."""
    rng = np.random.default_rng(4)
    query = np.repeat(np.arange(6), [2, 3, 2, 4, 2, 3])
    power = np.concatenate([np.arange(k) % 2 == 0 for k in (2, 3, 2, 4, 2, 3)])
    y = rng.integers(1, 7, len(query)).astype(float)
    rows = [("m", f"{k:02d}", f"q{query[k]}", int(y[k])) for k in range(len(y))]
    keys = keyed(*[(f"{k:02d}", "Power" if power[k] else "Care", 1) for k in range(len(y))])
    found = score(answers(rows), keys, family="pvq", replicates=100, level=0.9)
    row = found.estimates.set_index("dimension").loc["Power"]
    whole = y[power].mean() - y.mean()
    without = [y[power & (query != q)].mean() - y[query != q].mean() for q in range(6)]
    error = np.sqrt(5 / 6 * ((np.array(without) - whole) ** 2).sum())
    assert row["std_error"] == pytest.approx(error)
    assert [row["lower"], row["upper"]] == pytest.approx(
        [whole - 2.015048373 * error, whole + 2.015048373 * error]  # R: qt(.95, 5)
    )
    assert row["interval"] == "cluster jackknife, Student's t"


def test_published_scores_have_no_interval():
    plain = score(answers(ROWS), KEYS, family="pvq", scale=(1, 6), replicates=50, compat="published")
    assert plain.draws is None
    assert plain.estimates["std_error"].isna().all()


def test_one_query_has_no_error():
    lone = keyed(("1", "Power", 1), ("2", "Power", -1), ("3", "Care", 1), ("4", "Care", -1))
    found = score(answers(ROWS), lone, family="pvq", scale=(1, 6), replicates=50).estimates
    table = found.set_index(["model", "dimension"])
    assert table.loc["m", "n_units"].tolist() == [1, 2]  # both items of Power belong to one query
    assert table.loc[("m", "Power"), ["std_error", "lower", "upper"]].isna().all()
    assert table.loc[("m", "Care"), ["lower", "upper"]].isna().all()
    assert table.loc[("m", "Care"), "std_error"] > 0


def test_dropped_pairs_leave_and_others_stay():
    dropped = pd.DataFrame({"model": ["m", "nobody", "m"], "item": ["1", "1", "99"]})
    found = score(answers(ROWS), KEYS, family="pvq", scale=(1, 6), replicates=0, dropped=dropped)
    table = found.estimates.set_index(["model", "dimension"])
    assert table.loc[("m", "Power"), ["raw_mean", "n_items"]].tolist() == pytest.approx([5, 2])
    assert table.loc[("n", "Power"), ["raw_mean", "n_items"]].tolist() == pytest.approx([3.25, 2])
    assert list(table.index) == [(m, d) for m in "mn" for d in ("Power", "Care")]
    assert found.meta["n_keyed_items"] == 4


def test_categories_that_nobody_was_asked_are_not_counted():
    parts = pd.concat([KEYS, keyed(("77", "Power", 1))]).astype({"item": "category"})
    found = score(answers(ROWS), parts, family="pvq", scale=(1, 6), replicates=0)
    assert found.meta["warnings"][0] == "1 of 4 keyed items are keyed to more than one dimension"


def test_only_the_family_and_the_items_that_were_asked_are_keyed():
    more = pd.concat([KEYS, keyed(("3", "Other", 1), family="bfi"), keyed(("77", "Power", 1))])
    one = score(answers(ROWS), more, family="pvq", scale=(1, 6), replicates=0).estimates
    assert one.equals(score(answers(ROWS), KEYS, family="pvq", scale=(1, 6), replicates=0).estimates)
    with pytest.raises(SpecificationError, match="no keyed item"):
        score(answers(ROWS), keyed(("77", "Power", 1)), family="pvq")
    with pytest.raises(SpecificationError, match="ends of the answer scale"):
        score(answers(ROWS), KEYS, family="pvq")
    positive = KEYS[KEYS["sign"] > 0]
    assert len(score(answers(ROWS), positive, family="pvq", replicates=0).estimates) == 4


def test_without_queries_items_are_the_units():
    alone = Responses(answers(ROWS).frame.drop(columns="cluster"))
    found = score(alone, KEYS, family="pvq", scale=(1, 6), replicates=20)
    assert found.estimates["n_units"].tolist() == [3, 2, 3, 2]
    assert found.meta["n_clusters"] == 4
