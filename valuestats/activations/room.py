"""What the room offers: neurons."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Inside a model": {
            "NeuronCounts": "valuestats.activations.counts",
            "degenerate_answers": "valuestats.activations.degenerate",
            "neuron_stability": "valuestats.activations.stability",
            "placebo_neurons": "valuestats.activations.placebo",
            "placebo_rank": "valuestats.activations.placebo",
            "read_neuron_counts": "valuestats.activations.read",
            "read_tensors": "valuestats.activations.read",
            "select_neurons": "valuestats.activations.selection",
        },
    },
    products={"NeuronCounts": "valuestats.activations.stored:COUNTS"},
    kinds=(
        Kind(
            "neurons",
            figure="valuestats.activations.figures:neuron_chart",
            sentence="valuestats.activations.sentences:neurons_sentence",
            trust="valuestats.activations.trust:neuron_reasons",
        ),
        Kind(
            "neuron_stability",
            figure="valuestats.activations.figures:stability_chart",
            sentence="valuestats.activations.sentences:stability_sentence",
            trust="valuestats.activations.trust:stability_reasons",
        ),
    ),
)
