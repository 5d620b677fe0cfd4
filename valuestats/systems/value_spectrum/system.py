"""The record of Value-Spectrum."""

from __future__ import annotations

from valuestats.base.registry import Kind, System

_ROOM = "valuestats.systems.value_spectrum"

SYSTEM = System(
    id="value_spectrum",
    title="Value-Spectrum",
    citation="Li et al. (2025). Value-Spectrum: Quantifying preferences of vision-language models via value decomposition "
    "in social media contexts. ACL.",
    data=("value_spectrum_pilot",),
    licence="facts of the publication; BSD-3-Clause (pilot runs)",
    material="digitised percentages, audited; pilot runs of the authors; simulated personas",
    verbs={
        "adoption_truth": f"{_ROOM}.simulate:adoption_truth",
        "adoption_change": f"{_ROOM}.pilot:adoption_change",
        "pilot_rates": f"{_ROOM}.pilot:pilot_rates",
        "persona_recovery": f"{_ROOM}.persona:persona_recovery",
        "persona_selectivity": f"{_ROOM}.persona:persona_selectivity",
        "read_described": f"{_ROOM}.persona:read_described",
        "read_persona_run": f"{_ROOM}.pilot:read_persona_run",
        "read_pilot": f"{_ROOM}.pilot:read_pilot",
        "simulate_personas": f"{_ROOM}.persona:simulate_personas",
        "simulate_runs": f"{_ROOM}.simulate:simulate_runs",
        "spectrum_comparison": f"{_ROOM}.comparison:comparison",
        "spectrum_counts": f"{_ROOM}.spectrum:spectrum_counts",
        "spectrum_flatness": f"{_ROOM}.spectrum:spectrum_flatness",
        "spectrum_interaction": f"{_ROOM}.interaction:spectrum_interaction",
        "spectrum_ranks": f"{_ROOM}.comparison:spectrum_ranks",
        "spectrum_rates": f"{_ROOM}.spectrum:spectrum_rates",
        "spectrum_table": f"{_ROOM}.spectrum:spectrum_table",
    },
    kinds=(Kind("spectrum_rates", sentence=f"{_ROOM}.sentences:rates_sentence"),),
    page="valuestats.systems.value_spectrum.page",
    standin="valuestats.systems.value_spectrum.simulate:standin",
)
