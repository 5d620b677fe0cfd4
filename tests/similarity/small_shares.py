"""Small tables of shares."""

import pandas as pd

from valuestats.tables import Population


def shares(group, distributions, options=None, **columns):
    """A table from ``{question: [shares]}``; options are a, b, c, … unless given per question."""
    rows = [
        {
            "group": group,
            "question": question,
            "option": (options or {}).get(question, "abcdefghij")[k],
            "position": k,
            "share": share,
            **columns,
        }
        for question, values in distributions.items()
        for k, share in enumerate(values)
    ]
    return pd.DataFrame(rows)


def population(*tables):
    return Population(pd.concat(tables, ignore_index=True))
