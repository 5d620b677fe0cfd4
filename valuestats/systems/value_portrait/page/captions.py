"""Captions of the Value Portrait page: what each figure shows, read from the stored result it draws."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.labels import CIRCLE, listed, number, readable, span
from valuestats.prompts.trust import moves
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.systems.value_portrait.page.keys import SCORES


def difference_caption(study: StoredStudy) -> str:
    """Which correlations do not come out again, and whose items they belong to."""
    cells = study["correlation_cells"]
    group = study["ratings"].frame.drop_duplicates("item").set_index("item")["group"].astype(str)
    off = cells[~cells["agrees"].astype(bool)]
    where = sorted(off["item"].map(group).unique())
    return (
        f"{number(len(off))} of {number(len(cells))} correlations differ, by up to {off['difference'].abs().max():.3f}; "
        f"all of them belong to items of group {listed(where)}."
    )


def map_caption(study: StoredStudy, family: str = "pvq") -> str:
    """How far keys of one item lie side by side on the circle."""
    keyed = study["keys"]
    sets = keyed[keyed["family"] == family].groupby("item")["dimension"].agg(set)
    several = [s for s in sets if len(s) > 1]
    place = {value: k for k, value in enumerate(CIRCLE)}

    def beside(values: set[str]) -> bool:
        places = sorted(place[v] for v in values if v in place)
        steps = [(b - a) % len(CIRCLE) for a, b in zip(places, [*places[1:], places[0]], strict=True)]
        return min(steps) == 1

    near = sum(beside(s) for s in several)
    return (
        f"Of {number(len(several))} items keyed to several values {number(near)} are keyed to two that stand side by side "
        "on the circle: keys run on into their neighbours."
    )


def shrinkage_caption(study: StoredStudy) -> str:
    """What the highest correlations are likely to be in more raters, by family."""
    parts = []
    for family, part in study["shrunken"].estimates.groupby("family", sort=False, observed=True):
        top = part.nlargest(20, "r")
        parts.append(f"{readable(str(family))} {top['r'].mean():.2f} → {top['estimate'].mean():.2f}")
    return f"Mean of the twenty highest as found → shrunken: {listed(parts)}."


def validity_caption(study: StoredStudy, family: str = "pvq") -> str:
    """Which values' keys are worth something in other raters, and what is lost on the way."""
    frame = study["validity"].estimates
    frame = frame[(frame["rule"] == "threshold") & (frame["family"] == family)]
    whole = frame[frame["dimension"] == "(all)"].iloc[0]
    single = frame[(frame["dimension"] != "(all)")].dropna(subset=["estimate"])
    clear = single[single["lower"] > 0].sort_values("estimate", ascending=False)
    named = [f"{readable(str(r['dimension']))} {r['estimate']:.2f}" for _, r in clear.head(3).iterrows()]
    told = f", highest for {listed(named)}" if named else ""
    return (
        f"All keys together fall from {whole['in_sample']:.2f} to {interval(whole)}; the interval lies above zero for "
        f"{len(clear)} of {len(single)} values{told}."
    )


def ranking_caption(study: StoredStudy) -> str:
    """On how many values each rule changes the order beyond noise, and where it leaves no keys."""
    parts = []
    for rule, part in study["rankings"].groupby("rule", sort=False):
        keyed = part[part["verdict"] != "no keys"]
        beyond = int((keyed["verdict"] == "beyond noise").sum())
        bare = len(part) - len(keyed)
        rest = f", no keys on {bare}" if bare else ""
        parts.append(f"{SCORES[str(rule)]} on {beyond} of {len(keyed)} values{rest}")
    return f"Changes beyond that noise: {'; '.join(parts)}."


def shift_caption(study: StoredStudy, rule: str) -> str:
    """Which model moves most under a rule, and how often a rank leaves its interval."""
    ranks = study["ranks"]
    part = ranks[ranks["rule"] == rule].dropna(subset=["shift"])
    far = part.loc[part["shift"].abs().idxmax()]
    table = study["rankings"]
    outside = table[(table["rule"] == rule) & (table["verdict"] != "no keys")]["outside"]
    way = "down" if far["shift"] > 0 else "up"
    return (
        f"Models move {part['shift'].abs().mean():.1f} places on average; {far['model']} moves furthest, "
        f"{abs(far['shift']):.0f} places {way} on {readable(str(far['dimension']))}; {number(int(outside.sum()))} of "
        f"{number(len(part))} ranks leave the interval that they had under r > .30."
    )


def scores_caption(study: StoredStudy) -> str:
    """How many published scores come out again."""
    table = study["comparison"]
    table = table[table["quantity"].str.startswith("centred score") & table["recomputed"].notna()]
    same = table["verdict"] == "reproduced"
    off = (table.loc[~same, "published"] - table.loc[~same, "recomputed"]).abs()
    rest = f"; the others differ by up to {off.max():.3f}" if len(off) else ""
    return f"{number(int(same.sum()))} of {number(len(table))} scores agree to 1e-9{rest}."


def style_caption(study: StoredStudy) -> str:
    """How many models show each style beyond their intervals."""
    frame = study["style"].estimates.dropna(subset=["lower"])
    models = frame["model"].nunique()

    def beyond(part: pd.DataFrame) -> tuple[int, int]:
        return int((part["lower"] > 0).sum()), int((part["upper"] < 0).sum())

    agree = beyond(frame[frame["style"] == "acquiescence"])
    order = frame[frame["style"].str.startswith("option order")]
    later, sooner = beyond(order)
    ends, middle = (
        frame[frame["style"] == s].set_index("model")["estimate"] for s in ("extremity", "midpoint")
    )
    return (
        f"Acquiescence is above zero for {agree[0]} and below for {agree[1]} of {models} models; answers at the ends make "
        f"up {ends.min():.0%} ({ends.idxmin()}) to {ends.max():.0%} ({ends.idxmax()}), those in the middle "
        f"{span(middle.min(), middle.max(), '.0%')}; the order of options moves {later + sooner} models' answers, "
        f"{later} up and {sooner} down from ascending to descending."
    )


def sensitivity_caption(result: Result) -> str:
    """How many models move beyond the shuffles, and how far at most."""
    frame = result.estimates.dropna(subset=["excess"])
    above = int(frame.apply(moves, axis=1).sum())
    most = frame.sort_values("excess").iloc[-1]
    return (
        f"{above} of {len(frame)} models answer otherwise than with shuffled labels (each judged alone); most beyond "
        f"noise moves {most['model']}, {interval(most)} points against {most['baseline']:.2f}; the median model moves "
        f"{frame['estimate'].median():.2f} against {frame['baseline'].median():.2f}."
    )


def component_caption(study: StoredStudy) -> str:
    """How much of the variance is models' own, at best and at worst."""
    frame = study["generalizability"].estimates
    own = frame[frame["component"] == "model"].set_index("dimension")["share"].sort_values()
    with_model = frame[frame["component"].str.contains("model x item")].groupby("dimension")["share"].sum()
    return (
        f"The models' own share runs from {own.iloc[0]:.1%} ({readable(str(own.index[0]))}) to {own.iloc[-1]:.1%} "
        f"({readable(str(own.index[-1]))}); models with items make up {span(with_model.min(), with_model.max(), '.0%')}."
    )


def power_caption(study: StoredStudy) -> str:
    """From how many items on the planned contrast is told with power .8."""
    table = study["power"]
    difference = float(table["difference"].iloc[0])
    reached = table[table["power"] >= 0.8].groupby("dimension")["n_item"].min()
    bare = [d for d in table["dimension"].unique() if d not in reached.index]
    parts = [
        f"{number(size)} items for {listed([readable(str(d)) for d in names.index])}"
        for size, names in reached.groupby(reached)
    ]
    none = f"{'; ' if parts else ''}not even {number(table['n_item'].max())} for {listed([readable(d) for d in bare])}"
    told = listed(parts) if parts else ""
    return (
        f"A difference of {difference:g} scale points is told with power .8 from {told}{none if bare else ''}."
        if parts
        else f"A difference of {difference:g} scale points is told with power .8 by {none}."
    )


def consistency_caption(study: StoredStudy) -> str:
    """What alpha of models' raw answers says, and what of it is one general factor."""
    frame = study["consistency"].estimates
    alpha = frame[frame["coefficient"] == "alpha"].dropna(subset=["estimate"]).set_index("scale")["estimate"]
    low, high = alpha.idxmin(), alpha.idxmax()
    general = study["general_factor"].estimates.dropna(subset=["estimate"])
    units = int(frame["n_units"].max())
    return (
        f"Alpha over {units} models runs from {alpha[low]:.2f} ({readable(str(low))}) to {alpha[high]:.2f} "
        f"({readable(str(high))}); the general factor alone accounts for {general['estimate'].min():.2f} to "
        f"{general['estimate'].max():.2f} (omega hierarchical, {len(general)} of {len(alpha)} scales, the others have no "
        "solution). Models that agree with everything raise alpha of every scale: it speaks of raw answers, the "
        "generalizability of centred ones."
    )


def retest_caption(study: StoredStudy) -> str:
    """How alike a model's answers are under another wording and another order."""
    parts = []
    for step, name in (("retest_wording", "wordings"), ("retest_order", "orders")):
        frame = study[step].estimates
        one = (
            frame[frame["coefficient"] == "ICC(A,1)"]
            .dropna(subset=["estimate"])
            .set_index("model")["estimate"]
        )
        parts.append(
            f"over {name} the median model has {one.median():.2f} ({one.idxmin()} {one.min():.2f}, {one.idxmax()} "
            f"{one.max():.2f})"
        )
    return f"Between single answers, {listed(parts)}; {number((one < 0.5).sum())} models lie below .50 over orders."


def dif_caption(study: StoredStudy, step: str = "dif_order") -> str:
    """How many items are flagged, and how far the estimates reach."""
    found = study[step]
    frame = found.estimates.dropna(subset=["estimate"])
    flagged = int(frame["flagged"].sum())
    far = frame.sort_values("estimate", key=abs).iloc[-1]
    chance = number(round(0.05 * len(frame)))
    return (
        f"{number(flagged)} of {number(len(frame))} items are flagged after Benjamini and Hochberg; "
        f"{number(int((frame['p_any'] < 0.05).sum()))} have p < 0.05 unadjusted, where about {chance} would by chance; the "
        f"largest log-odds ratio is {interval(far, signed=True)} (item {far['item']}): the intervals leave room for "
        f"large differences with {number(found.estimates['n_group'].iloc[0])} administrations in each order."
    )


def label_caption(study: StoredStudy) -> str:
    """How near the estimated effects of labels come to the simulated ones."""
    table = study["labels_truth"]
    error = float(np.sqrt(((table["estimate"] - table["truth"]) ** 2).mean()))
    null = table[table["truth"] == 0]
    return (
        f"{int(table['covered'].sum())} of {len(table)} intervals hold the effect that was simulated; root mean squared "
        f"error {error:.2f} scale points; {int(table['told'].sum())} effects are told from zero, "
        f"{int(null['told'].sum())} of them among the {len(null)} of the model that has none."
    )


def missing_caption(study: StoredStudy, dimension: str = "Security") -> str:
    """How far scores move with what is assumed of missing answers."""
    frame = study["missing_shift"].estimates
    frame = frame[frame["dimension"] == dimension]
    span = frame.groupby("model", observed=True)["estimate"].agg(lambda s: s.max() - s.min())
    width = (frame["upper"] - frame["lower"]).median()
    return (
        f"Over all shifts the score of {span.idxmax()} moves most, by {span.max():.3f} points, where a typical interval is "
        f"{width:.2f} wide."
    )
