"""What the page needs besides the verbs' own results: nearest nations, and how nations stand to each other."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.results.pairs import rank_sets
from valuestats.results.result import Result


def nearest_nations(distances: Result) -> pd.DataFrame:
    """The nearest and the farthest nation of each model, and how many nations may be the nearest.

    Parameters
    ----------
    distances
        `valuestats.norm_distances`.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``nearest`` with ``distance``, ``lower``, ``upper``, ``baseline`` and the dimension that adds most
        (``farthest``, ``farthest_z``), ``last`` with ``last_distance``, and ``open``: nations that may be the nearest by
        rank sets that hold with 95% for all nations of the model at once; ``n_scored``, ``n_asked``.
    """
    frame = distances.estimates.dropna(subset="estimate")
    sets = rank_sets(distances, "group")
    rows = []
    for model, own in frame.groupby("model", sort=False):
        distance = own["estimate"].to_numpy()
        near, far = own.iloc[int(distance.argmin())], own.iloc[int(distance.argmax())]
        places = sets[sets["model"] == model]
        columns = ["lower", "upper", "baseline", "farthest", "farthest_z", "n_scored", "n_asked"]
        rows.append(
            {
                "model": model,
                "nearest": near["group"],
                "distance": near["estimate"],
                **near[columns].to_dict(),
                "last": far["group"],
                "last_distance": far["estimate"],
                "open": int((places["worst"] == len(places)).sum()),
            }
        )
    return pd.DataFrame(rows)


def nation_distances(norms: pd.DataFrame) -> pd.DataFrame:
    """Distance of each nation's means from each other nation's people, in these people's standard deviations.

    Returns
    -------
    pandas.DataFrame
        ``group`` (whose people are the measure), ``other``, ``distance``.
    """
    mean, sd = (norms.pivot(index="group", columns="dimension", values=c) for c in ("mean", "sd"))
    z = (mean.to_numpy()[None] - mean.to_numpy()[:, None]) / sd.to_numpy()[:, None]
    distance = np.sqrt((z**2).mean(axis=2))
    names = mean.index.astype(str).to_numpy()
    long = pd.DataFrame(
        {
            "group": np.repeat(names, len(names)),
            "other": np.tile(names, len(names)),
            "distance": distance.ravel(),
        }
    )
    return long[long["group"] != long["other"]].reset_index(drop=True)
