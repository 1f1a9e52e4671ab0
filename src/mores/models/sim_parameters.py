"""The parameters of the simulated respondent: their meaning, bounds, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

from mores.errors import ModelError, nearest

__all__ = ["LATER", "RANGES", "SimulationParameters"]

_ANY = (-10.0, 10.0)
_SHARE = (0.0, 1.0)
_POSITIVE = (0.01, 10.0)

_KINDS: dict[str, type[int] | type[str]] = {
    "seed": int,
    "heeds": str,
    "refusal_by_language": str,
}
LATER = frozenset(
    {"map_x", "map_y", "steer_country", "steer_sociodemographic", "steer_value"}
    | {"steer_few_shot", "survey_dispersion", "heeds"}
    | {"steer_language", "steer_user_country", "steer_persona_country", "steer_third_person"}
    | {"hedge", "refusal_by_language", "steer_as_user", "steer_as_third_person"}
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
    "steer_language": _SHARE,
    "steer_user_country": _SHARE,
    "steer_persona_country": _SHARE,
    "steer_third_person": _SHARE,
    "survey_dispersion": _POSITIVE,
    "hedge": _SHARE,
    "refusal": _SHARE,
    "malformed": _SHARE,
    "messy": _SHARE,
    "steer_as_user": _SHARE,
    "steer_as_third_person": _SHARE,
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
    steer_language, steer_user_country, steer_persona_country, steer_third_person : float
        How far a framing moves it on the map, 0 … 1: the prompt's language alone, the country as the
        user's, as its own, and as a third person's. A framing of another name moves it as its own does.
    survey_dispersion : float
        Standard deviation of its answers to survey questions around what its position implies; that
        of the synthetic population is 1.
    heeds : str
        The descriptors to which it pays attention, as codes of the map's indicators in trend files
        joined by ``+``, such as ``A008+F063``; all if empty.
    hedge : float
        Share of those answers to survey questions in a prompt's language that are qualified and yet
        given, 0 … 1.
    refusal_by_language : str
        Share of refusals, in place of `refusal`, of survey questions in some languages, as ISO 639-1
        codes and shares joined by ``+``, such as ``ar:0.2+hi:0.1``.
    refusal, malformed, messy : float
        Shares of replies, 0 … 1.
    steer_as_user, steer_as_third_person : float
        Share of `steerability` and of the gain in link that is left where the persona of a dilemma is
        the user's, or another person's, instead of its own, 0 … 1.
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
    steer_language: float = 0.10
    steer_user_country: float = 0.25
    steer_persona_country: float = 0.40
    steer_third_person: float = 0.60
    heeds: str = ""
    hedge: float = 0.01
    refusal_by_language: str = ""
    refusal: float = 0.004
    malformed: float = 0.02
    messy: float = 0.12
    steer_as_user: float = 0.6
    steer_as_third_person: float = 0.85
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
        for language, share in _refusals(self.refusal_by_language).items():
            if share + self.malformed > 1:
                raise ModelError(
                    f"sim: refusal_by_language={language}:{share:g} and malformed={self.malformed} "
                    "add up to more than 1; lower one of them"
                )

    def refusal_in(self, language: str) -> float:
        """Share of survey questions in a language that it declines to answer."""
        return _refusals(self.refusal_by_language).get(language, self.refusal)

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


@lru_cache(maxsize=64)
def _refusals(text: str) -> dict[str, float]:
    """Shares of refusals by language."""
    found: dict[str, float] = {}
    for part in text.split("+") if text else ():
        language, separator, value = part.partition(":")
        said = f"sim: refusal_by_language={text}: {part!r}"
        if not separator:
            raise ModelError(f"{said} is not language:share; write ar:0.2+hi:0.1")
        _check_language(said, language)
        if language in found:
            raise ModelError(f"{said} gives {language!r} twice; give it once")
        try:
            found[language] = float(value)
        except ValueError:
            raise ModelError(f"{said}: {value!r} is not a number; give one") from None
        if not 0 <= found[language] <= 1:
            raise ModelError(f"{said}: {value} is outside 0 … 1; choose one inside")
    return found


def _check_language(said: str, language: str) -> None:
    """Refuse what is no language: no question would ever be in it."""
    from mores.instruments.languages import languages

    if language not in languages():
        raise ModelError(
            f"{said}: there is no language {language!r}; {nearest(language, languages())}"
        )
