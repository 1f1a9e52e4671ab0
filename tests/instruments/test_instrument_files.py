import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mores.errors import InstrumentError
from mores.instruments.instrument_files import parse_instrument, read_instrument
from mores.instruments.survey import ColumnKind, Measurement

HEAD = """
schema = 1
id = "small"
name = "a small survey"
sections = ["one"]

[missing]
-1 = "Don't know"
-2 = "No answer"

[missing_variants]
-2 = ["Refused"]
"""

SCALES = """
schema = 1
section = "One"

[[scales]]
id = "agree"
measurement = "ordinal"
options = [
  { code = 1, label = "Agree", variants = ["Yes, agree"] },
  { code = 2, label = "Neither" },
  { code = 3, label = "Disagree" },
]

[[scales]]
id = "ten"
measurement = "ordinal"
range = [1, 10]
ends = ["Bad", "Good"]

[[scales]]
id = "named"
measurement = "ordinal"
range = [-2, 2]
options = [{ code = -2, label = "Low", variants = ["Lowest"] }]

[[scales]]
id = "kinds"
measurement = "nominal"
options = [{ code = 0, label = "Tea" }, { code = 1, label = "Coffee" }]

[[scales]]
id = "two"
measurement = "binary"
options = [
  { code = 1, label = "Yes" },
  { code = 2, label = "No" },
  { code = 3, label = "Other answer", residual = true },
]
"""

ITEM = """
[[items]]
id = "Q1"
name = "First"
wording = "Do you agree?"
scale = "agree"
measures = "disagreement"
direction = 1
"""

BATTERY = """
[[batteries]]
id = "pair"
name = "Pair"
stem = "How about:"

[[items]]
id = "Q2"
name = "Second"
battery = "pair"
wording = "This?"
scale = "agree"
measures = "disagreement"
direction = 1

[[items]]
id = "Q3"
name = "Third"
battery = "pair"
wording = "That?"
scale = "agree"
measures = "disagreement"
direction = 1
"""


def instrument(*parts, head=HEAD):
    return parse_instrument(
        {"instrument.toml": head, "one.toml": "".join((SCALES, *parts))}, "small"
    )


def item(**changes):
    """The text of the item Q1 with other or further lines; None leaves a line out."""
    lines = dict(line.split(" = ", 1) for line in ITEM.strip().splitlines()[1:]) | changes
    return "[[items]]\n" + "\n".join(f"{k} = {v}" for k, v in lines.items() if v is not None) + "\n"


def test_an_item_as_it_is_read():
    first = instrument(ITEM, BATTERY).item("Q1")
    assert (first.id, first.section, first.question) == ("Q1", "One", "Do you agree?")
    assert first.measurement is Measurement.ORDINAL
    assert (first.codes, first.range, first.direction) == ((1, 2, 3), (1, 3), 1)
    assert first.labels == ("Agree", "Neither", "Disagree")
    assert first.options[0].variants == ("Yes, agree",)
    assert first.missing == {-1: "Don't know", -2: "No answer"}
    assert first.missing_labels == {"Don't know": -1, "No answer": -2, "Refused": -2}
    assert first.ivs is None
    assert not first.derived


def test_a_member_of_a_battery():
    small = instrument(ITEM, BATTERY)
    assert [m.id for m in small.members("pair")] == ["Q2", "Q3"]
    assert small.item("Q2").question == "How about: This?"
    assert list(small.items) == ["Q1", "Q2", "Q3"]
    assert small.members("nothing") == ()


def test_numbered_scales():
    ten = instrument(item(scale='"ten"')).item("Q1")
    assert ten.labels == ("Bad", *"23456789", "Good")
    named = instrument(item(scale='"named"', usual_missing="false")).item("Q1")
    assert named.codes == (-2, -1, 0, 1, 2)
    assert named.labels == ("Low", "-1", "0", "1", "2")
    assert named.missing == {}


def test_a_code_that_is_missing_for_one_item():
    other = instrument(item(missing='{ 2 = "Neither" }', variants='{ 2 = ["Undecided"] }')).item(
        "Q1"
    )
    assert other.codes == (1, 3)
    assert other.missing == {-1: "Don't know", -2: "No answer", 2: "Neither"}
    assert other.missing_labels["Undecided"] == 2


def test_an_own_word_for_a_usual_missing_code_adds_to_the_usual_ones():
    other = instrument(item(missing='{ -2 = "No second answer" }')).item("Q1")
    assert other.missing[-2] == "No second answer"
    assert other.missing_labels == {
        "Don't know": -1, "No second answer": -2, "No answer": -2, "Refused": -2,
    }  # fmt: skip


def test_trend_codes_and_more_spellings():
    other = instrument(
        item(ivs='"A001"', ivs_codes="{ 0 = 3, 9 = -1 }", variants='{ 3 = ["Nay"] }')
    )
    assert other.item("A001") is other.item("Q1")
    assert other.item("Q1").ivs_codes == {0: 3, 9: -1}
    assert other.item("Q1").options[2].variants == ("Nay",)


def test_a_residual_answer_is_not_offered_but_is_an_option():
    two = instrument(item(scale='"two"')).item("Q1")
    assert two.measurement is Measurement.BINARY
    assert [o.code for o in two.options if not o.residual] == [1, 2]


def test_columns():
    small = instrument("""
[[columns]]
id = "sex"
name = "Sex"
kind = "category"
wvs = ["Q260"]
ivs = ["X001"]
scale = "kinds"

[[columns]]
id = "age"
name = "Age"
kind = "integer"
unit = "years"
missing = { -3 = "Not applicable" }
""")
    sex, age = small.columns["sex"], small.columns["age"]
    assert (sex.kind, sex.wvs, sex.ivs) == (ColumnKind.CATEGORY, ("Q260",), ("X001",))
    assert [o.label for o in sex.options] == ["Tea", "Coffee"]
    assert (age.options, age.unit) == ((), "years")
    assert age.missing == {-1: "Don't know", -2: "No answer", -3: "Not applicable"}


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ([item(scale='"none"')], "Q1: scale 'none' is not defined"),
        ([item(battery='"none"')], "Q1: battery 'none' is not defined"),
        ([item(direction="0")], "Q1: its scale is ordinal: it has a direction"),
        ([item(measures=None)], "Q1: its scale is ordinal: it has a direction (1 or -1) and `measures`"),
        ([item(scale='"kinds"')], "Q1: its scale is nominal: it has neither a direction nor `measures`"),
        ([item(scale='"kinds"', direction=None)], "Q1: its scale is nominal: it has neither"),
        ([item(scale='"two"', missing='{ 2 = "No" }')], "offers 1 options instead of 2"),
        ([item(missing='{ 2 = "a", 3 = "b" }')], "Q1: options [1]; two or more"),
        ([item(variants='{ 7 = ["Seven"] }')], "Q1: variants of [7], which are no codes"),
        ([item(ivs_codes="{ 0 = 4 }")], "Q1: ivs_codes lead to [4], which are no codes"),
        ([item(missing='{ 200 = "Far" }')], "Q1: codes [200]; allowed: -128 to 127"),
        ([item(scale='"named"')], "Q1: codes [-2, -1] are both options and missing"),
        ([item(variants='{ 9 = ["x"] }', missing='{ 1 = "a" }')], "variants of [9]"),
        ([ITEM, ITEM], "Q1: occurs twice as column"),
        ([ITEM, BATTERY.replace('"Q3"', '"Q2"')], "Q2: occurs twice as column"),
        ([item(ivs='"A1"'), item(id='"Q9"', ivs='"A1"')], "A1: occurs twice as IVS code"),
        ([ITEM, '[[columns]]\nid = "Q1"\nname = "x"\nkind = "text"\n'], "Q1: occurs twice as column"),
        ([BATTERY.partition("[[items]]")[0]], "pair: a battery has two members or more"),
        (
            [BATTERY.replace('scale = "agree"', 'scale = "ten"', 1)],
            "pair: a battery has two members or more with the same codes",
        ),
        ([BATTERY, BATTERY.replace("Q", "P")], "pair: occurs twice as battery"),
        ([SCALES.partition('section = "One"')[2]], "agree: occurs twice as scale"),
        (
            ['[[columns]]\nid = "c"\nname = "x"\nkind = "category"\n'],
            "c: a category needs a scale, and nothing else has one",
        ),
        (
            ['[[columns]]\nid = "c"\nname = "x"\nkind = "integer"\nscale = "kinds"\n'],
            "c: a category needs a scale, and nothing else has one",
        ),
        (
            ['[[scales]]\nid = "odd"\nmeasurement = "ordinal"\nends = ["a", "b"]\n',
             item(scale='"odd"')],
            "odd: ends without a range",
        ),
        (
            ['[[scales]]\nid = "odd"\nmeasurement = "ordinal"\nrange = [1, 3]\n'
             'options = [{ code = 4, label = "x" }]\n', item(scale='"odd"')],
            "odd: options [4] are outside of the range 1 to 3",
        ),
        (
            ['[[scales]]\nid = "odd"\nmeasurement = "ordinal"\nrange = [3, 1]\n',
             item(scale='"odd"')],
            "Q1: options []; two or more",
        ),
        (
            ['[[scales]]\nid = "odd"\nmeasurement = "ordinal"\n'
             'options = [{ code = 2, label = "x" }, { code = 1, label = "y" }]\n',
             item(scale='"odd"')],
            "Q1: options [2, 1]; two or more, ascending",
        ),
        (
            ['[[scales]]\nid = "odd"\nmeasurement = "ordinal"\n'
             'options = [{ code = 1, label = "x" }, { code = 1, label = "y" }]\n',
             item(scale='"odd"')],
            "Q1: options [1, 1]; two or more, ascending, each code once",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_refused(parts, says):
    with pytest.raises(InstrumentError, match=re.escape(says)) as error:
        instrument(*parts)
    assert str(error.value).startswith("small: ")
    assert "restore the file" in str(error.value)


@pytest.mark.parametrize(
    ("parts", "label"),
    [
        ([item(variants='{ 3 = ["agree"] }')], "agree"),
        ([item(variants='{ 3 = [" YES   agree! "] }')], " YES   agree! "),
        ([item(variants='{ 3 = ["don’t  know"] }')], "Don't know"),
        ([item(variants='{ 1 = ["Refused"] }')], "Refused"),
        ([item(missing='{ 9 = "No answer" }')], "No answer"),
        ([item(missing='{ 9 = "DISAGREE." }')], "DISAGREE."),
        ([item(missing='{ 9 = "Gone" }', variants='{ 9 = ["neither"] }')], "neither"),
        ([item(missing='{ 8 = "Gone", 9 = "gone" }')], "gone"),
        ([item(variants='{ 1 = ["2"] }')], "2"),
    ],
    ids=["options", "spelling", "missing", "usual variant", "own missing", "own missing folded",
         "variant of missing", "two missing", "number"],
)  # fmt: skip
def test_a_label_that_stands_for_two_codes_is_refused(parts, label):
    with pytest.raises(InstrumentError, match=re.escape(f"label {label!r} stands for two codes")):
        instrument(*parts)


@pytest.mark.parametrize(
    ("head", "one", "says"),
    [
        ("schema = ", SCALES, "small/instrument.toml: not usable TOML"),
        (HEAD, "schema = ", "small/one.toml: not usable TOML"),
        (HEAD.replace("schema = 1", "schema = 2"), SCALES, "schema"),
        (HEAD.replace('"one"', '"two"'), SCALES, "small/two.toml: is missing"),
        (HEAD.replace("-2 = [", "-3 = ["), SCALES, "[-3] are no usual missing codes"),
        (HEAD.replace("-1 =", "x ="), SCALES, "missing"),
        (HEAD.replace("-1 =", '"1.5" ='), SCALES, "missing"),
        (HEAD.replace('"small"', "7"), SCALES, "id: must be text"),
        (HEAD, SCALES.replace("code = 1,", 'code = "1",'), "must be a whole number"),
        (HEAD, SCALES.replace("code = 1,", "code = 1.5,"), "must be a whole number"),
        (HEAD, SCALES.replace("range = [1, 10]", "range = [1]"), "range"),
        (HEAD, SCALES.replace('ends = ["Bad", "Good"]', 'ends = ["Bad"]'), "ends"),
        (HEAD, SCALES.replace('"ordinal"', '"interval"'), "measurement"),
        (HEAD, SCALES.replace('label = "Agree"', 'label = ""'), "label"),
        (HEAD, SCALES + item(direction="2"), "direction"),
        (HEAD, SCALES + item(colour='"red"'), "colour"),
        (HEAD, SCALES + item(wording=None), "wording: is missing"),
        (HEAD, SCALES + item(missing='{ x = "y" }'), "missing"),
        (HEAD, SCALES + item(variants='{ 1 = "y" }'), "must be a list"),
        (HEAD, SCALES + item(ivs_codes="{ 0 = 1.5 }"), "whole number"),
        (HEAD, SCALES + '[[columns]]\nid = "c"\nname = "x"\nkind = "colour"\n', "kind"),
    ],
)
def test_a_damaged_file_is_told(head, one, says):
    with pytest.raises(InstrumentError, match=re.escape(says)) as error:
        parse_instrument({"instrument.toml": head, "one.toml": one}, "small")
    assert "small" in str(error.value)


def test_a_missing_folder_is_told():
    with pytest.raises(InstrumentError, match=r"nowhere/instrument\.toml: cannot be read"):
        read_instrument("nowhere")


@given(st.integers(0, 2000), st.text(max_size=4))
def test_any_damage_is_an_instrument_error_or_none(position, noise):
    text = SCALES + ITEM + BATTERY
    damaged = text[: position % len(text)] + noise + text[position % len(text) + len(noise) :]
    try:
        whole = parse_instrument({"instrument.toml": HEAD, "one.toml": damaged})
    except InstrumentError:
        return
    for known in whole.items.values():
        assert not set(known.codes) & set(known.missing)
