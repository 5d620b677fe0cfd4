"""Files of answer shares: of people by country, and of models."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from valuestats.base.arguments import checked
from valuestats.ingest.surveys import globalopinionqa as goqa
from valuestats.similarity.options import declared_scales
from valuestats.tables import Population


@checked
def read_people(path: str | Path) -> Population:
    r"""People's answer shares by country.

    Parameters
    ----------
    path
        A table with the columns of `valuestats.Population`, or the folder of GlobalOpinionQA: a file of cells beside
        models' files that repeat them (see `valuestats.ingest.surveys.globalopinionqa.merge_people`).

    Returns
    -------
    Population

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from valuestats import read_people
    >>> file = pathlib.Path(tempfile.mkdtemp(), "population.csv")
    >>> _ = file.write_text("group,question,option,position,share\nChile,q1,yes,0,0.4\nChile,q1,no,1,0.6\n")
    >>> read_people(file).frame[["group", "option", "share"]].to_numpy().tolist()
    [['Chile', 'yes', 0.4], ['Chile', 'no', 0.6]]
    """
    place = Path(path)
    if place.is_dir():
        return goqa.merge_people(
            goqa.read_cells(place / "goqa_cells.csv"), goqa.read_model_people(_model_files(place))
        )
    return Population(declared_scales(_shares(place)))


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
    return goqa.ModelAnswers(_shares(place))


def _model_files(folder: Path) -> list[str | Path]:
    return sorted(folder.glob("llm_distributions_*.csv"))


def _shares(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, keep_default_na=False, na_values={"share": [""], "n": [""], "persona": [""]})
    return frame.assign(source_file=path.name, source_row=range(len(frame)))
