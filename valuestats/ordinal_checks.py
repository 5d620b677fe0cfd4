"""How far an ordinal regression is to be trusted: cross-validation, prior sensitivity, rootograms, ArviZ output."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logsumexp, polygamma, softmax

from valuestats.errors import SpecificationError
from valuestats.kernels.family_probabilities import induced_moments, log_probabilities, thresholds_of_shares
from valuestats.kernels.ordinal_families import Family, FamilyLink
from valuestats.models.effects_draws import EffectPriors, row_log_probabilities
from valuestats.models.effects_formula import EffectsDesign, Matrices, build_effects, read_formula
from valuestats.models.effects_loo import group_log_likelihood, log_prior
from valuestats.models.effects_report import expected_and_replicated, reported_terms, rootogram_frame
from valuestats.models.ordinal_engines import MAX_PARETO_K
from valuestats.ordinal_formula import OrdinalFit

if TYPE_CHECKING:
    import arviz_stats
    import xarray as xr

Floats = NDArray[np.float64]
_SENSITIVE = 0.05  # Kallioinen et al. 2024


def leave_one_out(fit: OrdinalFit, *, most: int = 1000) -> arviz_stats.ELPDData:
    """Expected log predictive density of an answer left out, by Pareto-smoothed importance sampling.

    All answers of one cell and category are exchangeable, so each distinct one is smoothed once and counted as often
    as it was given; ``elpd_i`` and ``pareto_k`` are in the order of the data's valid answers (a row with a count of n
    stands n times).

    Parameters
    ----------
    fit
        What `fit_ordinal` gave.
    most
        At most so many posterior draws are used.

    Returns
    -------
    arviz_stats.ELPDData
        As of ``arviz_stats.loo`` (Vehtari, Gelman and Gabry 2017), for ``arviz_stats.compare``.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.ordinal_formula import fit_ordinal
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2,
    ...     "count": [20, 30, 10, 8, 25, 27]})
    >>> found = leave_one_out(fit_ordinal("answer ~ model", data, seed=1))
    >>> found.n_data_points, bool(found.pareto_k.max() < 0.7)
    (120, True)
    """
    import xarray as xr
    from arviz_stats import ELPDDataLOO
    from arviz_stats.base import array_stats

    design = fit.design
    few = fit.draws.thinned(most)
    log_p = row_log_probabilities(design, few)
    cell, category = np.nonzero(design.counts)
    found = np.asarray(log_p[:, cell, category])
    # psislw takes log-likelihoods and gives normalised log weights of their inverses.
    weights, k = array_stats.psislw(found.T, r_eff=1.0, axis=-1)
    elpd = logsumexp(weights.T + found, axis=0)
    spread = logsumexp(found, axis=0) - np.log(few.size) - elpd
    place = np.full(design.counts.shape, -1)
    place[cell, category] = np.arange(len(cell))
    repeats = np.round(design.row_count).astype(np.int64)
    at = np.repeat(place[design.row_cell, design.row_category], repeats)
    pointwise = elpd[at]
    threshold = min(1.0 - 1.0 / np.log10(few.size), MAX_PARETO_K)
    dims = {"answer": np.arange(len(at))}
    return ELPDDataLOO(
        elpd=float(pointwise.sum()),
        se=float(np.sqrt(len(at) * pointwise.var())),
        p=float(spread[at].sum()),
        n_samples=few.size,
        n_data_points=len(at),
        scale="log",
        warning=bool((k > threshold).any()),
        good_k=float(threshold),
        elpd_i=xr.DataArray(pointwise, dims=("answer",), coords=dims),
        pareto_k=xr.DataArray(k[at], dims=("answer",), coords=dims),
    )


def leave_group_out(fit: OrdinalFit, column: str, *, most: int = 400, refit: bool = True) -> pd.DataFrame:
    """Expected log predictive density of all answers of one group, left out together.

    A left-out group is predicted as a new one: its effect is integrated over the distribution of the groups' effects
    (`valuestats.models.effects_loo.group_log_likelihood`). The other parameters are reweighted by Pareto-smoothed
    importance sampling, and the model is fitted again without the group where its k is above 0.7.

    Parameters
    ----------
    fit
        What `fit_ordinal` gave.
    column
        A grouping factor with one varying effect, e.g. ``"item"`` or ``"model"``.
    most
        At most so many posterior draws are used.
    refit
        Whether to fit again where k is too high; otherwise such rows keep their unreliable estimate.

    Returns
    -------
    pandas.DataFrame
        One row per group: ``group``, ``answers``, ``elpd``, ``elpd_per_answer``, ``pareto_k`` (of the weights before
        any refit), ``refitted``, ``reliable``. Their sum is the score; ``sqrt(groups * var)`` its standard error.

    Raises
    ------
    SpecificationError
        `column` is no grouping factor with one effect, or another part of the model depends on it.

    Examples
    --------
    ::

        leave_group_out(fit_ordinal("answer ~ model + (1|item)", data), "item")["elpd"].sum()
    """
    from arviz_stats.base import array_stats

    design = fit.design
    term = _left_out_term(design, column)
    few = fit.draws.thinned(most)
    labels = design.groups[term].levels
    index = design.matrices.index[term]
    rows: list[dict[str, Any]] = []
    for level, label in enumerate(labels):
        inside = np.flatnonzero(index == level)
        counts, at = design.counts[inside], _rows(design.matrices, inside)
        value = group_log_likelihood(design, few, counts, at, term)
        weights, k = array_stats.psislw(value, r_eff=1.0)
        elpd, refitted = float(logsumexp(weights + value)), False
        if refit and k > MAX_PARETO_K:
            elpd, refitted = _without(fit, inside, term, most), True
        answers = float(counts.sum())
        rows.append(
            {
                "group": label,
                "answers": answers,
                "elpd": elpd,
                "elpd_per_answer": elpd / answers,
                "pareto_k": float(k),
                "refitted": refitted,
                "reliable": refitted or bool(k <= MAX_PARETO_K),
            }
        )
    return pd.DataFrame(rows)


def compare_fits(fits: Mapping[str, OrdinalFit], *, most: int = 1000) -> pd.DataFrame:
    """Rank regressions of the same answers by leave-one-out, with stacking weights.

    Parameters
    ----------
    fits
        Two or more fits by name.
    most
        As in `leave_one_out`.

    Returns
    -------
    pandas.DataFrame
        Of ``arviz_stats.compare``: ``rank``, ``elpd``, ``elpd_diff``, ``dse``, ``weight`` (Yao, Vehtari, Simpson and
        Gelman 2018), …

    Raises
    ------
    SpecificationError
        Fewer than two fits, or fits of different answers.

    Examples
    --------
    ::

        compare_fits({"models alike": fit_ordinal("answer ~ 1", data), "models differ": fit_ordinal("answer ~ model", data)})
    """
    import arviz_stats

    if len(fits) < 2:
        raise SpecificationError("a comparison needs two fits", parameter="fits", got=len(fits))
    first = next(iter(fits.values())).design
    for name, fit in fits.items():
        same = len(fit.design.row_cell) == len(first.row_cell)
        if not (same and np.array_equal(fit.design.row_category, first.row_category)
                and np.array_equal(fit.design.row_count, first.row_count)):  # fmt: skip
            raise SpecificationError("the fits are of different answers", parameter="fits", got=name)
    found = {name: leave_one_out(fit, most=most) for name, fit in fits.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it warns of stands in its columns
        return pd.DataFrame(arviz_stats.compare(found, method="stacking", round_to="none"))


def prior_sensitivity(fit: OrdinalFit, *, most: int = 2000) -> pd.DataFrame:
    """How far each reported term moves when the prior or the likelihood is made a little stronger or weaker.

    Power-scaling (Kallioinen, Paananen, Buerkner and Vehtari 2024): the sensitivity is the change of the posterior
    (in units where 0.05 is worth a look) per log2 of the power. The priors scaled are those at the top of the model
    (`valuestats.models.effects_loo.log_prior`).

    Returns
    -------
    pandas.DataFrame
        ``term``, ``prior``, ``likelihood`` and ``diagnosis``: ``"none"``, ``"prior and data disagree"`` or
        ``"strong prior or weak data"``.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.ordinal_formula import fit_ordinal
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2,
    ...     "count": [20, 30, 10, 8, 25, 27]})
    >>> prior_sensitivity(fit_ordinal("answer ~ model", data, seed=1))["diagnosis"].unique().tolist()
    ['none']
    """
    import arviz_stats
    import xarray as xr

    few = fit.draws.thinned(most)
    terms = reported_terms(fit.design, few)
    log_p = row_log_probabilities(fit.design, few)
    counts = fit.design.counts
    likelihood = np.where(counts > 0, counts * log_p, 0.0).sum(axis=(1, 2))
    prior = log_prior(fit.design, few, fit.priors)
    coords = {"term": list(terms.names)}
    tree = xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset({"reported": (("chain", "draw", "term"), terms.values[None])}, coords),
            "log_prior": xr.Dataset({"prior": (("chain", "draw"), prior[None])}),
            "log_likelihood": xr.Dataset({"answers": (("chain", "draw"), likelihood[None])}),
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        by_prior, by_data = (
            arviz_stats.psense(tree, group=group)["reported"].to_numpy() for group in ("prior", "likelihood")
        )
    frame = pd.DataFrame({"term": terms.names, "prior": by_prior, "likelihood": by_data})
    frame["diagnosis"] = np.select(
        [
            (frame["prior"] >= _SENSITIVE) & (frame["likelihood"] >= _SENSITIVE),
            (frame["prior"] >= _SENSITIVE) & (frame["likelihood"] < _SENSITIVE),
        ],
        ["prior and data disagree", "strong prior or weak data"],
        "none",
    )
    return frame


def with_sensitivity(fit: OrdinalFit) -> OrdinalFit:
    """The fit with the terms that its priors move named in the warnings of its result."""
    frame = prior_sensitivity(fit)
    flagged = frame[frame["diagnosis"] != "none"]
    if flagged.empty:
        return fit
    notes = [
        f"{diagnosis} (power-scaling): {', '.join(part['term'].head(5))}"
        + (f" and {len(part) - 5} more terms" if len(part) > 5 else "")
        for diagnosis, part in flagged.groupby("diagnosis")
    ]
    meta = {**fit.result.meta, "warnings": [*fit.result.meta["warnings"], *notes]}
    return replace(fit, result=replace(fit.result, meta=meta))


def prior_shares(
    categories: int, priors: EffectPriors | None = None, *, draws: int = 4000, seed: int = 0
) -> pd.DataFrame:
    """Category shares before any data, by family: what the default priors hold for likely.

    Parameters
    ----------
    categories
        K.
    priors
        `EffectPriors`; None for the defaults.
    draws
        Prior draws per family.
    seed
        Their seed.

    Returns
    -------
    pandas.DataFrame
        ``prior`` (the Dirichlet that is aimed at, each family's thresholds, and the cumulative logit with a fixed
        effect on top), ``code`` 1..K and the quantiles ``q05``, ``q25``, ``q50``, ``q75``, ``q95`` of the share.

    Examples
    --------
    >>> found = prior_shares(5, draws=500)
    >>> found["prior"].nunique()
    5
    """
    prior = priors or EffectPriors()
    rng = np.random.default_rng(seed)
    steps = categories - 1
    found = {
        f"Dirichlet({prior.concentration:g})": rng.dirichlet(np.full(categories, prior.concentration), draws)
    }
    logs = rng.multivariate_normal(np.zeros(steps), np.eye(steps) + 1.0, draws)
    logs = np.column_stack([np.zeros(draws), logs * np.sqrt(float(polygamma(1, prior.concentration)))])
    cut = thresholds_of_shares(softmax(logs, axis=1))
    found["cumulative"] = np.exp(log_probabilities(cut))
    known: tuple[tuple[Family, FamilyLink], ...] = (("sequential", "logit"), ("adjacent", "logit"))
    for family, link in known:
        mean, covariance = induced_moments(categories, prior.concentration, family=family, link=link)
        own = rng.multivariate_normal(mean, covariance, draws)
        found[f"{family} {link}"] = np.exp(log_probabilities(own, family=family, link=link))
    moved = cut - prior.effect * rng.normal(size=(draws, 1))
    found["cumulative logit, one effect"] = np.exp(log_probabilities(moved))
    parts = []
    for name, shares in found.items():
        quantiles = np.quantile(shares, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0).T
        part = pd.DataFrame(quantiles, columns=["q05", "q25", "q50", "q75", "q95"])
        part.insert(0, "code", np.arange(1, categories + 1))
        part.insert(0, "prior", name)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def rootogram(fit: OrdinalFit, by: str | None = None, *, level: float = 0.95, seed: int = 0) -> pd.DataFrame:
    """Observed against replicated counts of each category, for each level of a column.

    Parameters
    ----------
    fit
        What `fit_ordinal` gave.
    by
        A column of the formula, e.g. ``"model"`` or ``"item"``; None for all answers together.
    level
        Probability inside the intervals of the replicated counts.
    seed
        Seed of the replicates.

    Returns
    -------
    pandas.DataFrame
        ``group``, ``code``, ``observed``, ``expected``, ``lower``, ``upper`` (counts; a rootogram shows their square
        roots: Kleiber and Zeileis 2016) and ``outside``.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.ordinal_formula import fit_ordinal
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2,
    ...     "count": [20, 30, 10, 8, 25, 27]})
    >>> rootogram(fit_ordinal("answer ~ model", data, seed=1), "model")["outside"].any().item()
    False
    """
    if by is not None and by not in fit.design.cells.columns:
        raise SpecificationError(
            "no such column in the formula",
            parameter="by",
            got=by,
            expected=", ".join(fit.design.cells.columns),
        )
    return rootogram_frame(fit.design, fit.draws, by, level=level, seed=seed)[0]


def fit_datatree(fit: OrdinalFit, *, most: int = 1000) -> xr.DataTree:
    """The fit as an xarray DataTree in ArviZ's schema.

    Groups ``posterior`` (``reported`` by term), ``log_likelihood`` and ``log_prior``, ``posterior_predictive`` and
    ``observed_data`` (``counts`` by cell and code) and ``constant_data`` (the cells' columns). ``log_likelihood`` is
    that of each cell's answers together; by single answer it comes from `leave_one_out`. With more than `most` draws
    they are thinned and stacked in one chain.
    """
    import xarray as xr

    design = fit.design
    few = fit.draws.thinned(most)
    terms = reported_terms(design, few)
    log_p = row_log_probabilities(design, few)
    by_cell = np.where(design.counts > 0, design.counts * log_p, 0.0).sum(axis=2)
    replicated = expected_and_replicated(design, few, most=few.size, seed=int(fit.settings["seed"]))[1]

    def chains(values: Floats) -> Floats:
        return values.reshape(few.chains, -1, *values.shape[1:])

    cells = {"cell": np.arange(len(design.counts)), "code": design.codes}
    first = ("chain", "draw")
    return xr.DataTree.from_dict(
        {
            "posterior": xr.Dataset(
                {"reported": ((*first, "term"), chains(terms.values))}, {"term": list(terms.names)}
            ),
            "log_likelihood": xr.Dataset(
                {"counts": ((*first, "cell"), chains(by_cell))}, {"cell": cells["cell"]}
            ),
            "log_prior": xr.Dataset({"prior": (first, chains(log_prior(design, few, fit.priors)))}),
            "posterior_predictive": xr.Dataset(
                {"counts": ((*first, "cell", "code"), chains(replicated))}, cells
            ),
            "observed_data": xr.Dataset({"counts": (("cell", "code"), design.counts)}, cells),
            "constant_data": xr.Dataset(
                {c: ("cell", design.cells[c].to_numpy()) for c in design.cells.columns},
                {"cell": cells["cell"]},
            ),
        }
    )


def _left_out_term(design: EffectsDesign, column: str) -> int:
    found = [n for n, g in enumerate(design.groups) if column in g.factor]
    alone = len(found) == 1 and design.groups[found[0]].factor == (column,)
    if not alone or len(design.groups[found[0]].names) > 1:
        raise SpecificationError(
            "a group can be left out if one varying effect, and only that, belongs to it",
            parameter="column",
            got=column,
            expected=", ".join(":".join(g.factor) for g in design.groups if len(g.names) == 1)
            or "(1|column)",
        )
    side, _, monotonic, specific = read_formula(design.spec)
    text = " ".join([side, *monotonic, *specific, design.spec.disc or ""])
    others = (design.spec.thresholds, design.spec.discrimination)
    if column in others or column in text.replace("(", " ").replace(")", " ").replace("*", " ").split():
        raise SpecificationError(
            "another part of the model depends on this column, so a new level can't be predicted",
            parameter="column",
            got=column,
        )
    return found[0]


def _rows(matrices: Matrices, at: NDArray[np.int64]) -> Matrices:
    def take(value: Any) -> Any:
        return tuple(v[at] for v in value) if isinstance(value, tuple) else value[at]

    return Matrices(**{k: take(v) for k, v in vars(matrices).items()})


def _without(fit: OrdinalFit, left_out: NDArray[np.int64], term: int, most: int) -> float:
    """Log predictive density of the left-out cells under a fit to the others."""
    from valuestats.models.effects_engines import fit_effects

    design = fit.design
    kept = np.setdiff1d(np.arange(len(design.counts)), left_out)
    cell, category = np.nonzero(design.counts[kept])
    rest = design.cells.iloc[kept[cell]].assign(
        **{design.spec.response: design.codes[category], "count": design.counts[kept][cell, category]}
    )
    scale = (int(design.codes[0]), int(design.codes[-1]))
    fewer = build_effects(rest, design.spec, scale=scale, unidentified="warn")
    fitted = fit_effects(fewer, fit.priors, **fit.settings)
    at = fewer.evaluate(design.cells.iloc[left_out])
    value = group_log_likelihood(fewer, fitted.draws.thinned(most), design.counts[left_out], at, term)
    return float(logsumexp(value) - np.log(len(value)))
