"""The templates of models, instruments and groups, of studies with other names, other steps, and without most of them."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from valuestats import render
from valuestats.base.errors import RenderError, StudyError
from valuestats.reporting.stored_study import StoredStudy
from valuestats.study import run_study
from valuestats.study.pages import templates_folder

TEMPLATES = ("model_comparison", "instrument_comparison", "instrument_ordinal", "demographic_alignment")


def answered(rng):
    """Three models on four items of two dimensions, whose second model says no to the second dimension."""
    rows = [
        (
            model,
            item,
            epoch,
            int(np.clip(np.rint(rng.normal(4 - 2 * (model == "b") * (item > "c"), 1)), 1, 5)),
        )
        for model in ("a", "b", "c")
        for item in ("c1", "c2", "d1", "d2")
        for epoch in range(1, 9)
    ]
    return pd.DataFrame(rows, columns=["model", "item", "epoch", "raw"])


def shares(names, rng):
    rows = [
        (name, f"q{q}", option, position, share)
        for name in names
        for q in range(9)
        for yes in [rng.uniform(0.2, 0.8)]
        for position, (option, share) in enumerate([("yes", yes), ("no", 1 - yes)])
    ]
    return pd.DataFrame(rows, columns=["group", "question", "option", "position", "share"])


STEPS = {
    "raw_answers": {"verb": "read_responses", "path": {"file": "answers.csv"}, "scale": [1, 5]},
    "which": {"verb": "read_table", "path": {"file": "keys.csv"}},
    "means": {"verb": "score", "answers": "@raw_answers", "keyed": "@which", "replicates": 200},
    "profile": {
        "verb": "value_profile",
        "answers": "@raw_answers",
        "keyed": "@which",
        "scale": [1, 5],
        "engine": "laplace",
    },
    "towns": {"verb": "read_people", "path": {"file": "people.csv"}},
    "said": {"verb": "read_model_answers", "path": {"file": "models.csv"}},
    "near": {"verb": "country_similarity", "answers": "@said", "population": "@towns", "replicates": 200},
}


def ran(folder, *steps):
    rng = np.random.default_rng(3)
    answered(rng).to_csv(folder / "answers.csv", index=False)
    keyed = pd.DataFrame({"item": ["c1", "c2", "d1", "d2"], "dimension": ["calm", "calm", "drive", "drive"]})
    keyed.assign(family="own", sign=1).to_csv(folder / "keys.csv", index=False)
    shares(["Northtown", "Southtown"], rng).to_csv(folder / "people.csv", index=False)
    shares(["a", "b"], rng).to_csv(folder / "models.csv", index=False)
    content = {
        "study": "small",
        "title": "Two dimensions of my own",
        "description": "Three models, asked eight times.",
        "seed": 1,
        "steps": {name: STEPS[name] for name in steps},
    }
    (folder / "study.yml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return run_study(folder / "study.yml", results=folder / "results").folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return ran(tmp_path_factory.mktemp("whole"), *STEPS)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    return ran(tmp_path_factory.mktemp("bare"), "raw_answers", "which", "means")


def text_of(name, folder, target):
    page = templates_folder() / name / f"{name}.qmd"
    done = render(
        page, formats=["html"], output_dir=target, engine="embedded", params={"results": str(folder)}
    )
    html = Path(done.paths["html"]).read_text(encoding="utf-8")
    said = re.sub(r"<script.*?</script>|<style.*?</style>|<svg.*?</svg>", "", html, flags=re.DOTALL)
    said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", said))
    assert not re.search(r"\bNaN\b|\bnan\b|-0\.00|\bNone\b|\{#|:::", said)
    assert "Value Portrait" not in said
    assert "Schwartz's circle" not in said
    return said


def test_the_comparison_of_models_finds_steps_by_what_they_hold(whole, tmp_path):
    said = text_of("model_comparison", whole, tmp_path)
    assert "On calm, b stands highest and a lowest" in said
    assert "scores of every model on every dimension;" in said
    assert "thresholds of each model" in said
    assert (
        "This study holds no ratings of the items by people; steps of item_values and keys make them." in said
    )
    study = StoredStudy(whole)
    assert study["means"].sentence() in said
    assert study["profile"].sentence().split(";")[0] in said
    assert study.asked == "raw_answers"


@pytest.mark.slow
def test_what_a_study_does_not_hold_is_a_sentence(bare, tmp_path):
    said = text_of("model_comparison", bare, tmp_path)
    assert "This study holds no ordinal model of the answers; steps of value_profile make them." in said
    said = text_of("instrument_comparison", bare, tmp_path)
    assert "This study fits no ordinal model" in said
    assert "This study holds no comparison of ways to read the same answers" in said


@pytest.mark.slow
def test_the_other_pages_are_made_of_any_study(whole, tmp_path):
    said = text_of("instrument_comparison", whole, tmp_path)
    assert "Every record of every log is one row below" in said
    assert "three" not in said.lower().split("what can be said")[0]
    said = text_of("instrument_ordinal", whole, tmp_path)
    assert "cumulative-logit likelihood" in said
    said = text_of("demographic_alignment", whole, tmp_path)
    assert "one minus the Jensen-Shannon distance (base 2)" in said
    assert "No map is drawn: Northtown and Southtown have no place" in said
    assert "Similarity to demographic groups was not measured" in said


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_a_page_cannot_be_without_is_one_clear_error(name, tmp_path):
    from importlib import import_module

    folder = ran(tmp_path, "raw_answers")
    module = {"demographic_alignment": "demographic_sections"}.get(name, name)
    with pytest.raises(StudyError, match=f"the page {name} needs") as caught:
        import_module(f"valuestats.pages.{module}").sections(StoredStudy(folder))
    assert "no result" in str(caught.value)
    assert "a step of" in str(caught.value)


def test_the_error_of_a_page_is_that_of_the_study_and_no_trace(tmp_path):
    folder = ran(tmp_path, "raw_answers")
    page = templates_folder() / "instrument_ordinal" / "instrument_ordinal.qmd"
    with pytest.raises(RenderError) as caught:
        render(
            page, formats=["html"], output_dir=tmp_path, engine="embedded", params={"results": str(folder)}
        )
    assert caught.value.message.startswith("the page instrument_ordinal needs an ordinal model")
    assert caught.value.expected == "a step of value_profile"
    assert "Traceback" not in str(caught.value)
