"""Judges side by side: how often each takes the place shown first, ties, and agrees with the others."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.choice.counted import require_column
from valuestats.choice.diagnostics import judge_notes
from valuestats.choice.positions import position_notes
from valuestats.choice.table_notes import speaks_against, table_notes
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.multiplicity import adjusted_p
from valuestats.tables.choices import CHOOSERS, Choices, chooser_columns

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

FIRST_PLACE, TIES, AGREEMENT = "first place", "ties", "agreement"
APART = 0.05
"""Adjusted p-value below which a judge is said to stand apart."""


@checked
def compare_judges(choices: Choices, *, judge: str | None = None, level: float = 0.95) -> Result:
    r"""How each judge chooses between two options, beside all other judges.

    Estimands, of each judge: ``first place``, the share of choices of one option that take the one shown first; ``ties``,
    the share of all choices that are ties; ``agreement``, the share of choices of one option that take the one whose net
    wins over all *other* judges' choices are the higher (choices between options that are level there are left out).

    Intervals are Clopper and Pearson's, each for itself. ``p`` is Fisher's exact test of the judge against all others
    together; all tests of a result are one family by Holm's rule. Choices are taken as independent, and judges as having
    been shown pairs alike: a judge of harder pairs agrees less without erring more. Where one judge is odd the others differ
    from a rest that holds it, so that the least p-value is the one to look at.

    Parameters
    ----------
    choices
        Choices between two options; others are left out.
    judge
        Column that says who chose; where omitted, found by its name (``judge``, ``respondent``, ``annotator_id``, …).
    level
        Probability inside each interval.

    Returns
    -------
    Result
        Kind ``"judge_comparison"``, keys ``("judge", "measure")``: besides, ``rest`` (the same of all other judges), ``p``,
        ``p_adjusted``. ``meta["defects"]`` holds judges who always take one place, are copies, or turned.

    Raises
    ------
    SpecificationError
        No column of judges, one judge, no choice between two options.

    References
    ----------
    Clopper and Pearson (1934); Fisher (1935); Holm (1979).

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import compare_judges, pair_choices
    >>> frame = pd.DataFrame({"option_a": list("xyxy") * 9, "option_b": list("yxyx") * 9,
    ...     "judge": ["fair", "fair", "odd", "odd"] * 9, "winner": ["a", "b", "a", "a"] * 9})
    >>> found = compare_judges(pair_choices(frame, reads="places")).estimates
    >>> found[found["measure"] == "first place"][["judge", "estimate", "rest"]].to_numpy().tolist()
    [['fair', 0.5, 1.0], ['odd', 1.0, 0.5]]
    """
    started = time.perf_counter()
    who = _judge_column(choices, judge)
    pairs = _pairs(choices, who)
    names, code = np.unique(pairs["judge"].to_numpy(dtype=object).astype(str), return_inverse=True)
    if len(names) < 2:
        raise SpecificationError(
            "one judge has no others to be held against",
            parameter="judge",
            got=f"{names[0]} in {who}" if len(names) else "no choice between two options",
            expected="2 or more",
        )
    tied, weight = pairs["tied"].to_numpy(dtype=bool), pairs["weight"].to_numpy(dtype=float)
    measures: dict[str, tuple[Flags, Flags]] = {}
    if pairs["placed"].all():
        measures[FIRST_PLACE] = (~tied, pairs["first"].to_numpy(dtype=bool))
    if tied.any():
        measures[TIES] = (np.ones(len(pairs), dtype=bool), tied)
    ahead = _ahead(pairs, code)
    measures[AGREEMENT] = (~tied & (ahead != 0), (ahead > 0) == (pairs["won"].to_numpy() > 0))
    parts = [
        _measured(code, len(names), inside, hit, weight, level).assign(judge=names, measure=measure)
        for measure, (inside, hit) in measures.items()
    ]
    found = pd.concat(parts, ignore_index=True)
    found["p_adjusted"] = adjusted_p(found["p"].to_numpy(dtype=float), "holm")
    found = found.assign(estimand="share of a judge's choices", level=level)
    first = ["estimand", "judge", "measure", "estimate", "std_error", "lower", "upper", "level", "interval"]
    found = found[[*first, "n_scored", "n_asked", "n_units", "rest", "p", "p_adjusted"]]
    told = table_notes(choices)
    odd = [n for n in [*judge_notes(choices), *position_notes(choices, True, who)] if _of_a_judge(n, names)]
    meta = make_meta(
        "Shares of judges' choices, each judge against all others",
        {"judge": who, "measures": list(measures), "level": level},
        citations=("Clopper & Pearson (1934)", "Fisher (1935)", "Holm (1979)"),
        warnings=[*odd, *told],
        seconds=time.perf_counter() - started,
        answers={"scored": float(weight.sum()), "asked": len(choices), "of": "choice"},
        caption="How each judge chooses, beside all other judges",
        defects=[*odd, *(n for n in told if speaks_against(n))],
    )
    return Result("judge_comparison", found.sort_values(["judge"], kind="stable", ignore_index=True),
                  ("judge", "measure"), meta)  # fmt: skip


def _judge_column(choices: Choices, judge: str | None) -> str:
    if judge is None:
        named = chooser_columns(choices.frame)
        if not named:
            raise SpecificationError(
                "no column says by its name who chose",
                parameter="judge",
                got=", ".join(map(str, choices.frame.columns)),
                expected=f"one of {', '.join(CHOOSERS)}, or judge=",
            )
        return named[0]
    require_column(choices.frame, judge, "judge")
    return judge


def _of_a_judge(note: str, names: NDArray[Any]) -> bool:
    return any(str(name) in note for name in names)


def _pairs(choices: Choices, who: str) -> pd.DataFrame:
    """Valid choices between two options: codes ``low`` and ``high``, ``won`` (1 by low, -1 by high, 0 tied), the judge."""
    frame = choices.frame
    frame = frame[
        (frame["status"] == "valid") & frame["rank"].groupby(frame["choice"]).transform("count").gt(0)
    ]
    frame = frame[frame[who].notna()]
    code = pd.factorize(frame["choice"])[0]
    two = frame[np.bincount(code, minlength=1)[code] == 2] if len(frame) else frame
    place = pd.factorize(two["option"].astype(str), sort=True)[0]
    order = np.lexsort((place, pd.factorize(two["choice"])[0]))
    two, place = two.iloc[order], place[order]
    rank = two["rank"].astype("Float64").to_numpy(dtype=float, na_value=np.inf)
    won = np.sign(rank[1::2] - rank[::2])
    known = "position" in two.columns and bool(two["position"].notna().all())
    low_first = two["position"].to_numpy()[::2] == 1 if known else np.zeros(len(won), dtype=bool)
    return pd.DataFrame(
        {
            "low": place[::2],
            "high": place[1::2],
            "won": won,
            "tied": won == 0,
            "placed": known,
            "first": (won > 0) == low_first,
            "weight": two["count"].to_numpy(dtype=float)[::2] if "count" in two.columns else 1.0,
            "judge": two[who].astype(str).to_numpy()[::2],
        }
    )


def _ahead(pairs: pd.DataFrame, code: NDArray[np.intp]) -> Array:
    """By how much the first option of each pair is ahead of the second in net wins a choice of all other judges."""
    low, high = pairs["low"].to_numpy(), pairs["high"].to_numpy()
    n = int(max(low.max(initial=0), high.max(initial=0))) + 1
    gain, weight = (
        (pairs["won"] * pairs["weight"]).to_numpy(dtype=float),
        pairs["weight"].to_numpy(dtype=float),
    )
    cells, cell = np.unique(np.concatenate([code * n + low, code * n + high]), return_inverse=True)
    net, times = np.bincount(cell, np.concatenate([gain, -gain])), np.bincount(cell, np.tile(weight, 2))
    option = cells % n
    all_net, all_times = (np.bincount(option, x, n)[option] for x in (net, times))
    left = all_times - times
    mean = np.where(left > 0, (all_net - net) / np.where(left > 0, left, 1.0), np.nan)[cell]
    away = mean[: len(low)] - mean[len(low) :]
    return np.nan_to_num(np.where(np.abs(away) < 1e-12, 0.0, away))


def _measured(
    code: NDArray[np.intp], judges: int, inside: Flags, hit: Flags, weight: Array, level: float
) -> pd.DataFrame:
    n = np.bincount(code[inside], weight[inside], judges)
    hits = np.bincount(code[inside & hit], weight[inside & hit], judges)
    left, right = n.sum() - n, hits.sum() - hits
    lower, upper = proportion_confint(hits, np.maximum(n, 1), alpha=1 - level, method="beta")
    there, both = n > 0, (n > 0) & (left > 0)
    share, rest = (np.where(m > 0, h / np.maximum(m, 1), np.nan) for h, m in ((hits, n), (right, left)))
    p = np.full(judges, np.nan)
    # Of two judges the second's test is the first's.
    for k in np.flatnonzero(both)[: None if judges > 2 else 1]:
        table = np.array([[hits[k], n[k] - hits[k]], [right[k], left[k] - right[k]]]).round().astype(int)
        p[k] = stats.fisher_exact(table).pvalue
    return pd.DataFrame(
        {
            "estimate": share,
            "std_error": np.sqrt(share * (1 - share) / np.maximum(n, 1)),
            "lower": np.where(there, lower, np.nan),
            "upper": np.where(there, upper, np.nan),
            "interval": np.where(there, "Clopper-Pearson", "none"),
            "n_scored": n,
            "n_asked": n,
            "n_units": n,
            "rest": rest,
            "p": p,
        }
    )
