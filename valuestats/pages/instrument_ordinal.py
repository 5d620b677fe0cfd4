"""What the page of an ordinal model shows, of any study that fits one."""

from __future__ import annotations

from valuestats.pages.decision import decision_sentence
from valuestats.pages.model_sections import ordinal, ordinal_of
from valuestats.pages.parts import made, required
from valuestats.reporting import md, setup
from valuestats.reporting.sections import heading, paragraph
from valuestats.reporting.stored_study import StoredStudy

__all__ = ["StoredStudy", "md", "sections", "setup"]


def sections(study: StoredStudy) -> None:
    """The page: what can be said, the fit, and how it was made."""
    step = required(
        study,
        "instrument_ordinal",
        "an ordinal model of answers of models",
        "value_profile",
        ordinal_of(study),
    )
    paragraph(decision_sentence(study[step], "logits"))
    paragraph(f"{study.manifest['title']}. {study.manifest['description']}".strip())
    heading("The fit, and profiles", "sec-fit")
    ordinal(study, step)
    heading("How this was made", "sec-made")
    made(study, [step], steps=False)
