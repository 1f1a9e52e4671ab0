"""Few-shot personas: the answers, in the prompt form of the study."""

import pytest

from mores.errors import PersonaError
from mores.instruments.survey import wvs7
from mores.personas.few_shot import few_shot, question_and_scale, scale_text

GOLDEN = """\
You gave these answers to earlier questions of the survey.

Question:
Generally speaking, would you say that most people can be trusted or that you need to be very careful in dealing with people?

Scale: 1=Most people can be trusted, 2=Need to be very careful

Answer: 2

Question:
How important is God in your life? Please use this scale to indicate: 10 means "very important" and 1 means "not at all important".

Scale: 1=Not at all important, 10=Very important

Answer: 7

Question:
Qualities wanted in children: independence and determination against obedience and religious faith

Scale: -2=Obedience/Religious Faith, 2=Determination, perseverance/Independence

Answer: -1"""  # noqa: E501
ITEMS = [wvs7().item(name) for name in ("A165", "F063", "Y003")]


def test_the_whole_text():
    assert few_shot(ITEMS, {"A165": 2, "Q164": 7, "Y003": -1}) == GOLDEN


def test_the_form_of_a_question_is_that_of_the_paper():
    """Appendix A.1 prints this one."""
    assert question_and_scale(wvs7().item("Q6")).endswith(
        "\n\nScale: 1=Very important, 2=Rather important, 3=Not very important, "
        "4=Not at all important"
    )
    assert question_and_scale(wvs7().item("Q6")).startswith("Question:\n")
    assert scale_text(wvs7().item("Q48").options).count("=") == 2


def test_what_was_not_answered_is_left_out():
    told = few_shot(ITEMS, {"A165": 1})
    assert told.count("Question:") == told.count("Answer:") == 1
    assert few_shot(ITEMS, {}) == ""


def test_a_code_that_is_no_option_and_an_item_that_is_not_told():
    with pytest.raises(PersonaError, match=r"3 is no option of Q57 .*allowed: 1, 2"):
        few_shot(ITEMS, {"A165": 3})
    with pytest.raises(PersonaError, match="'A008' has an answer but is not among"):
        few_shot(ITEMS, {"A008": 1})
