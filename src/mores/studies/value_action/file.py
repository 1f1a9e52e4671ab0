"""The fields of a value–action study file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from mores.studies.study import ChoiceAskingOptions, Section, StudyFile
from mores.studies.value_action.framing import DEFAULT, FRAMINGS, known_framing

__all__ = ["DilemmaOptions", "InlinePersona", "PersonaOptions", "ScaleOptions", "ValueActionFile"]

Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]
PathText = Annotated[str, StringConstraints(min_length=1)]
Rendering = Literal["explicit", "gloss", "numbered", "statements", "paraphrased"]
Index = Annotated[int, Field(ge=0, lt=93_312)]
# Lists are read as tuples; what stands in them is held to its type all the same.
Texts = Annotated[tuple[str, ...], Field(strict=False)]
Names = Annotated[tuple[Name, ...], Field(strict=False)]
Numbers = Annotated[tuple[float, ...], Field(strict=False)]


def _known(name: str) -> str:
    try:
        return known_framing(name)
    except ValueError as error:
        # Braces in the message would be taken for fields of its own.
        raise PydanticCustomError("framing", "{said}", {"said": str(error)}) from None


Framing = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list(FRAMINGS)})]


class DilemmaOptions(Section):
    """Which dilemmas."""

    source: PathText = Field(
        "mores", description='"mores" for the shipped ones, or the path of a JSONL file'
    )
    values: Texts = Field((), description="only these values (ids); empty for all")
    topics: Texts = Field((), description="only these topics (ids); empty for all")


class InlinePersona(Section):
    """A persona of one's own: a level for each of the ten variables."""

    name: Name
    category: Name = "own"
    levels: dict[str, str] = Field(description="variable = level, for all ten variables")


class PersonaOptions(Section):
    """Who the model is asked to be, to talk to, or to predict."""

    baseline: bool = Field(True, description="also ask without a persona")
    categories: Texts = Field(
        ("moderate", "max", "incongruous"), description="of the twelve shipped personas"
    )
    indices: Annotated[tuple[Index, ...], Field(strict=False)] = Field(
        (), description="configurations of the grid, by index 0 … 93,311"
    )
    own: Annotated[tuple[InlinePersona, ...], Field(strict=False)] = Field(
        (), description="personas of one's own"
    )
    renderings: Annotated[tuple[Rendering, ...], Field(strict=False)] = Field(
        ("explicit",),
        min_length=1,
        description="how a persona is put into words; several are crossed",
    )
    framing: Framing = Field(
        DEFAULT,
        description="whose the persona is: the model's own, the user's, or a person's whose answers "
        "it predicts",
    )


class ScaleOptions(Section):
    """The answer scales."""

    value: Literal["agreement-6"] | None = Field("agreement-6", description="a shipped scale")
    value_labels: Names = Field((), description="labels of a scale of one's own, in order")
    value_scores: Numbers = Field((), description="their scores, -1 … 1, one a label")
    action_scores: Numbers = Field(
        (), description="scores of strong, moderate, mild aligned, mild, moderate, strong opposed"
    )


class ValueActionFile(StudyFile):
    """A value–action study."""

    study: Literal["value-action"] = "value-action"
    language: str = Field("en", description="language of the prompts")
    templates: PathText | None = Field(None, description="a folder with templates of one's own")
    dilemmas: DilemmaOptions = DilemmaOptions()
    personas: PersonaOptions = PersonaOptions()
    scales: ScaleOptions = ScaleOptions()
    asking: ChoiceAskingOptions = ChoiceAskingOptions()

    sampled = "dilemmas"
