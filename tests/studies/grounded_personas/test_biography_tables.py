"""The tables of biographies: what readings found, and whom the stories are about beside humans."""

import numpy as np
import polars as pl
import pytest
from populations.small import small_population

from mores.personas.biographies import Biography, Demographics, Reading, judged
from mores.personas.biography_grammar import composed
from mores.personas.biography_reading import read_offline
from mores.personas.grid import configuration
from mores.personas.variables import variables
from mores.populations.groupings import groups
from mores.studies.grounded_personas.biography_tables import (
    ALL_VARIABLES,
    ATTRIBUTES,
    biography_checks,
    demographics,
    planted_detection,
)

PERSON = Demographics(43, "female", "isced-3-4", "office", "town")


def read(index, **levels):
    found = list(configuration(index))
    for name, level in levels.items():
        found[[v.id for v in variables()].index(name)] = level
    return judged(Biography(index, PERSON, "A story.", "w"), Reading("r", tuple(found)))


def test_checks_are_counted_by_variable_and_by_story():
    earlier = (("contradicts:happiness", "contradicts:religiosity"), ("age",))
    some = [
        read(0),
        read(1, religiosity=2, happiness=-1),
        read(2, happiness=-1),
        Biography(3, PERSON, "Unread.", "w", drafts=earlier),
    ]
    table = biography_checks(some)
    rows = {row["variable"]: row for row in table.to_dicts()}
    assert list(rows) == [*(v.id for v in variables()), ALL_VARIABLES]
    assert [rows["religiosity"][k] for k in ("n", "recovered", "contradicted", "unclear")] == [
        *(3, 2, 1, 0)
    ]
    assert [rows["happiness"][k] for k in ("recovered", "contradicted", "unclear")] == [1, 0, 2]
    assert [rows[ALL_VARIABLES][k] for k in ("recovered", "contradicted", "unclear")] == [1, 1, 1]
    assert rows["religiosity"]["rate"] == pytest.approx(1 / 3)
    assert rows["religiosity"]["low"] < 1 / 3 < rows["religiosity"]["high"]
    assert rows["happiness"]["earlier_contradicted"] == 1
    assert rows[ALL_VARIABLES]["earlier_contradicted"] == 1


def test_nothing_read_has_no_rates():
    table = biography_checks([Biography(3, PERSON, "Unread.", "w")])
    assert table["n"].to_list() == [0] * 11
    assert table.select("rate", "low", "high").null_count().row(0) == (11, 11, 11)
    assert biography_checks([]).schema == biography_checks([read(0)]).schema


def test_planted_contradictions_are_found_and_nothing_else_is():
    stories = [
        judged(story, read_offline(story.text))
        for story in composed(range(0, 93_312, 117), contradictions=0.3)
    ]
    seen = planted_detection(stories)
    assert seen.planted == sum(bool(s.planted) for s in stories)
    assert seen.planted + seen.clean == 10 * len(stories)
    assert seen.sensitivity >= 0.95
    assert seen.false_alarm_rate <= 0.02
    assert np.isnan(planted_detection([read(0)]).sensitivity)


def people(*given):
    return [Biography(i, person, "A story.", "w") for i, person in enumerate(given)]


def test_demographics_are_compared_with_the_weighted_survey():
    population = small_population(respondents=60)
    table = demographics(people(PERSON, PERSON, PERSON), population)
    assert tuple(table["attribute"].unique(maintain_order=True)) == ATTRIBUTES
    for attribute, column in [("age_band", "age_band"), ("education_group", "education_group")]:
        part = table.filter(pl.col("attribute") == attribute)
        found = groups(population, [column])
        weights = np.nan_to_num(population.weights)  # an independent sum
        sums = [weights[found.index == g].sum() for g in range(len(found))]
        shares = dict(zip(found.keys[column].to_list(), np.array(sums) / sum(sums), strict=True))
        for row in part.to_dicts():
            assert row["share_humans"] == pytest.approx(shares.get(row["level"], 0.0))
            assert row["difference"] == pytest.approx(
                row["share_biographies"] - row["share_humans"]
            )
        gaps = part["difference"].abs().sum() / 2
        assert part["total_variation"].to_list() == pytest.approx([gaps] * 3)
        assert (part["tv_low"] <= part["tv_high"]).all()
        assert part["n_humans"].sum() < len(population)
    assert table["synthetic_humans"].all()
    sex = table.filter(pl.col("attribute") == "sex")
    women = weights[population.frame["sex"].to_numpy() == 2].sum()
    men = weights[population.frame["sex"].to_numpy() == 1].sum()
    assert sex["share_humans"].to_list() == pytest.approx(
        [women / (women + men), men / (women + men)]
    )
    assert sex["share_biographies"].to_list() == [1.0, 0.0]


def test_levels_are_banded_as_the_survey_bands_them():
    some = [
        Demographics(29, "male", "isced-2", "sales", "village"),
        Demographics(30, "male", "isced-3-4", "sales", "city"),
        Demographics(49, "male", "isced-5", "student", "town"),
        Demographics(50, "male", "isced-0-1", "retired", "town"),
    ]
    table = demographics(people(*some))
    counts = {(r["attribute"], r["level"]): r["n_biographies"] for r in table.to_dicts()}
    assert [counts["age_band", band] for band in ("≤29", "30–49", "50+")] == [1, 2, 1]
    assert [counts["education_group", g] for g in ("lower", "middle", "higher")] == [2, 1, 1]
    assert [counts["settlement", s] for s in ("urban", "rural")] == [3, 1]
    assert counts["occupation", "sales"] == 2
    assert counts["sex", "female"] == 0


def test_what_is_not_known_is_null_and_the_rejected_do_not_count():
    rejected = Biography(9, PERSON, "A.", "w", status="rejected", reasons=("identical",))
    table = demographics([rejected], small_population())
    assert table["n_biographies"].sum() == 0
    assert table["share_biographies"].null_count() == table.height
    assert table["total_variation"].null_count() == table.height
    occupation = table.filter(pl.col("attribute") == "occupation")
    assert occupation["share_humans"].null_count() == 16
    alone = demographics(people(PERSON))
    assert alone["share_humans"].null_count() == alone.height
    assert alone["synthetic_humans"].null_count() == alone.height
    assert alone.schema == table.schema
