"""The design of a grounded-personas study: levels scored on foundations, then prompts x questions.

The first trials, if there are any, score the 32 levels on the six foundations, ``level * 6 +
foundation``. After them, ``trial = first + prompt * W + place``, with a place for each question, order
of its options and answer: W places a prompt, so that all questions of a persona are asked together.
Where probabilities are asked for a question and order have two places, one for the probabilities and
one for an answer in text, which a share of the trials gets; else one for each repeat. Prompts are those
of the whole grid, so that a sample can be widened and nothing is asked twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mores.coding.labels import code_label
from mores.coding.option_masses import code_masses
from mores.instruments.mfq2 import FOUNDATIONS, foundations
from mores.keys import digest
from mores.models.interface import Capabilities
from mores.prompts.level_prompts import SCORES, level_prompt
from mores.prompts.scale_questions import labels_of, question_text
from mores.records import Message, Outcome, Reply, Request, Sampling, Status, Stimulus
from mores.studies.grounded_personas.materials import LEVELS, Materials
from mores.studies.grounded_personas.questions import Question
from mores.studies.grounded_personas.simulation import GroundedSimulation
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

__all__ = ["GroundedDesign"]


class Place(NamedTuple):
    """What is asked at a place of a prompt; the order is an index into `Materials.orders`."""

    question: int
    order: int
    answer: int


class Asked(NamedTuple):
    """Messages, their digest for keys, and what the options are answered by."""

    messages: tuple[Message, ...]
    digest: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class GroundedDesign(Materials):
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

    @property
    def size(self) -> int:
        """Trials in the full design."""
        return self.n_scored + self.n_prompts * len(self.places)

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
        for start in range(0, self.n_scored, length):
            yield np.arange(start, min(start + length, self.n_scored))
        width = len(self.places)
        beside = np.array([not self.in_text and place.answer == 1 for place in self.places])
        step = max(1, length // width)
        for start in range(0, len(self.prompts), step):
            prompts = self.prompts[start : start + step]
            trials = self.n_scored + prompts[:, None] * width + np.arange(width)
            kept = np.ones(trials.shape, np.bool_)
            if beside.any():
                share, seed = self.file.asking.text_share, self.file.seed
                kept[:, beside] = answered_in_text(trials[:, beside], share, seed)
            if kept.any():
                yield trials[kept]

    def split(self, trial: int) -> tuple[int, Place]:
        """Prompt and place of a trial behind those that score levels."""
        prompt, place = divmod(trial - self.n_scored, len(self.places))
        return prompt, self.places[place]

    def order(self, place: Place) -> tuple[int, ...]:
        """``order[shown] = original`` of the options at a place."""
        return self.orders[place.question][place.order]

    def scored(self, place: Place) -> bool:
        """Whether probabilities are asked for."""
        return not self.in_text and place.answer == 0

    def letters(self, question: Question) -> bool:
        """Whether options are answered by letters: where a model tells first tokens only."""
        return not self.in_text and letters_needed(len(question.codes), self.capabilities)

    @cached_property
    def _system(self) -> Callable[[int], tuple[Message, str]]:
        @lru_cache(maxsize=64)  # a prompt's questions follow each other
        def written(number: int) -> tuple[Message, str]:
            text = self.system_text(number)
            return Message("system", text), digest(["system", text]).hex()

        return written

    def system_text(self, number: int) -> str:
        """The system message of a prompt."""
        return self.templates.render("system.j2", self.told(number))

    @cached_property
    def _question(self) -> Callable[[int, int], tuple[Message, str, tuple[str, ...]]]:
        @cache
        def written(n: int, order: int) -> tuple[Message, str, tuple[str, ...]]:
            question, shown = self.questions[n], self.orders[n][order]
            letters = self.letters(question)
            text = question_text(question, shown, letters, self.templates)
            labels = labels_of(question, shown, letters)
            return Message("user", text), digest(["user", text]).hex(), labels

        return written

    @cached_property
    def _level(self) -> Callable[[int], Asked]:
        @cache
        def written(n: int) -> Asked:
            level, foundation = divmod(n, len(FOUNDATIONS))
            text = level_prompt(*LEVELS[level], foundations()[foundation], self.templates)
            return Asked((Message("user", text),), digest([["user", text]]).hex(), SCORES)

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
        if trial < self.n_scored:
            asked, scored, repeat = self._level(trial), not self.in_text, 0
        else:
            prompt, (question, order, answer) = self.split(trial)
            system, of_system = self._system(prompt)
            user, of_user, labels = self._question(question, order)
            scored = not self.in_text and answer == 0
            asked, repeat = Asked((system, user), of_system + of_user, labels), answer
        return option_request(
            asked.messages,
            f'"{asked.digest}"',
            self._model,
            self.sampling,
            labels=asked.labels,
            scored=scored,
            study_seed=self.file.seed,
            trial=trial,
            repeat=repeat,
            attempt=attempt,
            stimulus=self._stimulus(trial, asked.labels),
        )

    def _stimulus(self, trial: int, labels: tuple[str, ...]) -> Stimulus | Any:
        simulation = self._simulation
        if simulation is None:
            return None
        if trial < self.n_scored:
            return simulation.of_level(*divmod(trial, len(FOUNDATIONS)), labels)
        prompt, place = self.split(trial)
        return simulation.stimulus(prompt, place.question, self.order(place), labels)

    @cached_property
    def _simulation(self) -> GroundedSimulation | None:
        if self.identity.get("kind") != "sim":
            return None
        found = GroundedSimulation(self)
        found.check()
        return found

    def code(self, trial: int, attempt: int, reply: Reply) -> Outcome:
        """What a reply is coded as, options and probabilities in the instrument's own order."""
        asked_levels = trial < self.n_scored
        place = None if asked_levels else self.split(trial)[1]
        order = tuple(range(len(SCORES))) if place is None else self.order(place)
        if (place is None and not self.in_text) or (place is not None and self.scored(place)):
            outcome = code_masses(reply, len(order))
        elif reply.text is None:
            return Outcome(Status.FAILED, None, reply.failure or "no reply")
        else:
            labels, texts = self._shown(place, order)
            outcome = code_label(reply.text, labels=labels, options=texts, finish=reply.finish)
        return in_own_order(outcome, order)

    def _shown(self, place: Place | None, order: Sequence[int]) -> tuple[Sequence[str], list[str]]:
        if place is None:
            return SCORES, list(SCORES)
        question = self.questions[place.question]
        labels = labels_of(question, order, self.letters(question))
        return labels, [question.labels[original] for original in order]

    def columns(self, trials: NDArray[np.int64]) -> pl.DataFrame:
        """What each trial asked of whom; see `mores.studies.study.StudyDesign`."""
        import polars as pl

        behind = trials >= self.n_scored
        prompt, n = np.divmod(np.where(behind, trials - self.n_scored, 0), len(self.places))
        level, foundation = np.divmod(np.where(behind, 0, trials), len(FOUNDATIONS))
        places = self.places
        form = np.where(prompt > 0, (prompt - 1) // self._grid, -1)
        configuration = np.where(prompt > 0, (prompt - 1) % self._grid, -1)
        forms = pl.Series(
            ["level", "none", *self.forms], dtype=pl.Enum(["level", "none", *self.forms])
        )
        kind = np.where(behind, form + 2, 0)
        ids = [question.id for question in self.questions]
        scored_ids = [f"{v.id}/{lv.id}" for v, lv in LEVELS]
        names = pl.Series([*ids, *scored_ids], dtype=pl.Enum([*ids, *scored_ids]))
        asked = np.array([place.question for place in places])
        which = names.gather(np.where(behind, asked[n], len(ids) + level))
        of_foundation = [question.foundation or None for question in self.questions]
        moral = pl.Series([*of_foundation, *FOUNDATIONS], dtype=pl.Enum(FOUNDATIONS))
        battery = ["+".join(question.batteries) for question in self.questions]
        batteries = pl.Series(
            [*battery, "levels"], dtype=pl.Enum([*dict.fromkeys(battery), "levels"])
        )
        scored = np.array([self.scored(place) for place in places])
        in_words = np.where(behind, ~scored[n], self.in_text)
        repeat = np.array([place.answer + 1 if self.in_text else 1 for place in places])
        orders = pl.Series(
            [*(self.order(place) for place in places), tuple(range(len(SCORES)))],
            dtype=pl.List(pl.Int8),
        )
        return pl.DataFrame(
            {
                "trial": trials,
                "prompt": np.where(behind, prompt, -1),
                "unit": which,
                "question": which,
                "persona": pl.Series(configuration).cast(pl.String).replace("-1", None),
                "category": forms.gather(kind),
                "framing": pl.Series(["vanilla", "persona"]).gather(
                    np.where(configuration < 0, 0, 1)
                ),
                "repeat": np.where(behind, repeat[n], 1).astype(np.int16),
                "configuration": pl.Series(configuration, dtype=pl.Int32).replace(-1, None),
                "form": forms.gather(kind),
                "battery": batteries.gather(np.where(behind, asked[n], len(ids))),
                "foundation": moral.gather(np.where(behind, asked[n], len(ids) + foundation)),
                "elicitation": pl.Series(["probabilities", "text"]).gather(
                    in_words.astype(np.int64)
                ),
                "order": orders.gather(np.where(behind, n, len(places))),
            }
        )

    @property
    def _grid(self) -> int:
        return (self.n_prompts - 1) // len(self.forms)

    @cached_property
    def option_table(self) -> OptionTable:
        """The options of every place, and behind them those of scoring a level."""
        questions = [self.questions[place.question] for place in self.places]
        return OptionTable(
            orders=(*(self.order(place) for place in self.places), tuple(range(len(SCORES)))),
            codes=(*(q.codes for q in questions), tuple(map(float, SCORES))),
            labels=(*(q.labels for q in questions), SCORES),
            scored=np.array([*(self.scored(place) for place in self.places), not self.in_text]),
        )

    def place_of(self, trials: NDArray[np.int64]) -> NDArray[np.int64]:
        """The place of each trial in `option_table`."""
        width = len(self.places)
        return np.where(trials < self.n_scored, width, (trials - self.n_scored) % width)

    def outcomes(self, trials: NDArray[np.int64], options: NDArray[np.int64]) -> pl.DataFrame:
        """See `mores.studies.option_table.OptionTable.outcomes`."""
        return self.option_table.outcomes(self.place_of(trials), options)
