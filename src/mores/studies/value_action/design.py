"""The design of a value–action study: dilemmas × arms × questions × repeats, numbered by mixed radix.

``trial = ((dilemma * arms + arm) * 2 + question) * repeats + repeat``, so that a dilemma's answers are
asked together and an interrupted run holds whole dilemmas. An arm is the baseline or a persona in one
rendering.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mores.coding.choice import code_choice
from mores.instruments.dilemmas import Dilemma
from mores.models.interface import Capabilities
from mores.prompts.letters import LETTERS, lettered, presentation_order
from mores.prompts.templates import TemplateSet
from mores.records import Message, Outcome, Reply, Request, Sampling, Status
from mores.studies.study import sampling_of
from mores.studies.value_action.framing import template_name
from mores.studies.value_action.materials import QUESTIONS, Arm, Materials
from mores.studies.value_action.writing import RequestWriter

if TYPE_CHECKING:
    import polars as pl

__all__ = ["ValueActionDesign"]


@dataclass(frozen=True)
class ValueActionDesign(Materials):
    """All trials of a study for one model; see `mores.fieldwork.design.Design`.

    Attributes
    ----------
    templates : TemplateSet
    loadings : mapping
        For simulated respondents: loading on the two map axes by value id.
    identity : mapping
        The model's identity, part of every key.
    capabilities : Capabilities
        What may be asked of the model.
    """

    templates: TemplateSet
    loadings: Mapping[str, tuple[float, float]]
    identity: Mapping[str, Any]
    capabilities: Capabilities

    @property
    def per_dilemma(self) -> int:
        """Trials of one dilemma."""
        return len(self.arms) * len(QUESTIONS) * self.file.asking.repeats

    @property
    def size(self) -> int:
        """Trials in the full design."""
        return len(self.dilemmas) * self.per_dilemma

    @property
    def selected(self) -> int:
        """Trials that are asked."""
        return len(self.chosen) * self.per_dilemma

    @property
    def attempts(self) -> int:
        """How often at most a trial is asked."""
        return 1 + self.file.asking.reask

    def blocks(self, length: int) -> Iterator[NDArray[np.int64]]:
        """Numbers of the selected trials, ascending, about `length` at a time."""
        step = max(1, length // self.per_dilemma)
        within = np.arange(self.per_dilemma)
        for start in range(0, len(self.chosen), step):
            chosen = self.chosen[start : start + step]
            yield (chosen[:, None] * self.per_dilemma + within).ravel()

    def split(self, trial: int) -> tuple[Dilemma, Arm, str, int]:
        """Dilemma, arm, question and repeat of a trial."""
        rest, repeat = divmod(trial, self.file.asking.repeats)
        rest, question = divmod(rest, len(QUESTIONS))
        dilemma, arm = divmod(rest, len(self.arms))
        return self.dilemmas[dilemma], self.arms[arm], QUESTIONS[question], repeat

    def order(self, dilemma: Dilemma, arm: Arm, question: str, repeat: int) -> tuple[int, ...]:
        """``order[shown] = original`` for one trial's options."""
        n = len(self.labels(dilemma, question))
        return presentation_order(
            n,
            self.file.asking.shuffle,
            *("order", self.file.seed, dilemma.id, arm.persona.id, arm.rendering, question, repeat),
        )

    def labels(self, dilemma: Dilemma, question: str) -> Sequence[str]:
        """The options of a question, in the instrument's own order."""
        return self._value_labels if question == "value" else self._action_texts[dilemma.id]

    @cached_property
    def _action_texts(self) -> dict[str, tuple[str, ...]]:
        return {d.id: tuple(action.text for action in d.actions) for d in self.dilemmas}

    @cached_property
    def _value_labels(self) -> tuple[str, ...]:
        return tuple(option.label for option in self.value_scale.options)

    @cached_property
    def _value_scores(self) -> tuple[float, ...]:
        return tuple(option.score for option in self.value_scale.options)

    def scores(self, question: str) -> tuple[float, ...]:
        """Scores of a question's options, in the instrument's own order."""
        return self._value_scores if question == "value" else self.action_scores

    @cached_property
    def instructions(self) -> dict[str, str]:
        """The system message by framing."""
        framings = {arm.framing for arm in self.arms}
        return {f: self.templates.render(template_name("instructions", f), {}) for f in framings}

    @cached_property
    def _blocks(self) -> dict[tuple[str, str], str | None]:
        """Persona blocks by arm: rendered once, used for every dilemma."""
        return {(arm.persona.id, arm.rendering): arm.block for arm in self.arms}

    def known(self, arm: Arm, question: str) -> dict[str, object]:
        """What a template is given whatever the dilemma."""
        return {
            "persona": self._blocks[arm.persona.id, arm.rendering],
            "variables": arm.rendering not in ("statements", "paraphrased"),
            "field": question,
            "last_letter": LETTERS[len(self.labels(self.dilemmas[0], question)) - 1],
        }

    def messages(
        self, dilemma: Dilemma, arm: Arm, question: str, repeat: int
    ) -> tuple[Message, ...]:
        """The prompt of one trial."""
        labels = self.labels(dilemma, question)
        context = {
            **self.known(arm, question),
            "scenario": dilemma.scenario_text,
            "value": dilemma.value_label,
            "options": lettered(labels, self.order(dilemma, arm, question, repeat)),
        }
        return (
            Message("system", self.instructions[arm.framing]),
            Message("user", self.templates.render(template_name(question, arm.framing), context)),
        )

    @cached_property
    def sampling(self) -> Sampling:
        """What of the study's sampling the model takes."""
        wanted = asdict(sampling_of(self.file))
        return Sampling(**{k: v for k, v in wanted.items() if k in self.capabilities.sampling})

    @cached_property
    def structured(self) -> str:
        """How an answer's form is held to: ``json_schema``, ``json_object`` or ``none``."""
        return "none" if self.file.asking.structured == "never" else self.capabilities.structured

    def request(self, trial: int, attempt: int) -> Request:
        """The request of a trial's attempt."""
        return self._writer.request(trial, attempt)

    @cached_property
    def _writer(self) -> RequestWriter:
        return RequestWriter(self)

    def code(self, trial: int, attempt: int, reply: Reply) -> Outcome:
        """What a reply is coded as, the option in the instrument's own order."""
        if reply.text is None:
            return Outcome(Status.FAILED, None, reply.failure or "no reply")
        dilemma, arm, question, repeat = self.split(trial)
        labels = self.labels(dilemma, question)
        order = self.order(dilemma, arm, question, repeat)
        shown = [labels[original] for original in order]
        outcome = code_choice(reply.text, field=question, options=shown, finish=reply.finish)
        if outcome.option is None:
            return outcome
        return Outcome(outcome.status, order[outcome.option], outcome.reason)

    def columns(self, trials: NDArray[np.int64]) -> pl.DataFrame:
        """What each trial asked of whom; see `mores.studies.study.StudyDesign`."""
        import polars as pl

        dilemma, arm, question, repeat = self._coordinates(trials)
        names = {
            "dilemma": pl.Series([d.id for d in self.dilemmas]),
            "value": pl.Series([d.value for d in self.dilemmas]),
            "topic": pl.Series([d.topic for d in self.dilemmas]),
        }
        arms = {
            "persona": pl.Series([a.persona.id for a in self.arms]),
            "category": pl.Series([a.persona.category for a in self.arms]),
            "rendering": pl.Series([a.rendering for a in self.arms]),
            "framing": pl.Series([a.framing for a in self.arms]),
        }
        return pl.DataFrame(
            {
                "trial": trials,
                **{name: series.gather(dilemma) for name, series in names.items()},
                **{name: series.gather(arm) for name, series in arms.items()},
                "question": pl.Series(QUESTIONS).gather(question),
                "repeat": repeat.astype(np.int16) + 1,
            }
        ).with_columns(unit=pl.col("dilemma") + "/" + pl.col("question"))

    def _coordinates(self, trials: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
        rest, repeat = np.divmod(trials, self.file.asking.repeats)
        rest, question = np.divmod(rest, len(QUESTIONS))
        dilemma, arm = np.divmod(rest, len(self.arms))
        return dilemma, arm, question, repeat

    def outcomes(self, trials: NDArray[np.int64], options: NDArray[np.int64]) -> pl.DataFrame:
        """Score (-1 … 1), name (`choice`) and place (`position`, from 1) of each chosen option."""
        import polars as pl

        action_names = [action.id for action in self.dilemmas[0].actions]
        scores: list[float | None] = []
        names: list[str | None] = []
        positions: list[int | None] = []
        for trial, option in zip(trials.tolist(), options.tolist(), strict=True):
            if option < 0:
                scores.append(None)
                names.append(None)
                positions.append(None)
                continue
            dilemma, arm, question, repeat = self.split(trial)
            scores.append(self.scores(question)[option])
            names.append(
                self._value_labels[option] if question == "value" else action_names[option]
            )
            positions.append(self.order(dilemma, arm, question, repeat).index(option) + 1)
        return pl.DataFrame(
            {"score": scores, "choice": names, "position": positions},
            schema={"score": pl.Float64, "choice": pl.String, "position": pl.Int16},
        )
