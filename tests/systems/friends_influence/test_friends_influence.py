"""Friends' influence: the experiment read and fitted, the simulated friends recovered, the page's words."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from valuestats import opinion_dynamics, opinion_forecast
from valuestats.base.errors import InputError
from valuestats.ingest.datasets import available, fetch
from valuestats.opinions.panel import steps_of
from valuestats.systems.friends_influence.exposures import published_friends, read_exposures, stillness
from valuestats.systems.friends_influence.simulate import friends_recovery, simulated_friends, standin

PUBLISHED = Path(__file__).parents[3] / "analyses" / "friends_influence" / "published.csv"


@pytest.fixture
def written(tmp_path):
    for name, frame in standin(3).items():
        frame.to_csv(tmp_path / name, index=False)
    return tmp_path / "opinion_exposures.csv.gz"


def both(path, **options):
    return read_exposures(path, **options), read_exposures(path, part="ties")


def test_the_experiment():
    """People, questions and answers as the table has them; DeGroot's influence is a regression with clusters."""
    if not available("opinion_dynamics"):
        pytest.skip("opinion_dynamics is not at hand (VALUESTATS_LOCAL)")
    path = fetch("opinion_dynamics", download=False) / "long_tidy.csv"
    panel, ties = both(path)
    raw = pd.read_csv(path)
    first = panel[(panel["wave"] == 0) & (panel["person"] != "voice")]["opinion"].to_numpy()
    assert first.tolist() == raw["o0"].tolist()  # its own columns of signed opinions
    steps = steps_of(panel, ties)
    assert (len(steps), len(steps.units)) == (1092, 182)
    found = opinion_dynamics(
        panel, ties, rule="degroot", intervals="resampled", permutations=0
    ).estimates.iloc[0]
    raw["change"], raw["apart"] = raw["o1"] - raw["o0"], 10 * raw["exposure"] - raw["o0"]
    fit = smf.ols("change ~ apart - 1", raw).fit(cov_type="cluster", cov_kwds={"groups": raw["id"]})
    assert found["estimate"] == pytest.approx(fit.params.iloc[0])
    assert found["std_error"] == pytest.approx(fit.bse.iloc[0], rel=0.05)
    bounded = opinion_dynamics(panel, ties, intervals="resampled", replicates=300, permutations=0)
    told = bounded.meta["identifiability"]
    assert told["everybody"]
    assert told["parameters"][0]["status"] == "upper edge"
    foretold = opinion_forecast(panel, ties, rules=["degroot"], support_vector=False, replicates=50).estimates
    assert foretold["estimate"].iloc[0] == pytest.approx(np.mean((raw["o1"] - raw["o0"]) ** 2))
    table = stillness(panel).set_index("voice")
    assert table["changes"].to_dict() == {"other side": 572, "same side": 520}
    assert table["same"].sum() == (raw["o0"] == raw["o1"]).sum()
    assert table["turned"].sum() == (raw["s0"] != raw["s1"]).sum()


def test_simulated_friends_are_recovered():
    exact, error = (
        [simulated_friends(part=p, error=e, seed=5) for p in ("opinions", "ties")] for e in (0.0, 0.05)
    )
    fits = [
        opinion_dynamics(*exact, permutations=0),
        opinion_dynamics(*error, error=0.05, permutations=0),
        opinion_dynamics(*error, permutations=0),
    ]
    table = friends_recovery(*fits)
    assert len(table) == 6
    assert table["truth"].eq(0.3).all()
    assert table["held"][:4].all()


def test_the_standin_is_read_as_the_experiment(written):
    panel, ties = both(written)
    assert steps_of(panel, ties).asked == 360 == len(ties)
    half = read_exposures(written, conviction=5)
    assert set(half.loc[half["person"] == "voice", "opinion"]) == {-5.0, 5.0}
    assert stillness(panel)["changes"].sum() == 360


def test_nothing_is_computable():
    table = published_friends(PUBLISHED)
    assert set(table["verdict"]) == {"not computable"}
    assert table["published"].tolist() == [275, 0.00347]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: f.drop(columns="exposure"), "a column is missing"),
        (lambda f: f.assign(s0=3), "no such answer"),
        (lambda f: f.assign(c1=0), "no such answer"),
        (lambda f: f.assign(exposure=0), "no such answer"),
        (lambda f: pd.concat([f, f[:1]]), "asked twice"),
    ],
)
def test_bad_tables_are_named(written, change, says):
    change(pd.read_csv(written)).to_csv(written, index=False)
    with pytest.raises(InputError, match=says):
        read_exposures(written)
