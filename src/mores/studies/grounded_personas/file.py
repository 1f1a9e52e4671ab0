"""The fields of a grounded-personas study file."""

from __future__ import annotations

from math import isfinite
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from mores.instruments.validation import shown
from mores.studies.study import AskingOptions, Section, StudyFile

__all__ = ["Battery", "Form", "GroundedPersonasFile"]

Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Form = Literal["configuration", "biography", "both"]
Battery = Literal["map", "probe", "mfq2"]
Name = TypeVar("Name", bound=str)


def _once(names: tuple[Name, ...]) -> tuple[Name, ...]:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise PydanticCustomError(
            "twice", "names {name} twice; name it once", {"name": repr(twice)}
        )
    return names


def _mass(alpha: object) -> object:
    # Before the union, whose faults would be told once for each of its types.
    number = isinstance(alpha, float | int) and not isinstance(alpha, bool)
    if alpha in (None, "held-out") or (number and isfinite(alpha) and alpha > 0):  # type: ignore[arg-type, operator]
        return alpha
    raise PydanticCustomError(
        "mass",
        "is {alpha}; allowed: a finite number of respondents above 0, or 'held-out'",
        {"alpha": shown(alpha)},
    )


class PersonaOptions(Section):
    """Which configurations are asked, and what a model is told of them."""

    configurations: Text = Field(
        "random",
        description="all, random, stratified (by where and how congruous they are), prevalence (as "
        "often as among humans), or a CSV file of one's own",
    )
    forms: Annotated[tuple[Form, ...], Field(strict=False, min_length=1), AfterValidator(_once)] = (
        Field(
            ("configuration",),
            description="what a persona is told: its ten variables, its biography, or both; several are "
            "compared",
        )
    )
    style: Literal["explicit", "numbered", "gloss", "statements", "paraphrased"] = Field(
        "explicit", description="how the variables are put into words"
    )
    biographies: Text | None = Field(
        None,
        description="a file that mores biographies wrote; without one they are written by a grammar, "
        "which no language model is",
    )


class PrevalenceOptions(Section):
    """How common configurations are among the humans."""

    smoothing: Literal["none", "additive", "independence"] = Field(
        "independence",
        description="what configurations that nobody in the data holds get: nothing, the same each, or "
        "what the variables' own shares would give",
    )
    alpha: Annotated[
        Annotated[float, Field(gt=0)] | Literal["held-out"] | None, BeforeValidator(_mass)
    ] = Field(
        None,
        description="respondents that the smoothing weighs as much as, or held-out for what predicts "
        "respondents best that were left out; a default for each smoothing if left out",
    )
    uniform_share: Annotated[float, Field(ge=0, le=1)] = Field(
        0.2,
        description="part of a sample by prevalence that goes to all configurations alike, without "
        "which it says little about the whole grid",
    )


class BatteryOptions(Section):
    """What personas are asked."""

    names: Annotated[
        tuple[Battery, ...], Field(strict=False, min_length=1), AfterValidator(_once)
    ] = Field(
        ("map", "probe", "mfq2"),
        description="the questions that the cultural map needs, the 36 of the probe, and the 36 items "
        "of the moral foundations questionnaire",
    )
    mfq2: Text | None = Field(
        None,
        description="a CSV file with the official items of the MFQ-2; paraphrases of this project if "
        "left out",
    )
    inferred: bool = Field(
        True,
        description="also ask, once, how much each of the 32 levels endorses each moral foundation",
    )


class AskingSection(AskingOptions):
    """How each question is asked."""

    repeats: Annotated[int, Field(ge=1, le=100)] = Field(
        1, description="how often each question is asked, when answers are text"
    )
    elicitation: Literal["probabilities", "text"] = Field(
        "probabilities",
        description="the probabilities of the options, or text: answers drawn one by one",
    )
    orders: Literal["fixed", "reversed", "both"] = Field(
        "fixed",
        description="orders in which options are shown: the questionnaire's, reversed, both",
    )
    text_share: Annotated[float, Field(ge=0, le=1)] = Field(
        0.0, description="share of the questions that is also answered in text"
    )


class GroundedPersonasFile(StudyFile):
    """A grounded-personas study."""

    study: Literal["grounded-personas"] = "grounded-personas"
    language: str = Field("en", description="language of the prompts")
    templates: Annotated[str, StringConstraints(min_length=1)] | None = Field(
        None, description="a folder with templates of one's own"
    )
    personas: PersonaOptions = PersonaOptions()
    prevalence: PrevalenceOptions = PrevalenceOptions()
    batteries: BatteryOptions = BatteryOptions()
    asking: AskingSection = AskingSection()
    sample: Annotated[int, Field(ge=1)] | None = Field(
        None, description="configurations asked; 2,000 if left out, of all none"
    )

    sampled = "configurations"

    @property
    def configurations_drawn(self) -> int:
        """Configurations asked, unless all are."""
        return 2000 if self.sample is None else self.sample
