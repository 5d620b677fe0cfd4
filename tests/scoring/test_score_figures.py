"""Scores under conditions, drawn: each condition has a colour of its own."""

import pandas as pd

from valuestats import Responses, score


def drawn(**more):
    rows = [("m", str(i), p, a) for i in range(1, 22) for p, a in (("none", 3), ("sage", 3 + i % 2))]
    frame = pd.DataFrame(rows, columns=["model", "item", "persona", "answer"]).assign(status="valid")
    found = score(Responses(frame), "pvq21", family="higher_pvq", form="raw", replicates=50, **more)
    return found.plot().to_dict()["layer"][-1]["encoding"]["color"]["scale"]["domain"]


def test_conditions_and_models_are_told_apart_by_what_differs():
    assert drawn(by="persona") == ["none", "sage"]
    assert drawn() == ["m"]
