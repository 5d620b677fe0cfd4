"""How far people agree about the best of four responses, and how often candidates carry a value at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.statistics.clusters import plan_clusters
from valuestats.statistics.entropy import plugin_entropy, without_one
from valuestats.statistics.ratios import ratio

Array = NDArray[np.float64]

PERSON, MAJORITY = "another annotator", "what most others prefer"


@checked
def people_ceiling(
    counts: pd.DataFrame, *, level: float = 0.95, replicates: int = 2000, seed: int = 0
) -> pd.DataFrame:
    r"""How often one annotator prefers what another does, and what most of the others do: what a model could match at best.

    With :math:`n_k` of n annotators for response k: another annotator :math:`\sum_k n_k(n_k - 1)/(n(n-1))`; the
    majority of the others :math:`\sum_k \frac{n_k}{n} [k \in \arg\max_j (n_j - [j = k])]`, ties shared. Means over
    prompts with intervals that resample prompts; chance is 1/4.

    Parameters
    ----------
    counts
        ``set``, ``response``, ``count``.
    level, replicates, seed
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        ``matches``, ``estimate``, ``lower``, ``upper``, ``baseline``, ``n_units`` (prompts of two annotators or more),
        ``n_scored`` (preferences).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"set": ["s"] * 4 + ["t"] * 4, "response": list("ABCD") * 2, "count": [3, 1, 0, 0, 2, 2, 0, 0]})
    >>> people_ceiling(frame, replicates=0)["estimate"].round(3).tolist()
    [0.417, 0.375]
    """
    table = _table(counts)
    n = table.sum(axis=1)
    table, n = table[n > 1], n[n > 1]
    other = (table * (table - 1)).sum(axis=1) / (n * (n - 1))
    hit = np.zeros(len(table))
    for k in range(table.shape[1]):
        left = table.copy()
        left[:, k] -= 1
        best = left == left.max(axis=1, keepdims=True)
        hit += np.where(table[:, k] > 0, table[:, k] / n * best[:, k] / best.sum(axis=1), 0.0)
    return _means({PERSON: other, MAJORITY: hit}, "matches", level, replicates, seed).assign(
        baseline=1 / table.shape[1], n_scored=int(n.sum())
    )


@checked
def choice_entropy(
    counts: pd.DataFrame, *, level: float = 0.95, replicates: int = 2000, seed: int = 0
) -> pd.DataFrame:
    """Mean entropy (bits) of the annotators' preferences of a prompt: uncorrected, and corrected for few annotators.

    Parameters
    ----------
    counts, level, replicates, seed
        As for `people_ceiling`.

    Returns
    -------
    pandas.DataFrame
        ``entropy`` (``uncorrected`` or ``corrected``, by leaving out one annotator at a time), ``estimate``, ``lower``,
        ``upper``, ``baseline`` (2 bits, responses preferred evenly), ``n_units``, ``n_scored``.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"set": "s", "response": list("ABCD"), "count": [4, 4, 4, 4]})
    >>> choice_entropy(frame, replicates=0)["estimate"].round(2).tolist()
    [2.0, 2.15]
    """
    table = _table(counts)
    table = table[table.sum(axis=1) > 1]
    values = {"uncorrected": plugin_entropy(table), "corrected": without_one(table, plugin_entropy)}
    bits = {name: x / np.log(2) for name, x in values.items()}
    return _means(bits, "entropy", level, replicates, seed).assign(
        baseline=float(np.log2(table.shape[1])), n_scored=int(table.sum())
    )


@checked
def value_coverage(
    candidates: pd.DataFrame,
    *,
    k: Sequence[int] = (1, 4),
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Probability that at least one of k candidates carries a value, with intervals over prompts.

    Of n candidates of a prompt, m carry it: :math:`1 - \binom{n-m}{k}/\binom{n}{k}`, which is unbiased for k draws without
    replacement; of drawn sets of k themselves it is whether one of them does. With p the share that carries it, ``alike`` is
    what candidates that know nothing of each other would cover if prompts were all alike, :math:`1 - (1 - p)^k`, and
    ``most`` the most that any k could, :math:`\min(1, kp)`.

    Parameters
    ----------
    candidates
        ``prompt``, ``value``, ``carries`` (truth or 0 and 1) of each candidate, optionally ``condition``.
    k
        How many candidates.
    level, replicates, seed
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        ``condition``, ``value``, ``k``, ``estimate``, ``lower``, ``upper``, ``single`` (k = 1), ``alike``, ``most``,
        ``n_units``.

    Raises
    ------
    InputError
        A column is missing, or what is carried is neither true nor false.
    SpecificationError
        More candidates than a prompt has.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"prompt": [1, 1, 2, 2], "value": "v", "carries": [1, 0, 0, 0]})
    >>> value_coverage(frame, k=[1, 2], replicates=0)["estimate"].tolist()
    [0.25, 0.5]
    """
    missing = [c for c in ("prompt", "value", "carries") if c not in candidates.columns]
    if missing:
        raise InputError(
            "candidates: a column is missing", parameter=", ".join(missing), got=", ".join(candidates.columns)
        )
    carried = pd.to_numeric(candidates["carries"], errors="coerce")
    if not carried.isin([0, 1]).all():
        row = int((~carried.isin([0, 1])).to_numpy().argmax())
        raise InputError(
            "candidates: neither true nor false",
            parameter="carries",
            got=candidates["carries"].iloc[row],
            row=row,
        )
    frame = candidates.assign(carries=carried.astype(float))
    if "condition" not in frame.columns:
        frame = frame.assign(condition="all")
    sizes = frame.groupby(["condition", "value", "prompt"])["carries"].agg(["size", "sum"]).reset_index()
    if (sizes["size"] < max(k)).any():
        raise SpecificationError(
            "more candidates than a prompt has",
            parameter="k",
            got=max(k),
            expected=f"up to {int(sizes['size'].min())}",
        )
    parts = []
    for (condition, value), own in sizes.groupby(["condition", "value"], sort=True):
        n, m = own["size"].to_numpy(dtype=float), own["sum"].to_numpy(dtype=float)
        values = {str(size): 1 - _none_of(n, m, size) for size in k}
        found = _means(values, "k", level, replicates, seed)
        found["k"] = found["k"].astype(int)
        p = float((m / n).mean())
        found["alike"] = [1 - (1 - p) ** size for size in k]
        found["most"] = [min(1.0, size * p) for size in k]
        parts.append(found.assign(condition=str(condition), value=str(value), single=p))
    table = pd.concat(parts, ignore_index=True)
    first = ["condition", "value", "k"]
    return table[[*first, *(c for c in table.columns if c not in first)]]


def _none_of(n: Array, m: Array, k: int) -> Array:
    """Probability that none of k out of n carries what m do."""
    left = n - m
    possible = left >= k
    safe = np.where(possible, left, k)
    log = gammaln(safe + 1) - gammaln(safe - k + 1) - gammaln(n + 1) + gammaln(n - k + 1)
    return np.where(possible, np.exp(log), 0.0)


def _table(counts: pd.DataFrame) -> Array:
    wide = counts.pivot(index="set", columns="response", values="count").fillna(0)
    return np.asarray(wide.to_numpy(dtype=float))


def _means(values: dict[str, Array], name: str, level: float, replicates: int, seed: int) -> pd.DataFrame:
    """Means over prompts with their intervals, one row per entry."""
    x = np.stack(list(values.values()), axis=1)
    plan = plan_clusters(len(x), replicates, np.random.default_rng(seed))
    point = x.mean(axis=0)
    again = ratio(plan.weights @ x, plan.weights.sum(axis=1, keepdims=True) * np.ones(x.shape[1]))
    found = plan.finish(again, point, len(x), level, what="prompts")
    return pd.DataFrame(
        {
            name: list(values),
            "estimate": point,
            "lower": found.lower,
            "upper": found.upper,
            "level": level,
            "interval": found.interval.astype(str),
            "n_units": len(x),
        }
    )
