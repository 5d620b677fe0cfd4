"""How far and when stances moved: by hand, by SciPy, by enumeration, and on simulated courses."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import isotonic_regression
from scipy.spatial.distance import jensenshannon

from valuestats import stance_drift
from valuestats.drift.curves import crossing_times, isotonic_rows, strays
from valuestats.drift.flips import flip_share, flipped_sums
from valuestats.drift.simulate import course, draw_stances


@pytest.fixture(scope="module")
def drawn():
    return draw_stances(course(6, refusals=(2.0, 0.5)), np.random.default_rng(3), topics=24, items=4)


def by_measure(result):
    return result.estimates.set_index(["measure", "stance"])


def test_shares_and_distances_are_those_of_the_answers(drawn):
    found = by_measure(stance_drift(drawn, replicates=0, permutations=99))
    shares = [drawn[drawn["step"] == s]["stance"].value_counts(normalize=True, sort=False) for s in (0, 500)]
    p, q = (s.reindex(["oppose", "neutral", "support"]).to_numpy() for s in shares)
    assert found.loc["magnitude", "estimate"].to_numpy() == pytest.approx(q - p, abs=1e-12)
    assert found.loc[("total variation", "all"), "estimate"] == pytest.approx(np.abs(q - p).sum() / 2)
    js = jensenshannon(p, q, base=2) ** 2
    assert found.loc[("Jensen-Shannon", "all"), "estimate"] == pytest.approx(js, rel=1e-9)


def test_a_magnitude_without_refusals_has_the_paired_bootstraps_error():
    table = draw_stances(course(2, refusals=(50.0, 50.0)), np.random.default_rng(5), topics=40, items=3)
    row = by_measure(stance_drift(table, replicates=20000, seed=1)).loc[("magnitude", "support")]
    wide = table.assign(y=(table["stance"] == "support").astype(float)).pivot(
        index="item", columns="step", values="y"
    )
    topic = (wide[100] - wide[0]).groupby(table.drop_duplicates("item").set_index("item")["cluster"]).mean()
    assert row["estimate"] == pytest.approx(topic.mean())
    assert row["std_error"] == pytest.approx(topic.std(ddof=0) / np.sqrt(40), rel=0.03)


def test_few_clusters_have_students_t_of_the_jackknife():
    table = draw_stances(course(2, refusals=(50.0, 50.0)), np.random.default_rng(6), topics=9, items=5)
    row = by_measure(stance_drift(table, seed=1)).loc[("magnitude", "support")]
    wide = table.assign(y=(table["stance"] == "support").astype(float)).pivot(
        index="item", columns="step", values="y"
    )
    topic = (wide[100] - wide[0]).groupby(table.drop_duplicates("item").set_index("item")["cluster"]).mean()
    low, high = stats.t.interval(0.95, 8, topic.mean(), stats.sem(topic))
    assert (row["lower"], row["upper"]) == (pytest.approx(low), pytest.approx(high))


def test_flips_of_few_clusters_are_all_patterns():
    parts = np.array([[1.0, 0.5], [2.0, -1.0], [-0.5, 3.0]])
    flips, whole = flipped_sums(parts, 10, np.random.default_rng(0))
    every = np.array([[s @ parts[:, 0], s @ parts[:, 1]] for s in map(np.array, product((1, -1), repeat=3))])
    assert whole
    assert np.sort(flips, axis=0) == pytest.approx(np.sort(every, axis=0))
    seen = abs(parts[:, 0].sum())
    assert flip_share(seen, np.abs(flips[:, 0]), whole) == np.mean(np.abs(every[:, 0]) >= seen - 1e-9)


def test_the_chance_of_a_change_of_yes_and_no_is_mcnemars():
    stance = ["no"] * 9 + ["yes"] * 11
    after = ["yes"] * 7 + ["no"] * 2 + ["yes"] * 10 + ["no"]
    items = [f"q{k}" for k in range(20)]
    table = pd.DataFrame({"item": items * 2, "step": [0] * 20 + [1] * 20, "stance": stance + after})
    found = by_measure(stance_drift(table, adjust=None))
    exact = stats.binomtest(7, 8, 0.5).pvalue
    assert found.loc[("magnitude", "yes"), "p_value"] == pytest.approx(exact)
    assert found.loc[("total variation", "all"), "p_value"] == pytest.approx(exact)


def test_monotone_curves_are_scipys():
    rows = np.random.default_rng(1).normal(size=(50, 9)).cumsum(axis=1)
    expected = np.array([isotonic_regression(y).x for y in rows])
    assert isotonic_rows(rows) == pytest.approx(expected, abs=1e-12)


def test_times_of_a_straight_line_and_of_a_jump():
    at = np.array([0.0, 100, 200, 300, 400])
    parts = np.array([0.1, 0.9])
    assert crossing_times(np.linspace(0, 1, 5)[None], at, parts)[0] == pytest.approx([40, 360])
    assert crossing_times(np.array([[0.0, 0, 0, 1, 1]]), at, parts)[0] == pytest.approx([210, 290])
    assert np.isnan(crossing_times(np.array([[1.0, 1, 1, 1, 0]]), at, parts)).all()
    assert strays(np.array([[0.0, 2.0, 1.0]]))[0] == pytest.approx(0.5)


def test_a_jump_is_found_where_it_is_and_no_change_has_no_time():
    jump = stance_drift(draw_stances(course(8), np.random.default_rng(2), topics=60), seed=1)
    found = by_measure(jump)
    for measure, truth in (("onset", 310), ("settling", 390)):
        row = found.loc[(measure, "all")]
        assert row["lower"] - 1e-9 <= truth <= row["upper"] + 1e-9
    still = course(8, shift=(0, 0, 0))
    none = stance_drift(draw_stances(still, np.random.default_rng(2), topics=60), seed=1)
    times = none.estimates[none.estimates["measure"].isin(["onset", "settling"])]
    assert times["estimate"].isna().all()
    assert any("can't be told" in w for w in none.meta["warnings"])


def test_order_of_rows_and_names_of_stances_change_nothing(drawn):
    plain = by_measure(stance_drift(drawn, seed=1))
    other = drawn.sample(frac=1, random_state=2).assign(
        stance=lambda d: d["stance"].cat.rename_categories(str.upper)
    )
    again = by_measure(stance_drift(other, seed=1))
    columns = ["estimate", "lower", "upper", "p_value"]
    assert again[columns].to_numpy() == pytest.approx(plain[columns].to_numpy(), nan_ok=True)


def test_items_that_are_all_alike_have_no_error():
    table = pd.DataFrame(
        {"item": list("abcde") * 2, "step": [0] * 5 + [1] * 5, "stance": ["x"] * 5 + ["y"] * 5}
    )
    row = by_measure(stance_drift(table)).loc[("magnitude", "y")]
    assert (row["estimate"], row["interval"]) == (1.0, "none")
    assert np.isnan(row["lower"])


def test_the_published_time_is_the_first_step_within_the_extremums_interval():
    """Nine in ten at the end, 20 items: 0.9 -+ 1.96 * sqrt(.09 * 20 / 19 / 20) reaches down to 0.765."""
    shares = [2, 6, 15, 16, 18]
    rows = [
        {"item": k, "step": 100 * t, "stance": "support" if k < n else "oppose"}
        for t, n in enumerate(shares)
        for k in range(20)
    ]
    found = by_measure(stance_drift(pd.DataFrame(rows), compat="published"))
    assert found.loc[("magnitude", "support"), "estimate"] == pytest.approx(0.8)
    assert found.loc[("drift time", "support"), "estimate"] == pytest.approx(3 / 4)
    wide = pd.DataFrame(rows).query("item in [0, 1, 17, 18, 19]")
    assert by_measure(stance_drift(wide, compat="published")).loc[("drift time", "oppose"), "estimate"] == 0.0


def test_the_sentence_and_figure_say_what_moved(drawn):
    result = stance_drift(drawn, seed=1)
    text = result.sentence()
    assert "“support” moved by +" in text
    assert "response rate went from" in text
    assert result.plot().to_dict()["vconcat"]
    assert "published rules" in stance_drift(drawn, compat="published").sentence()
