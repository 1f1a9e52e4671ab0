"""What the simulated respondent writes where survey options have texts."""

from __future__ import annotations

import re
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.errors import ModelError
from mores.instruments.wordings import LANGUAGES
from mores.keys import digest
from mores.models import sim_words
from mores.models.sim import SimulatedModel, SimulationParameters
from mores.models.sim_survey import REFUSAL, option_masses, survey_probabilities
from mores.models.sim_words import phrases, survey_words
from mores.records import BatteryStimulus, Message, Request, Sampling, SurveyStimulus

PLAIN = SimulationParameters(refusal=0, malformed=0, messy=0, hedge=0, survey_dispersion=1)
ASKED = SurveyStimulus(
    arm="third-person",
    traits=(("nationality", 0.2, 0.5),),
    loading=(0.8, -0.4),
    intercept=0.1,
    thresholds=(-0.5, 0.3, 1.0),
    utilities=(),
    order=(3, 1, 0, 2),
    labels=("1", "2", "3", "4"),
    texts=("Bad", "Poor", "Good", "Fair"),
)
MEMBERS = tuple(
    replace(ASKED, thresholds=(t,), order=(0, 1), labels=("1", "2"), texts=("Yes", "No"))
    for t in (-1.0, -0.2, 0.3, 0.9)
)
BATTERY = BatteryStimulus(MEMBERS)


def request(stimulus, n=0, labels=()):
    return Request(digest(n), (Message("user", "?"),), Sampling(), 0, None, stimulus, labels)


def written(p: SimulationParameters, stimulus, n: int) -> list[str]:
    model = SimulatedModel(p)
    return [model.reply(request(stimulus, i)).text for i in range(n)]


def named(text: str) -> int | None:
    """Place of the one option that a reply in plain forms names."""
    for place, (label, option) in enumerate(zip(ASKED.labels, ASKED.texts, strict=True)):
        if text in (label, option, f"{label}. {option}"):
            return place
    return None


def within(count: float, n: int, share: float) -> bool:
    """Inside the 99.99 % bounds of a binomial."""
    return abs(count - n * share) <= 3.9 * sqrt(n * share * (1 - share)) + 0.5


# --- a question --------------------------------------------------------------------------------


def test_answers_have_the_frequencies_of_the_probabilities():
    n = 4000
    places = [named(text) for text in written(PLAIN, ASKED, n)]
    assert None not in places
    counts = np.bincount(places, minlength=4)
    expected = n * np.array(survey_probabilities(PLAIN, ASKED))
    assert ((counts - expected) ** 2 / expected).sum() < 16.3  # p = .001 at 3 df


def test_most_answers_have_number_and_text():
    texts, n = written(PLAIN, ASKED, 2000), 2000
    assert within(sum(bool(re.fullmatch(r"\d\. \w+", t)) for t in texts), n, 0.7)
    assert within(sum(t in ASKED.texts for t in texts), n, 0.15)
    assert within(sum(t in ASKED.labels for t in texts), n, 0.15)


def test_a_step_of_a_scale_without_a_name_is_its_number():
    scale = replace(ASKED, texts=("Never", "2", "3", "Always"))
    assert {t for t in written(PLAIN, scale, 400) if "2" in t or "3" in t} == {"2", "3"}


def test_the_same_request_gets_the_same_reply():
    rough = replace(PLAIN, refusal=0.1, malformed=0.1, messy=0.3, hedge=0.2)
    for asked in (ASKED, BATTERY):
        assert written(rough, asked, 60) == written(rough, asked, 60)
        assert written(rough, asked, 60) != written(replace(rough, seed=1), asked, 60)


SPEC = "sim:refusal=0.02,refusal_by_language=ar:0.2+hi:0.1,messy=0"


@pytest.mark.parametrize("asked", [ASKED, BATTERY], ids=["question", "battery"])
@pytest.mark.parametrize(("language", "share"), [("ar", 0.2), ("hi", 0.1), ("en", 0.02)])
def test_refusals_have_the_share_of_their_language(asked, language, share):
    model = SimulatedModel.from_spec(SPEC)
    n = 2000
    told = translated(asked, language)
    texts = [model.reply(request(told, i)).text for i in range(n)]
    assert within(sum(t in phrases(language).refusals for t in texts), n, share)


def translated(asked, language: str):
    if isinstance(asked, BatteryStimulus):
        return BatteryStimulus(tuple(replace(m, language=language) for m in asked.members))
    return replace(asked, language=language)


def test_the_mass_of_options_lacks_the_refusals_of_the_language():
    model = SimulatedModel.from_spec(SPEC + ",malformed=0.05")
    for language, share in (("ar", 0.2), ("hi", 0.1), ("ru", 0.02)):
        told = replace(ASKED, language=language)
        reply = model.reply(request(told, labels=told.labels))
        assert reply.text is None
        assert np.exp(reply.masses.low).sum() == pytest.approx(1 - share - 0.05)


def test_a_language_may_refuse_where_answers_are_labels_alone():
    bare = replace(ASKED, texts=(), language="ar")
    model = SimulatedModel.from_spec("sim:refusal=0,refusal_by_language=ar:0.3")
    texts = [model.reply(request(bare, i)).text for i in range(2000)]
    assert within(texts.count(REFUSAL), 2000, 0.3)
    assert np.exp(option_masses(model.parameters, bare).low).sum() == pytest.approx(0.68)


def test_hedges_and_mess_have_their_shares_of_what_is_answered():
    p = replace(PLAIN, refusal=0.1, malformed=0.1, hedge=0.25, messy=0.5)
    n, said = 2000, phrases("en")
    texts = written(p, ASKED, n)
    hedges = [re.escape(hedge).replace(r"\{answer\}", "(.+)") for hedge in said.hedges]
    hedged = [m[1] for t in texts for h in hedges if (m := re.fullmatch(h, t))]
    assert within(len(hedged), n, 0.8 * 0.25)
    assert None not in map(named, hedged)
    plain = sum(named(t) is not None for t in texts)
    assert within(plain, n, 0.8 * 0.75 * 0.5)


@settings(deadline=None)
@given(choice=st.floats(0, 1, exclude_max=True), words=st.floats(0, 1, exclude_max=True))
def test_hedges_and_mess_change_no_answer(choice, words):
    plain = survey_words(PLAIN, ASKED, (0.5, choice, 0.99, words))
    for p, style in ((replace(PLAIN, hedge=1), 0.99), (replace(PLAIN, messy=1), 0.2)):
        assert plain in survey_words(p, ASKED, (0.5, choice, style, words))


def test_what_cannot_be_read_names_none_two_or_one_after_the_last():
    texts = set(written(replace(PLAIN, malformed=1), ASKED, 400))
    assert "5" in texts
    assert "It depends." in texts
    two = [re.fullmatch("(.+) or (.+), depending on the situation.", t) for t in texts]
    assert {(named(m[1]), named(m[2])) for m in two if m} == {(0, 1)}
    letters = replace(ASKED, labels=("A", "B", "C", "D"))
    assert "Z" in written(replace(PLAIN, malformed=1), letters, 400)
    long = replace(ASKED, labels=("1", "2", "3", "10"))
    assert "11" in written(replace(PLAIN, malformed=1), long, 400)


# --- a battery ---------------------------------------------------------------------------------


def lines(text: str) -> dict[int, str]:
    found = [re.fullmatch(r"(\d+): (.+)", line) for line in text.split("\n")]
    assert all(found)
    return {int(m[1]): m[2] for m in found}


def test_a_battery_has_a_line_a_member_each_with_its_own_draw():
    n = 2000
    answers = [lines(t) for t in written(PLAIN, BATTERY, n)]
    assert all([*a] == [1, 2, 3, 4] for a in answers)
    yes = np.array([[a[k] == "Yes" for k in a] for a in answers], float)
    for share, member in zip(yes.mean(axis=0), MEMBERS, strict=True):
        assert within(share * n, n, survey_probabilities(PLAIN, member)[0])
    off = np.corrcoef(yes.T)[np.triu_indices(4, 1)]
    assert np.abs(off).max() < 0.09  # 4 standard errors


def test_members_that_stand_alike_are_drawn_apart():
    twins = BatteryStimulus((MEMBERS[1], MEMBERS[1]))
    answers = [lines(t) for t in written(PLAIN, twins, 400)]
    assert any(a[1] != a[2] for a in answers)


def test_a_malformed_battery_lacks_a_line_or_has_one_that_is_none():
    answers = [lines(t) for t in written(replace(PLAIN, malformed=1), BATTERY, 600)]
    missing = [a for a in answers if len(a) == 3]
    both = [a for a in answers if "Yes / No" in a.values()]
    unsure = [a for a in answers if "it depends" in a.values()]
    assert len(missing) + len(both) + len(unsure) == 600
    for kind in (missing, both, unsure):
        assert within(len(kind), 600, 1 / 3)
    assert {k for a in missing for k in range(1, 5) if k not in a} == {1, 2, 3, 4}


def test_hedges_of_a_battery_stand_above_its_lines():
    for text in written(replace(PLAIN, hedge=1), BATTERY, 20):
        above, _, rest = text.partition("\n")
        assert above in phrases("en").hedged_preludes
        assert len(lines(rest)) == 4


def test_a_battery_is_not_scored():
    with pytest.raises(ModelError, match="ask each alone"):
        SimulatedModel(PLAIN).reply(request(BATTERY, labels=("1", "2")))


# --- languages ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_phrases_of_its_own(language):
    said = phrases(language)
    assert (said is phrases("en")) == (language == "en")
    assert len(said.digits) == 10
    assert [int(d) for d in said.digits] == [*range(10)]
    assert said.own("10. x") == said.digits[1] + said.digits[0] + ". x"
    fields = {
        "refusals": set(),
        "malformed": {"one", "other", "beyond"},
        "openings": {"answer", "own"},
        "hedges": {"answer"},
        "preludes": set(),
        "hedged_preludes": set(),
        "lines": {"number", "own", "text"},
    }
    for name, allowed in fields.items():
        for phrase in getattr(said, name):
            assert set(re.findall(r"{(\w*)}", phrase)) <= allowed
            if name in ("openings", "hedges"):
                assert len(re.findall(r"{(?:answer|own)}", phrase)) == 1
            if name == "lines":
                assert re.search(r"{(?:number|own)}.*{text}", phrase)


def test_a_language_without_phrases_is_answered_in_english():
    rough = replace(PLAIN, refusal=0.3, malformed=0.3, messy=0.5, hedge=0.3)
    told = replace(ASKED, language="sw")
    assert written(rough, told, 50) == written(rough, ASKED, 50)


def test_braces_in_texts_are_no_fields():
    odd = replace(ASKED, texts=("{x}", "{0}", "{", "}"))
    rough = replace(PLAIN, malformed=0.4, messy=1, hedge=0.4)
    assert any("{x}" in text for text in written(rough, odd, 200))


def test_a_damaged_file_is_said(monkeypatch):
    def damaged(*_):
        from mores.errors import InstrumentError

        raise InstrumentError("sim_phrases.toml: cannot be read")

    monkeypatch.setattr("mores.instruments.datafiles.read_data", damaged)
    sim_words._languages.cache_clear()
    with pytest.raises(ModelError, match="sim_phrases"):
        phrases("en")
