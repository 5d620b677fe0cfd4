"""Worst-case bounds: what the answers alone can prove."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.counting.answer_tables import AnswerSource
from valuestats.missing.adjusted_means import Array, imbens_manski
from valuestats.missing.asked import (
    CITATIONS,
    Quantity,
    asked_table,
    estimate_frame,
    extremes,
    fixed,
    limits,
    observed,
    specification,
    table_warnings,
)
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.clusters import LEAST, plan_clusters


@checked
def missing_bounds(
    answers: AnswerSource,
    keyed: pd.DataFrame | None = None,
    *,
    scale: tuple[int, int],
    quantity: Quantity = "mean",
    at_least: int | None = None,
    level: float = 0.95,
    replicates: int = 1000,
    seed: int = 0,
) -> Result:
    r"""Scores had all missing answers been the least, or the greatest: what the answers alone can prove.

    Estimand: the quantity over *all* answers asked for, the missing ones as they would have been. It lies between
    the quantity with every missing answer at the code that is worst for it and at the code that is best
    (Manski 2003); no assumption is made. The interval covers the quantity wherever it is between the bounds
    (Imbens and Manski 2004), with standard errors that resample queries. Answers not administered are not missing.
    Of fewer than 20 queries the errors are the jackknife's, of fewer than 4 there is no interval; ends keep to the scale.

    Parameters
    ----------
    answers
        Anything that `valuestats.count_answers` counts, or its counts.
    keyed
        Columns ``item, dimension, sign``; without it all items are one dimension, ``"all items"``.
    scale
        Least and greatest code.
    quantity
        ``"mean"``: mean over items of the items' mean (expected) code; ``"centred"``: mean of the items' signed distance to
        the mean over all keyed items, as in `valuestats.score`; ``"share"``: mean over items of the share of answers of at
        least `at_least`.
    at_least
        Code from which on an answer counts for ``"share"``.
    level, replicates, seed
        Of the interval and the bootstrap over clusters.

    Returns
    -------
    Result
        Kind ``"missing_bounds"``, keys ``model, dimension``: ``estimate`` (from the answers alone; null where there is
        none), ``bound_lower``, ``bound_upper``, the interval, and ``n_units`` clusters. ``meta["order"]``: for how many
        pairs of models in a dimension the order holds whatever the missing answers were, sampling left aside.

    Raises
    ------
    InputError
        A code off the scale.
    SpecificationError
        An unknown quantity, or a share without its code or with reversed keys.

    References
    ----------
    Manski (2003); Imbens and Manski (2004), Econometrica 72; Stoye (2009), Econometrica 77.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.missing.bounds import missing_bounds
    >>> counts = pd.DataFrame({"model": "m", "item": ["1", "1", "2", "2"], "status": ["valid", "refusal"] * 2,
    ...     "answer": [4, None, 5, None], "count": [3, 1, 1, 1]}).astype({"answer": "Int64"})
    >>> found = missing_bounds(counts, scale=(1, 6)).estimates.iloc[0]
    >>> [float(found[c]) for c in ("bound_lower", "estimate", "bound_upper")]
    [3.125, 4.5, 5.0]
    """
    started = time.perf_counter()
    table = asked_table(answers, keyed, scale, quantity, at_least)
    rng = np.random.default_rng(seed)
    units = table.units()
    plan = plan_clusters(table.n_clusters, replicates, rng, behind=units)
    ends = [fixed(table, *extremes(table, up), plan.with_all) for up in (False, True)]
    frame = estimate_frame(table, observed(table))
    low, high = (e[0] for e in ends)
    found = [plan.finish(e[1:], e[0], units, level, what="queries") for e in ends]
    errors = [f.std_error for f in found]
    lower, upper = np.full(low.shape, np.nan), np.full(low.shape, np.nan)
    for d, n in enumerate(units):
        if n >= LEAST:
            lower[:, d], upper[:, d] = imbens_manski(
                low[:, d], high[:, d], errors[0][:, d], errors[1][:, d], level, int(n)
            )
    # no quantity lies off the scale, whatever the missing answers were
    lower, upper = np.clip(lower, *limits(scale, quantity)), np.clip(upper, *limits(scale, quantity))
    frame["bound_lower"], frame["bound_upper"] = low.ravel(), high.ravel()
    frame["std_error"] = np.maximum(*errors).ravel()
    frame["lower"], frame["upper"] = lower.ravel(), upper.ravel()
    frame["level"], frame["interval"] = level, np.where(frame["lower"].notna(), "Imbens-Manski", "none")
    meta = make_meta(
        "worst-case bounds over missing answers, with the interval of Imbens and Manski",
        specification(scale, quantity, at_least, level, replicates),
        citations=CITATIONS,
        seed=seed,
        warnings=table_warnings(table) + found[0].warnings,
        seconds=time.perf_counter() - started,
        pooled=table.pooled or None,
        order=_order(low, high),
    )
    return Result("missing_bounds", frame, ("model", "dimension"), meta)


def _order(low: Array, high: Array) -> dict[str, int]:
    """Pairs of models whose bounds lie apart, of all pairs in each dimension."""
    apart = low[:, None] > high[None]
    n = len(low)
    return {"pairs": n * (n - 1) // 2 * low.shape[1], "held": int(apart.sum())}
