"""The design of a framings study: contexts × units × orders × repeats.

``trial = context * W + place``, with a place for each question, order of its options and answer. In
text a question is a unit, and a battery is asked as one; where probabilities are asked for it is a
member, with two places for each order: the probabilities, and an answer in text, which a share of the
trials gets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mores.coding.battery import code_battery
from mores.coding.numbered import code_numbered
from mores.coding.option_masses import code_masses
from mores.instruments.survey import wvs7
from mores.instruments.units import Unit
from mores.keys import digest
from mores.models.interface import Capabilities
from mores.records import (
    BatteryStimulus,
    Message,
    Outcome,
    Reply,
    Request,
    Sampling,
    Status,
    SurveyStimulus,
)
from mores.studies.framings.materials import Materials
from mores.studies.framings.prompting import Shown, message, shown_options
from mores.studies.framings.simulation import FramingSimulation
from mores.studies.option_trials import (
    answered_in_text,
    in_own_order,
    letters_needed,
    option_request,
    sampling_taken,
)

if TYPE_CHECKING:
    import polars as pl

__all__ = ["FramingsDesign"]


class Place(NamedTuple):
    """What is asked at a place of a context.

    `unit` is an index; `item` the member that is asked alone, None for a whole unit; `order` an index
    into `Materials.orders`; `answer` the repeat, or 0 for probabilities and 1 for text beside them.
    """

    unit: int
    item: str | None
    order: int
    answer: int


@dataclass(frozen=True)
class FramingsDesign(Materials):
    """All trials of a study for one model; see `mores.fieldwork.design.Design`.

    Attributes
    ----------
    identity : mapping
        The model's identity, part of every key.
    capabilities : Capabilities
        What may be asked of the model.
    """

    identity: Mapping[str, Any]
    capabilities: Capabilities

    @property
    def in_text(self) -> bool:
        """Whether answers are text, and not probabilities."""
        return self.file.asking.elicitation == "text"

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The places of a context."""
        answers = self.file.asking.repeats if self.in_text else 2
        return tuple(
            Place(u, item, order, answer)
            for u, unit in enumerate(self.units)
            for item in ([None] if self.in_text else unit.members)
            for order in range(len(self.orders(unit)))
            for answer in range(answers)
        )

    @property
    def size(self) -> int:
        """Trials in the full design."""
        return len(self.contexts) * len(self.places)

    @cached_property
    def selected(self) -> int:
        """Trials that are asked."""
        return sum(len(block) for block in self.blocks(1 << 16))

    @property
    def attempts(self) -> int:
        """How often at most a trial is asked."""
        return 1 + self.file.asking.reask

    def blocks(self, length: int) -> Iterator[NDArray[np.int64]]:
        """Numbers of the selected trials, ascending, about `length` at a time."""
        width = len(self.places)
        sampled = np.array([self.sampled[place.unit] for place in self.places])
        beside = np.array([not self.in_text and place.answer == 1 for place in self.places])
        for context in range(len(self.contexts)):
            trials = context * width + np.arange(width)
            for start in range(0, width, length):
                part = slice(start, start + length)
                kept = sampled[part].copy()
                share, seed = self.file.asking.text_share, self.file.seed
                kept &= ~beside[part] | answered_in_text(trials[part], share, seed)
                if kept.any():
                    yield trials[part][kept]

    def split(self, trial: int) -> tuple[int, Place]:
        """Context and place of a trial."""
        context, place = divmod(trial, len(self.places))
        return context, self.places[place]

    def order(self, place: Place) -> tuple[int, ...]:
        """``order[shown] = original`` of the options at a place."""
        return self._orders[place.unit][place.order]

    @cached_property
    def _orders(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        return tuple(self.orders(unit) for unit in self.units)

    def scored(self, place: Place) -> bool:
        """Whether probabilities are asked for."""
        return not self.in_text and place.answer == 0

    def letters(self, unit: Unit) -> bool:
        """Whether options are answered by letters: where a model tells first tokens only."""
        n = len(unit.codes(unit.members[0]))
        return not self.in_text and letters_needed(n, self.capabilities)

    @cached_property
    def _message(self) -> Callable[[int, int, str | None, int], tuple[str, Shown]]:
        @cache
        def written(c: int, u: int, item: str | None, order: int) -> tuple[str, Shown]:
            context, unit = self.contexts[c], self.units[u]
            wording, letters = self.wordings[context.language], self.letters(unit)
            words = wording.unit(unit)
            codes = unit.codes(unit.members[0])
            shown = shown_options(codes, words, self._orders[u][order], letters)
            only = ""
            if not self.in_text:
                only = wording.prompts.letter_only if letters else wording.prompts.number_only
            return message(context, wording, unit, shown, item=item, only=only), shown

        return written

    @cached_property
    def _model(self) -> str:
        return digest(self.identity).hex()

    @cached_property
    def sampling(self) -> Sampling:
        """What of the study's sampling the model takes."""
        return sampling_taken(self.file, self.capabilities)

    def request(self, trial: int, attempt: int) -> Request:
        """The request of a trial's attempt."""
        context, place = self.split(trial)
        text, shown = self._message(context, place.unit, place.item, place.order)
        return option_request(
            (Message("user", text),),
            [["user", text]],
            self._model,
            self.sampling,
            labels=shown.labels,
            scored=self.scored(place),
            study_seed=self.file.seed,
            trial=trial,
            repeat=place.answer,
            attempt=attempt,
            stimulus=self._stimulus(context, place, shown),
            answer="option",
        )

    def _stimulus(
        self, context: int, place: Place, shown: Shown
    ) -> SurveyStimulus | BatteryStimulus | None:
        if self._simulation is None:
            return None
        return self._simulation.stimulus(
            self.contexts[context],
            self.units[place.unit],
            place.item,
            self.order(place),
            shown.labels,
            shown.texts,
        )

    @cached_property
    def _simulation(self) -> FramingSimulation | None:
        if self.identity.get("kind") != "sim":
            return None
        found = FramingSimulation(self.humans.population, self.units, self.contexts)
        found.check()
        return found

    def code(self, trial: int, attempt: int, reply: Reply) -> Outcome:
        """What a reply is coded as, options and probabilities in the instrument's own order."""
        c, place = self.split(trial)
        order, unit = self.order(place), self.units[place.unit]
        if self.scored(place):
            return in_own_order(code_masses(reply, len(order)), order)
        if reply.text is None:
            return Outcome(Status.FAILED, None, reply.failure or "no reply")
        language = self.contexts[c].language
        _, shown = self._message(c, place.unit, place.item, place.order)
        if place.item is None and unit.battery:
            words = self.wordings[language].unit(unit)
            members = [words.members[item] for item in unit.members]
            found = code_battery(
                reply.text,
                language=language,
                members=members,
                options=shown.texts,
                finish=reply.finish,
            )
        else:
            found = code_numbered(
                reply.text,
                language=language,
                labels=shown.labels,
                options=shown.texts,
                finish=reply.finish,
            )
        return in_own_order(found, order)

    def columns(self, trials: NDArray[np.int64]) -> pl.DataFrame:
        """What each trial asked of whom; see `mores.studies.study.StudyDesign`."""
        import polars as pl

        c, n = np.divmod(trials, len(self.places))

        def of_context(values: Sequence[Any], dtype: Any = pl.String) -> pl.Series:
            return pl.Series(values, dtype=dtype).gather(c)

        def of_place(values: Sequence[Any], dtype: Any = pl.String) -> pl.Series:
            return pl.Series(values, dtype=dtype).gather(n)

        places, units = self.places, self.units
        repeat = [place.answer + 1 if self.in_text else 1 for place in places]
        languages = list(self.wordings)
        sources = np.array(
            [[self.wordings[code].unit(u).source for u in units] for code in languages], object
        )
        spoken = np.array([languages.index(context.language) for context in self.contexts])
        asked = np.array([place.unit for place in places])
        return pl.DataFrame(
            {
                "trial": trials,
                "context": c,
                "unit": of_place([units[p.unit].id for p in places]),
                "question": of_place([p.item or units[p.unit].id for p in places]),
                "persona": pl.Series([None] * len(trials), dtype=pl.String),
                "category": of_place([units[p.unit].category for p in places]),
                "framing": of_context([context.framing for context in self.contexts]),
                "language": of_context([context.language for context in self.contexts]),
                "country": of_context([context.country for context in self.contexts]),
                "repeat": of_place(repeat, pl.Int16),
                "paraphrase": of_context([x.paraphrase for x in self.contexts], pl.Int16),
                "wording": pl.Series(sources[spoken[c], asked[n]].tolist(), dtype=pl.String),
                "elicitation": of_place(
                    ["probabilities" if self.scored(place) else "text" for place in places]
                ),
                "order": of_place([self.order(place) for place in places], pl.List(pl.Int8)),
            }
        )

    def outcomes(self, trials: NDArray[np.int64], options: NDArray[np.int64]) -> pl.DataFrame:
        """Code of each chosen option (`score`), its English label, and where it stood, from 1."""
        import polars as pl

        rows: list[tuple[float | None, str | None, int | None]] = []
        for trial, option in zip(trials.tolist(), options.tolist(), strict=True):
            _, place = self.split(trial)
            unit = self.units[place.unit]
            if option < 0:
                rows.append((None, None, None))
                continue
            item = wvs7().item(place.item or unit.members[0])
            code = unit.codes(item.id)[option]
            label = item.labels[item.codes.index(code)]
            rows.append((code, label, self.order(place).index(option) + 1))
        schema = {"score": pl.Float64, "choice": pl.String, "position": pl.Int16}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def readings(self, outcomes: Sequence[Outcome]) -> pl.DataFrame:
        """Options of a battery's members (`parts`), and flags."""
        import polars as pl

        parts = [list(outcome.parts) or None for outcome in outcomes]
        flags = [list(outcome.flags) for outcome in outcomes]
        schema = {"parts": pl.List(pl.Int8), "flags": pl.List(pl.String)}
        return pl.DataFrame({"parts": parts, "flags": flags}, schema=schema)
