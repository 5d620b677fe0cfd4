"""Baseline and ceiling are corrected as the similarity is, so that what is compared stands on one scale."""

import numpy as np
import pandas as pd
import pytest

from valuestats import country_similarity
from valuestats.statistics.distances import jensen_shannon_distance
from valuestats.tables import Population

PLACES = [f"o{k}" for k in range(5)]


def table(name, shares, n=None):
    rows = [(name, f"q{q}", o, k, row[k]) for q, row in enumerate(shares) for k, o in enumerate(PLACES)]
    frame = pd.DataFrame(rows, columns=["group", "question", "option", "position", "share"])
    return frame if n is None else frame.assign(n=float(n))


def test_marks_of_samples_are_those_of_the_people_behind_them():
    """400 questions of 30 people: plug-in marks are off by more than five times what corrected ones are."""
    rng, n, questions = np.random.default_rng(0), 30, 400
    true = {c: rng.dirichlet(np.full(5, 3.0), questions) for c in ("A", "B")}
    seen = {c: np.stack([rng.multinomial(n, row) / n for row in rows]) for c, rows in true.items()}
    people = Population(pd.concat([table(c, rows, n) for c, rows in seen.items()]))
    answers = Population(table("m", rng.dirichlet(np.full(5, 3.0), questions)))
    found = country_similarity(answers, people, people_uncertainty="jackknife", replicates=0)
    even = np.full((questions, 5), 0.2)
    other = float((1 - jensen_shannon_distance(true["A"], true["B"])).mean())
    for row in found.estimates.to_dict("records"):
        uniform = float((1 - jensen_shannon_distance(even, true[row["group"]])).mean())
        for mark, truth in (("baseline", uniform), ("ceiling", other)):
            assert abs(row[mark] - truth) < 0.2 * abs(row[f"plug_in_{mark}"] - truth)
            assert row[f"plug_in_{mark}"] < truth


def test_a_model_no_better_than_uniform_answers_does_not_come_out_above_them():
    """Uniform answers of a model against those of the baseline: the same once both are corrected, not before."""
    rng = np.random.default_rng(1)
    people = Population(
        table("A", [rng.multinomial(25, row) / 25 for row in rng.dirichlet(np.full(5, 2.0), 60)], 25)
    )
    answers = Population(table("m", np.full((60, 5), 0.2)))
    row = country_similarity(answers, people, people_uncertainty="jackknife", replicates=200).estimates.iloc[
        0
    ]
    assert row["estimate"] == pytest.approx(row["baseline"], abs=1e-12)
    assert row["plug_in"] == pytest.approx(row["plug_in_baseline"], abs=1e-12)
    assert row["estimate"] > row["plug_in_baseline"] + 0.01


def test_above_one_is_cut_and_said_with_its_interval():
    rng = np.random.default_rng(2)
    shares = rng.multinomial(20, [0.2] * 5, size=6) / 20
    people, answers = Population(table("A", shares, 20)), Population(table("m", shares, 20))
    found = country_similarity(answers, people, people_uncertainty="jackknife", replicates=200)
    row = found.estimates.iloc[0]
    assert row["unclipped"] > 1
    assert row[["estimate", "bound_lower", "bound_upper", "upper"]].tolist() == [1.0] * 4
    assert row["lower"] <= 1
    assert found.replicates().to_numpy().mean() == pytest.approx(1.0, abs=0.02)
    assert any("came out above 1" in w for w in found.meta["warnings"])
    assert "1 estimate above 1 once corrected, and cut there" in found.sentence()


def test_each_models_nearest_country_is_named():
    rng = np.random.default_rng(3)
    people = {c: rng.dirichlet(np.full(5, 2.0), 12) for c in "ABC"}
    answers = Population(
        pd.concat([table("m1", people["A"] * 0.9 + 0.02), table("m2", people["C"] * 0.7 + 0.06)])
    )
    found = country_similarity(
        answers, Population(pd.concat([table(c, p) for c, p in people.items()])), seed=1
    )
    said = found.sentence()
    assert said.startswith("m1 answers most like people in A")
    assert "m2 is nearer to C than to any other group, to " in said
    few = country_similarity(
        Population(table("m1", people["A"][:3])),
        Population(pd.concat([table(c, p[:3]) for c, p in people.items()])),
    )
    assert "not tested: 3 questions a value give no interval" in few.sentence()
    assert "sampling error" not in few.sentence()
