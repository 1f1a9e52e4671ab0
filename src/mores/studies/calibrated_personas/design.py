"""The design of a calibrated-personas study: prompts × questions × orders × ways of answering.

``trial = prompt * W + place``, with a place for each question, order of its options and answer: W
places a prompt, so that all questions of a persona are asked together and share its message. Where
probabilities are asked for, each question and order has two places, one for the probabilities and one
for an answer in text, which a share of the trials gets; else one for each repeat. Of a Latin square's
orders a persona sees one: its prompts take turns, and each question begins with another row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mores.coding.labels import code_label
from mores.coding.option_masses import code_masses
from mores.instruments.survey import Item
from mores.keys import digest
from mores.models.interface import Capabilities
from mores.prompts.scale_questions import labels_of, question_text
from mores.records import Message, Outcome, Reply, Request, Sampling, Status, SurveyStimulus
from mores.studies.calibrated_personas.materials import Materials
from mores.studies.calibrated_personas.simulation import Simulation
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

__all__ = ["CalibratedDesign"]


class Place(NamedTuple):
    """What is asked at a place of a prompt; the order is an index into `Materials.orders`."""

    question: int
    order: int
    answer: int


class Asked(NamedTuple):
    """A message, its digest for keys, and what its options are answered by."""

    message: Message
    digest: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class CalibratedDesign(Materials):
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
        """The places of a prompt."""
        answers = self.file.asking.repeats if self.in_text else 2
        return tuple(
            Place(question, order, answer)
            for question, orders in enumerate(self.orders)
            for order in range(len(orders))
            for answer in range(answers)
        )

    @cached_property
    def _table(self) -> NDArray[np.int64]:
        """The places in columns, shape (W, 3)."""
        return np.array(self.places, np.int64).reshape(-1, 3)

    @property
    def size(self) -> int:
        """Trials in the full design."""
        return len(self.prompts) * len(self.places)

    @cached_property
    def selected(self) -> int:
        """Trials that are asked."""
        return sum(len(block) for block in self.blocks(1 << 18))

    @property
    def attempts(self) -> int:
        """How often at most a trial is asked."""
        return 1 + self.file.asking.reask

    def blocks(self, length: int) -> Iterator[NDArray[np.int64]]:
        """Numbers of the selected trials, ascending, about `length` at a time."""
        width = len(self.places)
        step = max(1, length // width)
        question, _, answer = self._table.T
        for start in range(0, len(self.prompts), step):
            prompts = np.arange(start, min(start + step, len(self.prompts)))
            trials = prompts[:, None] * width + np.arange(width)
            asked = self.asked[prompts][:, question] & self._shown(prompts)
            if not self.in_text:
                share, seed = self.file.asking.text_share, self.file.seed
                asked &= (answer == 0) | answered_in_text(trials, share, seed)
            yield trials[asked]

    def _shown(self, prompts: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether prompts see the orders of the places, shape (prompts, W)."""
        if self.file.asking.orders != "latin-square":
            return np.ones((len(prompts), len(self.places)), np.bool_)
        question, order, _ = self._table.T
        rows = np.array([len(orders) for orders in self.orders])[question]
        own = (self.prompts.turn[prompts, None] + question) % rows
        return np.asarray((own == order) | (self.prompts.row[prompts, None] < 0))

    def split(self, trial: int) -> tuple[int, Place]:
        """Prompt and place of a trial."""
        prompt, place = divmod(trial, len(self.places))
        return prompt, self.places[place]

    def order(self, place: Place) -> tuple[int, ...]:
        """``order[shown] = original`` of the options at a place."""
        return self.orders[place.question][place.order]

    def scored(self, place: Place) -> bool:
        """Whether probabilities are asked for."""
        return not self.in_text and place.answer == 0

    def letters(self, item: Item) -> bool:
        """Whether an item's options are answered by letters."""
        wanted = self.file.asking.labels
        if wanted != "auto":
            return wanted == "letters"
        return letters_needed(len(item.codes), self.capabilities)

    @cached_property
    def _system(self) -> Callable[[int], Asked]:
        @lru_cache(maxsize=64)  # a prompt's questions follow each other
        def written(prompt: int) -> Asked:
            table = self.prompts
            country = int(table.country[prompt])
            text = self.texts.system(
                table.conditions[table.condition[prompt]],
                table.countries[country] if country >= 0 else None,
                int(table.row[prompt]),
            )
            return Asked(Message("system", text), digest(["system", text]).hex())

        return written

    @cached_property
    def _question(self) -> Callable[[int, int], Asked]:
        @cache
        def written(question: int, order: int) -> Asked:
            item, shown = self.questions[question], self.orders[question][order]
            letters = self.letters(item)
            text = question_text(item, shown, letters, self.texts.templates)
            labels = labels_of(item, shown, letters)
            return Asked(Message("user", text), digest(["user", text]).hex(), labels)

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
        prompt, place = self.split(trial)
        question, order, answer = place
        system, user = self._system(prompt), self._question(question, order)
        return option_request(
            (system.message, user.message),
            f'["{system.digest}","{user.digest}"]',
            self._model,
            self.sampling,
            labels=user.labels,
            scored=not self.in_text and answer == 0,
            study_seed=self.file.seed,
            trial=trial,
            repeat=answer,
            attempt=attempt,
            stimulus=self._stimulus(prompt, place, user.labels),
        )

    def _stimulus(
        self, prompt: int, place: Place, labels: tuple[str, ...]
    ) -> SurveyStimulus | None:
        if self._simulation is None:
            return None
        return self._simulation.stimulus(prompt, place.question, self.order(place), labels)

    @cached_property
    def _simulation(self) -> Simulation | None:
        if self.identity.get("kind") != "sim":
            return None
        found = Simulation(**{f.name: getattr(self, f.name) for f in fields(Materials)})
        found.check()
        return found

    def code(self, trial: int, attempt: int, reply: Reply) -> Outcome:
        """What a reply is coded as, options and probabilities in the instrument's own order."""
        _, place = self.split(trial)
        order = self.order(place)
        if self.scored(place):
            outcome = code_masses(reply, len(order))
        elif reply.text is None:
            return Outcome(Status.FAILED, None, reply.failure or "no reply")
        else:
            item = self.questions[place.question]
            labels = labels_of(item, order, self.letters(item))
            texts = [item.labels[original] for original in order]
            outcome = code_label(reply.text, labels=labels, options=texts, finish=reply.finish)
        return in_own_order(outcome, order)

    def columns(self, trials: NDArray[np.int64]) -> pl.DataFrame:
        """What each trial asked of whom; see `mores.studies.study.StudyDesign`."""
        import polars as pl

        prompt, place = np.divmod(trials, len(self.places))
        table, places = self.prompts, self._table[place]
        conditions = table.conditions

        def of_condition(values: list[str]) -> pl.Series:
            return pl.Series(values, dtype=pl.String).gather(table.condition[prompt])

        ids = pl.Series([item.id for item in self.questions]).gather(places[:, 0])
        country = pl.Series([*table.countries, None], dtype=pl.String)
        scored = np.zeros(len(trials), np.bool_) if self.in_text else places[:, 2] == 0
        repeat = np.where(scored, 1, places[:, 2] + (1 if self.in_text else 0))
        orders = pl.Series([self.order(at) for at in self.places], dtype=pl.List(pl.Int8))
        return pl.DataFrame(
            {
                "trial": trials,
                "prompt": prompt,
                "unit": ids,
                "question": ids,
                "persona": pl.Series(prompt).cast(pl.String).str.zfill(6),
                "category": of_condition([c.kind for c in conditions]),
                "framing": of_condition(
                    ["persona" if c.has_personas else "vanilla" for c in conditions]
                ),
                "country": country.gather(
                    np.where(table.country < 0, len(country) - 1, table.country)[prompt]
                ),
                "repeat": repeat.astype(np.int16),
                "arm": of_condition([c.arm for c in conditions]),
                "guidance": of_condition([c.guidance for c in conditions]),
                "descriptors": of_condition([c.descriptors for c in conditions]),
                "indicators": of_condition(
                    ["all" if c.indicators is None else "+".join(c.indicators) for c in conditions]
                ),
                "elicitation": pl.Series(scored).replace_strict(
                    {True: "probabilities", False: "text"}, return_dtype=pl.String
                ),
                "order": orders.gather(place),
            }
        )

    @cached_property
    def option_table(self) -> OptionTable:
        """The options of every place."""
        items = [self.questions[place.question] for place in self.places]
        return OptionTable(
            orders=[self.order(place) for place in self.places],
            codes=[item.codes for item in items],
            labels=[item.labels for item in items],
            scored=np.array([self.scored(place) for place in self.places]),
        )

    def place_of(self, trials: NDArray[np.int64]) -> NDArray[np.int64]:
        """The place of each trial in `option_table`."""
        return trials % len(self.places)

    def outcomes(self, trials: NDArray[np.int64], options: NDArray[np.int64]) -> pl.DataFrame:
        """See `mores.studies.option_table.OptionTable.outcomes`."""
        return self.option_table.outcomes(self.place_of(trials), options)
