"""The verbs a study file may use: name -> function of resolved arguments. Heavy imports wait until called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from valuestats.result import Result
from valuestats.tables import Population, Ratings, Responses


def _read_responses(
    path: Path,
    reader: str = "auto",
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, str] | None = None,
    scale: str | None = None,
    compat: Any = None,
) -> Responses:
    from valuestats.ingest import read_responses

    return read_responses(
        path, reader=reader, columns=columns, constants=constants, scale=scale, compat=compat
    )


def _read_ratings(
    path: Path,
    reader: str = "auto",
    values: Path | None = None,
    columns: Mapping[str, str] | None = None,
    scale: Sequence[float] | None = None,
) -> Ratings:
    from valuestats.ingest import read_ratings

    bounds = None if scale is None else (float(scale[0]), float(scale[1]))
    return read_ratings(path, reader=reader, values=values, columns=columns, scale=bounds)


def _describe(responses: Responses) -> dict[str, Any]:
    from valuestats.ingest import describe

    description = describe(responses)
    return {"text": description.to_text()}


def _read_published_correlations(path: Path) -> pd.DataFrame:
    from valuestats.ingest.value_portrait import read_published_correlations

    return read_published_correlations(path)


def _item_values(ratings: Ratings, level: float, compat: Any = None) -> Result:
    from valuestats.keying import item_values

    return item_values(ratings, level=level, compat=compat)


def _keys(
    correlations: Result, threshold: float = 0.30, signs: Any = "positive", exclude: Any = ()
) -> pd.DataFrame:
    from valuestats.keying import keys

    return keys(correlations, threshold=threshold, signs=signs, exclude=[tuple(t) for t in exclude])


def _published_keys(correlations: pd.DataFrame, threshold: float = 0.30, exclude: Any = ()) -> pd.DataFrame:
    from valuestats.keying import key_frame

    return key_frame(correlations, threshold=threshold, exclude=[tuple(t) for t in exclude])


def _chance_keys(
    ratings: Ratings, level: float, seed: int, threshold: float = 0.30, permutations: int = 500
) -> pd.DataFrame:
    from valuestats.keying import chance_keys

    return chance_keys(ratings, threshold=threshold, permutations=permutations, level=level, seed=seed)


def _score(
    responses: Responses,
    keyed: pd.DataFrame,
    family: str,
    level: float,
    seed: int,
    scale: Sequence[float] | None = None,
    replicates: int = 2000,
    dropped: pd.DataFrame | None = None,
    compat: Any = None,
) -> Result:
    from valuestats.scoring import score

    bounds = None if scale is None else (float(scale[0]), float(scale[1]))
    return score(
        responses,
        keyed,
        family=family,
        scale=bounds,
        level=level,
        replicates=replicates,
        seed=seed,
        dropped=dropped,
        compat=compat,
    )


def _ordinal(
    responses: Responses,
    keyed: pd.DataFrame,
    family: str,
    level: float,
    seed: int,
    **options: Any,
) -> Result:
    from valuestats.ordinal_regression import ordinal

    return ordinal(responses, keyed[keyed["family"] == family], level=level, seed=seed, **options)


def _exclude_ratings(ratings: Ratings, respondent: str, group: str, reason: str) -> Ratings:
    from valuestats.audit import exclude_ratings

    del reason  # it stands in the study file, and so in the hash of the step
    return exclude_ratings(ratings, respondent=respondent, group=group)


def _compare_correlations(recomputed: Result, published: pd.DataFrame) -> pd.DataFrame:
    from valuestats.audit import compare_correlations

    return compare_correlations(recomputed, published)


def _explain_by_respondent(
    ratings: Ratings, published: pd.DataFrame, respondent: str, group: str
) -> pd.DataFrame:
    from valuestats.audit import explain_by_respondent

    return explain_by_respondent(ratings, published, respondent=respondent, group=group)


def _unlabelled_items(path: Path) -> pd.DataFrame:
    from valuestats.systems.value_portrait import unlabelled_items

    return unlabelled_items(path)


def _value_portrait_comparison(**arguments: Any) -> pd.DataFrame:
    from valuestats.systems.value_portrait import comparison

    return comparison(**arguments)


def _read_people(path: Path) -> Population:
    """Country shares: a table, or a folder with a file of cells beside models' files that repeat them."""
    from valuestats.ingest import globalopinionqa as goqa

    if path.is_dir():
        return goqa.merge_people(
            goqa.read_cells(path / "goqa_cells.csv"), goqa.read_model_people(_model_files(path))
        )
    from valuestats.similarity.options import declared_scales

    return Population(declared_scales(_shares(path)))


def _read_model_answers(path: Path) -> Population:
    from valuestats.ingest import globalopinionqa as goqa

    if path.is_dir():
        return goqa.read_model_distributions(_model_files(path))
    return goqa.ModelAnswers(_shares(path))


def _model_files(folder: Path) -> list[str | Path]:
    return sorted(folder.glob("llm_distributions_*.csv"))


def _shares(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, keep_default_na=False, na_values={"share": [""], "n": [""], "persona": [""]})
    return frame.assign(source_file=path.name, source_row=range(len(frame)))


def _country_similarity(
    answers: Population, people: Population, level: float, seed: int, **options: Any
) -> Result:
    from valuestats.similarity import country_similarity

    return country_similarity(answers, people, level=level, seed=seed, **options)


def _group_similarity(people: Population, **options: Any) -> pd.DataFrame:
    from valuestats.similarity import group_similarity

    return group_similarity(people, **options)


def _pair_similarity(people: Population, pairs: Any, level: float, seed: int, **options: Any) -> pd.DataFrame:
    from valuestats.similarity import pair_similarity

    return pair_similarity(people, pairs, level=level, seed=seed, **options)


def _uniform_similarity(people: Population, level: float, seed: int, **options: Any) -> pd.DataFrame:
    from valuestats.similarity import uniform_similarity

    return uniform_similarity(people, level=level, seed=seed, **options)


def _similarity_matrix(people: Population, **options: Any) -> pd.DataFrame:
    from valuestats.similarity import similarity_matrix

    return similarity_matrix(people, **options)


def _social_alignment(
    answers: Population, people: Population, level: float, seed: int, **options: Any
) -> pd.DataFrame:
    from valuestats.similarity import social_alignment

    return social_alignment(answers, people, level=level, seed=seed, **options)


def _adjusted_similarity(
    answers: Population, people: Population, level: float, seed: int, **options: Any
) -> pd.DataFrame:
    from valuestats.similarity import adjusted_similarity

    return adjusted_similarity(answers, people, level=level, seed=seed, **options)


def _answered_by_all(answers: Population) -> Population:
    from valuestats.systems.global_opinions import answered_by_all

    return answered_by_all(answers)


def _similarity_ranks(similarity: Result, level: float) -> pd.DataFrame:
    from valuestats.systems.global_opinions import ranks

    return ranks(similarity, level)


def _opinion_oddities(people: Population, answers: Population) -> pd.DataFrame:
    from valuestats.systems.global_opinions import oddities

    return oddities(people, answers)


def _extreme_questions(questions: pd.DataFrame, count: int = 3) -> pd.DataFrame:
    from valuestats.systems.global_opinions import extreme_questions

    return extreme_questions(questions, count)


def _global_opinions_comparison(**arguments: Any) -> pd.DataFrame:
    from valuestats.systems.global_opinions import comparison

    return comparison(**arguments)


def _recovery(**arguments: Any) -> pd.DataFrame:
    from valuestats.recovery import recovery

    return recovery(**arguments)


def _similarity_by_question(answers: Population, people: Population) -> pd.DataFrame:
    from valuestats.similarity import similarity_by_question

    return similarity_by_question(answers, people)


def _read_json(path: Path) -> dict[str, Any]:
    import orjson

    content = orjson.loads(Path(path).read_bytes())
    return dict(content)


VERBS: dict[str, Callable[..., Any]] = {
    "adjusted_similarity": _adjusted_similarity,
    "answered_by_all": _answered_by_all,
    "chance_keys": _chance_keys,
    "compare_correlations": _compare_correlations,
    "country_similarity": _country_similarity,
    "describe": _describe,
    "exclude_ratings": _exclude_ratings,
    "explain_by_respondent": _explain_by_respondent,
    "global_opinions_comparison": _global_opinions_comparison,
    "group_similarity": _group_similarity,
    "extreme_questions": _extreme_questions,
    "item_values": _item_values,
    "keys": _keys,
    "ordinal": _ordinal,
    "opinion_oddities": _opinion_oddities,
    "pair_similarity": _pair_similarity,
    "published_keys": _published_keys,
    "read_json": _read_json,
    "read_model_answers": _read_model_answers,
    "read_people": _read_people,
    "recovery": _recovery,
    "read_published_correlations": _read_published_correlations,
    "read_ratings": _read_ratings,
    "read_responses": _read_responses,
    "score": _score,
    "similarity_by_question": _similarity_by_question,
    "similarity_matrix": _similarity_matrix,
    "similarity_ranks": _similarity_ranks,
    "social_alignment": _social_alignment,
    "uniform_similarity": _uniform_similarity,
    "unlabelled_items": _unlabelled_items,
    "value_portrait_comparison": _value_portrait_comparison,
}
