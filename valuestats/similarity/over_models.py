"""Similarity to each group of several models together: which group is represented worst by all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted, listed
from valuestats.results.joint import joint
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result

_COUNTS = ("n_scored", "n_questions", "n_units", "n_answers", "n_people", "n_ceiling")


@checked
def mean_over_models(result: Result) -> Result:
    r"""The mean over models of their similarity to each group, from the replicates that they share.

    .. math:: \bar s_c = \frac1M \sum_m s_{mc}

    The models are those that were asked, and no sample of others. The replicates of a group are the means of the models'
    replicates, which resample the same questions (and people), so that what the models share does not average out; the
    interval is made of them as that of each model is. Differences between groups, ranks and the verdict follow:
    ``mean_over_models(found).contrasts("group")`` tells which groups the models represent worse than others.

    Parameters
    ----------
    result
        Of `country_similarity` or `demographic_alignment`, of two models or more, with replicates.

    Returns
    -------
    Result
        Of the same kind, with one model, "the mean of M models". Marks such as ``baseline`` and ``ceiling`` are means as
        well, numbers such as ``n_scored`` and ``n_answers`` those of the model that has the fewest.

    Raises
    ------
    SpecificationError
        Another kind of result, a single model, no replicates, no group that all models were compared with.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.similarity.country import country_similarity
    >>> from valuestats.tables import Population
    >>> def table(name, yes):
    ...     return pd.DataFrame([(name, f"q{k}", o, n, abs(n - x)) for k, x in enumerate(yes) for n, o in enumerate("yn")],
    ...         columns=["group", "question", "option", "position", "share"])
    >>> models = Population(pd.concat([table("a", [0.8] * 30), table("b", [0.6, 0.7] * 15)]))
    >>> found = country_similarity(models, Population(table("Chile", [0.5] * 30)), replicates=200)
    >>> each, both = found.estimates["estimate"], mean_over_models(found).estimates["estimate"]
    >>> bool(abs(each.mean() - both.iloc[0]) < 1e-12)
    True
    """
    models = sorted(set(result.estimates["model"].astype(str))) if "model" in result.keys else []
    if result.keys != ("model", "group") or len(models) < 2:
        raise SpecificationError(
            "no similarities of several models",
            parameter="result",
            got=f"{result.kind}, {counted(len(models), 'model')}",
            expected="what country_similarity or demographic_alignment returned, of two models or more",
        )
    drawn = joint(result, ["group", "model"])
    points = result.points().transpose("group", "model")
    here = ~np.isnan(points.to_numpy()).any(axis=1)
    groups = [str(g) for g, kept in zip(points["group"].to_numpy(), here, strict=True) if kept]
    if not groups:
        raise SpecificationError(
            "no group that all models were compared with",
            parameter="result",
            got=listed(models[:8]),
            hint="compare the answers without a persona: match='default'",
        )
    level = float(result.estimates["level"].iloc[0])
    together = drawn.combined(np.full((1, points.shape[1]), 1 / points.shape[1]))
    lower, upper, error = (end[here, 0] for end in together.alone(level))
    frame = result.estimates.assign(group=result.estimates["group"].astype(str))
    frame = frame[frame["group"].isin(groups)]
    by_group = frame.groupby("group", sort=False)
    table = by_group.first().reset_index()
    means = [c for c in frame.select_dtypes("number").columns if not c.startswith("n_") and c != "level"]
    for column in means:
        table[column] = by_group[column].mean().reindex(table["group"]).to_numpy()
    for column in (c for c in _COUNTS if c in frame.columns):
        table[column] = by_group[column].min().reindex(table["group"]).to_numpy()
    table["n_asked"] = by_group["n_asked"].max().reindex(table["group"]).to_numpy()
    name = f"the mean of {len(models)} models"
    place = [groups.index(g) for g in table["group"]]
    table["model"], table["estimand"] = name, f"{frame['estimand'].iloc[0]}, mean over models"
    table["std_error"], table["lower"], table["upper"] = (
        error[place],
        lower[place],
        np.minimum(upper[place], 1.0),
    )
    table["interval"] = np.where(np.isnan(table["lower"]), "none", table["interval"])
    lost = sorted({str(g) for g in points["group"].to_numpy()} - set(groups))
    told = [f"left out, as not every model was compared with it: {g}" for g in lost]
    meta = {
        **result.meta,
        "method": f"{result.meta['method']}; mean over models",
        "specification": {**result.meta["specification"], "models": models},
        "warnings": [*result.meta["warnings"], *told],
    }
    tree = draws_tree(
        "bootstrap", together.values[:, here, 0][:, None, :], {"model": [name], "group": groups}
    )
    return replace(result, estimates=table[list(result.estimates.columns)], meta=meta, draws=tree)
