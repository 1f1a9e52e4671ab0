"""Names, order and colours of categories, personas, values and topics, the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mores.report.style import SERIES
from mores.report.visible import visible

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "ALL",
    "BASELINE",
    "CONGRUOUS",
    "Group",
    "category_rows",
    "category_title",
    "given_as",
    "groups_of",
    "persona_label",
    "renderings_of",
    "titled",
    "type_of",
    "values_by_type",
]

BASELINE = "baseline"
ALL = "all personas"
CONGRUOUS = ("max", "moderate")

_GIVEN_AS = {"user": "personas as the user's", "third-person": "personas as another person's"}

_ORDER = (BASELINE, "max", "moderate", "incongruous")
_TITLES = {
    BASELINE: "No persona (baseline)",
    "max": "Max",
    "moderate": "Moderate",
    "incongruous": "Incongruous",
    ALL: "All personas",
}
_COLOURS = {BASELINE: 0, "moderate": 1, "max": 2, "incongruous": 3, ALL: 0}
_MARKERS = ("o", "^", "v", "P", "X")


@dataclass(frozen=True, slots=True)
class Group:
    """A category of personas in one rendering, as figures and tables show it.

    Attributes
    ----------
    category, rendering : str
        As in the study's tables.
    title : str
        What a reader sees; names the rendering where there are several.
    colour, marker : str
        For figures.
    """

    category: str
    rendering: str
    title: str
    colour: str
    marker: str

    @property
    def baseline(self) -> bool:
        """Whether it is asking without a persona."""
        return self.category == BASELINE

    @property
    def everyone(self) -> bool:
        """Whether it is all personas together."""
        return self.category == ALL

    @property
    def trace(self) -> dict[str, str]:
        """Which answers stand behind it."""
        return {
            "category": visible(self.category, breaks=False),
            "rendering": self.rendering,
        }


def _rank(category: str, others: Sequence[str]) -> int:
    if category == ALL:
        return 1000
    return _ORDER.index(category) if category in _ORDER else 100 + others.index(category)


def groups_of(pairs: Iterable[tuple[str, str]]) -> list[Group]:
    """Groups in the order of the paper: baseline, max, moderate, incongruous, own, all.

    Parameters
    ----------
    pairs : iterable of (category, rendering)
        As they occur in a table; repeats do not matter.
    """
    found = list(dict.fromkeys(pairs))
    renderings = list(dict.fromkeys(r for c, r in found if c != BASELINE))
    own = [c for c in dict.fromkeys(c for c, _ in found) if c not in _ORDER and c != ALL]
    ranked = sorted(
        found,
        key=lambda p: (
            _rank(p[0], own),
            renderings.index(p[1]) if p[1] in renderings else -1,
        ),
    )
    return [_group(c, r, own, renderings) for c, r in ranked]


def category_title(category: str) -> str:
    """A category as a table names it."""
    return _TITLES.get(category) or visible(category[:1].upper() + category[1:], breaks=False)


def given_as(framing: str) -> str:
    """Whose the personas are, as a figure names it; empty where they are the model's own."""
    return _GIVEN_AS.get(framing, "")


def titled(category: str, rendering: str, several: bool) -> str:
    """A category as a reader sees it; names the rendering where there are several."""
    title = category_title(category)
    return f"{title}, {visible(rendering, False)}" if several and category != BASELINE else title


def _group(category: str, rendering: str, own: Sequence[str], renderings: Sequence[str]) -> Group:
    title = titled(category, rendering, len(renderings) > 1)
    # Four colours are taken by the paper's categories.
    colour = _COLOURS.get(category)
    if colour is None:
        colour = 4 + own.index(category) % (len(SERIES) - 4)
    marker = "s" if category == BASELINE else _MARKERS[renderings.index(rendering) % len(_MARKERS)]
    if category == ALL and len(renderings) == 1:
        marker = "D"
    return Group(category, rendering, title, SERIES[colour], marker)


def category_rows(table: pl.DataFrame) -> list[tuple[Group, dict[str, Any]]]:
    """Rows of a table by category, in the paper's order, each with its group."""
    rows = {(row["category"], row["rendering"]): row for row in table.iter_rows(named=True)}
    return [(group, rows[group.category, group.rendering]) for group in groups_of(rows)]


def renderings_of(table: pl.DataFrame) -> list[str]:
    """Renderings of personas in a table, in order; empty if there is only the baseline."""
    import polars as pl

    part = table.filter(pl.col("category") != BASELINE)["rendering"]
    return part.unique(maintain_order=True).to_list()


def persona_label(persona: str, category: str) -> str:
    """A persona's id without its category, as words: short enough for an axis."""
    short = persona.removeprefix(f"{category}-")
    return visible(short.replace("-", " "), breaks=False)[:40]


def type_of(value: str) -> str:
    """Name of a value's motivational type; ``"Other values"`` outside the Schwartz survey."""
    from mores.instruments.schwartz import value_types, values

    known = values().get(value)
    return value_types()[known.type].label if known else "Other values"


def values_by_type(names: Mapping[str, str]) -> Mapping[str, list[str]]:
    """Values grouped by type around the circle, by name within; others come last.

    Parameters
    ----------
    names : mapping of str to str
        Name of each value by its id.
    """
    from mores.instruments.schwartz import value_types

    found = sorted(names, key=lambda value: names[value])
    kinds = [kind.label for kind in value_types().values()] + ["Other values"]
    grouped = {kind: [v for v in found if type_of(v) == kind] for kind in kinds}
    return {kind: members for kind, members in grouped.items() if members}
