"""Differences between groups' trait means."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.resampling import equal_tailed

if TYPE_CHECKING:
    pass


@checked
def compare_groups(found: Result, *, level: float | None = None) -> Result:
    r"""Differences between groups' trait means, with the level of invariance they rest on.

    Estimand: :math:`\mu_g - \mu_h` in trait standard deviations (the geometric mean of the groups'), under the model of
    `measurement_invariance`, anchored on the items whose thresholds do not deviate: their mean deviation in a group counts
    as part of its trait mean, that of the others does not. The sentence states the level, and gives no difference where
    means are not comparable.

    Parameters
    ----------
    found
        Of `measurement_invariance`.
    level
        Probability inside the intervals; that of `found` if not given.

    Returns
    -------
    Result
        Kind ``"group_comparison"``, keys ``("contrast",)``, one row per pair of groups, with ``first``, ``second``,
        ``probability_positive``, ``invariance`` (the level) and ``supported``.

    Raises
    ------
    SpecificationError
        Another kind of result.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats import Sampling, compare_groups, measurement_invariance
    >>> rng = np.random.default_rng(1)
    >>> codes = np.digitize(rng.normal(size=(60, 1)) + rng.logistic(size=(60, 3)), [-1, 1])
    >>> wide = pd.DataFrame(codes, columns=["q1", "q2", "q3"]).rename_axis("respondent").reset_index()
    >>> wide = wide.assign(country=["a", "b"] * 30)
    >>> answers = wide.melt(["respondent", "country"], var_name="item", value_name="rating")
    >>> few = Sampling(draws=400, tune=200)
    >>> found = measurement_invariance(answers, by="country", sampling=few, seed=1, progress=False)
    >>> compare_groups(found).estimates[["first", "second", "supported"]].to_numpy().tolist()
    [['a', 'b', True]]
    """
    if found.kind != "invariance" or found.draws is None:
        raise SpecificationError(
            "another kind of result", parameter="found", got=found.kind, expected="invariance"
        )
    posterior, by = found.draws["posterior"].to_dataset(), found.keys[-1]
    mean = posterior["latent_mean"].to_numpy()
    anchors = [i for i in posterior["item"].to_numpy() if i not in found.meta["invariance"]["threshold"]]
    if anchors:
        shift = posterior["estimate"].sel(parameter="threshold", item=anchors).transpose("draw", "item", by)
        mean = mean - shift.mean("item").to_numpy()
    unit = np.exp(np.log(posterior["latent_sd"].to_numpy()).mean(axis=1))
    groups = [str(g) for g in posterior[by].to_numpy()]
    wanted = level or float(found.estimates["level"].iloc[0])
    n = {r["group"]: int(r["n"]) for r in found.meta["groups"]}
    pairs = list(itertools.combinations(range(len(groups)), 2))
    draws = np.stack([(mean[:, i] - mean[:, j]) / unit for i, j in pairs], axis=1)
    lower, upper = equal_tailed(draws, wanted)
    labels = [f"{groups[i]} - {groups[j]}" for i, j in pairs]
    summary = found.meta["invariance"]
    frame = pd.DataFrame(
        {
            "estimand": "difference of trait means (trait sd)",
            "contrast": labels,
            "first": [groups[i] for i, _ in pairs],
            "second": [groups[j] for _, j in pairs],
            "estimate": draws.mean(axis=0),
            "std_error": draws.std(axis=0, ddof=1),
            "lower": lower,
            "upper": upper,
            "level": wanted,
            "interval": "posterior, equal-tailed",
            "n_scored": [n[groups[i]] + n[groups[j]] for i, j in pairs],
            "n_asked": [n[groups[i]] + n[groups[j]] for i, j in pairs],
            "probability_positive": (draws > 0).mean(axis=0),
            "invariance": summary["level"],
            "supported": summary["supports_means"],
        }
    )
    meta = make_meta(
        "differences of trait means under a graded response model with deviations by group",
        {**found.meta["specification"], "level": wanted},
        citations=found.meta["citations"],
        seed=found.meta["seed"],
        gate=found.meta["gate"],
        warnings=found.meta["warnings"],
        invariance=summary,
    )
    return Result(
        "group_comparison", frame, ("contrast",), meta, draws_tree("posterior", draws, {"contrast": labels})
    )
