"""Latent classes of people who choose: weights of features by class, from many starts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize

from valuestats.base.allowed import Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import plan_clusters
from valuestats.tables.choices import Choices
from valuestats.weights.feature_sets import Array, FeatureSets, feature_sets
from valuestats.weights.logit import maximise

MEMBERSHIP = "membership: "
_NEAR = 0.01
"""Log likelihoods this close are one optimum."""


@checked
def choice_classes(
    choices: Choices,
    features: Sequence[str] | str,
    *,
    unit: str,
    classes: Annotated[int, Whole(2)] = 2,
    membership: Sequence[str] = (),
    starts: Annotated[int, Whole(1)] = 50,
    replicates: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Classes of people (or judges) with weights of their own, and how large each class is.

    Estimands: :math:`\pi_k` and :math:`w_k` in the likelihood
    :math:`\prod_u \sum_k \pi_k \prod_{t \in u} \exp(w_k'x_{t}) / \sum_o \exp(w_k'x_{to})`, t over the choices of unit u,
    each factor as in `valuestats.fit_choice`. The likelihood has many local maxima: it is maximised by BFGS with analytic
    gradients from `starts` points about the weights of a single class, and the result says how many reached the best.
    Classes are numbered from the largest. Intervals resample units; each replicate starts from the maximum, so that classes
    keep their number.

    With `membership` the size of the classes depends on what a unit is like: :math:`\pi_{uk} \propto e^{a_k + g_k'z_u}`,
    :math:`a_1 = g_1 = 0`; g is reported for each later class as the feature ``membership: NAME``, in log odds for a standard
    deviation of z, and the share is the mean over units.

    Parameters
    ----------
    choices, features
        As for `valuestats.feature_weights`.
    unit
        Column of the choice that says who chose.
    membership
        Numeric columns of the unit (the person's income) that its class may depend on.
    classes, starts, replicates, level, seed
        Classes; starting points; resamples; probability inside the intervals; seed.

    Returns
    -------
    Result
        Kind ``"choice_classes"``, keys ``("class", "feature")``, the feature ``share`` being the size of the class. ``meta``
        holds ``log_likelihood``, ``single`` (that of one class), ``bic`` of both (with the number of units), ``starts``,
        ``reached``, ``certainty`` (mean posterior probability of each unit's likeliest class).

    Raises
    ------
    SpecificationError
        As for `valuestats.feature_weights`; fewer units than parameters; a column of `membership` that is no number, is
        the same for all units, or differs within one.

    References
    ----------
    Kamakura and Russell (1989), Journal of Marketing Research 26, 379-390; Greene and Hensher (2003), Transportation
    Research B 37, 681-698.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats import choice_classes, ranking_choices
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(600, 2))
    >>> w = np.where(np.arange(600) < 300, 2.0, -2.0)[:, None]
    >>> u = w * x + rng.gumbel(size=(600, 2))
    >>> frame = pd.DataFrame({"choice": np.repeat(range(600), 2), "option": ["a", "b"] * 600, "x": x.ravel(),
    ...     "who": np.repeat(np.arange(600) // 10, 2), "chosen": (u == u.max(axis=1, keepdims=True)).astype(int).ravel()})
    >>> found = choice_classes(ranking_choices(frame), ["x"], unit="who", starts=5, replicates=0).estimates
    >>> sorted(found.loc[found["feature"] == "x", "estimate"].round(0).tolist())
    [-2.0, 2.0]
    """
    started = time.perf_counter()
    sets = feature_sets(choices, features, unit)
    p, n = len(sets.names), len(sets.units)
    z = _like(choices, sets, unit, membership)
    free = classes * p + (classes - 1) * z.shape[1]
    if n <= free:
        raise SpecificationError(
            "fewer units than parameters", parameter="unit", got=f"{n} units", expected=f"more than {free}"
        )
    single = maximise(sets)
    rng = np.random.default_rng(seed)
    problem = _Mixture(sets, classes, np.sqrt((sets.differences**2).mean(axis=0)), z)
    ends = [problem.fit(problem.start(single.beta, rng)) for _ in range(starts)]
    value = np.array([e[1] for e in ends])
    end, _, inverse = ends[int(value.argmin())]
    best = problem.ordered(end)
    reached = int((value - value.min() <= _NEAR).sum())
    plan = plan_clusters(n, replicates, rng)
    drawn = [problem.ordered_as(problem.fit(end, weights, inverse)[0], best) for weights in plan.weights]
    point = problem.reported(best)
    names = ["share", *sets.names, *(f"{MEMBERSHIP}{name}" for name in membership)]
    values = np.array([problem.reported(d) for d in drawn]).reshape(len(drawn), classes, len(names))
    found = plan.finish(values, point, n, level, what="units")
    labels = [f"class {k + 1}" for k in range(classes)]
    keys = pd.MultiIndex.from_product([labels, names], names=["class", "feature"]).to_frame(index=False)
    frame = keys.assign(
        estimand="weight by class, and share of the class",
        estimate=point.ravel(),
        std_error=found.std_error.ravel(),
        lower=found.lower.ravel(),
        upper=found.upper.ravel(),
        level=level,
        interval=found.interval.ravel(),
        n_scored=len(sets),
        n_asked=sets.asked,
        n_units=n,
    )
    share = frame["feature"] == "share"
    frame.loc[share, ["lower", "upper"]] = frame.loc[share, ["lower", "upper"]].clip(0, 1)
    against = frame["feature"].str.startswith(MEMBERSHIP) & (
        frame["class"] == labels[0]
    )  # what the others are held against
    frame = frame[~against].reset_index(drop=True)
    member = problem.members(best)
    log_likelihood = -float(value.min())
    meta = make_meta(
        f"latent class conditional logit, {classes} classes, maximum likelihood",
        {
            "features": features if isinstance(features, str) else list(sets.names),
            "unit": unit,
            "classes": classes,
            "membership": list(membership),
            "starts": starts,
            "replicates": replicates,
            "level": level,
        },
        citations=("Kamakura & Russell (1989)", "Greene & Hensher (2003)"),
        seed=seed,
        warnings=[*sets.notes(), *found.warnings],
        **sets.noted(),
        seconds=time.perf_counter() - started,
        log_likelihood=log_likelihood,
        single=single.log_likelihood,
        bic=[-2 * single.log_likelihood + p * np.log(n), -2 * log_likelihood + free * np.log(n)],
        starts=starts,
        reached=reached,
        optima=sorted({round(-float(v), 2) for v in value}, reverse=True)[:10],
        certainty=float(member.max(axis=1).mean()),
    )
    tree = None
    if plan.replicates:
        tree = draws_tree("bootstrap", found.draws, {"class": labels, "feature": names})
    return Result("choice_classes", frame, ("class", "feature"), meta, tree)


def _like(choices: Choices, sets: FeatureSets, unit: str, membership: Sequence[str]) -> Array:
    """What units are like: a constant and each column in standard deviations, shape ``(units, 1 + columns)``."""
    frame = choices.frame
    columns = [np.ones(len(sets.units))]
    for name in membership:
        if name not in frame.columns:
            raise SpecificationError(
                "no such column",
                parameter="membership",
                got=name,
                expected=", ".join(map(str, frame.columns)),
            )
        numbers = pd.to_numeric(frame[name], errors="coerce")
        by_unit = numbers.groupby(frame[unit].astype(str))
        ends = by_unit.agg(["min", "max", "count", "size"]).loc[list(sets.units)]
        value = ends["min"].to_numpy(dtype=float)
        whole = (ends["count"] == ends["size"]).to_numpy() & np.isfinite(value)
        fault = (
            "is not a number for every unit"
            if not whole.all()
            else "differs within a unit"
            if (ends["min"] < ends["max"]).any()
            else "is the same for all units"
            if not value.std() > 0
            else None
        )
        if fault:
            raise SpecificationError(f"a column {fault}", parameter="membership", got=name)
        columns.append((value - value.mean()) / value.std(ddof=1))
    return np.column_stack(columns)


@dataclass(frozen=True)
class _Mixture:
    """The likelihood of `valuestats.fit_choice`, mixed over classes.

    Parameters are weights by class on the scale of `spread`, then log odds of the later classes.
    """

    sets: FeatureSets
    classes: int
    spread: Array
    like: Array

    def _odds(self, theta: Array) -> Array:
        """Coefficients of membership, shape ``(classes, 1 + columns)``, the first class's 0."""
        own = theta[self.classes * len(self.spread) :].reshape(self.classes - 1, self.like.shape[1])
        return np.vstack([np.zeros((1, self.like.shape[1])), own])

    def _parts(self, theta: Array) -> tuple[Array, Array]:
        """Weights ``(classes, features)`` and log shares ``(classes, units)``."""
        p = len(self.spread)
        w = theta[: self.classes * p].reshape(self.classes, p) / self.spread
        odds = self._odds(theta) @ self.like.T
        return w, odds - np.logaddexp.reduce(odds, axis=0)

    def start(self, beta: Array, rng: np.random.Generator) -> Array:
        """A start about the weights of one class."""
        p = len(self.spread)
        w = beta * self.spread + rng.normal(size=(self.classes, p)) * np.maximum(
            np.abs(beta * self.spread), 0.5
        )
        odds = np.zeros((self.classes - 1, self.like.shape[1]))
        odds[:, 0] = rng.normal(size=self.classes - 1)
        return np.concatenate([w.ravel(), odds.ravel()])

    def value(self, theta: Array, weights: Array | None = None) -> tuple[float, Array]:
        """Minus the log likelihood and its gradient, units weighted."""
        sets = self.sets
        w, log_share = self._parts(theta)
        eta, none, n = sets.flat @ w.T, np.zeros((0, self.classes)), len(sets.units)
        joint = sets.stages.values_by(eta, none, self._unit_of, n).T + log_share
        whole = np.logaddexp.reduce(joint, axis=0)
        post = np.exp(joint - whole)
        v = np.ones(n) if weights is None else weights
        slopes = sets.stages.gradient(eta, none)[1] * (post * v).T[self._unit_of]
        slope = (slopes.T @ sets.flat) / self.spread
        odds = (((post - np.exp(log_share)) * v) @ self.like)[1:]
        return -float(v @ whole), -np.concatenate([slope.ravel(), odds.ravel()])

    @cached_property
    def _unit_of(self) -> NDArray[np.int64]:
        """Unit of each offered option."""
        return np.asarray(self.sets.unit[self.sets.choice_of])

    def fit(
        self, start: Array, weights: Array | None = None, inverse: Array | None = None
    ) -> tuple[Array, float, Array]:
        """The maximum from one start, its value and the inverse Hessian that was built up; of another's, steps are fewer."""
        options: Any = {"gtol": 1e-5} | ({} if inverse is None else {"hess_inv0": inverse})
        found = minimize(self.value, start, args=(weights,), jac=True, method="BFGS", options=options)
        whole = np.asarray(found.hess_inv)
        return np.asarray(found.x), float(found.fun), (whole + whole.T) / 2

    def members(self, theta: Array) -> Array:
        """Probability of each class for each unit, shape ``(units, classes)``."""
        w, log_share = self._parts(theta)
        eta, n = self.sets.flat @ w.T, len(self.sets.units)
        none = np.zeros((0, self.classes))
        joint = self.sets.stages.values_by(eta, none, self._unit_of, n).T + log_share
        return np.exp(joint - np.logaddexp.reduce(joint, axis=0)).T

    def _permuted(self, theta: Array, order: NDArray[np.integer]) -> Array:
        p = len(self.spread)
        w = theta[: self.classes * p].reshape(self.classes, p)[order]
        odds = self._odds(theta)[order]
        return np.concatenate([w.ravel(), (odds - odds[0])[1:].ravel()])

    def ordered(self, theta: Array) -> Array:
        """Classes from the largest."""
        share = np.exp(self._parts(theta)[1]).mean(axis=1)
        return self._permuted(theta, np.argsort(-share, kind="stable"))

    def ordered_as(self, theta: Array, other: Array) -> Array:
        """Classes in the order that lies nearest to another's."""
        from scipy.optimize import linear_sum_assignment

        p = len(self.spread)
        one, two = (t[: self.classes * p].reshape(self.classes, p) for t in (theta, other))
        cost = ((two[:, None] - one[None]) ** 2).sum(axis=2)
        return self._permuted(theta, linear_sum_assignment(cost)[1])

    def reported(self, theta: Array) -> Array:
        """Share, weights and coefficients of membership, shape ``(classes, 1 + features + columns)``."""
        w, log_share = self._parts(theta)
        return np.column_stack([np.exp(log_share).mean(axis=1), w, self._odds(theta)[:, 1:]])
