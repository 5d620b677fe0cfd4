"""Multilevel regression and poststratification on simulated populations whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from valuestats.alignment.poststratification import as_population, poststratified_shares
from valuestats.base.errors import SpecificationError
from valuestats.latent.likelihoods.shares import multilevel_shares
from valuestats.latent.sampling import Sampling
from valuestats.results.result import Result


def population_cells(seed, levels=(4, 5, 2)):
    """Cells with counts, and their true shares of three options."""
    rng = np.random.default_rng(seed)
    cells = np.stack(np.meshgrid(*[range(n) for n in levels], indexing="ij"), -1).reshape(-1, len(levels))
    logits = rng.normal(0, 0.6, 3) + sum(
        rng.normal(0, sd, (levels[f], 3))[cells[:, f]] for f, sd in enumerate((0.6, 0.3, 0.2))
    )
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    frame = pd.DataFrame(cells, columns=["region", "age", "sex"]).astype(str)
    return frame.assign(count=rng.gamma(1.0, 1000, len(frame)).round() + 1), shares


def survey(frame, shares, size, seed, chance=None):
    rng = np.random.default_rng(seed)
    p = frame["count"] if chance is None else frame["count"] * chance
    cell = rng.choice(len(frame), size, p=p / p.sum())
    option = np.array([rng.choice(3, p=shares[c]) for c in cell])
    people = frame[["region", "age", "sex"]].iloc[cell].reset_index(drop=True)
    return people.assign(
        respondent=range(size), question="q", option=np.array(["a", "b", "c"])[option], position=option
    )


def test_small_cells_are_closer_to_the_truth_than_their_own_respondents_and_covered():
    inside, smoothed, raw = [], [], []
    for seed in range(2):
        frame, shares = population_cells(seed)
        table = poststratified_shares(
            survey(frame, shares, 500, 100 + seed),
            ["region", "age", "sex"],
            frame,
            sampling=Sampling(draws=400),
            seed=seed,
        ).estimates
        truth = pd.DataFrame(
            shares, index=frame[["region", "age", "sex"]].agg(" × ".join, axis=1), columns=list("abc")
        )
        true = np.array([truth.loc[g, o] for g, o in zip(table["group"], table["option"], strict=True)])
        inside.append(((table["lower"] <= true) & (true <= table["upper"])).mean())
        seen = table["direct"].notna().to_numpy()
        smoothed.append(((table["estimate"] - true)[seen] ** 2).mean())
        raw.append(((table["direct"] - true)[seen] ** 2).mean())
    assert np.sqrt(np.mean(smoothed)) < 0.5 * np.sqrt(np.mean(raw))
    assert np.mean(inside) > 0.9


def test_poststratification_undoes_a_sample_of_the_wrong_people():
    # The least typical region answers ten times too often: the sample's mean is off, the poststratified is not.
    frame, shares = population_cells(11)
    weight = frame["count"].to_numpy() / frame["count"].sum()
    truth = weight @ shares
    inner = {r: (w := weight * (frame["region"] == r)) @ shares / w.sum() for r in set(frame["region"])}
    odd = max(inner, key=lambda r: np.abs(inner[r] - truth).max())
    sample = survey(frame, shares, 3000, 12, np.where(frame["region"] == odd, 10.0, 1.0))
    fit = poststratified_shares(
        sample.assign(all="everybody"),
        ["all", "region", "age"],
        frame.assign(all="everybody").groupby(["all", "region", "age"], as_index=False)["count"].sum(),
        by=["all"],
        interactions=False,
        sampling=Sampling(draws=600),
    )
    table = fit.estimates
    assert np.abs(table["direct"] - truth).max() > 0.05
    assert np.abs(table["estimate"] - truth).max() < 0.03
    assert ((table["lower"] < truth) & (truth < table["upper"])).all()


def test_large_cells_keep_their_own_shares_and_equal_cells_are_pooled():
    counts = np.array([[4000.0, 6000.0], [9000.0, 1000.0]])
    found = multilevel_shares(counts, np.array([[0], [1]]), 400, np.random.default_rng(0))
    assert found.draws.mean(axis=0)[:, 0] == pytest.approx([0.4, 0.9], abs=0.01)
    assert found.draws.std(axis=0)[0, 0] == pytest.approx(np.sqrt(0.4 * 0.6 / 10_000), rel=0.2)
    alike = multilevel_shares(
        np.tile([[3.0, 7.0]], (30, 1)), np.arange(30)[:, None], 400, np.random.default_rng(0)
    )
    assert alike.draws.std(axis=0)[:, 0].mean() < 0.5 * np.sqrt(0.3 * 0.7 / 10)


def test_without_factors_it_is_the_multinomial_posterior():
    found = multilevel_shares(
        np.array([[30.0, 70.0]]), np.zeros((1, 0), dtype=int), 4000, np.random.default_rng(1)
    )
    assert found.draws[:, 0, 0].mean() == pytest.approx(0.3, abs=0.01)
    assert found.draws[:, 0, 0].std() == pytest.approx(np.sqrt(0.3 * 0.7 / 100), rel=0.08)


def test_unseen_cells_are_predicted_with_wide_intervals_and_the_result_is_a_population(tmp_path):
    frame, shares = population_cells(3)
    sample = survey(frame, shares, 400, 4)
    sample = sample[~((sample["region"] == "1") & (sample["age"] == "2"))]
    result = poststratified_shares(sample, ["region", "age", "sex"], frame, sampling=Sampling(draws=400))
    table = result.estimates
    unseen = table[table["n_scored"] == 0]
    assert unseen["direct"].isna().all()
    assert {"1 × 2 × 0", "1 × 2 × 1"} <= set(unseen["group"])
    assert table.groupby("group")["estimate"].sum().to_numpy() == pytest.approx(1.0)
    shown = as_population(result).frame
    assert shown.groupby("group")["n"].first()["1 × 2 × 0"] < 60
    pd.testing.assert_frame_equal(Result.load(result.save(tmp_path / "r")).estimates, table)


def test_what_can_not_be_poststratified_is_refused():
    frame, shares = population_cells(5)
    sample = survey(frame, shares, 50, 6)
    factors = ["region", "age", "sex"]
    for wrong, message in (
        (frame.drop(columns="count"), "lacks a column"),
        (pd.concat([frame, frame]), "stands twice"),
        (frame[frame["region"] != "0"], "no cell"),
        (frame.assign(count=-1), "no counts"),
    ):
        with pytest.raises(SpecificationError, match=message):
            poststratified_shares(sample, factors, wrong)
    with pytest.raises(SpecificationError, match="two options"):
        poststratified_shares(sample.assign(option="a"), factors, frame)
    with pytest.raises(SpecificationError, match="made of factors"):
        poststratified_shares(sample, factors, frame, by=["income"])
    with pytest.raises(SpecificationError):
        multilevel_shares(np.zeros((2, 2)), np.array([[0], [1]]), 10, np.random.default_rng(0))
