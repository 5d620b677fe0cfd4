"""Sentences, figures and tables of the page: stored results as text."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import counted, number, p_value, signed
from valuestats.figures.theme import PALETTE, colour_word
from valuestats.opinions.figures import TRUE_COLOUR, dynamics_chart, forecast_chart
from valuestats.opinions.forecast import PERSISTENCE
from valuestats.opinions.rules import BOUND, INFLUENCE
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.systems.friends_influence.simulate import TRUTH

__all__ = [
    "StoredStudy",
    "bound_chart",
    "comparison_table",
    "forecast_chart",
    "forecast_table",
    "glance_sentence",
    "heard_sentence",
    "identified_sentence",
    "md",
    "profile_caption",
    "profile_chart",
    "recovery_sentence",
    "recovery_table",
    "setup",
    "show",
    "show_table",
    "source_sentence",
    "still_sentence",
    "verdict_sentence",
    "weaker_sentence",
]


def _real(study: StoredStudy) -> bool:
    return "opinion_dynamics" in study.manifest["datasets"]


def source_sentence(study: StoredStudy) -> str:
    """Whose data the page shows; plainly, where they are simulated."""
    if _real(study):
        return (
            "The 275 ego networks of the publication are not public: this page shows a named stand-in, an experiment in "
            "which 182 people heard one voice on each of six questions, and 275 SIMULATED ego networks whose parameters "
            "are known."
        )
    return (
        "The experiment is not at hand, and SIMULATED answers stand in for it beside the simulated ego networks: nothing "
        "here is about real people, and the published error cannot be recomputed."
    )


def _row(result: Result, parameter: str) -> pd.Series:
    return result.estimates[result.estimates["parameter"] == parameter].iloc[0]


def _edge(result: Result) -> bool:
    told = result.meta["identifiability"]
    return any(
        own["name"] == BOUND and own["status"] in ("upper edge", "nothing") for own in told["parameters"]
    )


def glance_sentence(study: StoredStudy) -> str:
    """How far people move towards a voice, whether a bound is there, and what that foretells."""
    moved, bound = _row(study["heard"], INFLUENCE), _edge(study["heard"])
    best = study["heard_forecast"].estimates.iloc[1:].sort_values("skill").iloc[-1]
    share = {k: 100 * float(moved[k]) for k in ("estimate", "lower", "upper")}
    ends = f"{share['lower']:.0f}, {share['upper']:.0f}"
    said = f"People move {share['estimate']:.0f}% [{ends}] of the way to a voice that they hear; " + (
        "those farthest away are listened to as well, so that these data show no confidence bound; "
        if bound
        else f"beyond a distance of {interval(_row(study['heard'], BOUND), 1)} they do not listen; "
    )
    worth = (
        f"and knowing the voice takes {100 * best['skill']:.0f}% [{100 * best['skill_lower']:.0f}, "
        f"{100 * best['skill_upper']:.0f}] off the error of saying that nobody changes"
        if best["skill_lower"] > 0
        else "and no model foretells a new person's answer better than that nobody changes"
    )
    return f"{said}{worth}."


def bound_chart(study: StoredStudy) -> Figure:
    """Profile likelihood of the bound: of simulated friends, who have one, and in the experiment."""
    panels = []
    for step, title, axis in (
        ("fitted", "Simulated friends, bound .3", "Confidence bound (opinions of spread .2)"),
        (
            "heard",
            "The experiment" if _real(study) else "The stand-in",
            "Confidence bound (points, −10 to 10)",
        ),
    ):
        curve = study[step].meta["curves"][BOUND]
        fall = np.repeat(curve["fall"], 2)
        line = pd.DataFrame({"at": np.column_stack([curve["low"], curve["high"]]).ravel(), "fall": fall})
        x = alt.X("at:Q", title=axis, scale=alt.Scale(nice=False))
        y = alt.Y(
            "fall:Q", title="How much worse the data fit (2 log likelihood)", scale=alt.Scale(domainMin=0)
        )
        layers = [alt.Chart(line).mark_line(strokeWidth=2).encode(x=x, y=y)]
        if step == "fitted":
            known = pd.DataFrame({"at": [TRUTH[BOUND]]})
            layers.append(
                alt.Chart(known)
                .mark_rule(strokeDash=[5, 4], color=PALETTE[1], strokeWidth=1.6)
                .encode(x="at:Q")
            )
        panels.append(alt.layer(*layers).properties(width=250, height=230, title=title))
    return alt.hconcat(*panels, spacing=24)


def profile_chart(study: StoredStudy) -> Figure:
    """Profiles of both parameters of simulated friends, with the truth."""
    return dynamics_chart(study["fitted"], width=250, truth=TRUTH)


def profile_caption() -> str:
    """What the lines of the profiles mean."""
    return (
        "Profile likelihoods of simulated friends: the interval lies below the dashed line, the truth is "
        f"{colour_word(TRUE_COLOUR)}."
    )


def comparison_table(study: StoredStudy) -> pd.DataFrame:
    """Published | Recomputed | Corrected; nothing can be recomputed."""
    rows = []
    for _, row in study["comparison"].iterrows():
        whole = float(row["published"]).is_integer()
        printed = number(row["published"]) if whole else f"{row['published']:.5f}"
        rows.append(
            [
                f"{str(row['quantity']).capitalize()}, {row['group']}",
                printed,
                "—",
                row["verdict"],
                row["explanation"],
            ]
        )
    return pd.DataFrame(rows, columns=["Quantity", "Published", "Recomputed", "Verdict", "Corrected"])


def still_sentence(study: StoredStudy) -> str:
    """How many answers stayed, moved and changed sides, by whose side the voice was on."""
    table = study["stillness"].set_index("voice")
    changes, same = int(table["changes"].sum()), int(table["same"].sum())
    other, own = table.loc["other side"], table.loc["same side"]
    return (
        f"{number(same)} of {counted(changes, 'answer')} ({same / changes:.0%}) stayed exactly as they were. Of those that "
        f"heard a voice from the other side {number(other['turned'])} of {number(other['changes'])} changed sides, of those "
        f"that heard one from their own {number(own['turned'])} of {number(own['changes'])}; the mean move towards the "
        f"voice was {signed(float(other['mean_move']))} and {signed(float(own['mean_move']))} points."
    )


def heard_sentence(study: StoredStudy) -> str:
    """The published rule and DeGroot's on the experiment."""
    placebo = study["heard"].meta["placebo"]
    return (
        f"{_voices(study['heard'].sentence())} {_voices(study['heard_degroot'].sentence())} With the voices of others, "
        f"dealt at random, the rule takes {100 * placebo['placebo_fall']:.1f}% off the sum of squares, with one's own "
        f"{100 * placebo['fall']:.1f}% ({p_value(placebo['p_value'])})."
    )


def _voices(text: str) -> str:
    return text.replace("own friends explain", "own voices explain")


def weaker_sentence(study: StoredStudy) -> str:
    """Whether the finding rests on how convinced the voice is taken to be."""
    full, weak = study["heard"], study["heard_weaker"]
    moved = interval(_row(weak, INFLUENCE))
    same = _edge(full) == _edge(weak)
    return (
        "Only the side of a voice is known; it is taken as fully convinced (10 points). Taken as half convinced (5), "
        f"influence is {moved}, and the bound "
        + (
            f"{'still reaches' if _edge(weak) else 'still lies within'} the farthest voice."
            if same
            else f"{'reaches' if _edge(weak) else 'lies within'} the farthest voice: what is said of it rests on that."
        )
    )


def verdict_sentence(study: StoredStudy, step: str) -> str:
    """The verdict of a step."""
    return study[step].verdict.sentence()


def forecast_table(study: StoredStudy) -> pd.DataFrame:
    """Errors in people held out, of the experiment and of simulated friends."""
    parts = {}
    for step, title, digits in (("heard_forecast", "Experiment", 2), ("forecast", "Simulated friends", 5)):
        frame = study[step].estimates.set_index("model")
        title = title if _real(study) or step == "forecast" else "Stand-in"
        parts[f"{title}: squared error"] = frame.apply(
            lambda row, d=digits: f"{row['estimate']:.{d}f}", axis=1
        )
        parts[f"{title}: below persistence"] = frame.apply(_skill, axis=1)
    order = list(study["forecast"].estimates["model"])
    table = pd.DataFrame(parts).reindex(order).fillna("—")
    return table.rename_axis("Model").reset_index().assign(Model=[m[0].upper() + m[1:] for m in order])


def _skill(row: pd.Series) -> str:
    if row.name == PERSISTENCE:
        return "—"
    text = f"{100 * row['skill']:.0f}% [{100 * row['skill_lower']:.0f}, {100 * row['skill_upper']:.0f}]"
    return text.replace("-0 ", "0 ").replace("[-0,", "[0,").replace("-0]", "0]").replace("-", "−")


def recovery_table(study: StoredStudy) -> pd.DataFrame:
    """Truth and estimates of simulated friends."""
    frame = study["recovery"]
    return pd.DataFrame(
        {
            "Opinions": frame["fit"].str.capitalize(),
            "Parameter": frame["parameter"].str.capitalize(),
            "Truth": [f"{x:.2f}" for x in frame["truth"]],
            "Estimate": [interval(row, 3) for _, row in frame.iterrows()],
            "Truth in interval": ["yes" if x else "no" for x in frame["held"]],
        }
    )


def recovery_sentence(study: StoredStudy) -> str:
    """How many true parameters the intervals hold, with the error carried and without."""
    frame = study["recovery"]
    good = frame[frame["fit"] != "error taken for none"]
    off = frame[(frame["fit"] == "error taken for none") & ~frame["held"]]
    missed = (
        "; taking the error for none misses " + " and ".join(f"the {p}" for p in off["parameter"])
        if len(off)
        else "; in this simulation taking the error for none misses neither, on average it does (docs/calibration.md)"
    )
    return f"{number(good['held'].sum())} of {counted(len(good), 'interval')} hold the truth{missed}."


def identified_sentence(study: StoredStudy) -> str:
    """What two waves can't tell of stubbornness."""
    found = study["two_waves"]
    told = found.meta["identifiability"]
    rows = [f"{row['parameter']} {interval(row)}" for _, row in found.estimates.iterrows()]
    return (
        f"Friedkin and Johnsen's rule on the same two waves: {' and '.join(rows)}, with a posterior rank correlation of "
        f"{told['correlation']:.2f}. "
        + (
            "Only their combination s(1 − a) is in the data; which of the two holds people back needs a third wave."
            if told["alike"]
            else "Both are told apart."
        )
    )
