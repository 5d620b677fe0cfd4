"""Elo ratings, which depend on the order of the games, with how much they do."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.choice.strengths import choice_groups
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.tables.choices import Choices

Array = NDArray[np.float64]


@checked
def elo_ratings(
    choices: Choices,
    *,
    by: str | None = None,
    k: float = 4.0,
    scale: float = 400.0,
    start: float = 1000.0,
    shuffles: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Elo ratings over shuffled orders of the same comparisons: their mean, and how far one order lies from another.

    Game by game, :math:`r_i \leftarrow r_i + k\,(s_i - 1/(1 + 10^{(r_j - r_i)/c}))` with s = 1 for a win, 1/2 for a tie; c
    is `scale`. The result depends on the order of the games, which means nothing where all were drawn at once; the interval
    is the range of the orders and holds no sampling error. Fit `valuestats.choice_strengths` for that.

    Parameters
    ----------
    choices
        Comparisons of two options; an outcome that is no option counts as a tie, as is usual.
    by
        Column of the choice whose values are rated one by one.
    k, scale, start
        Step, scale and start of the ratings.
    shuffles
        Orders drawn.
    level
        Share of the orders inside ``lower`` and ``upper``.
    seed
        Of the orders.

    Returns
    -------
    Result
        Kind ``"elo_ratings"``, keys ``("option",)`` or ``(by, "option")``; ``std_error`` is null, ``sd_of_orders`` the
        standard deviation over orders. The draws are the orders.

    Raises
    ------
    SpecificationError
        A choice of more than two options, no valid choice.

    References
    ----------
    Elo (1978), The Rating of Chessplayers.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import elo_ratings, pair_choices
    >>> frame = pd.DataFrame({"option_a": ["x"], "option_b": ["y"], "winner": ["a"]})
    >>> elo_ratings(pair_choices(frame), shuffles=3).estimates["estimate"].tolist()
    [1002.0, 998.0]
    """
    started = time.perf_counter()
    if not (k > 0 and scale > 0 and shuffles > 0):
        raise SpecificationError(
            "impossible Elo",
            parameter="k, scale, shuffles",
            got=f"{k}, {scale}, {shuffles}",
            expected="above 0",
        )
    rng = np.random.default_rng(seed)
    choices = choices.one_by_one()
    options = choices.options
    labels, found, played = [], [], []
    for label, part in choice_groups(choices, by).items():
        first, second, score = _games(part, options)
        if not len(score):
            continue
        labels.append(label)
        found.append(_rated(first, second, score, len(options), k, scale, start, shuffles, rng))
        played.append(np.bincount(np.r_[first, second], minlength=len(options)))
    if not found:
        raise SpecificationError("no valid choice", parameter="choices", got=f"{len(choices)} choices")
    draws = np.stack(found, axis=1)  # (orders, groups, options)
    games = np.stack(played)
    draws[:, games == 0] = np.nan
    lower, upper = np.nanquantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
    keys = ("option",) if by is None else (by, "option")
    index = pd.MultiIndex.from_product([labels, options], names=["group" if by is None else by, "option"])
    frame = index.to_frame(index=False)[list(keys)].assign(
        estimand="Elo rating, mean over orders",
        estimate=np.nanmean(draws, axis=0).ravel(),
        std_error=np.nan,
        lower=lower.ravel(),
        upper=upper.ravel(),
        level=level,
        interval="none",
        n_scored=games.ravel(),
        n_asked=games.ravel(),
        sd_of_orders=np.nanstd(draws, axis=0, ddof=1).ravel() if shuffles > 1 else np.nan,
    )
    meta = make_meta(
        "Elo ratings, mean over shuffled orders of the games",
        {
            "by": by,
            "k": k,
            "scale": scale,
            "start": start,
            "shuffles": shuffles,
            "level": level,
            "unit": "order",
        },
        citations=["Elo (1978)"],
        seed=seed,
        warnings=["the interval is the range over orders of the same games; it holds no sampling error"],
        seconds=time.perf_counter() - started,
    )
    coords = {"option": options} if by is None else {by: labels, "option": options}
    tree = draws_tree("bootstrap", draws[:, 0] if by is None else draws, coords)
    return Result("elo_ratings", frame, keys, meta, tree)


def _games(choices: Choices, options: list[str]) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    frame = choices.frame[choices.frame["status"] == "valid"].sort_values("choice", kind="stable")
    size = frame.groupby("choice")["option"].transform("size")
    if (size != 2).any():
        raise SpecificationError(
            "Elo ratings are of two options at a time",
            parameter="choices",
            got=f"{int(size.max())} options in a choice",
        )
    place = pd.Index(options).get_indexer(pd.Index(frame["option"].astype(str)))
    rank = frame["rank"].astype("Float64").to_numpy(dtype=float, na_value=np.inf)
    one, two = rank[::2], rank[1::2]
    score = np.where(one < two, 1.0, np.where(two < one, 0.0, 0.5))
    return place[::2], place[1::2], score


def _rated(
    first: NDArray[np.intp],
    second: NDArray[np.intp],
    score: Array,
    n: int,
    k: float,
    scale: float,
    start: float,
    shuffles: int,
    rng: np.random.Generator,
) -> Array:
    """Ratings after all games, each row an order of its own; all orders advance together, game by game."""
    order = np.argsort(rng.random((shuffles, len(score))), axis=1).T
    rating = np.full((shuffles, n), start)
    row = np.arange(shuffles)
    for game in order:
        i, j = first[game], second[game]
        expected = 1.0 / (1.0 + 10.0 ** ((rating[row, j] - rating[row, i]) / scale))
        change = k * (score[game] - expected)
        rating[row, i] += change
        rating[row, j] -= change
    return rating
