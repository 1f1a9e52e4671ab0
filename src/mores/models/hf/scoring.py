"""Probabilities of a question's options, each scored as a whole answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mores.errors import ModelError
from mores.models.hf.description import Described
from mores.models.hf.forms import Forms, OptionPrompt, OptionScores
from mores.models.hf.planning import Planned, Planner
from mores.models.hf.prefix_tree import Continuations
from mores.models.hf.template import Refusal
from mores.records import Message

__all__ = ["OptionScorer", "Runner"]

_ANY = (Message("user", "heron"),)


class Runner(Protocol):
    """What runs token sequences through a network."""

    def run(
        self,
        prompts: Sequence[list[int]],
        continuations: Sequence[Continuations],
        check: Callable[[], None],
    ) -> list[NDArray[np.float64]]:
        """Log-probabilities of each prompt's continuations; `check` is called now and then."""
        ...


class OptionScorer:
    """Scores options with a model in this process.

    Parameters
    ----------
    about : Described
        The model's tokenizer, template and stop tokens.
    runner : Runner
        What runs its tokens.
    forms : Forms, optional
        The ways of writing a label.
    """

    def __init__(self, about: Described, runner: Runner, forms: Forms | None = None) -> None:
        self.about = about
        self.runner = runner
        self.forms = forms or Forms()
        self._planner = Planner(about, self.forms)

    def check(self, labels: Sequence[str]) -> None:
        """Check that labels can be told apart as answers to a user's message.

        Raises
        ------
        ModelError
            If one cannot be expressed in the model's tokens, or not apart from another one.
        """
        self._planner.plan(OptionPrompt(_ANY, tuple(labels)))

    def score(
        self, prompts: Sequence[OptionPrompt], check: Callable[[], None] = lambda: None
    ) -> list[OptionScores]:
        """The probabilities of each prompt's options.

        Parameters
        ----------
        prompts : sequence of OptionPrompt
            The more that share a beginning, the less is run; equal ones are run once.
        check : callable
            Called now and then; what it raises ends the work.

        Returns
        -------
        list of OptionScores
            In order. One has a failure in place of masses where the prompt is longer than the
            model's context, the template refuses the messages, a label cannot be expressed after
            this prompt, or the model returns numbers that are not finite.
        """
        plans = {prompt: self._planned(prompt) for prompt in prompts}
        fitting = {prompt: plan for prompt, plan in plans.items() if isinstance(plan, Planned)}
        found = self.runner.run(
            [planned.tokens for planned in fitting.values()],
            [planned.plan.continuations for planned in fitting.values()],
            check,
        )
        scores = {
            prompt: self._scores(prompt.labels, planned, logs)
            for (prompt, planned), logs in zip(fitting.items(), found, strict=True)
        }
        scores |= {
            p: self._failed(p.labels, why) for p, why in plans.items() if isinstance(why, str)
        }
        return [scores[prompt] for prompt in prompts]

    def _planned(self, prompt: OptionPrompt) -> Planned | str:
        """A prompt in tokens, or why it cannot be scored."""
        try:
            planned = self._planner.plan(prompt)
        except (Refusal, ModelError) as error:
            return str(error)
        length, context = len(planned.tokens), self.about.context
        longest = max(map(len, planned.plan.continuations))
        if context is not None and length + longest - 1 > context:
            return f"a prompt of {length} tokens; the model takes {context}"
        return planned

    def _scores(
        self, labels: tuple[str, ...], planned: Planned, logs: NDArray[np.float64]
    ) -> OptionScores:
        if np.isnan(logs).any() or (logs > 1e-3).any():
            return self._failed(labels, "the model returned numbers that are no log-probabilities")
        masses = np.full((len(labels), len(self.forms.names)), -np.inf)
        np.logaddexp.at(masses, (planned.plan.label, planned.plan.form), logs)
        return OptionScores(
            labels,
            self.forms.names,
            masses,
            unexpressed=planned.plan.unexpressed,
            prompt_tokens=len(planned.tokens),
        )

    def _failed(self, labels: tuple[str, ...], why: str) -> OptionScores:
        masses = np.full((len(labels), len(self.forms.names)), -np.inf)
        return OptionScores(labels, self.forms.names, masses, failure=why)
