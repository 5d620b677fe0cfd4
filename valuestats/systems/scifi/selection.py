"""The best of several candidates on the same questions: what selection adds, and bounds that hold after it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.special import ndtr

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.systems.comparison import read_published
from valuestats.systems.scifi.contrasts import ALIGNMENT, BEST, QUESTIONS

Array = NDArray[np.float64]


@checked
def expected_best(p: float, n: int, candidates: int) -> float:
    r"""Expected share of the best of k candidates that are all as good as each other, :math:`p`, over n questions each.

    :math:`E[\max_j K_j]/n = \frac{1}{n}\sum_{x=1}^{n} \left(1 - F(x - 1)^k\right)`, F the binomial distribution
    function: what it exceeds p by is what selection adds where answers are independent between candidates; where they
    tend to get the same questions right it adds less (associated variables; Esary, Proschan and Walkup 1967), and so it
    does where candidates differ in truth.

    Parameters
    ----------
    p
        True share.
    n
        Questions.
    candidates
        How many were tried.

    Examples
    --------
    >>> expected_best(0.9, 51, 1), round(expected_best(0.9, 51, 20), 3)
    (0.9, 0.969)
    """
    if not 0 <= p <= 1:
        raise SpecificationError("no share", parameter="p", got=p, expected="0 to 1")
    below = stats.binom.cdf(np.arange(n), n, p)
    return round(float((1 - below**candidates).sum() / n), 12)


@checked
def best_of_k(
    share: float, n: int, candidates: Sequence[int] = (1, 2, 5, 10, 20, 50), *, level: float = 0.95
) -> pd.DataFrame:
    r"""What the published share of the best of k candidates says of its true share, for several k.

    Lower bound that holds whichever candidate was picked and however answers depend on each other: that of Clopper and
    Pearson at level :math:`1 - \alpha/k` (Bonferroni). Corrected share: the p of candidates that are all alike whose best is
    expected at the published share, `expected_best` solved for p, which is the largest correction that can be called for.

    Parameters
    ----------
    share
        Of the best, between 0 and 1.
    n
        Questions.
    candidates
        Numbers of candidates to work out.
    level
        One-sided, of the bound.

    Returns
    -------
    pandas.DataFrame
        ``candidates``, ``published``, ``corrected``, ``inflation``, ``lower``.

    Raises
    ------
    SpecificationError
        No share, or no candidate.

    References
    ----------
    Clopper and Pearson (1934); Benjamini, Hechtlinger and Stark (2019), Confidence intervals for selected parameters.

    Examples
    --------
    >>> best_of_k(0.95, 51, (1, 10))["lower"].round(3).tolist()
    [0.867, 0.814]
    """
    if not candidates or min(candidates) < 1:
        raise SpecificationError(
            "nothing was selected",
            parameter="candidates",
            got=list(candidates),
            expected="numbers from 1 on",
        )
    rows = []
    for k in candidates:
        alpha = (1 - level) / k
        low = float(stats.beta.ppf(alpha, share * n, n - share * n + 1))
        alike = _alike(share, n, k)
        rows.append(
            {
                "candidates": k,
                "published": share,
                "corrected": alike,
                "inflation": share - alike,
                "lower": low,
            }
        )
    return pd.DataFrame(rows)


def _alike(share: float, n: int, k: int) -> float:
    low, high = 0.0, share
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if expected_best(middle, n, k) < share else (low, middle)
    return (low + high) / 2


def scifi_best(
    published_csv: str | Path,
    *,
    n: int = QUESTIONS,
    candidates: Sequence[int] = (1, 2, 5, 10, 20, 50),
    level: float = 0.95,
) -> pd.DataFrame:
    """`best_of_k` of the best constitution's two published shares: ``what`` and its columns."""
    told = read_published(published_csv)
    told = told[(told["quantity"] == ALIGNMENT) & told["group"].str.startswith(BEST)]
    parts = [
        best_of_k(float(value) / 100, n, candidates, level=level).assign(what=str(group))
        for group, value in told[["group", "value"]].itertuples(index=False)
    ]
    return pd.concat(parts, ignore_index=True)


@checked
def simulate_candidates(
    *,
    candidates: int = 20,
    questions: int = QUESTIONS,
    mean: float = 1.35,
    spread: float = 0.25,
    shared: float = 0.5,
    studies: int = 1,
    seed: int = 0,
) -> tuple[Array, Array]:
    r"""Shares of aligned choices of k constitutions on the same questions, and their true shares.

    Candidate j gets question i right where :math:`\mu_j + \sqrt\rho\,q_i + \sqrt{1-\rho}\,e_{ij} > 0`, all normal, so
    that its true share over questions is :math:`\Phi(\mu_j)`; :math:`\mu_j \sim N(\text{mean}, \text{spread}^2)`,
    :math:`\rho` `shared`.

    Returns
    -------
    tuple
        Observed and true shares, both of shape ``(studies, candidates)``.

    Examples
    --------
    >>> seen, true = simulate_candidates(studies=3, seed=1)
    >>> seen.shape, true.shape
    ((3, 20), (3, 20))
    """
    rng = np.random.default_rng(seed)
    mu = rng.normal(mean, spread, (studies, candidates))
    seen = np.empty((studies, candidates))
    for s in range(studies):
        question = np.sqrt(shared) * rng.normal(size=questions)
        own = np.sqrt(1 - shared) * rng.normal(size=(candidates, questions))
        seen[s] = (mu[s][:, None] + question + own > 0).mean(axis=1)
    return seen, ndtr(mu)


@checked
def winners_curse(
    *, candidates: Sequence[int] = (1, 5, 20, 50), studies: int = 2000, level: float = 0.95, seed: int = 0
) -> pd.DataFrame:
    """Simulated selection of the best constitution: by how much it is overrated, and how often bounds hold its truth.

    Returns
    -------
    pandas.DataFrame
        ``candidates``, ``shared`` (correlation of the questions' difficulty between candidates), ``seen`` and ``true``
        (means of the best), ``inflation``, ``corrected`` (mean), ``naive`` and ``simultaneous`` (how often the
        one-sided bound lies below the truth), ``error`` (of the latter two, at most), ``studies``.

    Examples
    --------
    >>> winners_curse(candidates=(5,), studies=50, seed=1)["shared"].tolist()
    [0.0, 0.5]
    """
    rows = []
    for k in candidates:
        for shared in (0.0, 0.5):
            seen, true = simulate_candidates(candidates=k, shared=shared, studies=studies, seed=seed)
            best = seen.argmax(axis=1)
            at = np.arange(studies)
            top, truth = seen[at, best], true[at, best]
            count = np.round(top * QUESTIONS)
            naive, wide = (
                stats.beta.ppf((1 - level) / m, count, QUESTIONS - count + 1) <= truth for m in (1, k)
            )
            distinct, where = np.unique(top, return_inverse=True)
            corrected = np.array([_alike(float(x), QUESTIONS, k) if x < 1 else 1.0 for x in distinct])[where]
            rows.append(
                {
                    "candidates": k,
                    "shared": shared,
                    "seen": float(top.mean()),
                    "true": float(truth.mean()),
                    "inflation": float((top - truth).mean()),
                    "corrected": float(corrected.mean()),
                    "naive": float(naive.mean()),
                    "simultaneous": float(wide.mean()),
                    "error": float(np.sqrt(max(p * (1 - p) for p in (naive.mean(), wide.mean())) / studies)),
                    "studies": studies,
                }
            )
    return pd.DataFrame(rows)
