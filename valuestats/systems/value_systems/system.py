"""The record of the values behind routes."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="value_systems",
    title="Values behind routes",
    citation="Holgado-Sánchez et al. (2026). Learning the value systems of agents with preference-based and inverse "
    "reinforcement learning.",
    data=("value_systems",),
    licence="Apache 2.0 (copy of the route choices)",
    material="route choices of 388 Swiss people, a public stand-in; simulated plans with known weights",
    verbs={
        "class_values_of_time": "valuestats.systems.value_systems.routes:class_values_of_time",
        "read_routes": "valuestats.systems.value_systems.routes:read_routes",
        "town_plans": "valuestats.systems.value_systems.town:town_plans",
        "town_recovery": "valuestats.systems.value_systems.town:town_recovery",
        "value_town": "valuestats.systems.value_systems.town:value_town",
        "routes_comparison": "valuestats.systems.value_systems.routes:routes_comparison",
    },
    page="valuestats.systems.value_systems.page",
    standin="valuestats.systems.value_systems.simulate:standin",
)
