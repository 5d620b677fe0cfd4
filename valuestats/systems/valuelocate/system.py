"""The record of ValueLocate."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="valuelocate",
    title="ValueLocate",
    citation="Su et al. (2025). Understanding how value neurons shape the generation of specified values in LLMs.",
    data=(),
    licence="facts of the publication",
    material="simulation with a known truth",
    verbs={
        "edit_outcomes": "valuestats.systems.valuelocate.comparison:edit_outcomes",
        "edit_recovery": "valuestats.systems.valuelocate.comparison:edit_recovery",
        "naive_edit_outcomes": "valuestats.systems.valuelocate.comparison:naive_outcomes",
        "neuron_recovery": "valuestats.systems.valuelocate.comparison:neuron_recovery",
        "simulated_edits": "valuestats.systems.valuelocate.simulate:simulated_edits",
        "simulated_neuron_counts": "valuestats.systems.valuelocate.simulate:simulated_neuron_counts",
        "simulated_neuron_truth": "valuestats.systems.valuelocate.simulate:simulated_neuron_truth",
        "valuelocate_comparison": "valuestats.systems.valuelocate.comparison:comparison",
    },
    page="valuestats.systems.valuelocate.page",
)
