"""What a survey holds: its variables, their labels and missing codes, its weights."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from valuestats.tables.survey import MISSING_CLASSES, VALID, Survey, code_text

_LISTED = 40


@dataclass(frozen=True)
class SurveyDescription:
    """What `describe_survey` found.

    Attributes
    ----------
    sizes
        ``what``, ``value``: respondents, variables, the design, sum of weights, Kish's effective size.
    variables
        One row per variable: ``variable``, ``label``, ``options``, ``direction``, ``valid``, and a count per class of
        missing codes.
    codes
        ``variable``, ``code``, ``label``, ``class``: every missing code.
    findings
        As of the survey.
    """

    sizes: pd.DataFrame
    variables: pd.DataFrame
    codes: pd.DataFrame
    findings: pd.DataFrame

    def to_content(self) -> dict[str, str]:
        """What a study keeps: the text."""
        return {"text": self.to_text()}

    def to_text(self, variables: int = _LISTED) -> str:
        """The description as plain text; at most so many variables are listed."""
        lines = [f"{row.what}: {row.value}" for row in self.sizes.itertuples(index=False)]
        lines += ["", "variables"]
        for row in self.variables.head(variables).to_dict("records"):
            absent = [f"{row[k]:,} {k.replace('_', ' ')}" for k in MISSING_CLASSES if row[k]]
            lines.append(f"  {row['variable']:<14} {row['valid']:>8,} valid  {'; '.join(absent)}".rstrip())
            told = [row["label"], row["options"], row["direction"]]
            if any(told):
                lines.append("  " + " " * 15 + " | ".join(t for t in told if t))
        hidden = len(self.variables) - variables
        lines += [f"  … and {hidden:,} more variables"] if hidden > 0 else []
        lines += ["", f"findings: {len(self.findings):,}"]
        lines += [
            f"  {row['kind']}: {row['variable']}: {_plain(row['found'])} ({row['n']:,})"
            for row in self.findings.head(_LISTED).to_dict("records")
        ]
        hidden = len(self.findings) - _LISTED
        lines += [f"  … and {hidden:,} more"] if hidden > 0 else []
        return "\n".join(lines)


def describe_survey(survey: Survey) -> SurveyDescription:
    """Count a survey's answers and missing codes, variable by variable.

    Examples
    --------
    >>> import pandas as pd
    >>> from valuestats.tables import SurveyDesign, Variable
    >>> known = {"q": Variable("q", "Agree?", {1.0: "yes", -1.0: "DK"}, {-1.0: "dont_know"})}
    >>> survey = Survey(pd.DataFrame({"q": [1.0, -1.0], "w": [1.0, 3.0]}), known, SurveyDesign("w"))
    >>> print(describe_survey(survey).to_text())
    respondents: 2
    variables: 2
    design: weight w
    weights: sum 4, Kish's effective size 1.6, largest 1.50 times the mean, 0 of zero
    <BLANKLINE>
    variables
      q                     1 valid  1 dont know
                     Agree? | 1 yes
      w                     2 valid
    <BLANKLINE>
    findings: 0
    """
    rows, codes = [], []
    for name in survey.frame.columns:
        known = survey.variable(name)
        counts = survey.status(name).value_counts()
        options = ", ".join(f"{code_text(c)} {_plain(t)}" for c, t in list(known.options.items())[:12])
        rows.append(
            {
                "variable": name,
                "label": _plain(known.label),
                "options": options,
                "direction": known.direction or "",
                "valid": int(counts[VALID]),
                **{k: int(counts[k]) for k in MISSING_CLASSES},
            }
        )
        codes += [
            {"variable": name, "code": code_text(c), "label": _plain(known.labels.get(c, "")), "class": kind}
            for c, kind in known.missing.items()
        ]
    columns = ["variable", "code", "label", "class"]
    return SurveyDescription(
        _sizes(survey), pd.DataFrame(rows), pd.DataFrame(codes, columns=columns), survey.findings
    )


def _sizes(survey: Survey) -> pd.DataFrame:
    design = ", ".join(f"{part} {column}" for part, column in survey.design.columns().items())
    sizes = [("respondents", f"{len(survey):,}"), ("variables", f"{survey.frame.shape[1]:,}")]
    sizes.append(("design", design or "none declared: unweighted"))
    if survey.weighted:
        w = survey.weights()
        kish = w.sum() ** 2 / (w**2).sum()
        mean = w[w > 0].mean()
        sizes.append(
            (
                "weights",
                f"sum {w.sum():,.6g}, Kish's effective size {kish:,.1f}, largest {w.max() / mean:.2f} times the mean, "
                f"{int((w == 0).sum()):,} of zero",
            )
        )
    return pd.DataFrame(sizes, columns=["what", "value"])


def _plain(text: str, limit: int = 80) -> str:
    """A label for a terminal: control characters gone, not too long."""
    clean = "".join(c if c.isprintable() else " " for c in str(text))
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
