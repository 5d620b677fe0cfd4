"""The demo study without its slow fit: from its files to estimates, by the same verbs as any study."""

from pathlib import Path

import pytest
import yaml

import valuestats
from valuestats.base.registry import verbs
from valuestats.study import load_study, run_study

ANALYSES = Path(valuestats.__file__).parents[1] / "analyses"


@pytest.mark.parametrize("path", sorted(ANALYSES.glob("*/study.yml")), ids=lambda p: p.parent.name)
def test_every_study_that_ships_is_well_formed(path):
    study = load_study(path)
    assert {step.verb for step in study.steps} <= set(verbs())
    assert study.reports
    if study.fallback is not None:
        assert study.fallback.is_file()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    content = yaml.safe_load((ANALYSES / "demo" / "study.yml").read_text(encoding="utf-8"))
    steps = {n: s for n, s in content["steps"].items() if n not in ("ordinal", "recovery")}
    folder = tmp_path_factory.mktemp("demo")
    path = folder / "study.yml"
    path.write_text(yaml.safe_dump({**content, "steps": steps}, sort_keys=False), encoding="utf-8")
    return run_study(path, results=folder / "results")


def test_the_truth_is_recovered(run):
    truth = run.load("truth")
    true_keys = {(item, known["value"]) for item, known in truth["items"].items() if known["value"]}
    found = run.load("keys")
    pairs = set(zip(found["item"], found["dimension"], strict=True))
    assert len(true_keys & pairs) >= 0.95 * len(true_keys)
    scores = run.load("scores").estimates
    expected = [
        truth["models"][m]["expected_score"][v]
        for m, v in zip(scores["model"], scores["dimension"], strict=True)
    ]
    inside = (scores["lower"] <= expected) & (expected <= scores["upper"])
    assert inside.mean() > 0.85
    assert scores["estimate"].corr(scores["estimate"].__class__(expected)) > 0.9


def test_no_answer_is_lost(run):
    truth = run.load("truth")
    counts = run.load("responses").status_counts("model")
    for model, known in truth["models"].items():
        assert counts.loc[model, "asked"] == sum(known["status_counts"].values())
        assert abs(counts.loc[model, "refusal"] - known["status_counts"]["refusal"]) <= 3


def test_similarity_lies_between_its_baseline_and_one(run):
    frame = run.load("similarity").estimates
    assert (frame["baseline"] > 0).all()
    assert frame["estimate"].between(0, 1).all()
    assert (frame["lower"] < frame["estimate"]).all()
    assert (frame["estimate"] < frame["upper"]).all()
