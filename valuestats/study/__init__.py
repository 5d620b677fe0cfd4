"""Studies: a YAML file becomes results, a manifest and pages."""

from valuestats.results.storage import load_step
from valuestats.study.reach import code_sha256
from valuestats.study.runner import Run, run_study
from valuestats.study.spec import Step, Study, load_study

__all__ = ["Run", "Step", "Study", "code_sha256", "load_step", "load_study", "run_study"]
