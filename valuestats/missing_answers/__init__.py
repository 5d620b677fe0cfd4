"""How much missing answers matter: worst-case bounds, declared differences, and a joint model of answering and answers."""

from valuestats.missing_answers.bounds import missing_bounds
from valuestats.missing_answers.joint import missing_joint
from valuestats.missing_answers.sensitivity import missing_sensitivity
from valuestats.missing_answers.tipping import tipping_points

__all__ = ["missing_bounds", "missing_joint", "missing_sensitivity", "tipping_points"]
