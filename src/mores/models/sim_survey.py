r"""How the simulated respondent answers survey questions: its position on the cultural map decides.

The descriptors of a persona, of which it heeds some, say where the persona stands, :math:`p`. From
where the respondent stands by itself, :math:`\pi`, it moves to

.. math:: \theta = \pi + s_a (p - \pi)

with the steerability :math:`s_a` of the kind of persona, or of the framing; without a persona it stays.
An ordered question with loading a, intercept b and thresholds :math:`\tau` is answered as in the
synthetic population (`mores.populations.synthetic.responses`), but for the dispersion :math:`\sigma`,
which is 1 there:

.. math:: P(k) = \Phi\Big(\frac{\tau_k - a'\theta - b}{\sigma}\Big)
    - \Phi\Big(\frac{\tau_{k-1} - a'\theta - b}{\sigma}\Big)

and a nominal one with :math:`P(k) \propto \exp((\alpha_k + a_k'\theta) / \sigma)`. The position bias
adds to the log odds of the option shown first. An option that the order of presentation leaves out is
not offered: the others keep their proportions. So with steerability and dispersion 1 a population of
personas answers as the synthetic population does, apart from what is peculiar to a country and an
item; with a smaller dispersion it is less diverse, by a known amount.

`mores.models.sim_words` writes the answers where options have texts.
"""

from __future__ import annotations

from itertools import pairwise
from math import erfc, exp, inf, log, sqrt
from typing import TYPE_CHECKING

from mores.records import OptionMasses, SurveyStimulus

if TYPE_CHECKING:
    from mores.models.sim_parameters import SimulationParameters

__all__ = [
    "ALWAYS_HEEDED",
    "REFUSAL",
    "drawn_option",
    "option_masses",
    "survey_probabilities",
    "survey_text",
]

REFUSAL = "I'm sorry, but I can't take on this perspective or choose an option here."
_MALFORMED = ("It depends.", "Somewhere in between, I suppose.", "{first} or {last}", "0")
_MESSY = ("{label}.", "**{label}**", "Answer: {label}", " {label}\n")
_ROOT = sqrt(0.5)
ALWAYS_HEEDED = ("nationality", "sociodemographic", "origin")
"""Traits that are no descriptors: a country, a sociodemographic group, and where the map begins."""


def survey_probabilities(p: SimulationParameters, stimulus: SurveyStimulus) -> list[float]:
    """P(option | it answers) in the order shown; sums to 1."""
    x, y = _position(p, stimulus)
    if stimulus.utilities:
        utilities = [
            (intercept + u * x + v * y) / p.survey_dispersion
            for intercept, u, v in stimulus.utilities
        ]
        highest = max(utilities)
        shares = [exp(utility - highest) for utility in utilities]
    else:
        eta = stimulus.loading[0] * x + stimulus.loading[1] * y + stimulus.intercept
        below = [0.0]
        below += [_normal((t - eta) / p.survey_dispersion) for t in stimulus.thresholds]
        below.append(1.0)
        shares = [max(0.0, high - low) for low, high in pairwise(below)]
    shown = [shares[original] for original in stimulus.order]
    shown[0] *= exp(p.position_bias)
    total = sum(shown)
    return [share / total for share in shown]


def _position(p: SimulationParameters, stimulus: SurveyStimulus) -> tuple[float, float]:
    heeded = stimulus.traits
    if p.heeds:
        kept = {*p.heeds.split("+"), *ALWAYS_HEEDED}
        heeded = tuple(trait for trait in heeded if trait[0] in kept)
    if not heeded:
        return p.map_x, p.map_y
    s = getattr(p, _STEERABILITY.get(stimulus.arm, "steer_persona_country"))
    x, y = sum(t[1] for t in heeded), sum(t[2] for t in heeded)
    return p.map_x + s * (x - p.map_x), p.map_y + s * (y - p.map_y)


_STEERABILITY = {
    "country": "steer_country",
    "sociodemographic": "steer_sociodemographic",
    "value": "steer_value",
    "few-shot": "steer_few_shot",
    "language": "steer_language",
    "user-country": "steer_user_country",
    "persona-country": "steer_persona_country",
    "third-person": "steer_third_person",
}


def _normal(z: float) -> float:
    return 0.5 * erfc(-z * _ROOT)


def option_masses(p: SimulationParameters, stimulus: SurveyStimulus) -> OptionMasses:
    """Exact log-probabilities of the labels: it declines or rambles with the rest of the mass."""
    answered = 1 - p.refusal_in(stimulus.language) - p.malformed
    found = tuple(
        log(answered * share) if answered * share > 0 else -inf
        for share in survey_probabilities(p, stimulus)
    )
    return OptionMasses(found, found)


def survey_text(
    p: SimulationParameters, stimulus: SurveyStimulus, kind: float, choice: float, style: float
) -> str:
    """What it writes where labels alone are asked for, decided by three uniforms in (0, 1)."""
    labels = stimulus.labels
    refusal = p.refusal_in(stimulus.language)
    if kind < refusal:
        return REFUSAL
    if kind < refusal + p.malformed:
        rambling = _MALFORMED[int(style * len(_MALFORMED))]
        return rambling.format(first=labels[0], last=labels[-1])
    label = labels[drawn_option(p, stimulus, choice)]
    if style < p.messy:
        return _MESSY[int(style / p.messy * len(_MESSY))].format(label=label)
    return label


def drawn_option(p: SimulationParameters, stimulus: SurveyStimulus, choice: float) -> int:
    """Place of the option that a uniform in (0, 1) draws, in the order shown."""
    total = 0.0
    shares = survey_probabilities(p, stimulus)
    for place, share in enumerate(shares):
        total += share
        if choice < total:
            return place
    return len(shares) - 1
