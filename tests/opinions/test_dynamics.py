"""Opinion dynamics: against naive loops, least squares, closed forms of normal variables, and simulated truth."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.optimize import differential_evolution

from valuestats import opinion_dynamics, simulate_ego_networks, simulate_opinions
from valuestats.base.errors import InputError, SpecificationError
from valuestats.opinions import profile
from valuestats.opinions.identified import separate
from valuestats.opinions.measured import noisy
from valuestats.opinions.measured_first import _given
from valuestats.opinions.panel import steps_of
from valuestats.opinions.rules import ranged

BOUNDED = ("bounded_confidence", "deffuant", "hegselmann_krause")


def move(rule, d, w, bound, strength):
    """One person's move, as the definitions say it."""
    near = np.abs(d) <= bound
    if rule == "deffuant":
        return strength * (w * d)[near].sum() / w.sum()
    if rule == "hegselmann_krause":
        return (w * d)[near].sum() / (1 + w[near].sum())
    return strength * (w * d)[near].sum() / w[near].sum() if near.any() else 0.0


def loss(rule, steps, bound, strength):
    total = 0.0
    for i in range(len(steps)):
        own = slice(steps.start[i], steps.start[i + 1])
        moved = move(rule, steps.others[own] - steps.now[i], steps.weight[own], bound, strength)
        total += (steps.then[i] - steps.now[i] - moved) ** 2
    return total


@pytest.fixture(scope="module")
def small():
    panel, ties = simulate_ego_networks(people=25, friends=4, seed=3)
    return panel, ties.assign(weight=np.random.default_rng(0).integers(1, 4, len(ties)))


@pytest.mark.parametrize("rule", BOUNDED)
def test_the_likelihood_at_each_distance_is_that_of_a_plain_loop(small, rule):
    steps = steps_of(*small)
    own = ranged(rule, None, float(np.abs(steps.apart).max()))
    found = profile.stretches(own, steps)
    best = profile.best(own, found.squares, found.products, found.total)
    for k in range(0, len(found.low), 7):
        assert best.residual[k] == pytest.approx(
            loss(rule, steps, found.middle[k], best.strength[k]), rel=1e-9
        )
    searched = differential_evolution(
        lambda theta: loss(rule, steps, *theta),
        [own.shapes, (-1, 1)],
        rng=1,
        maxiter=80,
        popsize=20,
        tol=1e-8,
        polish=False,
    )
    assert best.residual.min() <= searched.fun * (1 + 1e-9)  # no search finds better
    assert best.residual.min() == pytest.approx(searched.fun, rel=0.02)


def test_degroot_is_least_squares_through_the_origin(small):
    steps = steps_of(*small)
    fit = sm.OLS(steps.then - steps.now, steps.mean_of_others - steps.now).fit()
    for intervals, tolerance in (("profile", 1e-9), ("posterior", 0.01)):
        found = opinion_dynamics(
            *small, rule="degroot", intervals=intervals, draws=40_000, permutations=0
        ).estimates
        assert found["estimate"].iloc[0] == pytest.approx(fit.params[0], rel=1e-9)
        ends = found[["lower", "upper"]].to_numpy()[0]
        assert ends == pytest.approx(fit.conf_int()[0], abs=tolerance)


@pytest.mark.parametrize("rule", BOUNDED)
def test_posterior_draws_are_those_of_a_fine_grid(small, rule):
    steps = steps_of(*small)
    own = ranged(rule, None, float(np.abs(steps.apart).max()))
    found = profile.stretches(own, steps)
    bounds = np.linspace(*own.shapes, 1501)[:-1] + own.shapes[1] / 3000
    at = np.searchsorted(found.low, bounds, side="right") - 1
    strengths = np.linspace(-1, 1, 401) if own.strength else np.ones(1)
    gg, gr = found.squares[at][:, None], found.products[at][:, None]
    log = -found.n / 2 * np.log(found.total - 2 * strengths * gr + strengths**2 * gg)
    mass = np.exp(log - log.max())
    mass /= mass.sum()
    drawn = profile.posterior_draws(own, found, 40_000, np.random.default_rng(2))
    marginal = mass.sum(axis=1)
    mean, sd = marginal @ bounds, np.sqrt(marginal @ bounds**2 - (marginal @ bounds) ** 2)
    assert drawn[:, 0].mean() == pytest.approx(mean, abs=5 * sd / 200 + 1e-3)
    assert drawn[:, 0].std() == pytest.approx(sd, rel=0.05)
    if own.strength:
        assert drawn[:, 1].mean() == pytest.approx(mass.sum(axis=0) @ strengths, abs=0.01)


def test_a_bound_has_the_limit_of_a_threshold():
    """Hansen (2000), Table 1: 7.35 at 95%, 5.94 at 90%, 10.59 at 99%."""
    rule = ranged("deffuant", None, 1.0)
    found = [profile.critical(rule, level, 100, True) for level in (0.9, 0.95, 0.99)]
    assert found == pytest.approx([5.94, 7.35, 10.59], abs=0.005)
    t = stats.t.ppf(0.975, 98)
    assert profile.critical(rule, 0.95, 100, False) == pytest.approx(100 * np.log(1 + t**2 / 98))


def test_true_opinions_are_shrunk_as_normal_variables_are():
    """Against the conditional mean and covariance of a joint normal, written out with matrices."""
    panel, ties = simulate_ego_networks(people=400, friends=5, error=0.1, seed=4)
    steps = steps_of(panel, ties)
    own = noisy(ranged("degroot", None, 2.0), steps, 0.1, np.random.default_rng(0))
    x_mean, x_var, g_mean, g_var, both = own.moments(np.zeros(1))
    size = np.diff(steps.start) + 1
    within = 0.1**2 / (1 - own.keep) - 0.1**2
    i = int(size.argmax())
    j = size[i]
    between = (own.shrink[i] * (within + 0.01) - within) / (j * (1 - own.shrink[i]))
    true = between * np.ones((j, j)) + within * np.eye(j)
    seen = true + 0.01 * np.eye(j)
    measured = np.r_[steps.now[i], steps.others[steps.start[i] : steps.start[i + 1]]]
    mean = own.centre + true @ np.linalg.solve(seen, measured - own.centre)
    cov = true - true @ np.linalg.solve(seen, true)
    turn = np.vstack([np.eye(j)[0], np.r_[-1.0, np.full(j - 1, 1 / (j - 1))]])
    expected, spread = turn @ mean, turn @ cov @ turn.T
    assert [x_mean[i], g_mean[i, 0]] == pytest.approx(
        expected, abs=1e-9
    )  # antithetic draws: exact where linear
    rough = {"rel": 0.5, "abs": 1e-4}  # 64 draws
    assert [x_var[i], g_var[i, 0], both[i, 0]] == pytest.approx(
        [spread[0, 0], spread[1, 1], spread[0, 1]], **rough
    )
    # truth of the simulation: between .2 * .2**2, within .8 * .2**2
    assert [between, within] == pytest.approx([0.008, 0.032], rel=0.25)


def test_a_negligible_error_changes_nothing():
    panel, ties = simulate_ego_networks(people=200, seed=5)
    exact = opinion_dynamics(panel, ties, intervals="profile", permutations=0).estimates
    nearly = opinion_dynamics(panel, ties, error=1e-5, intervals="profile", permutations=0).estimates
    assert nearly["estimate"].to_numpy() == pytest.approx(exact["estimate"].to_numpy(), abs=0.01)
    assert nearly[["lower", "upper"]].to_numpy() == pytest.approx(
        exact[["lower", "upper"]].to_numpy(), abs=0.02
    )


def test_known_error_takes_away_what_looks_like_influence():
    """Mean of six studies: least squares is off by the error's share, the corrected fit is not."""
    naive, carried = [], []
    for seed in range(6):
        panel, ties = simulate_ego_networks(rule="degroot", influence=0.3, error=0.08, seed=seed)
        options = {"rule": "degroot", "permutations": 0, "draws": 100}
        naive.append(opinion_dynamics(panel, ties, **options).estimates["estimate"].iloc[0])
        carried.append(opinion_dynamics(panel, ties, error=0.08, **options).estimates["estimate"].iloc[0])
    assert np.mean(naive) > 0.36
    assert np.mean(carried) == pytest.approx(0.3, abs=0.03)


FJ = {"rule": "friedkin_johnsen", "susceptibility": 0.8, "self_weight": 0.6, "waves": 4, "noise": 0.03}


def test_known_error_gives_friedkin_and_johnsens_parameters_back():
    """Mean of five studies: taken as exact, errors of first and present opinion look like a pull to the first."""
    naive, carried = [], []
    for seed in range(5):
        panel, ties = simulate_ego_networks(**FJ, error=0.05, seed=seed)
        options = {"rule": "friedkin_johnsen", "permutations": 0, "draws": 100}
        for found, error in ((naive, None), (carried, 0.05)):
            fit = opinion_dynamics(panel, ties, error=error, **options).estimates.set_index("parameter")
            found.append(fit.loc[["susceptibility", "self-weight"], "estimate"].tolist())
    assert np.mean(naive, axis=0)[0] < 0.74
    assert np.mean(naive, axis=0)[1] < 0.5
    assert np.mean(carried, axis=0) == pytest.approx([0.8, 0.6], abs=0.05)


def test_a_negligible_error_changes_nothing_in_friedkin_and_johnsens_rule():
    panel, ties = simulate_ego_networks(**FJ, seed=7)
    fits = [
        opinion_dynamics(
            panel, ties, rule="friedkin_johnsen", error=e, intervals="profile", permutations=0
        ).estimates
        for e in (None, 1e-5)
    ]
    for columns in (["estimate"], ["lower", "upper"]):
        assert fits[1][columns].to_numpy() == pytest.approx(fits[0][columns].to_numpy(), abs=0.01)


def test_true_opinions_given_measured_ones_are_their_regression():
    """Least squares of simulated true numbers on measured ones, and what it leaves over."""
    rng = np.random.default_rng(8)
    n, error, share = 40_000, 0.5, 0.25
    root = rng.normal(size=(3, 3))
    friends = rng.normal(size=(n, 4))  # four of each, alike in what `root` gives the third
    true = rng.normal(size=(n, 3)) @ root.T + 2.0
    others = true[:, [2]] + friends
    true[:, 2] = others.mean(axis=1)
    noise = error * rng.normal(size=(n, 2))
    measured = others + error * rng.normal(size=(n, 4))
    seen = np.column_stack([true[:, :2] + noise, measured.mean(axis=1)])
    within = float(((measured - measured.mean(axis=1, keepdims=True)) ** 2).sum() / (3 * n))
    mean, left, keep = _given(seen, np.full(n, share), within, error)
    x = np.column_stack([np.ones(n), seen])
    coefficients = np.linalg.lstsq(x, true, rcond=None)[0]
    fitted = x @ coefficients
    assert np.abs(mean - fitted).max() < 0.1 * true.std()
    assert np.sqrt(((mean - fitted) ** 2).mean()) < 0.01 * true.std()
    np.testing.assert_allclose(left[0], np.cov(true - fitted, rowvar=False), atol=0.01)
    assert keep == pytest.approx(true[:, 1].var() / seen[:, 1].var(), rel=0.02)


def test_two_waves_do_not_tell_stubbornness_from_habit():
    first, ties = simulate_ego_networks(people=200, seed=6)
    first = first[first["wave"] == 0].drop(columns="wave")
    truth = {"susceptibility": 0.6, "self_weight": 0.5}
    panel = simulate_opinions(first, ties, rule="friedkin_johnsen", **truth, waves=6, noise=0.02, seed=6)
    short = opinion_dynamics(panel[panel["wave"] < 2], ties, rule="friedkin_johnsen", permutations=19)
    assert {r.aspect for r in short.verdict.reasons if r.sign != "sound"} >= {"alike", "identified"}
    assert "can't be told apart" in short.sentence()
    long = opinion_dynamics(panel, ties, rule="friedkin_johnsen", permutations=0)
    assert not long.meta["identifiability"]["alike"]
    rows = long.estimates.set_index("parameter")
    for name, value in (("susceptibility", 0.6), ("self-weight", 0.5)):
        assert rows.loc[name, "lower"] < value < rows.loc[name, "upper"]


def only(result):
    return {(r.aspect, r.sign) for r in result.verdict.reasons if r.sign != "sound"}


def test_planted_defects_make_their_warning_fire():
    sound = opinion_dynamics(*simulate_ego_networks(seed=7), permutations=99)
    assert only(sound) == set()
    assert sound.verdict.sign == "sound"
    still = opinion_dynamics(*simulate_ego_networks(seed=7, influence=0.0), rule="degroot", permutations=99)
    assert only(still) == {("effect", "none")}
    assert still.sentence().startswith("No finding by DeGroot: own friends explain no more")
    panel, ties = simulate_ego_networks(seed=7)
    narrow = opinion_dynamics(panel, ties, bounds={"confidence bound": (0.0, 0.3)}, permutations=99)
    assert ("identified", "care") in only(narrow)
    everybody = opinion_dynamics(*simulate_ego_networks(seed=7, confidence=9.0), permutations=99)
    assert only(everybody) == {("identified", "care"), ("simpler", "none")}
    assert (
        "no confidence bound shows, since listening to everybody fits as well (none below "
        in everybody.sentence()
    )
    assert "confidence bound " not in everybody.sentence().split(";")[0]
    lost = panel.assign(
        opinion=panel["opinion"].where(~panel["person"].isin([f"ego {k}" for k in range(1, 61)]))
    )
    assert only(opinion_dynamics(lost, ties, permutations=99)) == {("scored", "care")}
    few = simulate_ego_networks(people=12, noise=0.001, seed=7)
    assert ("units", "care") in only(opinion_dynamics(*few, intervals="resampled", permutations=99))


def test_missing_opinions_are_counted():
    panel, ties = simulate_ego_networks(people=30, seed=8)
    panel.loc[(panel["person"] == "ego 3") & (panel["wave"] == 1), "opinion"] = np.nan
    panel.loc[(panel["network"] == "network 5") & panel["person"].str.startswith("friend"), "opinion"] = (
        np.nan
    )
    found = opinion_dynamics(panel, ties, rule="degroot", permutations=0)
    assert found.estimates[["n_scored", "n_asked"]].to_numpy().tolist() == [[28, 30]]
    assert "2 of 30 changes lack an opinion" in found.meta["warnings"][0]


def test_order_of_rows_does_not_matter(small):
    panel, ties = small
    one = opinion_dynamics(panel, ties, permutations=0).estimates
    other = opinion_dynamics(
        panel.sample(frac=1, random_state=1), ties.sample(frac=1, random_state=2), permutations=0
    )
    pd.testing.assert_frame_equal(one, other.estimates, check_exact=False, rtol=1e-6)


def test_pieces_and_figures(small):
    assert separate(np.array([0.1, 0.5]), np.array([0.2, 0.6]), (0.0, 1.0)) == 2
    found = opinion_dynamics(*small, permutations=19)
    assert len(found.plot().to_dict()["hconcat"]) == 2
    assert len(opinion_dynamics(*small, rule="degroot", permutations=0).plot().to_dict()["layer"]) == 3


def spoil(change):
    panel = pd.DataFrame(
        {"person": list("aabbcc"), "wave": [0, 1] * 3, "opinion": [0.0, 0.2, 1.0, 0.8, 0.5, 0.6]}
    )
    ties = pd.DataFrame({"person": list("abc"), "other": list("bca")})
    return change(panel, ties)


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (lambda p, t: (p.drop(columns="wave"), t), InputError, "a column is missing"),
        (lambda p, t: (p, t.iloc[:0]), InputError, "no rows"),
        (lambda p, t: (p[p["wave"] == 0], t), SpecificationError, "opinions of one wave"),
        (lambda p, t: (pd.concat([p, p]), t), InputError, "two opinions at one wave"),
        (lambda p, t: (p.assign(opinion="much"), t), InputError, "an opinion is a number"),
        (lambda p, t: (p.assign(opinion=1.0), t), SpecificationError, "all opinions are the same"),
        (
            lambda p, t: (p.assign(opinion=p["person"].map({"a": 0.0, "b": 1.0, "c": 2.0})), t),
            SpecificationError,
            "no opinion ever moves",
        ),
        (lambda p, t: (p, t.assign(other="z")), InputError, "not in the panel"),
        (lambda p, t: (p, t.assign(other=t["person"])), InputError, "a tie to oneself"),
        (lambda p, t: (p, pd.concat([t, t])), InputError, "a tie is given twice"),
        (lambda p, t: (p, t.assign(weight=0.0)), InputError, "the weight of a tie"),
        (lambda p, t: (p, t[:1]), SpecificationError, "a person without any tie"),
        (
            lambda p, t: (
                pd.concat([p, p.assign(person=p["person"].str.upper())]),
                pd.concat([t, t.apply(lambda c: c.str.upper())]),
            ),
            SpecificationError,
            "a disconnected network",
        ),
        (lambda p, t: (p.assign(person=[None, *p["person"][1:]]), t), InputError, "a row without a name"),
        (
            lambda p, t: (p.assign(opinion=p["opinion"].where(p["wave"] == 0)), t),
            SpecificationError,
            "no person has two",
        ),
    ],
)
def test_bad_panels_are_named(change, error, says):
    with pytest.raises(error, match=says):
        opinion_dynamics(*spoil(change))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"bounds": {"influence": (1.0, 0.0)}}, "no range"),
        ({"bounds": {"susceptibility": (0.0, 1.0)}}, "no such parameter"),
        ({"error": 5.0}, "as large as the differences"),
        ({"error": 5.0, "rule": "friedkin_johnsen"}, "as large as the differences"),
        ({"error": 0.1, "intervals": "resampled"}, "without measurement error only"),
        ({"unit": "person"}, "take rows as independent"),
    ],
)
def test_contradictions_are_named(small, options, says):
    with pytest.raises(SpecificationError, match=says):
        opinion_dynamics(*small, **options)


def test_a_unit_is_the_same_throughout(small):
    panel, ties = small
    with pytest.raises(SpecificationError, match="two units"):
        opinion_dynamics(panel.assign(team=panel["wave"]), ties, unit="team", intervals="resampled")
    with pytest.raises(SpecificationError, match="too few changes"):
        opinion_dynamics(*simulate_ego_networks(people=2))
