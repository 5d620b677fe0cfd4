"""Write ``docs/verbs.md``: every public name by what it is for, with the first line of its documentation.

python scripts/make_verb_list.py
"""

import inspect
from pathlib import Path

import valuestats

TOPICS = {
    "Read and describe": "fetch read_responses describe merge_responses compare_parsers read_ratings read_survey "
    "load_instrument instrument_keys Responses Items Ratings Population Survey Instrument",
    "Count at any size": "write_responses open_answers count_answers",
    "Survey statistics": "population_shares as_population rake scale_check scale_answers survey_answers group_shares "
    "poststratified_shares people_and_models population_cells poststratified_scores",
    "Keys and scores": "item_values correlate_items keys shrink_correlations key_validity key_stability score "
    "score_instrument opposed_values group_contrasts",
    "Reliability, agreement and design": "reliability icc retest agreement generalizability_study decision_study "
    "required_sizes contrast_power counterbalancing response_style sensitivity",
    "Measurement models": "graded_response plausible_values item_information measurement_invariance compare_groups dif "
    "circumplex",
    "Ordinal regression": "ordinal fit_ordinal OrdinalSpec EffectPriors predicted_probabilities expected_score "
    "marginal_effects leave_one_out leave_group_out compare_fits prior_sensitivity rootogram",
    "Missing answers": "refusal_rates missing_bounds missing_sensitivity missing_joint tipping_points",
    "Similarity to people": "country_similarity steering_effect language_effect stereotype_check opinionqa_measures "
    "noise_ceiling demographic_alignment homogenisation orientation_correlations perspective_diversity",
    "Studies and reports": "simulate run_study render Result ValuestatsError",
}
TARGET = Path(__file__).parents[1] / "docs" / "verbs.md"
HEAD = """# What there is

Every public name, by what it is for. `help(valuestats.NAME)` gives the estimand, its formula, what is raised and when, the
source of the method and an example that runs. Every verb that estimates returns a `Result` (estimates with intervals, draws
for contrasts and ranks, `sentence()`, `plot()`, `table()`, `save()`) or a tidy frame.

Written by `python scripts/make_verb_list.py`.
"""


def text() -> str:
    """The page."""
    parts = [HEAD]
    for topic, names in TOPICS.items():
        parts += [f"## {topic}\n", "| name | what it does |", "|---|---|"]
        for name in names.split():
            first = (inspect.getdoc(getattr(valuestats, name)) or "").split("\n")[0].replace("|", "\\|")
            parts.append(f"| `{name}` | {first} |")
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
