import re
import subprocess
import sys
import time
import tomllib
from importlib.resources import files

import pytest

from mores.coding.refusals import declines, is_refusal, load_wordings, says_nothing


@pytest.mark.parametrize(
    "text",
    [
        "I can't help with that.",
        "I cannot assist you with this request.",
        "I'm sorry, but I can't.",
        "I apologize, but I am unable to fulfill this request.",
        "Sorry, I won't do that.",
        "I’m not able to choose.",
        "I am not able to choose between these options.",
        "I cannot in good conscience pick one of these.",
        "I must decline.",
        "I have to respectfully decline to answer.",
        "I won't roleplay as this person.",
        "I will not adopt this persona.",
        "I'm not comfortable choosing between these.",
        "I would rather not answer.",
        "I refuse to answer.",
        "As an AI, I do not have personal values.",
        "As a large language model I cannot hold a view on this.",
        "I'm just an AI. I don't have beliefs.",
        "I do not hold personal opinions.",
        "It would not be appropriate for me to pick an answer.",
        "This is against OpenAI's usage policies.",
        "Let me be clear: I cannot provide a personal opinion on religion.",
    ],
)
def test_refusals(text):
    assert is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot support this value.",
        "I refuse to compromise my integrity.",
        "I must decline the invitation and stay with my family.",
        "I won't help him hide the money.",
        "I will not participate in the bribery.",
        "I cannot choose money over my children.",
        "I can't pretend to agree with my neighbours.",
        "I will not respond to his letter.",
        "I am unable to walk past a person in need.",
        "I'm sorry for my cousin, but family comes first.",
        "I don't have strong feelings about tradition.",
        "I would rather not spend the day away from home.",
        "As an airline pilot I cannot drink.",
        "As a teacher, I do not have much money.",
        "This goes against my principles.",
        "It would be inappropriate for me to accept the gift.",
    ],
)
def test_a_personas_own_refusals_are_none(text):
    assert not is_refusal(text)


def test_words_in_place_of_a_letter():
    assert declines("Refuse")
    assert declines(" prefer not to say. ")
    assert declines("I can’t answer")
    assert not declines("refuse the offer")
    assert says_nothing("N/A")
    assert says_nothing("(none)")
    assert not says_nothing("none of my business")


def test_only_the_beginning_is_searched():
    assert not is_refusal("word " * 1000 + "I can't help with that.")


def test_the_data_file_states_its_source_and_every_language_is_complete():
    text = files("mores.coding").joinpath("data/refusals.toml").read_text(encoding="utf-8")
    assert "# source:" in text
    assert "# licence:" in text
    for table in tomllib.loads(text)["languages"].values():
        assert set(table) <= {"parts", "opening", "anywhere", "words", "nothing"}
        for expression in [*table["opening"], *table["anywhere"], *table["parts"].values()]:
            # unbounded repetition could take more than linear time
            assert not re.search(r"(?<!\\)[*+](?!\+)|\{\d+,\}", expression.replace("l+", "l"))


def test_the_data_file_is_read_once_and_only_when_needed():
    assert load_wordings() is load_wordings()
    program = (
        "import sys; from mores.coding.choice import code_choice;"
        "code_choice('{\"value\": \"A\"}', field='value', options=['x']);"
        "assert 'tomllib' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(
    "piece", ["i can't ", "sorry ", "as an ai ", "i have to ", "i cannot the a "]
)
def test_hostile_text_takes_little_time(piece):
    start = time.process_time()
    is_refusal(piece * 100_000)
    assert time.process_time() - start < 10  # a quadratic search takes minutes
