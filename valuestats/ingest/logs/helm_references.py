"""HELM's adapters that score each reference by a request of its own: all requests of an instance are one answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from valuestats.base.errors import InputError
from valuestats.ingest.findings import NOT_READ
from valuestats.ingest.logs.fields import Record, canonical
from valuestats.ingest.logs.loop import Asked
from valuestats.ingest.logs.rows import LogRow, most_likely

_BLANKS = str.maketrans({"\u0120": " ", "\u010a": "\n", "\u2581": " "})  # how tokenizers write blanks
_MODES = ("original", "calibration")


class _Score(NamedTuple):
    total: float
    tokens: int


def scored_references(
    records: list[Record], named: Callable[[Record], LogRow], asked: Asked
) -> Iterator[LogRow]:
    """One row for each instance, perturbation and trial of requests that carry a ``reference_index``.

    A reference that was asked about twice or not at all, modes that aren't HELM's, or tokens that don't spell the
    reference at the end of the completion make a row without an answer, and a finding.
    """
    groups: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        try:
            row = named(record)
        except InputError as error:
            asked.findings.left_out(NOT_READ, error)
            continue
        groups.setdefault((row.model, row.item, row.wording, row.epoch), []).append(record)
    yield from asked.each(
        groups.values(),
        lambda group: [_row(group, named(group[0]), asked)],
        lambda group: replace(named(group[0]), source_rows=_rows_behind(group)),
    )


def _rows_behind(group: list[Record]) -> str:
    return " ".join(str(record.row) for record in group)


def _row(group: list[Record], named: LogRow, asked: Asked) -> LogRow:
    first = group[0]
    references = [reference.text("output.text") or "" for reference in first.records("instance.references")]
    placed = _by_place(group, len(references))
    prompt = first.text("request.prompt") or ""
    # The prompt without the reference at its end is what was asked of each.
    shared = prompt.rstrip().removesuffix(references[_place(first)].strip()).rstrip()
    row = replace(
        named,
        prompt=canonical(shared),
        item_text=first.text("instance.input.text"),
        source_rows=_rows_behind(group),
    )
    row = asked.with_fields(row, first)
    undone = [record for record in group if not record.record("result").value]
    if undone:
        return replace(
            row,
            status="not_administered",
            rule="no result",
            error=f"{len(undone)} of {len(group)} requests were not executed",
        )
    failed = [
        r for r in group if r.any("result.success") is False or not r.record("result").records("completions")
    ]
    if failed:
        return replace(row, error=failed[0].text("result.error") or "a request failed")
    scores = {key: _score(record, references[key[1]]) for key, record in placed.items()}
    originals = [scores["original", n] for n in range(len(references))]
    if any(mode == "calibration" for mode, _ in placed):
        ranked = [s.total - scores["calibration", n].total for n, s in enumerate(originals)]
    else:
        ranked = [s.total / s.tokens for s in originals]
    texts = tuple(reference.strip() for reference in references)
    return most_likely(row, texts, [s.total for s in originals], ranked=ranked)


def _place(record: Record) -> int:
    place = record.whole("reference_index")
    count = len(record.entries("instance.references"))
    if place is None or not 0 <= place < count:
        raise record.fault("reference_index", place, f"the number of one of {count} references")
    return place


def _by_place(group: list[Record], count: int) -> dict[tuple[str, int], Record]:
    asked: dict[tuple[str, int], Record] = {}
    for record in group:
        mode = record.text("request_mode") or "original"
        if mode not in _MODES:
            raise record.fault("request_mode", repr(mode), " or ".join(_MODES))
        key = (mode, _place(record))
        if key in asked:
            raise record.fault(
                "reference_index", f"{key[1]} twice ({mode})", "each reference once for each instance"
            )
        asked[key] = record
    for mode in dict.fromkeys(["original", *(mode for mode, _ in asked)]):
        absent = [n for n in range(count) if (mode, n) not in asked]
        if absent:
            raise group[0].fault(
                "reference_index",
                f"no request ({mode}) for {len(absent)} of {count} references",
                "a request for each",
            )
    return asked


def _score(record: Record, reference: str) -> _Score:
    """Sum of the log-probabilities of the last tokens, as many as spell the reference."""
    tokens = record.record("result").records("completions")[0].records("tokens")
    wanted, spelled, total = reference.strip(), "", 0.0
    for used, token in enumerate(reversed(tokens), start=1):
        spelled = (token.text("text") or "").translate(_BLANKS) + spelled
        number = token.number("logprob")
        if number is None or not number <= 1e-3:
            raise token.fault("logprob", number, "a log-probability: a number not above 0")
        total += number
        plain = spelled.strip()
        if plain == wanted:
            return _Score(total, used)
        if len(plain) >= len(wanted):
            break
    raise record.fault("result.completions.tokens", repr(spelled[:80]), f"tokens that end in {wanted[:80]!r}")
