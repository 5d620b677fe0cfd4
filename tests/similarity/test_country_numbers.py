"""Similarity to countries end to end: every column by hand, intervals at their quantiles, the sign of the correction."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import xlogy
from small_shares import population, shares

from valuestats.base.errors import SpecificationError
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.similarity.country import country_similarity
from valuestats.statistics.resampling import expanded_level

TV = {"measure": "total_variation", "replicates": 0}
PEOPLE = population(
    shares("Chile", {"q1": [0.5, 0.5], "q2": [1.0, 0.0], "q3": [0.2, 0.3, 0.5]}),
    shares("Peru", {"q1": [0.9, 0.1], "q2": [0.5, 0.5]}),
    shares("Japan", {"q3": [0.1, 0.1, 0.8], "q4": [0.5, 0.5]}),
)
MODEL = {"q1": [0.8, 0.2], "q2": [0.4, 0.6], "q3": [0.5, 0.5, 0.0], "q5": [1.0, 0.0]}


def test_every_column_by_hand():
    found = country_similarity(population(shares("m", MODEL)), PEOPLE, **TV)
    table = found.estimates.set_index("group")
    # Chile: 1 - .3, 1 - .6, 1 - .5; Peru: 1 - .1, 1 - .1; Japan: 1 - .8
    assert table["estimate"].to_dict() == pytest.approx({"Chile": 1.6 / 3, "Peru": 0.9, "Japan": 0.2})
    # uniform answers; Chile: 1, .5, 1 - 1/6; Peru: .6, 1; Japan: 1 - (.8 - 1/3)
    expected = {"Chile": (1 + 0.5 + 5 / 6) / 3, "Peru": 0.8, "Japan": 1 - 0.8 + 1 / 3}
    assert table["baseline"].to_dict() == pytest.approx(expected)
    # Chile and Peru: .6, .5; Chile and Japan: 1 - .3
    assert table["ceiling"].to_dict() == pytest.approx({"Chile": 0.6, "Peru": 0.55, "Japan": 0.7})
    for column in ("n_scored", "n_asked", "n_questions", "n_units", "n_ceiling"):
        assert table[column].to_dict() == {"Chile": 3, "Peru": 2, "Japan": 1}
    assert table["bound_lower"].tolist() == pytest.approx(table["estimate"].tolist())
    assert table["bound_upper"].tolist() == pytest.approx(table["estimate"].tolist())
    assert table[["std_error", "lower", "upper"]].isna().all().all()
    assert found.draws is None


def test_unscored_questions_widen_the_bounds():
    unusable = pd.concat([shares("m", MODEL), shares("n", {"q1": [0.8, 0.2], "q2": [0.0, 0.0]})])
    table = country_similarity(population(unusable), PEOPLE, **TV).estimates.set_index(["model", "group"])
    row = table.loc[("n", "Peru")]
    assert row[["estimate", "bound_lower", "bound_upper"]].tolist() == pytest.approx([0.9, 0.45, 0.95])
    assert row[["n_scored", "n_asked"]].tolist() == [1, 2]
    assert ("n", "Japan") not in table.index  # was asked nothing that Japan answered


def test_intervals_are_quantiles_and_one_replicate_is_drawn():
    rng = np.random.default_rng(5)
    names = [f"q{k}" for k in range(40)]
    people = population(*(shares(c, {q: rng.dirichlet([1.0, 1]) for q in names}) for c in ("Chile", "Peru")))
    model = population(shares("m", {q: rng.dirichlet([1.0, 1]) for q in names[:30]}))
    found = country_similarity(model, people, measure="total_variation", replicates=500, level=0.8, seed=1)
    draws = found.replicates().sel(model="m")
    tail = (1 - expanded_level(0.8, 30)) / 2
    for row in found.estimates.itertuples():
        own = draws.sel(group=row.group).to_numpy()
        assert [row.lower, row.upper] == pytest.approx(np.quantile(own, [tail, 1 - tail]))
        assert row.std_error == pytest.approx(own.std(ddof=1))
    assert country_similarity(model, people, replicates=1).replicates().shape == (1, 1, 2)
    with pytest.raises(SpecificationError, match="impossible replicates"):
        country_similarity(model, people, replicates=-1)


def test_few_questions_have_no_interval_or_students():
    found = country_similarity(
        population(shares("m", MODEL)), PEOPLE, measure="total_variation", replicates=50
    )
    table = found.estimates.set_index("group")
    assert table[["lower", "upper"]].isna().all().all()
    chile, peru = np.array([0.7, 0.4, 0.5]), np.array([0.9, 0.9])
    assert table.loc["Chile", "std_error"] == pytest.approx(stats.sem(chile))
    assert table.loc["Peru", "std_error"] == pytest.approx(stats.sem(peru), abs=1e-12)
    assert np.isnan(table.loc["Japan", "std_error"])  # one question
    assert "3 of 3 estimates rest on fewer than 4 questions: no interval" in found.meta["warnings"]
    five = {f"q{k}": x for k, x in enumerate([[0.5, 0.5], [1.0, 0.0], [0.2, 0.8], [0.3, 0.7], [0.9, 0.1]])}
    model = population(shares("m", {q: [0.6, 0.4] for q in five}))
    row = country_similarity(
        model, population(shares("Chile", five)), measure="total_variation", level=0.8
    ).estimates.iloc[0]
    values = 1 - np.abs(np.array([x[0] for x in five.values()]) - 0.6)
    low, high = stats.t.interval(0.8, 4, values.mean(), stats.sem(values))
    assert [row["lower"], row["upper"]] == pytest.approx([low, min(high, 1.0)])


def test_the_correction_leads_to_the_truth():
    rng = np.random.default_rng(0)
    truth = rng.dirichlet(np.full(3, 4.0), 150)
    seen = rng.multinomial(30, truth) / 30
    other = rng.dirichlet(np.full(3, 4.0), 150)
    people = population(shares("Chile", {f"q{k}": p for k, p in enumerate(seen)}, n=30))
    model = population(shares("m", {f"q{k}": p for k, p in enumerate(other)}))
    measure = "jensen_shannon_divergence"
    found = country_similarity(
        model, people, measure=measure, replicates=200, people_uncertainty="jackknife", seed=1
    ).estimates.iloc[0]
    exact = 1 - divergence(truth, other)
    assert found["plug_in"] == pytest.approx(1 - divergence(seen, other))
    assert found["plug_in"] < exact
    assert found["plug_in"] < found["estimate"]
    assert abs(found["estimate"] - exact) < abs(found["plug_in"] - exact)


def divergence(p, q):
    """Mean Jensen-Shannon divergence of rows, in bits."""
    m = (p + q) / 2
    terms = xlogy(p, p) - xlogy(p, m) + xlogy(q, q) - xlogy(q, m)
    return terms.sum(axis=1).mean() / 2 / np.log(2)


def warned(questions, **options):
    rng = np.random.default_rng(1)
    drawn = {f"q{k}": rng.dirichlet([1.0, 1]) for k in range(questions)}
    return country_similarity(
        population(shares("m", drawn)), population(shares("Chile", drawn)), replicates=0, **options
    ).meta["warnings"]


def test_fewer_than_thirty_questions_are_named():
    assert any("1 of 1 similarities rest on fewer than 30 questions" in w for w in warned(29))
    assert not any("fewer than 30" in w for w in warned(30))
    assert any("taken as known" in w for w in warned(30))
    assert any("taken out and the shares" in w for w in warned(3, refusal_options="drop"))
    assert not any("taken out and the shares" in w for w in warned(3))
    assert not any("are kept among the options" in w for w in warned(3))


def test_refusal_options_are_named_as_kept():
    names = {"q1": ["yes", "no", "Don't know"]}
    one = population(shares("m", {"q1": [0.5, 0.3, 0.2]}, names))
    two = population(shares("Chile", {"q1": [0.2, 0.3, 0.5]}, names))
    kept = country_similarity(one, two, **TV)
    assert any("are kept among the options" in w for w in kept.meta["warnings"])
    assert kept.estimates["estimate"].tolist() == pytest.approx([0.7])
    dropped = country_similarity(one, two, refusal_options="drop", **TV)
    assert not any("are kept among the options" in w for w in dropped.meta["warnings"])
    assert dropped.estimates["estimate"].tolist() == pytest.approx([1 - (0.625 - 0.4)])


def test_personas_that_are_no_country_are_named():
    plain = country_similarity(population(shares("m", MODEL)), PEOPLE, **TV)
    assert not any("no group is called by" in w for w in plain.meta["warnings"])
    both = [shares("m", MODEL, persona=name) for name in ("Atlantis", "Peru")]
    given = ModelAnswers(pd.concat(both, ignore_index=True))
    named = country_similarity(given, PEOPLE, **TV)
    said = "answers given for Atlantis, whom no group is called by"
    assert f"not compared: {said}" in named.meta["warnings"]
    assert said in named.sentence()
    assert named.estimates["group"].tolist() == ["Peru"]
