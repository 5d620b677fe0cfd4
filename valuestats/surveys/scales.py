"""Whether a survey's codes are the instrument's: codes off the scale, and which end of it is "more"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.labels import listed
from valuestats.instruments import Instrument, load_instrument
from valuestats.tables import Survey, Variable
from valuestats.tables.survey import VALID, Direction, code_text

Verdict = Literal["as the instrument", "turned round", "not told"]

HIGHEST = ("Benevolence", "Self_Direction", "Universalism")
LOWEST = ("Power", "Tradition", "Stimulation")
"""The three most and the three least important basic values in nearly all samples of people (Schwartz and Bardi 2001)."""

_CLEAR = 3.0
_OPPOSITE: dict[Direction, Direction] = {"ascending": "descending", "descending": "ascending"}


@dataclass(frozen=True)
class ScaleCheck:
    """What `scale_check` found.

    Attributes
    ----------
    items
        One row per item: ``variable, item, by_labels, n_valid, n_off_scale, off_scale``.
    by_labels, by_data
        Direction of the codes as value labels tell it, and as the order of people's values tells it.
    difference, std_error
        Mean over people of their three usually highest minus their three usually lowest values, in codes.
    n
        People behind it.
    findings
        Sentences, the first the verdict.
    """

    items: pd.DataFrame
    by_labels: Verdict
    by_data: Verdict
    difference: float
    std_error: float
    n: int
    findings: tuple[str, ...]

    @property
    def turned(self) -> bool:
        """Whether the codes run against the instrument; labels go before the data."""
        return (self.by_data if self.by_labels == "not told" else self.by_labels) == "turned round"

    def to_content(self) -> dict[str, Any]:
        """What a study keeps: the text, the verdicts and the items."""
        return {
            "text": self.to_text(),
            "by_labels": self.by_labels,
            "by_data": self.by_data,
            "turned": self.turned,
            "items": self.items.to_dict("records"),
        }

    def to_text(self) -> str:
        """The findings as lines."""
        return "\n".join(self.findings)


@checked
def scale_check(
    survey: Survey,
    instrument: Instrument | str,
    items: Mapping[str, str] | Sequence[str],
    *,
    family: str | None = None,
) -> ScaleCheck:
    """Compare a survey's codes with an instrument's scale: codes off it, and its direction.

    The direction is read from value labels where they name both ends. It is also estimated from the data: in nearly all
    samples benevolence, self-direction and universalism stand above power, tradition and stimulation, so the mean over
    people of that difference has the sign of the codes' direction; it is told where it is three standard errors
    from zero. Where labels and data contradict each other, that is a finding.

    Parameters
    ----------
    survey
        The answers; missing codes are left out.
    instrument
        An instrument or its name.
    items
        Variable to item, or variables in the instrument's order of items.
    family
        Family of dimensions whose items are meant; the instrument's first where omitted.

    Returns
    -------
    ScaleCheck

    Raises
    ------
    SpecificationError
        An item that the instrument doesn't have, or not as many variables as items.

    References
    ----------
    Schwartz and Bardi (2001), Journal of Cross-Cultural Psychology 32, 268-290.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats.instruments import load_instrument
    >>> pvq, rng = load_instrument("pvq21"), np.random.default_rng(0)
    >>> liked = [i for d in HIGHEST for i in pvq.families["pvq"][d].items]
    >>> answers = {f"q{i}": rng.integers(1, 4, 50) + (0 if str(i) in liked else 2) for i in range(1, 22)}
    >>> survey = Survey(pd.DataFrame(answers, dtype=float))
    >>> scale_check(survey, pvq, list(answers)).by_data
    'turned round'
    """
    known = load_instrument(instrument) if isinstance(instrument, str) else instrument
    family = family_of(known, family)
    pairs = pairs_of(known, items, family)
    rows, values, labels_say = [], {}, []
    lowest, highest = known.scale.bounds
    for variable, item in pairs.items():
        valid = survey.status(variable) == VALID
        codes = pd.to_numeric(survey.frame[variable].where(valid), errors="coerce")
        off = codes.notna() & ~codes.isin(known.scale.codes)
        tally = codes[off].value_counts().sort_index()
        direction = _by_labels(survey.variable(variable), known)
        labels_say.append(direction)
        rows.append(
            {
                "variable": variable,
                "item": item,
                "by_labels": direction,
                "n_valid": int(codes.notna().sum()),
                "n_off_scale": int(off.sum()),
                "off_scale": ", ".join(f"{code_text(c)} ({n})" for c, n in tally.to_dict().items()),
            }
        )
        values[item] = codes.where(~off).to_numpy(dtype=float)
    table = pd.DataFrame(rows)
    by_labels = _agreed(labels_say)
    difference, error, n = _contrast(values, known, family, survey.weights())
    by_data: Verdict = "not told"
    if np.isfinite(difference) and error > 0 and abs(difference) > _CLEAR * error:
        ascending = (difference > 0) == (known.scale.direction == "ascending")
        by_data = "as the instrument" if ascending else "turned round"
    told = _findings(table, by_labels, by_data, difference, error, (lowest, highest), labels_say)
    return ScaleCheck(table, by_labels, by_data, difference, error, n, told)


@checked
def turn_codes(survey: Survey, variables: Sequence[str], low: int, high: int) -> Survey:
    """The survey with the codes of some variables turned round, :math:`low + high - x`; missing codes stay.

    Parameters
    ----------
    survey
        A survey.
    variables
        Columns of codes that count against the scale.
    low, high
        Ends of the scale.

    Returns
    -------
    Survey
        The same respondents; labels and the declared direction are turned with the codes.

    Raises
    ------
    InputError
        No such variable.

    Examples
    --------
    >>> import pandas as pd
    >>> turned = turn_codes(Survey(pd.DataFrame({"q": [1.0, 6.0, 2.0]})), ["q"], 1, 6)
    >>> turned.frame["q"].tolist()
    [6.0, 1.0, 5.0]
    """
    frame, known = survey.frame.copy(), dict(survey.variables)
    for name in variables:
        old = survey.variable(name)
        valid = (survey.status(name) == VALID).to_numpy()
        codes = pd.to_numeric(frame[name].where(valid), errors="coerce")
        inside = codes.between(low, high).to_numpy()
        column = frame[name].copy()
        column[inside] = low + high - codes[inside]
        frame[name] = column
        labels = {
            low + high - c if isinstance(c, float) and low <= c <= high and c not in old.missing else c: text
            for c, text in old.labels.items()
        }
        direction = None if old.direction is None else _OPPOSITE[old.direction]
        known[name] = replace(old, labels=labels, direction=direction)
    return replace(survey, frame=frame, variables=known)


def family_of(instrument: Instrument, family: str | None) -> str:
    """The family asked for; else the first that has items of its own."""
    if family is not None:
        return family
    there = [n for n, dimensions in instrument.families.items() if any(d.items for d in dimensions.values())]
    if not there:
        raise SpecificationError(
            "the instrument declares no items",
            parameter="instrument",
            got=instrument.id,
            expected="one with keys",
        )
    return there[0]


def pairs_of(instrument: Instrument, items: Mapping[str, str] | Sequence[str], family: str) -> dict[str, str]:
    """Items of the survey and the items of the family that they are."""
    if family not in instrument.families:
        raise SpecificationError(
            "the instrument has no such family",
            parameter="family",
            got=family,
            expected=", ".join(instrument.families),
        )
    there = sorted({i for d in instrument.families[family].values() for i in d.items}, key=_item_order)
    if not isinstance(items, Mapping):
        if len(items) != len(there):
            raise SpecificationError(
                "not as many variables as the instrument has items",
                parameter="items",
                got=len(items),
                expected=len(there),
                hint="name the items: {variable: item}",
            )
        return dict(zip(items, there, strict=True))
    pairs = {str(v): str(i) for v, i in items.items()}
    unknown = sorted(set(pairs.values()) - set(there))
    if unknown:
        raise SpecificationError(
            "the instrument has no such item",
            parameter="items",
            got=", ".join(unknown[:10]),
            expected=f"some of {', '.join(there[:30])}",
        )
    return pairs


def _item_order(item: str) -> tuple[int, str]:
    return (int(item), "") if item.isdigit() else (1 << 30, item)


def _by_labels(variable: Variable, instrument: Instrument) -> Verdict:
    """Direction by the instrument's own option texts, else by the labels of the scale's ends."""
    from valuestats.instruments.scale import normalise_text

    lookup = instrument.scale.lookup()
    met = [(c, lookup.get(normalise_text(t))) for c, t in variable.options.items() if isinstance(c, float)]
    met = [(c, k) for c, k in met if k is not None]
    if len(met) > 1:
        slope = np.sign(np.diff([k for _, k in sorted(met)]))
        if (slope > 0).all():
            return "as the instrument"
        if (slope < 0).all():
            return "turned round"
    if variable.direction is None:
        return "not told"
    return "as the instrument" if variable.direction == instrument.scale.direction else "turned round"


def _agreed(verdicts: list[Verdict]) -> Verdict:
    told = {v for v in verdicts if v != "not told"}
    return told.pop() if len(told) == 1 else "not told"


def _contrast(
    values: dict[str, np.ndarray], instrument: Instrument, family: str, weight: np.ndarray
) -> tuple[float, float, int]:
    dimensions = instrument.families[family]
    ends = []
    for names in (HIGHEST, LOWEST):
        means = []
        for name in names:
            columns = [values[i] for i in dimensions[name].items if i in values] if name in dimensions else []
            if columns:
                stack = np.stack(columns)
                known = ~np.isnan(stack)
                with np.errstate(invalid="ignore"):
                    means.append(np.where(known, stack, 0).sum(axis=0) / known.sum(axis=0))
        if not means:
            return float("nan"), float("nan"), 0
        ends.append(np.mean(means, axis=0))
    difference = ends[0] - ends[1]
    used = np.isfinite(difference) & (weight > 0)
    if used.sum() < 2:
        return float("nan"), float("nan"), int(used.sum())
    d, w = difference[used], weight[used] / weight[used].sum()
    mean = float(w @ d)
    error = float(np.sqrt(len(d) / (len(d) - 1) * (w**2 @ (d - mean) ** 2)))
    return mean, error, len(d)


def _findings(
    table: pd.DataFrame,
    by_labels: Verdict,
    by_data: Verdict,
    difference: float,
    error: float,
    bounds: tuple[int, int],
    labels_say: list[Verdict],
) -> tuple[str, ...]:
    turn = f"turn the codes round ({sum(bounds)} - x) before scoring"
    evidence = ""
    if np.isfinite(difference):
        evidence = f"highest minus lowest values {difference:+.2f} codes, standard error {error:.2f}"
    told = []
    if by_labels != "not told" and by_data != "not told" and by_labels != by_data:
        told.append(
            f"CONTRADICTION: by their labels the codes run {by_labels}, by the data {by_data} ({evidence})"
        )
    elif "turned round" in (by_labels, by_data):
        source = "labels" if by_labels == "turned round" else f"data ({evidence})"
        told.append(f"the codes run against the instrument, by the {source}: {turn}")
    elif "as the instrument" in (by_labels, by_data):
        source = "labels" if by_labels != "not told" else f"data ({evidence})"
        told.append(f"the codes run as the instrument's, by the {source}")
    else:
        told.append(f"neither labels nor data tell the direction of the codes{evidence and f' ({evidence})'}")
    if len({v for v in labels_say if v != "not told"}) > 1:
        against = table.loc[table["by_labels"] == "turned round", "variable"].tolist()
        told.append(f"items have labels of two directions; turned round: {listed(against)}")
    off = table[table["n_off_scale"] > 0]
    if len(off):
        where = "; ".join(f"{r.variable}: {r.off_scale}" for r in off.itertuples())
        told.append(
            f"{int(off['n_off_scale'].sum())} answers are codes that the scale {bounds[0]} to {bounds[1]} doesn't have "
            f"({where}): declare them as missing"
        )
    return tuple(told)
