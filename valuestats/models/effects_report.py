"""What an ordinal regression reports: its terms' draws, replicated answers and the predictive check."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.kernels.resampling import equal_tailed
from valuestats.models.effects_draws import EffectDraws, row_log_probabilities
from valuestats.models.effects_formula import EffectsDesign, as_text

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ReportedTerms:
    """Names, parts of the model and draws ``(S, terms)`` of what is reported."""

    names: tuple[str, ...]
    parts: tuple[str, ...]
    values: Floats


def reported_terms(design: EffectsDesign, draws: EffectDraws) -> ReportedTerms:
    """Coefficients, thresholds (at covariates of 0, as regression software gives them), spreads and correlations."""
    found: list[tuple[str, str, Floats]] = []
    for n, name in enumerate(design.names):
        found.append((name, "coefficient", draws.beta[:, n]))
    for n, name in enumerate(design.monotonic_names):
        levels = design.monotonic_levels[n]
        if draws.monotonic is not None:
            found.append((f"mo({name})", "monotonic effect", draws.monotonic[:, n]))
        for k, step in enumerate(np.diff(draws.steps[n], axis=1).T):
            found.append(
                (f"mo({name})[{levels[k]:g} to {levels[k + 1]:g}]", "share of monotonic effect", step)
            )
    cut = draws.cut + (draws.beta @ design.centres["x"])[:, None, None]
    if draws.monotonic is not None:  # centred at half its whole effect; reported at its lowest level
        cut = cut + 0.5 * draws.monotonic.sum(axis=1)[:, None, None]
    steps = [f"{a}|{b}" for a, b in zip(design.codes[:-1], design.codes[1:], strict=True)]
    if draws.specific is not None:
        cut = cut + np.einsum("c,sck->sk", design.centres["specific"], draws.specific)[:, None]
        for n, name in enumerate(design.specific_names):
            found += [(f"cs({name})[{s}]", "category-specific effect", draws.specific[:, n, k])
                      for k, s in enumerate(steps)]  # fmt: skip
    for s, label in enumerate(design.set_labels or ("",)):
        prefix = f"{design.spec.thresholds}={label}, " if label else ""
        found += [(f"threshold[{prefix}{step}]", "threshold", cut[:, s, k]) for k, step in enumerate(steps)]
    if draws.threshold_sd is not None:
        found.append((f"sd[threshold|{design.spec.thresholds}]", "standard deviation", draws.threshold_sd))
    for n, group in enumerate(design.groups):
        factor = ":".join(group.factor)
        for q, name in enumerate(group.names):
            found.append((f"sd[{name}|{factor}]", "standard deviation", draws.sds[n][:, q]))
        matrix = draws.correlations[n]
        if matrix is not None:
            for a in range(len(group.names)):
                for b in range(a):
                    name = f"cor[{group.names[b]}, {group.names[a]}|{factor}]"
                    found.append((name, "correlation", matrix[:, b, a]))
    if draws.disc is not None:
        for n, name in enumerate(design.disc_names):
            found.append((f"disc[{name}]", "log discrimination", draws.disc[:, n]))
    if draws.log_disc is not None and draws.disc_sd is not None:
        column = design.spec.discrimination
        for n, name in enumerate(design.level_labels):
            found.append((f"disc[{column}={name}]", "log discrimination", draws.log_disc[:, n]))
        found.append((f"sd[disc|{column}]", "standard deviation", draws.disc_sd))
    names, parts, values = zip(*found, strict=True)
    return ReportedTerms(names, parts, np.stack(values, axis=1))


def expected_and_replicated(
    design: EffectsDesign, draws: EffectDraws, *, most: int = 300, seed: int = 0
) -> tuple[Floats, Floats]:
    """Expected and replicated counts per cell and category, each ``(S, cells, K)``, conditional on all effects."""
    few = draws.thinned(most)
    p = np.exp(row_log_probabilities(design, few))
    p /= p.sum(axis=-1, keepdims=True)
    totals = design.counts.sum(axis=1)
    rng = np.random.default_rng(seed)
    whole = np.round(totals).astype(np.int64)
    return totals[:, None] * p, rng.multinomial(whole, p).astype(float)


def predictive_p(observed: Floats, expected: Floats, replicated: Floats) -> float:
    """Posterior predictive p-value of the Freeman-Tukey discrepancy over groups x categories."""
    seen = ((np.sqrt(observed) - np.sqrt(expected)) ** 2).sum(axis=(1, 2))
    made = ((np.sqrt(replicated) - np.sqrt(expected)) ** 2).sum(axis=(1, 2))
    return float((made >= seen).mean())


def grouped(values: Floats, index: NDArray[np.int64], size: int) -> Floats:
    """Sums over the cells of each group, ``(..., cells, K)`` to ``(..., size, K)``."""
    member = np.zeros((size, len(index)))
    member[index, np.arange(len(index))] = 1.0
    return np.asarray(member @ values)


def rootogram_frame(
    design: EffectsDesign, draws: EffectDraws, by: str | None, *, level: float = 0.95, seed: int = 0
) -> tuple[pd.DataFrame, float]:
    """Observed and replicated counts per group and category, and the predictive p-value.

    Returns
    -------
    tuple
        Frame with ``group``, ``code``, ``observed``, ``expected``, ``lower``, ``upper``, ``outside``; the p-value.
    """
    labels = ["all"] * len(design.counts) if by is None else list(as_text(design.cells[by]))
    index, names = pd.factorize(pd.Index(labels), sort=True)
    expected, replicated = expected_and_replicated(design, draws, seed=seed)
    size = len(names)
    e, r, o = (grouped(v, index, size) for v in (expected, replicated, design.counts))
    lower, upper = equal_tailed(r, level)
    frame = pd.DataFrame(
        {
            "group": np.repeat(np.asarray(names, dtype=object), len(design.codes)),
            "code": np.tile(design.codes, size),
            "observed": o.ravel(),
            "expected": e.mean(axis=0).ravel(),
            "lower": lower.ravel(),
            "upper": upper.ravel(),
        }
    )
    frame["outside"] = (frame["observed"] < frame["lower"]) | (frame["observed"] > frame["upper"])
    return frame, predictive_p(o, e, r)
