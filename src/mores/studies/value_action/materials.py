"""What a resolved value–action study consists of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mores.instruments.dilemmas import Dilemma
from mores.instruments.scales import Scale
from mores.personas.catalogue import Persona
from mores.personas.rendering import render_persona
from mores.studies.value_action.file import ValueActionFile
from mores.studies.value_action.framing import DEFAULT, VANILLA, grammatical_person

__all__ = ["QUESTIONS", "Arm", "Materials"]

QUESTIONS = ("value", "action")


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of being asked.

    Attributes
    ----------
    persona : Persona
        The baseline has no configuration.
    rendering : str
        How it is put into words; ``"none"`` for the baseline.
    given_as : str
        The study's framing, which has no effect on the baseline.
    """

    persona: Persona
    rendering: str
    given_as: str = DEFAULT

    @property
    def framing(self) -> str:
        """``"vanilla"`` without a persona, else whose the persona is."""
        return VANILLA if self.persona.configuration is None else self.given_as

    @property
    def block(self) -> str | None:
        """The persona in words; None for the baseline."""
        if self.persona.configuration is None:
            return None
        return render_persona(self.persona, self.rendering, grammatical_person(self.given_as))


@dataclass(frozen=True)
class Materials:
    """A study file with everything it names read; what a design asks with and tables speak of.

    Attributes
    ----------
    file : ValueActionFile
    dilemmas : tuple of Dilemma
        All of the data set, sampled or not.
    arms : tuple of Arm
    value_scale : Scale
    action_scores : tuple of float
        Scores of the six actions, in the order of a dilemma's actions.
    chosen : int64 array
        Indices of the dilemmas that are asked, ascending.
    """

    file: ValueActionFile
    dilemmas: tuple[Dilemma, ...]
    arms: tuple[Arm, ...]
    value_scale: Scale
    action_scores: tuple[float, ...]
    chosen: NDArray[np.int64]

    @property
    def framing(self) -> str:
        """Whose the personas are; the default's where none is asked, and nothing is framed."""
        return next((arm.framing for arm in self.arms if arm.framing != VANILLA), DEFAULT)

    @property
    def asked(self) -> list[Dilemma]:
        """The dilemmas that are asked."""
        return [self.dilemmas[i] for i in self.chosen.tolist()]
