"""Fits that several modules hold against R's."""

import pytest

from tests.regression.clm_fits import FITS, MIXED
from valuestats.latent.sampling import Sampling
from valuestats.regression.fit import fit_ordinal


@pytest.fixture(scope="session")
def fits():
    return {
        label: fit_ordinal(formula, data, engine="ml", sampling=Sampling(draws=250), seed=1, **options)
        for label, (data, formula, options) in (FITS | MIXED).items()
    }
