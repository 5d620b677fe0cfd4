"""Count answers or choices on a stand-alone Spark cluster while one of its workers is killed; the counts go to a file.

``python cluster_count.py answers|choices MASTER FOLDER OUT WORKER_PID``, which the test runs in a process of its own: a
session of Spark is one for a process. The lines that open it are those of the README.
"""

import os
import signal
import sys
import threading
import time

import ibis
from pyspark.sql import SparkSession

from valuestats import count_answers, count_choices


def kill_when_busy(session, worker, killed):
    """Kill a worker as soon as tasks of a job run."""
    tracker = session.sparkContext.statusTracker()
    while not killed.is_set():
        running = [tracker.getStageInfo(stage) for stage in tracker.getActiveStageIds()]
        if any(info is not None and info.numActiveTasks and info.numCompletedTasks for info in running):
            os.kill(worker, signal.SIGKILL)
            killed.set()
        time.sleep(0.005)


def main(what, master, folder, out, worker):
    builder = SparkSession.builder.master(master).appName("count")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.executor.memory": "600m",
        "spark.executor.cores": "1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.files.maxPartitionBytes": "2m",
        "spark.sql.shuffle.partitions": "4",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    waited = time.monotonic()
    while (
        session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() < 3
        and time.monotonic() - waited < 120
    ):
        time.sleep(0.1)
    executors = session.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1
    killed = threading.Event()
    watcher = threading.Thread(target=kill_when_busy, args=(session, worker, killed), daemon=True)
    watcher.start()
    rows = ibis.pyspark.connect(session).read_parquet(folder)
    counts = (
        count_answers(rows, ["model", "item"])
        if what == "answers"
        else count_choices(rows, by=["judge"]).frame
    )
    said = (executors, killed.is_set())
    killed.set()
    counts.to_parquet(out)
    session.stop()
    print("executors and kill:", *said)


if __name__ == "__main__":
    main(*sys.argv[1:5], int(sys.argv[5]))
