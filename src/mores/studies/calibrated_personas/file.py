"""The fields of a calibrated-personas study file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mores.studies.calibrated_personas.conditions import ArmName
from mores.studies.study import AnalysisOptions, AskingOptions, Section, StudyFile

__all__ = ["CalibratedPersonasFile", "Elicitation", "Orders"]

Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Texts = Annotated[tuple[Text, ...], Field(strict=False)]
Elicitation = Literal["probabilities", "text"]
Orders = Literal["fixed", "reversed", "both", "cyclic", "latin-square"]


class QuestionOptions(Section):
    """What is asked."""

    items: Annotated[Texts, Field(min_length=1)] = Field(
        description="the target questions: items of the survey; of several with / between them, the "
        "first that the humans were asked"
    )
    minimum_coverage: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.8,
        description="a question is used in a country where more than this share answered it",
    )
    uncovered: Literal["refuse", "leave-out"] = Field(
        "refuse",
        description="what to do about a question that a country's humans left unanswered too often",
    )
    map: bool = Field(
        True,
        description="also ask the ten indicators of the cultural map, of those whose persona is not "
        "made of them",
    )


class PersonaOptions(Section):
    """Who the model is asked to be."""

    arms: Annotated[tuple[ArmName, ...], Field(strict=False, min_length=1)] = Field(
        ("generic", "country", "sociodemographic+nationality", "value+nationality"),
        description="kinds of personas",
    )
    guidance: Annotated[Texts, Field(min_length=1)] = Field(
        ("social_science",),
        description="wordings of the guidance: the first for all arms, the others for those of "
        "vary_guidance",
    )
    vary_guidance: Annotated[tuple[ArmName, ...], Field(strict=False)] = Field(
        ("country",), description="arms that are asked under every wording"
    )
    descriptors: Annotated[Texts, Field(min_length=1)] = Field(
        ("composable",),
        description="descriptor sets, shipped or the path of one's own: the first for all arms of "
        "values, the others for the first of them",
    )
    least_indicators: Annotated[int, Field(ge=1, le=10)] = Field(
        8,
        description="who answered fewer of the ten indicators is not drawn; an indicator without "
        "an answer has no sentence",
    )


class AskingSection(AskingOptions):
    """How each question is asked."""

    repeats: Annotated[int, Field(ge=1, le=100)] = Field(
        10, description="how often each question is asked, when answers are text"
    )
    elicitation: Elicitation = Field(
        "probabilities",
        description="the probabilities of the options, or text: answers drawn one by one",
    )
    orders: Orders = Field(
        "fixed",
        description="orders in which options are shown: the questionnaire's, reversed, both, every "
        "rotation, or a row of a balanced Latin square for each persona",
    )
    labels: Literal["auto", "integers", "letters"] = Field(
        "auto",
        description="what an option is answered by; auto takes letters for ten options where a model "
        "tells the probabilities of first tokens only",
    )
    text_share: Annotated[float, Field(ge=0, le=1)] = Field(
        0.02,
        description="share of the questions that is also answered in text, to compare with the "
        "probabilities",
    )


class CalibrationOptions(Section):
    """How a temperature is chosen."""

    objective: Literal["wasserstein", "variance"] = Field(
        "wasserstein", description="what is to be near the humans': distribution, or variance"
    )
    pooled: bool = Field(True, description="one temperature for all countries, or one for each")


class ImportanceOptions(Section):
    """Shapley values of the descriptors; costs many requests."""

    method: Literal["none", "exact", "sampled"] = Field(
        "none", description="over all 1,024 subsets, or along sampled permutations"
    )
    arm: Literal["value", "value+nationality"] = Field(
        "value+nationality", description="whose descriptors"
    )
    permutations: Annotated[int, Field(ge=2, le=10_000)] = Field(
        8, description="permutations, half of them the reverse of the others"
    )
    personas: Annotated[int, Field(ge=1, le=10_000)] = Field(
        20, description="personas a country, the first of those drawn"
    )


class PrecisionOptions(Section):
    """When to stop drawing personas."""

    width: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None,
        description="stop when the interval of every arm's mean absolute error is narrower; never if "
        "left out",
    )
    first: Annotated[int, Field(ge=2)] = Field(20, description="personas a country at first")
    step: Annotated[int, Field(ge=1)] = Field(20, description="personas added at a time")


class CalibratedAnalysisOptions(AnalysisOptions):
    """How intervals, tests and baselines are computed."""

    resamples: Annotated[int, Field(ge=20, le=10_000)] = Field(
        200, description="resamples of personas for the error against their number"
    )
    baselines: bool = Field(
        True, description="also predict by regression and random forest on the same indicators"
    )


class CalibratedPersonasFile(StudyFile):
    """A calibrated-personas study."""

    study: Literal["calibrated-personas"] = "calibrated-personas"
    language: str = Field("en", description="language of the prompts")
    templates: Annotated[str, StringConstraints(min_length=1)] | None = Field(
        None, description="a folder with templates of one's own"
    )
    countries: Annotated[Texts, Field(min_length=1)] = Field(
        description="ISO 3166 alpha-3 codes, such as MDA"
    )
    questions: QuestionOptions
    personas: PersonaOptions = PersonaOptions()
    asking: AskingSection = AskingSection()
    calibration: CalibrationOptions = CalibrationOptions()
    importance: ImportanceOptions = ImportanceOptions()
    precision: PrecisionOptions = PrecisionOptions()
    analysis: CalibratedAnalysisOptions = CalibratedAnalysisOptions()
    sample: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        None, description="respondents drawn a country; 200 if left out"
    )

    sampled = "respondents"

    @property
    def personas_drawn(self) -> int:
        """Respondents drawn a country."""
        return 200 if self.sample is None else self.sample
