"""Run every speed benchmark, one after the other; each leaves its result in ``benchmarks/results``."""

import subprocess
import sys
from pathlib import Path

NAMES = [
    "ingest",
    "reading",
    "item_value_speed",
    "similarity_speed",
    "ordinal_speed",
    "regression_speed",
    "ordinal_engines",
    "counting",
    "report",
    "choices",
    "choice_speed",
    "items_and_judges_speed",
    "choice_engine_speed",
    "law_speed",
    "graph_speed",
    "weight_speed",
    "plan_speed",
    "preference_speed",
    "ranking_speed",
    "vote_speed",
    "neuron_speed",
    "probe_speed",
    "opinion_speed",
    "intervention_speed",
    "drift_speed",
    "curve_speed",
    "judges_speed",
]

for name in NAMES:
    print(f"== {name}", flush=True)
    subprocess.run([sys.executable, str(Path(__file__).parent / f"{name}.py")], check=True)
