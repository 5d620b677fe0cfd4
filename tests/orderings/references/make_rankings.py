"""Reference numbers of tests/orderings: pymcdm 1.4.0 and rbo 0.1.3, neither of which the package uses.

Run in an environment that has both: ``python tests/orderings/references/make_rankings.py``; it writes ``expected.json``.
"""

import json
from pathlib import Path

import numpy as np


def main() -> None:
    import rbo
    from pymcdm.methods import PROMETHEE_II, TOPSIS, WSM
    from pymcdm.normalizations import minmax_normalization, vector_normalization

    rng = np.random.default_rng(5)
    scores = rng.integers(0, 11, (6, 4)).astype(float)
    weights = np.array([0.4, 0.3, 0.2, 0.1])
    types = np.array([1, 1, -1, 1])
    KINDS = {
        "usual": "usual",
        "ushape": "u_shape",
        "vshape": "v_shape",
        "vshape_2": "linear",
        "level": "level",
    }
    Q, P = 1.0, 4.0

    found = {
        "scores": scores.tolist(),
        "weights": weights.tolist(),
        "types": types.tolist(),
        "q": Q,
        "p": P,
        "promethee": {},
    }
    for name, ours in KINDS.items():
        q = np.full(4, Q) if name in ("ushape", "vshape_2", "level") else None
        p = np.full(4, P) if name in ("vshape", "vshape_2", "level") else None
        found["promethee"][ours] = PROMETHEE_II(name, p=p, q=q)(scores, weights, types).tolist()
    found["topsis"] = TOPSIS(vector_normalization)(scores, weights, types).tolist()
    found["linear"] = WSM(minmax_normalization)(scores, weights, types).tolist()

    pairs = []
    for n in (3, 5, 8):
        for _ in range(6):
            one, two = rng.permutation(n).tolist(), rng.permutation(n).tolist()
            pair = rbo.RankingSimilarity(one, two)
            pairs.append(
                {
                    "one": one,
                    "two": two,
                    "rbo": {str(p): float(pair.rbo_ext(p=p)) for p in (0.5, 0.9, 0.98)},
                    "overlap": float(pair.rbo(p=1.0)),
                }
            )
    found["rankings"] = pairs
    (Path(__file__).parent / "expected.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
