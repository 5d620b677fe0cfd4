"""What the room offers: votes."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Choices and rankings": {
            "vote_choices": "valuestats.votes.table",
            "vote_pagerank": "valuestats.votes.pagerank",
            "votes_to_graph": "valuestats.votes.graph",
        },
    },
    kinds=(
        Kind(
            "vote_graph",
            figure="valuestats.votes.figures:graph_chart",
            sentence="valuestats.votes.sentences:graph_sentence",
            trust="valuestats.votes.trust:graph_reasons",
        ),
        Kind(
            "vote_pagerank",
            figure="valuestats.votes.figures:pagerank_chart",
            sentence="valuestats.votes.sentences:pagerank_sentence",
            trust="valuestats.votes.trust:rank_reasons",
        ),
    ),
)
