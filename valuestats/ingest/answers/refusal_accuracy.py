"""How well the refusal rules tell refusals from other texts, on examples labelled by hand."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from valuestats.base.errors import InputError
from valuestats.ingest.answers.parse import parse_answers
from valuestats.ingest.answers.refusals import load_refusal_rules
from valuestats.ingest.answers.scales import ScaleLike, as_scale
from valuestats.ingest.answers.texts import as_text, visible
from valuestats.ingest.sources import decode, read_source
from valuestats.ingest.tabular.files import read_table


@dataclass(frozen=True)
class RefusalAccuracy:
    """What `refusal_accuracy` found.

    Attributes
    ----------
    by_language
        ``language`` (``all`` for the sum, ``all, held out`` for the examples so marked), ``n``, ``refusals``,
        ``told`` (texts that the rules call refusals), ``right`` (both), ``precision``, ``recall``, each with
        ``_lower`` and ``_upper``: 95% Wilson intervals.
        Null where nothing was told, or nothing was to be told.
    wrong
        ``language``, ``refusal``, ``text``, ``rule``: what the rules got wrong.
    """

    by_language: pd.DataFrame
    wrong: pd.DataFrame

    def to_text(self) -> str:
        """The figures as plain text, for a terminal."""
        shown = self.by_language[["language", "n", "refusals", "told", "right"]].copy()
        for name in ("precision", "recall"):
            shown[name] = [
                "–" if pd.isna(value) else f"{value:.3f} [{lower:.3f}, {upper:.3f}]"
                for value, lower, upper in self.by_language[
                    [name, f"{name}_lower", f"{name}_upper"]
                ].itertuples(index=False)
            ]
        lines = [shown.to_string(index=False), "", f"told wrongly: {len(self.wrong):,}"]
        for row in self.wrong.to_dict("records"):
            how = "refusal not told" if row["refusal"] else "told to be a refusal"
            lines.append(f"  {row['language']} {how} ({row['rule']}): {visible(row['text'])}")
        return "\n".join(lines)


def refusal_accuracy(
    examples: str | Path | None = None,
    *,
    rules: str | Path | None = None,
    scale: ScaleLike = "value_portrait",
) -> RefusalAccuracy:
    """Precision and recall of the refusal rules by language.

    Estimands: precision is the share of refusals among the texts that the parser calls refusals, recall the share of
    the refusals that it calls so. The whole parser is asked, not the patterns alone: a text with a clear answer is
    no refusal. The list that ships was written for this purpose; figures on answers of your own models will differ.

    Parameters
    ----------
    examples
        CSV with ``language``, ``refusal`` (1 or 0), ``text`` and optionally ``held_out`` (1: not looked at while the
        rules were written); the list that ships with the package where None.
    rules
        Refusal rules of your own (YAML); those that ship where None.
    scale
        Answer scale by which texts are read.

    Returns
    -------
    RefusalAccuracy

    Raises
    ------
    InputError
        A column is missing, a label is neither 0 nor 1, or a file can't be read.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.

    Examples
    --------
    >>> found = refusal_accuracy()
    >>> bool(found.by_language.set_index("language").loc["all", "precision"] > 0.9)
    True
    """
    file = (
        Path(str(files("valuestats.ingest.answers").joinpath("refusal_examples.csv")))
        if examples is None
        else Path(examples)
    )
    frame = _labelled(file)
    read = parse_answers(frame["text"], as_scale(scale), rules=load_refusal_rules(rules))
    told, truth = (read["status"] == "refusal").to_numpy(), (frame["refusal"] == "1").to_numpy()
    languages = frame["language"].to_numpy()
    rows = [_figures("all", told, truth)]
    held = (frame["held_out"] == "1").to_numpy()
    if held.any():
        rows.append(_figures("all, held out", told[held], truth[held]))
    rows += [
        _figures(name, told[languages == name], truth[languages == name]) for name in sorted(set(languages))
    ]
    missed = told != truth
    wrong = pd.DataFrame(
        {
            "language": languages[missed],
            "refusal": truth[missed],
            "text": frame["text"].to_numpy()[missed],
            "rule": read["rule"].astype(str).to_numpy()[missed],
        }
    )
    return RefusalAccuracy(pd.DataFrame(rows), wrong)


def _labelled(file: Path) -> pd.DataFrame:
    decode(read_source(file))
    table = read_table(file, name=file.name)
    columns = {}
    for name in ("language", "refusal", "text"):
        column = table.column(name)
        if column is None:
            raise InputError(
                "a column is missing", parameter=name, got=", ".join(table.names[:30]),
                expected="language, refusal, text", file=file,
            )  # fmt: skip
        columns[name] = as_text(column).fillna("")
    frame = pd.DataFrame(columns)
    held = table.column("held_out")
    frame["held_out"] = "0" if held is None else as_text(held).fillna("")
    strange = ~frame["refusal"].isin(["0", "1"])
    if strange.any():
        row = int(strange.to_numpy().argmax())
        raise InputError(
            "not a label", parameter="refusal", got=repr(frame["refusal"].iloc[row]), expected="1 or 0", file=file,
            row=row,
        )  # fmt: skip
    if frame.empty:
        raise InputError("no examples", file=file)
    return frame


def _figures(language: str, told: np.ndarray, truth: np.ndarray) -> dict[str, object]:
    right = int((told & truth).sum())
    found: dict[str, object] = {
        "language": language, "n": len(truth), "refusals": int(truth.sum()), "told": int(told.sum()), "right": right,
    }  # fmt: skip
    for name, of in (("precision", int(told.sum())), ("recall", int(truth.sum()))):
        ends = stats.binomtest(right, of).proportion_ci(0.95, method="wilson") if of else (np.nan, np.nan)
        found |= {name: right / of if of else np.nan, f"{name}_lower": ends[0], f"{name}_upper": ends[1]}
    return found
