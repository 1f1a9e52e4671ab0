"""What a page is made of, whatever the study: sections of prose, tables, figures and commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, TypeAlias

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "Block",
    "Bullets",
    "Cell",
    "Chart",
    "Code",
    "Column",
    "Fact",
    "FigureBlock",
    "Page",
    "Prose",
    "Row",
    "Section",
    "Table",
    "Tracer",
    "cell",
]


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading.

    Attributes
    ----------
    label : str
    numeric : bool
        Set to the right, in figures of equal width.
    group : str
        A heading above it that it shares with its neighbours; empty for none.
    hint : str
        What it means, where the label does not say it all.
    """

    label: str
    numeric: bool = True
    group: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes
    ----------
    text : str
    note : str
        Smaller, after the text: an interval.
    order : float or str or None
        What a column is sorted by; the text if None.
    strong : bool
        Set in bold: significant.
    """

    text: str
    note: str = ""
    order: float | str | None = None
    strong: bool = False


def cell(text: str, note: str = "", order: float | str | None = None, strong: bool = False) -> Cell:
    """A `Cell`, shorter to write."""
    return Cell(text, note, order, strong)


@dataclass(frozen=True, slots=True)
class Row:
    """A row; the first cell names it.

    Attributes
    ----------
    cells : sequence of Cell
    trace : mapping of str to str
        Which answers stand behind it: column and value; empty where they cannot be shown.
    apart : bool
        Set apart from the rows above, as a total is.
    """

    cells: Sequence[Cell]
    trace: Mapping[str, str] = field(default_factory=dict)
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption, and the name of the file that holds it in full precision."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    note: str = ""
    file: str = ""

    @property
    def groups(self) -> list[tuple[str, int]]:
        """Headings above columns with how many columns each spans; empty if there are none."""
        if not any(column.group for column in self.columns):
            return []
        spans: list[tuple[str, int]] = []
        for column in self.columns:
            if spans and spans[-1][0] == column.group:
                spans[-1] = (column.group, spans[-1][1] + 1)
            else:
                spans.append((column.group, 1))
        return spans


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn figure.

    Attributes
    ----------
    name : str
        Of its files, ``figures/NAME.svg`` and ``.png``.
    figure : matplotlib.figure.Figure
    caption : str
        What it shows, of how many, and how its intervals were made.
    alt : str
        What a reader who cannot see it should know.
    """

    name: str
    figure: Figure
    caption: str
    alt: str


@dataclass(frozen=True, slots=True)
class FigureBlock:
    """Where a chart stands on the page.

    Attributes
    ----------
    name, caption, alt : str
        As in `Chart`.
    svg : str
        Its SVG, made for a page; safe to insert unescaped.
    wide : bool
        Needs more than the width of the text.
    """

    kind: ClassVar[str] = "figure"
    name: str
    caption: str
    alt: str
    svg: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Prose:
    """Paragraphs."""

    kind: ClassVar[str] = "prose"
    paragraphs: Sequence[str]


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, each item led by a few words in bold (which may be empty)."""

    kind: ClassVar[str] = "bullets"
    items: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Code:
    """Text to be read, or copied, as it stands; folded away if it is long.

    `lang` and `direction` (``"ltr"``, ``"rtl"``) are those of prose in some language; empty for code.
    """

    kind: ClassVar[str] = "code"
    text: str
    caption: str = ""
    folded: bool = False
    lang: str = ""
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Tracer:
    """The place where a reader follows numbers to answers.

    Attributes
    ----------
    intro : str
    command : str
        What lists the same answers on the command line.
    """

    kind: ClassVar[str] = "tracer"
    intro: str
    command: str


Block: TypeAlias = Table | FigureBlock | Prose | Bullets | Code | Tracer


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page, with an anchor."""

    id: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the page's head: a term and what it is."""

    term: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page.

    Attributes
    ----------
    title, subtitle : str
    banners : sequence of str
        What must not be overlooked: simulated, unfinished.
    facts : sequence of Fact
        What was asked of whom, when.
    findings : sequence of str
        What was found, in sentences.
    coverage : str
        How much was answered, in a sentence.
    sections : sequence of Section
    data : mapping or None
        What the tracer shows, JSON-serialisable.
    """

    title: str
    subtitle: str
    banners: Sequence[str]
    facts: Sequence[Fact]
    findings: Sequence[str]
    coverage: str
    sections: Sequence[Section]
    data: Mapping[str, object] | None = None
