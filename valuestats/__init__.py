"""valuestats: statistics and reporting for measuring the values of language models.

Public names are loaded when first used, so that ``import valuestats`` stays quick; each room declares its own (see
`valuestats.base.registry`).
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return __dir__()
    if not name.startswith("_"):
        from valuestats.base.registry import former_names, load, public_names

        known = public_names()
        if name not in known and (now := former_names().get(name)):
            from valuestats.base.former import tell_former

            tell_former(name, now)
            name = now
        if name in known:
            return load(f"{known[name]}:{name}")
    raise AttributeError(f"module 'valuestats' has no attribute {name!r}")


def __dir__() -> list[str]:
    from valuestats.base.registry import public_names

    return ["__version__", *sorted(public_names())]
