"""Which file that was sent in as a batch each file of results answers, and what either says of the model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from valuestats.base.errors import InputError
from valuestats.ingest.description import same_model
from valuestats.ingest.findings import FILE, Findings
from valuestats.ingest.logs.fields import Record, canonical
from valuestats.ingest.logs.gemini_batches import gemini_name
from valuestats.ingest.logs.rows import LogRow

UNNAMED = "the requested model isn't in the file"
OTHER_MODEL = "another model answered than was asked"
_DEPTH = 5
"""All files that share a name, and the four rules of `_narrowed` after it."""
_SNAPSHOT = re.compile(r"[-@:](\d[\d.-]*|latest|preview|exp)([-_]?\d[\d.-]*)?")
_SERVED = ("response.body.model", "result.message.model", "response.modelVersion")

type Sent = Mapping[Path, Mapping[str, Record]]


@dataclass
class Pairs:
    """For each file of results that isn't left out its requests by name, and the requests without a result."""

    requests: dict[Path, dict[str, Record]] = field(default_factory=dict)
    lost: list[Record] = field(default_factory=list)


def paired(results: Mapping[Path, Sequence[Record]], sent: Sent, findings: Findings, *, given: bool) -> Pairs:
    """Find the requests of each file of results.

    All files that share a name (``custom_id``, ``key``) with it, as long as they say one thing of each name: several parts
    of one batch. Where they contradict each other, those of its own folder; then those whose model is the one that
    answered; then those that hold all its names and whose requests no other file has answered. What is still open is an
    error of that file.

    Parameters
    ----------
    results, sent
        Records of each file of results, and requests by name of each file sent in.
    findings
        Where a file whose requests can't be told is put down.
    given
        Whether the caller named the files sent in: then all of them belong to these results.
    """
    names = {f: {n for r in records if (n := name_or_none(r)) is not None} for f, records in results.items()}
    chosen: dict[Path, list[Path]] = {}
    left, depth = list(results), 0
    while left and depth < _DEPTH:
        answered = _answered(chosen, names)
        settled = {}
        for file in left:
            near = _narrowed(file, results[file], names[file], sent, answered, depth)
            if _agree(near, names[file], sent):
                settled[file] = near
        chosen |= settled
        left = [file for file in left if file not in settled]
        # What is settled by now may settle the others by what stands earlier in the order.
        depth = 0 if settled and depth else depth + 1
    for file, q in _claimed_wrongly(chosen, results, names, sent):
        chosen[file] = [other for other in chosen[file] if other != q]
    found = Pairs()
    for file in left:
        findings.left_out(FILE, _ambiguous(file, [q for q in sent if names[file] & sent[q].keys()]))
    for file, files in chosen.items():
        found.requests[file] = {name: record for q in files for name, record in sent[q].items()}
    used = set(sent) if given else {q for files in chosen.values() for q in files}
    answered = _answered(chosen, names)
    lost = [r for q in sent if q in used for n, r in sent[q].items() if n not in answered.get(q, set())]
    found.lost = list({(name_of(r), canonical(r.value)): r for r in lost}.values())
    return found


def _narrowed(
    file: Path,
    records: Sequence[Record],
    names: set[str],
    sent: Sent,
    answered: Mapping[Path, set[str]],
    depth: int,
) -> list[Path]:
    """The files sent in that may belong to this one, by the first rules; one that would leave none is passed over."""
    rules: tuple[Callable[[Path], bool], ...] = (
        lambda q: q.parent == file.parent,
        lambda q: _is_of_its_model(records, sent[q]),
        lambda q: names <= sent[q].keys() and not names & answered.get(q, set()),
        lambda q: names == sent[q].keys(),
    )
    near = [q for q in sent if names & sent[q].keys()]
    for rule in rules[:depth]:
        near = [q for q in near if rule(q)] or near
    return near


def _is_of_its_model(records: Sequence[Record], requests: Mapping[str, Record]) -> bool:
    for record in records:
        request, served = requests.get(name_or_none(record) or ""), model_served(record)
        asked = None if request is None else asked_model(request)
        if asked is not None and served is not None and not is_snapshot(asked, served):
            return False
    return True


def _claimed_wrongly(
    chosen: Mapping[Path, Sequence[Path]],
    results: Mapping[Path, Sequence[Record]],
    names: Mapping[Path, set[str]],
    sent: Sent,
) -> list[tuple[Path, Path]]:
    """Files of another model that share names with one whose requests they are: their own were not kept."""
    fits = {(f, q): _is_of_its_model(results[f], sent[q]) for f, files in chosen.items() for q in files}
    return [
        (file, q)
        for (file, q), own in fits.items()
        if not own and any(fits.get((f, q)) and names[f] & names[file] & sent[q].keys() for f in chosen)
    ]


def _agree(files: Sequence[Path], names: set[str], sent: Sent) -> bool:
    """Whether the files say one thing of each of these names."""
    said: dict[str, str] = {}
    for q in files if len(files) > 1 else ():
        for name in names & sent[q].keys():
            if said.setdefault(name, canonical(sent[q][name].value)) != canonical(sent[q][name].value):
                return False
    return True


def _answered(chosen: Mapping[Path, Sequence[Path]], names: Mapping[Path, set[str]]) -> dict[Path, set[str]]:
    found: dict[Path, set[str]] = {}
    for file, files in chosen.items():
        for q in files:
            found.setdefault(q, set()).update(names[file])
    return found


def _ambiguous(file: Path, shared: Sequence[Path]) -> InputError:
    return InputError(
        "it can't be told which requests these results answer",
        parameter="custom_id",
        got=f"the same identifiers in {', '.join(q.name for q in shared[:5])}, with other requests in each",
        expected="one file of requests whose model and identifiers are those of the results",
        hint="put each file of results into a folder of its own with the file that was sent in, or name that with inputs=…",
        file=file,
    )


def name_of(record: Record) -> str:
    """The name that joins a result and its request."""
    return record.identifier("custom_id") if "custom_id" in record.value else gemini_name(record)


def name_or_none(record: Record) -> str | None:
    """The same, or None where the record has none."""
    try:
        return name_of(record)
    except InputError:
        return None


def asked_model(request: Record) -> str | None:
    """The model that a request names."""
    place = next((name for name in ("params", "body") if name in request.value), "request")
    return _text(request, f"{place}.model")


def model_served(result: Record) -> str | None:
    """The model that answered, as the result itself says."""
    return next((said for path in _SERVED if (said := _text(result, path))), None)


def _text(record: Record, path: str) -> str | None:
    try:
        return record.text(path)
    except InputError:
        return None


def is_snapshot(asked: str, served: str) -> bool:
    """Whether the model that answered is the one asked for, or a dated version of it.

    Examples
    --------
    >>> is_snapshot("gpt-x", "gpt-x-2026-01-01"), is_snapshot("models/g", "g-001")
    (True, True)
    >>> is_snapshot("gpt-x", "gpt-x-mini-2026-01-01")
    False
    """
    short, long = asked.removeprefix("models/").casefold(), served.removeprefix("models/").casefold()
    if same_model(short, long):
        return True
    base = short.rsplit("/", 1)[-1]
    name = long.rsplit("/", 1)[-1]
    bare = base.removesuffix("-latest")
    return name.startswith(bare) and _SNAPSHOT.fullmatch(name[len(bare) :]) is not None


def answering_model(
    result: Record, of_file: Sequence[Record], findings: Findings, said: set[tuple[str, str]]
) -> str | None:
    """The model that answered, where neither the file sent in nor the caller says which was asked; a finding.

    A result without one (a failed call) goes by the only one of its file.
    """
    served = model_served(result)
    if served is None:
        models = {model for record in of_file if (model := model_served(record))}
        served = models.pop() if len(models) == 1 else None
    once = (UNNAMED, f"{result.source.path}: {served}")
    if served is not None and once not in said:
        said.add(once)
        findings.add(UNNAMED, result.source.path, None, f"taken from the model that answered: {served}")
    return served


def find_other_models(rows: Iterable[LogRow], findings: Findings) -> None:
    """Put down where the model that answered is no version of the one that was asked, with the number of rows."""
    counts = Counter(
        (row.source.path, row.model, row.model_served) for row in rows if row.model_served is not None
    )
    for (file, asked, served), n in counts.items():
        if not is_snapshot(asked, served):
            findings.add(OTHER_MODEL, file, None, f"asked {asked}, answered {served} ({n:,} rows)")
