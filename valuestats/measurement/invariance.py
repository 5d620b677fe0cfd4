"""Measurement invariance: whether a scale means the same in several groups, and comparisons that say what they rest on."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.latent.sampling import Sampling, formerly_apart, settings
from valuestats.measurement.graded_response import (
    CITATIONS,
    KEPT_DRAWS,
    chains_joined,
    graded_design,
    spanned,
)
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.ordinal import Link, check_link
from valuestats.statistics.resampling import equal_tailed
from valuestats.tables import Ratings, Responses
from valuestats.tables.answer_matrix import PersonItems
from valuestats.tables.schema import group_column

if TYPE_CHECKING:
    from valuestats.measurement.graded.design import GradedDesign
    from valuestats.measurement.graded.estimands import GradedDraws
    from valuestats.measurement.graded.model import GradedPriors

Floats = NDArray[np.float64]
Status = Literal["invariant", "deviates", "undecided", "untested"]

LOADING_BOUND = float(np.log(1.25))
"""A ratio of discriminations up to 1.25 between two groups counts as practically the same."""
THRESHOLD_BOUND = 0.25
"""So many trait standard deviations between two groups' thresholds count as practically the same."""

RESIDUAL_BOUND = float(np.log(1.25))
"""A ratio of residual standard deviations up to 1.25 between two groups counts as practically the same."""

_SURE = 0.95


@formerly(group="by")
@formerly_apart
@checked
def measurement_invariance(
    answers: pd.DataFrame | Ratings | Responses,
    keyed: pd.DataFrame | None = None,
    *,
    by: str,
    scale: tuple[int, int] | None = None,
    link: Link = "logit",
    loading_bound: float = LOADING_BOUND,
    threshold_bound: float = THRESHOLD_BOUND,
    residual_bound: float = RESIDUAL_BOUND,
    priors: GradedPriors | None = None,
    sampling: Sampling | None = None,
    seed: int = 0,
    level: float = 0.95,
    progress: bool = True,
) -> Result:
    r"""Deviations of the groups' loadings, thresholds and residuals from each other, and the level of invariance they leave.

    One scale, a graded response model in which each group has a trait mean and standard deviation of its own and each
    item deviates by group in its log discrimination, in each of its thresholds and in the log standard deviation of
    what the trait does not explain, all shrunk toward zero with spreads that are estimated
    (`valuestats.measurement.graded.model.GradedLayout`; approximate invariance, Muthén and Asparouhov 2013; random item
    effects, De Jong, Steenkamp and Fox 2007). No item is declared an anchor: deviations sum to zero over groups, and those
    of loadings and of an item's thresholds together over items too.

    Estimand: the deviation of item j in group g from the average group: of the log discrimination (parameter
    ``"loading"``), of the mean of the thresholds (``"threshold"``) and of each of them (``"threshold 1"``, …) in trait
    standard deviations (positive: higher answers take more of the trait in that group), and of the log residual
    standard deviation (``"residual"``; from four answer categories on).

    The level follows by this rule. For an item and a parameter, the largest difference between two groups lies beyond
    the practical bound with posterior probability p: it deviates where p >= .95, is invariant where p <= .05, else
    it is undecided. An item's thresholds deviate where their mean or any one of them does, and are invariant where their
    mean is and no one deviates. ``"configural"``: more than half of the items deviate in their loading.
    ``"metric"`` (``"partial metric"`` where some loadings deviate): more than half deviate in loading or threshold.
    ``"partial scalar"``: some do. ``"scalar"``: none does, but some residual does, or residuals are untested.
    ``"strict"``: nothing deviates. The level is the highest that no item contradicts; undecided items are counted
    beside it, and where they are more than half, the level is not established (``decided`` is false).

    Parameters
    ----------
    answers
        See `valuestats.tables.answer_matrix.person_items`.
    keyed
        Columns ``item``, ``dimension`` (one only) and optionally ``sign``; all items where omitted.
    by
        Column with the groups.
    scale, link, priors, sampling, seed, level, progress
        As in `valuestats.graded_response`; 800 draws a chain if not given.
    loading_bound
        Practical bound of differences in log discrimination; log 1.25 by default.
    threshold_bound
        Practical bound of differences in thresholds, trait standard deviations.
    residual_bound
        Practical bound of differences in log residual standard deviation; log 1.25 by default.

    Returns
    -------
    Result
        Kind ``"invariance"``, keys ``("parameter", "item")`` and the column `by`, with the item's ``status`` and
        ``p_beyond``. ``meta["invariance"]``: the level, the items that deviate and those undecided; ``meta["spreads"]``: the
        standard deviations of the deviations over items; ``meta["groups"]``: trait means and standard deviations. The
        draws hold ``estimate``, ``latent_mean`` and ``latent_sd``.

    Raises
    ------
    SpecificationError
        Fewer than two groups or three items, several dimensions, impossible bounds, answers as in `graded_response`.

    Notes
    -----
    That all items shift together in a group can't be told from a difference in the trait; the average item is taken as
    the anchor. Respondents are unweighted.

    References
    ----------
    Samejima (1969); De Jong, Steenkamp and Fox (2007); Muthén and Asparouhov (2013); Meredith (1993).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats import Sampling, measurement_invariance
    >>> rng = np.random.default_rng(1)
    >>> codes = np.digitize(rng.normal(size=(60, 1)) + rng.logistic(size=(60, 3)), [-1, 1])
    >>> wide = pd.DataFrame(codes, columns=["q1", "q2", "q3"]).rename_axis("respondent").reset_index()
    >>> wide = wide.assign(country=["a", "b"] * 30)
    >>> answers = wide.melt(["respondent", "country"], var_name="item", value_name="rating")
    >>> few = Sampling(draws=400, tune=200)
    >>> found = measurement_invariance(answers, by="country", sampling=few, seed=1, progress=False)
    >>> found.meta["invariance"]["level"], found.meta["invariance"]["decided"]
    ('scalar', False)
    """
    from valuestats.measurement.graded.fit import fit_graded
    from valuestats.measurement.graded.model import GradedPriors

    start = time.perf_counter()
    check_link(link)
    matrix, design, traits, lowest, left_out = graded_design(answers, keyed, scale=scale, group=by)
    if design.groups < 2 or len(matrix.items) < 3 or len(traits) > 1:
        raise SpecificationError(
            "invariance is of one scale of three items or more in two groups or more",
            parameter="keyed, by",
            got=f"{len(traits)} dimensions, {len(matrix.items)} items, {len(matrix.groups)} groups",
            hint="call it once for each dimension",
        )
    prior = priors or GradedPriors()
    chosen = settings(sampling, "measurement_invariance", draws=800, tune=0, chains=4, target_accept=0.8)
    fit = fit_graded(
        design,
        link=link,
        priors=prior,
        draws=chosen.draws,
        tune=chosen.tune or None,
        chains=chosen.chains,
        target_accept=chosen.target_accept or 0.8,
        seed=seed,
        gate=chosen.gate,
        progress=progress,
    )
    found = fit.draws
    names, deviations = _deviations(found)
    bounds = np.array([_bound(name, loading_bound, threshold_bound, residual_bound) for name in names])
    beyond = _beyond(deviations, bounds)
    status = {name: [_status(p) for p in row] for name, row in zip(names, beyond, strict=True)}
    by_item: dict[str, list[Status]] = {
        "loading": status["loading"],
        "threshold": [_thresholds_status(column) for column in _columns(status, "threshold")],
        "residual": status.get("residual", ["untested"] * len(matrix.items)),
    }
    summary = invariance_level(*(dict(zip(matrix.items, row, strict=True)) for row in by_item.values()))
    rows = _rows(matrix, design, names, deviations, level, bounds, beyond, status)
    mean, sd, spread = chains_joined(found.mean), chains_joined(found.sd), chains_joined(found.spread)
    meta = make_meta(
        f"Bayesian graded response model ({link}) with hierarchical deviations of items by group",
        {
            "by": by,
            "scale": [lowest, lowest + design.categories - 1],
            "link": link,
            "loading_bound": loading_bound,
            "threshold_bound": threshold_bound,
            "residual_bound": residual_bound,
            "priors": asdict(prior),
            "draws": chosen.draws,
            "tune": chosen.tune or None,
            "chains": chosen.chains,
            "target_accept": chosen.target_accept,
            "level": level,
        },
        citations=[
            *CITATIONS,
            "De Jong, Steenkamp & Fox (2007)",
            "Muthén & Asparouhov (2013)",
            "Meredith (1993)",
        ],
        seed=seed,
        gate=fit.verdict,
        warnings=matrix.notes() + left_out,
        seconds=round(time.perf_counter() - start, 2),
        invariance=summary,
        spreads={name: spanned(spread[:, k], level) for k, name in enumerate(found.kinds)},
        groups=[
            {
                "group": g,
                "n": int((design.group == k).sum()),
                "mean": spanned(mean[:, k], level),
                "sd": spanned(sd[:, k], level),
            }
            for k, g in enumerate(matrix.groups)
        ],
        predictive={"p_shares": fit.check.p_shares, "p_structure": fit.check.p_structure},
        diagnostics=fit.diagnostics,
    )
    table = pd.DataFrame(rows)
    named = group_column(by, set(table.columns) - {"group"})
    coords = {"parameter": names, "item": matrix.items, named: matrix.groups}
    every = max(1, -(-len(deviations) // KEPT_DRAWS))
    kept = draws_tree("posterior", deviations[::every], coords)
    posterior = kept["posterior"].to_dataset()
    posterior["latent_mean"] = (("draw", named), mean[::every])
    posterior["latent_sd"] = (("draw", named), sd[::every])
    tree_of_draws = type(kept).from_dict({"posterior": posterior})
    frame = table.rename(columns={"group": named})
    return Result("invariance", frame, ("parameter", "item", named), meta, tree_of_draws)


def invariance_level(
    loading: Mapping[str, str], threshold: Mapping[str, str], residual: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The level of invariance from the status of each item's loading, thresholds and residual.

    Parameters
    ----------
    loading, threshold, residual
        Item to ``"invariant"``, ``"deviates"``, ``"undecided"`` or ``"untested"``; residuals are untested where omitted.

    Returns
    -------
    dict
        ``level``, ``loading``, ``threshold`` and ``residual`` (items that deviate), ``undecided`` (items undecided in
        loading or threshold and deviating in neither), ``decided`` (whether those are at most half), ``items`` (how
        many), ``supports_means`` (partial scalar or more).

    Examples
    --------
    >>> same = dict.fromkeys("abcd", "invariant")
    >>> invariance_level(same, same | {"b": "deviates"})["level"]
    'partial scalar'
    >>> invariance_level(same, same, same)["level"]
    'strict'
    """
    spread = residual or dict.fromkeys(loading, "untested")
    far = [i for i, s in loading.items() if s == "deviates"]
    moved = [i for i, s in threshold.items() if s == "deviates"]
    noisy = [i for i, s in spread.items() if s == "deviates"]
    either = set(far) | set(moved)
    half = len(loading) / 2
    if len(far) > half:
        level = "configural"
    elif len(either) > half:
        level = "partial metric" if far else "metric"
    elif either:
        level = "partial scalar"
    else:
        level = "scalar" if noisy or "untested" in spread.values() else "strict"
    open_items = [i for i in loading if i not in either and "undecided" in (loading[i], threshold[i])]
    return {
        "level": level,
        "decided": len(open_items) <= half,
        "loading": far,
        "threshold": moved,
        "residual": noisy,
        "undecided": open_items,
        "items": len(loading),
        "supports_means": level in ("partial scalar", "scalar", "strict"),
    }


def _deviations(found: GradedDraws) -> tuple[list[str], Floats]:
    """Names of the parameters and their deviations, ``(draws, parameters, items, groups)``."""
    shift = chains_joined(found.shift)
    steps = shift.shape[-1]
    parts = {"loading": chains_joined(found.loading), "threshold": shift.mean(axis=-1)}
    if "gap" in found.kinds:
        parts |= {f"threshold {k + 1}": shift[..., k] for k in range(steps)}
    if "residual" in found.kinds:
        parts["residual"] = chains_joined(found.residual)
    return list(parts), np.stack(list(parts.values()), axis=1).swapaxes(2, 3)


def _bound(name: str, loading: float, threshold: float, residual: float) -> float:
    return loading if name == "loading" else residual if name == "residual" else threshold


def _beyond(deviations: Floats, bounds: Floats) -> Floats:
    """Posterior probability that the largest difference between two groups is beyond the bound, by parameter and item."""
    largest = deviations.max(axis=3) - deviations.min(axis=3)
    return np.asarray((largest > bounds[:, None]).mean(axis=0), dtype=float)


def _status(p: float) -> Status:
    return "deviates" if p >= _SURE else "invariant" if p <= 1 - _SURE else "undecided"


def _thresholds_status(status: Sequence[Status]) -> Status:
    """Of an item's thresholds together: their mean's status comes first."""
    if "deviates" in status:
        return "deviates"
    return status[0]


def _columns(status: Mapping[str, Sequence[Status]], name: str) -> list[tuple[Status, ...]]:
    return list(zip(*(row for key, row in status.items() if key.startswith(name)), strict=True))


_ESTIMANDS = {
    "loading": "deviation of log discrimination",
    "threshold": "deviation of the mean threshold (trait sd)",
    "residual": "deviation of log residual sd",
}


def _rows(
    matrix: PersonItems,
    design: GradedDesign,
    names: list[str],
    deviations: Floats,
    level: float,
    bounds: Floats,
    beyond: Floats,
    status: Mapping[str, Sequence[str]],
) -> list[dict[str, Any]]:
    answered = np.stack(
        [(design.codes[design.group == g] >= 0).sum(axis=0) for g in range(design.groups)], axis=1
    )
    asked = np.bincount(design.group, minlength=design.groups)
    lower, upper = equal_tailed(deviations, level)
    centre, error = deviations.mean(axis=0), deviations.std(axis=0, ddof=1)
    return [
        {
            "estimand": _ESTIMANDS.get(name, "deviation of one threshold (trait sd)"),
            "parameter": name,
            "item": matrix.items[j],
            "group": matrix.groups[g],
            "estimate": centre[k, j, g],
            "std_error": error[k, j, g],
            "lower": lower[k, j, g],
            "upper": upper[k, j, g],
            "level": level,
            "interval": "posterior, equal-tailed",
            "n_scored": int(answered[j, g]),
            "n_asked": int(asked[g]),
            "bound": float(bounds[k]),
            "p_beyond": float(beyond[k][j]),
            "status": status[name][j],
        }
        for (k, name), j, g in itertools.product(
            enumerate(names), range(len(matrix.items)), range(design.groups)
        )
    ]
