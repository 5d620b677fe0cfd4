"""The local folder of files that may not be redistributed."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def opinions() -> Path:
    """Folder with the GlobalOpinionQA tables; they are CC-BY-NC-SA and never part of the project."""
    root = os.environ.get("VALUESTATS_LOCAL")
    folder = Path(root) / "globalopinionqa" if root else None
    if folder is None or not (folder / "goqa_cells.csv").exists():
        pytest.skip("the GlobalOpinionQA tables are not at hand (VALUESTATS_LOCAL)")
    return folder
