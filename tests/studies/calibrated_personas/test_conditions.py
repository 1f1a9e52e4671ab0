"""What the names of arms say."""

from __future__ import annotations

import pytest

from mores.studies.calibrated_personas.conditions import ARMS, PERSONA_ARMS, Condition


@pytest.mark.parametrize(
    ("arm", "kind", "names_country", "has_personas"),
    [
        ("default", "default", False, False),
        ("generic", "generic", False, False),
        ("country", "country", True, False),
        ("sociodemographic", "sociodemographic", False, True),
        ("sociodemographic+nationality", "sociodemographic", True, True),
        ("value", "value", False, True),
        ("value+nationality", "value", True, True),
        ("few-shot", "few-shot", False, True),
        ("few-shot+nationality", "few-shot", True, True),
    ],
)
def test_an_arm_is_a_kind_with_or_without_a_country(
    arm: str, kind: str, names_country: bool, has_personas: bool
) -> None:
    found = Condition(arm)  # type: ignore[arg-type]
    assert (found.kind, found.names_country, found.has_personas) == (
        kind,
        names_country,
        has_personas,
    )


def test_the_arms_are_those_of_figure_3() -> None:
    assert len(ARMS) == 9
    assert {arm for arm in ARMS if Condition(arm).has_personas} == {*PERSONA_ARMS}


def test_no_descriptor_at_all_is_not_the_same_as_all_of_them() -> None:
    whole = Condition("value", "minimal", "composable")
    none = Condition("value", "minimal", "composable", ())
    assert whole.whole
    assert not none.whole
    assert whole != none
