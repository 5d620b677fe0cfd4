"""Smallest tables, results and fits that public verbs take, for tests that walk them all."""

from functools import cache

import numpy as np
import pandas as pd

from valuestats.activations.counts import NeuronCounts
from valuestats.activations.rows import Activations
from valuestats.graphs.graph import Graph
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.latent.sampling import Sampling
from valuestats.opinions.simulate import simulate_ego_networks
from valuestats.regression.fit import fit_ordinal
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result
from valuestats.tables import Choices, OptionLabels, Population, Ratings, Responses, Survey
from valuestats.tables.choices import ranking_choices
from valuestats.tables.comparisons import pair_choices
from valuestats.tables.survey import Variable

ITEMS = [str(k) for k in range(1, 9)]
KEYS = pd.DataFrame(
    {"item": ITEMS, "family": "f", "dimension": ["A"] * 4 + ["B"] * 4, "sign": [1, 1, 1, -1] * 2}
)
ONE = KEYS[:4]
CIRCLE = KEYS.assign(dimension=list("AABBCCDD"))


def responses(**columns):
    rng = np.random.default_rng(1)
    keys = pd.MultiIndex.from_product(
        [list("mno"), ITEMS, ["w1", "w2"], [1, 2]], names=["model", "item", "wording", "epoch"]
    )
    frame = keys.to_frame(index=False)
    frame = frame.assign(
        cluster="q" + frame["item"],
        raw="x",
        answer=rng.integers(1, 7, len(frame)),
        status="valid",
        source_file="f",
        source_sha256="0",
        source_row=range(len(frame)),
    )
    frame["answer"] = frame["answer"].astype("Int64").mask(frame.index % 9 == 0)
    frame["status"] = frame["status"].mask(frame.index % 9 == 0, "refusal")
    return Responses(frame.assign(**columns))


def people(**columns):
    rng = np.random.default_rng(2)
    keys = pd.MultiIndex.from_product([[f"p{k:02d}" for k in range(40)], ITEMS], names=["respondent", "item"])
    frame = keys.to_frame(index=False)
    trait = np.repeat(rng.normal(size=40), len(ITEMS)) * np.tile(KEYS["sign"], 40)
    code = np.clip(np.round(3.5 + trait + rng.normal(size=len(frame))), 1, 6)
    number = frame["respondent"].str[1:].astype(int)
    return frame.assign(
        rating=code, group=np.where(number % 2, "a", "b"), cluster="c" + (number // 4).astype(str)
    ).assign(**columns)


@cache
def ratings():
    rng = np.random.default_rng(3)
    frame = people().drop(columns=["group", "cluster"])
    own = pd.MultiIndex.from_product(
        [frame["respondent"].unique(), ["f"], ["A", "B"]], names=["respondent", "family", "dimension"]
    ).to_frame(index=False)
    trait = (
        frame[frame["item"] == "1"].set_index("respondent")["rating"].reindex(own["respondent"]).to_numpy()
    )
    score = np.where(own["dimension"] == "A", trait, 0.0) + rng.normal(size=len(own))
    return Ratings(frame, own.assign(score=score), scale=(1, 6))


def shares(group, yes, **columns):
    frame = pd.DataFrame(
        {
            "group": group,
            "question": np.repeat(["q1", "q2", "q3", "q4"], 2),
            "option": ["yes", "no"] * 4,
            "position": [0, 1] * 4,
            "share": [yes, 1 - yes, 0.3, 0.7, 0.2 + yes / 2, 0.8 - yes / 2, 1 - yes / 3, yes / 3],
            "ordered": True,
        }
    )
    return frame.assign(**columns)


def countries():
    return Population(pd.concat([shares("A", 0.7), shares("B", 0.3)]))


def asked(column="persona", levels=("A", "B")):
    parts = [shares("m", 0.6, **{column: level}) for level in levels]
    return ModelAnswers(pd.concat([shares("m", 0.5, **{column: None}), *parts]))


def biographies():
    own = {"persona": "A", "condition": "bio"}
    return ModelAnswers(pd.concat([shares("m", 0.5, persona=None, condition=None), shares("m", 0.6, **own)]))


def respondents():
    rng = np.random.default_rng(4)
    return pd.DataFrame(
        {
            "respondent": np.repeat(np.arange(80), 4),
            "question": np.tile(["q1", "q2", "q3", "q4"], 80),
            "sex": np.repeat(rng.choice(["f", "m"], 80), 4),
            "option": rng.choice(["no", "yes"], 320),
        }
    )


def survey():
    frame = pd.DataFrame({"q": [1.0, 2, 1, 2], "g": ["a", "a", "b", "b"]})
    return Survey(frame, {"q": Variable("q", labels={1.0: "yes", 2.0: "no"})})


def inventory():
    rng = np.random.default_rng(5)
    names = [str(k) for k in range(1, 22)]
    index = pd.MultiIndex.from_product([range(12), names], names=["respondent", "item"])
    frame = index.to_frame(index=False)
    return frame.assign(rating=rng.integers(1, 7, len(frame)), cluster=frame["respondent"] // 3)


def rankings(**columns):
    rng = np.random.default_rng(6)
    index = pd.MultiIndex.from_product([list("pqrst"), list("12345"), list("xyz")])
    frame = index.to_frame(index=False, name=["respondent", "item", "option"])
    return frame.assign(rank=rng.random(len(frame)), **columns)


def profiles(**columns):
    rng = np.random.default_rng(8)
    role = np.repeat(rng.normal(size=(30, 3)), 4, axis=0)
    scores = role + 0.5 * rng.normal(size=role.shape)
    scores[:, 2] += scores[:, 0]
    frame = pd.DataFrame(scores, columns=["care", "rank", "trust"])
    return frame.assign(role=[f"r{k // 4}" for k in range(120)], **columns)


def chain():
    return Graph.of(["care", "rank", "trust"], [("care", "trust")])


def votes():
    rng = np.random.default_rng(7)
    pair = rng.integers(0, 3, 90)
    told = rng.choice(["wiser", "less wise", "equal", "unsure"], 90, p=[0.5, 0.2, 0.2, 0.1])
    ends = {"from": np.array(list("abc"))[pair], "to": np.array(list("bca"))[pair]}
    return pd.DataFrame({"respondent": np.arange(90), "vote": told, **ends})


def counted():
    return pd.DataFrame(
        {"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2, "count": [20, 30, 10, 8, 25, 27]}
    )


def sloped():
    return pd.DataFrame(
        {
            "length": [0, 1, 2] * 3,
            "answer": [1] * 3 + [2] * 3 + [3] * 3,
            "count": [30, 20, 10, 20, 20, 20, 10, 20, 30],
        }
    )


def judged_pairs(n=150):
    k = np.arange(n)
    first = (k % 3 != 0) if n == 60 else (k % 4 != 0)
    frame = pd.DataFrame({"option_a": np.array(list("xyz"))[k % 3], "option_b": np.array(list("yzx"))[k % 3]})
    return pair_choices(
        frame.assign(choice=k, winner=np.where(first ^ (k % 7 == 0), "a", "b")), reads="places"
    )


def two_judges():
    frame = judged_pairs().frame
    return Choices(frame.assign(judge=np.where(frame["choice"] % 2, "p", "q")))


def many_models():
    index = pd.MultiIndex.from_product([list("abcdefgh"), ITEMS, [1, 2]], names=["model", "item", "answer"])
    rng = np.random.default_rng(6)
    return index.to_frame(index=False).assign(status="valid", count=rng.integers(1, 9, len(index)))


def by_maximum(terms):
    return fit_ordinal(f"answer ~ {terms}", counted(), engine="ml", sampling=Sampling(draws=25))


def tastes():
    rng = np.random.default_rng(8)
    x = rng.normal(size=(120, 2, 2))
    u = x @ [-1.5, 1.0] + rng.gumbel(size=(120, 2))
    frame = pd.DataFrame(
        {
            "choice": np.repeat(range(120), 2),
            "option": ["a", "b"] * 120,
            "model": np.repeat([f"m{k:02d}" for k in range(24)], 10),
            "price": x[..., 0].ravel(),
            "speed": x[..., 1].ravel(),
            "chosen": (u == u.max(axis=1, keepdims=True)).astype(int).ravel(),
        }
    )
    return ranking_choices(frame)


def law():
    rng = np.random.default_rng(6)
    size = np.repeat(np.logspace(6, 10, 8), 3)
    loss = (1.5 + 60 * size**-0.25) * np.exp(0.02 * rng.normal(size=24))
    return pd.DataFrame({"size": size, "loss": loss, "family": [f"f{k:02d}" for k in range(24)]})


@cache
def moved():
    rng = np.random.default_rng(9)
    item = np.arange(24)
    parts = [
        pd.DataFrame(
            {
                "item": item,
                "condition": c,
                "dimension": np.where(item % 2, "a", "b"),
                "value": e + rng.normal(size=24),
            }
        )
        for c, e in (("plain", 0.0), ("steered", 1.0))
    ]
    return pd.concat(parts, ignore_index=True)


@cache
def dosed():
    item, dose = np.repeat(np.arange(24), 4), np.tile([0.0, 1, 2, 4], 24)
    return pd.DataFrame(
        {"item": item, "dose": dose, "value": dose + np.random.default_rng(2).normal(size=96)}
    )


@cache
def egos():
    return simulate_ego_networks(people=40, friends=4, influence=0.6, seed=1)


def contrasted():
    rng = np.random.default_rng(6)
    keys = pd.MultiIndex.from_product([range(24), ["a", "b", "c"]], names=["item", "condition"])
    frame = keys.to_frame(index=False)
    frame["step"] = frame["condition"].map({"a": 1, "b": 2, "c": 3})
    return frame.assign(value=rng.random(len(frame)), cluster=frame["item"] // 2)


def moving():
    rng = np.random.default_rng(6)
    keys = pd.MultiIndex.from_product([range(24), [0, 1, 2, 3]], names=["item", "step"])
    frame = keys.to_frame(index=False).assign(cluster=lambda d: d["item"] // 2)
    late = rng.random(len(frame)) < np.where(frame["step"] > 1, 0.8, 0.2)
    return frame.assign(stance=np.where(rng.random(len(frame)) < 0.1, None, np.where(late, "for", "against")))


def preferred():
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"option_a": ["x", "y", "x", "z"] * 12, "option_b": ["y", "x", "z", "y"] * 12})
    return pair_choices(frame.assign(winner=rng.choice(["first", "second"], 48)), reads="places")


def option_labels():
    return OptionLabels(pd.DataFrame({"option": ["x", "y"], "label": ["care", "power"]}))


def neurons():
    rng = np.random.default_rng(9)
    support, conflict = rng.binomial(40, 0.2, (2, 2, 30, 24))
    support[1, 7] = rng.binomial(40, 0.5, 24)
    return NeuronCounts(support, conflict, np.full(24, 40))


def probed():
    rng = np.random.default_rng(10)
    table = pd.DataFrame({"label": [1, 0] * 24, "group": np.repeat(np.arange(24), 2)})
    return Activations(rng.normal(size=(1, 48, 8)) + 0.5 * table["label"].to_numpy()[:, None], table)


def controlled():
    rng = np.random.default_rng(11)
    keys = pd.MultiIndex.from_product([range(48), ["plain", "up"]], names=["item", "condition"])
    frame = keys.to_frame(index=False)
    return frame.assign(keyed=np.where(frame["item"] % 2, 1, -1), judge=rng.integers(0, 2, len(frame)))


def edited():
    frame = pd.DataFrame(
        {"item": np.tile(range(6), 5), "condition": np.repeat(["plain", "up", *["placebo"] * 3], 6)}
    )
    number = np.repeat([None, None, 0, 1, 2], 6)
    return frame.assign(set=number, value=np.arange(30) % 7)


def walk():
    ways = [("x", "stay", "x", 0.2), ("x", "go", "y", 0.8), ("y", "stay", "y", 0.6), ("y", "go", "x", 0.1)]
    return pd.DataFrame(ways, columns=["state", "action", "next", "care"]).assign(probability=1.0)


def walked():
    steps = [(k, t, "x" if t == 0 else "y", "go" if t == 0 else "stay") for k in range(24) for t in range(3)]
    return pd.DataFrame(steps, columns=["trajectory", "step", "state", "action"])


def scored_models():
    rng = np.random.default_rng(9)
    keys = pd.MultiIndex.from_product([["m", "n"], list("abc")], names=["model", "dimension"])
    frame = keys.to_frame(index=False).assign(estimand="s", estimate=rng.normal(size=6), std_error=0.1)
    frame = frame.assign(
        lower=np.nan, upper=np.nan, level=0.95, interval="none", n_scored=9, n_asked=9, n_units=30
    )
    drawn = frame["estimate"].to_numpy().reshape(2, 3) + 0.1 * rng.normal(size=(50, 2, 3))
    tree = draws_tree("bootstrap", drawn, {"model": ["m", "n"], "dimension": list("abc")})
    return Result("scores", frame, ("model", "dimension"), make_meta("mean", {}), tree)
