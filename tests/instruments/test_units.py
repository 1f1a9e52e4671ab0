"""The units and axes of the framing study: the paper's counts and lists, and every orientation."""

from collections import Counter
from importlib.resources import files

import pytest

from mores.errors import InstrumentError
from mores.instruments import units as module
from mores.instruments.survey import wvs7
from mores.instruments.units import framing_units

TABLE_3 = {
    "Gender egalitarianism": "Q28 Q29 Q30 Q31 Q32 Q33 Q35 Q36 Q182 Q189 Q233 Q249",
    "Outgroup inclusion": "Q36 Q121 Q130 Q182 SU_NEIGHBORS",
    "Religiosity / faith primacy": "Q160 Q164 Q165 Q169 Q173 SU_CHILD_QUALITIES",
    "Science / technology optimism": "Q44 Q158 Q161 Q162 Q163",
    "Traditional authority": "Q37 Q38 Q42 Q45 Q152 Q154 Q156 Q235 Q237 SU_CHILD_QUALITIES",
    "Civic integrity": "Q112 Q116 Q120 Q178 Q179 Q180 Q181 Q189 Q191 Q192 Q194",
    "Economic interventionism": "Q106 Q107 Q108 Q149 Q241 Q244",
    "Productivist materialism": "Q39 Q40 Q41 Q109 Q110 Q111 Q150 Q152 Q154 Q156",
    "Institutional trust": "Q57 Q64 Q65 Q66 Q68 Q69 Q70 Q71 Q72 Q74 Q75 Q76 Q78",
    "Democratic pluralism": (
        "Q149 Q150 Q196 Q197 Q198 Q224 Q225 Q227 Q228 Q229 Q230 Q231 Q232 Q235 Q237 Q238 Q241 Q243 "
        "Q244 Q246 Q250 Q253"
    ),
}

# The answer at the positive pole, written down from the wordings and the poles, not from the data.
POSITIVE_END = {
    "gender-egalitarianism": {
        "Q28 Q29 Q30 Q31 Q32 Q33 Q35": "Disagree strongly",
        "Q36": "Agree strongly",
        "Q182": "Always justifiable",
        "Q189": "Never justifiable",
        "Q233": "Very often",
        "Q249": "An essential characteristic of democracy",
    },
    "outgroup-inclusion": {
        "Q36": "Agree strongly",
        "Q121": "Very good",
        "Q130": "Let anyone come who wants to",
        "Q182": "Always justifiable",
        "Q18 Q19 Q20 Q21 Q22 Q23 Q24 Q25 Q26": "Not mentioned",
    },
    "religiosity": {
        "Q160": "Completely agree",
        "Q164": "Very important",
        "Q165": "Yes",
        "Q169": "Strongly agree",
        "Q173": "A religious person",
        "Q15": "Mentioned",
    },
    "science-optimism": {
        "Q44": "Good thing",
        "Q158": "Completely agree",
        "Q161 Q162": "Completely disagree",
        "Q163": "A lot better off",
    },
    "traditional-authority": {
        "Q37 Q38": "Agree strongly",
        "Q42": "Our present society must be valiantly defended against all subversive forces",
        "Q45": "Good thing",
        "Q152": "Making sure this country has strong defence forces",
        "Q154": "Maintaining order in the nation",
        "Q156": "The fight against crime",
        "Q235 Q237": "Very good",
        "Q8 Q11": "Not mentioned",
        "Q17": "Mentioned",
    },
    "civic-integrity": {
        "Q112": "There is no corruption in my country",
        "Q116": "None of them",
        "Q120": "Very high risk",
        "Q178 Q179 Q180 Q181 Q189 Q191 Q192 Q194": "Never justifiable",
    },
    "economic-interventionism": {
        "Q106": "Incomes should be made more equal",
        "Q107": "Government ownership of business and industry should be increased",
        "Q108": (
            "The government should take more responsibility to ensure that everyone is provided for"
        ),
        "Q149": "Equality",
        "Q241 Q244": "An essential characteristic of democracy",
    },
    "productivist-materialism": {
        "Q39 Q40 Q41": "Agree strongly",
        "Q109": "Competition is good",
        "Q110": "In the long run, hard work usually brings a better life",
        "Q111": (
            "Economic growth and creating jobs should be the top priority, even if the environment "
            "suffers to some extent"
        ),
        "Q150": "Security",
        "Q152": "A high level of economic growth",
        "Q154": "Maintaining order in the nation",
        "Q156": "A stable economy",
    },
    "institutional-trust": {
        "Q57": "Most people can be trusted",
        "Q64 Q65 Q66 Q68 Q69 Q70 Q71 Q72 Q74 Q75 Q76 Q78": "A great deal",
    },
    "democratic-pluralism": {
        "Q149 Q150": "Freedom",
        "Q196 Q197 Q198": "Definitely should not have the right",
        "Q224 Q228 Q229 Q232": "Very often",
        "Q225 Q227 Q230 Q231": "Not at all often",
        "Q235 Q237": "Very bad",
        "Q238": "Very good",
        "Q241 Q243 Q244 Q246": "An essential characteristic of democracy",
        "Q250": "Absolutely important",
        "Q253": "A great deal of respect",
    },
}
ENDS = [
    (axis, item, label)
    for axis, ends in POSITIVE_END.items()
    for items, label in ends.items()
    for item in items.split()
]


@pytest.fixture(scope="module")
def found():
    return framing_units()


@pytest.fixture(scope="module")
def units(found):
    return {unit.id: unit for unit in found.units}


@pytest.fixture(scope="module")
def axes(found):
    return {axis.id: axis for axis in found.axes}


def test_units_and_categories_have_the_paper_s_counts(found):
    assert len(found.units) == 101
    assert sum(len(u.members) for u in found.units) == 126
    assert len({m for u in found.units for m in u.members}) == 126
    sizes = Counter(found.categories[u.category] for u in found.units)
    assert sizes == {
        "Morality and Worldview": 24,
        "Democracy, Governance, and Public Authority": 20,
        "Trust, Civic Belonging, and Institutions": 14,
        "Economic Fairness, Work, and Material Conditions": 13,
        "Gender, Equality, and Social Inclusion": 11,
        "Religion and Science": 10,
        "Public Order, Corruption, Migration, and Security": 9,
    }
    assert "religion-science" in found.categories


def test_the_certain_units_are_those_of_table_3(found):
    certain = {u.id for u in found.units if u.status == "certain"}
    assert certain == {unit for row in TABLE_3.values() for unit in row.split()}
    assert len(certain) == 87
    rest = {u.id: u.category for u in found.units if u.status == "reconstructed"}
    assert len(rest) == 14
    assert rest["Q254"] == "trust-institutions"
    assert rest["SU_IMMIGRATION_EFFECTS"] == rest["Q146"] == "public-order"
    assert rest["Q34"] == rest["Q43"] == "economy-work"
    assert rest["Q188"] == "morality-worldview"


def test_74_units_are_on_one_axis_and_13_on_two(found):
    on = Counter(unit for axis in found.axes for unit in axis.units)
    assert Counter(on[u.id] for u in found.units) == {1: 74, 2: 13, 0: 14}


def test_axes_map_the_units_of_table_3_in_its_order(found):
    assert {axis.label: " ".join(axis.units) for axis in found.axes} == TABLE_3
    assert [axis.label for axis in found.axes] == list(TABLE_3)


def test_batteries_are_those_of_the_paper(units):
    ranges = {
        "SU_CHILD_QUALITIES": range(7, 18),
        "SU_NEIGHBORS": range(18, 27),
        "SU_IMMIGRATION_EFFECTS": range(122, 130),
    }
    assert {u.id for u in units.values() if u.battery} == set(ranges)
    for name, numbers in ranges.items():
        assert units[name].members == tuple(f"Q{n}" for n in numbers)


def test_answer_types(found, units):
    kinds = {
        kind: {u.id for u in found.units if u.answers == kind} for kind in ("nominal", "binary")
    }
    assert kinds["nominal"] == {"Q42", "Q152", "Q154", "Q156"}
    assert kinds["binary"] == {
        *("Q57", "Q111", "Q149", "Q150", "Q165", "SU_CHILD_QUALITIES", "SU_NEIGHBORS")
    }
    assert units["Q173"].answers == "ordered"
    assert units["SU_IMMIGRATION_EFFECTS"].codes("Q124") == (0, 1, 2)
    assert not units["Q42"].ordered
    assert units["Q57"].ordered


def test_volunteered_answers_are_neither_offered_nor_counted(found, units):
    assert units["Q111"].codes("Q111") == (1, 2)
    assert units["Q249"].codes("Q249") == tuple(range(1, 11))
    assert units["Q254"].codes("Q254") == (1, 2, 3, 4)
    for unit in found.units:
        for member in unit.members:
            options = wvs7().item(member).options
            assert {o.code for o in options if o.residual} == unit.excluded


def test_only_members_have_codes(units):
    with pytest.raises(InstrumentError, match="'Q29' is no member of unit Q28; did you mean 'Q28'"):
        units["Q28"].codes("Q29")


def test_every_code_of_a_mapped_item_has_a_value_and_both_ends_are_reached(found, units):
    for axis in found.axes:
        owner = {m: units[u] for u in axis.units for m in units[u].members}
        for item, values in axis.values.items():
            assert tuple(values) == owner[item].codes(item)
            assert min(values.values()) == 0.0
            assert max(values.values()) == 1.0


def test_ordered_codes_are_rescaled_in_equal_steps(axes, units):
    assert axes["outgroup-inclusion"].values["Q121"] == {1: 0.0, 2: 0.25, 3: 0.5, 4: 0.75, 5: 1.0}
    assert axes["science-optimism"].values["Q44"] == {1: 1.0, 2: 0.5, 3: 0.0}
    assert axes["democratic-pluralism"].values["Q250"] == pytest.approx(
        {code: (code - 1) / 9 for code in range(1, 11)}
    )


@pytest.mark.parametrize(("axis", "item", "label"), ENDS, ids=lambda text: text[:30])
def test_the_positive_end_of_a_question_is_where_its_wording_puts_it(axes, axis, item, label):
    labels = {o.code: o.label for o in wvs7().item(item).options}
    assert label in [labels[code] for code, v in axes[axis].values[item].items() if v == 1.0]


def test_the_hand_written_ends_cover_every_mapped_item(axes):
    assert {a: set(axis.values) for a, axis in axes.items()} == {
        a: {i for items in ends for i in items.split()} for a, ends in POSITIVE_END.items()
    }


def test_hand_codings(axes):
    by_hand = {axis.id: set(axis.hand_coded) for axis in axes.values() if axis.hand_coded}
    assert by_hand == {
        "religiosity": {"Q173"},
        "traditional-authority": {"Q42", "Q152", "Q154", "Q156"},
        "productivist-materialism": {"Q152", "Q154", "Q156"},
    }
    material = axes["productivist-materialism"].values
    assert material["Q154"] == {1: 1.0, 2: 0.0, 3: 1.0, 4: 0.0}
    assert axes["traditional-authority"].values["Q154"] == {1: 1.0, 2: 0.0, 3: 0.5, 4: 0.0}
    assert axes["religiosity"].values["Q173"] == {1: 1.0, 2: 0.5, 3: 0.0}


def test_two_axes_may_read_one_question_in_opposite_ways(axes):
    assert axes["economic-interventionism"].values["Q149"] == {1: 0.0, 2: 1.0}
    assert axes["democratic-pluralism"].values["Q149"] == {1: 1.0, 2: 0.0}


def test_what_is_read_is_kept_and_cannot_be_changed(found):
    assert framing_units() is found
    with pytest.raises(TypeError):
        found.axes[0].values["Q28"][1] = 0.5
    with pytest.raises(TypeError):
        found.categories["religion-science"] = "Other"


@pytest.fixture
def damaged(monkeypatch):
    """Reads the data with some text replaced."""

    def read(file, old, new):
        texts = {
            name: files("mores.instruments").joinpath("data", name).read_text("utf-8")
            for name in ("wvs7/units.toml", "wvs7/axes.toml")
        }
        assert texts[file].count(old) >= 1
        texts[file] = texts[file].replace(old, new, 1)
        from mores.instruments.datafiles import parse_data

        monkeypatch.setattr(
            module, "read_data", lambda package, name, shape: parse_data(texts[name], name, shape)
        )
        return framing_units.__wrapped__()

    return read


U, A = "wvs7/units.toml", "wvs7/axes.toml"


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        (U, '"Q37",', '"Q999",', "unit Q999: 'Q999' is no item"),
        (U, '"Q37",', '"Q38",', "unit 'Q38' occurs twice"),
        (U, '["Q7", "Q8"', '["Q37", "Q8"', "item 'Q37' occurs twice"),
        (U, '["Q7", "Q8"', '["Q1", "Q8"', "do not have the same codes"),
        (U, "SU_NEIGHBORS = [", "SU_NEIGHBOURS = [", "'SU_NEIGHBOURS' is in no category; did you"),
        (U, 'binary = ["Q57"', 'binary = ["Q58"', "'Q58' is in no category"),
        (U, 'binary = ["Q57"', 'binary = ["Q64", "Q57"', "unit Q64: binary, with 4"),
        (U, 'nominal = ["Q42"', 'nominal = ["Q57"', "Q57: both binary and nominal"),
        (U, 'binary = ["Q57", ', "binary = [", "unit Q57: ordered, with 2 options"),
        (U, "Q111 = [3]", "Q111 = [9]", "unit Q111: excludes [9]"),
        (U, "Q111 = [3]", "Q111 = [1, 2]", "unit Q111: binary, with 1 options"),
        (U, "schema = 1", "schema = 2", "schema"),
        (U, 'id = "public-order"', 'id = "religion-science"', "category 'religion-science' occurs"),
        (A, '"Q36", "Q121"', '"Q999", "Q121"', "'Q999' is no unit"),
        (A, '"Q36", "Q121"', '"Q121", "Q121"', "unit 'Q121' occurs twice"),
        (A, 'id = "outgroup-inclusion"', 'id = "religiosity"', "axis 'religiosity' occurs twice"),
        (A, "Q28 = 1", "Q28 = 2", "Q28"),
        (A, "Q29 = 1\n", "", "nothing says where the answers to Q29 stand"),
        (A, "Q29 = 1\n", "Q34 = 1\n", "'Q34' is in none of its units"),
        (A, "[axes.hand]\nQ42", "[axes.hand]\nQ37 = { 1 = 1.0 }\nQ42", "item 'Q37' occurs twice"),
        (A, "1 = 1.0, 2 = 0.5, 3 = 0.0", "1 = 1.5, 2 = 0.5, 3 = 0.0", "less than or equal to 1"),
        (A, "1 = 1.0, 2 = 0.5, 3 = 0.0", "1 = 1.0, 2 = nan, 3 = 0.0", "usable"),
        (A, "1 = 1.0, 2 = 0.5, 3 = 0.0", "1 = 1.0, 3 = 0.0", "Q173 has values for [1, 3]"),
        (A, "1 = 1.0, 2 = 0.5, 3 = 0.0", "1 = 1.0, 2 = 0.5, 4 = 0.0", "its codes are (1, 2, 3)"),
        (A, "Q15 = -1", "Q15 = -1\nQ173 = 1", "item 'Q173' occurs twice"),
        (A, "[axes.hand]\nQ173", "Q173 = 1\n[axes.hand]\n# Q173", "codes of Q173 have no order"),
        (A, 'negative = "gender hierarchy"\n', "", "negative"),
    ],
)  # fmt: skip
def test_damaged_data_is_refused(damaged, file, old, new, problem):
    with pytest.raises(InstrumentError) as error:
        damaged(file, old, new)
    assert problem in str(error.value)
    assert file in str(error.value)
    assert "restore" in str(error.value)


def test_a_battery_does_not_take_an_item_s_name(damaged):
    with pytest.raises(InstrumentError, match="unit Q37: a battery with the id of an item"):
        damaged(U, "[batteries]\n", '[batteries]\nQ37 = ["Q27", "Q46"]\n')
