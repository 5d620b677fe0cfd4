"""Answers with all that can be awkward in a group key, and one Spark for the session."""

from __future__ import annotations

import shutil
import subprocess
import warnings

import numpy as np
import pandas as pd
import pytest

MODELS = ["meta-llama/Llama-3:8b", "a b", "é=%2F"]


def awkward_answers(rows: int = 600, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    status = rng.choice(["valid", "refusal", "unparsable", "api_error"], rows, p=[0.8, 0.1, 0.05, 0.05])
    item = rng.integers(0, 8, rows)
    frame = pd.DataFrame(
        {
            "model": rng.choice(MODELS, rows),
            "item": [f"q{i}" for i in item],
            "cluster": [f"c{i // 2}" for i in item],
            "condition": rng.choice(["", "steered", None], rows),  # an empty text and null are two cells
            "wording": rng.choice(["v1", "v2"], rows),
            "option_order": rng.choice(["given", "reversed"], rows),
            "persona": pd.Series([None] * rows, dtype="str"),
            "epoch": np.arange(rows) + 1,
            "raw": [f'text {i}, with ; \n and "quotes"' for i in range(rows)],
            "answer": pd.array(rng.integers(1, 7, rows), dtype="Int64"),
            "status": status,
            "source_file": "made.csv",
            "source_sha256": "0" * 64,
            "source_row": np.arange(rows),
        }
    )
    for name in ("condition", "persona"):
        frame[name] = frame[name].astype("str").where(frame[name].notna(), None)
    frame.loc[frame["status"] != "valid", "answer"] = pd.NA
    return frame


@pytest.fixture(scope="session")
def answers() -> pd.DataFrame:
    return awkward_answers()


@pytest.fixture(scope="session")
def parquet_folder(answers, tmp_path_factory):
    """The same answers in five files of a folder tree, as another program may leave them."""
    folder = tmp_path_factory.mktemp("parquet")
    for part in range(5):
        place = folder / f"day={part % 2}"
        place.mkdir(exist_ok=True)
        answers.iloc[part::5].to_parquet(place / f"part-{part}.parquet", index=False)
    (folder / "_SUCCESS").touch()
    return folder


def _java() -> str | None:
    if shutil.which("java") is None:
        return "there is no Java on this machine"
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    major = said.split('"')[1].split(".")[0] if '"' in said else "?"
    return (
        None if major.isdigit() and int(major) >= 17 else f"Spark 4 needs Java 17 or newer; this is {major}"
    )


@pytest.fixture(scope="session")
def java():
    """Skips, and says why, where there is no Java for Spark."""
    if reason := _java():
        pytest.skip(reason)


@pytest.fixture(scope="session")
def spark(java):
    """An Ibis connection to a local Spark; skips, and says why, where there can be none."""
    pytest.importorskip("pyspark", reason="pyspark is not installed (the extra `spark`)")
    import ibis
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        # A machine that runs for seconds is done before its best compiler has paid.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
    }
    builder = SparkSession.builder.master("local[1]").appName("valuestats-tests")
    for name, value in settings.items():
        builder = builder.config(name, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the start of Spark opens sockets and pipes that it never closes
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
    yield ibis.pyspark.connect(session)
    session.stop()
