"""Replies that were to be one label."""

from __future__ import annotations

import doctest
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mores.coding import labels
from mores.coding.labels import code_label
from mores.coding.reasons import REASONS
from mores.records import Outcome, Status

FOUR = ("Very important", "Rather important", "Not very important", "Not at all important")
TEN = ("Never justifiable", *(str(n) for n in range(2, 10)), "Always justifiable")
AMOUNTS = ("A great deal", "A lot", "Not much", "None at all")
YES_NO = ("Yes", "No")

# scale -> labels and options as shown
SCALES = {
    "four": (tuple("1234"), FOUR),
    "ten": (tuple(str(n) for n in range(1, 11)), TEN),
    "ten backwards": (tuple(str(n) for n in range(10, 0, -1)), TEN[::-1]),
    "letters": (tuple("ABCD"), AMOUNTS),
    "ten letters": (tuple("ABCDEFGHIJ"), TEN),
    "two": (tuple("12"), YES_NO),
}


def code(text: str, scale: str = "four", finish: str | None = None) -> Outcome:
    shown, options = SCALES[scale]
    return code_label(text, labels=shown, options=options, finish=finish)


# --- a table, coded by hand --------------------------------------------------------------------

CODED: list[tuple[str, str, int, str]] = [
    # reply, scale, option as shown from 0, how
    ("3", "four", 2, "label"),
    ("3.", "four", 2, "label"),
    (" 3\n", "four", 2, "label"),
    ("**2**", "four", 1, "label"),
    ("`4`", "four", 3, "label"),
    ("(3)", "four", 2, "label"),
    ("[1]", "four", 0, "label"),
    ("'2'", "four", 1, "label"),
    ("“2”", "four", 1, "label"),
    ("<answer>2</answer>", "four", 1, "label"),
    ("２", "four", 1, "label"),  # full width
    ("٣", "four", 2, "label"),  # Arabic-Indic
    ("३।", "four", 2, "label"),  # Devanagari, with its stop
    ("4。", "four", 3, "label"),
    ("④", "four", 3, "label"),
    ("\u200b3\ufeff", "four", 2, "label"),
    ("10", "ten", 9, "label"),
    ("1", "ten", 0, "label"),
    ("١٠", "ten", 9, "label"),
    ("10", "ten backwards", 0, "label"),
    ("2 = Rather important", "four", 1, "label"),
    ("2 – rather important.", "four", 1, "label"),
    ("2 (Rather important)", "four", 1, "label"),
    ("2. Rather important", "four", 1, "label"),
    ("**2** = Rather important", "four", 1, "label"),
    ("2\nRather important", "four", 1, "label"),
    ("10: Always justifiable", "ten", 9, "label"),
    ("3\n\nFaith means little to the people I know.", "four", 2, "label"),
    ("Family comes first here.\n\n1", "four", 0, "label"),
    ("Here is what I think:\n**1**", "four", 0, "label"),
    ("Rather important", "four", 1, "label-text"),
    ('"not at all important."', "four", 3, "label-text"),
    ("Answer: 4", "four", 3, "announced-label"),
    ("Answer:4", "four", 3, "announced-label"),
    ("**Answer:** 4", "four", 3, "announced-label"),
    ("answer = 4.", "four", 3, "announced-label"),
    ('{"answer": 4}', "four", 3, "announced-label"),
    ('```json\n{"answer": "4"}\n```', "four", 3, "announced-label"),
    ("\\boxed{4}", "four", 3, "announced-label"),
    ("My answer is 4.", "four", 3, "announced-label"),
    ("My final answer is: 4", "four", 3, "announced-label"),
    ("Sure! My answer is option 2.", "four", 1, "announced-label"),
    ("Answer: 2 (Rather important)", "four", 1, "announced-label"),
    ("Answer: 2 = Rather important. It keeps us together.", "four", 1, "announced-label"),
    ("I would say 2.", "four", 1, "announced-label"),
    ("I'd choose 2, because work feeds us.", "four", 1, "announced-label"),
    ("I’d choose 2 since work feeds us.", "four", 1, "announced-label"),
    ("As someone who is not religious, I would choose 4.", "four", 3, "announced-label"),
    ("As an AI I have no personal views. Answer: 3", "four", 2, "announced-label"),
    ("Option 2", "four", 1, "announced-label"),
    ("On a scale of 1 to 10, my answer is 7.", "ten", 6, "announced-label"),
    ("Faith matters here. On a scale from 1-10 I would say 7.", "ten", 6, "announced-label"),
    ("<think>1? No, rather 3.</think>2", "four", 1, "label"),
    ("B", "letters", 1, "label"),
    ("b)", "letters", 1, "label"),
    ("**B**", "letters", 1, "label"),
    ("Ｂ", "letters", 1, "label"),
    ("A", "letters", 0, "label"),
    ("B. A lot", "letters", 1, "label"),
    ("A lot", "letters", 1, "label-text"),
    ("Answer: A", "letters", 0, "announced-label"),
    ("Option C", "letters", 2, "announced-label"),
    ("J", "ten letters", 9, "label"),
    ("No", "two", 1, "label-text"),
    ("2 = No", "two", 1, "label"),
]

NOT_CODED: list[tuple[str, str, str]] = [
    # reply, scale, reason
    ("1 or 2", "four", "two-answers"),
    ("1/2", "four", "two-answers"),
    ("3/4", "four", "two-answers"),
    ("2-3", "four", "two-answers"),
    ("2 – 3", "four", "two-answers"),
    ("between 1 and 3", "four", "two-answers"),
    ("1, 2, 3, 4", "four", "two-answers"),
    ("1 = Very important, 4 = Not at all important", "four", "two-answers"),
    ("1 2", "four", "two-answers"),
    ("1\n2\n3\n4", "four", "two-answers"),
    ("~~2~~ 3", "four", "two-answers"),
    ("2**3", "four", "two-answers"),
    ("Answer: 1 or 2", "four", "two-answers"),
    ("Answer: 3. No, 4.", "four", "two-answers"),
    ("Answer: 2. Or my answer is 3.", "four", "two-answers"),
    ("Answer: 3 - 4", "four", "two-answers"),
    ("3\n\nOr perhaps 4.", "four", "two-answers"),
    ("A or B", "letters", "two-answers"),
    ("A or J", "ten letters", "two-answers"),
    ("Answer: B or C", "letters", "two-answers"),
    ("1 or 10", "ten", "two-answers"),
    ("10", "four", "label-out-of-range"),
    ("0", "four", "label-out-of-range"),
    ("2.5", "four", "label-out-of-range"),
    ("2,5", "four", "label-out-of-range"),
    ("-3", "four", "label-out-of-range"),
    ("11", "ten", "label-out-of-range"),
    ("100", "ten", "label-out-of-range"),
    ("03", "four", "label-out-of-range"),
    ("3.0", "four", "label-out-of-range"),
    ("Answer: 7", "four", "label-out-of-range"),
    ("2 = Very important", "four", "letter-and-text-disagree"),
    ("Answer: 2 (Very important)", "four", "letter-and-text-disagree"),
    (".5", "ten", "no-answer"),
    ("2٫5", "four", "no-answer"),
    ("Answer: 2.5", "four", "no-answer"),
    ("½", "four", "two-answers"),
    ("<3", "four", "no-answer"),
    (">2", "four", "no-answer"),
    ("≠3", "four", "no-answer"),
    ("!3", "four", "no-answer"),
    ("3+", "four", "no-answer"),
    ("3%", "four", "no-answer"),
    ("~3", "four", "no-answer"),
    ("2?", "four", "no-answer"),
    ("2̶", "four", "no-answer"),  # struck out
    ("Answer: 2?", "four", "no-answer"),
    ("not 3", "four", "no-answer"),
    ("Not 3.", "four", "no-answer"),
    ("anything but 2", "four", "no-answer"),
    ("I would not choose 3.", "four", "no-answer"),
    ("I would never pick option 3.", "four", "no-answer"),
    ("I'd say anything but 2.", "four", "no-answer"),
    ("My answer is not 3.", "four", "no-answer"),
    ("Option 3 is wrong.", "four", "no-answer"),
    ("It is false that my answer is 3.", "four", "no-answer"),
    ("I do not believe in this:\n3", "four", "no-answer"),
    ("Answer: 3. Wait, that is wrong.", "four", "no-answer"),
    ("Maybe 2", "four", "no-answer"),
    ("Probably 3.", "four", "no-answer"),
    ("3, I guess", "four", "no-answer"),
    ("I would say 3, but I am not sure.", "four", "no-answer"),
    ("I would say about 3.", "four", "no-answer"),
    ("The number 4 means not at all important.", "four", "no-answer"),
    ("On a scale of 2 to 7, my answer is 7.", "ten", "two-answers"),
    ("On a scale of 1 to 10.", "ten", "no-answer"),
    ("I have 3 children.", "four", "no-answer"),
    ("1.\nFamily is what counts.", "four", "no-answer"),  # the head of a list
    ("It depends.", "four", "no-answer"),
    ("Somewhere in between, I suppose.", "four", "no-answer"),
    ("important", "four", "no-answer"),
    ("Very", "four", "no-answer"),
    ("Very important indeed", "four", "no-answer"),
    ("Three", "four", "no-answer"),
    ("A lot of people would say so.", "letters", "no-answer"),
    ("A person like me", "letters", "no-answer"),
    ("My answer is a lot of work.", "letters", "no-answer"),
    ("I don't know", "ten letters", "no-answer"),
    ("5", "ten letters", "label-out-of-range"),
    ("", "four", "empty"),
    (" \n\t", "four", "empty"),
    ("**", "four", "empty"),
    ("<think>The answer is 3.</think>", "four", "thinking-only"),
    ("<think>The answer is 3", "four", "unfinished-thinking"),
    ("3 " * 3000, "four", "too-long"),
]

REFUSED = [
    "I'm sorry, but I can't help with that.",
    "As an AI, I do not have personal opinions.",
    "I can't choose. Both 1 and 4 would fit.",
    "Prefer not to answer",
    "I'm sorry, but I can't take on this perspective or choose an option here.",
]


@pytest.mark.parametrize(("reply", "scale", "option", "how"), CODED)
def test_what_is_unmistakable_is_coded(reply, scale, option, how):
    assert code(reply, scale) == Outcome(Status.CODED, option, how)


@pytest.mark.parametrize(("reply", "scale", "reason"), NOT_CODED)
def test_what_would_have_to_be_guessed_is_not(reply, scale, reason):
    assert code(reply, scale) == Outcome(Status.UNCODED, None, reason)


@pytest.mark.parametrize("reply", REFUSED)
def test_refusals_are_refusals(reply):
    assert code(reply) == Outcome(Status.REFUSED, None, "refusal")


def test_the_table_is_large_and_balanced_enough():
    total = len(CODED) + len(NOT_CODED) + len(REFUSED)
    assert total >= 100
    assert len(NOT_CODED) + len(REFUSED) > total / 3
    replies = [(row[0], row[1]) for row in (*CODED, *NOT_CODED)]
    assert len(set(replies)) == len(replies)


def test_every_reason_occurs_in_the_table():
    said = {row[3] for row in CODED} | {row[2] for row in NOT_CODED}
    assert said <= set(REASONS)
    assert {"label", "label-text", "announced-label", "label-out-of-range"} <= said


def test_docstring_examples():
    assert doctest.testmod(labels).failed == 0


# --- why the model stopped ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "option", "reason"),
    [
        ("1", None, "cut-off"),  # of "10", or of "1 or 2"
        ("Answer: 1", None, "cut-off"),
        ("Answer:", None, "cut-off"),
        ("I think that", None, "cut-off"),
        ("", None, "cut-off"),
        ("3\n\nI chose this because in my coun", 2, "label"),
        ("Answer: 3. I chose this because in my coun", 2, "announced-label"),
        ("1 or 2", None, "two-answers"),
        ("<think>So 3 it", None, "unfinished-thinking"),
    ],
)
@pytest.mark.parametrize("finish", ["length", "max_tokens", "MAX-TOKENS"])
def test_the_last_word_of_a_cut_reply_may_be_half_a_word(reply, option, reason, finish):
    outcome = code(reply, "ten", finish)
    assert (outcome.option, outcome.reason) == (option, reason)
    assert outcome.status is (Status.UNCODED if option is None else Status.CODED)


def test_a_filtered_reply_is_refused_if_no_answer_is_left():
    assert code("", finish="content_filter") == Outcome(Status.REFUSED, None, "content-filter")
    assert code("2", finish="content_filter").option == 1
    assert code("Hm.", finish="refusal") == Outcome(Status.REFUSED, None, "refusal")


# --- defect 2 of peers: never by a part --------------------------------------------------------


@pytest.mark.parametrize("number", range(1, 11))
@pytest.mark.parametrize("shape", ["{}", "{}.", "Answer: {}", "\n{}\n", "I would say {}."])
def test_peers_2_ten_is_not_one_and_a_space_changes_nothing(number, shape):
    assert code(shape.format(number), "ten").option == number - 1
    assert code(shape.format(number), "ten backwards").option == 10 - number


@pytest.mark.parametrize("number", ["101", "1O", "10th", "1st", "1a", "a1", "10.1", "110", "1_0"])
def test_a_digit_within_a_word_is_no_label(number):
    for shape in ("{}", "Answer: {}", "I choose {}."):
        assert code(shape.format(number), "ten").option is None


def test_texts_that_two_options_share_or_that_are_numbers_are_no_answers():
    shown = tuple("123")
    assert code_label("Other", labels=shown, options=["Other", "Other", "None"]).option is None
    assert code_label("1 = Other", labels=shown, options=["Other", "Other", "X"]).option is None
    # the fourth number of a scale shown backwards is not the option labelled 4
    assert code("4", "ten backwards").option == 6


def test_a_label_outranks_a_text_that_looks_like_one():
    assert code_label("a", labels=["A", "B"], options=["b", "a"]).option == 0


# --- properties --------------------------------------------------------------------------------

ALL_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)
FINISH = st.sampled_from([None, "stop", "length", "content_filter", "nonsense"])
PIECES = st.lists(
    st.sampled_from(
        [*"1234 .,:;()[]{}*_`\"'-/=<>?!\n", "10", "A", "J", "Answer: ", "I would say ", "not ",
         "Rather important", "A lot", "or", "Option ", "<think>", "</think>", "٣", "\u200b",
         "\ud800", "because", "wait, ", "on a scale of 1 to 10, "]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(text=ALL_TEXT | PIECES, scale=st.sampled_from(sorted(SCALES)), finish=FINISH)
def test_any_text_gives_an_outcome_and_the_same_again(text, scale, finish):
    outcome = code(text, scale, finish)
    assert outcome == code(text, scale, finish)
    assert outcome.reason in REASONS
    assert (outcome.option is None) == (outcome.status is not Status.CODED)
    if outcome.option is not None:
        assert outcome.option < len(SCALES[scale][0])


@settings(deadline=None)
@given(labels=st.lists(st.text(max_size=3)), options=st.lists(ALL_TEXT), text=ALL_TEXT)
def test_odd_labels_and_options_are_no_reason_to_raise(labels, options, text):
    n = min(len(labels), len(options))
    outcome = code_label(text, labels=labels[:n], options=options[:n])
    assert outcome.option is None or 0 <= outcome.option < n


ANSWERS = [
    "{}",
    "{}.",
    "**{}**",
    "Answer: {}",
    "My answer is {}.",
    "I would choose {}.",
    "Option {}",
]


@settings(deadline=None)
@given(
    number=st.integers(1, 10),
    shape=st.sampled_from(ANSWERS),
    denial=st.sampled_from(
        ["not", "anything but", "never", "neither", "less than", "more than", "about", "maybe",
         "at most", "everything except", "not quite", "between 0 and", "anything other than"]
    ),
)  # fmt: skip
def test_a_denial_or_a_hedge_before_the_label_is_never_coded(number, shape, denial):
    assert code(shape.format(f"{denial} {number}"), "ten").option is None


@settings(deadline=None)
@given(
    one=st.integers(1, 10),
    other=st.integers(1, 10),
    shape=st.sampled_from(ANSWERS),
    between=st.sampled_from([" or ", "/", "-", " to ", " and ", ", ", ". ", "\n", " ", "; no, "]),
)
def test_two_labels_are_never_coded(one, other, shape, between):
    assume(one != other)
    assert code(shape.format(f"{one}{between}{other}"), "ten").option is None


@settings(deadline=None)
@given(number=st.integers(1, 4), sign=st.sampled_from([*"<>≤≥≠~≈!+#%&$@^=|\\/−-"]))
def test_a_sign_before_a_digit_makes_it_no_label(number, sign):
    assert code(f"{sign}{number}").option is None


@settings(deadline=None)
@given(
    st.permutations(range(4)), st.integers(0, 3), st.sampled_from(["{0} = {1}", "{1}", "{0}. {1}"])
)
def test_an_options_text_means_it_wherever_it_stands(order, chosen, shape):
    shown = [FOUR[k] for k in order]
    place = shown.index(FOUR[chosen])
    reply = shape.format(place + 1, FOUR[chosen])
    assert code_label(reply, labels=tuple("1234"), options=shown).option == place


# --- time --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "piece",
    [*"3\\a[< \n\x00\u200b\ud800﷽", "Answer: 3 ", "I would say 3. ", "<think>", "</think>", "{",
     "as an ", "so ", "not ", "on a scale of 1 to ", "sorry i can't ", "3\n", "A or "],
)  # fmt: skip
def test_a_million_characters_are_not_searched_for_an_answer(piece):
    for size in (3_900, 1_000_000):
        start = time.process_time()
        assert code(piece * (size // len(piece)), finish="length").reason in REASONS
        assert time.process_time() - start < 5  # a quadratic search takes minutes
