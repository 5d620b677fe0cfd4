"""What a feature of an option is worth with its style held: partialling-out with cross-fitting by cluster."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.allowed import Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import FEW, LEAST
from valuestats.statistics.fitted_draws import drawn_about
from valuestats.tables.choices import Choices
from valuestats.weights.feature_sets import Array, Ints, feature_sets
from valuestats.weights.nuisance import CrossFitted, cross_fitted, style_basis

NONE, LINEAR, CROSS = "no control", "linear control", "cross-fitted"
METHODS = (NONE, LINEAR, CROSS)
CITATIONS = (
    "Chernozhukov et al. (2018), The Econometrics Journal 21, C1-C68",
    "Robinson (1988), Econometrica 56, 931-954",
)


@checked
def style_controlled(
    choices: Choices,
    features: Sequence[str],
    style: Sequence[str],
    *,
    unit: str | None = None,
    folds: Annotated[int, Whole(2)] = 5,
    splits: Annotated[int, Whole(1)] = 5,
    draws: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""What each feature adds to the probability to be preferred, with the style of both options held.

    Estimand: :math:`\theta` in :math:`P(\text{a over b}) - \tfrac12 = \theta'(d_a - d_b) + g(z_a) - g(z_b)`, d the
    features, z the style (length, lists, headings) and g unknown; where that is not the truth, :math:`\theta` is the
    projection :math:`E[\tilde d\tilde d']^{-1}E[\tilde d\tilde y]` of what style does not explain. Partialling-out
    (Robinson 1988): preference and features are each regressed on style, and the residuals on each other. The regressions
    are ridge on cubic B-splines of each style column and products of pairs, as differences between the options (so that
    nothing changes when they trade places), the penalty by leave-one-out; each is learnt on the other folds (Chernozhukov
    et al. 2018). Folds hold whole units. Errors are those of the infinitesimal jackknife: the sandwich over units (factor
    G/(G-1), Student's t) of what each unit adds to the estimate, by way of the regressions that are learnt from it as well;
    without that share they are too small by some 4%. Of several random splits the median is reported, its variance with
    their spread (their definition 3.3).

    Beside it stand ``"no control"`` and ``"linear control"`` (style columns as they are), by least squares.

    Parameters
    ----------
    choices
        Pairs, one of the two taken in each valid choice.
    features, style
        Numeric columns of the options.
    unit
        Column of the choice whose choices depend on each other (the prompt, the judge): the unit of folds and of errors.
    folds, splits
        Parts that are held out in turn, and random ways to part.
    draws, seed
        Draws from the normal approximation; seed of them and of the splits.
    level
        Probability inside the intervals.

    Returns
    -------
    Result
        Kind ``"style_controlled"``, keys ``("feature", "method")``: ``estimate`` in probability per unit of the feature,
        ``left`` (share of the feature's variance that style does not explain, held out). ``meta`` holds ``explained``
        (share of the variance of preference that style alone explains, held out; below 0 where it explains nothing) and
        ``spread`` over splits.

    Raises
    ------
    SpecificationError
        Not pairs, a column that is not there or never differs, one that is feature and style at once, fewer units than folds
        or than columns.

    References
    ----------
    Chernozhukov, Chetverikov, Demirer, Duflo, Hansen, Newey and Robins (2018); Robinson (1988).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats import ranking_choices, style_controlled
    >>> rng = np.random.default_rng(0)
    >>> length = rng.normal(size=(600, 2))
    >>> good = 0.7 * np.tanh(2 * length) + rng.normal(size=(600, 2))
    >>> p = 0.5 + 0.1 * (good[:, 0] - good[:, 1]) + 0.2 * (np.tanh(2 * length[:, 0]) - np.tanh(2 * length[:, 1]))
    >>> first = rng.random(600) < p.clip(0, 1)
    >>> frame = pd.DataFrame({"choice": np.repeat(range(600), 2), "option": ["a", "b"] * 600, "good": good.ravel(),
    ...     "length": length.ravel(), "chosen": np.column_stack([first, ~first]).astype(int).ravel()})
    >>> found = style_controlled(ranking_choices(frame), ["good"], ["length"], splits=1).estimates.set_index("method")
    >>> row = found.loc["cross-fitted"]
    >>> bool(found.loc["no control", "lower"] > 0.1), bool(row["lower"] < 0.1 < row["upper"])
    (True, True)
    """
    started = time.perf_counter()
    names, styles = list(features), list(style)
    both = sorted(set(names) & set(styles))
    if both or not styles:
        raise SpecificationError(
            "style is something else than the features",
            parameter="style",
            got=", ".join(both) or "no column",
            expected="other columns",
        )
    choices = choices.one_by_one()
    sets = feature_sets(choices, [*names, *styles], unit)
    if sets.x.shape[1] != 2:
        raise SpecificationError(
            "not pairs",
            parameter="choices",
            got=f"up to {sets.x.shape[1]} options",
            expected="two options in each choice",
        )
    k, n, g = len(names), len(sets), len(sets.units)
    if g < max(folds, k + 2):
        raise SpecificationError(
            "fewer units than are needed",
            parameter="unit",
            got=f"{g} units",
            expected=f"{max(folds, k + 2)} or more",
        )
    rng = np.random.default_rng(seed)
    turn = np.where(
        rng.random(n) < 0.5, 1.0, -1.0
    )  # the option taken comes first in the sets; here either does
    y, d = 0.5 * turn, -sets.x[:, 1, :k] * turn[:, None]
    z = style_basis(choices, styles, sets.labels) * turn[:, None]
    plain = -sets.x[:, 1, k:] * turn[:, None]
    degrees = g - 1 if unit is not None else np.inf
    reach = float(stats.t.ppf((1 + level) / 2, degrees)) if g >= LEAST else np.nan
    fits = {NONE: _least_squares(y, d, sets.unit, g)}
    joint = _least_squares(y, np.hstack([d, plain]), sets.unit, g)
    fits[LINEAR] = (joint[0][:k], joint[1][:k, :k])
    found, left, explained = [], [], []
    for _ in range(splits):
        fold = rng.permutation(g)[sets.unit] % folds
        rest = cross_fitted(y, d, z, fold)
        found.append(_least_squares(rest.y, rest.d, sets.unit, g, rest))
        left.append((rest.d**2).sum(axis=0) / (d**2).sum(axis=0))
        explained.append(1 - float((rest.y**2).sum() / (y**2).sum()))
    thetas = np.array([f[0] for f in found])
    theta = np.median(thetas, axis=0)
    spread = np.array([c + np.outer(t - theta, t - theta) for t, c in found])
    fits[CROSS] = (theta, _middle(spread))
    rows, parts = [], []
    for method, (estimate, covariance) in fits.items():
        error = np.sqrt(np.diag(covariance))
        rows.append(
            pd.DataFrame(
                {
                    "feature": names,
                    "method": method,
                    "estimate": estimate,
                    "std_error": error,
                    "lower": estimate - reach * error,
                    "upper": estimate + reach * error,
                    "left": np.median(left, axis=0) if method == CROSS else np.nan,
                }
            )
        )
        parts.append(drawn_about(estimate, covariance, degrees, draws, rng))
    frame = pd.concat(rows, ignore_index=True).assign(
        estimand="probability to be preferred, per unit of the feature",
        level=level,
        interval="Wald" if np.isfinite(reach) else "none",
        n_scored=n,
        n_asked=sets.asked,
        n_units=g,
        df=degrees if np.isfinite(degrees) else np.nan,
    )
    notes = sets.notes()
    if unit is not None and g < FEW:
        notes.append(f"{g} units: errors over so few are rough")
    meta = make_meta(
        f"partially linear model of preference, partialling-out with {folds}-fold cross-fitting by unit, median of "
        f"{splits} splits",
        {
            "features": names,
            "style": styles,
            "unit": unit or "choice",
            "folds": folds,
            "splits": splits,
            "draws": draws,
            "level": level,
        },
        citations=CITATIONS,
        seed=seed,
        warnings=notes,
        **sets.noted(),
        seconds=time.perf_counter() - started,
        explained=float(np.median(explained)),
        spread=thetas.std(axis=0).tolist(),
        columns=int(z.shape[1]),
        student="df",
    )
    tree = draws_tree("posterior", np.stack(parts, axis=2), {"feature": names, "method": list(fits)})
    return Result("style_controlled", frame, ("feature", "method"), meta, tree)


def _least_squares(
    y: Array, d: Array, unit: Ints, units: int, rest: CrossFitted | None = None
) -> tuple[Array, Array]:
    """Coefficients without a constant, and their sandwich over units; of residuals with what a unit teaches too."""
    bread = d.T @ d
    size = np.sqrt(np.diag(bread))
    if not np.linalg.eigvalsh(bread / np.outer(size, size))[0] > 1e-10:
        raise SpecificationError(
            "columns that can't be told apart",
            parameter="features",
            expected="features and style that vary apart",
        )
    theta = np.linalg.solve(bread, d.T @ y)
    sums = np.zeros((units, d.shape[1]))
    np.add.at(sums, unit, d * (y - d @ theta)[:, None] if rest is None else rest.scores(theta))
    inverse = np.linalg.inv(bread)
    return theta, inverse @ (sums.T @ sums) @ inverse * units / (units - 1)


def _middle(covariances: Array) -> Array:
    """The covariance whose variances are the medians, with the correlations of the mean."""
    variance = np.median(np.diagonal(covariances, axis1=1, axis2=2), axis=0)
    mean = covariances.mean(axis=0)
    size = np.sqrt(np.diag(mean))
    return np.asarray(mean / np.outer(size, size) * np.sqrt(np.outer(variance, variance)))
