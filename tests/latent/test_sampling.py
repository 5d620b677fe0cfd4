"""One request for draws: what a verb has not is refused by name, and what is left out is the verb's own."""

import pandas as pd
import pytest

import valuestats as vs
from valuestats.base.errors import InputError, SpecificationError
from valuestats.latent.gate import Gate
from valuestats.latent.sampling import Sampling, settings

DATA = pd.DataFrame(
    {"model": ["a"] * 3 + ["b"] * 3, "answer": [1, 2, 3] * 2, "count": [20, 30, 10, 8, 25, 27]}
)


def fitted(**given):
    return vs.fit_ordinal("answer ~ model", DATA, engine="laplace", seed=1, **given)


def test_what_is_left_out_is_the_verbs_own():
    own = {"draws": 700, "tune": 300, "chains": 4, "target_accept": None}
    found = settings(Sampling(chains=2, target_accept=0.9), "verb", **own)
    assert (found.draws, found.tune, found.chains, found.target_accept) == (700, 300, 2, 0.9)
    assert found.gate == Gate()
    gate = Gate(max_rhat=1.05)
    assert settings(Sampling(gate=gate), "verb", **own).gate == gate
    assert settings(None, "verb", draws=5) == settings(Sampling(), "verb", draws=5)


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"draws": 1}, "draws"),
        ({"draws": 2.5}, "draws"),
        ({"tune": 0}, "tune"),
        ({"chains": 0}, "chains"),
        ({"target_accept": 1.0}, "target_accept"),
        ({"target_accept": 95}, "target_accept"),
    ],
)
def test_impossible_numbers_are_refused_where_they_are_said(given, parameter):
    with pytest.raises(SpecificationError, match="impossible") as caught:
        Sampling(**given)
    assert caught.value.parameter == parameter


def test_too_few_draws_for_a_verb_and_no_request_at_all():
    with pytest.raises(SpecificationError, match="impossible draws"):
        fitted(sampling=Sampling(draws=24))
    with pytest.raises(InputError, match="sampling may not be this"):
        fitted(sampling={"draws": 500})
    with pytest.raises(TypeError, match="drawn"):
        fitted(drawn=500)


def test_a_setting_that_a_verb_has_not_is_refused_by_name():
    counts = pd.DataFrame(
        {"model": "m", "item": ["1", "2"], "status": ["valid", "refusal"], "answer": [3, None]}
    )
    for wrong in ({"chains": 2}, {"tune": 5}, {"target_accept": 0.9}):
        with pytest.raises(SpecificationError, match="refusal_rates has no") as caught:
            vs.refusal_rates(counts, sampling=Sampling(**wrong))
        assert caught.value.parameter == f"sampling.{next(iter(wrong))}"
    people = pd.DataFrame({"sex": ["f", "m"], "count": [1, 1]})
    with pytest.raises(SpecificationError, match="poststratified_shares has no gate"):
        vs.poststratified_shares(pd.DataFrame(), ["sex"], people, sampling=Sampling(gate=Gate()))


def test_the_request_reaches_the_sampler_and_the_gate():
    fit = fitted(sampling=Sampling(draws=50, chains=2, gate=Gate(min_ess_bulk=1e6)))
    said = fit.result.meta["specification"]
    assert (said["draws"], said["chains"], said["tune"]) == (50, 2, 300)
    assert not fit.passed
    assert fit.result.meta["gate"]["thresholds"]["min_ess_bulk"] == 1e6
