"""What a regression says against itself: each planted defect gives its own reason, and sound data none."""

import numpy as np
import pandas as pd

from valuestats import fit_ordinal


def answers(seed=1, repeats=1, pair=0.0, personas=("none",)):
    """Three models and 30 items; `pair` is how far a model reacts to single items."""
    rng = np.random.default_rng(seed)
    rows = []
    item = rng.normal(0, 0.7, 30)
    for m in "abc":
        own = rng.normal(0, pair, 30)
        for i in range(30):
            for persona in personas:
                for _ in range(repeats):
                    latent = item[i] + own[i] + (m == "b") + (persona == "sage") + rng.logistic()
                    rows.append((m, f"i{i}", persona, 1 + int(np.searchsorted([-2, -0.7, 0.7, 2], latent))))
    return pd.DataFrame(rows, columns=["model", "item", "persona", "answer"])


def amiss(frame, formula="answer ~ model + (1|item)"):
    result = fit_ordinal(formula, frame, engine="laplace", seed=1).result
    return {(r.aspect, r.sign) for r in result.verdict.reasons if r.sign != "sound"}, result


def test_each_defect_is_a_reason_of_its_own():
    assert amiss(answers())[0] == set()
    assert amiss(answers(repeats=4, pair=1.0))[0] == {("dependent", "care")}
    assert amiss(answers(repeats=4, pair=1.0), "answer ~ model + (1|item) + (1|model:item)")[0] == set()
    found, result = amiss(answers(personas=("none", "sage")), "answer ~ model + (1|item) + (1|model:item)")
    assert found == {("pooled", "care")}
    assert (
        "answers of 2 personas are counted together (none and sage): a term of persona keeps them apart"
        in (result.meta["warnings"])
    )
    kept = "answer ~ model + persona + (1|item) + (1|model:item)"
    assert amiss(answers(personas=("none", "sage")), kept)[0] == set()
    assert result.verdict.sign == "care"
