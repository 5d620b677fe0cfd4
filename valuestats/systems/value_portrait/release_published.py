"""Value Portrait: the numbers that were published with it, to check ours against."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from valuestats.base.errors import InputError
from valuestats.ingest.sources import plain_name, read_json, read_records, read_source
from valuestats.systems.value_portrait.release_people import find_file

CORRELATIONS = "data/correlation_results/{family}_correlation_results.json"
SCORES = "lm_evaluation/score_results/final_results_0.3_pos_centered"
FAMILIES = ("bfi", "pvq", "higher_pvq")
_SUFFIX = "_averaged_results_0.3_pos_centered_scores.json"
_FIGURES = ("centered_mean", "original_mean", "std_dev", "n")


def read_published_correlations(folder: str | Path) -> pd.DataFrame:
    """Read the published Spearman correlations of items and values.

    Returns
    -------
    pandas.DataFrame
        One row per item and dimension (9,880 in the release): ``item``, ``family``, ``dimension``,
        ``estimate``, ``p_value`` (two-sided, not adjusted).

    Raises
    ------
    InputError
        A file is missing or a record lacks a key.
    """
    rows = []
    for family in FAMILIES:
        source = find_file(folder, CORRELATIONS.format(family=family))
        for row, record in enumerate(read_records(source)):
            try:
                rows.append(
                    (
                        f"{record['portrait_id']}-{record['option_id']}",
                        family,
                        record[f"{family}_dimension"],
                        record["spearman_corr"],
                        record["spearman_p_value"],
                    )
                )
            except KeyError as key:
                raise InputError(
                    "a record lacks a key", parameter=key.args[0], file=source.path, row=row
                ) from None
    return pd.DataFrame(rows, columns=["item", "family", "dimension", "estimate", "p_value"])


def read_published_scores(folder: str | Path) -> pd.DataFrame:
    """Read the published scores of the models.

    Returns
    -------
    pandas.DataFrame
        One row per model and dimension: ``model``, ``family``, ``dimension``, ``centered_mean``,
        ``original_mean``, ``std_dev``, ``n`` (keyed items).

    Raises
    ------
    InputError
        No score files, or one that isn't as released.
    """
    root = Path(folder) / SCORES
    files = {plain_name(p.name): p for p in sorted(root.glob(f"*{_SUFFIX}*"), reverse=True)}
    if not files:
        raise InputError("no published scores here", expected=f"{SCORES}/<model>{_SUFFIX}", file=folder)
    rows = []
    for name, path in sorted(files.items()):
        model = name.removesuffix(_SUFFIX)
        try:
            scores = read_json(read_source(path))["scores"]
            rows += [
                (model, family, dimension, *(figures[key] for key in _FIGURES))
                for family, dimensions in scores.items()
                for dimension, figures in dimensions.items()
            ]
        except (KeyError, TypeError, AttributeError) as fault:
            raise InputError(
                "published scores are not as released", got=f"{type(fault).__name__}: {fault}", file=path
            ) from None
    return pd.DataFrame(rows, columns=["model", "family", "dimension", *_FIGURES])
