"""A stand-alone Spark cluster on this machine, a worker of which is killed while it counts: the same counts."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from valuestats import count_answers, count_choices

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]
ROWS, FILES = 10_000_000, 40


@pytest.fixture
def cluster(java, tmp_path_factory):
    """A master and two workers as processes; its address, and the workers."""
    pyspark = pytest.importorskip("pyspark", reason="pyspark is not installed (the extra `spark`)")
    home = Path(pyspark.__file__).parent
    logs = tmp_path_factory.mktemp("spark")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = {
        **os.environ,
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "PYSPARK_PYTHON": sys.executable,
    }
    master = f"spark://127.0.0.1:{port}"
    address = ["--host", "127.0.0.1", "--webui-port", "0"]
    started = [("master", ["Master", "--port", str(port), *address])]
    worker = ["Worker", *address, "--cores", "1", "--memory", "700m"]
    started += [(f"worker{i}", [*worker, "--work-dir", str(logs / f"work{i}"), master]) for i in (1, 2)]
    processes = {}
    with contextlib.ExitStack() as stack:
        for name, arguments in started:
            log = stack.enter_context((logs / f"{name}.log").open("wb"))
            kind = arguments[0]
            command = [
                str(home / "bin" / "spark-class"),
                f"org.apache.spark.deploy.{kind.lower()}.{kind}",
                *arguments[1:],
            ]
            processes[name] = subprocess.Popen(command, env=said, stdout=log, stderr=log)
            awaited = "Starting Spark master" if name == "master" else "Successfully registered"
            until = time.monotonic() + 120
            while awaited not in (logs / f"{name}.log").read_text(errors="replace"):
                assert time.monotonic() < until, (logs / f"{name}.log").read_text(errors="replace")[-2000:]
                time.sleep(0.2)
        yield master, [processes["worker1"], processes["worker2"]]
        for process in processes.values():
            process.kill()
            process.wait()


COLUMNS = {
    "answers": """'model-' || (i % 20) AS model, 'q' || (i // 20 % 40) AS item, i AS epoch, 'text ' || i AS raw,
        CASE WHEN i % 11 = 0 THEN NULL ELSE CAST(hash(i) % 6 + 1 AS BIGINT) END AS answer,
        CASE WHEN i % 11 = 0 THEN 'refusal' ELSE 'valid' END AS status, 'made.csv' AS source_file,
        repeat('0', 64) AS source_sha256, i AS source_row""",
    "choices": """'judge-' || (i % 50) AS judge, 'option-' || (hash(i) % 40) AS option_a,
        'option-' || (hash(i) % 40 + 1 + hash(i, 1) % 9) AS option_b,
        ['a', 'b', 'tie'][1 + CAST(hash(i, 2) % 3 AS INT)] AS winner""",
}


@pytest.mark.parametrize("what", list(COLUMNS))
def test_a_worker_killed_while_the_cluster_counts_changes_nothing(cluster, what, tmp_path):
    master, workers = cluster
    rows, out = tmp_path / "rows", tmp_path / "counts.parquet"
    rows.mkdir()
    with duckdb.connect() as base:
        for part in range(FILES):
            ends = f"{part * ROWS // FILES}, {(part + 1) * ROWS // FILES}"
            base.execute(
                f"COPY (SELECT {COLUMNS[what]} FROM range({ends}) t(i)) TO '{rows}/part-{part:03d}.parquet' (FORMAT parquet)"
            )
    program = Path(__file__).parent / "cluster_count.py"
    command = [sys.executable, str(program), what, master, str(rows), str(out), str(workers[0].pid)]
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": root, "SPARK_LOCAL_IP": "127.0.0.1"},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert re.search(r"executors and kill: 2 True", done.stdout), done.stdout
    assert workers[0].wait(timeout=60) < 0
    assert workers[1].poll() is None
    counts = pd.read_parquet(out)
    here = (
        count_answers(rows, ["model", "item"])
        if what == "answers"
        else count_choices(rows, by=["judge"]).frame
    )
    pd.testing.assert_frame_equal(counts, here)
    assert counts["count" if "count" in counts else "n"].sum() == ROWS * (2 if what == "choices" else 1)
