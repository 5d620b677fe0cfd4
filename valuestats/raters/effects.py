"""Raters side by side: how lenient each is, and how far its ratings go with those of the others."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import counted, listed
from valuestats.raters.additive import Rated, correlations, leniency, means_of_others, step_down
from valuestats.raters.labels import is_blank
from valuestats.raters.rating_table import RATINGS, numbers_of
from valuestats.results.meta import make_meta
from valuestats.results.result import Result
from valuestats.statistics.clusters import LEAST, plan_clusters, random_lots
from valuestats.statistics.multiplicity import adjusted_p
from valuestats.tables import Ratings
from valuestats.tables.far_codes import far_notes
from valuestats.tables.schema import require_unique, validate
from valuestats.tables.units import resampling_units

LENIENCY, CONSISTENCY = "leniency", "consistency"
APART = 0.05
"""Adjusted p-value below which a rater is said to stand apart."""


@checked
def rater_effects(
    ratings: pd.DataFrame | Ratings, *, level: float = 0.95, replicates: int = 2000, seed: int = 0
) -> Result:
    r"""How lenient each rater is, and how far its ratings go with those of the others, whichever items each rated.

    Estimands, with :math:`y_{ir} = \alpha_i + \beta_r + \varepsilon_{ir}` and :math:`\sum_r \beta_r = 0` over the raters:

    - ``leniency``: :math:`\beta_r`, how many points a rater lies above the mean of all raters on the same items (severity
      where it is negative), by least squares. Variances are those of the cluster-robust sandwich, items (or their clusters)
      as units, times :math:`m_r/(m_r-1)` with the :math:`m_r` units that r rated in; intervals are Student's t with
      :math:`m_r - 1` degrees, none below four units.
    - ``consistency``: the correlation over the items that r rated between :math:`y_{ir}` and the mean of what the others
      gave to the item, less their :math:`\beta`. It is low where the rater, or the others, are noisy, negative where the
      scale is turned round. Intervals resample the units.

    ``p`` of leniency is of :math:`\beta_r = 0`; ``p`` of consistency of the same correlation (Fisher's z, of independent
    items) as the mean of the other raters'. All tests of a result are one family by Holm's rule. An odd rater moves the mean
    that all are held against: it leaves, and the others are tested among themselves, step by step, while more than half of
    all are left. Estimates and intervals are of all raters as they are.

    Parameters
    ----------
    ratings
        One row per rating: ``respondent`` (the rater), ``item``, ``rating`` (a number), optionally ``cluster``; or a
        `Ratings` table. Null ratings and items that one rater rated alone are left out.
    level, replicates, seed
        Of the intervals; with ``replicates=0`` consistency has none.

    Returns
    -------
    Result
        Kind ``"rater_effects"``, keys ``("rater", "measure")``: besides, ``rest`` (of consistency the mean of the
        others who don't stand apart), ``p``, ``p_adjusted``, ``n_scored`` ratings of ``n_asked`` rows, ``n_units``.

    Raises
    ------
    InputError
        A missing column, a rater who rated an item twice, a rating that is no number.
    SpecificationError
        Fewer than two raters; raters who share no item, directly or through others, with the rest.

    References
    ----------
    Searle, Casella and McCulloch (1992) for the additive model; Liang and Zeger (1986) for the sandwich; Fisher (1921);
    Holm (1979). Of ordinal ratings and latent traits this is Linacre's (1989) rater severity on the scale of the ratings.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [(r, i, 1 + (i + step) % 4 + shift) for i in range(12)
    ...     for r, shift, step in (("ann", 0, 0), ("bob", 1, 0), ("cy", -1, 0))]
    >>> frame = pd.DataFrame(rows, columns=["respondent", "item", "rating"])
    >>> found = rater_effects(frame, replicates=0).estimates
    >>> found.loc[found["measure"] == "leniency", ["rater", "estimate"]].round(2).to_numpy().tolist()
    [['ann', 0.0], ['bob', 1.0], ['cy', -1.0]]
    """
    started = time.perf_counter()
    table = _table(ratings.frame if isinstance(ratings, Ratings) else ratings)
    lenient = leniency(table)
    z = table.rating - lenient.estimate[table.rater]
    others = means_of_others(table, z)
    rng = np.random.default_rng(seed)
    lots = random_lots(table.units, rng)
    plan = plan_clusters(int(lots.max()) + 1, replicates, rng, behind=table.behind)
    values = correlations(table, z, others, plan.with_all, lots)
    found = plan.finish(
        values[1:], values[0], table.behind, level, correlation=True, within=(-1.0, 1.0), what=table.unit
    )
    own = pd.DataFrame(
        {"rater": table.names, "n_scored": table.n_scored, "n_asked": table.n_asked, "n_units": table.behind}
    )
    known, degrees = table.behind >= LEAST, np.maximum(table.behind - 1, 1)
    error = np.where(known, lenient.error * np.sqrt(table.behind / degrees), np.nan)
    reach = stats.t.ppf((1 + level) / 2, degrees) * error
    tests = step_down(table, APART)
    first = own.assign(
        estimand="points above all raters on the same items",
        measure=LENIENCY,
        estimate=lenient.estimate,
        std_error=error,
        lower=lenient.estimate - reach,
        upper=lenient.estimate + reach,
        interval=np.where(known, "Student's t, cluster-robust", "none"),
        rest=np.nan,
        p=tests.leniency,
    )
    second = own.assign(
        estimand="correlation with the other raters' mean",
        measure=CONSISTENCY,
        estimate=values[0],
        std_error=found.std_error,
        lower=found.lower,
        upper=found.upper,
        interval=found.interval,
        rest=tests.rest,
        p=tests.consistency,
    )
    frame = pd.concat([first, second], ignore_index=True).assign(level=level)
    frame["p_adjusted"] = adjusted_p(frame["p"].to_numpy(dtype=float), "holm")
    order = ["estimand", "rater", "measure", "estimate", "std_error", "lower", "upper", "level", "interval"]
    frame = frame[[*order, "n_scored", "n_asked", "n_units", "rest", "p", "p_adjusted"]]
    meta = make_meta(
        "additive model of items and raters; correlations with the other raters' mean",
        {"level": level, "replicates": replicates, "unit": table.unit.removesuffix("s")},
        citations=("Liang & Zeger (1986)", "Fisher (1921)", "Holm (1979)"),
        seed=seed,
        warnings=[*table.notes, *far_notes(table.rating, "rating"), *found.warnings],
        seconds=time.perf_counter() - started,
        n_items=table.items,
        caption="How lenient each rater is, and how far it goes with the others",
    )
    frame = frame.sort_values("rater", kind="stable", ignore_index=True)
    return Result("rater_effects", frame, ("rater", "measure"), meta)


def _table(frame: pd.DataFrame) -> Rated:
    rows = validate(frame, RATINGS, table="ratings")
    require_unique(rows, ["respondent", "item"], table="ratings")
    given = rows[(rows["rating"].notna() & ~rows["rating"].map(is_blank).astype(bool)).to_numpy()]
    together = given.groupby("item", observed=True)["rating"].transform("size") >= 2
    kept = given[together.to_numpy()]
    names = sorted(kept["respondent"].astype(str).unique())
    if len(names) < 2:
        raise SpecificationError(
            "no item was rated by two raters, so there is nothing to hold a rater against",
            parameter="ratings",
            got=f"{counted(len(given), 'rating')} by {counted(given['respondent'].nunique(), 'rater')}",
            expected="items that two raters or more rated",
        )
    rater = pd.Index(names).get_indexer(pd.Index(kept["respondent"].astype(str)))
    item, items = pd.factorize(kept["item"], sort=True)
    units = resampling_units(kept, items, order="met")
    asked = rows["respondent"].astype(str).value_counts().reindex(names).to_numpy()
    notes = []
    if len(rows) > len(given):
        notes.append(f"{len(rows) - len(given)} of {counted(len(rows), 'rating')} are missing")
    if len(given) > len(kept):
        notes.append(
            f"{counted(len(given) - len(kept), 'rating')} of items that no other rater rated left out"
        )
    table = Rated(
        rater=rater.astype(np.int64),
        item=np.asarray(item, dtype=np.int64),
        unit_of=np.asarray(units.member, dtype=np.int64)[item],
        rating=numbers_of(kept["rating"], "a leniency is of numbers"),
        names=names,
        items=len(items),
        units=len(units),
        unit="clusters" if units.clustered else "items",
        n_asked=asked.astype(np.int64),
        notes=notes,
    )
    _require_connected(table)
    return table


def _require_connected(table: Rated) -> None:
    parts = table.parts()
    if len(set(parts.tolist())) > 1:
        apart = [name for name, part in zip(table.names, parts, strict=True) if part != parts[0]]
        raise SpecificationError(
            "raters who share no item can't be held against each other",
            parameter="ratings",
            got=f"{listed(apart[:5])} rated other items than {table.names[0]} and those who share items with it",
            expected="raters who are joined by items, directly or through others",
            hint="pass each part for itself",
        )
