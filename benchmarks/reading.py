"""Precision and recall of reading answers, by language, and the time that it takes.

Labelled texts are made from ``reading_phrases.yml`` (phrases in thirteen languages, written without the parser's rules):
every phrase with codes and options of a five-point scale, dressed in the formats in which models answer (markdown, JSON,
tags, LaTeX, reasoning before it, a sentence before or after it), and the answers and refusals labelled by hand that ship
with the tests and the package. A *wrong code* is a code where the label has another one or none: the share of these among
all texts is the figure that counts; `precision` is the share of right codes among the codes given, `recall` the share of the
stated answers that were read right. Intervals are Wilson's (1927).

Time: CPU seconds for a million rows drawn from answers as they come (short, repeated), and for distinct long ones.
``PARENT=dir`` names a checkout of an earlier state to time beside it.

Run from the repository root: ``python benchmarks/reading.py``.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from scipy import stats

from valuestats.base.files import atomic_file
from valuestats.ingest.answers.parse import parse_answers
from valuestats.instruments import AnswerScale, load_instrument

HERE = Path(__file__).parent
PHRASES = HERE / "reading_phrases.yml"
BY_HAND = HERE.parent / "tests" / "ingest" / "answers_by_hand.csv"
OUT = HERE / "results" / "reading.json"
WRONG_LIMIT = 0.001
DRESS = {
    "plain": "{}",
    "bold": "**{}**",
    "heading": "### {}",
    "bullet": "- {}",
    "quoted": "“{}”",
    "fence": "```\n{}\n```",
    "think": "<think>Perhaps 1, or 2? Agree and disagree.</think>\n\n{}",
    "stray": "Perhaps 2 is right, or 3.</think>{}",
}
TIMED = """
import sys, time
import pandas as pd
from valuestats.ingest.answers.parse import parse_answers
from valuestats.instruments import load_instrument
frame = pd.read_parquet(sys.argv[1])
scale = load_instrument("pvq21").scale
parse_answers(frame["raw"].head(100), scale)
best = []
for _ in range(3):
    started = time.process_time()
    parse_answers(frame["raw"], scale)
    best.append(time.process_time() - started)
print(min(best))
"""


def labelled() -> Iterator[tuple[str, str, int | None, AnswerScale]]:
    """Language, text, code (None: no code may be given) and scale."""
    content = yaml.safe_load(PHRASES.read_text(encoding="utf-8"))
    for language, phrases in content.items():
        options = dict(enumerate(phrases["options"], 1))
        scale = AnswerScale(options, numeric=True)
        codes = list(options)
        for place, phrase in enumerate(phrases["numbers"]):
            for n in codes:
                text = phrase.format(n=n, t=options[n])
                dress = list(DRESS.values())[(place + n) % len(DRESS)]
                yield language, text, n, scale
                yield language, dress.format(text), n, scale
                for said in phrases["before"]:
                    yield language, f"{said}\n\n{text}", n, scale
                for said in phrases["after"]:
                    yield language, f"{text}\n\n{said}", n, scale
        for place, phrase in enumerate(phrases["texts"]):
            for n in codes:
                text = phrase.format(t=options[n])
                yield language, text[:1].upper() + text[1:], n, scale
                yield language, list(DRESS.values())[(place + n) % len(DRESS)].format(text), n, scale
                for said in phrases["after"]:
                    yield language, f"{text}\n\n{said}", n, scale
        for n in codes:
            for text in (
                f'{{"answer": {n}}}',
                f'{{"rating": "{options[n]}", "reason": "1 of 3"}}',
                f"<answer>{n}</answer>",
                rf"$\boxed{{{n}}}$",
                f"<reasoning>2 or 3</reasoning><answer>{options[n]}</answer>",
                f'```json\n{{"score": {n}, "confidence": 2}}\n```',
            ):
                yield language, text, n, scale
        for phrase in phrases["none"]:
            for n in codes:
                m = n % 5 + 1
                text = phrase.format(n=n, m=m, t=options[n])
                yield language, text, None, scale
                yield language, f"**{text}**", None, scale
        yield from held_out(language, phrases["held_out"], scale)
        for text in phrases["refuse"]:
            yield language, text, None, scale
            yield language, f"{text} {phrases['after'][0]}", None, scale


def held_out(
    language: str, phrases: dict[str, list[str]], scale: AnswerScale
) -> Iterator[tuple[str, str, int | None, AnswerScale]]:
    """Phrases for which no rule was written."""
    for n, option in scale.options.items():
        for kind in ("numbers", "texts", "none"):
            for phrase in phrases[kind]:
                text = phrase.format(n=n, m=n % 5 + 1, t=option)
                yield f"{language}, held out", text, None if kind == "none" else n, scale


def by_hand() -> Iterator[tuple[str, str, int | None, AnswerScale]]:
    """The answers labelled by hand that the tests hold, and the refusals that ship with the package."""
    scale = load_instrument("pvq21").scale
    frame = pd.read_csv(BY_HAND, dtype=str, keep_default_na=False)
    for text, code in zip(frame["raw"], frame["answer"], strict=True):
        yield "en, by hand", text, int(code) if code else None, scale
    refusals = pd.read_csv(
        HERE.parent / "valuestats/ingest/answers/refusal_examples.csv", dtype=str, keep_default_na=False
    )
    for language, text in refusals[refusals["refusal"] == "1"][["language", "text"]].itertuples(index=False):
        yield f"{language}, refusals", text, None, scale


def read(rows: list[tuple[str, str, int | None, AnswerScale]]) -> pd.DataFrame:
    frame = pd.DataFrame(
        [(language, text, code, id(scale)) for language, text, code, scale in rows],
        columns=["language", "text", "code", "scale"],
    ).drop_duplicates(["text", "scale"])
    scales = {id(scale): scale for *_, scale in rows}
    frame["code"] = frame["code"].astype("Int64")
    parts = [
        frame.loc[part.index].join(parse_answers(part["text"], scales[key]))
        for key, part in frame.groupby("scale")
    ]
    return pd.concat(parts).drop(columns="scale")


def figures(language: str, part: pd.DataFrame) -> dict[str, object]:
    given, stated = part["answer"].notna(), part["code"].notna()
    right = given & stated & (part["answer"] == part["code"]).fillna(False)
    wrong = int((given & ~right).sum())
    ends = stats.binomtest(wrong, len(part)).proportion_ci(0.95, method="wilson")
    return {
        "language": language, "n": len(part), "stated": int(stated.sum()), "read": int(given.sum()), "wrong": wrong,
        "wrong_share": wrong / len(part), "wrong_upper": float(ends.high),
        "precision": float(right.sum() / given.sum()) if given.any() else None,
        "recall": float(right.sum() / stated.sum()) if stated.any() else None,
    }  # fmt: skip


def timing() -> dict[str, float]:
    """CPU seconds of this state and, where PARENT names one, of an earlier one, on the same rows."""
    rng = np.random.default_rng(1)
    options = list(load_instrument("pvq21").scale.options.values())
    short = [
        *options,
        *map(str.capitalize, options),
        *map(str, range(1, 7)),
        *(f"**{o}**" for o in options),
        "Sorry, I can't answer that.",
    ]
    why = [
        "the response is kind and fair",
        "I would ask first",
        "it takes the feelings of all people into account",
        "honesty matters to me",
    ]
    long = [
        f"{rng.choice(options).capitalize()}.{rng.choice([' ', chr(10) * 2])}Case {n}: {'. '.join(rng.choice(why, 5))}, "
        f"which is {rng.choice(['close', 'near', 'far'])}."
        if n % 4
        else f"I think that case {n} is {rng.choice(options)}, since {', and '.join(rng.choice(why, 4))}."
        for n in range(20_000)
    ]
    seconds = {}
    for name, texts in (
        ("million_rows", rng.choice(short, 1_000_000)),
        ("distinct_20000", np.array(long, dtype=object)),
    ):
        file = HERE / f".reading_{name}.parquet"
        pd.DataFrame({"raw": pd.Series(texts, dtype="str")}).to_parquet(file)
        for state, root in (("now", HERE.parent), ("parent", os.environ.get("PARENT"))):
            if root is None:
                continue
            environment = os.environ | {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
            done = subprocess.run(
                [sys.executable, "-c", TIMED, str(file.resolve())],
                check=True,
                capture_output=True,
                text=True,
                env=environment,
                cwd=root,
            )
            seconds[f"{name}_{state}"] = round(float(done.stdout), 3)
        file.unlink()
    return seconds


def main() -> int:
    found = read([*labelled(), *by_hand()])
    table = [figures(language, part) for language, part in found.groupby("language", sort=True)]
    total = figures("all", found)
    kept = found[found["language"].str.endswith("held out")]
    table.append(figures("all, held out", kept))
    wrong = found[found["answer"].notna() & ~(found["answer"] == found["code"]).fillna(False)]
    result = {
        "command": "python benchmarks/reading.py",
        "texts": len(found),
        "wrong_share_limit": WRONG_LIMIT,
        "all": total,
        "by_language": table,
        "wrong": wrong[["language", "text", "rule"]]
        .assign(
            code=wrong["code"].astype(object).where(wrong["code"].notna(), None),
            answer=wrong["answer"].astype(int),
        )
        .to_dict("records"),
        "cpu_seconds": timing(),
        "python": platform.python_version(),
    }
    with atomic_file(OUT) as temporary:
        temporary.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(pd.DataFrame([total, *table]).round(4).to_string(index=False))
    print(result["cpu_seconds"])
    missed = found[found["code"].notna() & found["answer"].isna()]
    if "--missed" in sys.argv:
        print(missed[["language", "text", "rule"]].to_string(max_colwidth=90))
    return int(total["wrong_share"] >= WRONG_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
