"""The fields of a framings study file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mores.studies.study import AskingOptions, Section, StudyFile

__all__ = ["FramingsFile"]

Text = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Texts = Annotated[tuple[Text, ...], Field(strict=False)]


class QuestionOptions(Section):
    """What is asked."""

    units: Texts = Field(
        (), description="questions and batteries by id, such as Q45; all 101 if left out"
    )
    least_respondents: Annotated[int, Field(ge=1)] = Field(
        30,
        description="a question is compared with humans of whom at least so many gave an answer; it "
        "is asked nevertheless",
    )


class FramingOptions(Section):
    """How the country comes in, and in which language."""

    names: Annotated[Texts, Field(min_length=1)] = Field(
        ("language", "user-country", "persona-country", "third-person"),
        description="framings, in the order of tables; those of one's own come from wordings",
    )
    baseline: Text = Field(
        "en", description="language whose prompt without a country is the baseline of all"
    )
    prompt_languages: Literal["own", "all"] = Field(
        "own",
        description="ask about a country in the slice's own language, or in the languages of all",
    )
    paraphrases: Annotated[int, Field(ge=0, le=20)] = Field(
        0, description="how many paraphrases of preambles and suffixes are asked too"
    )


class AskingSection(AskingOptions):
    """How each question is asked."""

    repeats: Annotated[int, Field(ge=1, le=100)] = Field(
        1, description="how often each question is asked, when answers are text"
    )
    reask: Annotated[int, Field(ge=0, le=15)] = Field(
        0,
        description="how often a reply that cannot be coded is asked again; the paper's design: 0",
    )
    elicitation: Literal["text", "probabilities"] = Field(
        "text",
        description="answers in words, or the probabilities of the options; of a battery every "
        "member is then asked alone",
    )
    orders: Literal["fixed", "reversed", "both"] = Field(
        "fixed",
        description="orders in which options are shown: the questionnaire's, reversed, both",
    )
    text_share: Annotated[float, Field(ge=0, le=1)] = Field(
        0.02,
        description="share of the questions that is also answered in text, to compare with the "
        "probabilities",
    )


class FramingsFile(StudyFile):
    """A framings study."""

    study: Literal["framings"] = "framings"
    slices: Annotated[Texts, Field(min_length=1)] = Field(
        description="language and country, such as ar-EGY"
    )
    humans_by: Literal["language-and-country", "country"] = Field(
        "language-and-country",
        description="with whom a country's answers are compared: those interviewed in the slice's "
        "language, or all; for data without the language of the interview",
    )
    wordings: Texts = Field(
        (),
        description="files of one's own wording, or the names of those that were kept (see: mores "
        "instruments overlay); later ones come on top",
    )
    questions: QuestionOptions = QuestionOptions()
    framings: FramingOptions = FramingOptions()
    asking: AskingSection = AskingSection()

    sampled = "units"
