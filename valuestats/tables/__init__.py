"""The contracts: declared tables, validated at every boundary."""

from valuestats.tables.choices import Choices
from valuestats.tables.items import Items
from valuestats.tables.option_labels import OptionLabels
from valuestats.tables.population import Population
from valuestats.tables.ratings import Ratings
from valuestats.tables.responses import IDENTITY, STATUSES, Responses, Status
from valuestats.tables.survey import Survey, SurveyDesign, Variable

__all__ = [
    "IDENTITY",
    "STATUSES",
    "Choices",
    "Items",
    "OptionLabels",
    "Population",
    "Ratings",
    "Responses",
    "Status",
    "Survey",
    "SurveyDesign",
    "Variable",
]
