"""CIVICS: agreement label by label, and what an annotator does whatever the statement."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.raters.agreement import agreement
from valuestats.statistics.agreement import set_distance
from valuestats.statistics.clusters import plan_clusters
from valuestats.statistics.ratios import ratio
from valuestats.tables.units import resampling_units


def label_agreement(
    annotations: pd.DataFrame,
    *,
    by: str = "topic",
    least: int = 10,
    pages: int = 6,
    level: float = 0.95,
    replicates: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Agreement on each label by itself: did an annotator give it to a statement or not.

    Estimand: Krippendorff's nominal alpha of the label's presence, over statements of the topics it occurs in.
    Interval as for `valuestats.agreement`, source pages resampled.

    Parameters
    ----------
    annotations
        As `valuestats.systems.civics.annotations.read_annotations` gives them, spellings harmonised or not.
    by
        Column whose levels a label is asked within; a label of several levels stands under the one where it is given most.
    least
        Labels given to fewer statements are left out.
    pages
        With fewer source pages no interval.
    level, replicates, seed
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        ``factor`` (the level of `by`), ``value`` (the label), the columns of `valuestats.agreement`, ``given`` (statements
        that at least one annotator gave it) and ``specific`` (specific agreement: where one annotator gave it, the share of
        the others who did).

    Raises
    ------
    SpecificationError
        No label is frequent enough.

    References
    ----------
    Krippendorff (2011); Cicchetti and Feinstein (1990) for specific agreement.

    Examples
    --------
    >>> rows = [(f"a{k}", i, ["x"] if i < 10 else ["y"], "t") for i in range(20) for k in range(3)]
    >>> frame = pd.DataFrame(rows, columns=["respondent", "item", "rating", "topic"])
    >>> label_agreement(frame, replicates=0)[["value", "estimate"]].values.tolist()
    [['x', 1.0], ['y', 1.0]]
    """
    known = annotations[annotations["rating"].notna()]
    given = (
        known.explode("rating").groupby(["rating", by], observed=True)["item"].nunique().unstack(fill_value=0)
    )
    parts = []
    for label in given.index[given.sum(axis=1) >= least]:
        levels = list(given.columns[given.loc[label] > 0])
        rows = known[known[by].isin(levels)]
        present = np.array([label in labels for labels in rows["rating"]])
        found = agreement(
            rows.assign(rating=present.astype(int)), level=level, replicates=replicates, seed=seed
        ).estimates
        parts.append(
            found.assign(
                factor=str(given.loc[label].idxmax()),
                value=str(label),
                given=int(given.loc[label].sum()),
                specific=_specific(rows["item"], present),
            )
        )
    if not parts:
        raise SpecificationError(
            "no label is frequent enough",
            parameter="least",
            got=least,
            expected=f"at most {given.sum(axis=1).max()}",
        )
    table = pd.concat(parts, ignore_index=True)
    table.loc[table["n_units"] < pages, ["std_error", "lower", "upper"]] = np.nan
    first = ["factor", "value"]
    return table[[*first, *(c for c in table.columns if c not in first)]].sort_values(
        first, kind="stable", ignore_index=True
    )


def _specific(item: pd.Series, present: np.ndarray) -> float:
    counts = (
        pd.DataFrame({"item": item.to_numpy(), "yes": present}).groupby("item")["yes"].agg(["sum", "size"])
    )
    counts = counts[counts["size"] > 1]
    pairs = (counts["sum"] * (counts["sum"] - 1) / (counts["size"] - 1)).sum()
    return float(pairs / counts["sum"].sum()) if counts["sum"].sum() else float("nan")


def annotator_effects(
    annotations: pd.DataFrame, *, level: float = 0.95, replicates: int = 2000, seed: int = 0
) -> pd.DataFrame:
    """What an annotator does whatever the statement: how many labels, and how near to the others' sets.

    Estimands, over the statements that the annotator and at least one other saw: ``labels``, the mean of the number of
    labels given minus the mean number that the others gave; ``nearness``, the mean of one minus the MASI distance to each
    other. Interval: expanded percentile over bootstrap replicates of the source pages.
    Of fewer than 20 of them the interval is Student's t with the jackknife's error, of fewer than 4 there is none
    (`valuestats.statistics.clusters`).

    Parameters
    ----------
    annotations
        Columns ``respondent, item, rating`` (collections of labels, null where not seen) and optionally ``cluster``.
    level, replicates, seed
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        Per ``respondent`` and ``term``: ``estimate, std_error, lower, upper, level, n_items, n_units``.

    References
    ----------
    Passonneau (2006); Hesterberg (2015).

    Examples
    --------
    >>> rows = [("a", 1, ["x"]), ("b", 1, ["x", "y"]), ("a", 2, ["x"]), ("b", 2, ["x", "y"])]
    >>> frame = pd.DataFrame(rows, columns=["respondent", "item", "rating"])
    >>> annotator_effects(frame, replicates=0).query("term == 'labels'")["estimate"].tolist()
    [-1.0, 1.0]
    """
    known = annotations[annotations["rating"].notna()].reset_index(drop=True)
    items = list(dict.fromkeys(known["item"].astype(str)))
    names = resampling_units(known, items)
    member = pd.Series(names.member, index=items).reindex(known["item"].astype(str)).to_numpy()
    sets = [frozenset(map(str, labels)) for labels in known["rating"]]
    distinct = sorted(set(sets), key=sorted)
    place = {one: k for k, one in enumerate(distinct)}
    code, distances = np.array([place[s] for s in sets]), set_distance(distinct, "masi")
    size = np.array([len(s) for s in sets], dtype=float)
    who = known["respondent"].astype(str).to_numpy()
    extra, near = np.full(len(sets), np.nan), np.full(len(sets), np.nan)
    for rows in known.groupby("item", sort=False).indices.values():
        if len(rows) < 2:
            continue
        others = len(rows) - 1
        extra[rows] = size[rows] - (size[rows].sum() - size[rows]) / others
        near[rows] = 1 - distances[np.ix_(code[rows], code[rows])].sum(axis=1) / others
    parts = []
    for name in sorted(set(who)):
        for term, values in (("labels", extra), ("nearness", near)):
            rows = np.flatnonzero((who == name) & ~np.isnan(values))
            total = np.bincount(member[rows], weights=values[rows], minlength=len(names))
            count = np.bincount(member[rows], minlength=len(names)).astype(float)
            parts.append((name, term, total, count, len(rows)))
    units = [int((count > 0).sum()) for *_, count, _ in parts]
    plan = plan_clusters(len(names), replicates, np.random.default_rng(seed), behind=units)
    found = []
    for (name, term, total, count, n), pages in zip(parts, units, strict=True):
        draws = ratio(plan.with_all @ total, plan.with_all @ count)
        one = plan.finish(draws[1:], draws[0], pages, level)
        ends = float(one.std_error), float(one.lower), float(one.upper)
        found.append((name, term, float(draws[0]), *ends, level, n, pages))
    columns = ["respondent", "term", "estimate", "std_error", "lower", "upper", "level", "n_items", "n_units"]
    return pd.DataFrame(found, columns=columns)
