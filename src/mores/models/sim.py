"""The simulated respondent: a psychometric model whose truth is known, not a language model.

A persona at map position p and of congruence g moves the respondent from its prior position to ::

    s     = steerability * (1 - incongruity_cost * (1 - g))
    theta = prior + s * (p - prior)                  (the prior itself without a persona)

An item has an easiness b ~ N(agreement, item_sd); a respondent-by-item pair has two independent
standard normal deviations u and w. The latent answers to the value and to the action question are ::

    m        = discrimination * loading . theta + b
    eta_v    = m + pair_sd * u + acquiescence
    eta_a    = action_scale * (m + pair_sd * (rho * u + sqrt(1 - rho**2) * w)) + action_shift

so that ``rho`` is the planted value-action link: `link` without a persona and, with one, ::

    rho = link + (persona_link - link) * (1 - incongruity_cost * (1 - g))

Options are answered by a graded-response model: with thresholds t halfway between neighbouring
scores, ``P(score <= s) = logistic((t_s - eta) / dispersion)``. `position_bias` then adds to the log
odds of the option shown first. A share `refusal` of replies declines, a share `malformed` cannot be
read, and a share `messy` of the rest is wrapped in fences or prose as language models do.

Survey questions are answered by another model; see `mores.models.sim_survey`.

b depends on the item, u and w on the pair, the rest on the request's key, each through a digest with
`seed`: the same request always gets the same reply, on any machine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from math import exp, sqrt
from statistics import NormalDist
from typing import Any

from mores.errors import ModelError, nearest
from mores.models.interface import Capabilities
from mores.models.sim_survey import REFUSAL, option_masses, survey_text
from mores.records import Reply, Request, Stimulus, SurveyStimulus

__all__ = ["SimulatedModel", "SimulationParameters"]

_inverse_normal = NormalDist().inv_cdf
_ANY = (-10.0, 10.0)
_SHARE = (0.0, 1.0)
_POSITIVE = (0.01, 10.0)

_KINDS: dict[str, type[int] | type[str]] = {"seed": int, "heeds": str}
_LATER = frozenset(
    {"map_x", "map_y", "steer_country", "steer_sociodemographic", "steer_value"}
    | {"steer_few_shot", "survey_dispersion", "heeds"}
)
"""Parameters that the identity names only where they differ from their defaults."""

RANGES: dict[str, tuple[float, float]] = {
    "prior_x": (-1.0, 1.0),
    "prior_y": (-1.0, 1.0),
    "steerability": _SHARE,
    "incongruity_cost": _SHARE,
    "link": (-1.0, 1.0),
    "persona_link": (-1.0, 1.0),
    "agreement": _ANY,
    "discrimination": _ANY,
    "item_sd": (0.0, 10.0),
    "pair_sd": (0.0, 10.0),
    "action_scale": (0.0, 10.0),
    "action_shift": _ANY,
    "acquiescence": _ANY,
    "dispersion": _POSITIVE,
    "position_bias": _ANY,
    "map_x": (-3.0, 4.0),
    "map_y": (-3.0, 3.0),
    "steer_country": _SHARE,
    "steer_sociodemographic": _SHARE,
    "steer_value": _SHARE,
    "steer_few_shot": _SHARE,
    "survey_dispersion": _POSITIVE,
    "refusal": _SHARE,
    "malformed": _SHARE,
    "messy": _SHARE,
    "seed": (0.0, 2.0**31 - 1),
}


@dataclass(frozen=True, slots=True)
class SimulationParameters:
    """Parameters of the simulated respondent; the equations stand in the module's docstring.

    Attributes
    ----------
    prior_x, prior_y : float
        Where the respondent stands without a persona, on (survival -> self-expression, traditional
        -> secular), -1 … 1.
    steerability : float
        How far a fully congruous persona moves it, 0 (not at all) … 1 (all the way).
    incongruity_cost : float
        Share of steerability and of the gain in link that a wholly incongruous persona loses, 0 … 1.
    link, persona_link : float
        Correlation of the latent value and action answers without a persona and with a congruous
        one, -1 … 1.
    agreement : float
        Mean easiness of an item, in units of the score.
    discrimination : float
        How strongly the latent answer moves with the map position.
    item_sd, pair_sd : float
        Standard deviations of the easiness of items and of respondent-by-item deviations.
    action_scale, action_shift : float
        Actions are milder than stated values by this factor, and shifted towards the value.
    acquiescence : float
        Added to stated agreement only.
    dispersion : float
        Scale of the logistic response noise; larger means less consistent over repeats.
    position_bias : float
        Added to the log odds of the option shown first.
    map_x, map_y : float
        Where the respondent to a survey stands without a persona, on the cultural map.
    steer_country, steer_sociodemographic, steer_value, steer_few_shot : float
        How far a country's name, and each kind of persona, moves it on the map, 0 … 1.
    survey_dispersion : float
        Standard deviation of its answers to survey questions around what its position implies; that
        of the synthetic population is 1.
    heeds : str
        The descriptors to which it pays attention, as codes of the map's indicators in trend files
        joined by ``+``, such as ``A008+F063``; all if empty.
    refusal, malformed, messy : float
        Shares of replies, 0 … 1.
    seed : int
        Another seed is another respondent of the same kind.
    """

    prior_x: float = 0.45
    prior_y: float = 0.35
    steerability: float = 0.7
    incongruity_cost: float = 0.6
    link: float = 0.1
    persona_link: float = 0.75
    agreement: float = 0.25
    discrimination: float = 1.2
    item_sd: float = 0.3
    pair_sd: float = 0.75
    action_scale: float = 0.6
    action_shift: float = 0.05
    acquiescence: float = 0.1
    dispersion: float = 0.12
    position_bias: float = 0.15
    map_x: float = 1.2
    map_y: float = 0.5
    steer_country: float = 0.45
    steer_sociodemographic: float = 0.5
    steer_value: float = 0.85
    steer_few_shot: float = 0.6
    survey_dispersion: float = 0.5
    heeds: str = ""
    refusal: float = 0.004
    malformed: float = 0.02
    messy: float = 0.12
    seed: int = 0

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            given = getattr(self, name)
            if not low <= given <= high:
                raise ModelError(
                    f"sim: {name}={given} is outside {low:g} … {high:g}; choose one inside"
                )
        _check_heeds(self.heeds)
        if self.refusal + self.malformed > 1:
            raise ModelError(
                f"sim: refusal={self.refusal} and malformed={self.malformed} add up to more than 1; "
                "lower one of them"
            )

    @classmethod
    def parse(cls, text: str) -> SimulationParameters:
        """Read ``name=value,name=value``.

        Raises
        ------
        ModelError
            If a name is unknown or given twice, or a value is no number or out of range.
        """
        given: dict[str, float | int | str] = {}
        known = [f.name for f in fields(cls)]
        for part in filter(None, (p.strip() for p in text.split(","))):
            name, separator, value = (p.strip() for p in part.partition("="))
            if not separator:
                raise ModelError(
                    f"sim: {part!r} is not name=value; write sim:steerability=0.6,link=0.5"
                )
            if name not in known:
                raise ModelError(f"sim: there is no parameter {name!r}; {nearest(name, known)}")
            if name in given:
                raise ModelError(f"sim: {name} is given twice; give it once")
            try:
                given[name] = _KINDS.get(name, float)(value)
            except ValueError:
                kind = "whole number" if name == "seed" else "number"
                raise ModelError(f"sim: {name}={value} is not a {kind}; give one") from None
        return cls(**given)  # type: ignore[arg-type]


def _check_heeds(heeds: str) -> None:
    """Refuse what is no descriptor: it would be heeded as little as all others."""
    if not heeds:
        return
    from mores.personas.descriptors import MAP_ITEMS

    for name in heeds.split("+"):
        if name not in MAP_ITEMS:
            raise ModelError(
                f"sim: heeds={heeds}: {name!r} is none of the descriptors that it can heed; "
                f"{nearest(name, MAP_ITEMS)}; join several with +"
            )


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
            if name not in _LATER or value != getattr(plain, name)
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

    def latent(self, stimulus: Stimulus) -> float:
        """The latent answer eta to a stimulus, given its item and pair."""
        p = self.parameters
        if stimulus.position is None:
            x, y, rho = p.prior_x, p.prior_y, p.link
        else:
            kept = 1 - p.incongruity_cost * (1 - stimulus.congruence)
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
        p = self.parameters
        if isinstance(stimulus, SurveyStimulus) and request.labels:
            return Reply(
                text=None,
                masses=option_masses(p, stimulus),
                prompt_tokens=sum(len(message.content) for message in request.messages) // 4,
                completion_tokens=0,
            )
        kind, choice, style, words = self._uniforms(request.key)
        if isinstance(stimulus, SurveyStimulus):
            text = survey_text(p, stimulus, kind, choice, style)
        elif kind < p.refusal:
            text = REFUSAL
        elif kind < p.refusal + p.malformed:
            text = _MALFORMED[int(words * len(_MALFORMED))].replace("FIELD", stimulus.field)
        else:
            shown = _draw(self.option_probabilities(stimulus), choice)
            text = _written(stimulus, shown, style / p.messy if style < p.messy else None, words)
        return Reply(
            text=text,
            finish="stop",
            prompt_tokens=sum(len(message.content) for message in request.messages) // 4,
            completion_tokens=len(text) // 4,
        )


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
