"""Write the documentation site: python scripts/make_docs.py [--out _site] [--workers 2] [--fresh].

Code of guides, tutorials and docstrings is run where it, or the package, has changed since (kept in `.valuestats/handbook`).
Ends with an error where code fails or a link leads nowhere.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from handbook.building import build

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "_site")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--fresh", action="store_true", help="run all code again")
    asked = parser.parse_args()
    wrong = build(asked.out.resolve(), workers=asked.workers, fresh=asked.fresh)
    for line in wrong:
        print(f"error: {line}", file=sys.stderr)
    if not wrong:
        print(f"open this: {(asked.out / 'index.html').resolve().as_uri()}")
    sys.exit(bool(wrong))
