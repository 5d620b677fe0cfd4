"""A study on a survey: read, rake, shares, population, checks; figure, table and sentence of the shares."""

from pathlib import Path

import pandas as pd
import pytest

from valuestats.base.errors import SpecificationError
from valuestats.ingest import read_survey
from valuestats.results.storage import load_step
from valuestats.study import run_study
from valuestats.surveys.figures import raking_chart, shares_chart
from valuestats.surveys.raking import rake
from valuestats.surveys.shares import population_shares
from valuestats.tables import Survey

SAMPLE = Path(__file__).parents[1] / "r" / "survey_sample.csv"
STUDY = """
study: people
title: People
seed: 1
level: 0.9
steps:
  wave:
    verb: read_survey
    path: {{file: {path}}}
    design: {{weight: weight, strata: stratum, psu: psu}}
    labels: {{q: {{1: never, 2: seldom, 3: often, 4: always, 8: "Don't know", 9: Refusal}}}}
  what:
    verb: describe_survey
    survey: "@wave"
  raked:
    verb: raked_survey
    survey: "@wave"
    margins: {{sex: {{f: 0.51, m: 0.49}}}}
  shares:
    verb: population_shares
    survey: "@raked"
    questions: [q]
    by: [sex]
    single_psu: centre
  people:
    verb: as_population
    shares: "@shares"
"""


@pytest.fixture(scope="module")
def survey():
    labels = {"q": {1: "never", 2: "seldom", 3: "often", 4: "always", 8: "Don't know", 9: "Refusal"}}
    design = {"weight": "weight", "strata": "stratum", "psu": "psu"}
    return read_survey(SAMPLE, design=design, labels=labels)


def test_a_study_reads_rakes_and_estimates(tmp_path):
    pytest.importorskip("balance", reason="the extra valuestats[survey] is not installed")
    (tmp_path / "study.yml").write_text(STUDY.format(path=SAMPLE))
    run = run_study(tmp_path / "study.yml", results=tmp_path / "results", outside=True)
    shares = load_step(run.folder, "shares")
    assert shares.estimates["level"].iloc[0] == 0.9
    assert any("raked" in note for note in shares.meta["warnings"])
    assert load_step(run.folder, "people").groups == ["f", "m"]
    assert "Kish" in load_step(run.folder, "what")["text"]
    wave = load_step(run.folder, "wave")
    assert wave.status("q").value_counts()["refused"] == (pd.read_csv(SAMPLE)["q"] == 9).sum()


def test_the_sentence_carries_weighting_base_and_small_groups(survey):
    whole = population_shares(survey, "q", single_psu="centre")
    text = whole.sentence().replace("\u00a0", " ")
    top = whole.estimates.loc[whole.estimates["estimate"].idxmax()]
    assert f"“{top['option']}”, {top['estimate']:.1%}" in text
    assert "weighted by the survey's design weights" in text
    assert "scored 180 of 207" in text
    groups = population_shares(survey, "q", by=["sex", "age"], single_psu="centre")
    assert "fewer than 30 people" in groups.sentence()
    plain = population_shares(Survey(survey.frame, survey.variables), "q", no_answer="include").sentence()
    assert "unweighted; shares are of all who were asked" in plain


def test_figures_show_every_option_group_and_margin(survey):
    shares = population_shares(survey, "q", by="sex", single_psu="centre")
    drawn = shares.plot().to_dict()
    rows = next(iter(drawn["datasets"].values()))
    assert {(r["group"], r["option"]) for r in rows} == {
        (g, o) for g in "fm" for o in ("never", "seldom", "often", "always")
    }
    assert all("effective n" in r["people"] for r in rows)
    assert shares.table() is not None
    with pytest.raises(SpecificationError, match="no such question"):
        shares_chart(shares, question="z")
    pytest.importorskip("balance", reason="the extra valuestats[survey] is not installed")
    margins = rake(survey, {"sex": {"f": 0.51, "m": 0.49}}).margins
    assert len(next(iter(raking_chart(margins).to_dict()["datasets"].values()))) == 6
