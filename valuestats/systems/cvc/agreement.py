"""Agreement between models beyond what their shares of options give, and what those shares say of position."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from valuestats.base.errors import InputError
from valuestats.systems.comparison import read_published

Array = NDArray[np.float64]

OPTIONS = ("A", "B", "C")
SHARE, MATCHING, RULES = "option share", "matching", "rule-conforming choices"
_HALF_SHARE, _HALF_MATCHING = 0.0005, 0.005


def cvc_shares(published_csv: str | Path) -> pd.DataFrame:
    """Percentages of the options as printed, models in rows."""
    wide = _pairs(published_csv, SHARE).pivot(index="one", columns="two", values="value")
    order = list(dict.fromkeys(_pairs(published_csv, SHARE)["one"]))
    text = wide.loc[order, list(OPTIONS)].map(lambda x: f"{x:.1f}")
    return text.rename_axis(index="model", columns=None).reset_index()


def cvc_matching(published_csv: str | Path) -> pd.DataFrame:
    """Shares of equal answers as printed, models in rows and columns; one side of the diagonal is kept and mirrored."""
    pairs = _pairs(published_csv, MATCHING)
    names = list(dict.fromkeys(pairs["one"]))
    square = pd.DataFrame(np.nan, index=names, columns=names)
    for one, two, value in pairs[["one", "two", "value"]].itertuples(index=False):
        square.loc[one, two] = square.loc[two, one] = value
    return square.map(lambda x: f"{x:.2f}").rename_axis("model").reset_index()


def _pairs(published_csv: str | Path, quantity: str) -> pd.DataFrame:
    told = read_published(published_csv)
    told = told[told["quantity"] == quantity].reset_index(drop=True)
    if told.empty:
        raise InputError("no such published quantity", file=published_csv, parameter="quantity", got=quantity)
    names = told["group"].str.split(" | ", regex=False, expand=True)
    return told.assign(one=names[0], two=names[1])


def cvc_agreement(published_csv: str | Path) -> pd.DataFrame:
    r"""Agreement of each pair of models, corrected for what the shares of their options give by chance.

    With s the share of equal answers and :math:`p_{ic}` the share of option c, chance is
    :math:`e = \sum_c p_{ic} p_{jc}` and Cohen's (1960) :math:`\kappa = (s - e)/(1 - e)`; the shares allow

    .. math:: \sum_c \max(0, p_{ic} + p_{jc} - 1) \le s \le \sum_c \min(p_{ic}, p_{jc}).

    All ends are those that rounding leaves; sampling error is in none of them, as the number of dilemmas behind the figure
    is not known. C is no option of the dilemma: where it is a blank, agreement of those who both answered lies between
    :math:`(s - m)/(1 - M)` and :math:`s/(1 - p_{iC} - p_{jC})` with m and M the smaller and larger share of blanks.

    Parameters
    ----------
    published_csv
        ``analyses/cvc/published.csv``.

    Returns
    -------
    pandas.DataFrame
        A row per pair: ``one``, ``two``, ``matching``, ``chance``, ``kappa`` with ``lower`` and ``upper`` (rounding),
        ``most`` and ``least`` (that the shares allow), ``possible``, ``answered_lower`` and ``answered_upper``.

    Examples
    --------
    ::

        cvc_agreement("analyses/cvc/published.csv")["kappa"].mean()
    """
    shares = (
        _pairs(published_csv, SHARE).pivot(index="one", columns="two", values="value")[list(OPTIONS)] / 100
    )
    pairs = _pairs(published_csv, MATCHING)
    pairs = pairs[pairs["one"] != pairs["two"]].reset_index(drop=True)
    p, q = (shares.loc[pairs[c]].to_numpy(dtype=float) for c in ("one", "two"))
    s = pairs["value"].to_numpy(dtype=float)
    h, r = _HALF_SHARE, _HALF_MATCHING
    chance = (p * q).sum(axis=1)
    slack = (h * (p + q) + h * h).sum(axis=1)
    most = np.minimum(p, q).sum(axis=1) + 3 * h
    least = np.maximum(0.0, p + q - 1).sum(axis=1) - 3 * h
    blank, blanks = np.minimum(p[:, 2], q[:, 2]), np.maximum(p[:, 2], q[:, 2])
    return pd.DataFrame(
        {
            "one": pairs["one"],
            "two": pairs["two"],
            "matching": s,
            "chance": chance,
            "kappa": _kappa(s, chance),
            "lower": _kappa(s - r, chance + slack),
            "upper": _kappa(s + r, chance - slack),
            "most": most,
            "least": least,
            "possible": (s - r <= most) & (s + r >= least),
            "answered_lower": np.clip((s - r - blank - h) / (1 - blanks + h), 0, 1),
            "answered_upper": np.clip((s + r) / (1 - p[:, 2] - q[:, 2] - 2 * h), 0, 1),
        }
    )


def _kappa(s: Array, e: Array) -> Array:
    return np.asarray((s - e) / (1 - e))


def cvc_models(agreement: pd.DataFrame) -> pd.DataFrame:
    """Mean agreement of each model with the others: ``model``, ``matching``, ``chance``, ``kappa``, ranks of both."""
    columns = ["matching", "chance", "kappa"]
    both = pd.concat(
        [agreement.rename(columns={end: "model"})[["model", *columns]] for end in ("one", "two")],
        ignore_index=True,
    )
    table = both.groupby("model", sort=False)[columns].mean().reset_index()
    for column in ("matching", "kappa"):
        table[f"rank_{column}"] = table[column].rank(ascending=False, method="min").astype(int)
    return table.sort_values("kappa", ascending=False, ignore_index=True)


def cvc_positions(published_csv: str | Path, *, level: float = 0.95) -> pd.DataFrame:
    r"""The share of A among A and B of each model, which measures position where letters are given out at random.

    Parameters
    ----------
    published_csv
        ``analyses/cvc/published.csv``.
    level
        Of the test that `needed` refers to.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``first`` (share of A among A and B) with ``lower`` and ``upper`` (rounding), ``blank`` (share of C) and
        ``needed``: answers from which on a fair letter would be refused, :math:`(z/2)^2 / (\hat p - 1/2)^2`; infinite at a
        half.
    """
    shares = (
        _pairs(published_csv, SHARE).pivot(index="one", columns="two", values="value")[list(OPTIONS)] / 100
    )
    a, b, h = shares["A"].to_numpy(float), shares["B"].to_numpy(float), _HALF_SHARE
    first = a / (a + b)
    z = float(stats.norm.ppf((1 + level) / 2))
    with np.errstate(divide="ignore"):
        needed = np.ceil((z / 2) ** 2 / (first - 0.5) ** 2)
    table = pd.DataFrame(
        {
            "model": shares.index.astype(str),
            "first": first,
            "lower": (a - h) / (a + b),
            "upper": (a + h) / (a + b),
            "blank": shares["C"].to_numpy(float),
            "needed": needed,
        }
    )
    return table.sort_values("first", ascending=False, ignore_index=True)
