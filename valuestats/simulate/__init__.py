"""Studies simulated with a stated truth."""

from valuestats.simulate.design import Design
from valuestats.simulate.study import SimulatedStudy, simulate
from valuestats.simulate.writing import write_demo

__all__ = ["Design", "SimulatedStudy", "simulate", "write_demo"]
