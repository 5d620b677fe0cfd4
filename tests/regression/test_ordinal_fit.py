"""Whole fits: recovery of a known truth, reproducible seeds, contrasts, and hard cases."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from valuestats.base.errors import GateError, InputError, SpecificationError
from valuestats.latent.gate import Gate
from valuestats.latent.sampling import Sampling
from valuestats.regression.profiles import require_passed, value_profile
from valuestats.regression.simulate import simulate_answers
from valuestats.results.result import Result

LENIENT = Gate(max_rhat=1.05, min_ess_bulk=100, min_ess_tail=100, max_divergences=5)
SHORT = Sampling(draws=250, tune=250)
QUICK = {"sampling": SHORT, "progress": False}
LENIENTLY = {"sampling": replace(SHORT, gate=LENIENT), "progress": False}


@pytest.fixture(scope="module")
def study():
    return simulate_answers(n_models=4, n_items=24, n_values=3, n_prompts=6, model_value_sd=0.8, seed=11)


@pytest.fixture(scope="module")
def responses(study):
    frame = study.responses.copy()
    frame.loc[:2, ["answer", "status"]] = [None, "refusal"]
    silent = frame[frame["model"] == "model 01"].assign(model="silent", answer=None, status="refusal")
    return pd.concat([frame, silent], ignore_index=True)


@pytest.fixture(scope="module")
def result(study, responses):
    return value_profile(responses, study.keys, scale=(1, 6), seed=5, **LENIENTLY)


def test_recovers_the_profile_within_its_intervals(study, result):
    frame = result.estimates.dropna(subset="estimate")
    truth = study.profile.ravel()
    covered = (frame["lower"] <= truth) & (truth <= frame["upper"])
    # 12 intervals of 95%: fewer than 9 covered has a probability below 0.001 were they independent.
    assert covered.sum() >= 9
    assert np.corrcoef(frame["estimate"], truth)[0, 1] > 0.7
    assert frame.groupby("model")["estimate"].sum().abs().max() < 1e-9


def test_gate_diagnostics_and_counts(result, study):
    assert result.passed, result.meta["gate"]
    assert require_passed(result) is result
    assert result.meta["gate"]["predictive_p"] >= 0.01
    assert result.meta["diagnostics"]["answers"] == len(study.responses) - 3
    first = result.estimates[result.estimates["model"] == "model 01"]
    assert first["n_asked"].sum() == 24 * 6
    assert first["n_scored"].sum() == 24 * 6 - 3
    assert result.estimates["expected_score"].dropna().between(1, 6).all()
    assert set(result.meta["predictive"]) == {"p_values", "shares", "agreement"}


def test_a_model_without_answers_is_named_and_not_estimated(result):
    silent = result.estimates[result.estimates["model"] == "silent"]
    assert silent["estimate"].isna().all()
    assert (silent["n_scored"] == 0).all()
    assert (silent["n_asked"] > 0).all()
    assert any("silent" in note for note in result.meta["warnings"])


def test_contrasts_ranks_and_round_trip(result, tmp_path):
    contrast = result.contrast("model", "model 01", "model 02")
    draws = result.replicates().sel(value="value 01")
    difference = (draws.sel(model="model 01") - draws.sel(model="model 02")).to_numpy()
    row = contrast[contrast["value"] == "value 01"].iloc[0]
    assert row["lower"] == pytest.approx(np.quantile(difference, 0.025))
    assert row["probability_positive"] == pytest.approx((difference > 0).mean())
    ranks = result.rank("value")
    assert set(ranks["rank"].dropna()) == {1.0, 2.0, 3.0}
    loaded = Result.load(result.save(tmp_path / "fit"))
    assert loaded.estimates.equals(result.estimates)
    assert loaded.meta["gate"]["passed"]
    stored = loaded.draws["posterior"]["expected_score"]
    assert stored.dims == ("draw", "model", "value")


def test_a_failed_gate_is_carried_and_refused(result):
    gate = {**result.meta["gate"], "passed": False, "reasons": ["R-hat 1.2 is above 1.01"]}
    failed = Result("ordinal", result.estimates, result.keys, {**result.meta, "gate": gate}, result.draws)
    with pytest.raises(GateError, match="not a finding"):
        require_passed(failed)


def test_one_model_two_categories_and_the_same_seed_twice(study):
    one = study.responses[study.responses["model"] == "model 03"]
    binary = one.assign(answer=(one["answer"] > 3).astype(int)).drop(columns="cluster")
    fits = [value_profile(binary, study.keys, scale=(0, 1), seed=3, **LENIENTLY) for _ in range(2)]
    assert fits[0].estimates.equals(fits[1].estimates)
    assert (fits[0].replicates() == fits[1].replicates()).all()
    assert fits[0].estimates["expected_score"].between(0, 1).all()
    other = value_profile(binary, study.keys, scale=(0, 1), seed=4, **LENIENTLY)
    assert not (fits[0].replicates() == other.replicates()).all()


def test_requests_that_cannot_be_fitted(study):
    refused = study.responses.assign(answer=None, status="refusal")
    with pytest.raises(SpecificationError, match="no valid answer"):
        value_profile(refused, study.keys, seed=1, **QUICK)
    only = study.keys[study.keys["dimension"] == "value 01"]
    with pytest.raises(SpecificationError, match="at least two values"):
        value_profile(study.responses, only, seed=1, **QUICK)
    with pytest.raises(InputError, match="not a table"):
        value_profile([1, 2], study.keys, seed=1)
    with pytest.raises(InputError, match="lack columns"):
        value_profile(study.responses.drop(columns="status"), study.keys, seed=1)
    with pytest.raises(SpecificationError, match="no keyed item"):
        value_profile(study.responses, study.keys.assign(item="else"), seed=1)


def test_ctrl_c_stops_the_chains(study, monkeypatch):
    from valuestats.latent import pymc_sampling as sampling

    def interrupt(_seconds):
        raise KeyboardInterrupt

    # the module's own clock alone: the sleep of every other thread stays as it is
    monkeypatch.setattr(sampling, "time", SimpleNamespace(**{**vars(time), "sleep": interrupt}))
    one = study.responses[study.responses["model"] == "model 03"]
    binary = one.assign(answer=(one["answer"] > 3).astype(int)).drop(columns="cluster")
    with pytest.raises(KeyboardInterrupt):
        value_profile(
            binary,
            study.keys,
            scale=(0, 1),
            seed=3,
            sampling=Sampling(draws=200_000, tune=300),
            engine="nuts",
            progress=False,
        )


def test_too_little_to_sample_is_refused(study):
    import pymc as pm

    from valuestats.latent.pymc_sampling import sample

    with pm.Model() as model:
        pm.Normal("x")
    with pytest.raises(SpecificationError, match="too little"):
        sample(model, chains=1, seed=1)
