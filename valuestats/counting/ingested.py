"""A folder that `write_responses` has written, read back as `Responses`."""

from __future__ import annotations

from pathlib import Path

from valuestats.base.errors import SpecificationError
from valuestats.counting.answer_tables import open_answers, quiet_engines
from valuestats.counting.layout import RECORDS, read_records
from valuestats.ingest.answers.parse import Compat
from valuestats.ingest.findings import Findings
from valuestats.ingest.identity import Duplicates, require_distinct
from valuestats.ingest.item_scales import ItemScales, Scales
from valuestats.ingest.readers import Reader
from valuestats.tables import Responses
from valuestats.tables.scale import require_on_scale


def is_ingested(path: Path) -> bool:
    """Whether a folder holds records of ingested sources."""
    return path.is_dir() and any((path / RECORDS).glob("*.json"))


def read_ingested(
    path: str | Path,
    *,
    scale: Scales | None = None,
    compat: Compat | None = None,
    duplicates: Duplicates = "error",
) -> Responses:
    """The rows of a folder of ingested answers, in the order of their sources, with what was found when they were read.

    Their texts were read when they were ingested; a `scale` given here is held against the codes, no more.

    Raises
    ------
    InputError
        The folder isn't whole, or a question stands twice (with `duplicates` ``"error"``).
    SpecificationError
        A code is off the scale; or `compat`, which is a way of reading texts.
    """
    if compat is not None:
        raise SpecificationError(
            "the texts were read when they were ingested",
            parameter="compat",
            got=compat,
            hint="give it to write_responses",
        )
    folder = Path(path)
    records = sorted(read_records(folder).values(), key=lambda record: record["name"])
    with quiet_engines():
        frame = open_answers(folder).to_pandas()
    order = {record["sha256"]: place for place, record in enumerate(records)}
    frame = frame.assign(answer=frame["answer"].astype("Int64"), _source=frame["source_sha256"].map(order))
    frame = frame.sort_values(["_source", "source_row"], kind="stable", ignore_index=True).drop(
        columns="_source"
    )
    if scale is not None:
        scales = ItemScales.of(scale)
        for item, rows in frame.groupby("item", sort=False, observed=True):
            require_on_scale(rows["answer"], scales.scale_of(str(item)).bounds)
    findings = Findings(rows=[tuple(row) for record in records for row in record.get("findings", [])])
    return require_distinct(Responses(frame, findings.frame()), duplicates)


READER = Reader("ingested", is_ingested, read_ingested)
