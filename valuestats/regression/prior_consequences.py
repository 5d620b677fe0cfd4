"""What the priors of a regression hold for likely, in terms of answers: one picture for each of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.latent.likelihoods.family_probabilities import log_probabilities
from valuestats.regression.effects_draws import EffectPriors
from valuestats.regression.shrinkage import prior_thresholds

Floats = NDArray[np.float64]


def prior_consequences(
    priors: dict[str, EffectPriors] | None = None, *, categories: int = 5, draws: int = 20_000, seed: int = 0
) -> pd.DataFrame:
    """Prior predictive distributions of what each prior governs, under the cumulative logit.

    Parameters
    ----------
    priors
        By name; the defaults and `EffectPriors.wide` if not given.
    categories
        K, coded 1..K.
    draws, seed
        Prior draws, and their seed.

    Returns
    -------
    pandas.DataFrame
        ``priors``, ``part`` (the field of `EffectPriors`), ``quantity`` and its quantiles ``q05``, ``q25``, ``q50``,
        ``q75``, ``q95``.

    Examples
    --------
    >>> found = prior_consequences(draws=500)
    >>> found.groupby("priors").size().to_dict()
    {'default': 7, 'wide': 7}
    """
    known = priors or {"default": EffectPriors(), "wide": EffectPriors.wide()}
    rows = []
    for name, prior in known.items():
        for (part, quantity), values in _quantities(prior, categories, draws, seed).items():
            rows.append((name, part, quantity, *np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95])))
    return pd.DataFrame(rows, columns=["priors", "part", "quantity", "q05", "q25", "q50", "q75", "q95"])


def _quantities(prior: EffectPriors, categories: int, draws: int, seed: int) -> dict[tuple[str, str], Floats]:
    rng, steps, codes = np.random.default_rng(seed), categories - 1, np.arange(1, categories + 1)

    def thresholds(sets: int) -> Floats:
        return prior_thresholds(
            steps, prior, family="cumulative", link="logit", sets=sets, reference=0, rng=rng, draws=draws
        )

    def shares(z: Floats) -> Floats:
        with np.errstate(all="ignore"):
            return np.exp(log_probabilities(z))

    cut = thresholds(1)[:, 0]

    def apart(difference: Floats) -> Floats:
        """Expected answers of two rows whose locations differ so much, around the middle."""
        half = 0.5 * difference[:, None]
        return np.abs((shares(cut - half) - shares(cut + half)) @ codes)

    effect = prior.effect * rng.normal(size=draws)
    spread = np.abs(prior.group * rng.normal(size=draws))
    two = thresholds(2)
    alpha = prior.lkj  # of two effects the correlation is a beta on (-1, 1) with both parameters lkj
    return {
        ("concentration", "largest share of a category"): shares(cut).max(axis=1),
        ("effect", "difference of expected answer between two levels (points)"): apart(effect),
        ("group", "difference of expected answer between two groups (points)"): apart(
            spread * np.sqrt(2.0) * rng.normal(size=draws)
        ),
        ("thresholds", "largest difference of a share between two levels"): np.abs(
            shares(two[:, 0]) - shares(two[:, 1])
        ).max(axis=1),
        ("disc", "larger over smaller spread of two levels"): np.exp(
            np.abs(prior.disc * rng.normal(size=draws))
        ),
        ("specific", "factor on the odds of one step"): np.exp(
            np.abs(prior.specific * rng.normal(size=draws))
        ),
        ("lkj", "size of a correlation"): np.abs(2.0 * rng.beta(alpha, alpha, size=draws) - 1.0),
    }
