"""Files of answer shares: of people by country, and of models."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.progress import say
from valuestats.ingest.answers.texts import visible
from valuestats.ingest.surveys import globalopinionqa as goqa
from valuestats.ingest.tabular.files import table_format
from valuestats.similarity.options import declared_scales
from valuestats.similarity.share_tables import share_table
from valuestats.tables import Population

PLAIN = frozenset({"group", "question", "option", "position", "share"})


@checked
def read_people(path: str | Path, *, columns: Mapping[str, str] | None = None) -> Population:
    r"""People's answer shares by country.

    Parameters
    ----------
    path
        A table with the columns of `valuestats.Population`; one with a column for each option; or the folder of
        GlobalOpinionQA: a file of cells beside models' files that repeat them (see
        `valuestats.ingest.surveys.globalopinionqa.merge_people`). Where there is no column ``option`` all further columns of
        numbers are options, in their order. Percentages (all questions add up to about 100) become shares. Where there is no
        ``position``, options are numbered from 1 as they first stand. Shares of a question that miss 100% by up to 5% are
        divided by their sum, which is told and stands with results.
    columns
        Our name to theirs, e.g. ``{"group": "land", "share": "percent"}``; ``country`` is known for ``group``, ``item`` for
        ``question`` and ``percent`` for ``share``.

    Returns
    -------
    Population

    Raises
    ------
    InputError
        A column that is not there, a cell that is no number, shares of a question that don't add up; with file and row.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from valuestats import read_people
    >>> file = pathlib.Path(tempfile.mkdtemp(), "population.csv")
    >>> _ = file.write_text("group,question,option,position,share\nChile,q1,yes,0,0.4\nChile,q1,no,1,0.6\n")
    >>> read_people(file).frame[["group", "option", "share"]].to_numpy().tolist()
    [['Chile', 'yes', 0.4], ['Chile', 'no', 0.6]]
    >>> _ = file.write_text("country,item,n,yes,no\nChile,q1,500,40,60\n")
    >>> read_people(file).frame[["group", "option", "position", "share"]].to_numpy().tolist()
    [['Chile', 'yes', 1.0, 0.4], ['Chile', 'no', 2.0, 0.6]]
    """
    place = Path(path)
    if place.is_dir():
        return goqa.merge_people(
            goqa.read_cells(place / "goqa_cells.csv"), goqa.read_model_people(_model_files(place))
        )
    frame = _shares(place) if columns is None and _is_plain(place) else share_table(place, columns or {})
    return _told(Population(declared_scales(frame)), place)


@checked
def read_model_answers(path: str | Path) -> Population:
    r"""Models' answer shares, from a table or from the folder of GlobalOpinionQA; see `read_people`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from valuestats import read_model_answers
    >>> file = pathlib.Path(tempfile.mkdtemp(), "model_answers.csv")
    >>> _ = file.write_text("group,question,option,position,share\nmodel-a,q1,yes,0,0.9\nmodel-a,q1,no,1,0.1\n")
    >>> read_model_answers(file).frame[["group", "option", "share"]].to_numpy().tolist()
    [['model-a', 'yes', 0.9], ['model-a', 'no', 0.1]]
    """
    place = Path(path)
    if place.is_dir():
        return goqa.read_model_distributions(_model_files(place))
    return _told(goqa.ModelAnswers(_shares(place)), place)


def _told[P: Population](found: P, path: Path) -> P:
    """The shares; what was made of them to add up to one goes to standard error."""
    for note in found.notes():
        say(visible(f"{path.name}: {note}", limit=300))
    return found


def _is_plain(path: Path) -> bool:
    """Whether a file is CSV with the columns of `Population` under their own names."""
    return table_format(path) == "csv" and set(pd.read_csv(path, nrows=0).columns) >= PLAIN


def _model_files(folder: Path) -> list[str | Path]:
    return sorted(folder.glob("llm_distributions_*.csv"))


def _shares(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, keep_default_na=False, na_values={"share": [""], "n": [""], "persona": [""]})
    return frame.assign(source_file=path.name, source_row=range(len(frame)))
