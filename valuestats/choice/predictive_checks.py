"""Whether choices made anew by a fitted choice model look like those that were made."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from valuestats.choice.fit_checks import Replicated, replicated
from valuestats.choice.fit_design import ChoiceDesign
from valuestats.choice.fit_draws import ChoiceDraws
from valuestats.regression.predictive_checks import CITATIONS
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.resampling import equal_tailed

Floats = NDArray[np.float64]


def choice_check(
    parent: Result, design: ChoiceDesign, draws: ChoiceDraws, *, by_maximum: bool, level: float, seed: int
) -> Result:
    r"""Each option's share of the choices it was offered in (ties as halves), observed against made anew by the model.

    The discrepancy is :math:`T(y) - T(y^{rep})` over draws, given all effects. ``meta["p_value"]`` is that of all tallies,
    by pair of options and what was taken, by the Freeman-Tukey discrepancy (Gelman, Meng and Stern 1996).
    """
    made = replicated(design, draws, seed=seed)
    options = [str(o) for o in design.rows.options]
    offered = np.bincount(design.rows.option_of, design.rows.times, len(options))
    seen, again = (_shares(made, counts, offered) for counts in (made.observed[None], made.replicated))
    apart = seen - again
    lower, upper = equal_tailed(apart, level)
    names = ["share of its choices"]
    frame = pd.DataFrame(
        {
            "estimand": "observed - replicated",
            "option": options,
            "statistic": names[0],
            "estimate": apart.mean(axis=0),
            "std_error": apart.std(axis=0, ddof=1),
            "lower": lower,
            "upper": upper,
            "level": level,
            "interval": "Wald, simulated" if by_maximum else "posterior, equal-tailed",
            "n_scored": offered,
            "n_asked": offered,
            "observed": seen[0],
            "replicated": again.mean(axis=0),
            "p_value": ((again > seen) + 0.5 * (again == seen)).mean(axis=0),
            "outside": (lower > 0) | (upper < 0),
        }
    )
    meta = make_meta(
        f"posterior predictive check of: {parent.meta['method']}",
        {**parent.meta["specification"], "by": "option", "level": level, "replicates": len(again)},
        citations=[*parent.meta["citations"], *CITATIONS],
        seed=seed,
        warnings=list(parent.meta["warnings"]),
        p_value=float(made.p_value),
    )
    group: Literal["posterior", "bootstrap"] = "bootstrap" if by_maximum else "posterior"
    tree = draws_tree(group, apart[..., None], {"option": options, "statistic": names})
    return Result("pp_check", frame, ("option", "statistic"), meta, tree)


def _shares(made: Replicated, counts: Floats, offered: Floats) -> Floats:
    """Share of the choices an option was offered in that it won, ``(S, options)``; ties and outcomes are halves of pairs."""
    pair, larger = made.tallies.of_pair, ~made.tallies.of_pair
    low, high, result = made.tallies.low, made.tallies.high, made.tallies.result
    at = np.arange(len(low))
    own = np.where(result == 0, 1.0, np.where(result == 1, 0.0, 0.5))
    wins = csr_array(
        (
            np.concatenate([own[pair], 1 - own[pair], np.where(result[larger] == 0, 1.0, 0.0)]),
            (
                np.concatenate([low[pair], high[pair], low[larger]]),
                np.concatenate([at[pair], at[pair], at[larger]]),
            ),
        ),
        shape=(len(offered), len(low)),
    )
    return np.asarray(wins @ counts.T).T / offered
