"""How well rules and baselines foresee the next opinion of people whom they have not seen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.extras import from_extra
from valuestats.opinions.panel import Array, Steps, steps_of
from valuestats.opinions.profile import best, directions
from valuestats.opinions.rules import LABELS, RuleName, base_of, ranged
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import plan_clusters

PERSISTENCE, LINEAR, VECTOR = "persistence", "linear", "support vectors"
ABSENT = "support vectors were left out, as scikit-learn is not installed"
CHOICES = {"C": [0.1, 1.0, 10.0], "gamma": [0.01, 0.1, 1.0]}
CITATIONS = ("Hastie, Tibshirani and Friedman (2009), The elements of statistical learning, 7.10",)


@checked
def opinion_forecast(
    panel: pd.DataFrame,
    ties: pd.DataFrame,
    *,
    rules: Sequence[RuleName] = ("bounded_confidence", "deffuant", "hegselmann_krause", "degroot"),
    support_vector: bool | None = None,
    unit: str | None = None,
    folds: int = 10,
    replicates: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Mean squared error of the next opinion by rules and by baselines, people held out.

    Estimand: :math:`\mathrm{E}(x_i' - \hat x_i')^2` for people of the same population whose changes had no part in the fit.
    Units (people) are dealt into `folds` at random, and each fold is foretold by what the others fit. Baselines that are
    always there: ``persistence``, :math:`\hat x'=x`, and ``linear``, least squares on :math:`1, x, \bar x` (own opinion and
    the mean of friends), which holds regression to the mean. A rule that does not beat persistence foretells nothing.

    Parameters
    ----------
    panel, ties
        As in `valuestats.opinion_dynamics`.
    rules
        Rules whose parameters are fitted by least squares (of Friedkin and Johnsen from three waves on).
    support_vector
        Whether support vector regression stands beside (scikit-learn, extra ``learn``): where that is installed, if not
        said, and the result says which. Radial kernel on standardised own opinion, mean, spread and number of friends;
        C of .1, 1, 10 and a kernel width of .01, .1, 1 chosen by units held out of the units fitted.
    unit
        Column of `panel` whose values are held out and resampled together; the person where not given.
    folds
        Parts of the people.
    replicates, level, seed
        Resamples of units, probability inside the intervals, seed of folds and resamples. Intervals are over the people
        foretold, the fits as they are.

    Returns
    -------
    Result
        Kind ``"opinion_forecast"``, keys ``("model",)``: the error, in squared units of opinions, and ``skill``, one less
        its ratio to that of persistence, with ``skill_lower`` and ``skill_upper`` from the same resamples.

    Raises
    ------
    InputError, SpecificationError
        As in `valuestats.opinion_dynamics`; fewer units than folds; scikit-learn asked for and absent.

    References
    ----------
    Hastie, Tibshirani and Friedman (2009).

    Examples
    --------
    >>> from valuestats import opinion_forecast, simulate_ego_networks
    >>> panel, ties = simulate_ego_networks(people=80, influence=0.5, seed=2)
    >>> found = opinion_forecast(panel, ties, rules=["bounded_confidence"], replicates=100)
    >>> models = found.estimates["model"].tolist()  # and support vectors, with the extra `learn`
    >>> models[0], models[1], models[-1]
    ('persistence', 'linear', 'bounded confidence')
    """
    started = time.perf_counter()
    steps = steps_of(panel, ties, unit, from_first="friedkin_johnsen" in rules)
    n_units = len(steps.units)
    if n_units < folds:
        raise SpecificationError(
            "fewer units than folds",
            parameter="folds",
            got=f"{folds}, of {n_units} units",
            expected=f"2 to {n_units}",
        )
    rng = np.random.default_rng(seed)
    fold = (rng.permutation(n_units) % folds)[steps.member]
    features = np.column_stack([np.ones(len(steps)), steps.now, steps.mean_of_others])
    told = {PERSISTENCE: steps.now, LINEAR: _linear(features, steps.then, fold, folds)}
    vectors = None if support_vector is False else _vectors(steps, fold, folds, bool(support_vector))
    if vectors is not None:
        told[VECTOR] = vectors
    for rule in rules:
        told[LABELS[rule]] = _by_rule(rule, steps, fold, folds)
    names = list(told)
    losses = np.column_stack([(steps.then - told[name]) ** 2 for name in names])
    sums, size = np.zeros((n_units, len(names))), np.bincount(steps.member, minlength=n_units).astype(float)
    np.add.at(sums, steps.member, losses)
    plan = plan_clusters(n_units, replicates, rng)
    drawn = (plan.weights @ sums) / (plan.weights @ size)[:, None]
    point = losses.mean(axis=0)
    found = plan.finish(drawn, point, n_units, level, within=(0.0, np.inf), what=unit or "people")
    skill = 1 - point / point[0]
    gained = plan.finish(1 - drawn / drawn[:, :1], skill, n_units, level, what=unit or "people")
    estimates = pd.DataFrame(
        {
            "estimand": "mean squared error of the next opinion",
            "model": names,
            "estimate": point,
            "std_error": found.std_error,
            "lower": found.lower,
            "upper": found.upper,
            "level": level,
            "interval": found.interval,
            "skill": skill,
            "skill_lower": gained.lower,
            "skill_upper": gained.upper,
            "n_scored": len(steps),
            "n_asked": steps.asked,
            "n_units": n_units,
        }
    )
    meta = make_meta(
        "error of forecasts, people held out",
        {
            "rules": list(rules),
            "support_vector": vectors is not None,
            "unit": unit or "person",
            "folds": folds,
            "replicates": replicates,
            "level": level,
        },
        citations=CITATIONS,
        seed=seed,
        warnings=[
            *found.warnings,
            *steps.notes,
            *([] if vectors is not None or support_vector is False else [ABSENT]),
        ],
        seconds=time.perf_counter() - started,
        still=float((steps.now == steps.then).mean()),
        spread=float(steps.then.std(ddof=1)),
    )
    tree = draws_tree("bootstrap", found.draws, {"model": names}) if replicates else None
    return Result("opinion_forecast", estimates, ("model",), meta, tree)


def _linear(features: Array, y: Array, fold: np.ndarray, folds: int) -> Array:
    told = np.empty(len(y))
    for k in range(folds):
        out = fold == k
        told[out] = features[out] @ np.linalg.lstsq(features[~out], y[~out], rcond=None)[0]
    return told


def _by_rule(name: str, steps: Steps, fold: np.ndarray, folds: int) -> Array:
    rule = ranged(name, None, float(np.abs(steps.apart).max()))
    base = base_of(rule, steps)
    rest = steps.then - base
    _, g = directions(rule, steps)
    squares, products, totals = np.zeros((folds, g.shape[1])), np.zeros((folds, g.shape[1])), np.zeros(folds)
    for into, values in ((squares, g**2), (products, g * rest[:, None]), (totals, rest**2)):
        np.add.at(into, fold, values)
    left = [x.sum(axis=0) - x for x in (squares, products, totals)]
    found = best(rule, left[0], left[1], left[2][:, None])
    at = found.residual.argmin(axis=1)
    strength = found.strength[np.arange(folds), at]
    return np.asarray(base + strength[fold] * g[np.arange(len(base)), at[fold]])


def _vectors(steps: Steps, fold: np.ndarray, folds: int, asked: bool) -> Array | None:
    try:
        with from_extra("learn", "support vector regression", "support_vector"):
            from sklearn.model_selection import GridSearchCV, GroupKFold
            from sklearn.svm import SVR
    except SpecificationError:
        if not asked:
            return None
        raise
    mean, size = steps.mean_of_others, np.diff(steps.start)
    square = np.add.reduceat(steps.weight * steps.others**2, steps.start[:-1])
    spread = np.sqrt(np.maximum(square / np.add.reduceat(steps.weight, steps.start[:-1]) - mean**2, 0.0))
    features: Any = np.column_stack([steps.now, mean, spread, size])
    told = np.empty(len(steps))
    for k in range(folds):
        out = fold == k
        centre, scale = features[~out].mean(axis=0), features[~out].std(axis=0)
        x = (features - centre) / np.where(scale > 1e-9 * (1 + np.abs(centre)), scale, 1.0)
        y, units = steps.then[~out], steps.member[~out]
        middle, wide = y.mean(), y.std() or 1.0
        inner = GroupKFold(min(3, len(np.unique(units))))
        search = GridSearchCV(SVR(epsilon=0.1), CHOICES, scoring="neg_mean_squared_error", cv=inner)
        search.fit(x[~out], (y - middle) / wide, groups=units)
        told[out] = middle + wide * search.predict(x[out])
    return told
