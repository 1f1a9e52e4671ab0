from math import exp, inf, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.models.option_evidence import (
    NotTold,
    Told,
    beginnings,
    bounds,
    read_told,
    spellings,
    undecided,
)

TEN = tuple(str(n) for n in range(1, 11))


def tokens(shares: dict[str, float]) -> Told:
    pairs = tuple((text, log(share)) for text, share in shares.items())
    return Told(pairs, min(value for _, value in pairs), next(iter(shares)))


def body(*top: tuple[str, object], drawn: tuple[str, object] | None = None, **more: object) -> dict:
    """A chat completion with log-probabilities."""
    text, value = drawn or top[0]
    entries = [{"token": token, "logprob": number} for token, number in top]
    first = {"token": text, "logprob": value, "top_logprobs": entries, **more}
    return {"choices": [{"message": {}, "logprobs": {"content": [first]}}]}


def low(labels: tuple[str, ...], places: dict[str, Told]) -> list[float]:
    return [exp(value) for value in bounds(labels, places).low]


def high(labels: tuple[str, ...], places: dict[str, Told]) -> list[float]:
    return [exp(value) for value in bounds(labels, places).high]


def test_option_ten_does_not_receive_the_mass_of_one() -> None:
    """Nor is " 1" dropped: the defect of matching tokens by how they begin."""
    root = tokens({"1": 0.5, " 1": 0.1, "2": 0.2, "3.": 0.05, "４": 0.05, "Sure": 0.1})
    after = tokens({"0": 0.25, "<|im_end|>": 0.6, ".": 0.1, "5": 0.05})
    found = low(TEN, {"": root, "1": after})
    assert found == pytest.approx([0.6 * 0.7, 0.2, 0.05, 0.05, 0, 0, 0, 0, 0, 0.6 * 0.25])
    assert undecided(TEN, {"": root}) == ["1"]
    assert undecided(TEN, {"": root, "1": after}) == []


def test_ten_as_one_token_counts_beside_ten_as_two() -> None:
    root = tokens({"1": 0.4, "10": 0.3, "7": 0.3})
    after = tokens({"0": 0.5, "": 0.5})
    assert low(TEN, {"": root, "1": after}) == pytest.approx(
        [0.2, 0, 0, 0, 0, 0, 0.3, 0, 0, 0.3 + 0.2]
    )


def test_no_option_is_no_uniform() -> None:
    """The defect of a silent uniform: nothing is told, and nothing is said."""
    masses = bounds(("1", "2"), {"": tokens({"I": 0.9, "Sorry": 0.05})})
    assert masses.low == (-inf, -inf)
    assert [exp(value) for value in masses.high] == pytest.approx([0.05, 0.05])


@pytest.mark.parametrize(
    ("shares", "bound"),
    [({"1": 0.5, "2": 0.2, "x": 0.1}, 0.1), ({"1": 0.5, "2": 0.2, "x": 0.29}, 0.01)],
)
def test_an_absent_option_is_bounded(shares: dict[str, float], bound: float) -> None:
    """By the smallest returned, or by what remains."""
    labels = ("1", "2", "3")
    assert low(labels, {"": tokens(shares)}) == pytest.approx([0.5, 0.2, 0])
    assert high(labels, {"": tokens(shares)}) == pytest.approx([0.5, 0.2, bound])


def test_an_option_absent_after_a_begun_answer_is_bounded_there() -> None:
    places = {"": tokens({"1": 0.5, "2": 0.49, "x": 0.01}), "1": tokens({"": 0.9, "!": 0.06})}
    found = high(("1", "2", "10"), places)
    assert found == pytest.approx([0.45, 0.49, 0.5 * 0.04])


def test_what_may_begin_several_options_is_open_for_each() -> None:
    """A tokenizer that writes a space by itself says nothing yet."""
    labels = ("A", "B")
    found = high(labels, {"": tokens({" ": 0.3, "A": 0.5, "B": 0.1})})
    assert low(labels, {"": tokens({" ": 0.3, "A": 0.5, "B": 0.1})}) == pytest.approx([0.5, 0.1])
    assert found == pytest.approx([0.8, 0.4])
    words = ("very happy", "very sad")
    assert high(words, {"": tokens({"very": 0.6, "no": 0.4})}) == pytest.approx([0.6, 0.6])
    assert low(words, {"": tokens({"very": 0.6, "no": 0.4})}) == [0, 0]


def test_a_mass_too_small_to_matter_is_not_asked_about() -> None:
    root = tokens({"7": 0.9, "1": 1e-5})
    assert undecided(TEN, {"": root}) == []
    assert high(TEN, {"": root})[0] == pytest.approx(2e-5)
    rare = tokens({"I": 0.9, "7": 1e-5, "1": 1e-5})
    assert undecided(TEN, {"": rare}) == ["1"]


def test_three_digits() -> None:
    labels = ("1", "10", "100")
    places = {"": tokens({"1": 1.0}), "1": tokens({"0": 0.5, "": 0.5})}
    assert undecided(labels, {"": places[""]}) == ["1"]
    assert undecided(labels, places) == ["10"]
    places["10"] = tokens({"0": 0.25, "\n": 0.75})
    assert low(labels, places) == pytest.approx([0.5, 0.375, 0.125])


@pytest.mark.parametrize("other", ["15", "1/10", "1-", "①", "¹", "1.5", "-1", "a", "one", "01"])
def test_what_is_no_spelling_of_a_label(other: str) -> None:
    assert low(("1", "2"), {"": tokens({other: 0.9, "2": 0.1})}) == pytest.approx([0, 0.1])


@pytest.mark.parametrize("text", ["1", " 1", "▁1", "Ġ1", "\n1", "1.", " 1.", "１", "1\n", "1 "])
def test_spellings_of_a_label(text: str) -> None:
    assert low(("1", "2"), {"": tokens({text: 0.9, "2": 0.1})}) == pytest.approx([0.9, 0.1])


def test_spellings_are_those_of_models_in_this_process() -> None:
    pytest.importorskip("torch")
    from mores.models.hf.forms import Forms

    for label in ("1", "10", "A", "very happy"):
        assert spellings(label) == [form for form in Forms().of(label) if form is not None]


def test_beginnings() -> None:
    assert beginnings(TEN) == ["1"]
    assert beginnings(("A", "B", "J")) == []


SHARES = st.lists(st.floats(1e-6, 1), min_size=40, max_size=40)


@given(SHARES, SHARES, st.integers(1, 30))
def test_bounds_hold_what_is_true(first: list[float], second: list[float], top: int) -> None:
    """Of a model whose tokenizer splits digits and writes each label in one way."""
    firsts = [*map(str, range(1, 10)), *(f"word{n}" for n in range(31))]
    seconds = ["0", "<|im_end|>", *(f"more{n}" for n in range(38))]
    p = dict(zip(firsts, (share / sum(first) for share in first), strict=True))
    q = dict(zip(seconds, (share / sum(second) for share in second), strict=True))
    true = [p["1"] * q["<|im_end|>"], *(p[str(n)] for n in range(2, 10)), p["1"] * q["0"]]

    def most(shares: dict[str, float]) -> Told:
        return tokens(dict(sorted(shares.items(), key=lambda pair: -pair[1])[:top]))

    places = {"": most(p)}
    if undecided(TEN, places):
        places["1"] = most(q)
    lows, highs = low(TEN, places), high(TEN, places)
    for least, share, greatest in zip(lows, true, highs, strict=True):
        assert least <= share * (1 + 1e-9)
        assert share <= greatest * (1 + 1e-9) + 1e-12
    assert sum(lows) <= 1 + 1e-9
    if top == 30 and "1" in places:
        assert sum(lows) == pytest.approx(
            sum(share for share, least in zip(true, lows, strict=True) if least > 0)
        )


def test_a_reply_is_read() -> None:
    found = read_told(body(("1", -0.1), ("2", -3.0)))
    assert found == Told((("1", -0.1), ("2", -3.0)), -3.0, "1")
    assert found.remaining == pytest.approx(1 - exp(-0.1) - exp(-3))


def test_the_drawn_token_counts_but_is_no_bound() -> None:
    """Tokens between it and the most probable ones were not returned."""
    found = read_told(body(("1", -0.1), ("2", -3.0), drawn=("9", -9.0)))
    assert found.tokens[-1] == ("9", -9.0)
    assert found.smallest == -3.0
    assert len(read_told(body(("1", -0.1), ("2", -3.0), drawn=("2", -3.0))).tokens) == 2


def test_tokens_with_the_same_text_are_not_one() -> None:
    found = read_told(body(("", -1.0), ("", -2.0), ("A", -3.0)))
    assert found.mass({""}) == pytest.approx(exp(-1) + exp(-2))


def test_rounding_is_put_right() -> None:
    found = read_told(body(("A", log(0.6)), ("B", log(0.4005))))
    assert sum(exp(value) for _, value in found.tokens) == pytest.approx(1)
    assert found.remaining == pytest.approx(0)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ({}, "no log-probabilities in the reply"),
        ({"choices": [{"message": {}}]}, "no log-probabilities in the reply"),
        ({"choices": [{"logprobs": None}]}, "no log-probabilities in the reply"),
        ({"choices": [{"logprobs": {"content": None}}]}, "no log-probabilities in the reply"),
        ({"choices": [{"logprobs": {"content": []}}]}, "no log-probabilities in the reply"),
        ({"choices": [{"logprobs": {"tokens": ["1"]}}]}, "no log-probabilities in the reply"),
        (body(("1", -0.1), drawn=("1", None)), "null"),
        (body(("1", None), drawn=("1", -0.1)), "null"),
        (body(("1", "NaN")), "NaN in place of a log-probability"),
        (body(("1", float("nan"))), "nan in place"),
        (body(("1", "-Infinity")), "-Infinity in place"),
        (body(("1", 0.7)), "0.7 in place"),
        (body(("1", True)), "True in place"),
        (body(("1", -0.1), ("2", -0.1)), "sum to 1.81"),
        (body((7, -0.1)), "no log-probabilities in the reply"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_log_probability(reply: dict, words: str) -> None:
    with pytest.raises(NotTold, match=words):
        read_told(reply)


def test_the_drawn_token_alone_is_not_enough() -> None:
    reply = body(("1", -0.1))
    reply["choices"][0]["logprobs"]["content"][0]["top_logprobs"] = []
    with pytest.raises(NotTold, match="of no other"):
        read_told(reply)
