"""Curves of stances: Gaussian conditionals by another route, walks of another library, planted defects, bad input."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats import stance_curve
from valuestats.base.errors import SpecificationError
from valuestats.drift.simulate import course, draw_stances
from valuestats.drift.smoothing import shrunk_covariance, smooth_shares

ASPECTS = {"monotone", "response", "effect"}


def table(topics=40, seed=1, **how):
    one = course(8, **{"refusals": (4.0, 4.0), **how})
    return draw_stances(one, np.random.default_rng(seed), topics=topics)


def against(result):
    return {r.aspect for r in result.verdict.reasons if r.sign != "sound"} & ASPECTS


@pytest.fixture(scope="module")
def jump():
    return stance_curve(table(), seed=1)


def yes_and_no(shares, noise, clusters, rng):
    """Shares of two stances and what independent clusters add to the error of each step."""
    parts = rng.normal(size=(clusters, len(shares)))
    parts -= parts.mean(axis=0)
    root = np.linalg.cholesky(np.linalg.inv(np.cov(parts, rowvar=False)))
    parts = parts @ root * noise / np.sqrt(clusters)
    return np.stack([shares, 1 - shares], axis=1), np.stack([parts, -parts], axis=2)


@pytest.mark.parametrize("walk", ["rw1", "rw2"])
def test_the_curve_is_that_of_the_kalman_smoother(walk):
    """Independent errors of one size: the local level (smooth trend) of statsmodels, the spread integrated out alike."""
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    from valuestats.latent.walks import walk_basis

    rng, n, noise, scale = np.random.default_rng(2), 12, 0.05, 0.25
    raw = 0.5 + 0.3 * np.tanh((np.arange(n) - 6) / 2) + rng.normal(0, noise, n)
    shares, influence = yes_and_no(raw, noise, 3000, rng)
    found = smooth_shares(
        shares, influence, np.arange(float(n)), walk=walk, scale=scale, draws=20_000, rng=rng
    )
    factor = walk_basis(walk, np.arange(float(n)))[1]
    kind = "llevel" if walk == "rw1" else "strend"
    grid = np.linspace(0.004, 1.5, 300)
    curve, error, log = [], [], []
    for spread in grid:
        # a spread of the coordinate (p - 1/2) * sqrt(2) is sqrt(2) as large as one of the share itself
        model = UnobservedComponents(raw, kind, use_exact_diffuse=True)
        one = model.smooth([noise**2, spread**2 / 2 / factor])
        curve.append(one.smoothed_state[0])
        error.append(one.smoothed_state_cov[0, 0])
        log.append(one.llf + stats.halfnorm.logpdf(spread, scale=scale))
    weight = np.exp(np.array(log) - max(log))
    weight /= weight.sum()
    mean = weight @ np.array(curve)
    variance = weight @ (np.array(error) + (np.array(curve) - mean) ** 2)
    np.testing.assert_allclose(found.shares[:, :, 0].mean(axis=0), mean, atol=0.05 * noise)
    np.testing.assert_allclose(found.shares[:, :, 0].std(axis=0), np.sqrt(variance), rtol=0.04)
    assert found.spread.mean() == pytest.approx(float(weight @ grid), rel=0.05)


def test_shares_add_up_in_every_draw(jump):
    drawn = jump.replicates()
    np.testing.assert_allclose(drawn.sum("stance").to_numpy(), 1.0, atol=1e-9)
    frame = jump.estimates
    assert frame.groupby("step")["estimate"].sum().to_numpy() == pytest.approx(1.0)
    raw = pd.crosstab(table()["step"].astype(str), table()["stance"], normalize="index")
    own = frame.pivot(index="step", columns="stance", values="raw")
    np.testing.assert_allclose(own.loc[raw.index, raw.columns], raw, atol=1e-12)


def test_the_level_is_that_of_the_raw_shares_though_common_errors_grow_with_the_share():
    # Peelle's puzzle: errors in common that are proportional to the shares would pull a joint least-squares curve below all
    # of them; scipy's own weights show it.
    rng = np.random.default_rng(5)
    at = np.linspace(0.4, 0.25, 10)
    clusters = rng.normal(1.0, 0.6, 15)[:, None] * at * np.exp(rng.normal(0, 0.02, (15, 10)))
    raw = clusters.mean(axis=0)
    parts = (clusters - raw) / 15
    v = parts.T @ parts * 15 / 14 + 1e-6 * np.eye(10)
    weights = np.linalg.solve(v, np.ones(10))
    assert weights @ raw / weights.sum() < raw.min()
    found = smooth_shares(
        np.stack([raw, 1 - raw], axis=1), np.stack([parts, -parts], axis=2), np.arange(10.0),
        walk="rw1", scale=0.25, draws=4000, rng=rng,
    )  # fmt: skip
    assert found.shares[:, :, 0].mean() == pytest.approx(raw.mean(), abs=0.005)
    assert np.abs(found.shares[:, :, 0].mean(axis=0) - raw).max() < 0.02


def test_the_covariance_of_many_clusters_is_theirs_and_that_of_few_is_shrunk():
    rng = np.random.default_rng(3)
    root = rng.normal(size=(6, 6))
    many, few = (rng.normal(size=(n, 6)) @ root.T / n for n in (20_000, 6))
    for parts, most in ((many, 0.02), (few, 1.0)):
        centred = (parts - parts.mean(axis=0)).reshape(len(parts), 3, 2)
        v, shrunk = shrunk_covariance(centred)
        assert shrunk <= most
        assert np.linalg.eigvalsh(v).min() > 0
    assert shrunk > 0.1
    np.testing.assert_allclose(
        shrunk_covariance((many - many.mean(axis=0)).reshape(-1, 3, 2))[0] * len(many),
        root @ root.T,
        atol=0.15,
    )


def test_the_curve_is_nearer_to_the_truth_than_the_raw_shares_where_nothing_moves():
    one = course(8, shift=(0, 0, 0))
    away = {"estimate": 0.0, "raw": 0.0}
    for seed in range(20):
        frame = stance_curve(
            draw_stances(one, np.random.default_rng(seed), topics=20), draws=200, seed=1
        ).estimates
        for column in away:
            wide = frame.pivot(index="place", columns="stance", values=column)[
                ["oppose", "neutral", "support"]
            ]
            away[column] += float(((wide - wide.mean()) ** 2).to_numpy().sum())
    assert away["estimate"] < 0.2 * away["raw"]


def test_monotone_curves_go_one_way_and_are_the_projection_of_the_smooth_ones(jump):
    from sklearn.isotonic import IsotonicRegression

    found = stance_curve(table(), monotone=True, seed=1)
    drawn, smooth = found.replicates().sel(stance="support"), jump.replicates().sel(stance="support")
    drawn, smooth = (d.transpose(..., "step").to_numpy() for d in (drawn, smooth))
    assert (np.diff(drawn, axis=1) >= -1e-12).all()
    for k in range(5):
        other = IsotonicRegression().fit_transform(np.arange(8), smooth[k])
        np.testing.assert_allclose(drawn[k], other, atol=1e-9)


def test_the_mean_stance_is_that_of_the_numbers():
    frame = table()
    numbers = frame.assign(
        stance=frame["stance"].map({"oppose": -1, "neutral": 0, "support": 1}).astype(object)
    )
    one = stance_curve(numbers, seed=1).estimates.set_index(["stance", "step"])
    other = stance_curve(
        frame, values={"oppose": -1, "neutral": 0, "support": 1}, seed=1
    ).estimates.set_index(["stance", "step"])
    mean = one.loc["mean stance"]["estimate"]
    np.testing.assert_allclose(mean, one.loc["1"]["estimate"] - one.loc["-1"]["estimate"], atol=1e-9)
    np.testing.assert_allclose(mean, other.loc["mean stance"]["estimate"], atol=1e-9)
    assert "mean stance" not in set(stance_curve(frame, draws=50).estimates["stance"])


def test_what_is_said_and_drawn(jump):
    assert jump.sentence().startswith("From 0 to 700 the smooth curve of “support” from ")
    drawn = jump.plot().to_dict()
    assert [layer["mark"]["type"] for layer in drawn["layer"]] == ["area", "line", "point"]
    two = pd.concat([table().assign(run="a"), table(seed=2, shift=(0, 0, 0)).assign(run="b")])
    both = stance_curve(two, by="run", seed=1, draws=500)
    assert both.keys == ("run", "stance", "step")
    assert both.plot().to_dict()["facet"]["field"] == "run"
    assert both.contrast("run", "a", "b").shape[0] == 24
    still = stance_curve(table(shift=(0, 0, 0), seed=2), seed=1)
    assert "can be told from no change" in still.sentence()


@pytest.mark.parametrize(
    ("how", "options", "aspects"),
    [
        ({"shift": (-2.0, -1.0, 3.0)}, {"monotone": True}, set()),
        ({"shift": (-2.0, -1.0, 3.0), "refusals": (4.0, 0.0)}, {}, {"response"}),
        (
            {"shift": (-2.0, -1.0, 3.0), "change": [0, 0, 0, 1.5, 2.2, 1.5, 0.8, 0.8]},
            {"monotone": True},
            {"monotone"},
        ),
        ({"shift": (0.0, 0.0, 0.0)}, {"monotone": True}, {"effect"}),
    ],
)
def test_a_planted_defect_fires_its_warning(how, options, aspects):
    data = table(topics=60, **how)
    data["stance"] = data["stance"].astype(object).where(data["stance"] != "neutral", "oppose")
    assert against(stance_curve(data, seed=1, **options)) == aspects


def test_no_change_at_all_and_a_stance_nobody_takes_at_first():
    items, at = (a.ravel() for a in np.indices((10, 5)))
    still = stance_curve(
        pd.DataFrame({"item": items, "step": at, "stance": np.where(items < 5, "a", "b")}), seed=1
    )
    assert still.estimates.loc[still.estimates["stance"] == "a", "estimate"].to_numpy() == pytest.approx(
        0.5, abs=0.05
    )
    late = pd.DataFrame(
        {"item": items, "step": at, "stance": np.where((at > 2) & (items % 3 == 0), "b", "a")}
    )
    found = stance_curve(late, seed=1).estimates
    assert found[["lower", "upper", "estimate"]].min().min() >= 0
    assert found[["lower", "upper", "estimate"]].max().max() <= 1


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda d: d[d["step"] < 300], {}, "too few steps"),
        (lambda d: d.assign(stance="a"), {}, "same stance"),
        (lambda d: d[d["cluster"].isin(["topic 01", "topic 02"])], {}, "too few clusters"),
        (lambda d: d.assign(step=d["step"] ** 2), {"smooth": "rw2"}, "evenly spaced"),
        (lambda d: d, {"values": {"oppose": 1}}, "no number"),
        (lambda d: d, {"spread": 0.0}, "positive"),
        (lambda d: d, {"smooth": "loess"}, "smooth"),
    ],
)
def test_what_has_no_curve_is_refused(change, options, message):
    with pytest.raises(SpecificationError, match=message):
        stance_curve(change(table(topics=6)), **options)


def test_uneven_steps_and_shares_of_answers():
    data = table(topics=20)
    data["step"] = data["step"] ** 2
    for smooth in ("rw1", "s"):
        assert stance_curve(data, smooth=smooth, draws=200).estimates["estimate"].notna().all()
    parts = pd.concat([data.assign(share=0.5), data.assign(share=0.3, stance="neutral")])
    assert stance_curve(parts, draws=200).estimates.groupby("step")["raw"].sum().to_numpy() == pytest.approx(
        1.0
    )


def test_a_contrast_of_two_steps_takes_the_draws_as_they_are():
    """They are of Student's t over the clusters already; eight topics would make them a fifth wider once more."""
    found = stance_curve(table(topics=8), seed=1)
    drawn = found.replicates().sel(stance=found.estimates["stance"].iloc[0])
    first, last = drawn["step"].to_numpy()[[0, -1]]
    own = (drawn.sel(step=last) - drawn.sel(step=first)).to_numpy()
    row = found.contrast("step", last, first).iloc[0]
    assert (row["lower"], row["upper"]) == pytest.approx(tuple(np.quantile(own, [0.025, 0.975])), abs=1e-12)
