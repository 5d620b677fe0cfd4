"""What a study file says becomes what a function's annotations want, or one error that says where and what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import pytest

from valuestats.base.errors import StudyError
from valuestats.study.arguments import arguments, convert
from valuestats.study.spec import load_study

if TYPE_CHECKING:
    from valuestats.latent.gate import Gate


@dataclass(frozen=True)
class Weights:
    """A dataclass that annotations of its fields are texts of."""

    low: float = 0.0
    ends: tuple[int, int] | None = None


def verb(
    frame: pd.DataFrame,
    by: Sequence[str] | str = (),
    *,
    scale: tuple[float, float] | None = None,
    exclude: Sequence[tuple[str, str, str]] = (),
    weights: Weights | None = None,
    gate: Gate | None = None,
    method: Literal["a", "b"] = "a",
    where: Path | None = None,
    count: int = 3,
    seed: int = 0,
    level: float | None = None,
) -> None:
    """Takes one of each."""


def taking_options(path: str | Path, *, reader: str = "auto", **options: Any) -> None:
    """Takes any option."""


def said(given, function=verb, shared=None):
    return arguments(function, given, shared or {}, verb="v", step="s", file=Path("study.yml"))


@pytest.mark.parametrize(
    ("name", "written", "wanted"),
    [
        ("scale", [1, 6], (1.0, 6.0)),
        ("by", ["age", "sex"], ["age", "sex"]),
        ("by", "age", "age"),
        ("exclude", [["1", "pvq", "Power"]], [("1", "pvq", "Power")]),
        ("weights", {"low": 1, "ends": [2, 3]}, Weights(1.0, (2, 3))),
        ("method", "b", "b"),
        ("where", {"file": "a.csv"}, {"file": "a.csv"}),
        ("frame", {"dataset": "civics"}, {"dataset": "civics"}),
        ("scale", None, None),
        ("level", "@other", "@other"),
    ],
)
def test_values_become_what_is_wanted(name, written, wanted):
    found = said({"frame": "@a", name: written})[name]
    assert found == wanted
    assert type(found) is type(wanted)


def test_a_dataclass_that_is_imported_for_checkers_only():
    from valuestats.latent.gate import Gate

    found = said({"frame": "@a", "gate": {"max_rhat": 1.05}})["gate"]
    assert isinstance(found, Gate)
    assert found.max_rhat == 1.05


def test_seed_and_level_of_the_study_are_handed_in_where_they_are_taken():
    shared = {"seed": 7, "level": 0.9}
    assert said({"frame": "@a"}, shared=shared) == {"frame": "@a", "seed": 7, "level": 0.9}
    assert said({"frame": "@a", "seed": 1}, shared=shared)["seed"] == 1
    assert said({"path": "x"}, taking_options, shared) == {"path": "x"}


def test_a_function_of_options_takes_any():
    given = {"path": {"file": "x"}, "fields": {"item": "metadata.id"}, "limit": 3}
    assert said(given, taking_options) == given


@pytest.mark.parametrize(
    ("given", "parameter", "expected"),
    [
        ({"frame": "numbers"}, "steps.s.frame", "DataFrame, the product of a step: '@NAME'"),
        ({"frame": "@a", "scale": [1, 2, 3]}, "steps.s.scale", "a list of 2"),
        ({"frame": "@a", "scale": "1-6"}, "steps.s.scale", "a list"),
        ({"frame": "@a", "exclude": [["1", "pvq"]]}, "steps.s.exclude", "a list of 3"),
        ({"frame": "@a", "exclude": "1"}, "steps.s.exclude", "a list"),
        ({"frame": "@a", "weights": {"high": 1}}, "steps.s.weights", "Weights with low, ends"),
        ({"frame": "@a", "method": "c"}, "steps.s.method", "one of a, b"),
        ({"frame": "@a", "count": 2.5}, "steps.s.count", "a whole number"),
        ({"frame": "@a", "count": True}, "steps.s.count", "a whole number"),
        ({"frame": "@a", "seed": "one"}, "steps.s.seed", "a whole number"),
        ({"frame": "@a", "seed": -1}, "steps.s.seed", "a whole number from 0"),
        ({"frame": "@a", "seed": 10**30}, "steps.s.seed", "a whole number"),
        ({"frame": "@a", "level": float("nan")}, "steps.s.level", "a number"),
        ({"frame": "@a", "level": 95}, "steps.s.level", "a number between 0 and 1"),
        ({"frame": "@a", "level": "1e-3"}, "steps.s.level", "not 1e-3"),
        ({"frame": "@a", "by": [1]}, "steps.s.by", "a text"),
        ({"by": ["age"]}, "steps.s", "frame: 'pd.DataFrame'"),
        ({"frame": "@a", "frames": "@b"}, "steps.s", "frame: 'pd.DataFrame'"),
    ],
)
def test_what_does_not_fit_is_one_error(given, parameter, expected):
    with pytest.raises(StudyError, match="step s does not fit its verb v") as caught:
        said(given)
    assert (caught.value.file, caught.value.parameter) == ("study.yml", parameter)
    assert expected in str(caught.value.expected)


def test_nested_mappings_and_lists_keep_references():
    found = convert({"a": ["@x", "@y"]}, Mapping[str, Sequence[pd.DataFrame]])
    assert found == {"a": ["@x", "@y"]}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        *((f"seed: {x}", "seed") for x in ("one", ".nan", "1.5", str(10**40), "-3", "yes")),
        *((f"seed: 1\nlevel: {x}", "level") for x in (".nan", "95 %", "1", ".inf")),
    ],
)
def test_the_numbers_of_a_study_are_numbers(tmp_path, line, name):
    file = tmp_path / "study.yml"
    file.write_text(f"study: a\ntitle: A\n{line}\nsteps:\n  s: {{verb: describe}}\n")
    with pytest.raises(StudyError, match=f"not a {name}") as caught:
        load_study(file)
    assert caught.value.parameter == name
