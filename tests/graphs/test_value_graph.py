"""Graphs of values: edge by edge as causal-learn has them, clusters as units, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuestats import value_graph
from valuestats.base.errors import InputError, SpecificationError
from valuestats.graphs.evidence import Evidence, equivalents, partial_correlations
from valuestats.graphs.graph import Graph, graph_of
from valuestats.graphs.profiles import read_profiles

pc = pytest.importorskip("causallearn.search.ConstraintBased.PC").pc
exact = pytest.importorskip("causallearn.search.ScoreBased.ExactSearch")


def linear(seed, p, n, density=0.4, clusters=None, within=1.0):
    """Profiles of a random acyclic linear model, with the same noise in all rows of a cluster and some of each row."""
    rng = np.random.default_rng(seed)
    weight = np.triu(rng.uniform(-1, 1, (p, p)) * (rng.random((p, p)) < density), 1)
    noise = rng.normal(size=(n, p))
    member = np.arange(n)
    if clusters is not None:
        member = np.repeat(np.arange(clusters), n // clusters)
        noise = rng.normal(size=(clusters, p))[member] + within * noise
    order = rng.permutation(p)
    scores = (noise @ np.linalg.inv(np.eye(p) - weight))[:, order]
    frame = pd.DataFrame(scores, columns=[f"v{k}" for k in range(p)])
    return frame.assign(role=[f"r{m}" for m in member])


def learned(frame, alpha):
    """causal-learn's graph as marks: 1 where an edge has a tail."""
    found = pc(frame.filter(like="v").to_numpy(), alpha, "fisherz", show_progress=False).G.graph
    return (found == -1).astype(np.uint8)


def test_pc_agrees_edge_by_edge_with_causal_learn():
    alike, extendable = 0, 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        frame = linear(seed, int(rng.integers(3, 12)), int(rng.integers(60, 2000)), rng.uniform(0.1, 0.5))
        alpha = [0.01, 0.05, 0.2][seed % 3]
        theirs = learned(frame, alpha)
        values = [c for c in frame if c != "role"]
        ours = graph_of(value_graph(frame, values, test="rows", alpha=alpha, replicates=0)).marks
        assert ((ours | ours.T) == (theirs | theirs.T)).all()
        # directions agree wherever an acyclic graph has causal-learn's: where errors contradict each other it closes circles
        if Graph(tuple(values), theirs).extension() is not None:
            extendable += 1
            np.testing.assert_array_equal(ours, theirs)
        alike += bool((ours == theirs).all())
    assert extendable >= 30
    assert alike >= 38


def score_of(x, marks):
    """BIC of an acyclic graph by least squares, value by value."""
    n, total = len(x), 0.0
    for k in range(x.shape[1]):
        parents = np.flatnonzero(marks[:, k])
        design = np.column_stack([np.ones(n), x[:, parents]])
        rest = x[:, k] - design @ np.linalg.lstsq(design, x[:, k], rcond=None)[0]
        total += n * np.log(rest @ rest / n) + len(parents) * np.log(n)
    return float(total)


def test_no_greedy_search_finds_a_better_graph_than_the_exact_one():
    """causal-learn's GES maximises the same score by single steps: never better, and worse where a step misleads it."""
    ges = pytest.importorskip("causallearn.search.ScoreBased.GES").ges
    worse = 0
    for seed in range(12):
        frame = linear(100 + seed, 7, 60, density=0.6)
        values = [c for c in frame if c != "role"]
        x = stats.zscore(frame[values].to_numpy())
        found = ges(x)["G"].graph
        greedy = Graph(tuple(values), (found == -1).astype(np.uint8)).extension()
        ours = graph_of(value_graph(frame, values, method="bic", test="rows", replicates=0)).extension()
        best, other = score_of(x, ours.marks), score_of(x, greedy.marks)
        assert best <= other + 1e-6
        worse += other > best + 1e-6
    assert worse > 0


def test_clusters_of_polychoric_correlations_are_those_of_product_moments_where_levels_are_many():
    frame = linear(3, 4, 1200, clusters=60)
    values = [c for c in frame if c != "role"]
    fine = frame.assign(
        **{v: np.digitize(stats.zscore(frame[v]), np.linspace(-2.2, 2.2, 13)) for v in values}
    )
    one, other = (
        value_graph(fine, values, cluster="role", correlation=c, replicates=0).estimates
        for c in ("pearson", "polychoric")
    )
    assert (one["edge"] == other["edge"]).all()
    assert one["p_value"].to_numpy() == pytest.approx(other["p_value"].to_numpy(), abs=0.04)


def test_polychoric_edges_between_independent_values_are_few_where_rows_cluster():
    """Roles answer alike: with rows as units every fifth pair of independent values is joined."""
    false = {"clusters": [], "rows": []}
    given = {"clusters": [], "rows": []}
    true = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        x = np.repeat(rng.normal(size=(30, 4)), 20, axis=0) + rng.normal(size=(600, 4))
        x[:, 1] += 0.8 * x[:, 0]
        x[:, 2] += 0.8 * x[:, 1]
        frame = pd.DataFrame(
            np.stack([np.digitize(v / v.std(), [-1, -0.2, 0.5, 1.3]) for v in x.T], axis=1),
            columns=list("abcd"),
        )
        frame["role"] = np.repeat(np.arange(30), 20).astype(str)
        for test in false:
            found = value_graph(
                frame, list("abcd"), cluster="role", correlation="polychoric", test=test, replicates=0
            )
            edge = found.estimates.set_index("pair")["edge"] != "none"
            false[test] += edge[["a – d", "b – d", "c – d"]].tolist()
            given[test].append(edge["a – c"])
            true += edge[["a – b", "b – c"]].tolist()
    assert np.mean(false["clusters"]) < 0.11  # .05 + 3 standard errors
    assert np.mean(given["clusters"]) < 0.16
    assert np.mean(false["rows"]) > 0.15
    assert np.mean(true) > 0.9


def test_the_best_graph_by_bic_is_causal_learns():
    for seed in range(8):
        frame = linear(seed, 6, 300)
        values = [c for c in frame if c != "role"]
        x = stats.zscore(frame[values].to_numpy())
        theirs, _ = exact.bic_exact_search(x)
        ours = graph_of(value_graph(frame, values, method="bic", test="rows", replicates=0)).marks
        np.testing.assert_array_equal(ours, equivalents(theirs.astype(np.uint8)))


def test_polychoric_and_ranks_take_the_place_of_scores():
    frame = linear(3, 5, 3000)
    values = list(frame.filter(like="v"))
    plain = graph_of(value_graph(frame, values, replicates=0)).marks
    warped = frame.assign(**{v: np.exp(2 * stats.zscore(frame[v])) for v in values})
    ranked = value_graph(warped, values, correlation="spearman", replicates=0)
    rho = stats.spearmanr(warped[values]).statistic
    np.testing.assert_allclose(ranked.estimates["correlation"], rho[np.triu_indices(5, 1)], atol=1e-12)
    np.testing.assert_array_equal(graph_of(ranked).marks | graph_of(ranked).marks.T, plain | plain.T)
    steps = frame.assign(**{v: np.digitize(stats.zscore(frame[v]), [-1.2, 0.1, 0.9]) for v in values})
    latent = value_graph(steps, values, correlation="polychoric", test="rows", replicates=0).estimates
    whole = frame[values].corr().to_numpy()[np.triu_indices(5, 1)]
    blunt = steps[values].corr().to_numpy()[np.triu_indices(5, 1)]
    assert np.abs(latent["correlation"] - whole).max() < 0.05 < np.abs(blunt - whole).max()


def test_ranks_are_taken_anew_in_each_replicate():
    frame = linear(5, 3, 40, clusters=10)
    rows = read_profiles(frame, ["v0", "v1", "v2"], "role", np.random.default_rng(0))
    weights = np.random.default_rng(1).multinomial(10, np.full(10, 0.1), size=4).astype(float)
    found = Evidence(rows, "spearman", "pc", "clusters", 0.05).correlations(weights)
    for weight, r in zip(weights, found, strict=True):
        drawn = np.repeat(rows.scores, weight[rows.lot].astype(int), axis=0)
        np.testing.assert_allclose(r, stats.spearmanr(drawn).statistic, atol=1e-12)


def test_product_moments_under_weights_are_those_of_the_drawn_rows():
    frame = linear(6, 4, 60, clusters=12)
    rows = read_profiles(frame, None, "role", np.random.default_rng(0))
    weights = np.random.default_rng(1).multinomial(12, np.full(12, 1 / 12), size=3).astype(float)
    found = Evidence(rows, "pearson", "pc", "clusters", 0.05).correlations(weights)
    for weight, r in zip(weights, found, strict=True):
        drawn = np.repeat(rows.scores, weight[rows.lot].astype(int), axis=0)
        np.testing.assert_allclose(r, np.corrcoef(drawn.T), atol=1e-12)


def test_the_test_of_clusters_is_the_t_test_of_their_sums():
    frame = linear(7, 3, 120, clusters=30)
    found = value_graph(frame, ["v0", "v1"], cluster="role", replicates=0).estimates
    x = stats.zscore(frame[["v0", "v1"]].to_numpy())
    sums = pd.Series(x[:, 0] * x[:, 1]).groupby(frame["role"].to_numpy()).sum()
    total = sums.sum() / np.sqrt((sums**2).sum())
    t = total * np.sqrt(28 / (30 - total**2))
    assert found["p_value"].iloc[0] == pytest.approx(2 * stats.t.sf(abs(t), 28))
    # residuals given a third value, by least squares
    wide = value_graph(frame, ["v0", "v1", "v2"], cluster="role", alpha=0.999, replicates=0).estimates
    z = stats.zscore(frame[["v0", "v1", "v2"]].to_numpy())
    told = []
    for given in ([], [2]):
        e = (
            z[:, :2] - z[:, given] @ np.linalg.lstsq(z[:, given], z[:, :2], rcond=None)[0]
            if given
            else z[:, :2]
        )
        sums = pd.Series(e[:, 0] * e[:, 1]).groupby(frame["role"].to_numpy()).sum()
        total = sums.sum() / np.sqrt((sums**2).sum())
        degrees = 28 - len(given)
        told.append(2 * stats.t.sf(abs(total * np.sqrt(degrees / (30 - total**2))), degrees))
    assert wide["p_value"].iloc[0] == pytest.approx(max(told), rel=1e-6)


def test_one_row_a_cluster_is_worth_itself_and_copies_are_worth_nothing():
    one = linear(8, 4, 100)
    rows = read_profiles(
        one.assign(role=one.index), ["v0", "v1", "v2", "v3"], "role", np.random.default_rng(0)
    )
    assert Evidence(rows, "pearson", "pc", "clusters", 0.05).worth().mean() > 97
    many = pd.concat([one.assign(role=one.index)] * 5, ignore_index=True)
    copies = value_graph(many, ["v0", "v1", "v2", "v3"], cluster="role", replicates=0).estimates
    alone = value_graph(one, ["v0", "v1", "v2", "v3"], replicates=0).estimates
    assert copies["worth"].max() < 101
    np.testing.assert_allclose(copies["p_value"], alone["p_value"], atol=1e-9)
    assert (copies["edge"] == alone["edge"]).all()


def test_rows_of_roles_show_edges_that_roles_do_not():
    rows, roles, pairs = 0, 0, 0
    for seed in range(60):
        frame = linear(seed, 5, 600, density=0.0, clusters=60, within=0.7)
        by = value_graph(frame, cluster="role", replicates=0)
        pairs += len(by.estimates)
        roles += by.meta["edges"]
        rows += by.meta["edges_by_rows"]
    assert roles / pairs < 0.075
    assert rows / pairs > 0.3


def test_supports_add_up_and_seeds_repeat():
    frame = linear(9, 5, 300, clusters=30)
    one, two = (value_graph(frame, cluster="role", replicates=200, seed=4) for _ in range(2))
    pd.testing.assert_frame_equal(one.estimates, two.estimates)
    made = one.estimates
    np.testing.assert_allclose(made["support"], made[["forward", "backward", "undirected"]].sum(axis=1))
    assert ((made["lower"] <= made["estimate"]) & (made["estimate"] <= made["upper"])).all()
    assert one.replicates().dims == ("draw", "pair")
    r = frame.filter(like="v").corr().to_numpy()
    np.testing.assert_allclose(made["estimate"], partial_correlations(r)[np.triu_indices(5, 1)])


def test_few_clusters_have_students_t_and_many_have_lots():
    few = value_graph(linear(1, 3, 100, clusters=10), cluster="role", replicates=100)
    assert (few.estimates["interval"] == "cluster jackknife, Student's t").all()
    assert any(r.aspect == "units" and r.sign == "care" for r in few.verdict.reasons)
    many = value_graph(linear(1, 3, 1000), ["v0", "v1", "v2"], cluster="role", replicates=0)
    assert many.meta["warnings"] == ["1,000 clusters are tested and resampled in 200 lots drawn at random"]


def test_missing_scores_are_counted():
    frame = linear(2, 3, 200)
    frame.loc[5, "v1"] = np.nan
    found = value_graph(frame, ["v0", "v1", "v2"], replicates=0)
    assert found.estimates["n_scored"].eq(199).all()
    assert found.meta["warnings"] == ["1 of 200 profiles is left out: a score is missing"]


BAD = {
    "constant": (lambda f: f.assign(v1=1.0), {}, "does not vary", "v1"),
    "one role": (
        lambda f: f.assign(role="r"),
        {"cluster": "role"},
        "no variation between clusters",
        "1 cluster",
    ),
    "few roles": (
        lambda f: f.assign(role=f.index % 6),
        {"cluster": "role"},
        "too few units",
        "3 values of 6",
    ),
    "few rows": (lambda f: f.head(6), {}, "too few units", "3 values of 6 profiles"),
    "determined": (lambda f: f.assign(v2=f["v0"] - f["v1"]), {}, "determine one another", "v0, v1 and v2"),
    "nothing whole": (lambda f: f.assign(v0=np.nan), {}, "no complete profile", "missing"),
    "one value": (lambda f: f, {"values": ["v0"]}, "needs two values", "v0"),
    "twice": (lambda f: f, {"values": ["v0", "v0"]}, "stands twice", "v0, v0"),
    "other compat": (lambda f: f, {"compat": "published", "method": "bic"}, "published way", "bic"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_can_make_no_graph_is_refused(kind):
    change, options, says, got = BAD[kind]
    frame = change(linear(1, 3, 60))
    with pytest.raises(SpecificationError, match=says) as caught:
        value_graph(frame, **{"values": ["v0", "v1", "v2"], "replicates": 0, **options})
    assert got in str(caught.value.got)


def test_tables_that_are_none_are_refused():
    frame = linear(1, 3, 60)
    with pytest.raises(InputError, match="a column is missing"):
        value_graph(frame, ["v0", "v9"])
    with pytest.raises(InputError, match="without numbers"):
        value_graph(frame.assign(v1="high"), ["v0", "v1"])
    with pytest.raises(InputError, match="without a cluster"):
        value_graph(frame.assign(role=None), ["v0", "v1"], cluster="role")
    with pytest.raises(InputError, match="without end"):
        value_graph(frame.assign(v1=np.inf), ["v0", "v1"])
    with pytest.raises(SpecificationError, match="few levels"):
        value_graph(frame, ["v0", "v1"], correlation="polychoric")
    wide = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 21)))
    with pytest.raises(SpecificationError, match="too many values"):
        value_graph(wide.add_prefix("v"), method="bic")


def test_planted_defects_speak():
    """Each defect makes its own reason fire, and no other graph has it."""
    frame = linear(11, 4, 800, density=0.9, clusters=80, within=0.5)
    sound = value_graph(frame, cluster="role", replicates=300)
    aspects = {r.aspect for r in sound.verdict.reasons if r.sign == "care"}
    assert "design" not in aspects
    rows = value_graph(frame, cluster="role", test="rows", replicates=300)
    assert {r.aspect for r in rows.verdict.reasons if r.sign == "care"} - aspects >= {"design"}
    weak = value_graph(linear(12, 4, 60, density=0.5), ["v0", "v1", "v2", "v3"], alpha=0.4, replicates=300)
    assert any(r.aspect == "edge" and r.sign == "care" for r in weak.verdict.reasons)
    none = weak.estimates.loc[weak.estimates["edge"] == "none", "pair"]
    rows_ = weak.verdict.rows.set_index("pair")
    assert (rows_.loc[none, "sign"] == "none").all()
    assert not any(r.aspect == "circle" for r in sound.verdict.reasons)
    contradictory = next(
        found
        for seed in range(400)
        if not (
            found := value_graph(linear(seed, 8, 150, density=0.6), alpha=0.3, replicates=0, test="rows")
        ).meta["extends"]
    )
    assert any(r.aspect == "circle" and r.sign == "care" for r in contradictory.verdict.reasons)


def test_sentence_and_figure():
    frame = linear(11, 4, 800, density=0.9, clusters=80, within=0.5)
    found = value_graph(frame, cluster="role", replicates=200)
    text = found.sentence()
    assert "80 clusters, 800 rows" in text
    assert "no common cause" in text
    drawn = found.plot().to_dict()
    assert drawn["layer"][0]["mark"]["type"] == "rule"
