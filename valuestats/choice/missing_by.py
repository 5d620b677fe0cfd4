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
_FEW = 12
"""Choosers up to this number are looked at one by one as well."""


def missing_by(choices: Choices, columns: Sequence[str]) -> dict[str, str]:
    r"""Attributes of the options that the choices which were not made depend on, and how, by name.

    Score test of a logistic regression within each chooser, of whether a choice was made on the mean of the attribute over
    its options: :math:`z = \sum_s\sum_{i \in s}(y_i - \bar y_s)(m_i - \bar m_s)` over its error given the shares, choices
    taken as independent; over all choosers, and for each where they are few. Holm's adjustment over all tests, and a
    difference of shares of .05 or more.

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
    by = frame[who[-1]].astype(str) if who else pd.Series("", index=frame.index)
    of, levels = pd.factorize(by)
    stratum = of[first]
    offered = np.bincount(code)
    numbers: dict[str, np.ndarray] = {}
    for name in dict.fromkeys(columns):
        if name != PLACE and name in frame.columns:
            x = pd.to_numeric(frame[name], errors="coerce").to_numpy(dtype=float)
            if np.isfinite(x).all():
                numbers[name] = x
    means = {name: np.bincount(code, x) / offered for name, x in numbers.items()}
    every = np.ones(len(first), dtype=bool)
    parts = {"": every}
    if who and 1 < len(levels) <= _FEW:
        parts |= {f"{level}: ": stratum == k for k, level in enumerate(levels)}
    tested = [
        (name, whom, part, _score(lost[part], mean[part], times[part], stratum[part]))
        for name, mean in means.items()
        for whom, part in parts.items()
    ]
    tested = [one for one in tested if np.isfinite(one[3])]
    adjusted = (
        adjusted_p(np.array([2 * stats.norm.sf(abs(z)) for *_, z in tested]), "holm")
        if tested
        else np.array([])
    )
    found: dict[str, list[str]] = {}
    for (name, whom, part, _), p in zip(tested, adjusted, strict=True):
        if p >= _ALPHA:
            continue
        shares, text = _said(name, numbers[name], means[name], lost, times, part)
        if abs(shares[0] - shares[1]) >= _APART:
            found.setdefault(name, []).append(f"{whom}{text} ({p_value(float(p))})")
    return {name: "; ".join(texts) for name, texts in found.items()}


def _said(
    name: str, x: np.ndarray, mean: np.ndarray, lost: np.ndarray, times: np.ndarray, part: np.ndarray
) -> tuple[list[float], str]:
    """Shares of choices not made where there is more of the attribute and elsewhere, and how that is said."""
    binary = set(np.unique(x)) <= {0.0, 1.0}
    cut = 0.0 if binary else float(np.median(mean))
    sides = [part & (mean > cut), part & ~(mean > cut)]
    shares = [float(np.average(lost[s], weights=times[s])) if times[s].sum() else 0.0 for s in sides]
    where = f"with {readable(name)} on offer" if binary else f"whose mean {readable(name)} is above {cut:g}"
    rest = "without" if binary else "at or below"
    return (
        shares,
        f"{shares[0]:.0%} of the choices {where} were not made, and {shares[1]:.0%} of those {rest}",
    )


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
