"""The instrument: which items speak to which dimension, on which scale, by whose authority."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from valuestats.base.errors import SpecificationError
from valuestats.instruments.scale import AnswerScale

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Dimension:
    """One value or trait of an instrument.

    Attributes
    ----------
    label
        How it is called in figures and tables.
    items
        Identifiers of its items; empty where keys are learned from data.
    reversed
        Those of its items whose codes are turned round before they are scored.
    parents
        Higher-order dimensions it is part of.

    Examples
    --------
    >>> Dimension("Power", items=("2", "17")).items
    ('2', '17')
    """

    label: str
    items: tuple[str, ...] = ()
    reversed: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        repeated = sorted({item for item in self.items if self.items.count(item) > 1})
        if repeated:
            raise SpecificationError(
                "an item stands twice in one dimension", parameter=self.label, got=repeated
            )
        astray = [item for item in self.reversed if item not in self.items]
        if astray:
            raise SpecificationError(
                "a reversed item is not an item of its dimension",
                parameter=self.label,
                got=astray,
                expected=self.items,
            )


@dataclass(frozen=True)
class Instrument:
    """A published instrument: its scale and its keys, never the wording of its items.

    Attributes
    ----------
    id, name, citation, licence, notes
        What it is, who made it, and under which terms.
    scale
        The answer scale.
    families
        Family (e.g. ``pvq``) to (dimension identifier to `Dimension`), in the order they are shown.
    circumplex
        Family to its dimensions in circular order, for families that have one.
    usual_order
        Family to its dimensions as people usually order them, highest first; answers of people that order them
        the other way round are probably coded the other way round.

    Raises
    ------
    SpecificationError
        An item in two dimensions of one family, an unknown parent, a circular order that isn't one of the
        family's dimensions.

    Examples
    --------
    >>> from valuestats.instruments import load_instrument
    >>> pvq = load_instrument("pvq21")
    >>> pvq.families["pvq"]["Universalism"].items
    ('3', '8', '19')
    >>> pvq.label("pvq", "Self_Direction")
    'Self-Direction'
    """

    id: str
    name: str
    citation: str
    licence: str
    scale: AnswerScale
    families: Mapping[str, Mapping[str, Dimension]]
    circumplex: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: str = ""
    usual_order: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = {dimension for family in self.families.values() for dimension in family}
        for family, dimensions in self.families.items():
            home: dict[str, str] = {}
            for name, dimension in dimensions.items():
                for item in dimension.items:
                    if home.setdefault(item, name) != name:
                        raise SpecificationError(
                            "an item stands in two dimensions of one family",
                            parameter=family,
                            got=f"item {item}: {home[item]} and {name}",
                        )
                strangers = [parent for parent in dimension.parents if parent not in known]
                if strangers:
                    raise SpecificationError("an unknown parent", parameter=f"{family}.{name}", got=strangers)
        for name in ("circumplex", "usual_order"):
            for family, order in getattr(self, name).items():
                if family not in self.families or sorted(order) != sorted(self.families[family]):
                    raise SpecificationError(
                        f"the {'circular' if name == 'circumplex' else 'usual'} order must name each dimension of its "
                        "family once",
                        parameter=f"{name}.{family}",
                        got=list(order),
                        expected=sorted(self.families.get(family, {})),
                    )

    @property
    def items(self) -> tuple[str, ...]:
        """All keyed items, each once, in the order they are declared."""
        return tuple(
            dict.fromkeys(i for family in self.families.values() for d in family.values() for i in d.items)
        )

    def label(self, family: str, dimension: str) -> str:
        """How a dimension is called in figures; its identifier where the instrument doesn't know it."""
        known = self.families.get(family, {}).get(dimension)
        return dimension if known is None else known.label

    def keys(self) -> pd.DataFrame:
        """The keys as a tidy table: ``item``, ``family``, ``dimension``, ``label``, ``reversed``."""
        import pandas as pd

        rows = [
            (item, family, name, dimension.label, item in dimension.reversed)
            for family, dimensions in self.families.items()
            for name, dimension in dimensions.items()
            for item in dimension.items
        ]
        return pd.DataFrame(rows, columns=["item", "family", "dimension", "label", "reversed"])
