"""Draws of a choice model by the latent engines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from valuestats.base.errors import SpecificationError
from valuestats.choice.fit_design import ChoiceDesign
from valuestats.choice.fit_draws import ChoiceDraws, choice_posterior, drawn_parts
from valuestats.choice.spec import ChoicePriors
from valuestats.regression.methods import check_sampling


def posterior_draws(
    design: ChoiceDesign,
    priors: ChoicePriors,
    engine: Any = "auto",
    *,
    progress: bool = False,
    **settings: Any,
) -> tuple[ChoiceDraws, Any]:
    """Draws of all parts by an engine of `valuestats.latent.engines`, and its record: the first of `posterior_fits`."""
    return next(posterior_fits(design, priors, engine, progress=progress, **settings))


def posterior_fits(
    design: ChoiceDesign,
    priors: ChoicePriors,
    engine: Any = "auto",
    *,
    progress: bool = False,
    **settings: Any,
) -> Iterator[tuple[ChoiceDraws, Any]]:
    """Yield draws of all parts and the engine's record; of ``auto`` the sampler's chains go on where more are asked for."""
    from valuestats.latent.engines import draw_latent, going_on

    check_sampling(settings["chains"], settings["draws"], settings["tune"])
    posterior = choice_posterior(design, priors)
    found = draw_latent(posterior, engine, progress=progress, **settings)
    if isinstance(found, list):
        raise SpecificationError(
            "no engine draws from this posterior", parameter="engine", got=engine, hint="; ".join(found)
        )
    for longer in going_on(found, engine):
        keep = int(settings["draws"]) if longer.fit.engine == "laplace" else longer.x.shape[2]
        yield drawn_parts(design, posterior, longer.x[..., :keep], longer.phi[..., :keep]), longer.fit
