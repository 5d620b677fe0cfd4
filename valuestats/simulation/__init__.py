"""Studies simulated with a stated truth."""

from valuestats.simulation.design import Design
from valuestats.simulation.study import SimulatedStudy, simulate
from valuestats.simulation.writing import write_demo

__all__ = ["Design", "SimulatedStudy", "simulate", "write_demo"]
