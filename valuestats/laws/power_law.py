"""Power laws of a measured value in one size or two."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.allowed import POSITIVE, Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted
from valuestats.laws.curves import LOWEST, Array, Curve
from valuestats.laws.fitting import Fit, Loss, Optimum, Problem, best_of
from valuestats.laws.flatness import flat_line
from valuestats.laws.known_errors import least_errors, not_below
from valuestats.laws.likelihood_profile import covariance, profile_ends
from valuestats.laws.points import Measured, measured, require_identified, sizes_of
from valuestats.laws.strays import stray_units, unsaid, unsaid_units
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import ClusterPlan, Resampled, plan_clusters

Intervals = Literal["resampled", "profile"]

CITATIONS = (
    "Hoffmann et al. (2022), Training compute-optimal large language models",
    "Besiroglu, Erdil, Barnett and You (2024), Chinchilla scaling: a replication attempt",
    "Huber (1964), Annals of Mathematical Statistics 35, 73-101",
    "Bates and Watts (1988), Nonlinear regression analysis and its applications",
)


@checked
def power_law(
    frame: pd.DataFrame,
    y: str,
    x: str | Sequence[str],
    *,
    floor: bool = True,
    fit: Fit = "likelihood",
    delta: Annotated[float, POSITIVE] = 1e-3,
    error: str | None = None,
    unit: str | None = None,
    by: str | None = None,
    intervals: Intervals = "resampled",
    starts: Annotated[int, Whole(1)] = 200,
    replicates: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Floor, coefficients and exponents of a law by which an outcome falls (or rises) with size.

    Estimand: :math:`E`, :math:`A_k` and :math:`\alpha_k` in

    .. math:: \log y_i = \log\Bigl(E + \sum_k A_k x_{ik}^{-\alpha_k}\Bigr) + r_i,

    k over one size or two. ``fit="huber"`` minimises :math:`\sum_i \rho_\delta(r_i)`, the loss of Hoffmann et al. (2022);
    ``"likelihood"`` takes :math:`r_i \sim N(0, \tau^2 + s_i^2)` with the known errors :math:`s_i` of the log outcomes
    (`error` over the outcome), which is least squares of logs where none are known. The optimum is the best of `starts`
    minimisations with analytic gradients, and the result says how many of them reached it. A rising outcome that levels
    off is a law of its distance to the ceiling.

    Parameters
    ----------
    frame
        One row per measurement.
    y
        Column of the outcome, above 0. Rows without one are counted and left out.
    x
        Column of the size, or two columns (parameters and tokens, say), above 0.
    floor
        Whether E is estimated; without, it is 0.
    fit, delta
        What is minimised; `delta` is where Huber's loss turns linear, in log units.
    error
        Column of the known standard error of each outcome, in the outcome's units (with ``fit="likelihood"``). Errors that
        the outcomes vary too little for are refused, and no interval of resampling is narrower than they allow.
    unit
        Column of what is resampled: the model, the family. Rows of one unit share what the law does not know. Each row is
        a unit of its own where not given; columns of names that stand for several points each are then said.
    by
        Column whose values have laws of their own (the metric); units are resampled for all of them at once.
    intervals
        ``"resampled"``: bootstrap of units, Student's t with the jackknife's error below 20 of them, none below four. A
        floor that is 0 in every resample has the upper end of its profile likelihood (none of Huber's loss).
        ``"profile"``: where the profile likelihood falls by what Student's t allows, rows being independent.
    starts, replicates, level, seed
        Starting points, resamples, probability inside the intervals, seed of both.

    Returns
    -------
    Result
        Kind ``"power_law"``, keys ``("parameter",)`` or ``(by, "parameter")``: ``floor`` (units of the outcome, 0 where
        the optimum has none), ``log coefficient`` (natural logarithm, at a size of 1) and ``exponent``, of two sizes with
        their names. ``n_scored`` points of ``n_asked`` rows, ``n_units``. ``meta["fits"]`` holds for each law the
        objective (for Huber :math:`\sum\rho_\delta`, else minus the log likelihood),
        ``scatter`` (:math:`\tau`, in logs), ``r_squared`` of logs, ``flat`` (whether a flat line is excluded, see
        `valuestats.laws.flatness.flat_line`), ``starts``, ``reached`` and ``span`` of the sizes; ``meta["points"]`` the
        points and the law's values there.

    Raises
    ------
    SpecificationError
        A missing column; too few points or sizes; an outcome that does not vary; two sizes that grow together; known errors
        with Huber's loss, or larger than the outcomes vary; profiles of Huber's loss or of units.
    InputError
        A size or outcome that is not above 0, a null unit, by row.

    References
    ----------
    Hoffmann et al. (2022); Besiroglu, Erdil, Barnett and You (2024); Bates and Watts (1988).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats import power_law
    >>> size = np.repeat([1e7, 1e8, 1e9, 1e10], 3)
    >>> noise = np.exp(0.01 * np.tile([-1.0, 0.0, 1.0], 4))
    >>> frame = pd.DataFrame({"size": size, "loss": (1.5 + 40 * size**-0.2) * noise})
    >>> found = power_law(frame, "loss", "size", replicates=0).estimates
    >>> found["parameter"].tolist(), found["estimate"].round(2).tolist()
    (['floor', 'log coefficient', 'exponent'], [1.5, 3.69, 0.2])
    """
    started = time.perf_counter()
    sizes = sizes_of(x)
    _require_consistent(fit, error, unit, intervals)
    parts, units = measured(frame, y, sizes, error=error, unit=unit, by=by)
    curve = Curve("power", tuple(range(len(sizes))), floor)
    for part in parts:
        require_identified(part, curve, sizes)
    several = unsaid_units(frame, [y, *sizes, error, by]) if unit is None else {}
    rng = np.random.default_rng(seed)
    plan = plan_clusters(
        len(units),
        replicates if intervals == "resampled" else 0,
        rng,
        behind=[len(np.unique(part.member)) for part in parts],
    )
    names = [name.replace("log floor", "floor") for name in curve.names(sizes)]
    rows, fits, notes, drawn, kept = [], [], [], [], []
    for part in parts:
        problem = Problem(curve, part.points, Loss(fit, delta))
        optimum = best_of(problem, starts, rng)
        table, found = _interval_rows(problem, optimum, part, plan, intervals, level, unit or "rows")
        rows.append(table.assign(parameter=names, **({} if by is None else {by: part.label})))
        drawn.append(found.draws)
        told = [*_notes(part, sizes, optimum), *found.warnings]
        notes += told if by is None else [f"{part.label}: {note}" for note in told]
        fits.append(
            _fit_record(problem, optimum, part, sizes)
            | {
                "flat": flat_line(problem, optimum, part, plan, level),
                "strays": {} if unit is None else _strays(problem, optimum, part, units, level),
                "twice": _twice(frame if by is None else frame[frame[by].astype(str) == part.label]),
            }
        )
        kept.append(_point_rows(problem, optimum, part, sizes, None if unit is None else units))
    notes += [unsaid(name, count) for name, count in several.items()]
    keys = ("parameter",) if by is None else (by, "parameter")
    estimates = pd.concat(rows, ignore_index=True).assign(level=level)
    estimates.insert(0, "estimand", "parameter of a power law")
    meta = make_meta(
        "power law of log outcomes, " + ("Huber's loss" if fit == "huber" else "maximum likelihood"),
        {
            "y": y,
            "x": sizes,
            "floor": floor,
            "fit": fit,
            "delta": delta if fit == "huber" else None,
            "error": error,
            "unit": unit or "row",
            "by": by,
            "intervals": intervals,
            "starts": starts,
            "replicates": replicates,
            "level": level,
        },
        citations=CITATIONS,
        seed=seed,
        warnings=notes,
        seconds=time.perf_counter() - started,
        fits=fits,
        unsaid_units=several,
        points=pd.concat(kept, ignore_index=True).to_dict(orient="list"),
    )
    tree = None
    if plan.replicates:
        stacked = np.stack(drawn, axis=1)
        coords: dict[str, Any] = {"parameter": names}
        if by is not None:
            coords = {by: [part.label for part in parts], **coords}
        tree = draws_tree("bootstrap", stacked[:, 0] if by is None else stacked, coords)
    return Result("power_law", estimates, keys, meta, tree)


def replicate_fits(problem: Problem, optimum: Optimum, weights: Array) -> Array:
    """Optima under weights of the points, from the optimum and the next best ends; shape ``(weights, parameters)``."""
    begin = np.concatenate([optimum.theta[None], optimum.others])
    n, m = len(weights), len(begin)
    found = problem.solve(np.repeat(begin, n, axis=0), weights=np.tile(weights, (m, 1)))
    best = found.value.reshape(m, n).argmin(axis=0)
    return found.theta.reshape(m, n, -1)[best, np.arange(n)]


def natural(problem: Problem, theta: Array) -> Array:
    """The curve's parameters with the floor as it is and coefficients at a size of 1; shape ``(sets, parameters)``."""
    curve, points = problem.curve, problem.points
    told = np.array(theta[:, : curve.size])
    first = int(curve.floor)
    if curve.floor:
        told[:, 0] = np.where(theta[:, 0] <= points.y.min() - LOWEST + 1, 0.0, np.exp(theta[:, 0]))
    for j, k in enumerate(curve.inputs):
        told[:, first + 2 * j] += theta[:, first + 2 * j + 1] * points.centre[k]
    return told


def _interval_rows(
    problem: Problem,
    optimum: Optimum,
    part: Measured,
    plan: ClusterPlan,
    intervals: Intervals,
    level: float,
    unit: str,
) -> tuple[pd.DataFrame, Resampled]:
    point = natural(problem, optimum.theta[None])[0]
    n_units = len(np.unique(part.member))
    weights = plan.weights[:, part.member]
    theta = replicate_fits(problem, optimum, weights) if len(weights) else np.empty((0, problem.size))
    found = plan.finish(
        natural(problem, theta), point, n_units, level, what=unit if unit == "rows" else "units"
    )
    found = not_below(found, point, _least(problem, optimum, point), "rows" if unit == "rows" else "units")
    lower, upper, error, name = found.lower, found.upper, found.std_error, found.interval
    if problem.curve.floor:
        lower, upper = lower.copy(), upper.copy()
        lower[0], upper[0] = max(lower[0], 0.0), max(upper[0], 0.0)
    if intervals == "profile":
        lower, upper = profile_ends(problem, optimum, level)
        error = _errors(problem, optimum, point)
        if problem.curve.floor:
            lower[0], upper[0] = np.exp(lower[0]), np.exp(upper[0])
        name = np.full(len(point), "profile likelihood", dtype=object)
    elif problem.curve.floor and upper[0] == 0:
        upper[0], name = _floor_at_most(problem, optimum, level, n_units), name.copy()
        name[0] = "profile likelihood" if np.isfinite(upper[0]) else "none"
        lower[0] = 0.0 if np.isfinite(upper[0]) else np.nan
    return pd.DataFrame(
        {
            "estimate": point,
            "std_error": error,
            "lower": lower,
            "upper": upper,
            "interval": name,
            "n_scored": len(part),
            "n_asked": part.asked,
            "n_units": n_units,
        }
    ), found


def _floor_at_most(problem: Problem, optimum: Optimum, level: float, units: int) -> float:
    """Upper end of a floor that is 0 in every resample, which says nothing of how high it may be; NaN of Huber's loss.

    By the profile likelihood, in which a unit counts for one of its points.
    """
    if problem.loss.fit == "huber":
        return float("nan")
    end = float(np.exp(profile_ends(problem, optimum, level, len(problem.points.y) / units)[1][0]))
    return end if np.isfinite(end) else float("nan")


def _least(problem: Problem, optimum: Optimum, point: Array) -> Array:
    """Standard errors that the known errors of the outcomes imply, at least."""
    slope = problem.curve.at(optimum.theta[None, : problem.curve.size], problem.points.u)[1][0]
    return least_errors(slope, problem.points.error, _turn(problem, point))


def _turn(problem: Problem, point: Array) -> Array:
    """Derivatives of what is reported by the parameters of the curve."""
    curve, centre = problem.curve, problem.points.centre
    turn = np.eye(curve.size)
    first = int(curve.floor)
    if curve.floor:
        turn[0, 0] = point[0]
    for j, k in enumerate(curve.inputs):
        turn[first + 2 * j, first + 2 * j + 1] = centre[k]
    return turn


def _errors(problem: Problem, optimum: Optimum, point: Array) -> Array:
    """Asymptotic standard errors on the scales that are reported."""
    curve, turn = problem.curve, _turn(problem, point)
    variance = np.diag(turn @ covariance(problem, optimum.theta) @ turn.T)
    if not problem.points.error.any():
        n = len(problem.points.y)
        variance = variance * n / (n - curve.size)
    return np.sqrt(np.maximum(variance, 0.0))


def _fit_record(problem: Problem, optimum: Optimum, part: Measured, sizes: Sequence[str]) -> dict[str, Any]:
    y = part.points.y
    f = problem.curve.at(optimum.theta[None, : problem.curve.size], part.points.u)[0][0]
    huber = problem.loss.fit == "huber"
    return {
        "fit": part.label,
        "objective": optimum.value * (problem.loss.delta**2 if huber else 1.0),
        "scatter": float(np.sqrt(np.mean((y - f) ** 2))) if huber else float(np.exp(optimum.theta[-1])),
        "r_squared": float(1 - ((y - f) ** 2).sum() / ((y - y.mean()) ** 2).sum()),
        "starts": optimum.starts,
        "reached": optimum.reached,
        "largest_gradient": optimum.gradient,
        "points": len(y),
        "span": dict(zip(sizes, part.spans, strict=True)),
    }


def _strays(
    problem: Problem, optimum: Optimum, part: Measured, units: Sequence[str], level: float
) -> dict[str, float]:
    """Change of the residuals with each doubling of the size, of the units that do not follow the law of the others."""
    if len(problem.curve.inputs) > 1:
        return {}
    points, curve = part.points, problem.curve

    def residuals(kept: NDArray[np.bool_]) -> Array:
        theta = (
            optimum.theta[None] if kept.all() else replicate_fits(problem, optimum, kept[None].astype(float))
        )
        return np.asarray(points.y - curve.at(theta[:, : curve.size], points.u)[0][0])

    found = stray_units(residuals, points.u[:, curve.inputs[0]], part.member, level)
    return {units[k]: 2.0**slope - 1 for k, slope in found.items()}


def _twice(frame: pd.DataFrame) -> int:
    """Rows that are another one again in every column."""
    return int(frame.astype(str).duplicated().sum())


def _point_rows(
    problem: Problem, optimum: Optimum, part: Measured, sizes: Sequence[str], units: Sequence[str] | None
) -> pd.DataFrame:
    points = part.points
    f = problem.curve.at(optimum.theta[None, : problem.curve.size], points.u)[0][0]
    columns = {name: np.exp(points.u[:, k] + points.centre[k]) for k, name in enumerate(sizes)}
    told = pd.DataFrame({"fit": part.label, **columns, "outcome": np.exp(points.y), "fitted": np.exp(f)})
    return told if units is None else told.assign(unit=[units[k] for k in part.member])


def _notes(part: Measured, sizes: Sequence[str], optimum: Optimum) -> list[str]:
    said = []
    if part.asked > len(part):
        said.append(
            f"{part.asked - len(part)} of {counted(part.asked, 'row')} have no outcome and are left out"
        )
    if optimum.reached < 3 and optimum.starts >= 10:
        said.append(
            f"only {optimum.reached} of {counted(optimum.starts, 'start')} reached the optimum: take more starts"
        )
    return said


def _require_consistent(fit: Fit, error: str | None, unit: str | None, intervals: Intervals) -> None:
    if error is not None and fit == "huber":
        raise SpecificationError(
            "Huber's loss takes all points alike", parameter="error", got=error, hint='pass fit="likelihood"'
        )
    if intervals == "profile" and fit == "huber":
        raise SpecificationError(
            "Huber's loss is no likelihood", parameter="intervals", got=intervals, expected="resampled"
        )
    if intervals == "profile" and unit is not None:
        raise SpecificationError(
            "profiles take rows as independent",
            parameter="intervals",
            got=f"profile, with unit = {unit}",
            expected="resampled, or no unit",
        )
