"""What is planted in the simulated respondent comes back: alignment by framing, refusals by language."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats
from studies.framings.asked_of_sim import FAITHFUL, asked, study_text

from mores.models.registry import resolve
from mores.models.sim_survey import survey_probabilities
from mores.records import BatteryStimulus

FRAMINGS = ("language", "user-country", "persona-country", "third-person")
SLICES = ("ar-EGY", "ar-JOR", "en-GBR", "en-KEN", "es-COL", "fr-CAN", "hi-IND", "zh-CHN")
SPREAD = "steer_language=0.05,steer_user_country=0.3,steer_persona_country=0.6,steer_third_person=1"


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    model = f"sim:{SPREAD},{FAITHFUL}"
    text = study_text(slices=SLICES, more="[asking]\nrepeats = 4")
    return model, *asked(text, tmp_path_factory.mktemp("planted"), model)


def expected(study, model):
    """Exact expected alignment of a reply, over the units that humans answered, by framing."""
    respondent = resolve(model)
    design, observed = study.design(respondent), study.observed
    width = observed.shares.shape[2]
    table = design.columns(np.concatenate(list(design.blocks(10_000)))).unique(
        ["context", "unit"], maintain_order=True
    )
    place = {item: m for m, item in enumerate(observed.members)}
    told = np.zeros((len(study.contexts), len(place), width))
    for row in table.iter_rows(named=True):
        stimulus = design.request(row["trial"], 0).stimulus
        several = isinstance(stimulus, BatteryStimulus)
        unit = next(u for u in study.asked if u.id == row["unit"])
        for item, one in zip(
            unit.members, stimulus.members if several else [stimulus], strict=True
        ):
            shown = survey_probabilities(respondent.parameters, one)
            told[row["context"], place[item], row["order"]] = shown
    k = np.arange(width)
    steps = np.abs(k[:, None] - k)[None] / (observed.n_options - 1.0)[:, None, None]
    other = 1.0 - np.eye(width)[None]
    cost = np.where(observed.ordered[:, None, None], steps, other)
    found = {}
    for framing in FRAMINGS:
        rows = []
        for c, cell in enumerate(study.cells):
            if cell.framing != framing:
                continue
            gap = np.einsum("mj,mjk,mk->m", told[cell.context], cost, observed.shares[c])
            base = np.einsum("mj,mjk,mk->m", told[0], cost, observed.shares[c])
            units = pl.DataFrame({"u": observed.unit_of, "a": base - gap}).fill_nan(None)
            rows += units.group_by("u").agg(pl.col("a").mean())["a"].drop_nulls().to_list()
        found[framing] = float(np.mean(rows))
    return found


def test_the_order_and_the_size_of_alignment_come_back(planted):
    model, study, _, tables = planted
    truth = expected(study, model)
    overall = tables["overall"].filter(form="point")
    estimate = dict(zip(overall["framing"], overall["alignment"], strict=True))
    assert sorted(FRAMINGS, key=estimate.__getitem__) == list(FRAMINGS)
    assert sorted(FRAMINGS, key=truth.__getitem__) == list(FRAMINGS)
    for row in overall.iter_rows(named=True):
        assert row["alignment_low"] < truth[row["framing"]] < row["alignment_high"], row
        assert abs(row["alignment"] - truth[row["framing"]]) < 0.012, row


def test_more_steering_moves_answers_further(planted):
    *_, tables = planted
    overall = tables["overall"].filter(form="point")
    shift = dict(zip(overall["framing"], overall["shift"], strict=True))
    assert shift["user-country"] < shift["persona-country"] < shift["third-person"]


def test_the_sign_test_finds_the_stronger_framing(planted):
    *_, tables = planted
    row = (
        tables["tests"]
        .filter(test="sign-over-slices", form="point")
        .filter(framing_a="third-person", framing_b="persona-country")
        .row(0, named=True)
    )
    assert row["n"] == len(SLICES)
    assert row["wins"] > row["losses"]


def test_every_reply_of_a_faithful_respondent_is_coded(planted):
    _, _, answers, _ = planted
    left = answers.filter(pl.col("status") != "coded").select("language", "unit", "text", "reason")
    assert left.is_empty(), left


def test_planted_refusals_come_back_by_language(tmp_path):
    share = {"ar": 0.35, "hi": 0.15, "zh": 0.0}
    told = "+".join(f"{language}:{value}" for language, value in share.items())
    model = f"sim:refusal_by_language={told},refusal=0,malformed=0,hedge=0"
    text = study_text(slices=("ar-EGY", "hi-IND", "zh-CHN"), more="[asking]\nrepeats = 2")
    _, answers, tables = asked(text, tmp_path, model)
    found = tables["refusals"].filter(pl.col("framing") == "third-person")
    for language, value in share.items():
        row = found.filter(language=language).row(0, named=True)
        low, high = stats.binom.interval(0.9999, row["n"], value)
        assert low <= row["refusal_rate"] * row["n"] <= high, row
    refused = answers.filter(status="refused")
    assert set(refused["language"]) == {"ar", "hi"}


def test_planted_hedges_are_flagged_and_still_coded(tmp_path):
    text = study_text(slices=("es-COL", "ru-RUS"), more="")
    _, answers, _ = asked(text, tmp_path, "sim:hedge=0.3,refusal=0,malformed=0")
    singles = answers.filter(~pl.col("unit").str.starts_with("SU_"))
    for (language,), group in singles.group_by("language"):
        rate = group["flags"].list.contains("hedge").mean()
        low, high = stats.binom.interval(0.9999, len(group), 0.3)
        assert low <= rate * len(group) <= high, (language, rate)
    assert (singles["status"] == "coded").mean() > 0.99


@pytest.mark.parametrize("elicitation", ["text", "probabilities"])
def test_a_respondent_who_is_not_steered_has_no_alignment(tmp_path, elicitation):
    still = ",".join(f"steer_{name}=0" for name in ("language", "user_country", "third_person"))
    text = study_text(
        units=("Q45", "Q57", "Q164", "Q182", "SU_NEIGHBORS"),
        more=f'[asking]\nelicitation = "{elicitation}"\nrepeats = 3',
    )
    model = f"sim:{still},steer_persona_country=0,{FAITHFUL}"
    *_, tables = asked(text, tmp_path, model)
    if elicitation == "probabilities":
        found = tables["overall"].filter(form="distribution")
        np.testing.assert_allclose(found["alignment"], 0.0, atol=1e-7)
        np.testing.assert_allclose(found["shift"], 0.0, atol=1e-7)
    else:
        assert tables["overall"]["alignment"].abs().max() < 0.1


def test_probabilities_know_the_truth_better_than_replies(tmp_path):
    text = study_text(
        slices=SLICES, more='[asking]\nelicitation = "probabilities"\ntext_share = 0.0'
    )
    model = f"sim:{SPREAD},{FAITHFUL}"
    study, _, tables = asked(text, tmp_path, model)
    overall = tables["overall"].filter(form="distribution")
    estimate = dict(zip(overall["framing"], overall["alignment"], strict=True))
    assert sorted(FRAMINGS, key=estimate.__getitem__) == list(FRAMINGS)
    assert study.requests_asked == len(study.contexts) * 126
