"""Simulated people of the personality inventory: what the documentation says of them is in their answers."""

import numpy as np

from valuestats.instruments import load_instrument
from valuestats.systems.big_five.simulate import CORRELATION, simulate_inventory


def test_traits_correlate_as_said_and_reversed_items_run_against_theirs():
    people = simulate_inventory(6000, seed=3)
    keys = load_instrument("bfi25").keys().set_index("item")
    items = people[list(keys.index)].astype(float)
    assert abs(items.isna().to_numpy().mean() - 0.02) < 0.002
    assert set(np.unique(items.to_numpy()[~items.isna().to_numpy()])) == {1, 2, 3, 4, 5, 6}
    r = items.corr()
    for _, own in keys.groupby("dimension"):
        signs = np.where(own["reversed"], -1, 1)
        within = r.loc[own.index, own.index].to_numpy() * np.outer(signs, signs)
        assert (within > 0.2).all()
    turned = items.assign(**{name: 7 - items[name] for name in keys.index[keys["reversed"]]})
    sums = turned.T.groupby(keys["dimension"]).mean().T
    # Correlation of sums over the root of the reliabilities: that of the traits (Spearman 1904).
    alpha = {}
    for name, own in keys.groupby("dimension"):
        mean = turned[own.index].corr().to_numpy()[np.triu_indices(5, 1)].mean()
        alpha[name] = 5 * mean / (1 + 4 * mean)
    seen = sums.corr().to_numpy() / np.sqrt(np.outer([alpha[n] for n in sums], [alpha[n] for n in sums]))
    # Ten correlations with standard errors of some .015.
    assert np.abs(seen[np.triu_indices(5, 1)] - CORRELATION).max() < 0.06


def test_the_codes_of_gender_differ_in_nothing():
    people = simulate_inventory(6000, seed=3)
    means = people.astype(float).groupby("gender").mean()
    # 25 differences of means of 3,000 answers with standard deviation 1.5 each: standard error .04.
    assert np.abs(np.diff(means.to_numpy(), axis=0)).max() < 0.16
