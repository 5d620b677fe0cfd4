"""Columns leave room for their labels, which are set bold."""

from valuestats.reporting.column_shares import column_shares

LABELS = ["Quantity", "Of", "Published", "Recomputed", "Verdict", "With its uncertainty", "Why"]
CELLS = [
    "Share judged high",
    "values of a prism",
    "0.910",
    "0.678",
    "not computable",
    "0.68 [0.30, 1.00]",
    "x " * 60,
]
# Points that Inter Semibold takes at 8.3 pt (FreeType's advances); each column keeps 6 pt free on both sides.
WIDE = {"Published": 39.7, "Recomputed": 50.8}
INSIDE, LINE = 12, 470


def test_a_bold_label_does_not_touch_the_next():
    shares = dict(zip(LABELS, column_shares([LABELS, CELLS]), strict=True))
    assert [label for label, wide in WIDE.items() if shares[label] * LINE - INSIDE < wide] == []
