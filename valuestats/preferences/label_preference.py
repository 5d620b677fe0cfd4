"""Which labels are chosen over which: values, foundations or topics that the chosen and the rejected options stand for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse, stats
from statsmodels.stats.proportion import proportion_confint

from valuestats.base.arguments import checked
from valuestats.base.labels import counted
from valuestats.missing.adjusted_means import imbens_manski
from valuestats.preferences.places import first_place, place_columns
from valuestats.preferences.tokens import Tokens, per_choice, tokens_of
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.statistics.clusters import LEAST, ClusterPlan, few_warnings, plan_clusters, random_lots
from valuestats.statistics.multiplicity import Adjustment, adjusted_p
from valuestats.statistics.ratios import ratio
from valuestats.tables.choices import Choices
from valuestats.tables.option_labels import OptionLabels

Array = NDArray[np.float64]
Measure = Literal["difference", "share", "centred"]
Compared = Literal["all", "apart"]

ESTIMANDS: dict[str, str] = {
    "difference": "100 (chosen - rejected) / (chosen + rejected)",
    "share": "chosen / (chosen + rejected)",
    "centred": "chosen / (chosen + rejected), less chance",
}
WITHIN: dict[str, tuple[float, float]] = {
    "difference": (-100.0, 100.0),
    "share": (0.0, 1.0),
    "centred": (-1.0, 1.0),
}
CITATIONS = (
    "Chiu, Jiang & Choi (2025), DailyDilemmas, ICLR",
    "Cameron, Gelbach & Miller (2008)",
    "Manski (2003), Partial Identification of Probability Distributions",
    "Imbens & Manski (2004), Econometrica 72",
)


@checked
def label_preference(
    choices: Choices,
    labels: OptionLabels,
    *,
    by: str | None = None,
    level_of: str | None = None,
    measure: Measure = "difference",
    compared: Compared = "all",
    adjust: Adjustment | None = "holm",
    replicates: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> Result:
    r"""How often options that carry a label are chosen, of all times that it was on offer.

    Estimand, for label k: with :math:`w_{ok}` the weight of k in option o and :math:`x_{co}` the share of choice c that went
    to o (1 if chosen, 1/m if m options share the first rank, else 0),

    .. math:: p_k = \frac{S_k}{T_k}, \qquad S_k = \sum_c \sum_{o \in c} w_{ok}\, x_{co}, \qquad
              T_k = \sum_c \sum_{o \in c} w_{ok}.

    ``"share"`` is :math:`p_k`; ``"centred"`` :math:`p_k - e_k` with :math:`e_k` what choosing by lot gives (1/2 in pairs);
    ``"difference"`` :math:`100\,(S_k - N_k)/(S_k + N_k) = 100\,(2p_k - 1)`, N what was rejected (Chiu, Jiang and Choi
    2025). Choices with an outcome that is no option ("it depends") enter neither part, and are counted. The intervals
    resample clusters (the column ``cluster``, else ``item``, else the choice), all labels and groups at once.

    Bounds: had all missing choices gone to the option with the least (the most) of the label,
    :math:`[S_k + \sum \min_o w_{ok},\; S_k + \sum \max_o w_{ok}] / T_k`, T over all choices asked; whatever the missing
    choices were, the share of all that were asked lies between them (Manski 2003). ``safe_lower`` and ``safe_upper`` hold
    it with the probability of the level (Imbens and Manski 2004).

    Parameters
    ----------
    choices
        The table; a ranking counts by its first rank.
    labels
        What options stand for. Options without a label carry none.
    by
        Column of the choice (``"model"``, ``"step"``) whose values are looked at one by one.
    level_of
        Level of the labels' hierarchy (a theory) to add the labels up to; the labels themselves where omitted.
    measure
        What is reported; share, weights and bounds stand beside it whatever it is.
    compared
        ``"all"`` choices, as published measures do, or those whose options differ in the label (``"apart"``): where both
        options carry a label alike the choice says nothing of it and pulls the measure to chance.
    adjust
        Adjustment of the p-values over the labels of a group (``p_adjusted``).
    replicates, level, seed
        Of the bootstrap over clusters and its intervals.

    Returns
    -------
    Result
        Kind ``"label_preference"``, keys ``("label",)`` or ``(by, "label")``: ``estimate``, ``share``, ``chosen`` and
        ``rejected`` (weights), ``baseline`` (what choosing by lot gives), ``p_value`` and ``p_adjusted`` of the difference
        from it, ``bound_lower``, ``bound_upper``, ``safe_lower``, ``safe_upper``, ``n_scored`` and ``n_asked`` (choices
        that offered the label), ``n_units`` (clusters). A label that was chosen always, or never, has an exact interval over
        clusters. Where places are known: ``first_share`` (part of the label's weight
        that stood first, less chance) and ``balanced`` (the estimate had it stood first as often as chance gives).
        ``meta["position"]`` holds by how much the first place is chosen beyond chance, by group.

    Raises
    ------
    SpecificationError
        No choice was asked or made, no option has a label, no such column or level.
    InputError
        A choice without a cluster among others that have one.

    References
    ----------
    Chiu, Jiang and Choi (2025); Manski (2003); Imbens and Manski (2004).

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats import OptionLabels, label_preference, pair_choices
    >>> frame = pd.DataFrame({"option_a": list("xxxx"), "option_b": list("yyyy"), "winner": list("aaab")})
    >>> labels = OptionLabels(pd.DataFrame({"option": ["x", "y"], "label": ["care", "loyalty"]}))
    >>> found = label_preference(pair_choices(frame), labels, replicates=100).estimates
    >>> found["label"].tolist(), found["estimate"].tolist(), found["share"].tolist()
    (['care', 'loyalty'], [50.0, -50.0], [0.75, 0.25])
    """
    started = time.perf_counter()
    notes: list[str] = []
    if level_of is not None:
        lost = labels.unplaced(level_of)
        if lost:
            notes.append(f"{counted(lost, 'label')} without a place on the level {level_of}: left out")
        labels = labels.at(level_of)
    tokens = tokens_of(choices, labels, by=by)
    if compared == "apart":
        tokens = tokens.chosen(_differs(tokens))
    rng = np.random.default_rng(seed)
    units = np.stack([_behind(tokens, g) for g in range(len(tokens.groups))])
    tokens = tokens.in_lots(random_lots(len(tokens.clusters), rng))
    plan = plan_clusters(len(tokens.clusters), replicates, rng, behind=units)
    weights = plan.with_all
    parts, drawn, places = [], [], {}
    for g, name in enumerate(tokens.groups):
        own = tokens.chosen(tokens.group == g)
        table, sample = _group(own, plan, weights, units[g], measure, level)
        table.insert(0, by or "_all", name)
        table["n_choices"] = tokens.n_choices[g]
        places[name] = first_place(tokens, g, plan, weights, level)
        parts.append(table)
        drawn.append(sample)
    frame = pd.concat(parts, ignore_index=True)
    for _, at in frame.groupby(by or "_all", sort=False).groups.items():
        p = frame.loc[at, "p_value"].to_numpy(dtype=float)
        frame.loc[at, "p_adjusted"] = p if adjust is None else adjusted_p(p, adjust)
    keys = ("label",) if by is None else (by, "label")
    frame = frame.drop(columns=[c for c in ("_all",) if c in frame.columns])
    frame.insert(0, "estimand", ESTIMANDS[measure])
    notes += _notes(tokens, places, plan, units)
    meta = make_meta(
        "share of the times a label was on offer that its option was chosen, clusters resampled",
        {
            "by": by,
            "level_of": level_of,
            "measure": measure,
            "compared": compared,
            "adjust": adjust,
            "level": level,
            "replicates": replicates,
            "unit": tokens.unit,
        },
        citations=CITATIONS,
        seed=seed,
        warnings=notes,
        seconds=time.perf_counter() - started,
        position=places,
        choices={
            name: {"asked": int(a), "made": int(v), "other_outcomes": int(o)}
            for name, a, v, o in zip(
                tokens.groups, tokens.n_choices, tokens.n_valid, tokens.n_outcomes, strict=True
            )
        },
    )
    tree = _tree(drawn, tokens, by) if replicates else None
    return Result("label_preference", frame, keys, meta, tree)


def _group(
    tokens: Tokens,
    plan: ClusterPlan,
    weights: Array,
    units: NDArray[np.int64],
    measure: str,
    level: float,
) -> tuple[pd.DataFrame, Array]:
    """Estimates of one group, and their replicates, shape ``(replicates, labels)``."""
    made, weight = tokens.valid, tokens.weight
    chosen = _cells(tokens, weight * tokens.taken * made)
    offered = _cells(tokens, weight * made)
    chance = _cells(tokens, weight * tokens.chance * made)
    s, t, e = (weights @ x for x in (chosen, offered, chance))
    value = _on_scale(ratio(s, t), ratio(e, t), measure)
    behind = units.astype(float)
    found = plan.finish(value[1:], value[0], behind, level, within=WITHIN[measure])
    baseline = _on_scale(ratio(e[0], t[0]), ratio(e[0], t[0]), measure)
    scored = np.bincount(tokens.label[made], _once(tokens.chosen(made)), len(tokens.labels))
    asked = np.bincount(tokens.label, _once(tokens), len(tokens.labels))
    frame = pd.DataFrame(
        {
            "label": list(tokens.labels),
            "estimate": value[0],
            "std_error": found.std_error,
            "lower": found.lower,
            "upper": found.upper,
            "level": level,
            "interval": found.interval,
            "n_scored": scored.astype(np.int64),
            "n_asked": asked.astype(np.int64),
            "n_units": units,
            "baseline": baseline,
            "share": ratio(s[0], t[0]),
            "chosen": s[0],
            "rejected": t[0] - s[0],
            "p_value": _p_values(value[0] - baseline, found.std_error, behind),
        }
    )
    _at_the_ends(frame, ratio(e[0], t[0]), measure, level)
    for name, column in _bounds(tokens, plan, weights, behind, measure, level).items():
        frame[name] = column
    for name, column in place_columns(tokens, lambda p, c: _on_scale(p, c, measure)).items():
        frame[name] = column
    return frame, found.draws


def _bounds(
    tokens: Tokens, plan: ClusterPlan, weights: Array, units: Array, measure: str, level: float
) -> dict[str, Array]:
    """What missing choices could make of the measure, over all choices asked."""
    made = tokens.valid
    shape = (len(tokens.clusters), len(tokens.labels))
    chosen = _cells(tokens, tokens.weight * tokens.taken * made)
    offered, chance = (_cells(tokens, w) for w in (tokens.weight, tokens.weight * tokens.chance))
    gone = tokens.chosen(~made)
    _, cluster, label, least, most, _ = per_choice(gone)
    extra = [sparse.csr_array((w, (cluster, label)), shape=shape) for w in (least, most)]
    t, e = weights @ offered, weights @ chance
    shares = [ratio(weights @ (chosen + x), t) for x in extra]
    ends = [_on_scale(share, ratio(e, t), measure) for share in shares]
    within = WITHIN[measure]
    errors = [plan.finish(v[1:], v[0], units, level, within=within).std_error for v in ends]
    safe = np.full((2, shape[1]), np.nan)
    for n in np.unique(units[units >= LEAST]):
        own = units == n
        safe[:, own] = imbens_manski(
            ends[0][0][own], ends[1][0][own], errors[0][own], errors[1][own], level, int(n)
        )
    for side, share in enumerate(shares):  # resampling says nothing of a share of all or none
        for k in np.flatnonzero(np.isin(share[0], (0.0, 1.0)) & (units >= LEAST)):
            exact = _on_scale(_exact(share[0, k], units[k], level), np.full(2, ratio(e, t)[0, k]), measure)
            safe[side, k] = (min, max)[side](safe[side, k], exact[side])
    safe = np.clip(safe, *within)
    return {
        "bound_lower": ends[0][0],
        "bound_upper": ends[1][0],
        "safe_lower": safe[0],
        "safe_upper": safe[1],
    }


def _cells(tokens: Tokens, values: Array) -> sparse.csr_array:
    """Sums of a value per token by cluster and label."""
    shape = (len(tokens.clusters), len(tokens.labels))
    return sparse.csr_array((values, (tokens.cluster, tokens.label)), shape=shape)


def _on_scale(share: Array, chance: Array, measure: str) -> Array:
    if measure == "difference":
        return np.asarray(200.0 * share - 100.0)
    return np.asarray(share - chance) if measure == "centred" else share


def _p_values(distance: Array, error: Array, units: Array) -> Array:
    """Two-sided, by Student's t of the distance from chance over its standard error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(distance) / error
    t = np.where(error > 0, t, np.nan)
    return np.asarray(np.where(units >= LEAST, 2 * stats.t.sf(t, np.maximum(units - 1, 1)), np.nan))


def _at_the_ends(frame: pd.DataFrame, chance: Array, measure: str, level: float) -> None:
    """Exact intervals where a label was chosen always or never, of which resampling says nothing.

    Clopper and Pearson's interval of a share of all, or none, of the clusters (as Korn and Graubard 1998, clusters being
    the sample).
    """
    n = frame["n_units"].to_numpy()
    for k in np.flatnonzero(frame["share"].isin([0.0, 1.0]).to_numpy() & (n >= LEAST)):
        share = float(frame["share"].iloc[k])
        p = stats.binomtest(round(share * n[k]), int(n[k]), float(chance[k])).pvalue
        low, high = _on_scale(_exact(share, n[k], level), np.full(2, chance[k]), measure)
        frame.loc[k, ["std_error", "lower", "upper", "p_value"]] = np.nan, low, high, p
        frame.loc[k, "interval"] = "Clopper-Pearson"


def _exact(share: float, units: float, level: float) -> Array:
    """Clopper and Pearson's interval of a share of all, or none, of so many clusters."""
    hits = round(share * units)
    return np.array(proportion_confint(hits, int(units), alpha=1 - level, method="beta"))


def _once(tokens: Tokens) -> Array:
    """1 for one token of each choice and label, 0 for the others, so that choices are counted once."""
    found = np.zeros(len(tokens.choice))
    found[per_choice(tokens)[0]] = 1.0
    return found


def _differs(tokens: Tokens) -> NDArray[np.bool_]:
    """Whether the options of a token's choice differ in the label."""
    token, _, _, least, most, _ = per_choice(tokens)
    key = tokens.choice * len(tokens.labels) + tokens.label
    apart = key[token][most > least]
    return np.asarray(np.isin(key, apart))


def _behind(tokens: Tokens, g: int) -> NDArray[np.int64]:
    """Clusters with a made choice that offered each label."""
    own = (tokens.group == g) & tokens.valid
    cells = np.unique(tokens.cluster[own] * len(tokens.labels) + tokens.label[own]) % len(tokens.labels)
    return np.bincount(cells, minlength=len(tokens.labels)).astype(np.int64)


def _notes(
    tokens: Tokens,
    places: Mapping[str, Mapping[str, float] | None],
    plan: ClusterPlan,
    units: NDArray[np.int64],
) -> list[str]:
    found = []
    lost = int((tokens.n_choices - tokens.n_valid - tokens.n_outcomes).sum())
    asked = int(tokens.n_choices.sum())
    if lost:
        found.append(f"{lost} of {counted(asked, 'choice')} were not made: see the bounds")
    others = int(tokens.n_outcomes.sum())
    if others:
        found.append(f"{others} of {counted(asked, 'choice')} ended in no option and enter neither part")
    if all(p is None for p in places.values()):
        found.append("the order in which options were shown is not known, so its effect can't be told")
    if plan.replicates:
        found += few_warnings(units[units > 0], f"{tokens.unit}s", jackknife=plan.jackknife)
    return found


def _tree(drawn: list[Array], tokens: Tokens, by: str | None) -> Any:
    stacked = np.stack(drawn, axis=1)
    coords: dict[str, Any] = {"label": list(tokens.labels)}
    if by is None:
        return draws_tree("bootstrap", stacked[:, 0], coords)
    return draws_tree("bootstrap", stacked, {by: list(tokens.groups), **coords})
