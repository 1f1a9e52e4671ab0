"""The prompts by which a model scores levels on foundations."""

from __future__ import annotations

import pytest

from mores.errors import PromptError
from mores.instruments.mfq2 import foundations
from mores.personas.variables import variables
from mores.prompts.level_prompts import SCORES, TEMPLATE, level_prompt, score_labels
from mores.prompts.templates import TemplateSet

ALL = {
    (v.id, level.id, f.id): level_prompt(v, level, f)
    for v in variables()
    for level in v.levels
    for f in foundations()
}

GOLDEN = """\
One thing is known of a person.

social trust (Generalized interpersonal trust): cannot trust people
Put to that person in plain words: "You do not trust people whom you do not know, and are on your guard with them."

Think of people in general of whom this is true, whatever else they may be.

Loyalty: Standing by one's own group, such as family, team or country, and making sacrifices for it.

How much does Loyalty count for such people when they judge what is right and wrong?

Scale: 1=not at all, 2=slightly, 3=moderately, 4=strongly, 5=very strongly

Respond with ONLY the single integer (1-5):"""  # noqa: E501


def test_there_are_192_different_ones():
    assert len(ALL) == len(set(ALL.values())) == 192


def test_a_prompt_in_full():
    assert ALL["social_trust", "cannot-trust-people", "loyalty"] == GOLDEN


def test_each_shows_its_own_level_and_foundation_alone():
    for (v, level, f), text in ALL.items():
        variable = next(x for x in variables() if x.id == v)
        shown = [x.id for x in variable.levels if x.statement in text]
        assert shown == [level]
        assert [x.id for x in foundations() if x.definition in text] == [f]


def test_none_names_what_is_expected():
    expected = ("cultur", "invariant", "hypothes", "vary", "moral foundation", "paper", "expect")
    for text in ALL.values():
        assert not [word for word in expected if word in text.lower()]


def test_scores_run_from_1_to_5():
    assert SCORES == ("1", "2", "3", "4", "5")
    assert len(set(score_labels())) == 5


def test_a_template_of_ones_own_is_used(tmp_path):
    (tmp_path / TEMPLATE).write_text("{{ level }} on {{ foundation }}?")
    own = TemplateSet("en", "grounded_personas", tmp_path)
    v = variables()[0]
    assert level_prompt(v, v.levels[0], foundations()[0], own) == "very important on Care?"
    (tmp_path / TEMPLATE).write_text("{{ hypothesis }}")
    own = TemplateSet("en", "grounded_personas", tmp_path)
    with pytest.raises(PromptError, match="it may use"):
        level_prompt(v, v.levels[0], foundations()[0], own)
