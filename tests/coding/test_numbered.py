"""Replies that were to be one of several numbered options, in seven languages."""

from __future__ import annotations

import doctest
import sys

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shown_options import DIGITS, LANGUAGES, SINGLES, corpus, single

from mores.coding import numbered
from mores.coding.numbered import LONGEST, code_numbered
from mores.coding.reasons import REASONS
from mores.coding.scripts import answer_tables, fold, words
from mores.records import Outcome, Status

CASES = [(language, case) for language in LANGUAGES for case in corpus(language)]
AGREE = ("Agree strongly", "Agree", "Disagree", "Disagree strongly")


def code(text: str, language: str = "en", item: str = "Q33", finish: str | None = None) -> Outcome:
    labels, options = single(language, item)
    return code_numbered(text, language=language, labels=labels, options=options, finish=finish)


# --- the corpus --------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "case"), [c for c in CASES if "item" in c[1]])
def test_corpus(language, case):
    outcome = code(case["text"], language, case["item"])
    option = case["option"] - 1 if "option" in case else None
    assert (outcome.status.value, outcome.option) == (case.get("status", "coded"), option)
    assert outcome.reason == case.get("reason", outcome.reason)
    assert outcome.flags == tuple(case.get("flags", ()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_corpus_is_large_and_balanced_enough(language):
    cases = corpus(language)
    assert len(cases) >= 45
    assert sum("status" in case for case in cases) > len(cases) / 3
    assert len({(c["text"], c.get("item")) for c in cases}) == len(cases)
    assert {"refused", "uncoded"} <= {c["status"] for c in cases if "status" in c}
    assert all(c["reason"] in REASONS for c in cases if "reason" in c)
    assert all(len(c["parts"]) in (8, 9, 11) for c in cases if "battery" in c)


def test_docstring_examples():
    assert doctest.testmod(numbered).failed == 0


# --- every option of every item of every language ----------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_option_is_coded_as_itself(language):
    for item in SINGLES:
        labels, options = single(language, item)
        for index, (label, option) in enumerate(zip(labels, options, strict=True)):
            replies = [*(label.translate(dict(zip(range(48, 58), d, strict=True))) for d in DIGITS)]
            replies += [f"**{label}**", f"({label})", f"Answer: {label}"]
            if not option.isdecimal():
                replies += [option, f"**{option}**", f"{label}. {option}", f"{label}: {option}",
                            f"{label} - {option}", option.upper(),
                            f"Answer: {label}. {option}"]  # fmt: skip
            for reply in replies:
                assert code(reply, language, item).option == index, (item, reply)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_denied_or_doubted_option_is_never_coded(language):
    table = answer_tables()[language]
    space = "" if language == "zh" else " "
    for item in SINGLES:
        labels, options = single(language, item)
        for option in options:
            if option.isdecimal():
                continue
            for word in (*table["deny"][:3], *table["doubt"][:2]):
                outcome = code(f"{word}{space}{option}", language, item)
                together = words(word + space + option)
                longer = [i for i, other in enumerate(options) if words(other) == together]
                assert outcome.option in (None, *longer), (item, word, option)
            assert code(f"{option}?", language, item).option is None
        assert code(f"{table['deny'][0]}{space}{labels[0]}", language, item).option is None


@pytest.mark.parametrize("asked", LANGUAGES)
def test_labels_of_other_languages_are_not_coded_as_other_options(asked):
    for item in SINGLES:
        for other in LANGUAGES:
            for index, option in enumerate(single(other, item)[1]):
                if option.isdecimal():
                    continue
                assert code(option, asked, item).option in (None, index), (item, other, option)


@pytest.mark.parametrize("language", LANGUAGES)
def test_options_stay_apart_when_letters_are_folded(language):
    for item in SINGLES:
        texts = [words(option) for option in single(language, item)[1]]
        assert len(set(texts)) == len(texts), item


def test_an_option_is_never_found_within_a_longer_one():
    for order in ((0, 1, 2, 3), (3, 2, 1, 0), (1, 0, 3, 2)):
        options = [AGREE[i] for i in order]
        for place, option in enumerate(options):
            outcome = code_numbered(
                f"I {option.lower()} with this.",
                language="en", labels=tuple("1234"), options=options,
            )  # fmt: skip
            assert outcome.option == place


def test_numbers_are_the_codes_of_a_scale_shown_backwards():
    labels = [str(n) for n in range(10, 0, -1)]
    options = ["Always", *labels[1:-1], "Never"]
    for place, label in enumerate(labels):
        outcome = code_numbered(label, language="en", labels=labels, options=options)
        assert outcome.option == place


def test_what_a_tag_holds_is_a_draft():
    assert code("<think>2</think>4").option == 3
    assert code("<think>The answer is 3.</think>").reason == "thinking-only"
    assert code("<think>The answer is 3").reason == "unfinished-thinking"


# --- why the model stopped ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "item", "option", "reason"),
    [
        ("1", "Q106", None, "cut-off"),  # of "10"
        ("Disagree", "Q33", None, "cut-off"),  # of "Disagree strongly"
        ("4\n\nI chose this because in my coun", "Q33", 3, "label"),
        ("I think that", "Q33", None, "cut-off"),
        ("", "Q33", None, "cut-off"),
    ],
)
@pytest.mark.parametrize("finish", ["length", "MAX-TOKENS"])
def test_the_last_word_of_a_cut_reply_may_be_half_a_word(reply, item, option, reason, finish):
    outcome = code(reply, "en", item, finish)
    assert (outcome.option, outcome.reason) == (option, reason)


def test_a_filtered_reply_is_refused_if_no_answer_is_left():
    assert code("", finish="content_filter") == Outcome(Status.REFUSED, None, "content-filter")
    assert code("2", finish="content_filter").option == 1
    assert code("Hm.", finish="refusal").status is Status.REFUSED


# --- properties --------------------------------------------------------------------------------

ALL_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)
FINISH = st.sampled_from([None, "stop", "length", "content_filter", "nonsense"])
PIECES = st.lists(
    st.sampled_from(
        [*"1234 .,:;()[]{}*_\"'-/=<>?!\n、。：？؟،।", "10", "Answer: ", "not ", "Agree", "disagree",
         "لا ", "أوافق", "同意", "不", "非常", "согласен ", "не ", "सहमत ", "नहीं", "de acuerdo ",
         "<think>",
         "</think>", "٣", "\u200b", "\ud800", "because", "wait, ", "on a scale of 1 to 10, ", "|"]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(
    text=ALL_TEXT | PIECES,
    language=st.sampled_from(LANGUAGES),
    item=st.sampled_from(["Q33", "Q106", "Q165", "Q45"]),
    finish=FINISH,
)
def test_any_text_gives_an_outcome_and_the_same_again(text, language, item, finish):
    outcome = code(text, language, item, finish)
    assert outcome == code(text, language, item, finish)
    assert outcome.reason in REASONS
    assert (outcome.option is None) == (outcome.status is not Status.CODED)
    assert set(outcome.flags) <= {"hedge", "refusal"}
    if outcome.option is not None:
        assert 0 <= outcome.option < len(single(language, item)[0])


@settings(deadline=None, max_examples=50)
@given(
    labels=st.lists(st.text(max_size=3), max_size=5),
    options=st.lists(ALL_TEXT, max_size=5),
    text=ALL_TEXT,
    language=st.text(max_size=3),
)
def test_odd_labels_options_and_languages_are_no_reason_to_raise(labels, options, text, language):
    n = min(len(labels), len(options))
    outcome = code_numbered(text, language=language, labels=labels[:n], options=options[:n])
    assert outcome.option is None or 0 <= outcome.option < n


@settings(deadline=None, max_examples=150)
@given(
    one=st.integers(1, 10),
    other=st.integers(1, 10),
    digits=st.sampled_from(DIGITS),
    between=st.sampled_from([" or ", "/", "-", " to ", ", ", ". ", "\n", " ", " 或 ", " या ", " أو ",
                             " или ", " ou ", "~", "、", " – ", "; no, "]),
    shape=st.sampled_from(["{}", "{}.", "**{}**", "Answer: {}", "答案：{}", "الإجابة: {}", "Ответ: {}"]),
)  # fmt: skip
def test_two_numbers_are_never_coded(one, other, digits, between, shape):
    assume(one != other)
    script = dict(zip(range(48, 58), digits, strict=True))
    reply = shape.format(f"{one}{between}{other}".translate(script))
    assert code(reply, "en", "Q106").option is None


@settings(deadline=None)
@given(number=st.integers(1, 5), sign=st.sampled_from([*"<>≤≥≠~≈!+#%&$@^|\\/−-"]))
def test_a_sign_before_a_digit_makes_it_no_number(number, sign):
    assert code(f"{sign}{number}").option is None


@pytest.mark.parametrize("number", ["101", "1O", "10th", "1st", "1a", "a1", "10.1", "1_0", "03"])
def test_a_digit_within_a_word_is_no_number(number):
    for shape in ("{}", "Answer: {}", "I choose {}."):
        assert code(shape.format(number), "en", "Q106").option is None


@settings(deadline=None)
@given(st.text(max_size=50))
def test_folding_twice_is_folding_once(text):
    assert words(fold(text)) == words(text)


# --- time --------------------------------------------------------------------------------------


def work(text: str, item: str) -> int:
    """How many functions are called."""
    calls = 0

    def count(_frame, event, _arg):
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        code(text, "en", item, "length")
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize(
    "piece",
    ["3", "3 ", "3. ", "3.\n", "Answer: ", "I agree. ", "agree ", "not ", "on a scale of 1 to ", "i ",
     "a, ", "同意", "不", "सहमत ", "﷽", '"', "yes ", "? ", "\ud800", "2̶", ": \n"],
)  # fmt: skip
def test_the_work_grows_with_the_length_and_no_faster(piece):
    code("warm", "en", "Q165")
    short = work(piece * (1000 // len(piece)), "Q165")
    long = work(piece * (4000 // len(piece)), "Q165")
    assert long < 6 * short + 1000


def test_more_than_is_searched_is_not_searched():
    outcome = code("agree " * LONGEST)
    assert outcome.reason == "too-long"
    assert work("agree " * LONGEST, "Q33") < 20 * LONGEST
