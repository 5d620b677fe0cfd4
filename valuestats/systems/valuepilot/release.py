"""The release of the human study: people's value weights and rankings, and the rankings of methods for each of them."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from valuestats.base.arguments import checked
from valuestats.base.errors import InputError

VALUES = ("curiosity", "energy", "safety", "happiness", "intimacy", "fairness")
"""The six values, in the order of the weights."""
PEOPLE = "result_en.json"
METHODS = {
    "results_from_ensemble-model": "ValuePilot, ensemble",
    "results_from_bert-base-uncased": "ValuePilot, BERT",
    "results_from_flan-t5-base": "ValuePilot, Flan-T5",
    "results_from_roberta-base": "ValuePilot, RoBERTa",
    "results_from_t5-base": "ValuePilot, T5 base",
    "results_from_t5-small": "ValuePilot, T5 small",
    "results_from_ahp": "AHP",
    "results_from_maut": "MAUT",
    "results_from_topsis": "TOPSIS",
    "claude": "Claude 3 Opus",
    "gemini": "Gemini",
    "gpt4": "GPT-4o",
    "llama": "Llama 3",
}
"""Files of rankings, and what the methods are called."""


def _files(path: str | Path) -> dict[str, Any]:
    """Content of the release's files by name: of a folder, or of one file that holds them all."""
    place = Path(path)
    found = {}
    try:
        if place.is_file():
            raw = place.read_bytes()
            content = orjson.loads(gzip.decompress(raw) if place.suffix == ".gz" else raw)
            if not isinstance(content, dict):
                raise InputError("the file holds no files by name", file=place, got=type(content).__name__)
            return content
        for file in sorted(place.rglob("*.json")):
            if file.name == PEOPLE or file.stem in METHODS:
                found[file.name] = orjson.loads(file.read_bytes())
    except (orjson.JSONDecodeError, gzip.BadGzipFile) as error:
        raise InputError("not valid JSON", file=place, got=str(error)) from error
    if PEOPLE not in found:
        raise InputError("the folder does not hold the release", file=place, expected=PEOPLE)
    return found


def _people(path: str | Path) -> list[dict[str, Any]]:
    people = _files(path).get(PEOPLE)
    if not isinstance(people, list) or not people:
        raise InputError("no list of people", file=path, parameter=PEOPLE)
    for row, person in enumerate(people):
        if not isinstance(person, dict) or not {"value_point", "choices"} <= set(person):
            raise InputError("a person lacks fields", file=path, row=row, parameter="value_point, choices")
        if len(person["value_point"]) != len(VALUES):
            raise InputError("a person lacks weights", file=path, row=row, parameter="value_point")
    return people


def _long(rankings: list[tuple[str, str, list[Any]]]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"respondent": who, "item": item, "option": str(option), "rank": place}
            for who, item, order in rankings
            for place, option in enumerate(order, 1)
        ]
    )


@checked
def read_valuepilot_people(path: str | Path) -> pd.DataFrame:
    """People's rankings of the actions in each scenario.

    Parameters
    ----------
    path
        Folder of the release (``human_study``), or one JSON file that holds its files by name.

    Returns
    -------
    pandas.DataFrame
        ``respondent``, ``item`` (number of the scenario), ``option`` (number of the action), ``rank``: the people of
        `valuestats.ranking_agreement`.

    Raises
    ------
    InputError
        No such file, not JSON, or a person without weights or rankings, with its row.

    Examples
    --------
    ::

        people = read_valuepilot_people("human_study")
    """
    people = _people(path)
    return _long(
        [
            (str(who), str(item), order)
            for who, person in enumerate(people, 1)
            for item, order in enumerate(person["choices"], 1)
        ]
    )


@checked
def read_valuepilot_weights(path: str | Path) -> pd.DataFrame:
    """How much each person says that each value matters, 0 to 1.

    Parameters
    ----------
    path
        As for `read_valuepilot_people`.

    Returns
    -------
    pandas.DataFrame
        ``respondent``, ``value``, ``weight``: the weights of `valuestats.rank_by_values`.

    Raises
    ------
    InputError
        As `read_valuepilot_people`.

    Examples
    --------
    ::

        weights = read_valuepilot_weights("human_study")
    """
    return pd.DataFrame(
        [
            {"respondent": str(who), "value": value, "weight": float(weight)}
            for who, person in enumerate(_people(path), 1)
            for value, weight in zip(VALUES, person["value_point"], strict=True)
        ]
    )


@checked
def read_valuepilot_rankings(path: str | Path) -> pd.DataFrame:
    """Rankings of the actions that each method makes for each person.

    Parameters
    ----------
    path
        As for `read_valuepilot_people`.

    Returns
    -------
    pandas.DataFrame
        ``model`` (see `METHODS`), ``respondent``, ``item``, ``option``, ``rank``; as they are in the files, rankings of
        other actions included.

    Raises
    ------
    InputError
        No file of rankings, or one that is not in the release's layout.

    Examples
    --------
    ::

        rankings = read_valuepilot_rankings("human_study")
    """
    parts = []
    for name, content in _files(path).items():
        stem = name.removesuffix(".json")
        if name == PEOPLE:
            continue
        try:
            rankings = [
                (str(person["person_id"]), str(item), scenario["ranked_actions"])
                for person in content["all_sorted_scenarios"]
                for item, scenario in enumerate(person["sorted_scenarios"], 1)
            ]
        except (KeyError, TypeError) as error:
            raise InputError(
                "not rankings in the release's layout", file=path, parameter=name, got=repr(error)
            ) from error
        parts.append(_long(rankings).assign(model=METHODS.get(stem, stem)))
    if not parts:
        raise InputError("no file of rankings", file=path, expected=", ".join(METHODS))
    return pd.concat(parts, ignore_index=True)
