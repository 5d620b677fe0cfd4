"""Run by `ordinal_engines.py` in an interpreter that has bambi: rows in, draws of the models' profiles out.

    python bambi_rows.py ROWS.csv DRAWS.npz DRAWS SECONDS

Sampling stops at the number of draws or of seconds; the last line printed is a record in JSON.
"""

import json
import sys
import time

import bambi as bmb
import numpy as np
import pandas as pd


def main() -> None:
    rows, out, draws, limit = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    table = pd.read_csv(rows)
    table["answer"] = pd.Categorical(table["answer"], ordered=True)
    start = time.perf_counter()

    def stop(**_: object) -> None:
        if time.perf_counter() - start > limit:
            raise KeyboardInterrupt

    model = bmb.Model(
        "answer ~ 0 + model + dimension + (1|item) + (1|model:dimension)", table, family="cumulative"
    )
    tune = draws
    tree = model.fit(
        draws=draws, tune=tune, chains=2, cores=2, random_seed=1, callback=stop, progressbar=False
    )
    seconds = time.perf_counter() - start
    posterior = tree["posterior"]
    effect = posterior["1|model:dimension"]
    names = [str(n) for n in effect[effect.dims[-1]].to_numpy()]
    models, values = sorted(table["model"].unique()), sorted(table["dimension"].unique())
    order = [names.index(f"{m}:{v}") for m in models for v in values]
    theta = effect.to_numpy()[..., order].reshape(*effect.shape[:2], len(models), len(values))
    # The values' common effects cancel in contrasts between models.
    np.savez(out, profile=theta - theta.mean(axis=-1, keepdims=True))
    print(json.dumps({"version": bmb.__version__, "seconds": seconds, "tune": tune}))


if __name__ == "__main__":
    main()
