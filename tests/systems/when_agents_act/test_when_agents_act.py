"""Judgements without mode and configuration: reading, sharp bounds by enumeration, and contrasts of models."""

from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest

from valuestats import paired_contrast
from valuestats.base.errors import DatasetError, InputError
from valuestats.ingest.datasets import fetch
from valuestats.systems.when_agents_act.bounds import agents_comparison, consensus_bounds, reversal_bounds
from valuestats.systems.when_agents_act.release import judged_outcomes, read_judgements
from valuestats.systems.when_agents_act.simulate import agents_recovery, simulate_judgements, standin

PUBLISHED = "quantity,group,value,source\nreversals (%),all models,VALUE,paper\n"


@pytest.fixture
def simulated(tmp_path):
    for name, frame in standin(1).items():
        frame.to_csv(tmp_path / name, index=False)
    return tmp_path / "when_agents_act_raw_judgements.csv"


@pytest.mark.parametrize("choices", ["xxxx", "xxxy", "xxyy", "xyzw", "xxxyyz", "xxxxyz"])
def test_reversal_bounds_are_sharp(choices):
    """All ways to pair the judgements, two and two."""
    differ = {
        sum(a != b for a, b in zip(order[::2], order[1::2], strict=True))
        for order in set(permutations(choices))
    }
    row = reversal_bounds(pd.DataFrame({"item": "a", "model": "m", "choice": list(choices)})).iloc[0]
    assert (row["least"], row["most"]) == (min(differ), max(differ))
    assert row["pairs"] == len(choices) / 2
    every = [a != b for k, a in enumerate(choices) for m, b in enumerate(choices) if k != m]
    assert row["random"] == pytest.approx(np.mean(every))


@pytest.mark.parametrize("others", ["xxyy", "xyyy", "xyzz", "xxxx"])
def test_consensus_bounds_are_sharp(others):
    """All ways in which two models' judgements can meet in four cells."""
    one = "xxyz"
    alike = {sum(a == b for a, b in zip(one, order, strict=True)) / 4 for order in permutations(others)}
    frame = pd.DataFrame({"item": "a", "model": ["m"] * 4 + ["n"] * 4, "choice": [*one, *others]})
    row = consensus_bounds(frame).iloc[0]
    assert (row["lower"], row["upper"]) == (min(alike), max(alike))
    pairs = np.mean([a == b for a, b in product(one, others)])
    assert row["independent"] == pytest.approx(pairs)


def test_missing_judgements_widen_the_bounds():
    frame = pd.DataFrame({"item": "a", "model": ["m"] * 6 + ["n"] * 5, "choice": list("xxxyyyxxyyy")})
    found = reversal_bounds(frame).set_index("group")
    assert found.loc["n", ["pairs", "least", "most"]].tolist() == [2, 0, 2]


def test_the_bounds_hold_known_reversals_and_consensus():
    found = agents_recovery(5)
    assert (found["held"] == 1).all()
    assert (found["upper"] - found["lower"] < 1).all()


def test_published_numbers_are_possible_or_not(tmp_path):
    frame = pd.DataFrame({"item": "a", "model": "m", "choice": list("xxxy")})
    for value, verdict in (("50.0", "possible"), ("50.2", "impossible")):
        file = tmp_path / "published.csv"
        file.write_text(PUBLISHED.replace("VALUE", value))
        table = agents_comparison(file, reversal_bounds(frame), consensus_bounds(frame))
        assert table["verdict"].tolist() == [verdict]


def test_the_file_is_read_whole_and_damage_is_told_by_row(simulated, tmp_path):
    found = read_judgements(simulated)
    assert len(found) == 672
    assert found["model"].nunique() == 4
    raw = standin(1)["when_agents_act_raw_judgements.csv.gz"].reset_index(drop=True)
    for column, value, row in (
        ("confidence", 11.0, 3),
        ("choice_id", None, 5),
        ("judgement_id", raw["judgement_id"][0], 7),
    ):
        bad = raw.copy()
        bad.loc[row, column] = value
        path = tmp_path / "bad.csv"
        bad.to_csv(path, index=False)
        with pytest.raises(InputError, match="may not stand there") as caught:
            read_judgements(path)
        assert caught.value.row == row
    with pytest.raises(InputError, match="no such file"):
        read_judgements(tmp_path / "none.csv")
    raw.drop(columns="choice_id").to_csv(tmp_path / "bad.csv", index=False)
    with pytest.raises(InputError, match="lacks columns"):
        read_judgements(tmp_path / "bad.csv")


def test_models_are_contrasted_on_the_same_dilemmas():
    frame = simulate_judgements(2).rename(columns={"model_id": "model", "dilemma_title": "item"})
    outcomes = judged_outcomes(frame)
    found = paired_contrast(outcomes, against="simulated/gpt-5", replicates=50).estimates.set_index(
        "condition"
    )
    mean = frame.groupby(["item", "model"])["confidence"].mean().unstack()
    for model in found.index:
        expected = (mean[model] - mean["simulated/gpt-5"]).mean()
        assert found.loc[model, "estimate"] == pytest.approx(expected)
    lengths = judged_outcomes(frame, "reasoning_length")
    assert lengths["value"].to_numpy() == pytest.approx(
        np.log(frame["reasoning_length"].to_numpy(dtype=float))
    )


@pytest.mark.local
def test_the_published_reversals_are_possible_and_near_the_most():
    try:
        folder = fetch("when_agents_act", download=False)
    except DatasetError:
        pytest.skip("the judgements are not at hand (VALUESTATS_LOCAL)")
    found = read_judgements(folder / "when_agents_act_raw_judgements.csv")
    assert len(found) == 12802
    bounds = reversal_bounds(found).set_index("group")
    published = {"claude-sonnet-4.5": 0.315, "gemini-2.5-pro": 0.261, "gpt-5": 0.425, "grok-4": 0.335}
    for model, value in published.items():
        assert bounds.loc[model, "lower"] <= value <= bounds.loc[model, "upper"]
        assert value > bounds.loc[model, "random"]
    whole = consensus_bounds(found).iloc[-1]
    assert whole["lower"] < (0.709 + 0.430) / 2 < whole["upper"]
