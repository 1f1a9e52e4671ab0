"""The offline reader: levels by cues, unclear where none or two, faults found and none invented."""

import re
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.errors import PersonaError
from mores.personas.biographies import UNCLEAR
from mores.personas.biography_grammar import composed
from mores.personas.biography_reading import OFFLINE_READER, parse_cues, read_offline
from mores.personas.grid import levels_of
from mores.personas.persons import in_person
from mores.personas.variables import variables

TEXT = files("mores.personas").joinpath("data/biography_cues.toml").read_text("utf-8")
IDS = [variable.id for variable in variables()]


def read(text):
    return dict(zip(IDS, read_offline(text).levels, strict=True))


def test_planted_contradictions_are_found_over_two_thousand_biographies():
    drawn = np.sort(np.random.default_rng(8).choice(93_312, 2_000, replace=False)).tolist()
    stories = list(composed(drawn, seed=8, contradictions=0.3))
    meant, found = levels_of(drawn), np.array([read_offline(s.text).levels for s in stories])
    planted = np.zeros(meant.shape, bool)
    for row, story in enumerate(stories):
        planted[row, [place for place, _ in story.planted]] = True
    told = (found != meant) & (found != UNCLEAR)
    assert planted.sum() > 500
    assert told[planted].mean() >= 0.95
    assert told[~planted].mean() <= 0.02
    assert (found == UNCLEAR).mean() <= 0.02


@pytest.mark.parametrize("style", ["statement", "paraphrase"])
def test_beliefs_in_words_of_others_are_read_or_left_unclear_but_not_misread(style):
    right = 0
    for place, variable in enumerate(variables()):
        for index, level in enumerate(variable.levels):
            said = getattr(in_person(variable, level, "third"), style)
            levels = read_offline(said).levels
            assert levels[place] in (index, UNCLEAR), said
            right += levels[place] == index
    assert right >= 28  # of 32


def test_none_and_two_are_unclear():
    assert read_offline("").levels == (UNCLEAR,) * 10
    assert read("A tale of a cat, a house and a hill.") == dict.fromkeys(IDS, UNCLEAR)
    assert read("She is an atheist.")["religiosity"] == 3
    assert read("She is an atheist. She prays every day.")["religiosity"] == UNCLEAR
    assert read_offline("x").reader == OFFLINE_READER


def test_cues_stand_within_a_sentence_and_at_whole_words():
    assert read("He prays before supper every day.")["religiosity"] == 0
    assert read("He prays. Every day is a feast.")["religiosity"] == UNCLEAR
    assert read("HE PRAYS,\n before   supper, EVERY day.")["religiosity"] == 0
    assert read("He sprays every day.")["religiosity"] == UNCLEAR
    assert read("He is misery's heir.")["happiness"] == UNCLEAR


def test_no_cue_is_a_whole_sentence_of_the_writer():
    plain = TEXT.lower()
    grammar = files("mores.personas").joinpath("data/biography_sentences.toml").read_text("utf-8")
    for sentence in re.findall(r'^  "(.+)",$', grammar, re.MULTILINE):
        assert sentence.lower().strip(".") not in plain


@given(st.text(max_size=400))
def test_any_text_is_read(text):
    assert len(read_offline(text).levels) == 10


def test_a_hostile_text_takes_no_time_beyond_its_length():
    for text in ("prays " * 20_000, "a " * 50_000, "order and " * 9_000, "divorce, " * 9_000):
        read_offline(text)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[cues.happiness]", "[cues.joy]", "is missing or unknown"),
        ('"sunny soul"', '"(sunny"', "is no cue"),
        ('"sunny soul"', '"~ soul"', "is no cue"),
        ('"sunny soul"', '""', "is no cue"),
    ],
)
def test_a_damaged_file_is_told(old, new, said):
    assert old in TEXT
    with pytest.raises(PersonaError, match=said):
        parse_cues(TEXT.replace(old, new, 1), "own")
