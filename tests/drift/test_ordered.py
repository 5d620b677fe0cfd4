"""Drift of ordered answers: the mean by hand and by SciPy, one primary test per topic, dates as steps, not tested."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from valuestats import Responses, change_points, drift_trend, response_drift, stance_curve, stance_drift
from valuestats.base.errors import SpecificationError
from valuestats.drift.families import least_order_p, within_topic
from valuestats.drift.places import place_interval, place_name

DATES = ("2024-03", "2024-06", "2024-09", "2024-12", "2025-03", "2025-06")
CLAIMS = ("can be told", "can't be told", "no finding", "0 of", "none of")


def answers(shift=0.8, items=20, repeats=2, seed=0, steps=DATES, refusing=None):
    """Codes 1 to 5 of two topics; economy moves by `shift` from the fifth step on."""
    rng = np.random.default_rng(seed)
    frame = pd.MultiIndex.from_product(
        [["economy", "family"], range(items), range(len(steps)), range(repeats)],
        names=["topic", "item", "at", "epoch"],
    ).to_frame(index=False)
    level = rng.normal(3, 0.7, (2, items))
    topic = (frame["topic"] == "family").astype(int)
    mean = level[topic, frame["item"]] + shift * ((frame["at"] >= 4) & (topic == 0))
    code = pd.array(np.clip(np.round(mean + rng.normal(0, 0.6, len(frame))), 1, 5), "Int64")
    frame = frame.assign(stance=code, step=[steps[k] for k in frame["at"]])
    frame["item"] = frame["topic"] + " " + frame["item"].astype(str)
    if refusing is not None:
        gone = rng.random(len(frame)) < np.where((frame["at"] >= 3) & (frame["topic"] == refusing), 0.4, 0.02)
        frame["stance"] = frame["stance"].mask(gone)
    return frame.drop(columns="at").sample(frac=1, random_state=1)  # in no order


@pytest.fixture(scope="module")
def moved():
    return answers(refusing="family")


def test_the_mean_is_that_of_the_answers_with_students_t_and_sign_flips():
    frame = answers(items=12, repeats=1, seed=4)
    found = stance_drift(frame, by="topic", seed=1).estimates
    found = found[found["measure"] == "mean"].set_index("topic")
    wide = frame.pivot(index=["topic", "item"], columns="step", values="stance").astype(float)
    for topic, own in (wide[DATES[-1]] - wide[DATES[0]]).groupby(level=0):
        t = stats.ttest_1samp(own, 0).confidence_interval()
        row = found.loc[topic]
        assert row["estimate"] == pytest.approx(own.mean())
        assert (row["lower"], row["upper"]) == (pytest.approx(t.low), pytest.approx(t.high))
        flips = stats.permutation_test((own,), np.mean, permutation_type="samples", n_resamples=np.inf)
        assert row["p_value"] == pytest.approx(flips.pvalue)
    p = found["p_value"].to_numpy()
    assert found["p_adjusted"].to_numpy() == pytest.approx(multipletests(p, method="holm")[1])


def test_one_test_per_topic_is_primary_and_shares_wait_for_their_topic(moved):
    for frame, first in (
        (moved, "mean"),
        (moved.assign(stance="s" + moved["stance"].astype("string")), "total variation"),
    ):
        rows = stance_drift(frame, by="topic", replicates=200, permutations=999, seed=1).estimates
        primary = rows[rows["test"] == "primary"]
        assert (primary["measure"] == first).all()
        assert len(primary) == 2
        assert primary["p_adjusted"].to_numpy() == pytest.approx(
            multipletests(primary["p_value"], method="holm")[1]
        )
        shares = rows[rows["measure"] == "magnitude"].set_index("topic")
        whole = rows[rows["measure"] == "total variation"].set_index("topic")["p_adjusted"]
        assert (shares["p_adjusted"] >= whole.reindex(shares.index)).all()
        assert (shares["p_adjusted"] >= shares["p_value"]).all()
        assert (shares["test"] == "secondary").all()


def test_shares_are_held_together_by_the_largest():
    rng = np.random.default_rng(0)
    flips = rng.normal(size=(500, 3)) * [1.0, 5.0, 0.1]
    seen = np.array([2.0, 2.0, 0.25])
    scaled = np.abs(flips) / flips.std(axis=0)
    expected = [(1 + (scaled.max(axis=1) >= x).sum()) / 501 for x in np.abs(seen) / flips.std(axis=0)]
    assert within_topic(seen, flips, False) == pytest.approx(expected)
    mirrored = np.column_stack([flips[:, 0], -flips[:, 0]])  # two shares that add up to 1 are one test
    alone = (1 + (np.abs(flips[:, 0]) >= 2.0).sum()) / 501
    assert within_topic(np.array([2.0, -2.0]), mirrored, False) == pytest.approx([alone, alone])


@pytest.mark.parametrize("at", [[0, 1, 2, 3, 4], [0, 1, 5, 6], [0, 2, 3]])
def test_the_least_p_value_of_orders_is_that_of_a_rising_curve(at):
    weight = np.array(at) - np.mean(at)
    every = np.array([np.dot(order, weight) for order in permutations(weight)])
    expected = np.mean(np.abs(every) >= weight @ weight - 1e-9)
    assert least_order_p(weight, 10**6, True) == pytest.approx(expected)


@pytest.mark.parametrize("form", [str, lambda d: d + "-01", lambda d: pd.Timestamp(d)])
def test_dates_are_steps_in_their_order(form):
    frame = answers(items=6)
    found = stance_drift(frame.assign(step=[form(s) for s in frame["step"]]), replicates=0, permutations=9)
    spec = found.meta["specification"]
    assert [s[:7] for s in spec["steps"]] == list(DATES)
    assert spec["at"] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    with pytest.raises(SpecificationError, match="the order of the steps is not known"):
        stance_drift(frame.assign(step=frame["step"].map({d: f"v{k}" for k, d in enumerate(DATES)})))


def test_a_change_is_said_and_drawn_at_its_step(moved):
    found = change_points(moved, by="topic", permutations=199, seed=1)
    assert found.meta["specification"]["of"] == "mean"
    row = found.estimates.set_index("topic").loc["economy"]
    after, before = (
        moved[(moved["topic"] == "economy") & (moved["step"].isin(DATES[:4]) != late)]["stance"].astype(float)
        for late in (True, False)
    )
    assert row["stance"] == "mean stance"
    assert row["moved"] == pytest.approx(after.mean() - before.mean(), abs=0.02)
    assert "at 2025-03" in found.sentence()
    assert "at 4" not in found.sentence()
    assert "2025-03" in str(found.plot().to_dict())
    spec = found.meta["specification"]
    assert place_name(spec, 3.4) == "between 2024-12 and 2025-03"
    ends = pd.Series({"estimate": 3.0, "lower": 2.2, "upper": 3.1})
    assert place_interval(spec, ends).replace("\u00a0", " ") == "2024-12 [2024-09, 2025-03]"


def test_refusals_have_change_points_of_their_own():
    moved = answers(refusing="family", seed=3)
    found = change_points(moved, by="topic", of="response", permutations=199, seed=1)
    rows = found.estimates.set_index("topic")
    assert rows.loc["family", "estimate"] == 3.0
    assert rows.loc["family", "stance"] == "answered"
    family = moved[moved["topic"] == "family"]
    came = family["stance"].notna()
    late = family["step"].isin(DATES[3:])
    assert rows.loc["family", "moved"] == pytest.approx(came[late].mean() - came[~late].mean())
    assert rows.loc["economy", "change"] == "none"
    assert "at 2024-12" in found.sentence()
    assert "answered by −" in found.sentence()


def test_parted_answers_are_found_by_their_shares_alone():
    frame = pd.DataFrame(
        [(i, s, k) for i in range(40) for s in range(6) for k in [3 if s < 3 else (1 if i % 2 else 5)]],
        columns=["item", "step", "stance"],
    )
    assert change_points(frame, permutations=99).estimates["change"].tolist() == ["none"]
    assert change_points(frame, of="stances", permutations=99).estimates["estimate"].tolist() == [3.0]
    named = frame.assign(stance=frame["stance"].map({1: "no", 3: "so so", 5: "yes"}))
    with pytest.raises(SpecificationError, match="no mean"):
        change_points(named, of="mean")
    numbers = {"no": -1.0, "so so": 0.0, "yes": 1.0}
    assert change_points(named, values=numbers, permutations=99).meta["specification"]["of"] == "mean"
    assert change_points(frame, values={}, permutations=99).meta["specification"]["of"] == "stances"


def test_changed_answers_stand_beside_what_repeats_change(moved):
    text = response_drift(moved, by="topic", seed=1).sentence()
    assert "where repeats of one step differ in" in text
    once = moved.drop_duplicates(["item", "step"])
    found = response_drift(once, by="topic", seed=1)
    assert "repeats of one step would differ too" in found.sentence()
    rows = found.verdict.rows
    assert not (rows.loc[rows["part"] == "changed", "sign"] == "sound").any()


def test_parts_without_a_test_are_no_findings_where_nothing_is():
    frame = answers(shift=0.0, seed=7, items=40)
    found = response_drift(frame, by="topic", seed=1)
    parts = found.verdict.rows[found.verdict.rows["part"].isin(["total", "response", "who answers"])]
    assert (parts["sign"] == "none").all()
    assert found.verdict.sign == "none"


def test_what_few_clusters_cannot_tell_is_not_tested(moved):
    three = moved.assign(cluster=moved["item"].str[-1].map(lambda d: "abc"[int(d) % 3]))
    for found in (stance_drift(three, seed=1), response_drift(three, seed=1), drift_trend(three, seed=1)):
        assert found.verdict.sign == "untested", found.kind
        assert "with 3 clusters no p-value can lie below 0.25" in found.verdict.sentence()
        assert "not tested" in found.sentence()
        assert not [c for c in CLAIMS if c in found.sentence() + found.verdict.sentence()], found.sentence()
    four = moved[moved["step"].isin(DATES[:4])]
    found = drift_trend(four, by="topic", seed=1)
    assert found.verdict.sign == "untested"
    assert "4 steps have too few orders" in found.verdict.sentence()
    five = moved.assign(cluster=moved["item"].str[-1].map(lambda d: "abcde"[int(d) % 5]))
    none = change_points(five, by="topic", permutations=99, seed=1)
    assert set(none.verdict.rows["sign"]) == {"untested"}
    assert "not tested" in none.sentence()


@pytest.mark.parametrize("verb", [stance_drift, drift_trend, response_drift, change_points, stance_curve])
def test_groups_of_one_cluster_are_refused(moved, verb):
    with pytest.raises(SpecificationError, match=r"one cluster alone|too few clusters"):
        verb(moved.assign(cluster=moved["topic"]), by="topic")


def test_answers_as_they_were_read_have_their_conditions_as_steps(moved):
    table = moved.rename(columns={"step": "condition", "stance": "answer"}).assign(
        model="m", status=np.where(moved["stance"].notna(), "valid", "refusal"), epoch=moved["epoch"] + 1
    )
    found = stance_drift(Responses(table), by="topic", replicates=50, permutations=99, seed=1).estimates
    same = stance_drift(moved, by="topic", replicates=50, permutations=99, seed=1).estimates
    assert found["estimate"].to_numpy() == pytest.approx(same["estimate"].to_numpy(), nan_ok=True)


def test_figures_show_the_steps_and_no_empty_panel(moved):
    three = pd.concat(
        [moved, moved[moved["topic"] == "family"].assign(topic="home", item=lambda f: "h" + f["item"])]
    )
    drawn = stance_curve(three, by="topic", draws=200, seed=1).plot().to_dict()
    assert drawn["columns"] == 3
    assert "2025-06" in str(drawn)
    for verb in (stance_drift, drift_trend):
        drawn = verb(moved, by="topic", seed=1).plot().to_dict()
        assert len(drawn["vconcat"]) >= 2
        assert "mean stance" in str(drawn)
