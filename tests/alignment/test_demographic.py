"""Alignment with demographic groups, homogenisation and cultural orientations, on simulated truths."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from valuestats.alignment.demographic import demographic_alignment, homogenisation
from valuestats.alignment.orientations import orientation_correlations
from valuestats.base.errors import SpecificationError
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.statistics.distances import jensen_shannon_distance
from valuestats.tables import Population

OPTIONS = np.array(["Agree strongly", "Agree", "Disagree", "Disagree strongly"])


def table(group, shares, **columns):
    n = len(shares)
    return pd.DataFrame(
        {
            "group": group,
            "question": np.repeat([f"q{i:03d}" for i in range(n)], 4),
            "option": np.tile(OPTIONS, n),
            "position": np.tile(range(4), n),
            "share": np.asarray(shares).ravel(),
            "ordered": True,
            **columns,
        }
    )


@pytest.fixture(scope="module")
def survey():
    """Two sexes by two ages, 80 questions; few old men."""
    rng = np.random.default_rng(1)
    truth, rows = {}, []
    for age, sex, people in (("old", "f", 90), ("old", "m", 25), ("young", "f", 90), ("young", "m", 90)):
        truth[f"{age} × {sex}"] = rng.dirichlet(np.full(4, 1.5), 80)
        for q, p in enumerate(truth[f"{age} × {sex}"]):
            drawn = rng.choice(4, size=people, p=p)
            rows.append(
                pd.DataFrame(
                    {
                        "respondent": [f"{age}{sex}{i}" for i in range(people)],
                        "question": f"q{q:03d}",
                        "option": OPTIONS[drawn],
                        "position": drawn,
                        "age": age,
                        "sex": sex,
                        "ordered": True,
                    }
                )
            )
    return truth, pd.concat(rows, ignore_index=True)


def test_similarity_to_groups_is_corrected_for_their_size(survey):
    truth, respondents = survey
    model = np.random.default_rng(2).dirichlet(np.full(4, 1.5), 80)
    result = demographic_alignment(Population(table("m", model)), respondents, ["age", "sex"], replicates=200)
    found = result.estimates.set_index("group")
    for group, shares in truth.items():
        expected = 1 - jensen_shannon_distance(model, shares).mean()
        assert found.loc[group, "lower"] < expected < found.loc[group, "upper"]
        # Some of the bias stays where few people were asked (see valuestats.similarity.sampling_error).
        plain = abs(found.loc[group, "plug_in"] - expected)
        assert abs(found.loc[group, "estimate"] - expected) < plain < 0.06
    assert found["noise_ceiling"].idxmin() == "old × m"
    assert result.kind == "demographic_alignment"
    assert any("unweighted" in w for w in result.meta["warnings"])


def test_poststratified_groups(survey):
    truth, respondents = survey
    frame = respondents.groupby(["age", "sex"])["respondent"].nunique().rename("count").reset_index()
    some = respondents[respondents["question"] < "q008"]
    result = demographic_alignment(
        Population(table("m", truth["old × f"])), some, ["age", "sex"], cells=frame, replicates=50
    )
    assert result.estimates.set_index("group")["estimate"].idxmax() == "old × f"
    assert "poststratification" in result.meta["specification"]["shares"]


def test_a_model_that_halves_the_groups_differences_is_seen():
    rng = np.random.default_rng(5)
    groups = [f"g{i}" for i in range(6)]
    middle = rng.uniform(0.3, 0.7, 50)
    place = {g: middle + 0.15 * rng.uniform(-1, 1, 50) for g in groups}
    # A share at each end of the scale gives mean m and variance m(1-m): the truth is known in closed form.
    ends = lambda m: np.stack([1 - m, 0 * m, 0 * m, m], axis=1)  # noqa: E731
    half = {g: middle + 0.5 * (m - middle) for g, m in place.items()}
    people = Population(pd.concat([table(g, ends(m)) for g, m in place.items()], ignore_index=True))
    answers = ModelAnswers(
        pd.concat([table("m", ends(m), persona=g) for g, m in half.items()], ignore_index=True)
    )
    rows = homogenisation(answers, people, replicates=300).estimates.set_index("quantity")
    assert rows.loc["between groups", "estimate"] == pytest.approx(0.25)
    p, h = np.array(list(place.values())), np.array(list(half.values()))
    assert rows.loc["within groups", "estimate"] == pytest.approx((h * (1 - h)).sum() / (p * (1 - p)).sum())
    assert rows.loc["between groups", "upper"] < 0.3
    assert rows.loc["within groups", "lower"] > 1


def test_sampling_noise_is_not_taken_for_difference_between_groups():
    # The groups are alike; 60 people each. Without the correction the model would seem to flatten them.
    rng = np.random.default_rng(6)
    p = rng.dirichlet(np.full(4, 2.0), 400)
    seen = {g: rng.multinomial(60, p) / 60 for g in "ABC"}
    model = {g: rng.multinomial(60, p) / 60 for g in "ABC"}
    asked = ModelAnswers(pd.concat([table("m", s, persona=g, n=60.0) for g, s in model.items()]))
    known = homogenisation(
        asked, Population(pd.concat([table(g, s, n=60.0) for g, s in seen.items()])), replicates=0
    )
    rows = known.estimates.set_index("quantity")["estimate"]
    assert rows["within groups"] == pytest.approx(1, abs=0.03)
    assert rows["in all"] == pytest.approx(1, abs=0.03)


def test_one_group_has_no_between():
    asked = ModelAnswers(table("m", [[0.25] * 4], persona="A"))
    with pytest.raises(SpecificationError, match="two groups"):
        homogenisation(asked, Population(table("A", [[0.25] * 4])))


def test_orientations_agree_with_scipy_and_expected_pairs_stand_out():
    rng = np.random.default_rng(7)
    countries = [f"c{i:02d}" for i in range(30)]
    places = pd.DataFrame(
        {"country": countries, "hierarchy": rng.normal(size=30), "harmony": rng.normal(size=30)}
    )
    power = places["hierarchy"] + 0.4 * rng.normal(size=30)
    universalism = places["harmony"] + 0.4 * rng.normal(size=30)
    profiles = pd.concat(
        pd.DataFrame({"model": "m", "country": countries, "value": v, "estimate": x})
        for v, x in (("power", power), ("universalism", universalism))
    )
    result = orientation_correlations(profiles, places, replicates=400)
    rows = result.estimates.set_index(["value", "orientation"])
    assert rows.loc[("power", "hierarchy"), "estimate"] == pytest.approx(
        spearmanr(power, places["hierarchy"]).statistic
    )
    assert rows.loc[("power", "hierarchy"), "expected"]
    assert rows.loc[("expected pairs", "expected pairs"), "lower"] > 0.3
    flat = profiles.assign(estimate=profiles["estimate"].where(profiles["value"] != "power", 1.0))
    constant = orientation_correlations(flat, places, replicates=0).estimates.set_index(
        ["value", "orientation"]
    )
    assert np.isnan(constant.loc[("power", "hierarchy"), "estimate"])
    with pytest.raises(SpecificationError, match="too few"):
        orientation_correlations(profiles[profiles["country"] < "c05"], places)


@pytest.mark.mirror
def test_published_orientations_of_countries_oppose_each_other_as_the_theory_says():
    folder = os.environ.get("VALUESTATS_LOCAL")
    path = Path(folder or "") / "human_values" / "schwartz_cultural_orientations.csv"
    if not folder or not path.is_file():
        pytest.skip("Schwartz's cultural orientations are not at hand (VALUESTATS_LOCAL)")
    names = {
        "embedded": "embeddedness",
        "aff_auton": "affective autonomy",
        "intel_auton": "intellectual autonomy",
    }
    places = pd.read_csv(path).rename(
        columns={"country_long": "country", "egalitar": "egalitarianism", **names}
    )
    places = places.drop(columns=["country_short", "comment"]).drop_duplicates("country")
    # A profile that is the orientation itself, under the name of the value that is expected to go with it.
    profiles = pd.concat(
        pd.DataFrame({"model": "countries", "country": places["country"], "value": v, "estimate": places[o]})
        for v, o in (
            ("conformity", "embeddedness"),
            ("self-direction", "intellectual autonomy"),
            ("power", "hierarchy"),
        )
    )
    rows = orientation_correlations(profiles, places, replicates=200).estimates.set_index(
        ["value", "orientation"]
    )
    assert rows.loc[("conformity", "embeddedness"), "estimate"] == pytest.approx(1)
    assert rows.loc[("conformity", "intellectual autonomy"), "upper"] < -0.5
    assert rows.loc[("power", "egalitarianism"), "upper"] < 0
    assert rows.loc[("expected pairs", "expected pairs"), "lower"] > 0.5
