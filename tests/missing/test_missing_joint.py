"""Answers and answering in one model: derivatives, maximum likelihood in R, the complete-case model, simulated truth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array, vstack
from scipy.special import expit

import valuestats as vs
from valuestats.base.errors import SpecificationError
from valuestats.latent.design import THRESHOLDS, Block, LatentDesign, index_term
from valuestats.latent.likelihoods.answering import AnsweringPosterior
from valuestats.latent.posterior import LatentPosterior
from valuestats.latent.sampling import Sampling
from valuestats.missing.adjusted_means import selection_shares
from valuestats.missing.answering_design import AskedCells, answering_posterior
from valuestats.missing.joint import missing_joint
from valuestats.results.result import Result

R = Path(__file__).parents[1] / "r"


def counted(rows):
    """Rows of model, item, code (None: missing), count."""
    frame = pd.DataFrame(rows, columns=["model", "item", "answer", "count"])
    frame["answer"] = frame["answer"].astype("Int64")
    frame["status"] = np.where(frame["answer"].notna(), "valid", "refusal")
    return frame[frame["count"] > 0]


def simulated(rng, models=2, items=30, repeats=8, delta=0.8, sd=0.3):
    """Counts of answers that are given the more readily the higher they are, and the models' true expected code."""
    cuts = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    level = np.linspace(-1, 1, models)
    eta = level[:, None] + rng.normal(0, sd, items) + rng.normal(0, sd, (models, items))
    code = 1 + np.searchsorted(cuts, eta[..., None] + rng.logistic(size=(models, items, repeats)))
    given = rng.random(code.shape) < expit(
        rng.normal(0.5, 0.6, (models, items))[..., None] + delta * (code - 3.5)
    )
    m, i, _ = np.indices(code.shape)
    frame = pd.DataFrame({"model": m.ravel(), "item": i.ravel(), "answer": np.where(given, code, 0).ravel()})
    frame = frame.groupby(["model", "item", "answer"]).size().rename("count").reset_index()
    frame["answer"] = frame["answer"].astype("Int64").replace(0, pd.NA)
    frame["status"] = np.where(frame["answer"].notna(), "valid", "refusal")
    nodes, weights = np.polynomial.hermite_e.hermegauss(41)
    at = level[:, None] + nodes * np.hypot(sd, sd)
    truth = 1 + (expit(at[..., None] - cuts).sum(axis=2) @ weights) / weights.sum()
    return frame.assign(model=frame["model"].map(lambda k: f"m{k}"), item=frame["item"].astype(str)), truth


def small_posterior(seed=0):
    rng = np.random.default_rng(seed)
    model, item = np.divmod(np.arange(15), 5)
    cells = AskedCells(
        rng.integers(0, 4, (15, 4)).astype(float),
        rng.integers(0, 5, 15).astype(float),
        model,
        item,
        np.array([0, 0, 1, 1, 2])[item],
        3,
        True,
    )
    return answering_posterior(cells, 0.9), rng


def test_gradient_and_curvature_are_those_of_differences():
    posterior, rng = small_posterior()
    n = posterior.design.size
    x = 0.3 * rng.normal(size=n)
    steps = 1e-5 * np.eye(n)
    value, gradient = posterior.log_likelihood(x[:, None])
    ends = [posterior.log_likelihood((x + s * steps).T) for s in (1, -1)]
    np.testing.assert_allclose(gradient[:, 0], (ends[0][0] - ends[1][0]) / 2e-5, atol=1e-6)
    hessian = (ends[0][1] - ends[1][1]) / 2e-5
    precision = np.full(n, 2.0)
    product = posterior.factor(x, precision).solve(np.diag(precision) - hessian)
    np.testing.assert_allclose(product, np.eye(n), atol=1e-6)
    # the value is the multinomial's, written out
    eta, raw = (a[:, 0] for a in posterior.locate(x[:, None]))
    cut = posterior.thresholds(raw[:, None])[0, 0]
    p = np.diff(expit(np.concatenate([[-np.inf], cut, [np.inf]]) - eta[:15, None]))
    kept = expit(eta[15:, None] + 0.9 * (np.arange(4) - 1.5))
    by_hand = (posterior.given * np.log(p * kept)).sum() + posterior.missing @ np.log(
        (p * (1 - kept)).sum(axis=1)
    )
    assert value[0] == pytest.approx(by_hand, abs=1e-10)


def test_value_alone_counts_the_missing_answers_too():
    posterior, rng = small_posterior(3)
    x = 0.4 * rng.normal(size=(posterior.design.size, 300))  # in two parts
    phi = rng.normal(size=(posterior.design.hyper_size, 300))
    both = posterior.log_density(x, phi)[0]
    np.testing.assert_allclose(posterior.log_values(x, phi), both, rtol=1e-10)


def test_far_from_the_mode_the_curvature_stays_positive():
    posterior, rng = small_posterior(3)
    factor = posterior.factor(
        4.0 * rng.normal(size=posterior.design.size), np.full(posterior.design.size, 0.01)
    )
    assert np.isfinite(factor.log_determinant)


def test_at_zero_it_is_the_model_of_the_answers_given_alone():
    """With delta 0 the likelihood falls apart; thresholds and location then have the gradient of the answers' own."""
    posterior, rng = small_posterior()
    zero = AnsweringPosterior(posterior.design, posterior.missing, 0 * posterior.moves)
    alone = LatentPosterior(posterior.design)
    x = 0.4 * rng.normal(size=(posterior.design.size, 1))
    answers = np.zeros(posterior.design.size, dtype=bool)
    for block in posterior.design.blocks:
        answers[posterior.design.slices[block.name]] = not block.name.startswith("answering")
    np.testing.assert_allclose(
        zero.log_likelihood(x)[1][answers], alone.log_likelihood(x)[1][answers], atol=1e-10
    )
    counts, _ = simulated(np.random.default_rng(1), models=1, items=8, repeats=6)
    whole = missing_joint(
        counts, scale=(1, 6), deltas=[], sampling=Sampling(draws=2000), seed=1, progress=False
    ).estimates
    given = counts[counts["status"] == "valid"]
    cases = missing_joint(
        given, scale=(1, 6), deltas=[], sampling=Sampling(draws=2000), seed=2, progress=False
    ).estimates
    for column, tolerance in (("estimate", 0.03), ("lower", 0.07), ("upper", 0.07)):
        np.testing.assert_allclose(whole[column], cases[column], atol=tolerance)  # of two sets of draws


def test_many_answers_agree_with_maximum_likelihood_in_r():
    """3,000 answers a model: posterior medians under weak priors against optim; one part in a hundred of a step."""
    wide = pd.read_csv(R / "selection_input.csv")
    expected = pd.read_csv(R / "selection.csv", comment="#")
    rows = [
        (r.model, "1", k if k < 6 else None, getattr(r, f"X{k}"))
        for r in wide.itertuples()
        for k in range(1, 7)
    ]
    found = missing_joint(counted(rows), scale=(1, 5), deltas=[-0.8, 0.6], seed=1, progress=False)
    merged = found.estimates.merge(expected, on=["delta", "model"])
    assert len(merged) == 9
    np.testing.assert_allclose(merged["estimate"], merged["expected"], atol=0.01)


def test_one_cell_is_the_closed_form():
    """One model, one item, any delta: the saturated likelihood's maximum (kernel `selection_shares`)."""
    n, missing = np.array([300.0, 220, 410, 190]), 350
    rows = [("m", "1", k + 1, int(c)) for k, c in enumerate(n)] + [("m", "1", None, missing)]
    found = missing_joint(counted(rows), scale=(1, 4), deltas=[-0.7, 0.7], seed=1, progress=False)
    for row in found.estimates.itertuples():
        shares, _ = selection_shares(n, missing, np.arange(4.0), row.delta)
        assert row.estimate == pytest.approx(1 + shares @ np.arange(4.0), abs=0.02)
        assert row.bound_lower < row.lower < row.upper < row.bound_upper


def test_the_declared_coefficient_recovers_what_missing_at_random_misses():
    counts, truth = simulated(np.random.default_rng(5), items=24, repeats=12)
    found = missing_joint(counts, scale=(1, 6), deltas=[0.8], seed=3, progress=False)
    by = found.estimates.set_index(["amount", "model"])
    errors = {a: np.abs(by.loc[a, "estimate"].to_numpy() - truth).mean() for a in ("0", "0.8")}
    assert errors["0.8"] < 0.25 < 0.35 < errors["0"]
    right = by.loc["0.8"]
    assert ((right["lower"] < truth) & (truth < right["upper"])).all()
    contrast = found.contrast("model", "m1", "m0")
    assert contrast.loc[contrast["amount"] == "0.8", "estimate"].item() == pytest.approx(
        truth[1] - truth[0], abs=0.3
    )
    assert found.meta["gate"]["passed"], found.meta["gate"]["reasons"]


def test_the_coefficients_prior_figure_sentence_and_round_trip(tmp_path):
    rows = [("m", "1", k, 20 + 5 * k) for k in range(1, 7)] + [("m", "1", None, 60)]
    found = missing_joint(
        counted(rows), scale=(1, 6), deltas=[-0.4, 1.2], prior=(0.4, 0.4), seed=3, progress=False
    )
    by = found.estimates.set_index("amount")
    assert by.loc["1.2", "lower"] < by.loc["prior", "lower"] < by.loc["0", "lower"]
    assert by.loc["1.2", "upper"] < by.loc["prior", "upper"] < by.loc["-0.4", "upper"]
    text = found.sentence()
    assert "which the data can't tell" in text
    assert "over a normal prior" in text
    assert "facet" in found.plot().to_dict()
    found.save(tmp_path / "r")
    pd.testing.assert_frame_equal(Result.load(tmp_path / "r").estimates, found.estimates)
    assert vs.missing_joint is missing_joint


def test_reversed_items_and_dimensions():
    rows = [("m", i, k, 4 + k if i == "1" else 10 - k) for i in "12" for k in range(1, 6)]
    rows += [("m", i, None, 15) for i in "12"]
    keyed = pd.DataFrame({"item": ["1", "2", "1"], "dimension": ["v", "v", "w"], "sign": [1, -1, 1]})
    found = missing_joint(
        counted(rows), keyed, scale=(1, 5), deltas=[1], sampling=Sampling(draws=200), seed=1, progress=False
    ).estimates
    by = found.set_index(["dimension", "amount"])["estimate"]
    # the reversed item is the other turned, so both dimensions tell the same
    assert by["v", "0"] == pytest.approx(by["w", "0"], abs=0.15)
    assert by["v", "1"] < by["v", "0"] - 0.2


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        ([("a", "1", 3, 5), ("b", "1", 4, 5)], "none missing"),
        ([("a", "1", 3, 5), ("b", "1", None, 5)], "a model all missing"),
        ([("a", i, 6, 4) for i in "123"] + [("a", "1", None, 4)], "one model, all answers equal"),
        ([(m, i, 2, 1) for m in "ab" for i in "12"] + [("a", "3", None, 1)], "asked once"),
    ],
)
def test_degenerate_tables(rows, what):
    deltas = [0.5] if what == "none missing" else []
    found = missing_joint(
        counted(rows), scale=(1, 6), deltas=deltas, sampling=Sampling(draws=250), seed=1, progress=False
    )
    frame = found.estimates
    assert frame["estimate"].between(1, 6).all()
    assert (frame["lower"] < frame["upper"]).all()
    said = " ".join(found.meta["warnings"])
    if what == "none missing":
        assert "no answer is missing" in said
    if what == "a model all missing":
        row = frame[(frame["model"] == "b") & (frame["delta"] == 0)].iloc[0]
        assert (row["bound_lower"], row["bound_upper"], row["n_scored"]) == (1, 6, 0)
        assert row["upper"] - row["lower"] > 1.5
    if what == "one model, all answers equal":
        assert (frame["estimate"] > 5).all()
    if what == "asked once":
        assert "asked once" in said
    found.sentence()


def test_errors():
    rows = counted([("a", "1", 3, 5), ("a", "1", None, 5)])
    for wrong, match in (
        ({"prior": (0.0, 0.0)}, "no such prior"),
        ({"deltas": [np.inf]}, "finite"),
        ({"engine": "nuts"}, "no such engine"),
        ({"level": 2.0}, "impossible"),
    ):
        with pytest.raises(SpecificationError, match=match):
            missing_joint(rows, scale=(1, 6), progress=False, **wrong)
    design = LatentDesign(
        np.ones((2, 2)),
        np.zeros(2, dtype=np.int64),
        1,
        {"a": csr_array(vstack([csr_array((1, 1)), index_term(np.zeros(1, dtype=np.int64), 1)]))},
        (Block("t", THRESHOLDS, None, (1,)), Block("a", "a", None, (1,))),
        (),
    )
    with pytest.raises(SpecificationError, match="rows do not fit"):
        AnsweringPosterior(design, np.ones(2), np.ones((2, 2)))
