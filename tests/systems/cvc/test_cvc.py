"""Chinese Value Corpus: agreement beyond chance, what dependence does to a share, and recovery of a known truth."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, optimize, stats
from statsmodels.stats.inter_rater import cohens_kappa

from valuestats import audit_findings, audit_table
from valuestats.auditing.declared import Holds, Sums
from valuestats.base.errors import InputError
from valuestats.systems.cvc.agreement import (
    cvc_agreement,
    cvc_matching,
    cvc_models,
    cvc_positions,
    cvc_shares,
)
from valuestats.systems.cvc.rules import (
    rule_intervals,
    rule_recovery,
    rule_share,
    rules_comparison,
    rules_table,
    rules_truth,
    simulate_rules,
)
from valuestats.systems.published_shares import count_of, dependence_intervals, possible_sizes, share_interval

PUBLISHED = Path(__file__).parents[3] / "analyses" / "cvc" / "published.csv"


def written(tmp_path, joint):
    """Published shares and agreement of two raters with this joint table (counts of 1000)."""
    joint = np.asarray(joint)
    rows = []
    for model, margin in (("m", joint.sum(axis=1)), ("w", joint.sum(axis=0))):
        rows += [("option share", f"{model} | {o}", x / 10, "t") for o, x in zip("ABC", margin, strict=True)]
        rows.append(("matching", f"{model} | {model}", 1.0, "t"))
    rows.append(("matching", "m | w", np.trace(joint) / 1000, "t"))
    path = tmp_path / "published.csv"
    pd.DataFrame(rows, columns=["quantity", "group", "value", "source"]).to_csv(path, index=False)
    return path


def test_kappa_is_cohens(tmp_path):
    joint = [[420, 120, 5], [80, 330, 10], [10, 10, 15]]
    row = cvc_agreement(written(tmp_path, joint)).iloc[0]
    assert row["kappa"] == pytest.approx(cohens_kappa(np.array(joint)).kappa)
    assert row["lower"] < row["kappa"] < row["upper"]
    assert row["possible"]


def test_bounds_of_agreement_are_those_of_all_tables_with_the_margins(tmp_path):
    row = cvc_agreement(written(tmp_path, [[420, 120, 5], [80, 330, 10], [10, 10, 15]])).iloc[0]
    rows, columns = np.array([0.545, 0.42, 0.035]), np.array([0.51, 0.46, 0.03])
    equal = np.zeros((6, 9))
    for i, j in product(range(3), range(3)):
        equal[i, 3 * i + j] = equal[3 + j, 3 * i + j] = 1
    trace = np.eye(3).ravel()
    for sign, column in ((-1, "most"), (1, "least")):
        found = optimize.linprog(sign * trace, A_eq=equal, b_eq=np.r_[rows, columns])
        assert row[column] == pytest.approx(sign * found.fun, abs=0.0015 + 1e-9)


def test_agreement_of_those_who_answered_lies_within_its_bounds(tmp_path):
    """Tables with all ways of sharing the blanks between the two."""
    rng = np.random.default_rng(1)
    for _ in range(30):
        joint = rng.multinomial(1000, rng.dirichlet([8, 3, 0.5, 3, 8, 0.5, 0.5, 0.5, 0.5])).reshape(3, 3)
        row = cvc_agreement(written(tmp_path, joint)).iloc[0]
        both = joint[:2, :2]
        assert row["answered_lower"] <= np.trace(both) / both.sum() <= row["answered_upper"]


def test_the_published_matrix():
    """Facts of the published figure: 136 pairs, mean .789; the two figures fit each other."""
    pairs = cvc_agreement(PUBLISHED)
    assert len(pairs) == 136
    assert pairs["possible"].all()
    assert pairs["matching"].mean() == pytest.approx(0.789, abs=5e-4)
    row = pairs[(pairs["one"] == "Doubao-1.5-32k") & (pairs["two"] == "Doubao-1.5-256k")].iloc[0]
    chance = 0.622 * 0.595 + 0.368 * 0.393 + 0.010 * 0.012
    assert row["kappa"] == pytest.approx((0.89 - chance) / (1 - chance))
    models = cvc_models(pairs)
    assert models["model"].iloc[-1] == "Codestral"
    assert sorted(models["rank_kappa"]) == list(range(1, 18))


def test_audits_of_the_published_tables():
    shares = audit_table(cvc_shares(PUBLISHED), Holds("percent"), row="model", sums=[Sums("columns", 100)])
    matrix = audit_table(cvc_matching(PUBLISHED), Holds("matching"), row="model")
    assert audit_findings(shares).empty
    assert audit_findings(matrix).empty
    assert set(matrix.estimates["check"]) >= {"triangles", "definiteness", "symmetry"}
    rules = audit_table(rules_table(PUBLISHED), {"percent": Holds("percent", n="answers")}, row="who")
    assert audit_findings(rules)["where"].tolist() == ["5 people, percent"]


def test_positions_are_shares_of_a_and_the_needed_number_is_that_of_a_binomial_test():
    table = cvc_positions(PUBLISHED).set_index("model")
    row = table.loc["Claude-3-Sonnet"]
    assert row["first"] == pytest.approx(41.3 / (41.3 + 55.8))
    n = int(row["needed"])
    z = [(row["first"] - 0.5) / np.sqrt(0.25 / m) for m in (n - 1, n)]
    assert abs(z[0]) < 1.959964 <= abs(z[1])


def test_intervals_by_what_is_independent():
    table = rule_intervals(PUBLISHED).set_index(["who", "unit"])
    for unit, n, k in (("every answer", 210, 148), ("repeats copy each other", 42, None)):
        row = table.loc[("7 language models", unit)]
        assert row["n_effective"] == n
        share = 148 / 210
        low = stats.beta.ppf(0.025, share * n, n - share * n + 1)
        high = stats.beta.ppf(0.975, share * n + 1, n - share * n)
        assert [row["lower"], row["upper"]] == pytest.approx([low, high])
        if k:
            exact = stats.binomtest(k, n).proportion_ci(method="exact")
            assert [row["lower"], row["upper"]] == pytest.approx([exact.low, exact.high])
    assert table.loc[("7 language models", "models too: scenes alone"), "design_effect"] == 35
    told = rules_comparison(PUBLISHED, table.reset_index())
    assert set(told["verdict"]) == {"not computable"}
    assert "148 of 210" in told["explanation"].iloc[0]
    assert "no count of 30" in told["explanation"].iloc[1]


def test_sizes_that_a_percentage_can_come_from():
    """Every n and k tried."""
    for percent in (87.5, 70.5, 33.3):
        every = [
            n
            for n in range(5, 101, 5)
            if any(abs(100 * k / n - percent) <= 0.05 + 1e-9 for k in range(n + 1))
        ]
        assert possible_sizes(percent, 1, 5, 100) == every
    assert count_of(70.5, 1, 210) == 148
    with pytest.raises(InputError, match="no count gives"):
        count_of(87.5, 1, 30)
    with pytest.raises(InputError, match="several counts"):
        count_of(50.0, 1, 100000)
    assert share_interval(0.0, 20, 0.95)[0] == 0
    assert len(dependence_intervals(1.0, {"a": 5}, 0.9)) == 1


def test_truth_of_the_simulation_is_its_integral():
    def density(x):
        return stats.norm.pdf(x, 1.0, np.hypot(1.0, 0.8)) / (1 + np.exp(-x))

    assert rules_truth()["share"] == pytest.approx(integrate.quad(density, -15, 17)[0], abs=1e-8)
    assert simulate_rules(studies=400, seed=2)["conforms"].mean() == pytest.approx(
        rules_truth()["share"], abs=0.03
    )


def test_scenes_as_clusters_are_the_jackknifes_t():
    answers = simulate_rules(seed=4)
    found = rule_share(answers).set_index("unit")
    means = answers.groupby("scene")["conforms"].mean()
    reach = stats.t.ppf(0.975, 5) * means.std(ddof=1) / np.sqrt(6)
    assert [found.loc["scenes", "lower"], found.loc["scenes", "upper"]] == pytest.approx(
        [means.mean() - reach, min(1, means.mean() + reach)]
    )
    wilson = stats.binomtest(int(answers["conforms"].sum()), 210).proportion_ci(method="wilson")
    assert [found.loc["answers", "lower"], found.loc["answers", "upper"]] == pytest.approx(
        [wilson.low, wilson.high]
    )


def test_only_the_interval_with_scenes_recovers_the_truth():
    table = rule_recovery(studies=250, seed=5).set_index("unit")
    assert table.loc["answers", "coverage"] < 0.75
    assert abs(table.loc["scenes", "coverage"] - 0.95) < 0.05
    assert table["estimate"].iloc[0] == pytest.approx(table["truth"].iloc[0], abs=0.03)


def test_missing_answers_and_few_scenes():
    answers = simulate_rules(seed=1).astype({"conforms": float})
    answers.loc[:9, "conforms"] = np.nan
    found = rule_share(answers)
    assert found["n_scored"].tolist() == [200, 200]
    assert found["n_asked"].tolist() == [210, 210]
    few = rule_share(answers[answers["scene"] < 3]).set_index("unit")
    assert np.isnan(few.loc["scenes", "lower"])
    with pytest.raises(InputError, match="nothing to take a share of"):
        rule_share(answers.assign(conforms=np.nan))
    with pytest.raises(InputError, match="nothing to take a share of"):
        rule_share(answers.drop(columns="scene"))
