"""What the room offers: audits of published tables."""

from __future__ import annotations

from valuestats.base.registry import Kind, Room

ROOM = Room(
    public={
        "Published tables": {
            "audit_table": "valuestats.auditing.tables",
            "audit_findings": "valuestats.auditing.findings",
        },
    },
    kinds=(
        Kind(
            "table_audit",
            figure="valuestats.auditing.figures:audit_chart",
            sentence="valuestats.auditing.sentences:audit_sentence",
            table="valuestats.auditing.figures:audit_great_table",
            trust="valuestats.auditing.sentences:audit_trust",
        ),
    ),
)
