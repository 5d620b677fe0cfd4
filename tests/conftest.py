"""What all tests share: where the published files are, and small tables."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
from hypothesis import settings

# The builder of the documentation is found as the script that builds it finds it.
sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

# How long an example takes says how busy the machine is, and nothing of what is tested.
settings.register_profile("valuestats", deadline=None, print_blob=True)
settings.load_profile("valuestats")


@pytest.fixture(scope="session")
def release() -> Path:
    """Root of the Value Portrait release; skips where it is not at hand."""
    from valuestats.ingest.datasets import available, fetch

    if not os.environ.get("VALUESTATS_MIRROR") or not available("value_portrait"):
        pytest.skip("the Value Portrait release is not at hand (VALUESTATS_MIRROR)")
    return fetch("value_portrait", download=False)


@pytest.fixture(scope="session")
def benchmark() -> Callable[[str], ModuleType]:
    """A module of ``benchmarks`` by its name."""

    def load(name: str) -> ModuleType:
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
            return importlib.import_module(name)

    return load


@pytest.fixture
def response_frame() -> pd.DataFrame:
    """Two models, two items of one query, one refusal."""
    return pd.DataFrame(
        {
            "model": ["a", "a", "b", "b"],
            "item": ["1-1", "1-2", "1-1", "1-2"],
            "cluster": ["1", "1", "1", "1"],
            "epoch": [1, 1, 1, 1],
            "raw": ["like me", "not like me", "very much like me", "I cannot answer"],
            "answer": [5, 2, 6, None],
            "status": ["valid", "valid", "valid", "refusal"],
            "source_file": ["f.csv"] * 4,
            "source_sha256": ["0" * 64] * 4,
            "source_row": [0, 1, 2, 3],
        }
    )
