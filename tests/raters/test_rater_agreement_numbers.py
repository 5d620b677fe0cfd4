"""Agreement of raters end to end: counts, intervals and warnings by hand."""

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import InputError, SpecificationError
from valuestats.raters.agreement import agreement
from valuestats.statistics.resampling import expanded_level

ROWS = [("ann", 1, 1), ("bob", 1, 1), ("ann", 2, 2), ("bob", 2, 3), ("ann", 3, 3), ("bob", 3, 3)]
ROWS += [("ann", 4, 1), ("bob", 4, None), ("cid", 5, 2)]


def table(rows, **columns):
    return pd.DataFrame(rows, columns=["respondent", "item", "rating"]).assign(**columns)


def test_alpha_counts_and_parts_by_hand():
    found = agreement(table(ROWS), categories=[1, 2, 3], replicates=0)
    row = found.estimates.iloc[0]
    # pairable ratings: 1, 1, 2, 3, 3, 3; disagreeing pairs within: 2 of 6; between: 36 - 4 - 1 - 9 = 22 of 30
    assert row[["observed", "expected"]].tolist() == pytest.approx([1 - 2 / 6, 1 - 22 / 30])
    assert row["estimate"] == pytest.approx(1 - (2 / 6) / (22 / 30))
    assert row[["n_scored", "n_asked", "n_raters", "n_items", "n_units"]].tolist() == [6, 9, 2, 3, 3]
    assert row["interval"] == "none"
    assert row["baseline"] == 0
    assert np.isnan(row[["std_error", "lower", "upper"]].astype(float)).all()
    assert found.draws is None
    assert found.meta["warnings"] == [
        "1 of 9 ratings are missing",
        "2 items have one rating only, which can agree with nothing",
    ]
    assert found.meta["specification"]["unit"] == "item"


def test_ordered_metrics_by_hand():
    found = agreement(table(ROWS), metric=["interval", "ordinal"], replicates=0).estimates.set_index("metric")
    # squared differences: within 2 * 1 over n = 6; between: all 30 pairs of (1, 1, 2, 3, 3, 3)
    between = 2 * (2 * 1 * 1 + 2 * 3 * 4 + 1 * 3 * 1) / 30
    assert found.loc["interval", "estimate"] == pytest.approx(1 - (2 / 6) / between)
    # mid-ranks 1.5, 3, 5: squared distances 2.25 (1-2), 12.25 (1-3), 4 (2-3)
    ranks = 2 * (2 * 2.25 + 6 * 12.25 + 3 * 4) / 30
    assert found.loc["ordinal", "estimate"] == pytest.approx(1 - (2 * 4 / 6) / ranks)


def test_fleiss_and_gwet_count_single_ratings_too():
    fleiss = agreement(table(ROWS), coefficient="fleiss", replicates=0).estimates.iloc[0]
    share = np.array([1 + 1, 0.5 + 1, 0.5 + 1]) / 5
    assert fleiss["expected"] == pytest.approx((share**2).sum())
    assert fleiss["observed"] == pytest.approx(2 / 3)
    assert fleiss[["n_scored", "n_items", "n_raters"]].tolist() == [8, 5, 3]
    ac = agreement(
        table(ROWS), coefficient="ac", metric="quadratic", categories=[1, 2, 3, 5], replicates=0
    ).estimates
    places = np.array([1.0, 2, 3, 5])
    s = 1 - ((places[:, None] - places) / 4) ** 2
    share = np.append(share, 0)
    expected = s.sum() / 12 * (share * (1 - share)).sum()
    assert ac["observed"].iloc[0] == pytest.approx((2 + s[1, 2]) / 3)
    assert ac["expected"].iloc[0] == pytest.approx(expected)


def test_cohen_pairs_two_raters_in_any_order():
    rows = [ROWS[k] for k in (3, 0, 5, 1, 4, 2)]
    found = agreement(table(rows), coefficient="cohen", replicates=0).estimates.iloc[0]
    # ann 1, 2, 3; bob 1, 3, 3: observed 2/3, expected (1 * 1 + 0 + 1 * 2) / 9
    assert found["observed"] == pytest.approx(2 / 3)
    assert found["expected"] == pytest.approx(3 / 9)
    assert found["estimate"] == pytest.approx(0.5)
    text = table([(r, i, "abc"[v - 1]) for r, i, v in rows])
    kappa = agreement(
        text, coefficient="cohen", metric="linear", categories=list("abc"), replicates=0
    ).estimates
    # similarity of b and c is 1/2: observed 5/6; expected over ann's and bob's shares
    expected = (1 * 1 + (1 * 2) * 0 + 1 * 1 * 0.5 + 1 * 2 * 0.5 + 1 * 2 * 1 + 0) / 9
    assert kappa["observed"].iloc[0] == pytest.approx(5 / 6)
    assert kappa["expected"].iloc[0] == pytest.approx(expected)
    for raters in (
        table([*ROWS[:6], ("cid", 1, 1)]),
        table([("ann", 1, 1), ("bob", 1, 1), ("cid", 2, 1), ("bob", 2, 1)]),
    ):
        with pytest.raises(SpecificationError, match="compares two raters"):
            agreement(raters, coefficient="cohen")


def many(items=12):
    rng = np.random.default_rng(0)
    first = rng.integers(1, 4, items)
    second = np.where(rng.random(items) < 0.6, first, rng.integers(1, 4, items))
    rows = [("ann", k, v) for k, v in enumerate(first)] + [("bob", k, v) for k, v in enumerate(second)]
    return table(rows)


def test_intervals_are_quantiles_of_the_resampled_units():
    for frame, units in ((many(24), 24), (many(60).assign(cluster=many(60)["item"] // 3), 20)):
        found = agreement(frame, metric=["nominal", "interval"], replicates=300, level=0.8, seed=2)
        draws = found.replicates().to_numpy()
        assert draws.shape == (300, 2)
        tail = (1 - expanded_level(0.8, units)) / 2
        for k, row in enumerate(found.estimates.itertuples()):
            own = draws[:, k][~np.isnan(draws[:, k])]
            assert [row.lower, row.upper] == pytest.approx(np.quantile(own, [tail, 1 - tail]))
            assert row.std_error == pytest.approx(own.std(ddof=1))
            assert row.n_units == units
            assert row.interval == "cluster bootstrap, equal-tailed"
    assert found.meta["specification"]["unit"] == "cluster"


def test_few_items_have_students_interval_on_the_scale_of_artanh():
    frame = many(12)
    found = agreement(frame, replicates=50).estimates.iloc[0]
    without = [
        agreement(frame[frame["item"] != k], replicates=0).estimates["estimate"].iloc[0] for k in range(12)
    ]
    reach = np.arctanh(np.array(without)) - np.arctanh(found["estimate"])
    reach = 2.200985160 * np.sqrt(11 / 12 * (reach**2).sum())  # R: qt(.975, 11)
    assert [found["lower"], found["upper"]] == pytest.approx(
        np.tanh(np.arctanh(found["estimate"]) + np.array([-reach, reach]))
    )


def test_two_units_have_no_interval():
    one = agreement(many(), replicates=1)
    assert one.replicates().shape == (1, 1)
    assert one.estimates["interval"].tolist() == ["cluster jackknife, Student's t"]
    assert one.estimates["lower"].notna().all()
    two = agreement(many().assign(cluster=many()["item"] // 6), replicates=50)
    assert two.estimates[["lower", "upper"]].isna().all().all()
    lone = agreement(many().assign(cluster=0), replicates=50)
    assert lone.estimates[["std_error", "lower", "upper"]].isna().all().all()
    assert "1 of 1 estimates rest on fewer than 4 clusters: no interval" in lone.meta["warnings"]


def test_equal_ratings_are_null_and_lost_replicates_are_counted():
    same = agreement(
        table([("ann", k, 2) for k in range(4)] + [("bob", k, 2) for k in range(4)]), replicates=20
    )
    assert same.estimates[["estimate", "std_error", "lower", "upper"]].isna().all().all()
    assert same.meta["warnings"] == [
        "nominal: all ratings are the same, so agreement beyond chance is not defined"
    ]
    rare = [(who, k, 1 + (k == 0)) for who in ("ann", "bob") for k in range(24)]
    first_lost = set()
    for seed in range(6):
        found = agreement(table(rare), replicates=200, seed=seed)
        gone = np.isnan(found.replicates().to_numpy().ravel())
        first_lost.add(bool(gone[0]))
        lost = int(gone.sum())
        assert 40 < lost < 105  # (23/24)^24 = .36 of them
        assert found.meta["warnings"] == [
            f"nominal: {lost} replicates drew ratings that are all the same and are left out"
        ]
        one = agreement(table(rare), replicates=1, seed=seed).meta["warnings"]
        assert len(one) == int(
            np.isnan(agreement(table(rare), replicates=1, seed=seed).replicates().to_numpy()).sum()
        )
    assert first_lost == {True, False}
    few = agreement(table([row for row in rare if row[1] < 5]), replicates=20)
    assert few.estimates[["std_error", "lower", "upper"]].isna().all().all()
    assert "1 of 1 estimates are not defined without one of their items: no interval" in few.meta["warnings"]
    alike = agreement(table([("ann", 1, 1), ("bob", 1, 2), ("ann", 2, 1), ("bob", 2, 2)]), replicates=20)
    assert alike.meta["warnings"] == ["1 of 1 estimates rest on fewer than 4 items: no interval"]


def test_sets_by_hand():
    rows = [("ann", 1, ["a"]), ("bob", 1, ("a", "b")), ("ann", 2, set()), ("bob", 2, frozenset())]
    found = agreement(table(rows), metric=["jaccard", "masi"], replicates=0).estimates.set_index("metric")
    # distances: {a}-{a, b} 1/2 (jaccard), 1 - 1/2 * 2/3 (masi); empty against either 1
    for metric, apart in (("jaccard", 1 / 2), ("masi", 2 / 3)):
        between = 2 * (apart + 2 + 2) / 12
        assert found.loc[metric, "estimate"] == pytest.approx(1 - (2 * apart / 4) / between)
    with pytest.raises(InputError, match="collections of labels"):
        agreement(table(ROWS), metric="masi")


def test_what_is_refused():
    for metric in ("linear", [], ["nominal", "nominal"]):
        with pytest.raises(SpecificationError, match="no such metric"):
            agreement(table(ROWS), metric=metric)
    with pytest.raises(SpecificationError, match="no such coefficient"):
        agreement(table(ROWS), coefficient="pi")
    with pytest.raises(SpecificationError, match="rated by two raters"):
        agreement(table(ROWS[7:]))
    with pytest.raises(InputError, match="finite numbers"):
        agreement(table([("ann", 1, "x"), ("bob", 1, "y")]), metric="interval")
    with pytest.raises(InputError, match="none of the declared categories"):
        agreement(table(ROWS), categories=[1, 2])
    text = table([("ann", 1, "x"), ("bob", 1, "y")])
    with pytest.raises(SpecificationError, match="no order of their own"):
        agreement(text, metric="ordinal")
    assert agreement(text, replicates=0).estimates["observed"].iloc[0] == 0
    with pytest.raises(SpecificationError, match="two clusters"):
        agreement(table(ROWS[:6], cluster=[1, 2, 1, 1, 1, 1]))


def test_replicates_do_not_depend_on_the_order_of_rows():
    one = agreement(many(), replicates=30, seed=5).replicates().to_numpy()
    two = agreement(many().sample(frac=1, random_state=1), replicates=30, seed=5).replicates().to_numpy()
    assert two == pytest.approx(one)
