"""A simulated study as files."""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping
from pathlib import Path

import orjson
import pandas as pd

from valuestats.base.files import atomic_file
from valuestats.base.registry import load, systems
from valuestats.simulation.demographics import SimulatedSurvey, simulate_survey
from valuestats.simulation.study import SimulatedStudy, plain, simulate

README = """# The demo study

Simulated by valuestats itself, with a stated truth; no person and no language model gave any of these answers.

    valuestats simulate --seed {seed} --out data/demo

The same seed writes the same bytes.

| file | one row per | columns |
|---|---|---|
| `responses.jsonl.gz` | raw answer of a model | model, item, cluster, wording, option_order, epoch, raw, error |
| `ratings.csv.gz` | item rated by a person | respondent, item, rating (1 to 6), group |
| `respondent_values.csv.gz` | person and value | respondent, family, dimension, score (centred within the person) |
| `items.csv` | item | item, cluster (the query it answers) |
| `population.csv.gz` | country, question and option | group, question, option, position, share, n |
| `model_answers.csv.gz` | model, country, question, option | group, persona, question, option, position, share |
| `annotations.json` | statement | label sets of three annotators of five, in the layout of CIVICS; nominal alpha is .81 |
| `daily_dilemmas_actions.csv.gz` | action of a dilemma | values of the action; layout of DailyDilemmas |
| `daily_dilemmas_values.csv.gz` | value | its place in five theories |
| `daily_dilemmas_supporting.csv.gz` | principle | choices without and with a system prompt that supports it |
| `daily_dilemmas_opposing.csv.gz` | principle | the same with one that opposes it |
| `staircase_dilemmas.json` | dilemma of five steps | values of both options; layout of the Staircase of Ethics |
| `staircase_answers.csv.gz` | answer of a model to a step | model, dilemma, step, letter shown first, answer |
| `survey.csv.gz` | respondent of a survey | respondent, age, gender, region, weight, codes 1 to 4 of 24 questions |
| `survey_frame.csv` | cell of the population | age, gender, region, count |
| `group_answers.csv.gz` | model, group, question, option | group, persona, question, option, position, share |
| `survey_truth.json` | | what generated the survey and the models' answers for its groups |
| `people_pvq40.csv.gz` | person | 40 items, Gender; codes turned (1 is most), a few zeros |
| `people_pvq21.csv.gz` | person | 21 items |
| `people_bfi25.csv.gz` | person | 25 items, gender; some answers missing |
| `litmus_stated_forced.csv.gz` | choice of a model between two values | layout of LitmusValues |
| `litmus_stated_controlled.csv.gz` | the same, with "equal" and "it depends" offered | |
| `stated_revealed_controlled.csv.gz`, `stated_revealed_forced.csv.gz` | the same: said, chosen | |
| `llm_values_survey_self_report.csv.gz` | answer of a model to an item of MFQ-2 | model, axis_id, scale_value, is_error |
| `atari_2023_per_nation.csv.gz` | nation | mean and SD of six foundations |
| `chinchilla_svg_extracted_data.csv.gz` | training run | Model Size, Training FLOP, loss |
| `mlfoundations_scaling_losses.csv.gz` | model and evaluation | loss with its 95% interval, params, tokens |
| `takemoto2026_table_S1.csv.gz` | model | Size, Distance from people in moral dilemmas |
| `annotations-train.jsonl.gz`, `annotations-valid.jsonl.gz` | pair of summaries | layout of OpinPref |
| `apolloDataset.csv.gz` | choice between two routes | ID, choice, tt, tc, hw, ch of both |
| `takemoto2026_table_S2.csv.gz` | component of the distance | one column per model, and people |
| `value_spectrum_pilot.csv.gz` | answer of a model to a screenshot | layout of Value-Spectrum's pilot |
| `value_spectrum_persona.csv.gz` | screenshot of one run with a persona | the same |
| `value_spectrum_described.csv.gz` | screenshot with a description in its prompt | the same |
| `moral_graph_edge.json.gz` | participant's vote on a step between values | layout of the moral graph's release |
| `moral_graph_all.json.gz` | the graph of these votes by the published rule | |
| `moral_graph_survey.csv.gz`, `moral_graph_positions.json.gz` | participant | answers on the process |
| `ans_gemma_train_formal.csv.gz` and three more | role under a feature | layout of the causal graphs' release |
| `value_graph_data1.json` | edge | the same |
| `opinion_exposures.csv.gz` | person and question | side and conviction before and after one voice |
| `valuepilot.json.gz` | | the files of ValuePilot's human study by name |
| `truth.json` | | everything that generated the tables: parameters, true correlations, scores, similarities |

{models} models answer {items} items ({queries} queries, {per_query} responses each) in 3 wordings and 2 option
orders; {per_value} items are keyed to each of Schwartz's ten values and {unkeyed} to none. {raters} people in
{groups} groups rate the items. {countries} fictional countries answer {questions} questions; an answer of a
model for a country stands under `persona`. The survey is one of 900 people of another fictional country, of whom the
young answer more readily than the old; four models answer by default and for its groups (age × gender),
by rules that `survey_truth.json` states.

In `option_order`, `reversed` means that the options were listed from the last to the first. A failed call has
no `raw` and says why under `error`; an empty `raw` is an empty answer.
"""


def write_demo(folder: str | Path, seed: int) -> Path:
    """Simulate a study of the default size and write it.

    Parameters
    ----------
    folder
        Where to; it is made if need be, and files of the same names are replaced.
    seed
        Seed of the study; the same seed writes the same bytes.

    Returns
    -------
    pathlib.Path
        The folder.

    Examples
    --------
    >>> import tempfile
    >>> {"README.md", "truth.json"} <= {p.name for p in write_demo(tempfile.mkdtemp(), seed=1).iterdir()}
    True
    """
    target = write_study(folder, simulate(seed=seed))
    for system in systems().values():
        if system.standin is not None:
            _write(target, {name: _content(what) for name, what in load(system.standin)(seed).items()})
    return write_survey(target, simulate_survey(seed=seed))


def write_survey(folder: str | Path, survey: SimulatedSurvey) -> Path:
    """Write a simulated survey of demographic groups; see `write_demo`."""
    return _write(
        folder,
        {
            "survey.csv.gz": _compressed(_csv(survey.people)),
            "survey_frame.csv": _csv(survey.frame),
            "group_answers.csv.gz": _compressed(_csv(survey.answers)),
            "survey_truth.json": _json(plain(survey.truth)),
        },
    )


def write_study(folder: str | Path, study: SimulatedStudy) -> Path:
    """Write a simulated study; see `write_demo`."""
    tables = {
        "ratings.csv.gz": study.ratings,
        "respondent_values.csv.gz": study.respondent_values,
        "population.csv.gz": study.population,
        "model_answers.csv.gz": study.model_answers,
    }
    files = {name: _compressed(_csv(frame)) for name, frame in tables.items()}
    files["items.csv"] = _csv(study.items)
    files["responses.jsonl.gz"] = _compressed(_jsonl(study.responses))
    files["truth.json"] = _json(study.truth)
    files["README.md"] = _readme(study).encode()
    return _write(folder, files)


def _write(folder: str | Path, files: Mapping[str, bytes]) -> Path:
    target = Path(folder)
    for name, content in sorted(files.items()):
        with atomic_file(target / name) as temporary:
            temporary.write_bytes(content)
    return target


def _readme(study: SimulatedStudy) -> str:
    design = study.design
    return README.format(
        seed=design.seed,
        models=design.n_models,
        items=design.n_items,
        queries=design.n_queries,
        per_query=design.responses_per_query,
        per_value=design.items_per_value,
        unkeyed=design.n_items - 10 * design.items_per_value,
        raters=design.n_raters,
        groups=design.n_groups,
        countries=design.n_countries,
        questions=design.n_questions,
    )


def _content(what: pd.DataFrame | bytes) -> bytes:
    return what if isinstance(what, bytes) else _compressed(_csv(what))


def _json(content: object) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n", float_format="%.6g").encode()


def _jsonl(frame: pd.DataFrame) -> bytes:
    records = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return b"".join(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records)


def _compressed(content: bytes) -> bytes:
    """Gzip without name or time, so that the same content gives the same bytes."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=9, mtime=0) as handle:
        handle.write(content)
    return buffer.getvalue()
