import pytest

from mores.coding.answers import as_shown
from mores.coding.prose import announced, read_prose

SCALE = as_shown(
    [
        "strongly agree",
        "agree",
        "somewhat agree",
        "somewhat disagree",
        "disagree",
        "strongly disagree",
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "Answer: B",
        "ANSWER: b",
        "Answer is B.",
        "**Answer:** **B**",
        "- **Final choice**: (B)",
        "Final Answer:\nB",
        "My choice would be option B.",
        "The best option is B.",
        "So, the answer is B) agree.",
        "Therefore, I choose B.",
        "I’d go with B.",
        "I'm going with **B**",
        "I would choose B because it fits me.",
        "As a religious person, I select option B.",
        "If I had to choose, I would pick B.",
        "Much to weigh. In the end it is close. My answer: B",
        "Value: B",
        "value = B",
        "**Value** → agree",
        "<value>B</value>",
        "<answer> B) agree </answer>",
        r"\boxed{B}",
        r"$\boxed{\text{(B)}}$",
        "Answer: B\nAnswer: B",
    ],
)
def test_these_announce_the_second_option(text):
    assert announced(text, "value", SCALE).option == 1
    assert read_prose(text, "value", SCALE).how.startswith("labelled-")


@pytest.mark.parametrize(
    "text",
    [
        "The answer is not B.",
        "The answer isn't B.",
        "I don't think the answer is B.",
        "If the answer is B, I lose.",
        "If I were younger, I would choose B.",
        "I would choose B if I were younger.",
        "I would not choose B.",
        "I would choose a calm life.",
        "I choose A life of service.",
        "Would I choose B?",
        "They say I choose B.",
        "Is the answer B?",
        "The answer is B?",
        "Action: B",
        "Option B: it is tempting.",
        "A person would agree.",
        "I agree.",
        "B is the better letter.",
        "Vitamin B and plan C.",
        "I'd choose B, but only reluctantly.",
        "Answer:",
        "",
    ],
)
def test_these_announce_nothing(text):
    assert read_prose(text, "value", SCALE).option is None


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("Answer: B or C", "two-answers"),
        ("Answer: B. Final answer: C.", "two-answers"),
        ("Answer: B\n\nI choose C.", "two-answers"),
        (r"\boxed{B} \boxed{C}", "two-answers"),
        ("Answer: G", "letter-out-of-range"),
        ("Answer: B) disagree", "letter-and-text-disagree"),
        ("Answer: 2", "number-not-letter"),
        ("A) strongly agree\nB) agree", "two-answers"),
        ("Because:\nB) agree\nis what they say", "no-answer"),
    ],
)
def test_why_an_announcement_is_not_read(text, how):
    assert read_prose(text, "value", SCALE).how == how


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("B", "bare-letter"),
        ("B) agree", "bare-letter"),
        ("agree", "bare-option-text"),
        ("B\n\nIt fits me.", "bare-letter"),
        ("It fits me.\n\nB", "bare-letter"),
        ("Agree\n\nIt fits me.", "bare-option-text"),
        ("```\nB\n```", "bare-letter"),
    ],
)
def test_an_answer_that_stands_alone(text, how):
    reading = read_prose(text, "value", SCALE)
    assert (reading.option, reading.how) == (1, how)


def test_too_many_different_announcements_are_not_weighed():
    text = "\n".join(f"Answer: B) agree, for reason {number}" for number in range(200))
    assert read_prose(text, "value", SCALE).how == "too-long"
