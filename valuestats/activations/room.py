"""What the room offers: neurons, probes, directions, files of activations."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Inside a model": {
            "Activations": "valuestats.activations.rows",
            "Directions": "valuestats.activations.directions",
            "NeuronCounts": "valuestats.activations.counts",
            "control_success": "valuestats.activations.control",
            "degenerate_answers": "valuestats.activations.degenerate",
            "linear_probe": "valuestats.activations.probes",
            "minimal_shift": "valuestats.activations.shifts",
            "neuron_stability": "valuestats.activations.stability",
            "placebo_neurons": "valuestats.activations.placebo",
            "placebo_rank": "valuestats.activations.placebo",
            "read_neuron_counts": "valuestats.activations.read",
            "read_tensors": "valuestats.activations.read",
            "select_neurons": "valuestats.activations.selection",
            "value_directions": "valuestats.activations.directions",
        },
    },
    products={
        "Activations": "valuestats.activations.stored:ROWS",
        "Directions": "valuestats.activations.stored:DIRECTIONS",
        "NeuronCounts": "valuestats.activations.stored:COUNTS",
    },
    kinds=(
        Kind(
            "probe",
            figure="valuestats.activations.probe_figures:probe_chart",
            sentence="valuestats.activations.probe_texts:probe_sentence",
            trust="valuestats.activations.probe_trust:probe_reasons",
        ),
        Kind(
            "directions",
            figure="valuestats.activations.probe_figures:directions_chart",
            sentence="valuestats.activations.probe_texts:directions_sentence",
            trust="valuestats.activations.probe_trust:directions_reasons",
        ),
        Kind(
            "control_success",
            figure="valuestats.activations.probe_figures:control_chart",
            sentence="valuestats.activations.probe_texts:control_sentence",
            trust="valuestats.activations.probe_trust:control_reasons",
        ),
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
