"""The published win rates and label counts: what they hold, what they allow, and what can be said of them."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

from valuestats.auditing.declared import Holds
from valuestats.auditing.rounding import possible_counts
from valuestats.auditing.tables import audit_table
from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.ingest.tabular.written_lists import read_table
from valuestats.results.result import Result
from valuestats.systems.comparison import compare_published, read_published
from valuestats.systems.staircase.release import FOUNDATIONS

PAIR = ["stage", "value_a", "value_b"]
PLACE = "place of the foundation"
FIRST, LAST, ALL = "step 1", "step 5", "all steps"
STAGES = {"step1": FIRST, "step5": LAST, "overall": ALL}
"""Stages as they are written in the table."""
DILEMMAS, STEPS, OPTIONS = 3302, 5, 2
MOST = 2000
"""How many choices behind a win rate are tried."""


@checked
def read_win_rates(path: str | Path) -> pd.DataFrame:
    """The win rates as printed: ``stage``, ``model``, ``value_a``, ``value_b``, ``printed`` and ``win_rate`` (of a over b).

    Raises
    ------
    InputError
        A missing column, an unknown value, a pair given twice, a rate off 0 to 1; with the row.

    Examples
    --------
    ::

        rates = read_win_rates("published_winrates.csv")
    """
    frame = read_table(path, [*PAIR, "model", "win_rate_a"])
    rate = pd.to_numeric(frame["win_rate_a"], errors="coerce")
    low = frame[["value_a", "value_b"]].min(axis=1) + frame[["value_a", "value_b"]].max(axis=1)
    faults = {
        "win_rate_a": ~rate.between(0, 1),
        "value_a": ~frame["value_a"].isin(FOUNDATIONS) | (frame["value_a"] == frame["value_b"]),
        "value_b": ~frame["value_b"].isin(FOUNDATIONS),
        "model": pd.DataFrame({"s": frame["stage"], "m": frame["model"], "p": low}).duplicated(),
    }
    for name, wrong in faults.items():
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            raise InputError(
                "not a win rate of one foundation over another, once each",
                parameter=name,
                got=frame[name].iloc[row],
                file=path,
                row=row,
            )
    stage = frame["stage"].replace(STAGES)
    return frame.rename(columns={"win_rate_a": "printed"}).assign(stage=stage, win_rate=rate.astype(float))


@checked
def read_label_counts(path: str | Path) -> pd.DataFrame:
    """How many options got each label: ``theory``, ``dimension``, and one column per labeller.

    Examples
    --------
    ::

        counts = read_label_counts("published_counts.csv")
    """
    frame = read_table(path, ["theory", "dimension"])
    others = [c for c in frame.columns if c not in ("theory", "dimension")]
    return frame.assign(**{c: pd.to_numeric(frame[c]).astype(int) for c in others})


@checked
def label_totals(counts: pd.DataFrame) -> pd.DataFrame:
    """Labels given in all against the options that there are: 3,302 dilemmas of five steps with two options.

    Returns
    -------
    pandas.DataFrame
        ``theory``, ``labeller``, ``labels``, ``options``, ``more`` (labels less options; more than none is impossible where
        an option has one label).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"theory": ["MFT", "MFT"], "dimension": ["Care", "Liberty"], "consensus": [20000, 13021]})
    >>> label_totals(frame)["more"].tolist()
    [1]
    """
    options = DILEMMAS * STEPS * OPTIONS
    long = counts.melt(["theory", "dimension"], var_name="labeller", value_name="labels")
    total = long.groupby(["theory", "labeller"], sort=False)["labels"].sum().reset_index()
    return total.assign(options=options, more=total["labels"] - options)


@checked
def implied_counts(rates: pd.DataFrame) -> pd.DataFrame:
    """How many choices must at least be behind the win rates of a pair, given how they are rounded.

    All models answered the same dilemmas, so that one n is behind a pair's rates at a stage, up to answers that are missing:
    the least n for which each printed rate is a k/n so rounded, and the share of n up to 100 that is ruled out.

    Returns
    -------
    pandas.DataFrame
        ``stage``, ``value_a``, ``value_b``, ``least`` and ``ruled_out``.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"stage": "s", "value_a": "Care", "value_b": "Loyalty", "printed": ["0.33", "0.50"]})
    >>> implied_counts(frame)[["least"]].values.tolist()
    [[6]]
    """
    rows = []
    for key, part in rates.groupby(PAIR, sort=False):
        printed = [str(p) for p in part["printed"]]
        decimals = [len(p.partition(".")[2]) for p in printed]
        units = [round(float(p) * 10**d) for p, d in zip(printed, decimals, strict=True)]
        fine = [
            all(len(possible_counts(u, d, n, 1)) > 0 for u, d in zip(units, decimals, strict=True))
            for n in range(1, MOST + 1)
        ]
        rows.append((*key, fine.index(True) + 1 if any(fine) else MOST + 1, 1 - float(np.mean(fine[:100]))))
    return pd.DataFrame(rows, columns=[*PAIR, "least", "ruled_out"])


@checked
def rate_strengths(rates: pd.DataFrame) -> pd.DataFrame:
    r"""Strength of each value by Bradley and Terry's model of the printed win rates, for each model and stage.

    :math:`\operatorname{logit} w_{ij} = \beta_i - \beta_j`, :math:`\sum\beta = 0`, by the binomial quasi-likelihood with all
    pairs alike, since the numbers of choices are not published.

    Returns
    -------
    pandas.DataFrame
        Outcomes for `valuestats.paired_contrast` and `valuestats.step_slopes`: ``item`` (the model), ``condition`` (the
        stage), ``label`` (the value), ``value`` (its strength in logits), ``mean_rate`` and ``misfit`` (mean absolute
        difference between printed and fitted rates of the table).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"stage": "s", "model": "m", "value_a": ["Care", "Care", "Liberty"],
    ...     "value_b": ["Liberty", "Loyalty", "Loyalty"], "win_rate": [0.6, 0.8, 0.7]})
    >>> rate_strengths(frame)["label"].tolist()
    ['Care', 'Liberty', 'Loyalty']
    """
    names = sorted(set(rates["value_a"]) | set(rates["value_b"]))
    rows = []
    for (stage, model), part in rates.groupby(["stage", "model"], sort=False):
        one, two = (pd.Index(names).get_indexer(pd.Index(part[c])) for c in ("value_a", "value_b"))
        w = part["win_rate"].to_numpy(dtype=float)
        design = np.zeros((len(part), len(names)))
        design[np.arange(len(part)), one], design[np.arange(len(part)), two] = 1.0, -1.0
        fit = sm.GLM(w, design[:, 1:], family=sm.families.Binomial()).fit()
        beta = np.r_[0.0, fit.params]
        beta -= beta.mean()
        misfit = float(np.abs(w - fit.fittedvalues).mean())
        mean = (np.bincount(one, w, len(names)) + np.bincount(two, 1 - w, len(names))) / (
            np.bincount(one, minlength=len(names)) + np.bincount(two, minlength=len(names))
        )
        rows += [(model, stage, n, b, m, misfit) for n, b, m in zip(names, beta, mean, strict=True)]
    return pd.DataFrame(rows, columns=["item", "condition", "label", "value", "mean_rate", "misfit"])


@checked
def rate_cycles(rates: pd.DataFrame, implied: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    r"""Cycles among the printed rates, and how many choices would be needed to tell them from chance.

    A triple is a cycle where a is chosen over b, b over c and c over a. Each of its rates is told from 1/2 once
    :math:`n > (z/2)^2 / (w - 1/2)^2`, z the normal quantile for `level` after Bonferroni over the three; the weakest of them
    says how many choices a pair must have. Of the printed rates only the least n is known (`implied_counts`).

    Returns
    -------
    pandas.DataFrame
        One row per cycle: ``stage``, ``model``, ``cycle``, ``weakest`` (the rate nearest to 1/2), ``needed`` choices,
        ``least`` (that are sure to be there) and ``told`` (whether that is enough).

    Examples
    --------
    ::

        rate_cycles(rates, implied_counts(rates))
    """
    z = stats.norm.isf((1 - level) / 6)
    least = {(s, *sorted((a, b))): n for s, a, b, n in implied[[*PAIR, "least"]].itertuples(index=False)}
    rows = []
    for (stage, model), part in rates.groupby(["stage", "model"], sort=False):
        w = {(a, b): r for a, b, r in part[["value_a", "value_b", "win_rate"]].itertuples(index=False)}
        w |= {(b, a): 1 - r for (a, b), r in w.items()}
        names = sorted({n for pair in w for n in pair})
        for three in combinations(names, 3):
            for a, b, c in (three, three[::-1]):
                edges = [(a, b), (b, c), (c, a)]
                if not all(e in w and w[e] > 0.5 for e in edges):
                    continue
                weakest = min(w[e] for e in edges)
                needed = int(np.ceil((z / 2) ** 2 / (weakest - 0.5) ** 2 - 1e-9))
                sure = min(least[(stage, *sorted(e))] for e in edges)
                rows.append((stage, model, f"{a}, {b}, {c}", weakest, needed, sure, sure >= needed))
    columns = ["stage", "model", "cycle", "weakest", "needed", "least", "told"]
    return pd.DataFrame(rows, columns=columns)


@checked
def staircase_audit(rates: pd.DataFrame, *, seed: int = 0) -> Result:
    """`valuestats.audit_table` of the printed win rates, a square table for each stage and model.

    Examples
    --------
    ::

        staircase_audit(read_win_rates("published_winrates.csv")).sentence()
    """
    tidy = ("value_a", "value_b", "printed")
    return audit_table(rates, Holds("win_rate"), tidy=tidy, by=["stage", "model"], seed=seed)


@checked
def stage_levels(strengths: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Mean strength of each value at each stage over the models, with Student's t interval over models.

    The models answered the same dilemmas, so that the interval tells how models differ, not how dilemmas do.

    Returns
    -------
    pandas.DataFrame
        ``stage``, ``label``, ``estimate``, ``lower``, ``upper``, ``place`` (1 = strongest), ``n_models``.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"item": ["m", "n"], "condition": "s", "label": "Care", "value": [1.0, 2.0]})
    >>> stage_levels(frame)[["estimate", "place"]].values.tolist()
    [[1.5, 1.0]]
    """
    grouped = strengths.groupby(["condition", "label"], sort=False)["value"]
    table = grouped.agg(estimate="mean", error="sem", n_models="size").reset_index()
    reach = stats.t.ppf((1 + level) / 2, np.maximum(table["n_models"] - 1, 1)) * table["error"]
    table = table.assign(lower=table["estimate"] - reach, upper=table["estimate"] + reach)
    table["place"] = table.groupby("condition")["estimate"].rank(ascending=False).astype(int)
    return table.rename(columns={"condition": "stage"}).drop(columns="error")


@checked
def staircase_comparison(
    published_csv: str | Path, strengths: pd.DataFrame, totals: pd.DataFrame, levels: pd.DataFrame
) -> pd.DataFrame:
    """Published numbers beside what the published tables give.

    Parameters
    ----------
    published_csv
        See `valuestats.systems.comparison.read_published`: places of the foundations, and labels in all.
    strengths
        Of `rate_strengths`; recomputed places are those of the mean win rate over pairs and models.
    totals
        Of `label_totals`.
    levels
        Of `stage_levels`.
    """
    overall = strengths[strengths["condition"] == ALL]
    mean = overall.groupby("label")["mean_rate"].mean().sort_values(ascending=False)
    places = pd.DataFrame({"quantity": PLACE, "group": mean.index, "value": np.arange(1.0, len(mean) + 1)})
    consensus = totals[totals["labeller"] == "consensus"]
    sums = pd.DataFrame(
        {
            "quantity": "labels in all",
            "group": consensus["theory"],
            "value": consensus["labels"].astype(float),
        }
    )
    own = levels[levels["stage"] == ALL]
    corrected = pd.DataFrame(
        {
            "quantity": PLACE,
            "group": own["label"],
            "estimate": own["estimate"],
            "lower": own["lower"],
            "upper": own["upper"],
            "unit": "models",
            "n_scored": own["n_models"],
            "n_asked": own["n_models"],
        }
    )
    recomputed = pd.concat([places, sums], ignore_index=True)
    return compare_published(read_published(published_csv), recomputed, corrected)
