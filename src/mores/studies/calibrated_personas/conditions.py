"""The conditions under which a question is asked: who the model is asked to be, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["ARMS", "PERSONA_ARMS", "ArmName", "Condition"]

ArmName = Literal[
    "default",
    "generic",
    "country",
    "sociodemographic",
    "sociodemographic+nationality",
    "value",
    "value+nationality",
    "few-shot",
    "few-shot+nationality",
]

ARMS: tuple[ArmName, ...] = get_args(ArmName)
PERSONA_ARMS: tuple[ArmName, ...] = ARMS[3:]
"""The arms that are asked once for each respondent drawn."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One way of asking every question.

    Attributes
    ----------
    arm : str
        Who the model is asked to be; one of `ARMS`.
    guidance : str
        Key of the guidance variant; empty for the arms ``default`` and ``generic``, which have a
        wording of their own.
    descriptors : str
        Name of the descriptor set; empty for arms without value descriptors.
    indicators : tuple of str or None
        The items that the persona speaks of, where only some of its descriptors are given; None
        for all of them, and for arms without descriptors.
    """

    arm: ArmName
    guidance: str = ""
    descriptors: str = ""
    indicators: tuple[str, ...] | None = None

    @property
    def kind(self) -> str:
        """The arm without its nationality: ``"value"`` of ``"value+nationality"``."""
        return self.arm.partition("+")[0]

    @property
    def names_country(self) -> bool:
        """Whether the prompt names the country."""
        return self.arm == "country" or self.arm.endswith("+nationality")

    @property
    def has_personas(self) -> bool:
        """Whether it is asked once for each respondent drawn, not once for a country or for all."""
        return self.arm in PERSONA_ARMS

    @property
    def whole(self) -> bool:
        """Whether the persona is given with all of its descriptors."""
        return self.indicators is None
