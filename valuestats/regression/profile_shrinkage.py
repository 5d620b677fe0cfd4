"""How much of a value profile is its prior: standard deviations before and after, and profiles without priors."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.latent.bases import zero_sum_basis
from valuestats.regression.cells import OrdinalDesign
from valuestats.regression.profile_estimands import OrdinalDraws
from valuestats.regression.profile_flat import flat_profiles
from valuestats.regression.shrinkage import HALF_NORMAL, shrinkage_text
from valuestats.regression.structure import OrdinalPriors, Structure
from valuestats.statistics.ordinal import Link, cutpoints_from_shares

if TYPE_CHECKING:
    import xarray as xr

    from valuestats.results.result import Result

Floats = NDArray[np.float64]
_DRAWS = 20_000  # prior draws of thresholds
_COLUMNS = ("term", "part", "estimate", "flat", "posterior_sd", "prior_sd", "ratio")


def profile_shrinkage(
    posterior: xr.Dataset,
    design: OrdinalDesign,
    parts: Structure,
    priors: OrdinalPriors,
    draws: OrdinalDraws,
    link: Link,
) -> pd.DataFrame:
    """The table that `valuestats.regression.fitted.OrdinalFit.shrinkage` gives of a formula, of value profiles.

    Parameters
    ----------
    posterior
        Draws stacked as by `valuestats.regression.profile_estimands.stacked`.
    design, parts, priors, link
        The model.
    draws
        What `structural_draws` makes of the posterior.

    Returns
    -------
    pandas.DataFrame
        ``term``, ``part``, ``estimate``, ``flat`` (`flat_profiles`; null of what it holds), ``posterior_sd``, ``prior_sd``
        and their ``ratio``. Standard deviations of interactions are on the log scale, as their prior.
    """
    flat = flat_profiles(posterior, design, parts, draws, link)
    rows: list[tuple[str, str, Floats, Floats, Floats]] = []

    def add(
        part: str, names: list[str], values: Floats, prior: Floats | float, best: Floats | None = None
    ) -> None:
        size = len(names)
        held = np.full(size, np.nan) if best is None else best
        for n, name in enumerate(names):
            rows.append((name, part, values[:, n], np.broadcast_to(prior, size)[n], held[n]))

    n_values = len(design.values)
    pairs = [f"profile[{model}, {value}]" for model in design.models for value in design.values]
    profile = draws.profile.reshape(len(draws.profile), -1)
    # Half the mean squared, that of a gamma of shape 2 has.
    between = 1.5 * priors.value_spread**2 if parts.model_values else 0.0
    add(
        "profile",
        pairs,
        profile,
        np.sqrt((priors.value**2 + between) * (1.0 - 1.0 / n_values)),
        flat["profile"].ravel(),
    )
    for name, labels in (("wording", design.wordings), ("order", design.orders)):
        if name in posterior:
            basis = zero_sum_basis(len(labels))
            sd = priors.condition * np.sqrt(1.0 - 1.0 / len(labels))
            add(
                name,
                [f"{name}[{n}]" for n in labels],
                posterior[name].transpose("draw", ...).to_numpy() @ basis.T,
                sd,
                flat[name],
            )
    codes = [f"{a}|{b}" for a, b in pairwise(design.codes)]
    cut = _threshold_sds(design, parts, priors, link)
    for m, model in enumerate(design.models):
        add("threshold", [f"threshold[{model}, {code}]" for code in codes], draws.cutpoints[:, m], cut)
    if "tau" in posterior:
        add(
            "standard deviation",
            ["sd[profile|model]"],
            _one(posterior, "tau"),
            priors.value_spread / np.sqrt(2.0),
        )
    for label, name, scale in (
        ("sd[item]", "item_spread", priors.item),
        ("sd[threshold|model]", "shares_spread", priors.shares_spread),
        ("sd[level|model]", "level_spread", priors.level),
        ("sd[wording|model]", "wording_spread", priors.condition),
        ("sd[order|model]", "order_spread", priors.condition),
    ):
        if name in posterior:
            add("standard deviation", [label], _one(posterior, name), scale * HALF_NORMAL)
    if draws.interaction.any():
        several = "log_interaction_spread" in posterior
        spread = priors.interaction_spread if several else 0.0
        names = (
            [f"log sd[query and item|{model}]" for model in design.models] if several else ["log sd[query]"]
        )
        logs = np.log(draws.interaction[:, : len(names)])
        add("standard deviation", names, logs, float(np.hypot(priors.interaction, spread)))
    if "query_share" in posterior:
        add("share", ["share[query]"], _one(posterior, "query_share"), np.sqrt(1.0 / 20.0))  # beta(2, 2)
    found = pd.DataFrame(
        {
            "term": [name for name, *_ in rows],
            "part": [part for _, part, *_ in rows],
            "estimate": [float(values.mean()) for _, _, values, _, _ in rows],
            "flat": [float(best) for *_, best in rows],
            "posterior_sd": [float(values.std(ddof=1)) for _, _, values, _, _ in rows],
            "prior_sd": [float(sd) for _, _, _, sd, _ in rows],
        }
    )
    return found.assign(ratio=found["posterior_sd"] / found["prior_sd"])[list(_COLUMNS)]


def _one(posterior: xr.Dataset, name: str) -> Floats:
    return np.asarray(posterior[name].to_numpy()).reshape(-1, 1)


def _threshold_sds(design: OrdinalDesign, parts: Structure, priors: OrdinalPriors, link: Link) -> Floats:
    """Prior standard deviations of a model's thresholds, by simulation."""
    rng, categories = np.random.default_rng(0), design.counts.shape[1]
    logs = priors.shares * rng.normal(size=(_DRAWS, categories))
    if parts.model_thresholds:
        spread = np.abs(rng.normal(size=(_DRAWS, 1))) * priors.shares_spread
        logs = logs + spread * rng.normal(size=logs.shape)
    cut = cutpoints_from_shares(logs, link=link).std(axis=0)
    several = len(design.models) > 1 and not parts.model_thresholds
    level = priors.level**2 * (1.0 - 1.0 / len(design.models)) if several else 0.0
    return np.sqrt(cut**2 + level)


def shrinkage_records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """The table as records for a result's meta, null where there is no number."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")  # type: ignore[return-value]


def shrinkage_lines(result: Result) -> str:
    """What `Result.summary` adds of value profiles: how far their priors shrink them."""
    records = result.meta.get("shrinkage")
    return shrinkage_text(pd.DataFrame(records)) if records else ""
