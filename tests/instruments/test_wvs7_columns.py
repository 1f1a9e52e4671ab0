"""The columns about respondents, and the items from Q152 on, against the survey's codebook."""

import re
from collections import Counter

import pytest

from mores.instruments.labels import fold
from mores.instruments.survey import ColumnKind, wvs7

COLUMNS = wvs7().columns


def test_the_columns():
    assert " ".join(COLUMNS) == (
        "survey wave country year respondent weight language sex age education education_isced "
        "settlement town_size marital_status children employment occupation social_class "
        "income_scale denomination household_size immigrant citizen"
    )
    kinds = {kind: {c.id for c in COLUMNS.values() if c.kind is kind} for kind in ColumnKind}
    assert kinds[ColumnKind.TEXT] == {"survey", "country", "language"}
    assert kinds[ColumnKind.NUMBER] == {"weight"}
    assert kinds[ColumnKind.INTEGER] == {
        "wave", "year", "respondent", "age", "children", "household_size",
    }  # fmt: skip


@pytest.mark.parametrize("scheme", ["wvs", "ivs"])
def test_no_name_stands_for_two_columns(scheme):
    names = Counter(name for c in COLUMNS.values() for name in getattr(c, scheme))
    assert max(names.values()) == 1
    assert not set(names) & {i.id if scheme == "wvs" else i.ivs for i in wvs7().items.values()}
    assert all(getattr(c, scheme) for c in COLUMNS.values())


@pytest.mark.parametrize(
    ("column", "codes"),
    [
        ("sex", range(1, 3)), ("education", range(1, 4)), ("education_isced", range(9)),
        ("settlement", range(1, 3)), ("town_size", range(1, 9)), ("marital_status", range(1, 9)),
        ("employment", range(1, 9)), ("occupation", range(12)), ("social_class", range(1, 6)),
        ("income_scale", range(1, 11)), ("denomination", range(10)), ("immigrant", range(1, 3)),
        ("citizen", range(1, 3)),
    ],
)  # fmt: skip
def test_codes_are_those_of_the_codebook(column, codes):
    assert [o.code for o in COLUMNS[column].options] == list(codes)
    assert {-1, -2, -3, -4, -5} == set(COLUMNS[column].missing)


@pytest.mark.parametrize(
    ("column", "label", "code"),
    [
        ("sex", "Male", 1), ("sex", "Female", 2), ("education", "Lower", 1), ("education", "Higher", 3),
        ("settlement", "Urban", 1), ("settlement", "Rural", 2), ("town_size", "Under 2,000", 1),
        ("marital_status", "Married", 1), ("marital_status", "Living together as married", 2),
        ("marital_status", "Divorced", 3), ("marital_status", "Separated", 4),
        ("marital_status", "Widowed", 5), ("marital_status", "Single", 6),
        ("employment", "Full time (30 hours a week or more)", 1),
        ("employment", "Part time (less than 30 hours a week)", 2), ("employment", "Self employed", 3),
        ("employment", "Retired/pensioned", 4), ("employment", "Homemaker not otherwise employed", 5),
        ("employment", "Student", 6), ("employment", "Unemployed", 7), ("employment", "Other", 8),
        ("social_class", "Upper class", 1), ("social_class", "Lower middle class", 3),
        ("social_class", "Working class", 4), ("social_class", "Lower class", 5),
        ("denomination", "Do not belong to a denomination", 0),
        ("denomination", "Catholic (Roman/Greek/etc)", 1), ("denomination", "Protestant", 2),
        ("denomination", "Orthodox (Russian/Greek/etc.)", 3), ("denomination", "Jew", 4),
        ("denomination", "Muslim", 5), ("denomination", "Hindu", 6), ("denomination", "Buddhist", 7),
        ("denomination", "Other Christian (Jehova withness...)", 8), ("denomination", "Other", 9),
        ("denomination", "No answer/refused", -2), ("immigrant", "I am born in this country", 1),
        ("immigrant", "I am an immigrant to this country (born outside this country)", 2),
        ("citizen", "Yes", 1), ("household_size", "Other missing; Multiple answers Mail (EVS)", -5),
        ("settlement", "No answer; Missing", -5),
    ],
)  # fmt: skip
def test_labels_of_the_workbooks_have_their_code(column, label, code):
    variable = COLUMNS[column]
    spelled = {fold(s): o.code for o in variable.options for s in (o.label, *o.variants)}
    spelled |= {fold(s): c for s, c in variable.missing_labels.items()}
    assert spelled[fold(label)] == code


# The order in which the trend file has the items, and their codes there.
TREND = """
Q152 E001 Q153 E002 Q154 E003 Q155 E004 Q156 E005 Q157 E006 Q158 E217 Q159 E218 Q160 E220 Q163 E234
Q164 F063 Q165 F050 Q166 F051 Q167 F053 Q168 F054 Q169 F202 Q170 F203 Q172 F028B Q173 F034
Q174 F200 Q175 F201 Q176 F206 Q177 F114A Q178 F115 Q179 F114B Q180 F116 Q181 F117 Q182 F118 Q183 F119
Q184 F120 Q185 F121 Q186 F135A Q187 F123 Q188 F122 Q189 F199 Q190 F114C Q191 F114D Q192 F114E
Q193 F132 Q194 E290 Q195 F144_02 Q196 H009 Q197 H010 Q198 H011 Q199 E023 Q200 A062 Q201 E248B
Q202 E258B Q203 E259B Q204 E260B Q205 E261B Q206 E262B Q207 E253B Q208 E254B Q209 E025 Q210 E026
Q211 E027 Q212 E028 Q213 E286 Q214 E287 Q215 E288 Q216 E289 Q217 E282 Q218 E283 Q219 E284 Q220 E285
Q221 E263 Q222 E264 Q224 E265_01 Q233 E265_10 Q234 E266 Q235 E114 Q236 E115 Q237 E116 Q238 E117
Q240 E033 Q241 E224 Q242 E225 Q243 E226 Q244 E227 Q245 E228 Q246 E229 Q247 E233A Q248 E233B
Q249 E233 Q250 E235 Q251 E236 Q253 E124 Q254 G006 Q255 G255 Q258 G062 Q259 G063
"""


@pytest.mark.parametrize(("item", "ivs"), re.findall(r"(Q\d+) (\w+)", TREND))
def test_an_item_has_its_code_in_trend_files(item, ivs):
    assert wvs7().item(ivs).id == item


def test_the_last_half_of_the_questionnaire_is_complete():
    numbers = [int(i[1:]) for i in wvs7().items if i.startswith("Q") and int(i[1:]) >= 152]
    assert numbers == [n for n in range(152, 260) if n != 223]


def test_attendance_in_trend_files_has_one_option_more():
    attendance = wvs7().items["Q171"]
    assert attendance.labels == (
        "More than once a week", "Once a week", "Once a month", "Only on special holy days",
        "Once a year", "Less often", "Never, practically never",
    )  # fmt: skip
    trend = wvs7().item("F028")
    assert len(trend.options) == 8
    assert trend.options[4].label == "Other specific holy days"
    assert trend.trend_only
    assert not attendance.trend_only


def test_the_poles_of_long_scales():
    poles = {i: (wvs7().items[i].labels[0], wvs7().items[i].labels[-1]) for i in wvs7().items}
    assert poles["Q158"] == ("Completely disagree", "Completely agree")
    assert poles["Q163"] == ("A lot worse off", "A lot better off")
    assert poles["Q164"] == ("Not at all important", "Very important")
    assert poles["Q176"] == ("Completely agree", "Completely disagree")
    assert poles["Q240"] == ("Left", "Right")
    assert poles["Q250"] == ("Not at all important", "Absolutely important")
    assert poles["Q251"] == ("Not at all democratic", "Completely democratic")
    assert poles["Q252"] == ("Not satisfied at all", "Completely satisfied")
    for number in range(177, 196):
        assert poles[f"Q{number}"] == ("Never justifiable", "Always justifiable")
    for number in range(241, 250):
        options = wvs7().items[f"Q{number}"].options
        assert [o.code for o in options] == list(range(11))
        assert [o.residual for o in options] == [True] + 10 * [False]
        assert options[1].label == "Not an essential characteristic of democracy"
        assert options[10].label == "An essential characteristic of democracy"


def test_answers_that_were_not_offered():
    residual = {i.id for i in wvs7().items.values() if any(o.residual for o in i.options)}
    assert residual == {"Q111", "Q221", "Q222", *(f"Q{n}" for n in range(241, 250))}
    assert wvs7().items["Q221"].labels == ("Always", "Usually", "Never", "Not allowed to vote")
    for number in range(217, 221):
        assert wvs7().items[f"Q{number}"].missing_labels["INAP: No internet/no social media"] == -5
    for number in (153, 155, 157):
        assert wvs7().items[f"Q{number}"].missing[-3] == "Not applicable; No first answer"


def test_the_indices():
    assert wvs7().items["Y002"].labels == ("Materialist", "Mixed", "Postmaterialist")
    assert wvs7().items["Y003"].labels == (
        "Obedience/Religious Faith", "-1", "0", "1", "Determination, perseverance/Independence",
    )  # fmt: skip
    assert set(wvs7().items["Y003"].missing) == {-3, -4, -5}
