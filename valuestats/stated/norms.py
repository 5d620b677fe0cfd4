"""How far a model's scores lie from the people of each nation, of whom means and standard deviations are known."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pandera.pandas as pa
from scipy import stats

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import one_spelling
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.stated.measured import measured
from valuestats.stated.uncertain import products
from valuestats.statistics.clusters import FEW, LEAST
from valuestats.statistics.fitted_draws import Fit, drawn_together
from valuestats.tables.schema import require_unique, validate

NORMS = pa.DataFrameSchema(
    {
        "group": pa.Column(nullable=False, description="the group's name, not null"),
        "dimension": pa.Column(nullable=False, description="the dimension's name, not null"),
        "mean": pa.Column(float, nullable=False, coerce=True, description="a number"),
        "sd": pa.Column(float, pa.Check.gt(0), nullable=False, coerce=True, description="a number above 0"),
    },
    strict=False,
)


@checked
def norm_distances(
    scores: Result,
    norms: pd.DataFrame,
    *,
    middle: float | None = None,
    draws: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""Distance of each model from the people of each nation, measured in those people's own spread.

    Estimand: :math:`D_{mg} = \sqrt{\frac1K\sum_k (x_{mk} - \mu_{gk})^2/\sigma_{gk}^2}`, with :math:`\mu` and
    :math:`\sigma` the mean and standard deviation of the group's people on dimension k. A person drawn from the group has
    a mean square of exactly 1, however the dimensions correlate: below 1 a model is nearer to the group's middle than its
    people are, above 1 farther. What the errors of the model's scores add to the square is taken off; a square that is
    then below 0 counts as 0. The interval is that of the square (its variance at the estimates, Student's t over the
    items), its ends drawn to 0 or more. The norms are taken as known.

    Parameters
    ----------
    scores
        Scores of two keys with draws, the model and the dimension (`valuestats.score`, ``form="raw"``).
    norms
        ``group``, ``dimension``, ``mean``, ``sd``; the scale is that of the scores.
    middle
        Score of somebody who answers uniformly: the middle of the scale. Its distance is ``baseline``.
    draws, seed
        Draws of the distance from the normal approximation, for contrasts and ranks.
    level
        Probability inside the intervals.

    Returns
    -------
    Result
        Kind ``"norm_distances"``, keys ``("model", "group")``: ``estimate``, ``baseline``, ``farthest`` (the dimension
        that adds most) with ``farthest_z``.

    Raises
    ------
    SpecificationError
        No dimension, or not every one, stands in the norms of each group.
    InputError
        A group's dimension stands twice, or a standard deviation is not above 0.

    References
    ----------
    Mahalanobis (1936) with a diagonal covariance (standardised Euclidean distance); Searle (1971), Linear Models.

    Examples
    --------
    >>> from valuestats import norm_distances, score
    >>> from valuestats.systems.stated_revealed.release import read_mfq2, read_nation_norms
    >>> answers = read_mfq2("data/demo/llm_values_survey_self_report.csv.gz")  # simulated
    >>> norms = read_nation_norms("data/demo/atari_2023_per_nation.csv.gz")  # simulated
    >>> found = norm_distances(score(answers, "mfq2", form="raw", replicates=100), norms, middle=3.0).estimates
    >>> found[["model", "group", "estimate", "baseline"]].round(1).head(2).to_numpy().tolist()
    [['simulated/apart', 'Nation A', 1.1, 0.5], ['simulated/apart', 'Nation B', 1.0, 0.4]]
    """
    started = time.perf_counter()
    table = validate(norms, NORMS, table="norms")
    require_unique(table, ["group", "dimension"], table="norms")
    found = measured(scores, "model", None, None, "scores")
    names = table["dimension"].astype(str)
    names = names.map(one_spelling(names, found.values))
    groups = list(dict.fromkeys(table["group"].astype(str)))
    grid = [
        table.assign(group=table["group"].astype(str), dimension=names).pivot(
            index="group", columns="dimension", values=c
        )
        for c in ("mean", "sd")
    ]
    lost = sorted(set(found.values) - set(names))
    if lost or grid[0].reindex(columns=list(found.values)).isna().to_numpy().any():
        raise SpecificationError(
            "a dimension without a norm in every group",
            parameter="norms",
            got=", ".join(sorted(set(names))),
            expected=", ".join(found.values),
        )
    mean, sd = (g.reindex(index=groups, columns=list(found.values)).to_numpy(dtype=float) for g in grid)
    enough = found.degrees >= LEAST - 1
    reach = np.where(enough, stats.t.ppf((1 + level) / 2, np.where(enough, found.degrees, 1.0)), np.nan)
    rng = np.random.default_rng(seed)
    rows, drawn = [], np.full((draws, len(found.models), len(groups)), np.nan)
    for m, model in enumerate(found.models):
        influence, t = found.influence[:, m], float(reach[m])
        v = influence.T @ influence
        own = Fit(np.zeros(influence.shape[1]), np.arange(len(influence)), influence, float(found.degrees[m]))
        normal = drawn_together([own], draws, rng)[0]
        for g, group in enumerate(groups):
            z = (found.estimate[m] - mean[g]) / sd[g]
            scaled = v / np.outer(sd[g], sd[g])
            form = np.eye(len(z)) / len(z)
            squares, covariance = products(z, scaled, form[None])
            square, error = float(squares[0]), float(np.sqrt(covariance[0, 0]))
            centre = np.sqrt(max(square, 0.0))
            drawn[:, m, g] = np.sqrt(np.maximum(square + 2 * (normal / sd[g]) @ z / len(z), 0.0))
            worst = int(np.argmax(np.abs(z))) if np.isfinite(z).all() else 0
            rows.append(
                {
                    "model": model,
                    "group": group,
                    "estimate": centre if np.isfinite(square) else np.nan,
                    "std_error": error / (2 * centre) if centre > 0 else np.nan,
                    "lower": np.sqrt(max(square - t * error, 0.0)) if np.isfinite(t * square) else np.nan,
                    "upper": np.sqrt(max(square + t * error, 0.0)) if np.isfinite(t * square) else np.nan,
                    "baseline": np.nan
                    if middle is None
                    else float(np.sqrt((((middle - mean[g]) / sd[g]) ** 2).mean())),
                    "farthest": found.values[worst],
                    "farthest_z": float(z[worst]),
                    "n_units": int(found.degrees[m] + 1)
                    if np.isfinite(found.degrees[m])
                    else int(found.scored[m]),
                    "df": found.degrees[m] if np.isfinite(found.degrees[m]) else np.nan,
                    "n_scored": int(found.scored[m]),
                    "n_asked": int(found.asked[m]),
                }
            )
    frame = pd.DataFrame(rows).assign(
        estimand="distance in standard deviations of the group's people", level=level
    )
    frame["interval"] = np.where(frame["lower"].notna(), "Wald", "none")
    notes = list(found.notes)
    fewest = int(frame["n_units"].min())
    if fewest < FEW and not any("fewer than" in n for n in notes):
        notes.append(f"{fewest} items behind a dimension: errors over so few are rough")
    meta = make_meta(
        "standardised Euclidean distance from means and standard deviations, noise of the scores taken off",
        {"middle": middle, "level": level, "draws": draws, "unit": "item"},
        citations=("Mahalanobis (1936)", "Searle (1971), Linear Models"),
        seed=seed,
        warnings=notes,
        seconds=time.perf_counter() - started,
        dimensions=list(found.values),
        student="df",
    )
    tree = draws_tree("posterior", drawn, {"model": list(found.models), "group": groups})
    return Result("norm_distances", frame, ("model", "group"), meta, tree)
