"""Claims under many specifications: shares counted by hand, what gives no estimate, and a planted contradiction."""

import numpy as np
import pandas as pd
import pytest
import yaml

from valuestats import expected_score, fit_ordinal, multiverse, run_study, score
from valuestats.base.errors import GateError, SpecificationError
from valuestats.results.meta import make_meta
from valuestats.results.replicates import draws_tree
from valuestats.results.result import Result

CLAIM = {"along": "model", "first": "a", "second": "b", "at": {"dimension": "x"}}


def made(gap, error=0.1, keys=("model", "dimension"), gate=None):
    """Scores of two models on one dimension with normal draws."""
    rng = np.random.default_rng(1)
    draws = rng.normal(0, error / np.sqrt(2), (4000, 2, 1)) + np.array([gap, 0.0])[None, :, None]
    frame = pd.DataFrame(
        {
            "estimand": "score",
            keys[0]: ["a", "b"],
            keys[1]: "x",
            "estimate": [gap, 0.0],
            "std_error": error,
            "lower": draws.mean(axis=0).ravel() - 2 * error,
            "upper": draws.mean(axis=0).ravel() + 2 * error,
            "level": 0.95,
            "interval": "posterior, equal-tailed",
            "n_scored": [100, 99],
            "n_asked": [100, 100],
        }
    )
    tree = draws_tree("posterior", draws, {keys[0]: ["a", "b"], keys[1]: ["x"]})
    return Result("scores", frame, keys, make_meta("m", {}, gate=gate), tree)


def of(*results):
    return [{"parser": f"p{n}", "result": r} for n, r in enumerate(results)]


def amiss(result):
    return [(r.aspect, r.sign) for r in result.verdict.reasons if r.sign != "sound"]


def test_shares_are_those_counted_by_hand():
    found = multiverse(of(made(1.0), made(0.5), made(0.1), made(-0.05)), {"a above b": CLAIM})
    assert found.estimates["stands"].tolist() == [True, True, False, False]
    assert found.estimates["leans"].tolist() == [False, False, True, False]
    told = found.meta["claims"]["a above b"]
    assert (told["n"], told["stands"], told["share"], told["same_sign"], told["contradicts"]) == (
        4,
        2,
        0.5,
        3,
        0,
    )
    assert (told["lowest"], told["highest"]) == (pytest.approx(-0.05), pytest.approx(1.0))
    assert told["median"] == pytest.approx(0.3)
    assert found.estimates["n_scored"].tolist() == [99] * 4
    row = found.estimates.iloc[0]
    contrast = made(1.0).contrast("model", "a", "b").iloc[0]
    assert (row["lower"], row["upper"]) == (contrast["lower"], contrast["upper"])
    assert "stands in 2 of 4 specifications" in found.sentence()
    assert "no replication" in found.sentence()


def test_verdicts_follow_the_share_and_a_planted_contradiction_is_no_finding():
    firm = multiverse(of(*[made(1.0 + k / 10) for k in range(5)]), {"a above b": CLAIM})
    assert firm.verdict.sign == "sound"
    frail = multiverse(of(made(1.0), made(0.1), made(0.9)), {"a above b": CLAIM})
    assert amiss(frail) == [("specification", "care")]
    against = multiverse(of(*[made(1.0)] * 1, made(0.9), made(-1.0)), {"a above b": CLAIM})
    assert amiss(against) == [("specification", "none")]
    assert "is contradicted in 1" in against.sentence()
    assert against.verdict.sign == "none"


def test_what_gives_no_estimate_is_counted_and_named():
    failed = {"passed": False, "reasons": ["R-hat"]}
    found = multiverse(
        of(made(1.0), made(1.0, gate=failed), made(1.0, keys=("model", "value"))), {"a above b": CLAIM}
    )
    told = found.meta["claims"]["a above b"]
    assert (told["n"], told["stands"], told["without"]) == (3, 1, 2)
    assert found.meta["warnings"] == [
        "parser p1: no estimate, the fit failed its diagnostics gate",
        "parser p2: no estimate, its keys are model, value",
    ]
    assert "2 specifications gave no estimate and count against" in found.sentence()
    with pytest.raises(SpecificationError, match="no specification can be held"):
        multiverse(of(made(1.0), made(2.0)), {"c above b": {**CLAIM, "first": "c"}})


def test_a_value_may_be_claimed_to_be_above_another():
    found = multiverse(
        of(made(1.0), made(0.3)),
        {"a scores above .5": {"at": {"model": "a", "dimension": "x"}, "above": 0.5}},
    )
    assert found.estimates["estimate"].tolist() == pytest.approx([0.5, -0.2])
    assert found.estimates["stands"].tolist() == [True, False]


def test_a_function_is_called_for_each_combination_and_its_errors_are_kept():
    data = pd.DataFrame(
        {"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2, "count": [20, 30, 10, 8, 25, 27]}
    )

    def run(link, engine):
        if (link, engine) == ("probit", "ml"):
            raise GateError("this one fails")
        return expected_score(
            fit_ordinal("answer ~ model", data, link=link, engine=engine, seed=1), by="model"
        )

    found = multiverse(
        run,
        {"b above a": {"along": "model", "first": "b", "second": "a"}},
        choices={"link": ["logit", "probit"], "engine": ["laplace", "ml"]},
    )
    assert found.estimates[["link", "engine"]].to_numpy().tolist() == [
        ["logit", "laplace"],
        ["logit", "ml"],
        ["probit", "laplace"],
        ["probit", "ml"],
    ]
    assert found.estimates["reason"].tolist() == ["", "", "", "this one fails"]
    shares = {(c["choice"], c["chosen"]): c["share"] for c in found.meta["choices"]}
    assert shares == {
        ("link", "logit"): 1.0,
        ("link", "probit"): 0.5,
        ("engine", "laplace"): 1.0,
        ("engine", "ml"): 0.5,
    }


def test_the_curve_shows_each_specification_and_its_choices():
    found = multiverse(
        [
            {"parser": "strict", "centred": True, "result": made(1.0)},
            {"parser": "loose", "centred": False, "result": made(-0.4)},
        ],
        {"a above b": CLAIM},
    )
    chart = found.plot().to_dict()
    assert len(chart["vconcat"]) == 2
    rows = {row["row"] for data in chart["datasets"].values() for row in data if "row" in row}
    assert rows == {"parser: strict", "parser: loose", "centred: True", "centred: False"}
    with pytest.raises(SpecificationError, match="no such claim"):
        found.plot(claim="b above a")


@pytest.mark.parametrize(
    ("results", "claims", "parameter"),
    [
        (of(made(1.0)), None, "results"),
        ([{"p": 1, "result": made(1.0)}, {"p": 1, "result": made(2.0)}], None, "results"),
        ([{"p": 1, "result": made(1.0)}, {"p": 2}], None, "results"),
        ([{"result": made(1.0)}, {"p": 2, "result": made(1.0)}], None, "results"),
        (of(made(1.0), made(2.0)), {"x": {"first": "a"}}, "claims"),
        (of(made(1.0), made(2.0)), {"x": {**CLAIM, "near": 1}}, "claims"),
    ],
)
def test_what_is_no_multiverse_is_refused_by_name(results, claims, parameter):
    with pytest.raises(SpecificationError) as caught:
        multiverse(results, claims)
    assert caught.value.parameter == parameter


def answers(n=40):
    rng = np.random.default_rng(5)
    rows = [
        {
            "model": m,
            "item": str(i),
            "epoch": e,
            "raw": "",
            "answer": int(np.clip(round(3.5 + lift * (i % 2) + rng.normal()), 1, 6)),
        }
        for m, lift in (("a", 1.2), ("b", -0.6))
        for i in range(n)
        for e in range(3)
    ]
    return pd.DataFrame(rows)


def test_a_study_file_asks_for_it_and_the_first_finding_is_the_claim(tmp_path):
    answers().to_csv(tmp_path / "answers.csv", index=False)
    pd.DataFrame(
        {"item": [str(i) for i in range(40)], "family": "f", "dimension": ["even", "odd"] * 20, "sign": 1}
    ).to_csv(tmp_path / "keys.csv", index=False)
    study = {
        "study": "many",
        "title": "Many",
        "seed": 1,
        "steps": {
            "answers": {"verb": "read_responses", "path": {"file": "answers.csv"}},
            "keys": {"verb": "read_table", "path": {"file": "keys.csv"}},
            "scores": {"verb": "score", "answers": "@answers", "keyed": "@keys", "replicates": 200},
            "published": {"verb": "score", "answers": "@answers", "keyed": "@keys", "compat": "published"},
            "curve": {
                "verb": "multiverse",
                "results": [
                    {"interval": "resampled", "result": "@scores"},
                    {"interval": "none", "result": "@published"},
                ],
            },
        },
    }
    (tmp_path / "study.yml").write_text(yaml.safe_dump(study, sort_keys=False))
    run = run_study(tmp_path / "study.yml", results=tmp_path / "results")
    found = run.load("curve")
    assert list(found.meta["claims"]) == ["b above a on even"]
    assert found.estimates["stands"].tolist()[0]
    assert "holds no draws" in found.estimates["reason"].tolist()[1]
    own = score(run.load("answers"), run.load("keys"), replicates=200, seed=1)
    contrast = own.contrast("model", "b", "a").set_index("dimension").loc["even"]
    assert found.estimates["lower"].iloc[0] == pytest.approx(contrast["lower"])
