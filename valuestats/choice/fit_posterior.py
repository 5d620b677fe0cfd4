"""Draws of a choice model by the latent engines."""

from __future__ import annotations

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
    """Draws of all parts by an engine of `valuestats.latent.engines`, and its record."""
    from valuestats.latent.engines import draw_latent

    check_sampling(settings["chains"], settings["draws"], settings["tune"])
    posterior = choice_posterior(design, priors)
    found = draw_latent(posterior, engine, progress=progress, **settings)
    if isinstance(found, list):
        raise SpecificationError(
            "no engine draws from this posterior", parameter="engine", got=engine, hint="; ".join(found)
        )
    keep = int(settings["draws"])
    return drawn_parts(design, posterior, found.x[..., :keep], found.phi[..., :keep]), found.fit
