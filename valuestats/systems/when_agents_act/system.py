"""The record of When Agents Act."""

from __future__ import annotations

from valuestats.base.registry import System

_ROOM = "valuestats.systems.when_agents_act"

SYSTEM = System(
    id="when_agents_act",
    title="When Agents Act",
    citation="Strakhov (2025). When agents act: behavioral shifts in LLM ethical decision-making.",
    data=("when_agents_act",),
    licence="CC0",
    material="the release's own raw judgements, without mode and configuration",
    verbs={
        "agents_comparison": f"{_ROOM}.bounds:agents_comparison",
        "agents_recovery": f"{_ROOM}.simulate:agents_recovery",
        "consensus_bounds": f"{_ROOM}.bounds:consensus_bounds",
        "judged_outcomes": f"{_ROOM}.release:judged_outcomes",
        "read_judgements": f"{_ROOM}.release:read_judgements",
        "reversal_bounds": f"{_ROOM}.bounds:reversal_bounds",
    },
    page="valuestats.systems.when_agents_act.page",
    standin="valuestats.systems.when_agents_act.simulate:standin",
)
