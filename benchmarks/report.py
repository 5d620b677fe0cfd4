"""Wall time of the main job: cold run, second run, and pages from stored results; and of ``import valuestats``.

``python benchmarks/report.py`` runs the study of Value Portrait into a temporary folder with empty caches (the
published files must be at hand) and writes ``benchmarks/results/report.json``.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"


def timed(command: list[str], env: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(
        command, cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return time.perf_counter() - started


def main() -> None:
    study = sys.argv[1] if len(sys.argv) > 1 else "analyses/value_portrait/study.yml"
    folder = Path(tempfile.mkdtemp())
    caches = {
        "VALUESTATS_CACHE": folder / "cache",
        "XDG_CACHE_HOME": folder / "xdg",
        "NUMBA_CACHE_DIR": folder / "numba",
        "PYTENSOR_FLAGS": f"base_compiledir={folder / 'pytensor'}",
    }
    env = {**os.environ, **{name: str(value) for name, value in caches.items()}}
    run = [sys.executable, "-m", "valuestats", "run", study, "--render", "--results", str(folder / "results")]
    found = {
        "command": " ".join(["python", "benchmarks/report.py", *sys.argv[1:]]),
        "cores": os.cpu_count(),
        "cold_seconds": timed(run, env),
        "second_run_seconds": timed(run, env),
    }
    place = next((folder / "results").iterdir())
    shutil.rmtree(place / "reports")
    render = [sys.executable, "-m", "valuestats", "render", str(place)]
    found["pages_from_stored_results_seconds"] = timed(render, env)
    manifest = json.loads((place / "manifest.json").read_text())
    found["steps_seconds"] = {name: step["seconds"] for name, step in manifest["steps"].items()}
    shutil.rmtree(folder)
    bare = [timed([sys.executable, "-c", "pass"], env) for _ in range(7)]
    imports = [timed([sys.executable, "-c", "import valuestats"], env) for _ in range(7)]
    found["import_seconds"] = statistics.median(imports) - statistics.median(bare)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "report.json").write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
