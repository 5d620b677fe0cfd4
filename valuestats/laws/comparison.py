"""Which law the points ask for: flat, a power law, one with a floor, a broken one."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.allowed import INSIDE, POSITIVE, Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.laws.curves import Array, Curve
from valuestats.laws.fitting import Fit, Loss, Optimum, Problem, best_of
from valuestats.laws.points import Measured, measured, require_identified, sizes_of
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import ClusterPlan, plan_clusters
from valuestats.statistics.multiplicity import adjusted_p

ROUGH = 1e-7
"""Where replicates end: their differences of loss are far larger."""
WEBB = 10
"""Below so many units signs alone have too few patterns, and Webb's six weights are drawn."""
FLAT, POWER, FLOOR, BROKEN = "flat", "power law", "power law with floor", "broken power law"


@dataclass(frozen=True)
class _Law:
    """A law, and the simpler one that it is tested against."""

    name: str
    curve: Curve
    simpler: str | None


def laws_of(sizes: Sequence[str]) -> list[_Law]:
    """The laws that are compared, simplest first."""
    if len(sizes) == 1:
        return [
            _Law(FLAT, Curve("flat"), None),
            _Law(POWER, Curve("power", (0,)), FLAT),
            _Law(FLOOR, Curve("power", (0,), True), POWER),
            _Law(BROKEN, Curve("broken", (0,)), POWER),
        ]
    one, two = (f"{FLOOR} in {name}" for name in sizes)
    return [
        _Law(FLAT, Curve("flat"), None),
        _Law(one, Curve("power", (0,), True), FLAT),
        _Law(two, Curve("power", (1,), True), FLAT),
        _Law(POWER, Curve("power", (0, 1)), FLAT),
        _Law(FLOOR, Curve("power", (0, 1), True), POWER),
    ]


@checked
def compare_laws(
    frame: pd.DataFrame,
    y: str,
    x: str | Sequence[str],
    *,
    fit: Fit = "likelihood",
    delta: Annotated[float, POSITIVE] = 1e-3,
    error: str | None = None,
    unit: str | None = None,
    by: str | None = None,
    largest: Annotated[float, INSIDE] | None = None,
    tested: Sequence[str] | None = None,
    folds: int = 10,
    starts: Annotated[int, Whole(1)] = 200,
    replicates: int = 499,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""How well each law predicts units that it has not seen, and whether the simpler of two laws is excluded.

    Of one size: flat, :math:`A x^{-\alpha}`, :math:`E + A x^{-\alpha}`, and a broken power law whose exponent changes once;
    of two sizes: flat, the law with a floor in either size alone, in both without a floor, in both with one.

    Estimand of a row: the mean over units' points of :math:`|\log y_i - \log \hat f_{(u)}(x_i)|`, the error of a law fitted
    without the unit u (units in `folds` parts); .1 is an error of about ten per cent. With `largest` only the points of
    the largest sizes are predicted, and from smaller ones of other units alone: leave-family-out prediction of the largest
    models.

    A simpler law is held against the next by how much the minimised loss falls, set beside what it falls in samples of the
    simpler law itself: its fitted values with the residuals of whole units turned by random signs (wild cluster bootstrap
    under the hypothesis; Cameron, Gelbach and Miller 2008; below ten units Webb's six weights). That stands a floor of 0
    at the end of its range, a break that the simpler law has not, and rows that depend on each other, for none of which
    the likelihood ratio has its usual distribution.

    Parameters
    ----------
    frame, y, x, fit, delta, error, by
        As for `valuestats.power_law`.
    unit
        Column of what is left out and resampled (the model, the family); rows where not given.
    largest
        Share of the points, those of the largest size (of the first), that are predicted.
    tested
        Laws that are held against their simpler one; all without.
    folds
        Parts of the units; with `largest` each unit is a part of its own.
    starts, replicates, level, seed
        Starting points of each fit to all points; samples of the simpler law, and resamples of units behind the intervals;
        probability inside these; seed.

    Returns
    -------
    Result
        Kind ``"law_comparison"``, keys ``("law",)`` or ``(by, "law")``: ``estimate`` as above, ``loss`` (minus the log
        likelihood, or Huber's), ``parameters``, ``aic`` (of the likelihood), ``against`` (the simpler law), ``p_value`` of
        the simpler law, ``p_holm`` (Holm's, over all tests of the call), ``excluded`` (whether that is below 1 - level).
        ``contrast("law", …)`` gives differences of errors.

    Raises
    ------
    SpecificationError
        As for `valuestats.power_law`; fewer than two units; none of the largest points left to predict.

    References
    ----------
    Cameron, Gelbach and Miller (2008), Review of Economics and Statistics 90, 414-427; Webb (2023), Canadian Journal of
    Economics 56; Caballero, Gupta, Rish and Krueger (2023), Broken neural scaling laws.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats import compare_laws
    >>> size = np.repeat(np.logspace(6, 10, 9), 3)
    >>> noise = np.exp(0.01 * np.tile([-1.0, 0.0, 1.0], 9))
    >>> frame = pd.DataFrame({"size": size, "loss": 40 * size**-0.2 * noise})
    >>> table = compare_laws(frame, "loss", "size", starts=20, replicates=99).estimates
    >>> table[["law", "excluded"]].values.tolist()[1]
    ['power law', True]
    """
    started = time.perf_counter()
    sizes = sizes_of(x)
    if error is not None and fit == "huber":
        raise SpecificationError(
            "Huber's loss takes all points alike", parameter="error", got=error, hint='pass fit="likelihood"'
        )
    parts, units = measured(frame, y, sizes, error=error, unit=unit, by=by)
    laws = laws_of(sizes)
    for part in parts:
        for law in laws:
            require_identified(part, law.curve, sizes)
        if len(np.unique(part.member)) < 2:
            raise SpecificationError("one unit can't be left out", parameter="unit", got=part.label)
    wanted = [law.name for law in laws if law.simpler] if tested is None else list(tested)
    if not set(wanted) <= {law.name for law in laws if law.simpler}:
        raise SpecificationError(
            "no such law to test",
            parameter="tested",
            got=", ".join(map(str, wanted)),
            expected=", ".join(law.name for law in laws if law.simpler),
        )
    rng = np.random.default_rng(seed)
    held = [_held_out(part, largest, folds, rng) for part in parts]
    behind = [len(np.unique(part.member[h >= 0])) for part, h in zip(parts, held, strict=True)]
    plan = plan_clusters(len(units), replicates, rng, behind=behind)
    loss = Loss(fit, delta)
    rows, drawn, notes = [], [], []
    for part, fold in zip(parts, held, strict=True):
        table, draws, said = _compared(part, fold, laws, wanted, loss, plan, starts, level, rng)
        rows.append(table if by is None else table.assign(**{by: part.label}))
        drawn.append(draws)
        notes += said if by is None else [f"{part.label}: {note}" for note in said]
    estimates = pd.concat(rows, ignore_index=True).assign(level=level)
    estimates["p_holm"] = adjusted_p(estimates["p_value"].to_numpy(dtype=float), "holm")
    estimates["excluded"] = estimates["p_holm"] < 1 - level
    tests = int(estimates["p_value"].notna().sum())
    if tests and tests / (replicates + 1) >= 1 - level:
        notes.append(
            f"{replicates} replicates can't exclude anything over {tests} tests: take {int(tests / (1 - level)) + 1} or more"
        )
    estimates.insert(0, "estimand", "mean absolute log error of units left out")
    meta = make_meta(
        "laws compared by units left out and by a wild bootstrap of units under the simpler law",
        {
            "y": y,
            "x": sizes,
            "fit": fit,
            "delta": delta if fit == "huber" else None,
            "error": error,
            "unit": unit or "row",
            "by": by,
            "largest": largest,
            "folds": None if largest else folds,
            "starts": starts,
            "replicates": replicates,
            "level": level,
        },
        citations=("Cameron, Gelbach and Miller (2008)", "Webb (2023)", "Caballero et al. (2023)"),
        seed=seed,
        warnings=notes,
        seconds=time.perf_counter() - started,
    )
    keys = ("law",) if by is None else (by, "law")
    tree = None
    if plan.replicates:
        coords: dict[str, Any] = {"law": [law.name for law in laws]}
        if by is not None:
            coords = {by: [part.label for part in parts], **coords}
        stacked = np.stack(drawn, axis=1)
        tree = draws_tree("bootstrap", stacked[:, 0] if by is None else stacked, coords)
    return Result("law_comparison", estimates, keys, meta, tree)


def _held_out(
    part: Measured, largest: float | None, folds: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """The part of the units in which each point is predicted; -1 where it is not."""
    named, place = np.unique(part.member, return_inverse=True)
    if largest is None:
        fold = rng.permutation(len(named)) % min(folds, len(named))
        return np.asarray(fold[place], dtype=np.int64)
    size = part.points.u[:, 0]
    big = size >= np.quantile(size, 1 - largest)
    if not big.any() or big.all():
        raise SpecificationError(
            "no smaller size to predict from",
            parameter="largest",
            got=largest,
            expected="a share that leaves both",
        )
    return np.where(big, place, -1)


def _compared(
    part: Measured,
    fold: NDArray[np.int64],
    laws: Sequence[_Law],
    wanted: Sequence[str],
    loss: Loss,
    plan: ClusterPlan,
    starts: int,
    level: float,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, Array, list[str]]:
    problems = {law.name: Problem(law.curve, part.points, loss) for law in laws}
    optima = {name: best_of(problem, starts, rng) for name, problem in problems.items()}
    missed = np.stack(
        [_errors(problems[law.name], optima[law.name], fold, part.member, rng) for law in laws], axis=1
    )
    seen = fold >= 0
    totals = np.zeros((plan.weights.shape[1], len(laws) + 1))
    np.add.at(totals, part.member[seen], np.column_stack([missed[seen], np.ones(seen.sum())]))
    point = missed[seen].mean(axis=0)
    sums = plan.weights @ totals
    with np.errstate(invalid="ignore", divide="ignore"):
        values = sums[:, :-1] / sums[:, -1:]
    n_units = len(np.unique(part.member[seen]))
    found = plan.finish(values, point, n_units, level, within=(0.0, np.inf), what="units")
    rows = []
    for k, law in enumerate(laws):
        p = np.nan
        if law.simpler is not None and law.name in wanted and plan.replicates:
            two = [(problems[name], optima[name]) for name in (law.simpler, law.name)]
            p = _p_value(two[0], two[1], part, plan.replicates, rng)
        scale = loss.delta**2 if loss.fit == "huber" else 1.0
        free = problems[law.name].size
        rows.append(
            {
                "law": law.name,
                "estimate": point[k],
                "std_error": found.std_error[k],
                "lower": found.lower[k],
                "upper": found.upper[k],
                "interval": found.interval[k],
                "n_scored": int(seen.sum()),
                "n_asked": int(seen.sum()) + part.asked - len(part),
                "n_units": n_units,
                "loss": optima[law.name].value * scale,
                "parameters": free,
                "aic": 2 * optima[law.name].value + 2 * free if loss.fit == "likelihood" else np.nan,
                "against": law.simpler,
                "p_value": p,
            }
        )
    return pd.DataFrame(rows), found.draws, found.warnings


def _errors(
    problem: Problem,
    optimum: Optimum,
    fold: NDArray[np.int64],
    member: NDArray[np.int64],
    rng: np.random.Generator,
) -> Array:
    """Absolute log error of each point by the law fitted without its part, NaN where it is not predicted."""
    parts = np.unique(fold[fold >= 0])
    if (fold < 0).any():  # each part is one unit, whose smaller points must not help either
        own = np.array([np.isin(member, member[fold == part]) for part in parts])
        weights = ((fold < 0) & ~own).astype(float)
    else:
        weights = (fold != parts[:, None]).astype(float)
    begin = np.concatenate([optimum.theta[None], optimum.others, _spread(problem, 8, rng)])
    n, m = len(parts), len(begin)
    found = problem.solve(np.repeat(begin, n, axis=0), weights=np.tile(weights, (m, 1)), tolerance=ROUGH)
    best = found.value.reshape(m, n).argmin(axis=0)
    theta = found.theta.reshape(m, n, -1)[best, np.arange(n)]
    f = problem.curve.at(theta[:, : problem.curve.size], problem.points.u)[0]
    missed = np.full(len(fold), np.nan)
    for k, part in enumerate(parts):
        here = fold == part
        missed[here] = np.abs(problem.points.y - f[k])[here]
    return missed


def _spread(problem: Problem, n: int, rng: np.random.Generator) -> Array:
    y, u = problem.points.y, problem.points.u
    start = problem.curve.starts(y, u, n, rng)
    if problem.loss.extra:
        start = np.column_stack([start, np.full(n, np.log(max(float(y.std()), 1e-6)))])
    return start


def _p_value(
    simpler: tuple[Problem, Optimum],
    richer: tuple[Problem, Optimum],
    part: Measured,
    replicates: int,
    rng: np.random.Generator,
) -> float:
    """How often samples of the simpler law gain as much by the richer one as the points do."""
    (simple, under), (rich, over) = simpler, richer
    f = simple.curve.at(under.theta[None, : simple.curve.size], part.points.u)[0][0]
    residual = part.points.y - f
    _, place = np.unique(part.member, return_inverse=True)
    n = int(place.max()) + 1
    if n < WEBB:
        six = np.sqrt(np.array([0.5, 1.0, 1.5]))
        turned = rng.choice(np.concatenate([-six, six]), (replicates, n))
    else:
        turned = rng.choice([-1.0, 1.0], (replicates, n))
    outcomes = f + turned[:, place] * residual
    few = 12 if rich.curve.shape == "broken" else 6
    low = _least(simple, np.concatenate([under.theta[None], _spread(simple, 3, rng)]), outcomes)
    begin = np.concatenate([over.theta[None], over.others, _spread(rich, few, rng)])
    gain = low - _least(rich, begin, outcomes)
    seen = under.value - over.value
    return float((1 + (gain >= seen - 1e-9 * (1 + abs(seen))).sum()) / (replicates + 1))


def _least(problem: Problem, begin: Array, outcomes: Array) -> Array:
    n, m = len(outcomes), len(begin)
    found = problem.solve(np.repeat(begin, n, axis=0), outcomes=np.tile(outcomes, (m, 1)), tolerance=ROUGH)
    return np.asarray(found.value.reshape(m, n).min(axis=0))
