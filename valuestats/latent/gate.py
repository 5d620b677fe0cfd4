"""The diagnostics gate, which says whether the draws of a fit may be read as a finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import p_value
from valuestats.latent.convergence import convergence

if TYPE_CHECKING:
    import xarray as xr


Diagnosed = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Gate:
    """What a fit must show before it is rendered as a finding.

    Attributes
    ----------
    max_rhat
        Largest rank-normalised split R-hat (Vehtari et al. 2021).
    min_ess_bulk, min_ess_tail
        Smallest effective sample sizes (same source), over all chains.
    max_divergences
        Divergent transitions allowed after adaptation.
    min_predictive_p
        Smallest posterior predictive p-value (Gelman, Meng and Stern 1996) that does not count as misfit.

    Examples
    --------
    >>> Gate().max_rhat
    1.01
    """

    max_rhat: float = 1.01
    min_ess_bulk: float = 400.0
    min_ess_tail: float = 400.0
    max_divergences: int = 0
    min_predictive_p: float = 0.01

    def judge(
        self,
        tree: xr.DataTree,
        variables: Sequence[str],
        predictive: float | None = None,
        found: Diagnosed | None = None,
    ) -> dict[str, Any]:
        """Judge the named variables of a posterior; see `judge`."""
        return judge(tree, variables, predictive, self, found)


def judge(
    tree: xr.DataTree,
    variables: Sequence[str],
    predictive: float | None = None,
    gate: Gate | None = None,
    found: Diagnosed | None = None,
) -> dict[str, Any]:
    """Hold a fit against the gate.

    Parameters
    ----------
    tree
        With groups ``posterior`` (dimensions ``chain`` and ``draw`` first) and, if divergences count,
        ``sample_stats`` with ``diverging``.
    variables
        The variables that will be reported; every element of each is judged.
    predictive
        Posterior predictive p-value; None leaves the predictive check out, and says so.
    gate
        The thresholds.
    found
        What `worst_of_each` gave for these variables, where it is known.

    Returns
    -------
    dict
        ``passed``, ``reasons`` (empty when passed), ``max_rhat``, ``min_ess_bulk``, ``min_ess_tail``,
        ``divergences``, ``predictive_p`` and the ``thresholds``.

    Raises
    ------
    SpecificationError
        A variable is not in the posterior.

    Examples
    --------
    >>> import numpy as np, xarray as xr
    >>> rng = np.random.default_rng(1)
    >>> good = xr.Dataset({"x": (("chain", "draw"), rng.normal(size=(4, 500)))})
    >>> judge(xr.DataTree(children={"posterior": xr.DataTree(good)}), ["x"])["passed"]
    True
    """
    limits = gate or Gate()
    each = (found or worst_of_each(tree, variables)).values()
    rhat = _worst([one["max_rhat"] for one in each], np.max)
    bulk = _worst([one["min_ess_bulk"] for one in each], np.min)
    tail = _worst([one["min_ess_tail"] for one in each], np.min)
    divergences = None
    if "sample_stats" in tree.children and "diverging" in tree["sample_stats"]:
        divergences = int(tree["sample_stats"]["diverging"].sum())

    reasons = []
    for label, value, limit, high in (
        ("R-hat", rhat, limits.max_rhat, True),
        ("bulk effective sample size", bulk, limits.min_ess_bulk, False),
        ("tail effective sample size", tail, limits.min_ess_tail, False),
    ):
        if not np.isfinite(value):
            reasons.append(f"{label} is undefined: a chain does not move")
        elif high and value > limit:
            reasons.append(f"{label} {value:.3f} is above {limit:g}")
        elif not high and value < limit:
            reasons.append(f"{label} {value:.0f} is below {limit:g}")
    if divergences is not None and divergences > limits.max_divergences:
        reasons.append(f"{divergences} divergent transitions, {limits.max_divergences} allowed")
    verdict = {
        "passed": not reasons,
        "reasons": reasons,
        "max_rhat": rhat,
        "min_ess_bulk": bulk,
        "min_ess_tail": tail,
        "divergences": divergences,
        "predictive_p": None,
        "thresholds": {
            "max_rhat": limits.max_rhat,
            "min_ess_bulk": limits.min_ess_bulk,
            "min_ess_tail": limits.min_ess_tail,
            "max_divergences": limits.max_divergences,
            "min_predictive_p": limits.min_predictive_p,
        },
    }
    return verdict if predictive is None else with_predictive(verdict, predictive)


def needs_more(verdict: Mapping[str, Any]) -> bool:
    """Whether what a fit lacks is what more draws of the same chains give: mixing, or effective draws.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> import xarray as xr
    >>> few = xr.Dataset({"x": (("chain", "draw"), rng.normal(size=(4, 50)))})
    >>> needs_more(judge(xr.DataTree(children={"posterior": xr.DataTree(few)}), ["x"]))
    True
    """
    limits = verdict["thresholds"]
    return not (
        verdict["max_rhat"] <= limits["max_rhat"]
        and verdict["min_ess_bulk"] >= limits["min_ess_bulk"]
        and verdict["min_ess_tail"] >= limits["min_ess_tail"]
    )


def with_predictive(verdict: dict[str, Any], predictive: float) -> dict[str, Any]:
    """A verdict of `judge` on the draws alone, with that on the posterior predictive p-value added."""
    least, reasons = verdict["thresholds"]["min_predictive_p"], list(verdict["reasons"])
    if not predictive >= least:
        reasons.append(
            f"the model does not reproduce the answers (posterior predictive {p_value(predictive)}, "
            f"below {least:g})"
        )
    return {**verdict, "passed": not reasons, "reasons": reasons, "predictive_p": predictive}


def worst_of_each(tree: xr.DataTree, variables: Sequence[str]) -> dict[str, dict[str, float]]:
    """The worst ``max_rhat``, ``min_ess_bulk`` and ``min_ess_tail`` over the elements of each variable; see `judge`."""
    posterior = tree["posterior"].to_dataset()
    unknown = [name for name in variables if name not in posterior]
    if unknown or not variables:
        raise SpecificationError(
            "the gate needs variables of the posterior",
            parameter="variables",
            got=", ".join(unknown) or "none",
            expected=", ".join(map(str, posterior.data_vars)),
        )
    return {name: _worst_of(posterior[name].transpose("chain", "draw", ...).to_numpy()) for name in variables}


def _worst_of(values: NDArray[np.float64]) -> dict[str, float]:
    rhat, bulk, tail = convergence(np.moveaxis(values.reshape(*values.shape[:2], -1), -1, 0))
    return {
        "max_rhat": _worst(rhat, np.max),
        "min_ess_bulk": _worst(bulk, np.min),
        "min_ess_tail": _worst(tail, np.min),
    }


def _worst(values: Any, worst: Any) -> float:
    """The worst value; NaN counts as worst."""
    values = np.ravel(values)
    return float("nan") if np.isnan(values).any() else float(worst(values))


def split_rhat(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """R-hat of half chains (Gelman et al. 2013, section 11.4), for values ``(..., chains, draws)``; 1 where all are equal.

    Examples
    --------
    >>> stuck = np.array([[0.0, 0.1, 0.0, 0.1], [1.0, 1.1, 1.0, 1.1]])
    >>> bool(split_rhat(stuck) > 2)
    True
    """
    half = values.shape[-1] // 2
    parts = np.concatenate([values[..., :half], values[..., half : 2 * half]], axis=-2)
    within = parts.var(axis=-1, ddof=1).mean(axis=-1)
    between = parts.mean(axis=-1).var(axis=-1, ddof=1)
    ratio = np.divide(between, within, out=np.zeros_like(within), where=within > 0)
    return np.asarray(
        np.sqrt((half - 1) / half + ratio) * np.where(within > 0, 1.0, np.sqrt(half / (half - 1)))
    )
