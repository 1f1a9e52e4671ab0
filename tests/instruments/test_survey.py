"""The questionnaire of wave 7 as data: that it is whole, and that its codes are the codebook's.

The lists of labels in data/wvs7_labels.json are the cell labels of four one-country workbooks of the
survey (Haerpfer et al. 2022, doi:10.14281/18241.24).
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mores.errors import InstrumentError
from mores.instruments.labels import fold
from mores.instruments.survey import Measurement, wvs7

LABELS = json.loads(
    (Path(__file__).parent / "data" / "wvs7_labels.json").read_text(encoding="utf-8")
)

INDICATORS = {
    "A008": "Q46", "A165": "Q57", "E018": "Q45", "E025": "Q209", "F063": "Q164",
    "F118": "Q182", "F120": "Q184", "G006": "Q254", "Y002": "Y002", "Y003": "Y003",
}  # fmt: skip

BATTERIES_OF_FRAMINGS = [*range(7, 27), *range(122, 130)]
UNITS_OF_FRAMINGS = [
    44, 158, 160, 161, 162, 163, 164, 165, 169, 173,
    28, 29, 30, 31, 32, 33, 35, 36, 233, 249,
    196, 197, 198, 224, 225, 227, 228, 229, 230, 231, 232, 235, 237, 238, 241, 243, 244, 246, 250,
    253, 57, 64, 65, 66, 68, 69, 70, 71, 72, 74, 75, 76, 78, 254,
    39, 40, 41, 106, 107, 108, 109, 110, 111, 43, 142, 143,
    112, 116, 120, 121, 130, 146, 147, 148,
    37, 38, 42, 45, 149, 150, 152, 154, 156, 178, 179, 180, 181, 182, 189, 191, 192, 194,
    183, 184, 185, 186, 187, 188, 193, 195,
]  # fmt: skip
TARGETS_OF_CALIBRATED_PERSONAS = [
    1, 2, 3, 4, 5, 6, 28, 47, 48, 49, 64, 66, 69, 70, 71, 73, 74, 77, 106, 107, 108, 109,
    171, 173, 180, 181, 185, 187, 199, 210, 211, 235, 236, 237, 238,
]  # fmt: skip
PROBE = [
    n + k for n in (1, 46, 57, 106, 112, 121, 131, 158, 164, 176, 199, 235) for k in range(3)
]  # fmt: skip
CULTURAL_VARIABLES = [
    6, 8, 11, 15, 17, 182, 184, 185, 57, 209, 210, 211, 212, 254, 46, 29, 30, 31, 33,
    *range(18, 27), 154, 155, 14,
]  # fmt: skip
NOMINAL = {"Q42", "Q152", "Q154", "Q156"}
BINARY = {"Q57", "Q111", "Q149", "Q150", "Q165"}


def codes_of_label(item, label):
    """Every code that a spelling of the item gives to the label, whole or either side of a brace."""
    known = {fold(s): o.code for o in item.options for s in (o.label, *o.variants)}
    known |= {fold(s): code for s, code in item.missing_labels.items()}
    long, _, short = label.partition("{")
    found = {known.get(fold(part)) for part in (label, long, short) if fold(part)}
    return found - {None}


def test_the_map_indicators_have_their_trend_codes():
    for ivs, item in INDICATORS.items():
        assert wvs7().item(ivs).id == item
        assert wvs7().item(item).ivs == ivs
    assert wvs7().items["Y002"].derived
    assert wvs7().items["Y003"].derived
    assert wvs7().items["Y003"].codes == (-2, -1, 0, 1, 2)


@pytest.mark.parametrize(
    "numbers",
    [
        UNITS_OF_FRAMINGS,
        BATTERIES_OF_FRAMINGS,
        TARGETS_OF_CALIBRATED_PERSONAS,
        PROBE,
        CULTURAL_VARIABLES,
        range(1, 90),
        range(106, 152),
    ],
    ids=["framings", "batteries", "calibrated", "probe", "variables", "Q1-Q89", "Q106-Q151"],
)
def test_every_item_of_the_studies_is_there(numbers):
    assert [f"Q{n}" for n in numbers if f"Q{n}" not in wvs7().items] == []


def test_the_lists_of_the_studies_have_the_published_sizes():
    assert len(set(TARGETS_OF_CALIBRATED_PERSONAS)) == 35
    assert len(set(PROBE)) == 36
    # 98 single items, but for one that the study chooses and three of the eight moral ones.
    assert len(set(UNITS_OF_FRAMINGS)) == 98 - 1 + 3
    assert len(BATTERIES_OF_FRAMINGS) == 28


def test_items_follow_the_questionnaire():
    asked = [i for i in wvs7().items.values() if not i.derived and not i.trend_only]
    numbers = [int(i.id[1:]) for i in asked]
    assert numbers == sorted(numbers)
    assert next(iter(wvs7().items)) == "Q1"


def test_measurement_is_that_of_the_framing_study():
    found = {m: {i.id for i in wvs7().items.values() if i.measurement is m} for m in Measurement}
    assert found[Measurement.NOMINAL] & {f"Q{n}" for n in UNITS_OF_FRAMINGS} >= NOMINAL
    assert found[Measurement.BINARY] >= BINARY | {f"Q{n}" for n in range(7, 27)}
    assert {f"Q{n}" for n in range(122, 130)} <= found[Measurement.ORDINAL]


@pytest.mark.parametrize("item", wvs7().items.values(), ids=lambda item: item.id)
def test_an_item_is_whole(item):
    assert item.wording == item.wording.strip()
    assert "[" not in item.question
    assert item.question.endswith(item.wording)
    assert item.codes == tuple(sorted(item.codes))
    assert item.range == (item.codes[0], item.codes[-1])
    assert len(set(item.labels)) == len(item.options)
    assert not set(item.codes) & set(item.missing)
    assert set(item.missing_labels.values()) == set(item.missing)
    if item.measurement is Measurement.NOMINAL:
        assert item.direction == 0
        assert not item.measures
    else:
        assert item.direction in (-1, 1)
        assert item.measures
    if not item.derived:
        assert {-1, -2, -4, -5} <= set(item.missing)


@pytest.mark.parametrize("battery", wvs7().batteries.values(), ids=lambda battery: battery.id)
def test_a_battery_has_members_with_the_same_codes(battery):
    members = wvs7().members(battery.id)
    assert len(members) >= 2
    assert len({m.codes for m in members}) == 1
    assert len({m.wording for m in members}) == len(members)
    assert members[0].question == f"{battery.stem} {members[0].wording}"


def test_the_batteries_of_the_framing_study():
    assert [i.id for i in wvs7().members("child-qualities")] == [f"Q{n}" for n in range(7, 18)]
    assert [i.id for i in wvs7().members("neighbors")] == [f"Q{n}" for n in range(18, 27)]
    assert [i.id for i in wvs7().members("immigration-effects")] == [
        f"Q{n}" for n in range(122, 130)
    ]


@pytest.mark.parametrize("item", LABELS)
def test_every_label_of_the_workbooks_has_one_code(item):
    known = wvs7().items[item]
    found = {label: codes_of_label(known, label) for label in LABELS[item]}
    assert {label: codes for label, codes in found.items() if len(codes) != 1} == {}
    usual = {"Don't know": {-1}, "No answer": {-2}, "Not asked": {-4}}
    assert {label: usual[label] for label in found if label in usual} == {
        label: codes for label, codes in found.items() if label in usual
    }


@pytest.mark.parametrize(
    ("item", "code", "label"),
    [
        ("Q1", 1, "Very important"),
        ("Q6", 4, "Not at all important"),
        ("Q7", 1, "Important"),
        ("Q17", 2, "Not mentioned"),
        ("Q18", 1, "Mentioned"),
        ("Q27", 4, "Strongly disagree"),
        ("Q29", 3, "Disagree"),
        ("Q33", 3, "Neither agree nor disagree"),
        ("Q33", 5, "Disagree strongly"),
        ("Q35", 1, "Strongly agree"),
        ("Q39", 3, "Neither agree or disagree"),
        ("Q41", 1, "Agree strongly"),
        ("Q42", 2, "Our society must be gradually improved by reforms"),
        ("Q45", 1, "Good thing"),
        ("Q45", 3, "Bad thing"),
        ("Q46", 2, "Quite happy"),
        ("Q47", 5, "Very poor"),
        ("Q48", 1, "None at all"),
        ("Q48", 7, "7"),
        ("Q49", 10, "Completely satisfied"),
        ("Q50", 1, "Dissatisfied"),
        ("Q51", 1, "Often"),
        ("Q56", 2, "Worse off"),
        ("Q56", 3, "Or about the same"),
        ("Q57", 1, "Most people can be trusted"),
        ("Q57", 2, "Need to be very careful"),
        ("Q61", 4, "Do not trust at all"),
        ("Q64", 1, "A great deal"),
        ("Q89", 4, "None at all"),
        ("Q106", 1, "Incomes should be made more equal"),
        ("Q106", 10, "There should be greater incentives for individual effort"),
        ("Q107", 10, "Government ownership of business should be increased{10}"),
        ("Q107", -1, "Don't -9:-2"),
        ("Q108", 1, "The government should take more responsibility to ensure that everyone is "
                    "provided for"),
        ("Q108", 10, "People should take more responsibility"),
        ("Q109", 10, "Competition is harmful"),
        ("Q111", 1, "Protecting environment"),
        ("Q111", 2, "Economy growth and creating jobs"),
        ("Q111", 3, "Other answer"),
        ("Q112", 10, "10 There is abundant corruption in my country"),
        ("Q113", 1, "None of them"),
        ("Q118", 4, "Always"),
        ("Q119", 0, "Hard to say"),
        ("Q119", 1, "Strongly agree"),
        ("Q120", 1, "No risk at all"),
        ("Q121", 1, "Rather bad"),
        ("Q121", 2, "Quite bad"),
        ("Q122", 0, "Disagree"),
        ("Q122", 1, "Hard to say"),
        ("Q129", 2, "Agree"),
        ("Q130", 3, "Place strict limits on the number of foreigners who can come here"),
        ("Q131", 1, "Very Secure"),
        ("Q132", 4, "Not at all frequently"),
        ("Q139", 2, "No"),
        ("Q146", 2, "A good deal"),
        ("Q146", 2, "A great deal"),
        ("Q149", 2, "Equality"),
        ("Q150", 2, "Security"),
        ("Q151", 1, "Yes"),
        ("Q152", 3, "Seeing that people have more say about how  are done at their jobs and in "
                    "their communities{People more say}"),
        ("Q154", 3, "Fighting rising prices"),
        ("Q156", 4, "The fight against crime"),
        ("Q164", 10, "Very important"),
        ("Q165", 1, "Yes"),
        ("Q171", 1, "More than once a week"),
        ("Q173", 3, "An atheist"),
        ("Q182", 1, "Never justifiable"),
        ("Q196", 4, "Definitely should not have the right"),
        ("Q209", 3, "Would never do"),
        ("Q235", 1, "Very good"),
        ("Q254", 1, "Very proud"),
        ("Q254", 5, "I am not [nationality]"),
        ("Y002", 3, "Postmaterialist"),
        ("Y003", -2, "Obedience/Religious Faith"),
        ("Y003", 2, "Determination, perseverance/Independence"),
    ],
)  # fmt: skip
def test_codes_are_those_of_the_codebook(item, code, label):
    assert codes_of_label(wvs7().items[item], label) == {code}


def test_what_is_missing_is_said_by_the_item():
    assert wvs7().items["Q119"].missing[0] == "Hard to say"
    assert wvs7().items["Q122"].codes == (0, 1, 2)
    assert 5 in wvs7().items["Q254"].missing
    assert wvs7().items["Q254"].codes == (1, 2, 3, 4)
    assert not {-1, -2} & set(wvs7().items["Y003"].missing)
    assert [o.residual for o in wvs7().items["Q111"].options] == [False, False, True]


def test_trend_codes():
    for number in range(7, 27):
        item = wvs7().items[f"Q{number}"]
        assert item.ivs.startswith("A")
        assert item.ivs_codes == {0: 2}
    assert wvs7().item("E012").ivs_codes == {0: 2}
    # The trend file turns this scale around: 1 people, 10 the government.
    assert wvs7().item("E037").id == "Q108"
    assert wvs7().item("E037").ivs_codes == {code: 11 - code for code in range(1, 11)}
    recoded = [*range(7, 27), 108, 139, 140, 141, 144, 145, 151, *range(165, 169)]
    assert [i.id for i in wvs7().items.values() if i.ivs_codes] == [f"Q{n}" for n in recoded]
    for same in ("E035", "E036", "E039", "E143", "A008", "A165", "G052"):
        assert wvs7().item(same).ivs_codes == {}
    assert wvs7().item("C001_01").id == "Q33"
    assert wvs7().item("A042").id == "Q17"
    assert wvs7().item("A124_09").id == "Q22"
    assert wvs7().item("E069_17").id == "Q70"
    assert wvs7().item("H002_01").id == "Q132"


@pytest.mark.parametrize(
    ("item", "direction"),
    [
        ("Q1", -1), ("Q8", -1), ("Q45", -1), ("Q46", -1), ("Q49", 1), ("Q57", -1), ("Q64", -1),
        ("Q106", 1), ("Q112", 1), ("Q122", 1), ("Q131", -1), ("Q149", 1), ("Q164", 1), ("Q182", 1),
        ("Q209", -1), ("Q254", -1), ("Y002", 1), ("Y003", 1),
    ],
)  # fmt: skip
def test_what_a_higher_code_means(item, direction):
    assert wvs7().items[item].direction == direction


def test_an_unknown_item_is_told_with_the_nearest():
    with pytest.raises(InstrumentError, match=r"'q46' is no item of .*did you mean 'Q46'"):
        wvs7().item("q46")


def test_importing_reads_nothing_and_the_data_is_read_once():
    program = """
import sys
touched = []
def watch(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".toml"):
        touched.append(arguments[0])
sys.addaudithook(watch)
import mores.instruments.survey as survey
assert not touched, touched
assert not {"polars", "pydantic", "matplotlib", "scipy.stats"} & set(sys.modules)
assert survey.wvs7() is survey.wvs7()
assert len(touched) == len(set(touched)) == 16, touched
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
