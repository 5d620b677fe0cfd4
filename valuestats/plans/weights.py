"""Weights of values behind plans: maximum-entropy inverse reinforcement learning on the simplex, with a posterior."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import combinations
from typing import Annotated, Any

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.allowed import POSITIVE, Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import listed
from valuestats.plans.posterior import LARGEST_K, LEAST_EFFECTIVE, Found, posterior
from valuestats.plans.process import Array, Process, plan_counts, process_of
from valuestats.plans.profile import maximum, share_profile
from valuestats.plans.soft import derivatives
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.resampling import equal_tailed

UNTOLD = 0.5
"""Share of the prior's variance that is left in a direction, from which on the plans have not told it."""
LOADING = 0.3
PRIOR = 5.0
CITATIONS = (
    "Ziebart, Bagnell & Dey (2010), Modeling interaction via the principle of maximum causal entropy, ICML",
    "Ng & Russell (2000), Algorithms for inverse reinforcement learning, ICML",
    "Vehtari, Simpson, Gelman, Yao & Gabry (2024), Journal of Machine Learning Research 25(72)",
)


@checked
def plan_weights(
    steps: pd.DataFrame,
    plans: pd.DataFrame,
    values: Sequence[str],
    *,
    horizon: Annotated[int, Whole(1)],
    by: str | None = None,
    discount: Annotated[float, POSITIVE] = 1.0,
    prior_sd: Annotated[float, POSITIVE] = PRIOR,
    draws: Annotated[int, Whole(100)] = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""What each value weighs for those who made these plans, and which weights the plans can't tell apart.

    Estimand: :math:`v` on the simplex in :math:`w = s v`, where plans are those of maximum causal entropy: an action is
    taken with probability :math:`\pi_t(a|s) = e^{Q_t(s,a) - V_t(s)}`, :math:`Q_t(s,a) = w'\phi(s,a) + \gamma E\,V_{t+1}`,
    :math:`V_t(s) = \log\sum_a e^{Q_t(s,a)}`, :math:`V_T = 0` (Ziebart, Bagnell and Dey 2010); with one step that is the
    conditional logit. Prior: v uniform on the simplex, and a half-normal s with a standard deviation of `prior_sd` logits
    for one standard deviation of what actions serve (the mean over values). Posterior: importance sampling from a t
    distribution about the mode, cut at 0, with Pareto-smoothed weights.

    The prior holds each share for likely, also where the truth is that a value weighs nothing: then it takes from the others
    what the plans don't give it. ``likely_lower`` and ``likely_upper`` are free of it: shares at which twice the fall of the
    log likelihood, the others at their best, is below chi-squared's quantile of one degree. ``p_zero`` is the
    likelihood-ratio test of a share of 0. Plans that look ahead less far, or farther, fit a model with their own horizon
    better: ``meta["horizons"]`` holds the largest log likelihood at the length of the longest plan, at `horizon` and at
    twice `horizon`.

    What plans can't tell: where :math:`F` is the information of the steps at the mode and :math:`\tau` the prior's scale,
    the direction u of w keeps the share :math:`1/(1 + \tau^2 u'Fu)` of its prior variance. Directions that keep more than
    half are named in ``meta["untold"]``; ``structural`` ones would be kept by plans through every state, too.

    Parameters
    ----------
    steps
        ``state``, ``action``, ``next``, ``probability``, and a column for each value: what the action in the state serves
        it. A state without actions is an end.
    plans
        ``trajectory``, ``step``, ``state``, ``action``, and the column `by`.
    values
        Columns of `steps`, measured on one scale.
    horizon
        Steps that a plan looks ahead from its beginning.
    by
        Column of the plans (the agent) whose values are fitted one by one.
    discount
        What the next step is worth beside this one.
    prior_sd, draws, level, seed
        As above; draws of the posterior, probability inside the intervals, seed.

    Returns
    -------
    Result
        Kind ``"plan_weights"``, keys ``("value",)`` or ``(by, "value")``: ``estimate`` (posterior mean of the share),
        ``kept`` (share of the prior variance of this weight that is left), ``likely_lower``, ``likely_upper`` and
        ``p_zero``. ``meta["fits"]`` holds, of each fit, ``scale``
        with its interval (0: actions at random), ``log_likelihood`` and ``at_random``, ``p_random``, ``pareto_k``;
        ``meta["pairs"]`` the probability that one value weighs more than another; ``meta["untold"]`` the directions.

    Raises
    ------
    SpecificationError
        A value that the table lacks or that no choice changes, too large a process, a column `by` that is not there.
    InputError
        Probabilities that don't sum to 1, a plan that the process does not allow, by row.

    References
    ----------
    Ziebart, Bagnell and Dey (2010); Ng and Russell (2000); Self and Liang (1987), Journal of the American Statistical
    Association 82, 605-610; Vehtari, Simpson, Gelman, Yao and Gabry (2024).

    Examples
    --------
    >>> from valuestats import plan_weights
    >>> from valuestats.plans.simulate import simulate_plans, simulate_town
    >>> town = simulate_town(values=2)
    >>> plans = simulate_plans(town, {"a": {"care": 4.0, "safety": 1.0}}, plans=30)
    >>> found = plan_weights(town, plans, ["care", "safety"], horizon=10).estimates
    >>> bool(found["lower"].iloc[0] < 0.8 < found["upper"].iloc[0])
    True
    """
    started = time.perf_counter()
    process = process_of(steps, values)
    groups = _groups(plans, by)
    rng = np.random.default_rng(seed)
    scale = prior_sd / float(process.spread.mean())
    everywhere = np.broadcast_to(
        process.offered.any(axis=1)[None, :, None], (horizon, *process.offered.shape)
    )
    full = derivatives(process, everywhere.astype(float), np.zeros(len(process.values)), horizon, discount)[2]
    parts, fits, pairs, untold, drawn, notes, horizons = [], [], [], [], [], [], []
    for label, own in groups.items():
        counts, n = plan_counts(process, own, horizon)
        found = posterior(process, counts, scale, horizon, discount, draws, rng)
        key = {} if by is None else {by: label}
        total = found.weights.sum(axis=1)
        share = found.weights / total[:, None]
        lower, upper = equal_tailed(share, level)
        left = _left(found.information, scale)
        likely = share_profile(process, counts, scale, horizon, discount, found.mode, level)
        parts.append(
            pd.DataFrame(
                {
                    **key,
                    "value": process.values,
                    "estimate": share.mean(axis=0),
                    "std_error": share.std(axis=0, ddof=1),
                    "lower": lower,
                    "upper": upper,
                    "kept": np.diag(np.linalg.inv(np.eye(len(left)) + scale**2 * found.information)),
                    "likely_lower": likely.lower,
                    "likely_upper": likely.upper,
                    "p_zero": likely.p_zero,
                    "n_scored": int(counts.sum()),
                    "n_asked": len(own),
                    "n_units": n,
                }
            )
        )
        fits.append({**key, "fit": label, **_fit(found, total, level)})
        tried = _horizons(process, own, counts, scale, horizon, discount, found.mode)
        horizons += [{**key, "fit": label, "horizon": h, "log_likelihood": v} for h, v in tried.items()]
        pairs += [
            {**key, "one": a, "other": b, "probability": float((share[:, i] > share[:, j]).mean())}
            for (i, a), (j, b) in combinations(enumerate(process.values), 2)
        ]
        untold += [{**key, **d} for d in _directions(process, found.information, full, scale)]
        drawn.append(share)
    reasons = [
        f"{f['fit']}: the draws stand for too few (Pareto k {f['pareto_k']:.2f}, {f['effective']:.0f} effective)"
        for f in fits
        if not f["pareto_k"] < LARGEST_K or f["effective"] < LEAST_EFFECTIVE
    ]
    structural = sorted({", ".join(d["values"]) for d in untold if d["structural"]})
    if structural:
        notes.append(f"no plan in this process could tell apart: {listed(structural)}")
    frame = pd.concat(parts, ignore_index=True).assign(
        estimand="share of the weights", level=level, interval="posterior, equal-tailed"
    )
    stacked = np.stack(drawn, axis=1)
    coords: dict[str, Any] = {"value": list(process.values)}
    if by is not None:
        coords = {by: list(groups), **coords}
    meta = make_meta(
        "maximum causal entropy inverse reinforcement learning, posterior by importance sampling",
        {
            "values": list(process.values),
            "horizon": horizon,
            "by": by,
            "discount": discount,
            "prior_sd": prior_sd,
            "draws": draws,
            "level": level,
            "unit": "plan",
        },
        citations=CITATIONS,
        seed=seed,
        warnings=notes,
        gate={"passed": not reasons, "reasons": reasons},
        seconds=time.perf_counter() - started,
        fits=fits,
        pairs=pairs,
        untold=untold,
        horizons=horizons,
        states=len(process.states),
        actions=len(process.actions),
    )
    tree = draws_tree("posterior", stacked[:, 0] if by is None else stacked, coords)
    return Result("plan_weights", frame, ("value",) if by is None else (by, "value"), meta, tree)


def _groups(plans: pd.DataFrame, by: str | None) -> dict[str, pd.DataFrame]:
    if by is None:
        return {"all": plans}
    if by not in plans.columns or plans[by].isna().any():
        raise SpecificationError(
            "no such column, or nulls in it",
            parameter="by",
            got=by,
            expected=", ".join(map(str, plans.columns)),
        )
    return {str(label): own for label, own in plans.groupby(by, sort=False, observed=True)}


def _fit(found: Found, total: Array, level: float) -> dict[str, Any]:
    low, high = equal_tailed(total, level)
    gain = 2 * (found.log_likelihood - found.at_zero)
    return {
        "scale": float(total.mean()),
        "scale_lower": float(low),
        "scale_upper": float(high),
        "log_likelihood": found.log_likelihood,
        "at_random": found.at_zero,
        "p_random": float(stats.chi2.sf(max(gain, 0.0), len(found.mode))),
        "pareto_k": found.pareto_k,
        "effective": found.effective,
    }


def _horizons(
    process: Process,
    plans: pd.DataFrame,
    counts: Array,
    scale: float,
    horizon: int,
    discount: float,
    start: Array,
) -> dict[int, float]:
    """Largest log likelihood with as many steps ahead as the longest plan has, as `horizon` says, and as twice it says."""
    longest = int(counts.sum(axis=(1, 2)).nonzero()[0].max()) + 1
    found = {}
    for steps in sorted({longest, horizon, 2 * horizon}):
        own = counts if steps == horizon else plan_counts(process, plans, steps)[0]
        found[steps] = maximum(process, own, scale, steps, discount, start)[1]
    return found


def _left(information: Array, scale: float) -> Array:
    return 1 / (1 + scale**2 * np.linalg.eigvalsh(information))


def _directions(process: Process, information: Array, full: Array, scale: float) -> list[dict[str, Any]]:
    """Directions of the weights that keep more than half of their prior variance."""
    values, vectors = np.linalg.eigh(information)
    rows = []
    for size, u in zip(values, vectors.T, strict=True):
        kept = float(1 / (1 + scale**2 * max(size, 0.0)))
        if kept > UNTOLD:
            u = u * np.sign(u[np.abs(u).argmax()])
            named = [v for v, x in zip(process.values, u, strict=True) if abs(x) > LOADING]
            structural = float(u @ full @ u) <= 1e-9 * float(np.trace(full))
            rows.append({"kept": kept, "direction": u.tolist(), "values": named, "structural": structural})
    return rows
