"""The worked example by hand, entropy against people by other libraries, groups of annotators with a known truth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from valuestats.base.errors import InputError, SpecificationError
from valuestats.statistics.multiplicity import adjusted_p
from valuestats.systems.kaleido.comparison import demographic_recovery, kaleido_comparison, tracking_recovery
from valuestats.systems.kaleido.decisions import decision, read_kaleido
from valuestats.systems.kaleido.people import AUC, RANK, demographic_agreement, entropy_tracking
from valuestats.systems.kaleido.simulate import (
    FOLLOWS,
    simulated_annotations,
    simulated_judgements,
    simulated_outputs,
    tracking_truth,
)

HERE = Path(__file__).parents[3] / "analyses" / "kaleido"


def example():
    return read_kaleido(HERE / "readme_example.csv")


def test_the_worked_example_is_reproduced_by_the_rule_and_by_hand():
    rows = example()
    weight = rows["relevant"]
    by_hand = [(weight * rows[v]).sum() / weight.sum() for v in ("supports", "opposes", "either")]
    found = decision(rows).set_index("quantity")["estimate"]
    assert found.tolist()[:3] == pytest.approx(by_hand, abs=1e-12)
    assert found["entropy"] == pytest.approx(stats.entropy(by_hand, base=2), abs=1e-12)
    table = kaleido_comparison(HERE / "published.csv", decision(rows)).set_index("quantity")
    assert (table["verdict"].iloc[:4] == "reproduced").all()
    assert table["verdict"].iloc[4] == "not computable"


def test_the_interval_is_the_jackknifes():
    rows = example()
    n = len(rows)
    point = decision(rows).set_index("quantity").loc["supports"]
    left = []
    for k in range(n):
        part = rows.drop(index=k)
        left.append((part["relevant"] * part["supports"]).sum() / part["relevant"].sum())
    error = np.sqrt((n - 1) / n * ((np.array(left) - point["estimate"]) ** 2).sum())
    assert point["std_error"] == pytest.approx(error)
    assert point["lower"] == pytest.approx(point["estimate"] - stats.t.ppf(0.975, n - 1) * error)


def test_intervals_of_decisions_hold_the_truth():
    """Valences of a Dirichlet distribution, relevance independent of them: the truth is its mean. 300 decisions."""
    rng = np.random.default_rng(0)
    held = []
    for k in range(300):
        v = rng.dirichlet([2.0, 1.0, 1.0], size=12)
        frame = pd.DataFrame(v, columns=["supports", "opposes", "either"]).assign(
            action="a", relevant=rng.uniform(0.5, 1, 12)
        )
        row = decision(frame, replicates=10, seed=k).iloc[0]
        held.append(row["lower"] <= 0.5 <= row["upper"])
    assert np.mean(held) == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / 300) ** 0.5)


def test_one_value_has_no_interval_and_nothing_relevant_no_decision():
    one = decision(example()[:1])
    assert one["lower"].isna().all()
    assert one["std_error"].isna().all()
    assert decision(example().assign(relevant=0.0))["estimate"].isna().all()


@pytest.mark.parametrize(
    ("change", "says", "row"),
    [
        (lambda f: f.assign(relevant="often"), "no probability", 0),
        (lambda f: f.assign(supports=[*f["supports"][:7], 1.5]), "no probability", 7),
        (lambda f: f.assign(either=0.5), "do not sum to 1", 0),
        (lambda f: f.assign(text="x", vrd="Value"), "stands twice", 1),
        (lambda f: f.drop(columns="opposes"), "lacks columns", None),
    ],
)
def test_bad_outputs_are_named(tmp_path, change, says, row):
    file = tmp_path / "outputs.csv"
    change(example()).to_csv(file, index=False)
    with pytest.raises(InputError, match=says) as caught:
        read_kaleido(file)
    assert caught.value.row == row
    with pytest.raises(InputError, match="no such file"):
        read_kaleido(tmp_path / "none.csv")


def test_tracking_agrees_with_scipy_and_scikit_learn():
    outputs, told = (
        simulated_outputs(situations=60, seed=2),
        simulated_judgements(situations=60, people=6, seed=2),
    )
    found = entropy_tracking(outputs, told, replicates=0).set_index("measure")["estimate"]
    most = pd.crosstab(told["situation"], told["judgement"]).max(axis=1).to_numpy()
    x = outputs["entropy"].to_numpy()
    # with two judgements, entropies of six people are ordered as the smaller side is
    assert found[RANK] == pytest.approx(stats.spearmanr(x, -most).statistic)
    assert found[AUC] == pytest.approx(roc_auc_score(most / 6 < 0.75, x))


def test_intervals_of_tracking_hold_the_truth():
    """20 studies of 120 situations; truth with ten people by 400,000 situations, and with all close to the planted one."""
    heard = tracking_truth(10)
    held = {RANK: [], AUC: []}
    for seed in range(20):
        outputs, told = (
            simulated_outputs(situations=120, seed=seed),
            simulated_judgements(situations=120, seed=seed),
        )
        table = entropy_tracking(outputs, told, replicates=200).set_index("measure")
        for name, hits in held.items():
            hits.append(table.loc[name, "lower"] <= heard[name] <= table.loc[name, "upper"])
    for name, hits in held.items():
        assert np.mean(hits) > 0.95 - 3.5 * (0.95 * 0.05 / 20) ** 0.5, name
    assert tracking_truth(situations=50_000)[RANK] == pytest.approx(
        6 / np.pi * np.arcsin(FOLLOWS / 2), abs=0.02
    )
    assert tracking_recovery(table.reset_index(), 10)["holds"].dtype == bool


def test_bad_tracking_is_named():
    outputs, told = simulated_outputs(situations=20), simulated_judgements(situations=20)
    with pytest.raises(InputError, match="column is missing"):
        entropy_tracking(outputs.drop(columns="entropy"), told)
    with pytest.raises(InputError, match="situation twice"):
        entropy_tracking(pd.concat([outputs, outputs[:1]]), told)
    with pytest.raises(SpecificationError, match="too few situations"):
        entropy_tracking(outputs[:3], told)
    with pytest.raises(SpecificationError, match="on all situations, or on none"):
        entropy_tracking(outputs, told.assign(judgement="supports"))


def test_groups_against_welch_and_statsmodels_family():
    frame = simulated_annotations(annotators=60, each=10, seed=1)
    table = demographic_agreement(frame).set_index(["trait", "group"])
    own = frame[frame["trait"] == "gender"].groupby(["group", "annotator"])["agrees"].mean()
    theirs = stats.ttest_ind(own["female"], own["male"], equal_var=False)
    row = table.loc[("gender", "female")]
    assert row["p"] == pytest.approx(theirs.pvalue)
    assert (row["lower"], row["upper"]) == pytest.approx(tuple(theirs.confidence_interval()))
    assert table["p_adjusted"].to_numpy() == pytest.approx(adjusted_p(table["p"].to_numpy(), "holm"))


def test_a_family_of_groups_that_do_not_differ_is_seldom_said_to():
    """25 studies without a difference: any group said to differ in at most 5% of them by Holm; the planted one is found."""
    rng = np.random.default_rng(3)
    found = []
    for _ in range(25):
        n = 80
        trait = pd.DataFrame(
            {"annotator": np.arange(n), "age": rng.integers(4, size=n), "gender": rng.integers(2, size=n)}
        )
        long = trait.melt("annotator", var_name="trait", value_name="group")
        agrees = pd.Series(rng.binomial(20, 0.9, n) / 20)
        frame = long.assign(agrees=(rng.random(len(long)) < 0.9).astype(int))
        frame["agrees"] = frame["annotator"].map((agrees > 0.9).astype(int))
        found.append(bool(demographic_agreement(frame)["differs"].any()))
    assert np.mean(found) < 0.05 + 3 * (0.05 * 0.95 / 25) ** 0.5
    table = demographic_recovery(demographic_agreement(simulated_annotations(seed=4)))
    assert set(table.loc[table["differs"], "trait"]) == {"politics"}
    assert table["holds"].mean() > 0.75


def test_bad_annotations_are_named():
    frame = simulated_annotations(annotators=8, each=2)
    with pytest.raises(InputError, match="neither true nor false"):
        demographic_agreement(frame.assign(agrees="maybe"))
    with pytest.raises(InputError, match="column is missing"):
        demographic_agreement(frame.drop(columns="group"))
    both = pd.concat([frame, frame[:1].assign(group="another")])
    with pytest.raises(InputError, match="two groups"):
        demographic_agreement(both)
    assert demographic_agreement(frame[frame["annotator"] < 2])["p"].isna().all()
