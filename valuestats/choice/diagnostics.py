"""Defects that choices show of themselves: copied judges, turned ones, choices that are missing by option, circles.

Each is looked for by a test whose chance to speak up without cause is one in a thousand for all judges, options or pairs
together.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from valuestats.base.labels import counted, listed
from valuestats.tables.choices import Choices, chooser_columns

Floats = NDArray[np.float64]
Prints = NDArray[np.uint64]
Ints = NDArray[np.int64]
ALPHA = 0.001
_SHOWN = 6  # names in a note
_LEAST = 10  # choices of a judge that are compared with another's
_TOLD = (
    3.0  # log of the likelihood ratio from which a judge's share of first places tells columns from labels
)


UNFAIR = "no fair sample"
"""In a note of choices that are missing by option."""


def judge_notes(choices: Choices, pairs: pd.DataFrame | None = None) -> list[str]:
    """Judges who are copies of others, or turned against them; nothing where nothing is found."""
    frame = choices.frame.assign(option=choices.frame["option"].astype(str))
    pairs = decided_pairs(choices) if pairs is None else pairs
    found = [[*_copied(frame, who), *_turned(pairs, who)] for who in chooser_columns(frame)]
    return list(dict.fromkeys(note for notes in found for note in notes))


def circle_notes(choices: Choices, pairs: pd.DataFrame | None = None) -> list[str]:
    """Options that are preferred to each other in a circle, beyond chance; `pairs` as `decided_pairs` gives them."""
    return _circles(decided_pairs(choices) if pairs is None else pairs)


def _weight(frame: pd.DataFrame) -> Floats:
    return frame["count"].to_numpy(dtype=float) if "count" in frame.columns else np.ones(len(frame))


def decided_pairs(choices: Choices) -> pd.DataFrame:
    """Valid choices between two options that took one.

    Columns ``low``, ``high`` (codes), ``won`` (by low), ``low_first``, ``weight``, and who chose (`chooser_columns`).
    """
    frame = choices.frame
    valid = frame[frame["status"] == "valid"]
    code = pd.factorize(valid["choice"])[0]
    sizes = np.bincount(code, minlength=1)
    two, code = valid[sizes[code] == 2], code[sizes[code] == 2]
    place, options = pd.factorize(two["option"].astype(str), sort=True)
    order = np.lexsort((place, code))
    two, place = two.iloc[order], place[order]
    a, b = two.iloc[::2], two.iloc[1::2]
    rank_a, rank_b = (s["rank"].astype("Int64").fillna(0).to_numpy(dtype=int) for s in (a, b))
    won = (rank_a > 0) & ((rank_b == 0) | (rank_a < rank_b))
    lost = (rank_b > 0) & ((rank_a == 0) | (rank_b < rank_a))
    known = "position" in two.columns and not two["position"].isna().any()
    found = pd.DataFrame(
        {
            "low": place[::2],
            "high": place[1::2],
            "won": won.astype(float),
            "low_first": (a["position"] == 1).to_numpy(dtype=bool) if known else np.zeros(len(a), dtype=bool),
            "weight": _weight(a),
            **{who: a[who].astype("string").to_numpy() for who in chooser_columns(frame)},
        }
    )[won | lost]
    found.attrs = {"options": list(options), "placed": known}
    return found.reset_index(drop=True)


def missing_notes(frame: pd.DataFrame) -> list[str]:
    """How many choices were not made, and the option with which most were not, where that is no chance."""
    put = frame[frame["status"] != "not_administered"]
    if put.empty:
        return []
    once = ~put["choice"].duplicated().to_numpy()
    gone, weight = (put["status"] != "valid").to_numpy(), _weight(put)
    lost, asked = float(weight[once & gone].sum()), float(weight[once].sum())
    never = float(_weight(frame)[~frame["choice"].duplicated().to_numpy()].sum()) - asked
    if lost + never == 0:
        return []
    text = f"{lost + never:,.0f} of {counted(asked + never, 'choice')} were not made and are left out"
    who = chooser_columns(put)
    by = put[who[0]].astype(str).to_numpy() if who else np.full(len(put), "")
    offers = pd.DataFrame(
        {"option": put["option"].astype(str).to_numpy(), "by": by, "gone": gone * weight, "n": weight}
    )
    cells = offers.groupby(["by", "option"])[["gone", "n"]].sum()
    rate = cells.groupby(level="by")["gone"].transform("sum") / cells.groupby(level="by")["n"].transform(
        "sum"
    )
    cells["expected"], cells["variance"] = cells["n"] * rate, cells["n"] * rate * (1 - rate)
    each = cells.groupby(level="option").sum()
    each = each[each["variance"] > 0]
    if len(each) < 2:
        return [text]
    z = (each["gone"] - each["expected"]) / np.sqrt(each["variance"])
    if stats.chi2.sf(float((z**2).sum()), len(each) - 1) >= ALPHA:
        return [text]
    worst = z.abs().idxmax()
    here = each.loc[worst]
    rest = each.drop(index=worst).sum()
    more = "more" if z[worst] > 0 else "less"
    return [
        f"{text}; {more} often where {worst} is offered ({here['gone'] / here['n']:.0%} against "
        f"{rest['gone'] / rest['n']:.0%}), so that what is left is {UNFAIR}"
    ]


def _copied(frame: pd.DataFrame, who: str) -> list[str]:
    """Judges whose choices are all the same, beyond what agreement makes likely."""
    if frame[who].isna().any() or frame[who].nunique() < 2:
        return []
    valid = frame[frame["status"] == "valid"]
    if valid.empty:
        return []
    shown, said = _prints(valid)
    choice = pd.factorize(valid["choice"])[0]
    first = np.unique(choice, return_index=True)[1]
    code, names = pd.factorize(valid[who].astype(str).to_numpy()[first], sort=True)
    judge: Ints = code.astype(np.int64)
    shown, said = (_mixed(_sums(value, choice, len(first))) for value in (shown, said))
    times = _weight(valid)[first].astype(np.int64)
    shown, said, judge = np.repeat(shown, times), np.repeat(said, times), np.repeat(judge, times)
    sheets = pd.DataFrame(
        {"print": _sums(said, judge, len(names)), "n": np.bincount(judge, minlength=len(names))}
    )
    same = sheets[sheets["n"] >= _LEAST].groupby(["print", "n"]).groups.values()
    groups = [np.asarray(members) for members in same if len(members) > 1]
    if not groups:
        return []
    each = pd.DataFrame({"shown": shown, "said": said})
    share = each.value_counts(["shown", "said"]) / each["shown"].value_counts()
    agree = (share**2).groupby(level="shown").sum().clip(upper=0.95)
    tries = np.log(len(names) * (len(names) - 1) / 2)
    found = []
    for members in groups:
        chance = float(np.log(agree.reindex(shown[judge == members[0]]).to_numpy()).sum())
        if chance + tries < np.log(ALPHA):
            copies = listed([str(names[k]) for k in members[:_SHOWN]])
            number = counted(float(sheets["n"].iloc[members[0]]), "choice")
            found.append(f"{copies} made the same {number}: one may be a copy")
    return found


def _prints(valid: pd.DataFrame) -> tuple[Prints, Prints]:
    """Fingerprints of what each row shows, and of what was made of it."""
    kept = ["option"]
    kept += [c for c in ("item", "condition", "step", "language", "position") if c in valid.columns]
    shown = valid[kept].astype(str)
    rank = valid["rank"].astype("Int64").fillna(0).astype(np.int64)
    outcome = valid["outcome"].astype(str) if "outcome" in valid.columns else ""
    said = shown.assign(_rank=rank, _outcome=outcome)
    one, two = (np.asarray(pd.util.hash_pandas_object(t, index=False), np.uint64) for t in (shown, said))
    return one, two


def _sums(value: Prints, group: NDArray[np.int64], size: int) -> Prints:
    """Sums that wrap around, by group: the same for the same members in any order."""
    found = np.zeros(size, dtype=np.uint64)
    np.add.at(found, group, value)
    return found


def _mixed(value: Prints) -> Prints:
    """Fingerprints whose sums do not tell in which set their parts stood together."""
    return pd.util.hash_array(value)


def _turned(every: pd.DataFrame, who: str) -> list[str]:
    """Judges who put the options in the opposite order of the others."""
    pairs = every[every[who].notna()]
    judges = sorted(pairs[who].unique()) if len(pairs) else []
    if len(judges) < 3:
        return []
    n = len(pairs.attrs["options"])
    code = np.searchsorted(judges, pairs[who].to_numpy(dtype=object))
    sign, weight = 2 * pairs["won"].to_numpy() - 1, pairs["weight"].to_numpy()
    low, high = pairs["low"].to_numpy(), pairs["high"].to_numpy()
    key = np.concatenate([code * n + low, code * n + high])
    cells, cell = np.unique(key, return_inverse=True)
    net = np.bincount(cell, np.concatenate([sign, -sign]) * np.tile(weight, 2))
    times = np.bincount(cell, np.tile(weight, 2))
    # What the others made of the option of each judge's own.
    option = cells % n
    all_net, all_times = (np.bincount(option, x, n)[option] for x in (net, times))
    others = ((all_net - net) / np.maximum(all_times - times, 1))[cell]
    ahead = others[: len(low)] - others[len(low) :]
    score = np.bincount(code, sign * ahead * weight, len(judges))
    spread = np.sqrt(np.bincount(code, ahead**2 * weight, len(judges)))
    z = np.divide(score, spread, out=np.zeros_like(score), where=spread > 0)
    limit = stats.norm.isf(ALPHA / len(judges))
    against = np.flatnonzero(z < -limit)
    # Where half of the judges stand against the others there are two camps, and no one is turned.
    if not len(against) or 2 * len(against) >= len(judges):
        return []
    return [_said(judges[k], code == k, pairs) for k in against]


def _said(judge: str, own: NDArray[np.bool_], pairs: pd.DataFrame) -> str:
    text = f"{judge} puts the options in the opposite order of the other judges"
    if not pairs.attrs["placed"]:
        return f"{text}: columns of its options may be swapped, or labels of its winners turned"
    first = (pairs["won"] == 1) == pairs["low_first"]
    weight = pairs["weight"]
    share = float(np.average(first[~own], weights=weight[~own]))
    share = min(max(share, 0.02), 0.98)
    surplus = float((weight[own] * (2.0 * first[own] - 1.0)).sum())
    told = surplus * np.log(share / (1 - share))
    if told > _TOLD:
        return f"{text}, and takes the same place as they do: the columns of its options may be swapped"
    if told < -_TOLD:
        return f"{text}, and the other place: the labels of its winners may be turned"
    return f"{text}: columns of its options may be swapped, or labels of its winners turned"


def _circles(pairs: pd.DataFrame) -> list[str]:
    """Options that are surely preferred to each other in a circle."""
    if not len(pairs):
        return []
    n = len(pairs.attrs["options"])
    low, high, w = pairs["low"].to_numpy(), pairs["high"].to_numpy(), pairs["weight"].to_numpy()
    won = np.bincount(low * n + high, w * pairs["won"].to_numpy(), n * n)
    met = np.bincount(low * n + high, w, n * n)
    there = np.flatnonzero(met > 0)
    best = np.maximum(won[there], met[there] - won[there])
    p = stats.binom.sf(best - 1, met[there], 0.5)
    sure = there[p < ALPHA / (2 * len(there))]
    up = 2 * won[sure] > met[sure]
    one, two = np.divmod(sure, n)
    edges = csr_array((np.ones(len(sure)), (np.where(up, one, two), np.where(up, two, one))), shape=(n, n))
    number, group = connected_components(edges, directed=True, connection="strong")
    sizes = np.bincount(group, minlength=number)
    found = []
    for k in np.flatnonzero(sizes > 1):
        names = [str(pairs.attrs["options"][i]) for i in np.flatnonzero(group == k)]
        rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        found.append(f"{listed(names[:_SHOWN])}{rest} are preferred to each other in a circle, beyond chance")
    return found
