"""Friedkin and Johnsen: whether the first opinion holds and whether friends move are two questions; simulated truth."""

import numpy as np
import pytest

from valuestats import opinion_dynamics, simulate_ego_networks
from valuestats.opinions.trust import is_anchored

FJ = {"rule": "friedkin_johnsen", "waves": 5}


def fitted(seed, *, people=80, **truth):
    panel, ties = simulate_ego_networks(**FJ, people=people, seed=seed, **truth)
    return opinion_dynamics(panel, ties, rule="friedkin_johnsen", permutations=99)


def signs(result):
    return result.verdict.rows.set_index("parameter")["sign"].to_dict()


def test_a_clear_anchor_is_found_where_friends_hardly_move():
    """A susceptibility of .1, whose friends move by .05: the verdict was "no finding" of both."""
    found = fitted(3, susceptibility=0.1, self_weight=0.5)
    assert found.meta["placebo"]["p_value"] > 0.05
    assert signs(found)["susceptibility"] == "sound"
    assert signs(found)["self-weight"] == "none"
    row = found.estimates.set_index("parameter").loc["susceptibility"]
    assert row["lower"] < 0.1 < row["upper"]
    text = found.sentence()
    assert text.startswith("By Friedkin-Johnsen: susceptibility ")
    assert "the first opinion holds with a weight of 0.9" in text
    assert "own friends explain no more than those of others" in text
    assert "would look like influence or a first opinion that holds" in text


def test_of_both_at_once_both_are_found():
    found = fitted(3, susceptibility=0.5, self_weight=0.5)
    assert set(signs(found).values()) == {"sound"}


def test_without_an_anchor_none_is_found():
    """DeGroot's data: posterior intervals never reach the end of a range, the profile does."""
    anchored = []
    for seed in range(12):
        panel, ties = simulate_ego_networks(rule="degroot", influence=0.4, waves=5, people=60, seed=seed)
        found = opinion_dynamics(panel, ties, rule="friedkin_johnsen", permutations=0)
        anchored.append(is_anchored(found))
        assert (signs(found)["susceptibility"] == "none") == (not anchored[-1])
    assert np.mean(anchored) <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / 12)


@pytest.mark.parametrize("susceptibility", [0.2, 0.6])
def test_anchors_are_found(susceptibility):
    found = [is_anchored(fitted(seed, susceptibility=susceptibility, self_weight=0.3)) for seed in range(4)]
    assert all(found)
