"""The rates that capacity is counted with: each measured somewhere, or assumed and marked so."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Rate", "Rates", "Size", "Span", "rates"]


class Span(BaseModel):
    """A value between what is thought its least and its most.

    Attributes
    ----------
    value : float
    low, high : float or None
        None where no range is known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: float = Field(gt=0, allow_inf_nan=False)
    low: float | None = Field(None, ge=0, allow_inf_nan=False)
    high: float | None = Field(None, gt=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        low, high = self.low, self.high
        if (low is not None and low > self.value) or (high is not None and high < self.value):
            raise ValueError(f"{low} … {high} does not hold {self.value}")
        return self


class Rate(Span):
    """A rate, and where it comes from.

    Attributes
    ----------
    unit : str
    kind : str
        ``measured`` or ``assumed``.
    about : str
        Of what.
    source : str
        The command that measured it; or what it was assumed from.
    machine : str or None
        On which it was measured.
    day : date
        On which it was measured, or assumed.
    """

    unit: str
    kind: Literal["measured", "assumed"]
    about: str
    source: str
    machine: str | None = None
    day: date

    @model_validator(mode="after")
    def _told(self) -> Self:
        if self.kind == "measured" and not self.machine:
            raise ValueError("a measured rate names its machine")
        return self


class Size(BaseModel):
    """Tokens a second of one GPU, for a size of model; assumed, all of them.

    Attributes
    ----------
    gpus : int
        GPUs that a replica needs.
    prompt, answer : Span
        Prompt tokens read, and answer tokens written, a second and GPU.
    source : str
    day : date
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    gpus: int = Field(ge=1)
    prompt: Span
    answer: Span
    source: str
    day: date


class Rates(BaseModel):
    """All rates, by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate: dict[str, Rate]
    size: dict[str, Size]

    def __getitem__(self, name: str) -> float:
        return self.rate[name].value


@cache
def rates() -> Rates:
    """The rates that come with the program."""
    text = files("mores.fieldwork").joinpath("data/rates.toml").read_text("utf-8")
    return Rates.model_validate(tomllib.loads(text))
