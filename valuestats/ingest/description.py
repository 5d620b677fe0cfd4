"""What was read: sizes, statuses, what is missing, what stands twice, what contradicts itself."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from math import prod

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.former import formerly
from valuestats.base.labels import counted
from valuestats.ingest.answers.texts import visible
from valuestats.ingest.findings import findings_as_rows
from valuestats.ingest.identity import duplicate_rows
from valuestats.tables import IDENTITY, Responses
from valuestats.tables.responses import SCHEMA

_LISTED = 10
_SEPARATORS = re.compile("[/:]")


@dataclass(frozen=True)
class Description:
    """What `describe` found. All frames are tidy; texts of answers and prompts are never in them.

    Attributes
    ----------
    sizes
        ``what``, ``n``: rows, files, and distinct models, items, clusters, conditions, ….
    statuses
        ``model`` (``all`` for the sum), ``status``, ``n``, ``share``; statuses that occur.
    rules
        ``rule``, ``status``, ``n``: which rule of the parser read how many rows.
    missing_columns
        Columns of the contract that the table doesn't have.
    missing_cells
        Cells of the full crossing (its columns are `crossing`) that have no row. At most `describe`'s `limit`.
    missing_count, cells
        How many such cells there are, of how many.
    crossing
        Columns that are crossed. Option orders that were drawn item by item (an order holds fewer than half of the items
        on average) are no factor and are left out.
    duplicates
        Rows whose identity an earlier row has: identity, ``source_file``, ``source_row``.
    conflicts
        ``kind``, ``identifier``, ``found``: identifiers that mean two things.
    findings
        ``kind``, ``file``, ``row``, ``found``: records and files that were left out, or that stand in doubt, and why.
    """

    sizes: pd.DataFrame
    statuses: pd.DataFrame
    rules: pd.DataFrame
    missing_columns: tuple[str, ...]
    missing_cells: pd.DataFrame
    missing_count: int
    cells: int
    crossing: tuple[str, ...]
    duplicates: pd.DataFrame
    conflicts: pd.DataFrame
    findings: pd.DataFrame

    def to_content(self) -> dict[str, str]:
        """What a study keeps: the text."""
        return {"text": self.to_text()}

    def to_text(self) -> str:
        """The description as plain text, for a terminal."""
        sizes = ", ".join(
            counted(n, what.removesuffix("s")) for what, n in self.sizes.itertuples(index=False)
        )
        lines = [sizes, "", "status"]
        total = self.statuses[self.statuses["model"] == "all"]
        lines += [f"  {row.status:<16} {row.n:>9,}  {row.share:8.3%}" for row in total.itertuples()]
        lines += ["", *self._by_model()]
        if len(self.rules):
            lines += ["", "rules of the parser"]
            lines += [f"  {row.rule:<34} {row.status:<12} {row.n:>9,}" for row in self.rules.itertuples()]
        lines += ["", f"columns that are absent: {', '.join(self.missing_columns) or 'none'}"]
        lines.append(
            f"cells without a row: {self.missing_count:,} of {self.cells:,} ({' x '.join(self.crossing)})"
        )
        lines += _rows(self.missing_cells, self.missing_count)
        lines.append(f"rows that stand twice: {len(self.duplicates):,}")
        lines += _rows(self.duplicates, len(self.duplicates))
        lines.append(f"conflicts: {len(self.conflicts):,}")
        lines += [f"  {c.kind}: {c.identifier}: {c.found}" for c in self.conflicts.head(_LISTED).itertuples()]
        lines += [f"  … and {len(self.conflicts) - _LISTED:,} more"] if len(self.conflicts) > _LISTED else []
        lines.append(f"left out or in doubt: {len(self.findings):,}")
        lines += [
            f"  {kind}: {visible(file)}{'' if row is None else f', row {row}'}: {visible(found, 200)}"
            for kind, file, row, found in findings_as_rows(self.findings.head(_LISTED))
        ]
        lines += [f"  … and {len(self.findings) - _LISTED:,} more"] if len(self.findings) > _LISTED else []
        return "\n".join(lines)

    def _by_model(self) -> list[str]:
        wide = self.statuses[self.statuses["model"] != "all"].pivot_table(
            index="model", columns="status", values="n", aggfunc="sum", fill_value=0, observed=True
        )
        statuses = [s for s in self.statuses["status"].unique() if s in wide.columns]
        width = max([len(str(model)) for model in wide.index] + [5])
        header = f"  {'model':<{width}}" + "".join(f" {status:>{max(9, len(status))}}" for status in statuses)
        rows = [
            f"  {model:<{width}}"
            + "".join(f" {int(wide.loc[model, s]):>{max(9, len(s))},}" for s in statuses)
            for model in wide.index
        ]
        return [header, *rows]


@formerly(responses="answers")
@checked
def describe(answers: Responses, *, limit: int = 1000) -> Description:
    """Describe a table of responses: what is there, what isn't, and what can't be.

    Parameters
    ----------
    answers
        The table.
    limit
        Most missing cells to list by name; they are all counted.

    Returns
    -------
    Description
        Frames, and ``to_text()``.

    Examples
    --------
    >>> frame = pd.DataFrame({"model": ["a", "a", "b"], "item": ["1", "2", "1"], "epoch": 1, "raw": "like me",
    ...     "answer": 5, "status": "valid", "source_file": "f", "source_sha256": "0", "source_row": range(3)})
    >>> found = describe(Responses(frame))
    >>> found.missing_count, found.missing_cells.iloc[0].to_dict()
    (1, {'model': 'b', 'item': '2', 'epoch': 1})
    """
    frame = answers.frame
    crossing, cells, count, missing = _crossing(frame, limit)
    twice = duplicate_rows(frame, answers.identity)
    columns = [*answers.identity, "source_file", "source_row"]
    return Description(
        sizes=_sizes(frame),
        statuses=_statuses(answers),
        rules=_rules(frame),
        missing_columns=tuple(
            name for name in SCHEMA.columns if name not in frame.columns or frame[name].isna().all()
        ),
        missing_cells=missing,
        missing_count=count,
        cells=cells,
        crossing=crossing,
        duplicates=frame.loc[twice, columns].reset_index(drop=True),
        conflicts=_conflicts(frame),
        findings=answers.findings,
    )


def _sizes(frame: pd.DataFrame) -> pd.DataFrame:
    rows = [("rows", len(frame)), ("files", frame["source_file"].nunique())]
    for name in ("model", "item", "cluster", *IDENTITY[2:]):
        if name in frame.columns:
            rows.append((f"{name}s" if name != "language" else "languages", int(frame[name].nunique())))
    return pd.DataFrame(rows, columns=["what", "n"])


def _statuses(responses: Responses) -> pd.DataFrame:
    total, by_model = responses.status_counts(), responses.status_counts("model")
    by_model.index = by_model.index.astype(str)
    counts = pd.concat([total, by_model])
    asked = counts.pop("asked")
    occurring = counts.columns[(counts.loc[["all"]].sum() > 0).to_numpy()]
    long = counts[occurring].rename_axis("model").reset_index()
    long = long.melt(id_vars="model", var_name="status", value_name="n")
    long["share"] = long["n"] / np.tile(asked.to_numpy(), len(occurring))
    return long


def _rules(frame: pd.DataFrame) -> pd.DataFrame:
    if "rule" not in frame.columns:
        return pd.DataFrame({"rule": [], "status": [], "n": []})
    pairs = pd.DataFrame({"rule": frame["rule"].astype(str), "status": frame["status"].astype(str)})
    counts = pairs.groupby(["rule", "status"]).size().rename("n").reset_index()
    return counts.sort_values(["n", "rule"], ascending=[False, True], ignore_index=True)


def _crossing(frame: pd.DataFrame, limit: int) -> tuple[tuple[str, ...], int, int, pd.DataFrame]:
    names = tuple(
        name
        for name in IDENTITY
        if name in frame.columns
        and frame[name].notna().any()
        and not (name == "option_order" and _shuffled(frame))
    )
    codes, levels = [], []
    for name in names:
        code, level = pd.factorize(frame[name], sort=True, use_na_sentinel=True)
        if (code < 0).any():  # "no persona" is a level like any other
            code = np.where(code < 0, len(level), code)
            level = pd.Index([*level, None], dtype=object)
        codes.append(code.astype(np.int64))
        levels.append(level)
    shape = tuple(len(level) for level in levels)
    cells = prod(shape)
    present = np.unique(np.ravel_multi_index(tuple(codes), shape))
    absent = _first_absent(present, cells, limit)
    places = np.unravel_index(absent, shape)
    missing = pd.DataFrame(
        {
            name: np.asarray(level, dtype=object)[place]
            for name, level, place in zip(names, levels, places, strict=True)
        }
    )
    return names, cells, cells - len(present), missing


def _shuffled(frame: pd.DataFrame) -> bool:
    """Whether orders were drawn item by item, and so aren't a factor that every item was to be asked under."""
    pairs = frame[["item", "option_order"]].dropna().drop_duplicates()
    per_order = pairs.groupby("option_order", observed=True).size()
    return len(per_order) > 1 and bool(per_order.mean() < pairs["item"].nunique() / 2)


def _first_absent(present: np.ndarray, cells: int, limit: int) -> np.ndarray:
    """The first `limit` of 0…cells-1 that aren't in sorted `present`, without listing all cells."""
    before = present - np.arange(len(present))  # absent cells before each present one
    wanted = np.arange(min(limit, cells - len(present)))
    return wanted + np.searchsorted(before, wanted, side="right")


def _conflicts(frame: pd.DataFrame) -> pd.DataFrame:
    found = [
        *_two_values(frame, "item", "cluster", "item in two clusters"),
        *_two_values(frame, "prompt_sha256", "item", "one prompt under two items"),
        *_two_values(frame, "item", "item_text_sha256", "item with two texts"),
        *_served(frame),
        *_published(frame),
    ]
    return pd.DataFrame(found, columns=["kind", "identifier", "found"])


def _two_values(frame: pd.DataFrame, key: str, value: str, kind: str) -> list[tuple[str, str, str]]:
    if key not in frame.columns or value not in frame.columns:
        return []
    pairs = frame[[key, value]].dropna().drop_duplicates()
    pairs = pairs[pairs.duplicated(key, keep=False)]
    return [
        (kind, str(name), ", ".join(sorted(map(str, group[value]))))
        for name, group in pairs.groupby(key, observed=True, sort=True)
    ]


def _served(frame: pd.DataFrame) -> list[tuple[str, str, str]]:
    if "model_served" not in frame.columns:
        return []
    both = pd.DataFrame({"model": frame["model"].astype(str), "served": frame["model_served"]}).dropna()
    pairs = [(model, str(served)) for model, served in both.itertuples(index=False)]
    found: dict[str, Counter[str]] = {}
    for (model, served), n in Counter(pairs).items():
        if not same_model(model, served):
            found.setdefault(model, Counter())[served] = n
    return [
        (
            "requested and served model differ",
            model,
            ", ".join(f"{served} ({n:,} rows)" for served, n in counts.most_common()),
        )
        for model, counts in sorted(found.items())
    ]


def same_model(requested: str, served: str) -> bool:
    """Whether two names are one, but for what stands before them: the provider, the route, the organisation.

    Examples
    --------
    >>> same_model("ollama/llama3:8b", "llama3:8b"), same_model("openai:chat:gpt-x", "gpt-x"), same_model("b", "b-mini")
    (True, True, False)
    """
    parts = [_SEPARATORS.split(name.casefold()) for name in (requested, served)]
    short, long = sorted(parts, key=len)
    return long[len(long) - len(short) :] == short


def _published(frame: pd.DataFrame) -> list[tuple[str, str, str]]:
    if "published_answer" not in frame.columns:
        return []
    ours, theirs = frame["answer"], frame["published_answer"]
    kinds = {
        "read by us only": ours.notna() & theirs.isna(),
        "read by the publication only": ours.isna() & theirs.notna(),
        "read otherwise": (ours != theirs).fillna(False),
    }
    return [
        ("answer in the file", kind, f"{int(rows.sum()):,} rows")
        for kind, rows in kinds.items()
        if rows.any()
    ]


def _rows(frame: pd.DataFrame, count: int) -> list[str]:
    lines = [
        "  " + ", ".join(f"{name} {value}" for name, value in zip(frame.columns, row, strict=True))
        for row in frame.head(_LISTED).itertuples(index=False)
    ]
    return lines + ([f"  … and {count - len(lines):,} more"] if count > len(lines) else [])
