"""What personas and languages change: against a loop written out, and by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import jensenshannon
from small_shares import population, shares

from valuestats.base.errors import InputError, SpecificationError
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.results.result import Result
from valuestats.similarity.conditions import answers_as
from valuestats.similarity.country import country_similarity
from valuestats.similarity.steering import language_effect, steering_effect
from valuestats.tables import Population

COUNTRIES = ("Chile", "Japan", "Kenya")
QUESTIONS = [f"q{i}" for i in range(14)]


def drawn(rng, missing=0.0):
    return {q: rng.dirichlet(np.ones(4)).tolist() for q in QUESTIONS if rng.random() >= missing}


@pytest.fixture
def world():
    """Distributions by (country,) and by (model, persona), a third of the models' missing."""
    rng = np.random.default_rng(4)
    people = {c: drawn(rng) for c in COUNTRIES}
    asked = {(m, p): drawn(rng, 0.2) for m in ("a", "b") for p in (None, *COUNTRIES)}
    return people, asked


def answers(asked, column="persona"):
    return ModelAnswers(
        pd.concat([shares(m, d, **{column: p}) for (m, p), d in asked.items()], ignore_index=True)
    )


def loop(people, asked, model, country):
    """Own, swapped and other changes of every question, as a user would write them."""
    own, swapped, rest = [], [], []
    likeness = lambda u, c, q: 1 - jensenshannon(asked[model, u][q], people[c][q], base=2)  # noqa: E731
    for q in QUESTIONS:
        others = [c for c in COUNTRIES if c != country]
        known = [c for c in others if q in asked[model, c]]
        if q not in asked[model, None] or q not in asked[model, country] or not known:
            continue
        start = likeness(None, country, q)
        own.append(likeness(country, country, q) - start)
        swapped.append(np.mean([likeness(c, country, q) for c in known]) - start)
        rest.append(np.mean([likeness(country, c, q) - likeness(None, c, q) for c in others]))
    return np.array([own, swapped, rest, np.subtract(own, swapped)])


def test_changes_agree_with_a_loop_over_questions(world):
    people, asked = world
    result = steering_effect(
        answers(asked), population(*(shares(c, d) for c, d in people.items())), replicates=400, seed=2
    )
    found = result.estimates.set_index(["model", "group", "quantity"])
    for model in ("a", "b"):
        for country in COUNTRIES:
            expected = loop(people, asked, model, country)
            rows = found.loc[(model, country)]
            assert rows["estimate"].to_numpy() == pytest.approx(expected.mean(axis=1), abs=1e-12)
            assert (rows["n_scored"] == expected.shape[1]).all()
            assert (rows["n_asked"] == len(asked[model, None])).all()
            error = expected.std(axis=1) / np.sqrt(expected.shape[1])
            assert rows["std_error"].to_numpy() == pytest.approx(error, rel=0.25)
            assert rows.loc["own", "baseline"] == pytest.approx(expected[1].mean())
    draws = result.replicates()
    gap = draws.sel(quantity="own") - draws.sel(quantity="swapped") - draws.sel(quantity="specific")
    assert float(np.abs(gap).max()) < 1e-12


def test_a_saved_result_comes_back(world, tmp_path):
    people, asked = world
    result = steering_effect(
        answers(asked), population(*(shares(c, d) for c, d in people.items())), replicates=50
    )
    pd.testing.assert_frame_equal(Result.load(result.save(tmp_path / "r")).estimates, result.estimates)


def test_one_persona_has_no_swapped_baseline(world):
    people, asked = world
    asked = {k: d for k, d in asked.items() if k[1] in (None, "Chile") and k[0] == "a"}
    result = steering_effect(
        answers(asked), population(*(shares(c, d) for c, d in people.items())), replicates=20
    )
    assert result.estimates["quantity"].tolist() == ["own", "other groups"]
    assert result.estimates["baseline"].isna().tolist() == [True, False]


def test_languages_of_several_countries():
    # Asked in Spanish the answers move to Chile's and Peru's; Kenya speaks two languages, of which one was asked.
    people = population(
        shares("Chile", {"q": [0.9, 0.1]}),
        shares("Peru", {"q": [0.8, 0.2]}),
        shares("Kenya", {"q": [0.3, 0.7]}),
    )
    asked = answers(
        {
            ("m", None): {"q": [0.5, 0.5]},
            ("m", "Spanish"): {"q": [0.8, 0.2]},
            ("m", "Swahili"): {"q": [0.4, 0.6]},
        },
        "language",
    )
    result = language_effect(
        asked,
        people,
        {"Chile": "Spanish", "Peru": ["Spanish", "Quechua"], "Kenya": ["Swahili", "English"]},
        measure="total_variation",
        replicates=0,
    )
    found = result.estimates.set_index(["group", "quantity"])["estimate"].round(12)
    assert found["Chile", "own"] == 0.3
    assert found["Peru", "own"] == 0.3
    assert found["Chile", "swapped"] == -0.1
    assert found["Chile", "other groups"] == -0.3  # Kenya alone: Peru speaks Spanish too
    assert found["Kenya", "own"] == 0.1
    assert found["Kenya", "other groups"] == -0.1


def test_without_defaults_or_personas_it_is_refused(world):
    people, asked = world
    table = population(*(shares(c, d) for c, d in people.items()))
    with pytest.raises(SpecificationError, match="by default"):
        steering_effect(answers({k: d for k, d in asked.items() if k[1]}), table)
    with pytest.raises(SpecificationError, match="under a condition"):
        steering_effect(answers({k: d for k, d in asked.items() if not k[1]}), table)
    with pytest.raises(SpecificationError, match="language of no country"):
        language_effect(answers(asked, "language"), table, {"Mars": "Martian"})


def test_languages_never_mix_into_a_similarity(world):
    people, asked = world
    table = population(*(shares(c, d) for c, d in people.items()))
    plain = country_similarity(
        answers({k: d for k, d in asked.items() if not k[1]}), table, replicates=0
    ).estimates
    mixed = country_similarity(answers(asked, "language"), table, replicates=0)
    pd.testing.assert_frame_equal(mixed.estimates, plain)
    assert any(w.startswith("not compared: answers under 3 languages (") for w in mixed.meta["warnings"])
    assert "ot compared: answers under 3 languages" in mixed.sentence()
    with pytest.raises(SpecificationError, match="several languages"):
        country_similarity(answers({k: d for k, d in asked.items() if k[1]}, "language"), table)
    with pytest.raises(InputError):
        ModelAnswers(pd.concat([shares("m", {"q": [1.0]}, language="es")] * 2))


def test_personas_are_compared_with_each_other_where_there_is_no_default_answer():
    def table(name, yes, persona=None):
        return pd.DataFrame(
            {
                "group": name,
                "question": ["q", "q", "r", "r"],
                "option": ["yes", "no"] * 2,
                "persona": persona,
                "position": [0, 1] * 2,
                "share": [yes, 1 - yes, 1 - yes, yes],
            }
        )

    people = Population(pd.concat([table("Chile", 0.9), table("Peru", 0.4)]).drop(columns="persona"))
    asked = pd.concat([table("m", 0.8, "Chile"), table("m", 0.5, "Peru")])
    options = {"measure": "total_variation", "replicates": 50}
    with pytest.raises(SpecificationError):
        steering_effect(ModelAnswers(asked), people, **options)
    found = steering_effect(ModelAnswers(asked), people, need_default=False, **options)
    assert set(found.estimates["quantity"]) == {"specific"}
    estimates = found.estimates.set_index("group")["estimate"]
    # |.8 - .9| against |.5 - .9|, and |.5 - .4| against |.8 - .4|
    assert estimates["Chile"] == pytest.approx(0.3)
    assert estimates["Peru"] == pytest.approx(0.3)
    assert "no default answers" in found.sentence()
    both = pd.concat([asked, table("m", 0.6)])
    full = steering_effect(ModelAnswers(both), people, **options).estimates
    same = full[full["quantity"] == "specific"].set_index("group")["estimate"]
    assert same["Chile"] == pytest.approx(estimates["Chile"])


def test_personas_that_are_no_country_are_no_part_of_the_baseline(world):
    people, asked = world
    countries = population(*(shares(c, d) for c, d in people.items()))
    plain = steering_effect(answers(asked), countries, replicates=20)
    pirate = shares("a", drawn(np.random.default_rng(9)), persona="a pirate")
    more = ModelAnswers(pd.concat([answers(asked).frame, pirate], ignore_index=True))
    beside = steering_effect(more, countries, replicates=20)
    pd.testing.assert_frame_equal(beside.estimates, plain.estimates)
    assert any("a pirate, whom no group is called by" in w for w in beside.meta["warnings"])


def test_answers_for_one_group_stand_beside_all():
    frame = pd.DataFrame(
        {
            "group": "m",
            "persona": ["Chile", "Peru", None],
            "question": "q",
            "option": "yes",
            "position": 0,
            "share": 1.0,
        }
    )
    found = answers_as(ModelAnswers(frame), ["Mars", "Peru"])
    assert len(found.frame) == 1
    assert "persona" not in found.frame.columns
    with pytest.raises(SpecificationError, match="no model answered"):
        answers_as(ModelAnswers(frame), "Mars")
