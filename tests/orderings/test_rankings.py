"""Agreement of rankings: against scipy, the package rbo, closed forms and enumeration; what is refused and warned of."""

import json
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats import Choices, ranking_agreement
from valuestats.base.errors import InputError, SpecificationError
from valuestats.orderings.agreement import PEOPLE
from valuestats.orderings.crossed import crossed_jackknife
from valuestats.orderings.overlaps import MEASURES, chance_level, ranking_vectors

EXPECTED = json.loads((Path(__file__).parent / "references" / "expected.json").read_text())
EXACT = 1e-12


def measure(one, two, name, p=0.9):
    f, whole = ranking_vectors(np.array([one, two], dtype=float), name, p)
    return f[0] @ f[1] if whole.all() else np.nan


def table(ranks, **columns):
    """Long table of an array (people, scenarios, options)."""
    people, scenarios, options = ranks.shape
    index = pd.MultiIndex.from_product([range(people), range(scenarios), range(options)])
    frame = index.to_frame(index=False, name=["respondent", "item", "option"])
    return frame.assign(rank=np.asarray(ranks, dtype=float).ravel(), **columns)


def random_ranks(rng, *shape):
    return rng.random(shape).argsort(axis=-1).argsort(axis=-1) + 1.0


def following(rng, target, noise):
    """Rankings of noisy scores whose order without noise is that of `target`."""
    return (target + noise * rng.normal(size=target.shape)).argsort(axis=-1).argsort(axis=-1) + 1.0


@pytest.mark.parametrize("case", EXPECTED["rankings"])
def test_overlaps_are_those_of_the_package_rbo(case):
    one, two = (np.argsort(case[k]) for k in ("one", "two"))
    assert measure(one, two, "average_overlap") == pytest.approx(case["overlap"], abs=EXACT)
    for p, value in case["rbo"].items():
        assert measure(one, two, "rbo", float(p)) == pytest.approx(value, abs=EXACT)


def test_the_example_of_fagin_and_others_by_hand():
    # abcd against bacd: overlaps 0/1, 2/2, 3/3, 4/4
    assert measure([1, 2, 3, 4], [2, 1, 3, 4], "average_overlap") == pytest.approx(3 / 4)
    assert measure([1, 2, 3, 4], [2, 1, 3, 4], "first_choice") == 0


@pytest.mark.parametrize("seed", range(20))
def test_correlations_are_scipys_with_ties(seed):
    rng = np.random.default_rng(seed)
    one, two = rng.integers(1, 5, (2, 7)).astype(float)
    assert measure(one, two, "kendall") == pytest.approx(stats.kendalltau(one, two).statistic, abs=EXACT)
    assert measure(one, two, "spearman") == pytest.approx(stats.spearmanr(one, two).statistic, abs=EXACT)


def broken(ranks):
    """All orders without ties that agree with the ranks."""
    groups = [np.flatnonzero(ranks == r) for r in np.unique(ranks)]
    for parts in product(*(permutations(g) for g in groups)):
        order = np.concatenate([np.array(p) for p in parts])
        yield np.argsort(order)


@pytest.mark.parametrize("name", ["average_overlap", "rbo", "first_choice"])
def test_ties_are_the_mean_over_all_ways_to_break_them(name):
    one, two = np.array([1.0, 2, 2, 4, 4]), np.array([2.0, 1, 1, 1, 5])
    found = np.mean([measure(a, b, name, 0.7) for a in broken(one) for b in broken(two)])
    assert measure(one, two, name, 0.7) == pytest.approx(found, abs=EXACT)


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("other", [[1, 2, 3, 4, 5], [1, 1, 3, 4, 4]])
def test_the_chance_level_is_the_mean_over_all_orders(name, other):
    every = [measure(p, other, name, 0.8) for p in permutations(range(1, 6))]
    assert np.mean(every) == pytest.approx(chance_level(5, name, 0.8), abs=EXACT)


def test_all_options_tied_leave_correlations_open():
    assert np.isnan(measure([1, 1, 1], [1, 2, 3], "kendall"))
    assert measure([1, 1, 1], [1, 2, 3], "average_overlap") == pytest.approx(2 / 3)


def by_loops(model, people, name):
    """Own, swapped and people's agreement from all pairs, one after another."""
    n, items = people.shape[:2]
    own = np.mean([[measure(model[i, j], people[i, j], name) for j in range(items)] for i in range(n)])
    others = [(i, k, j) for i in range(n) for k in range(n) for j in range(items) if i != k]
    swapped = np.mean([measure(model[i, j], people[k, j], name) for i, k, j in others])
    return own, swapped, np.mean([measure(people[i, j], people[k, j], name) for i, k, j in others])


@pytest.mark.parametrize("name", MEASURES)
def test_means_are_those_over_all_pairs(name):
    rng = np.random.default_rng(3)
    people, model = random_ranks(rng, 5, 4, 4), random_ranks(rng, 5, 4, 4)
    found = ranking_agreement(table(model, model="m"), table(people), measures=[name]).estimates.set_index(
        "model"
    )
    row = found.loc["m"]
    told = row["estimate"], row["swapped"], found.loc[PEOPLE, "estimate"]
    assert told == pytest.approx(by_loops(model, people, name), abs=EXACT)
    assert row["gain"] == pytest.approx(row["estimate"] - row["swapped"])
    assert row["people"] == found.loc[PEOPLE, "estimate"]


def test_the_two_way_error_is_that_of_the_mean_squares():
    """A full table: the jackknives give the unbiased estimate of the two-way random model (Cornfield and Tukey 1956)."""
    rng = np.random.default_rng(1)
    y = rng.normal(size=(6, 1)) + 2 * rng.normal(size=(1, 7)) + rng.normal(size=(6, 7))
    above = np.concatenate([y.sum(axis=0)[None], y.sum(axis=0) - y])[:, :, None]
    below = np.concatenate([np.full((1, 7), 6.0), np.full((6, 7), 5.0)])[:, :, None]
    found = crossed_jackknife(above, below, 0.95, 4000, rng)
    rest = y - y.mean(axis=0) - y.mean(axis=1, keepdims=True) + y.mean()
    a, b = 7 * y.mean(axis=1).var(ddof=1), 6 * y.mean(axis=0).var(ddof=1)
    e = (rest**2).sum() / 30
    assert found.point[0] == pytest.approx(y.mean())
    assert found.std_error[0] == pytest.approx(np.sqrt((a + b - e) / 42))
    degrees = (a + b - e) ** 2 / (a**2 / 5 + b**2 / 6 + e**2 / 30)
    assert found.degrees[0] == pytest.approx(degrees)
    reach = stats.t.ppf(0.975, degrees) * found.std_error[0]
    assert (found.lower[0], found.upper[0]) == pytest.approx((y.mean() - reach, y.mean() + reach))
    assert np.quantile(found.draws[:, 0], [0.025, 0.975]) == pytest.approx(
        y.mean() + reach * np.array([-1, 1]), rel=0.1
    )


def test_rows_out_of_order_names_and_types_change_nothing():
    rng = np.random.default_rng(4)
    people, model = random_ranks(rng, 5, 6, 4), random_ranks(rng, 5, 6, 4)
    plain = ranking_agreement(table(model, model="m"), table(people)).estimates
    mixed = (
        table(people).sample(frac=1, random_state=1).astype({"item": str, "option": str, "respondent": str})
    )
    again = ranking_agreement(table(model * 10, model="m").sample(frac=1, random_state=2), mixed).estimates
    pd.testing.assert_frame_equal(plain, again)


def test_rankings_of_other_options_are_refused_by_name_or_left_out():
    rng = np.random.default_rng(5)
    people, good, bad = random_ranks(rng, 5, 6, 4), random_ranks(rng, 5, 6, 4), random_ranks(rng, 5, 6, 4)
    extra = pd.DataFrame({"respondent": range(5), "item": 3, "option": 4, "rank": 9.0, "model": "bad"})
    told = pd.concat([table(good, model="good"), table(bad, model="bad"), extra])
    with pytest.raises(SpecificationError, match="different options") as caught:
        ranking_agreement(told, table(people))
    assert caught.value.parameter == "rankings"
    assert "bad, scenario 3 for 5 people: ranks 4 besides" in caught.value.got
    assert "good" not in caught.value.got
    found = ranking_agreement(told, table(people), different="leave_out")
    scored = found.estimates.drop_duplicates("model").set_index("model")["n_scored"]
    assert scored[["bad", "good", PEOPLE]].tolist() == [25, 30, 30]
    assert any("bad, scenario 3" in w for w in found.meta["warnings"])


def test_a_lacking_option_or_scenario_is_no_ranking_of_the_same():
    people = table(random_ranks(np.random.default_rng(6), 4, 4, 3))
    lacks = people[~((people["item"] == 1) & (people["option"] == 2))].assign(model="m")
    with pytest.raises(SpecificationError, match="different options") as caught:
        ranking_agreement(lacks, people)
    assert "scenario 1 for 4 people: lacks 2" in caught.value.got
    other = people.assign(item=people["item"].replace({3: 7}), model="m")
    with pytest.raises(SpecificationError, match="scenario 7"):
        ranking_agreement(other, people)


BAD = {
    "an option twice": (lambda m, p: (pd.concat([m, m[:1]]), p), InputError),
    "no column rank": (lambda m, p: (m.drop(columns="rank"), p), InputError),
    "a null option": (lambda m, p: (m.assign(option=[None, *m["option"][1:]]), p), InputError),
    "a rank in words": (lambda m, p: (m.assign(rank="first"), p), InputError),
    "an infinite rank": (lambda m, p: (m, p.assign(rank=[np.inf, *p["rank"][1:]])), InputError),
    "people with different options": (lambda m, p: (m, p[1:]), SpecificationError),
    "one option": (lambda m, p: (m[m["option"] == 0], p[p["option"] == 0]), SpecificationError),
    "no person ranked": (lambda m, p: (m, p.assign(rank=np.nan)), SpecificationError),
    "no ranking": (lambda m, p: (m[:0], p), SpecificationError),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_refused(kind):
    people = table(random_ranks(np.random.default_rng(7), 4, 4, 3))
    change, error = BAD[kind]
    with pytest.raises(error) as caught:
        ranking_agreement(*change(people.assign(model="m"), people))
    assert caught.value.parameter


def test_measures_are_named_once():
    people = table(random_ranks(np.random.default_rng(7), 4, 4, 3))
    for wrong in ([], ["rbo", "rbo"]):
        with pytest.raises(SpecificationError, match="each measure once"):
            ranking_agreement(people.assign(model="m"), people, measures=wrong)


def test_what_is_not_ranked_shares_the_last_place_and_what_was_not_answered_is_counted():
    people = table(np.tile([1.0, 2, 3, 4], (4, 4, 1)))
    part = people.assign(rank=people["rank"].where(people["rank"] <= 2), model="m")
    same = ranking_agreement(part, people, measures=["kendall"]).estimates.set_index("model")
    tied = stats.kendalltau([1, 2, 3, 3], [1, 2, 3, 4]).statistic
    assert same.loc["m", "estimate"] == pytest.approx(tied)
    lost = people.assign(status=np.where(people["item"] == 2, "refusal", "valid"), model="m")
    found = ranking_agreement(lost, people).estimates.set_index("model")
    assert found.loc["m", ["n_scored", "n_asked"]].iloc[0].tolist() == [12, 16]


def test_choices_will_do_as_tables():
    people = table(random_ranks(np.random.default_rng(8), 4, 5, 3), status="valid")
    people["choice"] = people["respondent"] * 10 + people["item"]
    model = people.assign(model="m")
    found = ranking_agreement(Choices(model), Choices(people), measures=["kendall"]).estimates
    assert found.loc[0, "estimate"] == pytest.approx(1)


def test_one_ranking_for_all_has_no_swap_and_few_units_no_interval():
    rng = np.random.default_rng(9)
    people = table(random_ranks(rng, 3, 8, 4))
    one = people[people["respondent"] == 0].drop(columns="respondent").assign(model="m")
    found = ranking_agreement(one, people)
    assert found.estimates[["swapped", "gain", "lower", "upper"]].isna().all().all()
    assert (found.estimates["interval"] == "none").all()
    assert any("3 people: fewer than 4" in w for w in found.meta["warnings"])
    single = people[people["respondent"] == 0]
    alone = ranking_agreement(single.assign(model="m"), single).estimates.set_index("model")
    assert np.isnan(alone.loc[PEOPLE, "estimate"]).all()
    assert (alone.loc["m", "estimate"] > 0.99).all()


def test_clusters_of_scenarios_are_left_out_together():
    rng = np.random.default_rng(10)
    ranks = random_ranks(rng, 6, 5, 4)
    people, model = np.repeat(ranks, 3, axis=1), np.repeat(random_ranks(rng, 6, 5, 4), 3, axis=1)
    once = ranking_agreement(table(model[:, ::3], model="m"), table(ranks)).estimates
    held = table(people)
    held["cluster"] = held["item"] // 3
    thrice = ranking_agreement(table(model, model="m"), held).estimates
    columns = ["estimate", "std_error", "lower", "upper"]
    assert thrice[columns].to_numpy() == pytest.approx(once[columns].to_numpy())


def test_the_bootstrap_agrees_with_the_jackknife_where_people_and_scenarios_differ_more_than_cells():
    rng = np.random.default_rng(11)
    skill = rng.uniform(0, 3, (40, 1, 1))
    people = random_ranks(rng, 40, 30, 5)
    model = table(following(rng, people, skill), model="m")
    one, two = (
        ranking_agreement(model, table(people), measures=["kendall"], resampling=r, draws=600).estimates.loc[
            0
        ]
        for r in ("jackknife", "bootstrap")
    )
    assert one["estimate"] == two["estimate"]
    assert two["std_error"] == pytest.approx(one["std_error"], rel=0.15)


def study(seed, people=24, scenarios=24, options=5, noise=1.0, own_change=None, model_change=None):
    """A clean study: people who differ, one model that follows each of them."""
    rng = np.random.default_rng(seed)
    common = random_ranks(rng, 1, scenarios, options)
    own = following(rng, np.repeat(common, people, axis=0), 2.0)
    model = following(rng, own, noise)
    if model_change is not None:
        model = model_change(own, model, rng)
    if own_change is not None:
        own = own_change(own)
    return ranking_agreement(table(model, model="m"), table(own), measures=["kendall"], draws=400, seed=seed)


PLANTED = {
    "order": ("none", {"model_change": lambda own, model, rng: random_ranks(rng, *model.shape)}, {"swap"}),
    "swap": ("care", {"model_change": lambda own, model, rng: np.repeat(own[:1], len(own), axis=0)}, set()),
    "ties": ("care", {"own_change": lambda own: np.maximum(own, 3)}, set()),
}


def amiss(found):
    return {(r.aspect, r.sign) for r in found.verdict.reasons if r.sign != "sound"}


@pytest.mark.parametrize("aspect", PLANTED)
def test_a_planted_defect_raises_its_own_reason(aspect):
    sign, changes, besides = PLANTED[aspect]
    raised = amiss(study(1, **changes))
    assert (aspect, sign) in raised
    assert {a for a, _ in raised} - {aspect} <= besides


def test_few_people_and_few_scenarios_are_said():
    assert amiss(study(2, people=10)) == {("units", "care")}
    assert amiss(study(2, scenarios=10)) == {("units", "care")}


def test_clean_studies_raise_nothing():
    assert [s for s in range(15) if amiss(study(s))] == []


def test_the_sentence_and_the_figure_say_the_same():
    found = study(3)
    text = found.sentence()
    row = found.estimates.iloc[0]
    assert f"{row['estimate']:.2f}" in text
    assert "1 of 1 model is above a random order" in text
    assert "1 of 1 fits the person better" in text
    assert found.plot().to_dict()
    assert found.contrast("model", "m", PEOPLE)["lower"].iloc[0] > 0
