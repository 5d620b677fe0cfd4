"""The settings that docs/sampling.md states are those of the signatures."""

import inspect
from pathlib import Path

import pytest

import valuestats as vs
from valuestats.latent.gate import Gate

PAGE = (Path(__file__).parents[2] / "docs" / "sampling.md").read_text()
ROWS = [
    [cell.strip().strip("`") for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line[:1] == "|"
]
HEAD, VERBS = ROWS[0][1:], ROWS[2:]
SETTINGS = {"draws", "tune", "chains", "target_accept"}


@pytest.mark.parametrize("row", VERBS, ids=lambda row: row[0])
def test_each_default_is_that_of_the_signature(row):
    parameters = inspect.signature(getattr(vs, row[0])).parameters
    said = {name: cell for name, cell in zip(HEAD, row[1:], strict=True) if cell != "–"}
    assert said == {name: str(parameters[name].default) for name in HEAD if name in parameters}


def test_every_verb_with_a_sampler_is_there():
    names = [n for n in vs.__all__ if inspect.isfunction(getattr(vs, n))]
    having = {n for n in names if set(inspect.signature(getattr(vs, n)).parameters) >= SETTINGS}
    assert having <= {row[0] for row in VERBS}


def test_the_limits_of_the_gate_are_as_said():
    gate = Gate()
    assert (gate.max_rhat, gate.min_ess_bulk, gate.min_ess_tail) == (1.01, 400.0, 400.0)
    assert (gate.max_divergences, gate.min_predictive_p) == (0, 0.01)
