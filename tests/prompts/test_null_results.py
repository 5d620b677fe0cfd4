"""Where nothing is found it is said so: shifts within the shuffles, changed answers within repeats, no item flagged."""

import numpy as np
import pandas as pd
import pytest

from valuestats import Responses, changed_answers, dif, language_effect, sensitivity
from valuestats.ingest.surveys.globalopinionqa import ModelAnswers
from valuestats.pages import summary
from valuestats.tables import Population


def asked(shift, repeats=3, seed=0, models="mn"):
    rng = np.random.default_rng(seed)
    frame = pd.MultiIndex.from_product(
        [list(models), [f"q{k}" for k in range(30)], ["de", "en"], range(1, repeats + 1)],
        names=["model", "item", "language", "epoch"],
    ).to_frame(index=False)
    level = rng.normal(3, 0.8, 30)[frame["item"].str[1:].astype(int)]
    mean = level + shift * ((frame["language"] == "de") & (frame["model"] == "m"))
    code = np.clip(np.round(mean + rng.normal(0, 0.7, len(frame))), 1, 5)
    return Responses(frame.assign(answer=pd.array(code, "Int64"), status="valid"))


def test_a_shift_within_the_shuffles_is_no_finding_and_no_headline():
    still = sensitivity(asked(0.0, seed=2), over="language", replicates=200, permutations=200, seed=1)
    frame = still.estimates
    assert (frame["p_value"] > 0.05).all()  # what the seed was picked for
    assert still.verdict.sign == "none"
    assert "move most beyond noise" not in still.sentence()
    assert "of none of 2 models move more than shuffled labels" in still.sentence()
    moved = sensitivity(asked(1.5), over="language", replicates=200, permutations=200, seed=1)
    signs = moved.verdict.rows.set_index("model")["sign"]
    assert signs.to_dict() == {"m": "sound", "n": "none"}
    assert "1 of 2 models answers otherwise between levels of language" in moved.sentence()


def test_a_shift_that_all_items_share_is_found_where_each_moves_less_than_its_noise():
    found = sensitivity(asked(0.3, seed=7), over="language", replicates=200, permutations=200, seed=1)
    row = found.estimates.set_index("model").loc["m"]
    assert row["estimate"] <= row["baseline_upper"]  # what the seed was picked for
    assert row["common_shift"] == pytest.approx(-0.3, abs=0.15)  # en less de
    assert found.verdict.rows.set_index("model")["sign"].to_dict() == {"m": "sound", "n": "none"}
    assert "points under en against de" in found.sentence()


def test_the_test_holds_its_level_and_too_few_shuffles_are_no_test():
    models = [f"m{k:03d}" for k in range(400)]
    still = sensitivity(asked(0.0, models=models), over="language", replicates=0, permutations=99)
    assert still.estimates["p_value"].lt(0.05).mean() == pytest.approx(0.04, abs=0.03)
    few = sensitivity(asked(1.5), over="language", replicates=200, permutations=30)
    assert set(few.verdict.rows["sign"]) == {"untested"}


def test_changed_answers_are_held_against_repeats():
    found = changed_answers(asked(0.0), over="language", replicates=200)
    changed = found.estimates["measure"] == "changed"
    assert found.estimates.loc[changed, "baseline"].notna().all()
    held = found.estimates[changed].eval("lower <= baseline").to_numpy()
    assert ((found.verdict.rows.loc[changed, "sign"] == "none").to_numpy() == held).all()
    assert held.any()
    once = changed_answers(asked(0.0, repeats=1), over="language", replicates=200)
    assert "repeating alone would change some, and nothing was asked twice" in once.sentence()
    assert not (once.verdict.rows["sign"] == "sound").any()
    over_repeats = changed_answers(asked(0.0), over="epoch", replicates=200)
    assert "repeating alone" not in over_repeats.sentence()


def people(shift, seed=3, n=400):
    rng = np.random.default_rng(seed)
    trait, of_b = rng.normal(size=n), np.arange(n) % 2
    latent = trait[:, None] + rng.logistic(size=(n, 6)) + np.outer(of_b, [0, 0, shift, 0, 0, 0])
    wide = pd.DataFrame(np.digitize(latent, [-1, 0, 1]), columns=list("123456"))
    wide = wide.assign(respondent=range(n), country=np.array(["a", "b"])[of_b])
    return wide.melt(["respondent", "country"], var_name="item", value_name="rating")


def test_a_search_that_found_nothing_says_what_it_does_not_exclude():
    nothing = dif(people(0.0), by="country")
    assert not nothing.estimates["flagged"].any()
    assert nothing.verdict.sign == "sound"
    (text,) = nothing.verdict.nothing
    most = nothing.estimates[["lower", "upper"]].abs().to_numpy().max()
    assert (
        text
        == f"nothing was found: 0 of 6 tested items are flagged; log-odds ratios of up to {most:.1f} are not excluded"
    )
    assert nothing.verdict.sentence().endswith(f"● sound: all; {text}.")
    found = dif(people(2.0), by="country")
    assert found.verdict.nothing == ()


@pytest.mark.parametrize("first", ["nothing", "something"])
def test_no_decision_page_leads_with_a_null_result(first):
    results = {"nothing": dif(people(0.0), by="country"), "something": dif(people(2.0), by="country")}
    ordered = {first: results[first], **results}

    class Study:
        results = ordered

    step, _ = summary.lead(Study())
    assert step == "something"
    table = summary.trust_table(Study())
    assert table["What speaks against it"].str.contains("nothing was found").any()


def test_changes_that_hold_none_are_no_finding_each_judged_alone():
    def table(name, yes, language=None):
        rows = [
            (name, f"q{k}", o, language, place, share)
            for k, y in enumerate(yes)
            for place, (o, share) in enumerate((("yes", y), ("no", 1 - y)))
        ]
        return pd.DataFrame(rows, columns=["group", "question", "option", "language", "position", "share"])

    rng = np.random.default_rng(0)
    plain, people_of = rng.uniform(0.2, 0.8, 40), rng.uniform(0.2, 0.8, 40)
    noisy = np.clip(plain + rng.normal(0, 0.1, 40), 0, 1)
    other = np.clip(plain + rng.normal(0, 0.1, 40), 0, 1)
    answers = pd.concat([table("m", plain), table("m", noisy, "Spanish"), table("m", other, "Turkish")])
    there = pd.concat([table("Chile", people_of), table("Turkey", people_of[::-1])]).drop(columns="language")
    found = language_effect(
        ModelAnswers(answers),
        Population(there),
        {"Chile": "Spanish", "Turkey": "Turkish"},
        replicates=500,
        seed=1,
    )
    holds = found.estimates.eval("lower <= 0 <= upper").to_numpy()
    assert ((found.verdict.rows["sign"] == "none").to_numpy() == holds).all()
    assert holds.any()
    assert "each judged alone (0.1 would by chance)" in found.sentence()
