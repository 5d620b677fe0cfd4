"""The record of WorldPM."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="worldpm",
    title="WorldPM and laws of size",
    citation="Wang et al. (2025). WorldPM: Scaling human preference modeling.",
    data=("powerlaw", "scaling_losses", "moral_scaling"),
    licence="no table of losses is public; named stand-ins under MIT, and one used locally",
    material="losses of public scaling studies and a value measure by size, as stand-ins; simulated regimes",
    verbs={
        "indifferent_chooser": "valuestats.systems.worldpm.moral:indifferent_chooser",
        "moral_audit": "valuestats.systems.worldpm.moral:moral_audit",
        "read_moral_scaling": "valuestats.systems.worldpm.moral:read_moral_scaling",
        "read_scaling_losses": "valuestats.systems.worldpm.releases:read_scaling_losses",
        "read_scaling_points": "valuestats.systems.worldpm.releases:read_scaling_points",
        "regime_recovery": "valuestats.systems.worldpm.simulate:regime_recovery",
        "simulate_regimes": "valuestats.systems.worldpm.simulate:simulate_regimes",
        "style_pairs": "valuestats.systems.worldpm.style:style_pairs",
        "style_recovery": "valuestats.systems.worldpm.style:style_recovery",
        "worldpm_comparison": "valuestats.systems.worldpm.comparison:worldpm_comparison",
    },
    page="valuestats.systems.worldpm.page",
    standin="valuestats.systems.worldpm.simulate:standin",
)
