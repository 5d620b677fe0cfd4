"""Several parsers on the same raw answers: what each makes of them, how far they agree, where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import SpecificationError
from valuestats.base.former import formerly
from valuestats.ingest.answers.parsers import PARSERS, UNAVAILABLE, Parser, own_parser, regex_parser
from valuestats.ingest.answers.scales import ScaleLike, as_scale
from valuestats.ingest.answers.texts import as_text, visible
from valuestats.statistics.agreement import category_similarity, cohen_kappa
from valuestats.statistics.clusters import ClusterPlan, plan_clusters
from valuestats.tables import STATUSES, Responses

ParserLike = str | Mapping[str, str] | Parser
_NONE = 0  # category of "no answer"; the codes follow
_ABLE = 0.5  # of the answers that the best parser reads: who reads fewer is made for another form of answer


@dataclass(frozen=True)
class ParserComparison:
    """What `compare_parsers` found; all frames are tidy.

    Attributes
    ----------
    statuses
        ``parser``, ``status``, ``n``, ``share`` (of all rows).
    agreement
        For each pair ``first``, ``second``: ``n`` rows that both could be tried on, ``n_both`` that both gave a
        code to, ``same`` (share of the `n` with the same outcome: one code, or no answer), ``kappa`` (Cohen's, of
        these outcomes) with ``lower``, ``upper``, ``level`` (bootstrap over items, equal-tailed; null with one
        item, or where every replicate gives the same), and ``kappa_ordered`` (quadratic weights, over the `n_both`).
        Kappas are null where nothing varies.
    differences
        Rows on which two parsers that can read the format differ, those with two codes first: source, model, item,
        epoch, ``text`` (the raw answer on one line, control characters written out), and each parser's outcome
        (a code as text, or a status).
    reading
        For each ``parser``: ``n`` rows that it could be tried on, ``n_read`` that it gave a code to, and ``able``: it
        read at least half as many as the parser that read most. One that read fewer is made for another form of
        answer (numbers, where options were named by their words), and that it differs says nothing.
    n_rows, n_different, n_contradicted
        Rows compared, rows on which able parsers differ, and those of them to which two of them give different codes.
    """

    statuses: pd.DataFrame
    agreement: pd.DataFrame
    differences: pd.DataFrame
    reading: pd.DataFrame
    n_rows: int
    n_different: int
    n_contradicted: int

    def to_text(self, limit: int = 20) -> str:
        """The comparison as plain text, for a terminal."""
        parsers = list(dict.fromkeys(self.statuses["parser"]))
        wide = self.statuses.pivot_table(
            index="parser", columns="status", values="n", aggfunc="sum", fill_value=0
        )
        wide = wide.loc[parsers, [s for s in (*STATUSES, UNAVAILABLE) if s in wide.columns]]
        shown = self.agreement.assign(
            kappa=[_with_interval(row) for row in self.agreement.itertuples()],
            same=self.agreement["same"].map("{:.3f}".format),
            kappa_ordered=self.agreement["kappa_ordered"].map(_number),
        )[["first", "second", "n", "n_both", "same", "kappa", "kappa_ordered"]]
        lines = [
            f"{self.n_rows:,} rows",
            "",
            wide.to_string(),
            "",
            shown.to_string(index=False) if len(shown) else "one parser: no pairs",
            "",
            *(
                f"{row.parser} could read {row.n_read:,} of {row.n:,}: not compared below"
                for row in self.reading[~self.reading["able"]].itertuples()
            ),
            f"rows on which parsers differ: {self.n_different:,}; with two codes: {self.n_contradicted:,}",
        ]
        for row in self.differences.head(limit).to_dict("records"):
            outcomes = ", ".join(f"{p} {row[p]}" for p in parsers)
            lines.append(f"  {row['source_file']}, row {row['source_row']}: {row['text']!r}: {outcomes}")
        more = self.n_different - min(limit, len(self.differences))
        return "\n".join([*lines, f"  … and {more:,} more"] if more > 0 else lines)

    def to_content(self) -> dict[str, Any]:
        """The comparison as plain data, as a study keeps it."""

        def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
            plain = frame.astype(object)
            rows = plain.where(frame.notna(), None).to_dict("records")
            return [{str(name): value for name, value in row.items()} for row in rows]

        return {
            "text": self.to_text(),
            "statuses": records(self.statuses),
            "agreement": records(self.agreement),
            "differences": records(self.differences),
            "reading": records(self.reading),
            "n_rows": self.n_rows,
            "n_different": self.n_different,
            "n_contradicted": self.n_contradicted,
        }


@formerly(responses="answers")
@checked
def compare_parsers(
    answers: Responses,
    scale: ScaleLike,
    *,
    parsers: Sequence[ParserLike] | None = None,
    level: float = 0.95,
    replicates: int = 1000,
    seed: int = 0,
    limit: int = 200,
) -> ParserComparison:
    r"""Read the same raw answers with several parsers and compare what they make of them.

    Estimand of a pair: Cohen's :math:`\kappa = (p_o - p_e)/(1 - p_e)` over the rows that both could be tried on, of
    the outcomes "this code" and "no answer" (whatever the reason: most parsers can't tell a refusal from noise).
    Interval: equal-tailed over bootstrap replicates of the items, all rows of an item together. High agreement
    doesn't say that a parser is right; read the differences.
    Of fewer than 20 of them the interval is Student's t with the jackknife's error, of fewer than 4 there is none
    (`valuestats.statistics.clusters`).

    Parameters
    ----------
    answers
        Raw answers; the ``options`` and ``logprobs`` that readers of logs keep are used where they are there.
    scale
        Answer scale, instrument, or its name.
    parsers
        Names of `valuestats.ingest.answers.parsers.PARSERS`, specifications as `valuestats.ingest.parse_answers` takes
        them (``"json:answer"``), `Parser` objects, or maps ``{"name": …, "regex": …}`` for
        `valuestats.ingest.answers.parsers.regex_parser`. All of `PARSERS` that apply to any row where None. A parser
        that doesn't apply to a row (letters without a list, words where labels were asked for) isn't compared on it.
    level, replicates, seed
        Of the bootstrap; no interval with ``replicates=0``.
    limit
        Most differing rows to list; they are all counted.

    Returns
    -------
    ParserComparison

    Raises
    ------
    SpecificationError
        An unknown parser, one that stands twice, or a regular expression that can't be used.

    References
    ----------
    Cohen (1960), A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20.

    Examples
    --------
    >>> frame = pd.DataFrame({"model": "m", "item": ["1", "2", "3"], "epoch": 1,
    ...     "raw": ["like me", "It isn't like me", "I give it 4 stars"], "answer": None, "status": "unparsable",
    ...     "source_file": "f", "source_sha256": "0", "source_row": range(3)})
    >>> found = compare_parsers(Responses(frame), "value_portrait", parsers=["default", "published"])
    >>> found.n_different, found.differences["text"].tolist()
    (1, ["It isn't like me"])
    """
    answer_scale = as_scale(scale)
    chosen = _parsers(parsers)
    outcomes = {parser.name: parser.read(answers, answer_scale) for parser in chosen}
    if parsers is None:
        outcomes = {
            name: read for name, read in outcomes.items() if not (read["status"] == UNAVAILABLE).all()
        }
    frame = answers.frame
    coded = {name: _categories(read, answer_scale.codes) for name, read in outcomes.items()}
    items = pd.factorize(frame["item"].astype(str))[0]
    rng = np.random.default_rng(seed)
    n_items = int(items.max()) + 1 if len(items) else 0
    plan = plan_clusters(n_items, replicates, rng)
    codes = np.asarray(answer_scale.codes, dtype=float)
    pairs = [_pair(a, b, coded[a], coded[b], items, plan, codes, level) for a, b in combinations(coded, 2)]
    columns = [
        "first", "second", "n", "n_both", "same", "kappa", "lower", "upper", "level", "kappa_ordered",
    ]  # fmt: skip
    reading = _reading(coded)
    able = np.column_stack([coded[name] for name in reading.loc[reading["able"], "parser"]])
    differ, apart = _differ(able), _differ(np.where(able > _NONE, able, -1))
    return ParserComparison(
        _statuses(outcomes, len(frame)),
        pd.DataFrame(pairs, columns=columns),
        _differences(frame, outcomes, differ, apart, limit),
        reading,
        len(frame),
        int(differ.sum()),
        int(apart.sum()),
    )


def _parsers(wanted: Sequence[ParserLike] | None) -> list[Parser]:
    if isinstance(wanted, str | Mapping | Parser):
        wanted = [wanted]
    chosen = []
    for parser in wanted if wanted is not None else list(PARSERS):
        if isinstance(parser, Parser):
            chosen.append(parser)
        elif isinstance(parser, Mapping) and set(parser) == {"name", "regex"}:
            chosen.append(regex_parser(parser["regex"], name=parser["name"]))
        elif isinstance(parser, str) and parser in PARSERS:
            chosen.append(PARSERS[parser])
        elif isinstance(parser, str) and ":" in parser:
            chosen.append(own_parser(parser))
        else:
            raise SpecificationError(
                "unknown parser",
                parameter="parsers",
                got=parser,
                expected=f"{', '.join(PARSERS)}, regex:…, json:…, xml:…, or {{name: …, regex: …}}",
            )
    names = [parser.name for parser in chosen]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        raise SpecificationError(
            "each parser once, and at least one", parameter="parsers", got=", ".join(twice) or "none"
        )
    return chosen


def _categories(read: pd.DataFrame, codes: Sequence[int]) -> np.ndarray:
    """0 for no answer, 1… for the codes in order, -1 where the parser couldn't be tried."""
    place = {code: n for n, code in enumerate(codes, start=1)}
    found = read["answer"].map(place).fillna(_NONE).to_numpy(dtype=np.int64)
    return np.where(read["status"] == UNAVAILABLE, -1, found)


def _pair(
    first: str, second: str, one: np.ndarray, two: np.ndarray, items: np.ndarray, plan: ClusterPlan,
    codes: np.ndarray, level: float,
) -> tuple[Any, ...]:  # fmt: skip
    tried = (one >= 0) & (two >= 0)
    one, two, items = one[tried], two[tried], items[tried]
    both = (one > 0) & (two > 0)
    if not len(one):
        return first, second, 0, 0, np.nan, np.nan, np.nan, np.nan, level, np.nan
    # Rows of one item with the same two outcomes are one cell: the cost of a replicate is that of the cells.
    cells, counts = np.unique(np.column_stack([items, one, two]), axis=0, return_counts=True)
    nominal = np.eye(len(codes) + 1)
    whole = cohen_kappa(cells[:, 1], cells[:, 2], counts[None, :].astype(float), nominal)
    draws = cohen_kappa(cells[:, 1], cells[:, 2], plan.weights[:, cells[:, 0]] * counts, nominal).estimate
    found = plan.finish(
        draws, whole.estimate[0], len(np.unique(items)), level, correlation=True, within=(-1.0, 1.0)
    )
    lower, upper = float(found.lower), float(found.upper)
    if not upper - lower > 1e-12:  # replicates that never vary are no interval
        lower = upper = np.nan
    ordered = np.nan
    if both.any():
        similarity = category_similarity(codes, "quadratic")
        ordered = float(
            cohen_kappa(one[both] - 1, two[both] - 1, np.ones((1, int(both.sum()))), similarity).estimate[0]
        )
    return (
        first, second, len(one), int(both.sum()), float((one == two).mean()), float(whole.estimate[0]), lower, upper,
        level, ordered,
    )  # fmt: skip


def _reading(coded: Mapping[str, np.ndarray]) -> pd.DataFrame:
    read = [int((one > _NONE).sum()) for one in coded.values()]
    return pd.DataFrame(
        {
            "parser": list(coded),
            "n": [int((one >= 0).sum()) for one in coded.values()],
            "n_read": read,
            "able": [n >= _ABLE * max(read) for n in read],
        }
    )


def _differ(stack: np.ndarray) -> np.ndarray:
    """Rows with two outcomes; -1 is none."""
    highest = stack.max(axis=1)
    lowest = np.where(stack < 0, np.iinfo(np.int64).max, stack).min(axis=1)
    return np.asarray((highest >= 0) & (lowest < highest))


def _statuses(outcomes: Mapping[str, pd.DataFrame], rows: int) -> pd.DataFrame:
    found = [
        (name, status, int(n), n / rows)
        for name, read in outcomes.items()
        for status, n in read["status"].value_counts().reindex([*STATUSES, UNAVAILABLE]).dropna().items()
    ]
    return pd.DataFrame(found, columns=["parser", "status", "n", "share"])


def _differences(
    frame: pd.DataFrame,
    outcomes: Mapping[str, pd.DataFrame],
    differ: np.ndarray,
    apart: np.ndarray,
    limit: int,
) -> pd.DataFrame:
    # Two codes for one text are a contradiction; a code and none are two degrees of caution.
    places = np.flatnonzero(differ)
    places = places[np.argsort(~apart[places], kind="stable")][:limit]
    chosen = frame.iloc[places]
    found = chosen[["source_file", "source_row", "model", "item", "epoch"]].reset_index(drop=True)
    found = found.astype({"source_file": str, "model": str, "item": str})
    found["text"] = ["" if pd.isna(t) else visible(t) for t in as_text(chosen["raw"])]
    for name, read in outcomes.items():
        part = read.iloc[places]
        found[name] = [
            s if pd.isna(a) else str(a) for a, s in zip(part["answer"], part["status"], strict=True)
        ]
    return found


def _number(value: float) -> str:
    return "–" if pd.isna(value) else f"{value:.3f}"


def _with_interval(row: Any) -> str:
    ends = "" if pd.isna(row.lower) else f" [{row.lower:.3f}, {row.upper:.3f}]"
    return _number(row.kappa) + ends
