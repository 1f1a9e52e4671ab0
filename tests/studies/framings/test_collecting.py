"""The humans of each cell, and answers as arrays."""

import numpy as np
import polars as pl
import pytest

from mores.errors import StudyError
from mores.instruments.survey import wvs7
from mores.instruments.units import framing_units
from mores.populations.population import Population, schema
from mores.studies.framings.cells import Cell, Context, Slice
from mores.studies.framings.collecting import check_slices, observe, responses

INVENTORY = framing_units()
UNITS = {unit.id: unit for unit in INVENTORY.units}
EGYPT, CANADA_FR, CANADA_EN = Slice("ar", "EGY"), Slice("fr", "CAN"), Slice("en", "CAN")


def people(rows, languages=True):
    """rows: (country, language, weight, {item: code}), each given as often as it says."""
    types = schema(wvs7())
    items = sorted({item for *_, answers in rows for item in answers})
    table = {
        "survey": ["WVS"] * len(rows),
        "wave": [7] * len(rows),
        "country": [row[0] for row in rows],
        "year": [2018] * len(rows),
        "respondent": list(range(1, len(rows) + 1)),
        "weight": [row[2] for row in rows],
        **({"language": [row[1] for row in rows]} if languages else {}),
        **{item: [row[3].get(item, -1) for row in rows] for item in items},
    }
    frame = pl.DataFrame(table, schema={name: types[name] for name in table})
    return Population("few", frame, wvs7(), False, {"form": "test", "files": []})


FEW = people(
    [
        ("EGY", "ar", 1.0, {"Q45": 1, "Q111": 1}),
        ("EGY", "ar", 3.0, {"Q45": 3, "Q111": 3}),
        ("EGY", "en", 1.0, {"Q45": 2, "Q111": 2}),
        ("JOR", "ar", 4.0, {"Q45": 2, "Q111": 2}),
        ("CAN", "fr", 2.0, {"Q45": 1}),
        ("CAN", "en", 2.0, {"Q45": 3, "Q111": 2}),
    ]
)


def seen(cells, units=("Q45", "Q111"), humans_by="language-and-country", least=1, population=FEW):
    chosen = [UNITS[name] for name in units]
    return observe(population, INVENTORY, chosen, cells, humans_by, least)


def test_a_country_s_humans_were_interviewed_in_the_slice_s_language():
    found = seen([Cell("third-person", EGYPT, 1, "ar"), Cell("user-country", CANADA_FR, 2, "fr")])
    assert found.shares[0, 0, :3].tolist() == [0.25, 0.0, 0.75]
    assert found.shares[1, 0, :3].tolist() == [1.0, 0.0, 0.0]
    assert found.n[:, 0].tolist() == [2, 1]


def test_the_language_framing_s_humans_are_pooled_over_countries_by_weight():
    found = seen([Cell("language", EGYPT, 0, "ar")])
    assert found.shares[0, 0, :3].tolist() == [1 / 8, 4 / 8, 3 / 8]
    assert found.n[0, 0] == 3


def test_by_country_all_interviewed_there_count():
    found = seen([Cell("third-person", EGYPT, 1, "ar")], humans_by="country")
    assert found.shares[0, 0, :3].tolist() == [1 / 5, 1 / 5, 3 / 5]


def test_by_country_a_language_is_the_countries_of_its_slices():
    cells = [Cell("language", EGYPT, 0, "ar"), Cell("language", Slice("ar", "JOR"), 0, "ar")]
    found = seen(cells, humans_by="country")
    # the mean over respondents of 1/5, 1/5, 3/5 (three of them) and 0, 1, 0 (one)
    np.testing.assert_allclose(found.shares[0, 0, :3], [0.15, 0.40, 0.45])
    np.testing.assert_allclose(found.shares[1], found.shares[0])


def test_an_excluded_option_is_no_answer():
    found = seen([Cell("third-person", EGYPT, 1, "ar")])
    assert found.shares[0, 1, :2].tolist() == [1.0, 0.0]
    assert found.n[0, 1] == 1
    assert found.coverage[0, 1] == 0.25


def test_an_item_with_too_few_answers_is_not_compared():
    found = seen([Cell("third-person", EGYPT, 1, "ar")], least=2)
    assert not np.isnan(found.shares[0, 0]).any()
    assert np.isnan(found.shares[0, 1]).all()
    assert np.isnan(found.split_half[0, 1])


def test_the_world_counts_every_country_the_same():
    found = seen([Cell("third-person", EGYPT, 1, "ar")])
    np.testing.assert_allclose(
        found.world[0, :3], np.mean([[1 / 5, 1 / 5, 3 / 5], [0, 1, 0], [1 / 2, 0, 1 / 2]], axis=0)
    )


def test_a_slice_without_humans_is_refused():
    with pytest.raises(StudyError, match=r"zh-CHN: .* has nobody of CHN; it has CAN, EGY, JOR"):
        check_slices(FEW, [EGYPT, Slice("zh", "CHN")], "country")
    with pytest.raises(
        StudyError, match=r"fr-EGY: .* nobody of EGY was interviewed in 'fr', but in ar, en"
    ):
        check_slices(FEW, [Slice("fr", "EGY")], "language-and-country")
    check_slices(FEW, [Slice("fr", "EGY"), CANADA_EN], "country")


def test_data_without_the_language_of_the_interview_are_compared_by_country():
    silent = people([("EGY", "", 1.0, {"Q45": 1})], languages=False)
    with pytest.raises(StudyError, match='set humans_by = "country"'):
        check_slices(silent, [EGYPT], "language-and-country")
    check_slices(silent, [EGYPT], "country")


# --- answers ---------------------------------------------------------------------------------------

CONTEXTS = (Context("language", "en", None), Context("third-person", "ar", "EGY"))
BATTERY = UNITS["SU_IMMIGRATION_EFFECTS"]


def answers(*rows):
    """rows: dicts; what is left out is null."""
    schema_ = {
        "context": pl.Int64,
        "unit": pl.String,
        "question": pl.String,
        "status": pl.String,
        "option": pl.Int16,
        "parts": pl.List(pl.Int8),
        "probabilities": pl.List(pl.Float32),
        "allowed_mass": pl.Float64,
        "unseen": pl.Float64,
        "flags": pl.List(pl.String),
        "elicitation": pl.String,
    }
    plain = {"elicitation": "text", "flags": [], "status": "coded"}
    full = [dict.fromkeys(schema_) | plain | row for row in rows]
    return pl.DataFrame(full, schema=schema_)


def single(context, option, unit="Q45", **more):
    return {"context": context, "unit": unit, "question": unit, "option": option, **more}


def given(*rows, units=("Q45", "SU_IMMIGRATION_EFFECTS"), probabilities=False):
    chosen = [UNITS[name] for name in units]
    return responses(answers(*rows), "m", CONTEXTS, chosen, probabilities=probabilities)


def test_one_reply_has_all_the_mass_at_its_option():
    found = given(single(0, 2), single(1, 0))
    assert found.shares[0, 0].tolist() == [0, 0, 1]
    assert found.shares[1, 0].tolist() == [1, 0, 0]
    np.testing.assert_array_equal(found.points, found.shares)
    assert np.isnan(found.shares[:, 1:]).all()
    assert not found.several


def test_several_replies_share_it_and_those_not_coded_have_none():
    rows = [single(0, 2), single(0, 0), single(0, 0), single(0, None, status="uncoded")]
    rows += [single(0, None, status="refused", flags=["refusal"])]
    found = given(*rows)
    np.testing.assert_allclose(found.shares[0, 0], [2 / 3, 0, 1 / 3])
    assert (found.asked[0, 0], found.coded[0, 0], found.refused[0, 0]) == (5, 3, 1)
    assert (found.uncoded[0, 0], found.failed[0, 0]) == (1, 0)
    assert found.refusals[0, 0] == 1
    assert found.several


def test_flags_are_counted_whatever_the_status():
    found = given(single(0, 2, flags=["hedge"]), single(1, 1, flags=["hedge", "refusal"]))
    assert found.hedges[:, 0].tolist() == [1, 1]
    assert found.refusals[:, 0].tolist() == [0, 1]
    assert found.coded[:, 0].tolist() == [1, 1]


def test_a_battery_counts_only_with_all_its_members():
    parts = [0, 1, 2, 0, 1, 2, 0, 1]
    whole = {"context": 0, "unit": BATTERY.id, "question": BATTERY.id, "parts": parts}
    part = whole | {"context": 1, "parts": [*parts[:7], -1], "status": "uncoded"}
    found = given(whole, part)
    assert np.argmax(found.shares[0, 1:], axis=-1).tolist() == parts
    assert np.isnan(found.shares[1]).all()
    assert found.coded[:, 1].tolist() == [1, 0]
    assert found.asked[:, 1].tolist() == [1, 1]


def test_probabilities_stay_distributions_and_their_point_is_the_most_probable():
    told = {"elicitation": "probabilities", "allowed_mass": 0.9, "unseen": 0.02}
    rows = [
        single(0, 0, probabilities=[0.5, 0.25, 0.25], **told),
        single(0, 2, probabilities=[0.0, 0.25, 0.75], **told),
        single(0, 2),  # asked in text beside it
    ]
    found = given(*rows, units=("Q45",), probabilities=True)
    np.testing.assert_allclose(found.shares[0, 0], [0.25, 0.25, 0.5])
    assert found.points[0, 0].tolist() == [0, 0, 1]
    np.testing.assert_allclose(found.allowed[0, 0], 0.9)
    np.testing.assert_allclose(found.unseen[0, 0], 0.02)
    assert np.isnan(found.points[1]).all()
    assert found.asked[0, 0] == 2
    assert found.several


def test_members_that_were_asked_alone_share_their_unit_s_count():
    told = {"elicitation": "probabilities", "allowed_mass": 1.0, "unseen": 0.0}
    rows = [
        {"context": 0, "unit": BATTERY.id, "question": item, "option": 1, **told}
        | {"probabilities": [0.0, 1.0, 0.0]}
        for item in BATTERY.members
    ]
    found = given(*rows, units=(BATTERY.id,), probabilities=True)
    assert found.asked[0, 0] == found.coded[0, 0] == 1
    assert (np.argmax(found.shares[0], axis=-1) == 1).all()


@pytest.mark.parametrize("status", ["uncoded", "refused", "failed"])
def test_a_battery_asked_member_by_member_is_coded_only_if_all_its_members_are(status):
    told = {"elicitation": "probabilities", "allowed_mass": 1.0, "unseen": 0.0}
    coded = told | {"option": 1, "probabilities": [0.0, 1.0, 0.0]}
    first, *others = BATTERY.members
    plain = {"context": 0, "unit": BATTERY.id}
    once = [plain | coded | {"question": item} for item in others]
    once.append(plain | told | {"question": first, "status": status, "flags": ["refusal"]})
    again = [plain | coded | {"question": item} for item in BATTERY.members]  # in another order
    found = given(*once, *again, units=(BATTERY.id,), probabilities=True)
    assert found.asked[0, 0] == 2
    assert found.coded[0, 0] == 1
    assert getattr(found, status)[0, 0] == 1
    assert found.refusals[0, 0] == 1
    by_status = found.coded + found.refused + found.uncoded + found.failed
    np.testing.assert_array_equal(by_status, found.asked)


def test_a_battery_of_which_not_all_members_were_asked_is_not_counted():
    told = {"elicitation": "probabilities", "allowed_mass": 1.0, "unseen": 0.0}
    rows = [
        {"context": 0, "unit": BATTERY.id, "question": item, "option": 1, **told}
        | {"probabilities": [0.0, 1.0, 0.0]}
        for item in BATTERY.members[:3]
    ]
    found = given(*rows, units=(BATTERY.id,), probabilities=True)
    assert found.asked[0, 0] == found.coded[0, 0] == 0
