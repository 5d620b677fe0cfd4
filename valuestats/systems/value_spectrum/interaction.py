"""Whether models differ in which values they like."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

from valuestats.base.arguments import checked
from valuestats.systems.value_spectrum.spectrum import checked_counts

Array = NDArray[np.float64]


@checked
def spectrum_interaction(counts: pd.DataFrame, *, draws: int = 999, seed: int = 0) -> pd.DataFrame:
    r"""Whether models differ in which values they like: likelihood ratio of the interaction in a logistic model.

    :math:`G^2 = 2 \sum y \log(y / \hat y)` of the additive model :math:`\operatorname{logit} p_{mv} = \alpha_m + \beta_v`
    against the saturated one; p from `draws` tables simulated from the additive fit, and from the chi-squared distribution.

    Parameters
    ----------
    counts
        ``model``, ``value``, ``n``, ``yes``, each pair once.
    draws, seed
        Simulated tables.

    Returns
    -------
    pandas.DataFrame
        One row: ``deviance``, ``df``, ``p``, ``p_chi_squared``, ``draws`` (those with a finite additive fit).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"model": list("aabb"), "value": list("xyxy"), "n": 50, "yes": [40, 20, 20, 40]})
    >>> spectrum_interaction(frame, draws=99)["deviance"].round(2).tolist()
    [34.52]
    """
    frame = checked_counts(counts)
    m, v = (pd.factorize(frame[c])[0] for c in ("model", "value"))
    k, n = frame["yes"].to_numpy(dtype=float), frame["n"].to_numpy(dtype=float)
    size = (m.max() + 1, v.max() + 1)
    design = np.zeros((len(frame), size[0] + size[1] - 1))
    design[np.arange(len(frame)), m] = 1.0
    design[v > 0, size[0] + v[v > 0] - 1] = 1.0
    fitted, found = _additive(design, k[None], n)
    df = len(frame) - design.shape[1]
    rng = np.random.default_rng(seed)
    drawn = rng.binomial(n.astype(np.int64), fitted[0], size=(draws, len(n))).astype(float)
    null = _additive(design, drawn, n)[1]
    p = ((null >= found[0] - 1e-9).sum() + 1) / (len(null) + 1)
    row = {
        "deviance": found[0],
        "df": df,
        "p": p,
        "p_chi_squared": stats.chi2.sf(found[0], df),
        "draws": len(null),
    }
    return pd.DataFrame([row]).astype({"df": int, "draws": int})


def _additive(design: Array, k: Array, n: Array) -> tuple[Array, Array]:
    """Fitted shares and deviances of logistic regressions of several tables, by Newton steps at once."""
    beta = np.zeros((len(k), design.shape[1]))
    for _ in range(60):
        p = expit(beta @ design.T)
        gradient = (k - n * p) @ design
        weight = n * p * (1 - p) + 1e-12
        curvature = np.einsum("ia,si,ib->sab", design, weight, design)
        step = np.linalg.solve(curvature, gradient[..., None])[..., 0]
        beta += np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-10:
            break
    p = np.clip(expit(beta @ design.T), 1e-15, 1 - 1e-15)
    with np.errstate(divide="ignore", invalid="ignore"):
        yes = np.where(k > 0, k * np.log(k / (n * p)), 0.0)
        no = np.where(k < n, (n - k) * np.log((n - k) / (n * (1 - p))), 0.0)
    return p, 2 * (yes + no).sum(axis=1)
