"""Predictive checks of choice models: shares counted by hand, and a planted misfit."""

import numpy as np
import pandas as pd
import pytest
from test_choice_strengths import rankings

from valuestats import fit_choice, pair_choices


def pairs(counts):
    """Choices of pairs from ``(first, second): (wins of the first, wins of the second)``."""
    rows = [
        {"option_a": a, "option_b": b, "winner": w, "item": f"{a}{b}{k}"}
        for (a, b), (one, two) in counts.items()
        for w, times in ((a, one), (b, two))
        for k in range(times)
    ]
    return pair_choices(pd.DataFrame(rows))


def test_shares_are_those_counted_by_hand_and_a_right_model_makes_them_again():
    fit = fit_choice(
        "utility ~ 0 + option",
        pairs({("a", "b"): (30, 10), ("b", "c"): (25, 15), ("a", "c"): (32, 8)}),
        seed=1,
    )
    found = fit.pp_check(seed=2)
    table = found.estimates.set_index("option")
    assert table.loc["a", "observed"] == pytest.approx(62 / 80)
    assert table.loc["b", "observed"] == pytest.approx(35 / 80)
    assert table["n_scored"].tolist() == [80] * 3
    assert not table["outside"].any()
    np.testing.assert_allclose(table["observed"] - table["replicated"], table["estimate"])
    assert "the model fits" in found.sentence()
    assert found.plot().to_dict()["vconcat"]


def test_a_cycle_is_a_misfit():
    """a beats b beats c beats a: no utilities make that, though each option's share is met."""
    fit = fit_choice(
        "utility ~ 0 + option",
        pairs({("a", "b"): (90, 10), ("b", "c"): (90, 10), ("c", "a"): (90, 10)}),
        seed=1,
    )
    found = fit.pp_check(seed=2)
    assert found.meta["p_value"] < 0.01
    assert "does not fit (p < 0.001" in found.sentence()
    assert not found.estimates["outside"].any()


def test_rankings_have_their_first_places():
    fit = fit_choice("utility ~ 0 + option", rankings("salad"), engine="ml")
    found = fit.pp_check()
    assert found.estimates["interval"].unique().tolist() == ["Wald, simulated"]
    assert (found.estimates["observed"] - found.estimates["replicated"]).abs().max() < 0.1
