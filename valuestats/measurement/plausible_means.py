"""Group means on an instrument's dimensions from plausible values of a measurement model."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from valuestats.base.errors import SpecificationError
from valuestats.instruments import Instrument, load_instrument
from valuestats.measurement.graded_response import CITATIONS, graded_design
from valuestats.measurement.rubin import combine_imputations
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.ordinal import Link, check_link
from valuestats.tables.schema import group_column
from valuestats.tables.units import cluster_column, resampling_units

if TYPE_CHECKING:
    from valuestats.latent.gate import Gate

SAMPLER: dict[str, int] = {"draws": 400, "tune": 160, "chains": 4}


def plausible_means(
    answers: pd.DataFrame,
    instrument: Instrument | str | Path,
    *,
    by: str,
    family: str | None = None,
    items: Mapping[str, str] | None = None,
    imputations: int = 10,
    link: Link = "logit",
    sampler: Mapping[str, int] | None = None,
    level: float = 0.95,
    seed: int = 0,
    gate: Gate | None = None,
    progress: bool = True,
) -> Result:
    r"""Mean trait of each group on each dimension, the measurement error of the scores carried along.

    Estimand: the mean of the latent trait in group g, in trait standard deviations (geometric mean of the groups') from the
    unweighted mean of the groups. For each dimension a graded response model with the same items in all groups and a
    trait mean and standard deviation of each group is fitted; plausible values are draws of the respondents'
    traits from it, given their answers *and their group* (Mislevy 1991): without the group they would draw the groups'
    means together. Each imputation gives weighted means with their variance over respondents or clusters; they are
    combined by Rubin's rules (`valuestats.measurement.rubin`).

    Parameters
    ----------
    answers
        ``respondent, item, rating`` and the column `by`, optionally design ``weight`` and ``cluster``.
    instrument
        An instrument or the name of one that ships.
    by
        Column of groups of respondents.
    family
        Which family of dimensions; the first where omitted.
    items
        Name of an item in the data to its name in the instrument, where they differ.
    imputations
        How many plausible values of each respondent, at least 2.
    link
        As in `valuestats.graded_response`.
    sampler
        ``draws``, ``tune`` and ``chains``.
    level, seed, gate, progress
        As in `valuestats.graded_response`; the gate's verdict is the worst of the dimensions.

    Returns
    -------
    Result
        Kind ``"plausible_means"``, keys: the column `by` and ``dimension``; ``within`` and ``between`` are the two
        parts of the variance. The draws hold the means under each draw of the traits, with the sampling of respondents
        added, so that contrasts of groups carry both.

    Raises
    ------
    SpecificationError
        No column `by` or one group, too few imputations, an unknown family, answers off the scale.

    References
    ----------
    Mislevy (1991), Randomization-based inference about latent variables; Rubin (1987), Multiple imputation; Barnard and
    Rubin (1999).

    Examples
    --------
    A fit takes seconds for each dimension, so it is only shown::

        plausible_means(answers, "bfi25", by="gender", seed=1).sentence()
    """
    from valuestats.measurement.graded.fit import fit_graded

    start = time.perf_counter()
    check_link(link)
    chosen = instrument if isinstance(instrument, Instrument) else load_instrument(instrument)
    keyed = _keys(chosen, family)
    settings: dict[str, Any] = {**SAMPLER, **(sampler or {})}
    kept = settings["draws"] * settings["chains"]
    if not 2 <= imputations <= kept:
        raise SpecificationError(
            "too few or too many imputations",
            parameter="imputations",
            got=imputations,
            expected=f"2 to {kept}",
        )
    if by not in answers.columns or answers[by].nunique() < 2:
        raise SpecificationError(
            "plausible values give differences between groups: name a column with two groups or more",
            parameter="by",
            got=by,
            expected=", ".join(map(str, answers.columns)),
        )
    frame = answers.copy()
    frame["item"] = frame["item"].astype(str).replace({str(k): str(v) for k, v in (items or {}).items()})
    low, high = chosen.scale.bounds
    rows, parts, verdicts, notes = [], {}, {}, []
    rng = np.random.default_rng(seed)
    groups: tuple[str, ...] = ()
    for dimension, table in keyed.groupby("dimension", sort=False):
        asked = table[table["item"].isin(frame["item"])]
        if asked.empty:
            notes.append(f"no item of {dimension} was asked")
            continue
        matrix, design, _, _, left_out = graded_design(
            frame, asked, scale=(int(low), int(high)), group=by, deviations=False
        )
        notes += [f"{dimension}: {note}" for note in [*matrix.notes(), *left_out]]
        fit = fit_graded(design, link=link, seed=seed, gate=gate, progress=progress, **settings)
        verdicts[str(dimension)] = fit.verdict
        traits = fit.draws.theta[..., 0].reshape(kept, -1)
        unit = np.exp(np.log(fit.draws.sd).mean(axis=2)).reshape(-1, 1)
        weight, cluster = _design_columns(frame, matrix.respondents)
        groups = matrix.groups
        means, variances, df = _group_means(traits / unit, weight, cluster, design.group, len(groups))
        place = np.linspace(0, kept - 1, imputations).round().astype(int)
        found = combine_imputations(means[place], variances[place], df)
        lower, upper = found.interval(level)
        parts[str(dimension)] = means + rng.normal(size=means.shape) * np.sqrt(variances)
        scored = np.array([(design.codes[design.group == g] >= 0).sum() for g in range(len(groups))])
        people = np.bincount(design.group, minlength=len(groups))
        rows += [
            {
                "estimand": "mean trait (trait sd)",
                "group": group,
                "dimension": str(dimension),
                "estimate": found.estimate[g],
                "std_error": found.standard_error[g],
                "lower": lower[g],
                "upper": upper[g],
                "level": level,
                "interval": "Rubin's rules",
                "n_scored": int(scored[g]),
                "n_asked": int(people[g]) * design.codes.shape[1],
                "n_respondents": int(people[g]),
                "within": found.within[g],
                "between": found.between[g],
            }
            for g, group in enumerate(groups)
        ]
    if not rows:
        raise SpecificationError(
            "none of the items is the instrument's",
            parameter="items",
            got=", ".join(map(str, frame["item"].unique()[:5])),
        )
    table = pd.DataFrame(rows).sort_values(["group", "dimension"], kind="stable").reset_index(drop=True)
    dimensions = list(parts)
    draws = np.stack([parts[d] for d in dimensions], axis=2)
    weighted = "weight" in frame.columns
    meta = make_meta(
        f"means of {imputations} plausible values of a graded response model ({link}) for each dimension, given the group",
        {
            "instrument": chosen.id,
            "family": str(keyed["family"].iloc[0]),
            "by": by,
            "imputations": imputations,
            "link": link,
            **settings,
            "level": level,
            "weighted": weighted,
        },
        citations=[*CITATIONS, "Mislevy (1991)", "Rubin (1987)", "Barnard & Rubin (1999)"],
        seed=seed,
        gate=_worst(verdicts),
        warnings=notes + ([] if weighted else ["unweighted: the answers carry no design weights"]),
        seconds=round(time.perf_counter() - start, 2),
    )
    named = group_column(by, set(table.columns) - {"group"})
    return Result(
        "plausible_means",
        table.rename(columns={"group": named}),
        (named, "dimension"),
        meta,
        draws_tree("posterior", draws, {named: list(groups), "dimension": dimensions}),
    )


def _keys(instrument: Instrument, family: str | None) -> pd.DataFrame:
    table = instrument.keys()
    name = next(iter(instrument.families)) if family is None else family
    if name not in instrument.families:
        raise SpecificationError(
            "no such family in the instrument",
            parameter="family",
            got=name,
            expected=", ".join(instrument.families),
        )
    return table[table["family"] == name].assign(sign=1 - 2 * table["reversed"].astype(int))


def _design_columns(frame: pd.DataFrame, respondents: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    one = frame.assign(respondent=frame["respondent"].astype(str)).drop_duplicates("respondent")
    one = one.set_index("respondent").loc[list(respondents)]
    weight = one["weight"].to_numpy(dtype=float) if "weight" in one else np.ones(len(one))
    order: Literal["value", "met"] = "met" if cluster_column(frame, "respondent") is None else "value"
    return weight, resampling_units(frame, respondents, of="respondent", order=order).member


def _group_means(
    values: np.ndarray, weight: np.ndarray, cluster: np.ndarray, group: np.ndarray, groups: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weighted means and their linearised variances over clusters, ``(draws, groups)``, and degrees of freedom."""
    means, variances = np.empty((2, len(values), groups))
    df = np.empty(groups)
    for g in range(groups):
        here = group == g
        w, v = weight[here], values[:, here]
        labels, member = np.unique(cluster[here], return_inverse=True)
        n = len(labels)
        means[:, g] = v @ w / w.sum()
        sums = np.zeros((here.sum(), n))
        sums[np.arange(here.sum()), member] = w / w.sum()
        scores = (v - means[:, [g]]) @ sums
        variances[:, g] = (scores**2).sum(axis=1) * n / max(n - 1, 1)
        df[g] = max(n - 1, 1)
    return means, variances, df


def _worst(verdicts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    worst = dict(max(verdicts.values(), key=lambda v: (not v["passed"], v["max_rhat"])))
    worst["passed"] = all(v["passed"] for v in verdicts.values())
    worst["reasons"] = [f"{name}: {reason}" for name, v in verdicts.items() for reason in v["reasons"]]
    return worst
