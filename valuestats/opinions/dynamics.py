"""Parameters of a rule by which friends move opinions."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd

from valuestats.base.allowed import POSITIVE, Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.opinions import profile
from valuestats.opinions.identified import report, separate
from valuestats.opinions.measured import Measured, Surface, evolved, noisy, surfaces
from valuestats.opinions.measured_first import noisy_first
from valuestats.opinions.panel import Array, Steps, steps_of
from valuestats.opinions.placebo import placebo_p
from valuestats.opinions.rivals import better_rules, rivals
from valuestats.opinions.rules import LABELS, SELF, Rule, RuleName, base_of, ranged
from valuestats.opinions.topics import pooled_topics, said_of
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import plan_clusters
from valuestats.statistics.resampling import equal_tailed

Intervals = Literal["profile", "posterior", "resampled"]
CITATIONS = (
    "Deffuant, Neau, Amblard and Weisbuch (2000), Advances in Complex Systems 3, 87-98",
    "Hegselmann and Krause (2002), Journal of Artificial Societies and Social Simulation 5(3)",
    "DeGroot (1974), Journal of the American Statistical Association 69, 118-121",
    "Friedkin and Johnsen (1990), Journal of Mathematical Sociology 15, 193-206",
    "Hansen (2000), Sample splitting and threshold estimation, Econometrica 68, 575-603",
    "Vuong (1989), Likelihood ratio tests for model selection and non-nested hypotheses, Econometrica 57, 307-333",
    "Vehtari, Gelman and Gabry (2017), Practical Bayesian model evaluation using leave-one-out cross-validation",
    "Carroll, Ruppert, Stefanski and Crainiceanu (2006), Measurement error in nonlinear models",
)
CURVE = 200


@checked
def opinion_dynamics(
    panel: pd.DataFrame,
    ties: pd.DataFrame,
    *,
    rule: RuleName = "bounded_confidence",
    error: Annotated[float, POSITIVE] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    unit: str | None = None,
    intervals: Intervals = "posterior",
    draws: Annotated[int, Whole(100)] = 2000,
    replicates: int = 1000,
    permutations: int = 199,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Parameters of a rule by which opinions move towards those of friends, and whether the data can tell them.

    Estimand: :math:`\varepsilon`, :math:`\mu` (or :math:`s`, :math:`a`) of one update from a wave to the next. With
    :math:`d_{ij}=x_j-x_i` of those i listens to, weights w, :math:`\bar x_i` their mean and
    :math:`N_i=\{j: |d_{ij}|\le\varepsilon\}`, :math:`x_i'` is normal with scatter :math:`\sigma` about

    - ``bounded_confidence``: :math:`x_i + \mu\sum_{N_i} w_{ij}d_{ij}/\sum_{N_i} w_{ij}`, the mean over friends who are near;
    - ``deffuant``: :math:`x_i + \mu\sum_{N_i} w_{ij}d_{ij}/\sum_j w_{ij}`, what one encounter with a friend drawn by weight
      gives on average (with one friend, the encounter itself; Deffuant et al. 2000);
    - ``hegselmann_krause``: :math:`x_i + \sum_{N_i} w_{ij}d_{ij}/(1+\sum_{N_i} w_{ij})`, the mean of those near and oneself;
    - ``degroot``: :math:`x_i + \mu(\bar x_i - x_i)`;
    - ``friedkin_johnsen``: :math:`s[(1-a)\bar x_i + a x_i] + (1-s)x_i(0)`, :math:`x_i(0)` the opinion at the first wave.

    Without measurement error the likelihood is worked out at every distance seen, between which it is constant: the
    optimum is the global one, a bound is the middle of its best stretch. With a known error, differential evolution
    searches the ranges, and the true opinions behind the measured ones are shrunk by their reliability, network by network
    (of ``friedkin_johnsen`` the first opinion as well: `valuestats.opinions.measured_first`).

    Parameters
    ----------
    panel
        ``person``, ``wave``, ``opinion`` (null where missing), optionally ``network`` and ``topic`` (or ``question``,
        ``item``): several topics have one set of parameters, which is said in warnings and verdict. Waves in order of
        their values (numbers, dates, names that end in a number). A change is used where two waves are one step apart,
        the shortest time between two: of waves 0, 1 and 3 that from 0 to 1 (1 to 3 is two updates, left out, and said).
    ties
        ``person`` listens to ``other``; optionally ``weight`` and ``network``.
    rule
        See above.
    error
        Known standard deviation of the error of an opinion, in its units. Left out, opinions are taken as exact, and an
        error that is there looks like influence (regression to the mean).
    bounds
        Ranges of parameters by name: ``confidence bound`` (to the largest distance seen where not given), ``influence``
        (-1 to 1), ``susceptibility`` and ``self-weight`` (0 to 1). The prior of the posterior is uniform over them.
    unit
        Column of `panel` whose values are resampled; the person where not given. With ``intervals="resampled"``.
    intervals
        ``"posterior"``: equal-tailed about the posterior's median, which is the estimate (the optimum of a bound, or at an
        edge of a range, may lie outside; ``meta["fit"]["optimum"]`` has it), rows independent. ``"profile"``: where the
        profile likelihood falls by what Student's t allows, of a bound by what a likelihood that jumps allows (Hansen
        2000); rows independent; too short for the strength where a bound is hardly known (docs/calibration.md).
        ``"resampled"``: bootstrap of units, reaching to the optimum.
    draws, replicates, permutations, level, seed
        Posterior draws, resamples of units, permutations of friends, probability inside the intervals, seed of all.

    Returns
    -------
    Result
        Kind ``"opinion_dynamics"``, keys ``("parameter",)``, with ``posterior_lower``, ``posterior_upper``,
        ``profile_lower`` and ``profile_upper`` beside the interval asked for. ``meta["identifiability"]``: see
        `valuestats.opinions.identified.report`; ``meta["placebo"]``: whether own friends explain more than another's;
        ``meta["fit"]``: scatter, log likelihood, ``reliability``, evaluations; ``meta["curves"]``: the profile of each
        parameter. Draws are of the posterior (of the bootstrap where ``resampled``).

    Raises
    ------
    InputError, SpecificationError
        See `valuestats.opinions.panel.steps_of`; an error as large as the differences between opinions; ranges of other
        parameters; profiles of units; fewer rows than parameters and two.

    References
    ----------
    Deffuant et al. (2000); Hegselmann and Krause (2002); DeGroot (1974); Friedkin and Johnsen (1990); Hansen (2000);
    Vuong (1989); Vehtari, Gelman and Gabry (2017).

    Examples
    --------
    >>> from valuestats import opinion_dynamics, simulate_ego_networks
    >>> panel, ties = simulate_ego_networks(people=60, influence=0.4, noise=0.02, seed=1)
    >>> found = opinion_dynamics(panel, ties, permutations=19).estimates.set_index("parameter")
    >>> bool(found.loc["influence", "lower"] < 0.4 < found.loc["influence", "upper"])
    True
    """
    started = time.perf_counter()
    _require_consistent(error, unit, intervals)
    steps = steps_of(panel, ties, unit, from_first=rule == "friedkin_johnsen")
    farthest = float(np.abs(steps.apart).max())
    own = ranged(rule, bounds, farthest)
    if len(steps) < len(own.parameters) + 2:
        raise SpecificationError(
            "too few changes",
            parameter="panel",
            got=len(steps),
            expected=f"at least {len(own.parameters) + 2}",
        )
    rng = np.random.default_rng(seed)
    if error is None:
        point, middle, ends, drawn, fit, curves, pieces = _exact(own, steps, draws, level, rng)
    else:
        point, middle, ends, drawn, fit, curves, pieces = _with_error(
            own, steps, error, draws, level, rng, seed
        )
    posterior = equal_tailed(drawn, level)
    error_of, interval, warnings, kept = drawn.std(axis=0, ddof=1), "profile likelihood", [], drawn
    searched = [np.array([ends[p][k] for p in own.parameters]) for k in (0, 1)]
    lower, upper = searched
    at = [k for k, p in enumerate((own.shape, own.strength)) if p]
    if intervals == "posterior":
        (lower, upper), interval = (posterior[0][at], posterior[1][at]), "posterior, equal-tailed"
        fit, point = {**fit, "optimum": dict(zip(own.parameters, point[at].tolist(), strict=True))}, middle
    if intervals == "resampled":
        plan = plan_clusters(len(steps.units), replicates, rng)
        found = plan.finish(
            _optima(own, steps, plan.weights), point, len(steps.units), level, what=unit or "people"
        )
        lower, upper, error_of, kept = found.lower[at], found.upper[at], found.std_error, found.draws
        lower, upper = _held(own, np.minimum(lower, point[at]), np.maximum(upper, point[at]))
        ends = dict(zip(own.parameters, zip(lower, upper, strict=True), strict=True))
        warnings += found.warnings
    told = report(own, ends, drawn, pieces, farthest)
    warnings += steps.notes
    about = pooled_topics(panel, steps, own)
    warnings += [said_of(about)] if about is not None else []
    others = rivals(own, steps, error, level, seed)
    for name in better_rules(others)[:1]:
        warnings.append(f"{name} describes the same changes better than {LABELS[rule]} ({others['by']})")
    estimates = pd.DataFrame(
        {
            "estimand": "parameter of opinion dynamics",
            "parameter": own.parameters,
            "estimate": point[at],
            "std_error": error_of[at],
            "lower": lower,
            "upper": upper,
            "level": level,
            "interval": found.interval[at] if intervals == "resampled" else interval,
            "posterior_lower": posterior[0][at],
            "posterior_upper": posterior[1][at],
            "profile_lower": searched[0],
            "profile_upper": searched[1],
            "n_scored": len(steps),
            "n_asked": steps.asked,
            "n_units": len(steps.units),
        }
    )
    meta = make_meta(
        "opinion dynamics, "
        + ("exact profile likelihood" if error is None else "likelihood with known error"),
        {
            "rule": rule,
            "error": error,
            "bounds": {p: list(r) for p, r in ((own.shape, own.shapes), (own.strength, own.strengths)) if p},
            "unit": unit or "person",
            "intervals": intervals,
            "draws": draws,
            "replicates": replicates if intervals == "resampled" else None,
            "permutations": permutations,
            "level": level,
        },
        citations=CITATIONS,
        seed=seed,
        warnings=warnings,
        seconds=time.perf_counter() - started,
        identifiability=told,
        placebo=placebo_p(own, steps, permutations, rng) if permutations else None,
        rivals=others,
        topics=about,
        fit={**fit, "farthest": farthest, "ties": len(steps.others)},
        curves=curves,
    )
    tree = None
    if intervals != "resampled" or replicates:
        tree = draws_tree(
            "bootstrap" if intervals == "resampled" else "posterior",
            kept[:, at],
            {"parameter": own.parameters},
        )
    return Result("opinion_dynamics", estimates, ("parameter",), meta, tree)


type _Found = tuple[Array, Array, dict[str, tuple[float, float]], Array, dict[str, Any], dict[str, Any], int]


def _exact(rule: Rule, steps: Steps, draws: int, level: float, rng: np.random.Generator) -> _Found:
    found = profile.stretches(rule, steps)
    best = profile.best(rule, found.squares, found.products, found.total)
    at = int(best.residual.argmin())
    point = np.array([found.middle[at], best.strength[at]])
    n = found.n
    ends, pieces, curves = {}, 1, {}
    fall = n * np.log(best.residual / best.residual.min())
    if rule.shape:
        held = profile.shape_support(rule, found, best, level)
        ends[rule.shape] = (float(found.low[held].min()), float(found.high[held].max()))
        pieces = separate(found.low[held], found.high[held], rule.shapes)
        curves[rule.shape] = _thinned(found.low, found.high, fall) | {
            "limit": profile.critical(rule, level, n, True)
        }
    if rule.strength:
        ends[rule.strength] = profile.strength_ends(rule, found, best, level)
        tried = np.linspace(*_about(ends[rule.strength], rule.strengths), CURVE)
        rss = np.min(
            found.total - 2 * tried[:, None] * found.products + tried[:, None] ** 2 * found.squares, axis=1
        )
        rise = n * np.log(np.maximum(rss, 1e-300) / best.residual.min())
        curves[rule.strength] = _thinned(tried, tried, rise) | {
            "limit": profile.critical(rule, level, n, False)
        }
    variance = float(best.residual[at]) / n
    fit = {
        "scatter": float(np.sqrt(variance)),
        "log_likelihood": float(-n / 2 * (np.log(2 * np.pi * variance) + 1)),
        "evaluations": len(found.low),
        "optimiser": "every distance seen",
        "reliability": None,
    }
    drawn = profile.posterior_draws(rule, found, draws, rng)
    return point, profile.posterior_medians(rule, found), ends, drawn, fit, curves, pieces


def _with_error(
    rule: Rule, steps: Steps, error: float, draws: int, level: float, rng: np.random.Generator, seed: int
) -> _Found:
    own: Measured = noisy_first(rule, steps, error) if rule.shape == SELF else noisy(rule, steps, error, rng)
    grid: Surface = surfaces(own)
    point, value, tried = evolved(own, grid, seed)
    top = max(value, float(grid.value.max()))
    if grid.value.max() > value:
        k = np.unravel_index(grid.value.argmax(), grid.value.shape)
        point = np.array([grid.shapes[k[0]], grid.strengths[k[1]]])
    n, ends, pieces, curves = len(steps), {}, 1, {}
    for name, places, axis in ((rule.shape, grid.shapes, 1), (rule.strength, grid.strengths, 0)):
        if name is None:
            continue
        fall = 2 * (top - grid.value.max(axis=axis))
        limit = profile.critical(rule, level, n, axis == 1)
        own_end = float(point[1 - axis])
        near, far = _crossings(places, fall, limit)
        ends[name] = (min(near, own_end), max(far, own_end))  # between places the optimum may be beyond both
        if axis == 1:
            held = places[fall <= limit]
            pieces = separate(held, held, rule.shapes)
        curves[name] = _thinned(places, places, fall) | {"limit": limit}
    mass = np.exp(grid.value - grid.value.max())
    cell = rng.choice(mass.size, draws, p=mass.ravel() / mass.sum())
    i, j = np.unravel_index(cell, grid.value.shape)
    drawn = np.column_stack([_jittered(grid.shapes, i, rng), _jittered(grid.strengths, j, rng)])
    fit = {
        "scatter": float("nan"),
        "log_likelihood": top - n / 2 * float(np.log(2 * np.pi)),
        "evaluations": tried,
        "optimiser": "differential evolution",
        "reliability": own.reliability,
    }
    middle = np.array([_middle(grid.shapes, mass, 1), _middle(grid.strengths, mass, 0)])
    return point, middle, ends, drawn, fit, curves, pieces


def _middle(places: Array, mass: Array, axis: int) -> float:
    """Median of a parameter over a grid, cells reaching half a step about their place."""
    if len(places) == 1:
        return float(places[0])
    own = mass.sum(axis=axis)
    total = np.r_[0.0, np.cumsum(own)] / own.sum()
    edges = np.r_[places[0], (places[1:] + places[:-1]) / 2, places[-1]]
    return float(np.interp(0.5, total, edges))


def _crossings(places: Array, fall: Array, limit: float) -> tuple[float, float]:
    """First and last place within the limit, interpolated."""
    held = np.flatnonzero(fall <= limit)
    if not len(held):
        at = int(fall.argmin())
        return float(places[at]), float(places[at])
    ends = []
    for k, step in ((held[0], -1), (held[-1], 1)):
        out = k + step
        if 0 <= out < len(places):
            share = (limit - fall[k]) / (fall[out] - fall[k])
            ends.append(float(places[k] + share * (places[out] - places[k])))
        else:
            ends.append(float(places[k]))
    return ends[0], ends[1]


def _jittered(places: Array, at: np.ndarray, rng: np.random.Generator) -> Array:
    if len(places) == 1:
        return places[at]
    half = (places[1] - places[0]) / 2
    return np.asarray(np.clip(places[at] + rng.uniform(-half, half, len(at)), places[0], places[-1]))


def _optima(rule: Rule, steps: Steps, weights: Array) -> Array:
    shapes, g = profile.directions(rule, steps)
    rest = steps.then - base_of(rule, steps)
    n = len(steps.units)
    sums = [np.zeros((n, len(shapes))), np.zeros((n, len(shapes))), np.zeros(n)]
    for into, values in zip(sums, (g**2, g * rest[:, None], rest**2), strict=True):
        np.add.at(into, steps.member, values)
    return profile.resampled_optima(rule, shapes, sums[0], sums[1], sums[2], weights)


def _held(rule: Rule, lower: Array, upper: Array) -> tuple[Array, Array]:
    limits = np.array([r for p, r in ((rule.shape, rule.shapes), (rule.strength, rule.strengths)) if p])
    return np.maximum(lower, limits[:, 0]), np.minimum(upper, limits[:, 1])


def _about(ends: tuple[float, float], limits: tuple[float, float]) -> tuple[float, float]:
    room = max(ends[1] - ends[0], 0.02 * (limits[1] - limits[0]))
    return max(ends[0] - room, limits[0]), min(ends[1] + room, limits[1])


def _thinned(low: Array, high: Array, fall: Array) -> dict[str, Any]:
    """A curve of few enough points to be stored and drawn; the best and the last stay."""
    keep = np.unique(
        np.r_[np.linspace(0, len(low) - 1, CURVE).round().astype(int), fall.argmin(), len(low) - 1]
    )
    return {"low": low[keep].tolist(), "high": high[keep].tolist(), "fall": fall[keep].tolist()}


def _require_consistent(error: float | None, unit: str | None, intervals: str) -> None:
    if unit is not None and intervals != "resampled":
        raise SpecificationError(
            f"{'profiles' if intervals == 'profile' else 'posteriors'} take rows as independent",
            parameter="intervals",
            got=f"{intervals}, with unit = {unit}",
            expected="resampled, or no unit",
        )
    if error is not None and intervals == "resampled":
        raise SpecificationError(
            "units are resampled without measurement error only",
            parameter="error",
            got=error,
            expected="no error, or profile or posterior intervals",
        )
