"""Probes, directions, shifts: against scikit-learn and closed forms, planted directions, leaks, bad input."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from valuestats import Activations, linear_probe, minimal_shift, value_directions
from valuestats.activations.directions import platt
from valuestats.activations.logistic import mean_difference, ridge_logistic, spanned
from valuestats.activations.probes import group_folds, permuted
from valuestats.activations.rows import labelled
from valuestats.activations.simulate import RowTruth, simulate_rows, true_accuracy
from valuestats.base.errors import InputError, SpecificationError


def rows(seed=1, **more):
    truth = RowTruth(**{"layers": 2, "groups": 40, "width": 60, **more})
    return simulate_rows(truth, np.random.default_rng(seed))


def y_of(table):
    return (table["label"] == "with").to_numpy(dtype=float)


@pytest.mark.parametrize("shape", [(50, 200), (200, 30)])
@pytest.mark.parametrize("c", [0.01, 1.0, 100.0])
def test_ridge_logistic_is_scikit_learns_in_any_number_of_dimensions(shape, c):
    rng = np.random.default_rng(2)
    x = rng.normal(size=shape) * rng.lognormal(size=shape[1]) + 3
    y = (x[:, 0] - 3 + rng.logistic(size=len(x)) > 0.5).astype(float)
    theirs = LogisticRegression(C=c, tol=1e-10, max_iter=100_000).fit(x, y)
    own = spanned(x)
    beta, intercept = ridge_logistic(own.z, y, 1 / c)
    w = own.basis @ beta
    assert w == pytest.approx(theirs.coef_[0], abs=1e-4 * np.abs(theirs.coef_).max())
    scores = x @ w + intercept - own.centre @ w
    assert scores == pytest.approx(theirs.decision_function(x), rel=5e-4, abs=5e-4)  # theirs stops sooner


def test_weights_are_repeated_rows():
    rng = np.random.default_rng(3)
    z, y = rng.normal(size=(30, 5)), rng.integers(0, 2, 30).astype(float)
    times = rng.integers(1, 4, 30)
    for fit in (lambda *a: ridge_logistic(*a), lambda z, y, _, w=None: mean_difference(z, y, w)):
        one = fit(z, y, 0.5, times.astype(float))
        two = fit(np.repeat(z, times, axis=0), np.repeat(y, times), 0.5)
        assert one[0] == pytest.approx(two[0], abs=1e-6)
        assert one[1] == pytest.approx(two[1], abs=1e-6)


def test_accuracy_is_that_of_a_loop_of_scikit_learn_over_the_same_folds():
    data, _ = rows()
    found = linear_probe(data, permutations=0, seed=4).estimates
    known = labelled(data, "label", "group")
    parts = group_folds(known, 5, np.random.default_rng(4))
    x, y = data.layer(1), known.y
    score = np.empty(len(y))
    for part in parts:
        score[part] = (
            LogisticRegression(tol=1e-10, max_iter=100_000).fit(x[~part], y[~part]).decision_function(x[part])
        )
    assert found["estimate"].iloc[1] == pytest.approx(((score > 0) == (y == 1)).mean())
    assert found["auc"].iloc[1] == pytest.approx(roc_auc_score(y, score), abs=1e-9)
    assert sum(part.sum() for part in parts) == len(y)
    for part in parts:
        assert not set(known.member[part]) & set(known.member[~part])


def test_the_published_split_is_scikit_learns():
    data, _ = rows()
    found = linear_probe(data, compat="published", permutations=0).estimates
    x, y = data.layer(1), y_of(data.table)
    order = np.concatenate(
        [np.flatnonzero(y == 1), np.flatnonzero(y == 0)]
    )  # np.vstack((positive, negative))
    parts = train_test_split(x[order], y[order], random_state=0, train_size=0.7)
    theirs = LogisticRegression(tol=1e-10, max_iter=100_000).fit(parts[0], parts[2])
    # y here is "with"; the probe's positive label is the last in order, which is "with" too
    assert found["estimate"].iloc[1] == pytest.approx(theirs.score(parts[1], parts[3]))
    assert found["n_scored"].iloc[0] == len(parts[3])


def test_what_groups_share_leaks_through_rows_in_both_directions_and_not_through_groups():
    """Nothing planted: the truth is one half."""
    pairs, _ = rows(strength=0.0, groups=60, context=2.0)
    alike, _ = rows(strength=0.0, groups=60, rows=4, pairs=False, context=2.0)
    for data, sign in ((pairs, -1), (alike, 1)):
        split = linear_probe(data, split="rows", permutations=0)
        whole = linear_probe(data, permutations=19)
        leaked = split.estimates["estimate"] - 0.5
        assert (sign * leaked > 0.08).all()
        assert (whole.estimates["estimate"] - 0.5).abs().max() < 0.12
        assert whole.verdict.sign == "none"
        assert "No layer is read better" in whole.sentence()
        care = {r.aspect for r in split.verdict.reasons if r.sign == "care"}
        assert "leak" in care  # planted: the split, and nothing else beside the permutations left out
        assert care == {"leak", "permuted"}


def test_permuted_labels_keep_the_design():
    known = labelled(rows()[0], "label", "group")
    rng = np.random.default_rng(0)
    seen = np.array([permuted(known, rng) for _ in range(200)])
    assert (np.add.reduceat(seen, np.arange(0, 80, 2), axis=1) == 1).all()  # one of each pair
    assert seen.mean(axis=0) == pytest.approx(np.full(80, 0.5), abs=0.15)
    alike = labelled(rows(rows=3, pairs=False)[0], "label", "group")
    seen = np.array([permuted(alike, rng) for _ in range(50)])
    assert (seen[:, ::3] == seen[:, 1::3]).all()
    assert (seen.sum(axis=1) == alike.y.sum()).all()


def test_a_planted_direction_is_found_and_its_cosine_known_without_it():
    cosines = {"mean": [], "logistic": []}
    for seed in range(5):
        data, direction = rows(seed, groups=60, width=150, layers=1, strength=4.0)
        for method in cosines:
            found = value_directions(data, method=method, splits=10)
            true = float(found.units[0] @ direction[0])
            cosines[method].append((found.result.estimates["estimate"].iloc[0], true))
    mean = np.mean(cosines["mean"], axis=0)
    assert mean[0] == pytest.approx(mean[1], abs=0.03)
    assert np.mean(cosines["logistic"], axis=0)[1] > 0.6


def test_mean_directions_are_differences_of_means_and_probes_are_scikit_learns():
    data, _ = rows()
    x, y = data.layer(1), y_of(data.table)
    found = value_directions(data, method="mean", splits=2)
    assert found.weights[1] == pytest.approx(x[y == 1].mean(axis=0) - x[y == 0].mean(axis=0), abs=1e-9)
    probe = value_directions(data, penalty=2.0, splits=2)
    theirs = LogisticRegression(C=0.5, tol=1e-10, max_iter=100_000).fit(x, y)
    assert probe.weights[1] == pytest.approx(theirs.coef_[0], abs=1e-5)
    assert probe.intercepts[1] == pytest.approx(theirs.intercept_[0], abs=1e-5)


def test_platt_is_statsmodels_binomial_with_his_targets():
    rng = np.random.default_rng(5)
    score = rng.normal(size=60)
    y = (score + rng.logistic(size=60) > 0).astype(float)
    target = np.where(y == 1, (y.sum() + 1) / (y.sum() + 2), 1 / ((1 - y).sum() + 2))
    theirs = sm.GLM(target, sm.add_constant(score), family=sm.families.Binomial()).fit()
    assert platt(score, y) == pytest.approx(theirs.params, abs=1e-5)


def test_the_shift_is_the_smallest_that_reaches_the_target():
    data, _ = rows(strength=5.0)
    found = value_directions(data, splits=2)
    x, w, b = data.layer(1), found.weights[1], found.intercepts[1]
    length = np.linalg.norm(w)
    for compat, alpha, beta in (("published", 0.0, 1.0), (None, *found.calibration[1])):
        moved = minimal_shift(data, found, target=0.9, layers=["1"], compat=compat)
        epsilon = moved["shift"].to_numpy()
        before = expit(alpha + beta * (x @ w + b))
        after = expit(alpha + beta * ((x + epsilon[:, None] * w / length) @ w + b))
        assert after == pytest.approx(np.maximum(before, 0.9), abs=1e-9)
        assert (epsilon[before > 0.9] == 0).all()
        # Jin et al.'s released formula, (logit p0 - b - w.e) / |w|, and only upward
        if compat:
            assert epsilon == pytest.approx(np.maximum((logit(0.9) - b - x @ w) / length, 0), abs=1e-9)
    gated = Activations(data.values, data.table.assign(asks=np.arange(80) < 10), data.layers)
    part = minimal_shift(gated, found, layers=["1"], gate="asks")
    assert (part.loc[part["gated"], "shift"] == 0).all()
    assert part["gated"].sum() == 70


def test_true_accuracy_is_that_of_many_new_rows():
    truth = RowTruth(layers=1, groups=4000, width=20, strength=2.0)
    rng = np.random.default_rng(6)
    data, direction = simulate_rows(truth, rng)
    w, b = rng.normal(size=(1, 20)) * 0.2 + direction, np.array([0.3])
    right = ((data.layer(0) @ w[0] + b[0]) > 0) == (y_of(data.table) == 1)
    assert true_accuracy(truth, w, b, direction)[0] == pytest.approx(right.mean(), abs=0.02)


def test_bad_input_is_refused_by_name():
    data, _ = rows()
    table = data.table
    with pytest.raises(InputError, match="another shape than the table") as caught:
        Activations(data.values[:, :70], table)
    assert (caught.value.parameter, caught.value.got) == ("values", "70 rows of activations")
    with pytest.raises(InputError, match="a name for each layer"):
        Activations(data.values, table, ["a"])
    with pytest.raises(InputError, match="no activations"):
        Activations(np.zeros(5), table)

    def probe(values=data.values, **columns):
        return linear_probe(Activations(values, table.assign(**columns)), permutations=0)

    with pytest.raises(SpecificationError, match="constant labels") as caught:
        probe(label="with")
    assert caught.value.parameter == "label"
    with pytest.raises(SpecificationError, match="two labels apart"):
        probe(label=np.arange(80) % 3)
    with pytest.raises(SpecificationError, match="too few groups") as caught:
        probe(group="one")
    assert (caught.value.parameter, caught.value.got) == ("group", "1 group")
    with pytest.raises(InputError, match="a row without a label") as caught:
        probe(label=[None, *table["label"][1:]])
    assert caught.value.row == 0
    with pytest.raises(SpecificationError, match="a label that one group alone has"):
        probe(label=(table["group"] == "g001").to_numpy())
    broken = data.values.copy()
    broken[1, 7, 3] = np.nan
    with pytest.raises(InputError, match="no finite number") as caught:
        probe(broken)
    assert (caught.value.row, caught.value.parameter) == (7, "layer 1")


def test_a_label_that_leaks_is_refused_by_name():
    data, _ = rows()
    twice = data.values.copy()
    twice[1, 9] = twice[1, 2]
    with pytest.raises(SpecificationError, match="two groups share a vector") as caught:
        linear_probe(Activations(twice, data.table))
    assert "rows 2 and 9 are the same in layer 1, of the groups g002 and g005" in caught.value.got
    told = data.values.copy()
    told[0, :, 5] = y_of(data.table)
    with pytest.raises(SpecificationError, match="a dimension of the activations is the label") as caught:
        value_directions(Activations(told, data.table))
    assert "dimension 5 of layer 0" in caught.value.got


def test_shifts_refuse_other_activations_and_directions_that_fall():
    data, _ = rows()
    found = value_directions(data, splits=2)
    with pytest.raises(InputError, match="another shape than the directions"):
        minimal_shift(rows(width=50)[0], found)
    with pytest.raises(SpecificationError, match="no such layer"):
        minimal_shift(data, found, layers=["7"])
    with pytest.raises(InputError, match="a gate is true or false"):
        minimal_shift(data, found, gate="label")
    turned = Activations(data.values, data.table, data.layers)
    falls = type(found)(found.weights, found.intercepts, -found.calibration, found.layers, found.result)
    with pytest.raises(SpecificationError, match="does not rise"):
        minimal_shift(turned, falls, layers=["1"])


def test_few_groups_are_said():
    few, _ = rows(groups=12, strength=6.0)
    found = linear_probe(few, permutations=19)
    assert ("units", "care") in {(r.aspect, r.sign) for r in found.verdict.reasons}
    assert (found.estimates["interval"] == "cluster jackknife, Student's t").all()
    weak = value_directions(rows(groups=12, strength=1.0, width=400)[0], splits=4).result
    assert (
        "stability" in {r.aspect for r in weak.verdict.reasons if r.sign == "care"}
        or weak.verdict.sign == "none"
    )


def test_sentences_and_figures():
    data, _ = rows(strength=6.0)
    found = linear_probe(data, permutations=19)
    assert "Layer 1 is read best" in found.sentence()
    assert pd.isna(found.estimates["p_value"]).sum() == 0
    found.plot().to_dict()
    directions = value_directions(data, splits=3).result
    assert "most stable" in directions.sentence()
    directions.plot().to_dict()


def test_too_few_groups_or_permutations_are_not_tested():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"label": [1, 0] * 4, "group": np.repeat(np.arange(4), 2)})
    x = rng.normal(size=(8, 3)) + 5 * table["label"].to_numpy()[:, None]
    few = linear_probe(Activations(x, table), permutations=199, folds=4)
    assert few.estimates["p_least"].iloc[0] == pytest.approx(
        2 / 2**4
    )  # pairs swapped, and all of them turned
    assert few.verdict.sign == "untested"
    assert few.sentence().startswith("Not tested: with 4 groups and 199 permutations")
    data, _ = rows()
    short = linear_probe(data, permutations=9)
    assert set(short.verdict.rows["sign"]) == {"untested"}  # p = .1 at the least
    assert "untested" not in set(linear_probe(data, permutations=39).verdict.rows["sign"])
