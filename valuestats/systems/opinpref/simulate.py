"""Simulated pairs in the layout of the release, with known weights."""

from __future__ import annotations

import gzip
import json

import numpy as np
from scipy.special import expit

from valuestats.systems.opinpref.release import FEATURES

WEIGHTS = (0.1, 0.0, 0.0, 0.2, 0.0, 0.4, 0.6)
"""True weights of the seven features, in their order."""


def simulate_pairs(n: int = 300, *, seed: int = 0) -> list[dict[str, object]]:
    """Records of pairs whose features vary together, as they do in the release.

    Examples
    --------
    >>> len(simulate_pairs(5))
    5
    """
    rng = np.random.default_rng(seed)
    quality = rng.normal(3.2, 1.2, (n, 2, 1))
    scores = np.clip(np.round(4 * (quality + 0.6 * rng.normal(size=(n, 2, len(FEATURES))))) / 4, 0, 5)
    likes = expit((scores[:, 0] - scores[:, 1]) @ np.array(WEIGHTS))
    taken = np.where(rng.random(n) < likes, 1, 2)
    words = rng.integers(40, 110, (n, 2))
    return [
        {
            "unique-id": f"simulated-{k:04d}",
            "summary-pairs": {
                side: {
                    "summary-text": " ".join(["word"] * int(words[k, j])),
                    "summary-score": dict(zip(FEATURES, scores[k, j].tolist(), strict=True)),
                }
                for j, side in enumerate(("summary-one", "summary-two"))
            },
            "preference-data": int(taken[k]),
            "source": f"A{k % 3 + 1}",
        }
        for k in range(n)
    ]


def standin(seed: int = 0) -> dict[str, bytes]:
    """The release's files, simulated.

    Examples
    --------
    >>> sorted(standin(1))
    ['annotations-train.jsonl.gz', 'annotations-valid.jsonl.gz']
    """
    records = [json.dumps(r) for r in simulate_pairs(940, seed=seed)]
    parts = {"train": records[:800], "valid": records[800:]}
    return {
        f"annotations-{name}.jsonl.gz": gzip.compress(("\n".join(part) + "\n").encode(), mtime=0)
        for name, part in parts.items()
    }
