"""Value Portrait: the items, and the people who rated them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.base.errors import InputError
from valuestats.ingest.sources import Source, plain_name, read_json, read_records, read_source
from valuestats.tables import Items, Ratings

SURVEY = "data/prolific/survey/main/survey.json"
VALUES = "data/prolific/value/main/value.json"
QUERIES = "data/query-response-tagged/query-response-tagged.json"
SCALE = (1.0, 6.0)
_PARENTS = 4


def find_file(folder: str | Path, relative: str) -> Source:
    """Read a file of the release, plain or ``.gz``, from its folder or from a folder inside it.

    Raises
    ------
    InputError
        The file isn't there.
    """
    start = Path(folder)
    for root in (start, *list(start.absolute().parents)[:_PARENTS]):
        for name in (relative, f"{relative}.gz"):
            if (root / name).is_file():
                return read_source(root / name, name=plain_name(relative))
    raise InputError("the release lacks a file", expected=f"{relative}, plain or .gz", file=start)


def read_ratings(folder: str | Path) -> Ratings:
    """Read the ratings of the items (1 to 6) and the raters' own values and traits.

    Parameters
    ----------
    folder
        The release's folder, or one inside it.

    Returns
    -------
    Ratings
        ``group`` is the number of the group of raters who were shown the same items. Respondents who stand in
        two groups, or have no ratings, are named in ``conflicts``; nobody is dropped. Families ``bfi``,
        ``pvq`` (centred on the person's mean over the 21 items) and ``higher_pvq``, dimensions as in the file.

    Raises
    ------
    InputError
        A file is missing or not as released; a rating is missing or off the scale, with file and row.

    Examples
    --------
    >>> import json, pathlib, tempfile
    >>> root = pathlib.Path(tempfile.mkdtemp())
    >>> for name, content in ((SURVEY, [{"7": [{"option_id": 1, "data": [[5, "P1"], [2, "P2"]]}]}]),
    ...                       (VALUES, {"P1": {"pvq": {"Power": 0.5}}, "P2": {"pvq": {"Power": -1.0}}})):
    ...     (root / name).parent.mkdir(parents=True)
    ...     _ = (root / name).write_text(json.dumps(content))
    >>> read_ratings(root).frame[["respondent", "item", "rating"]].to_records(index=False).tolist()
    [('P1', '7-1', 5.0), ('P2', '7-1', 2.0)]
    """
    survey = find_file(folder, SURVEY)
    columns = ["respondent", "item", "rating", "group", "cluster"]
    frame = pd.DataFrame(list(_rating_rows(read_records(survey), survey)), columns=columns)
    frame["source_file"] = survey.name
    frame["source_sha256"] = survey.sha256
    frame["source_row"] = range(len(frame))
    for name in ("respondent", "item", "group", "cluster", "source_file", "source_sha256"):
        frame[name] = frame[name].astype("category")
    own = find_file(folder, VALUES)
    values = pd.DataFrame(
        list(_value_rows(read_json(own), own)), columns=["respondent", "family", "dimension", "score"]
    )
    return Ratings(frame, values, scale=SCALE)


def _rating_rows(groups: list[dict[str, Any]], source: Source) -> Iterator[tuple[str, str, Any, str, str]]:
    row = 0
    for number, portraits in enumerate(groups):
        for portrait, options in portraits.items():
            try:
                for option in options:
                    item = f"{portrait}-{option['option_id']}"
                    for rating, respondent in option["data"]:
                        if isinstance(rating, str | bool | list | dict):
                            raise TypeError(f"rating {rating!r}")
                        yield str(respondent), item, rating, str(number), str(portrait)
                        row += 1
            except (KeyError, TypeError, ValueError) as fault:
                raise InputError(
                    "ratings are not as released",
                    got=f"group {number}, portrait {portrait}: {fault}",
                    expected="[{option_id, data: [[rating, respondent], …]}, …]",
                    file=source.path,
                    row=row,
                ) from None


def _value_rows(people: Any, source: Source) -> Iterator[tuple[str, str, str, Any]]:
    try:
        for respondent, families in people.items():
            for family, dimensions in families.items():
                for dimension, score in dimensions.items():
                    yield str(respondent), family, dimension, score
    except AttributeError as fault:
        raise InputError(
            "respondents' values are not as released",
            got=str(fault),
            expected="{respondent: {family: {dimension: score}}}",
            file=source.path,
        ) from None


def read_items(folder: str | Path) -> Items:
    """Read the items: five responses to each query.

    Returns
    -------
    Items
        ``item`` (portrait-option), ``cluster`` (portrait), ``text`` (the response; from public forums, not to be
        printed at length).
    """
    source = find_file(folder, QUERIES)
    rows = []
    for row, query in enumerate(read_records(source)):
        try:
            portrait = str(query["portrait_id"])
            rows += [(f"{portrait}-{o['id']}", portrait, o["content"]) for o in query["outputs"]]
        except (KeyError, TypeError) as fault:
            raise InputError(
                "a query is not as released",
                got=f"{type(fault).__name__}: {fault}",
                expected="portrait_id, outputs [{id, content}, …]",
                file=source.path,
                row=row,
            ) from None
    return Items(pd.DataFrame(rows, columns=["item", "cluster", "text"]))
