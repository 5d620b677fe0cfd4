"""Weights behind plans: against a hand-made recursion, SciPy and a conditional logit, with a known truth."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special, stats

from valuestats import Sampling, feature_weights, plan_weights, ranking_choices
from valuestats.base.errors import InputError, SpecificationError
from valuestats.plans.process import plan_counts, process_of
from valuestats.plans.profile import share_profile
from valuestats.plans.simulate import VALUES, simulate_plans, simulate_town
from valuestats.plans.soft import derivatives, log_likelihoods, log_policy

NAMES = list(VALUES[:3])
TOWN = simulate_town(values=3, seed=1)
TRUTH = {"a": {"care": 6.0, "safety": 3.0, "honesty": 1.0}, "b": {"care": 0.5, "safety": 1.0, "honesty": 6.0}}


def plans(agent="a", n=20, seed=0, horizon=8):
    return simulate_plans(TOWN, {agent: TRUTH[agent]}, plans=n, horizon=horizon, seed=seed)


def test_the_policy_is_that_of_all_paths_weighed_by_their_reward():
    """Without chance, plans are paths with probabilities as exp of what they serve (Ziebart et al. 2008)."""
    steps = pd.DataFrame(
        [
            {"state": s, "action": a, "next": t, "probability": 1.0, "care": c, "safety": d}
            for s, a, t, c, d in [
                ("x", "l", "x", 0.2, 0.9),
                ("x", "r", "y", 0.7, 0.1),
                ("y", "l", "x", 0.5, 0.3),
                ("y", "r", "y", 0.1, 0.8),
                ("y", "stop", "end", 1.0, 1.0),
            ]
        ]
    )
    process = process_of(steps, ["care", "safety"])
    w, horizon = np.array([1.3, 0.4]), 4
    where = {(r.state, r.action): (r.next, w @ [r.care, r.safety]) for r in steps.itertuples()}

    def paths(state, left):
        ways = [a for s, a in where if s == state] if left else []
        if not ways:
            return [((), 0.0)]
        found = []
        for a in ways:
            after, reward = where[state, a]
            found += [((a, *rest), reward + more) for rest, more in paths(after, left - 1)]
        return found

    every = paths("x", horizon)
    total = special.logsumexp([r for _, r in every])
    log_p = log_policy(process, w[None], horizon, 1.0)[0]
    for path, reward in every:
        state, told = "x", 0.0
        for t, a in enumerate(path):
            told += log_p[t, process.states.index(state), process.actions.index(a)]
            state = where[state, a][0]
        assert told == pytest.approx(reward - total, abs=1e-10)


def test_derivatives_are_those_of_the_likelihood():
    process = process_of(TOWN, NAMES)
    counts, n = plan_counts(process, plans(), 8)
    assert n == 20
    w = np.array([2.0, 0.5, 1.0])
    value, slope, information = derivatives(process, counts, w, 8, 0.9)
    assert value == pytest.approx(log_likelihoods(process, counts[None], w[None], 8, 0.9)[0, 0])
    found = optimize.approx_fprime(w, lambda x: derivatives(process, counts, x, 8, 0.9)[0], 1e-6)
    assert slope == pytest.approx(found, rel=1e-4)
    assert np.linalg.eigvalsh(information)[0] > 0


def test_the_information_is_the_variance_of_the_score():
    """Over plans made by the weights themselves, the mean outer product of scores is the mean information."""
    process = process_of(TOWN, NAMES)
    w = np.array(list(TRUTH["a"].values()))
    scores, informations = [], []
    for seed in range(100):
        counts, _ = plan_counts(process, plans(n=2, seed=seed), 8)
        _, slope, information = derivatives(process, counts, w, 8, 1.0)
        scores.append(slope)
        informations.append(information)
    mean = np.mean(informations, axis=0)
    size = np.sqrt(np.outer(np.diag(mean), np.diag(mean)))
    assert np.cov(np.array(scores).T) / size == pytest.approx(mean / size, abs=0.4)
    assert (np.abs(np.mean(scores, axis=0)) <= 4 * np.sqrt(np.diag(mean) / 100)).all()


def test_one_step_is_the_conditional_logit():
    """The posterior of weights of features on the simplex, by another sampler."""
    rng = np.random.default_rng(3)
    x = rng.random((40, 3, 2))
    rows = [
        {
            "state": f"s{i}",
            "action": f"a{j}",
            "next": "end",
            "probability": 1.0,
            "care": x[i, j, 0],
            "safety": x[i, j, 1],
        }
        for i, j in itertools.product(range(40), range(3))
    ]
    steps = pd.DataFrame(rows)
    u = x @ [4.0, 1.5] + rng.gumbel(size=(40, 3))
    made = pd.DataFrame(
        {
            "trajectory": range(40),
            "step": 0,
            "state": [f"s{i}" for i in range(40)],
            "action": [f"a{j}" for j in u.argmax(axis=1)],
        }
    )
    found = plan_weights(steps, made, ["care", "safety"], horizon=1, draws=4000, seed=1)
    chosen = (u == u.max(axis=1, keepdims=True)).astype(int).ravel()
    table = steps.assign(choice=np.repeat(range(40), 3), option=steps["action"], chosen=chosen)
    sets = ranking_choices(table[["choice", "option", "chosen", "care", "safety"]])
    # the same prior of the length: logits for one standard deviation of the mean of the differences of features
    from valuestats.weights.feature_sets import feature_sets

    d = feature_sets(sets, ["care", "safety"]).differences
    length = 5.0 / process_of(steps, ["care", "safety"]).spread.mean()
    sd = length * np.sqrt((d.mean(axis=1) ** 2).mean())
    other = feature_weights(
        sets, ["care", "safety"], constraint="simplex", prior_sd=sd, sampling=Sampling(draws=2000), seed=2
    )
    one, two = found.estimates.set_index("value"), other.estimates.set_index("feature")
    for column in ("estimate", "lower", "upper"):
        assert one[column].to_numpy() == pytest.approx(two[column].loc[one.index].to_numpy(), abs=0.02)
    assert found.meta["fits"][0]["scale"] == pytest.approx(other.meta["scale"]["estimate"], rel=0.05)


def test_planted_weights_are_recovered_agent_by_agent():
    both = pd.concat([plans("a", 60), plans("b", 60, seed=5)])
    found = plan_weights(TOWN, both, NAMES, horizon=8, by="agent", draws=1000, seed=1)
    assert found.passed
    frame = found.estimates.set_index(["agent", "value"])
    for agent, own in TRUTH.items():
        total = sum(own.values())
        for value, w in own.items():
            row = frame.loc[agent, value]
            assert row["lower"] - 0.03 <= w / total <= row["upper"] + 0.03
            assert row["upper"] - row["lower"] < 0.25
    assert found.meta["untold"] == []
    assert set(found.contrasts("value")["differs"]) <= {True, False}
    assert "weighs most for a" in found.sentence()
    assert found.plot() is not None


def signs(result):
    return {(r.aspect, r.sign) for r in result.verdict.reasons if r.sign != "sound"}


def test_each_planted_defect_raises_its_own_reason_alone():
    assert signs(plan_weights(TOWN, plans(n=40), NAMES, horizon=8, draws=500)) == set()
    twin = TOWN.assign(honesty=TOWN["care"])  # two values that every step serves alike
    found = plan_weights(twin, plans(n=40), NAMES, horizon=8, draws=500)
    assert signs(found) == {("collinear", "care")}
    assert [set(d["values"]) for d in found.meta["untold"]] == [{"care", "honesty"}]
    assert found.meta["untold"][0]["structural"]
    assert "no plan in this process could tell apart" in found.meta["warnings"][0]
    random = simulate_plans(TOWN, {"a": dict.fromkeys(NAMES, 0.0)}, plans=40, horizon=8, seed=7)
    assert signs(plan_weights(TOWN, random, NAMES, horizon=8, draws=500)) == {("effect", "none")}
    even = {"a": {"care": 5.0, "safety": 4.0, "honesty": 4.0}}
    few = simulate_plans(TOWN, even, plans=12, horizon=8, seed=1)
    assert signs(plan_weights(TOWN, few, NAMES, horizon=8, draws=500)) == {("units", "care")}


def test_a_value_that_weighs_nothing_and_another_horizon_raise_their_own_reasons():
    """Planted: a weight of 0; walkers who look three steps ahead where eight are assumed."""
    none = {"a": {"care": 6.0, "safety": 3.0, "honesty": 0.0}}
    found = plan_weights(
        TOWN, simulate_plans(TOWN, none, plans=40, horizon=8, seed=2), NAMES, horizon=8, draws=500
    )
    assert signs(found) == {("zero", "care")}
    assert [r.where for r in found.verdict.reasons if r.aspect == "zero"] == [{"value": "honesty"}]
    row = found.estimates.set_index("value").loc["honesty"]
    assert row["lower"] > 0 == row["likely_lower"]
    short = plan_weights(TOWN, plans(n=150, horizon=3), NAMES, horizon=8, draws=500)
    assert signs(short) == {("horizon", "care")}
    assert "looking 3 steps ahead fits better" in short.sentence()
    assert "honesty may weigh nothing" in found.sentence()
    assert signs(plan_weights(TOWN, plans(n=150, horizon=3), NAMES, horizon=3, draws=500)) == set()


def test_the_profile_is_that_of_a_grid_of_weights():
    """Two values: the likelihood on a grid of share and length, its largest value over lengths, and where that falls off."""
    town, names = simulate_town(values=2, seed=3), list(VALUES[:2])
    process = process_of(town, names)
    made = simulate_plans(town, {"a": {"care": 5.0, "safety": 1.0}}, plans=8, horizon=6, seed=4)
    counts, _ = plan_counts(process, made, 6)
    share, length = np.linspace(0, 1, 401), np.linspace(0.05, 30, 400)
    w = (length[:, None, None] * np.stack([share, 1 - share], axis=1)).reshape(-1, 2)
    each = np.concatenate(
        [log_likelihoods(process, counts[None], part, 6, 1.0)[0] for part in np.array_split(w, 40)]
    )
    profile = each.reshape(len(length), len(share)).max(axis=0)
    inside = share[2 * (profile.max() - profile) <= stats.chi2.ppf(0.9, 1)]
    found = share_profile(process, counts, 5.0, 6, 1.0, np.ones(2), 0.9)
    assert (found.lower[0], found.upper[0]) == pytest.approx((inside.min(), inside.max()), abs=0.004)
    assert (1 - found.upper[1], 1 - found.lower[1]) == pytest.approx((inside.min(), inside.max()), abs=0.004)
    assert found.log_likelihood == pytest.approx(profile.max(), abs=0.01)
    without = 2 * (profile.max() - profile[-1])  # a share of 1 for care is one of 0 for safety
    assert found.p_zero[1] == pytest.approx(stats.chi2.sf(without, 1) / 2, abs=0.003)


def test_a_value_that_only_shifts_all_plans_alike_is_not_told():
    """Served where one is and taken back on leaving: a potential, which changes no plan but by its ends (Ng et al. 1999)."""
    level = {s: k / 7 for k, s in enumerate(sorted(TOWN["state"].unique()))}
    to = (
        TOWN.assign(after=TOWN["next"].map(level) * TOWN["probability"])
        .groupby(["state", "action"])["after"]
        .transform("sum")
    )
    steps = TOWN.assign(honesty=to - TOWN["state"].map(level))
    found = plan_weights(
        steps,
        simulate_plans(steps, {"a": TRUTH["a"]}, plans=4, horizon=30, seed=2),
        NAMES,
        horizon=30,
        draws=500,
    )
    long = found.estimates.set_index("value")["kept"]
    assert long["honesty"] > 3 * long["care"]


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (lambda s, p: (s.assign(probability=s["probability"] * 0.9), p), InputError, "don't sum to 1"),
        (lambda s, p: (s.assign(honesty=0.5), p), SpecificationError, "no choice between actions changes"),
        (lambda s, p: (s.assign(honesty=np.arange(len(s)) % 7.0), p), InputError, "by two amounts"),
        (lambda s, p: (s.assign(honesty="much"), p), InputError, "not a number"),
        (lambda s, p: (s.drop(columns="honesty"), p), SpecificationError, "columns that stand once"),
        (lambda s, p: (s, p.assign(state="nowhere")), InputError, "no such state"),
        (
            lambda s, p: (s, p.assign(action=p["action"].where(p.index != 0, "fly"))),
            InputError,
            "no such action",
        ),
        (lambda s, p: (s, p.assign(step=p["step"] * 2)), InputError, "gap"),
        (
            lambda s, p: (s, p.assign(state=p["state"].where(p["step"] != 3, "0-0"), action="stay")),
            InputError,
            "cannot lead to",
        ),
        (lambda s, p: (s, pd.concat([p, p])), InputError, "."),
    ],
)
def test_what_the_process_does_not_allow_is_refused(change, error, says):
    with pytest.raises(error, match=says):
        plan_weights(*change(TOWN, plans(n=3)), NAMES, horizon=8)


def test_a_plan_longer_than_the_horizon_is_refused():
    with pytest.raises(InputError, match="longer than the horizon"):
        plan_weights(TOWN, plans(n=2), NAMES, horizon=4)


def test_one_plan_and_one_value():
    one = plan_weights(TOWN, plans(n=1), ["care"], horizon=8)
    assert one.estimates["estimate"].tolist() == [1.0]
    little = plan_weights(TOWN, plans(n=1).query("step < 2"), NAMES, horizon=8, seed=3)
    assert (little.estimates["upper"] - little.estimates["lower"]).max() > 0.5


def test_plans_like_random_ones_have_a_profile_too():
    """Few plans at random: the likelihood is flat in all shares, whose intervals are wide, and nothing is raised."""
    for seed in range(6):
        random = simulate_plans(TOWN, {"a": dict.fromkeys(NAMES, 0.0)}, plans=3, horizon=4, seed=seed)
        found = plan_weights(TOWN, random, NAMES, horizon=4, draws=200, seed=seed).estimates
        assert (found["likely_lower"] <= found["likely_upper"]).all()
        assert (found["likely_upper"] - found["likely_lower"]).mean() > 0.4
