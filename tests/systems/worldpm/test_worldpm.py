"""WorldPM's page: published laws come out again, the table's fault is found, simulated regimes are recovered."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuestats import compare_laws, power_law
from valuestats.base.errors import InputError
from valuestats.ingest.datasets import available, fetch
from valuestats.systems.worldpm.comparison import worldpm_comparison
from valuestats.systems.worldpm.moral import indifferent_chooser, moral_audit, read_moral_scaling
from valuestats.systems.worldpm.releases import read_scaling_losses, read_scaling_points
from valuestats.systems.worldpm.simulate import REGIMES, regime_recovery, simulate_regimes, standin

PUBLISHED = Path(__file__).parents[3] / "analyses" / "worldpm" / "published.csv"


def folder_of(name):
    if not available(name):
        pytest.skip(f"{name} is not at hand (VALUESTATS_LOCAL)")
    return fetch(name, download=False)


def moral():
    folder = folder_of("moral_scaling")
    return read_moral_scaling(folder / "takemoto2026_table_S1.csv", folder / "takemoto2026_table_S2.csv")


def test_published_laws_come_out_again():
    points = read_scaling_points(folder_of("powerlaw") / "chinchilla_svg_extracted_data.csv", drop=5)
    assert len(points) == 240
    huber = power_law(points, "loss", ["params", "tokens"], fit="huber", starts=40, replicates=0)
    likely = power_law(points, "loss", ["params", "tokens"], starts=20, replicates=0)
    table = moral()
    slope = power_law(table, "published", "size", floor=False, intervals="profile", starts=10)
    better = power_law(table, "distance", "size", floor=False, unit="family", starts=10, replicates=50)
    found = worldpm_comparison(PUBLISHED, huber, likely, slope, better)
    assert set(found["verdict"]) == {"reproduced"}
    # at the published parameters the loss is larger than at the optimum found here
    fit = huber.meta["fits"][0]
    assert fit["reached"] >= 35
    log_n, log_d = np.log(points["params"]), np.log(points["tokens"])
    f = np.logaddexp(0.59730, np.logaddexp(6.16913 - 0.34730 * log_n, 7.66988 - 0.36716 * log_d))
    r = np.abs(np.log(points["loss"]) - f)
    there = np.where(r <= 1e-3, r**2 / 2, 1e-3 * (r - 5e-4)).sum()
    assert fit["objective"] < there == pytest.approx(0.00101827, abs=1e-8)


def test_the_published_table_has_one_fault():
    table = moral()
    audit = moral_audit(table)
    assert audit[["model", "same_as"]].values.tolist() == [["Qwen3 32B", "QwQ 32B"]]
    assert audit["recomputed"].iloc[0] == pytest.approx(1.1466, abs=1e-4)
    chance = indifferent_chooser(table).set_index("group")
    assert chance["farther"].iloc[1:].sum() == chance.loc["all", "farther"]
    assert chance.loc["all", "indifferent"] == pytest.approx(1.14436, abs=1e-5)


def test_known_errors_are_read_from_intervals():
    path = folder_of("scaling_losses") / "mlfoundations_scaling_losses.csv"
    frame = read_scaling_losses(path)
    assert (len(frame), frame["model"].nunique(), frame["evaluation"].nunique()) == (832, 104, 8)
    assert read_scaling_losses(path, corpus="rpj")["model"].nunique() == 35
    with pytest.raises(InputError, match="no model of this corpus"):
        read_scaling_losses(path, corpus="nothing")


@pytest.mark.parametrize("seed", range(1))
def test_simulated_regimes_are_recovered(seed):
    found = compare_laws(
        simulate_regimes(families=12, seed=10 + seed),
        "loss",
        "size",
        unit="family",
        by="metric",
        starts=8,
        replicates=499,
    )
    table = regime_recovery(found)
    assert dict(zip(table["metric"], table["truth"], strict=True)) == REGIMES
    assert table["recovered"].all()


@pytest.fixture
def written(tmp_path):
    for name, frame in standin(3).items():
        frame.to_csv(tmp_path / name, index=False)
    return tmp_path


def test_the_standin_is_read_as_the_release(written):
    points = read_scaling_points(written / "chinchilla_svg_extracted_data.csv", drop=5)
    found = power_law(points, "loss", ["params", "tokens"], intervals="profile", starts=10).estimates
    truth = [1.8, np.log(480), 0.35, np.log(2100), 0.37]
    reach = 2 * (found["upper"] - found["lower"])
    assert (np.abs(found["estimate"] - truth) < reach).all()
    table = read_moral_scaling(written / "takemoto2026_table_S1.csv", written / "takemoto2026_table_S2.csv")
    assert moral_audit(table)["model"].tolist() == ["Kimi 5"]
    assert (
        read_scaling_losses(written / "mlfoundations_scaling_losses.csv")["error"].between(0.003, 0.03).all()
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s1, s2: (s1.assign(Size="large"), s2), "not a number"),
        (lambda s1, s2: (s1.assign(Model="Nobody 1"), s2), "no known family"),
        (lambda s1, s2: (s1[1:], s2), "different models"),
        (lambda s1, s2: (s1, s2.drop(columns="Human")), "a column is missing"),
    ],
)
def test_bad_tables_are_named(written, change, says):
    names = ["takemoto2026_table_S1.csv.gz", "takemoto2026_table_S2.csv.gz"]
    for name, frame in zip(names, change(*[pd.read_csv(written / n) for n in names]), strict=True):
        frame.to_csv(written / name, index=False)
    with pytest.raises(InputError, match=says):
        read_moral_scaling(*[written / n for n in names])
