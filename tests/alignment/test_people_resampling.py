"""Similarity to groups whose people answered all questions: errors that add up, and that the interval holds them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats.alignment.demographic import demographic_alignment
from valuestats.similarity.country import country_similarity
from valuestats.similarity.whole_options import with_whole_options
from valuestats.statistics.distances import jensen_shannon_distance
from valuestats.tables import Population

OPTIONS = np.array(["a", "b", "c", "d"])
CUTS = stats.norm.ppf([0.25, 0.5, 0.75])


def shares(place):
    edges = np.concatenate([[-np.inf], CUTS, [np.inf]])
    return stats.norm.cdf(edges[1:] - place[:, None]) - stats.norm.cdf(edges[:-1] - place[:, None])


def model(place, name="m"):
    table = shares(place)
    return Population(
        pd.DataFrame(
            {
                "group": name,
                "question": np.repeat([f"q{k:03d}" for k in range(len(place))], 4),
                "option": np.tile(OPTIONS, len(place)),
                "position": np.tile(np.arange(4), len(place)),
                "share": table.ravel(),
            }
        )
    )


def respondents(place, people, common, rng):
    """Answers of people whose trait moves all of them the same way."""
    trait = np.sqrt(common) * rng.normal(size=(people, 1))
    latent = place + trait + np.sqrt(1 - common) * rng.normal(size=(people, len(place)))
    code = np.digitize(latent, CUTS)
    person, question = np.indices(code.shape)
    return pd.DataFrame(
        {
            "respondent": person.ravel(),
            "question": [f"q{k:03d}" for k in question.ravel()],
            "option": OPTIONS[code.ravel()],
            "position": code.ravel(),
            "country": "Chile",
        }
    )


def leave_one_person_out(answers, frame):
    """The mean similarity without each person, from the shares counted anew."""
    found = []
    for person in sorted(frame["respondent"].unique()):
        kept = frame[frame["respondent"] != person]
        counts = (
            kept.groupby(["question", "position"])
            .size()
            .unstack(fill_value=0)
            .reindex(columns=range(4), fill_value=0)
        )
        people = counts.to_numpy() / counts.to_numpy().sum(axis=1, keepdims=True)
        found.append((1 - jensen_shannon_distance(answers, people)).mean())
    return np.array(found)


def test_the_added_variance_is_that_of_leaving_people_out():
    rng = np.random.default_rng(1)
    place = rng.normal(0, 0.5, 40)
    frame, theirs = respondents(place, 60, 0.5, rng), place + 0.6
    options = {"replicates": 4000, "seed": 3}
    found = demographic_alignment(model(theirs), frame, ["country"], **options)
    plain = country_similarity(model(theirs), population_of(frame), people_uncertainty="jackknife", **options)
    without = leave_one_person_out(shares(theirs), frame)
    people = 59 / 60 * ((without - without.mean()) ** 2).sum()
    before, after = (r.estimates["std_error"].iloc[0] for r in (plain, found))
    assert found.estimates["estimate"].iloc[0] == pytest.approx(plain.estimates["estimate"].iloc[0])
    # the errors of the questions' own samples are in both parts and are left out of one
    assert before**2 + 0.8 * people < after**2 < 1.05 * (before**2 + people)
    draws = found.replicates().to_numpy().ravel()
    assert draws.std(ddof=1) == pytest.approx(after)
    assert found.estimates["lower"].iloc[0] < plain.estimates["lower"].iloc[0]


def population_of(frame):
    from valuestats.alignment.groups import group_shares

    return group_shares(frame, ["country"])


def test_people_without_a_common_trait_add_next_to_nothing():
    rng = np.random.default_rng(2)
    place = rng.normal(0, 0.5, 60)
    frame, theirs = respondents(place, 80, 0.0, rng), place + rng.normal(0, 0.5, 60)
    found = demographic_alignment(model(theirs), frame, ["country"], replicates=2000)
    plain = country_similarity(model(theirs), population_of(frame), people_uncertainty="jackknife")
    ratio = found.estimates["std_error"].iloc[0] / plain.estimates["std_error"].iloc[0]
    assert 0.98 < ratio < 1.15


def test_models_share_the_people_and_known_shares_have_none():
    rng = np.random.default_rng(3)
    place = rng.normal(0, 0.5, 30)
    frame = respondents(place, 60, 0.5, rng)
    twins = Population(
        pd.concat([model(place + 0.6, name).frame for name in ("m", "twin")], ignore_index=True)
    )
    found = demographic_alignment(twins, frame, ["country"], replicates=200)
    assert np.abs(found.contrast("model", "m", "twin")[["lower", "upper"]].to_numpy(float)).max() < 1e-12
    known = demographic_alignment(twins, frame, ["country"], replicates=200, people_uncertainty="none")
    asked, _, _ = with_whole_options(population_of(frame).frame, twins.frame)
    plain = country_similarity(twins, Population(asked), replicates=200)
    assert np.array_equal(known.estimates["lower"], plain.estimates["lower"])
    few = respondents(place[:6], 60, 0.5, rng)
    table = demographic_alignment(model(place[:6] + 0.6), few, ["country"], replicates=200).estimates.iloc[0]
    reach = stats.t.ppf(0.975, 5) * table["std_error"]
    assert table["lower"] == pytest.approx(table["estimate"] - reach)
    assert table["upper"] == pytest.approx(min(table["estimate"] + reach, 1.0))


@pytest.mark.parametrize(("common", "covers"), [(0.0, 0.945), (0.3, 0.915)])
def test_fifty_people_and_a_hundred_questions_are_covered(common, covers):
    """The model errs in the direction of the people's trait, the hardest case: questions alone cover .3 of it.

    `covers` is what ``benchmarks/results/people_resampling_coverage.csv`` has for it.
    """
    rng = np.random.default_rng(4)
    truth = np.random.default_rng(5).normal(0, 0.5, 200_000)
    exact = (1 - jensen_shannon_distance(shares(truth + 0.6), shares(truth))).mean()
    hits = []
    for seed in range(20):
        place = rng.normal(0, 0.5, 100)
        frame = respondents(place, 50, common, rng)
        row = demographic_alignment(
            model(place + 0.6), frame, ["country"], replicates=300, seed=seed
        ).estimates.iloc[0]
        hits.append(row["lower"] <= exact <= row["upper"])
    assert np.mean(hits) > covers - 3 * np.sqrt(covers * (1 - covers) / 20)
