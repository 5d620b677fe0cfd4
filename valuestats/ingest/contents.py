"""What raw logs hold, told before any scale is chosen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.ingest.answers.letters import option_code, shown_from_text
from valuestats.ingest.answers.scales import NO_SCALE
from valuestats.ingest.answers.texts import visible
from valuestats.ingest.description import Description, describe
from valuestats.ingest.readers import read_responses
from valuestats.instruments import available_instruments, load_instrument
from valuestats.tables import Responses

UNREAD = "answered"
"""What `describe_contents` calls a row with a text that only a scale could read."""


@dataclass(frozen=True)
class Contents:
    """What `describe_contents` found. Texts are on one line, control characters written out, and cut.

    Attributes
    ----------
    description
        Sizes, duplicates, conflicts, …. In its ``statuses`` a text that only a scale could read is ``answered``.
    forms
        ``text``, ``n``, ``models``: the most frequent raw texts, blanks at their ends left out.
    n_forms
        How many different texts there are.
    options
        ``options`` (their texts), ``n``, ``orders`` (in how many orders they were shown), ``instruments`` (those
        that ship with the package and whose scale has exactly these options).
    logprobs
        ``model``, ``n``, ``share``: rows with log-probabilities.
    responses
        The rows themselves; ``answer`` is null throughout, unless the source holds codes.
    """

    description: Description
    forms: pd.DataFrame
    n_forms: int
    options: pd.DataFrame
    logprobs: pd.DataFrame
    responses: Responses

    def to_text(self) -> str:
        """The description as plain text, for a terminal."""
        lines = [
            self.description.to_text(),
            "",
            f"most frequent raw texts ({len(self.forms):,} of {self.n_forms:,} different ones)",
            *(f"  {row.n:>9,}  {row.text}" for row in self.forms.itertuples()),
            "",
            "rows with log-probabilities",
            *(f"  {row.model}: {row.n:,} ({row.share:.1%})" for row in self.logprobs.itertuples()),
        ]
        if len(self.options):
            lines += ["", "options that prompts show"]
            for row in self.options.head(10).itertuples():
                fits = f"; fits the scale of {row.instruments!s}" if row.instruments else ""
                lines.append(f"  {row.n:,} rows, {row.orders:,} orders: {row.options!s}{fits}")
        if (self.description.statuses["status"] == UNREAD).any():
            lines += ["", f"'{UNREAD}' means a text that was not read: name a scale (--scale) to read it"]
        return "\n".join(lines)


def describe_contents(
    path: str | Path,
    *,
    reader: str = "auto",
    columns: Mapping[str, str] | None = None,
    limit: int = 15,
    **options: Any,
) -> Contents:
    r"""Describe raw logs or a table without a scale: models, items, what failed, what the answers look like.

    Statuses that need no scale are told as they will be (empty, refusal, truncated, failed call); every other text is
    ``answered``. Coded answers stand as they are.

    Parameters
    ----------
    path, reader, columns, **options
        See `valuestats.ingest.readers.read_responses`.
    limit
        Most raw texts to list.

    Returns
    -------
    Contents

    Raises
    ------
    InputError
        The source can't be read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "answers.csv")
    >>> _ = file.write_text("model,item,raw\nm,1,Agree\nm,2,I'm sorry but I can't help with that\nm,3,Agree\n")
    >>> found = describe_contents(file)
    >>> found.forms["text"].tolist()[0], found.description.statuses["status"].unique().tolist()
    ('Agree', ['refusal', 'answered'])
    """
    arguments: dict[str, Any] = {"duplicates": "report", **options}
    responses = read_responses(path, reader=reader, columns=columns, scale=NO_SCALE, **arguments)
    forms = _forms(responses.frame)
    return Contents(
        describe_unread(responses), forms.head(limit), len(forms), _options(responses.frame),
        _logprobs(responses.frame), responses,
    )  # fmt: skip


def describe_unread(responses: Responses) -> Description:
    """`describe` of responses that were read by `NO_SCALE`: texts that need a scale are called ``answered``."""
    found = describe(responses)
    return replace(
        found,
        sizes=found.sizes[found.sizes["n"] > 0].reset_index(drop=True),
        statuses=found.statuses.replace({"status": {"unparsable": UNREAD}}),
        rules=found.rules[found.rules["status"] != "unparsable"].reset_index(drop=True),
        missing_columns=tuple(c for c in found.missing_columns if c not in ("answer", "option_order")),
    )


def _forms(frame: pd.DataFrame) -> pd.DataFrame:
    texts = pd.DataFrame({"text": frame["raw"].str.strip(), "model": frame["model"].astype(str)}).dropna()
    texts = texts[texts["text"] != ""]
    counts = texts.groupby("text", sort=False)["model"].agg(["size", "nunique"])
    counts = counts.reset_index().set_axis(["text", "n", "models"], axis=1)
    counts = counts.sort_values(["n", "text"], ascending=[False, True], ignore_index=True)
    return counts.assign(text=counts["text"].map(visible))


def _options(frame: pd.DataFrame) -> pd.DataFrame:
    columns = ["options", "n", "orders", "instruments"]
    if "options" not in frame.columns or frame["options"].isna().all():
        return pd.DataFrame(columns=columns)
    shown = frame["options"].dropna()
    sets = shown.map(lambda text: json.dumps(sorted(_texts_of(text)), ensure_ascii=False))
    counts = (
        pd.DataFrame({"options": sets, "shown": shown}).groupby("options")["shown"].agg(["size", "nunique"])
    )
    scales = {name: load_instrument(name).scale for name in available_instruments()}
    rows = []
    for options, row in counts.sort_values("size", ascending=False).iterrows():
        texts = json.loads(str(options))
        fits = [
            name
            for name, scale in scales.items()
            if sorted(c for t in texts if (c := option_code(t, scale)) is not None) == sorted(scale.codes)
            and len(texts) == len(scale.codes)
        ]
        told = ", ".join(repr(visible(t, 40)) for t in texts)
        rows.append((told, int(row["size"]), int(row["nunique"]), ", ".join(fits)))
    return pd.DataFrame(rows, columns=columns)


def _texts_of(options: str) -> list[str]:
    shown = shown_from_text(options)
    return [] if shown is None else list(shown.texts)


def _logprobs(frame: pd.DataFrame) -> pd.DataFrame:
    there = frame["logprobs"].notna() if "logprobs" in frame.columns else pd.Series(False, index=frame.index)
    counts = there.groupby(frame["model"].astype(str)).agg(["sum", "mean"]).reset_index()
    return counts.set_axis(["model", "n", "share"], axis=1)
