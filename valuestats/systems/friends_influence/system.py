"""The record of the friends' influence model."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="friends_influence",
    title="Change of values by friends' influence",
    citation="Value change by friends' influence (2021): bounded confidence on 275 ego networks.",
    data=("opinion_dynamics",),
    licence="its networks are not public; an experiment on opinions is used locally",
    material="an experiment with 182 people and one voice each, as a stand-in; 275 simulated ego networks",
    verbs={
        "friends_recovery": "valuestats.systems.friends_influence.simulate:friends_recovery",
        "published_friends": "valuestats.systems.friends_influence.exposures:published_friends",
        "read_exposures": "valuestats.systems.friends_influence.exposures:read_exposures",
        "simulated_friends": "valuestats.systems.friends_influence.simulate:simulated_friends",
        "stillness": "valuestats.systems.friends_influence.exposures:stillness",
    },
    page="valuestats.systems.friends_influence.page",
    standin="valuestats.systems.friends_influence.simulate:standin",
)
