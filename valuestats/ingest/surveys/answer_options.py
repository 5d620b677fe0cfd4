"""What the option texts of survey questions say: refusals, ordered scales, special samples."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

REFUSAL_OPTION_PATTERNS: tuple[str, ...] = (
    r"dk",
    r"dk ?/ ?(ref|refused|na)\.?",
    r"don['’`]?t know",
    r"do not know",
    r"don['’`]?t know ?/ ?(refused|no answer|no opinion)",
    r"no answer",
    r"no answer ?/ ?refused",
    r"(refused|refusal)( to answer)?",
    r"no opinion",
    r"not sure",
    r"can['’`]?t (say|choose)",
    r"prefer not to (say|answer)",
    r"missing",
    r"missing; .*",
    r"other missing; .*",
    r"not (asked|applicable|available)( .*)?",
    r"inap(: .*)?",
)
"""Options that stand for no substantive answer; each pattern must match the whole option, in any case.

Volunteered but substantive answers ("Neither", "Depends on the situation (VOL)") are not among them.
"""

ORDERED_SCALES: tuple[str, ...] = (
    "very favorable|somewhat favorable|somewhat unfavorable|very unfavorable",
    "strongly favor|favor|oppose|strongly oppose",
    "strongly favor|somewhat favor|somewhat oppose|strongly oppose",
    "strongly support|somewhat support|somewhat oppose|strongly oppose",
    "very favorable|mostly favorable|mostly unfavorable|very unfavorable",
    "very good|somewhat good|somewhat bad|very bad",
    "very big problem|moderately big problem|small problem|not a problem at all",
    "completely agree|mostly agree|mostly disagree|completely disagree",
    "strongly agree|agree|disagree|strongly disagree",
    "agree strongly|agree|disagree|strongly disagree",
    "agree strongly|agree|disagree|disagree strongly",
    "agree strongly|agree|neither agree nor disagree|disagree|disagree strongly",
    "strongly agree|agree|neither agree nor disagree|disagree|strongly disagree",
    "a lot of confidence|some confidence|not too much confidence|no confidence at all",
    "a great deal|quite a lot|not very much|none at all",
    "a great deal|a fair amount|not too much|not at all",
    "great deal|fair amount|not too much|not at all",
    "great deal|fair amount|not too much|no influence at all",
    "a lot|some|only a little|none",
    "a lot|a little|nothing at all",
    "a lot more|somewhat more|only a little more|not more",
    "major threat|minor threat|not a threat",
    "major threat|minor threat|no threat",
    "a great danger|moderate danger|small danger|no danger at all",
    "very well|somewhat well|not too well|not well at all",
    "very important|somewhat important|not too important|not important at all",
    "very important|somewhat important|not too important|not at all important",
    "very important|rather important|not very important|not at all important",
    "very concerned|somewhat concerned|not too concerned|not at all concerned",
    "very worried|somewhat worried|not too worried|not at all worried",
    "very likely|somewhat likely|not too likely|not at all likely",
    "very effective|somewhat effective|not too effective|not at all effective",
    "very satisfied|fairly satisfied|fairly dissatisfied|very dissatisfied",
    "completely dissatisfied|rather dissatisfied|rather satisfied|completely satisfied",
    "very often|fairly often|not often|not at all often",
    "very frequently|quite frequently|not frequently|not at all frequently",
    "trust completely|trust somewhat|do not trust very much|do not trust at all",
    "very strong conflicts|strong conflicts|not very strong conflicts|there are not conflicts",
    "none of them|few of them|most of them|all of them",
    "the best|above average|average|below average|the worst",
    "one of the most important priorities|a very important priority|a lower priority|not a priority at all",
    "not like me at all|not like me|a little like me|somewhat like me|like me|very much like me",
)
"""Option texts that form an ordered scale, from one end to the other, in lower case, joined by ``|``.

Two options are always ordered. Scales of numbers between two named ends are recognised by their numbers.
"""

_REFUSAL = re.compile("|".join(f"(?:{p})" for p in REFUSAL_OPTION_PATTERNS), re.IGNORECASE)
_SAMPLE = re.compile(r"\s*\([^()]*\bsample\)\s*$", re.IGNORECASE)
_SCALES = frozenset(ORDERED_SCALES)


def is_refusal_option(option: str) -> bool:
    """Whether an option stands for no substantive answer (see `REFUSAL_OPTION_PATTERNS`).

    Examples
    --------
    >>> [is_refusal_option(o) for o in ("DK/Refused", "No answer", "No", "I do not know anyone")]
    [True, True, False, False]
    """
    return _REFUSAL.fullmatch(" ".join(option.split())) is not None


def ordered_scale(options: Sequence[str]) -> bool | None:
    """Whether the options, refusals aside, form a declared ordered scale in the order in which they stand.

    Returns
    -------
    bool or None
        True where they do; None where that can't be told from the texts.

    Examples
    --------
    >>> ordered_scale(["Very good", "Somewhat good", "Somewhat bad", "Very bad", "DK/Refused"])
    True
    >>> ordered_scale(["Never", "2", "3", "4", "Always", "Don't know"])
    True
    >>> ordered_scale(["Red", "Green", "Blue"]) is None
    True
    """
    texts = [" ".join(o.split()).casefold() for o in options if not is_refusal_option(o)]
    if len(texts) == 2 or "|".join(texts) in _SCALES:
        return True
    inner = [_number(text) for text in texts[1:-1]]
    ends = [_number(text) for text in (texts[0], texts[-1])] if len(texts) > 2 else []
    if len(inner) < 2 or None in inner or any(e is not None for e in ends):
        return None
    steps = {b - a for a, b in pairwise(inner) if a is not None and b is not None}
    return True if steps == {1.0} else None


def scale_order(options: Sequence[str]) -> list[str] | None:
    """The options in the order of a known scale, which may have more; None where no scale tells, or two tell otherwise.

    Examples
    --------
    >>> scale_order(["Agree", "Disagree", "Strongly agree"])
    ['Strongly agree', 'Agree', 'Disagree']
    >>> scale_order(["Blue", "Green", "Red"]) is None
    True
    """
    texts = {option: " ".join(option.split()).casefold() for option in options}
    scales = [scale.split("|") for scale in ORDERED_SCALES]
    found = {
        tuple(sorted(options, key=lambda o: scale.index(texts[o])))
        for scale in scales
        if len(options) > 1 and set(texts.values()) <= set(scale)
    }
    ways = {min(order, order[::-1]) for order in found}
    return list(found.pop()) if len(ways) == 1 else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def base_country(group: str) -> str:
    """The country a sample is of: the name without a remark such as "(Non-national sample)".

    Examples
    --------
    >>> base_country("India (Non-national sample)"), base_country("India")
    ('India', 'India')
    """
    return _SAMPLE.sub("", group)


def is_pseudo_country(group: str) -> bool:
    """Whether the name is that of a special sample of a country, such as "India (Old national sample)".

    Examples
    --------
    >>> is_pseudo_country("India (Old national sample)"), is_pseudo_country("Palest. ter.")
    (True, False)
    """
    return base_country(group) != group
