r"""How the simulated respondent answers about moral foundations: the persona's ten levels decide.

The latent answer to an item i of foundation f, in points of the scale from 1 to 5, is

.. math:: \eta = b_f + s \sum_v \lambda_{vf} \, p_v + e_i

with the planted intercepts b and loadings :math:`\lambda` of ``data/sim_moral.toml``, the steerability s
by values (`steer_value`), the item's deviation :math:`e_i \sim N(0,` `item_sd`:math:`^2)`, and the
position :math:`p_v`, -1 … 1, of the persona's level on the one axis to which its variable speaks
(positive is secular or self-expressive). Without a persona the sum is 0. A level that is scored by
itself is answered with

.. math:: \eta = b_f + g \lambda_{vf} p_v

where g is the planted `level_gain`: the matrix that those answers estimate is `MoralTruth.matrix`.
Either is answered as an ordered survey question is (`mores.models.sim_survey`): a graded response with
thresholds halfway between the five answers and the dispersion `survey_dispersion`, position bias,
refusals and unreadable replies included.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from mores.errors import InstrumentError, ModelError
from mores.records import MoralStimulus, SurveyStimulus

if TYPE_CHECKING:
    from mores.models.sim_parameters import SimulationParameters

__all__ = ["MoralTruth", "as_survey", "latent_answer", "moral_truth"]

_STRICT = {"extra": "forbid", "strict": True}
_THRESHOLDS = (1.5, 2.5, 3.5, 4.5)


@dataclass(frozen=True, slots=True)
class MoralTruth:
    """What is planted.

    Attributes
    ----------
    foundations : tuple of str
        Their ids, in order.
    intercepts : tuple of float
        One a foundation.
    loadings : tuple of tuple of float
        Ten variables by six foundations, before steering.
    level_gain : float
    positions : tuple of tuple of float
        Of each variable, the position of each level, -1 … 1.
    """

    foundations: tuple[str, ...]
    intercepts: tuple[float, ...]
    loadings: tuple[tuple[float, ...], ...]
    level_gain: float
    positions: tuple[tuple[float, ...], ...]

    @property
    def matrix(self) -> tuple[tuple[float, ...], ...]:
        """Latent scores of the 32 levels by themselves, those of the first variable first."""
        return tuple(
            tuple(
                intercept + self.level_gain * position * loading
                for intercept, loading in zip(self.intercepts, loadings, strict=True)
            )
            for positions, loadings in zip(self.positions, self.loadings, strict=True)
            for position in positions
        )


@dataclass(frozen=True, slots=True)
class _File:
    __pydantic_config__ = _STRICT

    schema: Literal[1]
    foundations: tuple[str, ...]
    intercepts: tuple[float, ...]
    level_gain: float
    loadings: dict[str, tuple[float, ...]]


@cache
def moral_truth() -> MoralTruth:
    """The planted intercepts and loadings.

    Raises
    ------
    ModelError
        If the package's data file is damaged.
    """
    from pydantic import TypeAdapter

    from mores.instruments.datafiles import read_data
    from mores.instruments.mfq2 import FOUNDATIONS
    from mores.personas.variables import variables

    name = "sim_moral.toml"
    try:
        file = read_data("mores.models", name, TypeAdapter(_File))
    except InstrumentError as fault:
        raise ModelError(f"sim: {fault}") from None
    known = variables()
    widths = {len(file.intercepts), *map(len, file.loadings.values())}
    ids = [variable.id for variable in known]
    if (
        file.foundations != FOUNDATIONS
        or list(file.loadings) != ids
        or widths != {len(FOUNDATIONS)}
    ):
        raise ModelError(
            f"sim: {name}: its foundations or variables are not those of the package; restore the "
            "file or install mores again"
        )
    positions = tuple(
        tuple(_position(level.x, level.y) for level in variable.levels) for variable in known
    )
    loadings = tuple(file.loadings.values())
    return MoralTruth(file.foundations, file.intercepts, loadings, file.level_gain, positions)


def _position(x: float | None, y: float | None) -> float:
    given = [place for place in (x, y) if place is not None]
    return sum(given) / len(given) if given else 0.0


def latent_answer(p: SimulationParameters, stimulus: MoralStimulus, deviation: float) -> float:
    """The latent answer, in points of the scale from 1 to 5.

    Parameters
    ----------
    p : SimulationParameters
    stimulus : MoralStimulus
    deviation : float
        Of its item, in standard deviations; a level that is scored by itself has none.
    """
    truth = moral_truth()
    column = truth.foundations.index(stimulus.foundation)
    moved = sum(
        truth.loadings[v][column] * truth.positions[v][level]
        for v, level in enumerate(stimulus.levels)
        if level >= 0
    )
    intercept = truth.intercepts[column]
    if not stimulus.item:
        return intercept + truth.level_gain * moved
    return intercept + p.steer_value * moved + p.item_sd * deviation


def as_survey(p: SimulationParameters, stimulus: MoralStimulus, deviation: float) -> SurveyStimulus:
    """The ordered survey question as which the stimulus is answered; parameters as `latent_answer`."""
    return SurveyStimulus(
        arm="value",
        traits=(),
        loading=(0.0, 0.0),
        intercept=latent_answer(p, stimulus, deviation),
        thresholds=_THRESHOLDS,
        utilities=(),
        order=stimulus.order,
        labels=stimulus.labels,
        texts=stimulus.texts,
        language=stimulus.language,
    )
