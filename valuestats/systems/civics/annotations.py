"""CIVICS (Pistilli et al. 2024): how far the annotators of value-laden statements agree, as written and corrected."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import yaml
from scipy.stats.contingency import association

from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.files import sha256_file
from valuestats.raters.agreement import agreement
from valuestats.results.result import Result
from valuestats.systems.comparison import compare_published, of_simulated, read_published

ANNOTATORS = tuple(f"Annotator {k}" for k in range(1, 6))
FACTORS = {
    "Language": "language",
    "Topic": "topic",
    "Data Producer Organization": "organisation",
    "Organization Type": "organisation_type",
    "Link": "cluster",
}
"""Columns of the release and what they are called here; the linked page is the cluster of a statement."""


@cache
def label_spellings() -> dict[str, str]:
    """Odd spelling -> the label it stands for, as declared in ``civics_labels.yml``."""
    text = Path(__file__).with_name("civics_labels.yml").read_text(encoding="utf-8")
    return {str(k): str(v) for k, v in yaml.safe_load(text).items()}


def read_annotations(path: str | Path) -> pd.DataFrame:
    """The annotators' label sets, one row per annotator and statement, without the statements' texts.

    Parameters
    ----------
    path
        ``civics_dataset.json``, or a folder that holds it.

    Returns
    -------
    pandas.DataFrame
        ``respondent``, ``item``, ``rating`` (list of labels as written; null where the annotator did not see the
        statement, which the release writes as an empty list), ``language``, ``topic``, ``organisation``,
        ``organisation_type``, ``cluster`` (the page it was taken from), ``source_file``, ``source_sha256``,
        ``source_row``.

    Raises
    ------
    InputError
        Not JSON, not a list of records, a field is missing, or a label set is not a list of texts.

    Examples
    --------
    ::

        annotations = read_annotations("civics_dataset.json")
        agreement(annotations, metric=["nominal", "jaccard", "masi"]).sentence()
    """
    file = Path(path)
    file = file / "civics_dataset.json" if file.is_dir() else file
    if not file.is_file():
        raise InputError("no such file", file=file, hint="the dataset must be placed by hand")
    try:
        records = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise InputError("not valid JSON", file=file, got=error) from None
    if not isinstance(records, list):
        raise InputError("a list of records is expected", file=file, got=type(records).__name__)
    rows = []
    for number, record in enumerate(records):
        missing = [
            c for c in ("ID", *FACTORS, *ANNOTATORS) if not isinstance(record, dict) or c not in record
        ]
        if missing:
            raise InputError("a field is missing", parameter=", ".join(missing), file=file, row=number)
        shared = {name: record[column] for column, name in FACTORS.items()}
        for annotator in ANNOTATORS:
            labels = record[annotator]
            if not isinstance(labels, list) or any(not isinstance(label, str) for label in labels):
                raise InputError(
                    "a label set is a list of texts",
                    parameter=annotator,
                    got=str(labels)[:80],
                    file=file,
                    row=number,
                )
            entry = {"respondent": annotator, "item": str(record["ID"]), "rating": labels or None}
            rows.append({**entry, **shared, "source_row": number})
    frame = pd.DataFrame(rows)
    return frame.assign(source_file=file.name, source_sha256=sha256_file(file))


def harmonise_labels(annotations: pd.DataFrame) -> pd.DataFrame:
    """The same annotations with odd spellings of labels replaced by the label they stand for.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"rating": [["accesibility", "accessibility"], None]})
    >>> harmonise_labels(frame)["rating"].tolist()
    [['accessibility'], None]
    """
    spelling = label_spellings()

    def repair(labels: object) -> list[str] | None:
        if not isinstance(labels, (list, tuple, np.ndarray)):
            return None
        return list(dict.fromkeys(spelling.get(str(label), str(label)) for label in labels))

    repaired = pd.Series(
        [repair(labels) for labels in annotations["rating"]], index=annotations.index, dtype=object
    )
    return annotations.assign(rating=repaired)


def without_clusters(annotations: pd.DataFrame) -> pd.DataFrame:
    """The annotations without the page each statement was taken from, so that statements count one by one.

    Parameters
    ----------
    annotations
        What `read_annotations` or `harmonise_labels` gave.
    """
    return annotations.drop(columns="cluster")


def odd_labels(annotations: pd.DataFrame) -> pd.DataFrame:
    """Labels whose spelling is repaired: ``label``, ``stands_for``, ``n`` (how often it was written)."""
    written = annotations["rating"].dropna().explode()
    counts = written[written.isin(label_spellings().keys())].value_counts()
    frame = pd.DataFrame({"label": counts.index.astype(str), "n": counts.to_numpy()})
    frame["stands_for"] = frame["label"].map(label_spellings())
    return frame[["label", "stands_for", "n"]]


def agreement_within(
    annotations: pd.DataFrame,
    by: Sequence[str] = ("language", "topic"),
    *,
    metric: str = "masi",
    least: int = 6,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Agreement apart for every level of each factor, with intervals over the clusters within it.

    Parameters
    ----------
    annotations
        As for `valuestats.agreement`, with the columns of `by`.
    by
        Factors, one after the other (not crossed).
    least
        Where a level has fewer clusters, it gets no interval: resampling so few says nothing.
    metric, level, replicates, seed
        As for `valuestats.agreement`.

    Returns
    -------
    pandas.DataFrame
        ``factor``, ``value`` and the columns of the estimates. Chance agreement is that within the level, so a
        level with few labels has a lower alpha at the same share of agreement.

    Raises
    ------
    SpecificationError
        A factor is not a column.
    """
    absent = [c for c in by if c not in annotations.columns]
    if absent:
        raise SpecificationError(
            "no such factor", parameter="by", got=", ".join(absent), expected=", ".join(annotations.columns)
        )
    parts = []
    for factor in by:
        for value, rows in annotations.groupby(factor, observed=True):
            found = agreement(rows, metric=metric, level=level, replicates=replicates, seed=seed)
            parts.append(found.estimates.assign(factor=factor, value=str(value)))
    table = pd.concat(parts, ignore_index=True)
    table.loc[table["n_units"] < least, ["std_error", "lower", "upper"]] = np.nan
    return table[["factor", "value", *(c for c in table.columns if c not in ("factor", "value"))]]


def entangled_factors(annotations: pd.DataFrame, factors: Sequence[str]) -> pd.DataFrame:
    r"""How far factors of the design can be told apart: Cramér's V of each pair, and how one is nested in the other.

    Cramér's :math:`V=\sqrt{\chi^2/(n\,(\min(r,c)-1))}` over statements (Cramér 1946): 0 for a balanced design, 1 where
    one factor gives the other away.

    Parameters
    ----------
    annotations
        One or more rows per ``item``, with the factors as columns.
    factors
        At least two columns.

    Returns
    -------
    pandas.DataFrame
        ``first``, ``second``, ``cramers_v``, ``levels_first``, ``levels_second``, ``shared`` (levels of `second` that
        occur with more than one level of `first`) and ``n`` (items).

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"item": range(4), "language": ["de", "de", "it", "it"], "publisher": list("aabb")})
    >>> entangled_factors(frame, ["language", "publisher"])[["cramers_v", "shared"]].to_numpy().tolist()
    [[1.0, 0.0]]
    """
    items = annotations.drop_duplicates("item")
    rows = []
    for i, first in enumerate(factors):
        for second in factors[i + 1 :]:
            table = pd.crosstab(items[first], items[second]).to_numpy()
            proper = min(table.shape) > 1
            value = float(association(table, method="cramer", correction=False)) if proper else float("nan")
            shared = int(((table > 0).sum(axis=0) > 1).sum())
            rows.append((first, second, value, *table.shape, shared, len(items)))
    names = ["first", "second", "cramers_v", "levels_first", "levels_second", "shared", "n"]
    return pd.DataFrame(rows, columns=names)


def comparison(
    published_csv: str | Path, as_written: Result, corrected: Result, *, standin: bool = False
) -> pd.DataFrame:
    """The page's table: published agreement, the same recomputed, and the corrected one.

    Parameters
    ----------
    published_csv
        ``published.csv`` of the analysis: quantity ``Krippendorff's alpha``, group the metric.
    as_written, corrected
        `valuestats.agreement` of the annotations as written, and of those with harmonised labels and clusters.
    standin
        Whether the annotations are simulated: nothing is recomputed then.
    """
    if standin:
        return of_simulated(published_csv)

    def table(result: Result) -> pd.DataFrame:
        return result.estimates.assign(
            quantity="Krippendorff's alpha", group=result.estimates["metric"].astype(str)
        )

    unit = "source pages" if corrected.meta["specification"]["unit"] == "cluster" else "statements"
    fixed = table(corrected).assign(unit=unit)
    columns = ["quantity", "group", "estimate", "lower", "upper", "unit", "n_units", "n_scored", "n_asked"]
    return compare_published(
        read_published(published_csv),
        table(as_written).rename(columns={"estimate": "value"}),
        fixed[columns],
        tolerance=0.5e-3,
    )
