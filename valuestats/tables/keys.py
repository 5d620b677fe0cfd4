"""Keys: which item counts towards which dimension, and which way round; one check for whoever takes them."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from valuestats.base.errors import InputError, SpecificationError
from valuestats.base.labels import readable

LEFT_OUT = "negative pairs left out"
"""Under this name a table of keys (``keyed.attrs``) tells the pairs ``[family, dimension, item]`` that go as clearly against
their dimension as keyed ones go with it, and are no keys as only positive ones were asked for."""


def checked_keys(
    keyed: pd.DataFrame,
    *,
    family: str | None = None,
    items: Iterable[object] | None = None,
    parameter: str = "keyed",
) -> pd.DataFrame:
    """Keys of one family, each once and of one sign.

    Parameters
    ----------
    keyed
        One row per key: ``item``, ``dimension``, optionally ``sign`` (+1 or -1; +1 where there is no such column) and
        ``family``. Other columns stay.
    family
        The family whose keys are wanted; all rows where not given.
    items
        The items that were asked; keys of others are left out. All where not given.
    parameter
        What the keys are called where they are asked for, for the message.

    Returns
    -------
    pandas.DataFrame
        The rows in their order, with ``item``, ``dimension`` and ``family`` as text and ``sign`` as a whole number.

    Raises
    ------
    InputError
        Not a table, a column is missing, or a null item or dimension.
    SpecificationError
        No keys, no such family, none of the items was asked, a sign that is neither +1 nor -1, an item keyed twice to one
        dimension (doubled, or with both signs).

    Examples
    --------
    >>> import pandas as pd
    >>> checked_keys(pd.DataFrame({"item": [1, 2], "dimension": "Power"}))[["item", "sign"]].values.tolist()
    [['1', 1], ['2', 1]]
    """
    table = _table(keyed, parameter)
    if family is not None:
        table = _of_family(table, family, parameter)
    table = table.assign(item=table["item"].astype(str), dimension=table["dimension"].astype(str))
    table["sign"] = _signs(table)
    _require_once(table, parameter)
    if items is None:
        return table
    asked = table[table["item"].isin({str(i) for i in items})]
    if asked.empty:
        raise SpecificationError(
            "no keyed item was asked",
            parameter=parameter,
            got=", ".join(table["item"].head(5)),
            hint="check that items carry the same identifiers in the answers and in the keys",
        )
    return asked


def left_out(keyed: pd.DataFrame, family: str | None = None) -> dict[str, list[str]]:
    """Items by dimension that go against it and are no keys, where the table tells them (`LEFT_OUT`).

    Examples
    --------
    >>> keyed = pd.DataFrame({"item": ["1"], "family": "pvq", "dimension": "Power", "sign": 1})
    >>> keyed.attrs[LEFT_OUT] = [["pvq", "Power", "2"]]
    >>> left_out(keyed), left_out(keyed, "bfi")
    ({'Power': ['2']}, {})
    """
    found: dict[str, list[str]] = {}
    for of, dimension, item in keyed.attrs.get(LEFT_OUT, []):
        if family is None or str(of) == family:
            found.setdefault(str(dimension), []).append(str(item))
    return found


def printed_labels(keyed: pd.DataFrame | None) -> dict[str, str]:
    """What dimensions are called in figures and tables, where keys say so (``label``) and it isn't the identifier itself.

    Examples
    --------
    >>> import pandas as pd
    >>> printed_labels(pd.DataFrame({"item": [1, 2], "dimension": ["o", "Power"], "label": ["Openness", "Power"]}))
    {'o': 'Openness'}
    """
    if keyed is None or "label" not in keyed.columns:
        return {}
    pairs = keyed[["dimension", "label"]].dropna().astype(str).drop_duplicates("dimension")
    return {name: label for name, label in pairs.itertuples(index=False) if label != readable(name)}


def _table(keyed: pd.DataFrame, parameter: str) -> pd.DataFrame:
    if not isinstance(keyed, pd.DataFrame):
        raise InputError(
            "keys are a table", parameter=parameter, got=type(keyed).__name__, expected="a pandas.DataFrame"
        )
    missing = [c for c in ("item", "dimension") if c not in keyed.columns]
    if missing:
        raise InputError(
            f"the keys lack {' and '.join(missing)}",
            parameter=parameter,
            got=f"columns {', '.join(map(str, keyed.columns)) or 'none'}",
            expected="item, dimension and optionally sign, family",
        )
    if keyed.empty:
        raise SpecificationError(
            "no keys", parameter=parameter, got="an empty table", expected="at least one row"
        )
    for name in ("item", "dimension", "family"):
        if name in keyed.columns and keyed[name].isna().any():
            raise InputError(
                f"a key without {name}", parameter=parameter, got=f"null in {_rows(keyed[name].isna())}"
            )
    return keyed


def _of_family(table: pd.DataFrame, family: str, parameter: str) -> pd.DataFrame:
    if "family" not in table.columns:
        raise InputError(
            "the keys lack family",
            parameter=parameter,
            got=f"columns {', '.join(map(str, table.columns))}",
            expected="a column family that names the instrument or the list of values",
        )
    names = table["family"].astype(str)
    found = table[names == str(family)].assign(family=str(family))
    if found.empty:
        raise SpecificationError(
            "no keys of this family",
            parameter="family",
            got=family,
            expected=f"one of {', '.join(sorted(names.unique()))}",
        )
    return found


def _signs(table: pd.DataFrame) -> pd.Series:
    if "sign" not in table.columns:
        return pd.Series(1, index=table.index)
    sign = pd.to_numeric(table["sign"], errors="coerce")
    wrong = ~sign.isin([-1, 1])
    if wrong.any():
        first = table[wrong].iloc[0]
        raise SpecificationError(
            "a key's sign must be +1 or -1",
            parameter="sign",
            got=f"{first['sign']} for item {first['item']} of {first['dimension']}, in {_rows(wrong)}",
            expected="+1 or -1 in each row",
            hint="leave the column out where all items count as they are",
        )
    return sign.astype("int64")


def _require_once(table: pd.DataFrame, parameter: str) -> None:
    twice = table.duplicated(["item", "dimension"], keep=False)
    if not twice.any():
        return
    first = table[twice].iloc[0]
    same = table[(table["item"] == first["item"]) & (table["dimension"] == first["dimension"])]
    both = len(set(same["sign"])) > 1
    families = "family" in same.columns and len(set(same["family"])) > 1
    raise SpecificationError(
        "an item is keyed to one dimension with both signs"
        if both
        else "an item is keyed twice to one dimension",
        parameter=parameter,
        got=f"item {first['item']} of {first['dimension']}; {_rows(twice)}",
        expected="each item once in a dimension",
        hint="keep the keys of one family" if families else None,
    )


def _rows(wrong: pd.Series) -> str:
    places = [str(k) for k in wrong.to_numpy().nonzero()[0]]
    more = f" and {len(places) - 5} more" if len(places) > 5 else ""
    return f"row{'s' if len(places) > 1 else ''} {', '.join(places[:5])}{more} (from 0)"
