"""The items that tell models apart best, held against models that had no part in choosing them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from valuestats.base.allowed import Whole
from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted
from valuestats.counting.answer_tables import AnswerSource
from valuestats.informing.cube import answer_cube
from valuestats.informing.divergence import Measure, Spreads, spreads
from valuestats.informing.informativeness import NAMES
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import LEAST
from valuestats.statistics.ratios import ratio
from valuestats.tables.choices import Choices

Array = NDArray[np.float64]

CHOSEN = "chosen items, where chosen"
ELSEWHERE = "chosen items, in other models"
ALL = "all items, in other models"
INFLATION = "inflation by selection"
GAIN = "gain over all items"
QUANTITIES = (CHOSEN, ELSEWHERE, ALL, INFLATION, GAIN)

CITATIONS = (
    "Shao & Wu (1989), Annals of Statistics 17, 1176-1197",
    "Efron (2011), Journal of the American Statistical Association 106, 1602-1614",
)


@checked
def select_items(
    answers: AnswerSource | Choices,
    *,
    size: Annotated[int, Whole(1)],
    measure: Measure = "gjs",
    least: Annotated[int, Whole(2)] = 2,
    splits: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""The items that tell models apart best, and what they are worth in models that had no part in choosing them.

    The best `size` items by `valuestats.informativeness` are chosen in a random half of the models and measured in the same
    half and in the other, by the same estimator; halves change places, `splits` times. As informativeness is taken of one
    item at a time, the best set is the best items one after the other; that items repeat one another is not seen.

    Estimands: the mean informativeness of the items that half as many such models choose, as those models show it, as
    other models show it, the difference (inflation by selection: the winner's curse), and the gain of chosen items over
    all items in other models. Standard errors are the standard deviation over the halves: the delete-half jackknife, whose
    factor is 1 (Shao and Wu 1989), here of M models, with Student's t of M - 1 degrees of freedom; no interval below eight
    models (four in a half). Items are taken as given.

    Parameters
    ----------
    answers, measure, least
        As for `valuestats.informativeness`.
    size
        Items to choose.
    splits
        Random halvings.
    level, seed
        Of the intervals; of the halvings.

    Returns
    -------
    Result
        Kind ``"item_selection"``, key ``quantity``: the five estimands. ``n_scored`` counts the items that could be chosen,
        ``n_asked`` all items, ``n_units`` the models. ``meta["items"]`` lists the items that all models choose, with
        ``estimate`` and ``chosen`` (share of the halves that choose it).

    Raises
    ------
    SpecificationError
        Fewer than four models, or fewer items than are to be chosen.

    References
    ----------
    Shao and Wu (1989), A general theory for jackknife variance estimation; Efron (2011), Tweedie's formula and selection
    bias.

    Examples
    --------
    >>> import pandas as pd
    >>> counts = [[9, 1, 8, 2], [5, 5, 6, 4]]
    >>> rows = [(f"m{m}", f"q{q}", "valid", k, (counts[q][m] if k else 10 - counts[q][m]))
    ...     for m in range(4) for q in range(2) for k in range(2)]
    >>> frame = pd.DataFrame(rows, columns=["model", "item", "status", "answer", "count"])
    >>> select_items(frame, size=1, splits=20).meta["items"][0]["item"]
    'q0'
    """
    started = time.perf_counter()
    cube = answer_cube(answers)
    models = len(cube.models)
    if models < 4:
        raise SpecificationError(
            "too few models to choose in one half and measure in the other",
            parameter="answers",
            got=counted(models, "model"),
            expected="4 or more",
        )
    parts = spreads(cube, measure, least)
    whole = parts.corrected(np.ones((1, models)))[0]
    possible = int((~np.isnan(whole)).sum())
    if possible < size:
        raise SpecificationError(
            "fewer items than are to be chosen",
            parameter="size",
            got=size,
            expected=f"up to {possible}, the items that two models answered {least} times",
        )
    found = _halves(parts, size, splits, np.random.default_rng(seed))
    table = np.stack(
        [found.inside, found.outside, found.all, found.inside - found.outside, found.outside - found.all]
    )
    estimate = np.nanmean(table, axis=1)
    error = np.nanstd(table, axis=1, ddof=1)
    enough = models >= 2 * LEAST
    reach = stats.t.ppf((1 + level) / 2, models - 1) * error if enough else np.full(len(table), np.nan)
    frame = pd.DataFrame(
        {
            "estimand": f"mean {NAMES[measure]}",
            "quantity": QUANTITIES,
            "estimate": estimate,
            "std_error": error,
            "lower": estimate - reach,
            "upper": estimate + reach,
            "level": level,
            "interval": "delete-half jackknife, Student's t" if enough else "none",
            "n_scored": possible,
            "n_asked": len(cube.items),
            "baseline": 0.0,
            "n_units": models,
        }
    )
    best = np.argsort(-np.nan_to_num(whole, nan=-np.inf), kind="stable")[:size]
    items = [
        {"item": cube.items[k], "estimate": float(whole[k]), "chosen": float(found.chosen[k])}
        for k in best.tolist()
    ]
    said = [f"{counted(models, 'model')}: fewer than {2 * LEAST} give no interval"] * (not enough)
    if possible < len(cube.items):
        said.append(
            f"{counted(len(cube.items) - possible, 'item')} that too few models answered could not be chosen"
        )
    meta = make_meta(
        f"{size} of {possible} items chosen in one half of the models and measured in the other",
        {"size": size, "measure": measure, "least": least, "splits": splits, "level": level, "unit": "model"},
        citations=CITATIONS,
        seed=seed,
        warnings=said,
        seconds=time.perf_counter() - started,
        items=items,
    )
    return Result(
        "item_selection",
        frame,
        ("quantity",),
        meta,
        draws_tree("bootstrap", table.T, {"quantity": QUANTITIES}),
    )


@dataclass(frozen=True)
class _Halves:
    """Means over items, one number for each half of each split; and how often each item was chosen."""

    inside: Array
    outside: Array
    all: Array
    chosen: Array


def _halves(parts: Spreads, size: int, splits: int, rng: np.random.Generator) -> _Halves:
    models = len(parts.usable)
    order = np.argsort(rng.random((splits, models)), axis=1)
    first = np.zeros((splits, models))
    np.put_along_axis(first, order[:, : models // 2], 1.0, axis=1)
    weights = np.concatenate([first, 1.0 - first])
    value = parts.corrected(weights)
    other = np.roll(value, splits, axis=0)
    both = ~np.isnan(value) & ~np.isnan(other)
    rank = np.argsort(-np.where(both, value, -np.inf), axis=1, kind="stable")[:, :size]
    chosen = np.zeros(value.shape, dtype=bool)
    np.put_along_axis(chosen, rank, True, axis=1)
    chosen &= both

    def mean(x: Array, where: NDArray[np.bool_]) -> Array:
        return ratio(np.where(where, x, 0.0).sum(axis=1), where.sum(axis=1))

    return _Halves(mean(value, chosen), mean(other, chosen), mean(other, both), chosen.mean(axis=0))
