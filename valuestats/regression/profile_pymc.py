"""The hierarchical cumulative-link model of models' answers to keyed items, in PyMC."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray

from valuestats.latent.bases import zero_sum_basis
from valuestats.regression.cells import OrdinalDesign
from valuestats.regression.profile_pymc_op import counted_log_likelihood, times
from valuestats.regression.structure import (
    OrdinalPriors,
    Structure,
    Thresholds,
    reference_basis,
    structure_of,
)
from valuestats.statistics.ordinal import Link, category_probabilities, check_link, cutpoints_from_shares

# Below these numbers of answers per group a group's effect is drawn as a multiple of its spread
# (non-centred), above them directly (centred): Betancourt and Girolami (2015).
_ANSWERS_PER_ITEM = 40
_ANSWERS_PER_MODEL = 600
_BLOCKS_PER_MODEL = 100


def build_model(
    design: OrdinalDesign,
    *,
    link: Link = "logit",
    thresholds: Thresholds = "model",
    priors: OrdinalPriors | None = None,
    structure: Structure | None = None,
) -> pm.Model:
    """Build the PyMC model of a design.

    For an answer of model m to item i of query q::

        P(y <= k) = F(c_mk - eta_mi)
        eta_mi    = sum_v W_iv theta_mv + b_i + v_mq + u_mi (+ wording and order effects)
        theta_mv  = beta_v + delta_mv,  sum_v beta_v = sum_v delta_mv = 0,  delta_mv ~ Normal(0, tau)
        b_i ~ Normal(0, sigma_item)
        v_mq ~ Normal(0, sigma_m sqrt(rho)),  u_mi ~ Normal(0, sigma_m sqrt(1 - rho))

    **Thresholds.** ``c_m`` are the cutpoints at which an item of location 0 gets the category shares p_m, and
    the log shares are normal around those of a typical model. Language models differ in *which* options they
    use at all (some never give the middle one), which a common set of thresholds with a general level per
    model can't describe; ``thresholds="common"`` keeps that simpler model (level ``alpha_m``).

    **Dependence.** Prompts are not respondents: the answers of one model to one item share ``u_mi``, and those
    to the items of one query share ``v_mq``. Both are sampled, so the intervals of theta rest on the number
    of items and queries, not on the number of prompts. A Dirichlet-multinomial block would treat the categories
    as unordered within the block and can't carry the query level. Wording and option order are by default part
    of the within-block noise: in a balanced design they shift every item of a model alike, which the model's
    thresholds absorb; the profile is then on the scale of an answer to a prompt taken at random.

    Item locations are random too, so what is said about a value stands for items like those keyed to it; in
    contrasts between models within a value they cancel. The same holds for effects of wording and order that
    all models share.

    **Geometry.** Item locations are centred at ``W beta`` and item, share and value contrasts live in zero-sum
    spaces, which removes the weak direction "all items up, all thresholds up".

    Parameters
    ----------
    design
        The counted cells.
    link
        ``"logit"`` or ``"probit"``.
    thresholds
        ``"model"`` or ``"common"``.
    priors
        Scales of the priors.
    structure
        Effects to put in; None for those the design identifies (`structure_of`). Leaving out an effect that is
        there makes intervals too narrow; ``benchmarks/ordinal_coverage.py`` shows by how much.

    Returns
    -------
    pymc.Model
        Free variables are the contrasts of the zero-sum effects on an orthonormal basis;
        `valuestats.regression.profile_estimands` turns their draws into estimands.

    Notes
    -----
    Cumulative-link model: McCullagh (1980). Random effects in it: Hedeker and Gibbons (1994), Tutz and Hennevogl
    (1996). Binomial splitting of the likelihood: `valuestats.statistics.ordinal.cell_log_likelihood`.
    """
    check_link(link)
    prior = priors or OrdinalPriors()
    parts = structure or structure_of(design, thresholds)
    n_models, n_items, n_values = len(design.models), len(design.items), len(design.values)
    with pm.Model() as model:
        cut, level = _cutpoints(design, parts, prior, link)
        eta: Any = pt.zeros((n_models, n_items)) + level
        contrasts = zero_sum_basis(n_values).T @ design.membership.T
        beta: Any = pm.Normal("beta", 0.0, prior.value, shape=n_values - 1) if n_values > 1 else None
        if beta is not None and parts.model_values:
            tau = pm.Gamma("tau", 2.0, 2.0 / prior.value_spread)
            delta = pm.Normal("delta", shape=(n_models, n_values - 1))
            eta = eta + tau * times(delta, contrasts)
        eta = eta + _item_locations(design, parts, prior, beta, contrasts)
        eta = eta + _interactions(design, parts, prior)
        flat = eta.ravel()
        located = flat if _complete(design) else flat[design.block]
        located = located + _conditions(design, prior)
        group = design.model if parts.model_thresholds else np.zeros_like(design.model)
        # As data, so that a compiled model can be given other counts of the same design.
        counts = pm.Data("counts", design.counts)
        pm.Potential("answers", counted_log_likelihood(cut, located, counts, group, link))
    return model


def _complete(design: OrdinalDesign) -> bool:
    return np.array_equal(design.block, np.arange(len(design.models) * len(design.items)))


def _hierarchical(name: str, mean: Any, spread: Any, shape: Any, *, centred: bool) -> Any:
    if centred:
        return pm.Normal(name, mean, spread, shape=shape)
    return mean + spread * pm.Normal(f"{name}_raw", shape=shape)


def _cutpoints(design: OrdinalDesign, parts: Structure, prior: OrdinalPriors, link: Link) -> tuple[Any, Any]:
    n_models, categories = len(design.models), design.counts.shape[1]
    # Log shares relative to the most used category: other bases rotate categories that were never used into
    # those that were, and the sampler then moves slowly in all of them.
    shares = _share_contrasts("shares", (1, categories - 1), 0.0, prior.shares)
    level: Any = 0.0
    contrasts: Any = shares
    if parts.model_thresholds:
        spread = pm.HalfNormal("shares_spread", prior.shares_spread)
        shape = (n_models, categories - 1)
        if design.answers >= _ANSWERS_PER_MODEL * n_models:
            contrasts = _share_contrasts("model_shares", shape, shares, spread)
        else:
            contrasts = shares + spread * _share_contrasts("model_shares_raw", shape, 0.0, 1.0)
    elif n_models > 1:
        sd = pm.HalfNormal("level_spread", prior.level)
        level = sd * times(pm.Normal("level", shape=n_models - 1), zero_sum_basis(n_models).T)[:, None]
    logs = times(contrasts, reference_basis(design).T)
    share = pt.exp(logs - pt.max(logs, axis=1, keepdims=True))
    up_to = np.triu(np.ones((categories, categories - 1)))
    below, above = times(share, up_to), times(share, 1.0 - up_to)
    if link == "logit":
        return pt.log(below) - pt.log(above), level
    # The quantile of the smaller tail keeps its precision where the larger one rounds to 1.
    tail = np.sqrt(2.0) * pt.erfcinv(2.0 * pt.minimum(below, above) / (below + above))
    return pt.switch(pt.lt(below, above), -tail, tail), level


def _share_contrasts(name: str, shape: tuple[int, int], mean: Any, sd: Any) -> Any:
    """Log shares relative to a reference, whose K underlying log shares are independent normal around `mean`.

    Their covariance is ``sd^2 (I + 11')``, so that the prior treats all categories alike whichever is the
    reference (Aitchison 1986, chapter 6).
    """
    contrasts = pm.Flat(name, shape=shape)
    away = (contrasts - mean) / sd
    distance = pt.sum(away**2, axis=1) - pt.sum(away, axis=1) ** 2 / (shape[1] + 1)
    pm.Potential(f"{name}_prior", -0.5 * pt.sum(distance) - shape[0] * shape[1] * pt.log(pt.as_tensor(sd)))
    return contrasts


def _item_locations(
    design: OrdinalDesign, parts: Structure, prior: OrdinalPriors, beta: Any, contrasts: NDArray[np.float64]
) -> Any:
    n_items = len(design.items)
    if not parts.items:
        return 0.0 if beta is None else times(beta, contrasts)[None, :]
    basis = zero_sum_basis(n_items)
    mean: Any = 0.0 if beta is None else times(beta, contrasts @ basis)
    spread = pm.HalfNormal("item_spread", prior.item)
    centred = design.answers >= _ANSWERS_PER_ITEM * n_items
    location = _hierarchical("item_location", mean, spread, n_items - 1, centred=centred)
    return times(location, basis.T)[None, :]


def _interactions(design: OrdinalDesign, parts: Structure, prior: OrdinalPriors) -> Any:
    if not (parts.interaction or parts.cluster):
        return 0.0
    n_models, n_items = len(design.models), len(design.items)
    centre = pm.Normal("log_interaction_centre", 0.0, prior.interaction)
    if n_models > 1:
        spread = pm.HalfNormal("log_interaction_spread", prior.interaction_spread)
        centred = len(np.unique(design.block)) >= _BLOCKS_PER_MODEL * n_models
        log_sd = _hierarchical("log_interaction", centre, spread, n_models, centred=centred)
        sd: Any = pt.exp(log_sd)[:, None]
    else:
        sd = pt.exp(centre)
    both = parts.interaction and parts.cluster
    share: Any = pm.Beta("query_share", 2.0, 2.0) if both else float(parts.cluster)
    total: Any = 0.0
    if parts.cluster and design.cluster is not None:
        query = pm.Normal("query_effect", shape=(n_models, int(design.cluster.max()) + 1))
        total = total + sd * pt.sqrt(share) * query[:, design.cluster]
    if parts.interaction:
        total = total + sd * pt.sqrt(1.0 - share) * pm.Normal("item_effect", shape=(n_models, n_items))
    return total


def _conditions(design: OrdinalDesign, prior: OrdinalPriors) -> Any:
    """Zero-sum effects of wording and order: a common one, and one per model where there are several."""
    total: Any = 0.0
    for name, index, labels in (
        ("wording", design.wording, design.wordings),
        ("order", design.order, design.orders),
    ):
        if index is None or len(labels) < 2:
            continue
        basis = zero_sum_basis(len(labels)).T
        effect: Any = times(pm.Normal(name, 0.0, prior.condition, shape=len(labels) - 1), basis)
        if len(design.models) > 1:
            sd = pm.HalfNormal(f"{name}_spread", prior.condition)
            own = pm.Normal(f"{name}_by_model", shape=(len(design.models), len(labels) - 1))
            total = total + (effect[None, :] + sd * times(own, basis))[design.model, index]
        else:
            total = total + effect[index]
    return total


def prior_predictive_shares(
    design: OrdinalDesign,
    *,
    link: Link = "logit",
    priors: OrdinalPriors | None = None,
    draws: int = 500,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Category shares that the priors alone expect of one model over the design's items.

    A prior is fit for use when these shares cover what models plausibly do (one option nearly always,
    all options alike) without putting most mass on either extreme.

    Parameters
    ----------
    design
        Only its items' membership and its number of categories are used.
    link, priors
        As in `build_model`, with thresholds per model.
    draws
        Number of prior draws.
    seed
        Seed of the random numbers.

    Returns
    -------
    numpy.ndarray
        Shape ``(draws, K)``; each row sums to 1.
    """
    prior = priors or OrdinalPriors()
    rng = np.random.default_rng(seed)
    categories, n_values, n_items = design.counts.shape[1], len(design.values), len(design.items)
    logs = rng.normal(0, prior.shares, (draws, categories))
    logs += np.abs(rng.normal(0, prior.shares_spread, (draws, 1))) * rng.normal(size=logs.shape)
    cut = cutpoints_from_shares(logs, link=link)
    value_sd = np.hypot(prior.value, rng.gamma(2.0, prior.value_spread / 2.0, (draws, 1)))
    theta = value_sd * rng.normal(size=(draws, n_values))
    theta -= theta.mean(axis=1, keepdims=True)
    sd = np.exp(rng.normal(0, prior.interaction, (draws, 1)))
    noise = np.hypot(np.abs(rng.normal(0, prior.item, (draws, 1))), sd)
    eta = theta @ design.membership.T + noise * rng.normal(size=(draws, n_items))
    return category_probabilities(cut[:, None, :], eta, link=link).mean(axis=1)
