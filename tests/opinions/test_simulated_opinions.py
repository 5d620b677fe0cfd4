"""Simulated opinions: closed forms of where they end, and plain loops."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from valuestats import simulate_ego_networks, simulate_opinions
from valuestats.base.errors import InputError


@pytest.fixture
def town():
    graph = nx.connected_watts_strogatz_graph(30, 4, 0.3, seed=1)
    ends = [(a, b) for x, y in graph.edges for a, b in ((x, y), (y, x))]
    rng = np.random.default_rng(0)
    people = pd.DataFrame({"person": [f"p{k}" for k in range(30)], "opinion": rng.random(30)})
    ties = pd.DataFrame({"person": [f"p{a}" for a, _ in ends], "other": [f"p{b}" for _, b in ends]})
    weights = nx.to_numpy_array(graph, nodelist=range(30))
    return people, ties, weights / weights.sum(axis=1, keepdims=True)


def last(frame):
    return frame.loc[frame["wave"] == frame["wave"].max(), "opinion"].to_numpy()


def test_degroot_ends_at_the_mean_that_its_weights_keep(town):
    people, ties, w = town
    found = last(simulate_opinions(people, ties, rule="degroot", influence=0.5, steps=400))
    value, left = np.linalg.eig(w.T)
    share = np.real(left[:, np.argmax(np.real(value))])
    assert found == pytest.approx(np.full(30, share @ people["opinion"] / share.sum()), abs=1e-8)


def test_friedkin_and_johnsen_end_where_their_equation_says(town):
    people, ties, w = town
    found = last(
        simulate_opinions(
            people, ties, rule="friedkin_johnsen", susceptibility=0.7, self_weight=0.2, steps=400
        )
    )
    mixed = 0.8 * w + 0.2 * np.eye(30)
    expected = np.linalg.solve(np.eye(30) - 0.7 * mixed, 0.3 * people["opinion"])
    assert found == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("rule", ["bounded_confidence", "hegselmann_krause"])
def test_a_step_is_that_of_a_plain_loop(town, rule):
    people, ties, w = town
    x = people["opinion"].to_numpy()
    found = last(simulate_opinions(people, ties, rule=rule, confidence=0.25, influence=0.4))
    for i in range(30):
        near = [j for j in np.flatnonzero(w[i]) if abs(x[j] - x[i]) <= 0.25]
        if rule == "hegselmann_krause":
            expected = np.mean(x[[i, *near]])
        else:
            expected = x[i] + 0.4 * (np.mean(x[near]) - x[i] if near else 0.0)
        assert found[i] == pytest.approx(expected)


def test_encounters_keep_the_mean_and_come_no_closer_than_the_bound_lets_them(town):
    people, ties, _ = town
    path = simulate_opinions(people, ties, rule="deffuant", confidence=0.3, influence=0.5, steps=300, seed=1)
    assert last(path).mean() == pytest.approx(people["opinion"].mean())
    x = last(path)
    at = {name: k for k, name in enumerate(people["person"])}
    apart = np.abs([x[at[a]] - x[at[b]] for a, b in zip(ties["person"], ties["other"], strict=True)])
    assert ((apart < 1e-6) | (apart > 0.3)).all()
    one_way = simulate_opinions(
        pd.DataFrame({"person": ["a", "b"], "opinion": [0.0, 1.0]}),
        pd.DataFrame({"person": ["a"], "other": ["b"]}),
        rule="deffuant",
        influence=0.25,
    )
    assert last(one_way).tolist() == [0.25, 1.0]


def test_ego_networks_have_the_correlation_and_error_that_were_asked_for():
    panel, ties = simulate_ego_networks(
        people=3000, friends=6, alike=0.4, error=0.1, influence=0.0, noise=0.0, seed=1
    )
    wide = panel.pivot(index=["network", "person"], columns="wave", values="opinion")
    assert (wide[1] - wide[0]).std() == pytest.approx(0.1 * np.sqrt(2), rel=0.03)
    first = panel[panel["wave"] == 0]
    mean = first.groupby("network")["opinion"].transform("mean")
    size = first.groupby("network")["opinion"].transform("size")
    within = ((first["opinion"] - mean) ** 2).sum() / (len(first) - 3000)
    assert within == pytest.approx(0.6 * 0.04 + 0.01, rel=0.05)
    assert first["opinion"].var() - within == pytest.approx(0.4 * 0.04, rel=0.1)
    assert (size - 1).mean() > 6
    assert len(ties) == len(first) - 3000


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda p, t: (p.drop(columns="opinion"), t), "a column is missing"),
        (lambda p, t: (p.assign(opinion=np.nan), t), "an opinion is a number"),
        (lambda p, t: (pd.concat([p, p]), t), "given twice"),
        (lambda p, t: (p, t.assign(other="nobody")), "has no opinion"),
    ],
)
def test_bad_tables_are_named(town, change, says):
    with pytest.raises(InputError, match=says):
        simulate_opinions(*change(*town[:2]))
