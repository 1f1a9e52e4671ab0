"""Biographies: a life story for a configuration, whom it is about, and what a second reading found.

The scheme of demographics is this project's own [a decision of this project; the paper names age, sex,
education, occupation and place and gives no scheme]. Education is in such groups of ISCED 2011 that
both three groups (0-2, 3-4, 5-8) and four (0-1, 2, 3-5, 6-8) can be made of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mores.errors import InstrumentError, PersonaError, nearest
from mores.instruments.countries import country_of
from mores.instruments.validation import shown
from mores.personas.grid import levels_of
from mores.personas.variables import N_VARIABLES, variables

__all__ = [
    "CONTRADICTS",
    "EDUCATIONS",
    "LONGEST",
    "OCCUPATIONS",
    "OLDEST",
    "SETTLEMENTS",
    "SEXES",
    "SHORTEST",
    "STATUSES",
    "UNCLEAR",
    "UNCLEAR_IN",
    "UNREAD",
    "YOUNGEST",
    "Biography",
    "Demographics",
    "Reading",
    "agreement_table",
    "differences",
    "judged",
]

YOUNGEST, OLDEST = 18, 99
"""Ages, in years."""

SHORTEST, LONGEST = 60, 260
"""Words that the story of a model may have; 90 to 160 are asked for."""

UNCLEAR = -1
"""In place of the level of a variable that a reading did not find, or found two of."""

SEXES = ("female", "male")

EDUCATIONS: Mapping[str, str] = MappingProxyType(
    {
        "isced-0-1": "no schooling, or primary school at most",
        "isced-2": "lower secondary school",
        "isced-3-4": "upper secondary school, or a course after it below higher education",
        "isced-5": "a short programme of higher education",
        "isced-6-8": "a bachelor's, master's or doctoral degree",
    }
)
"""Highest completed level, in groups of ISCED 2011."""

OCCUPATIONS: Mapping[str, str] = MappingProxyType(
    {
        "agriculture": "farming, fishing and forestry",
        "industry-construction": "factories, mining, building and crafts",
        "transport": "driving, transport and warehouses",
        "sales": "shops, markets and sales",
        "hospitality-services": "restaurants, hotels, cleaning and personal services",
        "office": "office and administrative work",
        "health-care": "health and social care",
        "education": "teaching and academia",
        "technology-science": "engineering, computing and science",
        "business-law": "management, finance and law",
        "public-service": "government, police, army and emergency services",
        "arts-media": "arts, media, sport and religion",
        "student": "in education, without other work",
        "home": "looks after the home, without other work",
        "retired": "retired, or unable to work for good",
        "unemployed": "out of work",
    }
)
"""Sixteen groups: twelve of work, four of those who do none."""

SETTLEMENTS = ("city", "town", "village")
"""The survey's urban are city and town, its rural is village."""

STATUSES = ("accepted", "rejected")


@dataclass(frozen=True, slots=True)
class Demographics:
    """Whom a biography is about.

    Attributes
    ----------
    age : int
        Years, 18 … 99.
    sex : str
        One of `SEXES`.
    education : str
        One of `EDUCATIONS`.
    occupation : str
        One of `OCCUPATIONS`.
    settlement : str
        One of `SETTLEMENTS`.
    country : str or None
        ISO 3166-1 alpha-3; None where the story is of no country.

    Raises
    ------
    PersonaError
        If a value is outside the scheme.
    """

    age: int
    sex: str
    education: str
    occupation: str
    settlement: str
    country: str | None = None

    def __post_init__(self) -> None:
        if type(self.age) is not int or not YOUNGEST <= self.age <= OLDEST:
            raise PersonaError(
                f"age {shown(self.age)} is outside the scheme; allowed: whole numbers from "
                f"{YOUNGEST} to {OLDEST}"
            )
        for name, allowed in _SCHEMES.items():
            given = getattr(self, name)
            if not isinstance(given, str) or given not in allowed:
                raise PersonaError(
                    f"{name} {shown(given)} is outside the scheme; {nearest(str(given)[:60], allowed)}"
                )
        if self.country is not None and _code_of(self.country) != self.country:
            raise PersonaError(
                f"country {shown(self.country)} is outside the scheme; allowed: an ISO 3166-1 alpha-3 "
                "code, such as SWE, or none"
            )


_SCHEMES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "sex": SEXES,
        "education": tuple(EDUCATIONS),
        "occupation": tuple(OCCUPATIONS),
        "settlement": SETTLEMENTS,
    }
)


def _code_of(country: object) -> str | None:
    try:
        return country_of(country).code if isinstance(country, str) else None
    except InstrumentError:
        return None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader that was not told the configuration found in a story.

    Attributes
    ----------
    reader : str
        Who read: a model, or ``offline reader``.
    levels : tuple of int
        Level index of each of the ten variables; `UNCLEAR` where none or two were found.
    """

    reader: str
    levels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Biography:
    """One biography, and what became of it.

    Attributes
    ----------
    configuration : int
        Index in the grid, 0 … 93,311.
    demographics : Demographics or None
        None for one that was rejected without.
    text : str
        The story, verbatim: hostile text. Empty for one that was rejected without.
    writer : str
        Who wrote it; a simulated writer says so.
    language : str
        ISO 639 code of the language asked for.
    attempts : int
        How many drafts were written, 1 and more.
    status : str
        One of `STATUSES`.
    reasons : tuple of str
        Why it was rejected, sorted: codes of `mores.coding.biography_replies.FAULTS`, and
        ``contradicts:VARIABLE``. Empty for an accepted one.
    flags : tuple of str
        What else is to be known: ``leak:VARIABLE`` where it quotes a label of the configuration
        word for word, ``copied:VARIABLE`` where it repeats a statement, and `UNREAD`.
    reading : Reading or None
        The second reading; None if there was none.
    drafts : tuple of tuple of str
        The faults of each earlier draft, with ``unclear:VARIABLE`` among them.
    planted : tuple of (int, int)
        For tests, by the offline writer: a variable (its place among the ten) whose sentence is of
        another level, and that level.
    """

    configuration: int
    demographics: Demographics | None
    text: str
    writer: str
    language: str = "en"
    attempts: int = 1
    status: str = STATUSES[0]
    reasons: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    reading: Reading | None = None
    drafts: tuple[tuple[str, ...], ...] = ()
    planted: tuple[tuple[int, int], ...] = ()


CONTRADICTS = "contradicts:"
"""Before the id of a variable, in `Biography.reasons` and `Biography.drafts`."""
UNCLEAR_IN = "unclear:"
"""The same in `Biography.drafts`."""
UNREAD = "unread"
"""The flag of a biography whose reading gave nothing that can be used."""


def differences(configuration: int, levels: Sequence[int]) -> tuple[list[str], list[str]]:
    """Ids of the variables that a reading contradicts, and of those that it leaves unclear.

    Parameters
    ----------
    configuration : int
        Index in the grid.
    levels : sequence of int, length 10
        As in `Reading`.
    """
    meant = levels_of([configuration])[0].tolist()
    rows = list(zip(variables(), meant, levels, strict=True))
    contradicted = [v.id for v, asked, read in rows if read not in (asked, UNCLEAR)]
    return contradicted, [v.id for v, _, read in rows if read == UNCLEAR]


def judged(biography: Biography, reading: Reading | None) -> Biography:
    """The biography with a reading in place of any earlier one, and its status by it.

    A contradiction rejects it; a variable left unclear does not, and is counted [a decision of this
    project]. What else it was rejected for stays. A reading that failed, None, is no reading: it is
    flagged as `UNREAD`.
    """
    others = [reason for reason in biography.reasons if not reason.startswith(CONTRADICTS)]
    flags = tuple(flag for flag in biography.flags if flag != UNREAD)
    contradicted: list[str] = []
    if reading is None:
        flags = (*flags, UNREAD)
    else:
        contradicted, _ = differences(biography.configuration, reading.levels)
    reasons = tuple(sorted({*others, *(CONTRADICTS + name for name in contradicted)}))
    status = STATUSES[bool(reasons)]
    return replace(biography, reading=reading, reasons=reasons, flags=flags, status=status)


def agreement_table(
    biographies: Iterable[Biography],
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """The levels asked for and the levels read, of every biography that was read.

    Returns
    -------
    asked, read : int8 array, shape (n, 10)
        `UNCLEAR` in `read` where a reading did not find one.
    """
    read = [(b.configuration, b.reading.levels) for b in biographies if b.reading is not None]
    if not read:
        nothing = np.zeros((0, N_VARIABLES), np.int8)
        return nothing, nothing.copy()
    return levels_of([index for index, _ in read]), np.array([r for _, r in read], np.int8)
