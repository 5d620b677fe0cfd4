"""Damage to an input: to its bytes, or to one place of the tree or table it holds."""

import copy
import math

WORDS = [
    "", " ", "\x00", "\ud800", "\udfff", "é", "\u202e", "\u2028", "nan", "NaN", "inf", "-inf", "null", "true", "1e999",
    "-0", "0", "1", "-1", "9" * 25, "9" * 4400, "1" + "0" * 400, "1.5", "1,5", "x" * 3000, '"', "'", "\n", "\r", "\t", ",",
    ";", "{}", "[]",
    '{"a": [1]}', "2020-02-30", "<b>", "=1+1", "@x", "%s", "{0}", "../../x", "a\nb", "model", "item", "raw", "…",
]  # fmt: skip
NUMBERS = [
    0, -1, 1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 2**64, 10**30, 10**400, 0.5, -0.0, 1e308, math.nan, math.inf,
    -math.inf, True,
]  # fmt: skip
BYTES = [
    b"", b"\x00", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"{", b"}",
    b"[", b"]", b'"', b",", b";", b"\t", b"\n", b"\r", b"\\u0000", b"\\ud800", b"9" * 30, b"9" * 4400, b"1e999", b"NaN",
    b"null", b":", b"- ", b"{}", b"[]", b"x" * 500, b"[" * 3000, b"&a ", b"*a", b"!!", b"<<: ", b"|", b"#", b"'",
]  # fmt: skip


DEEP = "@@deep@@"
"""Stands for lists in lists, more than any parser follows, until the tree is written."""


def unfolded(content):
    """Written JSON or YAML, with what `DEEP` stands for."""
    return content.replace(b'"' + DEEP.encode() + b'"', b"[" * 3000 + b"]" * 3000).replace(
        b"'" + DEEP.encode() + b"'", b"[" * 3000 + b"]" * 3000
    )


def odd_value(rng):
    """A value that no reader expects."""
    kind = rng.randrange(6)
    if kind == 0:
        return rng.choice(NUMBERS)
    if kind == 1:
        return rng.choice(
            [None, [], {}, [None], [[]], {"": None}, {"a": {"b": [1, {"c": 2}]}}, ["a", 1, None]]
        )
    if kind == 2 and rng.random() < 0.1:
        return DEEP
    return rng.choice(WORDS)


def damaged_bytes(content, rng):
    """Cut, overwritten, repeated or inserted bytes."""
    content = bytearray(content)
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        at = rng.randrange(len(content) + 1)
        kind = rng.randrange(6)
        if kind == 0:
            del content[at:]
        elif kind == 1:
            del content[at : at + rng.choice([1, 2, 8, 100])]
        elif kind == 2 and at < len(content):
            content[at] = rng.randrange(256)
        elif kind == 3:
            content[at:at] = rng.choice(BYTES)
        elif kind == 4:
            length = rng.choice([1, 2, 4])
            content[at : at + length] = rng.choice(BYTES)
        else:
            content[at:at] = content[max(0, at - rng.choice([5, 50, 500])) : at]
    return bytes(content)


def places(value, path=(), depth=0):
    """Every place of a tree of dictionaries and lists."""
    yield path
    if depth > 12:
        return
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from places(inner, (*path, key), depth + 1)


def damaged_tree(tree, rng):
    """One or several places of a tree replaced, taken away, doubled or renamed."""
    tree = copy.deepcopy(tree)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        found = list(places(tree))
        path = rng.choice(found)
        if not path:
            if rng.random() < 0.2:
                return odd_value(rng)
            continue
        owner = tree
        for key in path[:-1]:
            owner = owner[key]
        key, kind = path[-1], rng.randrange(6)
        if kind < 3:
            owner[key] = odd_value(rng)
        elif kind == 3:
            del owner[key]
        elif kind == 4 and isinstance(owner, dict):
            owner[rng.choice([w for w in WORDS if w])] = owner.pop(key)
        elif isinstance(owner, list):
            owner.insert(key, copy.deepcopy(owner[key]))
        else:
            owner[key] = [owner[key]]
    return tree


def damaged_rows(rows, rng):
    """A table of texts with cells, rows and columns damaged; the first row is the header."""
    rows = [list(row) for row in rows]
    for _ in range(rng.choice([1, 1, 2, 3])):
        kind, row = rng.randrange(8), rng.randrange(len(rows))
        column = rng.randrange(len(rows[0])) if rows[0] else 0
        if kind < 3 and column < len(rows[row]):
            rows[row][column] = rng.choice(WORDS)
        elif kind == 3:
            rows[0][column] = rows[0][rng.randrange(len(rows[0]))]
        elif kind == 4:
            rows[row] = rows[row][: rng.randrange(len(rows[row]) + 1)]
        elif kind == 5:
            rows.insert(row, list(rows[row]))
        elif kind == 6:
            rows = [[*r, rng.choice(WORDS)] for r in rows]
        elif len(rows) > 1:
            del rows[row]
        if not rows or not rows[0]:
            return rows
    return rows
