"""What is shown of strengths: ranks that hold together, names as they are, tables sorted, counts of choices."""

import numpy as np
import pandas as pd
import pytest

from valuestats import choice_strengths, pair_choices
from valuestats.base.labels import minus
from valuestats.pages.methods import _answers, _units

NAMES = np.array(["gpt-4o", "claude-3-5-sonnet", "llama-3.1-8b", "o1"])


def arena(seed=1, comparisons=600):
    rng = np.random.default_rng(seed)
    worth = np.array([0.9, 0.6, -0.8, -0.7])
    a = rng.integers(0, 4, comparisons)
    b = (a + rng.integers(1, 4, comparisons)) % 4
    won = rng.random(comparisons) < 1 / (1 + np.exp(worth[b] - worth[a]))
    return pair_choices(
        pd.DataFrame(
            {
                "model_a": NAMES[a],
                "model_b": NAMES[b],
                "winner": np.where(won, "model_a", "model_b"),
                "judge": rng.integers(0, 12, comparisons).astype(str),
                "who": np.where(rng.random(comparisons) < 0.5, "people", "judge-gpt-4"),
                "question_id": rng.integers(0, 40, comparisons).astype(str),
            }
        ),
        first="model_a",
        second="model_b",
    )


def test_rank_sets_do_not_contradict_the_contrasts():
    found = choice_strengths(arena(), cluster="judge")
    pairs, sets = found.contrasts("option"), found.rank_sets("option").set_index("option")
    assert sets["together"].all()
    assert not found.rank("option")["together"].any()
    for _, pair in pairs.iterrows():
        one, two = sets.loc[pair["first"]], sets.loc[pair["second"]]
        if not pair["differs"]:  # then no order of the two is sure
            assert one["best"] <= two["worst"]
            assert two["best"] <= one["worst"]
    for name, row in sets.iterrows():
        lower = pairs[
            ((pairs["second"] == name) & (pairs["lower"] > 0))
            | ((pairs["first"] == name) & (pairs["upper"] < 0))
        ]
        assert row["best"] == 1 + len(lower)


def test_names_keep_their_hyphens():
    told = choice_strengths(arena(), by="who").sentence()
    assert "gpt-4o" in told or "claude-3-5-sonnet" in told
    assert "llama-3.1-8b" in told or "o1" in told
    assert "−4o" not in told
    assert "(−0." in told  # of numbers it is a minus
    assert told.startswith("Over 2 values of who, ")
    assert "errors are over 40 questions" in choice_strengths(arena(), cluster="question_id").sentence()


@pytest.mark.parametrize("name", ["gpt-4", "a-1-2", "x-0.5b", "judge (v-2)", "-"])
def test_only_numbers_get_a_minus_sign(name):
    assert minus(f"{name} is −1 lower, by -0.25 [-0.5, -.1]") == f"{name} is −1 lower, by −0.25 [−0.5, −.1]"


def test_the_printed_table_runs_from_the_strongest_with_places_and_chances():
    found = choice_strengths(arena(), cluster="judge")
    lines = [
        line for line in found.to_latex().splitlines() if line.endswith(r"\\") and "Estimate" not in line
    ]
    shown = [line.split(" & ")[0] for line in lines]
    strongest = found.estimates.sort_values("estimate", ascending=False)
    assert shown == strongest["option"].tolist()
    sets = found.rank_sets("option").set_index("option").loc[shown]
    places = [f"{b}" if b == w else f"{b}--{w}" for b, w in zip(sets["best"], sets["worst"], strict=True)]
    assert [line.split(" & ")[2] for line in lines] == places
    assert [line.split(" & ")[3] for line in lines] == [f"{p:.2f}" for p in strongest["win_probability"]]
    assert "How readily each option is chosen" in found.to_latex()
    assert "Plackett" not in found.to_latex()
    by_group = choice_strengths(arena(), by="who").to_html()
    assert by_group.count("<tr>") >= 8


def test_pages_count_choices_and_say_what_errors_are_over():
    found = choice_strengths(arena(), cluster="judge")
    assert _answers(found) == "600 of 600"
    assert _units([found], resampled=True) == []
    assert _units([found], resampled=False) == ["judge"]
