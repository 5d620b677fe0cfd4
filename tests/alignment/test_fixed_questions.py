"""Similarity on the questions that were asked and no others: by plain loops, with its bounds, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from scipy.spatial.distance import jensenshannon

from valuestats import demographic_alignment
from valuestats.base.errors import SpecificationError
from valuestats.tables import Population

OPTIONS = ["a", "b", "c"]


def survey(units=8, people=6, seed=0, groups=("x", "y")):
    rng = np.random.default_rng(seed)
    rows = []
    for g, name in enumerate(groups):
        for u in range(units):
            lean = rng.dirichlet([4.0 + 6 * g, 5.0, 3.0])
            for _ in range(people):
                who, weight = len(rows), rng.uniform(0.5, 2.0)
                rows += [
                    (f"p{who}", q, rng.choice(OPTIONS, p=lean), name, weight, f"{name}{u}")
                    for q in ("q1", "q2")
                ]
    frame = pd.DataFrame(rows, columns=["respondent", "question", "option", "group_", "w", "psu"])
    return frame.assign(position=frame["option"].map({o: k for k, o in enumerate(OPTIONS)}))


def model(n=40.0, seed=1, names=("m",), counts=None):
    rng = np.random.default_rng(seed)
    rows = []
    for name in names:
        for q in ("q1", "q2"):
            own = rng.multinomial(int(n), [0.5, 0.3, 0.2]) if counts is None else counts
            rows += [(name, q, o, k, own[k] / sum(own), n) for k, o in enumerate(OPTIONS)]
    return Population(pd.DataFrame(rows, columns=["group", "question", "option", "position", "share", "n"]))


def similarity(counts, frame):
    """Mean over the questions of 1 less SciPy's distance, from weighted counts."""
    found = []
    for q in ("q1", "q2"):
        part = frame[frame["question"] == q]
        shares = [part.loc[part["option"] == o, "w"].sum() for o in OPTIONS]
        found.append(1 - jensenshannon(counts[q], shares, base=2))
    return np.mean(found)


def furthest_distance(frame, counts, reach):
    """Largest mean distance of shares within so many errors of leaving out units and answers, by SciPy's optimiser."""

    def shares(part, q):
        own = part[part["question"] == q]
        found = np.array([own.loc[own["option"] == o, "w"].sum() for o in OPTIONS])
        return found / found.sum()

    units = sorted(frame["psu"].unique())
    people, without, answers = {}, {}, {}
    for q in ("q1", "q2"):
        less = np.array([shares(frame[frame["psu"] != u], q) for u in units])
        people[q], without[q] = shares(frame, q), np.sqrt(1 - 1 / len(units)) * (less - less.mean(axis=0))
        own = counts[q] / counts[q].sum()
        answers[q] = own, np.sqrt(own / (counts[q].sum() - 1))[:, None] * (np.eye(3) - own)

    def less_distance(c):
        found = []
        for k, q in enumerate(("q1", "q2")):
            said = answers[q][0] + c[len(units) + 3 * k : len(units) + 3 * k + 3] @ answers[q][1]
            found.append(jensenshannon(said, people[q] + c[: len(units)] @ without[q], base=2))
        return -np.mean(found)

    rng, best = np.random.default_rng(0), 0.0
    for _ in range(6):
        start = rng.normal(size=len(units) + 6)
        result = optimize.minimize(
            less_distance,
            reach * start / np.linalg.norm(start),
            method="SLSQP",
            constraints={"type": "ineq", "fun": lambda c: reach**2 - c @ c},
        )
        best = max(best, -result.fun)
    return best


def test_it_is_the_jackknife_of_units_and_of_answers_in_plain_loops():
    people, answers = survey(groups=("x",)), model()
    table = answers.frame.assign(count=lambda t: (t["share"] * t["n"]).round())
    counts = {q: part["count"].to_numpy() for q, part in table.groupby("question")}
    whole = similarity(counts, people)
    units = sorted(people["psu"].unique())
    without = np.array([similarity(counts, people[people["psu"] != u]) for u in units])
    n = len(units)
    bias, of_people = (
        (n - 1) * (without.mean() - whole),
        (n - 1) / n * ((without - without.mean()) ** 2).sum(),
    )
    of_answers, spread = 0.0, 0.0
    for q, own in counts.items():
        every = []
        for k in range(3):
            less = {**counts, q: own - np.eye(3)[k]}
            every += [similarity(less, people)] * int(own[k])
        every = np.array(every)
        m = len(every)
        bias += (m - 1) * (every.mean() - whole)
        v = (m - 1) / m * ((every - every.mean()) ** 2).sum()
        of_answers, spread = of_answers + v, spread + v**2 / (m - 1)
    error = np.sqrt(of_people + of_answers)
    df = error**4 / (of_people**2 / (n - 1) + spread)
    reach = stats.t.ppf(0.975, df) * error
    found = demographic_alignment(
        answers, people, ["group_"], weight="w", questions="fixed", replicates=4000, seed=1
    )
    row = found.estimates.iloc[0]
    assert row["unclipped"] == pytest.approx(whole - bias, abs=1e-9)
    assert row["std_error"] == pytest.approx(error, abs=1e-9)
    assert row["upper"] == pytest.approx(min(whole - 2 * bias + reach, 1), abs=1e-9)
    most = furthest_distance(people, counts, stats.t.ppf(0.975, df))
    assert row["lower"] == pytest.approx(
        min(whole - bias - reach, 1 - most - bias * (1 - whole) / most), abs=2e-4
    )
    assert row["estimand"] == "similarity on these questions"
    assert row["n_units"] == n
    drawn = found.replicates().to_numpy().ravel()
    share = stats.norm.cdf(reach / error)
    ends = row["lower"], whole - 2 * bias + reach
    assert np.quantile(drawn, [1 - share, share]) == pytest.approx(ends, abs=0.15 * error)
    assert np.median(drawn) == pytest.approx(min(whole - bias, 1), abs=0.1 * error)


def test_nearest_groups_ranks_and_words():
    found = demographic_alignment(
        model(names=("m", "k")), survey(), ["group_"], weight="w", questions="fixed", replicates=500, seed=1
    )
    said = found.sentence()
    assert "he intervals leave out sampling units and answers, and are of these questions alone" in said
    told = found.contrasts("group")["differs"].astype(bool).any()
    assert ("is nearer to" in said) == told
    assert "not tested" not in said
    assert found.meta["specification"]["questions"] == "fixed"
    ranks = found.rank("group")
    assert ranks.groupby("model")["probability_first"].sum().tolist() == pytest.approx([1.0, 1.0])
    assert found.contrasts("group")["differs"].notna().all()
    sampled = demographic_alignment(model(), survey(), ["group_"], weight="w", replicates=500, seed=1)
    assert sampled.estimates["lower"].isna().all()
    assert "not tested: 2 questions a value give no interval" in sampled.sentence()
    assert "intervals hold" not in sampled.sentence()


def test_above_one_is_cut_and_said():
    people = survey(units=10, people=4, seed=3, groups=("x",))
    shares = people[people["question"] == "q1"].groupby("option")["w"].sum().reindex(OPTIONS).to_numpy()
    same = np.round(40 * shares / shares.sum())
    found = demographic_alignment(
        model(n=float(same.sum()), counts=same),
        people,
        ["group_"],
        weight="w",
        questions="fixed",
        replicates=100,
        seed=1,
    )
    row = found.estimates.iloc[0]
    assert row["unclipped"] > 1
    assert row["estimate"] == row["upper"] == 1.0
    assert row["lower"] < 1
    assert any("came out above 1" in w for w in found.meta["warnings"])
    assert "1 estimate above 1 once corrected, and cut there" in found.sentence()


def test_what_is_not_told_from_the_same_shares_reaches_to_one(monkeypatch):
    def upper_end():
        return (
            demographic_alignment(
                model(n=30.0, counts=np.array([19.0, 4.0, 7.0])),
                survey(units=9, people=12, seed=2, groups=("x",)),
                ["group_"],
                weight="w",
                questions="fixed",
                replicates=100,
                seed=1,
            )
            .estimates["upper"]
            .iloc[0]
        )

    assert upper_end() < 1
    for probability, reaches in ((0.0249, False), (0.0251, True)):
        monkeypatch.setattr("valuestats.alignment.fixed_questions.may_be_same", lambda *_, p=probability: p)
        assert bool(upper_end() == 1) is reaches


def test_few_units_unknown_answers_and_no_units():
    few = demographic_alignment(
        model(), survey(units=3), ["group_"], questions="fixed", replicates=100, seed=1
    )
    assert few.estimates[["lower", "upper"]].isna().all().all()
    assert set(few.estimates["interval"]) == {"none"}
    assert any("fewer than 4 sampling units: no interval" in w for w in few.meta["warnings"])
    exact = Population(model().frame.drop(columns="n"))
    known = demographic_alignment(exact, survey(), ["group_"], questions="fixed", replicates=100, seed=1)
    assert any("is not known: taken as exact" in w for w in known.meta["warnings"])
    counted = demographic_alignment(model(), survey(), ["group_"], questions="fixed", replicates=100, seed=1)
    assert (known.estimates["std_error"] < counted.estimates["std_error"]).all()
    alone = demographic_alignment(
        model(), survey().drop(columns="psu"), ["group_"], questions="fixed", replicates=100, seed=1
    )
    assert alone.estimates["n_units"].tolist() == [48, 48]
    assert "respondents and answers" in alone.sentence()


@pytest.mark.parametrize(
    "arguments", [{"replicates": 0}, {"measure": "top_choice"}, {"people_uncertainty": "none"}]
)
def test_what_can_not_be_left_out_is_refused(arguments):
    with pytest.raises(SpecificationError, match="fixed questions"):
        demographic_alignment(
            model(), survey(), ["group_"], questions="fixed", **{"replicates": 100, "seed": 1, **arguments}
        )
