from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from mores.instruments.survey import wvs7
from mores.personas.catalogue import Persona
from mores.populations.population import Population, schema
from mores.studies.value_action import prevalence as module
from mores.studies.value_action.materials import Arm
from mores.studies.value_action.prevalence import prevalence

PIOUS = {"Q6": 1, "Q8": 2, "Q11": 2, "Q15": 1, "Q17": 1, "Q182": 1, "Q184": 1, "Q185": 1, "Q57": 2,
         "Q209": 3, "Q210": 3, "Q211": 3, "Q212": 3, "Q254": 1, "Q46": 4, "Q29": 1, "Q30": 1,
         "Q31": 1, "Q33": 1, "Y002": 1, **{f"Q{n}": 1 for n in range(18, 27)}}  # fmt: skip
"""The first level of each variable, and the last of happiness: one end of both axes."""

STUDY: Any = SimpleNamespace(
    arms=[
        Arm(Persona("baseline", "none", "baseline", None), "none"),
        Arm(Persona("pious", "pious", "max", (0, 0, 0, 0, 0, 0, 3, 0, 0, 0)), "explicit"),
        Arm(Persona("glad", "glad", "max", (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), "explicit"),
    ]
)


def humans(*respondents: dict[str, Any]) -> Population:
    types = schema(wvs7())
    who = {"survey": "WVS", "wave": 7, "country": "EGY", "year": 2018, "weight": 1.0}
    rows = [who | {"respondent": i} | PIOUS | given for i, given in enumerate(respondents)]
    names = list(dict.fromkeys(key for row in rows for key in row))
    frame = pl.DataFrame(rows, schema={n: types[n] for n in names}, orient="row")
    return Population("few", frame, wvs7(), synthetic=False)


def test_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Egypt: ten levels shared with weight 3, six with 4; Mexico: nine; two do not count."""
    monkeypatch.setattr(module, "LEAST", 1)
    four_others = {"Q6": 4, "Q57": 1, "Q254": 4, "Y002": 3}
    population = humans(
        {"weight": 3.0},
        {"weight": 1.0, "Q46": 1, "country": "MEX"},
        {"weight": 4.0, **four_others},
        {"Q6": -1},
        {"weight": None},
    )
    table = prevalence(STUDY, population, "a model")
    assert table["persona"].to_list() == ["pious", "glad"]
    pious, glad = table.rows(named=True)
    assert pious["n"] == 3
    assert pious["respondents"] == 5
    assert pious["shared_levels"] == pytest.approx(((3 * 10 + 4 * 6) / 7 + 9) / 2)
    assert pious["most_shared"] == 10
    assert pious["share_alike"] == pytest.approx((3 / 7 + 1) / 2)
    assert pious["share_same"] == pytest.approx(3 / 7 / 2)
    # one end of both axes is as congruous as can be; the others are less so, the glad one included
    assert pious["congruence"] == pytest.approx(1)
    assert pious["share_less_congruous"] == pytest.approx((4 / 7 + 1) / 2)
    assert glad["congruence"] < 1
    assert glad["share_less_congruous"] == pytest.approx(4 / 7 / 2)
    assert glad["share_same"] == pytest.approx(1 / 2)
    # EGY: (3 · 10 + 4 · 6) / 7 for the one, (3 · 9 + 4 · 5) / 7 for the other; MEX: 9 and 10
    assert (pious["nearest_country"], pious["nearest_country_levels"]) == ("MEX", 9)
    assert (glad["nearest_country"], glad["nearest_country_levels"]) == ("MEX", 10)
    assert table["humans"].unique().to_list() == ["few"]
    assert not table["synthetic"].any()


def test_weights_are_in_any_unit() -> None:
    given = [{"weight": 0.5}, {"weight": 2.0, "Q46": 1}]
    table = prevalence(STUDY, humans(*given), "a model")
    other = prevalence(STUDY, humans(*[g | {"weight": 7 * g["weight"]} for g in given]), "a model")
    for name in ("shared_levels", "share_alike", "share_same", "share_less_congruous"):
        assert other[name].to_list() == pytest.approx(table[name].to_list())


def test_a_country_with_few_respondents_is_not_called_the_nearest() -> None:
    many = [{"Q46": 1}] * 100 + [{"country": "MEX"}] * 99
    pious, glad = prevalence(STUDY, humans(*many), "a model").rows(named=True)
    for row in (pious, glad):
        assert (row["nearest_country"], row["nearest_country_n"]) == ("EGY", 100)
    assert pious["nearest_country_levels"] == 9
    none = prevalence(STUDY, humans(*many[1:]), "a model")
    assert none["nearest_country"].null_count() == 2


def test_nobody_whose_levels_are_known() -> None:
    table = prevalence(STUDY, humans({"Q46": -1}), "a model")
    assert table["n"].to_list() == [0, 0]
    assert table["shared_levels"].null_count() == 2
