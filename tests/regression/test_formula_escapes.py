"""What a formula can do is a closed list: known ways out of formula languages are refused, and run nothing."""

import contextlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from valuestats.base.errors import InputError, SpecificationError, ValuestatsError
from valuestats.latent.sampling import Sampling
from valuestats.regression.effects_design import build_effects
from valuestats.regression.effects_formula import OrdinalSpec
from valuestats.regression.fit import fit_ordinal
from valuestats.study import run_study

DATA = pd.DataFrame(
    {"answer": [1, 2, 3, 2] * 6, "model": ["a", "b"] * 12, "x": range(24), "item": ["i", "j", "k"] * 8}
)

ESCAPES = [
    "pd.io.common.os.system('{run}')",
    "__import__('os').system('{run}')",
    "__import__(\"os\")",
    "os.system('{run}')",
    "eval('{run}')",
    "exec('{run}')",
    "open('{path}', 'w')",
    "print(x)",
    "getattr(x, '__class__')",
    "x.__class__",
    "x.values",
    "x.__class__.__mro__[1].__subclasses__()",
    "(x).__class__",
    "().__class__.__bases__[0]",
    "''.join(x)",
    "'{run}'.format(x)",
    "f'{{open(\"{path}\", \"w\")}}'",
    "x[0]",
    "x['a']",
    "[y for y in x]",
    "{{y for y in x}}",
    "(y for y in x)",
    "(lambda: 1)()",
    "lambda: x",
    "(y := x)",
    "x if x else x",
    "x and open('{path}', 'w')",
    "x; open('{path}', 'w')",
    "x\nopen('{path}', 'w')",
    "x # open",
    "@x",
    "{{x}}",
    "{{open('{path}', 'w')}}",
    "`open('{path}', 'w')`",
    "`__import__('os').system('{run}')`",
    "Q('__import__(\"os\")')",
    "Q(open('{path}', 'w'))",
    "Q(x)",
    "I(__import__('os').system('{run}'))",
    "I(open('{path}', 'w'))",
    "I(x.__class__)",
    "I(x[0])",
    "I('a' * 10)",
    "I(x > 1)",
    "I(lambda: x)",
    "log(open('{path}', 'w'))",
    "log(x, open('{path}', 'w'))",
    "log(x, out=open('{path}', 'w'))",
    "np.log(x)",
    "np.load('{path}', allow_pickle=True)",
    "pd.read_pickle('{path}')",
    "pd.eval('{run}')",
    "C(model, open('{path}', 'w'))",
    "C(model, contrast=open('{path}', 'w'))",
    "C(model, Treatment(open('{path}', 'w')))",
    "C(open('{path}', 'w'))",
    "C(model, levels=open('{path}', 'w'))",
    "poly(x, open('{path}', 'w'))",
    "poly(x, degree=9999999)",
    "poly(x, 10**10)",
    "bs(x, df=open('{path}', 'w'))",
    "bs(x, df=1e9)",
    "bs(x, knots=open('{path}', 'w'))",
    "scale(open('{path}', 'w'))",
    "scale(x, __import__('os'))",
    "offset(open('{path}', 'w'))",
    "offset(x.__class__)",
    "mo(open('{path}', 'w'))",
    "mo(x.__class__)",
    "cs(open('{path}', 'w'))",
    "cs(__import__('os').system('{run}'))",
    "(1|open('{path}', 'w'))",
    "(1|item.__class__)",
    "(open('{path}', 'w')|item)",
    "(1 + eval('{run}')|item)",
    "(1|item[0])",
    "(1|C(item))",
    "((1|item)|item)",
    "x % model",
    "x %in% model",
    "x %o% model",
    "x // 2",
    "x | model",
    "x & model",
    "~x",
    "!x",
    "-x:model",
    "x == 1",
    "x < 1",
    "x \\ model",
    "x$model",
    ".",
    "x + .",
    "...",
    "2",
    "x * 2",
    "x + 3",
    "'x'",
    "log('x')",
    "log()",
    "log",
    "x(1)",
    "x:",
    "x +",
    "* x",
    "(x",
    "x)",
    "`x",
    "'x",
    "x ** 1000",
    "(x + model + item)**99",
    "x ** model",
    "x ** 0.5",
    "(" * 5000 + "x" + ")" * 5000,
    "-" * 5000 + "x",
    "I(" + "-" * 3000 + "x)",
    "x" + " + x" * 2000,
    "x" * 20_000,
]  # fmt: skip


@pytest.fixture
def trap(tmp_path):
    """A file that an escape would write, and a shell command that would write it."""
    target = tmp_path / "ran"
    return target, {"run": f"touch {target}", "path": str(target)}


@pytest.mark.parametrize("escape", ESCAPES, ids=lambda e: e[:30].replace("\n", " "))
def test_known_escapes_are_refused_and_run_nothing(escape, trap):
    target, names = trap
    for formula in (f"answer ~ model + {escape}", f"answer ~ {escape}"):
        with pytest.raises((InputError, SpecificationError)) as caught:
            fit_ordinal(
                formula.format(**names) if len(formula) < 500 else formula,
                DATA,
                engine="laplace",
                sampling=Sampling(draws=25),
            )
        assert caught.value.parameter in ("formula", "data")
    assert not target.exists()


@pytest.mark.parametrize(
    "escape", ["pd.io.common.os.system('{run}')", "__import__('os').system('{run}')", "open('{path}', 'w')"]
)
def test_no_other_field_of_a_regression_runs_code(escape, trap):
    target, names = trap
    code = escape.format(**names)
    for field in ("disc", "thresholds", "discrimination"):
        with pytest.raises(ValuestatsError):
            fit_ordinal(
                "answer ~ model", DATA, **{field: code}, engine="laplace", sampling=Sampling(draws=25)
            )
    for formula in (f"{code} ~ model", f"answer + {code} ~ model", f"answer ~ model ~ {code}", code):
        with pytest.raises(ValuestatsError):
            OrdinalSpec(formula)
    assert not target.exists()


def test_the_message_names_what_is_not_allowed_and_what_is():
    with pytest.raises(SpecificationError) as caught:
        OrdinalSpec("answer ~ model + pd.io.common.os.system('id')")
    said = str(caught.value)
    assert "a formula can't call pd.io.common.os.system()" in said
    for name in ("log()", "poly()", "offset()", "mo()", "C()"):
        assert name in said
    for formula, sign in (
        ("answer ~ x[0]", "'['"),
        ("answer ~ x %in% model", "'%in%'"),
        ("answer ~ x % model", "'%'"),
    ):
        with pytest.raises(SpecificationError, match="a formula has no") as caught:
            OrdinalSpec(formula)
        assert sign in str(caught.value)


def test_a_name_that_looks_like_code_is_only_ever_a_column(trap):
    """A column may be called anything; its name is looked up, never run."""
    target, names = trap
    name = "__import__('os').system('{run}')".format(**names)
    frame = DATA.assign(**{name: DATA["model"]})
    spec = OrdinalSpec(f"answer ~ `{name}`")
    assert spec.terms.columns == (name,)
    fit = fit_ordinal(spec.formula, frame, engine="laplace", sampling=Sampling(draws=25), seed=1)
    assert fit.estimates["term"].iloc[0] == f"{name}[b]"
    assert not target.exists()


def test_a_study_file_runs_nothing(tmp_path, trap):
    target, names = trap
    DATA.to_csv(tmp_path / "answers.csv", index=False)
    code = "pd.io.common.os.system('{run}')".format(**names)
    study = f"""
study: hostile
title: Hostile
seed: 1
steps:
  data: {{verb: read_table, path: {{file: answers.csv}}}}
  fit: {{verb: fit_ordinal, formula: "answer ~ model + {code}", data: "@data"}}
"""
    (tmp_path / "study.yml").write_text(study)
    with pytest.raises(ValuestatsError, match="can't call"):
        run_study(tmp_path / "study.yml", results=tmp_path / "results")
    assert not target.exists()


PIECES = st.sampled_from(
    ["x", "model", "item", "a.b", "`my col`", "1", "0", "2.5", "'t'", "Q('x')", "log(", "poly(", "bs(", "C(", "I(", "mo(",
     "cs(", "offset(", "(", ")", "|", "||", "+", "-", "*", "/", ":", "^", "**", ",", "=", "~", "%", "[", "]", ".", "$",
     "\n", " ", "lambda", "import", "é", "Sum", "Treatment("]
)  # fmt: skip
FACTORS = st.sampled_from(
    ["x", "model", "item", "a.b", "`my col`", "Q('a.b')", "log(I(x + 1))", "I(-x^2 / 3)", "sqrt(abs(x))", "poly(x, 2)",
     "C(model, Sum)", "C(item, Treatment('j'))", "bs(x, df=4)", "cr(x, df=3)", "scale(x)", "C(x)", "C(x, Poly)"]
)  # fmt: skip
SIDES = st.recursive(
    FACTORS,
    lambda inner: st.tuples(inner, st.sampled_from("+*/:-"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
    max_leaves=5,
)
GROUPS = st.tuples(
    SIDES, st.sampled_from(["|", "||"]), st.sampled_from(["item", "item:model", "item/`my col`"])
).map(lambda t: f"({t[0]}{t[1]}{t[2]})")
ALONE = st.one_of(
    GROUPS, st.sampled_from(["mo(x)", "offset(a.b)", "offset(log(x + 1))"]), SIDES.map("cs({})".format)
)


@settings(max_examples=500)
@given(st.one_of(st.lists(PIECES, max_size=14).map("".join), st.text(max_size=40)))
def test_any_text_is_read_or_refused_as_a_specification(text):
    try:
        terms = OrdinalSpec(f"answer ~ {text}").terms
    except SpecificationError:
        return
    assert all(isinstance(column, str) for column in terms.columns)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SIDES, st.lists(ALONE, max_size=2))
def test_what_is_read_is_built_or_refused_by_one_kind_of_error(side, alone):
    data = DATA.assign(**{"a.b": DATA["x"] ** 2.0, "my col": DATA["model"] + DATA["item"]})
    with contextlib.suppress(InputError, SpecificationError):
        design = build_effects(
            data, OrdinalSpec(" + ".join(["answer ~ " + side, *alone])), unidentified="warn"
        )
        assert all(
            np.isfinite(part).all()
            for part in (design.matrices.x, *design.matrices.z, design.matrices.offset)
        )
        assert len(set(design.names)) == len(design.names) == design.matrices.x.shape[1]
