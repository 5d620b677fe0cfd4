"""What the rule of the keys changes in the ranking of models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.errors import SpecificationError
from valuestats.results.result import Result
from valuestats.statistics.ranking import posterior_ranks
from valuestats.statistics.resampling import equal_tailed


def ranks_by_rule(scores: Mapping[str, Result], *, level: float = 0.95) -> pd.DataFrame:
    """Rank of every model on every dimension under each rule of the keys, with its interval.

    Parameters
    ----------
    scores
        Scores by rule, each as `valuestats.score` returns them with replicates; the first is what the
        others are held against.
    level
        Probability inside the ranks' intervals.

    Returns
    -------
    pandas.DataFrame
        Per ``rule, model, dimension``: ``rank`` (1 = highest, ties share the mean), ``rank_lower``,
        ``rank_upper``, ``shift`` (rank minus the first rule's; null where the first has none) and ``n_items``.

    Examples
    --------
    ::

        scores = {"r > .30": score(responses, keyed, family="pvq"), "FDR": score(responses, fewer, family="pvq")}
        ranks_by_rule(scores)
    """
    _require(scores)
    parts = []
    for rule, result in scores.items():
        ranks = result.rank("model", level=level)
        ranks = ranks.merge(result.estimates[["model", "dimension", "n_items"]], on=["model", "dimension"])
        parts.append(ranks.assign(rule=rule))
    frame = pd.concat(parts, ignore_index=True)
    first = parts[0][["model", "dimension", "rank"]].rename(columns={"rank": "first"})
    frame = frame.merge(first, on=["model", "dimension"], how="left")
    frame["shift"] = frame["rank"] - frame["first"]
    columns = ["rule", "model", "dimension", "rank", "rank_lower", "rank_upper", "shift", "n_items"]
    return frame[columns]


def compare_rankings(scores: Mapping[str, Result], *, level: float = 0.95) -> pd.DataFrame:
    r"""Agreement of the models' order under each rule of the keys with their order under the first.

    Per dimension: Kendall's :math:`\tau_b` between both orders, beside ``noise``, the :math:`\tau_b` between
    the first rule's order and the orders of its own bootstrap replicates (other queries, the same keys). An
    agreement within the noise's interval is a change that other queries would have made too.

    Parameters
    ----------
    scores, level
        As for `ranks_by_rule`.

    Returns
    -------
    pandas.DataFrame
        Per ``rule`` (all but the first) and ``dimension``: ``n_models``, ``n_items``, ``n_items_first``,
        ``tau``, ``noise`` (median), ``noise_lower``, ``noise_upper``, ``largest_shift`` (places, of the model
        named in ``model``), ``outside`` (models whose rank leaves the first rule's interval) and ``verdict``
        (``"beyond noise"`` where tau lies below the noise's interval; ``"noise unknown"`` below four
        queries; ``"no keys"`` where the rule leaves none).

    References
    ----------
    Kendall (1938).

    Examples
    --------
    ::

        compare_rankings({"r > .30": by_threshold, "FDR": by_fdr})
    """
    _require(scores)
    names = list(scores)
    first = scores[names[0]]
    points, draws = _tables(first)
    ranks = first.rank("model", level=level).set_index(["dimension", "model"])
    items = {
        name: r.estimates.groupby("dimension", observed=True)["n_items"].max() for name, r in scores.items()
    }
    rows = []
    for dimension in points.columns:
        base = points[dimension].to_numpy()
        tau = _taus(base, draws[:, :, points.columns.get_loc(dimension)])
        lower, upper = equal_tailed(tau, level)
        interval = ranks.xs(dimension, level="dimension").reindex(points.index)
        place = posterior_ranks(base[None])[0]
        for name in names[1:]:
            row = {
                "rule": name,
                "dimension": dimension,
                "n_models": len(base),
                "n_items_first": int(items[names[0]][dimension]),
                "n_items": int(items[name].get(dimension, 0)),
                "noise": float(np.nanmedian(tau)) if not np.isnan(tau).all() else float("nan"),
                "noise_lower": float(lower),
                "noise_upper": float(upper),
            }
            rows.append({**row, **_change(scores[name], dimension, points.index, base, place, interval, row)})
    return pd.DataFrame(rows)


def _change(
    other: Result,
    dimension: str,
    models: pd.Index,
    base: np.ndarray,
    place: np.ndarray,
    interval: Any,
    row: dict[str, object],
) -> dict[str, object]:
    frame = other.estimates[other.estimates["dimension"] == dimension].set_index("model")["estimate"]
    if frame.empty:
        return {"tau": np.nan, "largest_shift": np.nan, "model": "", "outside": np.nan, "verdict": "no keys"}
    values = frame.reindex(models).to_numpy(dtype=float)
    now = posterior_ranks(values[None])[0]
    shift = now - place
    largest = int(np.nanargmax(np.abs(shift)))
    outside = (now < interval["rank_lower"].to_numpy()) | (now > interval["rank_upper"].to_numpy())
    tau = float(stats.kendalltau(base, values, nan_policy="omit").statistic)
    noise = float(str(row["noise_lower"]))
    verdict = "noise unknown" if np.isnan(noise) else "beyond noise" if tau < noise else "within noise"
    return {
        "tau": tau,
        "largest_shift": float(shift[largest]),
        "model": str(models[largest]),
        "outside": int(outside.sum()),
        "verdict": verdict,
    }


def _taus(base: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Kendall's tau-b of one order with each row of `draws`, all at once by signs of pairs."""
    one, two = np.triu_indices(len(base), 1)
    signs = np.sign(base[one] - base[two])
    apart = np.sign(draws[:, one] - draws[:, two])
    complete = ~np.isnan(apart).any(axis=1)
    untied = np.sqrt((signs != 0).sum() * (apart != 0).sum(axis=1))
    return np.divide(apart @ signs, untied, out=np.full(len(draws), np.nan), where=complete & (untied > 0))


def _tables(result: Result) -> tuple[pd.DataFrame, np.ndarray]:
    """Point estimates (models x dimensions) and replicates (draw, models, dimensions) in the same order."""
    replicates = result.replicates().transpose("draw", "model", "dimension")
    points = result.estimates.assign(
        model=result.estimates["model"].astype(str), dimension=result.estimates["dimension"].astype(str)
    ).pivot(index="model", columns="dimension", values="estimate")
    models, dimensions = (replicates[k].to_numpy() for k in ("model", "dimension"))
    return points.reindex(index=models, columns=dimensions), replicates.to_numpy()


def _require(scores: Mapping[str, Result]) -> None:
    if len(scores) < 2:
        raise SpecificationError(
            "nothing to compare", parameter="scores", got=f"{len(scores)} rules", expected="at least two"
        )
