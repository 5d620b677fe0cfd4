"""Run every coverage simulation, one after the other; each leaves its result in ``benchmarks/results``."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PATTERNS = ("*_coverage.py", "*_sbc.py", "*_errors.py", "*_recovery.py")
OTHERS = ("few_clusters", "similarity_bias", "audit_false_alarms")

for name in sorted({path.stem for pattern in PATTERNS for path in HERE.glob(pattern)} | set(OTHERS)):
    print(f"== {name}", flush=True)
    subprocess.run([sys.executable, str(HERE / f"{name}.py")], check=True)
