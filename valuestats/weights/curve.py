"""Held-out accuracy and log score of weights by the number of choices that they were learnt from."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.allowed import INSIDE, POSITIVE, Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.tables.choices import Choices
from valuestats.weights.feature_sets import Array, FeatureSets, feature_sets
from valuestats.weights.logit import log_probabilities, maximise, maximise_above_zero

Method = Literal["free", "nonnegative", "mean"]
ACCURACY, LOG_SCORE = "accuracy", "log score"
AGAINST = " against mean"
SIZES = (25, 50, 100, 200, 400)


@checked
def learning_curve(
    choices: Choices,
    features: Sequence[str] | str,
    *,
    sizes: Sequence[int] = SIZES,
    methods: Sequence[Method] = ("free", "nonnegative", "mean"),
    test: Annotated[float, INSIDE] = 0.2,
    splits: Annotated[int, Whole(2)] = 50,
    prior_sd: Annotated[float, POSITIVE] = 2.5,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""How well weights of features predict choices that they have not seen, by the number of choices learnt from.

    Each split holds out a share `test` of the choices at random and learns from the first of the others, 25, 50 and so on;
    the same choices for every method. ``"free"`` is the posterior mode with normal priors (`prior_sd` logits for one
    standard deviation of a feature's differences), ``"nonnegative"`` the same without weights below zero, ``"mean"`` the
    plain mean of the features, of which only the scale is learnt (for the log score). Estimands: the share of held-out
    choices in which the option taken has the highest utility, equal ones shared; and the mean log probability of the option
    taken.

    Splits share most of their choices, so their spread is not that of independent repeats. Over J splits with variance
    :math:`S^2` the error is :math:`\sqrt{(1/J + n_{test}/(n - n_{test}))\,S^2}` with J - 1 degrees of freedom (Nadeau and
    Bengio 2003), whatever part of the n - n_test other choices is learnt from: with fewer of them splits share less, and the
    interval is a little wide. The split is the unit; the naive error would be :math:`S/\sqrt J`.

    Parameters
    ----------
    choices, features
        As for `valuestats.feature_weights`.
    sizes
        Numbers of choices to learn from; those that the table can't give are refused.
    methods, test, splits, prior_sd
        As above.
    level, seed
        Probability inside the intervals; seed of the splits.

    Returns
    -------
    Result
        Kind ``"learning_curve"``, keys ``("measure", "method", "size")``: accuracy and log score of each method, and of each
        against the plain mean (differences within splits). ``baseline`` is what guessing scores.

    Raises
    ------
    SpecificationError
        As for `valuestats.feature_weights`; a size that leaves too few choices.

    References
    ----------
    Nadeau and Bengio (2003), Machine Learning 52, 239-281.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats import learning_curve, ranking_choices
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(200, 2))
    >>> taken = rng.random(200) < 1 / (1 + np.exp(x[:, 1] - x[:, 0]))
    >>> frame = pd.DataFrame({"choice": np.repeat(range(200), 2), "option": ["a", "b"] * 200, "x": x.ravel(),
    ...     "chosen": np.column_stack([taken, ~taken]).astype(int).ravel()})
    >>> table = learning_curve(ranking_choices(frame), ["x"], sizes=[50, 100], splits=5).estimates
    >>> table[["measure", "method"]].iloc[0].tolist(), int(table["size"].iloc[0])
    (['accuracy', 'free'], 50)
    """
    started = time.perf_counter()
    sets = feature_sets(choices, features)
    n = len(sets)
    held = round(test * n)
    wanted = sorted({int(s) for s in sizes})
    if not wanted or held < 1 or wanted[0] < 2 or wanted[-1] > n - held:
        raise SpecificationError(
            "a size that the choices can't give",
            parameter="sizes",
            got=", ".join(map(str, sizes)),
            expected=f"2 to {n - held} ({n} choices, {held} held out)",
        )
    chosen = list(dict.fromkeys([*methods, "mean"]))
    rng = np.random.default_rng(seed)
    scores = np.empty((splits, len(wanted), len(chosen), 2))
    for split in range(splits):
        order = rng.permutation(n)
        out = sets.rows(order[:held])
        for k, size in enumerate(wanted):
            learnt = sets.rows(order[held : held + size])
            for m, method in enumerate(chosen):
                scores[split, k, m] = _scores(out, _weights(learnt, method, prior_sd))
    frame = _frame(scores, wanted, chosen, held / (n - held), level)
    offered = sets.offered.sum(axis=1)
    guess = {ACCURACY: float((1 / offered).mean()), LOG_SCORE: float(-np.log(offered).mean())}
    apart = frame["method"].str.endswith(AGAINST)
    frame["baseline"] = frame["measure"].map(guess).mask(apart, 0.0)
    meta = make_meta(
        "repeated random splits, corrected resampled t",
        {
            "features": list(sets.names),
            "sizes": wanted,
            "methods": chosen,
            "test": test,
            "held_out": held,
            "splits": splits,
            "prior_sd": prior_sd,
            "level": level,
            "unit": "split",
        },
        citations=("Nadeau & Bengio (2003), Machine Learning 52, 239-281",),
        seed=seed,
        warnings=sets.notes(),
        **sets.noted(),
        seconds=time.perf_counter() - started,
    )
    frame = frame.assign(n_scored=n, n_asked=sets.asked)
    return Result("learning_curve", frame, ("measure", "method", "size"), meta)


def _weights(sets: FeatureSets, method: str, prior_sd: float) -> Array:
    """Weights learnt from some choices, features on the scale of one standard deviation of their differences."""
    p = len(sets.names)
    if method == "mean":
        one = np.full((p, 1), 1 / p)
        mean = FeatureSets(
            sets.x @ one, sets.offered, ("mean",), sets.unit, sets.units, sets.asked, sets.labels
        )
        size = float(np.sqrt((mean.differences**2).mean())) or 1.0
        return np.asarray(np.full(p, maximise(mean, precision=(size / prior_sd) ** 2).beta[0] / p))
    spread = np.sqrt((sets.differences**2).mean(axis=0))
    spread = np.where(spread > 0, spread, 1.0)
    scaled = FeatureSets(
        sets.x / spread, sets.offered, sets.names, sets.unit, sets.units, sets.asked, sets.labels
    )
    precision = prior_sd**-2
    beta = (
        maximise(scaled, precision=precision).beta
        if method == "free"
        else maximise_above_zero(scaled, precision=precision)
    )
    return np.asarray(beta / spread)


def _scores(sets: FeatureSets, w: Array) -> tuple[float, float]:
    """Accuracy, ties shared, and mean log probability."""
    u = np.where(sets.offered, (sets.x @ w).round(12), -np.inf)
    best = u == u.max(axis=1, keepdims=True)
    return float((best[:, 0] / best.sum(axis=1)).mean()), float(log_probabilities(sets, w).mean())


def _frame(
    scores: Array, sizes: Sequence[int], methods: Sequence[str], shared: float, level: float
) -> pd.DataFrame:
    splits = len(scores)
    reach = stats.t.ppf((1 + level) / 2, splits - 1)
    mean = methods.index("mean")
    rows: list[dict[str, Any]] = []
    for q, measure in enumerate((ACCURACY, LOG_SCORE)):
        named = [(m, scores[:, :, k, q]) for k, m in enumerate(methods)]
        named += [
            (m + AGAINST, scores[:, :, k, q] - scores[:, :, mean, q])
            for k, m in enumerate(methods)
            if m != "mean"
        ]
        for name, values in named:
            for k, size in enumerate(sizes):
                each = values[:, k]
                spread = float(each.std(ddof=1))
                error = float(np.sqrt(1 / splits + shared)) * spread
                rows.append(
                    {
                        "estimand": f"held-out {measure}",
                        "measure": measure,
                        "method": name,
                        "size": size,
                        "estimate": float(each.mean()),
                        "std_error": error,
                        "lower": each.mean() - reach * error,
                        "upper": each.mean() + reach * error,
                        "level": level,
                        "interval": "corrected resampled t",
                        "naive_error": spread / np.sqrt(splits),
                    }
                )
    return pd.DataFrame(rows)
