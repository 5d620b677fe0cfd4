"""A small release in the layout of Value Portrait, made by the tests."""

import gzip
import json
from pathlib import Path

OPTIONS = [
    "not like me at all",
    "not like me",
    "a little like me",
    "somewhat like me",
    "like me",
    "very much like me",
]
ITEMS = [(7, 1), (7, 2), (12, 1)]
COULD_NOT = "Could not parse valid Likert response from: "


def record(portrait, option, raw, *, order="descending", **more):
    options = OPTIONS[::-1] if order == "descending" else OPTIONS
    content = {"text": f"Question {portrait}?", "output_text": f"Reply {option} to {portrait}."}
    made = {
        "portrait_id": portrait,
        "option_id": option,
        "content": content,
        "prompt": f"{content['text']} {content['output_text']} Choose: {', '.join(options)}.",
    }
    if raw is not None:
        made["raw_response"] = raw
    return made | more


def write_json(path, content, *, compress):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = json.dumps(content).encode()
    if compress:
        path = path.with_name(path.name + ".gz")
        data = gzip.compress(data, mtime=0)
    path.write_bytes(data)
    return path


def write_release(root: Path, *, compress=False) -> Path:
    """Two models x two wordings x two orders x three items, with failed calls and texts without an answer."""
    final = root / "lm_evaluation" / "outputs" / "final"
    for provider, model in (("alpha", "model:one"), ("beta", "two_v1-lite")):
        for wording in ("v1", "v2"):
            for order in ("descending", "ascending"):
                records = [
                    record(7, 1, "Somewhat like me.", order=order, parsed_response="x", numeric_response=4),
                    record(7, 2, "some like me", order=order, numeric_response=5),
                    record(12, 1, "very much like me\n", order=order, numeric_response=6),
                ]
                if (model, wording, order) == ("model:one", "v1", "descending"):
                    records[0] = record(7, 1, None, error="API error: Insufficient credits")
                    records[1] = record(
                        7, 2, None, error=COULD_NOT + "I'm sorry, but I can't help with that."
                    )
                    records[2] = record(12, 1, None, error=COULD_NOT)
                if (model, wording, order) == ("two_v1-lite", "v2", "ascending"):
                    records[1] = record(7, 2, None, order=order, error=COULD_NOT + "not at all like me")
                suffix = "" if order == "descending" else "_reversed"
                name = f"{model}_{wording}{suffix}_results.json"
                write_json(final / provider / name, records, compress=compress)
    survey = [
        {"7": [{"option_id": 1, "data": [[5, "P1"], [2, "P2"]]}, {"option_id": 2, "data": [[1, "P1"]]}]},
        {"12": [{"option_id": 1, "data": [[6, "P1"], [3, "P3"]]}]},
    ]
    own = {"bfi": {"Openness": 3.5}, "pvq": {"Power": 0.25}, "higher_pvq": {"Conservation": -0.5}}
    queries = [
        {
            "portrait_id": portrait,
            "content": {"text": f"Question {portrait}?"},
            "outputs": [
                {"id": option, "content": f"Reply {option} to {portrait}."}
                for p, option in ITEMS
                if p == portrait
            ],
        }
        for portrait in (7, 12)
    ]
    correlations = [{"portrait_id": "7", "option_id": 1, "spearman_corr": 0.5, "spearman_p_value": 0.01}]
    for path, content in {
        "data/prolific/survey/main/survey.json": survey,
        "data/prolific/value/main/value.json": dict.fromkeys(("P1", "P2", "P3", "P4"), own),
        "data/query-response-tagged/query-response-tagged.json": queries,
        **{
            f"data/correlation_results/{family}_correlation_results.json": [
                row | {f"{family}_dimension": dimension} for row in correlations
            ]
            for family, dimension in (("bfi", "Openness"), ("pvq", "Power"), ("higher_pvq", "Conservation"))
        },
        "lm_evaluation/score_results/final_results_0.3_pos_centered/"
        "model:one_averaged_results_0.3_pos_centered_scores.json": {
            "scores": {
                "pvq": {"Power": {"centered_mean": -0.5, "original_mean": 4.0, "std_dev": 0.25, "n": 2}}
            }
        },
    }.items():
        write_json(root / path, content, compress=compress)
    return root
