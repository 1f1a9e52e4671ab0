"""The offline writer: plain stories of a stated length, seeded, with faults that can be planted."""

from collections import Counter
from importlib.resources import files

import numpy as np
import pytest

from mores.errors import PersonaError
from mores.personas.biography_grammar import GRAMMAR, compose, composed, parse_grammar
from mores.personas.grid import configuration
from mores.personas.variables import variables

TEXT = files("mores.personas").joinpath("data/biography_sentences.toml").read_text("utf-8")
SOME = [int(i) for i in np.random.default_rng(0).choice(93_312, 600, replace=False)]


def test_a_story_is_of_the_stated_length_whatever_is_drawn():
    grammar = parse_grammar(TEXT, "own")
    for sentences in grammar.sentences.values():
        assert sum(len(levels) for levels in sentences) == 32
        assert all(len(set(level)) >= 4 for levels in sentences for level in levels)
    file = grammar.file

    def ends(texts):
        sizes = [len(text.split()) for text in texts]
        return np.array([min(sizes), max(sizes)])

    def of(groups):
        return ends(text for texts in groups.values() for text in texts)

    told = sum(ends(s for level in levels for s in level) for levels in grammar.sentences["female"])
    opening = ends(file.openings) - 2  # {place} and {work} stand for phrases
    low, high = told + opening + of(file.places) + of(file.work) + of(file.schooling)
    assert low >= 90
    assert high + 2 * max(len(link.split()) for link in file.links) <= 160


def test_it_is_seeded_and_independent_of_its_company():
    stories = list(composed(SOME[:50], seed=4))
    assert stories == [compose(index, seed=4) for index in SOME[:50]]
    assert stories != list(composed(SOME[:50], seed=5))
    assert stories != list(composed(SOME[:50], seed=4, attempt=1))
    assert {story.writer for story in stories} == {GRAMMAR}
    assert "simulated" in GRAMMAR
    assert compose(0, seed=4).text == compose(0, seed=4).text


def test_stories_differ_and_speak_of_one_sex():
    stories = list(composed(SOME))
    assert len({s.text for s in stories}) == len(stories)
    for story in stories:
        words = set(story.text.lower().replace(",", " ").replace(".", " ").split())
        own, other = ("she", "he") if story.demographics.sex == "female" else ("he", "she")
        assert own in words
        assert other not in words
        assert "{" not in story.text
        assert str(story.demographics.age) in story.text


def test_demographics_hang_together_and_move_with_the_levels():
    people = [s.demographics for s in composed(range(0, 93_312, 30))]
    assert 0.48 < np.mean([p.sex == "female" for p in people]) < 0.54
    assert all(p.age < 25 for p in people if p.occupation == "student")
    assert all(p.age > 65 for p in people if p.occupation == "retired")
    assert all(p.age >= 23 for p in people if p.education == "isced-6-8")
    assert len(Counter(p.occupation for p in people)) == 16
    first, last = range(1500), range(93_312 - 1500, 93_312)  # most religious, and not at all
    ages = [np.mean([s.demographics.age for s in composed(part)]) for part in (first, last)]
    assert ages[0] > ages[1] + 3


def test_planted_contradictions_are_a_share_of_one_wrong_level_each():
    stories = list(composed(SOME * 5, contradictions=0.2))
    planted = [story for story in stories if story.planted]
    assert 0.17 < len(planted) / len(stories) < 0.23
    for story in planted:
        ((place, level),) = story.planted
        assert level != configuration(story.configuration)[place]
        assert 0 <= level < len(variables()[place].levels)
    assert {story.planted[0][0] for story in planted} == set(range(10))
    assert not any(story.planted for story in composed(SOME))
    assert all(story.planted for story in composed(SOME[:50], contradictions=1))


def test_what_cannot_be_written_is_refused():
    with pytest.raises(PersonaError, match="93312 does not exist"):
        compose(93_312)
    with pytest.raises(PersonaError, match="is no share"):
        list(composed([1], contradictions=1.5))
    with pytest.raises(PersonaError, match="is no share"):
        list(composed([1], contradictions=float("nan")))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[levels.happiness.very-happy]", "[levels.happiness.glad]", "happiness: glad"),
        ("\ncity = [", "\nmetropolis = [", "places: city"),
        ('arts-media = ["plays', 'arts = ["plays', "work: arts"),
        ("[6, 0, 1, 2,", "[6, 6, 1, 2,", "arcs"),
        ("schema = 1", "schema = 2", "schema"),
    ],
)
def test_a_damaged_file_is_told(old, new, said):
    assert old in TEXT
    with pytest.raises(PersonaError, match=said):
        parse_grammar(TEXT.replace(old, new, 1), "own")
