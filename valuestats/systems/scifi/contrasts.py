"""Published shares of aligned choices: their intervals, and what is known of paired differences from the shares alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.auditing.rounding import possible_counts
from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.systems.comparison import compare_published, read_published
from valuestats.systems.published_shares import share_interval, wilson_interval

ALIGNMENT = "alignment"
QUESTIONS = 51
BASE, BEST = "Base (no constitution)", "Best generated constitution"
PAIRS = {
    "base, adversary against normal": (f"{BASE} | normal", f"{BASE} | adversary"),
    "best constitution, adversary against normal": (f"{BEST} | normal", f"{BEST} | adversary"),
    "normal, best constitution against base": (f"{BASE} | normal", f"{BEST} | normal"),
    "adversary, best constitution against base": (f"{BASE} | adversary", f"{BEST} | adversary"),
}
"""Contrasts on the same questions: the second less the first."""


def _told(published_csv: str | Path) -> pd.Series:
    told = read_published(published_csv)
    return told[told["quantity"] == ALIGNMENT].set_index("group")["value"]


def scifi_table(published_csv: str | Path, *, questions: int = QUESTIONS) -> pd.DataFrame:
    """The percentages as printed, with the questions behind them: ``what``, ``percent``, ``questions``."""
    told = _told(published_csv)
    printed = ~told.index.str.endswith("mean of both")
    return pd.DataFrame(
        {"what": told.index[printed], "percent": [f"{x:.1f}" for x in told[printed]], "questions": questions}
    )


@checked
def scifi_intervals(published_csv: str | Path, *, n: int = QUESTIONS, level: float = 0.95) -> pd.DataFrame:
    """Wilson's interval and the exact one of each published share, if n questions are behind it.

    Parameters
    ----------
    published_csv
        ``analyses/scifi/published.csv``.
    n
        Questions, taken as the independent units: several choices to one question are one.
    level
        Of the intervals.

    Returns
    -------
    pandas.DataFrame
        ``what``, ``estimate``, ``lower`` and ``upper`` (Wilson), ``exact_lower`` and ``exact_upper`` (Clopper and Pearson),
        ``n``, ``possible`` (whether a count of n is printed so), ``read_off`` (whether it was read off a plot).

    Examples
    --------
    ::

        scifi_intervals("analyses/scifi/published.csv")
    """
    told = read_published(published_csv)
    told = told[told["quantity"] == ALIGNMENT]
    rows = []
    for group, value, source in told[["group", "value", "source"]].itertuples(index=False):
        share = float(value) / 100
        low, high = wilson_interval(share, n, level)
        exact = share_interval(share, n, level)
        rows.append(
            {
                "what": str(group),
                "estimate": share,
                "lower": low,
                "upper": high,
                "exact_lower": exact[0],
                "exact_upper": exact[1],
                "n": n,
                "possible": len(possible_counts(round(10 * float(value)), 1, n, 100)) > 0,
                "read_off": "plot" in str(source),
            }
        )
    return pd.DataFrame(rows)


def common_sizes(published_csv: str | Path, *, most: int = 2000) -> dict[str, int]:
    """The least number of choices that gives each printed percentage, and the least that gives all."""
    told = [round(10 * float(x)) for x in scifi_table(published_csv)["percent"]]
    sizes = [{n for n in range(1, most + 1) if len(possible_counts(u, 1, n, 100))} for u in told]
    names = scifi_table(published_csv)["what"].tolist()
    least = {name: min(s) for name, s in zip(names, sizes, strict=True)}
    return {**least, "all": min(set.intersection(*sizes))}


@checked
def margins_contrast(
    first: float, second: float, n: int, discordant: float | None = None, *, level: float = 0.95
) -> dict[str, float]:
    r"""Difference of two shares of the same questions, known by their margins and perhaps by how many answers changed.

    With b and c the questions that changed to and from, :math:`(b - c)/n = p_2 - p_1` is known and :math:`q = (b +
    c)/n` lies between :math:`|p_2 - p_1|` and :math:`\min(p_1 + p_2, 2 - p_1 - p_2)`. Interval of Bonett and Price
    (2012), with
    :math:`\tilde p_{12} = (b + 1)/(n + 2)` and :math:`\tilde p_{21} = (c + 1)/(n + 2)`,

    .. math:: \tilde p_{12} - \tilde p_{21} \pm z \sqrt{\frac{\tilde p_{12} + \tilde p_{21} -
              (\tilde p_{12} - \tilde p_{21})^2}{n + 2}},

    and the exact McNemar test, :math:`2 P(K \le \min(b, c)), K \sim B(b + c, 1/2)`, with b and c rounded.

    Parameters
    ----------
    first, second
        Shares between 0 and 1.
    n
        Questions.
    discordant
        Share q that changed; without, that of independent answers, :math:`p_1(1 - p_2) + p_2(1 - p_1)`.
    level
        Of the interval.

    Returns
    -------
    dict
        ``estimate``, ``lower``, ``upper``, ``discordant``, ``p``.

    Raises
    ------
    SpecificationError
        Shares that are none, or a q that the margins don't allow.

    Examples
    --------
    >>> found = margins_contrast(0.5, 0.7, 100, 0.4)
    >>> round(found["lower"], 4), round(found["upper"], 4), round(found["p"], 4)
    (0.0775, 0.3147, 0.0022)
    """
    if not (0 <= first <= 1 and 0 <= second <= 1):
        raise SpecificationError(
            "no share", parameter="first, second", got=f"{first}, {second}", expected="0 to 1"
        )
    change = second - first
    least, most = abs(change), min(first + second, 2 - first - second)
    q = first * (1 - second) + second * (1 - first) if discordant is None else discordant
    if not least - 1e-12 <= q <= most + 1e-12:
        raise SpecificationError(
            "the margins don't allow so many changed answers",
            parameter="discordant",
            got=discordant,
            expected=f"{least:.3f} to {most:.3f}",
        )
    b, c = n * (q + change) / 2, n * (q - change) / 2
    to, back = (b + 1) / (n + 2), (c + 1) / (n + 2)
    z = float(stats.norm.ppf((1 + level) / 2))
    reach = z * float(np.sqrt((to + back - (to - back) ** 2) / (n + 2)))
    whole, fewer = round(b) + round(c), min(round(b), round(c))
    p = min(1.0, 2 * float(stats.binom.cdf(fewer, whole, 0.5))) if whole else 1.0
    return {
        "estimate": change,
        "lower": max(-1.0, to - back - reach),
        "upper": min(1.0, to - back + reach),
        "discordant": q,
        "p": p,
    }


@checked
def scifi_contrasts(published_csv: str | Path, *, n: int = QUESTIONS, level: float = 0.95) -> pd.DataFrame:
    """Normal against adversarial prompts, and constitution against none, for the fewest and the most changes possible.

    Returns
    -------
    pandas.DataFrame
        ``contrast``, ``pairing`` (``fewest changes``, ``independent``, ``most changes``), the columns of
        `margins_contrast`, ``n``.
    """
    told = _told(published_csv) / 100
    rows = []
    for name, (one, two) in PAIRS.items():
        p1, p2 = float(told[one]), float(told[two])
        pairings = {
            "fewest changes": abs(p2 - p1),
            "independent": None,
            "most changes": min(p1 + p2, 2 - p1 - p2),
        }
        rows += [
            {"contrast": name, "pairing": pairing, "n": n, **margins_contrast(p1, p2, n, q, level=level)}
            for pairing, q in pairings.items()
        ]
    return pd.DataFrame(rows)


@checked
def paired_contrast_of(choices: pd.DataFrame, *, level: float = 0.95) -> dict[str, float]:
    """The same from paired answers, for whoever has them: ``question``, ``condition`` (two), ``aligned`` (1, 0 or null).

    Raises
    ------
    InputError
        A column is missing, there are not two conditions, or no question was answered under both.

    Returns
    -------
    dict
        See `margins_contrast`; the second condition, in the order of their names, less the first; ``n_scored`` questions
        answered under both of ``n_asked``.
    """
    wide = _wide(choices)
    both = wide.dropna()
    if both.empty:
        raise InputError(
            "no question was answered under both conditions", parameter="aligned", got="0 questions"
        )
    one, two = both.iloc[:, 0], both.iloc[:, 1]
    found = margins_contrast(
        float(one.mean()), float(two.mean()), len(both), float((one != two).mean()), level=level
    )
    return {**found, "n_scored": len(both), "n_asked": len(wide)}


def _wide(choices: pd.DataFrame) -> pd.DataFrame:
    missing = [c for c in ("question", "condition", "aligned") if c not in choices.columns]
    if missing or choices["condition"].nunique() != 2:
        raise InputError(
            "answers under two conditions are needed",
            parameter="choices",
            got=f"without {', '.join(missing)}"
            if missing
            else f"{choices['condition'].nunique()} conditions",
            expected="question, condition, aligned",
        )
    return choices.pivot(index="question", columns="condition", values="aligned").sort_index(axis=1)


def scifi_comparison(
    published_csv: str | Path, intervals: pd.DataFrame, bounds: pd.DataFrame
) -> pd.DataFrame:
    """Published | Recomputed | Corrected: nothing to recompute from; intervals at n, the best one's bound for selection."""
    told = read_published(published_csv)
    by = intervals.set_index("what")
    lower, upper, why = [], [], []
    for group in told["group"]:
        row = by.loc[group]
        best = bounds[(bounds["what"] == group) & (bounds["candidates"] == bounds["candidates"].max())]
        lower.append(100 * float(best["lower"].iloc[0] if len(best) else row["lower"]))
        upper.append(100 * float(row["upper"]))
        said = "the choices are not public"
        if not row["read_off"] and not row["possible"]:
            said += f"; no count of {row['n']} gives it"
        why.append(said)
    corrected = told[["quantity", "group"]].assign(
        estimate=told["value"], lower=lower, upper=upper, unit="questions"
    )
    return compare_published(
        told,
        told[["quantity", "group"]].assign(value=np.nan),
        corrected,
        explanations=told[["quantity", "group"]].assign(explanation=why),
    )
