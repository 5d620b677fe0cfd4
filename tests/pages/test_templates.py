"""Templates that a study names with no code: what they say of the demo study, and pages made of them."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

import valuestats
from valuestats import render
from valuestats.pages import instrument_validation, methods, multiverse, reproduction, summary
from valuestats.reporting.stored_study import StoredStudy
from valuestats.study import run_study
from valuestats.study.pages import templates_folder

ROOT = Path(valuestats.__file__).parents[1]
STEPS = (
    "responses",
    "ratings",
    "correlations",
    "keys",
    "chance",
    "scores",
    "keys_fdr",
    "scores_fdr",
    "keys_low",
    "scores_low",
)
NEW = ("summary", "methods", "instrument_validation", "reproduction", "multiverse")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    content = yaml.safe_load((ROOT / "analyses" / "demo" / "study.yml").read_text(encoding="utf-8"))
    steps = {n: content["steps"][n] for n in (*STEPS, "many_ways")}
    steps["retest"] = {"verb": "retest", "answers": "@responses", "over": "wording", "replicates": 200}
    place = tmp_path_factory.mktemp("templates")
    steps["published"] = {
        "verb": "reproduction",
        "published": {"file": "published.csv"},
        "results": {"score": "@scores"},
        "tolerance": 0.05,
    }
    (place / "published.csv").write_text(
        "quantity,group,value,source\n"
        'score,"model-a, Hedonism",-0.84,Table 1\nscore,"model-e, Hedonism",0.90,Table 1\n'
        'score,"model-z, Hedonism",1,Table 2\nmean,all,3.1,Table 3\n'
    )
    whole = {**content, "steps": steps, "reports": list(NEW)}
    (place / "study.yml").write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    return run_study(place / "study.yml", results=place / "results").folder


@pytest.fixture(scope="module")
def study(folder):
    return StoredStudy(folder)


def test_the_summary_says_who_differs_by_how_much_and_whether_to_trust_it(study):
    said = summary.lead_sentence(study)
    assert re.search(r"model-\w stands highest and model-\w lowest: \+\d", said)
    assert re.search(r"△ with care|● sound", said)
    table = summary.trust_table(study)
    told = ", ".join(table["Result"]).lower()
    assert all(valuestats.base.labels.readable(step).lower() in told for step in study.results)
    assert not table[["Trust", "What speaks against it"]].duplicated().any()
    assert "SIMULATED" not in said
    counts = study.responses.status_counts()
    assert (
        f"{int(counts['valid'].iloc[0]):,} of {int(counts['asked'].iloc[0]):,} answers of 6 models"
        in summary.basis(study)
    )
    assert summary.limits(study).count("\n") <= 5


def test_methods_name_methods_exclusions_software_and_sources(study):
    table = methods.method_table(study)
    assert len(table) == len(study.results)
    lost = methods.exclusion_table(study)
    counts = study.responses.status_counts()
    assert f"{int(counts['refusal'].iloc[0]):,}" in set(lost["What was left out"])
    assert {"valuestats", "Python", "pandas", "Seed"} <= set(methods.software_table(study)["What"])
    assert len(methods.step_table(study)) == len(study.manifest["steps"])
    assert (methods.step_table(study)["What it does"] != "").all()
    cited = methods.bibliography(study)
    keys = re.findall(r"@\w+\{(\w+),", cited)
    assert len(keys) == len(set(keys)) > 4
    assert keys[0] == "valuestats"
    assert "han2025" in keys
    assert cited.count("{") == cited.count("}")


def test_validation_says_what_was_asked_and_what_was_not(study):
    table = instrument_validation.evidence_table(study)
    asked = table[table["Trust"] != "not asked"]
    assert set(asked["Result"]) == {"Correlations", "Retest"}
    assert set(table["Question"]) == set(instrument_validation.QUESTIONS)
    assert "on 2 questions about the instrument" in instrument_validation.decision(study)


def test_reproduction_counts_verdicts_and_shows_the_correction(study):
    frame = study.published["published"]
    assert frame["verdict"].tolist() == ["reproduced", "differs", "not computable", "not computable"]
    said = reproduction.verdict_sentence(study)
    assert said.startswith("Of 4 published numbers: 1 reproduced, 1 differs and 2 not computable.")
    assert "model-e, Hedonism: published 0.9, recomputed" in said
    shown = reproduction.comparison_table(frame)
    scores = study["scores"].estimates.set_index(["model", "dimension"])["estimate"]
    assert f"{scores['model-e', 'Hedonism']:.2f}" in shown["Corrected"][1]
    assert shown["Recomputed"][3] == "–"


def test_the_multiverse_page_counts_as_the_result_does(study):
    result = study["many_ways"]
    (claim,) = result.meta["claims"]
    table = multiverse.claim_table(result)
    assert table["Stands in"].tolist() == [f"{int(result.estimates['stands'].sum())} of 3"]
    shares = multiverse.choice_table(result)
    assert set(shares["Choice"]) == {"Rule", "Threshold"}
    assert claim in shares.columns


@pytest.mark.parametrize(
    "page",
    [summary.lead_sentence, reproduction.verdict_sentence, instrument_validation.decision, multiverse.lead],
)
def test_a_study_without_anything_to_show_says_so(page, tmp_path):
    pd.DataFrame({"a": [1]}).to_csv(tmp_path / "a.csv", index=False)
    steps = {"table": {"verb": "read_table", "path": {"file": "a.csv"}}}
    (tmp_path / "study.yml").write_text(
        yaml.safe_dump({"study": "empty", "title": "Nothing", "seed": 1, "steps": steps}), encoding="utf-8"
    )
    empty = StoredStudy(run_study(tmp_path / "study.yml", results=tmp_path / "results").folder)
    assert "his study holds no" in page(empty)


@pytest.mark.parametrize("name", ["summary", "methods"])
def test_a_page_of_each_kind_is_made(name, folder, tmp_path):
    made(name, folder, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["instrument_validation", "reproduction", "multiverse"])
def test_the_other_pages_are_made(name, folder, tmp_path):
    made(name, folder, tmp_path)


def made(name, folder, target):
    page = templates_folder() / name / f"{name}.qmd"
    done = render(
        page, formats=["html"], output_dir=target, engine="embedded", params={"results": str(folder)}
    )
    text = done.paths["html"].read_text(encoding="utf-8")
    assert "Read this first" in text
    assert not re.search(
        r"\bNaN\b|-0\.00|None\b",
        re.sub(r"<script.*?</script>|<style.*?</style>|<svg.*?</svg>", "", text, flags=re.S),
    )
