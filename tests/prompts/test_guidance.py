"""The guidance of Abels et al. 2026, table 1, and what is ours beside it."""

import re
from hashlib import sha256

import pytest

from mores.errors import InstrumentError, PromptError
from mores.prompts.guidance import guidance, guidance_variants

KEYS = (
    "social_science",
    "population_prior",
    "survey_context",
    "first_person",
    "predict",
    "practical_judgment",
    "minimal",
    "decisive",
    "identity_anchor",
    "demographic_realism",
    "lived_experience",
    "cultural_norms",
    "affective_gut",
    "contrastive",
)
EVERY = pytest.mark.parametrize("variant", KEYS)


def test_the_variants_in_the_order_of_table_1():
    assert guidance_variants() == KEYS


def test_golden_texts():
    assert guidance("default", "minimal", None) == "You are a helpful assistant."
    assert guidance("country", "social_science", "JOR") == (
        "You are participating in a social science simulation. You will be given a survey question "
        "and must answer it as someone living in Jordan would, embracing this persona’s values as "
        "your own."
    )
    assert guidance("value", "identity_anchor", "United States") == (
        "You are a person from the United States. Answer each survey question as yourself. Do not "
        "explain your answer."
    )
    assert guidance("value", "identity_anchor", None) == (
        "You are a person. Answer each survey question as yourself. Do not explain your answer."
    )
    assert guidance("generic", "decisive", None) == (
        "You are participating in a social science simulation. You will be given a survey question "
        "and must answer it as a typical human respondent would, embracing this person’s values as "
        "your own."
    )


def test_no_text_changes_unnoticed():
    """A change of wording is a change of what was measured."""
    texts = [guidance("value", v, c) for v in KEYS for c in ("JOR", None)]
    assert sha256("\n".join(texts).encode()).hexdigest()[:16] == "acdccdcce4f0b61a"


@EVERY
def test_a_country_is_named_wherever_one_is_given_and_nowhere_else(variant):
    named = guidance("country", variant, "Jordan")
    assert "Jordan" in named
    assert "{" not in named
    bare = guidance("value", variant, None)
    assert "{" not in bare
    assert not re.search(r"\b(Jordan|countr|nation|resident|location)", bare)
    assert len(bare) < len(named)


@EVERY
def test_the_text_without_a_country_says_nothing_that_the_other_does_not(variant):
    """Most of its sentences are the paper's, word for word; our words are few."""

    def words(text):
        return re.findall(r"\w+", text.lower())

    theirs = {*words(guidance("country", variant, "Jordan"))}
    ours = words(guidance("value", variant, None))
    assert sum(word not in theirs for word in ours) <= 3, [w for w in ours if w not in theirs]


def test_what_does_not_go_together():
    with pytest.raises(PromptError, match="did you mean 'minimal'"):
        guidance("country", "minimum", "JOR")
    with pytest.raises(PromptError, match="names no country"):
        guidance("generic", "minimal", "JOR")
    with pytest.raises(PromptError, match="needs a country"):
        guidance("country", "minimal", None)
    with pytest.raises(InstrumentError):
        guidance("country", "minimal", "Ruritania")
