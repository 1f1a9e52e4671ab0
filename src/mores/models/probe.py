"""What a model can do, as found by asking it: the findings of ``mores models check``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from mores.errors import ModelError
from mores.models.dialect import ScoringForm
from mores.models.failures import Failure, Unusable
from mores.models.http import HttpModel
from mores.models.interface import Capabilities, Model
from mores.models.negotiate import question
from mores.records import Message, Reply, Request, Sampling

__all__ = ["Finding", "check"]

_TOP = (20, 10, 5, 1)
_CONTEXT = (
    "max_model_len",
    "context_length",
    "context_window",
    "max_context_length",
    "inputTokenLimit",
)
_WORD = "pelican"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found out about a model.

    Attributes
    ----------
    name : str
        What was looked at.
    value : str
        What was found, in a word or a number.
    note : str
        What it means or where it comes from; may be empty.
    """

    name: str
    value: str
    note: str = ""


async def check(model: Model) -> list[Finding]:
    """Find out what a model can do.

    Parameters
    ----------
    model : Model
        Prepared here if it is not yet; closing it is left to the caller. A language model behind a
        server is sent seven to twenty short requests; any other speaks for itself.

    Returns
    -------
    list of Finding
        In a fixed order.

    Raises
    ------
    ModelError
        If the model cannot be used at all.
    """
    await model.prepare()
    able = model.capabilities
    if not isinstance(model, HttpModel):
        source = "simulated" if model.simulated else "stated by the model"
        found = [*_accepted(able, source), _logprobs(able.logprobs), _scoring(able)]
        notes = [Finding("note", line) for line in getattr(model, "notes", ())]
        return [*found, _reasoning(able.reasoning), *notes]
    accepted = "accepted by the server, which may still ignore it"
    findings = _accepted(able, accepted)
    if able.system:
        findings.append(await _system_followed(model))
    findings += await _probabilities(model)
    plain = await _tried(model, question(able))
    findings += [_reasoning(able.reasoning), await _context(model)]
    seconds = f"{plain.seconds:.2f} s" if plain is not None else "unknown"
    return [*findings, Finding("latency", seconds, "one short request, alone")]


def _accepted(able: Capabilities, source: str) -> list[Finding]:
    return [
        Finding("structured output", able.structured, "the strictest that replies obey"),
        Finding("system message", _yes(able.system), source if able.system else _FOLDED),
        Finding("seed", _yes(able.seed), source if able.seed else "answers will not repeat"),
        Finding("sampling", ", ".join(able.sampling) or "none", source),
    ]


_FOLDED = "its text goes in front of the first user message"


def _logprobs(count: int) -> Finding:
    if count < 0:
        return Finding("log-probabilities", "exact", "over all options")
    return Finding("log-probabilities", str(count) if count else "none", "a token")


_SCORED = {
    "exact": "of whole answers",
    "prompt": "of whole answers, as log-probabilities of the prompt's own tokens",
    "prefill": "of the first token, and of what follows a begun answer",
    "first-token": "of the first token alone; ten options or more are labelled with letters",
}


def _scoring(able: Capabilities) -> Finding:
    note = [_SCORED.get(able.scoring, "")]
    form = ScoringForm.of(able)
    if able.scoring == "prefill":
        note.append(f"begun by {_BEGUN[form.begun]}")
    if form.closing:
        note.append(f"reasoning closed by {_CLOSED[form.closing]}")
    return Finding("option probabilities", able.scoring, "; ".join(note))


_BEGUN = {
    "": "an unknown way",
    "continue": "continue_final_message",
    "trailing": "a last message of the assistant",
}
_CLOSED = {"template": "chat_template_kwargs", "effort": "reasoning_effort"}


async def _probabilities(model: HttpModel) -> list[Finding]:
    """What it tells of the probabilities of tokens, and of options."""
    try:
        await model.prepare_scoring()
    except ModelError as lack:
        why = str(lack).removeprefix(f"{model.spec} ")
        return [
            _logprobs(await _count_logprobs(model)),
            Finding("option probabilities", "none", why),
        ]
    return [_logprobs(model.capabilities.logprobs), _scoring(model.capabilities)]


def _reasoning(reasons: bool) -> Finding:
    return Finding("reasoning channel", _yes(reasons), "before the answer" if reasons else "")


def _yes(found: bool) -> str:
    return "yes" if found else "no"


async def _tried(
    model: HttpModel, request: Request, extra: dict[str, Any] | None = None
) -> Reply | None:
    """The reply to a request, None if there is none."""
    try:
        return await model.send(request, model.capabilities, extra)
    except Failure:
        return None


def _asked(system: str, user: str, max_tokens: int) -> Request:
    messages = (Message("system", system), Message("user", user))
    return Request(b"", messages, Sampling(temperature=0.0, max_tokens=max_tokens), seed=1)


async def _system_followed(model: HttpModel) -> Finding:
    order = f"Whatever you are asked, answer with the single word {_WORD} and nothing else."
    reply = await _tried(model, _asked(order, "What is the capital of France?", 1024))
    if reply is None or not reply.text:
        return Finding("system message followed", "unknown", "no answer")
    return Finding("system message followed", _yes(_WORD in reply.text.lower()))


async def _count_logprobs(model: HttpModel) -> int:
    request = _asked("You answer briefly.", "Which letter comes first, A or B?", 1024)
    for top in _TOP:
        reply = await _tried(model, request, {"logprobs": True, "top_logprobs": top})
        if reply is not None:
            return _alternatives(reply.detail)
    return 0


def _alternatives(detail: str) -> int:
    """How many alternatives the first token comes with in a body."""
    try:
        token = json.loads(detail)["choices"][0]["logprobs"]["content"][0]
        return len(token["top_logprobs"])
    except (ValueError, LookupError, TypeError):
        return 0


async def _context(model: HttpModel) -> Finding:
    """The context length, where the server's list of models gives it."""
    name = "context length"
    try:
        entries = await model.listed()
    except (Failure, Unusable):
        entries = []
    own = next((e for e in entries if e["id"] == model.endpoint.model), {})
    meta = own.get("meta")
    known = {**(meta if isinstance(meta, dict) else {}), **own}
    for field in (*_CONTEXT, "n_ctx_train"):
        if isinstance(known.get(field), int):
            return Finding(
                name, str(known[field]), f"tokens, {field} in the server's list of models"
            )
    return Finding(name, "unknown", "the server's list of models does not say")
