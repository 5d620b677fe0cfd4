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
        from valuestats.base.registry import load, public_names

        module = public_names().get(name)
        if module is not None:
            return load(f"{module}:{name}")
    raise AttributeError(f"module 'valuestats' has no attribute {name!r}")


def __dir__() -> list[str]:
    from valuestats.base.registry import public_names

    return ["__version__", *sorted(public_names())]
