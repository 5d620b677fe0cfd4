"""Reliability of scales: how far their score would come out the same with other items of the kind."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
import pandera.pandas as pa

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.threads import one_thread
from valuestats.consistency.coefficients import Found, answering, one_scale
from valuestats.consistency.reasons import FEWEST, why_undefined
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.scoring.keyed import item_means
from valuestats.statistics.clusters import Resampled, few_warnings, plan_clusters
from valuestats.statistics.reliability import (
    feldt_interval,
)
from valuestats.tables import Ratings, Responses
from valuestats.tables.keys import checked_keys, printed_labels
from valuestats.tables.schema import require_unique, validate
from valuestats.tables.units import resampling_units

Coefficient = Literal[
    "alpha",
    "alpha_standardised",
    "alpha_ordinal",
    "omega_total",
    "omega_ordinal",
    "omega_hierarchical",
    "omega_hierarchical_ordinal",
    "split_half",
]

NOT_RESPONDENTS = ("epoch", "wording", "option_order", "option_labels", "seed")
"""What repeats one model's answers: no unit over which a scale can be consistent."""

LOW_ITEM_REST = 0.2
"""An item whose correlation with the rest of its scale is surely below this measures something else (Nunnally 1978: .3)."""
_ESTIMANDS = {
    "alpha": "Cronbach's alpha",
    "alpha_standardised": "standardised alpha",
    "alpha_ordinal": "ordinal alpha",
    "omega_total": "omega total",
    "omega_ordinal": "ordinal omega",
    "omega_hierarchical": "omega hierarchical",
    "omega_hierarchical_ordinal": "ordinal omega hierarchical",
    "split_half": "split-half reliability",
}
_SCHEMA = pa.DataFrameSchema(
    {
        "respondent": pa.Column(nullable=False, description="who answered, not null"),
        "item": pa.Column(nullable=False, description="the item's identifier, not null"),
        "rating": pa.Column(float, nullable=True, coerce=True, description="a number, or null where missing"),
    },
    strict=False,
)


@checked
def reliability(
    answers: pd.DataFrame | Ratings | Responses,
    keyed: pd.DataFrame | None = None,
    *,
    coefficients: Sequence[str] = ("alpha", "omega_total"),
    unit: str | None = None,
    missing: Literal["pairwise", "complete"] = "pairwise",
    splits: int = 500,
    factors: int = 3,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> Result:
    r"""Internal consistency of each scale over respondents, with intervals that resample respondents.

    Estimand: the share of the variance of the scale's sum that the items have in common, in the population of
    respondents. ``"alpha"`` is a lower bound of it unless errors correlate; ``"omega_total"`` (one factor,
    minimum residuals, standardised items) needs no equal loadings; ``"alpha_ordinal"`` is alpha of the polychoric
    correlations and ``"omega_ordinal"`` omega total of them: they describe the continuous variables behind the categories,
    not the observed sum; ``"omega_hierarchical"`` is the share of the general factor alone (Schmid-Leiman solution of
    `factors` oblique factors, minimum residuals and oblimin, as psych::omega), ``"omega_hierarchical_ordinal"`` the same of
    the polychoric correlations (psych::omega with ``poly = TRUE``);
    ``"split_half"`` is the mean over splits of the Spearman-Brown value. Items keyed with sign -1 are turned.
    Interval: expanded percentile over bootstrap replicates of the respondents (of their clusters, where there is
    a column ``cluster``); Feldt's interval of raw alpha stands beside it.
    Of fewer than 20 of them the interval is Student's t with the jackknife's error, of fewer than 4 there is none
    (`valuestats.statistics.clusters`). From fewer than 4 respondents there is no coefficient either: with two every
    correlation is 1 or -1 whatever the scale, and by Feldt's distribution (1965) a scale of four items that share nothing
    shows an alpha of .70 or more in 17% of samples of two and 11% of three.

    Parameters
    ----------
    answers
        One row per answer: ``respondent``, ``item``, ``rating``, optionally ``cluster`` of respondents; a `Ratings`
        table; or `Responses`, where each model is one respondent with its mean valid answer per item.
    keyed
        Columns ``dimension, item, sign`` (as `valuestats.keys` returns them); all items one scale where omitted.
    coefficients
        Any of ``"alpha"``, ``"alpha_standardised"``, ``"alpha_ordinal"``, ``"omega_total"``, ``"omega_ordinal"``,
        ``"omega_hierarchical"``, ``"omega_hierarchical_ordinal"``, ``"split_half"``.
    unit
        What the respondents are; ``"respondent"`` for ratings, ``"model"`` for responses. Epochs, wordings and
        orders are refused.
    missing
        ``"pairwise"``: each covariance over the respondents who have both items; ``"complete"``: respondents with
        all items of the scale only. ``n_effective`` says how many stand behind the estimate (pairwise: the
        harmonic mean over the pairs of items); Feldt's interval uses it.
    splits
        At most so many splits; all are used where there are fewer.
    factors
        Group factors of omega hierarchical, at least three; the model needs six items for three.
    level, replicates, seed
        Of the bootstrap. With ``replicates=0`` no interval is computed.

    Returns
    -------
    Result
        Kind ``"reliability"``, keys ``scale, coefficient``; besides ``n_items``, ``n_units``, ``n_effective``,
        ``feldt_lower``, ``feldt_upper`` (alpha only). Null where the coefficient does not exist, and then ``reason`` says
        why: fewer than two items (three for omega, six for omega hierarchical), items never asked together, no respondent
        with all answers, no variance, a Heywood case. ``meta["item_rest"]`` holds the correlation of each item with the
        rest of its scale, ``meta["apart"]`` the items for which it is surely below .2.

    Raises
    ------
    SpecificationError
        Repeated answers of one model are offered as respondents, no item of a scale was answered, keys that contradict
        each other (`valuestats.tables.keys.checked_keys`), a respondent in two clusters.

    References
    ----------
    Cronbach (1951); McDonald (1999); Zinbarg, Revelle, Yovel and Li (2005);
    Zumbo, Gadermann and Zeisser (2007); Feldt, Woodruff and Salih (1987);
    Spearman (1910); Brown (1910); Hesterberg (2015).

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats.consistency.scales import reliability
    >>> rows = [(p, i, r) for p, answers in enumerate([(1, 2, 1), (3, 3, 4), (5, 4, 5), (2, 4, 3)])
    ...     for i, r in enumerate(answers)]
    >>> frame = pd.DataFrame(rows, columns=["respondent", "item", "rating"])
    >>> reliability(frame, coefficients=["alpha"], replicates=0).estimates["estimate"].round(3).tolist()
    [0.901]
    """
    started = time.perf_counter()
    wanted = _coefficients(coefficients)
    frame, kind = _long(answers, unit)
    scales = _scales(frame, keyed)
    rng = np.random.default_rng(seed)
    wide = frame.pivot(index="respondent", columns="item", values="rating")
    units = resampling_units(frame, wide.index, of="respondent", order="met")
    member = units.member
    # a scale may rest on fewer units than there are: those with an answer to it
    tables = {
        scale: wide.reindex(columns=items).to_numpy(dtype=float) * s for scale, (items, s) in scales.items()
    }
    behind = [len(np.unique(member[answering(y, missing)])) for y in tables.values()]
    plan = plan_clusters(len(units), replicates, rng, behind=behind)
    weights = plan.with_all[:, member]
    rows, draws, notes = [], [], []
    reasons: dict[tuple[str, str], str] = {}
    rests: dict[str, dict[str, float]] = {}
    apart: dict[str, list[str]] = {}
    for scale, (items, _) in scales.items():
        y = tables[scale]
        with one_thread():
            found = one_scale(y, member, weights, wanted, missing, splits, factors, rng)
        found = _of_enough(found, int(answering(y, missing).sum()))
        notes += _scale_notes(scale, items, found)
        rests[scale] = {str(item): float(r) for item, r in zip(items, found.item_rest, strict=True)}
        apart[scale] = [str(items[j]) for j in np.flatnonzero(hardly_shared(found))]
        for coefficient in wanted:
            values = found.values[coefficient]
            one = plan.finish(
                values[1:],
                values[0],
                found.n_units,
                level,
                correlation=True,
                within=(-np.inf, 1.0),
                what=f"{kind}s",
            )
            draws.append(one.draws)
            rows.append(_row(scale, coefficient, found, one, level))
        reasons |= _reasons(scale, found, y, items, missing, factors, kind)
    meta = make_meta(
        f"internal consistency over {kind}s",
        {
            "coefficients": wanted,
            "unit": kind,
            "missing": missing,
            "splits": splits,
            "factors": factors,
            "level": level,
            "replicates": replicates,
        },
        citations=[
            "Cronbach (1951)",
            "McDonald (1999)",
            "Feldt, Woodruff & Salih (1987)",
            "Hesterberg (2015)",
        ],
        seed=seed,
        warnings=notes
        + [f"{scale}: no {_ESTIMANDS[name]}: {why}" for (scale, name), why in reasons.items()]
        + _few(kind, len(units), rows, replicates, plan.jackknife),
        seconds=time.perf_counter() - started,
        names=printed_labels(keyed),
        item_rest=rests,
        apart=apart,
    )
    tree = None
    if replicates > 0:
        boot = np.stack(draws, axis=1).reshape(replicates, len(scales), len(wanted))
        tree = draws_tree("bootstrap", boot, {"scale": list(scales), "coefficient": wanted})
    frame = pd.DataFrame(rows)
    pairs = zip(frame["scale"], frame["coefficient"], strict=True)
    frame["reason"] = [reasons.get(pair, "") for pair in pairs]
    return Result("reliability", frame, ("scale", "coefficient"), meta, tree)


def _coefficients(wanted: Sequence[str]) -> list[str]:
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    known = get_args(Coefficient)
    if not names or any(n not in known for n in names) or len(set(names)) < len(names):
        raise SpecificationError(
            "unknown coefficient of reliability",
            parameter="coefficients",
            got=", ".join(names) or "none",
            expected=f"each at most once: {', '.join(known)}",
        )
    return names


def _long(answers: pd.DataFrame | Ratings | Responses, unit: str | None) -> tuple[pd.DataFrame, str]:
    """Answers as respondent, item, rating; and what a respondent is."""
    expected = "model" if isinstance(answers, Responses) else "respondent"
    if unit in NOT_RESPONDENTS:
        raise _not_respondents(f"unit={unit!r}")
    if unit not in (None, expected):
        raise SpecificationError("no such unit here", parameter="unit", got=unit, expected=expected)
    if isinstance(answers, Responses):
        if len(answers.models) < 2:
            raise _not_respondents(f"answers of one model, {answers.models[0]}")
        means = item_means(answers)
        wide = means.rename_axis(index="respondent").reset_index()
        return wide.melt("respondent", var_name="item", value_name="rating"), "model"
    frame = validate(answers.frame if isinstance(answers, Ratings) else answers, _SCHEMA, table="answers")
    require_unique(frame, ["respondent", "item"], table="answers")
    if frame["respondent"].nunique() < 2:
        raise SpecificationError(
            "consistency needs several respondents", parameter="answers", got="one", expected="two or more"
        )
    return frame.assign(item=frame["item"].astype(str)), "respondent"


def _not_respondents(got: str) -> SpecificationError:
    return SpecificationError(
        "repeated answers of one model are not respondents, so alpha over them is refused",
        parameter="unit",
        got=got,
        expected="respondents who differ from each other: people, or several models",
        hint="alpha compares variance between respondents with variance within; between epochs of one model there "
        "is sampling noise only, so alpha would say nothing about the scale. Use retest() for the stability "
        "of a model's answers over epochs, wordings or orders",
    )


def _scales(frame: pd.DataFrame, keyed: pd.DataFrame | None) -> dict[str, tuple[list[object], np.ndarray]]:
    answered = set(frame.loc[frame["rating"].notna(), "item"])
    if keyed is None:
        items = [i for i in dict.fromkeys(frame["item"]) if i in answered]
        return {"all": (list(items), np.ones(len(items)))}
    scales: dict[str, tuple[list[object], np.ndarray]] = {}
    for scale, rows in checked_keys(keyed).groupby("dimension", sort=False):
        kept = rows[rows["item"].isin(answered)]
        if kept.empty:
            raise SpecificationError(
                "no item of this scale was answered",
                parameter="keyed",
                got=f"{scale}: {', '.join(rows['item'].astype(str).head(5))}",
                hint="check that items carry the same identifiers in the answers and in the keys",
            )
        scales[str(scale)] = (kept["item"].tolist(), kept["sign"].to_numpy(dtype=float))
    return scales


def _row(scale: str, coefficient: str, found: Found, resampled: Resampled, level: float) -> dict[str, object]:
    values = found.values[coefficient]
    known = not np.isnan(values[0])
    feldt = (float("nan"), float("nan"))
    if coefficient == "alpha" and known:
        feldt = feldt_interval(float(values[0]), found.n_effective, found.n_items, level)
    return {
        "estimand": _ESTIMANDS[coefficient],
        "scale": scale,
        "coefficient": coefficient,
        "estimate": float(values[0]),
        "std_error": float(resampled.std_error) if known else float("nan"),
        "lower": float(resampled.lower),
        "upper": float(resampled.upper),
        "level": level,
        "interval": str(resampled.interval),
        "n_scored": found.n_scored,
        "n_asked": found.n_asked,
        "n_items": found.n_items,
        "n_units": found.n_units,
        "n_effective": found.n_effective,
        "feldt_lower": feldt[0],
        "feldt_upper": feldt[1],
    }


def _of_enough(found: Found, respondents: int) -> Found:
    """Of too few respondents no coefficient: see `FEWEST`."""
    if respondents >= FEWEST:
        return found
    return replace(found, values={name: np.full_like(v, np.nan) for name, v in found.values.items()})


def _reasons(
    scale: str, found: Found, y: np.ndarray, items: list[object], missing: str, factors: int, kind: str
) -> dict[tuple[str, str], str]:
    """Why each coefficient that is null is."""
    return {
        (scale, name): why_undefined(name, y, items, missing=missing, factors=factors, kind=kind)
        for name, values in found.values.items()
        if np.isnan(values[0])
    }


def _scale_notes(scale: str, items: list[object], found: Found) -> list[str]:
    notes = []
    against = [str(items[j]) for j in np.flatnonzero(found.item_rest < 0)]
    if against:
        notes.append(
            f"{scale}: {', '.join(against[:8])} run against the other items; check their keys or the scale's direction"
        )
    if found.heywood:
        notes.append(f"{scale}: the one-factor solution has a loading of 1 or more (Heywood), so no omega")
    return notes


def hardly_shared(found: Found) -> np.ndarray:
    """Items whose correlation with the rest is surely low, by the upper end of Fisher's interval (95%)."""
    if not found.n_units > 3:
        return np.zeros(len(found.item_rest), dtype=bool)
    upper = np.tanh(np.arctanh(np.clip(found.item_rest, -0.999, 0.999)) + 1.96 / np.sqrt(found.n_units - 3))
    return np.asarray(upper < LOW_ITEM_REST)


def _few(kind: str, units: int, rows: list[dict[str, Any]], replicates: int, jackknife: bool) -> list[str]:
    known = [row["n_units"] for row in rows if not np.isnan(row["estimate"])]
    rough = [f"{units} {kind}s only: intervals are rough"] if units < 30 else []
    return rough + (few_warnings(known, f"{kind}s", jackknife=jackknife) if replicates else [])
