"""Preference for labels against counting by hand, statsmodels, enumeration of what is missing, and planted defects."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from valuestats import Choices, OptionLabels, label_preference, pair_choices, ranking_choices
from valuestats.base.errors import InputError, SpecificationError

LABELS = OptionLabels(
    pd.DataFrame(
        {
            "option": ["a", "a", "b", "c", "c", "d"],
            "label": ["care", "trust", "trust", "care", "power", "power"],
            "weight": [1.0, 2.0, 1.0, 1.0, 1.0, 3.0],
        }
    )
)


def pairs(rng, n=300, clusters=40, missing=0.1, **columns):
    """Pairs of four options, of whom a is liked best; clusters like it more or less."""
    cluster = rng.integers(0, clusters, n)
    strength = np.array([0.8, 0.3, 0.0, -0.6]) + 0.5 * rng.normal(size=(clusters, 4))
    i = rng.integers(0, 4, n)
    j = (i + rng.integers(1, 4, n)) % 4
    p = 1 / (1 + np.exp(strength[cluster, j] - strength[cluster, i]))
    winner = np.where(rng.random(n) < p, "first", "second").astype(object)
    winner[rng.random(n) < missing] = None
    names = np.array(list("abcd"))
    frame = pd.DataFrame({"x": names[i], "y": names[j], "winner": winner, "cluster": cluster})
    return pair_choices(frame.assign(**columns), first="x", second="y", reads="places")


def long(choices, labels=LABELS):
    """One row per option and label of the choices made, by pandas alone."""
    frame = choices.frame[choices.frame["status"] == "valid"].merge(labels.frame, on="option")
    return frame.assign(taken=frame["rank"].notna().astype(float))


def test_shares_are_counts():
    choices = pairs(np.random.default_rng(1))
    table = label_preference(choices, LABELS, replicates=50).estimates.set_index("label")
    rows = long(choices)
    for label, own in rows.groupby("label"):
        chosen, offered = (own["weight"] * own["taken"]).sum(), own["weight"].sum()
        assert table.loc[label, "share"] == pytest.approx(chosen / offered, abs=1e-12)
        assert table.loc[label, "estimate"] == pytest.approx(100 * (2 * chosen - offered) / offered, abs=1e-9)
        assert table.loc[label, "n_scored"] == own["choice"].nunique()
        assert table.loc[label, "n_units"] == own["cluster"].nunique()
    centred = label_preference(choices, LABELS, measure="centred", replicates=50).estimates
    assert centred["estimate"].to_numpy() == pytest.approx(table["share"].to_numpy() - 0.5, abs=1e-12)


def test_standard_errors_agree_with_the_clustered_regression_of_statsmodels():
    """A ratio of sums is a weighted mean: its linearised, clustered error is that of a weighted least squares constant."""
    choices = pairs(np.random.default_rng(2), n=3000, clusters=150)
    table = label_preference(choices, LABELS, measure="share", replicates=8000, seed=3).estimates
    for _, row in table.iterrows():
        own = long(choices)
        own = own[own["label"] == row["label"]]
        fit = sm.WLS(own["taken"], np.ones(len(own)), weights=own["weight"]).fit(
            cov_type="cluster", cov_kwds={"groups": own["cluster"], "use_correction": False}
        )
        assert row["estimate"] == pytest.approx(float(fit.params.iloc[0]), abs=1e-12)
        assert row["std_error"] == pytest.approx(float(fit.bse.iloc[0]), rel=0.03)


def test_few_clusters_are_left_out_one_by_one():
    choices = pairs(np.random.default_rng(4), n=200, clusters=8, missing=0)
    row = label_preference(choices, LABELS, measure="share").estimates.set_index("label").loc["care"]
    own = long(choices)
    own = own[own["label"] == "care"]

    def share(rows):
        return (rows["weight"] * rows["taken"]).sum() / rows["weight"].sum()

    without = np.array([share(own[own["cluster"] != c]) for c in range(8)])
    error = np.sqrt(7 / 8 * ((without - share(own)) ** 2).sum())
    reach = stats.t.ppf(0.975, 7) * error
    assert row["std_error"] == pytest.approx(error, abs=1e-12)
    assert (row["lower"], row["upper"]) == pytest.approx((share(own) - reach, share(own) + reach), abs=1e-12)


def test_bounds_hold_every_completion_of_the_missing_choices():
    choices = pairs(np.random.default_rng(5), n=24, clusters=10, missing=0.2)
    table = label_preference(choices, LABELS, replicates=50).estimates.set_index("label")
    frame = choices.frame
    gone = frame.loc[frame["status"] != "valid", "choice"].unique()
    assert 4 <= len(gone) <= 7
    found = {label: [] for label in table.index}
    for filled in product([1, 2], repeat=len(gone)):
        whole = frame.copy()
        take = dict(zip(gone, filled, strict=True))
        which = whole["choice"].map(take)
        whole.loc[which.notna(), "status"] = "valid"
        whole.loc[(which == whole["position"]).fillna(False).to_numpy(dtype=bool), "rank"] = 1
        rows = long(Choices(whole))
        for label, own in rows.groupby("label"):
            chosen, offered = (own["weight"] * own["taken"]).sum(), own["weight"].sum()
            found[label].append(100 * (2 * chosen / offered - 1))
    for label, values in found.items():
        row = table.loc[label]
        assert row["bound_lower"] == pytest.approx(min(values), abs=1e-9)
        assert row["bound_upper"] == pytest.approx(max(values), abs=1e-9)
        assert row["safe_lower"] <= row["bound_lower"] <= row["bound_upper"] <= row["safe_upper"]
    complete = pairs(np.random.default_rng(5), missing=0)
    full = label_preference(complete, LABELS, replicates=50).estimates
    assert full["bound_lower"].to_numpy() == pytest.approx(full["estimate"].to_numpy(), abs=1e-9)
    assert full["bound_upper"].to_numpy() == pytest.approx(full["estimate"].to_numpy(), abs=1e-9)


def test_ties_go_half_to_each_and_other_outcomes_to_none():
    frame = pd.DataFrame(
        {"option_a": list("aaaa"), "option_b": list("dddd"), "winner": ["a", "tie", "depends", "depends"]}
    )
    found = label_preference(pair_choices(frame), LABELS, measure="share", replicates=20)
    table = found.estimates.set_index("label")
    assert table["share"].to_dict() == {"care": 0.75, "power": 0.25, "trust": 0.75}
    assert table["n_asked"].tolist() == [2, 2, 2]
    assert found.meta["choices"]["all"] == {"asked": 4, "made": 2, "other_outcomes": 2}
    assert any("2 of 4 choices ended in no option" in w for w in found.meta["warnings"])


def test_one_of_three_is_held_against_a_third():
    frame = pd.DataFrame({"choice": np.repeat([1, 2, 3, 4], 3), "option": list("abd") * 4})
    frame["chosen"] = [1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]
    found = label_preference(ranking_choices(frame), LABELS, measure="centred", replicates=20)
    table = found.estimates.set_index("label")
    assert table.loc["care", "estimate"] == pytest.approx(1 / 2 - 1 / 3)
    assert table.loc["trust", "share"] == pytest.approx((2 * 2 + 1) / (3 * 4))
    assert table.loc["power", "baseline"] == pytest.approx(0, abs=1e-12)


def test_apart_leaves_out_choices_that_offer_a_label_alike():
    frame = pd.DataFrame({"option_a": list("aabb"), "option_b": list("bccc"), "winner": list("aaab")})
    labels = OptionLabels(pd.DataFrame({"option": list("abc"), "label": "trust", "weight": [1.0, 1.0, 2.0]}))
    everything, apart = (
        label_preference(pair_choices(frame), labels, compared=c, replicates=20).estimates.iloc[0]
        for c in ("all", "apart")
    )
    assert everything["share"] == pytest.approx((1 + 1 + 1 + 2) / (2 + 3 + 3 + 3))
    assert apart["share"] == pytest.approx((1 + 1 + 2) / 9)
    assert (everything["n_scored"], apart["n_scored"]) == (4, 3)


def test_always_chosen_has_the_exact_interval_of_its_clusters():
    frame = pd.DataFrame({"option_a": ["a"] * 9, "option_b": ["d"] * 9, "winner": "a"})
    row = (
        label_preference(pair_choices(frame), LABELS, measure="share")
        .estimates.set_index("label")
        .loc["care"]
    )
    assert (row["lower"], row["upper"]) == pytest.approx((0.025 ** (1 / 9), 1.0), abs=1e-9)
    assert (row["safe_lower"], row["safe_upper"]) == pytest.approx((0.025 ** (1 / 9), 1.0), abs=1e-9)
    assert row["p_value"] == pytest.approx(2 * 0.5**9, abs=1e-12)


def test_a_level_of_the_hierarchy_adds_its_labels_up():
    tree = pd.DataFrame({"label": ["care", "power"], "level": "pole", "parent": ["others", "self"]})
    labels = OptionLabels(LABELS.frame, tree)
    choices = pairs(np.random.default_rng(6))
    found = label_preference(choices, labels, level_of="pole", measure="share", replicates=50)
    rows = long(choices)
    own = rows[rows["label"].isin(["care"])]
    share = (own["weight"] * own["taken"]).sum() / own["weight"].sum()
    assert found.estimates.set_index("label").loc["others", "share"] == pytest.approx(share, abs=1e-12)
    assert "1 label without a place on the level pole: left out" in found.meta["warnings"]


def test_groups_share_their_clusters_so_that_contrasts_are_paired():
    rng = np.random.default_rng(7)
    one = pairs(rng, model="m").frame
    both = Choices(pd.concat([one, one.assign(model="n", choice=one["choice"] + 1000)], ignore_index=True))
    found = label_preference(both, LABELS, by="model", replicates=200)
    gap = found.contrast("model", "m", "n")
    assert gap[["estimate", "std_error"]].abs().to_numpy().max() == 0
    alone = label_preference(Choices(one), LABELS, replicates=50).estimates
    assert found.estimates[found.estimates["model"] == "n"]["estimate"].tolist() == alone["estimate"].tolist()


def test_holm_over_the_labels_of_a_group():
    from statsmodels.stats.multitest import multipletests

    table = label_preference(pairs(np.random.default_rng(8)), LABELS).estimates
    assert table["p_adjusted"].to_numpy() == pytest.approx(
        multipletests(table["p_value"], method="holm")[1], abs=1e-12
    )
    plain = label_preference(pairs(np.random.default_rng(8)), LABELS, adjust=None).estimates
    assert plain["p_adjusted"].tolist() == plain["p_value"].tolist()


# Planted defects: each raises its own reason and no other.

TWO = OptionLabels(pd.DataFrame({"option": list("abcd"), "label": ["care", "care", "power", "power"]}))
UNITS = 250


def clean(rng, p=0.62, first=0.0, often=0.5, n=UNITS):
    """Care against power in choices of their own clusters; care stands first as `often` as said."""
    i, j = rng.integers(0, 2, n), rng.integers(2, 4, n)
    front = rng.random(n) < often
    logit = np.log(p / (1 - p)) + np.where(front, first, -first)
    care = rng.random(n) < 1 / (1 + np.exp(-logit))
    names = np.array(list("abcd"))
    frame = pd.DataFrame({"x": names[np.where(front, i, j)], "y": names[np.where(front, j, i)]})
    return frame.assign(winner=np.where(care == front, "first", "second"))


def reasons(frame, **options):
    found = label_preference(
        pair_choices(frame, first="x", second="y", reads="places"), TWO, **{"replicates": 300, **options}
    )
    return {r.aspect for r in found.verdict.reasons if r.sign != "sound"}, found


def test_a_clean_study_raises_nothing():
    """Of 200 studies; a reason needs an interval of the first place without 0 (one in 20) and a place that tilts it."""
    raised = [reasons(clean(np.random.default_rng(k), p=0.7), replicates=100)[0] for k in range(200)]
    assert sum(bool(r) for r in raised) <= 4, raised


def test_no_preference_is_told_as_none():
    raised = [reasons(clean(np.random.default_rng(k), p=0.5))[0] for k in range(40)]
    assert np.mean([r == {"effect"} for r in raised]) > 0.85


def test_choices_that_are_missing_where_power_would_win():
    frame = clean(np.random.default_rng(3), p=0.485, n=3000)
    chosen = np.where(frame["winner"] == "first", frame["x"], frame["y"])
    lost = np.isin(chosen, ["c", "d"]) & (np.arange(len(frame)) % 6 == 0)
    raised, found = reasons(frame.assign(winner=frame["winner"].mask(lost)))
    assert raised == {"missing"}
    assert "could be turned by what is missing" in found.sentence()


def test_a_label_that_stands_first_where_the_first_is_chosen():
    raised, found = reasons(clean(np.random.default_rng(2), p=0.6, first=0.8, often=0.85))
    assert raised == {"position"}
    row = found.estimates.set_index("label").loc["care"]
    assert row["balanced"] < row["estimate"]
    assert row["first_share"] == pytest.approx(0.35, abs=0.06)
    place = found.meta["position"]["all"]
    assert place["lower"] > 0


def test_balancing_takes_the_place_out():
    """Care is chosen at .6 in the mean of both places, whatever the share of first places."""
    found = [
        reasons(clean(np.random.default_rng(k), p=0.5, first=1.0, often=0.8), measure="share")[1]
        for k in range(40)
    ]
    care = [f.estimates.set_index("label").loc["care"] for f in found]
    assert np.mean([c["estimate"] for c in care]) > 0.6
    assert np.mean([c["balanced"] for c in care]) == pytest.approx(0.5, abs=0.02)


BAD = {
    "has a label": lambda c: c.assign(option="z" + c["option"]),
    "was asked": lambda c: c.assign(rank=None, status="not_administered"),
    "without cluster": lambda c: c.assign(cluster=c["cluster"].mask(c["choice"] == 3)),
}


@pytest.mark.parametrize("says", BAD)
def test_bad_choices_are_refused(says):
    choices = Choices(BAD[says](pairs(np.random.default_rng(9)).frame))
    with pytest.raises((SpecificationError, InputError), match=says):
        label_preference(choices, LABELS)


def test_an_unknown_column_and_level_are_refused():
    choices = pairs(np.random.default_rng(9))
    with pytest.raises(SpecificationError, match="no such column"):
        label_preference(choices, LABELS, by="model")
    with pytest.raises(SpecificationError, match="no such level"):
        label_preference(choices, LABELS, level_of="theory")


def test_degenerate_choices():
    frame = pairs(np.random.default_rng(10), missing=0).frame
    silent = Choices(frame.assign(rank=None, status="refusal"))
    found = label_preference(silent, LABELS)
    assert found.estimates["estimate"].isna().all()
    assert (found.estimates["n_scored"] == 0).all()
    assert found.estimates["bound_lower"].notna().all()
    assert "No finding" in found.sentence()
    one = Choices(frame[frame["choice"] == frame["choice"].iloc[0]])
    lone = label_preference(one, LABELS)
    assert lone.estimates["lower"].isna().all()
    assert set(lone.verdict.rows["sign"]) == {"untested"}
    nothing = OptionLabels(LABELS.frame.assign(weight=0.0))
    assert label_preference(Choices(frame), nothing).estimates["estimate"].isna().all()
