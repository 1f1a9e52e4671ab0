"""Names, order and colours of arms, guidance, descriptors, questions and indicators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mores.errors import InstrumentError
from mores.instruments.survey import wvs7
from mores.report.culture_map.naming import country_name
from mores.report.style import SERIES
from mores.report.visible import label_text

__all__ = [
    "ALL_COUNTRIES",
    "BASELINES",
    "ArmStyle",
    "arm_style",
    "arms_of",
    "baseline_title",
    "condition_note",
    "country_title",
    "descriptors_title",
    "guidance_title",
    "indicator_title",
    "question_title",
    "safe",
]

ALL_COUNTRIES = "all"

_LONGEST = 34
_ORDER = (
    "default",
    "generic",
    "country",
    "sociodemographic",
    "sociodemographic+nationality",
    "few-shot",
    "few-shot+nationality",
    "value",
    "value+nationality",
)
_COLOURS = {
    "default": SERIES[7],
    "generic": SERIES[0],
    "country": SERIES[2],
    "sociodemographic": SERIES[3],
    "value": SERIES[1],
    "few-shot": SERIES[4],
}
_MARKERS = {
    "default": "X",
    "generic": "*",
    "country": "s",
    "sociodemographic": "^",
    "value": "o",
    "few-shot": "D",
}
BASELINES = {
    "uniform": "Uniform answers",
    "modal-answer": "Modal answer",
    "world-average": "World average",
    "ordinal-regression": "Ordinal regression",
    "random-forest": "Random forest",
    "split-half": "Sampling of the humans (split half)",
}
"""Titles of what stands beside the arms, worst expected first."""


def safe(text: object, longest: int = _LONGEST) -> str:
    """A text of a table as a label: one line, nothing unseen, not too long."""
    return label_text(text, longest)


@dataclass(frozen=True, slots=True)
class ArmStyle:
    """How an arm is named and drawn everywhere.

    Attributes
    ----------
    arm : str
        As in the tables.
    title : str
        In one line.
    colour, marker : str
        Of its kind.
    bare : bool
        Personas that do not say the nationality: drawn hollow and dashed.
    """

    arm: str
    title: str
    colour: str
    marker: str
    bare: bool

    @property
    def stacked(self) -> str:
        """The title in two lines where it has two parts."""
        return self.title.replace(" + ", "\n+ ")

    @property
    def short(self) -> str:
        """The title as the heading of a narrow column."""
        return self.title.replace("Sociodemographic", "Sociodem.").replace("nationality", "nat.")

    @property
    def size(self) -> float:
        """How large to draw the marker, so that all look alike: a star has little area."""
        return {"*": 1.7, "X": 1.15, "s": 0.92, "D": 0.88}.get(self.marker, 1.0)

    @property
    def dashes(self) -> Any:
        """Matplotlib's line style."""
        return (0, (4, 2)) if self.bare else "-"

    @property
    def face(self) -> str:
        """Colour inside its mark."""
        return "none" if self.bare else self.colour


def arm_style(arm: str) -> ArmStyle:
    """The style of an arm, also of one that is not known here."""
    kind, plus, rest = arm.partition("+")
    title = safe(kind[:1].upper() + kind[1:] + (f" + {rest}" if plus else ""))
    return ArmStyle(
        arm,
        title,
        _COLOURS.get(kind, SERIES[5]),
        _MARKERS.get(kind, "v"),
        kind in ("sociodemographic", "value", "few-shot") and not plus,
    )


def arms_of(names: Iterable[str]) -> list[str]:
    """Arms, each once: those that are known in their usual order, then the others."""
    found = list(dict.fromkeys(names))
    return sorted(found, key=lambda a: _ORDER.index(a) if a in _ORDER else len(_ORDER))


def baseline_title(arm: str) -> str:
    """Name of a floor, a ceiling or another method."""
    return BASELINES.get(arm) or safe(arm[:1].upper() + arm[1:].replace("-", " "))


def guidance_title(guidance: str) -> str:
    """A guidance variant as words."""
    return safe(guidance.replace("_", " ")) if guidance else "own wording"


def descriptors_title(descriptors: str) -> str:
    """A descriptor set as words."""
    return safe(descriptors.replace("_", " ")) if descriptors else "none"


def condition_note(guidance: str, descriptors: str) -> str:
    """What makes a condition beside its arm; empty where there is nothing."""
    parts = [guidance_title(guidance)] if guidance else []
    return ", ".join(parts + ([descriptors_title(descriptors)] if descriptors else []))


def country_title(code: str, several: Sequence[str] = ()) -> str:
    """A country's name; the mean over some."""
    if code == ALL_COUNTRIES:
        return f"Mean of {len(several)}" if several else "Mean over countries"
    return safe(country_name(code))


def question_title(question: str, longest: int = _LONGEST) -> str:
    """What a question is about, in a few words."""
    try:
        return safe(wvs7().item(question).name, longest)
    except InstrumentError:
        return safe(question, longest)


def indicator_title(code: str) -> str:
    """What an indicator of the cultural map is about."""
    return question_title(code, 40)
