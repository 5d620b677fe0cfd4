"""One study of the default size, shared by the tests."""

import pytest

from valuestats.simulate import simulate


@pytest.fixture(scope="session")
def study():
    return simulate(seed=20261121)
