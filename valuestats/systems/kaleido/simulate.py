"""Simulated situations, judgements and annotations whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]

FOLLOWS = 0.6
"""True correlation, over situations, of the latent disagreement of people and the latent entropy of the model (normal)."""
TRAITS = {
    "age": ("18-29", "30-44", "45-64", "65+"),
    "gender": ("female", "male"),
    "politics": ("left", "middle", "right"),
    "ethnicity": ("a", "b", "c", "d"),
}
LOWER = ("politics", "right", -0.08)
"""The one group that agrees with the model less often, and by how much."""
AGREES = 0.91
"""Share of agreements of all others."""


def _latent(situations: int, seed: int) -> tuple[Array, Array]:
    """Share of people who support each situation, and the model's entropy in bits."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=situations)
    e = FOLLOWS * z + np.sqrt(1 - FOLLOWS**2) * rng.normal(size=situations)
    minority = 0.5 * stats.norm.cdf(z)
    side = rng.random(situations) < 0.5
    return np.where(side, minority, 1 - minority), stats.norm.cdf(e) * np.log2(3)


def simulated_outputs(*, situations: int = 300, seed: int = 0) -> pd.DataFrame:
    """Output entropy of a model that follows people's disagreement to a known degree.

    Examples
    --------
    >>> simulated_outputs(situations=2, seed=1)["situation"].tolist()
    [0, 1]
    """
    return pd.DataFrame({"situation": np.arange(situations), "entropy": _latent(situations, seed)[1]})


def simulated_judgements(*, situations: int = 300, people: int = 10, seed: int = 0) -> pd.DataFrame:
    """Judgements, supports or opposes, of so many people on each situation.

    Examples
    --------
    >>> len(simulated_judgements(situations=2, people=3, seed=1))
    6
    """
    share, _ = _latent(situations, seed)
    rng = np.random.default_rng(seed + 1)
    yes = rng.random((situations, people)) < share[:, None]
    return pd.DataFrame(
        {
            "situation": np.repeat(np.arange(situations), people),
            "judgement": np.where(yes.ravel(), "supports", "opposes"),
        }
    )


def tracking_truth(
    people: int | None = None, *, seed: int = 99, situations: int = 400_000
) -> dict[str, float]:
    """Rank correlation of the model's entropy and people's, all of them or so many, by a large simulation.

    Examples
    --------
    >>> round(tracking_truth(situations=20_000)["rank correlation"], 1)
    0.6
    """
    share, entropy = _latent(situations, seed)
    if people is None:
        spread = -np.where(
            (share > 0) & (share < 1), share * np.log2(share) + (1 - share) * np.log2(1 - share), 0.0
        )
        return {"rank correlation": float(stats.spearmanr(entropy, spread).statistic)}
    yes = np.random.default_rng(seed + 1).binomial(people, share)
    most = np.maximum(yes, people - yes)
    order = stats.rankdata(entropy)
    divided = most / people < 0.75
    n, others = int(divided.sum()), int((~divided).sum())
    auc = (order[divided].sum() - n * (n + 1) / 2) / (n * others)
    return {"rank correlation": float(stats.spearmanr(entropy, -most).statistic), "AUC": float(auc)}


def simulated_annotations(*, annotators: int = 240, each: int = 40, seed: int = 0) -> pd.DataFrame:
    """Annotations of outputs as right or wrong by annotators of four traits; one group agrees less often.

    Returns
    -------
    pandas.DataFrame
        ``annotator``, ``trait``, ``group``, ``agrees``: each annotation once for each trait of its annotator.

    Examples
    --------
    >>> sorted(simulated_annotations(annotators=8, each=1, seed=1)["trait"].unique())
    ['age', 'ethnicity', 'gender', 'politics']
    """
    rng = np.random.default_rng(seed)
    own = {trait: rng.integers(len(groups), size=annotators) for trait, groups in TRAITS.items()}
    trait, group, gap = LOWER
    low = own[trait] == TRAITS[trait].index(group)
    share = AGREES + gap * low
    share = rng.beta(20 * share, 20 * (1 - share))
    agrees = rng.random((annotators, each)) < share[:, None]
    parts = []
    for name, groups in TRAITS.items():
        parts.append(
            pd.DataFrame(
                {
                    "annotator": np.repeat(np.arange(annotators), each),
                    "trait": name,
                    "group": np.repeat(np.array(groups)[own[name]], each),
                    "agrees": agrees.ravel().astype(int),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
