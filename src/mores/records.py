"""The records that pass between rooms: a request, its reply, and what the reply is coded as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

__all__ = [
    "BatteryStimulus",
    "Message",
    "OptionMasses",
    "Outcome",
    "Reply",
    "Request",
    "Sampling",
    "Status",
    "Stimulus",
    "SurveyStimulus",
]

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a prompt."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How an answer is drawn; ``None`` leaves the choice to the model's own default."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    max_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Stimulus:
    """What the simulated respondent knows of a request in place of reading it.

    A language model never sees it and it is no part of the key: it follows from the messages.

    Attributes
    ----------
    position : tuple of float or None
        Where the persona stands on (survival -> self-expression, traditional -> secular), each in
        -1 … 1; None without a persona.
    congruence : float
        How well the persona's beliefs fit together, 0 … 1; 1 without a persona.
    loading : tuple of float
        How the answer moves with the two axes.
    scores : tuple of float
        Score of each option in the order shown.
    item : str
        What is asked about; answers that share it share its difficulty.
    channel : str
        Which of the linked answers this is, such as ``"value"`` or ``"action"``.
    pair : str
        Identifies the respondent-by-item pair whose answers are linked.
    field : str
        The JSON field in which the letter is expected.
    framing : str
        Name of the framing, for framing-specific steerability.
    """

    position: tuple[float, float] | None
    congruence: float
    loading: tuple[float, float]
    scores: tuple[float, ...]
    item: str
    channel: str
    pair: str
    field: str
    framing: str = "persona"


@dataclass(frozen=True, slots=True)
class SurveyStimulus:
    """What the simulated respondent knows of a survey question in place of reading it.

    Attributes
    ----------
    arm : str
        Name of the kind of persona, for arm-specific steerability.
    traits : tuple of (str, float, float)
        What each descriptor of the persona adds to where it stands on the cultural map (x, y); the
        persona stands at their sum. Empty without a persona.
    loading : tuple of float
        How the latent answer moves with the two axes of the map.
    intercept : float
        Latent answer in the middle of the map.
    thresholds : tuple of float
        Between neighbouring options, ascending; empty for a nominal question.
    utilities : tuple of (float, float, float)
        Of each option of a nominal question: intercept and loadings; empty for an ordered one.
    order : tuple of int
        ``order[shown] = original`` of the options.
    labels : tuple of str
        What an answer is written as, in the order shown.
    texts : tuple of str
        The options' texts in the order shown, for answers in words; empty where it answers by labels
        alone.
    language : str
        ISO 639-1 code of the language that it writes.
    """

    arm: str
    traits: tuple[tuple[str, float, float], ...]
    loading: tuple[float, float]
    intercept: float
    thresholds: tuple[float, ...]
    utilities: tuple[tuple[float, float, float], ...]
    order: tuple[int, ...]
    labels: tuple[str, ...]
    texts: tuple[str, ...] = ()
    language: str = "en"


@dataclass(frozen=True, slots=True)
class BatteryStimulus:
    """What the simulated respondent knows of several survey questions that are asked as one.

    Attributes
    ----------
    members : tuple of SurveyStimulus
        In the order asked; they share `arm`, `traits` and `language`.
    """

    members: tuple[SurveyStimulus, ...]


@dataclass(frozen=True, slots=True)
class OptionMasses:
    """Probabilities that a whole answer is each of some labels, as far as a model tells.

    Attributes
    ----------
    low, high : tuple of float
        Natural logarithms of the bounds of each probability, in the order of the labels; minus
        infinity for 0. Equal where the model tells it exactly.
    """

    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One prompt to one model.

    Attributes
    ----------
    key : bytes
        Digest of everything that can change the answer (see `mores.keys`).
    messages : tuple of Message
        What is sent.
    sampling : Sampling
        How the answer is drawn.
    seed : int
        Seed handed to a model that takes one.
    answer_schema : mapping or None
        JSON Schema of the answer, for models that can be held to one.
    stimulus : Stimulus, SurveyStimulus, BatteryStimulus or None
        For simulated respondents only.
    labels : tuple of str
        The answers whose probabilities are wanted, in the order shown; empty where text is wanted.
    """

    key: bytes
    messages: tuple[Message, ...]
    sampling: Sampling
    seed: int
    answer_schema: Mapping[str, Any] | None = field(default=None, compare=False)
    stimulus: Stimulus | SurveyStimulus | BatteryStimulus | None = field(
        default=None, compare=False
    )
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for a request, verbatim.

    Attributes
    ----------
    text : str or None
        The model's words as received; None when there are none: for a failure, and where the
        probabilities of labels were asked for.
    failure : str or None
        Why there is no answer, as one line; None when there is one.
    permanent : bool
        For a failure: asking the same again would fail again (refused by the server as invalid, too
        long, or filtered).
    finish : str or None
        Why the model stopped, in the server's word: ``stop``, ``length``, ``content_filter`` …
    detail : str
        JSON of whatever else the server said: reasoning, log-probabilities, its model name.
    prompt_tokens, completion_tokens : int or None
        As counted by the server.
    seconds : float
        From sending to the last byte, retries included.
    masses : OptionMasses or None
        The probabilities of the request's labels, where it asked for them.
    """

    text: str | None
    failure: str | None = None
    permanent: bool = False
    finish: str | None = None
    detail: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float = 0.0
    masses: OptionMasses | None = None


class Status(StrEnum):
    """How a request ended."""

    CODED = "coded"
    REFUSED = "refused"
    UNCODED = "uncoded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reply is coded as.

    Attributes
    ----------
    status : Status
        ``coded`` exactly when `option` is not None or, of a battery, no part is missing.
    option : int or None
        Index of the chosen option: as shown when it comes from the coding room, in the instrument's
        own order once the study has undone the order of presentation. The most probable one, where
        probabilities were asked for.
    reason : str
        A code in kebab-case: how it was read, or why it could not be.
    probabilities : tuple of float
        Of the options, summing to 1, in the order that `option` refers to; empty for a text answer.
    allowed_mass : float or None
        Probability that an answer is one of the options, 0 … 1; None for a text answer.
    unseen : float or None
        Largest share of the options' mass that may lie on options of which the model did not tell,
        0 … 1; no probability is further off than that. None for a text answer.
    parts : tuple of int
        Of a battery: the option of each member, in the order asked, -1 for one that is not coded.
        Empty for a single question.
    flags : tuple of str
        What else the reply does, whatever its status: ``hedge`` (it qualifies or withholds a view),
        ``refusal`` (it declines to answer, even if it then does).
    """

    status: Status
    option: int | None
    reason: str
    probabilities: tuple[float, ...] = ()
    allowed_mass: float | None = None
    unseen: float | None = None
    parts: tuple[int, ...] = ()
    flags: tuple[str, ...] = ()
