"""The settings that docs/sampling.md states are those of the verbs."""

import ast
import inspect
import re
import textwrap
from pathlib import Path

import pytest

import valuestats as vs
from valuestats.base.registry import load, verbs
from valuestats.latent.gate import Gate

PAGE = (Path(__file__).parents[2] / "docs" / "sampling.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line[:1] == "|"
]
HEAD = ROWS[0][1:]
VERBS = [(name, row[1:]) for row in ROWS[2:] for name in re.findall(r"`(\w+)`", row[0])]
WORDS = {"two a parameter": 0, "engine's own": None, "yes": True}


def own_settings(verb):
    """What a verb hands to `settings`, read in its source; `fit_labels` hands all to `fit_choice`."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(verb))))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    asked = [n for n in calls if n.func.id == "settings"]
    if not asked:
        return own_settings(vs.fit_choice)
    given = {k.arg: ast.literal_eval(k.value) for k in asked[0].keywords if k.arg != "least"}
    return {"gate": True, **given} if given.pop("gated", True) else given


@pytest.mark.parametrize(("name", "cells"), VERBS, ids=[name for name, _ in VERBS])
def test_each_default_is_that_of_the_verb(name, cells):
    said = {setting: WORDS.get(cell, cell) for setting, cell in zip(HEAD, cells, strict=True) if cell != "–"}
    said = {k: float(v.split()[0]) if isinstance(v, str) else v for k, v in said.items()}
    assert said == own_settings(getattr(vs, name))


def test_every_verb_with_a_sampler_is_there():
    takes = {name for name, path in verbs().items() if "sampling" in inspect.signature(load(path)).parameters}
    assert takes == {name for name, _ in VERBS}


def test_the_limits_of_the_gate_are_as_said():
    gate = Gate()
    assert (gate.max_rhat, gate.min_ess_bulk, gate.min_ess_tail) == (1.01, 400.0, 400.0)
    assert (gate.max_divergences, gate.min_predictive_p) == (0, 0.01)
