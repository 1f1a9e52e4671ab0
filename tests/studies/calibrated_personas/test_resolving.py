"""What a study file names: conditions, countries, descriptor sets; and leaks that are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from studies.calibrated_personas.small_study import ALL_ARMS, design, study

from mores.errors import InputError, InstrumentError, PersonaError, PromptError, StudyError
from mores.personas.descriptors import MAP_ITEMS, descriptor_sets, given_away
from mores.studies.calibrated_personas.conditions import Condition

VALUES = ("value", "value+nationality", "few-shot", "few-shot+nationality")
LEAKS = {
    "Q46": "Q46",  # an indicator by its id
    "A008": "Q46",  # and by its code
    "Q254": "Q254",
    "Q154": "Q154",  # what post-materialism is computed from
    "Q155": "Q155",
    "Q8": "Q8",  # what autonomy is computed from
    "Q14": "Q14",
    "Q15": "Q15",
    "Q17": "Q17",
    "A042": "Q17",
    "Q218": "Q218",  # electronic petitions are petitions
}


def refused(error: type[Exception], said: str, **fields: Any) -> None:
    with pytest.raises(error, match=said):
        study(**fields)


# Leaks


@pytest.mark.parametrize("arm", VALUES)
@pytest.mark.parametrize("name", LEAKS)
def test_a_target_that_a_persona_tells_is_refused_by_name(name: str, arm: str) -> None:
    with pytest.raises(StudyError) as caught:
        study(questions={"items": ["Q1", name]}, personas={"arms": ["generic", arm]})
    assert LEAKS[name] in str(caught.value)
    assert repr(arm) in str(caught.value)
    assert "leave the questions out" in str(caught.value)


def test_every_item_that_the_ten_give_away_is_among_these() -> None:
    assert given_away(MAP_ITEMS) - {"Y002", "Y003"} <= {*LEAKS.values(), *ten_asked()}


def ten_asked() -> set[str]:
    found = design(personas={"arms": ["generic"]})
    return {item.id for item in found.indicators}


def test_all_that_leak_are_told_at_once() -> None:
    refused(
        StudyError,
        "the answers to Q154, Q46, Q8,",
        questions={"items": ["Q46", "Q1", "Q8", "Q154"]},
        personas={"arms": ["few-shot"]},
    )


def test_twins_and_own_descriptors(tmp_path: Path) -> None:
    (tmp_path / "church.toml").write_text(own(["F028"]))
    fields: dict[str, Any] = {"folder": tmp_path, "questions": {"items": ["Q171"]}}
    told = {"arms": ["value"], "descriptors": ["church.toml"]}
    refused(StudyError, "answers to Q171", personas=told, **fields)
    # the map's own items are then free
    bound = study(tmp_path, questions={"items": ["Q46", "Q8"]}, personas=told)
    assert [i.id for i in bound.targets] == ["Q46", "Q8"]
    refused(  # but not of a second set that tells them
        StudyError,
        "answers to Q46",
        folder=tmp_path,
        questions={"items": ["Q46"]},
        personas={"arms": ["value"], "descriptors": ["church.toml", "composable"]},
    )


@pytest.mark.parametrize("name", LEAKS)
def test_arms_that_do_not_tell_may_be_asked(name: str) -> None:
    arms = [arm for arm in ALL_ARMS if arm not in VALUES]
    bound = study(questions={"items": [name]}, personas={"arms": arms}, countries=["GBR"])
    assert [i.id for i in bound.targets] == [LEAKS[name]]


def own(items: list[str]) -> str:
    """A descriptor set of one's own."""
    from mores.instruments.survey import wvs7

    lines = ["schema = 1"]
    for name in items:
        lines.append(f"[sentences.{name}]")
        for i, code in enumerate(wvs7().item(name).codes):
            lines.append(f'"{code}" = "You chose {"abcdefghijk"[i]} of {name}."')
    return "\n".join(lines)


# Conditions


def conditions(**personas: Any) -> list[Condition]:
    return list(study(personas=personas).prompts.conditions)


def test_one_condition_an_arm_in_the_order_given() -> None:
    assert conditions(arms=["value", "generic", "sociodemographic"]) == [
        Condition("value", "social_science", "composable"),
        Condition("generic"),
        Condition("sociodemographic", "social_science"),
    ]


def test_further_wordings_are_for_the_arms_that_vary() -> None:
    found = conditions(
        arms=["default", "country", "value"],
        guidance=["minimal", "predict", "decisive"],
        vary_guidance=["value", "country", "few-shot"],
        descriptors=["modular"],
    )
    assert [(c.arm, c.guidance, c.descriptors) for c in found] == [
        ("default", "", ""),
        *(("country", v, "") for v in ("minimal", "predict", "decisive")),
        *(("value", v, "modular") for v in ("minimal", "predict", "decisive")),
    ]


def test_further_descriptor_sets_are_for_the_first_arm_of_values() -> None:
    found = conditions(
        arms=["few-shot", "value+nationality", "value"], descriptors=["no-hedge", "modular"]
    )
    assert [(c.arm, c.descriptors) for c in found] == [
        ("few-shot", ""),
        ("value+nationality", "no-hedge"),
        ("value", "no-hedge"),
        ("value+nationality", "modular"),
    ]


@pytest.mark.parametrize(("method", "subsets"), [("sampled", None), ("exact", 1024)])
def test_subsets_of_descriptors_come_last(method: str, subsets: int | None) -> None:
    bound = study(
        importance={"method": method, "arm": "value", "permutations": 4, "personas": 2},
        personas={"arms": ["generic", "value"]},
        sample=3,
    )
    found = bound.prompts.conditions
    partial = [c for c in found if not c.whole]
    assert found[:2] == (Condition("generic"), Condition("value", "social_science", "composable"))
    assert found[2:] == (*partial,)
    told = {frozenset(c.indicators or ()) for c in partial}
    assert len(told) == len(partial)
    assert {frozenset(), frozenset(MAP_ITEMS)} <= told
    assert subsets is None or len(partial) == subsets
    assert {len(bound.prompts.drawn[c, "GBR"]) for c in partial} == {2}
    assert {c.arm for c in partial} == {"value"}


@pytest.mark.parametrize(
    ("personas", "error", "said"),
    [
        ({"arms": ["value", "generic", "value"]}, StudyError, r"personas\.arms names value twice"),
        ({"guidance": ["minimal", "minimal"]}, StudyError, r"guidance names minimal twice"),
        (
            {"vary_guidance": ["country", "country"]},
            StudyError,
            r"personas\.vary_guidance names country twice",
        ),
        ({"guidance": ["social_sience"]}, PromptError, r"did you mean 'social_science'"),
        (
            {"vary_guidance": ["default", "country"]},
            StudyError,
            r"personas\.vary_guidance: default cannot vary",
        ),
        (
            {"arms": ["generic", "value"], "guidance": ["minimal", "predict"]},
            StudyError,
            r"none of personas\.vary_guidance is among personas\.arms \(generic, value\)",
        ),
        (
            {"arms": ["few-shot"], "descriptors": ["composable", "modular"]},
            StudyError,
            r"has no arm of values",
        ),
        ({"descriptors": ["composible"]}, PersonaError, r"did you mean 'composable'"),
        ({"descriptors": ["modular", "modular"]}, StudyError, r"names 'modular' twice"),
        ({"descriptors": ["there/no.toml"]}, PersonaError, r"no\.toml"),
    ],
)
def test_personas_that_cannot_be(
    personas: dict[str, Any], error: type[Exception], said: str
) -> None:
    refused(error, said, personas=personas)


def test_two_descriptor_files_of_one_name(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "mine.toml").write_text(own(["Q6"]))
    refused(
        StudyError,
        "names 'mine' twice; .*give files different names",
        folder=tmp_path,
        personas={"arms": ["value"], "descriptors": ["a/mine.toml", "b/mine.toml"]},
    )


def test_importance_is_of_an_arm_that_is_asked() -> None:
    refused(
        StudyError,
        r'importance\.arm is value, which is none of personas\.arms; .*method = "none"',
        importance={"method": "exact", "arm": "value"},
    )


# Countries


def test_countries_by_code_or_name() -> None:
    assert study(countries=["United Kingdom", "EGY"]).prompts.countries[1] == "EGY"


@pytest.mark.parametrize(
    ("countries", "error", "said"),
    [
        (["EGY", "GBR", "EGY"], StudyError, r"countries names EGY twice"),
        (["Egypt", "EGY"], StudyError, r"countries names EGY twice"),
        (["EGY", "Narnia"], InstrumentError, r"Narnia"),
        (["EGY", "JPN"], StudyError, r"JPN is not in small.*allowed: EGY, GBR, USA"),
    ],
)
def test_countries_that_cannot_be(countries: list[str], error: type[Exception], said: str) -> None:
    refused(error, said, countries=countries)


def test_messages_name_the_file() -> None:
    for fields in ({"countries": ["JPN"]}, {"questions": {"items": ["Q999"]}}):
        with pytest.raises(InputError, match=r"^test: "):
            study(**fields)  # type: ignore[arg-type]


def test_shipped_sets_are_what_conditions_speak_of() -> None:
    assert {*descriptor_sets()} == {"composable", "modular", "no-hedge"}
