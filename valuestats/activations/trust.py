"""What speaks for and against neurons that were selected."""

from __future__ import annotations

from valuestats.base.labels import counted
from valuestats.results.result import Result
from valuestats.results.verdicts import TRUST_LIMITS, Reason, Sign
from valuestats.statistics.clusters import LEAST

MANY_SWAPPED = 0.5
"""Share of the selected that swapped sides give as well, from where on they are no finding."""
SOME_SWAPPED = 0.2
MANY_DEGENERATE = 0.05
"""Share of the questions with a degenerate answer, above which what is left may be another kind of question."""


def neuron_reasons(result: Result) -> list[Reason]:
    """Sides swapped, tokens taken for units, answers that are degenerate, few questions."""
    found, spec = result.meta["selection"], result.meta["specification"]
    reasons = []
    share, n = found["swapped_share"], result.meta["questions"]["used"]
    if spec["unit"] == "question" and n < LEAST:
        text = f"{counted(n, 'question')} give no interval and no test"
        reasons.append(Reason("effect", "untested", text))
    elif share is not None:
        text = f"{found['swapped']:,.1f} for {found['selected']:,} selected with the sides of questions swapped at random"
        reasons.append(Reason("swapped", _sign(share), text))
    if spec["unit"] == "token":
        text = (
            "tokens of one answer are taken as independent" if spec["compat"] is None else "no unit, no error"
        )
        reasons.append(Reason("units", "care", text))
    return reasons + _questions(result)


def stability_reasons(result: Result) -> list[Reason]:
    """The bound against what is stable, and few questions."""
    found = result.meta["stability"]
    reasons = _questions(result)
    if found["stable"]:
        share = found["bound"] / found["stable"]
        text = f"at most {found['bound']:.2g} of {counted(found['stable'], 'stable neuron')} expected to be false"
        reasons.append(Reason("swapped", _sign(share), text))
    return reasons


def _sign(share: float) -> Sign:
    return "none" if share >= MANY_SWAPPED else "care" if share >= SOME_SWAPPED else "sound"


def _questions(result: Result) -> list[Reason]:
    reasons = []
    lost, asked = result.meta["questions"]["degenerate"], result.meta["questions"]["asked"]
    if lost:
        text = f"{lost} of {counted(asked, 'question')} left out: an answer is degenerate"
        reasons.append(Reason("degenerate", "care" if lost > MANY_DEGENERATE * asked else "sound", text))
    if len(result.estimates) and int(result.estimates["n_units"].iloc[0]) < TRUST_LIMITS.units:
        n = int(result.estimates["n_units"].iloc[0])
        reasons.append(Reason("units", "care", f"rests on {counted(n, 'question')}"))
    return reasons
