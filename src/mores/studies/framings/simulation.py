"""What the simulated respondent is told of a framing: whose answer is asked for, and how items work.

A country that a prompt names stands where its humans' mean answers do, whatever the language of the
prompt. A prompt that names none speaks for the people who were interviewed in its language: it stands
at the mean of their countries, each counting the same. In English it stands nowhere, so that the
respondent answers as itself.

`mores.models.sim_survey.survey_probabilities` gives the exact probabilities of a stimulus, the truth
that tests plant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from mores.errors import StudyError, nearest
from mores.instruments.survey import wvs7
from mores.instruments.units import Unit
from mores.populations.population import Population
from mores.records import BatteryStimulus, SurveyStimulus
from mores.studies.framings.cells import LANGUAGE_FRAMING, Context
from mores.studies.survey_simulation import KnownItems, MapPlaces, Trait, synthetic_model, trait

__all__ = ["FramingSimulation"]

_NATIVE = "en"
"""The language in which the respondent answers as itself."""


@dataclass(frozen=True, eq=False)
class FramingSimulation:
    """Stimuli for the simulated respondent.

    Attributes
    ----------
    population : Population
        The humans.
    units : tuple of Unit
        What is asked.
    contexts : tuple of Context
        In which it is asked.
    """

    population: Population
    units: tuple[Unit, ...]
    contexts: tuple[Context, ...]

    def check(self) -> None:
        """Refuse items that the simulated respondent does not know, and countries without humans.

        Raises
        ------
        StudyError
        """
        self._items.check((item for unit in self.units for item in unit.members), "units")
        for context in self.contexts:
            self.traits(context)

    def traits(self, context: Context) -> tuple[Trait, ...]:
        """What says where the people stand for whom an answer is asked; empty where nothing does.

        Parameters
        ----------
        context : Context

        Returns
        -------
        tuple of (str, float, float)
            One, ``nationality``; none for the language framing in English, or in a language in which
            none of the humans was interviewed.

        Raises
        ------
        StudyError
            If the humans have nobody of the country.
        """
        if context.country is not None:
            return self._named(context.country)
        return self._speakers(context.language) if context.framing == LANGUAGE_FRAMING else ()

    def stimulus(
        self,
        context: Context,
        unit: Unit,
        item: str | None,
        order: Sequence[int],
        labels: Sequence[str],
        texts: Sequence[str],
    ) -> SurveyStimulus | BatteryStimulus:
        """The stimulus of one request.

        Parameters
        ----------
        context : Context
        unit : Unit
        item : str or None
            The member that is asked alone; None for the whole unit.
        order : sequence of int
            ``order[shown] = original`` of the options that the unit offers; all members share it, and
            what follows.
        labels, texts : sequence of str
            Of the options in the order shown.

        Returns
        -------
        SurveyStimulus or BatteryStimulus
            Its own `order` counts all options of the item, offered or not.

        Raises
        ------
        StudyError
            If the humans have nobody of the context's country.
        """
        traits = self.traits(context)

        def asked(member: str) -> SurveyStimulus:
            known, offered = self._items.of(member), self._offered(unit, member)
            return SurveyStimulus(
                arm=context.framing,
                traits=traits,
                loading=known.loading,
                intercept=known.intercept,
                thresholds=known.thresholds,
                utilities=known.utilities,
                order=tuple(offered[original] for original in order),
                labels=tuple(labels),
                texts=tuple(texts),
                language=context.language,
            )

        if item is None and unit.battery:
            return BatteryStimulus(tuple(asked(member) for member in unit.members))
        return asked(item or unit.members[0])

    @cached_property
    def _items(self) -> KnownItems:
        return KnownItems(synthetic_model())

    @cached_property
    def _offered(self) -> Callable[[Unit, str], tuple[int, ...]]:
        @cache
        def places(unit: Unit, item: str) -> tuple[int, ...]:
            """Place of each offered option among all that the item has."""
            codes = wvs7().item(item).codes
            return tuple(codes.index(code) for code in unit.codes(item))

        return places

    @cached_property
    def _places(self) -> MapPlaces:
        return MapPlaces(self.population)

    @cached_property
    def _named(self) -> Callable[[str], tuple[Trait, ...]]:
        @cache
        def of(country: str) -> tuple[Trait, ...]:
            if country not in self._places.place:
                raise StudyError(
                    f"slices: {self.population.label} has nobody of {country!r}, so sim does not know "
                    f"where it stands; {nearest(country, self._places.place)}"
                )
            return (trait("nationality", self._places.centre(country)),)

        return of

    @cached_property
    def _speakers(self) -> Callable[[str], tuple[Trait, ...]]:
        @cache
        def of(language: str) -> tuple[Trait, ...]:
            countries = () if language == _NATIVE else self._interviewed_in(language)
            if not countries:
                return ()
            centres = [self._places.centre(country) for country in countries]
            return (trait("nationality", np.mean(centres, axis=0)),)

        return of

    def _interviewed_in(self, language: str) -> list[str]:
        """Countries in which somebody was interviewed in a language, sorted."""
        frame = self.population.frame
        if "language" not in frame.columns:
            return []
        there = (frame["language"] == language).fill_null(False) & (frame["weight"] > 0)
        return sorted(frame.filter(there.fill_null(False))["country"].unique().to_list())
