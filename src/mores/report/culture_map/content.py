"""What a cultural map shows, before it is drawn: places, the zones they belong to, clouds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from mores.report.numbers import count, number_of
from mores.report.visible import visible

__all__ = ["Cloud", "MapContent", "Place", "outline"]

Floats: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """A group's place on the map.

    Attributes
    ----------
    name : str
        As the map shows it; may be written by anybody.
    keys : mapping of str to str
        What makes the group, such as ``{"country": "EGY", "wave": "7"}``.
    zone : str
        Cultural zone, or `NO_ZONE`; empty on a map without zones.
    x, y : float
        In units of the published map.
    x_low, x_high, y_low, y_high : float or None
        Ends of the intervals; None for a group too small to tell.
    ellipse : tuple of float or None
        Semi-axes, and degrees from the x axis to the major one.
    n, n_effective, left_out : int, float, int
        Respondents, Kish's effective number, and those who could not be placed.
    absent : tuple of str
        Indicators that nobody of the group answered.
    track : str
        Groups of one track are joined by a line in the order of `step`; empty for none.
    step : int
        Wave.
    """

    name: str
    keys: Mapping[str, str]
    zone: str
    x: float
    y: float
    x_low: float | None
    x_high: float | None
    y_low: float | None
    y_high: float | None
    ellipse: tuple[float, float, float] | None
    n: int
    n_effective: float
    left_out: int
    absent: tuple[str, ...]
    track: str = ""
    step: int = 0

    @property
    def partial(self) -> bool:
        """Whether an indicator is missing for the whole group."""
        return bool(self.absent)


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where the respondents of a group are: regions of highest density.

    Attributes
    ----------
    name, zone : str
    n : int
        Respondents.
    rings : sequence of (float, sequence of ndarray)
        Share of respondents, and the outlines, (points, 2), of the region that holds it.
    """

    name: str
    zone: str
    n: int
    rings: Sequence[tuple[float, Sequence[Floats]]]


@dataclass(frozen=True, slots=True)
class MapContent:
    """All that figure and page show.

    Attributes
    ----------
    name : str
        Of the data set.
    synthetic : bool
        Whether the respondents are.
    places : sequence of Place
    zones : sequence of str
        Zones of the places, in the order of the legend; empty if groups are no countries.
    grouping : str
        What a place is, in the singular and plural: ``("country", "countries")``.
    respondents : int
        Placed ones.
    waves : sequence of str
        Such as ``"WVS 7"``.
    level : float
        Of intervals and ellipses.
    draws, seed : int
        Of the bootstrap.
    constants : str
        ``"wvs"`` or ``"tao2024"``.
    rotation : str
        A sentence on where the rotation comes from.
    synthetic_rotation : bool
        Whether the rotation was fitted on synthetic respondents.
    unplaced : sequence of str
        Names of groups without a position.
    withheld, least : int
        How many groups are left out for having fewer than `least` respondents.
    clouds : sequence of Cloud
    """

    name: str
    synthetic: bool
    places: Sequence[Place]
    zones: Sequence[str]
    grouping: tuple[str, str]
    respondents: int
    waves: Sequence[str]
    level: float
    draws: int
    seed: int
    constants: str
    rotation: str
    synthetic_rotation: bool = False
    unplaced: Sequence[str] = ()
    withheld: int = 0
    least: int = 0
    clouds: Sequence[Cloud] = field(default_factory=tuple)

    @property
    def partial(self) -> list[Place]:
        """Places that lack an indicator."""
        return [place for place in self.places if place.partial]

    @property
    def tracks(self) -> dict[str, list[Place]]:
        """Places by track, each in the order of its steps; empty if nothing is followed."""
        found: dict[str, list[Place]] = {}
        for place in sorted(self.places, key=lambda p: p.step):
            if place.track:
                found.setdefault(place.track, []).append(place)
        return found

    @property
    def named(self) -> list[Place]:
        """The places that bear a label: of a track, the last."""
        last = [track[-1] for track in self.tracks.values()]
        return [place for place in self.places if not place.track] + last

    @property
    def percent(self) -> str:
        """Level of the intervals, as text."""
        return f"{100 * self.level:g}\u00a0%"

    @property
    def label(self) -> str:
        """The data set's name, made visible, with the word synthetic where it is."""
        name = visible(self.name, breaks=False)
        if not self.synthetic:
            return name
        return f"{name} population" if name.startswith("synthetic") else f"{name} (synthetic)"

    @property
    def title(self) -> str:
        """Heading of figure and page."""
        return "Cultural map"

    @property
    def subtitle(self) -> str:
        """Data set, how much of what, and whether it is synthetic."""
        parts = [
            self.label,
            number_of(len(self.places), *self.grouping),
            number_of(self.respondents, "respondent"),
            " and ".join(self.waves),
        ]
        return " · ".join(part for part in parts if part)

    @property
    def small(self) -> str:
        """A sentence on the groups that are left out for their size; empty if there are none."""
        if not self.withheld:
            return ""
        groups = number_of(self.withheld, *self.grouping)
        verb = "is" if self.withheld == 1 else "are"
        return (
            f"{groups} of fewer than {self.least} respondents {verb} left out, so that no "
            "respondent's own position is shown."
        )

    @property
    def doubts(self) -> list[tuple[str, str]]:
        """What a reader must know of the positions: a few words, and a sentence."""
        found = []
        if self.synthetic:
            found.append(
                (
                    "Synthetic respondents.",
                    "They were drawn from a model with known parameters; no human gave these "
                    "answers, and the positions say nothing of real people.",
                )
            )
        if self.synthetic_rotation and not self.synthetic:
            found.append(
                (
                    "Synthetic rotation.",
                    "The axes were fitted on respondents drawn from a model, not on humans.",
                )
            )
        found.append(("Rotation.", self.rotation))
        found.append(("Scale.", _SCALES[self.constants]))
        found.append(
            (
                "Ellipses.",
                f"They hold the position with {self.percent} confidence as far as the sampling of "
                f"respondents goes: {count(self.draws)} bootstrap draws of respondents within their "
                "group, with the rotation held fixed. The survey's public files do not say in which "
                "strata and clusters respondents were drawn, so that true uncertainty is larger.",
            )
        )
        if self.partial:
            found.append(("Partial positions.", self._partial_sentence()))
        if self.unplaced:
            names = "; ".join(visible(name, breaks=False) for name in self.unplaced)
            found.append(("Without a position.", f"Nobody could be placed in: {names}."))
        if self.small:
            found.append(("Small groups.", self.small))
        if self.clouds:
            shares = " and ".join(f"{100 * share:g}\u00a0%" for share, _ in self.clouds[0].rings)
            found.append(
                (
                    "Clouds.",
                    f"The outlines hold {shares} of a country's respondents, where they lie most "
                    "densely (kernel density, survey weights). No respondent's own position is in "
                    "figure or page, so that both can be shared.",
                )
            )
        left_out = sum(place.left_out for place in self.places)
        if left_out:
            found.append(
                (
                    "Left out.",
                    f"{number_of(left_out, 'respondent')} without any of the ten indicators or "
                    "without a weight. Nothing is imputed.",
                )
            )
        return found

    def _partial_sentence(self) -> str:
        listed = "; ".join(
            f"{visible(p.name, breaks=False)} ({', '.join(p.absent)})" for p in self.partial
        )
        return (
            "These groups were not asked all ten indicators and stand where their other answers let "
            f"one expect them, hollow on the map: {listed}."
        )


_SCALES = {
    "wvs": "x = 1.81 RC1 + 0.038, y = 1.61 RC2 − 0.1, the constants of the World Values Survey.",
    "tao2024": "x = 1.81 RC1 + 0.38, y = 1.61 RC2 − 0.01, as printed in Tao et al. (2024); against "
    "the World Values Survey's own constants all points are shifted alike.",
}


def outline(place: Place, points: int = 48) -> Floats | None:
    """Points on a place's ellipse, shape (points, 2), the first repeated at the end."""
    if place.ellipse is None:
        return None
    major, minor, angle = place.ellipse
    t = np.linspace(0, 2 * np.pi, points)
    turn = np.radians(angle)
    along, across = major * np.cos(t), minor * np.sin(t)
    return np.column_stack(
        [
            place.x + along * np.cos(turn) - across * np.sin(turn),
            place.y + along * np.sin(turn) + across * np.cos(turn),
        ]
    )
