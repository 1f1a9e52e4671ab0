import doctest
import json
import time
import timeit
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from mores.coding import choice
from mores.coding.choice import code_choice
from mores.coding.reasons import REASONS
from mores.records import Outcome, Status

SCALE = [
    "strongly agree",
    "agree",
    "somewhat agree",
    "somewhat disagree",
    "disagree",
    "strongly disagree",
]
CORPUS = [
    json.loads(line)
    for line in (Path(__file__).parent / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
]
OF_OTHER_CODERS = {
    *("complete", "bounded", "no-mass", "impossible-probabilities"),
    *("label", "label-text", "announced-label", "label-out-of-range"),
    *("announced-text", "found-text", "denied", "doubted", "taken-back", "mixed-scripts"),
    *("answer-lines", "answer-object", "members-disagree", "members-missing"),
}


def code(text, *, field="value", options=SCALE, finish=None):
    return code_choice(text, field=field, options=options, finish=finish)


# --- a corpus, coded by hand -------------------------------------------------------------------


@pytest.mark.parametrize("case", CORPUS, ids=lambda case: case["id"])
def test_corpus(case):
    outcome = code(
        case["text"],
        field=case["field"],
        options=case.get("options", SCALE),
        finish=case.get("finish"),
    )
    assert (outcome.status, outcome.option) == (case["status"], case["option"]), case["why"]
    assert outcome.reason == case.get("reason", outcome.reason), case["why"]


def test_corpus_is_large_and_balanced_enough():
    assert len(CORPUS) >= 170
    assert sum(case["status"] != "coded" for case in CORPUS) >= 60
    assert len({case["id"] for case in CORPUS}) == len(CORPUS)


def test_every_reason_is_documented_and_every_documented_reason_occurs():
    seen = {
        code(
            case["text"],
            field=case["field"],
            options=case.get("options", SCALE),
            finish=case.get("finish"),
        ).reason
        for case in CORPUS
    }
    assert seen | {"too-long"} == set(REASONS) - OF_OTHER_CODERS
    assert code("prose. " * 100_000).reason == "too-long"


def test_docstring_examples():
    assert doctest.testmod(choice).failed == 0


# --- never by a part: defect 2 of peers --------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "option"),
    [
        ("agree", 1),
        ("Agree.", 1),
        ("disagree", 4),
        ("somewhat disagree", 3),
        ("strongly", None),
        ("agreed", None),
        ("agreeable", None),
        ("I agree", None),
        ("dis-agree", 4),
        ("A lot", None),
        ("A gree", 1),
        ("A", 0),
        ("A person", None),
        ("As", None),
    ],
)
@pytest.mark.parametrize("shape", ['{{"value": "{}"}}', "{{'value': '{}'}}", '{{value: "{}"}}'])
def test_agree_is_no_part_of_disagree_and_a_lot_is_no_letter(answer, option, shape):
    assert code(shape.format(answer)).option == option


def test_a_lot_is_an_option_only_where_it_is_one():
    options = ["Not at all", "A little", "A lot"]
    assert code('{"value": "A lot"}', options=options) == Outcome(
        Status.CODED, 2, "json-option-text"
    )
    assert code('{"value": "A"}', options=options).option == 0
    assert code("A lot", options=options).option == 2
    assert code("A lot of people would say so.", options=options).option is None


def test_ten_is_not_one():
    options = [str(number) for number in range(1, 11)]
    assert code('{"value": "10"}', options=options).option == 9
    assert code('{"value": "1"}', options=options).option == 0
    assert code('{"value": "1.0"}', options=options).option is None
    assert code('{"value": "-1"}', options=options).option is None
    assert code('{"value": "01"}', options=options).option is None


# --- properties --------------------------------------------------------------------------------

LETTERS = st.sampled_from("ABCDEF")
ALL_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)  # lone surrogates too
PIECES = st.lists(
    st.sampled_from(
        [
            *"{}[]\",:\\'`“”() \n\t",
            "value",
            "reasoning",
            '"value": "B"',
            '{"value": "A"}',
            "B",
            "A",
            "agree",
            "<think>",
            "</think>",
            "<|channel|>final<|message|>",
            "```json",
            "Answer: ",
            "null",
            "I can't help with that.",
            "\ufeff",
            "\x00",
            "\ud800",
        ]
    ),
    max_size=40,
).map("".join)
FINISH = st.sampled_from([None, "stop", "length", "content_filter", "nonsense"])


@settings(deadline=None)
@given(text=st.one_of(ALL_TEXT, PIECES), finish=FINISH, count=st.integers(0, 30))
def test_any_text_is_coded_exactly_when_it_has_an_option(text, finish, count):
    options = [f"option text {number}" for number in range(count)]
    outcome = code(text, options=options, finish=finish)
    assert (outcome.status is Status.CODED) == (outcome.option is not None)
    assert outcome.option is None or 0 <= outcome.option < count
    assert outcome.status is not Status.FAILED
    assert outcome.reason in REASONS
    assert code(text, options=options, finish=finish) == outcome


@settings(deadline=None)
@given(
    letter=LETTERS,
    shape=st.sampled_from(
        ['{{"reasoning": "r", "value": "{}"}}', "{{'value': '{}'}}", '{{"value": "({})"}}', "{}"]
    ),
    order=st.permutations(range(6)),
)
def test_a_letter_means_what_stands_under_it(letter, shape, order):
    shown = [SCALE[index] for index in order]
    outcome = code(shape.format(letter), options=shown)
    place = "ABCDEF".index(letter)
    assert outcome.option == place
    assert shown[outcome.option] == SCALE[order[place]]


@settings(deadline=None)
@given(
    chosen=st.integers(0, 5),
    shape=st.sampled_from(['{{"reasoning": "r", "value": "{}"}}', "{{'value': '{}'}}", "{}"]),
    order=st.permutations(range(6)),
)
def test_an_options_text_means_it_wherever_it_stands(chosen, shape, order):
    shown = [SCALE[index] for index in order]
    outcome = code(shape.format(SCALE[chosen]), options=shown)
    assert shown[outcome.option] == SCALE[chosen]


@settings(deadline=None)
@given(
    reasoning=ALL_TEXT,
    answer=st.sampled_from(["A", "D", "f", "(B)", "agree", "C) somewhat agree", "G", "2", ""]),
    ascii_only=st.booleans(),
    wrap=st.sampled_from(
        [
            "```json\n{}\n```",
            "```\n{}",
            "Sure! Here is my answer:\n\n{}\n\nI hope this helps.",
            "\ufeff{}\n",
            "<think>\nLet me see: A or B?\n</think>\n\n{}",
            "<|channel|>analysis<|message|>A?<|end|><|start|>assistant<|channel|>final<|message|>{}",
            "{}<|im_end|>",
            "[{}]",
            "{0}\n{0}",
        ]
    ),
)
@example(reasoning="", answer="D", ascii_only=True, wrap="[{}]")
def test_wrapping_a_valid_object_changes_nothing(reasoning, answer, ascii_only, wrap):
    for mark in ("<|", "|>"):  # channel markers are no part of an object's text
        assume(mark not in reasoning)
    plain = json.dumps({"reasoning": reasoning, "value": answer}, ensure_ascii=ascii_only)
    assert code(wrap.replace("{0}", plain).replace("{}", plain)) == code(plain)


@settings(deadline=None)
@given(reasoning=ALL_TEXT, letter=LETTERS, indent=st.sampled_from([None, 2]), last=st.booleans())
def test_well_formed_json_is_read_as_the_standard_library_reads_it(reasoning, letter, indent, last):
    answer = {"reasoning": reasoning, "value": letter}
    if not last:
        answer = dict(reversed(answer.items()))
    text = json.dumps(answer, indent=indent)
    assert code(text) == Outcome(Status.CODED, "ABCDEF".index(json.loads(text)["value"]), "json")


PLAIN_WORDS = st.text(st.sampled_from("abcdefghijklmnop .-;!?éß字"), max_size=60)


@settings(deadline=None)
@given(reasoning=PLAIN_WORDS, letter=LETTERS)
def test_python_literals_are_read_as_python_reads_them(reasoning, letter):
    text = repr({"reasoning": reasoning + " don't", "value": letter})
    assert code(text).option == "ABCDEF".index(letter)


TRICKY = [
    "I value equality, as my faith teaches.",
    'The "value" of "Equality" is A big one, I say.',
    "I don't think option A or B) agree fits; it's my parents' wish, after all.",
    "Option C: somewhat agree. Answer: D would be odd.",
    'As in {"value": "A"}, or [B], I stay firm.',
    "line\nbreak: value: E\n- item F",
    "Wer „Gleichheit“ sagt, meint B.",
]
WRITTEN = [
    lambda r, v: json.dumps({"reasoning": r, "value": v}),
    lambda r, v: json.dumps({"reasoning": r, "value": v}, indent=2),
    lambda r, v: json.dumps({"value": v, "reasoning": r}),
    lambda r, v: "```json\n" + json.dumps({"reasoning": r, "value": v}) + "\n```",
    lambda r, v: repr({"reasoning": r, "value": v}),
    lambda r, v: '{reasoning: "' + r.replace('"', '\\"') + '", value: "' + v + '"}',
    lambda r, v: '<think>B? {"value": "B"}</think>\n' + json.dumps({"reasoning": r, "value": v}),
]


@settings(deadline=None)
@given(
    reasoning=st.sampled_from(TRICKY),
    letter=LETTERS,
    write=st.sampled_from(WRITTEN),
    at=st.floats(0, 1),
    insert=st.sampled_from(["", *"\"'{}[],:\\ \n\tAB“`<>ax.)?-_Ff0"]),
    remove=st.integers(0, 1),
    cut=st.booleans(),
)
def test_one_damaged_character_or_a_cut_never_makes_another_answer(
    reasoning, letter, write, at, insert, remove, cut
):
    text = write(reasoning, letter)
    place = int(at * len(text))
    assume(remove == 0 or text[place : place + 1] != letter)
    damaged = text[:place] if cut else text[:place] + insert + text[place + remove :]
    assert code(damaged).option in (None, "ABCDEF".index(letter))


@settings(deadline=None)
@given(reasoning=PLAIN_WORDS, letter=LETTERS, data=st.data())
def test_a_reply_cut_before_its_letter_is_closed_is_not_coded(reasoning, letter, data):
    text = json.dumps({"reasoning": reasoning, "value": letter})
    end = data.draw(st.integers(0, len(text) - 3))  # at most up to the letter itself
    assert code(text[:end]).option is None
    assert code(text[: len(text) - 1]).option == "ABCDEF".index(letter)


@settings(deadline=None)
@given(extra=st.dictionaries(st.text(max_size=8), st.integers() | st.none(), max_size=4))
def test_keys_that_nobody_asked_for_change_nothing(extra):
    assume(all("value" not in key.lower() for key in extra))
    assert code(json.dumps({**extra, "value": "C"})).option == 2


# --- time --------------------------------------------------------------------------------------

HOSTILE = [
    *'{"\\a[< \n\x00\u200b\ud800',
    "<think>",
    "</think>",
    '{"a":',
    '{"a":[',
    '{"a":"b",',
    '{"value":"',
    '{"value": "B"}',
    "{//",
    "{/*",
    "Answer: B. ",
    "A\n",
    "B) agree\n",
    "I choose ",
    "<|channel|>final<|message|>",
    "</s>",
    '{\\"',
    "```json\n",
    "sorry i can't ",
    "i am an ai ",
    "<reasoning>",
    "\\boxed{",
    ' "value" : \'',
]


@pytest.mark.parametrize("size", [1_000_000, 99_000])
@pytest.mark.parametrize("before", ["", '{"reasoning": "', "<think>x</think>"])
@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_takes_linear_time(piece, before, size):
    text = before + piece * (size // len(piece))
    start = time.process_time()
    outcome = code(text, finish="length")
    assert time.process_time() - start < 20  # a quadratic search takes minutes
    assert outcome.reason in REASONS


def test_a_hundred_thousand_open_thinking_tags_end_as_unfinished_thinking():
    start = time.process_time()
    assert code("<think>" * 100_000).reason == "unfinished-thinking"
    assert time.process_time() - start < 20


def test_a_megabyte_of_reasoning_is_still_read():
    assert code(json.dumps({"reasoning": "a" * 1_000_000, "value": "B"})).option == 1
    thought = "<think>" + "hm, " * 250_000 + '</think>{"reasoning": "r", "value": "B"}'
    assert code(thought).option == 1


def test_the_usual_reply_costs_little_more_than_its_json():
    text = json.dumps({"reasoning": "I would weigh this with care. " * 8, "value": "B"})
    number = 2_000

    def shortest(call):
        return min(timeit.repeat(call, number=number, repeat=15)) / number

    ours = shortest(lambda: code_choice(text, field="value", options=SCALE))
    assert ours - shortest(lambda: json.loads(text)) < 5e-6


# --- what the signature promises ---------------------------------------------------------------


def test_letters_end_with_z_and_a_later_option_has_its_text_alone():
    options = [f"the {number}th thing" for number in range(30)]
    assert code('{"value": "Z"}', options=options).option == 25
    assert code('{"value": "the 28th thing"}', options=options).option == 28
    assert code('{"value": "["}', options=options).option is None


def test_a_letter_outranks_an_option_whose_text_is_a_letter():
    assert code('{"value": "A"}', options=["B", "A"]).option == 0


def test_any_field_name_can_be_asked_for():
    assert code('{"rating (1)": "B"}', field="rating (1)").option == 1
    assert code("rating (1): B", field="rating (1)").option == 1
    assert code('{"RATING": "B"}', field="Rating").option == 1


def test_other_scripts_are_compared_whole():
    options = ["सहमत", "असहमत", "पूरी तरह सहमत"]
    assert code('{"value": "असहमत"}', options=options).option == 1
    assert code('{"value": "सहमत।"}', options=options).option == 0
    assert code('{"value": "सहमति"}', options=options).option is None


def test_vowel_signs_are_part_of_a_word():
    assert code('{"value": "कि"}', options=["क", "की"]).option is None


def test_two_cases_of_a_capitalised_field_are_the_same_field_twice():
    outcome = code('{"Rating": "B", "rating": "C"}', field="Rating")
    assert outcome == Outcome(Status.UNCODED, None, "duplicate-keys")
