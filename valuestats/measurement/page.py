"""Words and tables about an inventory's answers by people: codes, reliability, traits, items that work differently."""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuestats.base.labels import capitalised, listed, number, p_value, readable
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval


def scale_sentence(study: StoredStudy, step: str) -> str:
    """What the check of a file's codes found."""
    text = str(study[step]["text"]).strip().replace("\n", ". ")
    return (capitalised(text) + ".").replace(" -", " −")


def reliability_caption(study: StoredStudy, step: str) -> str:
    """Which scales fall below .70 by alpha."""
    frame = study[step].estimates
    alpha = frame[frame["coefficient"] == "alpha"].dropna(subset="estimate")
    low = alpha[alpha["estimate"] < 0.7].sort_values("estimate")
    if low.empty:
        return f"Alpha lies above .70 for all {len(alpha)}."
    # Two decimals cut off, not rounded: .698 is not .70.
    names = listed(
        [
            f"{readable(str(r['scale']))} ({np.floor(100 * r['estimate']) / 100:.2f})"
            for _, r in low.iterrows()
        ]
    )
    fewest, most = low["n_items"].min(), low["n_items"].max()
    items = f"{number(fewest)} items" if fewest == most else f"{number(fewest)} to {number(most)} items each"
    return (
        f"Alpha lies below .70 for {len(low)} of {len(alpha)}: {names}; with {items} this is short scales more than bad "
        "ones."
    )


def circle_caption(study: StoredStudy, step: str) -> str:
    """How well the order of the circle is met, and the value furthest from its place."""
    found = study[step]
    frame, circle = found.estimates, found.meta["circle"]
    worst = frame.loc[frame["deviation"].abs().idxmax()]
    within = int((frame["deviation"].abs() <= 36).sum())
    return (
        f"{within} of {len(frame)} values lie within one step (36 degrees) of their place; {readable(str(worst['value']))} "
        f"is furthest off ({abs(worst['deviation']):.0f} degrees); Procrustes correlation "
        f"{circle['procrustes_correlation']:.2f} (chance {circle['procrustes_chance']:.2f})."
    )


def dif_caption(study: StoredStudy, step: str) -> str:
    """How many items are flagged, and how large their effects are."""
    frame = study[step].estimates.drop_duplicates("item")
    flagged = frame[frame["flagged"]]
    classes = flagged["dif_class"].value_counts()
    told = f" ({listed([f'{n} of class {c}' for c, n in sorted(classes.items())])})" if len(flagged) else ""
    rows = study[step].estimates
    apart = rows.loc[rows["separated"] != "", "item"].nunique() if "separated" in rows.columns else 0
    told += f", {apart} separated by group and not drawn, having no estimate" if apart else ""
    return (
        f"Flagged after Benjamini and Hochberg: {len(flagged)} of {int(frame['p_any'].notna().sum())} items{told}; "
        f"n = {number(frame['n_group'].iloc[0])} and {number(frame['n_reference'].iloc[0])}."
    )


def loadings_caption(study: StoredStudy, step: str) -> str:
    """Items that load below .5, and what the predictive check says about the structure."""
    found = study[step]
    records = found.meta["items"]
    low = [r for r in records if r["loading"]["estimate"] < 0.5]
    named = [f"{r['item']} ({r['loading']['estimate']:.2f})" for r in low]
    told = f": {listed(named)}" if 0 < len(low) <= 12 else ""
    p = found.meta["predictive"]["p_structure"]
    fits = (
        "items of a trait share more, or less, than one common trait explains (posterior predictive p < 0.05), so the "
        "traits are a summary and not the whole structure."
        if p < 0.05
        else f"the traits explain what items share (posterior predictive {p_value(p)})."
    )
    return f"Below .5: {len(low)} of {len(records)} items{told}; {fits}"


def invariance_caption(study: StoredStudy, step: str) -> str:
    """How many items deviate between the groups, and how many are undecided."""
    found = study[step]
    level = found.meta["invariance"]
    far = list(dict.fromkeys([*level["loading"], *level["threshold"]]))
    beyond = listed([str(i) for i in far]) if far else "none"
    return (
        "Bands: deviations that keep two groups within the practical bound. Beyond it with probability .95, of "
        f"{level['items']} items: {beyond}; {len(level['undecided'])} are undecided, their differences may lie within or "
        "beyond."
    )


def traits_table(study: StoredStudy, step: str) -> pd.DataFrame:
    """Correlations of the traits with their intervals, the strongest first."""
    found = sorted(study[step].meta["correlations"], key=lambda r: -abs(r["estimate"]))
    return pd.DataFrame(
        [
            {
                "Trait": readable(str(r["second"])),
                "and": readable(str(r["first"])),
                "Correlation": interval(pd.Series(r), signed=True),
            }
            for r in found
        ]
    )
