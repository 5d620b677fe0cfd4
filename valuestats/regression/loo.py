"""Cross-validation of ordinal regressions: by answer and by group, with refits, and comparisons by stacking."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logsumexp

from valuestats.base.allowed import Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.latent.engines import MAX_PARETO_K
from valuestats.regression.effects_columns import as_text
from valuestats.regression.effects_design import EffectsDesign, Matrices
from valuestats.regression.effects_draws import EffectDraws, row_log_probabilities
from valuestats.regression.effects_loo import group_log_likelihood
from valuestats.regression.fitted import OrdinalFit, posterior_of
from valuestats.regression.formula_syntax import names_in

if TYPE_CHECKING:
    import arviz_stats

Floats = NDArray[np.float64]


@checked
def leave_one_out(
    fit: OrdinalFit, *, most: Annotated[int, Whole(25)] = 1000, refits: int = 10
) -> arviz_stats.ELPDData:
    """Expected log predictive density of an answer left out, by Pareto-smoothed importance sampling.

    All answers of one cell and category are exchangeable, so each distinct one is smoothed once and counted as often
    as it was given; ``elpd_i`` and ``pareto_k`` are in the order of the data's valid answers (a row with a count of n
    stands n times). Where k is above ``good_k`` (0.7 at most) the model is fitted again without the answer.

    Parameters
    ----------
    fit
        What `fit_ordinal` gave.
    most
        At most so many posterior draws are used.
    refits
        At most so many distinct answers are left out by a refit, those of the highest k first; 0 for none.

    Returns
    -------
    arviz_stats.ELPDData
        As of ``arviz_stats.loo`` (Vehtari, Gelman and Gabry 2017), for ``arviz_stats.compare``. ``pareto_k`` is 0 where
        the model was fitted again (as in ``arviz_stats.reloo``); ``warning`` says whether a high k remains. ``elpd_i``
        has the columns of the formula as coordinates: ``elpd_i.groupby("model").sum()`` is the part of each model.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.regression.fit import fit_ordinal
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2,
    ...     "count": [20, 30, 10, 8, 25, 27]})
    >>> found = leave_one_out(fit_ordinal("answer ~ model", data, seed=1))
    >>> found.n_data_points, bool(found.pareto_k.max() < 0.7), found.elpd_i.groupby("model").sum().sizes["model"]
    (120, True, 2)
    """
    import xarray as xr
    from arviz_stats import ELPDDataLOO
    from arviz_stats.base import array_stats

    posterior_of(fit, "leave-one-out")
    design = fit.design
    few = fit.draws.thinned(most)
    log_p = row_log_probabilities(design, few)
    cell, category = np.nonzero(design.counts)
    found = np.asarray(log_p[:, cell, category])
    # psislw takes log-likelihoods and gives normalised log weights of their inverses.
    weights, k = array_stats.psislw(found.T, r_eff=1.0, axis=-1)
    elpd, k = logsumexp(weights.T + found, axis=0), np.array(k)
    threshold = min(1.0 - 1.0 / np.log10(few.size), MAX_PARETO_K)
    for n in [n for n in np.argsort(-k) if k[n] > threshold][: max(0, refits)]:
        one = np.zeros_like(design.counts)
        one[cell[n], category[n]] = min(1.0, design.counts[cell[n], category[n]])
        # A group's effect that only this answer told is drawn from its distribution.
        again = row_log_probabilities(design, _without(fit, one, most))[:, cell[n], category[n]]
        elpd[n], k[n] = logsumexp(again) - np.log(len(again)), 0.0
    spread = logsumexp(found, axis=0) - np.log(few.size) - elpd
    place = np.full(design.counts.shape, -1)
    place[cell, category] = np.arange(len(cell))
    repeats = np.round(design.row_count).astype(np.int64)
    at = np.repeat(place[design.row_cell, design.row_category], repeats)
    pointwise = elpd[at]
    answers = {"answer": np.arange(len(at))}
    columns = {
        str(name): ("answer", as_text(design.cells[name]).to_numpy()[cell[at]])
        for name in design.cells.columns
        if name != "answer"
    }
    return ELPDDataLOO(
        elpd=float(pointwise.sum()),
        se=float(np.sqrt(len(at) * pointwise.var())),
        p=float(spread[at].sum()),
        n_samples=few.size,
        n_data_points=len(at),
        scale="log",
        warning=bool((k > threshold).any()),
        good_k=float(threshold),
        elpd_i=xr.DataArray(pointwise, dims=("answer",), coords={**answers, **columns}),
        pareto_k=xr.DataArray(k[at], dims=("answer",), coords=answers),
    )


@checked
def leave_group_out(
    fit: OrdinalFit, column: str, *, most: Annotated[int, Whole(25)] = 400, refit: bool = True
) -> pd.DataFrame:
    """Expected log predictive density of all answers of one group, left out together.

    A left-out group is predicted as a new one: every effect that varies over `column`, alone or together with other
    columns, is integrated over its distribution (`valuestats.regression.effects_loo.group_log_likelihood`). The other
    parameters are reweighted by Pareto-smoothed importance sampling, and the model is fitted again without the group
    where its k is above 0.7.

    Parameters
    ----------
    fit
        What `fit_ordinal` gave.
    column
        A column that groups effects, e.g. ``"item"`` or ``"model"``, and stands nowhere else in the formula.
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
        `column` groups no effect, or another part of the model depends on it.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats import fit_ordinal, leave_group_out
    >>> rng = np.random.default_rng(1)
    >>> counts = rng.multinomial(30, [0.3, 0.4, 0.3], size=12) + np.repeat([[0, 0, 0], [0, 5, 15]], 6, axis=0)
    >>> asked = [(model, item) for model in "ab" for item in range(6)]
    >>> rows = [(*who, code, n) for who, row in zip(asked, counts) for code, n in enumerate(row, start=1)]
    >>> data = pd.DataFrame(rows, columns=["model", "item", "answer", "count"])
    >>> found = leave_group_out(fit_ordinal("answer ~ model + (1|item)", data, seed=1), "item")
    >>> len(found), bool(found["reliable"].all()), bool(found["elpd"].sum() < 0)
    (6, True, True)
    """
    from arviz_stats.base import array_stats

    posterior_of(fit, "leave-one-out")
    design = fit.design
    terms = _left_out_terms(design, column)
    few = fit.draws.thinned(most)
    labels = as_text(design.cells[column])
    rows: list[dict[str, Any]] = []
    for label in sorted(labels.unique()):
        inside = np.flatnonzero(labels == label)
        counts, at = design.counts[inside], _rows(design.matrices, inside)
        value = group_log_likelihood(design, few, counts, at, terms)
        weights, k = array_stats.psislw(value, r_eff=1.0)
        elpd, refitted = float(logsumexp(weights + value)), False
        if refit and k > MAX_PARETO_K:
            own = np.zeros_like(design.counts)
            own[inside] = counts
            value = group_log_likelihood(design, _without(fit, own, most), counts, at, terms)
            elpd, refitted = float(logsumexp(value) - np.log(len(value))), True
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


@checked
def compare_fits(
    fits: Mapping[str, OrdinalFit], *, most: Annotated[int, Whole(25)] = 1000, refits: int = 10
) -> pd.DataFrame:
    """Rank regressions of the same answers by leave-one-out, with stacking weights.

    Parameters
    ----------
    fits
        Two or more fits by name.
    most, refits
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
    >>> import pandas as pd
    >>> from valuestats import compare_fits, fit_ordinal
    >>> data = pd.DataFrame({"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2,
    ...     "count": [20, 30, 10, 8, 25, 27]})
    >>> formulas = {"models alike": "answer ~ 1", "models differ": "answer ~ model"}
    >>> found = compare_fits({name: fit_ordinal(formula, data, seed=1) for name, formula in formulas.items()})
    >>> found.index.tolist(), bool(found["weight"].iloc[0] > 0.8)
    (['models differ', 'models alike'], True)
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
    found = {name: leave_one_out(fit, most=most, refits=refits) for name, fit in fits.items()}
    for each in found.values():
        each.elpd_i = each.elpd_i.reset_coords(drop=True)  # fits may differ in their columns
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it warns of stands in its columns
        return pd.DataFrame(arviz_stats.compare(found, method="stacking", round_to="none"))


def _without(fit: OrdinalFit, left_out: Floats, most: int) -> EffectDraws:
    """Draws of a fit to the answers without those left out; groups and covariates keep their coding."""
    from valuestats.regression.effects_engines import fit_effects

    fewer = replace(fit.design, counts=fit.design.counts - left_out)
    return fit_effects(fewer, fit.priors, **fit.settings).draws.thinned(most)


def _left_out_terms(design: EffectsDesign, column: str) -> tuple[int, ...]:
    found = tuple(n for n, g in enumerate(design.groups) if column in g.factor)
    if not found:
        raise SpecificationError(
            "no effect varies over this column, so a new level of it can't be predicted",
            parameter="column",
            got=column,
            expected=", ".join(dict.fromkeys(c for g in design.groups for c in g.factor)) or "(1|column)",
        )
    terms = design.spec.terms
    named = [*terms.fixed.columns, *terms.specific.columns, *terms.disc.columns, *terms.monotonic]
    named += [name for curve in terms.curves for name in curve.columns]
    named += [name for node in terms.offsets for name in names_in(node)]
    named += [name for group in terms.groups for name in group.effects.columns]
    if column in (*named, design.spec.thresholds, design.spec.discrimination):
        raise SpecificationError(
            "another part of the model depends on this column, so a left-out level can't be predicted",
            parameter="column",
            got=column,
        )
    return found


def _rows(matrices: Matrices, at: NDArray[np.int64]) -> Matrices:
    def take(value: Any) -> Any:
        return tuple(v[at] for v in value) if isinstance(value, tuple) else value[at]

    return Matrices(**{k: take(v) for k, v in vars(matrices).items()})
