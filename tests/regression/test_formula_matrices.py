"""Columns of formulas against R's `model.matrix` (tests/r/formulas.R) and, in their span, against patsy's."""

from pathlib import Path

import numpy as np
import pandas as pd
import patsy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuestats.base.errors import SpecificationError
from valuestats.regression.formula_matrix import encode
from valuestats.regression.formula_terms import read_sides

HERE = Path(__file__).parents[1] / "r"
DATA = pd.read_csv(HERE / "formula_data.csv").astype({"a": object, "b": object, "k": float})
KNOWN = pd.read_csv(HERE / "formula_matrices.csv")
ONCE = np.ones(len(DATA))


def matrix(formula, rows=DATA, weights=ONCE):
    encoder = encode(read_sides(f"y ~ {formula}").fixed, rows, weights)
    return encoder, encoder.matrix(rows)[:, 1:]


def in_order(columns):
    """Columns in an order that does not depend on how they are named."""
    rounded = np.round(columns, 7) + 0.0
    return columns[:, np.lexsort(rounded)]


@pytest.mark.parametrize("formula", KNOWN["formula"].unique())
def test_columns_are_those_of_r(formula):
    """In whichever order: R lets the first factor of a product vary fastest."""
    known = KNOWN[KNOWN["formula"] == formula].pivot(index="row", columns="column", values="value").to_numpy()
    found = matrix(formula)[1]
    assert found.shape == known.shape
    np.testing.assert_allclose(in_order(found), in_order(known), atol=2e-7)


@given(
    st.lists(
        st.sampled_from(["a", "b", "x", "z", "a:b", "a:x", "b:x", "a:b:x", "x:z", "a*b", "b/x"]),
        min_size=1,
        max_size=5,
    )
)
def test_columns_are_independent_and_span_what_patsy_spans(terms):
    formula = " + ".join(terms)
    found = np.column_stack([ONCE, matrix(formula)[1]])
    known = np.asarray(patsy.dmatrix(formula, DATA))
    rank = np.linalg.matrix_rank(known)
    assert found.shape[1] == np.linalg.matrix_rank(found) == rank
    assert np.linalg.matrix_rank(np.column_stack([found, known])) == rank


def test_a_natural_spline_spans_that_of_patsy_and_is_straight_beyond_its_knots():
    encoder, found = matrix("cr(x, df=3)")
    knots = np.quantile(DATA["x"], [0, 1 / 3, 2 / 3, 1])
    known = np.asarray(
        patsy.dmatrix("cr(x, knots=inner, lower_bound=low, upper_bound=high) - 1",
                      {"x": DATA["x"], "inner": knots[1:-1], "low": knots[0], "high": knots[-1]})
    )  # fmt: skip
    both = np.column_stack([ONCE, found, known])
    assert np.linalg.matrix_rank(both) == np.linalg.matrix_rank(known) == found.shape[1] + 1
    beyond = encoder.matrix(pd.DataFrame({"x": knots[-1] + np.arange(4.0)}))
    np.testing.assert_allclose(np.diff(beyond, n=2, axis=0), 0.0, atol=1e-12)


@pytest.mark.parametrize("formula", ["scale(x)", "poly(x, 2)", "bs(x, df=5)", "cr(x, df=3)", "center(x)"])
def test_counting_answers_into_cells_changes_no_column(formula):
    repeats = np.arange(len(DATA)) % 3 + 1
    long = DATA.loc[DATA.index.repeat(repeats)].reset_index(drop=True)
    one = matrix(formula, long, np.ones(len(long)))[1]
    two = matrix(formula, DATA, repeats.astype(float))[1]
    np.testing.assert_allclose(one, np.repeat(two, repeats, axis=0), atol=1e-9)


@pytest.mark.parametrize(
    "formula", ["scale(x)*a", "poly(x, 3)", "bs(x, df=4)", "cr(x, df=4)", "C(k)", "log(z)"]
)
def test_new_rows_are_treated_as_the_fitted_ones_were(formula):
    encoder, found = matrix(formula)
    some = DATA.iloc[[5, 40, 7]].reset_index(drop=True)
    np.testing.assert_array_equal(encoder.matrix(some)[:, 1:], found[[5, 40, 7]])


def test_names_say_function_column_and_level():
    assert matrix("C(a, Sum)*x")[0].names[1:] == (
        "C(a, Sum)[p]", "C(a, Sum)[q]", "x", "C(a, Sum)[p]:x", "C(a, Sum)[q]:x",
    )  # fmt: skip
    assert matrix("C(k,Treatment(reference=2))")[0].names[1:4] == tuple(
        f"C(k, Treatment(reference=2))[{level}]" for level in (1, 3, 4)
    )
    assert matrix("poly(x,2):b")[0].names[1:] == (
        "poly(x, 2)[0]:b[u]", "poly(x, 2)[0]:b[v]", "poly(x, 2)[1]:b[u]", "poly(x, 2)[1]:b[v]",
    )  # fmt: skip


def test_columns_of_any_name_can_be_named():
    odd = DATA.rename(columns={"a": "my model", "x": "effort.ms", "z": "a+b`s"[:3]})
    formula = "`my model`*effort.ms + log(`a+b`)"
    again = "Q('my model')*Q('effort.ms') + log(Q('a+b'))"
    assert read_sides(f"`the answer` ~ {formula}").columns == ("my model", "effort.ms", "a+b")
    for written in (formula, again):
        np.testing.assert_array_equal(matrix(written, odd)[1], matrix("a*x + log(z)")[1])
    assert matrix(formula, odd)[0].names[1] == "my model[q]"


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("log(x)", "no finite number"),
        ("sqrt(x)", "no finite number"),
        ("I(1 / (x - x))", "no finite number"),
        ("log(a)", "holds labels"),
        ("poly(k, 4)", "too few distinct values"),
        ("bs(k, df=9)", "too few distinct values"),
        ("scale(I(0 * x))", "does not vary"),
        ("C(a, Treatment('no'))", "reference is no level"),
        ("C(a, Poly)", "levels that are numbers"),
    ],
)
def test_what_the_data_do_not_allow_is_refused(formula, said):
    with pytest.raises(SpecificationError, match=said):
        matrix(formula)
