"""Route choices: published estimates come out again, bad tables are named, classes of travellers are found."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.discrete.conditional_models import ConditionalLogit

from valuestats import choice_classes, feature_weights
from valuestats.base.errors import InputError
from valuestats.ingest.datasets import available, fetch
from valuestats.systems.value_systems.routes import (
    FEATURES,
    class_values_of_time,
    read_routes,
    routes_comparison,
)
from valuestats.systems.value_systems.simulate import CLASSES, SHARE, simulate_routes

PUBLISHED = Path(__file__).parents[3] / "analyses" / "value_systems" / "published.csv"
NAMES = list(FEATURES.values())


@pytest.fixture(scope="module")
def routes():
    if not available("value_systems"):
        pytest.skip("value_systems is not at hand (VALUESTATS_LOCAL)")
    return read_routes(fetch("value_systems", download=False) / "apolloDataset.csv")


def test_published_estimates_come_out_again(routes):
    found = feature_weights(routes, NAMES, unit="person")
    assert set(routes_comparison(PUBLISHED, found)["verdict"]) == {"reproduced"}
    assert (found.estimates["n_units"] == 388).all()
    frame = routes.frame
    theirs = ConditionalLogit(
        (frame["rank"] == 1).fillna(False).astype(int), frame[NAMES].astype(float), groups=frame["choice"]
    ).fit(disp=False)
    assert found.meta["log_likelihood"] == pytest.approx(theirs.llf, abs=1e-4)
    assert found.estimates["estimate"].to_numpy() == pytest.approx(theirs.params.to_numpy(), rel=1e-3)


def test_estimates_and_errors_agree_with_r(routes):
    """R's survival::clogit, with persons as clusters (tests/r/routes.R)."""
    beta = [-0.05977052868, -0.13181519422, -0.03745079024, -1.15206963742]
    plain = [0.004257151449, 0.013505560573, 0.001847716598, 0.043419186515]
    clustered = [0.006733386329, 0.023607164199, 0.002314364403, 0.061293650935]
    for unit, errors in ((None, plain), ("person", np.array(clustered) * np.sqrt(388 / 387))):
        found = feature_weights(routes, NAMES, unit=unit)
        assert found.meta["log_likelihood"] == pytest.approx(-1665.68849688, abs=1e-7)
        assert found.estimates["estimate"].to_numpy() == pytest.approx(beta, rel=1e-7)
        assert found.estimates["std_error"].to_numpy() == pytest.approx(errors, rel=1e-6)


def test_two_classes_of_travellers(routes):
    found = choice_classes(routes, NAMES, unit="person", starts=12, replicates=0, seed=3)
    assert found.meta["log_likelihood"] == pytest.approx(-1552.53, abs=0.01)
    assert len(found.meta["optima"]) > 1  # one start may end elsewhere


def test_the_simulated_classes_are_found(tmp_path):
    path = tmp_path / "routes.csv"
    simulate_routes(people=200, seed=2).to_csv(path, index=False)
    found = choice_classes(read_routes(path), NAMES, unit="person", starts=8, replicates=40)
    table = class_values_of_time(found)
    truth = [60 * w[0] / w[1] for w in CLASSES.values()]
    assert table["share"].iloc[0] == pytest.approx(SHARE, abs=0.1)
    assert ((table["lower"] < truth) & (truth < table["upper"])).all()
    assert (table["undefined"] < 0.2).all()


@pytest.mark.parametrize(
    ("change", "says", "row"),
    [
        (lambda f: f.assign(tt1=f["tt1"].astype(object).where(f.index != 2, "long")), "not a number", 2),
        (lambda f: f.assign(choice=f["choice"].where(f.index != 3, 3)), "1 or 2", 3),
        (lambda f: f.drop(columns="ch2"), "a column is missing", None),
    ],
)
def test_bad_tables_are_named(tmp_path, change, says, row):
    path = tmp_path / "routes.csv"
    pd.DataFrame(change(simulate_routes(people=2))).to_csv(path, index=False)
    with pytest.raises(InputError, match=says) as caught:
        read_routes(path)
    assert caught.value.row == row


def test_features_are_those_of_the_file(tmp_path):
    path = tmp_path / "routes.csv"
    made = simulate_routes(people=3)
    made.to_csv(path, index=False)
    frame = read_routes(path).frame
    second = frame[frame["option"] == "route 2"].set_index("choice")["travel cost"]
    assert np.asarray(second, dtype=float) == pytest.approx(made["tc2"].to_numpy(dtype=float))
