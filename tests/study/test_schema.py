"""The JSON schemas of study and instrument files: what ships fits them, and what the loaders refuse does not."""

import inspect
import json

import jsonschema
import pytest

from valuestats.base.registry import verbs
from valuestats.cli.main import main
from valuestats.instruments.loading import available_instruments, read_yaml
from valuestats.instruments.schema import instrument_schema
from valuestats.scoring.scores import score
from valuestats.study.schema import study_schema
from valuestats.study.spec import shipped_studies

DIALECT = jsonschema.Draft202012Validator


@pytest.fixture(scope="module")
def study():
    schema = study_schema()
    DIALECT.check_schema(schema)
    return DIALECT(schema)


@pytest.fixture(scope="module")
def instrument():
    DIALECT.check_schema(instrument_schema())
    return DIALECT(instrument_schema())


def test_every_study_that_ships_fits(study):
    for name, file in shipped_studies().items():
        assert [(name, list(e.path), e.message) for e in study.iter_errors(read_yaml(file))] == []


def test_every_instrument_that_ships_fits(instrument):
    for name in available_instruments():
        content = read_yaml(f"valuestats/instruments/{name}.yml")
        plain = json.loads(json.dumps(content))  # codes are keys of texts in JSON
        assert [(name, list(e.path), e.message) for e in instrument.iter_errors(plain)] == []


def test_a_verb_has_the_arguments_of_its_signature(study):
    said = study.schema["$defs"]["verbs"]
    assert set(said) == set(verbs())
    assert set(said["score"]["properties"]) == {
        *inspect.signature(score).parameters,
        "verb",
        "evidence",
        "otherwise",
    }
    assert "Which family of keys to score." in said["score"]["properties"]["family"]["description"]


@pytest.mark.parametrize(
    "step",
    [
        {"verb": "scoer"},
        {"answers": "@r"},
        {"verb": "score", "answers": "@r", "keyed": "@k", "family": "pvq", "famly": "x"},
        {"verb": "score", "answers": "@r", "family": "pvq"},
        {"verb": "score", "answers": "@r", "keyed": "@k", "family": "pvq", "replicates": "many"},
        {"verb": "score", "answers": "@r", "keyed": 3, "family": "pvq"},
        {"verb": "score", "answers": "@r", "keyed": "@k", "family": "pvq", "compat": "unpublished"},
    ],
)
def test_a_wrong_step_does_not_fit(study, step):
    whole = {"study": "a", "title": "A", "seed": 1, "steps": {"one": step}}
    assert list(study.iter_errors(whole)) != []
    right = {"verb": "score", "answers": "@r", "keyed": "@k", "family": "pvq", "replicates": 10}
    assert list(study.iter_errors({**whole, "steps": {"one": right}})) == []


@pytest.mark.parametrize(
    "change",
    [
        {"seed": "abc"},
        {"level": 2},
        {"stpes": {}},
        {"steps": {}},
        {"steps": {"Upper": {"verb": "describe"}}},
        {"reports": "one"},
    ],
)
def test_a_wrong_field_does_not_fit(study, change):
    whole = {"study": "a", "title": "A", "seed": 1, "steps": {"one": {"verb": "describe", "answers": "@r"}}}
    assert list(study.iter_errors(whole)) == []
    assert list(study.iter_errors({**whole, **change})) != []


@pytest.mark.parametrize(
    "change", [{"scale": {}}, {"licence": None}, {"colour": "red"}, {"families": {"f": {"d": {"item": [1]}}}}]
)
def test_a_wrong_instrument_does_not_fit(instrument, change):
    content = json.loads(json.dumps(read_yaml("valuestats/instruments/bfi10.yml")))
    assert list(instrument.iter_errors({**content, **change})) != []


@pytest.mark.parametrize("name", ["study", "instrument"])
def test_the_command_prints_it(name, capsys):
    assert main(["schema", name]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == f"valuestats {name}"
