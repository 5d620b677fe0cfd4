"""Whether the choices that were not made depend on what was on offer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.labels import p_value, readable
from valuestats.choice.counted import PLACE
from valuestats.statistics.multiplicity import adjusted_p
from valuestats.tables.choices import COUNT, Choices, chooser_columns

_ALPHA = 0.01
_APART = 0.05
"""Shares of choices not made that differ by less are not said, however many choices there are."""


def missing_by(choices: Choices, columns: Sequence[str]) -> dict[str, str]:
    r"""Attributes of the options that the choices which were not made depend on, and how, by name.

    Score test of a logistic regression within each chooser, of whether a choice was made on the mean of the attribute over
    its options: :math:`z = \sum_s\sum_{i \in s}(y_i - \bar y_s)(m_i - \bar m_s)` over its error given the shares, choices
    taken as independent; Holm's adjustment over the attributes, and a difference of shares of .05 or more.

    Parameters
    ----------
    choices
        The table.
    columns
        Attributes; those that are no numbers of every option are passed over, as are places.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": range(100), "status": ["valid", "refusal"] * 20 + ["valid"] * 60})
    >>> frame = frame.assign(child=[1] * 40 + [0] * 60).merge(pd.DataFrame({"option": ["a", "b"]}), how="cross")
    >>> frame["rank"] = pd.array([1, None] * 100, dtype="Int64")
    >>> frame.loc[frame["status"] != "valid", "rank"] = pd.NA
    >>> missing_by(Choices(frame), ["child"])
    {'child': '50% of the choices with child on offer were not made, and 0% of those without (p < 0.001)'}
    """
    frame = choices.frame[(choices.frame["status"] != "not_administered").to_numpy()]
    gone = (frame["status"] != "valid").to_numpy()
    if not gone.any() or gone.all():
        return {}
    code = pd.factorize(frame["choice"])[0]
    first = np.unique(code, return_index=True)[1]
    times = frame[COUNT].to_numpy(dtype=float)[first] if COUNT in frame.columns else np.ones(len(first))
    lost = gone[first].astype(float)
    who = chooser_columns(frame)
    stratum = pd.factorize(frame[who[-1]].astype(str))[0][first] if who else np.zeros(len(first), dtype=int)
    offered = np.bincount(code)
    names, p, texts = [], [], []
    for name in dict.fromkeys(columns):
        if name == PLACE or name not in frame.columns:
            continue
        x = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float)
        if not np.isfinite(x).all():
            continue
        mean = np.bincount(code, x) / offered
        z = _score(lost, mean, times, stratum)
        if not np.isfinite(z):
            continue
        binary = set(np.unique(x)) <= {0.0, 1.0}
        cut = 0.0 if binary else float(np.median(mean))
        above = mean > cut
        shares = [float(np.average(lost[side], weights=times[side])) if times[side].sum() else 0.0
                  for side in (above, ~above)]  # fmt: skip
        where = (
            f"with {readable(name)} on offer" if binary else f"whose mean {readable(name)} is above {cut:g}"
        )
        rest = "without" if binary else "at or below"
        names.append(name)
        p.append(2 * stats.norm.sf(abs(z)))
        texts.append(
            (
                shares,
                f"{shares[0]:.0%} of the choices {where} were not made, and {shares[1]:.0%} of those {rest}",
            )
        )
    adjusted = adjusted_p(np.array(p), "holm") if p else []
    return {
        name: f"{text} ({p_value(float(q))})"
        for name, q, (shares, text) in zip(names, adjusted, texts, strict=True)
        if q < _ALPHA and abs(shares[0] - shares[1]) >= _APART
    }


def _score(lost: np.ndarray, x: np.ndarray, times: np.ndarray, stratum: np.ndarray) -> float:
    """Standardised score of `x` within strata; NaN where it does not vary."""
    n = np.bincount(stratum, times)
    rate, mean = (np.bincount(stratum, times * v) / np.where(n > 0, n, 1.0) for v in (lost, x))
    away = x - mean[stratum]
    variance = np.bincount(stratum, times * away**2) * rate * (1 - rate) * n / np.maximum(n - 1, 1.0)
    total = float(variance.sum())
    return (
        float((times * (lost - rate[stratum]) * away).sum() / np.sqrt(total)) if total > 0 else float("nan")
    )
