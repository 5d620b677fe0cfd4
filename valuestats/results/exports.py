r"""Results for a paper: CSV of the estimates, and the printed table as HTML and LaTeX."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from valuestats.base import registry
from valuestats.base.files import atomic_file
from valuestats.base.labels import capitalised, counted, number, p_cell, readable
from valuestats.results.marks import in_words
from valuestats.results.phrases import interval

if TYPE_CHECKING:
    from valuestats.results.result import Result

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet read a text as a formula when a cell begins with it."""


def spreadsheet_safe(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose texts no spreadsheet takes for formulas: an apostrophe stands before those that look like one.

    Numbers, and texts that are numbers, stay as they are.

    Examples
    --------
    >>> import pandas as pd
    >>> spreadsheet_safe(pd.DataFrame({"model": ["a", "=1+1", "-1"]}))["model"].tolist()
    ['a', "'=1+1", '-1']
    """

    def safe(cell: object) -> object:
        if not isinstance(cell, str) or not cell.startswith(_FORMULA):
            return cell
        try:
            float(cell)
        except ValueError:
            return f"'{cell}"
        return cell

    texts = frame.select_dtypes(exclude="number").columns
    inert = {c: frame[c].astype(object).map(safe) for c in texts}
    return frame.assign(**inert).rename(columns=safe)


def printed_frame(result: Result, *, digits: int = 2, rows: int | None = None) -> pd.DataFrame:
    """A result as it is printed: keys, estimate with interval, answers scored and asked, trust where it is not sound.

    Parameters
    ----------
    result
        Any result.
    digits
        Decimals of estimates and interval ends.
    rows
        The first rows only.
    """
    path = registry.kind(result.kind).printed
    estimates, beside = (result.estimates, {}) if path is None else registry.load(path)(result)
    frame = pd.DataFrame(
        {capitalised(readable(k)): estimates[k].astype(str).map(readable) for k in result.keys}
    )
    levels = estimates["level"].dropna().unique()
    with_interval = f"Estimate [{levels[0]:.0%} interval]" if len(levels) == 1 else "Estimate [interval]"
    frame[with_interval] = [
        interval(row, digits) if pd.notna(row["estimate"]) else "–" for _, row in estimates.iterrows()
    ]
    if "family" in estimates.columns and "family" not in result.keys:
        frame["Family"] = [capitalised(str(x)) for x in estimates["family"]]
    if {"beyond", "beyond_lower", "beyond_upper"} <= set(estimates.columns):
        ends = estimates[["beyond", "beyond_lower", "beyond_upper"]].set_axis(
            ["estimate", "lower", "upper"], axis=1
        )
        frame["Beyond the placebo"] = [
            interval(row, digits) if pd.notna(row["estimate"]) else "–" for _, row in ends.iterrows()
        ]
    if "p_adjusted" in estimates.columns:
        frame["p, adjusted"] = [p_cell(float(x)) if pd.notna(x) else "–" for x in estimates["p_adjusted"]]
    for column in ("baseline", "ceiling"):
        if column in estimates.columns:
            frame[capitalised(column)] = [
                f"{x:.{digits}f}".replace("-", "−") if pd.notna(x) else "–" for x in estimates[column]
            ]
    for name, column in beside.items():
        frame[name] = list(column)
    all_of_them = " (all answers)" if result.meta.get("counts") == "all answers" else ""
    for name, column in (("Scored", "n_scored"), ("Asked", "n_asked")):
        frame[name + all_of_them] = [number(x) if pd.notna(x) else "–" for x in estimates[column]]
    signs = result.verdict.rows["sign"].loc[estimates.index]
    if (signs != "sound").any():
        frame["Trust"] = [in_words(s) for s in signs]
    return frame.head(rows) if rows is not None else frame


def captioned(result: Result) -> str:
    """What a table says it shows where nobody says otherwise."""
    return str(result.meta.get("caption") or result.meta.get("method", ""))


def write_csv(result: Result, path: str | Path) -> Path:
    """Write the estimates, unrounded, with the trust of each; texts that a spreadsheet would run are made inert.

    Parameters
    ----------
    result
        Any result.
    path
        The file; it is replaced whole or not at all.
    """
    frame = result.estimates.assign(trust=result.verdict.rows["sign"].to_numpy())
    target = Path(path)
    with atomic_file(target) as temporary:
        spreadsheet_safe(frame).to_csv(temporary, index=False)
    return target


def html_table(
    result: Result, *, caption: str | None = None, digits: int = 2, rows: int | None = None
) -> str:
    """The printed table as HTML without scripts or links, its texts escaped; the sentence stands under it.

    Parameters
    ----------
    result
        Any result.
    caption
        A caption; what is shown, or the method, where omitted.
    digits, rows
        See `printed_frame`.

    Examples
    --------
    ::

        scores.to_html(caption="Scores of three models")
    """
    import html

    shown = printed_frame(result, digits=digits, rows=rows)
    table = shown.to_html(index=False, escape=True, border=0, justify="left")
    head = f"<caption>{html.escape(caption or captioned(result))}</caption>"
    left = len(printed_frame(result)) - len(shown) if rows is not None else 0
    more = f"<p>… {counted(left, 'more row')}</p>" if left else ""
    table = table.replace("<th>", '<th scope="col">')
    return table.replace(">", f">{head}", 1) + more + f"<p>{html.escape(result.verdict.sentence())}</p>"


def latex_table(
    result: Result,
    *,
    caption: str | None = None,
    label: str | None = None,
    digits: int = 2,
    rows: int | None = None,
    long: bool = False,
) -> str:
    r"""The printed table as LaTeX: ``booktabs`` rules, caption and label; ``longtable`` where it may break over pages.

    Signs of trust are words, so that no font lacks them.

    Parameters
    ----------
    result
        Any result.
    caption, label
        ``\caption`` (what is shown, or the method, where omitted) and ``\label``.
    digits, rows
        See `printed_frame`.
    long
        Whether the table may run over pages (``longtable``).

    Returns
    -------
    str
        It needs ``\usepackage{booktabs}``, and ``longtable`` where `long`.

    Examples
    --------
    ::

        Path("scores.tex").write_text(scores.to_latex(caption="Scores", label="tab:scores"))
    """
    shown = printed_frame(result, digits=digits, rows=rows)
    if "Trust" in shown.columns:
        shown["Trust"] = [text.split(" ", 1)[1] for text in shown["Trust"]]
    shown = shown.map(lambda text: _tex(text)).rename(columns=_tex)
    words = len(result.keys)
    # The styler escapes nothing here: minus signs and spaces that don't break are made first.
    return str(
        shown.style.hide(axis="index").to_latex(
            hrules=True,
            caption=_tex(caption or captioned(result)),
            label=label,
            column_format="l" * words + "r" * (shown.shape[1] - words),
            environment="longtable" if long else None,
            position=None if long else "tbp",
        )
    )


_TEX = {
    "\\": r"\textbackslash{}",
    **{c: f"\\{c}" for c in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "[": "{[}",  # after a line end it would open an argument
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "−": "$-$",
    "–": "--",
    "\u00a0": "~",
    "τ": r"$\tau$",
    "×": r"$\times$",
    "…": r"\dots{}",
}


def _tex(text: object) -> str:
    """A text as LaTeX prints it; controls are left out."""
    return "".join(_TEX.get(c, c if c.isprintable() else " ") for c in str(text))
