"""Refusal rates: lme4, exact posteriors, degenerate tables, and a simulated truth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import integrate
from scipy.special import expit

import valuestats as vs
from valuestats.base.errors import InputError, SpecificationError
from valuestats.latent.gate import Gate
from valuestats.latent.likelihoods.rates import MultilevelRates, RateChains, multilevel_rates
from valuestats.latent.sampling import Sampling
from valuestats.missing.levels import ALL
from valuestats.missing.refusal_rates import refusal_rates
from valuestats.missing.refusal_report import judge_rates, spread_row
from valuestats.missing.simulate import refusal_truth, simulate_refusals
from valuestats.results.result import Result

R = Path(__file__).parents[1] / "r"


def table(events, trials, **columns):
    frame = pd.DataFrame(columns)
    parts = [
        frame.assign(status="refusal", count=np.asarray(events)),
        frame.assign(status="valid", count=np.asarray(trials) - np.asarray(events)),
    ]
    return pd.concat(parts).query("count > 0")


def test_point_estimates_near_lme4():
    """Posterior medians under weak priors against maximum likelihood: near, not equal.

    A posterior median of a standard deviation lies above its maximum-likelihood value, the more the fewer levels (200
    items 5%, 12 models 15%, 5 topics 40%); rates against lme4's prediction, item effects integrated out, within 2 points.
    """
    d = pd.read_csv(R / "refusals_input.csv")
    lme4 = pd.read_csv(R / "refusals.csv", comment="#", keep_default_na=False).set_index(["what", "level"])[
        "value"
    ]
    found = refusal_rates(
        table(d["events"], d["trials"], model=d["model"], topic=d["topic"], item=d["item"]),
        ["model", "topic"],
        clusters=["item"],
        seed=1,
    )
    sd = {r["effect"]: r["estimate"] for r in found.meta["spreads"]}
    assert sd["item"] == pytest.approx(lme4["sd", "item"], rel=0.05)
    assert sd["model"] == pytest.approx(lme4["sd", "model"], rel=0.15)
    assert sd["topic"] == pytest.approx(lme4["sd", "topic"], rel=0.4)
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    weights /= weights.sum()
    spread = np.hypot(lme4["sd", "item"], lme4["sd", "model:topic"])
    rows = found.estimates[found.estimates["topic"] == ALL].set_index("model")["estimate"]
    for model in d["model"].unique():
        eta = lme4["intercept", ""] + lme4["model", model] + lme4["topic"].to_numpy()[:, None]
        assert rows[model] == pytest.approx(float((expit(eta + spread * nodes) @ weights).mean()), abs=0.02)


def test_rates_of_rare_refusals_are_those_of_an_exact_sampler():
    """14 refusals of 216: medians and intervals against PyMC's sampler (tests/r/refusals_rare.py).

    Tolerances: an effective 25 draws of the standard deviations. Laplace at the mode gave .095 for .069 overall.
    """
    exact = pd.read_csv(R / "refusals_rare.csv", keep_default_na=False)
    design = {
        "models": 4,
        "languages": ("a", "b", "c"),
        "topics": ("x", "y", "z"),
        "publishers": 3,
        "statements": 2,
    }
    counts = simulate_refusals(**design, intercept=-4.6, seed=3)
    by = ["model", "language", "topic"]
    found = refusal_rates(counts, by, clusters=["organisation", "item"], seed=1).estimates
    for row in exact.itertuples():
        others = [k for k in by if k != row.factor]
        mine = found[(found[others] == ALL).all(axis=1)]
        mine = mine[mine["model" if row.factor == ALL else row.factor] == row.level].iloc[0]
        assert mine["estimate"] == pytest.approx(row.median, abs=0.012)
        assert mine["lower"] == pytest.approx(row.lower, abs=0.015)
        assert mine["upper"] == pytest.approx(row.upper, abs=0.04)


def test_elimination_changes_nothing():
    """The factor that is eliminated level by level is the same model: means and deviations of what both draw."""
    rng = np.random.default_rng(0)
    levels = np.stack([np.repeat(np.arange(4), 9), np.tile(np.arange(9), 4)], axis=1)
    trials = np.full(36, 6.0)
    events = rng.binomial(6, expit(rng.normal(size=4)[levels[:, 0]] + 0.5 * rng.normal(size=9)[levels[:, 1]]))
    one, two = (
        multilevel_rates(
            events.astype(float),
            trials,
            levels,
            [4, 9],
            eliminate=e,
            draws=6000,
            rng=np.random.default_rng(1),
        )
        for e in (None, 1)
    )
    assert one.rhat < 1.02
    assert two.rhat < 1.02
    rates = [expit(found.coefficients[:, :1] + found.coefficients[:, 1:5]) for found in (one, two)]
    # four Monte Carlo errors of some 1,500 effective draws each
    error = 4 * np.sqrt(2 / 1500) * rates[0].std(axis=0)
    assert (np.abs(rates[0].mean(axis=0) - rates[1].mean(axis=0)) < error).all()
    np.testing.assert_allclose(np.median(one.scales, axis=0), np.median(two.scales, axis=0), rtol=0.1)


def test_one_group_is_its_exact_posterior():
    """No factor: the posterior of one rate under a normal(0, 5) logit, by quadrature."""
    found = multilevel_rates(
        np.array([40.0]),
        np.array([160.0]),
        np.zeros((1, 0), int),
        [],
        draws=20_000,
        rng=np.random.default_rng(0),
    )
    kernel = lambda a: np.exp(40 * a - 160 * np.logaddexp(0, a) - a * a / 50 + 90)  # noqa: E731
    mass = integrate.quad(kernel, -4, 2)[0]
    mean = integrate.quad(lambda a: expit(a) * kernel(a), -4, 2)[0] / mass
    assert expit(found.coefficients[:, 0]).mean() == pytest.approx(mean, abs=0.002)


@pytest.mark.parametrize("refused", [0, 5])
def test_all_or_nothing_refused(refused):
    model = np.repeat(["a", "b"], 20)
    counts = table(np.full(40, refused), np.full(40, 5), model=model, item=np.tile(np.arange(20), 2))
    found = refusal_rates(counts, clusters=["item"], seed=0)
    assert any("rest on the prior" in w for w in found.meta["warnings"])
    row = found.estimates.set_index("model").loc["a"]
    assert row["raw_rate"] == refused / 5
    assert 0 <= row["lower"] < row["upper"] <= 1
    assert (row["upper"] < 0.2) if refused == 0 else (row["lower"] > 0.8)


def test_one_model_one_topic_and_empty_cells():
    counts = table(
        [3, 4, 5], [20, 20, 20], model=["a", "a", "b"], topic=["x", "y", "x"], item=["1", "2", "1"]
    )
    found = refusal_rates(counts, ["model", "topic"], clusters=["item"], seed=0)
    row = found.estimates.set_index(["model", "topic"]).loc[("b", "y")]
    assert (row["n_asked"], np.isnan(row["raw_rate"])) == (0, True)
    assert 0 < row["lower"] < row["estimate"] < row["upper"] < 1
    assert any("never asked" in w for w in found.meta["warnings"])
    alone = refusal_rates(counts[counts["model"] == "a"], ["model"], clusters=["item"], seed=0)
    assert any("one level only" in w for w in alone.meta["warnings"])
    assert len(alone.estimates["estimate"].unique()) == 1
    none = refusal_rates(counts.drop(columns="item"), ["model"], clusters=[], seed=0)
    assert "raw shares" in none.sentence()


def test_pooling_draws_a_small_model_toward_the_others():
    counts = table(
        [1, *[5] * 8], [1, *[100] * 8], model=[f"m{k}" for k in range(9)], item=[f"{k}" for k in range(9)]
    )
    found = refusal_rates(counts, clusters=[], seed=0).estimates.set_index("model")
    assert found.loc["m0", "raw_rate"] == 1.0
    assert found.loc["m0", "estimate"] < 0.3
    assert found.loc["m1", "estimate"] == pytest.approx(0.05, abs=0.02)


def test_events_and_what_was_asked():
    frame = pd.DataFrame(
        {
            "model": "m",
            "item": [str(k) for k in range(8)],
            "status": [
                "valid",
                "valid",
                "valid",
                "refusal",
                "refusal",
                "empty",
                "api_error",
                "not_administered",
            ],
        }
    )
    asked = refusal_rates(frame, clusters=[]).estimates.iloc[0]
    assert (asked["n_events"], asked["n_asked"]) == (2, 6)
    missing = refusal_rates(frame, event="missing", clusters=[]).estimates.iloc[0]
    assert (missing["n_events"], missing["n_asked"], missing["n_scored"]) == (4, 7, 3)


def test_topics_of_items_are_joined():
    frame = pd.DataFrame({"model": "m", "item": ["1", "2"] * 5, "status": ["valid", "refusal"] * 5})
    items = pd.DataFrame({"item": ["1", "2"], "topic": ["x", "y"]})
    found = refusal_rates(frame, ["topic"], items=items, clusters=[]).estimates.set_index("topic")
    assert found["n_events"].to_dict() == {"x": 0, "y": 5, ALL: 5}


def test_errors():
    frame = pd.DataFrame({"model": "m", "item": ["1", "2"], "status": ["valid", "refusal"]})
    with pytest.raises(SpecificationError, match="no such column"):
        refusal_rates(frame, ["topic"])
    with pytest.raises(SpecificationError, match="no such event"):
        refusal_rates(frame, event="valid")
    with pytest.raises(InputError, match="null"):
        refusal_rates(frame.assign(model=[None, "m"]))
    with pytest.raises(InputError, match="nothing was asked"):
        refusal_rates(frame.assign(status="not_administered"))
    with pytest.raises(InputError, match="name of the mean"):
        refusal_rates(frame.assign(model="all"))


def test_simulated_study_figure_sentence_and_round_trip(tmp_path):
    counts = simulate_refusals(models=4, publishers=3, statements=2, seed=2)
    by = ["model", "language", "topic"]
    found = refusal_rates(counts, by, clusters=["organisation", "item"], sampling=Sampling(draws=400), seed=1)
    truth = refusal_truth(counts, found)
    # 4 x 5 x 5 cells that share their effects: a mean coverage this low would be a fault, not bad luck
    assert truth.loc[truth["margin"] == "model x language x topic", "covered"].mean() > 0.75
    assert (truth["estimate"] - truth["truth"]).abs().mean() < (
        truth["raw_rate"] - truth["truth"]
    ).abs().mean()
    found.save(tmp_path / "r")
    again = Result.load(tmp_path / "r")
    pd.testing.assert_frame_equal(again.estimates, found.estimates)
    contrast = again.contrast("model", "model 1", "model 2")
    assert len(contrast) == 36
    assert len(found.plot().to_dict()["vconcat"]) == 3
    assert "partially pooled" in found.sentence()
    assert vs.refusal_rates is refusal_rates


def test_the_gate_judges_the_rates_that_are_reported():
    model, item = np.repeat(["a", "b", "c"], 6), np.tile(np.arange(6), 3)
    counts = table([*[2, 5, 1, 8, 0, 4] * 2, *[9] * 6], np.full(18, 20), model=model, item=item)
    found = refusal_rates(counts, clusters=["item"], seed=1)
    verdict = found.meta["gate"]
    assert verdict["passed"]
    assert verdict["max_rhat"] < 1.01
    assert verdict["min_ess_bulk"] > 400
    assert verdict["divergences"] == 0
    strict = Gate(min_ess_tail=1e6)
    failed = refusal_rates(counts, clusters=["item"], seed=1, sampling=Sampling(gate=strict))
    assert "drawn again, more carefully: tail effective" in failed.meta["fallback"][0]
    # twice the draws, of nearly twice the worth
    assert failed.meta["gate"]["min_ess_bulk"] > 1.3 * verdict["min_ess_bulk"]
    assert failed.sentence().startswith("The fit failed its diagnostics gate (tail effective sample size")


def test_a_chain_that_stays_elsewhere_fails_the_gate_of_rates():
    """Of more than 1,000 rates those of one factor's levels count: a single cell among them does not."""
    rng = np.random.default_rng(0)
    rates = rng.uniform(size=(4, 250, 36, 36))
    none = np.zeros((4, 250), dtype=bool)

    def judged(rates, diverging=none):
        return judge_rates(rates.reshape(1000, 36, 36), diverging, None)

    assert judged(rates)["passed"]
    for place, passes in (((5, 7), True), ((5, 35), False), ((35, 35), False)):
        apart = rates.copy()
        apart[0, :, place[0], place[1]] += 0.5
        assert judged(apart)["passed"] is passes
    few = rates[:, :, :5, :5].copy()
    assert judge_rates(few.reshape(1000, 5, 5), none, None)["passed"]
    few[0, :, 2, 3] += 0.5
    assert not judge_rates(few.reshape(1000, 5, 5), none, None)["passed"]
    left = none.copy()
    left[1, 3] = True
    assert judged(rates, left)["reasons"] == ["1 divergent transitions, 0 allowed"]


def test_a_spread_of_draws_that_hang_together_is_not_told():
    """AR(1) chains: of n draws n (1 - rho) / (1 + rho) are effective, 1,050 and 10 of 2,000 here."""
    rng = np.random.default_rng(5)
    rows = {}
    for rho in (0.31, 0.99):
        x = np.zeros((4, 500))
        x[:, 0] = rng.normal(size=4)
        for k in range(1, 500):
            x[:, k] = rho * x[:, k - 1] + np.sqrt(1 - rho**2) * rng.normal(size=4)
        scales = np.exp(x.reshape(-1, 1))
        chains = RateChains(np.zeros((2000, 1)), scales, np.zeros((4, 500), dtype=bool))
        fit = MultilevelRates(np.zeros((2000, 1)), scales, 1.0, 1.0, chains, np.arange(2000))
        rows[rho] = spread_row(("model",), 6, fit, 0, 0.95)
    assert rows[0.31]["effective"] == pytest.approx(2000 * 0.69 / 1.31, rel=0.2)
    assert rows[0.31]["estimate"] == pytest.approx(1.0, abs=0.15)
    assert rows[0.99]["effective"] < 50
    assert [rows[0.99][c] for c in ("estimate", "lower", "upper")] == [None] * 3
