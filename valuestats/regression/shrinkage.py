"""How much of a term's estimate is its prior: standard deviations before and after, and the estimate without priors."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import cholesky
from scipy.special import polygamma, softmax

from valuestats.base.errors import SpecificationError
from valuestats.latent.likelihoods.family_probabilities import induced_moments, thresholds_of_shares
from valuestats.regression.effects_design import EffectsDesign
from valuestats.regression.effects_draws import LINK_SCALE, EffectDraws, EffectPriors
from valuestats.regression.effects_latent import column_scales
from valuestats.regression.effects_report import ReportedTerms, reported_terms
from valuestats.regression.maximum import climb, separating
from valuestats.regression.maximum_likelihood import Likelihood

Floats = NDArray[np.float64]
_DRAWS = 20_000  # prior draws of thresholds
HALF_NORMAL = float(np.sqrt(1.0 - 2.0 / np.pi))
"""Standard deviation of a half-normal of scale 1."""


def shrinkage_table(
    design: EffectsDesign, draws: EffectDraws, priors: EffectPriors, *, flat: bool = True
) -> pd.DataFrame:
    """What `valuestats.regression.fitted.OrdinalFit.shrinkage` gives; the estimates without priors only if `flat`."""
    terms = reported_terms(design, draws)
    frame = pd.DataFrame({"term": terms.names, "part": terms.parts, "estimate": terms.values.mean(axis=0)})
    frame["posterior_sd"] = terms.values.std(axis=0, ddof=1)
    frame["prior_sd"] = prior_sds(design, priors, terms)
    frame["ratio"] = frame["posterior_sd"] / frame["prior_sd"]
    if flat:
        frame["flat"] = _flat(design, draws, terms)
    return frame


def prior_sds(design: EffectsDesign, priors: EffectPriors, terms: ReportedTerms) -> Floats:
    """Prior standard deviation of each reported term: exact, of thresholds by simulation."""
    unit, weights, rows = LINK_SCALE[design.spec.link], design.counts.sum(axis=1), design.matrices
    known: dict[str, float] = {}
    for name, scale in zip(design.names, column_scales(rows.x, weights), strict=True):
        known[name] = priors.effect * unit / scale
    for name, levels in zip(design.monotonic_names, design.monotonic_levels, strict=True):
        known[f"mo({name})"] = priors.effect * unit
        steps = len(levels) - 1
        share = np.sqrt((1.0 / steps) * (1.0 - 1.0 / steps) / (steps + 1.0))
        known |= {f"mo({name})[{a:g} to {b:g}]": share for a, b in pairwise(levels)}
    for name, scale in zip(design.specific_names, column_scales(rows.specific, weights), strict=True):
        known |= {n: priors.specific * unit / scale for n in terms.names if n.startswith(f"cs({name})[")}
    for name, scale in zip(design.disc_names, column_scales(rows.disc, weights), strict=True):
        known[f"disc[{name}]"] = priors.disc / scale
    for group in design.groups:
        factor, size = ":".join(group.factor), len(group.names)
        known |= {f"sd[{name}|{factor}]": priors.group * unit * HALF_NORMAL for name in group.names}
        # Of an LKJ matrix each correlation is a beta on (-1, 1) with both parameters lkj - 1 + size / 2.
        spread = 1.0 / np.sqrt(2.0 * (priors.lkj - 1.0 + 0.5 * size) + 1.0)
        known |= {n: spread for n in terms.names if n.startswith("cor[") and n.endswith(f"|{factor}]")}
    for curve in design.curves:
        known[f"sd[{curve.label}]"] = priors.curve * unit * HALF_NORMAL
        lines = [n for n in terms.names if n.startswith(f"line[{curve.label}")]
        known |= dict.fromkeys(lines, priors.effect * unit / curve.unit)
    known[f"sd[threshold|{design.spec.thresholds}]"] = priors.thresholds * unit * HALF_NORMAL
    column, levels_of = design.spec.discrimination, max(1, len(design.level_labels))
    known[f"sd[disc|{column}]"] = priors.disc * HALF_NORMAL
    known |= {
        f"disc[{column}={n}]": priors.disc * np.sqrt(1.0 - 1.0 / levels_of) for n in design.level_labels
    }
    cut = iter(_threshold_sds(design, priors))
    return np.array(
        [
            next(cut) if part == "threshold" else known[n]
            for n, part in zip(terms.names, terms.parts, strict=True)
        ]
    )


def prior_thresholds(
    design_steps: int,
    priors: EffectPriors,
    *,
    family: str,
    link: str,
    sets: int,
    reference: int,
    rng: np.random.Generator,
    draws: int,
) -> Floats:
    """Prior draws of the thresholds at average covariates, ``(draws, sets, steps)``."""
    steps, shares = design_steps, family == "cumulative"
    if shares:
        mean = np.zeros(steps)
        root = cholesky(np.eye(steps) + 1.0, lower=True) * np.sqrt(float(polygamma(1, priors.concentration)))
    else:
        mean, covariance = induced_moments(steps + 1, priors.concentration, family=family, link=link)  # type: ignore[arg-type]
        root = cholesky(covariance, lower=True)
    raw = np.repeat((mean + rng.normal(size=(draws, steps)) @ root.T)[:, None], sets, axis=1)
    if sets > 1:
        own = root / np.sqrt(np.mean(np.sum(root**2, axis=1)))
        spread = np.abs(rng.normal(size=(draws, 1, 1))) * priors.thresholds * LINK_SCALE[link]
        raw = raw + spread * (rng.normal(size=(draws, sets, steps)) @ own.T)
    if not shares:
        return np.asarray(raw)
    logs = np.insert(raw, reference, 0.0, axis=2)
    return thresholds_of_shares(softmax(logs, axis=2), family=family, link=link)  # type: ignore[arg-type]


def _threshold_sds(design: EffectsDesign, priors: EffectPriors) -> Floats:
    """Of all sets' thresholds at covariates of 0."""
    spec, rng, sets = design.spec, np.random.default_rng(0), max(1, len(design.set_labels))
    unit, steps, weights = LINK_SCALE[spec.link], design.counts.shape[1] - 1, design.counts.sum(axis=1)
    cut = prior_thresholds(
        steps, priors, family=spec.family, link=spec.link, sets=sets,
        reference=int(design.counts.sum(axis=0).argmax()), rng=rng, draws=_DRAWS,
    )  # fmt: skip
    beta = rng.normal(size=(_DRAWS, len(design.names))) * priors.effect * unit
    cut = cut + (beta @ (design.centres["x"] / column_scales(design.matrices.x, weights)))[:, None, None]
    if design.specific_names:
        scales = column_scales(design.matrices.specific, weights)
        gamma = rng.normal(size=(_DRAWS, steps, len(scales))) * priors.specific * unit
        cut = cut + (gamma @ (design.centres["specific"] / scales))[:, None]
    if design.monotonic_names:
        slopes = rng.normal(size=(_DRAWS, len(design.monotonic_names))) * priors.effect * unit
        cut = cut + 0.5 * slopes.sum(axis=1)[:, None, None]
    return np.asarray(cut.std(axis=0).ravel())


def _flat(design: EffectsDesign, draws: EffectDraws, terms: ReportedTerms) -> Floats:
    """Terms at the maximum of the likelihood, spreads and pooled thresholds held at their posterior means.

    Null where the likelihood has no maximum or is not of the form that `Likelihood` has, and of what is held.
    """
    found = np.full(len(terms.names), np.nan)
    try:
        likelihood = Likelihood(design)
        if separating(likelihood):
            return found
        psi = likelihood.start()
        parts = likelihood.parts
        psi[parts["cut"]] = draws.cut.mean(axis=0).ravel()
        psi[parts["beta"]] = draws.beta.mean(axis=0) * likelihood.scales["beta"]
        psi[parts["spread"]] = np.concatenate([np.zeros(0), *(sds.mean(axis=0) for sds in draws.sds)])
        held = np.zeros(likelihood.size, dtype=bool)
        held[parts["spread"]] = True
        held[parts["cut"]] = bool(design.set_labels)
        psi, u, _ = climb(likelihood, psi, basis=np.eye(likelihood.size)[:, ~held])
    except SpecificationError:
        return found
    at = reported_terms(design, likelihood.draws(psi[None], u[None]))
    flat = pd.Series(at.values[0], at.names).reindex(terms.names).to_numpy(float)
    fixed = np.array([part == "standard deviation" for part in terms.parts])
    if design.set_labels:
        fixed |= np.array([part == "threshold" for part in terms.parts])
    return np.where(fixed, np.nan, flat)


def shrinkage_text(frame: pd.DataFrame, *, most: int = 12) -> str:
    """The table as text, thresholds left out, below a line that says what it is."""
    shown = frame[frame["part"] != "threshold"].head(most)
    shown = frame.head(most) if shown.empty else shown
    columns = [c for c in ("term", "estimate", "flat", "prior_sd", "ratio") if c in frame.columns]
    without = "the estimate without them (flat), " if "flat" in columns else ""
    return (
        f"Priors: {without}their standard deviation, and what the answers left of it (posterior over prior):\n"
        + shown[columns].round(3).to_string(index=False, na_rep="–")
    )
