"""Run every coverage simulation, one after the other; each leaves its result in ``benchmarks/results``."""

import subprocess
import sys
from pathlib import Path

NAMES = [
    "item_value_coverage",
    "key_validity_coverage",
    "score_coverage",
    "similarity_coverage",
    "few_clusters",
    "similarity_sampling_coverage",
    "similarity_bias",
    "people_resampling_coverage",
    "similarity_adjusted_coverage",
    "people_effects_coverage",
    "alignment_coverage",
    "agreement_coverage",
    "diversity_coverage",
    "reliability_coverage",
    "survey_coverage",
    "instrument_score_coverage",
    "generalizability_coverage",
    "response_style_coverage",
    "ordinal_coverage",
    "ordinal_sbc",
    "formula_sbc",
    "formula_coverage",
    "multilevel_sbc",
    "graded_sbc",
    "choice_coverage",
    "choice_sbc",
    "audit_false_alarms",
    "law_coverage",
    "graph_errors",
    "opinion_coverage",
    "intervention_coverage",
    "weight_coverage",
    "preference_coverage",
    "contrast_coverage",
    "published_coverage",
    "ranking_coverage",
    "target_coverage",
    "vote_coverage",
    "neuron_coverage",
    "probe_coverage",
    "informativeness_coverage",
    "judge_coverage",
    "circumplex_coverage",
    "portraits_coverage",
    "dif_errors",
    "graded_recovery",
    "refusal_coverage",
    "missing_coverage",
    "missing_joint_coverage",
    "missing_joint_sbc",
    "people_and_models_coverage",
    "ordinal_families_recovery",
]

for name in NAMES:
    print(f"== {name}", flush=True)
    subprocess.run([sys.executable, str(Path(__file__).parent / f"{name}.py")], check=True)
