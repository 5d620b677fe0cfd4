"""Ordinal families: derivatives by finite differences, probabilities by closed forms, maxima by R and statsmodels."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import gumbel_l, logistic, norm
from statsmodels.miscmodels.ordinal_model import OrderedModel

from valuestats.base.errors import SpecificationError
from valuestats.latent.likelihoods.families import cell_derivatives, count_derivatives
from valuestats.statistics.ordinal import cell_log_likelihood

R = Path(__file__).parents[1] / "r"
KINDS = [(f, link) for f in ("cumulative", "sequential") for link in ("logit", "probit", "cloglog")]
KINDS.append(("adjacent", "logit"))
DISTRIBUTIONS = {"logit": logistic, "probit": norm, "cloglog": gumbel_l}
FIRST, SECOND = 1e-7, 2e-6  # central differences of step 1e-5 in double precision
MAXIMUM = 2e-5  # R's and statsmodels' optimisers stop at about 1e-6 standard errors


def maximum(counts, x, **kind):
    """Newton's method on thresholds and slopes."""
    steps, slopes = counts.shape[1] - 1, x.shape[1]
    at = np.concatenate([np.linspace(-1, 1, steps), np.zeros(slopes)])
    for _ in range(40):
        found = count_derivatives(counts, at[:steps], x @ at[steps:], **kind)
        gradient = np.concatenate([found.d_cut[0], x.T @ found.d_eta])
        cross = x.T @ found.d_eta_cut
        hessian = np.block([[found.d_cut_cut[0], cross.T], [cross, x.T @ (found.d_eta_eta[:, None] * x)]])
        at = at - np.linalg.solve(hessian, gradient)
    return at, found.value.sum(), np.sqrt(np.diag(np.linalg.inv(-hessian)))


@pytest.mark.parametrize(("family", "link"), KINDS)
def test_probabilities_are_those_of_the_definition(family, link):
    z = np.array([-1.1, 0.2, 0.9])
    f = DISTRIBUTIONS[link].cdf(z)
    expected = {
        "cumulative": np.diff(np.concatenate([[0.0], f, [1.0]])),
        "sequential": np.append(f, 1.0) * np.concatenate([[1.0], np.cumprod(1 - f)]),
        "adjacent": np.exp(-np.concatenate([[0.0], np.cumsum(z)])),
    }[family]
    value, _, _ = cell_derivatives(np.eye(4), np.tile(z, (4, 1)), family=family, link=link)
    assert np.exp(value) == pytest.approx(expected / expected.sum(), rel=1e-12)


@pytest.mark.parametrize(("family", "link"), KINDS)
def test_derivatives_are_those_of_central_differences(family, link):
    rng = np.random.default_rng(2)
    counts, group, h = rng.integers(0, 4, (9, 5)).astype(float), rng.integers(0, 2, 9), 1e-5
    cut, eta = np.sort(rng.normal(size=(2, 4)), axis=1), rng.normal(size=9)

    def total(cut, eta):
        return count_derivatives(counts, cut, eta, group, family=family, link=link)

    here = total(cut, eta)
    up, down = total(cut, eta + h), total(cut, eta - h)
    assert here.d_eta == pytest.approx((up.value - down.value) / (2 * h), rel=FIRST, abs=FIRST)
    assert here.d_eta_eta == pytest.approx((up.d_eta - down.d_eta) / (2 * h), rel=SECOND, abs=SECOND)
    for s in range(2):
        for k in range(4):
            step = np.zeros_like(cut)
            step[s, k] = h
            up, down = total(cut + step, eta), total(cut - step, eta)
            assert here.d_cut[s, k] == pytest.approx((up.value - down.value).sum() / (2 * h), rel=1e-6)
            by_eta = np.where(group == s, here.d_eta_cut[:, k], 0.0)
            assert by_eta == pytest.approx((up.d_eta - down.d_eta) / (2 * h), rel=SECOND, abs=SECOND)
            by_cut = (up.d_cut - down.d_cut) / (2 * h)
            assert here.d_cut_cut[s, k] == pytest.approx(by_cut[s], rel=SECOND, abs=SECOND)
            assert np.abs(by_cut[1 - s]).max() == 0.0


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_values_are_those_of_the_reference_likelihood(link):
    rng = np.random.default_rng(3)
    counts, cut, eta = rng.integers(0, 5, (30, 6)), np.array([-2.0, -1, 0, 0.5, 3]), rng.normal(size=30) * 4
    ours = count_derivatives(counts, cut, eta, link=link).value
    assert ours == pytest.approx(cell_log_likelihood(counts, cut, eta, link=link), rel=1e-11)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_maximum_is_that_of_the_r_package_ordinal(link):
    data = pd.read_csv(R / "clm_data.csv")
    known = pd.read_csv(R / "clm.csv", comment="#").set_index("link").loc[link]
    counts = np.eye(5)[data["y"].to_numpy() - 1]
    at, value, errors = maximum(counts, data[["x", "w"]].to_numpy(dtype=float), link=link)
    assert at == pytest.approx(known["estimate"].to_numpy(), abs=MAXIMUM)
    assert errors == pytest.approx(known["se"].to_numpy(), abs=MAXIMUM)
    assert value == pytest.approx(known["loglik"].iloc[0], abs=1e-6)


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_maximum_is_that_of_statsmodels(link):
    data = pd.read_csv(R / "clm_data.csv")
    model = OrderedModel(data["y"], data[["x", "w"]], distr=link)
    fit = model.fit(method="bfgs", disp=False, gtol=1e-8)
    at, value, _ = maximum(
        np.eye(5)[data["y"].to_numpy() - 1], data[["x", "w"]].to_numpy(dtype=float), link=link
    )
    assert at[4:] == pytest.approx(fit.params.iloc[:2].to_numpy(), abs=1e-4)
    assert value == pytest.approx(fit.llf, abs=1e-6)


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_sequential_maximum_is_that_of_a_binary_regression_on_the_steps(link):
    data = pd.read_csv(R / "clm_data.csv")
    rows = [
        (*(float(k == j) for j in range(4)), -x, -w, float(y - 1 == k))
        for x, w, y in data[["x", "w", "y"]].itertuples(index=False)
        for k in range(min(int(y), 4))
    ]
    table = np.array(rows)
    links = {
        "logit": sm.families.links.Logit,
        "probit": sm.families.links.Probit,
        "cloglog": sm.families.links.CLogLog,
    }
    fit = sm.GLM(table[:, 6], table[:, :6], family=sm.families.Binomial(links[link]())).fit(tol=1e-12)
    at, value, _ = maximum(
        np.eye(5)[data["y"].to_numpy() - 1],
        data[["x", "w"]].to_numpy(dtype=float),
        family="sequential",
        link=link,
    )
    assert at == pytest.approx(fit.params, abs=MAXIMUM)
    assert value == pytest.approx(fit.llf, abs=1e-7)


def test_adjacent_categories_with_two_of_them_are_a_logistic_regression():
    data = pd.read_csv(R / "clm_data.csv")
    counts = np.eye(2)[(data["y"] > 3).astype(int)]
    x = data[["x", "w"]].to_numpy(dtype=float)
    kinds = [maximum(counts, x, family=f)[0] for f in ("adjacent", "sequential", "cumulative")]
    fit = sm.Logit((data["y"] > 3).astype(int), np.column_stack([-np.ones(len(x)), x])).fit(
        disp=False, tol=1e-12
    )
    for at in kinds:
        assert at == pytest.approx(fit.params.to_numpy(), abs=MAXIMUM)


@pytest.mark.parametrize(("family", "link"), KINDS)
def test_far_tails_stay_finite(family, link):
    reach = 6.0 if link == "cloglog" else 30.0
    for eta in (-reach, reach):
        found = count_derivatives(np.ones((1, 4)), [-1.0, 0.0, 1.5], [eta], family=family, link=link)
        for part in (found.value, found.d_eta, found.d_cut, found.d_eta_eta, found.d_cut_cut):
            assert np.isfinite(part).all()
        assert found.d_eta_eta[0] < 1e-12


def test_impossible_requests_are_refused():
    with pytest.raises(SpecificationError, match="unknown family"):
        cell_derivatives([[1, 0]], [[0.0]], family="stereotype")
    with pytest.raises(SpecificationError, match="unknown link"):
        cell_derivatives([[1, 0]], [[0.0]], link="cauchit")
    with pytest.raises(SpecificationError, match="adjacent"):
        cell_derivatives([[1, 0]], [[0.0]], family="adjacent", link="probit")
    with pytest.raises(SpecificationError, match="do not fit"):
        cell_derivatives([[1, 0, 2]], [[0.0]])
    assert cell_derivatives([[0, 1, 0]], [[1.0, 0.5]])[0][0] == -np.inf
