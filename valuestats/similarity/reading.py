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
    """People's answer shares by country.

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
    ::

        people = read_people("population.csv.gz")
    """
    place = Path(path)
    if place.is_dir():
        return goqa.merge_people(
            goqa.read_cells(place / "goqa_cells.csv"), goqa.read_model_people(_model_files(place))
        )
    return Population(declared_scales(_shares(place)))


@checked
def read_model_answers(path: str | Path) -> Population:
    """Models' answer shares, from a table or from the folder of GlobalOpinionQA; see `read_people`.

    Examples
    --------
    ::

        answers = read_model_answers("model_answers.csv.gz")
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
