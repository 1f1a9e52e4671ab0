"""What a study file names, resolved: countries, descriptor sets, conditions; and what is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mores.errors import StudyError
from mores.instruments.countries import country_of
from mores.instruments.survey import Item
from mores.personas.descriptors import MAP_ITEMS, DescriptorSet, descriptor_set, given_away
from mores.prompts.guidance import guidance
from mores.studies.calibrated_personas.conditions import PERSONA_ARMS, Condition
from mores.studies.calibrated_personas.file import CalibratedPersonasFile
from mores.studies.calibrated_personas.importance import subsets_to_ask

__all__ = ["check_leaks", "conditions_of", "countries_of", "descriptor_sets_of"]


def descriptor_sets_of(
    file: CalibratedPersonasFile, folder: Path
) -> tuple[dict[str, DescriptorSet], dict[str, bytes]]:
    """The descriptor sets by name, and the content of the user's own.

    Raises
    ------
    PersonaError
        If one cannot be used.
    StudyError
        If two have the same name.
    """
    sets: dict[str, DescriptorSet] = {}
    own: dict[str, bytes] = {}
    for name in file.personas.descriptors:
        found = descriptor_set(name, folder)
        if found.name in sets:
            raise StudyError(
                f"personas.descriptors names {found.name!r} twice; name each once, and give files "
                "different names"
            )
        sets[found.name] = found
        if name.endswith(".toml"):
            own[found.name] = (folder / name).read_bytes()
    return sets, own


def countries_of(file: CalibratedPersonasFile) -> tuple[str, ...]:
    """Codes of the countries.

    Raises
    ------
    InstrumentError
        If there is no such country.
    StudyError
        If one is named twice.
    """
    found = tuple(country_of(name).code for name in file.countries)
    twice = [code for code in dict.fromkeys(found) if found.count(code) > 1]
    if twice:
        raise StudyError(f"countries names {', '.join(twice)} twice; name each once")
    return found


def conditions_of(
    file: CalibratedPersonasFile, sets: Mapping[str, DescriptorSet]
) -> tuple[Condition, ...]:
    """The conditions in the order of arms; those with some descriptors only come last.

    Raises
    ------
    PromptError
        If there is no such guidance variant.
    StudyError
        If something is named twice, or would be asked of no arm.
    """
    _check_names(file)
    options = file.personas
    first, *more = options.guidance
    first_set, *more_sets = sets
    found = []
    for arm in options.arms:
        plain = Condition(arm)
        if plain.kind in ("default", "generic"):
            found.append(plain)
            continue
        base = Condition(arm, first, first_set if plain.kind == "value" else "")
        found.append(base)
        if arm in options.vary_guidance:
            found += [replace(base, guidance=variant) for variant in more]
    valued = [c for c in found if c.kind == "value" and c.guidance == first]
    if more_sets and not valued:
        raise StudyError(
            "personas.descriptors names several sets, and personas.arms has no arm of values; add one"
        )
    found += [replace(valued[0], descriptors=name) for name in more_sets]
    return (*found, *_partial(file, sets, found))


def _check_names(file: CalibratedPersonasFile) -> None:
    options = file.personas
    for field in ("arms", "guidance", "vary_guidance"):
        names: Sequence[str] = getattr(options, field)
        twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
        if twice:
            raise StudyError(f"personas.{field} names {', '.join(twice)} twice; name each once")
    for variant in options.guidance:
        guidance("value", variant, None)  # refused here if there is none of this name
    strangers = [arm for arm in options.vary_guidance if arm in ("default", "generic")]
    if strangers:
        raise StudyError(
            f"personas.vary_guidance: {' and '.join(strangers)} cannot vary, having a wording of "
            "their own; leave them out"
        )
    if file.precision.width is not None and not {*PERSONA_ARMS} & {*options.arms}:
        raise StudyError(
            "precision.width asks to stop drawing personas, and none of personas.arms has any; add one "
            "that has, or leave precision out"
        )
    importance = file.importance
    if importance.method != "none" and importance.arm not in options.arms:
        raise StudyError(
            f"importance.arm is {importance.arm}, which is none of personas.arms; add it there, or set "
            'importance.method = "none"'
        )
    if len(options.guidance) > 1 and not {*options.vary_guidance} & {*options.arms}:
        raise StudyError(
            "personas.guidance names several wordings, and none of personas.vary_guidance is among "
            f"personas.arms ({', '.join(options.arms)}); name the arms to be asked under all of them"
        )


def _partial(
    file: CalibratedPersonasFile, sets: Mapping[str, DescriptorSet], found: Sequence[Condition]
) -> list[Condition]:
    options = file.importance
    if options.method == "none":
        return []
    base = next(c for c in found if c.arm == options.arm)
    subsets = subsets_to_ask(
        sets[base.descriptors].items,
        exact=options.method == "exact",
        permutations=options.permutations,
        seed=file.seed,
    )
    return [replace(base, indicators=subset) for subset in subsets]


def check_leaks(
    targets: Sequence[Item], conditions: Sequence[Condition], sets: Mapping[str, DescriptorSet]
) -> None:
    """Refuse targets whose answer a persona tells.

    Raises
    ------
    StudyError
        Naming the arm and the targets.
    """
    asked = {item.id for item in targets}
    for condition in conditions:
        if condition.kind not in ("value", "few-shot"):
            continue
        told = MAP_ITEMS if condition.kind == "few-shot" else sets[condition.descriptors].items
        both = sorted(asked & given_away(told))
        if both:
            raise StudyError(
                f"questions.items: the personas of the arm {condition.arm!r} are made of the answers "
                f"to {', '.join(both)}, so that these cannot be predicted from them; leave the "
                "questions out, or the arm, or take descriptors of other items"
            )
