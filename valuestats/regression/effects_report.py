"""What an ordinal regression reports: its terms' draws, replicated answers and the predictive check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from valuestats.regression.effects_columns import as_text
from valuestats.regression.effects_design import EffectsDesign
from valuestats.regression.effects_draws import EffectDraws, row_log_probabilities
from valuestats.regression.methods import predictive_p
from valuestats.regression.replicated_groups import added_replicates
from valuestats.statistics.resampling import equal_tailed

Floats = NDArray[np.float64]
_AT_ONCE = 4_000_000  # numbers of one pass over draws x cells x categories
_MANY_PER_CELL = 10  # answers, from which multinomial numbers cost less than answers one by one


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
    cut = draws.cut + (draws.beta @ design.centres["x"] + design.centres["offset"])[:, None, None]
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
    for n, curve in enumerate(design.curves):
        found.append((f"sd[{curve.label}]", "standard deviation", draws.curve_sds[n]))
        for k, level in enumerate(curve.levels if curve.part.straight else ()):
            own = f", {':'.join(curve.part.by)}={level}" if level else ""
            found.append((f"line[{curve.label}{own}]", "coefficient", draws.curves[n][:, k, -1] / curve.unit))
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
    design: EffectsDesign, draws: EffectDraws, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Expected and replicated counts per cell and category, each ``(S, cells, K)``, conditional on all effects."""
    p = np.exp(row_log_probabilities(design, draws))
    p /= p.sum(axis=-1, keepdims=True)
    totals = design.counts.sum(axis=1)
    whole = np.round(totals).astype(np.int64)
    return totals[:, None] * p, rng.multinomial(whole, p).astype(float)


@dataclass(frozen=True)
class GroupReplicates:
    """Counts by level of a column and category: observed ``(levels, K)``, the others ``(S, levels, K)``."""

    labels: tuple[str, ...]
    observed: Floats
    expected: Floats
    replicated: Floats

    @property
    def p_value(self) -> float:
        """Posterior predictive p-value of how the levels use the categories."""
        return predictive_p(self.observed, self.expected, self.replicated)


def group_replicates(
    design: EffectsDesign,
    draws: EffectDraws,
    columns: Sequence[str | None],
    *,
    most: int = 300,
    seed: int = 0,
) -> dict[str | None, GroupReplicates]:
    """Observed, expected and replicated counts by each of the columns (None: all answers together), in one pass."""
    few, rng = draws.thinned(most), np.random.default_rng(seed)
    members: dict[str | None, tuple[tuple[str, ...], Any]] = {}
    levels: list[tuple[NDArray[np.int64], int]] = []
    for column in columns:
        labels = ["all"] * len(design.counts) if column is None else list(as_text(design.cells[column]))
        index, names = pd.factorize(pd.Index(labels), sort=True)
        levels.append((index, len(names)))
        ones = (np.ones(len(index)), (index, np.arange(len(index))))
        members[column] = tuple(names), csr_array(ones, shape=(len(names), len(index)))
    size = max(1, _AT_ONCE // design.counts.size)
    parts: dict[str | None, list[tuple[Floats, Floats]]] = {column: [] for column in columns}
    single = design.counts.sum() <= _MANY_PER_CELL * len(design.counts)
    for start in range(0, few.size, size):
        if single:
            added = added_replicates(design, few.part(slice(start, start + size)), tuple(levels), rng)
            for column, found in zip(members, added, strict=True):
                parts[column].append(found)
            continue
        both = expected_and_replicated(design, few.part(slice(start, start + size)), rng)
        flat = [np.moveaxis(v, 0, 1).reshape(len(design.counts), -1) for v in both]
        for column, (known, member) in members.items():
            shape = (len(known), -1, design.counts.shape[1])
            one, two = (np.moveaxis((member @ v).reshape(shape), 0, 1) for v in flat)
            parts[column].append((one, two))
    return {
        column: GroupReplicates(
            known, member @ design.counts, *(np.concatenate(v) for v in zip(*parts[column], strict=True))
        )
        for column, (known, member) in members.items()
    }


def rootogram_frame(found: GroupReplicates, codes: NDArray[np.int64], level: float = 0.95) -> pd.DataFrame:
    """Frame with ``group``, ``code``, ``observed``, ``expected``, ``lower``, ``upper``, ``outside``."""
    lower, upper = equal_tailed(found.replicated, level)
    frame = pd.DataFrame(
        {
            "group": np.repeat(np.asarray(found.labels, dtype=object), len(codes)),
            "code": np.tile(codes, len(found.labels)),
            "observed": found.observed.ravel(),
            "expected": found.expected.mean(axis=0).ravel(),
            "lower": lower.ravel(),
            "upper": upper.ravel(),
        }
    )
    frame["outside"] = (frame["observed"] < frame["lower"]) | (frame["observed"] > frame["upper"])
    return frame


def named_codes(design: EffectsDesign) -> dict[str, Any]:
    """What the codes are called, for the metadata; nothing where they are only numbers."""
    named = {str(code): text for code, text in design.labels.items()}
    return {"labels": named} if named else {}
