"""What every kind of model offers to fieldwork."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from mores.records import Reply, Request

__all__ = ["Capabilities", "Holdable", "Model", "Price"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model was found to be able to do.

    Attributes
    ----------
    system : bool
        Takes a system message; else its text is put in front of the first user message.
    structured : {'json_schema', 'json_object', 'none'}
        The strictest structured output that it takes.
    seed : bool
        Takes a seed (not a promise that it repeats itself).
    sampling : tuple of str
        Which of temperature, top_p, top_k, max_tokens it takes; max_completion_tokens in place of
        max_tokens where a server wants the limit under that name.
    logprobs : int
        How many log-probabilities a token it returns; 0 for none, -1 for exact ones over all
        options.
    reasoning : bool
        Opens a reasoning channel before its answer.
    scoring : {'exact', 'prompt', 'prefill', 'first-token', 'none'}
        How it tells the probabilities of answers: of whole answers exactly; of whole answers, as the
        log-probabilities of a prompt's own tokens; of an answer's first token, and of what follows
        an answer that was begun for it; of the first token alone; or not at all.
    scoring_form : str
        How it wants to be asked for them, where there is a choice (see
        `mores.models.dialect.ScoringForm`); else empty.
    """

    system: bool = True
    structured: str = "none"
    seed: bool = True
    sampling: tuple[str, ...] = ("temperature", "top_p", "top_k", "max_tokens")
    logprobs: int = 0
    reasoning: bool = False
    scoring: str = "none"
    scoring_form: str = ""


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens, with the day and the source of the figure."""

    prompt: float
    completion: float
    as_of: str
    source: str


class Model(Protocol):
    """A respondent that is not human.

    Attributes
    ----------
    spec : str
        What the user typed, such as ``sim`` or ``openai/NAME``.
    label : str
        Short name for tables and figures.
    simulated : bool
        True when no language model is behind it; every output then says so.
    block_size : int
        How many requests it likes to be asked at once.
    """

    spec: str
    label: str
    simulated: bool
    block_size: int

    @property
    def capabilities(self) -> Capabilities:
        """What it can do; known after `prepare`."""
        ...

    @property
    def identity(self) -> dict[str, Any]:
        """Everything of it that can change an answer; part of every request's key."""
        ...

    async def prepare(self, known: Capabilities | None = None) -> None:
        """Open connections and find out, or confirm, what it can do.

        Raises
        ------
        ModelError
            If it cannot be used at all.
        """
        ...

    async def prepare_scoring(self) -> None:
        """Find out, or confirm, how it tells the probabilities of labels; after `prepare`.

        Raises
        ------
        ModelError
            If it does not tell them.
        """
        ...

    async def ask(self, requests: Sequence[Request]) -> Sequence[Reply]:
        """One reply for each request, in order; a failed request is a reply too.

        Raises
        ------
        ModelError
            If no request can succeed: the key or the model is rejected.
        """
        ...

    async def close(self) -> None:
        """Let go of connections and memory."""
        ...


@runtime_checkable
class Holdable(Protocol):
    """A model that queues or repeats requests, and can be told to stop doing so."""

    def hold(self) -> None:
        """Send nothing more; what is on its way may still come back.

        A request that was never sent raises `asyncio.CancelledError`, one that waits to be repeated
        ends with its failure.
        """
        ...
