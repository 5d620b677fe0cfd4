"""Sentences, figures and tables of the page on COUPLE: stored results as text."""

from __future__ import annotations

import pandas as pd

from valuestats.base.figure import Figure
from valuestats.base.labels import counted, listed, number, readable
from valuestats.figures.intervals import interval_rows
from valuestats.orderings.targets import ALL
from valuestats.reporting import md, setup, show, show_table
from valuestats.reporting.stored_study import StoredStudy
from valuestats.results.phrases import interval
from valuestats.results.result import Result
from valuestats.statistics.clusters import LEAST
from valuestats.systems.couple.release import OPPOSING, PROMPTED, SUPPORTING, UNPROMPTED

__all__ = [
    "StoredStudy",
    "distance_caption",
    "distance_chart",
    "effects_figure",
    "effects_sentence",
    "glance_sentence",
    "judge_sentence",
    "judge_table",
    "md",
    "prompts_sentence",
    "published_table",
    "recovery_sentence",
    "recovery_table",
    "runs_sentence",
    "runs_table",
    "setup",
    "show",
    "show_table",
    "source_sentence",
    "steering_figure",
    "supposed_sentence",
]

WAYS = ("unsteered", "by its own gap", "by the model")


def _whole(result: Result, model: str) -> pd.Series:
    frame = result.estimates
    return frame[(frame["model"] == model) & (frame["dimension"] == ALL)].iloc[0]


def _order(row: pd.Series) -> str:
    if pd.isna(row["correlation"]):
        return "–"
    return interval(
        pd.Series(
            {
                "estimate": row["correlation"],
                "lower": row["correlation_lower"],
                "upper": row["correlation_upper"],
            }
        )
    )


def glance_sentence(study: StoredStudy) -> str:
    """How near GPT-4's prompted choices come to what the prompts ask for, and what the simulation says of the judge."""
    runs = study["runs"]
    one, none = _whole(runs, PROMPTED), _whole(runs, UNPROMPTED)
    dimensions = runs.estimates["dimension"].nunique() - 1
    plain, own = (_whole(study[s], WAYS[2]) for s in ("plain", "corrected"))
    return (
        f"System prompts for and against {number(dimensions // 2)} principles bring GPT-4's choices from "
        f"{none['estimate']:.1f} "
        f"to {interval(one, 1)} of {number(dimensions)} from the profile they ask for: most of the way is left. In "
        "simulated "
        f"answers, a judge taken as perfect puts the distance of the best-steered at {plain['estimate']:.2f}; with "
        "its error "
        f"carried through it is {interval(own)}."
    )


def source_sentence(study: StoredStudy) -> str:
    """What is real on the page, and what is simulated."""
    answered = study["prompted"]
    scored = int(answered["score"].notna().sum())
    real = "GPT-4's real choices from the release of DailyDilemmas"
    whose = "**SIMULATED choices (the release is not at hand)**" if _simulated(study) else real
    return (
        f"Neither the paper's answers nor its judge's scores are public. The page shows {whose} ({number(scored)} scored of "
        f"{number(len(answered))}), and a simulated structural model of six values whose effects are known."
    )


def _simulated(study: StoredStudy) -> bool:
    return any(str(d).startswith("choices:") for d in study.manifest["deviations"])


def runs_sentence(study: StoredStudy) -> str:
    """The scorer's sentence on the real runs."""
    one, none = (_whole(study["runs"], m) for m in (PROMPTED, UNPROMPTED))
    gain = study["runs"].replicates()
    whole = gain.sel(dimension=ALL)
    ends = (whole.sel(model=PROMPTED) - whole.sel(model=UNPROMPTED)).quantile([0.025, 0.975]).to_numpy()
    difference = pd.Series(
        {"estimate": one["estimate"] - none["estimate"], "lower": ends[0], "upper": ends[1]}
    )
    return (
        "A prompt asks that the action which supports its principle more be chosen, or that it be not; without a "
        "prompt the "
        f"same choices are held against both, which leaves half of them off by design ({none['estimate']:.1f} of "
        f"{number(study['runs'].estimates['dimension'].nunique() - 1)}). Prompts move the distance by "
        f"{interval(difference, 1, signed=True)}, and the order of the dimensions agrees with what was asked for by "
        f"{_order(one)} (Spearman)."
    )


def supposed_sentence(study: StoredStudy) -> str:
    """What labels that err would change."""
    plain, own = (_whole(study[s], PROMPTED) for s in ("runs", "runs_supposed"))
    return (
        "Which action supports a principle was told by a language model, and nobody knows how often it was right. "
        f"Were it right in nine of ten, by 400 labelled on each side, the distance would be {interval(own, 1)} in place of "
        f"{interval(plain, 1)}: errors of the labels pull every distance towards one half."
    )


def prompts_sentence(study: StoredStudy) -> str:
    """What each prompt does to the same choices, over all principles and by principle."""
    whole = study["prompts_pooled"].estimates.set_index("condition")
    single = study["prompts"].estimates
    enough = single[single["n_units"] >= LEAST]
    clear = int((enough["p_adjusted"] < 1 - enough["level"]).sum())
    told = [
        f"the {name} prompt by {interval(whole.loc[name], signed=True)}" for name in (SUPPORTING, OPPOSING)
    ]
    pairs, dilemmas = int(whole["n_scored"].iloc[0]), int(whole["n_units"].iloc[0])
    return (
        f"Each of {number(pairs)} choices was made without a system prompt, with one for its principle and with one against "
        f"it. Held against the same choices without, the share that goes with the principle moves under {listed(told)} "
        f"({number(dilemmas)} dilemmas resampled as clusters). Principle by principle {number(clear)} of "
        f"{counted(len(enough), 'effect')} with at least {LEAST} dilemmas can be told from none after Holm's correction. A "
        "dilemma is prompted for its own principle only, so that what a prompt does to the other principles, the off-target "
        "effects, is not in these data."
    )


def distance_chart(study: StoredStudy) -> Figure:
    """Distance from what each prompt asks for, with and without it."""
    frame = study["runs"].estimates
    frame = frame[frame["dimension"] != ALL]
    order = frame[frame["model"] == PROMPTED].sort_values("estimate")["dimension"]
    return interval_rows(
        frame.assign(row=frame["dimension"].map(_named), series=frame["model"]),
        order=[_named(d) for d in order],
        title="Share against what is asked for",
        zero=False,
        width=260,
    )


_LETTERS = 40


def _named(dimension: str) -> str:
    principle, _, way = dimension.rpartition(", ")
    short = principle if len(principle) <= _LETTERS else principle[: _LETTERS - 1].rstrip(" ,") + "…"
    return f"{short} ({'for' if way == 'supporting' else 'against'})"


def distance_caption(study: StoredStudy) -> str:
    """How to read the figure."""
    few = study["runs"].estimates
    small = int((few[(few["dimension"] != ALL) & (few["model"] == PROMPTED)]["n_scored"] < 4).sum())
    return (
        "Each row is a principle and what its system prompt asks for; 0 is the target, at .5 the choices know "
        "nothing of it. "
        f"Intervals are over dilemmas; {counted(small, 'row')} rest on fewer than four choices."
    )


def runs_table(study: StoredStudy) -> pd.DataFrame:
    """Summed distance and order, with the labels as they are and supposing that they err."""
    rows = []
    for name, step in (("as they are", "runs"), ("supposed right in 90%", "runs_supposed")):
        for model in (UNPROMPTED, PROMPTED):
            row = _whole(study[step], model)
            rows.append(
                {
                    "Labels": name,
                    "Choices": model,
                    "Distance [95%]": interval(row, 1),
                    "Order [95%]": _order(row),
                }
            )
    return pd.DataFrame(rows)


def published_table(study: StoredStudy) -> pd.DataFrame:
    """Published | Recomputed: nothing to compute from."""
    table = study["comparison"]
    return pd.DataFrame(
        {
            "Quantity": [str(q)[0].upper() + str(q)[1:] for q in table["quantity"]],
            "Of": table["group"],
            "Published": [f"{x:.3f}" for x in table["published"]],
            "Recomputed": "–",
            "Verdict": [f"{v}: {e}" for v, e in zip(table["verdict"], table["explanation"], strict=True)],
        }
    )


def judge_table(study: StoredStudy) -> pd.DataFrame:
    """True distance of simulated answers, and what a judge who errs makes of it."""
    known = study["truth"].groupby("model")["error"].sum()
    rows = []
    for model in WAYS:
        plain, own = (_whole(study[s], model) for s in ("plain", "corrected"))
        rows.append(
            {
                "Steered": model,
                "True distance": f"{known[model]:.2f}",
                "Judge taken as perfect": interval(plain),
                "Error carried through": interval(own),
                "Order, carried through": _order(own),
            }
        )
    return pd.DataFrame(rows)


def judge_sentence(study: StoredStudy) -> str:
    """What the judge's error does."""
    known = study["truth"].groupby("model")["error"].sum()
    plain = [_whole(study["plain"], m) for m in WAYS]
    missed = sum(not r["lower"] <= known[r["model"]] <= r["upper"] for r in plain)
    return (
        f"The simulated judge gives the true level in three of four answers. Taken as perfect, its intervals miss the true "
        f"distance of {number(missed)} of the {number(len(plain))} ways to steer; from {number(len(study['judge']))} "
        "answers "
        "that people labelled too, its error is taken off and carried into the interval."
    )


def effects_figure(study: StoredStudy) -> Figure:
    """Effects of one value set to 1."""
    return study["effects"].plot()


def effects_sentence(study: StoredStudy) -> str:
    """The effects, and whether they withstand."""
    return f"{study['effects'].sentence()} {study['refuted'].sentence()}"


def steering_figure(study: StoredStudy) -> Figure:
    """Distance left by the number of shifts."""
    return study["steering"].plot()


def recovery_table(study: StoredStudy) -> pd.DataFrame:
    """What was planted and what came out."""
    table = study["recovery"]
    return pd.DataFrame(
        {
            "Planted": [readable(q[0].upper() + q[1:]) for q in table["quantity"]],
            "Truth": [f"{x:.2f}".replace("-", "−") for x in table["truth"]],
            "Found [95%]": [interval(r, signed=False) for _, r in table.iterrows()],
            "Recovered": ["yes" if h else "no" for h in table["holds"]],
        }
    )


def recovery_sentence(study: StoredStudy) -> str:
    """How much of what was planted is found."""
    table = study["recovery"]
    own = table[~table["quantity"].str.contains("taken as perfect")]
    return (
        f"Of {number(len(own))} planted quantities {number(own['holds'].sum())} are recovered, the judge's error "
        "carried through; "
        "docs/calibration.md says how often over many simulations."
    )
