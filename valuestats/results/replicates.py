"""Replicates of estimates, as the tree that a result holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import xarray as xr


def draws_tree(
    group: Literal["posterior", "bootstrap"],
    values: np.ndarray,
    coords: Mapping[str, Sequence[Any] | np.ndarray],
) -> xr.DataTree:
    """Wrap replicates of shape ``(draw, *coords)`` as the DataTree that `Result.draws` holds.

    Examples
    --------
    >>> import numpy as np
    >>> tree = draws_tree("bootstrap", np.zeros((5, 2)), {"model": ["a", "b"]})
    >>> tree["bootstrap"]["estimate"].dims
    ('draw', 'model')
    """
    import xarray as xr

    array = xr.DataArray(
        values,
        dims=("draw", *coords),
        coords={"draw": np.arange(len(values)), **{k: [str(x) for x in v] for k, v in coords.items()}},
        name="estimate",
    )
    return xr.DataTree(children={group: xr.DataTree(array.to_dataset())})
