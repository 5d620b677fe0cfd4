"""Sentences of response style and sensitivity."""

from __future__ import annotations

import pandas as pd

from valuestats.base.labels import counted, listed, number, readable, span
from valuestats.prompts.trust import moves
from valuestats.results.phrases import interval
from valuestats.results.result import Result


def response_style_sentence(result: Result) -> str:
    """The sentence of response style."""
    frame = result.estimates.dropna(subset="estimate")
    if frame.empty:
        return "No response style could be estimated: no answer is valid."
    first = "acquiescence" if (frame["style"] == "acquiescence").any() else "level"
    name = (
        "acquiescence"
        if first == "acquiescence"
        else "mean answers about the middle of the scale, content included,"
    )
    parts = [_range(result, first, name)]
    parts += [
        _range(result, style, f"the effect of {readable(style)}")
        for style in dict.fromkeys(frame["style"])
        if style.startswith("option order") and " - " in style
    ]
    scored, asked = _counts(result)
    told = result.meta["specification"]["balanced_dimensions"]
    caveat = (
        f"; content is balanced over {number(len(told))} dimensions with keys of both signs" if told else ""
    )
    return f"{'; '.join(parts)}{caveat}; scored {scored} of {asked} answers, intervals resample queries."


def _range(result: Result, style: str, name: str) -> str:
    part = (
        result.estimates[result.estimates["style"] == style].dropna(subset="estimate").sort_values("estimate")
    )
    low, high = part.iloc[0], part.iloc[-1]
    text = name[:1].upper() + name[1:] if style in ("acquiescence", "level") else name
    if len(part) == 1:
        return f"{text} of {high['model']} is {interval(high, signed=True)}"
    return (
        f"{text} runs from {interval(low, signed=True)} ({low['model']}) to {interval(high, signed=True)} "
        f"({high['model']})"
    )


def _counts(result: Result) -> tuple[str, str]:
    once = result.estimates.drop_duplicates("model")
    return number(int(once["n_scored"].sum())), number(int(once["n_asked"].sum()))


def sensitivity_sentence(result: Result) -> str:
    """The sentence of sensitivity."""
    over = readable(result.meta["specification"]["over"])
    frame = result.estimates.dropna(subset="estimate")
    if frame.empty:
        return f"No item was answered under two levels of {over}, so no sensitivity to it can be told."
    scored, asked = _counts(result)
    if frame["excess"].isna().all():
        most = frame.sort_values("estimate").iloc[-1]
        return (
            f"Between levels of {over} the items of {most['model']} move most, by {interval(most)} points; without repeats "
            f"no noise can be taken off, so part or all of it may be noise; scored {scored} of {asked} answers."
        )
    ordered = frame.dropna(subset="excess").sort_values("excess")
    most, least = ordered.iloc[-1], ordered.iloc[0]
    above = ordered[ordered.apply(moves, axis=1)]
    if above.empty:
        whose = f"of {most['model']}" if len(ordered) == 1 else f"of none of {number(len(ordered))} models"
        verb = "do not move" if len(ordered) == 1 else "move"
        return (
            f"Between levels of {over} the items {whose} {verb} more than shuffled labels do; the largest shift beyond "
            f"theirs is that of {most['model']}, {interval(most)} points where shuffles give {most['baseline']:.2f} and up "
            f"to {most['baseline_upper']:.2f}; scored {scored} of {asked} answers."
        )
    return (
        f"{number(len(above))} of {counted(len(ordered), 'model')} {'answers' if len(above) == 1 else 'answer'} otherwise "
        f"between levels of {over} than shuffled labels do, each judged alone{_together(result, above)}. The items of "
        f"{most['model']} move most, by {interval(most)} points where shuffles give {most['baseline']:.2f}, and those of "
        f"{least['model']} least beyond that ({interval(least)} against {least['baseline']:.2f}); scored {scored} of "
        f"{asked} answers."
    )


def _together(result: Result, above: pd.DataFrame) -> str:
    """What moves all items alike, on average over them."""
    levels = result.meta["specification"]["levels"]
    if "common_shift" not in above.columns:  # stored before it was
        return ""
    low, high = above["common_shift"].min(), above["common_shift"].max()
    if len(levels) > 2:
        return f"; their mean over items differs by {span(low, high)} points"
    return (
        f"; their mean over items is {span(low, high, '+.2f')} points under {readable(levels[1])} against "
        f"{readable(levels[0])}"
    )


def changed_answers_sentence(result: Result) -> str:
    """The sentence of changed answers."""
    over = listed([readable(name) for name in result.meta["specification"]["over"]])
    frame = result.estimates.dropna(subset="estimate")
    if frame.empty:
        return f"No item has two valid answers under other {over}, so no change can be told."
    scored, asked = _counts(result)
    changed = frame[frame["measure"] == "changed"].sort_values("estimate")
    alike = frame[frame["measure"] == "unanimous"].set_index("model")

    def said(row: pd.Series) -> str:
        ends = f" ({row['lower']:.0%} to {row['upper']:.0%})" if pd.notna(row["lower"]) else ""
        noise = f", {row['baseline']:.0%} by repeating alone" if pd.notna(row["baseline"]) else ""
        if not noise and "epoch" not in result.meta["specification"]["over"]:
            noise = " (repeating alone would change some, and nothing was asked twice)"
        items = f"{alike.loc[row['model'], 'estimate']:.0%} of its items are answered alike in all"
        return (
            f"{row['model']} changes {row['estimate']:.0%}{ends} of its pairs of answers{noise}, and {items}"
        )

    most, least = changed.iloc[-1], changed.iloc[0]
    other = f"; at the other end {said(least)}" if len(changed) > 1 else ""
    return f"Over {over} {said(most)}{other}; scored {scored} of {asked} answers."


def counterbalance_sentence(table: pd.DataFrame) -> str:
    """Whether the conditions were crossed, from the table of `counterbalancing`.

    Examples
    --------
    >>> import pandas as pd
    >>> counterbalance_sentence(pd.DataFrame({"model": ["a"], "wording": ["v1"], "problem": [""]}))
    'All 1 cells of the conditions were asked of each of 1 models with the same items, so their effects are not mixed up.'
    """
    models = len(table["model"].unique())
    cells = len(table) // max(models, 1)
    faulty = table[table["problem"] != ""]
    if faulty.empty:
        return (
            f"All {number(cells)} cells of the conditions were asked of each of {number(models)} models with the same "
            "items, so their effects are not mixed up."
        )
    names = listed(sorted(map(str, faulty["model"].unique()))[:5])
    problems = listed(sorted(faulty["problem"].unique()))
    share = f"{number(len(faulty))} of {number(len(table))} cells"
    where = f"{problems}; models {names}"
    return f"{share} are not as the others ({where}), so comparisons keep to items asked under all levels."
