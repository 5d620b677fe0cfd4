"""The same counts from Spark, to the last digit; one worker starts it, and only where there is Java 17."""

import pandas as pd
import pytest

from valuestats.base.errors import InputError
from valuestats.counting import count_answers, write_responses
from valuestats.scoring.scores import score
from valuestats.tables import Responses

pytestmark = [
    pytest.mark.xdist_group("spark"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),  # PySpark's own, one per collect
]
KEYS = pd.DataFrame(
    {
        "item": [f"q{i}" for i in range(8)],
        "family": "pvq",
        "dimension": ["BE", "BE", "PO", "PO", "UN", "UN", "UN", "BE"],
        "sign": [1, -1, 1, 1, 1, 1, -1, 1],
    }
)


@pytest.mark.parametrize("by", [None, ["item", "condition", "persona"], ["epoch"]])
def test_spark_duckdb_and_frame_agree(spark, answers, parquet_folder, by):
    there = spark.read_parquet(str(parquet_folder))
    expected = count_answers(answers, by)
    pd.testing.assert_frame_equal(count_answers(there, by), expected)
    pd.testing.assert_frame_equal(count_answers(parquet_folder, by), expected)


def test_scores_on_spark_are_those_of_the_frame(spark, answers, parquet_folder):
    there = spark.read_parquet(str(parquet_folder))
    options = {"family": "pvq", "scale": (1, 6), "replicates": 200, "seed": 1}
    expected = score(Responses(answers), KEYS, **options)
    pd.testing.assert_frame_equal(score(there, KEYS, **options).estimates, expected.estimates)


def test_spark_reads_what_the_ingest_writes(spark, tmp_path):
    file = tmp_path / "answers.csv"
    lines = [
        f"{model},{item},{raw}" for model in ("a/b:c", "A/B:c") for item in "12" for raw in ("Like me.", "")
    ]
    file.write_text("model,item,raw\n" + "\n".join(lines) + "\n")
    out = tmp_path / "out"
    write_responses(file, out, scale="value_portrait")
    counts = count_answers(spark.read_parquet(str(out)))
    pd.testing.assert_frame_equal(counts, count_answers(out))
    assert set(counts["model"]) == {"a/b:c", "A/B:c"}


def test_a_fault_on_spark_is_the_same_error(spark, answers, tmp_path):
    answers.assign(status=answers["status"].replace("refusal", "no")).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match="'status' may not stand"):
        count_answers(spark.read_parquet(str(tmp_path / "a.parquet")))
