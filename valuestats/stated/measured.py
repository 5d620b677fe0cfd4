"""Profiles over values of each model with their errors, from choices or from results, one beside the other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted as counted_words
from valuestats.choice.counted import Counted, counted_sets
from valuestats.choice.maximum_likelihood import Maximum, maximise
from valuestats.choice.pairs import PairSets
from valuestats.choice.sets import ChoiceSets
from valuestats.choice.strengths import choice_groups
from valuestats.results.result import Result
from valuestats.tables.choices import Choices

Array = NDArray[np.float64]
_ALONE = 1e6


@dataclass(frozen=True)
class Measured:
    """One way to measure what models value.

    Attributes
    ----------
    models, values
        Names.
    estimate
        Shape ``(models, values)``, NaN where there is none.
    influence
        What each unit adds to each estimate, shape ``(units, models, values)``: their sum of squares is the covariance.
    units
        Names of the units; those of the same name in another measure are the same unit.
    degrees
        Degrees of freedom of the errors, by model.
    scored, asked, ranked
        Valid answers, those asked for, and those that put one value before another; by model.
    notes
        What a reader must know.
    drawn
        Whether the units are draws, whose number says nothing of the degrees of freedom.
    """

    models: tuple[str, ...]
    values: tuple[str, ...]
    estimate: Array
    influence: Array
    units: tuple[str, ...]
    degrees: Array
    scored: Array
    asked: Array
    ranked: Array
    notes: list[str] = field(default_factory=list)
    drawn: bool = False


def measured(
    source: Choices | Result, by: str, cluster: str | None, prior_sd: float | None, what: str
) -> Measured:
    """Profiles from choices (strengths) or from a result with draws.

    Raises
    ------
    SpecificationError
        A result without draws or with other keys than two, one of them `by`; see also `valuestats.choice_strengths`.
    """
    if isinstance(source, Choices):
        return _of_choices(source, by, cluster, prior_sd, what)
    if by not in source.keys or len(source.keys) != 2:
        raise SpecificationError(
            "not a result of values by model",
            parameter=what,
            got=", ".join(source.keys),
            expected=f"{by} and one more key",
        )
    return _of_result(source, by, what)


def _of_choices(
    choices: Choices, by: str, cluster: str | None, prior_sd: float | None, what: str
) -> Measured:
    # a prior is one more unit for each parameter: its share in the error is what shrinking does on average
    options = choices.options
    place = {o: k for k, o in enumerate(options)}
    names, rows, parts, kept, degrees, notes = [], [], [], [], [], []
    for label, part in choice_groups(choices, by).items():
        frame = part.frame.drop_duplicates("choice")
        times = frame["count"].to_numpy(dtype=float) if "count" in frame.columns else np.ones(len(frame))
        valid = (frame["status"] == "valid").to_numpy()
        if not valid.any():
            notes.append(f"{label}: none of {counted_words(len(part), 'choice')} was made; left out")
            continue
        counts = counted_sets(part, ties=True, position=_placed(part), cluster=cluster)
        fit = maximise(counts.sets, len(counts.options), 0.0 if prior_sd is None else prior_sd**-2)
        n = len(counts.options)
        where = [place[o] for o in counts.options]
        row = np.full(len(options), np.nan)
        row[where] = fit.beta[:n]
        if cluster is None:
            values, vectors = np.linalg.eigh(fit.covariance[:n, :n])
            own = (vectors * np.sqrt(np.maximum(values, 0.0))).T
            units = [f"{what} {label} {k}" for k in range(n)]
        else:
            own = _influence(counts, fit)[:, :n]
            units = list(counts.clusters)
            if prior_sd is not None:
                own = np.vstack([own, fit.covariance[:, :n] / prior_sd])
                units += [f"{what} prior of {label} {k}" for k in range(len(fit.covariance))]
        wide = np.zeros((len(own), len(options)))
        wide[:, where] = own
        other = (
            frame["outcome"].notna().to_numpy()
            if "outcome" in frame.columns
            else np.zeros(len(frame), dtype=bool)
        )
        names.append(label)
        degrees.append(np.inf if cluster is None else len(counts.clusters) - 1)
        rows.append(row)
        parts.append((units, wide))
        kept.append([times[valid].sum(), times.sum(), times[valid & ~other].sum()])
    if not names:
        raise SpecificationError("no valid choice", parameter="choices", got=f"{len(choices)} choices")
    every = sorted({u for units, _ in parts for u in units})
    at = {u: k for k, u in enumerate(every)}
    influence = np.zeros((len(every), len(names), len(options)))
    for m, (units, wide) in enumerate(parts):
        influence[[at[u] for u in units], m] = wide
    total, df = np.array(kept), np.array(degrees, dtype=float)
    return Measured(
        tuple(names),
        tuple(options),
        np.array(rows),
        influence,
        tuple(every),
        df,
        total[:, 0],
        total[:, 1],
        total[:, 2],
        notes,
    )


def _influence(counts: Counted, fit: Maximum) -> Array:
    """What leaving out each cluster changes in each parameter, by one Newton step, over the root of G/(G-1).

    Their sum of squares is the jackknife's covariance: scores at the maximum alone are too small with few clusters, as each
    cluster has pulled the estimate towards itself (Bell and McCaffrey 2002).
    """
    g = len(counts.clusters)
    scores = counts.sets.scores(fit.beta, counts.taken)
    taken = counts.taken.toarray()
    here = np.stack([_of_cluster(counts.sets, row).derivatives(fit.beta)[2] for row in taken])
    without = np.eye(scores.shape[1]) - here @ fit.covariance
    alone = np.linalg.cond(without) > _ALONE  # a cluster that alone says what an option is worth
    without[alone] = np.eye(scores.shape[1])
    out = np.linalg.solve(without, scores[:, :, None])[:, :, 0] @ fit.covariance
    return np.asarray(out * np.sqrt((g - 1) / g))


def _of_cluster(sets: PairSets | ChoiceSets, taken: Array) -> PairSets | ChoiceSets:
    """The sets that one cluster met, with its counts."""
    if isinstance(sets, ChoiceSets):
        return replace(sets, count=taken)
    table = taken.reshape(len(sets.first), -1)
    met = table.any(axis=1)
    return replace(
        sets, count=table[met].ravel(), first=sets.first[met], second=sets.second[met], extra=sets.extra[met]
    )


def _placed(choices: Choices) -> bool:
    """Whether the place of an option is known and varies between options, so that it can be modelled."""
    frame = choices.frame[choices.frame["status"] == "valid"]
    if "position" not in frame.columns or frame["position"].isna().any():
        return False
    share = (frame["position"] == 1).groupby(frame["option"]).mean()
    return bool(share.max() < 1 and share.min() > 0)


def _of_result(source: Result, by: str, what: str) -> Measured:
    key = next(k for k in source.keys if k != by)
    frame = source.estimates.astype({by: str, key: str})
    models, values = (tuple(dict.fromkeys(frame[k])) for k in (by, key))
    grid = {
        c: frame.pivot(index=by, columns=key, values=c).reindex(index=models, columns=values)
        for c in ("estimate", "std_error")
    }
    draws = source.replicates().transpose("draw", by, key)
    held = [[str(x) for x in draws[k].to_numpy()] for k in (by, key)]
    took = draws.to_numpy()[:, [held[0].index(m) for m in models]][:, :, [held[1].index(v) for v in values]]
    seen = np.isfinite(took)
    n = np.maximum(seen.sum(axis=0), 1)
    away = np.where(seen, took - np.where(seen, took, 0.0).sum(axis=0) / n, 0.0)
    spread = np.sqrt((away**2).sum(axis=0) / n)
    error = np.nan_to_num(grid["std_error"].to_numpy(dtype=float))
    # draws of Student's t are wider than the error they stand for
    influence = away * np.divide(error, spread, out=np.zeros_like(spread), where=spread > 0) / np.sqrt(n)
    units = (
        frame.groupby(by, sort=False)["n_units"].min().reindex(models)
        if "n_units" in frame.columns
        else np.inf
    )
    total = [
        frame.groupby(by, sort=False)[c].sum().reindex(models).to_numpy(dtype=float)
        for c in ("n_scored", "n_asked")
    ]
    return Measured(
        models,
        values,
        grid["estimate"].to_numpy(dtype=float),
        influence,
        tuple(f"{what} draw {k}" for k in range(len(took))),
        np.broadcast_to(np.asarray(units, dtype=float) - 1, len(models)),
        total[0],
        total[1],
        total[0],
        list(source.meta["warnings"]),
        drawn=True,
    )
