"""The simulated respondent: a psychometric model whose truth is known, not a language model.

A persona at map position p and of congruence g moves the respondent from its prior position to ::

    k     = f * (1 - incongruity_cost * (1 - g))
    theta = prior + steerability * k * (p - prior)   (the prior itself without a persona)

with f = 1 where the persona is its own, `steer_as_user` where it is the user's, and
`steer_as_third_person` where it is that of a person whose answer it predicts.

An item has an easiness b ~ N(agreement, item_sd); a respondent-by-item pair has two independent
standard normal deviations u and w. The latent answers to the value and to the action question are ::

    m        = discrimination * loading . theta + b
    eta_v    = m + pair_sd * u + acquiescence
    eta_a    = action_scale * (m + pair_sd * (rho * u + sqrt(1 - rho**2) * w)) + action_shift

so that ``rho`` is the planted value-action link: `link` without a persona and, with one, ::

    rho = link + (persona_link - link) * k

Options are answered by a graded-response model: with thresholds t halfway between neighbouring
scores, ``P(score <= s) = logistic((t_s - eta) / dispersion)``. `position_bias` then adds to the log
odds of the option shown first. A share `refusal` of replies declines, a share `malformed` cannot be
read, and a share `messy` of the rest is wrapped in fences or prose as language models do.

Survey questions are answered by another model; see `mores.models.sim_survey`. So are questions about
moral foundations; see `mores.models.sim_moral`.

b depends on the item, u and w on the pair, the rest on the request's key, each through a digest with
`seed`: the same request always gets the same reply, on any machine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from math import exp, sqrt
from statistics import NormalDist
from typing import Any

from mores.errors import ModelError
from mores.models.interface import Capabilities
from mores.models.sim_moral import as_survey
from mores.models.sim_parameters import LATER, RANGES, SimulationParameters
from mores.models.sim_survey import REFUSAL, option_masses, survey_text
from mores.models.sim_words import battery_words, survey_words
from mores.records import (
    BatteryStimulus,
    MoralStimulus,
    OptionMasses,
    Reply,
    Request,
    Stimulus,
    SurveyStimulus,
)

__all__ = ["RANGES", "SimulatedModel", "SimulationParameters"]

_inverse_normal = NormalDist().inv_cdf


class SimulatedModel:
    """A respondent with known parameters behind the interface of a language model.

    Parameters
    ----------
    parameters : SimulationParameters
        Its truth.
    spec : str
        How it was named.
    """

    simulated = True
    block_size = 256
    label = "simulated"

    def __init__(self, parameters: SimulationParameters, spec: str = "sim") -> None:
        self.parameters = parameters
        self.spec = spec
        self._salt = f"sim/1/{parameters.seed}/".encode()

    @classmethod
    def from_spec(cls, spec: str) -> SimulatedModel:
        """Read ``sim`` or ``sim:name=value,…``."""
        _, _, text = spec.partition(":")
        return cls(SimulationParameters.parse(text), spec)

    @property
    def capabilities(self) -> Capabilities:
        """Everything, exactly."""
        return Capabilities(structured="json_schema", logprobs=-1, scoring="exact")

    @property
    def identity(self) -> dict[str, Any]:
        """Kind, version of the equations, and the parameters."""
        plain = SimulationParameters()
        known = {
            name: value
            for name, value in asdict(self.parameters).items()
            if name not in LATER or value != getattr(plain, name)
        }
        return {"kind": "sim", "version": 1, **known}

    async def prepare(self, known: Capabilities | None = None) -> None:
        """Nothing to prepare."""

    async def prepare_scoring(self) -> None:
        """Nothing to prepare."""

    async def close(self) -> None:
        """Nothing to close."""

    async def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """Write one reply a request."""
        return [self.reply(request) for request in requests]

    def _uniforms(self, seed: bytes) -> tuple[float, float, float, float]:
        """Four independent uniforms in (0, 1) from a digest of the seed."""
        drawn = hashlib.sha256(self._salt + seed).digest()
        a, b, c, d = (int.from_bytes(drawn[i : i + 8], "big") for i in (0, 8, 16, 24))
        return (a + 0.5) / 2**64, (b + 0.5) / 2**64, (c + 0.5) / 2**64, (d + 0.5) / 2**64

    def _framed(self, stimulus: Stimulus) -> float:
        """Share of a persona's effect that is left in its framing."""
        p = self.parameters
        shares = {"user": p.steer_as_user, "third-person": p.steer_as_third_person}
        return shares.get(stimulus.framing, 1.0)

    def latent(self, stimulus: Stimulus) -> float:
        """The latent answer eta to a stimulus, given its item and pair."""
        p = self.parameters
        if stimulus.position is None:
            x, y, rho = p.prior_x, p.prior_y, p.link
        else:
            kept = self._framed(stimulus) * (1 - p.incongruity_cost * (1 - stimulus.congruence))
            s = p.steerability * kept
            x = p.prior_x + s * (stimulus.position[0] - p.prior_x)
            y = p.prior_y + s * (stimulus.position[1] - p.prior_y)
            rho = p.link + (p.persona_link - p.link) * kept
        easiness = p.agreement + p.item_sd * _inverse_normal(
            self._uniforms(f"item/{stimulus.item}".encode("utf-8", "surrogatepass"))[0]
        )
        mean = p.discrimination * (stimulus.loading[0] * x + stimulus.loading[1] * y) + easiness
        uniform_u, uniform_w, _, _ = self._uniforms(
            f"pair/{stimulus.pair}".encode("utf-8", "surrogatepass")
        )
        u, w = _inverse_normal(uniform_u), _inverse_normal(uniform_w)
        if stimulus.channel == "action":
            deviation = p.pair_sd * (rho * u + sqrt(max(0.0, 1 - rho * rho)) * w)
            return p.action_scale * (mean + deviation) + p.action_shift
        return mean + p.pair_sd * u + p.acquiescence

    def option_probabilities(self, stimulus: Stimulus) -> list[float]:
        """P(option) in the order shown, given that the respondent answers; sums to 1."""
        eta = self.latent(stimulus)
        steps = sorted(set(stimulus.scores))
        cumulative = [
            _logistic(((low + high) / 2 - eta) / self.parameters.dispersion)
            for low, high in pairwise(steps)
        ]
        edges = [0.0, *cumulative, 1.0]
        mass = {score: edges[i + 1] - edges[i] for i, score in enumerate(steps)}
        weights = [mass[score] / stimulus.scores.count(score) for score in stimulus.scores]
        weights[0] *= exp(self.parameters.position_bias)
        total = sum(weights)
        return [weight / total for weight in weights]

    def reply(self, request: Request) -> Reply:
        """The text that a language model with these answers would write."""
        stimulus = request.stimulus
        if stimulus is None:
            raise ModelError("sim: this request carries no stimulus; only a study can ask sim")
        if isinstance(stimulus, MoralStimulus):
            stimulus = self._moral(stimulus)
        read = sum(len(message.content) for message in request.messages) // 4
        if request.labels and not isinstance(stimulus, Stimulus):
            return Reply(
                text=None,
                masses=self._masses(stimulus),
                prompt_tokens=read,
                completion_tokens=0,
            )
        text = self._text(stimulus, request.key)
        return Reply(text=text, finish="stop", prompt_tokens=read, completion_tokens=len(text) // 4)

    def _moral(self, stimulus: MoralStimulus) -> SurveyStimulus:
        seed = f"moral/{stimulus.item}".encode("utf-8", "surrogatepass")
        return as_survey(self.parameters, stimulus, _inverse_normal(self._uniforms(seed)[0]))

    def _masses(self, stimulus: SurveyStimulus | BatteryStimulus) -> OptionMasses:
        if isinstance(stimulus, BatteryStimulus):
            raise ModelError(
                "sim: several questions that are asked as one have no option probabilities; ask "
                "each alone, or for text"
            )
        return option_masses(self.parameters, stimulus)

    def _text(self, stimulus: Stimulus | SurveyStimulus | BatteryStimulus, key: bytes) -> str:
        p, drawn = self.parameters, self._uniforms(key)
        if isinstance(stimulus, BatteryStimulus):
            places = range(len(stimulus.members))
            choices = [self._uniforms(key + f"/member/{place}".encode())[0] for place in places]
            return battery_words(p, stimulus, drawn, choices)
        if isinstance(stimulus, SurveyStimulus):
            return (
                survey_words(p, stimulus, drawn)
                if stimulus.texts
                else survey_text(p, stimulus, *drawn[:3])
            )
        kind, choice, style, words = drawn
        if kind < p.refusal:
            return REFUSAL
        if kind < p.refusal + p.malformed:
            return _MALFORMED[int(words * len(_MALFORMED))].replace("FIELD", stimulus.field)
        shown = _draw(self.option_probabilities(stimulus), choice)
        return _written(stimulus, shown, style / p.messy if style < p.messy else None, words)


def _logistic(z: float) -> float:
    return 1 / (1 + exp(-z)) if z > -500 else 0.0


def _draw(probabilities: Sequence[float], uniform: float) -> int:
    total = 0.0
    for index, probability in enumerate(probabilities):
        total += probability
        if uniform < total:
            return index
    return len(probabilities) - 1


_OPENINGS = (
    "Given how I see things, this sits close to what I would do.",
    "Weighing both sides of this situation, I lean one way.",
    "My outlook makes this a fairly natural position for me.",
    "I thought about what matters here and to whom.",
)
_CLOSINGS = {
    "value": "It fits how much this principle counts for me in this context.",
    "action": "It is the course that I could stand by afterwards.",
}
_MALFORMED = (
    '{"reasoning": "There is a lot to be said on both sides and I would',
    "Both A and D could be right, depending on the circumstances.",
    '{"reasoning": "I see several sides.", "FIELD": "A or C"}',
    '{"reasoning": "Hard to say.", "FIELD": "Z"}',
)


def _written(stimulus: Stimulus, shown: int, mess: float | None, words: float) -> str:
    opening = _OPENINGS[int(words * len(_OPENINGS))]
    closing = _CLOSINGS.get(stimulus.channel, _CLOSINGS["value"])
    letter = chr(ord("A") + shown)
    text = json.dumps({"reasoning": f"{opening} {closing}", stimulus.field: letter}, indent=2)
    if mess is None:
        return text
    if mess < 0.5:
        return f"```json\n{text}\n```"
    if mess < 0.75:
        return f"Here is my answer:\n\n{text}"
    return text.replace(f'"{letter}"', f'"{letter.lower()}"').replace("\n}", ",\n}")
