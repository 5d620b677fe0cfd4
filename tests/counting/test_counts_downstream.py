"""Scores and the ordinal model's cells: the same numbers from rows, counts, Parquet and an Ibis table."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import InputError
from valuestats.counting import count_answers, open_answers
from valuestats.counting.grouped import cells_of
from valuestats.regression.cells import build_design
from valuestats.regression.profile_summary import tidy
from valuestats.regression.profiles import _rows
from valuestats.scoring.keyed import item_means
from valuestats.scoring.scores import score
from valuestats.tables import Responses

KEYS = pd.DataFrame(
    {
        "item": [f"q{i}" for i in range(8)],
        "family": "pvq",
        "dimension": ["BE", "BE", "PO", "PO", "UN", "UN", "UN", "BE"],
        "sign": [1, -1, 1, 1, 1, 1, -1, 1],
    }
)


def sources(answers, parquet_folder):
    return {
        "counts": count_answers(answers),
        "parquet": parquet_folder,
        "ibis": open_answers(parquet_folder),
        "responses": Responses(answers),
    }


def test_item_means_are_those_of_a_plain_mean(answers, parquet_folder):
    valid = answers[answers["status"] == "valid"]
    means = item_means(parquet_folder)
    for model in means.index:
        for item in means.columns:
            codes = valid.loc[(valid["model"] == model) & (valid["item"] == item), "answer"].tolist()
            assert means.loc[model, item] == sum(codes) / len(codes)


def test_scores_are_the_same_from_every_source(answers, parquet_folder):
    options = {"family": "pvq", "scale": (1, 6), "replicates": 300, "seed": 4}
    expected = score(Responses(answers), KEYS, **options)
    for name, source in sources(answers, parquet_folder).items():
        got = score(source, KEYS, **options)
        pd.testing.assert_frame_equal(got.estimates, expected.estimates, obj=name)
        assert got.meta["warnings"] == expected.meta["warnings"]


@pytest.mark.parametrize("effects", [(), ("wording", "option_order")])
def test_ordinal_cells_are_the_same_from_every_source(answers, parquet_folder, effects):
    def design(source):
        asked, answered = _rows(source, KEYS, effects)
        number = asked["count"].sum() if "count" in asked else len(asked)
        return build_design(answered, KEYS, scale=(1, 6), effects=effects), int(number)

    expected, asked = design(answers)
    for name, source in sources(answers, parquet_folder).items():
        got, got_asked = design(source)
        assert got_asked == asked, name
        for field in fields(expected):
            np.testing.assert_array_equal(
                getattr(got, field.name), getattr(expected, field.name), f"{name}: {field.name}"
            )


def test_scored_of_asked_is_the_same_from_counts(answers, parquet_folder):
    def table(source):
        asked, answered = _rows(source, KEYS, ())
        design = build_design(answered, KEYS, scale=(1, 6))
        draws = np.random.default_rng(0).normal(size=(20, len(design.models), len(design.values)))
        return tidy(design, draws, draws, asked, KEYS, 0.95, "profile")

    expected = table(answers)
    keyed = answers[answers["item"].isin(["q2", "q3"]) & (answers["model"] == "a b")]
    row = expected[(expected["model"] == "a b") & (expected["value"] == "PO")].iloc[0]
    assert (row["n_asked"], row["n_scored"]) == (len(keyed), (keyed["status"] == "valid").sum())
    for source in sources(answers, parquet_folder).values():
        pd.testing.assert_frame_equal(table(source), expected)


def test_a_cluster_that_is_null_throughout_is_none(answers):
    nulls = answers.assign(cluster=pd.Series([None] * len(answers), dtype="str"))
    assert "cluster" not in cells_of(Responses(nulls)).columns
    assert "cluster" in cells_of(Responses(answers)).columns


def test_what_is_no_source_is_refused():
    with pytest.raises(InputError, match="not a table"):
        score([1], KEYS, family="pvq")
