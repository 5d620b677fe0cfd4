"""The posterior draws of a result as ArviZ reads them, chains apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuestats.base.errors import SpecificationError
from valuestats.results.result import Result

if TYPE_CHECKING:
    import xarray as xr


def posterior_tree(result: Result) -> xr.DataTree:
    """Its ``posterior`` with the dimensions ``chain``, ``draw`` and the result's keys: what was estimated.

    Draws of a fit are kept chain after chain; where they were thinned over all chains, or weighted, they are one chain, and
    R-hat of it compares its halves alone. Not every parameter of the model is in it; fits by formula have trees of all
    parameters: `OrdinalFit.to_datatree`, `ChoiceFit.to_datatree`.

    Raises
    ------
    SpecificationError
        No draws, or replicates of a bootstrap, which are no posterior.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from valuestats.results.meta import make_meta
    >>> from valuestats.results.replicates import draws_tree
    >>> from valuestats.results.result import Result
    >>> frame = pd.DataFrame({"estimand": "score", "model": ["a", "b"], "estimate": 0.0, "std_error": 1.0, "lower": -1.0,
    ...     "upper": 1.0, "level": 0.95, "interval": "posterior", "n_scored": 1, "n_asked": 1})
    >>> meta = make_meta("fit", {"chains": 2, "draws": 3})
    >>> drawn = draws_tree("posterior", np.zeros((6, 2)), {"model": ["a", "b"]})
    >>> posterior_tree(Result("scores", frame, ("model",), meta, drawn))["posterior"]["estimate"].dims
    ('chain', 'draw', 'model')
    """
    import xarray as xr

    known = result.draws
    if known is None or "posterior" not in known.children:
        raise SpecificationError(
            "a tree for ArviZ is of posterior draws",
            parameter="draws",
            got="none" if known is None else "replicates",
            expected="a result of a Bayesian fit",
        )
    kept = known["posterior"].to_dataset()
    number, spec = kept.sizes["draw"], result.meta["specification"]
    chains, each = spec.get("chains") or 1, spec.get("draws") or 0
    if chains * each != number:
        chains = 1
    apart = {
        str(name): (
            ("chain", "draw", *array.dims[1:]),
            array.transpose("draw", ...).to_numpy().reshape(chains, -1, *array.shape[1:]),
        )
        for name, array in kept.items()
    }
    coords = {str(c): kept[c].to_numpy() for c in kept.coords if c != "draw"}
    axes = {"chain": np.arange(chains), "draw": np.arange(number // chains)}
    return xr.DataTree.from_dict({"posterior": xr.Dataset(apart, {**coords, **axes})})
