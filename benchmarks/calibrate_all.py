"""Run every coverage simulation, one after the other; each leaves its result in ``benchmarks/results``."""

import subprocess
import sys
from pathlib import Path

NAMES = [
    "item_value_coverage",
    "score_coverage",
    "similarity_coverage",
    "similarity_dirichlet_coverage",
    "agreement_coverage",
    "diversity_coverage",
    "reliability_coverage",
    "survey_coverage",
    "ordinal_coverage",
    "ordinal_families_recovery",
]

for name in NAMES:
    print(f"== {name}", flush=True)
    subprocess.run([sys.executable, str(Path(__file__).parent / f"{name}.py")], check=True)
