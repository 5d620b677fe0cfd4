"""The published percentages as counts: how much of a model's spectrum is more than 50 screenshots a value give."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats
from scipy.special import expit

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError
from valuestats.latent.likelihoods.rates import multilevel_rates
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.multiplicity import adjusted_p
from valuestats.systems.comparison import read_published

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

RATE = "yes rate"
N = 50


@checked
def spectrum_counts(published_csv: str | Path, *, n: int = N) -> pd.DataFrame:
    """Counts behind the published percentages: ``model``, ``value``, ``n``, ``yes``.

    Raises
    ------
    InputError
        A percentage that no count of n gives.

    Examples
    --------
    ::

        spectrum_counts("analyses/value_spectrum/published.csv")
    """
    told = read_published(published_csv)
    told = told[told["quantity"] == RATE].reset_index(drop=True)
    names = told["group"].str.split(" | ", regex=False, expand=True)
    yes = told["value"] * n / 100
    wrong = (yes - yes.round()).abs() > 1e-9
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise InputError(
            "a percentage that no count gives",
            file=published_csv,
            row=row,
            parameter="value",
            got=told["value"].iloc[row],
            expected=f"a multiple of 100/{n}",
        )
    return pd.DataFrame({"model": names[0], "value": names[1], "n": n, "yes": yes.round().astype(int)})


def spectrum_table(published_csv: str | Path) -> pd.DataFrame:
    """The table as printed: models in rows, means below, spreads at the right, ``screenshots`` behind each cell."""
    told = read_published(published_csv)
    cells = told[told["quantity"] == RATE]
    names = cells["group"].str.split(" | ", regex=False, expand=True)
    frame = pd.DataFrame({"model": names[0], "value": names[1], "text": [f"{x:.0f}" for x in cells["value"]]})
    wide = frame.pivot(index="model", columns="value", values="text").loc[list(dict.fromkeys(frame["model"]))]
    wide = wide[list(dict.fromkeys(frame["value"]))].assign(screenshots=N)
    means = told[told["quantity"] == "mean over models"].set_index("group")["value"]
    last = {v: f"{means[v]:.1f}" for v in wide.columns[:-1]}
    spread = told[told["quantity"] == "spread over values (SD)"].set_index("group")["value"]
    wide["spread"] = [f"{spread[m]:g}" if m in spread else None for m in wide.index]
    wide.loc["mean of models"] = {**last, "screenshots": N * len(wide), "spread": None}
    return wide.rename_axis(columns=None).reset_index()


@checked
def spectrum_flatness(
    counts: pd.DataFrame, *, level: float = 0.95, draws: int = 9999, seed: int = 0
) -> pd.DataFrame:
    r"""For each model, whether its rates differ between values at all, and how much of their spread is noise.

    With V values, n answers a value and :math:`X^2 = \sum_v n (\hat p_v - \bar p)^2 / (\bar p (1 - \bar p))`, the p-value is
    that of :math:`X^2` given the total of yes answers (multivariate hypergeometric, simulated; the exact test) beside the
    chi-squared one with V - 1 degrees of freedom. The share of the spread that is no noise, which is also the correlation
    that a second study with the same n would have with this one on average, is :math:`\lambda / (\lambda + V - 1)` with
    :math:`\lambda = n \sum_v (p_v - \bar p)^2 / (\bar p (1 - \bar p))`; :math:`\hat\lambda = \max(0, X^2 - V + 1)`, its
    interval by inverting the non-central chi-squared distribution (Steiger 2004).

    Parameters
    ----------
    counts
        ``model``, ``value``, ``n``, ``yes``.
    level
        Of the intervals.
    draws, seed
        Of the simulated null distribution.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``mean``, ``spread`` (SD over values, V - 1), ``noise`` (SD that a flat model would show), ``band`` (how
        far from the mean all values of a flat model lie with probability `level`), ``true_spread`` with ``lower`` and
        ``upper``, ``chi_squared``, ``df``, ``p`` (exact), ``p_holm`` (over models), ``p_chi_squared``, ``reliability`` with
        ``reliability_lower`` and ``reliability_upper``, ``needed`` (answers a value for a reliability of .8),
        ``n_scored``, ``n_asked``. Rates in percent.

    Raises
    ------
    InputError
        A column is missing, or counts are no counts.

    References
    ----------
    Steiger (2004), Beyond the F test, Psychological Methods 9; Holm (1979).

    Examples
    --------
    >>> import pandas as pd
    >>> two = pd.DataFrame({"model": "m", "value": list("abcd"), "n": 50, "yes": [25, 25, 25, 45]})
    >>> spectrum_flatness(two, draws=999)[["chi_squared", "df"]].round(2).to_numpy().tolist()
    [[25.0, 3.0]]
    """
    frame = checked_counts(counts)
    rng = np.random.default_rng(seed)
    rows = []
    for model, part in frame.groupby("model", sort=False):
        k, n = part["yes"].to_numpy(dtype=np.int64), part["n"].to_numpy(dtype=np.int64)
        rows.append({"model": str(model), **_flat(k, n, level, draws, rng)})
    table = pd.DataFrame(rows)
    return table.assign(p_holm=adjusted_p(table["p"].to_numpy(), "holm"))


def _flat(k: Whole, n: Whole, level: float, draws: int, rng: np.random.Generator) -> dict[str, float]:
    values, total = len(k), int(n.sum())
    share = k.sum() / total
    out = {"mean": 100 * float((k / n).mean()), "spread": 100 * float((k / n).std(ddof=1)), "df": values - 1}
    out |= {"n_scored": total, "n_asked": total}
    each = float(stats.hmean(n))
    if not 0 < share < 1 or values < 2:
        empty = (
            "noise",
            "band",
            "true_spread",
            "lower",
            "upper",
            "chi_squared",
            "p",
            "p_chi_squared",
            "reliability",
        )
        return {**out, **dict.fromkeys((*empty, "reliability_lower", "reliability_upper", "needed"), np.nan)}
    unit = share * (1 - share)
    found = float(_pearson(k[None], n)[0])
    flat = rng.multivariate_hypergeometric(n, int(k.sum()), size=draws)
    drawn = _pearson(flat, n)
    df = values - 1
    centre = max(0.0, found - df)
    low, high = noncentrality_interval(found, df, level)
    spread = [100 * float(np.sqrt(x * unit / each / df)) for x in (centre, low, high)]
    share_true = [x / (x + df) for x in (centre, low, high)]
    return {
        **out,
        "noise": 100 * float(np.sqrt(unit / each)),
        "band": 100 * float(np.quantile(np.abs(flat / n - share).max(axis=1), level)),
        "true_spread": spread[0],
        "lower": spread[1],
        "upper": spread[2],
        "chi_squared": found,
        "p": float(((drawn >= found - 1e-9).sum() + 1) / (draws + 1)),
        "p_chi_squared": float(stats.chi2.sf(found, df)),
        "reliability": share_true[0],
        "reliability_lower": share_true[1],
        "reliability_upper": share_true[2],
        "needed": float(np.ceil(4 * each * df / centre)) if centre > 0 else np.inf,
    }


def _pearson(k: Whole, n: Whole) -> Array:
    share = k.sum(axis=1, keepdims=True) / n.sum()
    return np.asarray(((k - n * share) ** 2 / (n * share * (1 - share))).sum(axis=1))


def noncentrality_interval(found: float, df: int, level: float) -> tuple[float, float]:
    """Noncentralities for which the statistic lies in neither tail.

    Examples
    --------
    >>> low, high = noncentrality_interval(20.0, 9, 0.95)
    >>> bool(abs(stats.ncx2.sf(20.0, 9, low) - 0.025) < 1e-6), bool(abs(stats.ncx2.cdf(20.0, 9, high) - 0.025) < 1e-6)
    (True, True)
    """
    tail = (1 - level) / 2

    def solved(p: float) -> float:
        if stats.chi2.cdf(found, df) <= p:
            return 0.0
        top = 10.0
        while stats.ncx2.cdf(found, df, top) > p:
            top *= 2
        return float(optimize.brentq(lambda x: stats.ncx2.cdf(found, df, x) - p, 1e-12, top, xtol=1e-10))

    return solved(1 - tail), solved(tail)


@checked
def spectrum_rates(
    counts: pd.DataFrame, *, pooled: bool = False, level: float = 0.95, draws: int = 4000, seed: int = 0
) -> Result:
    r"""Rate of yes for each model and value with draws, cell by cell or partially pooled.

    Cell by cell: the posterior under Jeffreys' prior, Beta(k + 1/2, n - k + 1/2), whose equal tails hold their nominal
    coverage (Brown, Cai and DasGupta 2001). Pooled: :math:`\operatorname{logit} p_{mv} = \alpha + u_m + u_v + u_{mv}` with
    normal effects and half-normal spreads (`valuestats.latent.likelihoods.rates`).

    Parameters
    ----------
    counts
        ``model``, ``value``, ``n``, ``yes``.
    pooled
        Whether cells borrow from each other.
    level, draws, seed
        Of the intervals and of the draws.

    Returns
    -------
    Result
        Kind ``"spectrum_rates"``, keys ``("model", "value")``: posterior medians in percent, ``raw``; with ``pooled``
        ``meta["spreads"]`` has the standard deviations (logits) of models, values and their interaction.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"model": "m", "value": ["x", "y"], "n": 50, "yes": [40, 20]})
    >>> spectrum_rates(frame, seed=1).estimates["estimate"].round(-1).tolist()
    [80.0, 40.0]
    """
    started = time.perf_counter()
    frame = checked_counts(counts)
    models, values = list(dict.fromkeys(frame["model"])), list(dict.fromkeys(frame["value"]))
    m, v = pd.Index(models).get_indexer(frame["model"]), pd.Index(values).get_indexer(frame["value"])
    k, n = frame["yes"].to_numpy(dtype=float), frame["n"].to_numpy(dtype=float)
    rng = np.random.default_rng(seed)
    meta: dict[str, Any] = {}
    if pooled:
        p, meta = _pooled(k, n, m, v, (len(models), len(values)), level, draws, rng)
    else:
        p = rng.beta(k + 0.5, n - k + 0.5, size=(draws, len(k)))
    tail = (1 - level) / 2
    ends = np.quantile(p, [tail, 0.5, 1 - tail], axis=0) * 100
    if not pooled:
        ends = np.array([stats.beta.ppf(q, k + 0.5, n - k + 0.5) for q in (tail, 0.5, 1 - tail)]) * 100
    table = pd.DataFrame(
        {
            "estimand": "rate of yes (%)",
            "model": frame["model"],
            "value": frame["value"],
            "estimate": ends[1],
            "std_error": p.std(axis=0, ddof=1) * 100,
            "lower": ends[0],
            "upper": ends[2],
            "level": level,
            "interval": "posterior, equal-tailed",
            "n_scored": n.astype(int),
            "n_asked": n.astype(int),
            "raw": 100 * k / n,
        }
    )
    cube = np.full((draws, len(models), len(values)), np.nan)
    cube[:, m, v] = 100 * p
    about = make_meta(
        "multilevel logistic model" if pooled else "Beta posterior, Jeffreys' prior",
        {"pooled": pooled, "level": level, "draws": draws, "unit": "screenshot"},
        citations=("Brown, Cai & DasGupta (2001), Statistical Science 16", "Gelman & Hill (2007)"),
        seed=seed,
        seconds=time.perf_counter() - started,
        **meta,
    )
    tree = draws_tree("posterior", cube, {"model": models, "value": values})
    return Result("spectrum_rates", table, ("model", "value"), about, tree)


def _pooled(
    k: Array,
    n: Array,
    m: NDArray[np.intp],
    v: NDArray[np.intp],
    size: tuple[int, int],
    level: float,
    draws: int,
    rng: np.random.Generator,
) -> tuple[Array, dict[str, Any]]:
    cell = np.arange(len(k))
    levels = np.column_stack([m, v, cell])
    fit = multilevel_rates(k, n, levels, [*size, len(k)], draws=draws, rng=rng)
    own = fit.coefficients[:, 1:]
    first = size[0] + size[1]
    eta = fit.coefficients[:, [0]] + own[:, m] + own[:, size[0] + v] + own[:, first + cell]
    tail = (1 - level) / 2
    spreads = [
        {
            "effect": name,
            **dict(zip(("lower", "estimate", "upper"), np.quantile(s, [tail, 0.5, 1 - tail]), strict=True)),
        }
        for name, s in zip(("model", "value", "model and value"), fit.scales.T, strict=True)
    ]
    reasons = [f"R-hat {fit.rhat:.3f}"] * (fit.rhat > 1.01) + [f"{fit.effective:.0f} effective draws"] * (
        fit.effective < 400
    )
    return expit(eta), {"spreads": spreads, "gate": {"passed": not reasons, "reasons": reasons}}


def checked_counts(
    counts: pd.DataFrame, columns: Sequence[str] = ("model", "value", "n", "yes")
) -> pd.DataFrame:
    """Counts of models and values, refused where they are none or given twice."""
    missing = [c for c in columns if c not in counts.columns]
    if missing:
        raise InputError(
            "a column is missing", parameter="counts", got=", ".join(missing), expected=", ".join(columns)
        )
    frame = counts.reset_index(drop=True)
    wrong = ~(frame["yes"].between(0, frame["n"]) & (frame["n"] > 0)) | frame.duplicated(["model", "value"])
    if wrong.any() or frame.empty:
        row = int(wrong.to_numpy().argmax()) if len(frame) else None
        raise InputError(
            "counts that are none, or given twice",
            parameter="counts",
            row=row,
            got=None if row is None else ", ".join(map(str, frame.loc[row, list(columns)])),
            expected="0 <= yes <= n, n above 0, each model and value once",
        )
    return frame
