"""Conditions as a mixed logit: SciPy's quadrature, statsmodels' conditional logit, and levels that differ by condition."""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special
from statsmodels.discrete.conditional_models import ConditionalLogit
from statsmodels.tools.sm_exceptions import ModelWarning

from valuestats import paired_contrast
from valuestats.base.errors import InputError, SpecificationError


def asked(seed, n=200, effect=0.8, spread=1.5, steps=(1, 2, 3), size=1, skewed=False, per_step=0.6):
    """Items with a level of their own; where `skewed`, late steps are asked under the condition more often."""
    rng = np.random.default_rng(seed)
    own, parts = spread * rng.normal(size=n), []
    for condition, shift in (("plain", 0.0), ("steered", effect)):
        for number, step in enumerate(steps):
            late = number / max(len(steps) - 1, 1)
            share = 1.0 if not skewed else late if condition == "steered" else 1 - late
            kept = rng.random(n) < share
            chance = special.expit(-0.2 + shift + per_step * number + own)
            frame = pd.DataFrame({"item": range(n), "condition": condition, "step": step})
            parts.append(frame.assign(value=(rng.random(n) < chance).astype(float))[kept])
    return pd.concat(parts, ignore_index=True).assign(cluster=lambda f: f["item"] // size)


def columns(frame, held):
    x = [np.ones(len(frame)), (frame["condition"] == "steered").to_numpy(dtype=float)]
    x += [(frame[c] == v).to_numpy(dtype=float) for c in held for v in sorted(frame[c].unique())[1:]]
    return np.column_stack(x)


def by_quadrature(frame, held):
    """SciPy's maximum of the likelihood over 80 Gauss-Hermite nodes, and the sandwich of the clusters' scores."""
    node, weight = np.polynomial.hermite_e.hermegauss(80)
    x, sign = columns(frame, held), np.where(frame["value"] > 0, 1.0, -1.0)
    item = pd.factorize(frame["item"])[0]
    cluster = frame.groupby(item)["cluster"].first().to_numpy()

    def each(theta):
        log = special.log_expit(sign[:, None] * ((x @ theta[:-1])[:, None] + theta[-1] * node))
        unit = np.zeros((item.max() + 1, len(node)))
        np.add.at(unit, item, log)
        return special.logsumexp(unit, b=weight / weight.sum(), axis=1)

    found = optimize.minimize(
        lambda t: -each(t).sum(), np.r_[np.zeros(x.shape[1]), 1.0], method="BFGS", tol=1e-7
    )
    step = 1e-4 * np.eye(len(found.x))
    scores = np.stack([(each(found.x + h) - each(found.x - h)) / 2e-4 for h in step], axis=1)

    def curved(a, b):
        far = [each(found.x + i * a + j * b).sum() for i, j in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
        return (far[0] - far[1] - far[2] + far[3]) / -4e-8

    bread = np.array([[curved(a, b) for b in step] for a in step])
    added = pd.DataFrame(scores).groupby(cluster).sum().to_numpy()
    inverse, groups = np.linalg.inv(bread), len(added)
    covariance = inverse @ (added.T @ added) @ inverse * groups / (groups - 1)

    def adjusted(theta):
        one, two = x.copy(), x.copy()
        one[:, 1], two[:, 1] = 1.0, 0.0
        chance = [special.expit((z @ theta[:-1])[:, None] + theta[-1] * node) for z in (one, two)]
        return float(((chance[0] - chance[1]) @ (weight / weight.sum())).mean())

    slope = optimize.approx_fprime(found.x, adjusted, 1e-5)
    return found.x, covariance, adjusted(found.x), float(np.sqrt(slope @ covariance @ slope))


@pytest.mark.parametrize(("size", "held"), [(1, []), (1, ["step"]), (4, ["step"])])
def test_the_mixed_logit_is_that_of_gauss_hermite_quadrature(size, held):
    from scipy import stats

    frame = asked(1, n=120, size=size, skewed=True)
    found = paired_contrast(frame, against="plain", mixed=held, replicates=0)
    theta, covariance, adjusted, error = by_quadrature(frame, held)
    row = found.estimates.iloc[0]
    ours = np.array(list(found.meta["mixed"]["all"].values()))
    assert ours == pytest.approx(np.r_[theta[:-1], abs(theta[-1])], abs=4e-3)
    assert row["log_odds"] == pytest.approx(theta[1], abs=4e-3)
    assert row["log_odds_error"] == pytest.approx(np.sqrt(covariance[1, 1]), rel=0.01)
    assert row["adjusted"] == pytest.approx(adjusted, abs=1e-3)
    reach = stats.t.ppf(0.975, row["n_units"] - 1) * error
    assert (row["adjusted_lower"], row["adjusted_upper"]) == pytest.approx(
        (adjusted - reach, adjusted + reach), abs=2e-3
    )


def test_of_many_pairs_it_is_the_conditional_logit_of_statsmodels():
    """Conditioning on each item's sum needs no distribution of items: equal in the limit where items are normal."""
    frame = asked(2, n=3000, steps=(1, 2), size=1)
    row = paired_contrast(frame, against="plain", mixed=["step"], replicates=0).estimates.iloc[0]
    x = columns(frame, ["step"])[:, 1:]
    with pytest.warns(ModelWarning, match="no within-group variance"):
        model = ConditionalLogit(frame["value"].to_numpy(), x, groups=frame["item"].to_numpy())
    theirs = model.fit(disp=False)
    assert row["log_odds"] == pytest.approx(theirs.params[0], abs=0.4 * theirs.bse[0])
    assert row["log_odds_error"] == pytest.approx(theirs.bse[0], rel=0.08)
    assert row["spread"] == pytest.approx(1.5, abs=0.15)


def raised(frame, **options):
    found = paired_contrast(frame, against="plain", limits=(0, 1), replicates=200, mixed=["step"], **options)
    return {(r.aspect, r.sign) for r in found.verdict.reasons if r.sign != "sound"}


def test_steps_that_differ_by_condition_are_told_and_others_not():
    """Planted: late steps, where yes is likelier, under the condition only; nothing else is raised, by the clean none."""
    assert raised(asked(3, skewed=True, per_step=1.2)) == {("held", "care")}
    clean = [raised(asked(k, effect=1.2)) for k in range(10)]
    assert clean == [set()] * 10


def test_the_sentence_and_the_figure_say_both():
    found = paired_contrast(
        asked(3, skewed=True, per_step=1.2), against="plain", mixed=["step"], replicates=200
    )
    assert "mixed logit with step held alike gives steered +" in found.sentence()
    series = {
        d["series"] for data in found.plot().to_dict()["datasets"].values() for d in data if "series" in d
    }
    assert series == {"as asked", "step held alike (mixed logit)"}
    assert "log odds" not in paired_contrast(asked(3), against="plain", replicates=200).sentence()


def test_what_has_no_finite_estimate_is_null_and_said():
    always = asked(4, n=40, steps=(1,))
    always.loc[always["condition"] == "steered", "value"] = 1.0
    found = paired_contrast(always, against="plain", mixed=[], replicates=0)
    assert np.isnan(found.estimates["log_odds"].iloc[0])
    assert any(w.startswith("no mixed logit: ") for w in found.meta["warnings"])
    apart = asked(5, n=40, steps=(1, 2))
    apart = apart[(apart["condition"] == "steered") == (apart["step"] == 2)]
    found = paired_contrast(apart, against="plain", mixed=["step"], replicates=0)
    assert "no mixed logit: what is held can't be told from the conditions" in found.meta["warnings"]
    few = paired_contrast(asked(6, n=2), against="plain", mixed=["step"], replicates=0)
    assert any("fewer units" in w for w in few.meta["warnings"])


def test_a_level_where_all_say_yes_counts_as_unchanged():
    """Its rows leave the log odds as they are, and draw the difference of chances to 0 by their share."""
    frame = asked(7, n=100, steps=(1, 2))
    sure = frame[frame["step"] == 2].assign(step=3, value=1.0)
    plain, more = (
        paired_contrast(f, against="plain", mixed=["step"], replicates=0).estimates.iloc[0]
        for f in (frame, pd.concat([frame, sure], ignore_index=True))
    )
    assert more["log_odds"] == pytest.approx(plain["log_odds"], abs=1e-9)
    assert more["adjusted"] == pytest.approx(plain["adjusted"] * 2 / 3, abs=1e-9)


def test_groups_are_fitted_one_by_one():
    both = pd.concat([asked(k, n=80).assign(model=f"m{k}") for k in (1, 2)])
    found = paired_contrast(both, against="plain", by="model", mixed=[], replicates=0).estimates
    for k in (1, 2):
        alone = paired_contrast(asked(k, n=80), against="plain", mixed=[], replicates=0).estimates.iloc[0]
        assert found.set_index("model").loc[f"m{k}", "log_odds"] == pytest.approx(alone["log_odds"], abs=1e-9)


@pytest.mark.parametrize("held", [["nothing"], ["condition"], ["item"]])
def test_columns_that_can_not_be_held_are_refused(held):
    with pytest.raises(SpecificationError, match="no such column to hold"):
        paired_contrast(asked(1, n=10), against="plain", mixed=held)


def test_other_outcomes_and_nulls_are_refused():
    frame = asked(1, n=10)
    with pytest.raises(SpecificationError, match="1 or 0") as refused:
        paired_contrast(frame.assign(value=frame["value"] + 0.5), against="plain", mixed=[])
    assert "0.5" in str(refused.value) or "1.5" in str(refused.value)
    with pytest.raises(InputError, match="held alike"):
        paired_contrast(
            frame.assign(step=frame["step"].astype(float).mask(frame.index == 3)),
            against="plain",
            mixed=["step"],
        )


def test_changed_is_matched_to_what_repeats_change():
    """By hand: repeats 0, 1 of plain and 1, 1 of steered: half of four pairs differ, and the one pair of plain."""
    frame = pd.DataFrame({"item": 1, "condition": ["plain"] * 2 + ["steered"] * 2, "value": [0, 1, 1, 1]})
    row = paired_contrast(frame, against="plain", replicates=0).estimates.iloc[0]
    assert (row["changed"], row["changed_by_repeat"]) == (0.5, 1.0)
    lone = pd.concat([frame, pd.DataFrame({"item": 2, "condition": "plain", "value": [0, 0]})])
    assert paired_contrast(lone, against="plain", replicates=0).estimates["changed_by_repeat"].iloc[0] == 1.0
