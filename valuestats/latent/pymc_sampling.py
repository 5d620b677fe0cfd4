"""The one place where a PyMC model is sampled."""

from __future__ import annotations

import os
import time
import warnings
from typing import TYPE_CHECKING, Any, Literal

from valuestats.base.errors import SpecificationError
from valuestats.base.progress import bar, say

if TYPE_CHECKING:
    import pymc as pm
    import xarray as xr

Adaptation = Literal["diag", "low_rank"]


def sample(
    model: pm.Model,
    *,
    draws: int = 600,
    tune: int = 400,
    chains: int = 4,
    seed: int,
    progress: bool = True,
    target_accept: float = 0.8,
    adaptation: Adaptation = "diag",
    cores: int | None = None,
) -> xr.DataTree:
    """Sample a model's posterior by the No-U-Turn sampler, compiled by numba.

    Compiled functions are kept in PyTensor's cache folder (``PYTENSOR_FLAGS=base_compiledir=...``), so a model
    of the same structure compiles several times sooner from its second fit on, in other processes too.

    Parameters
    ----------
    model
        A PyMC model.
    draws, tune
        Draws kept and adaptation steps of each chain.
    chains
        Number of chains, at least 2: R-hat compares them.
    seed
        Seed of the starting points and the sampler; the same seed gives the same draws on the same machine.
    progress
        Whether to say on standard error what is going on.
    target_accept
        Acceptance rate that the step size aims at.
    adaptation
        Mass matrix: ``"diag"``, or ``"low_rank"`` where a model has a few strongly correlated directions. Its
        eigenvectors are dear: on models whose weak directions are removed beforehand (212 and 11,130
        dimensions) it took 30 and 2.7 times as long for the same effective sample size.
    cores
        Chains that run at once; all processors by default.

    Returns
    -------
    xarray.DataTree
        Groups ``posterior`` and ``sample_stats``; the attributes of the root hold ``compile_seconds``,
        ``sampling_seconds``, ``dimensions``, ``adaptation`` and ``gradients``.

    Raises
    ------
    SpecificationError
        Fewer than two chains or no draws.
    KeyboardInterrupt
        On Ctrl-C, after the chains have been told to stop; nothing is kept.

    Examples
    --------
    Needs compiling, so it is only shown::

        with pm.Model() as model:
            pm.Normal("x")
        tree = sample(model, draws=200, seed=1)
    """
    if chains < 2 or draws < 1 or tune < 1:
        raise SpecificationError(
            "too little to sample",
            parameter="chains, draws, tune",
            got=f"{chains}, {draws}, {tune}",
            expected="at least 2, 1, 1",
        )
    start = time.perf_counter()
    if progress:
        say("compiling the model (sooner the second time)")
    compiled = compile_model(model)
    ready = time.perf_counter()
    tree = run_compiled(
        compiled,
        progress=progress,
        draws=draws,
        tune=tune,
        chains=chains,
        cores=min(chains, cores or os.cpu_count() or 1),
        seed=seed,
        adaptation=adaptation,
        target_accept=target_accept,
        save_warmup=False,
    )
    done = time.perf_counter()
    tree.attrs.update(
        compile_seconds=round(ready - start, 2),
        sampling_seconds=round(done - ready, 2),
        dimensions=int(compiled.n_dim),
        adaptation=adaptation,
        gradients=int(tree["sample_stats"]["n_steps"].sum()),
    )
    return tree


def compile_model(model: pm.Model) -> Any:
    """Compile a model for `run_compiled`; its ``with_data(counts=...)`` refits it to other counts."""
    import nutpie

    with warnings.catch_warnings():
        # numba says of nutpie's own wrapper that it can't be cached; PyTensor caches what lies below it.
        warnings.simplefilter("ignore")
        return nutpie.compile_pymc_model(model, backend="numba")


def run_compiled(compiled: Any, *, progress: bool, **settings: Any) -> xr.DataTree:
    """Sample a compiled model; `settings` are those of ``nutpie.sample``, as `sample` fills them in."""
    import nutpie

    state = {"done": 0, "divergences": 0}

    def note(chains: list[Any]) -> None:
        state["done"] = sum(chain.finished_draws for chain in chains)
        state["divergences"] = sum(chain.divergences for chain in chains)

    total = settings["chains"] * (settings["draws"] + settings["tune"])
    sampler = nutpie.sample(
        compiled, blocking=False, progress_bar=False, progress_callback=note, progress_rate=200, **settings
    )
    try:
        with bar(range(total), "sampling", unit="draw", shown=progress) as moving:
            while not _finished(sampler):
                time.sleep(0.05)
                moving.set_postfix(divergences=state["divergences"], refresh=False)
                moving.update(state["done"] - moving.n)
        return sampler.wait()
    except BaseException:
        sampler.cancel()
        raise


def _finished(sampler: Any) -> bool:
    try:
        return bool(sampler.is_finished)
    except TimeoutError:  # nutpie raises it while the sampler is busy between two draws
        return False
