import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mores.coding.answers import as_shown, read_answer

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
        *("B", "b", "B.", "B)", "(B)", "[B]", "<B>", "{B}", "**B**", "`B`", "'B'", "“B”", "B!"),
        *("Ｂ", "（Ｂ）", "Ⓑ", " B\n", "✅ B"),
        *("Option B", "option (b)", "choice: B", "the answer: B", "OPTION_B"),
        *("B) agree", "B. Agree", "B: agree", "B - agree", "B – agree", "B\nagree", "B agree"),
        *("B (agree)", "agree (B)", "(B) agree", "**B)** agree", "B = agree", "B, agree"),
        *("B because it is so", "B) agree, since it is so"),
        *("B) I would go along with it", "b) I agree with it"),
    ],
)
def test_these_all_mean_the_second_option(text):
    assert read_answer(text, SCALE).option == 1


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("", "empty-answer"),
        (" - ", "empty-answer"),
        ("G", "letter-out-of-range"),
        ("g) neutral", "letter-out-of-range"),
        ("2", "number-not-letter"),
        ("2.5", "number-not-letter"),
        ("+1", "number-not-letter"),
        ("7/10", "number-not-letter"),
        ("80%", "number-not-letter"),
        ("2. agree", "number-not-letter"),
        ("A-F", "template-echo"),
        ("A to F", "template-echo"),
        ("A through F", "template-echo"),
        ("A, B, C, D, E or F", "template-echo"),
        ("<a single uppercase letter, A through F>", "template-echo"),
        ("a single uppercase letter", "template-echo"),
        ("<letter>", "template-echo"),
        ("[your choice]", "template-echo"),
        ("A or B", "two-answers"),
        ("B/C", "two-answers"),
        ("B & C", "two-answers"),
        ("B, C", "two-answers"),
        ("either D or E", "two-answers"),
        ("options B and C", "two-answers"),
        ("B) agree or C) somewhat agree", "two-answers"),
        ("B) C", "two-answers"),
        ("A) agree", "letter-and-text-disagree"),
        ("B) disagree", "letter-and-text-disagree"),
        ("B) strongly agree", "letter-and-text-disagree"),
        ("A) I agree", "letter-and-text-disagree"),
        ("disagree (B)", "letter-and-text-disagree"),
        ("E agree", "letter-and-text-disagree"),
        ("A lot", "ambiguous-text"),
        ("a bit", "ambiguous-text"),
        ("A-level", "ambiguous-text"),
        ("B+", "ambiguous-text"),
        ("B-", "ambiguous-text"),
        ("B?", "ambiguous-text"),
        ("~B", "ambiguous-text"),
        ("not B", "ambiguous-text"),
        ("BB", "ambiguous-text"),
        ("e.g. this", "ambiguous-text"),
        ("I'd say so", "ambiguous-text"),
        ("В", "ambiguous-text"),  # Cyrillic
        ("agre", "ambiguous-text"),
        ("agree disagree", "ambiguous-text"),
        ("B " + "x" * 5000, "ambiguous-text"),
    ],
)
def test_these_are_not_read(text, how):
    reading = read_answer(text, SCALE)
    assert (reading.option, reading.how) == (None, how)


@pytest.mark.parametrize(
    "text", ["B) I would go along with it", "B because it is so", "B. As I said"]
)
def test_strictly_a_letter_takes_no_words_but_its_own(text):
    assert read_answer(text, SCALE).option == 1
    assert read_answer(text, SCALE, strict=True).option is None
    assert read_answer("B) agree", SCALE, strict=True).option == 1


LABEL = st.text(st.sampled_from("abcdefgh xyz"), min_size=2, max_size=15).filter(
    lambda text: len(text.replace(" ", "")) > 1
)


@settings(deadline=None)
@given(st.lists(LABEL, min_size=1, max_size=8, unique_by=lambda s: s.replace(" ", "")), st.data())
def test_a_whole_text_means_its_option_whatever_case_spacing_and_signs(labels, data):
    index = data.draw(st.integers(0, len(labels) - 1))
    label = labels[index]
    for text in (
        label,
        label.upper(),
        label.replace(" ", "_"),
        f" {label}. ",
        f"“{label.title()}”",
    ):
        assert read_answer(text, as_shown(labels)).option == index


@settings(deadline=None)
@given(st.lists(LABEL, min_size=1, max_size=8), LABEL)
def test_no_other_text_means_an_option(labels, text):
    options = as_shown(labels)
    same = [i for i, each in enumerate(labels) if each.replace(" ", "") == text.replace(" ", "")]
    option = read_answer(text, options).option
    if option is not None and not same:
        # then the text begins with a letter that stands alone, and agrees with it
        assert text.split()[0] == "abcdefgh"[option]
    if len(same) > 1:
        assert option is None


@settings(deadline=None)
@given(st.text(max_size=50), st.booleans())
def test_a_reading_is_within_the_options(text, strict):
    for count in (0, 1, 6, 26, 40):
        option = read_answer(text, as_shown(["x y"] * count), strict=strict).option
        assert option is None or 0 <= option < min(count, 26)
