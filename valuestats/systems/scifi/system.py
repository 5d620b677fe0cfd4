"""The record of SciFi-Benchmark."""

from __future__ import annotations

from valuestats.base.registry import System

_ROOM = "valuestats.systems.scifi"

SYSTEM = System(
    id="scifi",
    title="SciFi-Benchmark",
    citation="Sermanet et al. (2025). SciFi-Benchmark: Leveraging science fiction to improve robot behavior.",
    data=(),
    licence="facts of the publication",
    material="printed percentages, audited; a simulation of the design",
    verbs={
        "common_sizes": f"{_ROOM}.contrasts:common_sizes",
        "scifi_best": f"{_ROOM}.selection:scifi_best",
        "scifi_comparison": f"{_ROOM}.contrasts:scifi_comparison",
        "scifi_contrasts": f"{_ROOM}.contrasts:scifi_contrasts",
        "scifi_intervals": f"{_ROOM}.contrasts:scifi_intervals",
        "scifi_table": f"{_ROOM}.contrasts:scifi_table",
        "winners_curse": f"{_ROOM}.selection:winners_curse",
    },
    page="valuestats.systems.scifi.page",
)
