"""What all studies have in common: their file's fields, and what they offer to a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Literal,
    NamedTuple,
    Protocol,
    runtime_checkable,
)

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from mores.errors import ModelError
from mores.fieldwork.design import MAX_ATTEMPTS, Design
from mores.records import Outcome, Sampling

if TYPE_CHECKING:
    import polars as pl

    from mores.models.interface import Model
    from mores.studies.humans import Humans

__all__ = [
    "Analyser",
    "AnalysisOptions",
    "AskingOptions",
    "BoundStudy",
    "ChoiceAskingOptions",
    "InParts",
    "Precision",
    "ReadsMore",
    "ReadsSome",
    "Section",
    "Staged",
    "StudyDesign",
    "StudyFile",
    "check_capabilities",
    "sampling_of",
]


class Section(BaseModel):
    """A table of a study file; a key that it does not know, or a value of another type, is an error.

    Lists become tuples, for which their fields have to say ``Field(strict=False)``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SamplingOptions(Section):
    """How an answer is drawn."""

    temperature: Annotated[float, Field(ge=0, le=2)] | None = Field(
        None, description="sampling temperature; leave out for the model's own default"
    )
    top_p: Annotated[float, Field(gt=0, le=1)] | None = Field(None, description="nucleus sampling")
    top_k: Annotated[int, Field(ge=1, le=1000)] | None = Field(None, description="top-k sampling")
    max_tokens: Annotated[int, Field(ge=8, le=65536)] | None = Field(
        1024, description="longest answer, in tokens, reasoning included"
    )
    required: bool = Field(
        False, description="refuse a model that does not take all of these, instead of noting it"
    )


class AskingOptions(Section):
    """How often it is asked."""

    repeats: Annotated[int, Field(ge=1, le=100)] = Field(
        3, description="how often each question is asked"
    )
    reask: Annotated[int, Field(ge=0, le=MAX_ATTEMPTS - 1)] = Field(
        2, description="how often a reply that cannot be coded is asked again"
    )


class ChoiceAskingOptions(AskingOptions):
    """How often and how strictly a lettered choice is asked for."""

    shuffle: bool = Field(True, description="show the options in an order drawn for each request")
    structured: Literal["auto", "never", "required"] = Field(
        "auto",
        description="hold the model to a JSON schema: where its server can, never, or always",
    )


class AnalysisOptions(Section):
    """How intervals and tests are computed."""

    draws: Annotated[int, Field(ge=100, le=100_000)] = Field(2000, description="bootstrap draws")
    permutations: Annotated[int, Field(ge=100, le=100_000)] = Field(
        2000, description="draws of permutation tests"
    )
    level: Annotated[float, Field(ge=0.5, le=0.999)] = Field(0.95, description="level of intervals")


def _first_schema(number: int) -> int:
    if number != 1:
        raise PydanticCustomError(
            "schema",
            "is {number}; this version of mores reads schema 1: write schema = 1, or upgrade mores",
            {"number": number},
        )
    return number


class StudyFile(Section):
    """What every study file holds.

    `sample` and `analysis` do not change what a request is, so they may change between runs of one
    folder; `data` neither, where nobody's answers go into a prompt.
    """

    schema_version: Annotated[int, AfterValidator(_first_schema)] = Field(
        1, alias="schema", description="version of this format", json_schema_extra={"const": 1}
    )
    study: str = Field(description="the protocol")
    title: str = Field("", max_length=300, description="heading of the report")
    seed: Annotated[int, Field(ge=0, lt=2**53)] = Field(0, description="seeds everything")
    sample: Annotated[int, Field(ge=1)] | None = Field(
        None, description="take a seeded number of what the study samples"
    )
    data: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="the humans: a data set (see: mores data list), or the path of its folder; the "
        "synthetic population if left out",
    )
    asking: AskingOptions = AskingOptions()
    sampling: SamplingOptions = SamplingOptions()
    analysis: AnalysisOptions = AnalysisOptions()

    sampled: ClassVar[str] = "units"
    """What `sample` counts, for messages."""


def check_capabilities(file: StudyFile, model: Model) -> None:
    """Refuse a prepared model that lacks what the study needs, before anything is asked.

    Raises
    ------
    ModelError
        Naming what it lacks and what to change.
    """
    able = model.capabilities
    asking = file.asking
    required = isinstance(asking, ChoiceAskingOptions) and asking.structured == "required"
    if required and able.structured == "none":
        raise ModelError(
            f"{model.spec} takes no structured output, which asking.structured = 'required' needs; "
            "set it to 'auto', or ask another model"
        )
    wanted = [name for name, value in asdict(sampling_of(file)).items() if value is not None]
    lacking = [name for name in wanted if name not in able.sampling]
    if file.sampling.required and lacking:
        raise ModelError(
            f"{model.spec} does not take {', '.join(lacking)}, which sampling.required = true needs; "
            "leave them out of the study file, set required = false, or ask another model"
        )


def sampling_of(file: StudyFile) -> Sampling:
    """The study's sampling, as a request carries it to a model that takes all of it."""
    return Sampling(**file.sampling.model_dump(exclude={"required"}))


class Precision(NamedTuple):
    """How precise a measure is: the width of its widest interval, asked for and reached.

    `reached` is None where there is no interval.
    """

    width: float
    reached: float | None
    enough: bool


@runtime_checkable
class Staged(Protocol):
    """A study that is asked in stages of growing size, until what it measures is precise enough."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """The stages' sizes, ascending; one alone if there is nothing to decide."""
        ...

    def sized(self, size: int) -> BoundStudy:
        """The study as it is at a stage; the trials of a smaller one are part of it."""
        ...

    def precision(self, answers: pl.DataFrame, label: str) -> Precision:
        """How precise the answers of a stage are."""
        ...


class StudyDesign(Design, Protocol):
    """A design whose trials can be described in columns."""

    def columns(self, trials: NDArray[np.int64]) -> pl.DataFrame:
        """What each trial asked of whom: one row a trial, in the order given."""
        ...

    def outcomes(self, trials: NDArray[np.int64], options: NDArray[np.int64]) -> pl.DataFrame:
        """What choosing these options means: a row a trial.

        `options` are indices in the instrument's own order, -1 where none was chosen. Columns:
        ``score`` (null for none), and whatever else the study knows of the choice.
        """
        ...


@runtime_checkable
class ReadsMore(Protocol):
    """A design of which an answer's outcome says more than one option."""

    def readings(self, outcomes: Sequence[Outcome]) -> pl.DataFrame:
        """What else replies were coded as: a row each, in columns of the study's own."""
        ...


class Analyser(Protocol):
    """What a study's tables are computed from, as its answers come."""

    def add(self, answers: pl.DataFrame) -> None:
        """Further answers, one row a request."""
        ...

    def tables(self) -> dict[str, pl.DataFrame]:
        """The study's tables, from all that was added."""
        ...


@runtime_checkable
class InParts(Protocol):
    """A study so large that its answers are analysed as they are coded, and never held together."""

    def analyser(self, label: str) -> Analyser:
        """Begin the analysis of a model's answers."""
        ...


@runtime_checkable
class ReadsSome(Protocol):
    """A study whose tables rest on some of the columns of its answers."""

    @property
    def analysed(self) -> tuple[str, ...]:
        """Their names; what is text in them may come as categories."""
        ...


class BoundStudy(Protocol):
    """A resolved study with its data read: ready to be planned, asked and analysed."""

    @property
    def file(self) -> StudyFile:
        """The resolved file."""
        ...

    @property
    def language(self) -> str:
        """Language of the prompts; of a study in several, that of its baseline."""
        ...

    @property
    def humans(self) -> Humans:
        """Whom it compares with."""
        ...

    @property
    def synthetic(self) -> tuple[str, ...]:
        """Which inputs are synthetic; empty when none is."""
        ...

    @property
    def needs_scoring(self) -> bool:
        """Whether it asks for probabilities of labels, which a model must be prepared for."""
        ...

    def design(self, model: Model) -> StudyDesign:
        """The design of asking one prepared model."""
        ...

    def fingerprint(self) -> dict[str, Any]:
        """What an answer store of this study is known by: digests of all that shapes its trials."""
        ...

    def snapshot(self) -> tuple[StudyFile, dict[str, bytes]]:
        """What a run's folder must hold for the run to be repeated from it alone.

        Returns
        -------
        StudyFile
            The resolved file, its paths relative to the folder.
        dict of str to bytes
            The study's own data, by those paths.
        """
        ...

    def analyse(self, answers: pl.DataFrame, label: str) -> dict[str, pl.DataFrame]:
        """The study's tables from `answers` (one row a trial) for a model's label."""
        ...

    def summary(self) -> list[str]:
        """What is asked of whom, in sentences."""
        ...
