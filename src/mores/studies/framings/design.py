"""The design of a framings study: contexts × units × orders × repeats.

``trial = context * W + place``, with a place for each question, order of its options and answer. In
text a question is a unit, and a battery is asked as one; where probabilities are asked for it is a
member, with two places for each order: the probabilities, and an answer in text, which a share of the
trials gets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mores.coding.battery import code_battery
from mores.coding.numbered import code_numbered
from mores.coding.option_masses import code_masses
from mores.instruments.survey import wvs7
from mores.instruments.units import Unit
from mores.keys import digest, json_inside
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
from mores.studies.framings.cells import Context
from mores.studies.framings.materials import Materials
from mores.studies.framings.prompting import Shown, around, asked_words, shown_options
from mores.studies.framings.simulation import FramingSimulation
from mores.studies.option_table import OptionTable
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


class Asked(NamedTuple):
    """A question in a context: its message, also as canonical JSON, and what it is answered by."""

    messages: tuple[Message, ...]
    written: str
    labels: tuple[str, ...]
    stimulus: SurveyStimulus | BatteryStimulus | None


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

    @cached_property
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
    def _shown(self) -> Callable[[str, int, int], Shown]:
        @lru_cache(maxsize=4096)
        def shown(language: str, u: int, order: int) -> Shown:
            unit = self.units[u]
            words = self.wordings[language].unit(unit)
            codes = unit.codes(unit.members[0])
            return shown_options(codes, words, self._orders[u][order], self.letters(unit))

        return shown

    @cached_property
    def _words(self) -> Callable[[str, int, str | None, int], tuple[str, str]]:
        @lru_cache(maxsize=4096)  # contexts of a language have them in common
        def written(language: str, u: int, item: str | None, order: int) -> tuple[str, str]:
            shown = self._shown(language, u, order)
            text = asked_words(self.wordings[language], self.units[u], shown, item=item)
            return text, json_inside(text)

        return written

    @cached_property
    def _around(self) -> Callable[[int, bool, bool], tuple[str, str, str, str]]:
        @lru_cache(maxsize=64)  # a context's questions follow each other
        def written(c: int, whole: bool, letters: bool) -> tuple[str, str, str, str]:
            context, only = self.contexts[c], ""
            wording = self.wordings[context.language]
            if not self.in_text:
                only = wording.prompts.letter_only if letters else wording.prompts.number_only
            before, after = around(context, wording, whole=whole, only=only)
            return before, after, json_inside(before), json_inside(after)

        return written

    @cached_property
    def _asked(self) -> Callable[[int, int, str | None, int], Asked]:
        @lru_cache(maxsize=256)  # answers to a question follow each other
        def written(c: int, u: int, item: str | None, order: int) -> Asked:
            context, unit = self.contexts[c], self.units[u]
            shown = self._shown(context.language, u, order)
            text, json_text = self._words(context.language, u, item, order)
            whole = item is None and unit.battery
            before, after, json_before, json_after = self._around(c, whole, self._by_letters[u])
            stimulus = None
            if self._simulation is not None:
                stimulus = self._simulation.stimulus(
                    context, unit, item, self._orders[u][order], shown.labels, shown.texts
                )
            return Asked(
                (Message("user", before + text + after),),
                f'[["user","{json_before}{json_text}{json_after}"]]',
                shown.labels,
                stimulus,
            )

        return written

    @cached_property
    def _by_letters(self) -> tuple[bool, ...]:
        return tuple(map(self.letters, self.units))

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
        unit, item, order, answer = place
        asked = self._asked(context, unit, item, order)
        return option_request(
            asked.messages,
            asked.written,
            self._model,
            self.sampling,
            labels=asked.labels,
            scored=not self.in_text and answer == 0,
            study_seed=self.file.seed,
            trial=trial,
            repeat=answer,
            attempt=attempt,
            stimulus=asked.stimulus,
            answer="option",
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
        shown = self._shown(language, place.unit, place.order)
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
        contexts = {name: column.gather(c) for name, column in self._of_contexts.items()}
        places = {name: column.gather(n) for name, column in self._of_places.items()}
        sources, spoken, asked = self._sources
        return pl.DataFrame(
            {
                "trial": trials,
                "context": c,
                "unit": places["unit"],
                "question": places["question"],
                "persona": pl.repeat(None, len(trials), dtype=pl.String, eager=True),
                "category": places["category"],
                **{name: contexts[name] for name in ("framing", "language", "country")},
                "repeat": places["repeat"],
                "paraphrase": contexts["paraphrase"],
                "wording": sources.gather(spoken[c] * len(self.units) + asked[n]),
                "elicitation": places["elicitation"],
                "order": places["order"],
            }
        )

    @cached_property
    def _of_contexts(self) -> dict[str, pl.Series]:
        import polars as pl

        columns = dict(zip(Context._fields, zip(*self.contexts, strict=True), strict=True))
        number = {"paraphrase": pl.Int16}
        return {k: pl.Series(v, dtype=number.get(k, pl.String)) for k, v in columns.items()}

    @cached_property
    def _of_places(self) -> dict[str, pl.Series]:
        import polars as pl

        places = self.places
        units = [self.units[place.unit] for place in places]
        ids = [place.item or unit.id for place, unit in zip(places, units, strict=True)]
        repeat = [place.answer + 1 if self.in_text else 1 for place in places]
        answers = ["probabilities" if self.scored(place) else "text" for place in places]
        return {
            "unit": pl.Series([unit.id for unit in units], dtype=pl.String),
            "question": pl.Series(ids, dtype=pl.String),
            "category": pl.Series([unit.category for unit in units], dtype=pl.String),
            "repeat": pl.Series(repeat, dtype=pl.Int16),
            "elicitation": pl.Series(answers, dtype=pl.String),
            "order": pl.Series([self.order(place) for place in places], dtype=pl.List(pl.Int8)),
        }

    @cached_property
    def _sources(self) -> tuple[pl.Series, NDArray[np.int64], NDArray[np.int64]]:
        """Sources of the wordings by language and unit, the contexts' languages, the places' units."""
        import polars as pl

        languages = list(self.wordings)
        sources = [self.wordings[code].unit(u).source for code in languages for u in self.units]
        spoken = np.array([languages.index(context.language) for context in self.contexts])
        asked = np.array([place.unit for place in self.places])
        return pl.Series(sources, dtype=pl.String), spoken, asked

    @cached_property
    def option_table(self) -> OptionTable:
        """The options of every place, labels in English."""
        units = [self.units[place.unit] for place in self.places]
        items = [
            wvs7().item(place.item or unit.members[0])
            for place, unit in zip(self.places, units, strict=True)
        ]
        codes = [unit.codes(item.id) for unit, item in zip(units, items, strict=True)]
        return OptionTable(
            orders=[self.order(place) for place in self.places],
            codes=codes,
            labels=[
                tuple(item.labels[item.codes.index(code)] for code in own)
                for item, own in zip(items, codes, strict=True)
            ],
            scored=np.array([self.scored(place) for place in self.places]),
        )

    def outcomes(self, trials: NDArray[np.int64], options: NDArray[np.int64]) -> pl.DataFrame:
        """See `mores.studies.option_table.OptionTable.outcomes`; labels in English."""
        return self.option_table.outcomes(trials % len(self.places), options)

    def readings(self, outcomes: Sequence[Outcome]) -> pl.DataFrame:
        """Options of a battery's members (`parts`), and flags."""
        import polars as pl

        parts = _lists([outcome.parts or None for outcome in outcomes], pl.Int8)
        flags = _lists([outcome.flags for outcome in outcomes], pl.String)
        return pl.DataFrame({"parts": parts, "flags": flags})


def _lists(values: Sequence[tuple[Any, ...] | None], inner: Any) -> pl.Series:
    """Lists of few kinds; null for None."""
    import polars as pl

    kinds = {value: place for place, value in enumerate(dict.fromkeys(values))}
    told = pl.Series([None if kind is None else list(kind) for kind in kinds], dtype=pl.List(inner))
    return told.gather([kinds[value] for value in values])
