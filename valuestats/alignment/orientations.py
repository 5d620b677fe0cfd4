"""Value profiles by country against Schwartz's cultural value orientations.

Rank correlations by hand, of all replicates together: SciPy's `spearmanr` takes 20 times as long (docs/choices.md).
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.similarity.conditions import dense_draws
from valuestats.statistics.clusters import Resampled, few_warnings, plan_clusters
from valuestats.statistics.distances import Array
from valuestats.statistics.ratios import ratio

EXPECTED = {
    "embeddedness": ("conformity", "tradition", "security"),
    "hierarchy": ("power",),
    "mastery": ("achievement",),
    "affective autonomy": ("hedonism", "stimulation"),
    "intellectual autonomy": ("self-direction",),
    "egalitarianism": ("benevolence",),
    "harmony": ("universalism",),
}
"""Values of persons that stand nearest to each cultural orientation (Schwartz 2006, table 1 and text)."""

LEAST = 8
"""Fewest countries for a correlation between countries."""


@checked
def orientation_correlations(
    profiles: pd.DataFrame,
    orientations: pd.DataFrame,
    *,
    replicates: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Correlations of the value profiles a model gives countries with the countries' cultural orientations.

    Spearman's correlation over countries between a value's score (of a model that answers for the country) and each
    cultural orientation, for all pairs, with the pairs that Schwartz's theory expects to go together marked. The
    estimand ``expected pairs`` per model is the mean correlation of those minus that of all others, so that a model
    that scores every value higher for some countries gains nothing. Countries are resampled; of fewer than 20 the interval
    is Student's t with the jackknife's error (`valuestats.statistics.clusters`).

    Parameters
    ----------
    profiles
        ``model``, ``country``, ``value`` and ``estimate``: the profile of a model that answers as that country.
    orientations
        ``country`` and one numeric column per orientation, named as in `EXPECTED`; others are used too, as not
        expected.
    replicates, level, seed
        Of the bootstrap over countries.

    Returns
    -------
    Result
        Kind ``"orientations"``, keys ``("model", "value", "orientation")``; ``expected`` marks the pairs. The rows whose
        value and orientation are both "expected pairs" hold the contrast.

    Raises
    ------
    SpecificationError
        A column is missing, a profile stands twice, or fewer than 8 countries in common.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> places = pd.DataFrame({"country": list("abcdefghij"), "hierarchy": np.arange(10.0)})
    >>> profiles = pd.DataFrame({"model": "m", "country": list("abcdefghij"), "value": "power",
    ...     "estimate": np.arange(10.0) ** 2})
    >>> orientation_correlations(profiles, places, replicates=0).estimates["estimate"].tolist()
    [1.0]
    """
    began = time.perf_counter()
    missing = [c for c in ("model", "country", "value", "estimate") if c not in profiles.columns]
    if missing or "country" not in orientations.columns:
        raise SpecificationError(
            "a column is missing",
            parameter="profiles" if missing else "orientations",
            got=", ".join(missing or ["country"]),
            expected="model, country, value, estimate; country and orientations",
        )
    if profiles.duplicated(["model", "country", "value"]).any() or orientations["country"].duplicated().any():
        raise SpecificationError("a country stands twice", parameter="profiles, orientations")
    columns = [c for c in orientations.columns if pd.api.types.is_numeric_dtype(orientations[c])]
    places = orientations.set_index("country")[columns]
    rng = np.random.default_rng(seed)
    rows, draws = [], []
    said = [
        "values of persons and orientations of cultures are different levels: a correlation between countries says "
        "nothing about persons within them"
    ]
    for model, part in profiles.groupby("model", sort=True, observed=True):
        table = part.pivot(index="country", columns="value", values="estimate")
        complete = table.index[table.notna().all(axis=1)]
        common = complete.intersection(places.index[places.notna().all(axis=1)])
        if len(common) < len(table):
            said.append(
                f"{model}: {len(table) - len(common)} countries lack a score or an orientation and are left out"
            )
        if len(common) < LEAST:
            raise SpecificationError(
                "too few countries in common",
                parameter="profiles, orientations",
                got=f"{len(common)} for {model}",
                expected=f"at least {LEAST}",
                hint="countries must be named alike in both tables",
            )
        left = table.loc[common].to_numpy(dtype=float)
        right = places.loc[common].to_numpy(dtype=float)
        values = [str(v) for v in table.columns]
        found = _spearman(left, right)
        plan = plan_clusters(len(common), replicates, rng)
        pick = [np.repeat(np.arange(len(common)), times) for times in plan.weights.astype(np.intp)]
        drawn = np.full((0, *found.shape), np.nan)
        if pick:
            drawn = _spearman(left[np.array(pick)], right[np.array(pick)])
        n = (~np.isnan(left)).astype(int).T @ (~np.isnan(right)).astype(int)
        ends = plan.finish(drawn, found, n, level, correlation=True, within=(-1.0, 1.0))
        wanted = np.array([[v.lower() in EXPECTED.get(o.lower(), ()) for o in columns] for v in values])
        for i, value in enumerate(values):
            for j, orientation in enumerate(columns):
                rows.append(
                    _row(
                        str(model),
                        value,
                        orientation,
                        found[i, j],
                        bool(wanted[i, j]),
                        int(n[i, j]),
                        len(table),
                    )
                    | _interval(ends, (i, j))
                )
                draws.append(ends.draws[:, i, j])
        if wanted.any() and not wanted.all():
            contrast = float(np.nanmean(found[wanted]) - np.nanmean(found[~wanted]))
            apart = _row_means(drawn[:, wanted]) - _row_means(drawn[:, ~wanted])
            ends = plan.finish(apart, contrast, len(common), level, within=(-2.0, 2.0))
            rows.append(
                _row(str(model), "expected pairs", "expected pairs", contrast, True, len(common), len(table))
                | _interval(ends, ())
            )
            draws.append(ends.draws)
    frame = pd.DataFrame(rows).assign(level=level)
    tree = None
    if replicates > 0:
        said += few_warnings(frame.loc[frame["estimate"].notna(), "n_units"], "countries")
        tree = dense_draws("bootstrap", frame, np.stack(draws, axis=1), ("model", "value", "orientation"))
    meta = make_meta(
        "Spearman correlation over countries between value scores and cultural orientations; countries resampled",
        {"replicates": replicates, "level": level},
        citations=(
            "Schwartz (2006), A theory of cultural value orientations: explication and applications",
            "Spearman (1904), The proof and measurement of association between two things",
        ),
        seed=seed,
        warnings=said,
        seconds=time.perf_counter() - began,
    )
    return Result("orientations", frame, ("model", "value", "orientation"), meta, tree)


def _row(
    model: str, value: str, orientation: str, estimate: float, expected: bool, n: int, asked: int
) -> dict[str, object]:
    return {
        "estimand": "correlation over countries"
        if value != "expected pairs"
        else "expected pairs minus the others",
        "model": model,
        "value": value,
        "orientation": orientation,
        "estimate": estimate,
        "expected": expected,
        "n_scored": n,
        "n_asked": asked,
        "n_units": n,
    }


def _interval(found: Resampled, place: tuple[int, ...]) -> dict[str, object]:
    names = ("std_error", "lower", "upper", "interval")
    return {name: getattr(found, name)[place] if place else getattr(found, name).item() for name in names}


def _spearman(left: Array, right: Array) -> Array:
    """Correlations of ranks over the last but one axis between the columns of two (stacks of) tables.

    Shape ``(..., countries, values)`` and ``(..., countries, orientations)`` give ``(..., values, orientations)``; NaN
    where a column is constant.
    """
    a, b = stats.rankdata(left, axis=-2), stats.rankdata(right, axis=-2)
    a, b = a - a.mean(axis=-2, keepdims=True), b - b.mean(axis=-2, keepdims=True)
    above = np.swapaxes(a, -1, -2) @ b
    size = np.sqrt((a**2).sum(axis=-2))[..., :, None] * np.sqrt((b**2).sum(axis=-2))[..., None, :]
    return ratio(above, size)


def _row_means(values: Array) -> Array:
    there = ~np.isnan(values)
    return ratio(np.where(there, values, 0.0).sum(axis=1), there.sum(axis=1))
