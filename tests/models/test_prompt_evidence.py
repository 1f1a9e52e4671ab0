from math import inf, log

import pytest

from mores.models.option_evidence import NotTold
from mores.models.prompt_evidence import PromptTokens, answer_tokens, exact, read_prompt


def told(*numbers: int) -> PromptTokens:
    return PromptTokens(("", *map(str, numbers)), (None, *(-float(number) for number in numbers)))


def test_a_prompt_is_read() -> None:
    body = {"prompt_logprobs": [None, {"5": {"logprob": -1.5, "rank": 3}}, {"7": {"logprob": 0}}]}
    assert read_prompt(body) == PromptTokens(("", "5", "7"), (None, -1.5, 0.0))


@pytest.mark.parametrize(
    "places",
    [
        None,
        [],
        "x",
        [None],
        [None, None],
        [None, {}],
        [None, {"5": {"logprob": -1}, "6": {"logprob": -2}}],
        [None, {"5": {"logprob": None}}],
        [None, {"5": {"logprob": "NaN"}}],
        [None, {"5": {"logprob": 1.0}}],
        [None, {"5": -1.0}],
    ],
)
def test_a_prompt_that_is_not_told(places: object) -> None:
    with pytest.raises(NotTold):
        read_prompt({"prompt_logprobs": places})


def test_an_answer_ends_with_the_token_that_closes_it() -> None:
    asked = told(1, 2, 3)
    assert answer_tokens(asked, told(1, 2, 3, 4, 5, 8, 9), ("8", "9")) == (
        ("4", "5", "8"),
        (-4.0, -5.0, -8.0),
    )


@pytest.mark.parametrize(
    "answered",
    [
        told(1, 2, 7, 4, 8, 9),  # the answer's begin merged with the prompt's end
        told(1, 2, 3, 4, 7, 9),  # its end merged with what closes it
        told(1, 2, 3, 8, 9),  # nothing was written
        told(1, 2),
    ],
)
def test_an_answer_that_is_not_written_by_itself(answered: PromptTokens) -> None:
    assert answer_tokens(told(1, 2, 3), answered, ("8", "9")) is None


def test_spellings_of_a_label_are_summed() -> None:
    masses = exact(
        ("1", "2", "3"),
        {("4", "8"): (0, log(0.25)), ("5", "8"): (0, log(0.5)), ("6", "8"): (1, log(0.125))},
    )
    assert masses.low == masses.high
    assert masses.low == pytest.approx((log(0.75), log(0.125), -inf))
