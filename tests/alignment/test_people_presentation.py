"""Every result on groups of people has its sentence, figure, table and verb."""

import numpy as np
import pandas as pd
import pytest

import valuestats
from valuestats.alignment.ceiling import noise_ceiling
from valuestats.alignment.demographic import demographic_alignment, homogenisation
from valuestats.alignment.orientations import orientation_correlations
from valuestats.alignment.poststratification import poststratified_shares
from valuestats.base.registry import load, verbs
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.latent.sampling import Sampling
from valuestats.similarity.representation import opinionqa_measures
from valuestats.similarity.steering import language_effect, steering_effect
from valuestats.similarity.stereotypes import stereotype_check
from valuestats.tables import Population

GROUPS = ("f", "m")
OPTIONS = ("Agree", "Neither agree nor disagree", "Disagree")


def table(group, shares, **columns):
    n = len(shares)
    return pd.DataFrame(
        {
            "group": group,
            "question": np.repeat([f"q{i}" for i in range(n)], 3),
            "option": OPTIONS * n,
            "position": [0, 1, 2] * n,
            "share": np.asarray(shares).ravel(),
            "ordered": True,
            **columns,
        }
    )


@pytest.fixture(scope="module")
def results():
    rng = np.random.default_rng(0)
    shares = lambda: rng.dirichlet(np.ones(3), 12)  # noqa: E731
    people = Population(pd.concat([table(g, shares()) for g in GROUPS]))
    plain = table("<b>m</b>", shares())
    steered = [table("<b>m</b>", shares(), persona=g) for g in GROUPS]
    answers = ModelAnswers(pd.concat([plain.assign(persona=None), *steered]))
    spoken = ModelAnswers(
        pd.concat([plain.assign(language=None), table("<b>m</b>", shares(), language="Welsh")])
    )
    option = rng.integers(0, 3, 720)
    respondents = pd.DataFrame(
        {
            "respondent": np.repeat(np.arange(60), 12),
            "question": np.tile([f"q{i}" for i in range(12)], 60),
            "option": np.array(OPTIONS)[option],
            "position": option,
            "ordered": True,
            "sex": np.repeat(rng.choice(GROUPS, 60), 12),
        }
    )
    cells = pd.DataFrame({"sex": GROUPS, "count": [10, 12]})
    countries = [f"c{i}" for i in range(12)]
    profiles = pd.concat(
        pd.DataFrame({"model": "m", "country": countries, "value": v, "estimate": rng.normal(size=12)})
        for v in ("power", "security")
    )
    places = pd.DataFrame(
        {"country": countries, "hierarchy": rng.normal(size=12), "harmony": rng.normal(size=12)}
    )
    few = {"replicates": 40}
    return {
        "steering_effect": steering_effect(answers, people, **few),
        "language_effect": language_effect(spoken, people, {"f": "Welsh"}, **few),
        "stereotype_check": stereotype_check(answers, people, **few),
        "opinionqa_measures": opinionqa_measures(
            answers, people, topics={f"q{i}": str(i % 3) for i in range(12)}, **few
        ),
        "homogenisation": homogenisation(answers, people, **few),
        "noise_ceiling": noise_ceiling(respondents, ["sex"], splits=5, **few),
        "demographic_alignment": demographic_alignment(answers, respondents, ["sex"], **few),
        "poststratified_shares": poststratified_shares(
            respondents[respondents["question"].isin(["q0", "q1"])],
            ["sex"],
            cells,
            sampling=Sampling(draws=50),
        ),
        "orientation_correlations": orientation_correlations(profiles, places, **few),
    }


NAMES = (
    "steering_effect",
    "language_effect",
    "stereotype_check",
    "opinionqa_measures",
    "homogenisation",
    "noise_ceiling",
    "demographic_alignment",
    "poststratified_shares",
    "orientation_correlations",
)


@pytest.mark.parametrize("name", NAMES)
def test_sentence_figure_table_and_verb(results, name, tmp_path):
    result = results[name]
    text = result.sentence().replace("\u00a0", " ").replace("−", "-")
    row = result.estimates.iloc[0]
    assert text.endswith(".")
    numbers = [f"{abs(v):.2f}" for v in result.estimates["estimate"].dropna()]
    assert any(n in text for n in numbers) or f"{row['level']:.0%} interval" in text
    assert "nan" not in text
    assert result.plot().to_dict()["config"]
    assert callable(load(verbs()[name]))
    assert getattr(valuestats, name).__name__ == name
    back = valuestats.Result.load(result.save(tmp_path / name))
    assert back.sentence() == result.sentence()
    if "model" in result.keys:
        assert result.table().as_raw_html()


def test_replicates_give_contrasts(results):
    found = results["steering_effect"].contrast("group", "f", "m")
    rows = results["steering_effect"].estimates.set_index(["group", "quantity"])["estimate"]
    for quantity, estimate in found.set_index("quantity")["estimate"].items():
        assert estimate == pytest.approx(rows["f", quantity] - rows["m", quantity])
