"""Counting answers into cells, the structure a design identifies, and the gate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from valuestats.base.errors import InputError, SpecificationError
from valuestats.latent.gate import Gate, judge
from valuestats.regression.cells import build_design, membership_weights
from valuestats.regression.profile_pymc import (
    OrdinalPriors,
    build_model,
    prior_predictive_shares,
    structure_of,
)
from valuestats.regression.simulate import simulate_answers


@pytest.fixture(scope="module")
def study():
    return simulate_answers(n_models=3, n_items=12, n_values=3, n_prompts=4, seed=2)


def test_rows_and_counted_rows_give_the_same_design(study):
    rows = build_design(study.responses, study.keys, scale=(1, 6))
    counted = (
        study.responses.groupby(["model", "item", "cluster", "answer"], as_index=False)
        .size()
        .rename(columns={"size": "count"})
    )
    nothing = counted.head(1).assign(answer=6, count=0)
    cells = build_design(pd.concat([counted, nothing]), study.keys, scale=(1, 6))
    assert (rows.counts == cells.counts).all()
    assert rows.answers == len(study.responses)
    assert (rows.cluster == cells.cluster).all()


def test_order_of_rows_does_not_matter(study):
    shuffled = study.responses.sample(frac=1, random_state=1)
    one, two = (build_design(frame, study.keys) for frame in (study.responses, shuffled))
    assert (one.counts == two.counts).all()
    assert one.models == two.models
    assert (one.membership == two.membership).all()


def test_membership_shares_an_item_among_its_values():
    keys = pd.DataFrame({"item": ["a", "a", "b"], "dimension": ["X", "Y", "Y"], "sign": [1, -1, 1]})
    weights, values = membership_weights(keys, ["b", "a"])
    assert values == ("X", "Y")
    assert weights.tolist() == [[0.0, 1.0], [0.5, -0.5]]


def test_splitting_by_wording(study):
    design = build_design(study.responses, study.keys, effects=("wording",))
    assert len(design.counts) == len(study.responses)
    assert design.wordings == ("prompt 1", "prompt 2", "prompt 3", "prompt 4")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"keys": pd.DataFrame({"item": ["nowhere"], "dimension": ["X"]})}, SpecificationError, "no valid"),
        ({"scale": (1, 2)}, SpecificationError, "off the scale"),
        ({"effects": ("temperature",)}, SpecificationError, "unknown effect"),
        ({"effects": ("option_order",)}, InputError, "lack columns"),
        ({"keys": pd.DataFrame({"item": ["item 001"]})}, InputError, "keys lack"),
        (
            {"keys": pd.DataFrame({"item": ["item 001"], "dimension": ["X"], "sign": [2]})},
            SpecificationError,
            "sign",
        ),
        (
            {"keys": pd.DataFrame({"item": ["item 001"] * 2, "dimension": ["X", "X"]})},
            SpecificationError,
            "keyed twice",
        ),
    ],
)
def test_wrong_requests_are_refused(study, change, error, message):
    arguments = {"keys": study.keys, **change}
    with pytest.raises(error, match=message):
        build_design(study.responses, **arguments)


def test_a_single_observed_code_asks_for_the_scale(study):
    same = study.responses.assign(answer=4)
    with pytest.raises(SpecificationError, match="two categories"):
        build_design(same, study.keys)
    assert build_design(same, study.keys, scale=(1, 6)).counts.shape[1] == 6


def test_null_conditions_and_torn_clusters_are_refused(study):
    null = study.responses.assign(wording=None)
    with pytest.raises(SpecificationError, match="null"):
        build_design(null, study.keys, effects=("wording",))
    torn = study.responses.copy()
    torn.loc[0, "cluster"] = "elsewhere"
    with pytest.raises(SpecificationError, match="two clusters"):
        build_design(torn, study.keys)


def test_structure_leaves_out_what_is_not_identified(study):
    full = structure_of(build_design(study.responses, study.keys))
    assert full.interaction
    assert full.cluster
    assert full.model_thresholds
    alone = study.responses[study.responses["model"] == "model 01"]
    one_model = structure_of(build_design(alone, study.keys))
    assert not one_model.interaction
    assert not one_model.model_values
    once = study.responses[study.responses["wording"] == "prompt 1"].drop(columns="cluster")
    assert structure_of(build_design(once, study.keys)) == structure_of(
        build_design(once.assign(cluster=once["item"]), study.keys)
    )
    assert not structure_of(build_design(once, study.keys)).interaction
    with pytest.raises(SpecificationError, match="thresholds"):
        structure_of(build_design(once, study.keys), "none")  # type: ignore[arg-type]


def _variants(study):
    responses, keys = study.responses, study.keys
    one_item = responses[responses["item"] == "item 001"]
    yield "common thresholds", build_design(responses, keys), {"thresholds": "common"}
    yield "probit", build_design(responses, keys), {"link": "probit"}
    yield "wording", build_design(responses, keys, effects=("wording",)), {}
    yield "one model", build_design(responses[responses["model"] == "model 02"], keys), {}
    yield "one item", build_design(one_item, keys), {}
    yield "all equal", build_design(responses.assign(answer=3), keys, scale=(1, 6)), {}
    yield "eleven categories", build_design(responses, keys, scale=(0, 10)), {}
    yield "two categories", build_design(responses.assign(answer=responses["answer"] > 3), keys), {}
    apart = responses.assign(answer=(responses["model"] == "model 01").map({True: 6, False: 1}))
    yield "separation", build_design(apart, keys, scale=(1, 6)), {}


def test_log_posterior_is_finite_wherever_it_may_start(study):
    rng = np.random.default_rng(5)
    for name, design, options in _variants(study):
        model = build_model(design, **options)
        logp = model.compile_logp(mode="FAST_COMPILE")
        start = model.initial_point()
        for scale in (0.0, 1.0, 1.5):
            point = {k: v + scale * rng.uniform(-1, 1, v.shape) for k, v in start.items()}
            assert np.isfinite(logp(point)), name


def test_gradient_of_the_log_posterior(study):
    design = build_design(study.responses, study.keys, effects=("wording",))
    model = build_model(design)
    logp, gradient = model.compile_logp(mode="FAST_COMPILE"), model.compile_dlogp(mode="FAST_COMPILE")
    rng = np.random.default_rng(1)
    at = {k: v + 0.3 * rng.normal(size=v.shape) for k, v in model.initial_point().items()}
    names = [v.name for v in model.value_vars]
    exact = np.split(gradient(at), np.cumsum([at[n].size for n in names])[:-1])
    for name, found in zip(names, exact, strict=True):
        direction = rng.normal(size=at[name].shape)
        step = 1e-6
        up = logp({**at, name: at[name] + step * direction})
        down = logp({**at, name: at[name] - step * direction})
        assert (found * direction.ravel()).sum() == pytest.approx(
            (up - down) / (2 * step), rel=1e-4, abs=1e-4
        )


def test_prior_predictive_covers_lopsided_and_even_use(study):
    shares = prior_predictive_shares(build_design(study.responses, study.keys), draws=2000, seed=1)
    assert shares.sum(axis=1) == pytest.approx(np.ones(2000))
    top = shares.max(axis=1)
    assert np.quantile(top, 0.05) < 0.4
    assert np.quantile(top, 0.99) > 0.85
    # No category is favoured by the way cutpoints are built: the prior is the same for all six.
    inner, outer = shares[:, 1:-1].mean(), shares[:, [0, -1]].mean()
    assert 0.5 < inner / outer < 2.0
    tight = prior_predictive_shares(
        build_design(study.responses, study.keys), priors=OrdinalPriors(shares=0.1, shares_spread=0.1), seed=1
    )
    assert tight.std() < shares.std()


def _tree(draws, diverging=None):
    children = {"posterior": xr.DataTree(xr.Dataset({"x": (("chain", "draw"), draws)}))}
    if diverging is not None:
        children["sample_stats"] = xr.DataTree(xr.Dataset({"diverging": (("chain", "draw"), diverging)}))
    return xr.DataTree(children=children)


def test_gate_passes_good_draws_and_says_why_not():
    draws = np.random.default_rng(0).normal(size=(4, 500))
    good = judge(_tree(draws, np.zeros(draws.shape, bool)), ["x"], 0.4)
    assert good["passed"]
    assert good["reasons"] == []
    shifted = draws.copy()
    shifted[0] += 3
    bad = judge(_tree(shifted), ["x"])
    assert not bad["passed"]
    assert any("R-hat" in reason for reason in bad["reasons"])
    stuck = draws.copy()
    stuck[1] = 0.3
    assert not judge(_tree(stuck), ["x"])["passed"]
    frozen = judge(_tree(np.zeros((4, 500))), ["x"])
    assert any("does not move" in reason for reason in frozen["reasons"])
    slow = np.cumsum(draws, axis=1)
    assert not judge(_tree(slow), ["x"])["passed"]


def test_gate_counts_divergences_and_the_predictive_check():
    draws = np.random.default_rng(0).normal(size=(4, 500))
    diverging = np.zeros(draws.shape, bool)
    diverging[2, 7] = True
    assert "1 divergent" in judge(_tree(draws, diverging), ["x"])["reasons"][0]
    assert judge(_tree(draws, diverging), ["x"], gate=Gate(max_divergences=1))["passed"]
    assert "reproduce" in judge(_tree(draws), ["x"], 0.001)["reasons"][0]
    assert not judge(_tree(draws), ["x"], float("nan"))["passed"]
    with pytest.raises(SpecificationError, match="variables"):
        judge(_tree(draws), ["y"])
