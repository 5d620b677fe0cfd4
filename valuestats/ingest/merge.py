"""Several sets of responses as one, with what stands twice and what contradicts itself reported by name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError, SpecificationError
from valuestats.tables import IDENTITY, Responses
from valuestats.tables.responses import no_findings

_Found = Literal["error", "report"]
_SOURCE = ["source_file", "source_sha256", "source_row"]


@dataclass(frozen=True)
class Merged:
    """What `merge_responses` found.

    Attributes
    ----------
    responses
        All rows, and findings, of all inputs; nothing is dropped. ``part`` is the number of the input, from 0.
    duplicates
        Rows whose model, item, epoch and prompt (and other identity) an earlier row has: these columns, ``kind``
        (``same record``: one record of one file read twice; ``same answer``; ``other answer``), where the row
        stands and where the first one does (``first_file``, ``first_row``).
    conflicts
        ``kind``, ``item``, ``found``: items that are defined in two ways.
    """

    responses: Responses
    duplicates: pd.DataFrame
    conflicts: pd.DataFrame

    def report(self) -> pd.DataFrame:
        """Duplicates and conflicts in one tidy table: ``kind``, ``item``, ``found``; empty where there are none."""
        twice = [
            (
                f"stands twice: {row.kind}",
                str(row.item),
                f"model {row.model}, epoch {row.epoch}: {row.source_file}, row {row.source_row}; "
                f"first in {row.first_file}, row {row.first_row}",
            )
            for row in self.duplicates.itertuples()
        ]
        told = pd.DataFrame(twice, columns=["kind", "item", "found"])
        return pd.concat([told, self.conflicts], ignore_index=True).astype("str")

    def require_clean(self) -> Responses:
        """The responses, or an error that names the first duplicate or conflict.

        Raises
        ------
        InputError
            Something stands twice or contradicts itself.
        """
        if len(self.conflicts):
            first = self.conflicts.iloc[0]
            raise InputError(
                f"merge: {first['kind']}",
                parameter="item",
                got=f"{first['item']}: {first['found']} ({len(self.conflicts)} such items)",
                hint="give the two definitions different item names",
            )
        if len(self.duplicates):
            row = self.duplicates.iloc[0]
            raise InputError(
                "merge: a question stands twice",
                got=f"{row['kind']}: model {row['model']}, item {row['item']}, epoch {row['epoch']}; first in "
                f"{row['first_file']}, row {row['first_row']} ({len(self.duplicates)} such rows)",
                hint="leave one of the logs out, or number their epochs one after the other",
                file=row["source_file"],
                row=int(row["source_row"]),
            )
        return self.responses


@checked
def merge_responses(parts: Sequence[Responses]) -> Merged:
    """Put several sets of responses under each other and report what can't be true of one set.

    Two rows are the same question where model, item, epoch, prompt hash and all other identity columns agree.
    Two definitions of one item are two different texts, or two different sets of options (their order may
    differ). Nothing is dropped or renumbered: that is for the caller to decide.

    Raises
    ------
    SpecificationError
        No parts.

    Examples
    --------
    >>> frame = pd.DataFrame({"model": ["m"], "item": ["q1"], "epoch": [1], "raw": ["like me"], "answer": [5],
    ...     "status": ["valid"], "source_file": ["a.csv"], "source_sha256": ["0" * 64], "source_row": [0]})
    >>> merged = merge_responses([Responses(frame), Responses(frame)])
    >>> len(merged.responses), merged.duplicates["kind"].tolist(), len(merged.conflicts)
    (2, ['same record'], 0)
    """
    if not parts:
        raise SpecificationError("nothing to merge", parameter="parts", expected="one or more Responses")
    frames = [_plain(part.frame).assign(part=number) for number, part in enumerate(parts)]
    frame = pd.concat(frames, ignore_index=True)
    told = [part.findings for part in parts if len(part.findings)]
    findings = pd.concat(told, ignore_index=True) if told else no_findings()
    return Merged(Responses(frame, findings), _duplicates(frame), _conflicts(frame))


def merge(parts: Sequence[Responses], found: _Found = "error") -> Responses:
    """All rows of several reads, as one step of a study.

    Parameters
    ----------
    parts
        What was read.
    found
        What to do with what stands twice or contradicts itself: ``"error"`` refuses it, ``"report"`` keeps it, for
        `merge_report` to list.

    Raises
    ------
    InputError
        Something stands twice or contradicts itself.
    SpecificationError
        No parts, or an unknown choice.

    Examples
    --------
    ::

        merge([read_responses("a.eval"), read_responses("b.eval")])
    """
    if found not in get_args(_Found):
        raise SpecificationError("unknown choice", parameter="found", got=found, expected="error or report")
    merged = merge_responses(parts)
    return merged.require_clean() if found == "error" else merged.responses


def merge_report(parts: Sequence[Responses]) -> pd.DataFrame:
    """What stands twice or contradicts itself in several reads; see `Merged.report`.

    Examples
    --------
    ::

        merge_report([read_responses("a.eval"), read_responses("b.eval")])
    """
    return merge_responses(parts).report()


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    # Categories of two tables differ; as texts they can stand under each other.
    names = [c for c in frame.columns if isinstance(frame[c].dtype, pd.CategoricalDtype)]
    return frame.astype(dict.fromkeys(names, "str"))


def _duplicates(frame: pd.DataFrame) -> pd.DataFrame:
    key = [name for name in (*IDENTITY, "prompt_sha256") if name in frame.columns]
    columns = [*key, "kind", *_SOURCE, "first_file", "first_row"]
    shared = frame[frame.duplicated(key, keep=False)]
    if shared.empty:
        return pd.DataFrame(columns=columns)
    firsts = shared.groupby(key, dropna=False, sort=False, observed=True).ngroup()
    first = shared.groupby(firsts.to_numpy()).head(1).set_axis(firsts[~firsts.duplicated()].to_numpy())
    later = shared[firsts.duplicated()].copy()
    origin = first.loc[firsts[firsts.duplicated()].to_numpy()]
    same_record = pd.Series(True, index=later.index)
    for name in ("source_sha256", "source_row", "epoch"):
        same_record &= later[name].to_numpy() == origin[name].to_numpy()
    same_answer = later["raw"].fillna("\0").to_numpy() == origin["raw"].fillna("\0").to_numpy()
    later["kind"] = [
        "same record" if record else "same answer" if answer else "other answer"
        for record, answer in zip(same_record, same_answer, strict=True)
    ]
    later["first_file"], later["first_row"] = (
        origin["source_file"].to_numpy(),
        origin["source_row"].to_numpy(),
    )
    return later[columns].reset_index(drop=True)


def _conflicts(frame: pd.DataFrame) -> pd.DataFrame:
    found = []
    for name, kind in (
        ("item_text_sha256", "an item has two texts"),
        ("options", "an item has two sets of options"),
    ):
        if name not in frame.columns:
            continue
        pairs = frame[["item", name, "source_file"]].dropna()
        if name == "options":
            pairs = pairs.assign(options=pairs["options"].map(_as_set))
        pairs = pairs.drop_duplicates(["item", name])
        for item, group in pairs[pairs.duplicated("item", keep=False)].groupby("item", sort=True):
            told = [f"{str(v)[:80]} in {f}" for v, f in zip(group[name], group["source_file"], strict=True)]
            found.append((kind, str(item), "; ".join(told)))
    return pd.DataFrame(found, columns=["kind", "item", "found"])


def _as_set(options: str) -> str:
    return json.dumps(sorted(json.loads(options)), ensure_ascii=False)
