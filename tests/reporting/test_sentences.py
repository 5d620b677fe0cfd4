"""Each kind of result has a sentence that carries its numbers and its caveat."""

import numpy as np
import pandas as pd

import valuestats
from valuestats.tables import Responses


def _plain(text):
    return text.replace("\u00a0", " ")


def test_agreement_names_raters_items_and_the_estimate():
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, 40)
    rows = [
        (f"r{r}", f"i{i}", str(truth[i] if rng.random() < 0.8 else rng.integers(0, 3)))
        for i in range(40)
        for r in range(3)
    ]
    frame = pd.DataFrame(rows, columns=["respondent", "item", "rating"])
    result = valuestats.agreement(frame, metric="nominal", replicates=200, seed=1)
    text = _plain(result.sentence())
    assert "3 raters agree on 40 items" in text
    assert f"{result.estimates['estimate'].iloc[0]:.2f}" in text
    assert "takes the raters as given" in text


def test_retest_names_the_most_and_the_least_stable_model():
    rng = np.random.default_rng(4)
    rows = []
    for item in range(60):
        level = rng.integers(1, 7)
        for wording in ("v1", "v2"):
            rows.append(("steady", f"i{item}", f"q{item}", wording, int(level)))
            rows.append(("fickle", f"i{item}", f"q{item}", wording, int(rng.integers(1, 7))))
    frame = pd.DataFrame(rows, columns=["model", "item", "cluster", "wording", "answer"])
    frame = frame.assign(
        epoch=1, raw="x", status="valid", source_file="f", source_sha256="0", source_row=range(len(frame))
    )
    frame["answer"] = frame["answer"].astype("Int64")
    result = valuestats.retest(Responses(frame), over="wording", forms=("ICC(A,1)",), replicates=100, seed=1)
    text = _plain(result.sentence())
    assert text.index("steady are the most stable") < text.index("fickle the least")
    assert "resample queries" in text
