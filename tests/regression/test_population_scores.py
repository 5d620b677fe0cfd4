"""People and models in one regression: simulated truth, poststratification by hand, weights, degenerate tables."""

import numpy as np
import pandas as pd
import pytest

import valuestats as vs
from valuestats.base.errors import InputError, SpecificationError
from valuestats.latent.sampling import Sampling
from valuestats.regression.fit import fit_ordinal
from valuestats.regression.population import NONE, people_and_models, population_cells, poststratified_scores
from valuestats.regression.predictions import expected_score
from valuestats.results.result import Result

FORMULA = "answer ~ source + (1|age) + (1|source:age) + (1|item) + (1|respondent)"


@pytest.fixture(scope="module")
def study(benchmark):
    simulate_people_and_models = benchmark("simulated_people").simulate_people_and_models
    return simulate_people_and_models(countries=2, people=40, items=5, epochs=4, gap=0.8, seed=4)


@pytest.fixture(scope="module")
def fit(study):
    rows = people_and_models(study.people, study.models, ["country", "age"], personas=study.personas)
    return fit_ordinal(FORMULA, rows, engine="laplace", sampling=Sampling(draws=500), seed=5)


def test_one_regression_recovers_people_and_model(study, fit, tmp_path):
    """Averaged over the population's ages: the truth of the simulation."""
    cells = study.population.groupby("age")["count"].sum().reset_index()
    found = poststratified_scores(fit, cells)
    merged = found.estimates.merge(study.truth, on="source").set_index("source")
    np.testing.assert_allclose(merged["estimate"], merged["expected"], atol=0.25)
    assert ((merged["lower"] < merged["expected"]) & (merged["expected"] < merged["upper"])).all()
    gap = found.contrast("source", "model", "people").iloc[0]
    true = study.truth.set_index("source")["expected"]
    assert gap["lower"] < true["model"] - true["people"] < gap["upper"]
    assert found.estimates.set_index("source").loc["people", "n_scored"] == 400
    text = found.sentence()
    assert "differs most for model" in text
    assert "Design weights enter by the population's cells alone" in text
    found.plot().to_dict()
    found.save(tmp_path / "r")
    pd.testing.assert_frame_equal(Result.load(tmp_path / "r").estimates, found.estimates)
    assert vs.poststratified_scores is poststratified_scores


def test_cells_are_averaged_by_their_shares(fit):
    """A population of one cell, and of both: the mean of the two by their counts, draw by draw."""
    one, two, both = (
        poststratified_scores(fit, pd.DataFrame({"age": a, "count": n})).replicates().to_numpy()
        for a, n in ((["old"], [3.0]), (["young"], [1.0]), (["old", "young"], [3.0, 1.0]))
    )
    np.testing.assert_allclose(both, 0.75 * one + 0.25 * two, atol=1e-12)


def test_without_respondents_it_is_the_counterfactual_average(study):
    """No respondent's effect and a population like the sample: `expected_score` over the same rows."""
    plain = study.models[study.models["persona"].isna()]
    rows = people_and_models(study.people, plain, ["age"])
    rows = rows[rows["source"] == "people"]
    rows["source"] = np.where(rows["respondent"] < "person 3", "a", "b")
    fitted = fit_ordinal(
        "answer ~ source + (1|age) + (1|item)", rows, engine="laplace", sampling=Sampling(draws=1000), seed=1
    )
    counts = rows.groupby("age").size().rename("count").reset_index()
    mine = poststratified_scores(fitted, counts).estimates["estimate"]
    np.testing.assert_allclose(mine, expected_score(fitted, by="source").estimates["estimate"], atol=0.01)


def test_a_level_nobody_has_is_drawn_and_said(fit):
    found = poststratified_scores(fit, pd.DataFrame({"age": ["old", "ancient"], "count": [1.0, 1.0]}))
    assert "not among the answers: ancient" in found.meta["warnings"]
    assert np.isfinite(found.estimates["estimate"]).all()


def test_rows_of_people_models_and_personas(study):
    rows = people_and_models(study.people, study.models, ["country", "age"], personas=study.personas)
    model = rows[rows["source"] == "model"]
    assert (model[["country", "age"]] == NONE).all(axis=None)
    assert rows[rows["source"] == "model as persona"]["respondent"].unique().tolist() == ["model as persona"]
    assert rows.loc[rows["source"] == "people", "weight"].notna().all()
    cells = population_cells(study.people, ["age"]).set_index("age")["count"]
    # weights turn the sample's ages into the population's: 35% young
    assert cells["young"] / cells.sum() == pytest.approx(0.35, abs=0.12)


def test_errors(study, fit):
    people, models = study.people, study.models
    with pytest.raises(InputError, match="not described"):
        people_and_models(people, models, ["age"])
    with pytest.raises(SpecificationError, match="a column is missing"):
        people_and_models(people, models, ["income"])
    with pytest.raises(InputError, match="no item in common"):
        people_and_models(people.assign(item="x"), models, ["age"], personas=study.personas)
    with pytest.raises(InputError, match="called like the people"):
        people_and_models(people, models.assign(model="people"), ["age"], personas=study.personas)
    with pytest.raises(InputError, match="twice"):
        people_and_models(people, models, ["age"], personas=pd.concat([study.personas, study.personas]))
    with pytest.raises(InputError, match="positive weight"):
        population_cells(people.assign(weight=0.0), ["age"])
    for wrong, match in (
        (pd.DataFrame({"sex": ["f"], "count": [1.0]}), "no such column"),
        (pd.DataFrame({"age": ["old"], "count": [-1.0]}), "no counts"),
        (pd.DataFrame({"age": ["old", "old"], "count": [1.0, 1.0]}), "twice"),
    ):
        with pytest.raises(SpecificationError, match=match):
            poststratified_scores(fit, wrong)
