"""The record of Value Portrait."""

from __future__ import annotations

from valuestats.base.registry import System

SYSTEM = System(
    id="value_portrait",
    title="Value Portrait",
    citation="Han et al. (2025). Value Portrait. ACL 2025.",
    data=("value_portrait",),
    licence="MIT",
    page="valuestats.systems.value_portrait.page",
    readers={"value_portrait": "valuestats.systems.value_portrait.release:READER"},
)
