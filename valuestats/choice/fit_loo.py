"""Leave-one-out of choice models: by choice, and by all choices of a judge, an item or any other column."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.special import logsumexp

from valuestats.base.errors import SpecificationError
from valuestats.choice.fit_design import ChoiceDesign
from valuestats.choice.fit_draws import ChoiceDraws, own_columns, utilities
from valuestats.choice.fit_posterior import posterior_draws
from valuestats.choice.fit_rows import ALIASES
from valuestats.choice.spec import ChoicePriors

Floats = NDArray[np.float64]
MAX_PARETO_K = 0.7


@dataclass(frozen=True)
class Fitted:
    """What a fit is left out of: its design, draws, priors, and the engine's settings."""

    design: ChoiceDesign
    draws: ChoiceDraws
    priors: ChoicePriors
    settings: dict[str, Any]


def leave_choices_out(fit: Fitted, by: str | None, *, most: int, refit: bool) -> pd.DataFrame:
    """What `valuestats.choice.fitted.ChoiceFit.leave_out` gives."""
    design, rows = fit.design, fit.design.rows
    few = fit.draws.thinned(most)
    each = _pattern_values(design, few)
    if by is None:
        return _by_choice(fit, each)
    labels = _labels(rows.per_choice, by)
    code, names = pd.factorize(labels, sort=True)
    counts = csr_array((rows.weight, (code, rows.pattern)), shape=(len(names), rows.taken.shape[0]))
    own = any({by, *(a for a, real in ALIASES.items() if real == by)} & set(g.factor) for g in design.groups)
    found = []
    for k, name in enumerate(names):
        inside = counts[[k]].toarray()[0]
        elpd, pareto = _smoothed((inside @ each)[None])
        # Effects that the group has for itself have seen its choices: only a fit without them predicts it as a new one.
        again = refit and (own or pareto[0] > MAX_PARETO_K)
        if again:
            value = inside @ _pattern_values(design, _without(fit, inside, most))
            elpd = np.array([logsumexp(value) - np.log(len(value))])
        number = float(inside.sum())
        found.append(
            {
                "group": str(name),
                "choices": number,
                "elpd": float(elpd[0]),
                "elpd_per_choice": float(elpd[0]) / number,
                "pareto_k": float(pareto[0]),
                "refitted": again,
                "reliable": again or bool(pareto[0] <= MAX_PARETO_K and not own),
            }
        )
    return pd.DataFrame(found)


def _by_choice(fit: Fitted, each: Floats) -> pd.DataFrame:
    rows = fit.design.rows
    elpd, pareto = _smoothed(each)
    return pd.DataFrame(
        {
            "choice": rows.per_choice["choice"].to_numpy(),
            "times": rows.weight,
            "elpd": elpd[rows.pattern],
            "pareto_k": pareto[rows.pattern],
            "reliable": pareto[rows.pattern] <= MAX_PARETO_K,
        }
    )


def _labels(per_choice: pd.DataFrame, by: str) -> pd.Series:
    name = by if by in per_choice.columns else ALIASES.get(by, by)
    if name not in per_choice.columns or per_choice[name].isna().any():
        raise SpecificationError(
            "no such column of every choice",
            parameter="by",
            got=by,
            expected=", ".join(map(str, per_choice.columns)),
        )
    return per_choice[name].astype(str)


def _pattern_values(design: ChoiceDesign, draws: ChoiceDraws) -> Floats:
    """Log-probability of each pattern of choice in each draw, ``(patterns, S)``."""
    log_p = design.rows.stages.log_probabilities(utilities(draws, design.matrices), own_columns(draws))
    return np.asarray(design.rows.taken @ log_p)


def _smoothed(values: Floats) -> tuple[Floats, Floats]:
    """Expected log density of each row left out, and the Pareto k of its weights."""
    from arviz_stats.base import array_stats

    elpd, pareto = np.empty(len(values)), np.empty(len(values))
    for k, value in enumerate(values):
        weights, pareto[k] = array_stats.psislw(value, r_eff=1.0)
        elpd[k] = logsumexp(weights + value)
    return elpd, pareto


def _without(fit: Fitted, left_out: Floats, most: int) -> ChoiceDraws:
    """Draws of a fit without so many choices of each pattern."""
    rows = fit.design.rows
    kept = np.bincount(rows.pattern, rows.weight, rows.taken.shape[0]) - left_out
    stages: Any = replace(rows.stages, count=np.asarray(rows.taken.T @ kept))
    design = replace(fit.design, rows=replace(rows, stages=stages))
    return posterior_draws(design, fit.priors, **fit.settings)[0].thinned(most)
